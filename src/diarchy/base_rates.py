"""The table of base rates: how often things happened in open data, line by line, as it ships.

A question names a line, and its outside view is read from here, so that no number is copied by hand into a
case. `calibration.recompute` makes the table from the data sets.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

#: The table that ships.
BASE_RATES = Path(__file__).parent / "calibration" / "tables" / "base_rates.csv"


@dataclass(frozen=True)
class BaseRate:
    """One line of the table of base rates.

    Parameters
    ----------
    id : what it is asked for by, such as ``lethal.price``.
    quantity : what is given, in words.
    condition : among which cases.
    value : share, day or shape.
    low : lower bound of the central 90 % interval.
    high : upper bound; inf where the record does not bound it.
    unit : unit of value and bounds.
    n : number of cases.
    source : key of the source.
    caveat : what to mind.
    """

    id: str
    quantity: str
    condition: str
    value: float
    low: float
    high: float
    unit: str
    n: int
    source: str
    caveat: str


@functools.cache
def read_base_rates(path: Path = BASE_RATES) -> dict[str, BaseRate]:
    """The table of base rates, by id.

    Parameters
    ----------
    path : the table; the one that ships by default.

    Returns
    -------
    The lines in the table's order.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [_base_rate_line(row) for row in rows]
    return {line.id: line for line in lines}


def _base_rate_line(row: dict[str, str]) -> BaseRate:
    """One row of the table."""
    numbers = (float(row["value"]), float(row["low"]), float(row["high"]))
    words = (row["id"], row["quantity"], row["condition"])
    return BaseRate(*words, *numbers, row["unit"], int(row["n"]), row["source"], row["caveat"])
