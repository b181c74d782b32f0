"""The record beside a case: what was seen (``observed.csv``). It moves no run; it scores answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from diarchy.errors import Faults, nearest
from diarchy.evidence import CONFIDENCE
from diarchy.scenario.files import CaseFolder, shown
from diarchy.scenario.tables import Table, check_columns, read_table

OBSERVED = "observed.csv"
PARTS_OF_DAY = ("early", "morning", "day", "noon", "afternoon", "evening", "night")
OBSERVED_COLUMNS = (
    "date",
    "time_local",
    "place",
    "event",
    "figure",
    "unit",
    "category",
    "source",
    "confidence",
)


@dataclass(frozen=True)
class Observation:
    """One dated thing that happened.

    Parameters
    ----------
    date, time : calendar day; local time of day, or a part of the day, if known.
    reported : calendar day on which it was reported, if the table has a ``report_date``.
    place, event, category : where, what in words, and what sort of event.
    figure, unit : its number, if it has one.
    source, confidence : where it is from, and how surely.
    where : ``file:line``.
    """

    date: dt.date
    time: str
    reported: dt.date | None
    place: str
    event: str
    figure: float | None
    unit: str
    category: str
    source: str
    confidence: str
    where: str


def _table(folder: CaseFolder, name: str, columns: Sequence[str]) -> Table | None:
    """A table of the case that need not be there."""
    path = folder.root / name
    if not path.exists() and not path.is_symlink():
        return None
    table = read_table(folder, path, "")
    return table if table and check_columns(table, columns, f"{name}:1", folder.faults) else None


def _check_word(table: Table, row: int, column: str, allowed: Sequence[str], faults: Faults) -> None:
    """A cell that must be one of a few words."""
    word = table.rows[row][column]
    if word not in allowed:
        what = f"{column} '{shown(word)}' is not taken"
        faults.add(what, table.at(row), ", ".join(filter(None, allowed)), nearest(word, allowed))


def read_observed(folder: CaseFolder) -> tuple[Observation, ...]:
    """The observations of ``observed.csv`` in the order of the file; faults go to the folder's."""
    table = _table(folder, OBSERVED, OBSERVED_COLUMNS)
    seen = []
    for i, row in enumerate(table.rows if table else ()):
        assert table is not None
        date, figure = _date(table, i, "date", folder.faults), _figure(table, i, folder.faults)
        reported = _date(table, i, "report_date", folder.faults) if row.get("report_date") else None
        if date and reported and reported < date:
            folder.faults.add(f"reported on {reported}, before it happened ({date})", table.at(i))
        _check_word(table, i, "confidence", ("", *CONFIDENCE), folder.faults)
        if not row["event"]:
            folder.faults.add("column 'event' is empty", table.at(i))
        _check_time(table, i, folder.faults)
        if date is not None:
            seen.append(
                Observation(
                    date=date,
                    time=row["time_local"],
                    reported=reported,
                    place=row["place"],
                    event=row["event"],
                    figure=figure,
                    unit=row["unit"],
                    category=row["category"],
                    source=row["source"],
                    confidence=row["confidence"],
                    where=table.at(i),
                )
            )
    return tuple(seen)


def _date(table: Table, row: int, column: str, faults: Faults) -> dt.date | None:
    """A date of a row."""
    text = table.rows[row][column]
    try:
        if len(text) != len("2022-01-05"):
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        faults.add(f"'{shown(text)}' is not a date", table.at(row), "YYYY-MM-DD")
        return None


def _figure(table: Table, row: int, faults: Faults) -> float | None:
    """The figure of a row, if it has one."""
    text = table.rows[row]["figure"]
    if not text:
        return None
    if not re.fullmatch(r"[-+]?\d{1,30}(\.\d{1,30})?([eE][-+]?\d{1,2})?", text):
        faults.add(f"figure '{shown(text)}' is not a number", table.at(row), "a number, or empty",
                   cure="put words and ranges under event")  # fmt: skip
        return None
    return float(text)


def _check_time(table: Table, row: int, faults: Faults) -> None:
    """A time of day, a part of the day, or nothing."""
    text = table.rows[row]["time_local"]
    if text and text not in PARTS_OF_DAY and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        allowed = f"HH:MM, {', '.join(PARTS_OF_DAY)}, or empty"
        faults.add(f"'{shown(text)}' is not a time of day", table.at(row), allowed)
