"""One future played: what happened in it, step by step, and why, as far as it was recorded.

"Why" is what the model itself says: which states the acting mechanism looks at, what it saw one step before
(everybody reads the state at the start of a step), how that had moved within a day, and which of its
uncertain parameters lie far from the middle in this future. The rest is luck, and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.questions.question import Question
from diarchy.questions.vocabulary import StateWord
from diarchy.report.fans import HALF, SWITCHED, short
from diarchy.report.seen import Seen, Store, names_of

#: Things told of one future at most, and reasons told of one thing.
MOST_EVENTS, MOST_REASONS, MOST_UNUSUAL, MOST_JUMPS = 60, 3, 2, 4
#: A parameter is unusual beyond these shares of the futures.
_LOW, _HIGH = 0.1, 0.9
#: A share that moves by this much in one step has jumped.
_JUMP = 0.08
#: What has moved by less than this part of itself within a day is no reason.
_MOVED = 0.02


@dataclass(frozen=True)
class Event:
    """One thing that happens in a future.

    Parameters
    ----------
    step : place along the time axis.
    state : qualified state that shows it; empty for a question's event.
    mechanism : whose doing it is.
    text : what happens.
    sort : 'change', 'first', 'peak', 'jump' or 'question'.
    """

    step: int
    state: str
    mechanism: str
    text: str
    sort: str


class Future:
    """The recorded states of one future of one arm, at every recorded time."""

    def __init__(self, store: Store, seen: Seen, run: int, about: Mapping[str, Any] | None):
        self.store, self.seen, self.run, self.about = store, seen, run, about or {}
        data = store.results.data
        place = store.results.arms.index(seen.arm)
        self.times = np.asarray(data["time"].values, dtype=float)
        self.values = {
            name: np.asarray(
                data[name].isel(arm=place, run=run).transpose("time", *word.dims).values, dtype=float
            )
            for name, word in store.vocabulary.states.items()
            if name in seen.states
        }

    def doc(self, name: str) -> str:
        """A state in words."""
        return SWITCHED.sub("", str(self.store.attrs["states"][name]["doc"]))

    def names(self, name: str) -> list[str]:
        """The labels of a state's only axis as they are shown; one empty name without axes."""
        dims = self.store.vocabulary.states[name].dims
        if not dims:
            return [""]
        return names_of(self.about, dims[0], self.store.vocabulary.axes[dims[0]])

    def total(self, name: str) -> np.ndarray:
        """One number per time: people added up, shares and levels at their largest (time,)."""
        values, word = self.values[name], self.store.vocabulary.states[name]
        if not word.dims:
            return values
        flat = values.reshape(len(values), -1)
        return flat.max(axis=1) if word.unit == "1" else flat.sum(axis=1)


def play(store: Store, seen: Seen, run: int, about: Mapping[str, Any] | None) -> dict[str, Any]:
    """What happens in one future, and why.

    Parameters
    ----------
    store, seen : the store, and the pass over the arm.
    run : place along the run axis.
    about : what the case says of itself; without it there are no reasons.

    Returns
    -------
    dict : ``run`` (its number), ``events`` in the order of time, and ``unusual``: mechanism -> parameters far
        from the middle.
    """
    future = Future(store, seen, run, about)
    events = [e for name in future.values for e in _events(future, name)]
    events += _answered(future, store.questions)
    events.sort(key=lambda e: (e.step, e.sort != "question", e.state))
    unusual = _unusual(store, seen, run, about)
    return {
        "run": int(store.results.data["run"].values[run]),
        "events": [_told(future, event) for event in _limited(events)],
        "unusual": unusual,
    }


def _limited(events: Sequence[Event]) -> list[Event]:
    """At most `MOST_EVENTS`: jumps and later changes of the same state go first."""
    rank = {"question": 0, "first": 1, "peak": 1, "change": 2, "jump": 3}
    kept = sorted(range(len(events)), key=lambda i: (rank[events[i].sort], i))[:MOST_EVENTS]
    return [events[i] for i in sorted(kept)]


def _told(future: Future, event: Event) -> dict[str, Any]:
    """An event as JSON values, with its reasons."""
    return {
        "day": float(future.times[event.step]),
        "state": event.state,
        "mechanism": event.mechanism,
        "text": event.text,
        "sort": event.sort,
        "why": _reasons(future, event),
    }


def _events(future: Future, name: str) -> Iterator[Event]:
    """What one state shows."""
    word, values = future.store.vocabulary.states[name], future.values[name]
    if len(word.dims) > 1:
        return
    cells = values.reshape(len(values), -1)
    if word.levels:
        yield from (_firsts if word.dims == ("place",) else _changes)(future, name, cells, word)
    elif word.unit == "1" and np.isin(cells, (0.0, 1.0)).all():
        yield from (_spread if word.dims == ("place",) else _switches)(future, name, cells)
    elif word.unit == "1" and not word.dims:
        yield from _jumps(future, name, cells[:, 0])
    elif word.unit != "1":
        yield from _counts(future, name, cells)


def _owner(name: str) -> str:
    """The mechanism of a state."""
    return name.partition(".")[0]


def _changes(future: Future, name: str, cells: np.ndarray, word: StateWord) -> Iterator[Event]:
    """Every change of level, label by label."""
    for i, label in enumerate(future.names(name)):
        head = f"{label}: " if label else f"{future.doc(name)}: "
        for step in np.flatnonzero(np.diff(cells[:, i])) + 1:
            was, now = (word.levels[int(cells[s, i])] for s in (step - 1, step))
            yield Event(int(step), name, _owner(name), f"{head}{was} to {now}", "change")


def _firsts(future: Future, name: str, cells: np.ndarray, word: StateWord) -> Iterator[Event]:
    """The first place at each level."""
    labels = future.names(name)
    for level, title in enumerate(word.levels):
        hit = cells == level
        if level and hit.any() and not hit[0].any():
            step = int(hit.any(axis=1).argmax())
            where = ", ".join(labels[i] for i in np.flatnonzero(hit[step])[:3])
            yield Event(step, name, _owner(name), f"{future.doc(name)}: {title}, first in {where}", "first")


def _switches(future: Future, name: str, cells: np.ndarray) -> Iterator[Event]:
    """A switch that goes on or off."""
    for i, label in enumerate(future.names(name)):
        tail = f" ({label})" if label else ""
        for step in np.flatnonzero(np.diff(cells[:, i])) + 1:
            now = "now" if cells[step, i] else "no longer"
            yield Event(int(step), name, _owner(name), f"{now}: {future.doc(name)}{tail}", "change")


def _spread(future: Future, name: str, cells: np.ndarray) -> Iterator[Event]:
    """A switch by place: the first place, all places, none any more."""
    labels, count = future.names(name), (cells > HALF).sum(axis=1)
    if not count.any() or count[0]:
        return
    step = int((count > 0).argmax())
    where = ", ".join(labels[i] for i in np.flatnonzero(cells[step] > HALF)[:3])
    yield Event(step, name, _owner(name), f"{future.doc(name)}, first in {where}", "first")
    if (count == len(labels)).any() and len(labels) > 1:
        step = int((count == len(labels)).argmax())
        yield Event(step, name, _owner(name), f"{future.doc(name)}, now in every place", "change")
    after = np.flatnonzero((count == 0) & (np.arange(len(count)) > int((count > 0).argmax())))
    if len(after) and count[-1] == 0:
        last = int(np.flatnonzero(count > 0)[-1]) + 1
        yield Event(last, name, _owner(name), f"{future.doc(name)}: over everywhere", "change")


def _jumps(future: Future, name: str, path: np.ndarray) -> Iterator[Event]:
    """A share that moves far in one step."""
    for step in (np.flatnonzero(np.abs(np.diff(path)) >= _JUMP) + 1)[:MOST_JUMPS]:
        was, now = path[step - 1], path[step]
        verb = "rises" if now > was else "falls"
        text = f"{future.doc(name)} {verb} from {short(was, 2)} to {short(now, 2)}"
        yield Event(int(step), name, _owner(name), text, "jump")


def _counts(future: Future, name: str, cells: np.ndarray) -> Iterator[Event]:
    """People: the first, and the most where they do not only add up."""
    total, labels = cells.sum(axis=1), future.names(name)
    there = total > HALF
    if there.any() and not there[0]:
        step = int(there.argmax())
        where = f", in {labels[int(cells[step].argmax())]}" if len(labels) > 1 else ""
        text = f"{future.doc(name)}: the first{where} ({total[step]:,.0f})"
        yield Event(step, name, _owner(name), text, "first")
    peak = int(total.argmax())
    if (np.diff(total) < 0).any() and 0 < peak < len(total) - 1 and total[peak] > HALF:
        where = f", most in {labels[int(cells[peak].argmax())]}" if len(labels) > 1 else ""
        yield Event(
            peak, name, _owner(name), f"{future.doc(name)}: peak of {total[peak]:,.0f}{where}", "peak"
        )


def _answered(future: Future, questions: Sequence[Question]) -> Iterator[Event]:
    """When each chance without a condition turns to yes."""
    for question in questions:
        first = future.seen.first.get(question.id)
        if question.minus_arm or question.given is not None or first is None:
            continue
        day = float(first[future.run])
        if np.isfinite(day) and day < future.times[-1]:
            step = int(np.searchsorted(future.times, day - 1e-6))
            state = next(iter(sorted(s for part in question.series() for s in part.states())), "")
            yield Event(step, state, _owner(state), f"Yes from here: {question.text}", "question")


def _reasons(future: Future, event: Event) -> list[dict[str, Any]]:
    """What the acting mechanism saw one step before, the most changed first."""
    if event.step == 0:
        return []
    reads = future.about.get("reads", {}).get(event.mechanism, ())
    before = event.step - 1
    day = max(0, int(np.searchsorted(future.times, future.times[before] - 1.0 + 1e-6)))
    found = []
    for name in reads:
        word = future.store.vocabulary.states.get(name)
        if name not in future.values or word is None or (word.levels and future.values[name][0].size > 1):
            continue  # not recorded, or categories that no one number sums up
        path = future.total(name)
        now, then = float(path[before]), float(path[day])
        size = max(abs(now), abs(then))
        moved = abs(now - then) / size if size else 0.0
        if moved < _MOVED:
            continue
        levels = word.levels
        told = (levels[int(now)], levels[int(then)]) if levels else (short(now, 3), short(then, 3))
        reason = {"state": name, "text": future.doc(name), "now": told[0], "before": told[1]}
        found.append((moved, reason | {"unit": "" if levels else word.unit}))
    found.sort(key=lambda pair: -pair[0])
    return [reason for _, reason in found[:MOST_REASONS]]


def _unusual(
    store: Store, seen: Seen, run: int, about: Mapping[str, Any] | None
) -> dict[str, list[dict[str, Any]]]:
    """Mechanism -> its parameters that lie far from the middle in this future."""
    data = store.results.data
    values = np.asarray(data["parameters"].isel(arm=store.results.arms.index(seen.arm)).values)[seen.rows]
    names = [str(name) for name in data["parameter"].values]
    own = np.asarray(data["parameters"].isel(arm=store.results.arms.index(seen.arm), run=run).values)
    docs = {one["name"]: one for one in (about or {}).get("assumptions", ())}
    found: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    for j, name in enumerate(names):
        column = values[:, j]
        if np.isnan(own[j]) or np.ptp(column) == 0:
            continue
        rank = float(((column < own[j]).mean() + (column <= own[j]).mean()) / 2)
        if _LOW < rank < _HIGH:
            continue
        one = docs.get(name, {})
        told = {
            "name": name,
            "text": str(one.get("doc", name)),
            "unit": str(one.get("unit", "")),
            "value": short(float(own[j]), 3),
            "rank": round(100 * rank),
        }
        found.setdefault(_owner(name), []).append((abs(rank - 0.5), told))
    return {
        key: [told for _, told in sorted(ranked, key=lambda pair: -pair[0])[:MOST_UNUSUAL]]
        for key, ranked in sorted(found.items())
    }
