"""What any mechanism must satisfy: the contract as a test, for ours and for third parties.

::

    from diarchy.testing import check_mechanism

    def test_weather():
        check_mechanism(WEATHER)
"""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from diarchy import registry
from diarchy.engine import World
from diarchy.errors import DiarchyError, Faults, ModelError
from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Inlet, Mechanism, State
from diarchy.model import Arm, connect
from diarchy.units import known

RUNS, STEPS, DT, LABELS = 5, 12, 0.25, 3
_UNSET = -987_654_321  # a whole number that no settle function writes by chance


def check_mechanism(
    mechanism: Mechanism, facts: Mapping[str, Any] | None = None, seeds: tuple[int, ...] = (1, 2, 3)
) -> None:
    """Hold a mechanism against the contract, alone, with made-up neighbours.

    Parameters
    ----------
    mechanism : the value to check.
    facts : of a small case with three labels on each axis, by own name; made up within bounds if absent.
    seeds : seeds of the made-up inputs.

    Raises
    ------
    ModelError : everything that does not hold, at once.
    """
    faults = Faults(ModelError)
    _check_declarations(mechanism, faults)
    _check_uses(mechanism, faults)
    faults.raise_if_any()
    arm = small_arm(mechanism, facts or {})
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(RUNS)
        compiled = rehearse(arm, mechanism, seed, faults)
        plain = rehearse(arm, mechanism, seed, faults, plain=True)
        _compare(mechanism, compiled, plain, "plain Python", faults)
        shuffled = rehearse(arm, mechanism, seed, faults, order=order)
        moved = {name: array[:, order] for name, array in compiled.items()}
        _compare(mechanism, moved, shuffled, "the same runs in another order", faults)
    faults.raise_if_any()


def _check_declarations(m: Mechanism, faults: Faults) -> None:
    """Units, bounds, priors, evidence and sentences."""
    for port in m.declared():
        if not known(port.unit):
            faults.add(f"{m.name}.{port.name}: unit '{port.unit}' is not known")
        if not port.doc.strip():
            faults.add(f"{m.name}.{port.name} says nothing of itself", cure="give it a doc")
    for p in m.parameters:
        name = f"{m.name}.{p.name}"
        if not (math.isfinite(p.lower) and math.isfinite(p.upper) and p.lower < p.upper):
            faults.add(f"{name} has no finite bounds")
        elif not p.prior.is_fixed and p.prior.chance_below(p.upper) - p.prior.chance_below(p.lower) < 0.5:
            faults.add(f"{name}: most of its prior {p.prior} lies outside [{p.lower:g}, {p.upper:g}]")
        if not isinstance(p.evidence, (Source, Judgement)) or len(str(p.evidence)) < 5:
            faults.add(f"{name} has neither a source nor a stated judgement")
    if not m.states:
        faults.add(f"'{m.name}' has no state")


def _check_uses(m: Mechanism, faults: Faults) -> None:
    """Every port that is declared is used by the module's code."""
    text = inspect.getsource(sys.modules[m.settle.__module__])
    views = {"now": ("now", "next"), "p": ("p",), "u": ("u",), "out": ("out",), "inflow": ("inflow",)}
    for view, fields in m.views().items():
        for field in fields if view in views else ():
            if field in ("day", "dt", "seed", "runs", "step"):
                continue
            if not re.search(rf"\b({'|'.join(views[view])})\.{field}\b|['\"]{field}['\"]: ", text):
                faults.add(f"'{m.name}' declares {field} ({view}) and never uses it")


def small_arm(mechanism: Mechanism, facts: Mapping[str, Any]) -> Arm:
    """The mechanism alone, in a case with three labels on each axis."""
    axes = {axis for port in mechanism.laid_out() for axis in port.dims}
    foreign = sorted(axes - set(mechanism.sizes))
    coordinates = {axis: tuple(f"{axis} {i}" for i in range(LABELS)) for axis in foreign}
    given = {}
    for fact in mechanism.facts:
        low = fact.lower if math.isfinite(fact.lower) else 0.0
        high = fact.upper if math.isfinite(fact.upper) else max(1000.0, low)
        shape = tuple(LABELS for _ in fact.dims)
        made = np.random.default_rng(len(fact.name)).uniform(low, high, shape)
        made = np.rint(made) if high <= 1 else made
        given[f"{mechanism.name}.{fact.name}"] = np.asarray(facts.get(fact.name, made))
    return connect("base", [mechanism], coordinates, given, {})


def rehearse(
    arm: Arm, m: Mechanism, seed: int, faults: Faults, plain: bool = False, order: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Some steps under random neighbours: readable states by (step, run, *dims).

    `plain` runs the Python of push and settle instead of what was compiled; `order` lays the runs out
    otherwise.
    """
    runs = np.arange(RUNS) if order is None else np.asarray(order)
    rng = np.random.default_rng(seed)
    values = {
        name: arm.priors[name].quantile(rng.random(RUNS), p.lower, p.upper)[runs]
        for name, p in arm.parameters().items()
    }
    world = World(arm, values, runs, seed)
    shown = [s for s in m.states if not s.private]
    kept: dict[str, list[np.ndarray]] = {s.name: [] for s in shown}
    for step in range(STEPS):
        feed = {r.name: _made_up(_owner(r.name), rng, arm.shape(r.dims))[runs] for r in m.reads}
        pushed = {f"{m.name}.{i.name}": _inflow(i, rng, arm.shape(i.dims))[runs] for i in m.inlets}
        for s in shown:
            world.ahead[f"{m.name}.{s.name}"][...] = _UNSET if s.dtype is not np.float64 else np.nan
        world.rehearse(m, step, DT, feed, pushed, plain)
        for s in shown:
            array = world.states[f"{m.name}.{s.name}"].copy()
            _check_state(m, s, array, step, faults)
            kept[s.name].append(array)
    return {name: np.stack(arrays) for name, arrays in kept.items()}


def _owner(name: str) -> State | None:
    """The declaration of a foreign state, when its mechanism is installed."""
    owner, _, state = name.partition(".")
    try:
        return next((s for s in registry.find_mechanism(owner).states if s.name == state), None)
    except DiarchyError:
        return None


def _made_up(state: State | None, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values that a foreign state may take, extremes included."""
    size = (RUNS, *shape)
    if state is not None and state.levels:
        return rng.integers(0, len(state.levels), size)
    low = state.lower if state is not None and math.isfinite(state.lower) else 0.0
    if state is not None and not math.isfinite(state.upper) and state.unit != "1":
        wide = low + rng.exponential(10.0 ** rng.uniform(0, 5), size) * rng.integers(0, 2, size)
        return np.rint(wide).astype(np.int64) if state.whole else wide
    high = state.upper if state is not None and math.isfinite(state.upper) else 1.0
    return np.clip(rng.uniform(low - 0.2, high + 0.2, size), low, high)


def _inflow(inlet: Inlet, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """What may have been pushed: up to 1 where the greatest counts, a few where it adds up."""
    size = (RUNS, *shape)
    there = rng.integers(0, 2, size)
    return there * (rng.random(size) if inlet.combine == "max" else rng.exponential(1.0, size))


def _check_state(m: Mechanism, s: State, array: np.ndarray, step: int, faults: Faults) -> None:
    """Written, finite, within bounds."""
    where = f"{m.name}.{s.name} in step {step}"
    unset = array == _UNSET if s.dtype is not np.float64 else np.isnan(array)
    if np.any(unset):
        faults.add(
            f"{where}: not written, or not a number", cure="settle must write every cell of every state"
        )
    elif np.any(array < s.lower) or np.any(array > s.upper):
        faults.add(f"{where}: {array.min():g} to {array.max():g}, outside [{s.lower:g}, {s.upper:g}]")


def _compare(m: Mechanism, one: Mapping, two: Mapping, what: str, faults: Faults) -> None:
    """Bit for bit."""
    for name, array in one.items():
        if not np.array_equal(array, two[name], equal_nan=True):
            faults.add(f"{m.name}.{name} differs between the compiled run and {what}")
