"""Reports: what was said to have happened, when it happened, when it was said, and what was taken back.

A report says a number, a day, or yes or no about a quantity of the questions' language. It counts from the
day of the report on, and no longer from the day of a report that retracts it. The schema of the table is in
``docs/concepts/updating.md``.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from diarchy.calibration.targets import NOON, During, Error, Number, Rule, read_rule
from diarchy.errors import Faults, ScenarioError, nearest
from diarchy.questions.question import Question
from diarchy.questions.reading import Reading
from diarchy.questions.series import AnySeries
from diarchy.questions.vocabulary import Vocabulary
from diarchy.scenario.claims import REPORTS
from diarchy.scenario.files import CaseFolder, parse, shown
from diarchy.scenario.tables import Table, check_columns, read_table
from diarchy.units import read_quantity

FILE = REPORTS
COLUMNS = ("id", "quantity", "value", "error", "event_date", "report_date", "retracts", "source")
MORE = ("window", "reliability", "note")
WINDOWS = ("by", "on")
#: How surely a report is right when it does not say.
RELIABILITY = 0.95
#: Standard deviations of a day's error after which an event that has not come is taken as not having come.
REACH = 2.0
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ERROR = re.compile(r"(lognormal|normal|within)\s+(.{1,40})")
_YES = {"yes": 1.0, "no": 0.0, "1": 1.0, "0": 0.0}


@dataclass(frozen=True)
class Report:
    """One report that says something.

    Parameters
    ----------
    id : short name.
    rule : measures in a future what the report speaks of; None when the row only takes another back.
    value : what was said; of a day, days since the start of the run [unit of the rule].
    error : of what was said.
    reliability : how surely the report is right at all [1].
    event_date, report_date : when it happened; when it was said.
    retracts : the report that is taken back; empty for none.
    settled : [day] since the start, from which on a future shows whether it agrees.
    source : in words or keys.
    where : ``file:line``.
    """

    id: str
    rule: Rule | None
    value: float
    error: Error
    reliability: float
    event_date: dt.date
    report_date: dt.date
    retracts: str = ""
    settled: float = 0.0
    source: str = ""
    where: str = ""

    @property
    def is_event(self) -> bool:
        """Whether it says yes or no."""
        return _is_event(self.rule)

    def series(self) -> tuple[AnySeries, ...]:
        """What must be recorded."""
        return self.rule.series() if self.rule else ()


def believed(reports: Iterable[Report], day: dt.date) -> tuple[Report, ...]:
    """The reports that somebody had on the evening of a day: said by then, and not taken back by then.

    Parameters
    ----------
    reports : of any date.
    day : the day; nothing said later counts.
    """
    told = [report for report in reports if report.report_date <= day]
    gone = {report.retracts for report in told}
    return tuple(report for report in told if report.rule is not None and report.id not in gone)


def read_reports(
    path: Path, vocabulary: Vocabulary, start: dt.date, questions: Mapping[str, Question]
) -> tuple[Report, ...]:
    """Read a table of reports.

    Parameters
    ----------
    path : a CSV file, with the columns `COLUMNS` and perhaps `MORE`.
    vocabulary : the names that quantities may use.
    start : day 0 of the run.
    questions : those of the case, which a quantity may name.

    Raises
    ------
    ScenarioError : every fault found, with ``file:line``.
    """
    faults = Faults(ScenarioError)
    folder = CaseFolder(path.parent, faults)
    table = read_table(folder, folder.root / path.name, "")
    if table is None or not check_columns(table, COLUMNS, f"{table.name}:1", faults):
        faults.raise_now()
    for column in table.columns:
        if column not in (*COLUMNS, *MORE):
            allowed = ", ".join((*COLUMNS, *MORE))
            faults.add(f"no column '{shown(column)}'", f"{table.name}:1", allowed, nearest(column, MORE))
    rows = [_Row(table, i, vocabulary, start, questions, faults) for i in range(len(table.rows))]
    found = [report for row in rows if (report := row.report()) is not None]
    _check_ids(found, table, faults)
    faults.raise_if_any()
    return tuple(found)


def _check_ids(found: Sequence[Report], table: Table, faults: Faults) -> None:
    """Ids are unique; a retraction takes back an earlier report that is there."""
    known: dict[str, Report] = {}
    for report in found:
        if report.id in known:
            line = known[report.id].where.rpartition(":")[2]
            faults.add(f"report '{report.id}' is given twice (first on line {line})", report.where)
        known.setdefault(report.id, report)
    ids = [row["id"] for row in table.rows]
    for report in found:
        other = known.get(report.retracts)
        if report.retracts and report.retracts not in ids:
            what = f"report '{report.id}' retracts '{shown(report.retracts)}', which nobody reported"
            faults.add(what, report.where, near=nearest(report.retracts, ids))
        elif report.retracts == report.id:
            faults.add(f"report '{report.id}' retracts itself", report.where)
        elif other is not None and other.report_date > report.report_date:
            said = f"'{other.id}' was reported on {other.report_date}"
            faults.add(f"retracted on {report.report_date}, before it was made: {said}", report.where)


class _Row:
    """One row of the table, read cell by cell; every fault at its line."""

    def __init__(self, table: Table, i: int, vocabulary: Vocabulary, start: dt.date,
                 questions: Mapping[str, Question], faults: Faults):  # fmt: skip
        self.cells, self.where, self.faults = table.rows[i], table.at(i), faults
        self.vocabulary, self.start, self.questions = vocabulary, start, questions

    def fault(self, what: str, allowed: str = "", near: str = "", cure: str = "") -> None:
        """Record a fault of this row."""
        self.faults.add(what, self.where, allowed, near, cure)

    def cell(self, column: str) -> str:
        """A cell, empty where there is no such column."""
        return self.cells.get(column, "")

    def report(self) -> Report | None:
        """The report of this row; None when a part of it cannot be taken."""
        before = len(self.faults)
        name, retracts = self.cell("id"), self.cell("retracts")
        if not _ID.fullmatch(name):
            self.fault(f"'{shown(name)}' is not an id", "small letters, digits, - and _, up to 64")
        told = self._date("report_date")
        if retracts and not self.cell("quantity"):
            if len(self.faults) > before or told is None:
                return None
            return Report(name, None, 0.0, Error(), 1.0, told, told, retracts, where=self.where)
        event = self._date("event_date")
        if event and told and told < event:
            self.fault(f"reported on {told}, before it happened ({event})")
        if event and event < self.start:
            self.fault(
                f"event of {event}, before the run starts ({self.start})",
                cure="leave it out, or start earlier",
            )
        rule = self._rule(event) if event else None
        if rule is None or len(self.faults) > before or event is None or told is None:
            return None
        return self._said(name, rule, event, told, retracts)

    def _said(self, name: str, rule: Rule, event: dt.date, told: dt.date, retracts: str) -> Report | None:
        """The report with its value, error and reliability."""
        before = len(self.faults)
        value, error = self._value(rule), self._error(rule)
        reliability = self._reliability()
        settled = float((event - self.start).days + 1)
        if rule.unit == "day" and value is not None and error is not None:
            settled = max(
                settled, value + 1.0 - NOON + (REACH if error.form == "normal" else 1.0) * error.size
            )
        if value is not None and error is not None:
            self._check_error(rule, value, error)
        if len(self.faults) > before or value is None or error is None:
            return None
        return Report(name, rule, value, error, reliability, event, told, retracts, settled,
                      self.cell("source"), self.where)  # fmt: skip

    def _date(self, column: str) -> dt.date | None:
        """A cell that is a date."""
        text = self.cell(column)
        try:
            if len(text) != len("2022-01-05"):
                raise ValueError
            return dt.date.fromisoformat(text)
        except ValueError:
            self.fault(f"{column} '{shown(text)}' is not a date", "YYYY-MM-DD")
            return None

    def _rule(self, event: dt.date) -> Rule | None:
        """What is measured, over the days that the report speaks of."""
        window = self.cell("window") or "by"
        if window not in WINDOWS:
            self.fault(f"window '{shown(window)}' is not taken", ", ".join(WINDOWS), nearest(window, WINDOWS))
            return None
        rule = self._named() if not self.cell("quantity").startswith("{") else self._written()
        if rule is None or rule.unit == "day":
            return rule
        end = float((event - self.start).days + 1)
        return During(rule, end - 1.0 if window == "on" else -math.inf, end)

    def _named(self) -> Rule | None:
        """A quantity by the id of a question."""
        name = self.cell("quantity")
        question = self.questions.get(name)
        if question is None:
            example = "{amount: {last: {of: crowd.dead, sum: [place]}}}"
            cure = f"name a question of the case, or write a measure such as {example}"
            self.fault(f"no quantity '{shown(name)}'", near=nearest(name, self.questions), cure=cure)
            return None
        if question.minus_arm:
            self.fault(f"question '{name}' compares two worlds, which nobody can report on")
            return None
        if question.amount is not None:
            return cast(Rule, question.amount)
        assert question.chance is not None  # a question has one of the two
        return Number((question.chance,))

    def _written(self) -> Rule | None:
        """A quantity in the words of a target."""
        gathered = Faults(ScenarioError)
        document = parse(f"rule: {self.cell('quantity')}", self.where.rpartition(":")[0], gathered)
        rule = None
        if document is not None:
            place = Reading(self.vocabulary, gathered, self.cell("id")[:64], self.where)
            rule = place.attempt(read_rule, place, document.data.get("rule"))
        for fault in gathered.found:
            what = fault.what.replace("question '", "report '", 1)
            self.faults.add(what, self.where, fault.allowed, fault.near, fault.cure)
        return rule

    def _value(self, rule: Rule) -> float | None:
        """What was said, in the unit of the rule."""
        text = self.cell("value")
        try:
            if _is_event(rule):
                return _YES[text.lower()]
            if rule.unit == "day":
                return (dt.date.fromisoformat(text) - self.start).days + NOON
            return read_quantity(text, rule.unit)
        except (KeyError, ValueError, OverflowError):
            allowed = (
                "yes, no"
                if _is_event(rule)
                else "YYYY-MM-DD"
                if rule.unit == "day"
                else f"a quantity in '{rule.unit}'"
            )
            self.fault(f"value '{shown(text)}' is not taken", allowed)
            return None

    def _error(self, rule: Rule) -> Error | None:
        """How far off what was said may be."""
        text = self.cell("error")
        if not text:
            return Error()
        match = _ERROR.fullmatch(text)
        try:
            if not match:
                raise ValueError
            size = read_quantity(match[2], "1" if match[1] == "lognormal" else rule.unit)
            if not 0 < size < math.inf:
                raise ValueError
            return Error(match[1], size)
        except (ValueError, OverflowError):
            self.fault(
                f"error '{shown(text)}' is not taken", "lognormal NUMBER, normal QUANTITY, within QUANTITY"
            )
            return None

    def _check_error(self, rule: Rule, value: float, error: Error) -> None:
        """Whether the error fits what was said."""
        if error.form == "lognormal" and value <= 0:
            self.fault(f"{value:g} can have no lognormal error", "normal, within")
        if not error.form and not _is_event(rule):
            self.fault(
                "a number or a day needs an error", "lognormal NUMBER, normal QUANTITY, within QUANTITY"
            )

    def _reliability(self) -> float:
        """How surely the report is right."""
        text = self.cell("reliability")
        try:
            value = float(text) if text else RELIABILITY
        except ValueError:
            value = math.nan
        if not 0.5 <= value < 1.0:
            self.fault(f"reliability '{shown(text)}' is not taken", "0.5 to below 1")
        return value


def _is_event(rule: Any) -> bool:
    """Whether a rule, of whichever days, is one event: yes or no."""
    inner = rule.rule if isinstance(rule, During) else rule
    return isinstance(inner, Number) and len(inner.events) == 1
