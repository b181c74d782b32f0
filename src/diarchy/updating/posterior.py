"""Answers of weighted futures: of one theory, and of all theories by their weights.

Where no report has told futures apart, a theory's answer is that of a plain run, by the same code. Otherwise
shares and quantiles are weighted, and what finite futures leave open is told from their kinship: they tell as
much as so many strangers. Parameters and luck can no longer be told apart, so there is no parameter bar.

References
----------
kaplan1958, korn1998
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from scipy.special import betaincinv, stdtrit

from diarchy.engine import FINE
from diarchy.ensemble.carry import Carried, Carrier, Stretch
from diarchy.questions.answer import QUANTILES, Answer, answer
from diarchy.questions.intervals import SLACK, TAIL, Bounds, Interval, unseen
from diarchy.questions.outcomes import Outcome, answers_of
from diarchy.questions.question import Question
from diarchy.questions.series import Frame
from diarchy.questions.structure import central, drawn_together
from diarchy.updating.cloud import Cloud, stretches
from diarchy.updating.kinship import Kinship

POSTERIOR = "posterior"
NO_PARAMETERS = "after weighing, parameters cannot be told from luck"
#: Strangers less one, at least, where an error is divided by them.
_LEAST = 0.1
NOBODY = "it is defined in no future that the reports leave"


@dataclass(frozen=True)
class Sample:
    """Weighted answers to one question.

    Parameters
    ----------
    value, observed : as in `Outcome`, of the futures that count (run,).
    weight : adding up to one (run,).
    kin : what they have in common.
    """

    value: np.ndarray
    observed: np.ndarray
    weight: np.ndarray
    kin: Kinship

    @property
    def effective(self) -> float:
        """Effective number of futures."""
        return float(1.0 / np.sum(self.weight**2))

    def error(self, value: np.ndarray) -> float:
        """Standard error of a weighted mean: that of so many strangers as the futures amount to.

        Kin differ less than strangers do, so what they differ is divided by one stranger less; where there is
        hardly more than one, nothing is known, and the error is some times the spread.
        """
        spread = self.weight @ (value - self.weight @ value) ** 2
        return float(np.sqrt(spread / max(self.strangers - 1.0, _LEAST)))

    @cached_property
    def strangers(self) -> float:
        """How many futures that have nothing in common count as much."""
        return self.kin.strangers(self.weight)


def finished(
    cloud: Cloud, names: Sequence[str], most: int, dt: float, questions: Sequence[Question], carrier: Carrier,
    told: Callable[[float], None] | None = None,
) -> dict[str, Outcome]:  # fmt: skip
    """What the futures answer when they have gone on to the end of the run: question id -> outcome.

    Parameters
    ----------
    cloud : weighed.
    names : the columns of its scores.
    most, dt : steps of the run; [day] length of one.
    questions : asked of each future.
    carrier : carries them; questions are answered where that is done, and no record comes back.
    told : called with how many are done.
    """
    totals = {name: float(fact.sum()) for name, fact in cloud.arm.facts.items()}
    plain = tuple(replace(q, outside=None, resolved=None) for q in questions)  # what does not travel
    then = partial(_answered, questions=plain, times=np.arange(most + 1) * dt, totals=totals)
    parts = []
    for part in carrier.carry(stretches(cloud, names, most, carrier.workers, path=True), then):
        parts.append(part)
        if told is not None:
            told(sum(len(status) for status, _ in parts))
    status = np.where(cloud.status == FINE, np.concatenate([part[0] for part in parts]), cloud.status)
    found = {}
    for place, question in enumerate(questions):
        value, observed, defined, given = (
            np.concatenate([part[1][place][k] for part in parts]) for k in range(4)
        )
        fine = status == FINE
        found[question.id] = Outcome(
            np.where(defined & fine, value, 0.0), observed, defined & fine, given & fine, fine
        )
    return found


def _answered(
    stretch: Stretch, carried: Carried, questions: Sequence[Question], times: np.ndarray,
    totals: Mapping[str, float],
) -> tuple[np.ndarray, list[tuple[np.ndarray, ...]]]:  # fmt: skip
    """Status of some futures at the end, and what each answers to each question."""
    before = stretch.path or {}
    whole = {
        n: np.concatenate([before[n], r], axis=1) if n in before else r for n, r in carried.records.items()
    }
    fine = carried.status == FINE
    frame = Frame(times, int(fine.sum()), lambda name: whole[name][fine], totals)
    answers = []
    for question in questions:
        some = answers_of(question, frame)
        blank = [np.zeros(len(fine), dtype=part.dtype) for part in some]
        for all_of, part in zip(blank, some, strict=True):
            all_of[fine] = part
        answers.append(tuple(blank))
    return carried.status, answers


def theory_answer(question: Question, cloud: Cloud, outcome: Outcome) -> Answer:
    """One theory's answer: that of a plain run where nothing has weighed it."""
    status = np.where(outcome.fine, FINE, 1)
    draws = np.arange(len(status)) if cloud.is_weighed else cloud.kin.founders
    plain = answer(question, cloud.arm.name, outcome, draws, status)
    if not cloud.is_weighed:
        return plain
    return weighed_answer(plain, sample_of([cloud], [outcome], [1.0]))


def sample_of(
    clouds: Sequence[Cloud], outcomes: Sequence[Outcome], weights: Sequence[float]
) -> Sample | None:
    """The futures of some theories that count, by the weights of theories and futures; None when none does.

    A theory in which the question's condition is rare counts the less in it, as it should.
    """
    parts, kin = [], []
    for cloud, outcome, weight in zip(clouds, outcomes, weights, strict=True):
        use = outcome.counted
        parts.append((outcome.value[use], outcome.observed[use], weight * cloud.weight[use]))
        kin.append(cloud.kin.taken(np.flatnonzero(use)))
    value, observed, mass = (np.concatenate([part[k] for part in parts]) for k in range(3))
    total = mass.sum()
    return Sample(value, observed, mass / total, Kinship.joined(kin)) if total > 0 else None


def weighed_answer(plain: Answer, sample: Sample | None) -> Answer:
    """An answer with value and luck bar from weighted futures; `plain` gives what weights do not touch."""
    why = {k: v for k, v in plain.why.items() if k == "structural"} | {"parameter": NO_PARAMETERS}
    if sample is None:
        bars = dict.fromkeys(plain.interval)
        return replace(
            plain, value=None, interval=bars, quantiles=None, n=0, why={**why, "value": NOBODY}, note=""
        )
    note = f"{sample.effective:,.0f} futures in effect, worth {sample.strangers:,.0f} that share nothing"
    chance = plain.kind == "probability"
    value: float | None
    bar: Interval | None
    if chance:
        value, bar, quantiles = float(sample.weight @ sample.value), share_bar(sample), None
    else:
        spread = Spread(sample)
        value, bar = spread.quantile(0.5), spread.bar(0.5)
        quantiles = {share: spread.quantile(share) for share in QUANTILES}
        if value is None:
            why["value"] = "too many futures ended first"
            bar = None
    return replace(
        plain, value=value, quantiles=quantiles, n=len(sample.value), why=why, note=note,
        interval={**plain.interval, "monte_carlo": bar, "parameter": None},
    )  # fmt: skip


def share_bar(sample: Sample) -> Bounds:
    """What finite futures leave open of a share: Clopper-Pearson at the effective number of futures."""
    share, strangers = float(np.clip(sample.weight @ sample.value, 0.0, 1.0)), sample.strangers
    none = unseen(max(1, math.floor(strangers)))
    if share < SLACK or share > 1 - SLACK:
        return (0.0, none) if share < SLACK else (1 - none, 1.0)
    error = sample.error(sample.value)
    effective = min(sample.effective, share * (1 - share) / error**2) if error > 0 else sample.effective
    if strangers > 2:
        effective *= (stdtrit(max(sample.effective - 1, 1), 1 - TAIL) / stdtrit(strangers - 1, 1 - TAIL)) ** 2
    low = float(betaincinv(share * effective, (1 - share) * effective + 1, TAIL))
    high = float(betaincinv(share * effective + 1, (1 - share) * effective, 1 - TAIL))
    return min(low, 1 - none), max(high, none)


class Spread:
    """The weighted Kaplan-Meier estimate of a quantity's distribution."""

    def __init__(self, sample: Sample):
        self.sample = sample
        self.points, self.where = np.unique(sample.value, return_inverse=True)
        leaving = np.bincount(self.where, weights=sample.weight)
        at_risk = 1.0 - np.cumsum(leaving) + leaving
        ending = np.bincount(self.where, weights=sample.weight * sample.observed)
        hazard = np.divide(ending, at_risk, out=np.zeros_like(ending), where=at_risk > SLACK)
        self.below = 1.0 - np.cumprod(1.0 - np.clip(hazard, 0.0, 1.0))

    def quantile(self, share: float) -> float | None:
        """The smallest value that this share of the weight does not exceed; None when it was cut short."""
        place = int(np.searchsorted(self.below, share - SLACK))
        return float(self.points[place]) if place < len(self.points) else None

    def bar(self, share: float) -> Interval:
        """Interval of a quantile: Woodruff's, the standard error over strangers."""
        place = min(int(np.searchsorted(self.below, share - SLACK)), len(self.points) - 1)
        low_enough = (self.where <= place) & self.sample.observed
        error = self.sample.error(low_enough.astype(float))
        reach = float(stdtrit(max(self.sample.strangers - 1, 1), 1 - TAIL)) * error
        return self.quantile(max(share - reach, 0.0)), self.quantile(min(share + reach, 1.0))


def structural_bar(
    answers: Sequence[Answer], samples: Sequence[Sample | None], weights: Sequence[float], middle: float
) -> Interval | None:
    """The central 90 % of the theories' answers by posterior weight, noise taken out, about their mixture.

    Of a chance. Futures of different theories were resampled apart, so their noise adds up.
    """
    kept = [(a, s, w) for a, s, w in zip(answers, samples, weights, strict=True) if s and a.value is not None]
    if len(kept) < 2:
        return None
    weight = np.array([w for _, _, w in kept])
    if weight.sum() <= 0:
        return None
    value = np.array([a.value for a, _, _ in kept])
    noise = np.array([s.error(s.value) ** 2 for _, s, _ in kept])
    share = weight / weight.sum()
    apart = value - share @ value
    own = (1 - share) ** 2 * noise + np.array(
        [share**2 @ noise - p**2 * v for p, v in zip(share, noise, strict=True)]
    )
    return central(np.clip(middle + drawn_together(apart, own, weight), 0.0, 1.0), weight)
