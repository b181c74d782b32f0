"""Answers: a value, its error bars kept apart, and what it does not rest on, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diarchy.questions.intervals import (
    LEVEL,
    Bounds,
    Distribution,
    Interval,
    change_spread,
    distribution,
    mean_interval,
    mean_spread,
    share_interval,
    share_spread,
    unseen,
)
from diarchy.questions.outcomes import Outcome
from diarchy.questions.question import Question

#: Quantiles that are given of a quantity.
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: The lowest quantile that the end of the run hides -> which futures lie beyond it, in words.
LONGER = {
    0.05: "95 in 100 or more",
    0.25: "three quarters or more",
    0.5: "half or more",
    0.75: "a quarter or more",
    0.95: "5 in 100 or more",
}
#: From here on a limit is told in whole numbers.
WHOLE = 10
NO_RIVALS = "no rival hypotheses were run side by side"
FEW_DRAWS = "fewer than two draws of the parameters"
ONE_EACH = "draws with one future each cannot be told from luck; it needs repeats"
ALL_ALIKE = "all futures agree, so draws cannot be told apart"


@dataclass(frozen=True)
class Answer:
    """What the futures of one arm answer to one question.

    Parameters
    ----------
    id, text, arm : the question, and the arm that answers it.
    kind : 'probability' or 'quantity'.
    value : the probability, the median, or the mean difference; None when there is none [unit].
    unit : 'probability', or a unit.
    statistic : what `value` is: 'share', 'median' or 'mean'.
    interval : 'monte_carlo', 'parameter' and 'structural', each central 90 % bounds or None [unit].
    quantiles : share -> quantile of a quantity; None where the end of the run came first [unit].
    n : futures that the answer rests on.
    left_out : why -> how many futures it does not rest on.
    minus_arm : the arm that was subtracted; empty for none.
    outside, resolved : base rate of comparable cases; what happened.
    note : what a reader should know, in words.
    why : what is None -> why it is.
    """

    id: str
    text: str
    arm: str
    kind: str
    value: float | None
    unit: str
    statistic: str
    interval: Mapping[str, Interval | None]
    quantiles: Mapping[float, float | None] | None = None
    n: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    minus_arm: str = ""
    outside: Mapping[str, Any] | None = None
    resolved: Mapping[str, Any] | None = None
    note: str = ""
    why: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as under ``answers`` of the schema ``diarchy/answers/1``."""
        quantiles = None
        if self.quantiles is not None:
            quantiles = {f"{share:g}": value for share, value in self.quantiles.items()}
        return {
            "id": self.id,
            "text": self.text,
            "arm": self.arm,
            "minus_arm": self.minus_arm or None,
            "kind": self.kind,
            "value": self.value,
            "unit": self.unit,
            "statistic": self.statistic,
            "interval": {name: None if b is None else list(b) for name, b in self.interval.items()},
            "quantiles": quantiles,
            "n": self.n,
            "left_out": dict(self.left_out),
            "outside": None if self.outside is None else dict(self.outside),
            "resolved": None if self.resolved is None else dict(self.resolved),
            "note": self.note,
            "why": dict(self.why),
        }


@dataclass
class _Draft:
    """The parts of an answer that depend on its kind, while they are worked out."""

    value: float | None = None
    monte_carlo: Interval | None = None
    parameter: Interval | None = None
    quantiles: dict[float, float | None] | None = None
    notes: list[str] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)


def answer(question: Question, arm: str, outcome: Outcome, draw: np.ndarray, status: np.ndarray) -> Answer:
    """Work out one answer.

    Parameters
    ----------
    question, arm : what is asked, and of which arm.
    outcome : what its runs answer; for a difference, the differences run by run.
    draw : which draw each run belongs to (run,).
    status : of each run in the arm (of a difference: the worse of the two): below 0 not run, above 0 failed
        (run,).
    """
    use = outcome.counted
    draft = _Draft()
    if outcome.why:
        draft.why["value"] = outcome.why
    elif not use.any():
        draft.why["value"] = _nobody(outcome)
    else:
        work = _difference if question.minus_arm else _share if question.chance else _quantity
        work(draft, question, outcome.value[use], outcome.observed[use], draw[use])
    left_out = {
        "given": int((outcome.fine & ~outcome.given).sum()),
        "undefined": int((outcome.given & ~outcome.defined).sum()),
        "failed": int((status > 0).sum()),
        "unfinished": int((status < 0).sum()),
    }
    if outcome.why:
        left_out.update(given=0, undefined=0)
    return _finish(question, arm, draft, int(use.sum()), left_out)


def unanswerable(question: Question, arm: str, why: str) -> Answer:
    """An answer without a value, and why."""
    return _finish(question, arm, _Draft(why={"value": why}), 0, {})


def _finish(question: Question, arm: str, draft: _Draft, n: int, left_out: dict[str, int]) -> Answer:
    """The answer that a draft makes."""
    chance = question.chance is not None and not question.minus_arm
    if left_out.get("unfinished"):
        draft.notes.append(f"{left_out['unfinished']:,} futures were not finished")
    bars = {"monte_carlo": draft.monte_carlo, "parameter": draft.parameter, "structural": None}
    return Answer(
        id=question.id,
        text=question.text,
        arm=arm,
        kind="probability" if chance else "quantity",
        value=draft.value,
        unit=question.unit,
        statistic="share" if chance else "mean" if question.minus_arm else "median",
        interval=bars,
        quantiles=draft.quantiles,
        n=n,
        left_out=left_out,
        minus_arm=question.minus_arm,
        outside=question.outside,
        resolved=question.resolved,
        note="; ".join(draft.notes),
        why={**draft.why, "structural": NO_RIVALS},
    )


def _nobody(outcome: Outcome) -> str:
    """Why no future counts."""
    if not outcome.fine.any():
        return "no future has finished"
    if not outcome.given.any():
        return "the given event happened in no future"
    return "it is defined in no future: the event that it is counted from never happened"


def _share(draft: _Draft, question: Question, value: np.ndarray, _: np.ndarray, draw: np.ndarray) -> None:
    """A probability: the share of the futures, with its error bars."""
    draft.value = float(value.mean())
    draft.monte_carlo = share_interval(value, draw)
    draft.parameter = share_spread(value, draw)
    if draft.monte_carlo is None:
        draft.why["monte_carlo"] = FEW_DRAWS
    if draft.parameter is None:
        draft.why["parameter"] = ALL_ALIKE if draft.value in (0.0, 1.0) else ONE_EACH
    if draft.value in (0.0, 1.0):
        draft.notes.append(_all_alike(int(value.sum()), len(value), len(np.unique(draw))))


def _all_alike(happened: int, n: int, draws: int) -> str:
    """What 0 of n, or n of n, leaves possible."""
    bound = f"below 1 in {_rounded_down(1 / unseen(draws)):,} ({100 * LEVEL:.0f} %, from {draws:,} draws)"
    if draws < 2:
        bound = "too few draws for a bound"
    return f"{happened:,} of {n:,}: {bound if happened == 0 else 'its failing is ' + bound}"


def _rounded_down(number: float) -> int:
    """A number with two digits, never rounded up."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return int(number // unit * unit)


def _difference(
    draft: _Draft, question: Question, value: np.ndarray, seen: np.ndarray, draw: np.ndarray
) -> None:
    """The mean of paired differences between two arms."""
    draft.value = float(value.mean())
    draft.monte_carlo = difference_interval(value, draw, question.chance is not None)
    spread = change_spread if question.chance is not None else mean_spread
    draft.parameter = spread(value, draw) if np.ptp(value) > 0 else None
    if draft.monte_carlo is None:
        draft.why["monte_carlo"] = FEW_DRAWS
    if draft.parameter is None:
        draft.why["parameter"] = ONE_EACH if np.ptp(value) > 0 else ALL_ALIKE
    if not value.any():
        draft.notes.append(f"no difference in any of {len(value):,} pairs of futures")
    if not seen.all():
        draft.notes.append(f"{(~seen).sum():,} of {len(seen):,} pairs count as far as the run went")


def difference_interval(value: np.ndarray, draw: np.ndarray, chance: bool) -> Bounds | None:
    """Interval of a mean difference; of a chance that differs alike in all pairs, the bound on its not."""
    if chance and np.ptp(value) == 0 and len(np.unique(draw)) > 1:
        bound = unseen(len(np.unique(draw)))
        return max(-1.0, float(value[0]) - bound), min(1.0, float(value[0]) + bound)
    return mean_interval(value, draw)


def _quantity(
    draft: _Draft, question: Question, value: np.ndarray, seen: np.ndarray, draw: np.ndarray
) -> None:
    """The median and quantiles of a quantity, with error bars of the median."""
    spread = distribution(value, seen, draw)
    draft.value = spread.quantile(0.5)
    draft.quantiles = {share: spread.quantile(share) for share in QUANTILES}
    if draft.value is not None:
        draft.monte_carlo = spread.quantile_interval(0.5)
        draft.parameter = spread.spread()
    _explain_quantity(draft, question.unit, spread)


def _at_most_known(most: float, unit: str) -> str:
    """What a number is beyond that the end of the run cut short; rounded down, so that it is true."""
    known = math.floor(most) if most >= WHOLE else most
    return f"over {known:g} {unit}{'s' if unit == 'day' and known != 1 else ''}"


def _explain_quantity(draft: _Draft, unit: str, spread: Distribution) -> None:
    """Say what the end of the run cut short, and why a bar is missing."""
    limit = _at_most_known(float(spread.values.max()), unit)
    cut = int((~spread.observed).sum())
    if cut:
        draft.notes.append(f"{cut:,} of {len(spread.values):,} futures ended first")
    assert draft.quantiles is not None
    beyond = [share for share, value in draft.quantiles.items() if value is None]
    if beyond and beyond[0] != 0.5:  # of the median, why there is none says it
        draft.notes.append(f"{LONGER[beyond[0]]}: {limit}")
    if draft.value is None:
        draft.why["value"] = f"too many futures ended first; the median is {limit}"
    elif draft.monte_carlo is None:
        draft.why["monte_carlo"] = FEW_DRAWS
    if draft.value is not None and draft.parameter is None:
        draft.why["parameter"] = ONE_EACH
    for name, bounds in (("monte_carlo", draft.monte_carlo), ("parameter", draft.parameter)):
        if bounds is not None and bounds[1] is None:
            draft.why[name] = f"its upper bound is {limit}"
