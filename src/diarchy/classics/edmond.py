"""Edmond's information manipulation: a regime that bends the signals its people coordinate by.

As in the game of regime change without a prior, but the regime can shift the mean of all signals by a
hidden act a at cost c a. A regime that survives does so by shifting up to gamma; with private precision
alpha,

    gamma = sqrt((2 / alpha) ln(sqrt(alpha) / (c sqrt(2 pi)))),
    theta* = Phi(-sqrt(alpha) gamma) + c (x* + gamma - theta*),
    Phi(sqrt(alpha) (theta* - x*)) = p / (1 - p) theta*,

p being what an attacker gives up. More precise signals then help the regime: theta* falls to 0, while
without manipulation it would stay at 1 - p.

References
----------
edmond2013
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

COST = 0.3
#: Thresholds by the cost of attacking p and the precision alpha, at `COST`.
KNOWN = {
    0.5: {1.0: 0.472398, 4.0: 0.348971, 25.0: 0.194314, 100.0: 0.115618, 1e4: 0.016649},
    0.25: {1.0: 0.677437, 4.0: 0.446890, 25.0: 0.228472, 100.0: 0.130993},
}


def threshold(precision: float, attack: float, cost: float = COST) -> float:
    """The strength theta* below which the regime falls [1].

    Parameters
    ----------
    precision : alpha of the private signals [1].
    attack : p, what attacking costs whoever does [1].
    cost : c of shifting the signals by one unit [1]; so dear that nobody shifts them gives 1 - p.
    """
    root = math.sqrt(precision)
    worth = root / (cost * math.sqrt(2.0 * math.pi))
    if worth <= 1.0:
        return 1.0 - attack
    shift = math.sqrt(2.0 / precision * math.log(worth))
    odds = attack / (1.0 - attack)

    def excess(theta: float) -> float:
        """theta less what the conditions make of it; rises throughout."""
        above = norm.ppf(odds * theta) / root  # theta - x*
        return float(theta - norm.cdf(-root * shift) - cost * (shift - above))

    return float(brentq(excess, 1e-12, min(1.0, 1.0 / odds) - 1e-12, xtol=1e-14))


def check(seeds: int) -> tuple[Check, ...]:
    """Thresholds over precision, and where manipulation is too dear."""
    source = ("edmond2013", "derived")
    rows = [
        Check(f"theta* at p {p:g}, precision {alpha:g}", known, threshold(alpha, p), 1e-6, *source)
        for p, row in KNOWN.items()
        for alpha, known in row.items()
    ]
    return (
        *rows,
        Check("theta* at p .5 when shifting is too dear", 0.5, threshold(1.0, 0.5, 10.0), 0, *source),
    )


def figure(canvas: Figure) -> None:
    """Thresholds over the precision of signals, with manipulation and without."""
    axes = canvas.subplots()
    precision = np.logspace(0, 4, 60)
    for attack in (0.25, 0.5, 0.75):
        line = axes.plot(precision, [threshold(a, attack) for a in precision], label=f"p {attack:g}")[0]
        axes.axhline(1.0 - attack, color=line.get_color(), lw=0.7, ls=":")
    axes.set(xscale="log", xlabel="precision of private signals", ylabel="theta* below which it falls",
             title="With propaganda, clear signals save the regime (dotted: without)")  # fmt: skip
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="edmond",
    title="Information manipulation, coordination, and regime change",
    about="When a regime can bend the signals, more precise signals make it harder to overthrow.",
    references=("edmond2013",),
    mechanisms=("media", "security"),
    check=check,
    figure=figure,
    caveats=("Equations for a linear cost are derived here from the usual set-up, not read in the paper.",),
)
