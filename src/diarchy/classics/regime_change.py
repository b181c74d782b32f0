"""The global game of regime change: doubt picks one outcome, and public news brings back several.

A regime of strength theta falls iff at least theta attack; attacking earns 1 - c on success and -c on
failure. Each has a public prior N(z, 1 / alpha) and a private signal N(theta, 1 / beta), and attacks
below a threshold x*:

    theta* = Phi(sqrt(beta) (x* - theta*)),   Pr(theta <= theta* | x*) = c
    =>  Phi^-1(theta*) - (alpha / sqrt(beta)) (theta* - z) = -sqrt(1 + alpha / beta) Phi^-1(c)

One solution for every z iff beta >= alpha^2 / (2 pi) (Morris and Shin); without a prior theta* = 1 - c,
which is the threshold that `security` uses. When turnout itself is seen with precision gamma (Angeletos
and Werning), public news is as precise as beta gamma, and several solutions return when beta gamma^2 > 2
pi.

References
----------
morris2003, angeletos2006, angeletos2007
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Points of (0, 1) between which solutions are looked for, finer where the quantile is steep.
_GRID = norm.cdf(np.linspace(-9.0, 9.0, 20_001))


def _excess(theta: float, alpha: float, beta: float, z: float, c: float) -> float:
    """Left side less right side of the condition of indifference."""
    pull = norm.ppf(theta) - alpha / math.sqrt(beta) * (theta - z)
    return float(pull + math.sqrt(1.0 + alpha / beta) * norm.ppf(c))


def thresholds(alpha: float, beta: float, z: float, c: float) -> list[float]:
    """Every theta* below which the regime falls [1], rising: one, or three.

    Parameters
    ----------
    alpha, beta : precision of the prior and of the private signals [1].
    z : mean of the prior [1].
    c : what a failed attack costs, in (0, 1) [1].
    """
    pull = norm.ppf(_GRID) - alpha / math.sqrt(beta) * (_GRID - z)
    over = np.sign(pull + math.sqrt(1.0 + alpha / beta) * norm.ppf(c))
    exact = [float(_GRID[i]) for i in np.flatnonzero(over == 0)]
    turns = np.flatnonzero(over[:-1] * over[1:] < 0)
    found = [brentq(_excess, _GRID[i], _GRID[i + 1], (alpha, beta, z, c), xtol=1e-14) for i in turns]
    return sorted(exact + found)


def critical_prior(beta: float) -> float:
    """The precision of the prior above which several outcomes are possible [1]."""
    return math.sqrt(2.0 * math.pi * beta)


def turning_points(alpha: float, beta: float) -> tuple[float, float]:
    """Where the condition turns back, theta_1 < theta_2 [1]; only for a prior above `critical_prior`."""
    z = math.sqrt(-2.0 * math.log(critical_prior(beta) / alpha))
    return float(norm.cdf(-z)), float(norm.cdf(z))


def multiplicity(alpha: float, beta: float, z: float) -> tuple[float, float]:
    """Costs c between which there are three solutions [1]."""
    edges = []
    for theta in turning_points(alpha, beta):
        pull = norm.ppf(theta) - alpha / math.sqrt(beta) * (theta - z)
        edges.append(float(norm.cdf(-pull / math.sqrt(1.0 + alpha / beta))))
    return min(edges), max(edges)


def seen_turnout(beta: float, gamma: float) -> bool:
    """Whether turnout seen with precision gamma brings back several outcomes."""
    return beta * gamma**2 > 2.0 * math.pi


def check(seeds: int) -> tuple[Check, ...]:
    """Thresholds with and without a prior, where there are three, and turnout that is seen."""
    again, frank = ("angeletos2007", "recomputed"), ("morris2003", "derived")
    single: dict[tuple[float, ...], float]
    single = {(1, 1, 0.8, 0.5): 0.3132, (1, 1, 0.2, 0.5): 0.6868, (1, 4, 0.2, 0.3): 0.814174}
    triple: dict[tuple[float, ...], tuple[float, ...]]
    triple = {(5, 1, 0.5, 0.5): (0.006835, 0.5, 0.993165), (2.6, 1, 0.5, 0.5): (0.318487, 0.5, 0.681513),
              (1, 0.1, 0.5, 0.5): (0.106941, 0.5, 0.893059)}  # fmt: skip
    rows = [
        Check(f"no prior, c = {c:g}: theta* = 1 - c", 1 - c, thresholds(1e-12, 1.0, 0.5, c)[0], 1e-9, *frank)
        for c in (0.2, 0.5, 0.7)
    ]
    for (alpha, beta, z, c), known in single.items():
        name = f"theta* at alpha {alpha:g}, beta {beta:g}, z {z:g}, c {c:g}"
        rows.append(Check(name, known, thresholds(alpha, beta, z, c)[0], 5e-5 if beta == 1 else 5e-7, *again))
    for (alpha, beta, z, c), roots in triple.items():
        found = thresholds(alpha, beta, z, c)
        rows.append(Check(f"solutions at alpha {alpha:g}, beta {beta:g}", 3, len(found), 0, *again))
        for name, known, ours in zip(("lowest", "middle", "highest"), roots, found, strict=True):
            rows.append(Check(f"the {name} of them", known, ours, 5e-7, *again))
    rows += [
        Check("precision of the prior that divides one from three", 2.506628, critical_prior(1.0), 5e-7,
              *frank),
        Check("solutions at alpha 2.4, beta 1", 1, len(thresholds(2.4, 1.0, 0.5, 0.5)), 0, *again),
    ]  # fmt: skip
    low, high = multiplicity(1.0, 0.1, 0.5)
    turns = turning_points(1.0, 0.1)
    rows += [
        Check("alpha 1, beta .1: theta_1", 0.247716, turns[0], 5e-7, *again),
        Check("alpha 1, beta .1: theta_2", 0.752284, turns[1], 5e-7, *again),
        Check("three solutions from c =", 0.486038, low, 5e-7, *again),
        Check("three solutions to c =", 0.513962, high, 5e-7, *again),
        Check("only solution at c = .48", 0.940564, thresholds(1.0, 0.1, 0.5, 0.48)[0], 5e-7, *again),
        Check("turnout seen, beta 4, gamma 1.25: several", 0, int(seen_turnout(4.0, 1.25)), 0,
              "angeletos2006", "recalled"),
        Check("turnout seen, beta 4, gamma 1.30: several", 1, int(seen_turnout(4.0, 1.30)), 0,
              "angeletos2006", "recalled"),
    ]  # fmt: skip
    return tuple(rows)


def figure(canvas: Figure) -> None:
    """Solutions over the cost of a failed attack, for priors that are vague and sharp."""
    axes = canvas.subplots()
    theta = norm.cdf(np.linspace(-4, 4, 800))
    for alpha in (0.5, 2.5, 5.0):
        pull = norm.ppf(theta) - alpha * (theta - 0.5)
        axes.plot(norm.cdf(-pull / math.sqrt(1.0 + alpha)), theta, label=f"prior precision {alpha:g}")
    axes.set(xlabel="cost of a failed attack c", ylabel="theta* below which it falls",
             title="Sharp public news brings back several outcomes")  # fmt: skip
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="regime-change",
    title="Global games of regime change",
    about="Private doubt picks one outcome; sharp public news, or seen turnout, brings back several.",
    references=("morris2003", "angeletos2006", "angeletos2007"),
    mechanisms=("security",),
    check=check,
    figure=figure,
    caveats=(
        "One shot, all alike, a continuum of people; the one outcome rests on nobody sharing news.",
        "The condition on seen turnout is quoted from memory and follows from the first by substitution.",
    ),
)
