"""Structural error: how far rival theories are apart in an answer, the noise of finite futures taken out.

Theories are arms: the base world and the hypotheses that were run beside it, on the first of its futures,
with the same parameter uniforms and the same luck. Each has a weight. What is compared is the distance of
each theory from the weighted middle of all of them, future by future, so luck that they share cancels.

What does not cancel would make theories look further apart than they are. As between draws of the parameters
(`intervals.shrunken_means`), distances are therefore drawn together until their variance is what is left when
the variance of their noise, draws being the independent units, has been taken off. The bar is the central
90 % of the theories by weight, laid about the answer of all the base's futures.

References
----------
louis1984, draper1995
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from diarchy.errors import Faults, ResultsError, nearest
from diarchy.questions.answer import Answer
from diarchy.questions.intervals import SLACK, TAIL, Distribution, Interval, distribution, group
from diarchy.questions.outcomes import Outcome

BASE = "base"
FEW = "the rival hypotheses have too few futures that count"
PAIRED = "rival hypotheses were not run without it"
CUT = "in some hypotheses too many futures ended first"
MOST_WEIGHT = 1e6
#: Draws with a future that counts that a theory needs; of fewer, no noise can be told.
FEWEST = 5


@dataclass(frozen=True)
class Theory:
    """What the futures of one theory answer: the part that counts.

    Parameters
    ----------
    weight : prior or posterior weight, relative to the others [1].
    values : on a scale on which distances add up (run,).
    draw : which draw each belongs to; the same draws are paired (run,).
    """

    weight: float
    values: np.ndarray
    draw: np.ndarray


def distances(theories: Sequence[Theory]) -> tuple[np.ndarray, np.ndarray]:
    """How far the mean of each theory lies from the weighted mean of all, and the variance of its noise.

    Returns
    -------
    (distance, noise) : (theory,) [unit of the values], and its square.

    Notes
    -----
    With ``e_h(d)`` what draw d adds to the error of theory h's mean, the error of its distance is the sum
    over d of ``e_h(d) - sum over k of w_k e_k(d)``; draws are independent, theories of one draw are not.
    """
    weight = np.array([t.weight for t in theories]) / sum(t.weight for t in theories)
    groups = [group(t.values, t.draw) for t in theories]
    means = np.array([g.mean for g in groups])
    draws = np.unique(np.concatenate([t.draw for t in theories]))
    errors = np.zeros((len(theories), len(draws)))
    for row, (theory, g) in enumerate(zip(theories, groups, strict=True)):
        own = np.searchsorted(draws, np.unique(theory.draw))
        errors[row, own] = (g.sums - g.mean * g.counts) / g.counts.sum()
    errors -= weight @ errors
    noise = len(draws) / max(len(draws) - 1, 1) * np.sum(errors**2, axis=1)
    return means - weight @ means, noise


def drawn_together(distance: np.ndarray, noise: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Distances scaled until their variance is that of the true ones (theory,)."""
    weight = weight / weight.sum()
    apart, luck = float(weight @ distance**2), float(weight @ noise)
    scale = np.sqrt(max(0.0, apart - luck) / apart) if apart > 0 else 0.0
    return scale * distance


def central(values: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """The central 90 % of values by weight: the smallest that 5 % and 95 % of the weight do not exceed."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order]) / weight.sum()
    low, high = (values[order[np.searchsorted(below, share - SLACK)]] for share in (TAIL, 1 - TAIL))
    return float(low), float(high)


def with_structure(
    answer: Answer,
    outcomes: Mapping[str, Outcome],
    draw: np.ndarray,
    weights: Mapping[str, float],
    runs: int,
) -> Answer:
    """An answer of the base with its structural error bar.

    Parameters
    ----------
    answer : of the base.
    outcomes : arm -> what its runs answer, base and hypotheses.
    draw : which draw each run belongs to (run,).
    weights : arm -> weight; of a difference, only those that were run with and without what is subtracted.
    runs : how many of the first runs all of them have.
    """
    if answer.value is None:
        return answer
    if answer.minus_arm and len(outcomes) < 2:
        return replace(answer, why={**answer.why, "structural": PAIRED})
    counted = {name: outcomes[name].counted[:runs] for name in weights}
    enough = [n for n in weights if len(np.unique(draw[:runs][counted[n]])) >= FEWEST]
    if BASE not in enough or sum(weights[name] > 0 for name in enough if name != BASE) < 1:
        return replace(answer, why={**answer.why, "structural": FEW})
    picked = {name: _Part(outcomes[name], counted[name], draw[:runs], runs) for name in enough}
    work = _difference if answer.minus_arm else _share if answer.kind == "probability" else _location
    bar = work(answer.value, picked, {name: weights[name] for name in enough})
    why = {key: text for key, text in answer.why.items() if key != "structural"}
    if bar is None or None in bar:
        why["structural"] = CUT
    missing = [name for name in weights if name not in enough]
    note = f"too few futures that count under {', '.join(missing)}" if missing else ""
    return replace(
        answer,
        interval={**answer.interval, "structural": bar},
        why=why,
        note="; ".join(filter(None, [answer.note, note])),
    )


class _Part:
    """The counted ones among the first runs of an arm."""

    def __init__(self, outcome: Outcome, use: np.ndarray, draw: np.ndarray, runs: int):
        self.values, self.observed = outcome.value[:runs][use], outcome.observed[:runs][use]
        self.draw = draw[use]


def _apart(values: Mapping[str, tuple[np.ndarray, np.ndarray]], weights: Mapping[str, float]) -> np.ndarray:
    """Distances of all theories from the base, noise taken out (theory,)."""
    theories = [Theory(weights[name], *values[name]) for name in values]
    weight = np.array([t.weight for t in theories])
    shrunk = drawn_together(*distances(theories), weight)
    return shrunk - shrunk[list(values).index(BASE)]


def _share(value: float, parts: Mapping[str, _Part], weights: Mapping[str, float]) -> Interval:
    """The bar of a probability."""
    apart = _apart({name: (part.values, part.draw) for name, part in parts.items()}, weights)
    shares = np.clip(value + apart, 0.0, 1.0)
    return central(shares, np.array([weights[name] for name in parts]))


def _difference(value: float, parts: Mapping[str, _Part], weights: Mapping[str, float]) -> Interval:
    """The bar of a mean difference between two worlds."""
    apart = _apart({name: (part.values, part.draw) for name, part in parts.items()}, weights)
    return central(value + apart, np.array([weights[name] for name in parts]))


def _location(value: float, parts: Mapping[str, _Part], weights: Mapping[str, float]) -> Interval | None:
    """The bar of a median: distances are between normal scores of ranks among the futures of all theories."""
    pool = distribution(*(np.concatenate([getattr(part, name) for part in parts.values()])
                          for name in ("values", "observed", "draw")))  # fmt: skip
    scored = {name: (_scores(pool, p.values, p.observed), p.draw) for name, p in parts.items()}
    own = _scores(pool, np.array([value]), np.array([True]))[0]
    medians = [pool.quantile(float(ndtr(own + apart))) for apart in _apart(scored, weights)]
    medians[list(parts).index(BASE)] = value
    known = np.array([np.inf if median is None else median for median in medians])
    low, high = central(known, np.array([weights[name] for name in parts]))
    return None if np.isinf(low) else (low, None if np.isinf(high) else high)


def _scores(pool: Distribution, values: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Normal scores of ranks; of a value that was cut short, of the middle of the ranks it may have."""
    n = len(pool.values)
    place = np.minimum(np.searchsorted(pool.points, values), len(pool.points) - 1)
    before = np.concatenate([[0.0], pool.below[:-1]])
    rank = np.where(observed, (before + pool.below)[place] / 2, (1 + pool.below[place]) / 2)
    return ndtri(np.clip(rank, 0.5 / n, 1 - 0.5 / n))


def read_weights(text: str, known: Mapping[str, float]) -> dict[str, float]:
    """Weights of hypotheses as typed, such as ``orbit=2,base=0``; the others keep theirs.

    Parameters
    ----------
    text : names and weights.
    known : hypothesis, or base -> weight.

    Raises
    ------
    ResultsError : every fault found.

    >>> read_weights("orbit=2", {"base": 1.0, "orbit": 1.0})
    {'base': 1.0, 'orbit': 2.0}
    """
    faults, weights = Faults(ResultsError), dict(known)
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            value = float(number)
        except ValueError:
            value = np.nan
        if name not in known:
            faults.add(f"no hypothesis '{name[:64]}'", "--weights", ", ".join(known), nearest(name, known))
        elif not 0 <= value <= MOST_WEIGHT:
            faults.add(
                f"'{part.strip()[:80]}' gives no weight", "--weights", f"NAME=NUMBER, 0 to {MOST_WEIGHT:,.0f}"
            )
        weights[name] = value
    faults.raise_if_any()
    if not sum(weights.values()) > 0:
        faults.add("no hypothesis has any weight", "--weights", cure="give one a number above 0")
    faults.raise_if_any()
    return weights
