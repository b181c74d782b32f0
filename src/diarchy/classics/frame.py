"""What every page of the classics states: numbers of the literature beside ours, and a figure.

A check that cannot be met says why in `gap`; the tests hold such a check to failing, so the record of
what does not reproduce stays as true as the record of what does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Where the number beside ours comes from, the strongest first.
BASES = (
    "published",  # read in the source
    "recomputed",  # by an independent program from the published equations
    "derived",  # follows from the published equations on paper
    "recalled",  # of the literature, but quoted from memory
    "ours",  # of a parameter set of our own, kept so that a change is noticed
)
Number = float | int | Fraction


@dataclass(frozen=True)
class Check:
    """One number of the literature beside ours.

    Parameters
    ----------
    name : what is counted or measured, with its unit.
    published : the number, or the range (low, high) that the source gives.
    ours : what this package computes.
    tolerance : how far off still counts as the same; 0 wants equality.
    source : a key of the bibliography, with a locator where there is one.
    basis : one of `BASES`.
    gap : why it does not reproduce; empty when it does.
    """

    name: str
    published: Number | tuple[Number, Number]
    ours: Number
    tolerance: float
    source: str
    basis: str = "published"
    gap: str = ""

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise ValueError(f"basis '{self.basis}' is not one of {', '.join(BASES)}")

    @property
    def reproduces(self) -> bool:
        """Whether ours is within the tolerance of the number, or of the range."""
        low, high = self.published if isinstance(self.published, tuple) else (self.published, self.published)
        if not math.isfinite(self.ours):
            return False
        return low - self.tolerance <= self.ours <= high + self.tolerance

    def to_json(self) -> dict[str, Any]:
        """The check as JSON values; a fraction keeps its exact form as text beside its value."""
        span = self.published if isinstance(self.published, tuple) else None
        return {
            "name": self.name,
            "published": [float(x) for x in span] if span else _float(self.published),
            "ours": _float(self.ours),
            "exact": str(self.ours) if isinstance(self.ours, Fraction) else None,
            "tolerance": self.tolerance,
            "source": self.source,
            "basis": self.basis,
            "reproduces": self.reproduces,
            "gap": self.gap,
        }


def _float(value: Any) -> float | None:
    """A number for JSON, which has no infinity."""
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class Classic:
    """One page: a published model, what it is checked against, and its figure.

    Parameters
    ----------
    name : as the command takes it.
    title, about : what it is, and what it says, in a sentence each.
    references : keys of the bibliography.
    mechanisms : names of the mechanisms that use it.
    check : the table of checks over the given number of seeds (ignored where nothing is random).
    figure : draws the picture of the page on an empty figure.
    random : whether the numbers depend on seeds.
    caveats : what a reader must know before quoting it.
    """

    name: str
    title: str
    about: str
    references: tuple[str, ...]
    mechanisms: tuple[str, ...]
    check: Callable[[int], tuple[Check, ...]]
    figure: Callable[[Figure], None]
    random: bool = False
    caveats: tuple[str, ...] = ()
