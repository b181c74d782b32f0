"""Similarity of alliance portfolios: Kendall's tau-b and the S that replaced it.

A state's portfolio is its commitment to every other state, from none (0) to a defence pact (3). Tau-b
asks whether two portfolios rank states alike; S = 1 - 2 sum w d / d_max asks how far apart they are,
weighted by how much each state matters, and does not call two states alike for being tied to nobody in
the same order. `alignment` uses such distances.

References
----------
bueno1975, signorino1999
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import kendalltau

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MINE, THEIRS = (3, 3, 2, 1, 0, 0, 3, 1), (3, 2, 2, 1, 0, 1, 3, 0)
#: From no alliance to a defence pact.
HIGHEST = 3


def tau_b(mine: tuple[int, ...], theirs: tuple[int, ...]) -> float:
    """Kendall's tau-b of two portfolios [1]: pairs of states in the same order less the opposite."""
    a, b = np.array(mine), np.array(theirs)
    up = np.triu_indices(len(a), 1)
    first, second = np.sign(a[up[0]] - a[up[1]]), np.sign(b[up[0]] - b[up[1]])
    return float((first * second).sum() / math.sqrt((first != 0).sum() * (second != 0).sum()))


def similarity(mine: tuple[int, ...], theirs: tuple[int, ...], weight: tuple[float, ...] = ()) -> float:
    """Signorino and Ritter's S of two portfolios [1]: 1 alike, -1 as far apart as can be.

    Parameters
    ----------
    weight : (state,) how much each state matters [1]; all alike when left out.
    """
    w = np.array(weight or [1.0] * len(mine))
    apart = np.abs(np.array(mine) - np.array(theirs)) / HIGHEST
    return float(1.0 - 2.0 * (w @ apart) / w.sum())


def check(seeds: int) -> tuple[Check, ...]:
    """The worked pair, scipy's tau-b, and both ends of S."""
    again, end = ("signorino1999", "recomputed"), ("signorino1999", "derived")
    return (
        Check("tau-b of the pair", 0.766131, tau_b(MINE, THEIRS), 5e-7, "bueno1975", "recomputed"),
        Check("tau-b by scipy", float(kendalltau(MINE, THEIRS).statistic), tau_b(MINE, THEIRS), 1e-12,
              "bueno1975", "recomputed"),
        Check("S of the pair", 0.75, similarity(MINE, THEIRS), 1e-12, *again),
        Check("S of a portfolio with itself", 1, similarity(MINE, MINE), 0, *end),
        Check("S of opposites", -1, similarity((3, 0, 3), (0, 3, 0)), 0, *end),
    )  # fmt: skip


def figure(canvas: Figure) -> None:
    """Two states that drop ties one by one: tau-b jumps, S glides."""
    axes = canvas.subplots()
    kept = range(len(MINE) + 1)
    left = [tuple(x if i < k else 0 for i, x in enumerate(MINE)) for k in kept]
    axes.plot(kept, [similarity(MINE, there) for there in left], marker="o", label="S")
    axes.plot(kept[1:], [tau_b(MINE, there) for there in left[1:]], marker="o", label="tau-b")
    axes.set(xlabel="ties in common, the rest dropped by one side", ylabel="similarity")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="alliance-similarity",
    title="Tau-b or not tau-b",
    about="Whether two portfolios rank states alike, and whether they are alike, are two questions.",
    references=("bueno1975", "signorino1999"),
    mechanisms=("alignment",),
    check=check,
    figure=figure,
    caveats=("Treaties on paper: trade, arms and votes often say something else.",),
)
