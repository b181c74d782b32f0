"""What questions may speak of: the states, axes, facts and arms of a model, or of stored results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from diarchy.errors import ResultsError

if TYPE_CHECKING:  # the model brings the compiler, which reading stored results can do without
    from diarchy.model import Model


class Answerable(Protocol):
    """What questions need of results: the data and what was stored beside them."""

    @property
    def data(self) -> Any:
        """Variables by qualified state (arm, run, time, *dims), with `status` and `draw`."""

    @property
    def attrs(self) -> Mapping[str, Any]:
        """What is said of the whole store."""

    @property
    def questions(self) -> Any:
        """The questions that were asked of it when it was run."""

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before all futures were done."""

    def check_usable(self) -> None:
        """Refuse when too many futures failed."""


@dataclass(frozen=True)
class StateWord:
    """One state that can be asked about.

    Parameters
    ----------
    dims : axes behind run and time.
    unit : unit of its values; '1' when categorical.
    levels : names of the values of a categorical state.
    """

    dims: tuple[str, ...]
    unit: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactWord:
    """One fact that a series can be divided by.

    Parameters
    ----------
    totals : arm -> sum over all its cells [unit]; an arm that is not named has the total of the first.
    unit : unit of the total; empty when it is not known, and then taken to be that of what is divided.
    """

    totals: Mapping[str, float]
    unit: str

    def total(self, arm: str) -> float:
        """The total in one arm."""
        return self.totals[arm] if arm in self.totals else next(iter(self.totals.values()))


@dataclass(frozen=True)
class Vocabulary:
    """The names that questions may use.

    Parameters
    ----------
    states : qualified state -> what it is.
    axes : axis -> labels.
    facts : qualified fact -> its totals.
    arms : names of the arms; None when any name may be given, since arms that were not run are answered so.
    stored : whether this speaks of stored results, in which only recorded states are left.
    """

    states: Mapping[str, StateWord]
    axes: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, FactWord] = field(default_factory=dict)
    arms: tuple[str, ...] | None = None
    stored: bool = False


def vocabulary_of_model(model: Model, variants: Iterable[str] = ()) -> Vocabulary:
    """The vocabulary of a wired model: all readable states of any arm, all facts.

    Parameters
    ----------
    model : wired arms.
    variants : names of further arms that the scenario defines and this run leaves out.

    Returns
    -------
    Vocabulary : states on axes without labels (bins of a distribution) are labelled by number.
    """
    states: dict[str, StateWord] = {}
    axes: dict[str, tuple[str, ...]] = {}
    totals: dict[str, dict[str, float]] = {}
    units: dict[str, str] = {}
    for arm in model.arms.values():
        for axis, length in arm.sizes.items():
            axes.setdefault(axis, tuple(arm.coordinates.get(axis, map(str, range(length)))))
        for name, state in arm.states().items():
            states.setdefault(name, StateWord(state.dims, state.unit, state.levels))
        for mechanism in arm.mechanisms:
            for fact in mechanism.facts:
                name = f"{mechanism.name}.{fact.name}"
                units[name] = fact.unit
                totals.setdefault(name, {})[arm.name] = float(np.sum(arm.facts[name]))
    facts = {name: FactWord(by_arm, units[name]) for name, by_arm in totals.items()}
    return Vocabulary(states, axes, facts, tuple(dict.fromkeys([*model.arms, *variants])))


def vocabulary_of_results(results: Answerable) -> Vocabulary:
    """The vocabulary of stored results: recorded states, and the totals of facts.

    Notes
    -----
    Read from the attributes of the store: ``states`` (name -> unit, levels), ``facts`` (arm -> name ->
    total) and ``fact_units`` (name -> unit; a fact without one has the unit of what it divides).

    Raises
    ------
    ResultsError : no state was recorded, or what is stored of them cannot be read.
    """
    try:
        states, facts = _stored_states(results), _stored_facts(results.attrs)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ResultsError("what the results say of their states and facts cannot be read") from error
    if not states:
        raise ResultsError("no state was recorded, so nothing can be asked")
    axes = {axis: _labels(results.data, axis) for word in states.values() for axis in word.dims}
    return Vocabulary(states, axes, facts, None, stored=True)


def _stored_states(results: Answerable) -> dict[str, StateWord]:
    """The states that were recorded."""
    return {
        name: StateWord(
            tuple(str(axis) for axis in results.data[name].dims if axis not in ("arm", "run", "time")),
            str(word["unit"]),
            tuple(str(level) for level in word.get("levels") or ()),
        )
        for name, word in (results.attrs.get("states") or {}).items()
        if name in results.data
    }


def _stored_facts(attrs: Mapping[str, Any]) -> dict[str, FactWord]:
    """The facts with their totals by arm."""
    units, totals = attrs.get("fact_units") or {}, defaultdict[str, dict[str, float]](dict)
    for arm, of_arm in (attrs.get("facts") or {}).items():
        for name, total in of_arm.items():
            totals[name][arm] = float(total)
    return {name: FactWord(by_arm, str(units.get(name, ""))) for name, by_arm in totals.items()}


def _labels(data: Any, axis: str) -> tuple[str, ...]:
    """Labels of an axis; numbers when it has none."""
    if axis in data.coords:
        return tuple(str(label) for label in data.coords[axis].values)
    return tuple(str(i) for i in range(data.sizes[axis]))
