"""Stays of foreign troops as spells: a length, and whether its end was seen.

From the raw rows of two sources with two clocks: International Military Intervention ends an intervention
with active operations; the own list of deployments ends one when the troops are out.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from diarchy.calibration.survival import SAME_DAY

#: What a forecaster of the case that ships could know: nothing later than this day.
FROZEN = dt.date(2021, 12, 31)
#: The two collections of interventions were closed on these days; what goes on then is censored.
FIRST_COLLECTION_ENDS, SECOND_COLLECTION_ENDS = dt.date(1988, 12, 31), dt.date(2005, 12, 31)
#: Slips of the pen in that collection's end dates, as told by length and neighbours.
SLIPS = {"10720718": "19720718", "199705170": "19970517", "88888889": "88888888"}
ONGOING = ("88888888", "99999999")
#: The Correlates of War number of the Soviet Union and Russia.
RUSSIA = "365"

Row = dict[str, str]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Spell:
    """One stay of foreign troops.

    Parameters
    ----------
    days : its length, as far as seen [day].
    ended : whether its end was seen.
    host : where they stayed.
    row : the raw row.
    """

    days: float
    ended: bool
    host: str
    row: Row


def days_between(start: str, end: str) -> int:
    """Days elapsed between two ISO dates."""
    return (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days


def _compact_date(text: str) -> dt.date:
    """A date as YYYYMMDD; a day beyond the month is its last."""
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def intervention_spells(rows: list[Row]) -> list[Spell]:
    """Stays by the clock of operations: interventions that support a government or oppose rebels.

    Parameters
    ----------
    rows : International Military Intervention.

    Returns
    -------
    One spell a pair of intervener and target.
    """
    spells = []
    for row in rows:
        if row["direction"] not in ("1", "2"):
            continue
        start, end = _compact_date(row["start"]), SLIPS.get(row["end"], row["end"])
        first = start <= FIRST_COLLECTION_ENDS
        closed = FIRST_COLLECTION_ENDS if first else SECOND_COLLECTION_ENDS
        last = closed if end in ONGOING else _compact_date(end)
        ended = end not in ONGOING and not (first and last == closed)
        spells.append(Spell(max(float((last - start).days), SAME_DAY), ended, row["target"], row))
    return spells


def deployment_spells(rows: list[Row], until: dt.date | None) -> list[Spell]:
    """Stays by the clock of garrisons: invited to support, restore or calm.

    Parameters
    ----------
    rows : the list of deployments.
    until : what was not known on this day is not told: later starts drop out, later ends are censored.

    Returns
    -------
    One spell a deployment.
    """
    wanted = ("regime_support", "restore_gov", "stabilise_riot")
    return [
        _deployment(row, until)
        for row in rows
        if row["invited"] == "yes" and row["purpose"] in wanted and not (until and row["start"] > str(until))
    ]


def _deployment(row: Row, until: dt.date | None) -> Spell:
    """One deployment as known on a day."""
    later = until is not None and row["end"] > str(until)
    days = max(float(days_between(row["start"], str(until) if later else row["end"])), SAME_DAY)
    return Spell(days, not later and row["censored"] != "1", row["host"], row)


@dataclass(frozen=True)
class Group:
    """A class of stays.

    Parameters
    ----------
    name : what it is asked for by.
    words : what is in it.
    clock : one of `survival.CLOCKS`.
    source : key of the source.
    caveat : what to mind.
    spells : the stays.
    """

    name: str
    words: str
    clock: str
    source: str
    caveat: str
    spells: list[Spell]


def groups(interventions: list[Row], deployments: list[Row]) -> list[Group]:
    """The classes of stays that the tables give.

    Parameters
    ----------
    interventions : International Military Intervention.
    deployments : the own list of deployments.

    Returns
    -------
    Each class with its spells.
    """
    support = intervention_spells(interventions)
    imi, own = "imi-1946-2005", "deployments"
    words, chosen = "supporting a government or opposing rebels, 1946-2005", "chosen for fame, so biased long"
    ends = "clock: active operation, not garrison"
    lines: list[tuple[str, str, Test]] = [
        ("support", "", lambda row: True),
        ("support_to_1000", "; up to 1,000 troops", lambda row: row["amount"] == "1"),
        ("support_to_5000", "; 1,001 to 5,000 troops", lambda row: row["amount"] == "2"),
        ("support_since_1989", "; begun since 1989", lambda row: row["start"] >= "19890101"),
        ("support_russia", "; Soviet Union or Russia", lambda row: row["intervener"] == RUSSIA),
    ]
    found = [Group(name, words + more, "operation", imi, ends, [s for s in support if test(s.row)])
             for name, more, test in lines]  # fmt: skip
    asked = "invited to support, restore or calm"
    calm = [_deployment(row, None) for row in deployments if row["purpose"] == "stabilise_riot"]
    return [
        *found,
        Group("invited", f"{asked}, 1953-2024", "garrison", own, chosen,
              deployment_spells(deployments, None)),
        Group("invited_frozen", f"{asked}, as known at the end of 2021", "garrison", own, chosen,
              deployment_spells(deployments, FROZEN)),
        Group("riot", "to calm riots, invited or not, 1953-2024", "garrison", own, chosen + "; few", calm),
    ]  # fmt: skip
