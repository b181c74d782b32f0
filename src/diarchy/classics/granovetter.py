"""Granovetter's thresholds: who joins a crowd depends on how many already have.

Each of n people joins once at least so many others have; r(t + 1) = F(r(t)) from nobody, until nobody
more joins. Two crowds that differ in one person end at one rioter and at a hundred, and a normal crowd
tips at one spread of its thresholds: at the tangent, 100 z phi(z) + 25 = 100 Phi(z). `crowd` builds F
from hardship and risk aversion.

References
----------
granovetter1978
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from diarchy.classics.frame import Check, Classic
from diarchy.classics.torus import uniforms
from diarchy.randomness import stream_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CROWD, MEAN = 100, 25.0
_STREAM = stream_of("granovetter.thresholds")
_CROWDS = 1_000  # random crowds of a seed
_SETTLED, _STEPS = 1e-12, 100_000


def rioters(thresholds: np.ndarray) -> int:
    """How many join in the end, of people with these thresholds (person,) [people].

    >>> rioters(np.arange(100)), rioters(np.array([0, 2, *range(2, 100)]))
    (100, 1)
    """
    ordered = np.sort(thresholds)
    short = np.flatnonzero(ordered > np.arange(len(ordered)))
    return int(short[0]) if len(short) else len(ordered)


def equilibrium(spread: float) -> float:
    """Share that joins [%] when thresholds are normal about 25, with this standard deviation [%]."""
    reached = 0.0
    for _ in range(_STEPS):
        more = CROWD * float(norm.cdf((reached - MEAN) / spread))
        if abs(more - reached) < _SETTLED:
            break
        reached = more
    return reached


def critical_spread() -> tuple[float, float]:
    """The standard deviation at which the crowd tips, and the equilibrium just below it [% each]."""
    z = brentq(lambda z: CROWD * z * norm.pdf(z) + MEAN - CROWD * norm.cdf(z), -4.0, -1.0)
    return CROWD * float(norm.pdf(z)), CROWD * float(norm.cdf(z))


def _stalled(seeds: int) -> float:
    """Share of crowds of a hundred, thresholds uniform on 0 to 99, that end with one rioter or none [1]."""
    found = []
    for seed in range(1, seeds + 1):
        luck = uniforms(_CROWDS * CROWD, seed, _STREAM, 0).reshape(_CROWDS, CROWD)
        found += [rioters(crowd) <= 1 for crowd in np.floor(luck * CROWD)]
    return float(np.mean(found))


def check(seeds: int) -> tuple[Check, ...]:
    """The two crowds, the tipping spread, equilibria beside it, and crowds at random."""
    one_less = np.array([0, 2, *range(2, CROWD)])
    critical, below = critical_spread()
    paper, again = ("granovetter1978", "published"), ("granovetter1978", "recomputed")
    known = {12.2: (5.48, 0.005), 12.3: (100.0, 0.05), 30: (99.34, 0.005), 50: (90.49, 0.005),
             100: (65.857, 5e-4), 1000: (51.04, 0.005)}  # fmt: skip
    return (
        Check("thresholds 0 to 99: rioters", 100, rioters(np.arange(CROWD)), 0, *paper),
        Check("threshold 1 replaced by 2: rioters", 1, rioters(one_less), 0, *paper),
        Check("spread at which a normal crowd tips [%]", 12.2, critical, 0.05, *paper),
        Check("the same to four places [%]", 12.2221, critical, 1e-3, *again),
        Check("equilibrium just below it [%]", 6, below, 0.5, *paper),
        Check("equilibrium at spread 12.222 [%]", 6.15, equilibrium(12.222), 0.01, *again),
        *(
            Check(f"equilibrium at spread {spread:g} [%]", known[spread][0], equilibrium(spread),
                  known[spread][1], *again)
            for spread in known
        ),
        Check("limit of a very wide spread [%]", 50, equilibrium(1e6), 0.01, *paper),
        Check("random crowds with nobody to start [1]", 0.3660, 0.99**CROWD, 5e-5, *again),
        Check("random crowds that end at one rioter or none [1]", 0.51, _stalled(seeds), 0.02, *paper),
    )  # fmt: skip


def figure(canvas: Figure) -> None:
    """Who joins over the spread, and the map of one step just below and above the tipping spread."""
    spreads = np.linspace(2, 60, 120)
    left, right = canvas.subplots(1, 2)
    left.plot(spreads, [equilibrium(s) for s in spreads])
    left.axvline(critical_spread()[0], color="0.6", ls=":")
    left.set(xlabel="spread of thresholds [%]", ylabel="who joins [%]", title="A crowd tips")
    share = np.linspace(0, CROWD, 300)
    right.plot(share, share, color="0.6", lw=0.8)
    for spread in (9.0, 12.2, 16.0):
        right.plot(share, CROWD * norm.cdf((share - MEAN) / spread), label=f"spread {spread:g}")
    right.set(xlabel="who has joined [%]", ylabel="who joins next [%]")
    right.legend(frameon=False)


CLASSIC = Classic(
    name="granovetter",
    title="Threshold models of collective behavior",
    about="Crowds that hardly differ end far apart: what tips is the spread of thresholds, not their mean.",
    references=("granovetter1978",),
    mechanisms=("crowd",),
    check=check,
    figure=figure,
    random=True,
    caveats=("Nobody is removed, everybody sees everybody; rounding thresholds moves the tipping spread.",),
)
