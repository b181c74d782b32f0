"""Results made by hand: a few runs whose answers can be seen by eye."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from diarchy.errors import Faults, ResultsError, ScenarioError
from diarchy.questions.events import Event, read_event
from diarchy.questions.measures import Measure, Measured, read_measure
from diarchy.questions.reading import Reading
from diarchy.questions.series import AnySeries, Frame, read_series
from diarchy.questions.vocabulary import FactWord, StateWord, Vocabulary

AXES = {"place": ("north", "south", "east"), "organ": ("police", "army")}
STATES = {
    "crowd.street": StateWord(("place",), "people"),
    "crowd.dead": StateWord(("place",), "people"),
    "security.stance": StateWord(("place", "organ"), "1", ("obeys", "stands by", "turned")),
    "security.posted": StateWord(("place", "organ"), "people"),
    "patron.stage": StateWord((), "1", ("none", "present", "gone")),
    "patron.troops": StateWord((), "people"),
    "authority.control": StateWord((), "1"),
    "economy.price": StateWord((), "local_currency/l"),
}
FACTS = {
    "crowd.population": FactWord({"base": 1000.0, "no-patron": 2000.0}, "people"),
    "crowd.titular": FactWord({"base": 2.0}, "1"),
    "crowd.empty": FactWord({"base": 0.0}, "people"),
}
WORDS = Vocabulary(STATES, AXES, FACTS, ("base", "no-patron", "no-shock"))
CONTROL, STAGE, STREET = "authority.control", "patron.stage", "crowd.street"


def frame(step: float = 1.0, **states: Any) -> Frame:
    """A block of runs: ``authority_control=[[...], ...]`` is (run, time, *dims)."""
    arrays = {name.replace("_", ".", 1): np.asarray(values) for name, values in states.items()}
    runs, times = next(iter(arrays.values())).shape[:2]
    totals = {name: fact.total("base") for name, fact in FACTS.items()}
    return Frame(np.arange(times) * step, runs, arrays.__getitem__, totals)


def place(vocabulary: Vocabulary = WORDS) -> Reading:
    """Where a question is read."""
    return Reading(vocabulary, Faults(ScenarioError), "q", "questions.yaml:3")


def _read(reader: Any, spec: Any) -> Any:
    at = place()
    read = at.attempt(reader, at, spec)
    at.faults.raise_if_any()
    return read


def series_of(spec: Any) -> AnySeries:
    """A series as read from a file."""
    return _read(read_series, spec)


def event_of(spec: Any) -> Event:
    """An event as read from a file."""
    return _read(read_event, spec)


def measure_of(spec: Any) -> Measure:
    """A measure as read from a file."""
    return _read(read_measure, spec)


def days(spec: Any, block: Frame) -> list[float]:
    """When an event happens in each run."""
    return event_of(spec).first(block, block.since_start).tolist()


def numbers(spec: Any, block: Frame) -> Measured:
    """What a measure gives for each run."""
    return measure_of(spec).measure(block)


@dataclass(frozen=True)
class Fake:
    """Results in memory."""

    data: xr.Dataset
    attrs: dict[str, Any]
    questions: Any = None
    path: Path = Path("fake")
    interrupted: bool = False
    failing: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def check_usable(self) -> None:
        """Refuse when told to."""
        if self.failing:
            raise ResultsError(self.failing)


def results(
    states: Mapping[str, Any],
    questions: Any = None,
    arms: tuple[str, ...] = ("base",),
    repeats: int = 1,
    status: Any = None,
    step: float = 1.0,
    **attrs: Any,
) -> Fake:
    """Results of some states (arm, run, time, *dims)."""
    arrays = {name: np.asarray(values) for name, values in states.items()}
    _, runs, times = next(iter(arrays.values())).shape[:3]
    variables = {
        name: (("arm", "run", "time", *STATES[name].dims), values) for name, values in arrays.items()
    }
    given = np.zeros((len(arms), runs), dtype=int) if status is None else np.asarray(status)
    coordinates = {
        "arm": list(arms),
        "run": np.arange(runs),
        "draw": ("run", np.arange(runs) // repeats),
        "time": np.arange(times) * step,
        **{axis: list(labels) for axis, labels in AXES.items()},
    }
    data = xr.Dataset({**variables, "status": (("arm", "run"), given)}, coordinates)
    words = {
        n: {"dims": list(STATES[n].dims), "unit": STATES[n].unit, "levels": list(STATES[n].levels)}
        for n in arrays
    }
    stored = {
        "seed": 7,
        "states": words,
        "facts": {arm: {"crowd.population": FACTS["crowd.population"].total(arm)} for arm in arms},
        "fact_units": {"crowd.population": "people"},
        **attrs,
    }
    return Fake(data, stored, questions)
