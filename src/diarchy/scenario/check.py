"""Check a case before it is run: all that reading and wiring would refuse, and what they would let pass.

Faults are raised together. What is only doubtful (a long step, a number without a source) comes back as
notes; `strict` makes a fault of a number without a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from diarchy.engine import first_state
from diarchy.errors import DiarchyError, Fault, Faults, ScenarioError, nearest
from diarchy.mechanism import Mechanism
from diarchy.model import Model
from diarchy.scenario import records
from diarchy.scenario.claims import check_claims, read_claims
from diarchy.scenario.compose import check_names, find_mechanisms, wire
from diarchy.scenario.files import shown
from diarchy.scenario.frozen import unscheduled
from diarchy.scenario.given import GivenFact, GivenPrior, Layer, Scenario
from diarchy.scenario.read import start_reading

#: The largest part of a mechanism's fastest feedback that a step may last before halving it moves answers.
MOST_OF_TIMESCALE = 0.2

#: Reads the questions of a scenario against its model; raises a `DiarchyError` with what is wrong.
QuestionParser = Callable[[Scenario, Model], object]


def check(
    path: str | Path,
    strict: bool = False,
    overrides: Sequence[str] = (),
    parse_questions: QuestionParser | None = None,
) -> list[Fault]:
    """Check a case and a scenario of it, with all its variants.

    Parameters
    ----------
    path, overrides : as in `read`.
    strict : whether a fact or prior without source or judgement is a fault rather than a note.
    parse_questions : reads the questions against the model; without it only their outer shape is checked.

    Returns
    -------
    list : notes on what is doubtful, worded and placed like faults.

    Raises
    ------
    ScenarioError : every fault of every file.
    """
    faults, notes = Faults(ScenarioError), Faults(ScenarioError)
    reading = start_reading(path, overrides, faults)
    scenario = reading.scenario() if reading else None
    found = find_mechanisms(scenario, Faults(ScenarioError)) if scenario else {}
    if scenario and reading and not reading.axes_lost and reading.whole:
        model = _wired(scenario, faults)
        if model is not None and not faults.found:
            _vet(model, faults)
        if model is not None and parse_questions is not None:
            with faults.trying():
                parse_questions(scenario, model)
    elif scenario:
        check_names(scenario, found, faults)
    if scenario and reading and reading.whole:
        _check_sources(scenario, strict, faults, notes)
        _check_steps(scenario, found, notes)
        _check_arms(scenario, notes)
        if scenario.run.frozen is None:
            notes.found.extend(unscheduled(scenario, scenario.run.start))
    if reading:
        stated = read_claims(reading.folder)
        if scenario and stated is not None and reading.whole and reading.every_question:
            check_claims(stated, scenario, found, faults)
        seen = records.read_observed(reading.folder)
        _check_observed(seen, scenario if reading.whole else None, notes)
    faults.raise_if_any()
    return list(dict.fromkeys(notes.found))


def _wired(scenario: Scenario, faults: Faults) -> Model | None:
    """The model of all arms, asked for or not."""
    with faults.trying():
        return wire(scenario, scenario.arm_names())
    return None


def _vet(model: Model, faults: Faults) -> None:
    """Refuse a case that starts on fire: the base world's first state, parameters at prior medians."""
    arm = model.arms["base"]
    half = np.full(1, 0.5)
    values = {
        key: arm.priors[key].quantile(half, parameter.lower, parameter.upper)
        for key, parameter in arm.parameters().items()
    }
    try:
        reasons = first_state(arm, values)
    except DiarchyError as error:
        faults.take(error)
        return
    except (
        Exception
    ) as error:  # a mechanism's own code, perhaps a stranger's, met facts that it did not foresee
        faults.add(f"the first state cannot be computed: {error!r}", cure="check the facts of the case")
        return
    for name, found in reasons.items():
        for reason in found:
            faults.add(f"'{name}' refuses the first state at the priors' medians: {reason}")


def _entries(scenario: Scenario) -> Iterator[tuple[str, GivenFact | GivenPrior, Layer]]:
    """Every fact and prior that a file gives, with its name and layer."""
    layers = (scenario.from_case, scenario.from_scenario, *(v.layer for v in scenario.changes.values()))
    for layer in layers:
        yield from ((key, fact, layer) for key, fact in layer.facts.items())
        yield from ((key, prior, layer) for key, prior in layer.priors.items())


def _check_sources(scenario: Scenario, strict: bool, faults: Faults, notes: Faults) -> None:
    """Every number has a source that exists, or a judgement; a variant's change needs none."""
    own = (scenario.from_case.name, scenario.from_scenario.name)
    for key, given, layer in _entries(scenario):
        _check_keys(given.sources, f"'{key}'", given.where, scenario, faults)
        if layer.name in own and not given.sources and not given.judgement:
            cure = "add source: [key] or judgement: the reason"
            (faults if strict else notes).add(f"'{key}' has no source", given.where, cure=cure)
    for spec in scenario.questions.values():
        for part in ("outside", "resolved"):
            told = spec.raw.get(part)
            keys = told.get("source", ()) if isinstance(told, dict) else ()
            listed = (keys,) if isinstance(keys, str) else tuple(keys or ())
            _check_keys(listed, f"question '{spec.id}'", spec.at(part, "source"), scenario, faults)


def _check_keys(keys: Sequence[str], whose: str, where: str, scenario: Scenario, faults: Faults) -> None:
    """Keys that must be among the case's sources."""
    for key in keys:
        if key not in scenario.sources:
            near = nearest(key, scenario.sources)
            faults.add(f"{whose} names source '{shown(key)}', which the case does not have", where, near=near,
                       cure="add it under sources in the case")  # fmt: skip


def _check_steps(scenario: Scenario, found: dict[str, Mechanism], notes: Faults) -> None:
    """Note each mechanism whose fastest feedback is too fast for the step."""
    step = scenario.run.step
    for mechanism in found.values():
        if step > MOST_OF_TIMESCALE * mechanism.timescale * (1 + 1e-9):
            notes.add(f"a step of {step:g} d is {step / mechanism.timescale:.2g} of the fastest feedback of "
                      f"'{mechanism.name}' ({mechanism.timescale:g} d)", scenario.where.get("run.step", ""),
                      f"at most {MOST_OF_TIMESCALE:g} of it",
                      cure="halve the step and see whether answers move")  # fmt: skip


def _check_arms(scenario: Scenario, notes: Faults) -> None:
    """Note each question that needs an arm which is not run."""
    for spec in scenario.questions.values():
        arm = spec.raw.get("minus_arm")
        if arm in scenario.variants and arm not in scenario.run.arms:
            notes.add(f"question '{spec.id}' needs arm '{arm}', which is not among the arms to run",
                      spec.at("minus_arm"), cure="add it to run: arms")  # fmt: skip


def _check_observed(seen: Sequence[records.Observation], scenario: Scenario | None, notes: Faults) -> None:
    """Note a run that starts after what was observed first, and places that look misspelt."""
    if scenario is None or not seen:
        return
    first = min(seen, key=lambda observation: observation.date)
    if scenario.run.start > first.date:
        notes.add(f"the run starts on {scenario.run.start}, after the first observation ({first.date})",
                  scenario.where.get("run.start", ""),
                  cure="start earlier, or mind that what came before is part of the facts")  # fmt: skip
    labels = scenario.coordinates.get("place", ())
    known = (*labels, *scenario.labels.get("place", ()))
    told: set[str] = set()
    for observation in seen:
        for place in filter(None, (part.strip() for part in observation.place.split(";"))):
            near = nearest(place, known)  # a place abroad is like none of the case's
            if near and place not in known and place not in told:
                notes.add(f"place '{shown(place)}' is not in the case", observation.where, near=near)
            told.add(place)
