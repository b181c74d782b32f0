"""What the files of a case gave: plain frozen values, with the place of each, that no later stage changes.

Nothing here has met a mechanism yet: units are as written, names are unchecked. `compose` brings both
together.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diarchy.model import BESIDE
from diarchy.prior import FORMS, Prior
from diarchy.scenario.maps import CaseMap
from diarchy.units import convert, read_quantity

#: A quantity as written: a bare number, or a number with its unit.
Quantity = float | int | str


@dataclass(frozen=True)
class GivenFact:
    """A constant of the case as written.

    Parameters
    ----------
    by : axes it is laid out by, in order.
    cells : quantities in row-major order of the axes' labels; one alone when `by` is empty.
    unit : unit of bare numbers in `cells`; empty for the unit that the mechanism declares.
    date : a date, for facts that are days since the start; then `cells` is empty.
    sources, judgement : keys of the case's sources, or a stated reason.
    where : ``file:line`` of the entry.
    cell_where : ``file:line`` of each cell, when the cells are from a table.
    scheduled : known before the freeze, though it is dated later.
    claims : ids of claims that a hypothesis follows.
    faulty : its cells could not be read, and that has been said; `read` lets no such fact through.
    """

    by: tuple[str, ...] = ()
    cells: tuple[Quantity, ...] = ()
    unit: str = ""
    date: dt.date | None = None
    sources: tuple[str, ...] = ()
    judgement: str = ""
    where: str = ""
    cell_where: tuple[str, ...] = ()
    faulty: bool = False
    scheduled: bool = False
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class GivenPrior:
    """A prior, or a fixed value, as written; fields as in `GivenFact`, `form` and `numbers` as in `Prior`."""

    form: str
    numbers: tuple[Quantity, ...]
    sources: tuple[str, ...] = ()
    judgement: str = ""
    where: str = ""
    claims: tuple[str, ...] = ()

    def prior(self, unit: str) -> Prior:
        """The prior in a parameter's unit.

        Parameters
        ----------
        unit : the unit that the parameter is declared in.

        Raises
        ------
        ValueError : numbers that do not fit the form, or units that do not fit the parameter.
        """
        roles = FORMS[self.form]
        units = ["1" if role in ("factor", "strength") else unit for role in roles]
        return Prior(self.form, tuple(map(read_quantity, self.numbers, units)))


@dataclass(frozen=True)
class Layer:
    """One rank of the order of priority: the facts and priors given in one place, by qualified name."""

    name: str
    facts: Mapping[str, GivenFact] = field(default_factory=dict)
    priors: Mapping[str, GivenPrior] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """A named change of the base world: what it sets, and the mechanisms it drops."""

    summary: str
    layer: Layer
    drop: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Hypothesis(Variant):
    """A rival theory of what is going on: priors that differ from the base's, who holds it, prior weight."""

    holder: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class RunSettings:
    """How to run.

    Parameters
    ----------
    start : date on which day 0 begins.
    days, step : [day] horizon and step; the step divides the horizon.
    futures, repeats : runs in all, and runs that share one draw of the parameters.
    seed : the key of all luck.
    design : how the priors are covered: 'sobol' or 'lhs'.
    arms : arms to run; 'base' is always the first.
    posterior : 'shipped': declared priors are taken as fitted on the case library; 'none': raw.
    frozen : date of the freeze, if it is declared; else the start.
    hypotheses : rival theories to run beside the arms.
    hypothesis_share : part of the futures that they are run on, the first ones.
    regime : class of regime, to which the fit may have given a shift of its own.
    """

    start: dt.date
    days: int
    step: float
    futures: int
    seed: int
    repeats: int
    design: str
    arms: tuple[str, ...]
    posterior: str = "shipped"
    frozen: dt.date | None = None
    hypotheses: tuple[str, ...] = ()
    hypothesis_share: float = 0.2
    regime: str = ""

    @property
    def steps(self) -> int:
        """Number of steps to the horizon."""
        return round(self.days / self.step)

    def planned(self, futures: int) -> dict[str, int]:
        """How many of the first futures each hypothesis takes, if it is not run on all as an arm."""
        return {name: self.part(futures) for name in self.hypotheses if name not in self.arms}

    def part(self, futures: int) -> int:
        """How many of the first futures rival theories are compared on: whole draws, two at least."""
        draws = max(2, math.ceil(self.hypothesis_share * futures / self.repeats))
        return min(futures, draws * self.repeats)


@dataclass(frozen=True)
class QuestionSpec:
    """One question as written, in plain dicts and lists; dates are ISO text.

    Parameters
    ----------
    id : its name.
    raw : the mapping of the file: text, chance or amount, given, minus_arm, outside, resolved.
    where : ``file:line`` of the question.
    lines : path inside `raw` -> ``file:line``.
    """

    id: str
    raw: Mapping[str, Any]
    where: str = ""
    lines: Mapping[tuple[str, ...], str] = field(default_factory=dict)

    def at(self, *path: str) -> str:
        """``file:line`` of the nearest known place at or above a path inside `raw`."""
        return next(
            (self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), self.where
        )


@dataclass(frozen=True)
class Scenario:
    """A case, and one way of running it; frozen, picklable, and complete: no file is opened again.

    Parameters
    ----------
    name : case and scenario, ``kazakhstan-2022/base``.
    case, title, summary : of the case.
    folder : the case folder that was read; not part of the provenance.
    sources : key -> title, url, confidence and so on.
    coordinates, labels : axis -> names used in files, and names to show.
    mechanisms : names, as listed.
    run : how to run.
    from_case, from_scenario, from_command_line : what each gives, in the order of priority.
    variants : name -> change.
    hypotheses : name -> rival theory.
    sizes : ``mechanism.axis`` -> length.
    questions : id -> question as written.
    files : name relative to the case folder -> text; a snapshot for the provenance.
    sha256 : digest over `files`.
    where : qualified fact, prior or size, or ``mechanisms.NAME``, ``run.KEY`` -> ``file:line``.
    map : how the case is drawn, if it says so.
    keep : qualified states to record beside those that the questions need.
    """

    name: str
    case: str
    title: str
    summary: str
    folder: Path
    sources: Mapping[str, Mapping[str, Any]]
    coordinates: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]
    mechanisms: tuple[str, ...]
    run: RunSettings
    from_case: Layer
    from_scenario: Layer
    from_command_line: Layer
    variants: Mapping[str, Variant]
    hypotheses: Mapping[str, Hypothesis]
    sizes: Mapping[str, int]
    questions: Mapping[str, QuestionSpec]
    files: Mapping[str, str]
    sha256: str
    where: Mapping[str, str]
    map: CaseMap | None = None
    keep: tuple[str, ...] = ()

    def layers(self, arm: str) -> tuple[Layer, ...]:
        """What speaks for the values of one arm, the later over the earlier.

        This is the one order of priority: **command line > variant > scenario > case > declared default**. A
        hypothesis stands where a variant does.
        The declared default is the mechanism's own and comes in when no layer names a parameter or fact. What
        the command line sets holds in every arm, over what a variant would set.

        Parameters
        ----------
        arm : 'base', a variant, a hypothesis, or one that stands beside another ('orbit+no-invitation').
        """
        changes = (change.layer for change in self.changes_of(arm))
        return (self.from_case, self.from_scenario, *changes, self.from_command_line)

    def changes_of(self, arm: str) -> tuple[Variant, ...]:
        """The changes of the base that an arm is made of, the later over the earlier."""
        return tuple(self.changes[name] for name in arm.split(BESIDE)) if arm != "base" else ()

    def beside(self) -> tuple[str, ...]:
        """Each hypothesis that is run, without what some question subtracts from the base."""
        asked = dict.fromkeys(spec.raw.get("minus_arm") for spec in self.questions.values())
        lacks = [name for name in asked if name in self.variants and name in self.run.arms]
        return tuple(f"{theory}{BESIDE}{name}" for theory in self.run.hypotheses for name in lacks)

    @property
    def changes(self) -> dict[str, Variant]:
        """Every arm but the base: variants, then hypotheses, as listed."""
        return {**self.variants, **self.hypotheses}

    def arm_names(self) -> tuple[str, ...]:
        """Every arm there is: 'base', then variants and hypotheses as listed."""
        return ("base", *self.changes)


def in_unit(quantity: Quantity, unit: str, declared: str) -> float:
    """A quantity as written, in the declared unit; a bare number is in `unit`, if that is given.

    Raises
    ------
    ValueError : no number, or a unit that does not fit.
    """
    if not unit:
        return read_quantity(quantity, declared)
    return convert(read_quantity(quantity, unit), unit, declared)
