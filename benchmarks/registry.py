"""What a benchmark is: a function entered under its name, which gives lines of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of the table: what, how much of which unit, and what to compare it with."""

    name: str
    value: float
    unit: str
    note: str = ""


#: Name -> measure of that many futures.
BENCHMARKS: dict[str, Callable[[int], list[Measure]]] = {}


def benchmark(measure: Callable[[int], list[Measure]]) -> Callable[[int], list[Measure]]:
    """Enter a benchmark under its name."""
    BENCHMARKS[measure.__name__.replace("_", "-")] = measure
    return measure
