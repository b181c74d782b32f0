"""The closed language of events: each gives, for each run, the first time at which it is true.

Times are days since the start. A state is known at the recorded times 0, step, 2 step, ...; a condition holds
or does not hold at each of them, and nothing is said of the time in between. An event that is true at the
start happens at day 0; one that never becomes true happens at infinity.

Every event can be looked for from a moment on (`since`): then only recorded times at or after it count. What
held before and still holds counts from that moment; what held before and has ended does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from diarchy.questions.reading import Reading, Unreadable
from diarchy.questions.series import CONDITIONS, AnySeries, Condition, Frame, read_condition, read_series

#: Slack for comparing times that are multiples of a step [day]: a tenth of a second.
SLACK = 1e-6
NEVER = np.inf


class Event(Protocol):
    """Something that happens, or does not, in a run."""

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true, at or after `since` [day] (run,)."""

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""


@dataclass(frozen=True)
class Crosses:
    """A condition holds: the first recorded time at which it does."""

    of: AnySeries
    condition: Condition

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        return _first_true(_holds(self.of, self.condition, frame, since), frame.times)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (self.of,)


@dataclass(frozen=True)
class Stays:
    """A condition holds at all recorded times of some length: the time at which it has lasted that long."""

    of: AnySeries
    condition: Condition
    length: float

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        holds = _holds(self.of, self.condition, frame, since)
        places = np.arange(holds.shape[1])
        broken = np.maximum.accumulate(np.where(holds, -1, places), axis=1)
        began = np.minimum(broken + 1, len(places) - 1)
        lasted = frame.times - frame.times[began]
        return _first_true(holds & (lasted >= self.length - SLACK), frame.times)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (self.of,)


@dataclass(frozen=True)
class Before:
    """One event happens, and strictly before another, which need not happen: the time of the one."""

    one: Event
    other: Event

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        one, other = self.one.first(frame, since), self.other.first(frame, since)
        return np.where(one < other - SLACK, one, NEVER)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (*self.one.series(), *self.other.series())


@dataclass(frozen=True)
class Within:
    """An event happens at most some days after another (or the start), looked for from that moment on."""

    event: Event
    of: float
    after: Event | None = None

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        begins = since if self.after is None else self.after.first(frame, since)
        time = self.event.first(frame, begins)
        latest = np.where(np.isfinite(begins), begins + self.of + SLACK, -NEVER)
        return np.where(time <= latest, time, NEVER)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (*self.event.series(), *(self.after.series() if self.after else ()))


@dataclass(frozen=True)
class Both:
    """All of several events happen: the time of the last."""

    events: tuple[Event, ...]

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        return np.max([event.first(frame, since) for event in self.events], axis=0)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return tuple(s for event in self.events for s in event.series())


@dataclass(frozen=True)
class Either:
    """At least one of several events happens: the time of the first."""

    events: tuple[Event, ...]

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        return np.min([event.first(frame, since) for event in self.events], axis=0)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return tuple(s for event in self.events for s in event.series())


@dataclass(frozen=True)
class Never:
    """An event does not happen: known, and so dated, at the end of the run."""

    event: Event

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        happened = np.isfinite(self.event.first(frame, since))
        return np.where(happened | ~np.isfinite(since), NEVER, frame.times[-1])

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return self.event.series()


@dataclass(frozen=True)
class ShareOfTime:
    """A condition holds at a large enough share of the recorded times: known, and so dated, at the end."""

    of: AnySeries
    condition: Condition
    at_least: float

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        holds = _holds(self.of, self.condition, frame, since)
        looked_at = np.sum(frame.times >= since[:, None] - SLACK, axis=1)
        share = holds.sum(axis=1) / np.maximum(looked_at, 1)
        return np.where((looked_at > 0) & (share >= self.at_least - SLACK), frame.times[-1], NEVER)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (self.of,)


@dataclass(frozen=True)
class Peaks:
    """A series has its largest value: the first time at which it has it; never, if it does not move."""

    of: AnySeries

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        late = frame.times < since[:, None] - SLACK
        values = frame.series(self.of)
        peak = np.where(late, -np.inf, values).max(axis=1)
        moves = np.where(late, np.inf, values).min(axis=1) < peak
        at_peak = (values == peak[:, None]) & ~late
        return np.where(moves, _first_true(at_peak, frame.times), NEVER)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (self.of,)


@dataclass(frozen=True)
class PeaksAt:
    """One label has a strictly larger maximum than every other: the first time at which it has it."""

    of: AnySeries
    index: int

    def first(self, frame: Frame, since: np.ndarray) -> np.ndarray:
        """The first time at which it is true [day] (run,)."""
        late = frame.times < since[:, None] - SLACK
        values = frame.series(self.of)
        if late.any():
            values = np.where(late[:, :, None], -np.inf, values)
        peaks = values.max(axis=1)
        own = peaks[:, self.index]
        highest = (np.delete(peaks, self.index, axis=1) < own[:, None]).all(axis=1) & np.isfinite(own)
        at_peak = values[:, :, self.index] >= own[:, None]
        return np.where(highest, _first_true(at_peak, frame.times), NEVER)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (self.of,)


def _holds(series: AnySeries, condition: Condition, frame: Frame, since: np.ndarray) -> np.ndarray:
    """Where a condition holds at or after a moment (run, time)."""
    return condition.holds(frame.series(series)) & (frame.times >= since[:, None] - SLACK)


def _first_true(holds: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The first time at which something holds, infinity when it never does (run,)."""
    return np.where(holds.any(axis=1), times[holds.argmax(axis=1)], NEVER)


def read_event(place: Reading, spec: Any) -> Event:
    """Read one event.

    Parameters
    ----------
    place : where it is, and what exists.
    spec : a mapping of one word of `EVENTS` to what it is applied to.

    Raises
    ------
    Unreadable : when it cannot be read; the faults are in ``place.faults``.
    """
    word, given = place.one_of(spec, EVENTS, "event")
    return EVENTS[word](place.into(word), given)


def _read_conditional(
    place: Reading, given: Any, *extra: str
) -> tuple[AnySeries, Condition, Mapping[str, Any]]:
    """A series and a condition mixed into one mapping, with the event's own fields."""
    fields = place.mapping(
        given, "a series with a condition, such as {of: crowd.street, sum: [place], above: 100}"
    )
    series = place.attempt(read_series, place, fields, (*CONDITIONS, *extra))
    condition = place.attempt(read_condition, place, fields, series)
    place.needed(fields, *extra)
    if series is None or condition is None:
        raise Unreadable
    return series, condition, fields


def _read_crosses(place: Reading, given: Any) -> Event:
    """Read `crosses`."""
    series, condition, _ = _read_conditional(place, given)
    return Crosses(series, condition)


def _read_stays(place: Reading, given: Any) -> Event:
    """Read `stays`."""
    series, condition, fields = _read_conditional(place, given, "for")
    return Stays(series, condition, place.duration(fields["for"], "for"))


def _read_share_of_time(place: Reading, given: Any) -> Event:
    """Read `share_of_time`."""
    series, condition, fields = _read_conditional(place, given, "at_least")
    share = place.quantity(fields["at_least"], "1", "at_least")
    if not 0 < share <= 1:
        place.refuse(f"at_least: {share:g} is not a share", ["above 0, up to 1"])
    return ShareOfTime(series, condition, share)


def read_events(place: Reading, given: Any, count: int | None = None) -> list[Event]:
    """A list of events, two when `count` says so."""
    if not isinstance(given, (list, tuple)) or len(given) < 2 or (count and len(given) != count):
        place.refuse(f"expected a list of {'two' if count else 'at least two'} events")
    events = [place.attempt(read_event, place.into(str(i)), part) for i, part in enumerate(given)]
    if any(event is None for event in events):
        raise Unreadable
    return events


def _read_before(place: Reading, given: Any) -> Event:
    """Read `before`."""
    return Before(*read_events(place, given, 2))


def _read_both(place: Reading, given: Any) -> Event:
    """Read `both`."""
    return Both(tuple(read_events(place, given)))


def _read_either(place: Reading, given: Any) -> Event:
    """Read `either`."""
    return Either(tuple(read_events(place, given)))


def _read_never(place: Reading, given: Any) -> Event:
    """Read `never`."""
    return Never(read_event(place, given))


def _read_within(place: Reading, given: Any) -> Event:
    """Read `within`."""
    fields = place.mapping(given, "an event and a time, such as {event: {...}, of: 7 d}")
    place.known(fields, ("event", "of", "after"))
    place.needed(fields, "event", "of")
    event = place.attempt(read_event, place.into("event"), fields["event"])
    after = place.attempt(read_event, place.into("after"), fields["after"]) if "after" in fields else None
    days = place.duration(fields["of"], "of")
    if event is None or ("after" in fields and after is None):
        raise Unreadable
    return Within(event, days, after)


def _read_peaks(place: Reading, given: Any) -> Event:
    """Read `peaks`."""
    series = read_series(place, given)
    if series.levels:
        place.refuse("peaks looks at a series that is not categorical", cure="ask when a level crosses")
    return Peaks(series)


def _read_peaks_at(place: Reading, given: Any) -> Event:
    """Read `peaks_at`."""
    fields = place.mapping(given, "a state, an axis and a label of it")
    place.needed(fields, "of", "axis", "label")
    axis = place.name(fields["axis"], place.vocabulary.axes, "axis")
    series = place.attempt(read_series, place, fields, ("axis", "label"), axis)
    labels = place.vocabulary.axes[axis]
    label = place.name(str(fields["label"]), labels, f"label of '{axis}'")
    if series is None:
        raise Unreadable
    if not series.levels and hasattr(series, "picks"):
        chosen = next((indices for a, indices, _ in series.picks if a == axis), tuple(range(len(labels))))
        if labels.index(label) in chosen:
            return PeaksAt(series, chosen.index(labels.index(label)))
        place.refuse(f"label '{label}' is not among those that at names")
    return place.refuse("peaks_at looks at one state that is not categorical and not added up")


#: The closed list of events: word -> reader.
EVENTS: dict[str, Callable[[Reading, Any], Event]] = {
    "crosses": _read_crosses,
    "stays": _read_stays,
    "before": _read_before,
    "within": _read_within,
    "both": _read_both,
    "either": _read_either,
    "never": _read_never,
    "share_of_time": _read_share_of_time,
    "peaks": _read_peaks,
    "peaks_at": _read_peaks_at,
}
