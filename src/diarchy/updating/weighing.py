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
from diarchy.updating.cloud import Cloud, Weighed, start
from diarchy.updating.posterior import (
    POSTERIOR,
    finished,
    sample_of,
    structural_bar,
    theory_answer,
    weighed_answer,
)
from diarchy.updating.reports import Report, believed
from diarchy.updating.sifting import MOST_STAGES, Sieve, continues, sift, thinned

BASE = "base"
#: A report that all theories together thought less likely than this is one that they cannot explain.
UNEXPLAINED = 0.01
#: Effective futures of a theory below which its answers rest on next to nothing.
FEW = 10.0
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
    log_evidence, error : log probability that it gave to the reports; its standard error.
    bayes_factor : evidence over that of the base.
    effective : effective number of its futures that do not share parameters and past.
    log : what each lot of reports did.
    """

    name: str
    prior: float
    weight: float
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


class Weighing:
    """Weighs theories by reports, day by day.

    Parameters
    ----------
    design : of the futures; its model holds an arm for each theory.
    theories : in order, the base first.
    questions : to be answered; differences of two worlds cannot be.
    carrier : carries futures.
    told : called with futures done and in all, each counted twice a day: when sifted, and when finished.
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
        self.clouds: dict[str, Cloud] = {}
        self.done, self.total = 0, self._futures

    def days(self, reports: Sequence[Report], dates: Sequence[dt.date]) -> Iterator[Day]:
        """Each day's beliefs; a day without news has those of the day before.

        Parameters
        ----------
        reports : of any date; only those said by a day count on it.
        dates : ascending.
        """
        self.done, self.total = 0, self._futures * len(dates)
        before: tuple[str, ...] = ()
        last: Day | None = None
        for number, date in enumerate(dates, 1):
            held = believed(reports, date)
            ids = tuple(report.id for report in held)
            news = tuple(name for name in ids if name not in before)
            gone = tuple(name for name in before if name not in ids)
            if last is None or news or gone:
                last = self.day(held, date)
            last = replace(last, date=date, news=news, gone=gone)
            before = ids
            self._tell(number * self._futures)
            yield last

    @property
    def _futures(self) -> int:
        """Futures of all theories, each sifted and finished."""
        return 2 * sum(theory.forecasts for theory in self.theories)

    def _tell(self, done: int) -> None:
        """Say how far it is."""
        self.done = min(done, self.total)
        if self.told is not None:
            self.told(self.done, self.total)

    def day(self, held: Sequence[Report], date: dt.date) -> Day:
        """What is believed when some reports are, and nothing else."""
        clouds = []
        for tag, theory in enumerate(self.theories):
            clouds.append(self._sifted(tag, theory, held))
            self._tell(self.done + theory.forecasts)
        standings, warnings = self._standings(clouds), tuple(self._warnings(clouds))
        weights = [one.weight for one in standings]
        clouds = [thinned(c, self.sieve, t.forecasts) for c, t in zip(clouds, self.theories, strict=True)]
        outcomes = []
        for cloud in clouds:
            outcomes.append(self._finished(cloud))
            self._tell(self.done + len(cloud.runs))
        answers = [a for q in self.questions for a in self._answers(q, clouds, outcomes, weights)]
        ids = tuple(report.id for report in held)
        return Day(date, ids, (), (), standings, tuple(answers), warnings)

    def _sifted(self, tag: int, theory: Theory, held: Sequence[Report]) -> Cloud:
        """The futures of one theory, sifted; from where the day before left them, if that is the same."""
        cloud = self.clouds.get(theory.name)
        if cloud is None or not continues(cloud, held, self.sieve):
            design, runs = self.design, self.design.runs[: theory.futures]
            draws = design.draw_of(runs)
            arm = design.model.arms[theory.name]
            cloud = start(arm, tag, design.points[draws], runs, draws, design.futures)
        self.clouds[theory.name] = sift(cloud, held, self.sieve)
        return self.clouds[theory.name]

    def _finished(self, cloud: Cloud) -> dict[str, Outcome]:
        """What the futures of one theory answer at the end of the run."""
        steps, dt_ = self.calendar.steps, self.calendar.step
        return finished(cloud, self.design.names, steps, dt_, self.questions, self.carrier)

    def _standings(self, clouds: Sequence[Cloud]) -> tuple[Standing, ...]:
        """How the theories stand."""
        prior = np.array([theory.prior for theory in self.theories])
        prior = prior / prior.sum()
        evidence = [cloud.log_evidence for cloud in clouds]
        base = next((e for t, e in zip(self.theories, evidence, strict=True) if t.name == BASE), evidence[0])
        weight = posterior_weights(prior, evidence)
        return tuple(
            Standing(theory.name, float(p), float(w), log, cloud.evidence_error, float(np.exp(log - base)),
                     cloud.effective_roots, cloud.log)
            for theory, p, w, log, cloud in zip(self.theories, prior, weight, evidence, clouds, strict=True)
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
        few = [f"{c.arm.name} ({c.effective_roots:.0f})" for c in clouds if c.effective_roots < FEW]
        if few:
            yield f"few futures in effect: {', '.join(few)}; more --futures would tell more"
