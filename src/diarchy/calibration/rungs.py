"""What a fit is told of each crisis: the answers to the scored questions, and rungs between and beside them.

Whether 25 people died says little of a crisis in which 3,200 did. So deaths, turnout and the time to a fall
are asked about on a ladder: each rung is a yes or no like the scored questions, and all rungs of a kind
together weigh as much as one answer, so that no case counts twice. Rungs say the same of futures and of the
record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.outside import QUESTIONS, at_least, out_within, peak_above

Answer = Callable[[Outcome], float]

#: [day] A stay is asked about only where the troops came early enough to be watched for so long. Judgement.
WATCHED = 120.0

#: Every rung: 1, 0, or nan where unknown or not asked.
RUNGS: Mapping[str, Answer] = MappingProxyType({
    **{name: asked.answer for name, asked in QUESTIONS.items()},
    "out_10d": out_within(10),
    "deaths_1": at_least(1),
    "deaths_10": at_least(10),
    "deaths_1000": at_least(1000),
    "peak_003pct": peak_above(0.0003),
    "peak_03pct": peak_above(0.003),
    "peak_3pct": peak_above(0.03),
    "asked": lambda outcome: float(outcome.asked),
    "conceded": lambda outcome: float(outcome.conceded),
})  # fmt: skip

#: What each rung asks, in few words.
TEXTS: Mapping[str, str] = MappingProxyType({
    "out_10d": "out within 10 days", "out_30d": "out within 30 days", "out_90d": "out within 90 days",
    "out_180d": "out within 180 days", "disobeyed": "forces disobey", "deaths_1": "anybody dies",
    "deaths_10": "10 die", "deaths_25": "25 die", "deaths_100": "100 die", "deaths_1000": "1,000 die",
    "peak_003pct": "peak over 0.03 %", "peak_01pct": "peak over 0.1 %", "peak_03pct": "peak over 0.3 %",
    "peak_1pct": "peak over 1 %", "peak_3pct": "peak over 3 %", "asked": "troops asked for",
    "helped": "troops come", "conceded": "government gives in", "stay_30d": "troops gone in 30 days",
    "stay_180d": "troops gone in 180 days",
})  # fmt: skip

#: Rungs of one ladder.
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "out": ("out_10d", "out_30d", "out_90d", "out_180d"),
    "obedience": ("disobeyed",),
    "deaths": ("deaths_1", "deaths_10", "deaths_25", "deaths_100", "deaths_1000"),
    "turnout": ("peak_003pct", "peak_01pct", "peak_03pct", "peak_1pct", "peak_3pct"),
    "asked": ("asked",),
    "help": ("helped",),
    "concession": ("conceded",),
    "stay": ("stay_30d", "stay_180d"),
})  # fmt: skip

#: What one answer weighs in the likelihood of its case.
WEIGHT: Mapping[str, float] = MappingProxyType(
    {rung: 1.0 / len(ladder) for ladder in KINDS.values() for rung in ladder}
)


def answers_of_futures(futures: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Answers to all rungs from what came of each future: rung -> (run,) 1, 0 or nan.

    Stays are asked about where the troops were watched for `WATCHED` days, whether they left or not: asking
    only of those who left in time would say that all do. One that went on when the run ended lasted.
    """
    stay = np.where(futures["stay_watched"] >= WATCHED, futures["stay_days"], np.nan)
    told = ("out_days", "disobeyed", "deaths", "helped", "peak_share", "asked", "conceded")
    columns = {name: futures[name] for name in told} | {"stay_days": stay}
    rows: list[dict[str, Any]] = [
        {name: float(column[r]) for name, column in columns.items()} for r in range(len(stay))
    ]
    outcomes = [Outcome(**row) for row in rows]
    return {rung: np.array([answer(row) for row in outcomes]) for rung, answer in RUNGS.items()}
