"""Watts' cascades on random networks: one spark can take all where most can be moved by a single neighbour.

On a random network of mean degree z, a person with k neighbours joins when a share phi of them has, so
one neighbour moves whoever has k <= 1 / phi. Sparks spread when those people percolate:

    sum over k <= 1 / phi of k (k - 1) p_k = z,   for Poisson degrees  z P(N <= floor(1 / phi) - 2) = 1.

Too few ties carry nothing, too many make one neighbour too small a share: there is a window between.

References
----------
watts2002
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import poisson

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The threshold of the paper's figures.
THRESHOLD = 0.18


def spread(degree: Any, threshold: float) -> Any:
    """How many a spark moves at each remove, z P(N <= floor(1 / phi) - 2) [1]: above 1 it takes all."""
    movable = math.floor(1.0 / threshold + 1e-12)
    return degree * poisson.cdf(movable - 2, degree)


def window(threshold: float) -> tuple[float, float] | None:
    """Mean degrees between which a spark can take all; None when there are none."""
    degrees = np.linspace(0.05, 40.0, 4_000)
    excess = spread(degrees, threshold) - 1.0
    turns = np.flatnonzero(np.diff(np.sign(excess)) != 0)
    if len(turns) < 2:
        return None
    low, high = (brentq(lambda z: spread(z, threshold) - 1.0, degrees[i], degrees[i + 1]) for i in turns[:2])
    return low, high


def check(seeds: int) -> tuple[Check, ...]:
    """Both edges of the window at the paper's threshold."""
    low, high = window(THRESHOLD) or (math.nan, math.nan)
    paper, again = ("watts2002", "published"), ("watts2002", "recomputed")
    return (
        Check("lower edge of the window [mean degree]", 1.02, low, 0.005, *paper),
        Check("upper edge of the window [mean degree]", 5.75, high, 0.05, *paper),
        Check("lower edge to four places [mean degree]", 1.0207, low, 1e-4, *again),
        Check("upper edge to four places [mean degree]", 5.7647, high, 1e-4, *again),
    )


def figure(canvas: Figure) -> None:
    """The window over the threshold."""
    axes = canvas.subplots()
    edges = [(t, w) for t in np.linspace(0.1, 0.26, 161) if (w := window(t))]
    axes.fill_between([t for t, _ in edges], [w[0] for _, w in edges], [w[1] for _, w in edges], alpha=0.4)
    axes.axvline(THRESHOLD, color="0.5", ls=":")
    axes.set(xlabel="share of neighbours that moves a person", ylabel="mean number of neighbours",
             title="Where one spark can take all")  # fmt: skip


CLASSIC = Classic(
    name="watts",
    title="Global cascades on random networks",
    about="A spark takes all only between too few ties and too many.",
    references=("watts2002",),
    mechanisms=("crowd", "media"),
    check=check,
    figure=figure,
    caveats=("The edges hold for endless networks; in simulations of 10,000 the upper one is about 6.3.",),
)
