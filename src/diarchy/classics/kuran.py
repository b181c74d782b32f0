"""Kuran's preference falsification: why revolutions surprise even those who make them.

Each person takes part in public once the share that already does reaches a private threshold. Since
thresholds are private, two societies that look alike, with one in ten in opposition, can be moved by the
same change of one person's mind to nine in ten and to two in ten.

References
----------
kuran1989, kuran1991
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Ten people by the share of opposition [%] that brings each into the open; primed: the second has changed.
SOCIETIES = {
    "A": (0, 20, 20, 30, 40, 50, 60, 70, 80, 100),
    "A'": (0, 10, 20, 30, 40, 50, 60, 70, 80, 100),
    "B": (0, 20, 30, 30, 40, 50, 60, 70, 80, 100),
    "B'": (0, 10, 30, 30, 40, 50, 60, 70, 80, 100),
}
PUBLISHED = {"A": 10, "A'": 90, "B": 10, "B'": 20}


def opposition(thresholds: tuple[int, ...]) -> list[int]:
    """Public opposition [%] step by step, from nobody until nobody more joins."""
    path = [0]
    while (more := round(100 * float(np.mean(np.array(thresholds) <= path[-1])))) > path[-1]:
        path.append(more)
    return path


def check(seeds: int) -> tuple[Check, ...]:
    """Where each society ends."""
    return tuple(
        Check(f"society {name}: public opposition [%]", PUBLISHED[name], opposition(people)[-1], 0,
              "kuran1991", "recalled")
        for name, people in SOCIETIES.items()
    )  # fmt: skip


def figure(canvas: Figure) -> None:
    """The road of each society."""
    axes = canvas.subplots()
    for name, people in SOCIETIES.items():
        path = opposition(people)
        axes.plot(path + path[-1:], marker="o", label=f"{name} ends at {path[-1]} %")
    axes.set(xlabel="step", ylabel="public opposition [%]", title="The same change of one mind")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="kuran",
    title="Sparks and prairie fires",
    about="The same private change ends at 20 or at 90 per cent in public, and nobody can tell beforehand.",
    references=("kuran1989", "kuran1991"),
    mechanisms=("crowd", "media"),
    check=check,
    figure=figure,
    caveats=(
        "The sequences are quoted from memory; thresholds cannot be seen, so the story is told afterwards.",
    ),
)
