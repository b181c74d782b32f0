"""Compose a scenario's values with the mechanisms: names found, units converted, facts aligned, arms wired.

Every arm is resolved by the one order of priority of `Scenario.layers`; what overrides what is noted,
old -> new.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from diarchy import registry
from diarchy.errors import DiarchyError, Fault, Faults, ModelError, nearest
from diarchy.mechanism import Fact, Mechanism, Parameter
from diarchy.model import BESIDE, Arm, Calendar, Model, connect, is_beside
from diarchy.posterior import read_classes, read_posterior
from diarchy.prior import Prior
from diarchy.scenario.given import GivenFact, GivenPrior, Layer, Scenario, in_unit

#: The rank below all layers: what the mechanism itself declares.
DECLARED = "declared default"


def wire(scenario: Scenario, arms: Sequence[str] | None = None) -> Model:
    """Compose the arms of a scenario into a model.

    Parameters
    ----------
    scenario : what was read.
    arms : names of arms: 'base', variants, hypotheses, and what stands beside these (`Scenario.beside`); the
        scenario's own choice of worlds, which has no hypotheses, when not given. 'base' always is among them.

    Returns
    -------
    Model : the arms on one calendar; `notes` says each value that overrides another.

    Raises
    ------
    ModelError : every fault of every arm, with ``file:line``.
    """
    faults = Faults(ModelError)
    names = _arm_names(scenario, arms, faults)
    found = find_mechanisms(scenario, faults)
    check_names(scenario, found, faults)
    learned = _learned(scenario, faults)
    built: dict[str, Arm] = {}
    base_faults: tuple[Fault, ...] = ()
    for name in names:
        if is_beside(name) and name.partition(BESIDE)[0] not in built:
            continue  # what is wrong with it has been said
        try:
            built[name] = _arm(scenario, name, found, learned)
        except DiarchyError as error:
            new = [fault for fault in error.faults if fault not in base_faults]
            base_faults = error.faults if name == "base" else base_faults
            faults.found.extend(_placed(fault, name, scenario) for fault in new)
    faults.raise_if_any()
    run = scenario.run
    notes = tuple(dict.fromkeys(note for name in names for note in _overrides(scenario, name, found)))
    return Model(Calendar(run.start, run.step, run.steps), built, notes)


def _learned(scenario: Scenario, faults: Faults) -> dict[str, tuple[float, float]]:
    """What a fit has learned of the priors, under the scenario's class of regime."""
    if scenario.run.posterior != "shipped":
        return {}
    regime, known = scenario.run.regime, read_classes()
    if regime and regime not in known:
        where = scenario.where.get("run.regime", "")
        faults.add(f"no class of regime '{regime[:60]}' in the fit", where, ", ".join(known) or "none",
                   nearest(regime, known))  # fmt: skip
    return read_posterior(regime=regime)


def _arm_names(scenario: Scenario, arms: Sequence[str] | None, faults: Faults) -> list[str]:
    """The arms asked for, base first; unknown ones are faults."""
    known = {*scenario.arm_names(), *scenario.beside()}
    asked = scenario.run.arms if arms is None else arms
    for name in asked:
        if name not in known:
            faults.add(
                f"no arm '{name}'",
                scenario.where.get("run.arms", ""),
                ", ".join(scenario.arm_names()),
                nearest(name, scenario.arm_names()),
            )
    return list(dict.fromkeys(("base", *(name for name in asked if name in known))))


def find_mechanisms(scenario: Scenario, faults: Faults) -> dict[str, Mechanism]:
    """The scenario's mechanisms by name; one that is not installed is a fault."""
    found = {}
    for name in scenario.mechanisms:
        try:
            found[name] = registry.find_mechanism(name)
        except DiarchyError as error:
            where = scenario.where.get(f"mechanisms.{name}", "")
            faults.found.extend(replace(fault, where=fault.where or where) for fault in error.faults)
    return found


def _parameters(mechanism: Mechanism) -> dict[str, Parameter]:
    """Parameters by qualified name."""
    return {f"{mechanism.name}.{p.name}": p for p in mechanism.parameters}


def _facts(mechanism: Mechanism) -> dict[str, Fact]:
    """Facts by qualified name."""
    return {f"{mechanism.name}.{f.name}": f for f in mechanism.facts}


def check_names(scenario: Scenario, found: Mapping[str, Mechanism], faults: Faults) -> None:
    """Facts, priors, sizes must be of an installed mechanism; on the command line, of one that is used."""
    installed = {*registry.mechanism_names(), *scenario.mechanisms}
    parameters = [key for m in found.values() for key in _parameters(m)]
    facts = [key for m in found.values() for key in _facts(m)]
    variants = [(v.layer, v.drop) for v in scenario.changes.values()]
    for layer, dropped in ((scenario.from_case, ()), (scenario.from_scenario, ()), *variants,
                           (scenario.from_command_line, ())):  # fmt: skip
        # A mechanism can be left out by one line: what files say of it then has no effect. A typed override
        # must have one.
        owners = set(scenario.mechanisms) if layer is scenario.from_command_line else installed
        for kind, given, known, other in (("parameter", layer.priors, parameters, facts),
                                          ("fact", layer.facts, facts, parameters)):  # fmt: skip
            for key, value in given.items():
                owner = key.partition(".")[0]
                if owner not in owners:
                    faults.add(f"'{key}' is of no mechanism of this scenario", value.where,
                               ", ".join(sorted(owners)), nearest(key, known))  # fmt: skip
                elif owner in dropped:
                    faults.add(f"'{key}' is of a mechanism that this variant drops", value.where,
                               cure="set it or drop it, not both")  # fmt: skip
                elif owner in found and key not in known:
                    _add_unknown(kind, key, value.where, known, other, faults)
    for key in scenario.sizes:
        if key.partition(".")[0] not in installed:
            faults.add(f"'{key}' is of no mechanism of this scenario", scenario.where.get(key, ""))


def _add_unknown(
    kind: str, key: str, where: str, known: Sequence[str], other: Sequence[str], faults: Faults
) -> None:
    """Say that there is no such parameter or fact, and where the name would be right."""
    if key in other:
        place = "facts" if kind == "parameter" else "priors"
        faults.add(f"'{key}' is not a {kind}", where, cure=f"give it under {place}")
        return
    own = [k for k in known if k.partition(".")[0] == key.partition(".")[0]]
    faults.add(f"no {kind} '{key}'", where, ", ".join(own) or "none", nearest(key, known))


def _arm(
    scenario: Scenario,
    name: str,
    found: Mapping[str, Mechanism],
    learned: Mapping[str, tuple[float, float]],
) -> Arm:
    """One arm connected, or all that is wrong with it."""
    faults = Faults(ModelError)
    dropped = _dropped(scenario, name)
    present = [m for m in found.values() if m.name not in dropped]
    layers = scenario.layers(name)
    priors: dict[str, Prior] = {}
    facts: dict[str, np.ndarray] = {}
    for mechanism in present:
        for key, parameter in _parameters(mechanism).items():
            if (given := _highest(layers, key)) is not None:
                priors[key] = _prior(key, given, parameter, faults)
            elif key in learned:
                priors[key] = parameter.prior.fitted(*learned[key])
        for key, fact in _facts(mechanism).items():
            if all(axis in scenario.coordinates for axis in fact.dims):
                facts |= _fact(key, fact, layers, scenario, faults)
    sizes = {
        key: n for key, n in scenario.sizes.items() if key.partition(".")[0] in {m.name for m in present}
    }
    arm = None
    try:
        arm = connect(name, present, scenario.coordinates, facts, priors, sizes, scenario.where)
        if arm.has("energy"):  # its network has lines in files, which the mechanism does not know
            from diarchy.scenario.network import check_case_network

            check_case_network(scenario, arm.facts, faults)
    except ModelError as error:
        faults.take(error)
    faults.raise_if_any()
    assert arm is not None  # there is no None without a fault
    return arm


def _dropped(scenario: Scenario, arm: str) -> set[str]:
    """The mechanisms that an arm is without."""
    return {name for change in scenario.changes_of(arm) for name in change.drop}


def _highest(layers: Sequence[Layer], key: str) -> GivenPrior | None:
    """The prior that the highest layer gives for a parameter, if any does."""
    return next((layer.priors[key] for layer in reversed(layers) if key in layer.priors), None)


def _prior(key: str, given: GivenPrior, parameter: Parameter, faults: Faults) -> Prior:
    """A prior in the declared unit, within the declared bounds; else a fault, and the declared one."""
    try:
        prior = given.prior(parameter.unit)
        prior.quantile(0.5, parameter.lower, parameter.upper)
        return prior
    except ValueError as error:
        faults.add(f"{key}: {error}", given.where, _bounds(parameter))
        return parameter.prior


def _bounds(port: Parameter | Fact) -> str:
    """What is allowed of a parameter or fact, in words."""
    unit = "" if port.unit in ("1", "") else f" {port.unit}"
    return f"[{port.lower:g}, {port.upper:g}]{unit}"


def _fact(
    key: str, fact: Fact, layers: Sequence[Layer], scenario: Scenario, faults: Faults
) -> dict[str, np.ndarray]:
    """A fact as an array of the declared shape; empty when its declared default holds.

    A faulty one comes back as a harmless array, so that its absence is not faulted again.
    """
    given = next((layer.facts[key] for layer in reversed(layers) if key in layer.facts), None)
    shape = tuple(len(scenario.coordinates[axis]) for axis in fact.dims)
    if given is None and fact.default is not None:
        return {}
    stand_in = np.full(shape, min(max(0.0, fact.lower), fact.upper))
    if given is None:
        by = f" by {', '.join(fact.dims)}" if fact.dims else ""
        faults.add(f"the case gives no {key} ({fact.doc})", scenario.where.get("facts", ""),
                   f"{_bounds(fact)}{by}", cure=f"add it under facts: {key}")  # fmt: skip
        return {key: stand_in}
    before = len(faults)
    if given.faulty:
        return {key: stand_in}
    if sorted(given.by) != sorted(fact.dims):
        asked = f"by: [{', '.join(fact.dims)}]" if fact.dims else "one number"
        faults.add(f"{key} is laid out by [{', '.join(given.by)}]", given.where, asked)
        return {key: stand_in}
    cells = np.array(list(_cells(key, fact, given, scenario, faults)))
    if len(faults) > before:
        return {key: stand_in}
    array = cells.reshape([len(scenario.coordinates[axis]) for axis in given.by])
    return {key: array.transpose([given.by.index(axis) for axis in fact.dims]).copy(order="C")}


def _cells(key: str, fact: Fact, given: GivenFact, scenario: Scenario, faults: Faults) -> Iterator[float]:
    """The cells in the declared unit, checked against the bounds; a date as days since the start."""
    cells, unit = given.cells, given.unit
    if given.date is not None:
        cells, unit = (float((given.date - scenario.run.start).days),), "day"
    for i, cell in enumerate(cells):
        where = given.cell_where[i] if given.cell_where else given.where
        try:
            value = in_unit(cell, unit, fact.unit)
        except ValueError as error:
            faults.add(f"{key}: {error}", where, f"a quantity in '{fact.unit}'")
            value = np.nan
        if value < fact.lower or value > fact.upper:
            faults.add(f"{key} holds {value:g}, out of bounds", where, _bounds(fact))
        yield value


def _placed(fault: Fault, arm: str, scenario: Scenario) -> Fault:
    """A fault of one arm; one without a place gets that of the mechanism it names, or of the variant."""
    if arm != "base":
        where = fault.where or scenario.changes_of(arm)[0].where
        return replace(fault, what=f"in arm '{arm}': {fault.what}", where=where)
    if fault.where:
        return fault
    words = re.findall(r"[a-z][a-z0-9_]*", fault.what)
    named = (f"mechanisms.{word}" for word in words if f"mechanisms.{word}" in scenario.where)
    return replace(fault, where=scenario.where.get(next(named, "mechanisms"), ""))


def _overrides(scenario: Scenario, arm: str, found: Mapping[str, Mechanism]) -> Iterator[str]:
    """Each override that holds in an arm, old -> new, with the place of the new value."""
    layers = scenario.layers(arm)
    dropped = _dropped(scenario, arm)
    for mechanism in (m for m in found.values() if m.name not in dropped):
        for key, parameter in _parameters(mechanism).items():
            old = f"{parameter.prior} ({DECLARED})"
            for layer in (layer for layer in layers if key in layer.priors):
                given = layer.priors[key]
                new = f"{given.prior(parameter.unit)} ({layer.name})"
                yield f"{key}: {old} -> {new}, {given.where}"
                old = new
        for key in _facts(mechanism):
            ranks = [layer for layer in layers if key in layer.facts]
            for low, high in itertools.pairwise(ranks):
                yield f"{key}: {low.name} -> {high.name}, {high.facts[key].where}"
