"""The freeze: nothing dated after it may enter a run, so that a forecast is one.

A fact or prior is as old as the youngest of its sources. A source is dated by its ``date``, or else by the
date, or year and month, in its key (``tass-2022-01-05``); a year alone does not date it, since a table of a
year may describe its first day. A fact that is itself a date after the freeze must be ``scheduled: true``:
its coming was known before. What was seen and what came of the questions never enters a run and is not held
to this.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from diarchy.errors import Fault
from diarchy.scenario.given import GivenFact, GivenPrior, Scenario

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?!\d)")


def check_frozen(scenario: Scenario, date: dt.date | None = None) -> list[Fault]:
    """What could bring later knowledge into a run.

    Parameters
    ----------
    scenario : what was read.
    date : of the freeze; else the one that the run declares, else its start.

    Returns
    -------
    list of Fault : each fact and prior of any layer that is from a later source, with ``file:line``; where a
        freeze is given or declared, also each fact that is a later date and not scheduled.
    """
    declared = date or scenario.run.frozen
    freeze = declared or scenario.run.start
    faults = []
    for name, given in _entries(scenario):
        for key in given.sources:
            dated = source_date(scenario, key)
            if dated and dated > freeze and not _announced(given):
                what = f"'{name}' rests on source '{key}' of {dated}, after the freeze on {freeze}"
                faults.append(Fault(what, given.where, cure="take a source that was there, or freeze later"))
    return faults + (unscheduled(scenario, freeze) if declared else [])


def unscheduled(scenario: Scenario, freeze: dt.date) -> list[Fault]:
    """Facts that are dates after the freeze, and not said to have been scheduled."""
    cure = "add scheduled: true, if it was known before to come"
    return [
        Fault(f"'{name}' is dated {given.date}, after the freeze on {freeze}", given.where, cure=cure)
        for name, given in _entries(scenario)
        if isinstance(given, GivenFact) and given.date and given.date > freeze and not given.scheduled
    ]


def source_date(scenario: Scenario, key: str) -> dt.date | None:
    """The earliest day on which a source can be from; None when nothing dates it."""
    told = scenario.sources.get(key, {}).get("date")
    found = _DATE.search(str(told) if told else key)
    if found is None:
        return None
    try:
        return dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:  # no such day: the key is not dated after all
        return None


def _announced(given: GivenFact | GivenPrior) -> bool:
    """Whether it is a day that was known before to come; no other fact can be scheduled."""
    return isinstance(given, GivenFact) and given.date is not None and given.scheduled


def _entries(scenario: Scenario) -> Iterator[tuple[str, GivenFact | GivenPrior]]:
    """Every fact and prior that a file gives."""
    layers = (scenario.from_case, scenario.from_scenario, *(v.layer for v in scenario.changes.values()))
    for layer in layers:
        yield from layer.facts.items()
        yield from layer.priors.items()
