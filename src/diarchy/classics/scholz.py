"""The group decision model of Bueno de Mesquita as unravelled by Scholz, Calbert and Smith.

Actors with capability c, salience s and position x weigh challenging each other:

    E_i(j) = s_j (P U_s + (1 - P) U_f) + (1 - s_j) U_s - U_q,
    U_s, U_f = 2 - 4 (1/2 -/+ |x_i - x_j| / 2 D)^r,   U_q = 2 - 4 (1/2)^r,

P being the share of votes c s for i's position over j's. The risk exponent r comes from how safe each
one's position is when all have r = 1. Then each, seeing both sides with its own r, yields to a challenger
it would lose to, or meets him part of the way, |E_i / E_j|. The published table follows only with two
habits of the original program, which the paper does not print: P is divided by the votes over all pairs
of positions, not of this pair, and of several compromises the one with the lowest weighted position is
taken, not the nearest. Rounds do not converge.

References
----------
scholz2011, bueno1994
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.compromise_mean import (
    DECIDED,
    EMISSIONS,
    Actor,
    compromise,
    positions_and_weights,
    weighted_median,
)
from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Table 2 of the paper, rounds 1 to 8 [year], cut to one decimal.
MEDIANS = (8.4, 9.9, 9.9, 9.9, 9.9, 7.4, 8.8, 9.6)
MEANS = (7.4, 7.5, 7.6, 7.3, 7.3, 7.4, 7.5, 7.6)
#: Rounds 1 to 10 of an open program (github.com/jmckib/bdm-scholz-expected-utility-model).
CLONE_MEDIANS = (8.4159, 9.6109, 9.9620, 9.9620, 9.9620, 7.4720, 8.8246, 9.6711, 9.6711, 7.0)
CLONE_MEANS = (7.4613, 7.5525, 7.5901, 7.3581, 7.3492, 7.4149, 7.5105, 7.5724, 7.3250, 7.2421)


def _utilities(distance: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Utility of success, failure and the status quo, for distances in units of the range and exponents r."""
    return 2 - 4 * (0.5 - 0.5 * distance) ** r, 2 - 4 * (0.5 + 0.5 * distance) ** r, 2 - 4 * 0.5**r


def _chances(x: np.ndarray, weights: np.ndarray, r: np.ndarray, span: float) -> np.ndarray:
    """P that the position of the row wins over that of the column: (actor, actor) [1]."""
    away = (np.abs(x[:, None] - x[None, :]) / span) ** r[:, None]  # (voter, position)
    votes = weights[:, None, None] * (away[:, None, :] - away[:, :, None])  # (voter, for, against)
    return np.maximum(votes, 0.0).sum(axis=0) / np.abs(votes).sum()


def expected(
    x: np.ndarray, salience: np.ndarray, weights: np.ndarray, r: np.ndarray, span: float
) -> np.ndarray:
    """E of a challenge as seen by each: (who sees, who challenges, who is challenged) [1]."""
    distance = np.abs(x[:, None] - x[None, :])[None] / span
    success, failure, quo = _utilities(distance, r[:, None, None])
    chance = _chances(x, weights, r, span)[None]
    resisted = chance * success + (1 - chance) * failure
    return salience[None, None, :] * resisted + (1 - salience[None, None, :]) * success - quo


def risk_exponents(x: np.ndarray, salience: np.ndarray, weights: np.ndarray, span: float) -> np.ndarray:
    """r of each actor, from how much the others gain by challenging it: (actor,), 1/2 to 2 [1]."""
    seen = expected(x, salience, weights, np.ones(len(x)), span)[0]
    danger = seen.sum(axis=0) - np.diag(seen)
    risk = (2 * danger - danger.max() - danger.min()) / (danger.max() - danger.min())
    return (1 - risk / 3) / (1 + risk / 3)


def one_round(x: np.ndarray, salience: np.ndarray, weights: np.ndarray, span: float) -> np.ndarray:
    """Positions after every actor has taken its best offer at once."""
    seen = expected(x, salience, weights, risk_exponents(x, salience, weights, span), span)
    after = x.copy()
    for i in range(len(x)):
        others = np.flatnonzero(x != x[i])
        mine, theirs = seen[i, i, others], seen[i, others, i]
        lost = others[(theirs > mine) & (mine > 0)]
        middle = (theirs > 0) & (mine < 0) & (theirs > -mine)
        if len(lost):
            after[i] = x[lost[np.argmin(np.abs(x[i] - x[lost]))]]
        elif middle.any():
            j, e, f = others[middle], -mine[middle], theirs[middle]
            best = int(np.argmin((e * x[i] + f * x[j]) / (e + f)))
            after[i] += (x[j[best]] - x[i]) * e[best] / f[best]
    return after


def rounds(actors: tuple[Actor, ...], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Weighted median and mean before and after each of so many rounds: (1 + round,) each."""
    x, weights = positions_and_weights(actors)
    salience, span = np.array([actor.salience for actor in actors]), float(np.ptp(x))
    found = [(weighted_median(x, weights), compromise(x, weights))]
    for _ in range(count):
        x = one_round(x, salience, weights, span)
        found.append((weighted_median(x, weights), compromise(x, weights)))
    medians, means = np.array(found).T
    return medians, means


def check(seeds: int) -> tuple[Check, ...]:
    """The emission standards round by round, against the paper and an open program."""
    medians, means = rounds(EMISSIONS, len(CLONE_MEDIANS))
    rows = []
    for n, published in enumerate(MEDIANS, start=1):
        gap = "the paper's only number that no reading of its rules gives" if n == 2 else ""
        rows.append(
            Check(f"round {n}: median [year]", published, float(medians[n]), 0.1, "scholz2011", gap=gap)
        )
        rows.append(Check(f"round {n}: mean [year]", MEANS[n - 1], float(means[n]), 0.1, "scholz2011"))
    for n, (median, mean) in enumerate(zip(CLONE_MEDIANS, CLONE_MEANS, strict=True), start=1):
        rows.append(
            Check(
                f"round {n}: median, open program",
                median,
                float(medians[n]),
                1e-4,
                "scholz2011",
                "recomputed",
            )
        )
        rows.append(Check(f"round {n}: mean, open program", mean, float(means[n]), 1e-4, "scholz2011",
                          "recomputed"))  # fmt: skip
    return tuple(rows)


def figure(canvas: Figure) -> None:
    """Median and mean over the rounds, the published table, and what was decided."""
    axes = canvas.subplots()
    medians, means = rounds(EMISSIONS, 20)
    axes.plot(medians, marker=".", label="median")
    axes.plot(means, marker=".", label="mean")
    axes.plot(range(1, 9), MEDIANS, "kx", label="published medians")
    axes.axhline(DECIDED, color="0.5", ls=":", label="decided")
    axes.set(xlabel="round", ylabel="delay [year]", title="Emission standards: rounds do not converge")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="scholz",
    title="Unravelling Bueno de Mesquita's group decision model",
    about="Challenge, compromise and yielding, round by round; a contrast to the compromise mean.",
    references=("scholz2011", "bueno1994"),
    mechanisms=(),
    check=check,
    figure=figure,
    caveats=(
        "Follows the original program where the paper's text differs; as printed it settles elsewhere.",
        "Bueno de Mesquita's own forecast was 8.35, then 9.05; decided was 8.833. When to stop is free.",
    ),
)
