"""The compromise mean: positions weighted by capability and salience, the forecast that is hard to beat.

    x = sum c s x / sum c s

Bargaining models of any kind have had trouble to do better on the decisions of the European Union. Beside
it stands the weighted median, which wins every pairwise vote in which actors back the nearer option.

References
----------
achen2006, bueno1994, scholz2011
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Actor:
    """Who bargains: capability [1], position [the issue's unit], salience [1]."""

    name: str
    capability: float
    position: float
    salience: float


#: Years of delay of emission standards for cars: who in the Community wanted what, and how much.
EMISSIONS = (
    Actor("Netherlands", 0.08, 4, 0.8),
    Actor("Belgium", 0.08, 7, 0.4),
    Actor("Luxembourg", 0.03, 4, 0.2),
    Actor("Germany", 0.16, 4, 0.8),
    Actor("France", 0.16, 10, 0.6),
    Actor("Italy", 0.16, 10, 0.6),
    Actor("United Kingdom", 0.16, 10, 0.9),
    Actor("Ireland", 0.05, 7, 0.1),
    Actor("Denmark", 0.05, 4, 1.0),
    Actor("Greece", 0.08, 7, 0.7),
)
#: What was decided [year].
DECIDED = 8.833


def compromise(positions: np.ndarray, weights: np.ndarray) -> float:
    """Mean position, weighted."""
    return float(weights @ positions / weights.sum())


def weighted_median(positions: np.ndarray, weights: np.ndarray) -> float:
    """The position that no other beats when actors back the nearer one by weight times how much nearer."""
    distance = np.abs(positions[:, None] - positions[None, :]) @ weights
    return float(positions[int(np.argmin(distance))])


def positions_and_weights(actors: tuple[Actor, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Positions, and capability times salience: (actor,) each."""
    return (
        np.array([actor.position for actor in actors], float),
        np.array([actor.capability * actor.salience for actor in actors]),
    )


def check(seeds: int) -> tuple[Check, ...]:
    """Mean and median of the emission standards, and how far off the mean was."""
    positions, weights = positions_and_weights(EMISSIONS)
    mean = compromise(positions, weights)
    again = ("scholz2011", "recomputed")
    return (
        Check("emission standards: compromise mean [year]", 7.4, mean, 0.05, "scholz2011"),
        Check("the same to six places [year]", 7.389956, mean, 5e-7, *again),
        Check("how far it was off the decision [year]", 1.443, DECIDED - mean, 5e-4, *again),
        Check(
            "emission standards: weighted median [year]", 7, weighted_median(positions, weights), 0, *again
        ),
    )


def figure(canvas: Figure) -> None:
    """Weights by position, the mean, the median and the decision."""
    axes = canvas.subplots()
    positions, weights = positions_and_weights(EMISSIONS)
    floor: dict[float, float] = {}
    for actor, weight in zip(EMISSIONS, weights, strict=True):
        low = floor.get(actor.position, 0.0)
        axes.bar(actor.position, weight, 0.8, bottom=low, edgecolor="white")
        axes.text(actor.position, low + weight / 2, actor.name, ha="center", va="center", fontsize=7)
        floor[actor.position] = low + weight
    axes.axvline(compromise(positions, weights), color="k", label="compromise mean")
    axes.axvline(DECIDED, color="k", ls=":", label="decided")
    axes.set(xlabel="delay [year]", ylabel="capability times salience", title="Emission standards")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="compromise-mean",
    title="The compromise mean",
    about="Positions weighted by capability and salience: the forecast that bargaining models have to beat.",
    references=("achen2006", "bueno1994", "scholz2011"),
    mechanisms=("authority",),
    check=check,
    figure=figure,
    caveats=(
        "The tables of 26 and 34 actors on Chinese energy policy (Efird and others 2016) could not be "
        "obtained, so their published median of 30 and mean of 35.006 are not checked.",
    ),
)
