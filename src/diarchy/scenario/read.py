"""Read a scenario: from files to one frozen value, with every fault of all its files in one error.

The way goes from the scenario to the case that it extends, from there to the tables, and to the questions. A
part that cannot be read does not stop the others from being checked.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarchy.errors import Faults, ScenarioError, nearest
from diarchy.scenario import tables
from diarchy.scenario.files import MAX_DIGITS, CaseFolder, Document, shown
from diarchy.scenario.find import case_folder_of, find_scenario, parse_overrides
from diarchy.scenario.frozen import check_frozen
from diarchy.scenario.given import (
    GivenFact,
    GivenPrior,
    Hypothesis,
    Layer,
    QuestionSpec,
    RunSettings,
    Scenario,
    Variant,
)
from diarchy.scenario.maps import CaseMap, read_map
from diarchy.scenario.schema import (
    STAND_INS,
    Case,
    FactEntry,
    HypothesisEntry,
    PriorEntry,
    QuestionEntry,
    Questions,
    RunEntry,
    ScenarioEntry,
    VariantEntry,
    check_quantity,
)
from diarchy.scenario.taking import Model, fits, salvage, take

COMMAND_LINE = "command line"


def read(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read a case and a scenario of it.

    Parameters
    ----------
    path : name of an installed case (``kazakhstan-2022``, or ``kazakhstan-2022/base`` for one of its
        scenarios), a folder with ``case.yaml``, or a scenario's YAML file.
    overrides : ``mechanism.parameter=value`` fixes a parameter in every arm, ``run.key=value`` changes a
        setting of the run; both rank above everything that files say.

    Returns
    -------
    Scenario : complete; no file is opened again.

    Raises
    ------
    ScenarioError : every fault found, each with ``file:line``.
    """
    faults = Faults(ScenarioError)
    reading = start_reading(path, overrides, faults)
    scenario = reading.scenario() if reading else None
    faults.raise_if_any()
    assert scenario is not None  # there is no None without a fault
    return scenario


def start_reading(path: str | Path, overrides: Sequence[str], faults: Faults) -> Reading | None:
    """The files of a scenario, opened and parsed; None, and a fault, when there is no such scenario."""
    found = find_scenario(path, faults)
    if found is None:
        return None
    folder = CaseFolder(case_folder_of(found), faults)
    return Reading(folder, found, folder.document(found), parse_overrides(overrides, faults))


@dataclass
class Reading:
    """One scenario being read: its folder, its document, and what the command line sets.

    `whole` turns false where a part was taken out to look at the rest: only names can be checked then.
    `every_question` turns false where some questions cannot be taken.
    """

    folder: CaseFolder
    path: Path
    document: Document | None
    overrides: dict[str, str]
    axes_lost: Collection[str] = ()
    whole: bool = True
    every_question: bool = True

    @property
    def faults(self) -> Faults:
        """Where faults go."""
        return self.folder.faults

    def scenario(self) -> Scenario | None:
        """The whole, or None when a part is missing; every part is read all the same."""
        if self.document is None:
            return None
        self._override_run(self.document)
        entry = self._taken(ScenarioEntry, self.document)
        case_path, case_document = self._extended(self.document)
        case = self._taken(Case, case_document) if case_document else None
        axes = self._axes(case, case_path, case_document) if case else {}
        specs = self._questions(self.document)
        drawn = self._map(case, case_path, case_document, axes)
        layer = Layer("case")
        if case and case_document and case_path:
            layer = self._layer("case", case.facts, case.priors, case_document, (), case_path, axes)
        if entry is None or case is None:
            return None
        place = case_document.at("facts") if case_document else ""
        scenario = self._assemble(entry, case, axes, layer, specs, place, drawn)
        if self.whole:
            self.faults.found.extend(check_frozen(scenario))
        return scenario

    def _taken(self, model: type[Model], document: Document) -> Model | None:
        """A document by its schema, or what is left of it without its faults."""
        if (found := take(model, document, self.faults)) is not None:
            return found
        self.whole = False
        return salvage(model, document, STAND_INS[model])

    def _override_run(self, document: Document) -> None:
        """Put what the command line says of the run over what the file says, before it is checked."""
        run = document.data.setdefault("run", {})
        if not isinstance(run, dict):
            return
        for name in [n for n in self.overrides if n.startswith("run.")]:
            key, text = name.removeprefix("run."), self.overrides.pop(name)
            if key not in RunEntry.model_fields:
                allowed, near = ", ".join(RunEntry.model_fields), nearest(key, RunEntry.model_fields)
                self.faults.add(f"no setting '{name}'", f"--set {name}={shown(text)}", allowed, near)
                continue
            value: Any = int(text) if re.fullmatch(rf"-?\d{{1,{MAX_DIGITS}}}", text) else text
            listed = key in ("arms", "hypotheses")
            run[key] = [t.strip() for t in text.split(",")] if listed else value
            document.lines[("run", key)] = f"--set {name}={shown(text)}"

    def _extended(self, document: Document) -> tuple[Path | None, Document | None]:
        """The case that a scenario extends."""
        name, where = document.data.get("extends"), document.at("extends")
        if not isinstance(name, str):
            return None, None  # the schema says so
        path = self.folder.beside(self.path, name, where)
        if path is None:
            return None, None
        if path.parent != self.folder.root:
            self.faults.add(
                f"'{shown(name)}' is not in the case folder itself", where, "case.yaml or ../case.yaml"
            )
            return None, None
        return path, self.folder.document(path, where)

    def _axes(self, case: Case, path: Path | None, document: Document | None) -> dict[str, tables.Axis]:
        """The labelled axes of the case; one that cannot be had is left out."""
        axes = {}
        for name, entry in case.dimensions.items():
            where = document.at("dimensions", name) if document else ""
            table = self._table(path, entry.table, where) if entry.table else None
            if (axis := tables.read_axis(entry, table, where, self.faults)) is not None:
                axes[name] = axis
        self.axes_lost = case.dimensions.keys() - axes.keys()
        return axes

    def _table(self, path: Path | None, name: str, where: str) -> tables.Table | None:
        """A table named in a file of the case."""
        target = self.folder.beside(path, name, where) if path else None
        return tables.read_table(self.folder, target, where) if target else None

    def _layer(self, name: str, facts: Mapping[str, FactEntry], priors: Mapping[str, PriorEntry],
               document: Document, inside: tuple[str, ...], path: Path,
               axes: Mapping[str, tables.Axis]) -> Layer:  # fmt: skip
        """Facts and priors of one place."""
        known: dict[str, GivenFact] = {}
        for key, entry in facts.items():
            where = document.at(*inside, "facts", key)
            known[key] = self._fact(key, entry, where, path, axes)
        believed = {}
        for key, prior in priors.items():
            form, numbers = prior.given()
            where = document.at(*inside, "priors", key)
            claims = getattr(prior, "claims", ())
            believed[key] = GivenPrior(form, numbers, prior.source, prior.judgement, where, claims)
        return Layer(name, known, believed)

    def _fact(self, key: str, entry: FactEntry, where: str, path: Path,
              axes: Mapping[str, tables.Axis]) -> GivenFact:  # fmt: skip
        """One fact, its cells aligned to the labels; faulty, without cells, when they cannot be had."""
        asked = (*entry.by, entry.labels_of) if entry.labels_of else entry.by
        unknown = [axis for axis in asked if axis not in axes]
        for axis in (axis for axis in unknown if axis not in self.axes_lost):  # of those it is told why
            self.faults.add(
                f"{key}: no dimension '{shown(axis)}'", where, ", ".join(axes), nearest(axis, axes)
            )
        table = self._table(path, entry.table, where) if entry.table else None
        if unknown or (entry.table and table is None):
            return GivenFact(entry.by, faulty=True)
        laid = [(axis, axes[axis]) for axis in entry.by]
        before = len(self.faults)
        cells: tuple[Any, ...] = ()
        places: tuple[str, ...] = ()
        if table is not None:
            named = axes[entry.labels_of] if entry.labels_of else None
            cells, places = tables.cells_of_table(entry, laid, table, where, self.faults, named)
        elif entry.values is not None:
            cells = tuple(tables.cells_of_values(entry.values, laid, where, self.faults))
        elif entry.date is None:
            cells = (entry.value,) * math.prod(len(axis.labels) for _, axis in laid)
        faulty = len(self.faults) > before
        return GivenFact(entry.by, cells, entry.unit, entry.date, entry.source, entry.judgement, where,
                         places, faulty, entry.scheduled, getattr(entry, "claims", ()))  # fmt: skip

    def _questions(self, document: Document) -> dict[str, QuestionSpec]:
        """The questions as written."""
        name, where = document.data.get("questions"), document.at("questions")
        path = self.folder.beside(self.path, name, where) if isinstance(name, str) else None
        found = self.folder.document(path, where) if path else None
        if found is None:
            return {}
        raw = found.data.get("questions")
        asked = raw if isinstance(raw, dict) else {}
        if take(Questions, found, self.faults) is None:
            self.every_question = False
            asked = {key: one for key, one in asked.items() if fits(QuestionEntry, one)}
        lines: dict[str, dict[tuple[str, ...], str]] = {}
        for steps, at in found.lines.items():
            if len(steps) > 2 and steps[0] == "questions":
                lines.setdefault(steps[1], {})[steps[2:]] = at
        return {
            key: QuestionSpec(key, _plain(raw), found.at("questions", key), lines.get(key, {}))
            for key, raw in asked.items()
        }

    def _map(self, case: Case | None, path: Path | None, document: Document | None,
             axes: Mapping[str, tables.Axis]) -> CaseMap | None:  # fmt: skip
        """How the case is drawn, if it says so."""
        if case is None or case.map is None or path is None or document is None:
            return None
        if case.map.axis in self.axes_lost:
            return None
        where = document.at("map")
        target = self.folder.beside(path, case.map.file, where)
        return read_map(case.map, self.folder, target, where, {name: a.labels for name, a in axes.items()})

    def _assemble(self, entry: ScenarioEntry, case: Case, axes: Mapping[str, tables.Axis], layer: Layer,
                  specs: Mapping[str, QuestionSpec], case_place: str,
                  drawn: CaseMap | None) -> Scenario:  # fmt: skip
        """All parts as one value."""
        document = self.document
        assert document is not None
        own = self._layer("scenario", entry.facts, entry.priors, document, (), self.path, axes)
        variants = {name: self._variant(name, v, document, axes) for name, v in entry.variants.items()}
        rivals = {name: self._hypothesis(name, h, document, axes) for name, h in entry.hypotheses.items()}
        fixed = {key: GivenPrior("fixed", (self._set_value(key, text),), where=f"--set {key}={shown(text)}")
                 for key, text in self.overrides.items()}  # fmt: skip
        self._check_names(entry, document, specs)
        return Scenario(
            name=f"{case.case}/{self.path.stem}",
            case=case.case,
            title=case.title,
            summary=case.summary,
            folder=self.folder.root,
            sources={
                key: source.model_dump(mode="json", exclude_defaults=True)
                for key, source in case.sources.items()
            },
            coordinates={name: axis.labels for name, axis in axes.items()},
            labels={name: axis.names for name, axis in axes.items()},
            mechanisms=entry.mechanisms,
            run=_settings(entry),
            from_case=layer,
            from_scenario=own,
            from_command_line=Layer(COMMAND_LINE, {}, fixed),
            variants=variants,
            hypotheses=rivals,
            sizes=dict(entry.sizes),
            questions=dict(specs),
            files=dict(sorted(self.folder.texts.items())),
            sha256=digest(self.folder.texts),
            where={"facts": case_place} | _places(document, entry, (layer, own)),
            map=drawn,
            keep=entry.keep,
        )

    def _set_value(self, key: str, text: str) -> Any:
        """The value of a ``--set``, if it is a quantity."""
        try:
            return check_quantity(text)
        except ValueError as error:
            self.faults.add(f"{key}: {error}", f"--set {key}={shown(text)}")
            return 0.0

    def _variant(self, name: str, entry: VariantEntry, document: Document,
                 axes: Mapping[str, tables.Axis]) -> Variant:  # fmt: skip
        """One named change."""
        inside = ("variants", name)
        layer = self._layer(f"variant {name}", entry.facts, entry.priors, document, inside, self.path, axes)
        fixed = {key: GivenPrior("fixed", (value,), where=document.at(*inside, "set", key))
                 for key, value in entry.set.items()}  # fmt: skip
        for key in sorted(fixed.keys() & layer.priors.keys()):
            self.faults.add(
                f"'{key}' is under set and under priors", fixed[key].where, cure="keep one of them"
            )
        layer = Layer(layer.name, layer.facts, {**layer.priors, **fixed})
        return Variant(entry.summary, layer, entry.drop, document.at(*inside))

    def _hypothesis(self, name: str, entry: HypothesisEntry, document: Document,
                    axes: Mapping[str, tables.Axis]) -> Hypothesis:  # fmt: skip
        """One rival theory."""
        inside = ("hypotheses", name)
        layer = self._layer(
            f"hypothesis {name}", entry.facts, entry.priors, document, inside, self.path, axes
        )
        return Hypothesis(entry.summary, layer, (), document.at(*inside), entry.holder, entry.weight)

    def _check_names(
        self, entry: ScenarioEntry, document: Document, specs: Mapping[str, QuestionSpec]
    ) -> None:
        """Names that must be names of something else in the same files."""
        add, arms = self.faults.add, ("base", *entry.variants, *entry.hypotheses)
        for name in sorted({m for m in entry.mechanisms if entry.mechanisms.count(m) > 1}):
            add(f"mechanism '{name}' is listed twice", document.at("mechanisms"))
        if "base" in entry.variants:
            add("'base' is the world as it is, no variant", document.at("variants", "base"), cure="rename it")
        for name in entry.run.arms:
            if name not in arms:
                where, near = document.at("run", "arms"), nearest(name, arms)
                add(f"no arm '{shown(name)}'", where, ", ".join(arms), near)
        for name in sorted(entry.hypotheses.keys() & {"base", *entry.variants}):
            add(f"'{name}' names two worlds", document.at("hypotheses", name), cure="rename the hypothesis")
        for name in entry.run.hypotheses or ():
            if name not in entry.hypotheses and entry.run.hypotheses != ("none",):
                near = nearest(name, entry.hypotheses)
                where = document.at("run", "hypotheses")
                add(f"no hypothesis '{shown(name)}'", where, ", ".join((*entry.hypotheses, "none")), near)
        for name, variant in entry.variants.items():
            for dropped in variant.drop:
                if dropped not in entry.mechanisms:
                    where = document.at("variants", name, "drop")
                    add(f"'{shown(dropped)}' is not among the mechanisms", where,
                        ", ".join(entry.mechanisms), nearest(dropped, entry.mechanisms))  # fmt: skip
        for spec in specs.values():
            arm = spec.raw.get("minus_arm")
            if arm is not None and arm not in entry.variants:
                rival = "compare it with the base by `diarchy compare STORE --arms base,NAME`"
                cure = rival if arm in entry.hypotheses else ""
                add(f"no variant '{shown(arm)}' to subtract", spec.at("minus_arm"), ", ".join(entry.variants),
                    nearest(arm, entry.variants), cure)  # fmt: skip


def digest(texts: Mapping[str, str]) -> str:
    """SHA-256 over the files that a scenario was read from, names and texts, in the order of the names."""
    whole = hashlib.sha256()
    for name, text in sorted(texts.items()):
        for part in (name.encode(), text.encode()):
            whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _settings(entry: ScenarioEntry) -> RunSettings:
    """The run settings as plain data, base first among the arms."""
    run = entry.run
    arms = tuple(dict.fromkeys(("base", *run.arms)))
    rivals = tuple(entry.hypotheses) if run.hypotheses is None else run.hypotheses
    rivals = tuple(name for name in dict.fromkeys(rivals) if name != "none")
    return RunSettings(run.start, run.days, run.step, run.futures, run.seed, run.repeats, run.design, arms,
                       run.posterior, run.frozen, rivals, run.hypothesis_share, run.regime)  # fmt: skip


def _places(document: Document, entry: ScenarioEntry, layers: Sequence[Layer]) -> dict[str, str]:
    """Where each name was given, the higher rank over the lower."""
    places = {f"run.{key}": document.at("run", key) for key in RunEntry.model_fields}
    places["mechanisms"] = document.at("mechanisms")
    places |= {f"mechanisms.{m}": document.at("mechanisms", i) for i, m in enumerate(entry.mechanisms)}
    for layer in layers:
        places |= {key: fact.where for key, fact in layer.facts.items()}
        places |= {key: prior.where for key, prior in layer.priors.items()}
    return places | {key: document.at("sizes", key) for key in entry.sizes}


def _plain(value: Any) -> Any:
    """Nested data with dates as ISO text, so that it can be stored as JSON."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
