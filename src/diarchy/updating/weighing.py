"""Weigh rival theories and their futures by what had been reported by a day.

Each theory has its own futures and is sifted by the same reports; the probability that it gave to all of them
is its evidence, and its weight is prior weight times evidence. Every day is worked out anew from the reports
believed on its evening, so that a report that was taken back leaves no trace, and one that came late counts
as if it had come in time. Nothing said after the day is looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from diarchy.ensemble.carry import Carrier
from diarchy.ensemble.design import Design
from diarchy.questions.answer import Answer
from diarchy.questions.outcomes import Outcome
from diarchy.questions.question import Question
from diarchy.randomness import stream_of
from diarchy.updating.cloud import Cloud, Weighed
from diarchy.updating.islands import islands_of, merged, settle
from diarchy.updating.posterior import (
    POSTERIOR,
    finished,
    sample_of,
    structural_bar,
    theory_answer,
    weighed_answer,
)
from diarchy.updating.reports import Report, believed
from diarchy.updating.sifting import MOST_STAGES, Sieve, by_lots, by_step, continues, crowd, thinned

BASE = "base"
#: A report that all theories together thought less likely than this is one that they cannot explain.
UNEXPLAINED = 0.01
#: Effective futures of a theory below which its answers rest on next to nothing.
FEW = 10.0
#: After so many of the last lots of reports futures are kept, for a day that takes back what came after.
KEPT = 3
_DRAWN = 2000  # draws of the log evidence for the range of a weight
NO_MIXTURE = "theories differ; see the answer of each"


@dataclass(frozen=True)
class Theory:
    """A theory to be weighed: an arm and its prior weight.

    Parameters
    ----------
    name, prior : the arm, its prior weight.
    futures : how many of the first futures are weighed.
    forecasts : how many of these, drawn by weight, go on to the end of the run to answer questions.
    """

    name: str
    prior: float
    futures: int
    forecasts: int


@dataclass(frozen=True)
class Standing:
    """How a theory stands after some reports.

    Parameters
    ----------
    name, prior, weight : which; prior and posterior weight, adding up to one over the theories.
    weight_range : the central 90 % of weights that the errors of all theories' evidence leave possible.
    log_evidence, error : log probability that it gave to the reports; how far apart islands find it.
    bayes_factor : evidence over that of the base.
    effective : how many futures that have nothing in common its futures are worth.
    log : what each lot of reports did.
    """

    name: str
    prior: float
    weight: float
    weight_range: tuple[float, float]
    log_evidence: float
    error: float
    bayes_factor: float
    effective: float
    log: tuple[Weighed, ...]


@dataclass(frozen=True)
class Day:
    """What is believed on the evening of a day.

    Parameters
    ----------
    date : the day.
    reports : ids of the reports believed, and those new or gone since the day before.
    news, gone : which of them came, and which were taken back, since the evening before.
    standings : of each theory.
    answers : of all theories by weight (arm 'posterior'), then of each.
    warnings : reports that cannot be explained, theories with too few futures.
    """

    date: dt.date
    reports: tuple[str, ...]
    news: tuple[str, ...]
    gone: tuple[str, ...]
    standings: tuple[Standing, ...]
    answers: tuple[Answer, ...]
    warnings: tuple[str, ...]

    @property
    def weights(self) -> dict[str, float]:
        """Theory -> posterior weight."""
        return {one.name: one.weight for one in self.standings}

    @property
    def weight_ranges(self) -> dict[str, tuple[float, float]]:
        """Theory -> the range of its weight."""
        return {one.name: one.weight_range for one in self.standings}


def posterior_weights(prior: ArrayLike, log_evidence: ArrayLike) -> np.ndarray:
    """Bayes' rule for rival theories (theory,).

    >>> posterior_weights([0.5, 0.5], np.log([0.8, 0.3])).round(6).tolist()
    [0.727273, 0.272727]
    """
    with np.errstate(divide="ignore"):
        log = np.log(np.asarray(prior, dtype=float)) + np.asarray(log_evidence, dtype=float)
    if not np.isfinite(log).any():
        return np.asarray(prior, dtype=float) / np.sum(prior)
    return np.exp(log - logsumexp(log))


def weight_ranges(prior: ArrayLike, log_evidence: ArrayLike, error: ArrayLike) -> np.ndarray:
    """The central 90 % of each theory's weight where log evidence is known with a normal error (theory, 2).

    >>> weight_ranges([0.5, 0.5], np.log([0.8, 0.3]), [0.0, 0.0]).round(6).tolist()
    [[0.727273, 0.727273], [0.272727, 0.272727]]
    """
    error = np.asarray(error, dtype=float)
    luck = np.random.default_rng(stream_of("updating.weights")).standard_normal((_DRAWN, len(error)))
    drawn = [posterior_weights(prior, one) for one in np.asarray(log_evidence) + luck * error]
    return np.quantile(drawn, [0.05, 0.95], axis=0).T


class Weighing:
    """Weighs theories by reports, day by day.

    Parameters
    ----------
    design : of the futures; its model holds an arm for each theory.
    theories : in order, the base first.
    questions : to be answered; differences of two worlds cannot be.
    carrier : carries futures.
    told : called with futures done and in all; each counts when it is sifted, and when it has gone on to the
        end, anew on each day that has news.
    """

    def __init__(
        self, design: Design, theories: Sequence[Theory], questions: Sequence[Question], carrier: Carrier,
        told: Callable[[int, int], None] | None = None,
    ):  # fmt: skip
        self.design, self.theories, self.carrier = design, tuple(theories), carrier
        self.questions = tuple(q for q in questions if not q.minus_arm)
        self.calendar, self.told = design.model.calendar, told
        steps = self.calendar.steps
        self.sieve = Sieve(carrier, design.names, self.calendar.step, steps, design.seed)
        self.islands: dict[str, list[tuple[Cloud, ...]]] = {}
        self.done, self.total = 0.0, self._futures

    def days(self, reports: Sequence[Report], dates: Sequence[dt.date]) -> Iterator[Day]:
        """Each day's beliefs; a day without news has those of the day before.

        Parameters
        ----------
        reports : of any date; only those said by a day count on it.
        dates : ascending.
        """
        held = [believed(reports, date) for date in dates]
        ids = [tuple(report.id for report in one) for one in held]
        fresh = [number == 0 or ids[number] != ids[number - 1] for number in range(len(dates))]
        self.done, self.total = 0.0, self._futures * sum(fresh)
        last: Day | None = None
        for number, date in enumerate(dates):
            before = ids[number - 1] if number else ()
            if last is None or fresh[number]:
                last = self.day(held[number], date)
            news = tuple(name for name in ids[number] if name not in before)
            gone = tuple(name for name in before if name not in ids[number])
            last = replace(last, date=date, news=news, gone=gone)
            yield last

    @property
    def _futures(self) -> int:
        """Futures of all theories on one day: those that are sifted, and those that go on to the end."""
        return sum(theory.futures + theory.forecasts for theory in self.theories)

    def _tell(self, futures: float) -> None:
        """Say how far it is when so many more futures are done."""
        if self.told is not None:
            self.told(round(min(self.done + futures, self.total)), self.total)

    def _told(self, futures: int) -> None:
        """Say that so many more futures are done."""
        self.done = min(self.done + futures, float(self.total))
        self._tell(0.0)

    def day(self, held: Sequence[Report], date: dt.date) -> Day:
        """What is believed when some reports are, and nothing else."""
        clouds = []
        for theory in self.theories:
            clouds.append(self._sifted(theory, held))
            self._told(theory.futures)
        standings, warnings = self._standings(clouds), tuple(self._warnings(clouds))
        weights = [one.weight for one in standings]
        clouds = [thinned(c, self.sieve, t.forecasts) for c, t in zip(clouds, self.theories, strict=True)]
        outcomes = []
        for cloud, theory in zip(clouds, self.theories, strict=True):
            outcomes.append(self._finished(cloud))
            self._told(theory.forecasts)
        answers = [a for q in self.questions for a in self._answers(q, clouds, outcomes, weights)]
        ids = tuple(report.id for report in held)
        return Day(date, ids, (), (), standings, tuple(answers), warnings)

    def _sifted(self, theory: Theory, held: Sequence[Report]) -> Cloud:
        """The futures of one theory, sifted; from the last day before with the same reports up to there."""
        if not held:
            return self._unsifted(theory)
        kept = [k for k in self.islands.get(theory.name, ()) if continues(k[0], held, self.sieve)]
        kept = kept or [self._settled(theory, held)]

        def told(share: float) -> None:  # islands take turns, so one tells for all
            self._tell(share * theory.futures)

        ways = [by_lots(c, held, self.sieve, None if k else told) for k, c in enumerate(kept[-1])]
        kept += zip(*ways, strict=True)
        self.islands[theory.name] = kept[-KEPT:]
        return merged(kept[-1])

    def _unsifted(self, theory: Theory) -> Cloud:
        """The futures of one theory as they are run."""
        (cloud,) = settle(self.design.model.arms[theory.name], self.design, theory.futures, 1.0, 1)
        return cloud

    def _settled(self, theory: Theory, held: Sequence[Report]) -> tuple[Cloud, ...]:
        """The futures of one theory at the start, and more of their kind, on islands."""
        times = crowd(min(by_step(held, self.sieve)), self.sieve)
        number = islands_of(theory.futures)
        return settle(self.design.model.arms[theory.name], self.design, theory.futures, times, number)

    def _finished(self, cloud: Cloud) -> dict[str, Outcome]:
        """What the futures of one theory answer at the end of the run."""
        steps, dt_ = self.calendar.steps, self.calendar.step
        return finished(cloud, self.design.names, steps, dt_, self.questions, self.carrier, self._tell)

    def _standings(self, clouds: Sequence[Cloud]) -> tuple[Standing, ...]:
        """How the theories stand."""
        prior = np.array([theory.prior for theory in self.theories])
        prior = prior / prior.sum()
        evidence = [cloud.log_evidence for cloud in clouds]
        base = next((e for t, e in zip(self.theories, evidence, strict=True) if t.name == BASE), evidence[0])
        weight = posterior_weights(prior, evidence)
        ranges = weight_ranges(prior, evidence, [cloud.evidence_error for cloud in clouds])
        return tuple(
            Standing(theory.name, float(p), float(w), (float(low), float(high)), log, cloud.evidence_error,
                     float(np.exp(log - base)), cloud.strangers, cloud.log)
            for theory, p, w, (low, high), log, cloud in zip(
                self.theories, prior, weight, ranges, evidence, clouds, strict=True)
        )  # fmt: skip

    def _answers(
        self, question: Question, clouds: Sequence[Cloud], outcomes: Sequence[Mapping[str, Outcome]],
        weights: Sequence[float],
    ) -> list[Answer]:  # fmt: skip
        """The answer of all theories by weight, then that of each."""
        own = [outcome[question.id] for outcome in outcomes]
        each = [theory_answer(question, cloud, one) for cloud, one in zip(clouds, own, strict=True)]
        mixed = weighed_answer(replace(each[0], arm=POSTERIOR), sample_of(clouds, own, weights))
        why = {k: v for k, v in mixed.why.items() if k != "structural"}
        bar = None
        if mixed.value is not None and mixed.kind == "probability":
            samples = [sample_of([c], [o], [1.0]) for c, o in zip(clouds, own, strict=True)]
            bar = structural_bar(each, samples, weights, mixed.value)
        if bar is None:
            why["structural"] = NO_MIXTURE
        interval = {**mixed.interval, "structural": bar}
        return [replace(mixed, interval=interval, why=why), *each]

    def _warnings(self, clouds: Sequence[Cloud]) -> Iterator[str]:
        """What the theories cannot explain, and where too few futures are left."""
        prior, evidence = [theory.prior for theory in self.theories], np.zeros(len(clouds))
        for log in zip(*(cloud.log for cloud in clouds), strict=True):
            weight = posterior_weights(prior, evidence)
            for report in log[0].reports:
                chance = float(weight @ [one.surprise[report] for one in log])
                if chance < UNEXPLAINED:
                    yield (
                        f"report '{report}' surprises all theories together (p = {chance:.2g}): they do not "
                        "explain it, and weights that rest on it may mislead"
                    )
            evidence = evidence + [one.log_evidence for one in log]
            stuck = [c.arm.name for c, one in zip(clouds, log, strict=True) if one.stages >= MOST_STAGES]
            if stuck:
                yield f"reports {', '.join(log[0].reports)} leave next to no future of {', '.join(stuck)}"
        few = [f"{c.arm.name} ({c.strangers:.0f})" for c in clouds if c.strangers < FEW]
        if few:
            yield f"few futures in effect: {', '.join(few)}; more --futures would tell more"
