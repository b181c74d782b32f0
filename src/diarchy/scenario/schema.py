"""The keys that a case, a scenario and a file of questions may hold, each with its meaning.

The models are frozen and forbid keys that they do not know; `taking.take` puts a document through one.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
    model_validator,
)

from diarchy.evidence import CONFIDENCE
from diarchy.prior import FORMS
from diarchy.scenario.files import shown
from diarchy.units import known, read_quantity

#: Bounds of a run. Steps from ten minutes to a week: shorter ones are beyond what any source resolves.
MOST_FUTURES, MOST_DAYS, MOST_REPEATS = 10_000_000, 3650, 1000
SHORTEST_STEP, LONGEST_STEP = 10 / (24 * 60), 7.0
MOST_SEED = 2**63 - 1

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_QUESTION_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_QUALIFIED = re.compile(r"[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_POWER_OF_NUMBER = re.compile(r"[\d)]\s*(\*\*|\^)")  # no unit needs one, and 9**9**9 would never be done


def _matching(pattern: re.Pattern[str], what: str) -> Any:
    """A check that a text is a name of one sort."""

    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"'{shown(text)}' is not {what}")
        return text

    return AfterValidator(check)


def check_quantity(value: Any) -> Any:
    """A number, or a text of a number and a unit, as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"expected a number, with its unit if it has one, found {shown(value)}")
    if isinstance(value, str):
        match = re.match(r"\s*[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*(.*)$", value)
        if len(value) > 100 or not match:
            raise ValueError(f"expected a number, with its unit if it has one, found '{shown(value)}'")
        check_unit(match[3])
        value_of = float(match[1].replace("_", "") + (match[2] or ""))
    else:
        value_of = float(value)
    if not math.isfinite(value_of):
        raise ValueError(f"{shown(value)} is not a finite number")
    return value


def check_unit(unit: Any) -> str:
    """A unit that can be read."""
    if not isinstance(unit, str) or len(unit) > 64 or _POWER_OF_NUMBER.search(unit) or not known(unit or "1"):
        raise ValueError(f"no unit '{shown(unit)}'")
    return unit


def _listed(value: Any) -> Any:
    """One item alone is a list of one."""
    return value if isinstance(value, (list, tuple, dict)) or value is None else [value]


def _date(value: Any) -> dt.date:
    """A calendar date, written plainly or as text."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = dt.date.fromisoformat(value)
    if not isinstance(value, dt.date):
        raise ValueError(f"expected a date such as 2022-01-05, found {shown(value)}")
    return value


def _step(value: Any) -> float:
    """The step as days, within its bounds."""
    days = read_quantity(check_quantity(value), "day")
    if not SHORTEST_STEP * (1 - 1e-9) <= days <= LONGEST_STEP:
        raise ValueError(f"a step of '{shown(value)}' is out of bounds; allowed: 10 min to 7 d")
    return days


Id = Annotated[StrictStr, _matching(_ID, "a name: small letters, digits, - and _, at most 64")]
QuestionId = Annotated[StrictStr, _matching(_QUESTION_ID, "an id: small letters, digits and _, at most 64")]
Qualified = Annotated[StrictStr, _matching(_QUALIFIED, "a qualified name such as crowd.pool")]
Label = Annotated[StrictStr, _matching(_LABEL, "a label: letters, digits, -, _ and ., at most 64")]
Quantity = Annotated[Any, AfterValidator(check_quantity), WithJsonSchema({"type": ["number", "string"]})]
Date = Annotated[Any, AfterValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Unit = Annotated[Any, AfterValidator(check_unit), WithJsonSchema({"type": "string"})]
Keys = Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)]
Numbers = Annotated[tuple[Quantity, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)]


class Part(BaseModel):
    """A frozen mapping that forbids keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _one_of(part: Part, *names: str) -> str:
    """The one of some keys that is given."""
    given = [n for n in names if getattr(part, n) is not None]
    if len(given) != 1:
        found = ", ".join(given) if given else "none"
        raise ValueError(f"give exactly one of {', '.join(names)}; found {found}")
    return given[0]


class SourceEntry(Part):
    title: StrictStr = Field(description="what it is, in words: author, title, place")
    url: StrictStr = Field("", description="where to find it")
    date: Date | None = Field(None, description="when it was published")
    confidence: Literal[CONFIDENCE] = Field("med", description="how surely it is known: read, or recalled")  # type: ignore[valid-type]
    note: StrictStr = Field("", description="anything a reader should know")


class Dimension(Part):
    table: StrictStr | None = Field(None, description="CSV table with one row per label")
    key: StrictStr = Field("id", description="column of the table that holds the labels")
    label: StrictStr = Field("", description="column of the table that holds the names to show")
    labels: tuple[Label, ...] | None = Field(None, description="the labels, when there is no table")

    @model_validator(mode="after")
    def _check(self) -> Dimension:
        _one_of(self, "table", "labels")
        return self


class FactEntry(Part):
    by: Names = Field((), description="axes that the fact is laid out by, in order")
    value: Quantity | None = Field(None, description="one number, for every cell alike")
    values: dict[str, Any] | None = Field(None, description="numbers by label, nested for two axes")
    table: StrictStr | None = Field(None, description="CSV table that holds the numbers")
    columns: Names = Field((), description="columns of the table: one, or one per label of the last axis")
    labels_of: StrictStr = Field(
        "", description="axis whose labels the cells name; each becomes its number there, an empty one -1"
    )
    date: Date | None = Field(None, description="a date; becomes days since the start of the run")
    scheduled: StrictBool = Field(False, description="the date was known before the freeze to come")
    unit: Unit = Field("", description="unit of bare numbers; the declared unit if not given")
    source: Keys = Field((), description="keys under sources that it is taken from")
    judgement: StrictStr = Field("", description="the reason, when no source gives it")
    note: StrictStr = Field("", description="anything a reader should know")

    @model_validator(mode="after")
    def _check(self) -> FactEntry:
        form = _one_of(self, "value", "values", "table", "date")
        if form in ("values", "table") and not self.by:
            raise ValueError(f"'{form}' needs 'by': the axes that it is laid out by")
        if form == "table" and not self.columns:
            raise ValueError("'table' needs 'columns': the columns that hold the numbers")
        if self.labels_of and form != "table":
            raise ValueError("'labels_of' needs 'table': cells that name labels")
        return self


class PriorEntry(Part):
    value: Quantity | None = Field(None, description="the same value in every future")
    fixed: Numbers | None = Field(None, description="the same as value")
    uniform: Numbers | None = Field(None, description="[low, high]")
    normal: Numbers | None = Field(None, description="[mean, standard deviation]")
    lognormal: Numbers | None = Field(None, description="[median, factor: 95 % quantile over median]")
    beta: Numbers | None = Field(None, description="[mean, strength: observations that it is worth]")
    source: Keys = Field((), description="keys under sources that it is taken from")
    judgement: StrictStr = Field("", description="the reason, when no source gives it")
    note: StrictStr = Field("", description="anything a reader should know")

    @model_validator(mode="after")
    def _check(self) -> PriorEntry:
        form = _one_of(self, "value", *FORMS)
        roles = FORMS["fixed" if form == "value" else form]
        if form != "value" and len(getattr(self, form)) != len(roles):
            raise ValueError(f"'{form}' takes {len(roles)} numbers: {', '.join(roles)}")
        return self

    def given(self) -> tuple[str, tuple[Any, ...]]:
        """The form and its numbers, as written."""
        form = _one_of(self, "value", *FORMS)
        return ("fixed", (self.value,)) if form == "value" else (form, getattr(self, form))


class MapEntry(Part):
    file: StrictStr = Field(description="GeoJSON file of outlines, relative to this one")
    axis: Id = Field("place", description="dimension whose labels the outlines carry")
    key: StrictStr = Field("id", description="property of an outline that holds its label")
    rename: dict[StrictStr, Label] = Field(
        default_factory=dict, description="label in the map's file -> label of the dimension"
    )
    markers: tuple[Label, ...] = Field((), description="labels drawn as round markers, such as cities")
    thresholds: dict[Qualified, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        default_factory=dict, description="state -> number above which a place counts on the map"
    )
    credit: StrictStr = Field("", description="where the outlines are from")
    note: StrictStr = Field("", description="anything a reader should know")


class Case(Part):
    schema_: Literal["diarchy/case/1"] = Field(alias="schema", description="diarchy/case/1")
    case: Id = Field(description="name of the case")
    title: StrictStr = Field(description="title to show")
    summary: StrictStr = Field("", description="what the case is, in a few sentences")
    sources: dict[StrictStr, SourceEntry] = Field(default_factory=dict, description="key -> what it is")
    dimensions: dict[Id, Dimension] = Field(default_factory=dict, description="labelled axes")
    map: MapEntry | None = Field(None, description="how the case's map is drawn")
    facts: dict[Qualified, FactEntry] = Field(default_factory=dict, description="constants of the case")
    priors: dict[Qualified, PriorEntry] = Field(
        default_factory=dict, description="what holds in any scenario of it"
    )


class RunEntry(Part):
    start: Date = Field(description="date on which day 0 begins; nothing later is known to the run")
    frozen: Date | None = Field(None, description="no fact or prior may be dated later; start if not given")
    days: StrictInt = Field(90, ge=1, le=MOST_DAYS, description="horizon [day]")
    step: Annotated[Any, AfterValidator(_step)] = Field(0.25, description="length of a step, such as 6 h")
    futures: StrictInt = Field(1000, ge=1, le=MOST_FUTURES, description="runs in each arm")
    seed: StrictInt = Field(1, ge=0, le=MOST_SEED, description="key of all luck")
    repeats: StrictInt = Field(
        4, ge=1, le=MOST_REPEATS, description="runs that share one draw of the parameters"
    )
    design: Literal["sobol", "lhs"] = Field("sobol", description="how the priors are covered")
    posterior: Literal["shipped", "none"] = Field(
        "shipped", description="whether declared priors are taken as fitted on the case library, or raw"
    )
    regime: StrictStr = Field(
        "", description="class of regime of the case library, whose share of the fitted shifts is added"
    )
    arms: Names = Field(("base",), description="arms to run; base always is")
    hypotheses: Names | None = Field(
        None, description="hypotheses to run beside them for the structural error bar; all if not given"
    )
    hypothesis_share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.2, description="part of the futures that the hypotheses are run on: the first ones"
    )

    @model_validator(mode="after")
    def _check(self) -> RunEntry:
        steps = self.days / self.step
        if abs(steps - round(steps)) > 1e-6:
            raise ValueError(f"the step ({self.step:g} d) does not divide the horizon ({self.days} d)")
        if (dt.date.max - self.start).days < self.days:
            raise ValueError(f"from {self.start} on, {self.days} days lead beyond the year {dt.MAXYEAR}")
        return self


class VariantEntry(Part):
    summary: StrictStr = Field("", description="what is changed, in words")
    set: dict[Qualified, Quantity] = Field(
        default_factory=dict, description="parameter -> value in every future"
    )
    priors: dict[Qualified, PriorEntry] = Field(default_factory=dict, description="priors that differ")
    facts: dict[Qualified, FactEntry] = Field(default_factory=dict, description="facts that differ")
    drop: Names = Field((), description="mechanisms to leave out")


class Belief(PriorEntry):
    claims: Keys = Field((), description="ids of claims in evidence.csv that the difference follows")

    @model_validator(mode="after")
    def _check_reason(self) -> Belief:
        return _reasoned(self)


class Circumstance(FactEntry):
    claims: Keys = Field((), description="ids of claims in evidence.csv that the difference follows")

    @model_validator(mode="after")
    def _check_reason(self) -> Circumstance:
        return _reasoned(self)


Reasoned = TypeVar("Reasoned", Belief, Circumstance)


def _reasoned(entry: Reasoned) -> Reasoned:
    """A difference that says what it follows from."""
    if not entry.claims and not entry.judgement:
        raise ValueError("a hypothesis says why it differs: claims: [id] of evidence.csv, or judgement: text")
    return entry


class HypothesisEntry(Part):
    summary: StrictStr = Field(min_length=1, description="what is thought to be going on, in words")
    holder: StrictStr = Field("", description="who holds it")
    weight: Annotated[float, Field(strict=False, ge=0, le=1e6, allow_inf_nan=False)] = Field(
        1.0, description="prior weight, relative to the other hypotheses and to base, which has 1"
    )
    priors: dict[Qualified, Belief] = Field(default_factory=dict, description="priors that differ")
    facts: dict[Qualified, Circumstance] = Field(default_factory=dict, description="facts that differ")

    @model_validator(mode="after")
    def _check(self) -> HypothesisEntry:
        if not self.priors and not self.facts:
            raise ValueError("it differs from base in nothing; give priors or facts")
        return self


class ScenarioEntry(Part):
    schema_: Literal["diarchy/scenario/1"] = Field(alias="schema", description="diarchy/scenario/1")
    extends: StrictStr = Field(description="path of the case file, relative to this one")
    summary: StrictStr = Field("", description="what the scenario is, in words")
    run: RunEntry = Field(description="how to run")
    mechanisms: tuple[Id, ...] = Field(min_length=1, max_length=100, description="mechanisms, in any order")
    facts: dict[Qualified, FactEntry] = Field(
        default_factory=dict, description="facts that differ from the case's"
    )
    priors: dict[Qualified, PriorEntry] = Field(
        default_factory=dict, description="priors over the declared ones"
    )
    sizes: dict[Qualified, Annotated[int, Field(strict=True, ge=1, le=10_000)]] = Field(
        default_factory=dict, description="lengths of mechanisms' own axes"
    )
    variants: dict[Id, VariantEntry] = Field(
        default_factory=dict, description="named changes, run beside base"
    )
    hypotheses: dict[Id, HypothesisEntry] = Field(
        default_factory=dict, description="rival theories: named sets of priors, run beside base"
    )
    questions: StrictStr | None = Field(
        None, description="path of the file of questions, relative to this one"
    )
    keep: tuple[Qualified, ...] = Field(
        (), max_length=50, description="states to record for reports, though no question asks for them"
    )


class Outside(Part):
    value: Quantity | None = Field(None, description="the base rate, or the typical value")
    rate: StrictStr = Field(
        "", description="instead: a line of the table of base rates that ships, by its id"
    )
    complement: StrictBool = Field(False, description="of that line, the share in which it does not happen")
    n: Annotated[int, Field(strict=True, ge=0)] | None = Field(None, description="comparable cases behind it")
    source: Keys = Field((), description="keys under sources")
    note: StrictStr = Field("", description="what was counted")


class Resolved(Part):
    value: Quantity = Field(description="what happened: 1 or 0, or the amount")
    date: Date | None = Field(None, description="when it was settled")
    source: Keys = Field((), description="keys under sources")
    note: StrictStr = Field("", description="anything a reader should know")


class QuestionEntry(Part):
    text: StrictStr = Field(min_length=1, max_length=1000, description="the question, in words")
    short: tuple[StrictStr, StrictStr] | None = Field(
        None, description="a few words for yes or much, and for no or little; they name kinds of futures"
    )
    chance: dict[str, Any] | None = Field(None, description="an event; the answer is its probability")
    amount: dict[str, Any] | None = Field(None, description="a measure; the answer is its distribution")
    given: dict[str, Any] | None = Field(None, description="an event; only futures in which it happens count")
    minus_arm: Id | None = Field(None, description="arm to subtract, future by future")
    asks: tuple[Id, ...] = Field((), description="claims of kind 'question' in evidence.csv that it answers")
    outside: Outside | None = Field(None, description="the outside view: what comparable cases say")
    resolved: Resolved | None = Field(None, description="what happened; for scoring only")

    @model_validator(mode="after")
    def _check(self) -> QuestionEntry:
        _one_of(self, "chance", "amount")
        return self


class Questions(Part):
    schema_: Literal["diarchy/questions/1"] = Field(alias="schema", description="diarchy/questions/1")
    questions: dict[QuestionId, QuestionEntry] = Field(default_factory=dict, description="id -> question")


def json_schemas() -> dict[str, dict[str, Any]]:
    """JSON schemas of the three sorts of file, for editors and the reference page."""
    files: dict[str, type[BaseModel]] = {"case": Case, "scenario": ScenarioEntry, "questions": Questions}
    return {name: model.model_json_schema(by_alias=True) for name, model in files.items()}


#: What stands in for what every file of a kind has, so that the rest of a faulty one is looked at too.
STAND_INS: dict[type[BaseModel], dict[str, Any]] = {
    ScenarioEntry: {"schema": "diarchy/scenario/1", "run": {"start": "2000-01-01"}},
    Case: {"schema": "diarchy/case/1", "case": "case", "title": ""},
}
