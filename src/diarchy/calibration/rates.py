"""How often things happen across a library: in the futures, on record, and in open data.

A model can tell crises apart and still have the world too wild or too tame as a whole. So the mean forecast
over all crises stands beside the share of them in which it came to pass, and beside the base rate of an open
data set that counts something near to it. The library was chosen for fame: its own shares are those of large
crises, and open data count small events too. The forecast should lie near the library's share; the open rate
says how far the library is from the ordinary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.base_rates import BaseRate, read_base_rates
from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.rungs import RUNGS
from diarchy.calibration.survival import clopper_pearson


@dataclass(frozen=True)
class Counted:
    """One line of the table: what is counted.

    Parameters
    ----------
    id, text : its name, and in words.
    rung : one of `rungs.RUNGS`.
    yes : whether yes is counted, or no.
    given : a rung that must be yes for the line to be asked; empty for all crises.
    beside : lines of ``base_rates.csv`` that count something near to it.
    """

    id: str
    text: str
    rung: str
    yes: bool = True
    given: str = ""
    beside: tuple[str, ...] = ()


LINES = (
    Counted("invitation", "the government asks for foreign troops", "asked"),
    Counted("help", "foreign troops come on its side", "helped"),
    Counted("lethal", "anybody dies", "deaths_1", beside=("lethal.all", "lethal.removal")),
    Counted("deaths_25", "at least 25 die", "deaths_25"),
    Counted("deaths_100", "at least 100 die", "deaths_100"),
    Counted("accommodation", "the government gives in on something", "conceded",
            beside=("accommodation.all", "accommodation.price_removal")),
    Counted("defection", "some forces do not obey", "disobeyed", beside=("defection.campaigns",)),
    Counted("out_30d", "leader or regime out within 30 days", "out_30d"),
    Counted("out_180d", "leader or regime out within 180 days", "out_180d"),
    Counted("stay_30d", "troops that came stay over 30 days", "stay_30d", False, "helped",
            ("stay.support.30",)),
    Counted("stay_180d", "troops that came stay over 180 days", "stay_180d", False, "helped",
            ("stay.support.180",)),
)  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """One line of the table, counted.

    Parameters
    ----------
    id, text : what is counted.
    forecast : mean chance over the crises; under a condition, weighted by the chance of the condition.
    recorded, low, high : share of crises on record with its central 90 % interval.
    n : crises with a known record. Without any, `recorded` and its interval are None.
    beside : base rates of open data.
    """

    id: str
    text: str
    forecast: float | None
    recorded: float | None
    low: float | None
    high: float | None
    n: int
    beside: tuple[BaseRate, ...]

    @property
    def inside(self) -> bool | None:
        """Whether the forecast lies in the interval of the record; None where either is missing."""
        if self.forecast is None or self.low is None or self.high is None:
            return None
        return self.low <= self.forecast <= self.high

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        beside = [
            {"id": b.id, "value": b.value, "n": b.n, "condition": b.condition, "source": b.source}
            for b in self.beside
        ]
        return vars(self) | {"inside": self.inside, "beside": beside}


def rates(outcomes: Sequence[Outcome], forecasts: Sequence[Mapping[str, float]]) -> list[Rate]:
    """The table of rates across a library.

    Parameters
    ----------
    outcomes : what came of each crisis.
    forecasts : of each crisis in the same order, chance by rung; nan where there is none.
    """
    known = read_base_rates()
    return [_rate(line, outcomes, forecasts, known) for line in LINES]


def _rate(
    line: Counted,
    outcomes: Sequence[Outcome],
    forecasts: Sequence[Mapping[str, float]],
    known: Mapping[str, BaseRate],
) -> Rate:
    """One line."""
    chance = np.array([forecast[line.rung] for forecast in forecasts])
    weight = np.array([forecast[line.given] if line.given else 1.0 for forecast in forecasts])
    use = np.isfinite(chance) & np.isfinite(weight)
    expected = float(np.average(chance[use], weights=weight[use])) if use.any() else None
    answers = np.array([RUNGS[line.rung](outcome) for outcome in outcomes])
    there = answers[np.isfinite(answers)]
    share = float(there.mean()) if len(there) else None
    if not line.yes:
        expected = None if expected is None else 1.0 - expected
        share = None if share is None else 1.0 - share
    low, high = (None, None) if share is None else clopper_pearson(share, len(there))
    beside = tuple(known[key] for key in line.beside)
    return Rate(line.id, line.text, expected, share, low, high, len(there), beside)
