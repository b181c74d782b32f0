"""Series: recorded states picked, reduced and scaled to one number per run and time; conditions on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diarchy.errors import nearest
from diarchy.questions.reading import Reading, Unreadable
from diarchy.questions.vocabulary import StateWord
from diarchy.units import convert


def _added_up(values: np.ndarray, axis: tuple[int, ...]) -> np.ndarray:
    """Sums in double precision, whatever the values are stored in.

    Whole numbers are added as such, several times as fast, where the last axis is summed: they are exact in
    any order, which fractions are not.
    """
    if values.dtype == bool:
        values = values.view(np.int8)
    if values.dtype.kind == "i" and axis == (values.ndim - 1,) and _fits(values):
        return np.einsum("...i->...", values).astype(float)
    return np.sum(values, axis=axis, dtype=float)


def _fits(values: np.ndarray) -> bool:
    """Whether no sum of whole numbers along the last axis can leave their type."""
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    return largest * values.shape[-1] <= np.iinfo(values.dtype).max


#: Reductions over axes. They are applied in this order, in whatever order a file lists them.
REDUCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "count": _added_up,
    "sum": _added_up,
    "largest": np.max,
    "smallest": np.min,
}
#: Words that make a series out of a state.
SERIES = ("of", "at", *REDUCTIONS, "where_above", "where_is", "per", "add")
#: Words that make a condition out of a series.
CONDITIONS = ("above", "below", "is", "is_not")


class Absent(Exception):
    """An arm does not have a state that a question needs."""


@dataclass(frozen=True)
class Condition:
    """What must hold of a series at one recorded time.

    Parameters
    ----------
    word : 'above' or 'below' (both strict), 'is' or 'is_not'.
    value : threshold [unit of the series].
    levels : codes of the named levels; with several, any of them.
    """

    word: str
    value: float = 0.0
    levels: tuple[int, ...] = ()

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Whether it holds, value by value."""
        if self.word == "above":
            return values > self.value
        if self.word == "below":
            return values < self.value
        return np.isin(values, self.levels, invert=self.word == "is_not")


@dataclass(frozen=True)
class Series:
    """One state, reduced.

    Parameters
    ----------
    of : qualified state.
    dims : axes of the state.
    picks : (axis, indices, whether a single label that removes the axis).
    reductions : (word, axes), in the order of `REDUCTIONS`.
    where : what `count` counts.
    per : qualified fact to divide by the total of; empty for none.
    unit : unit of the outcome.
    levels : names of the values when it is categorical.
    free : the axis that is left, for an event that looks along one.
    """

    of: str
    dims: tuple[str, ...]
    picks: tuple[tuple[str, tuple[int, ...], bool], ...] = ()
    reductions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    where: Condition | None = None
    per: str = ""
    unit: str = "1"
    levels: tuple[str, ...] = ()
    free: str = ""

    def states(self) -> frozenset[str]:
        """Qualified states that it needs."""
        return frozenset({self.of})

    def facts(self) -> frozenset[str]:
        """Qualified facts that it needs."""
        return frozenset({self.per} - {""})

    def values(self, frame: Frame) -> np.ndarray:
        """Its values: (run, time), or (run, time, free)."""
        categorical = bool(self.levels or (self.where is not None and self.where.levels))
        array, axes = frame.state(self.of, categorical), ["run", "time", *self.dims]
        for axis, indices, single in self.picks:
            array = np.take(array, indices[0] if single else indices, axis=axes.index(axis))
            axes = [a for a in axes if a != axis or not single]
        for word, over in self.reductions:
            if word == "count" and self.where is not None:
                array = self.where.holds(array)
            array = REDUCTIONS[word](array, axis=tuple(axes.index(a) for a in over))
            axes = [a for a in axes if a not in over]
        return array / frame.total(self.per) if self.per else array


@dataclass(frozen=True)
class Added:
    """The sum of several series of one unit, perhaps divided by the total of a fact."""

    parts: tuple[Series | Added, ...]
    scales: tuple[float, ...]
    per: str = ""
    unit: str = "1"
    levels: tuple[str, ...] = ()

    def states(self) -> frozenset[str]:
        """Qualified states that it needs."""
        return frozenset().union(*(part.states() for part in self.parts))

    def facts(self) -> frozenset[str]:
        """Qualified facts that it needs."""
        return frozenset({self.per} - {""}).union(*(part.facts() for part in self.parts))

    def values(self, frame: Frame) -> np.ndarray:
        """Its values: (run, time)."""
        scaled = [
            frame.series(p).astype(float) * scale for p, scale in zip(self.parts, self.scales, strict=True)
        ]
        summed = np.sum(scaled, axis=0)
        return summed / frame.total(self.per) if self.per else summed


AnySeries = Series | Added


@dataclass
class Frame:
    """One block of runs of one arm, and what has been computed of it so far.

    Parameters
    ----------
    times : recorded times since the start (time,) [day].
    runs : how many runs the block has.
    load : qualified state -> its values (run, time, *dims); raises `Absent` when nobody recorded it.
    totals : qualified fact -> its total in this arm.
    """

    times: np.ndarray
    runs: int
    load: Callable[[str], np.ndarray]
    totals: Mapping[str, float]
    loaded: dict[str, np.ndarray] = field(default_factory=dict)
    computed: dict[AnySeries, np.ndarray] = field(default_factory=dict)
    happened: dict[Any, np.ndarray] = field(default_factory=dict)

    @property
    def since_start(self) -> np.ndarray:
        """The start, for each run [day] (run,)."""
        return np.full(self.runs, self.times[0])

    def state(self, name: str, categorical: bool) -> np.ndarray:
        """A recorded state; NaN, or a level below 0, means that the arm does not have it."""
        if name not in self.loaded:
            values = self.load(name)
            least = values[:, :1].min(initial=0)  # NaN where there is one; an arm lacks a state at all times
            if np.isnan(least) or (categorical and least < 0):
                raise Absent(f"mechanism '{name.partition('.')[0]}' is not in this arm")
            self.loaded[name] = values
        return self.loaded[name]

    def series(self, series: AnySeries) -> np.ndarray:
        """The values of a series, computed once."""
        if series not in self.computed:
            self.computed[series] = series.values(self)
        return self.computed[series]

    def first(self, event: Any) -> np.ndarray:
        """When an event is first true, looked for from the start [day] (run,), computed once."""
        if event not in self.happened:
            self.happened[event] = event.first(self, self.since_start)
        return self.happened[event]

    def total(self, fact: str) -> float:
        """The total of a fact in this arm."""
        return self.totals[fact]


def read_series(place: Reading, spec: Any, extra: tuple[str, ...] = (), free: str = "") -> AnySeries:
    """Read a series from the mapping in which it is written, maybe mixed with the fields of an event.

    Parameters
    ----------
    place : where it is, and what exists.
    spec : the mapping.
    extra : fields that belong to the event around it.
    free : the axis that must be left; empty when all must be reduced.

    Raises
    ------
    Unreadable : when it cannot be read; the faults are in ``place.faults``.
    """
    fields = place.mapping(spec, "a series, such as {of: crowd.street, sum: [place]}")
    place.known(fields, (*SERIES, *extra))
    if "add" in fields:
        return _read_added(place, fields)
    place.needed(fields, "of")
    cure = "it was not recorded: run again with this question" if place.vocabulary.stored else ""
    name = place.into("of").name(fields["of"], place.vocabulary.states, "state", cure)
    word = place.vocabulary.states[name]
    before = len(place.faults)
    picks = place.attempt(_read_picks, place.into("at"), fields.get("at", {}), word, free)
    reductions = place.attempt(_read_reductions, place, fields, word)
    where = place.attempt(_read_where, place, fields, name, word)
    per, unit = place.attempt(_read_per, place, fields, "1" if "count" in fields else word.unit) or ("", "")
    if picks is not None and reductions is not None:
        _check_reduced(place, name, word, picks, reductions, free)
    if len(place.faults) > before or picks is None or reductions is None:
        raise Unreadable
    levels = () if "count" in fields else word.levels
    return Series(name, word.dims, picks, reductions, where, per, unit, levels, free)


def _read_added(place: Reading, fields: Mapping[str, Any]) -> Added:
    """A sum of series; every part is converted to the unit of the first."""
    for word in ("of", "at", *REDUCTIONS, "where_above", "where_is"):
        if word in fields:
            place.fault(f"'{word}' beside add", cure="move it into the parts of add")
    given = place.into("add").names(fields["add"])
    parts = [place.attempt(read_series, place.into("add", str(i)), part) for i, part in enumerate(given)]
    if any(part is None for part in parts):
        raise Unreadable
    scales = []
    for number, part in enumerate(parts, 1):
        if part.levels:
            place.refuse(f"add, part {number}: a categorical state cannot be added", cure="count its levels")
        scales.append(_scale(place, part.unit, parts[0].unit, number))
    per, unit = _read_per(place, fields, parts[0].unit)
    return Added(tuple(parts), tuple(scales), per, unit)


def _scale(place: Reading, unit: str, target: str, number: int) -> float:
    """How many of the first part's unit one of another part's unit is."""
    try:
        return convert(1.0, unit, target)
    except ValueError as error:
        return place.refuse(f"add, part {number}: {error}", cure="add series of like units")


def _read_picks(place: Reading, given: Any, word: StateWord, free: str) -> tuple:
    """The labels to look at: (axis, indices, whether one label that removes the axis)."""
    if not given:
        return ()
    picks, good = [], True
    for axis, labels in place.mapping(given, "labels by axis, such as {place: KZ-ALA}").items():
        if axis not in word.dims:
            near = nearest(axis, word.dims)
            place.fault(f"the state has no axis '{axis}'", word.dims or ("no axis",), near)
            good = False
            continue
        known = place.vocabulary.axes[axis]
        listed = place.into(axis).names(labels)
        indices = [place.attempt(_index, place, str(label), known, axis) for label in listed]
        single = not isinstance(labels, (list, tuple))
        if single and axis == free:
            place.fault(f"'{axis}' must be left free here", cure=f"leave '{axis}' out of at")
        if len({str(label) for label in listed}) < len(listed):
            place.fault(f"a label of '{axis}' is listed twice")
        good = good and None not in indices
        picks.append((axis, tuple(indices), single))
    if not good:
        raise Unreadable
    return tuple(picks)


def _index(place: Reading, label: str, known: tuple[str, ...], axis: str) -> int:
    """The place of a label on its axis."""
    return known.index(place.name(label, known, f"label of '{axis}'"))


def _read_reductions(place: Reading, fields: Mapping[str, Any], word: StateWord) -> tuple:
    """The reductions, each with its axes; an axis can be reduced once."""
    found: list[tuple[str, tuple[str, ...]]] = []
    seen: dict[str, str] = {}
    good = True
    for reduction in (r for r in REDUCTIONS if r in fields):
        axes = place.into(reduction).names(fields[reduction])
        for axis in axes:
            if place.attempt(place.into(reduction).name, axis, word.dims, "axis of the state") is None:
                good = False
            elif seen.setdefault(axis, reduction) != reduction or axes.count(axis) > 1:
                place.fault(f"'{axis}' is reduced twice", cure="reduce each axis once")
                good = False
        if word.levels and reduction != "count":
            place.fault(f"'{reduction}' of a categorical state", ["count with where_is"])
        found.append((reduction, tuple(map(str, axes))))
    if not good:
        raise Unreadable
    return tuple(found)


def _read_where(place: Reading, fields: Mapping[str, Any], name: str, word: StateWord) -> Condition | None:
    """What `count` counts: cells above a quantity, or at a level."""
    wanted = "where_is" if word.levels else "where_above"
    given = [key for key in ("where_above", "where_is") if key in fields]
    if "count" not in fields:
        return place.refuse(f"'{given[0]}' without count", cure="add count: [axes]") if given else None
    if given != [wanted]:
        place.refuse(f"count of {name} needs {wanted}" + (f", found {', '.join(given)}" if given else ""))
    if word.levels:
        return Condition("is", levels=read_levels(place.into("where_is"), fields["where_is"], word.levels))
    return Condition("above", place.quantity(fields["where_above"], word.unit, "where_above"))


def _read_per(place: Reading, fields: Mapping[str, Any], unit: str) -> tuple[str, str]:
    """The fact to divide by, and the unit that this leaves."""
    if "per" not in fields:
        return "", unit
    facts = place.vocabulary.facts
    cure = "" if facts else "no facts are known here"
    name = place.into("per").name(fields["per"], facts, "fact", cure)
    if not all(total > 0 for total in facts[name].totals.values()):
        place.refuse(f"per: the total of {name} is not above 0")
    other = facts[name].unit
    if other == "1":
        return name, unit
    if other in ("", unit):
        return name, "1"
    return name, f"({unit})/({other})"


def _check_reduced(
    place: Reading, name: str, word: StateWord, picks: tuple, reductions: tuple, free: str
) -> None:
    """Every axis but the free one must be picked or reduced, and not both."""
    picked = {axis for axis, _, single in picks if single}
    reduced = {axis for _, axes in reductions for axis in axes}
    for axis in sorted(picked & reduced):
        place.fault(
            f"'{axis}' is one label and reduced too", cure="list several labels, or drop one of the two"
        )
    if free and (free not in word.dims or free in reduced):
        place.refuse(f"{name} has no axis '{free}' left", word.dims)
    for axis in word.dims:
        if axis not in picked | reduced | {free}:
            cure = f"add at: {{{axis}: label}}, or sum, largest, smallest or count: [{axis}]"
            place.fault(f"{name} is not reduced over '{axis}'", cure=cure)


def read_levels(place: Reading, given: Any, levels: tuple[str, ...]) -> tuple[int, ...]:
    """Codes of one or several named levels."""
    names = [place.attempt(place.name, level, levels, "level") for level in place.names(given)]
    if None in names:
        raise Unreadable
    return tuple(sorted({levels.index(name) for name in names}))


def read_condition(place: Reading, fields: Mapping[str, Any], series: AnySeries | None) -> Condition:
    """The one condition among the fields of an event."""
    given = [word for word in CONDITIONS if word in fields]
    if len(given) != 1:
        found = f"found {len(given)}: {', '.join(given)}" if given else "found none"
        place.refuse(f"expected one condition, {found}", CONDITIONS)
    word = given[0]
    if series is None:
        raise Unreadable
    if word in ("above", "below"):
        if series.levels:
            place.refuse(f"'{word}' of a categorical state", [f"is, is_not: {' | '.join(series.levels)}"])
        return Condition(word, place.quantity(fields[word], series.unit, word))
    if not series.levels:
        place.refuse(f"'{word}' needs a categorical state", ["above", "below"])
    return Condition(word, levels=read_levels(place.into(word), fields[word], series.levels))
