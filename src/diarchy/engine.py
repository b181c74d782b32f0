"""Advance one block of runs: knows arrays, knows no politics.

Python over steps, compiled code over runs. Each step: empty the inlets, let every mechanism push from the
states at the start of the step, let every mechanism settle its own, check, record. Nothing here depends on
how runs are cut into blocks: all luck is keyed by run number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.errors import Faults, ModelError
from diarchy.jit import jit
from diarchy.mechanism import COMBINE, Mechanism, Push, Read, State, as_python, machine_code
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
    status : (run,) 0, or one plus the place in `watched` of the first state out of bounds or not finite.
    failed_at : (run,) the first offending step, -1 if none.
    watched : qualified states in the order of the status codes.
    """

    records: dict[str, np.ndarray]
    status: np.ndarray
    failed_at: np.ndarray
    watched: tuple[str, ...]


@jit
def _all_within(cells, lower, upper):
    """Whether all of `cells` (run x cell,) are within bounds; no way out early, so many are seen at once."""
    outside = 0
    for c in range(cells.shape[0]):
        outside += not lower <= cells[c] <= upper
    return outside == 0


@jit
def _watch(cells, lower, upper, code, step, status, failed_at):
    """Mark runs with a cell of `cells` (run, cell) that is not within its bounds; NaN is not within any."""
    for r in range(cells.shape[0]):
        if status[r] == FINE:
            for c in range(cells.shape[1]):
                if not lower <= cells[r, c] <= upper:
                    status[r] = code
                    failed_at[r] = step
                    break


class World:
    """The arrays of one block of runs, and the views that each mechanism has of them.

    Parameters
    ----------
    arm : what is composed.
    values : qualified parameter -> (run,).
    runs : run numbers; with `seed` they key the luck.
    """

    def __init__(self, arm: Arm, values: Mapping[str, np.ndarray], runs: np.ndarray, seed: int):
        self.arm, self.runs, self.seed = arm, np.asarray(runs, dtype=np.int64), seed
        self.states: dict[str, np.ndarray] = {}  # at the start of the step
        self.ahead: dict[str, np.ndarray] = {}  # at its end; then the two are swapped
        self.inlets = {name: self._array(inlet.dims) for name, inlet in arm.inlets().items()}
        self.identity = {name: COMBINE[inlet.combine] for name, inlet in arm.inlets().items()}
        self.nowhere: dict[tuple[str, str], np.ndarray] = {}
        self.bundles: dict[
            tuple[str, str, int], Any
        ] = {}  # views made once: making one costs more than a step
        self.codes: dict[tuple[str, str], Callable[..., None]] = {}  # machine code for views of these types
        self.params = {m.name: self._begin(m, values) for m in arm.mechanisms}
        self.luck = {m.name: _Luck(m, arm, seed, self.runs) for m in arm.mechanisms}

    def _array(self, dims: Sequence[str], dtype: type = np.float64) -> np.ndarray:
        """Zeros by run and some axes."""
        return np.zeros((len(self.runs), *self.arm.shape(dims)), dtype)

    def _begin(self, m: Mechanism, values: Mapping[str, np.ndarray]) -> Any:
        """Initial states of one mechanism; returns its parameters, facts and derived constants."""
        given: dict[str, Any] = {p.name: values[f"{m.name}.{p.name}"] for p in m.parameters}
        for f in m.facts:
            fact = self.arm.facts[f"{m.name}.{f.name}"]
            given[f.name] = np.ascontiguousarray(fact) if f.dims else float(fact)  # one layout, compiled once
        given |= {d.name: self._array(d.dims) for d in m.derived}
        started = m.start(m.view("p")(**given)) if m.start else {}
        for d in m.derived:
            given[d.name][...] = started.pop(d.name)
        for state in m.states:
            first = self._array(state.dims, state.dtype)
            first[...] = started.pop(state.name) if state.initial is None else state.initial
            self.states[f"{m.name}.{state.name}"] = first
            self.ahead[f"{m.name}.{state.name}"] = first if state.private else first.copy()
        if started:
            raise ModelError(f"{m.name}.start gives {', '.join(started)}, which it does not declare to start")
        return m.view("p")(**given)

    def _forget(self) -> None:
        """Forget all views: arrays may be others than before."""
        self.bundles.clear()
        self.codes.clear()

    def _bundle(self, m: Mechanism, which: str, make: Callable[[], Any]) -> Any:
        """What `make` makes, once for each of the two places that the start of a step takes turns to have."""
        key = (m.name, which, id(self.states))
        if key not in self.bundles:
            self.bundles[key] = make()
        return self.bundles[key]

    def now(self, m: Mechanism, day: float, dt: float) -> Any:
        """A mechanism's view of the start of the step."""

        def arrays() -> Any:
            own = [self.states[f"{m.name}.{s.name}"] for s in m.states]
            return m.view("now"), (*own, *(self._foreign(m, read) for read in m.reads))

        view, taken = self._bundle(m, "now", arrays)
        return view(*taken, day, dt)

    def _foreign(self, m: Mechanism, port: Read | Push) -> np.ndarray:
        """A foreign state or inlet; without its owner, what to read instead, or where pushes go unread."""
        found = self.states.get(port.name) if isinstance(port, Read) else self.inlets.get(port.name)
        if found is None:
            key = (m.name, port.name)
            if key not in self.nowhere:
                self.nowhere[key] = self._array(port.dims, port.dtype)
                self.nowhere[key] += port.dtype(port.otherwise)
            found = self.nowhere[key]
        return found

    def inflow(self, m: Mechanism) -> Any:
        """What was pushed to a mechanism."""
        pushed = self.inlets
        return self._bundle(
            m, "inflow", lambda: m.view("inflow")(*(pushed[f"{m.name}.{i.name}"] for i in m.inlets))
        )

    def _out(self, m: Mechanism) -> Any:
        """The inlets of others that a mechanism pushes to."""
        return self._bundle(m, "out", lambda: m.view("out")(*(self._foreign(m, push) for push in m.pushes)))

    def push(self, step: int, dt: float) -> dict[str, Any]:
        """Everybody pushes from the start of the step; gives back what each saw and drew, for settling."""
        for name, array in self.inlets.items():
            array.fill(self.identity[name])
        seen = {m.name: self._sight(m, step, dt) for m in self.arm.mechanisms}
        for m in self.arm.mechanisms:
            if m.push is not None:
                self._call(m, "push", m.push, *seen[m.name], self._out(m))
        return seen

    def _call(self, m: Mechanism, which: str, function: Callable[..., None], *views: Any) -> None:
        """Call a mechanism's function with views; their types are asked for once, and not at each step."""
        code = self.codes.get((m.name, which))
        if code is None:
            code = self.codes[m.name, which] = machine_code(function, views)
        code(*views)

    def _sight(self, m: Mechanism, step: int, dt: float) -> tuple[Any, Any, Any]:
        """State, parameters and luck of one mechanism at one step."""
        return self.now(m, step * dt, dt), self.params[m.name], self.luck[m.name].at(step)

    def step(self, step: int, dt: float) -> None:
        """One step of all mechanisms: everybody pushes from yesterday, then each settles its own today."""
        seen = self.push(step, dt)
        for m in self.arm.mechanisms:
            self._call(m, "settle", m.settle, *seen[m.name], self.inflow(m), self._next(m))
        self.states, self.ahead = self.ahead, self.states

    def saved(self) -> dict[str, np.ndarray]:
        """A copy of all states, private ones too: enough to go on from (`load`), since luck has no memory."""
        return {name: array.copy() for name, array in self.states.items()}

    def load(self, states: Mapping[str, np.ndarray]) -> None:
        """Take over the states of a `saved` world with the same mechanisms, axes and runs."""
        for name, array in self.states.items():
            array[...] = states[name]

    def take(self, places: np.ndarray, runs: np.ndarray) -> None:
        """Go on with some of the runs, each as often as it is named, under the luck of new run numbers.

        Parameters
        ----------
        places : (run,) where in this block each new run comes from.
        runs : (run,) numbers that key the luck from here on; where two copies of one run shall part, they
            must differ.
        """
        self.runs = np.asarray(runs, dtype=np.int64)
        self._forget()
        for name, array in self.states.items():
            private = self.ahead[name] is array
            self.states[name] = array[places]
            self.ahead[name] = self.states[name] if private else array[places]
        for key, array in self.nowhere.items():
            self.nowhere[key] = array[places]
        self.inlets = {name: self._array(inlet.dims) for name, inlet in self.arm.inlets().items()}
        for m in self.arm.mechanisms:
            by_run = {p.name for p in m.parameters} | {d.name for d in m.derived}
            view = self.params[m.name]
            picked = {f: v[places] if f in by_run else v for f, v in view._asdict().items()}
            self.params[m.name] = m.view("p")(**picked)
            self.luck[m.name] = _Luck(m, self.arm, self.seed, self.runs)

    def _next(self, m: Mechanism) -> Any:
        """Where a mechanism writes the end of the step."""
        ahead = self.ahead
        return self._bundle(
            m, "next", lambda: m.view("next")(*(ahead[f"{m.name}.{s.name}"] for s in m.states))
        )

    def rehearse(
        self, m: Mechanism, step: int, dt: float, feed: Mapping, pushed: Mapping, plain: bool
    ) -> None:
        """One step of one mechanism alone, under given foreign states and inflows; `plain`: as Python."""
        self._forget()  # what is fed and where pushes go may be other arrays than before
        for name, array in feed.items():
            self.nowhere[m.name, name] = array
        for name, array in pushed.items():
            self.inlets[name][...] = array
        seen = self._sight(m, step, dt)
        push, settle = m.push, m.settle
        if plain:
            push, settle = push and as_python(push), as_python(settle)
        if push is not None:
            push(*seen, self._out(m))
        settle(*seen, self.inflow(m), self._next(m))
        self.states, self.ahead = self.ahead, self.states
        self._forget()


class _Luck:
    """The uniforms of one mechanism: arrays to fill each step, stream numbers for keyed draws."""

    def __init__(self, m: Mechanism, arm: Arm, seed: int, runs: np.ndarray):
        self.seed, self.runs, self.view = np.uint64(seed), runs, m.view("u")
        self.streams = [np.uint64(stream_of(f"{m.name}.{d.name}")) for d in m.draws]
        arrays = [None if d.keyed else np.zeros((len(runs), *arm.shape(d.dims))) for d in m.draws]
        pairs = list(zip(self.streams, arrays, strict=True))
        self.flat = [(stream, a.reshape(len(runs), -1)) for stream, a in pairs if a is not None]
        self.filled = tuple(stream if a is None else a for stream, a in pairs)

    def at(self, step: int) -> Any:
        """The view of one step."""
        for stream, cells in self.flat:
            fill_uniforms(self.seed, stream, self.runs, step, cells)
        return self.view(*self.filled, self.seed, self.runs, step)


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
    return go_on(World(arm, values, np.asarray(runs), seed), calendar.step, 0, calendar.steps, record)


def go_on(world: World, dt: float, first: int, last: int, record: Sequence[str]) -> Block:
    """Take a world from the start of one step to the start of another.

    Parameters
    ----------
    world : at the start of step `first`; it is moved.
    dt : [day] length of a step.
    first, last : numbers of steps.
    record : qualified states to keep, at every step from the one after `first` to `last`; from 0 on, the
        start too.

    Returns
    -------
    Block : records by (run, time, *dims), and the status of each run over these steps.
    """
    watch = _Watch(world.arm, len(world.runs))
    begin = first + 1 if first else 0
    records = _Records(world.arm, record, last + 1 - begin, len(world.runs))
    if first == 0:
        records.keep(world.states, 0)
    for step in range(first, last):
        world.step(step, dt)
        watch.look(world.states, step)
        records.keep(world.states, step + 1 - begin)
    return Block(records.arrays, watch.status, watch.failed_at, tuple(watch.states))


class _Watch:
    """Checks that every readable state stays finite and within its bounds."""

    def __init__(self, arm: Arm, count: int):
        self.states: dict[str, State] = arm.states()
        self.cells: dict[
            int, list[tuple[Any, ...]]
        ] = {}  # where to look, for each of the two sides of a world
        self.status = np.zeros(count, dtype=np.int64)
        self.failed_at = np.full(count, -1, dtype=np.int64)

    def look(self, states: Mapping[str, np.ndarray], step: int) -> None:
        """Check the end of one step."""
        if id(states) not in self.cells:
            self.cells[id(states)] = [
                (states[name].reshape(-1), max(state.lower, -1e300), min(state.upper, 1e300), code)
                for code, (name, state) in enumerate(self.states.items(), start=FINE + 1)
            ]
        for cells, low, high, code in self.cells[id(states)]:
            if not _all_within(cells, low, high):
                by_run = cells.reshape(len(self.status), -1)
                _watch(by_run, low, high, code, step, self.status, self.failed_at)


class _Records:
    """Keeps the states that were asked for."""

    def __init__(self, arm: Arm, names: Sequence[str], times: int, count: int):
        states, faults = arm.states(), Faults(ModelError)
        for name in names:
            if name not in states and arm.has(name.partition(".")[0]):
                faults.add(f"'{name}' cannot be recorded: no readable state of that name")
        faults.raise_if_any()
        self.arrays: dict[str, np.ndarray] = {
            name: np.zeros((times, count, *arm.shape(states[name].dims)), states[name].dtype).swapaxes(0, 1)
            for name in names
            if name in states
        }

    def keep(self, states: Mapping[str, np.ndarray], time: int) -> None:
        """Copy the states of one moment."""
        for name, array in self.arrays.items():
            array[:, time] = states[name]


def first_state(arm: Arm, values: Mapping[str, np.ndarray]) -> dict[str, list[str]]:
    """What the mechanisms say against the initial state of one run: mechanism -> reasons to refuse the case.

    Every mechanism has pushed once, so `vet` sees what day 0 brings: a price shock that is already there, for
    one.
    """
    world = World(arm, values, np.zeros(1, dtype=np.int64), seed=0)
    world.push(0, 0.0)
    return {
        m.name: m.vet(world.now(m, 0.0, 0.0), world.params[m.name], world.inflow(m))
        for m in arm.mechanisms
        if m.vet
    }
