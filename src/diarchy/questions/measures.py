"""The closed language of measures: each gives one number per run, perhaps cut short by the end of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from diarchy.questions.events import Event, read_event, read_events
from diarchy.questions.reading import Reading
from diarchy.questions.series import AnySeries, Frame, read_series


class Measured(NamedTuple):
    """What a measure gives for each run of a block.

    Parameters
    ----------
    value : the number; where it is cut short, the least that it can be (run,) [unit of the measure].
    observed : False where the run ended first, so that the number is larger than `value` (run,).
    defined : False where there is no number at all (run,).
    """

    value: np.ndarray
    observed: np.ndarray
    defined: np.ndarray


@dataclass(frozen=True)
class OfSeries:
    """The largest, smallest or last value of a series, or its change from the first to the last."""

    word: str
    of: AnySeries

    @property
    def unit(self) -> str:
        """Unit of the number."""
        return self.of.unit

    def measure(self, frame: Frame) -> Measured:
        """The number of each run."""
        values = frame.series(self.of)
        number = {
            "largest": lambda: values.max(axis=1),
            "smallest": lambda: values.min(axis=1),
            "last": lambda: values[:, -1],
            "change": lambda: values[:, -1] - values[:, 0],
        }[self.word]()
        always = np.ones(frame.runs, dtype=bool)
        return Measured(number, always, always)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (self.of,)


@dataclass(frozen=True)
class DayOf:
    """The first time at which an event is true, cut short at the end of the run."""

    event: Event
    unit = "day"

    def measure(self, frame: Frame) -> Measured:
        """Days since the start."""
        day = frame.first(self.event)
        observed = np.isfinite(day)
        return Measured(np.where(observed, day, frame.times[-1]), observed, np.ones(frame.runs, dtype=bool))

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return self.event.series()


@dataclass(frozen=True)
class TimeBetween:
    """The time from one event to another, which is looked for from the one on.

    Runs in which the one does not happen drop out; where only the other does not, the run's end cuts it
    short.
    """

    one: Event
    other: Event
    unit = "day"

    def measure(self, frame: Frame) -> Measured:
        """Days from the one to the other."""
        begins = frame.first(self.one)
        defined = np.isfinite(begins)
        ends = self.other.first(frame, begins)
        observed = np.isfinite(ends)
        length = np.where(observed, ends, frame.times[-1]) - np.where(defined, begins, 0.0)
        return Measured(length, observed, defined)

    def series(self) -> tuple[AnySeries, ...]:
        """The series that it looks at."""
        return (*self.one.series(), *self.other.series())


Measure = OfSeries | DayOf | TimeBetween


def read_measure(place: Reading, spec: Any) -> Measure:
    """Read one measure.

    Parameters
    ----------
    place : where it is, and what exists.
    spec : a mapping of one word of `MEASURES` to what it is applied to.

    Raises
    ------
    Unreadable : when it cannot be read; the faults are in ``place.faults``.
    """
    word, given = place.one_of(spec, MEASURES, "measure")
    return MEASURES[word](place.into(word), given)


def _of_series(place: Reading, given: Any) -> Measure:
    """Read a measure of a series."""
    series = read_series(place, given)
    if series.levels:
        place.refuse(
            f"{place.path[-1]} of a categorical state has no meaning", cure="ask for the chance of a level"
        )
    return OfSeries(place.path[-1], series)


def _day_of(place: Reading, given: Any) -> Measure:
    """Read `day_of`."""
    return DayOf(read_event(place, given))


def _time_between(place: Reading, given: Any) -> Measure:
    """Read `time_between`."""
    return TimeBetween(*read_events(place, given, 2))


#: The closed list of measures: word -> reader.
MEASURES: dict[str, Callable[[Reading, Any], Measure]] = {
    "largest": _of_series,
    "smallest": _of_series,
    "last": _of_series,
    "change": _of_series,
    "day_of": _day_of,
    "time_between": _time_between,
}
