"""What came of a crisis: read apart from its onset, used for fitting and scoring only.

A blank cell, ``na`` or ``unknown`` is an unknown outcome, and the case drops out of the questions that need
it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from diarchy.errors import Faults
from diarchy.scenario.files import shown

#: The outcome columns that are read; any may be missing or blank.
OUTCOME_COLUMNS = (
    "leader_outcome", "leader_out_date", "days_to_leader_out", "security_defection", "deaths_low",
    "deaths_best", "deaths_high", "foreign_mil", "side", "int_start", "int_end", "int_censored", "int_days",
    "peak_k_best", "peak_pct", "asked", "concession",
)  # fmt: skip

#: Help counts when the troops act within so many days of onset: the longest horizon that is asked about.
HELP_WINDOW = 180.0

_UNKNOWN = ("", "na", "n/a", "nan", "unknown", "?")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(\+?)")
_STAYED = ("survived", "stayed", "remained", "in power")
_GOVERNMENT = re.compile(r"(gov|regime|incumbent|ruler)")


@dataclass(frozen=True)
class Outcome:
    """What came of one crisis; nan where unknown.

    Parameters
    ----------
    out_days : [day] from onset until the leader or regime at onset was out; inf when it stayed.
    disobeyed : 1 when some security forces did not obey, 0 when all did.
    deaths, deaths_low, deaths_high : [people] the best figure, and its range.
    helped : 1 when foreign troops acted on the government's side within `HELP_WINDOW`, else 0.
    stay_days : [day] how long those troops stayed; only where there was help.
    stay_censored : whether they were still there when last looked at.
    peak_share : [1] largest number in the street, as a share of the population.
    asked : 1 when the government asked a power for troops, met or not, else 0.
    conceded : 1 when it gave in on something during the crisis, else 0.
    """

    out_days: float = math.nan
    disobeyed: float = math.nan
    deaths: float = math.nan
    deaths_low: float = math.nan
    deaths_high: float = math.nan
    helped: float = math.nan
    stay_days: float = math.nan
    stay_censored: bool = False
    peak_share: float = math.nan
    asked: float = math.nan
    conceded: float = math.nan


def read_outcome(
    cells: Mapping[str, str], start: dt.date | None, today: dt.date, where: str, faults: Faults
) -> Outcome:
    """The outcome cells of a row.

    Parameters
    ----------
    cells : texts by column; a column may be missing.
    start : the first day of the crisis; None when it is not known.
    today : no date may be later.
    where, faults : ``file:line`` of the row, and where faults go.
    """
    row = _Row(cells, start, today, where, faults)
    helped = row.helped()
    stay, censored = row.stay() if helped == 1 else (math.nan, False)
    return Outcome(
        row.out_days(), row.disobeyed(), row.number("deaths_best"), row.number("deaths_low"),
        row.number("deaths_high"), helped, stay, censored, row.peak_share(), row.flag("asked"),
        row.conceded(),
    )  # fmt: skip


class _Row:
    """The outcome cells of one row, read with a fault for each that says nothing."""

    def __init__(
        self, cells: Mapping[str, str], start: dt.date | None, today: dt.date, where: str, faults: Faults
    ):
        self.cells, self.start, self.today, self.where, self.faults = cells, start, today, where, faults
        self.dates = {column: self.day(column) for column in ("leader_out_date", "int_start", "int_end")}

    def text(self, column: str) -> str:
        """A cell without blanks; empty when the outcome is unknown."""
        text = self.cells.get(column, "").strip()
        return "" if text.casefold() in _UNKNOWN else text

    def number(self, column: str, most: float = 1e9) -> float:
        """A cell that counts something, or nan."""
        text = self.text(column)
        if not text:
            return math.nan
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= most:
            self.faults.add(
                f"{column} '{shown(text)}' is not a number", self.where, f"0 to {most:g}, or blank"
            )
            return math.nan
        return value

    def flag(self, column: str) -> float:
        """A cell of 0 or 1, or nan."""
        words = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}
        text = self.text(column)
        return words[text.casefold()] if text.casefold() in words else self.number(column, 1)

    def day(self, column: str) -> tuple[float, bool]:
        """Days from the onset to a dated cell, and whether it is open (``2024-12-31+``); nan when blank."""
        text = self.text(column)
        found = _DAY.fullmatch(text)
        try:
            date = dt.date.fromisoformat(found[1]) if found else None
        except ValueError:
            date = None
        if date is None:
            if text:
                self.faults.add(f"{column} '{shown(text)}' is not a day", self.where, "YYYY-MM-DD, or blank")
            return math.nan, False
        if date > self.today:
            self.faults.add(f"{column} {date} lies in the future", self.where, f"up to {self.today}")
        days = float((date - self.start).days) if self.start else math.nan
        return days, bool(found and found[2])

    def out_days(self) -> float:
        """The day of the leader's fall: counted, else dated; staying counts only when neither is given."""
        counted, (dated, _) = self.number("days_to_leader_out"), self.dates["leader_out_date"]
        if dated < 0:
            self.faults.add("leader_out_date lies before the start", self.where)
        if not math.isnan(counted):
            return counted
        if not math.isnan(dated):
            return dated
        return math.inf if self.text("leader_outcome").casefold().startswith(_STAYED) else math.nan

    def disobeyed(self) -> float:
        """Whether any security force did not fully obey."""
        text = self.text("security_defection").casefold()
        return math.nan if not text else float(text not in ("none", "no", "0"))

    def helped(self) -> float:
        """Whether foreign troops acted on the government's side within the window."""
        troops, side = self.flag("foreign_mil"), self.text("side").casefold()
        came, _ = self.dates["int_start"]
        if troops != 1:
            return troops
        if not side:
            return math.nan
        # Occupation troops that were there before count from the day on which they acted.
        return float(_GOVERNMENT.match(side) is not None and not came > HELP_WINDOW)

    def stay(self) -> tuple[float, bool]:
        """How long the troops stayed, and whether they were still there."""
        came, _ = self.dates["int_start"]
        gone, still = self.dates["int_end"]
        counted = self.number("int_days")
        days = counted if not math.isnan(counted) else gone - came
        return days, still or self.flag("int_censored") == 1

    def conceded(self) -> float:
        """Whether the government gave in on anything."""
        text = self.text("concession").casefold()
        return math.nan if not text else float(text not in ("none", "no", "0"))

    def peak_share(self) -> float:
        """The peak as a share of the population: given, or from heads and population."""
        percent = self.number("peak_pct", 100)
        if not math.isnan(percent):
            return round(percent / 100, 8)
        heads, millions = self.number("peak_k_best"), self.cells.get("pop_m", "")
        try:
            return min(heads * 1e3 / (float(millions) * 1e6), 1.0)
        except (ValueError, ZeroDivisionError):
            return math.nan
