"""Targets: what was observed of a case, each with the rule that measures the same in a future.

An observed number has an error, the day of the event and the day of the report; a report that was taken back
is kept, and counts from no later day on. Targets are read beside a case, never into a run: they are not part
of what a scenario is made from.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from diarchy.errors import Faults, ScenarioError
from diarchy.questions.events import Event, read_event
from diarchy.questions.measures import Measured, read_measure
from diarchy.questions.reading import Reading
from diarchy.questions.series import AnySeries, Frame
from diarchy.questions.vocabulary import Vocabulary
from diarchy.scenario.files import CaseFolder, Document

FILE, SCHEMA = "targets.yaml", "diarchy/targets/1"
#: How an error is stated: standard deviation of the logarithm, standard deviation, or half a width.
ERRORS = ("lognormal", "normal", "within")
FIELDS = ("text", "amount", "chance", "number", "share", "from", "until", "observed", "error", "event_date",
          "report_date", "retracted_on", "source", "note")  # fmt: skip
RULES = ("amount", "chance", "number", "share")
NOON = 0.5  # [day] what a date alone stands for, in a rule that gives a day
MOST = 500


class Rule(Protocol):
    """A measure: of the questions' language, or one of those below."""

    @property
    def unit(self) -> str:
        """Unit of the number."""

    def measure(self, frame: Frame) -> Measured:
        """The number of each run."""

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""


@dataclass(frozen=True)
class Number:
    """How many of several events happen; for one event, 1 or 0."""

    events: tuple[Event, ...]
    unit = "1"

    def measure(self, frame: Frame) -> Measured:
        """The number of each run."""
        happened = [np.isfinite(event.first(frame, frame.since_start)) for event in self.events]
        always = np.ones(frame.runs, dtype=bool)
        return Measured(np.sum(happened, axis=0, dtype=float), always, always)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return tuple(series for event in self.events for series in event.series())


@dataclass(frozen=True)
class Share:
    """One measure over another; undefined where the other is 0."""

    part: Rule
    whole: Rule
    unit = "1"

    def measure(self, frame: Frame) -> Measured:
        """The share in each run."""
        part, whole = self.part.measure(frame), self.whole.measure(frame)
        defined = part.defined & whole.defined & (whole.value > 0)
        value = np.where(defined, part.value / np.where(defined, whole.value, 1.0), 0.0)
        return Measured(value, part.observed & whole.observed, defined)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (*self.part.series(), *self.whole.series())


@dataclass(frozen=True)
class During:
    """A measure of some days only: what happened after `after` and up to `until` [day since the start]."""

    rule: Rule
    after: float
    until: float

    @property
    def unit(self) -> str:
        """Unit of the number."""
        return self.rule.unit

    def measure(self, frame: Frame) -> Measured:
        """The number of each run; a run that ends before the first of these days has none."""
        places = np.flatnonzero((frame.times > self.after) & (frame.times <= self.until))
        if len(places) == 0:
            return Measured(np.zeros(frame.runs), np.ones(frame.runs, bool), np.zeros(frame.runs, bool))
        window = slice(places[0], places[-1] + 1)
        return self.rule.measure(
            Frame(frame.times[window], frame.runs, partial(_part, frame, window), frame.totals)
        )

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return self.rule.series()


def _part(frame: Frame, window: slice, name: str) -> np.ndarray:
    """A state at some of the times (run, time, *dims)."""
    return frame.state(name, False)[:, window]


@dataclass(frozen=True)
class Error:
    """How far an observed number may be from the true one.

    Parameters
    ----------
    form : one of `ERRORS`; empty for none.
    size : standard deviation of the logarithm, standard deviation, or half a width [unit of the number].
    """

    form: str = ""
    size: float = 0.0

    def seen(self, true: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What might have been reported of true numbers; nothing is reported of what never happened."""
        if self.form == "lognormal":
            return true * np.exp(self.size * rng.standard_normal(len(true)))
        if not self.form:
            return true
        off = rng.standard_normal(len(true)) if self.form == "normal" else rng.uniform(-1.0, 1.0, len(true))
        lowest = 0.0 if (true >= 0).all() else -np.inf  # nobody reports fewer than none
        return np.maximum(true + self.size * off, lowest)


@dataclass(frozen=True)
class Target:
    """One thing observed.

    Parameters
    ----------
    id, text : short name; what it is, in words.
    rule : measures it in a future.
    observed : the number on record; of a date, days since the start of the run [unit of the rule].
    error : of the observed number.
    event_date, report_date : when it happened; when it was reported.
    retracted_on : when the report was taken back; None when it stands.
    source : keys under the case's sources.
    where : ``file:line``.
    """

    id: str
    text: str
    rule: Rule
    observed: float
    error: Error
    event_date: dt.date
    report_date: dt.date
    retracted_on: dt.date | None = None
    source: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Targets:
    """The targets of a case, those taken back included, and the event on which dates depend."""

    targets: tuple[Target, ...]
    given: Event

    def series(self) -> tuple[AnySeries, ...]:
        """Every series that must be recorded."""
        return (*self.given.series(), *(series for t in self.targets for series in t.rule.series()))


def standing(targets: Iterable[Target], on: dt.date | None = None) -> tuple[Target, ...]:
    """The targets whose reports stand.

    Parameters
    ----------
    targets : of a case.
    on : the day asked about: only what had been reported by then, and not yet taken back; None for now.
    """
    if on is None:
        return tuple(t for t in targets if t.retracted_on is None)
    return tuple(
        t for t in targets if t.report_date <= on and (t.retracted_on is None or t.retracted_on > on)
    )


def read_targets(
    folder: CaseFolder, vocabulary: Vocabulary, start: dt.date, sources: Mapping[str, Any] | None = None
) -> Targets:
    """Read ``targets.yaml`` of a case.

    Parameters
    ----------
    folder : of the case.
    vocabulary : the names that rules may use.
    start : day 0 of the run, from which dates are counted.
    sources : the case's sources; None when they are not to be checked.

    Raises
    ------
    ScenarioError : every fault found, with ``file:line``.
    """
    faults = Faults(ScenarioError)
    document = folder.document(folder.root / FILE)
    faults.found.extend(folder.faults.found)
    faults.raise_if_any()
    assert document is not None  # there is no None without a fault
    entries = _entries(document, faults)
    found = []
    for key, spec in entries.items():
        place = Reading(vocabulary, faults, key[:64], partial(document.at, "targets", key))
        found.append(place.attempt(_read_target, place, key, spec, start, sources))
    place = Reading(vocabulary, faults, "given", partial(document.at, "given"))
    given = place.attempt(read_event, place, document.data.get("given"))
    faults.raise_if_any()
    return Targets(tuple(found), given)


def _entries(document: Document, faults: Faults) -> Mapping[str, Any]:
    """The targets by id."""
    data = document.data
    for key in sorted(data.keys() - {"schema", "given", "targets"}):
        faults.add(f"no key '{key}'", document.at(key), "schema, given, targets")
    if data.get("schema") != SCHEMA:
        faults.add("not a file of targets", document.at("schema"), SCHEMA)
    entries = data.get("targets")
    if not isinstance(entries, Mapping) or not 0 < len(entries) <= MOST:
        faults.add(f"expected 1 to {MOST} targets by id", document.at("targets"))
        return {}
    return entries


def _read_target(
    place: Reading, key: str, spec: Any, start: dt.date, sources: Mapping[str, Any] | None
) -> Target:
    """One target."""
    fields = place.mapping(spec, "a target: text, a rule, observed, event_date, report_date, source")
    place.known(fields, FIELDS)
    place.needed(fields, "text", "observed", "event_date", "report_date", "source")
    rule = _rule_of_days(place, fields, start)
    event, report = _date(place, fields, "event_date"), _date(place, fields, "report_date")
    retracted = _date(place, fields, "retracted_on") if "retracted_on" in fields else None
    if report < event:
        place.fault(f"reported on {report}, before it happened ({event})", field="report_date")
    if retracted and retracted < report:
        place.fault(f"retracted on {retracted}, before it was reported ({report})", field="retracted_on")
    keys = tuple(str(k) for k in place.into("source").names(fields["source"]))
    for name in keys if sources is not None else ():
        place.attempt(place.into("source").name, name, sources, "source")
    observed = _observed(place, fields["observed"], rule.unit, start)
    error = _error(place, fields.get("error"), rule.unit)
    if error.form == "lognormal" and observed <= 0:
        place.refuse(f"observed {observed:g} can have no lognormal error", ERRORS[1:], field="error")
    where = place.where() if callable(place.where) else place.where
    return Target(key, str(fields["text"]), rule, observed, error, event, report, retracted, keys, where)


def read_rule(place: Reading, spec: Any) -> Rule:
    """The one rule among some fields.

    Parameters
    ----------
    place : where it is, and what exists.
    spec : a mapping with one of `RULES`.

    Raises
    ------
    Unreadable : when it cannot be read; the faults are in ``place.faults``.
    """
    fields = place.mapping(spec, f"one rule of {', '.join(RULES)}")
    given = [word for word in RULES if word in fields]
    if len(given) != 1:
        place.refuse(f"expected one rule, found {', '.join(given) or 'none'}", RULES)
    word = given[0]
    rule: Rule = {
        "amount": read_measure,
        "chance": lambda p, spec: Number((read_event(p, spec),)),
        "number": _read_number,
        "share": _read_share,
    }[word](place.into(word), fields[word])
    return rule


def _rule_of_days(place: Reading, fields: Mapping[str, Any], start: dt.date) -> Rule:
    """The rule of a target, of the days that it names."""
    rule = read_rule(place, fields)
    if "from" not in fields and "until" not in fields:
        return rule
    after, until = -math.inf, math.inf
    if "from" in fields:
        after = float((_date(place, fields, "from") - start).days)
    if "until" in fields:
        until = float((_date(place, fields, "until") - start).days + 1)
    return During(rule, after, until)


def _read_number(place: Reading, spec: Any) -> Number:
    """Read `number`: on how many labels of an axis a condition is ever met."""
    fields = dict(place.mapping(spec, "an axis and an event of one label"))
    place.known(fields, ("axis", "crosses"))
    place.needed(fields, "axis", "crosses")
    axis = place.name(fields["axis"], place.vocabulary.axes, "axis")
    crosses = place.mapping(fields["crosses"], "a state and a condition")
    if axis in place.mapping(crosses.get("at") or {"-": 0}, "labels by axis"):
        place.refuse(f"'{axis}' is gone through label by label", cure=f"leave '{axis}' out of at")
    events = []
    for label in place.vocabulary.axes[axis]:
        at = {**(crosses.get("at") or {}), axis: label}
        events.append(read_event(place, {"crosses": {**crosses, "at": at}}))
    return Number(tuple(events))


def _read_share(place: Reading, spec: Any) -> Share:
    """Read `share`: one measure over another."""
    if not isinstance(spec, list) or len(spec) != 2:
        place.refuse("expected two measures: a part and a whole")
    part, whole = (read_measure(place.into(str(i)), given) for i, given in enumerate(spec))
    if part.unit != whole.unit:
        place.refuse(f"a share of '{part.unit}' in '{whole.unit}'", cure="take measures of one unit")
    return Share(part, whole)


def _date(place: Reading, fields: Mapping[str, Any], word: str) -> dt.date:
    """A calendar date of a field."""
    value = fields[word]
    if isinstance(value, dt.date):
        return value
    return place.refuse(f"{word} is not a date", ["YYYY-MM-DD"], field=word)


def _observed(place: Reading, value: Any, unit: str, start: dt.date) -> float:
    """The number on record; a date is noon of that day, in days since the start."""
    if not isinstance(value, dt.date):
        return place.quantity(value, unit, "observed")
    if unit != "day":
        place.refuse("observed is a date, and the rule gives no day", cure="use day_of", field="observed")
    return (value - start).days + NOON


def _error(place: Reading, spec: Any, unit: str) -> Error:
    """The error of an observed number."""
    if spec is None:
        return Error()
    form, size = place.into("error").one_of(spec, ERRORS, "error")
    value = place.quantity(size, "1" if form == "lognormal" else unit, "error")
    if not 0 < value < math.inf:
        place.refuse(f"an error of {value:g}", ["above 0"], field="error")
    return Error(form, value)
