"""Questions as values: read from a file's mapping, all faults at once."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from diarchy.base_rates import read_base_rates
from diarchy.errors import DiarchyError, Faults, ScenarioError, nearest
from diarchy.questions.events import Event, read_event
from diarchy.questions.measures import Measure, read_measure
from diarchy.questions.reading import Reading, Where
from diarchy.questions.series import AnySeries
from diarchy.questions.vocabulary import Vocabulary, vocabulary_of_model

if TYPE_CHECKING:
    from diarchy.model import Model
    from diarchy.scenario.given import Scenario

SCHEMA = "diarchy/questions/1"
#: Units of a chance, and of the difference of two.
PROBABILITY, DIFFERENCE = "probability", "difference of probabilities"
#: The fields of a question.
FIELDS = ("text", "short", "chance", "amount", "given", "minus_arm", "asks", "outside", "resolved")
OUTSIDE_FIELDS = ("value", "n", "low", "high", "source", "judgement", "note", "rate", "complement")
RESOLVED_FIELDS = ("value", "date", "source", "note")
#: Most questions in one file, most characters of one text: files are untrusted.
MOST, LONGEST = 500, 1000
#: Most characters of the few words that stand for an answer.
LONGEST_SHORT = 60
_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Question:
    """One question: the chance of an event, or the amount of a measure.

    Parameters
    ----------
    id, text : short name; the question in words.
    chance, amount : the event or the measure; one of the two is None.
    given : only runs in which this event happens are counted; None for all.
    minus_arm : the arm to subtract, run by run; empty for none.
    short : a few words for yes or much, and for no or little; empty where the file has none.
    outside, resolved : base rate of comparable cases; what happened. For display and scoring only.
    """

    id: str
    text: str
    chance: Event | None = None
    amount: Measure | None = None
    given: Event | None = None
    minus_arm: str = ""
    short: tuple[str, ...] = ()
    outside: Mapping[str, Any] | None = None
    resolved: Mapping[str, Any] | None = None

    @property
    def unit(self) -> str:
        """Unit of what is asked for."""
        return PROBABILITY if self.amount is None else self.amount.unit

    def series(self) -> tuple[AnySeries, ...]:
        """All series that it looks at."""
        parts = (self.chance, self.amount, self.given)
        return tuple(series for part in parts if part is not None for series in part.series())


def records(questions: Iterable[Question]) -> tuple[str, ...]:
    """Qualified states that must be recorded to answer, sorted: nothing that is not asked for is kept."""
    return tuple(sorted({state for q in questions for series in q.series() for state in series.states()}))


def divisors(questions: Iterable[Question]) -> tuple[str, ...]:
    """Qualified facts whose totals must be stored to answer, sorted."""
    return tuple(sorted({fact for q in questions for series in q.series() for fact in series.facts()}))


def read_questions(
    specs: Mapping[str, Any],
    vocabulary: Vocabulary,
    where: Mapping[str, Where] = MappingProxyType({}),
    error: type[DiarchyError] = ScenarioError,
) -> tuple[Question, ...]:
    """Read questions, and check every name, label, level and unit in them.

    Parameters
    ----------
    specs : id -> question as written, or a whole file with its schema and questions.
    vocabulary : the names that exist.
    where : id -> ``file:line``, or a function of the words that lead to a part, to point faults at.
    error : what to raise.

    Returns
    -------
    tuple of Question, in the order written.

    Raises
    ------
    ScenarioError : every fault found (or the error asked for).
    """
    faults = Faults(error)
    questions = []
    for identifier, spec in _entries(specs, faults).items():
        place = Reading(vocabulary, faults, identifier[:64], where.get(identifier, ""))
        questions.append(place.attempt(_read_question, place, identifier, spec))
    faults.raise_if_any()
    return tuple(question for question in questions if question is not None)


def _entries(specs: Any, faults: Faults) -> dict[str, Any]:
    """The questions by id, whether a whole file or its inner mapping is given."""
    if isinstance(specs, Mapping) and "schema" in specs:
        if specs["schema"] != SCHEMA:
            faults.add(f"schema '{str(specs['schema'])[:60]}' is not one of questions", allowed=SCHEMA)
        specs = specs.get("questions")
    if not isinstance(specs, Mapping):
        faults.add("expected questions by id", cure="write questions: {id: {text: ..., chance: ...}}")
        return {}
    if len(specs) > MOST:
        faults.add(f"{len(specs)} questions are too many", allowed=f"up to {MOST}")
        return {}
    return {str(key): value for key, value in specs.items()}


def _read_question(place: Reading, identifier: str, spec: Any) -> Question:
    """One question."""
    if not _ID.fullmatch(identifier):
        place.fault("not an id", ["lower-case letters, digits, - and _, up to 64, a letter first"])
    fields = place.mapping(spec, "a question: text, and chance or amount")
    place.known(fields, FIELDS)
    text = place.attempt(_read_text, place, fields)
    if ("chance" in fields) == ("amount" in fields):
        place.fault("a question asks for either a chance or an amount", ["chance: EVENT", "amount: MEASURE"])
    chance = _part(place, fields, "chance", read_event)
    amount = _part(place, fields, "amount", read_measure)
    given = _part(place, fields, "given", read_event)
    minus_arm = place.attempt(_read_minus_arm, place, fields) or ""
    unit = (amount.unit if amount else "") or (DIFFERENCE if minus_arm else PROBABILITY)
    short = _part(place, fields, "short", _read_short) or ()
    outside = _part(place, fields, "outside", _read_outside, unit)
    resolved = _part(place, fields, "resolved", _read_resolved, unit)
    return Question(identifier, text or "", chance, amount, given, minus_arm, short, outside, resolved)


def _part(place: Reading, fields: Mapping[str, Any], word: str, read: Any, *more: Any) -> Any:
    """One field read by its reader; None when it is not there or not readable."""
    if fields.get(word) is None:
        if word in fields and word not in ("outside", "resolved"):
            place.fault(f"'{word}' is empty")
        return None
    return place.attempt(read, place.into(word), fields[word], *more)


def _read_text(place: Reading, fields: Mapping[str, Any]) -> str:
    """The question in words."""
    text = fields.get("text")
    if not isinstance(text, str) or not text.strip():
        return place.refuse("'text' is missing", cure="ask the question in one sentence")
    return (
        text.strip() if len(text) <= LONGEST else place.refuse(f"'text' is longer than {LONGEST} characters")
    )


def _read_short(place: Reading, spec: Any) -> tuple[str, ...]:
    """A few words for yes or much, and for no or little."""
    words = spec if isinstance(spec, (list, tuple)) else ()
    good = [w.strip() for w in words if isinstance(w, str) and w.isprintable() and w.strip()]
    if len(words) != 2 or len(good) != 2 or max(map(len, good)) > LONGEST_SHORT:
        cure = "write short: [a mass wave, no mass wave]"
        place.refuse("not two short texts", [f"two of up to {LONGEST_SHORT} characters"], cure=cure)
    return tuple(good)


def _read_minus_arm(place: Reading, fields: Mapping[str, Any]) -> str:
    """The arm to subtract."""
    if "minus_arm" not in fields:
        return ""
    arm, arms = fields["minus_arm"], place.vocabulary.arms
    if arm == "base":
        place.refuse("minus_arm is 'base', and base is what it is subtracted from", cure="name a variant")
    if arms is None and isinstance(arm, str):
        return arm
    return place.into("minus_arm").name(arm, [a for a in arms or () if a != "base"], "arm")


def _read_outside(place: Reading, spec: Any, unit: str) -> Mapping[str, Any]:
    """The base rate of comparable cases: its numbers, or the line of the shipped table that has them."""
    given = place.mapping(spec, f"a mapping of {', '.join(OUTSIDE_FIELDS)}")
    fields = _checked(place, _looked_up(place, given) if "rate" in given else given, OUTSIDE_FIELDS, unit)
    number = fields.get("n")
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 0):
        place.refuse("n is not a number of cases", ["a whole number from 0"])
    return MappingProxyType(fields)


def _looked_up(place: Reading, given: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a line of the table; with `complement`, those of its not happening."""
    for word in ("value", "n", "low", "high", "judgement"):
        if word in given:
            place.refuse(
                f"'{word}' stands beside 'rate', which names a line that has it", cure=f"drop {word}"
            )
    table, named = read_base_rates(), given["rate"]
    if not isinstance(named, str) or named not in table:
        place.refuse(f"no base rate '{str(named)[:60]}'", [f"one of the {len(table)} ids of the table"],
                     nearest(str(named)[:60], table), "docs/concepts/base_rates.md lists them")  # fmt: skip
    line = table[named]
    flipped = given.get("complement", False)
    if not isinstance(flipped, bool):
        place.refuse("'complement' is neither true nor false", ["true", "false"])
    if flipped and line.unit != "1":
        place.refuse(f"'complement' of '{line.id}', which is no share", cure="drop complement")
    value, low, high = (1.0 - line.value, 1.0 - line.high, 1.0 - line.low) if flipped else (
        line.value, line.low, line.high)  # fmt: skip
    bounds = {word: x for word, x in (("low", low), ("high", high)) if math.isfinite(x)}
    unit = "" if line.unit == "1" else f" {line.unit}"
    note = f"{line.quantity}{', its complement' if flipped else ''}: {line.condition}"
    note += f" ({line.caveat})" if line.caveat else ""
    numbers = {word: f"{x:.4g}{unit}" if unit else x for word, x in ({"value": value} | bounds).items()}
    return {"note": note, **given, **numbers, "n": line.n, "source": given.get("source", line.source)}


def _read_resolved(place: Reading, spec: Any, unit: str) -> Mapping[str, Any]:
    """What happened."""
    fields = _checked(place, spec, RESOLVED_FIELDS, unit)
    if fields.get("date") is not None:
        try:
            fields["date"] = dt.date.fromisoformat(str(fields["date"])[:10]).isoformat()
        except ValueError:
            place.refuse(f"'{str(fields['date'])[:40]}' is not a date", ["YYYY-MM-DD"])
    return MappingProxyType(fields)


def _checked(place: Reading, spec: Any, allowed: tuple[str, ...], unit: str) -> dict[str, Any]:
    """A mapping with values that fit the question: probabilities, or quantities in the measure's unit."""
    fields = dict(place.mapping(spec, f"a mapping of {', '.join(allowed)}"))
    place.known(fields, allowed)
    place.needed(fields, "value")
    lowest = {PROBABILITY: 0.0, DIFFERENCE: -1.0}.get(unit)
    for word in ("value", "low", "high"):
        if fields.get(word) is None and word != "value":
            continue
        fields[word] = place.quantity(fields[word], unit if lowest is None else "1", word)
        if lowest is not None and not lowest <= fields[word] <= 1:
            place.refuse(f"{word} {fields[word]:g} is no probability", [f"{lowest:g} to 1"])
    return {key: list(value) if isinstance(value, (list, tuple)) else value for key, value in fields.items()}


def questions_of(scenario: Scenario, model: Model) -> tuple[Question, ...]:
    """The questions of a scenario, checked against its model; arms that are not run may be named.

    Raises
    ------
    ScenarioError : every fault, each at its own line of the file.
    """
    specs = {key: spec.raw for key, spec in scenario.questions.items()}
    places = {key: spec.at for key, spec in scenario.questions.items()}
    return read_questions(specs, vocabulary_of_model(model, scenario.changes), places)
