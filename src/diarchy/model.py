"""Wire mechanisms into a model; refuse what does not fit, all faults at once.

An `Arm` is one composition ready to run: mechanisms in canonical order, labelled axes, facts as arrays, a
prior for each parameter. A `Model` is the arms of one scenario on one calendar: the base world and its
variants.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from diarchy.errors import Faults, ModelError, nearest
from diarchy.mechanism import COMBINE, Inlet, Mechanism, Parameter, State
from diarchy.prior import Prior
from diarchy.randomness import stream_of

#: Joins the names of a world and of what it is taken without: 'orbit+no-invitation' stands beside 'orbit', so
#: that a difference between the two can be told under a rival hypothesis. It is no world of its own.
BESIDE = "+"


def is_beside(arm: str) -> bool:
    """Whether an arm only stands beside another one.

    >>> is_beside("orbit+no-invitation"), is_beside("no-invitation")
    (True, False)
    """
    return BESIDE in arm


@dataclass(frozen=True)
class Calendar:
    """When a run starts, how long it lasts and in what steps.

    Parameters
    ----------
    start : the date on which day 0 begins; nothing later is known to the run.
    step : [day] length of a step.
    steps : number of steps.
    """

    start: dt.date
    step: float
    steps: int

    @property
    def days(self) -> np.ndarray:
        """Days since the start at which states are known: (steps + 1,) [day]."""
        return np.arange(self.steps + 1) * self.step


@dataclass(frozen=True)
class Arm:
    """One wired composition.

    Parameters
    ----------
    name : name of the variant; 'base' is the world as it is.
    mechanisms : in order of their names, so that listing order cannot matter.
    coordinates : axis -> labels, for the axes of the case.
    sizes : axis -> length, for all axes, those of the mechanisms' own included.
    facts : qualified name -> array of shape (*dims).
    priors : qualified parameter -> prior.
    """

    name: str
    mechanisms: tuple[Mechanism, ...]
    coordinates: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, int]
    facts: Mapping[str, np.ndarray]
    priors: Mapping[str, Prior]

    def shape(self, dims: Sequence[str]) -> tuple[int, ...]:
        """The lengths of some axes."""
        return tuple(self.sizes[d] for d in dims)

    def has(self, name: str) -> bool:
        """Whether a mechanism is there."""
        return any(m.name == name for m in self.mechanisms)

    @property
    def bytes_per_run(self) -> int:
        """[byte] of all states of one run, those that are read twice over: yesterday's and today's."""
        sizes = (
            (math.prod(self.shape(s.dims)) * np.dtype(s.dtype).itemsize, 1 if s.private else 2)
            for m in self.mechanisms
            for s in m.states
        )
        return sum(size * copies for size, copies in sizes)

    def states(self) -> dict[str, State]:
        """All states that can be read, by qualified name."""
        return {f"{m.name}.{s.name}": s for m in self.mechanisms for s in m.states if not s.private}

    def inlets(self) -> dict[str, Inlet]:
        """All inlets by qualified name."""
        return {f"{m.name}.{i.name}": i for m in self.mechanisms for i in m.inlets}

    def parameters(self) -> dict[str, Parameter]:
        """All parameters by qualified name."""
        return {f"{m.name}.{p.name}": p for m in self.mechanisms for p in m.parameters}


@dataclass(frozen=True)
class Model:
    """The arms of a scenario on one calendar; every arm shares axes, calendar and luck."""

    calendar: Calendar
    arms: Mapping[str, Arm]
    notes: tuple[str, ...] = field(default=())

    def __reduce__(self):  # a mapping proxy does not pickle; workers get a plain copy
        return (Model, (self.calendar, dict(self.arms), self.notes))

    @property
    def worlds(self) -> Model:
        """The model without arms that only stand beside others: what there is to tell people of."""
        return replace(self, arms={name: arm for name, arm in self.arms.items() if not is_beside(name)})

    def parameters(self) -> dict[str, Parameter]:
        """Parameters of any arm by qualified name, sorted."""
        found = {name: p for arm in self.arms.values() for name, p in arm.parameters().items()}
        return dict(sorted(found.items()))


def connect(
    name: str,
    mechanisms: Sequence[Mechanism],
    coordinates: Mapping[str, tuple[str, ...]],
    facts: Mapping[str, np.ndarray],
    priors: Mapping[str, Prior],
    sizes: Mapping[str, int] = MappingProxyType({}),
    where: Mapping[str, str] = MappingProxyType({}),
) -> Arm:
    """Compose mechanisms into one arm.

    Parameters
    ----------
    name : the arm's name.
    mechanisms : in any order.
    coordinates : labelled axes of the case.
    facts, priors : by qualified name; a parameter without a prior takes its declared one.
    sizes : lengths of mechanisms' own axes, by ``mechanism.axis``, where they differ from the declared ones.
    where : qualified name -> ``file:line``, to point faults at.

    Raises
    ------
    ModelError : every fault found.
    """
    faults = Faults(ModelError)
    ordered = tuple(sorted(mechanisms, key=lambda m: m.name))
    for twice in sorted({m.name for m in ordered if sum(o.name == m.name for o in ordered) > 1}):
        faults.add(f"mechanism '{twice}' is listed twice")
    lengths = _lengths(ordered, coordinates, sizes, faults, where)
    arm = Arm(name, ordered, dict(coordinates), lengths, dict(facts), _priors(ordered, priors, faults, where))
    _check_axes(arm, faults)
    _check_wires(arm, faults)
    if not faults.found:
        arm = Arm(name, ordered, dict(coordinates), lengths, _facts(arm, faults, where), arm.priors)
    faults.raise_if_any()
    return arm


def _lengths(mechanisms, coordinates, sizes, faults, where) -> dict[str, int]:
    """Length of each axis; own axes may be resized by the scenario."""
    lengths = {axis: len(labels) for axis, labels in coordinates.items()}
    own = {f"{m.name}.{axis}": n for m in mechanisms for axis, n in m.sizes.items()}
    for key in sizes:
        if key not in own:
            faults.add(f"no axis '{key}'", where.get(key, ""), ", ".join(own) or "none", nearest(key, own))
    products: dict[str, tuple[str, ...]] = {}
    for key, declared in own.items():
        axis = key.partition(".")[2]
        if axis in lengths:
            faults.add(f"axis '{axis}' is declared by '{key}' and by another mechanism or the case")
        if isinstance(declared, tuple):
            products[axis] = declared
        else:
            lengths[axis] = int(sizes.get(key, declared))
    return lengths | {axis: math.prod(lengths[part] for part in parts) for axis, parts in products.items()}


def _priors(mechanisms, priors, faults, where) -> dict[str, Prior]:
    """A prior for each parameter, checked against its bounds."""
    declared = {f"{m.name}.{p.name}": p for m in mechanisms for p in m.parameters}
    for key in priors:
        if key not in declared:
            owner = key.partition(".")[0]
            if owner in {m.name for m in mechanisms}:
                known = [k for k in declared if k.startswith(owner + ".")]
                faults.add(f"no parameter '{key}'", where.get(key, ""), near=nearest(key, declared),
                           allowed=", ".join(known))  # fmt: skip
            elif not where.get(key, "").startswith("dropped"):
                faults.add(f"'{key}' is of no mechanism of this scenario", where.get(key, ""),
                           near=nearest(key, declared))  # fmt: skip
    chosen = {}
    for key, parameter in declared.items():
        prior = priors.get(key, parameter.prior)
        try:
            prior.quantile(0.5, parameter.lower, parameter.upper)
        except ValueError as error:
            allowed = f"[{parameter.lower:g}, {parameter.upper:g}] {parameter.unit}"
            faults.add(f"{key}: {error}", where.get(key, ""), allowed)
        chosen[key] = prior
    return chosen


def _check_axes(arm: Arm, faults: Faults) -> None:
    """Every declared axis must be of the case or of a mechanism."""
    for m in arm.mechanisms:
        for port in m.laid_out():
            for axis in port.dims:
                if axis not in arm.sizes:
                    faults.add(f"{m.name}.{port.name} is laid out by '{axis}', which the case does not have",
                               allowed=", ".join(arm.coordinates), near=nearest(axis, arm.sizes),
                               cure=f"give the case a dimension '{axis}'")  # fmt: skip


def _check_wires(arm: Arm, faults: Faults) -> None:
    """Reads and pushes must meet what their owners declare; streams must not collide."""
    states, inlets = arm.states(), arm.inlets()
    for m in arm.mechanisms:
        for read in m.reads:
            owner = read.name.partition(".")[0]
            if read.name in states and states[read.name].dims != read.dims:
                faults.add(f"'{m.name}' reads {read.name} by {read.dims}, it is by {states[read.name].dims}")
            elif read.name not in states and arm.has(owner):
                faults.add(f"'{m.name}' reads {read.name}, which '{owner}' does not have",
                           near=nearest(read.name, states))  # fmt: skip
            elif read.name in states and states[read.name].dtype is not read.dtype:
                wanted, there = read.dtype.__name__, states[read.name].dtype.__name__
                faults.add(f"'{m.name}' reads {read.name} as {wanted}, it is {there}")
            elif read.name not in states and read.otherwise is None:
                faults.add(f"'{m.name}' needs {read.name}, and mechanism '{owner}' is not in this arm",
                           cure=f"add '{owner}', or drop '{m.name}' too")  # fmt: skip
        for push in m.pushes:
            owner = push.name.partition(".")[0]
            if push.name in inlets and inlets[push.name].dims != push.dims:
                faults.add(f"'{m.name}' pushes {push.name} by {push.dims}, it is by {inlets[push.name].dims}")
            elif arm.has(owner) and push.name not in inlets:
                faults.add(f"'{m.name}' pushes to {push.name}, which '{owner}' does not have",
                           near=nearest(push.name, inlets))  # fmt: skip
        for inlet in m.inlets:
            if inlet.combine not in COMBINE:
                faults.add(f"{m.name}.{inlet.name} combines by '{inlet.combine}'", allowed=", ".join(COMBINE))
    streams: dict[int, str] = {}
    for name in (f"{m.name}.{d.name}" for m in arm.mechanisms for d in m.draws):
        other = streams.setdefault(stream_of(name), name)
        if other != name:
            faults.add(f"draws {other} and {name} fall on one random stream", cure="rename one of them")


def _facts(arm: Arm, faults: Faults, where: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Facts as arrays of the declared shape, finite and within bounds."""
    given, chosen = dict(arm.facts), {}
    for m in arm.mechanisms:
        for fact in m.facts:
            key, shape = f"{m.name}.{fact.name}", arm.shape(fact.dims)
            if key not in given and fact.default is None:
                missing = f"the case gives no {key} ({fact.doc}) [{fact.unit}]"
                faults.add(missing, cure=f"add it under facts: {key}")
                continue
            array = np.asarray(given.pop(key, np.full(shape, fact.default)), dtype=float)
            if array.shape != shape:
                faults.add(f"{key} has shape {array.shape}, expected {shape}", where.get(key, ""))
            elif not np.all((array >= fact.lower) & (array <= fact.upper)):
                bad = array[~((array >= fact.lower) & (array <= fact.upper))].flat[0]
                allowed = f"[{fact.lower:g}, {fact.upper:g}] {fact.unit}"
                faults.add(f"{key} holds {bad:g}, out of bounds", where.get(key, ""), allowed)
            chosen[key] = array
    names = [f"{m.name}.{f.name}" for m in arm.mechanisms for f in m.facts]
    for key in given:
        if arm.has(key.partition(".")[0]):
            faults.add(f"no fact '{key}'", where.get(key, ""), near=nearest(key, names))
    return chosen
