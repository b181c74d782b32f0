"""Advance one block of runs: knows arrays, knows no politics.

Python over steps, compiled code over runs. Each step: empty the inlets, let every mechanism push from the states at
the start of the step, let every mechanism settle its own, check, record. Nothing here depends on how runs are cut
into blocks: all luck is keyed by run number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from diarchy.errors import Faults, ModelError
from diarchy.mechanism import COMBINE, Mechanism, Push, Read, State
from diarchy.model import Arm, Calendar
from diarchy.randomness import fill_uniforms, stream_of

#: Status of a run that went well; others are one plus the index of the state that went wrong.
FINE = 0


@dataclass(frozen=True)
class Block:
    """What one block of runs left behind.

    Parameters
    ----------
    records : qualified state -> (run, time, *dims).
    status : (run,) 0, or one plus the place in `watched` of the first state that left its bounds or was not finite.
    failed_at : (run,) the first offending step, -1 if none.
    watched : qualified states in the order of the status codes.
    """

    records: dict[str, np.ndarray]
    status: np.ndarray
    failed_at: np.ndarray
    watched: tuple[str, ...]


@numba.njit(cache=True)
def _watch(cells, lower, upper, code, step, status, failed_at):
    """Mark runs with a cell of `cells` (run, cell) that is not within its bounds; NaN is not within any."""
    for r in range(cells.shape[0]):
        if status[r] == FINE:
            for c in range(cells.shape[1]):
                if not lower <= cells[r, c] <= upper:
                    status[r] = code
                    failed_at[r] = step
                    break


class _Wires:
    """The arrays of one block, and the views that each mechanism has of them."""

    def __init__(self, arm: Arm, values: Mapping[str, np.ndarray], runs: np.ndarray):
        self.arm, self.runs = arm, runs
        self.states: list[dict[str, np.ndarray]] = [{}, {}]  # at the start, at the end of a step; then swapped
        self.inlets = {name: self._array(inlet.dims) for name, inlet in arm.inlets().items()}
        self.identity = {name: COMBINE[inlet.combine] for name, inlet in arm.inlets().items()}
        self.nowhere: dict[tuple[str, str], np.ndarray] = {}
        self.params: dict[str, Any] = {}
        for m in arm.mechanisms:
            self._begin(m, values)

    def _array(self, dims: Sequence[str], dtype: type = np.float64) -> np.ndarray:
        return np.zeros((len(self.runs), *self.arm.shape(dims)), dtype)

    def _begin(self, m: Mechanism, values: Mapping[str, np.ndarray]) -> None:
        """Parameters, facts, derived constants and initial states of one mechanism."""
        given: dict[str, Any] = {p.name: values[f"{m.name}.{p.name}"] for p in m.parameters}
        given |= {f.name: self.arm.facts[f"{m.name}.{f.name}"] for f in m.facts}
        blank = {d.name: self._array(d.dims) for d in m.derived}
        started = m.start(m.view("p")(**given, **blank)) if m.start else {}
        for d in m.derived:
            blank[d.name][...] = started.pop(d.name)
        self.params[m.name] = m.view("p")(**given, **blank)
        for state in m.states:
            first = self._array(state.dims, state.dtype)
            first[...] = started.pop(state.name) if state.initial is None else state.initial
            self.states[0][f"{m.name}.{state.name}"] = first
            self.states[1][f"{m.name}.{state.name}"] = first if state.private else first.copy()
        if started:
            raise ModelError(f"{m.name}.start gives {', '.join(started)}, which it does not declare to start")

    def empty(self) -> None:
        """Empty the inlets to the identity of how they combine."""
        for name, array in self.inlets.items():
            array.fill(self.identity[name])

    def now(self, m: Mechanism, side: int, day: float, dt: float) -> Any:
        """A mechanism's view of the start of the step."""
        own = [self.states[side][f"{m.name}.{s.name}"] for s in m.states]
        return m.view("now")(*own, *(self._read(m, read, side) for read in m.reads), day, dt)

    def _read(self, m: Mechanism, read: Read, side: int) -> np.ndarray:
        """A foreign state, or what to read instead when its owner is not there."""
        if read.name in self.states[side]:
            return self.states[side][read.name]
        key = (m.name, read.name)
        if key not in self.nowhere:
            self.nowhere[key] = self._array(read.dims) + read.otherwise
        return self.nowhere[key]

    def out(self, m: Mechanism) -> Any:
        """Where a mechanism pushes; a target that is not there gets a scratch array."""
        return m.view("out")(*(self._target(m, push) for push in m.pushes))

    def _target(self, m: Mechanism, push: Push) -> np.ndarray:
        """The inlet, or an array that nobody reads when its owner is not there."""
        if push.name in self.inlets:
            return self.inlets[push.name]
        key = (m.name, push.name)
        if key not in self.nowhere:
            self.nowhere[key] = self._array(push.dims)
        return self.nowhere[key]

    def inflow(self, m: Mechanism) -> Any:
        """What was pushed to a mechanism."""
        return m.view("inflow")(*(self.inlets[f"{m.name}.{i.name}"] for i in m.inlets))

    def next(self, m: Mechanism, side: int) -> Any:
        """Where a mechanism writes the end of the step."""
        return m.view("next")(*(self.states[1 - side][f"{m.name}.{s.name}"] for s in m.states))


class _Luck:
    """The uniforms of one mechanism: arrays to fill each step, stream numbers for keyed draws."""

    def __init__(self, m: Mechanism, arm: Arm, seed: int, runs: np.ndarray):
        self.seed, self.runs, self.view = np.uint64(seed), runs, m.view("u")
        self.streams = [np.uint64(stream_of(f"{m.name}.{d.name}")) for d in m.draws]
        self.arrays = [None if d.keyed else np.zeros((len(runs), *arm.shape(d.dims))) for d in m.draws]

    def at(self, step: int) -> Any:
        """The view of one step."""
        for stream, array in zip(self.streams, self.arrays, strict=True):
            if array is not None:
                fill_uniforms(self.seed, stream, self.runs, step, array.reshape(len(self.runs), -1))
        filled = [s if a is None else a for s, a in zip(self.streams, self.arrays, strict=True)]
        return self.view(*filled, self.seed, self.runs, step)


def advance(
    arm: Arm,
    calendar: Calendar,
    values: Mapping[str, np.ndarray],
    runs: Sequence[int] | np.ndarray,
    seed: int,
    record: Sequence[str],
) -> Block:
    """Run some futures of one arm from start to end.

    Parameters
    ----------
    arm, calendar : what to run, and when.
    values : qualified parameter -> (run,) [its unit], aligned with `runs`.
    runs : run numbers; they key the luck.
    seed : the ensemble's seed.
    record : qualified states to keep, at every step from 0 to the end.

    Returns
    -------
    Block : records by (run, time, *dims), and the status of each run.
    """
    runs = np.asarray(runs, dtype=np.int64)
    wires = _Wires(arm, values, runs)
    luck = {m.name: _Luck(m, arm, seed, runs) for m in arm.mechanisms}
    watch = _Watch(arm, len(runs))
    records = _Records(arm, record, calendar, len(runs))
    records.keep(wires.states[0], 0)
    side = 0
    for step in range(calendar.steps):
        _step(arm, wires, luck, side, step, calendar.step)
        side = 1 - side
        watch.look(wires.states[side], step)
        records.keep(wires.states[side], step + 1)
    return Block(records.arrays, watch.status, watch.failed_at, tuple(watch.states))


def _push(arm: Arm, wires: _Wires, luck: Mapping[str, _Luck], side: int, step: int, dt: float) -> dict[str, Any]:
    """Everybody pushes from yesterday; what each saw and drew is given back for settling."""
    seen = {}
    for m in arm.mechanisms:
        now, params, drawn = wires.now(m, side, step * dt, dt), wires.params[m.name], luck[m.name].at(step)
        seen[m.name] = (now, params, drawn)
        if m.push is not None:
            m.push(now, params, drawn, wires.out(m))
    return seen


def _step(arm: Arm, wires: _Wires, luck: Mapping[str, _Luck], side: int, step: int, dt: float) -> None:
    """One step of all mechanisms: everybody pushes from yesterday, then each settles its own today."""
    wires.empty()
    seen = _push(arm, wires, luck, side, step, dt)
    for m in arm.mechanisms:
        m.settle(*seen[m.name], wires.inflow(m), wires.next(m, side))


class _Watch:
    """Checks that every readable state stays finite and within its bounds."""

    def __init__(self, arm: Arm, count: int):
        self.states: dict[str, State] = arm.states()
        self.status = np.zeros(count, dtype=np.int64)
        self.failed_at = np.full(count, -1, dtype=np.int64)

    def look(self, states: Mapping[str, np.ndarray], step: int) -> None:
        """Check the end of one step."""
        for code, (name, state) in enumerate(self.states.items(), start=FINE + 1):
            cells = states[name].reshape(len(self.status), -1)
            low, high = max(state.lower, -1e300), min(state.upper, 1e300)
            _watch(cells, low, high, code, step, self.status, self.failed_at)


class _Records:
    """Keeps the states that were asked for."""

    def __init__(self, arm: Arm, names: Sequence[str], calendar: Calendar, count: int):
        states, faults = arm.states(), Faults(ModelError)
        for name in names:
            if name not in states and arm.has(name.partition(".")[0]):
                faults.add(f"'{name}' cannot be recorded: no readable state of that name")
        faults.raise_if_any()
        self.arrays = {
            name: np.zeros((count, calendar.steps + 1, *arm.shape(states[name].dims)), states[name].dtype)
            for name in names
            if name in states
        }

    def keep(self, states: Mapping[str, np.ndarray], time: int) -> None:
        """Copy the states of one moment."""
        for name, array in self.arrays.items():
            array[:, time] = states[name]


def first_state(arm: Arm, values: Mapping[str, np.ndarray]) -> dict[str, list[str]]:
    """What the mechanisms say against the initial state of one run: mechanism -> reasons to refuse the case.

    Every mechanism has pushed once, so `vet` sees what day 0 brings: a price shock that is already there, for one.
    """
    wires = _Wires(arm, values, np.zeros(1, dtype=np.int64))
    luck = {m.name: _Luck(m, arm, 0, wires.runs) for m in arm.mechanisms}
    wires.empty()
    _push(arm, wires, luck, 0, 0, 0.0)
    return {
        m.name: m.vet(wires.now(m, 0, 0.0, 0.0), wires.params[m.name], wires.inflow(m))
        for m in arm.mechanisms
        if m.vet
    }
