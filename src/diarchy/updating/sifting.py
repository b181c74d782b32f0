"""A particle filter over the run axis: futures of one theory, weighed by reports.

The futures of one arm are carried forward. When they have come so far that a report is settled, each is
weighed by how well it agrees. When the effective number of futures falls below half, they are resampled:
unlikely ones end, likely ones go on as several, each under the luck of a new run number. So that copies are
not alike in their parameters, these are jittered by the kernel of Liu and West, which keeps mean and variance
of the weighted futures, on the scale of the priors' normal scores: no value ever leaves its prior.

What a parameter has done before it is jittered stays done: a parameter that only sets the first state is
carried along without effect.

References
----------
gordon1993, liu2001, lee2018
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import logsumexp, ndtr, ndtri

from diarchy.calibration.targets import Rule
from diarchy.engine import FINE
from diarchy.ensemble.carry import Carried, Carrier, Stretch
from diarchy.mechanism import Parameter
from diarchy.model import Arm
from diarchy.questions.measures import Measured
from diarchy.questions.series import Frame
from diarchy.randomness import fill_uniforms, stream_of
from diarchy.updating.agreement import log_likelihood, surprise
from diarchy.updating.reports import Report

#: Below this share of the futures, the effective number makes them resampled.
ENOUGH = 0.5
#: Discount of Liu and West: 0.95 to 0.99 in their paper; nearer to one moves parameters less.
DISCOUNT = 0.98
#: Futures carried together.
BLOCK = 64
_SHRINK = (3 * DISCOUNT - 1) / (2 * DISCOUNT)
_SPREAD = np.sqrt(1 - _SHRINK**2)
_RESAMPLE, _JITTER = stream_of("updating.resample"), "updating.jitter."


@dataclass(frozen=True)
class Weighed:
    """What one report did to the futures of one theory.

    Parameters
    ----------
    report : its id.
    log_evidence : log probability of the report given those before it.
    surprise : two-sided p-value before it.
    effective : effective number of futures after it.
    """

    report: str
    log_evidence: float
    surprise: float
    effective: float


@dataclass(frozen=True)
class Cloud:
    """Weighted futures of one theory on their way.

    Parameters
    ----------
    arm : composition that they are futures of.
    runs : numbers that key the luck from here on (run,).
    scores : normal scores of the parameters (run, parameter).
    roots : which draw of the design each descends from (run,).
    draws : how many roots there were at the start.
    free : the lowest run number that has not been used.
    step : how far they are.
    log_weight : log weights, whose exponentials add up to one (run,).
    status : 0 where a future is fine (run,).
    states : all states at `step`; None at the start.
    path : records from the start to `step`: qualified state -> (run, time, *dims).
    generation : how often they were resampled.
    log : what each report did.
    """

    arm: Arm
    runs: np.ndarray
    scores: np.ndarray
    roots: np.ndarray
    draws: int
    free: int
    step: int
    log_weight: np.ndarray
    status: np.ndarray
    states: dict[str, np.ndarray] | None = None
    path: dict[str, np.ndarray] = field(default_factory=dict)
    generation: int = 0
    log: tuple[Weighed, ...] = ()

    @property
    def weight(self) -> np.ndarray:
        """Weights that add up to one (run,)."""
        return np.exp(self.log_weight)

    @property
    def effective(self) -> float:
        """Effective number of futures."""
        return float(1.0 / np.sum(self.weight**2))

    @property
    def log_evidence(self) -> float:
        """Log probability of all reports so far."""
        return float(sum(one.log_evidence for one in self.log))

    @property
    def is_weighed(self) -> bool:
        """Whether any report has told these futures apart."""
        return self.generation > 0 or bool(np.ptp(self.log_weight) > 0)

    def evidence_error(self) -> float:
        """Standard error of `log_evidence`, from how the weight is shared among the roots.

        Notes
        -----
        ``D / (D - 1) sum over roots (S_d - 1 / D) ** 2`` estimates the relative variance of the evidence, S_d
        being the weight of all descendants of root d (lee2018, the first term for independent roots).
        """
        shares = np.bincount(np.unique(self.roots, return_inverse=True)[1], weights=self.weight)
        n = self.draws
        return float(np.sqrt(max(0.0, n / max(n - 1, 1) * (np.sum(shares**2) - 1 / n))))


def start(arm: Arm, points: np.ndarray, runs: np.ndarray, roots: np.ndarray, free: int) -> Cloud:
    """Futures at the start, all alike in weight.

    Parameters
    ----------
    arm : composition.
    points : uniforms of each future's parameters, in sorted order of their names (run, parameter).
    runs, roots : run numbers; draws of the design (run,).
    free : the lowest run number that no future of the design has.
    """
    n = len(runs)
    alike = np.full(n, -np.log(n))
    return Cloud(arm, runs, ndtri(points), roots, len(np.unique(roots)), free, 0, alike, np.full(n, FINE))


def values(cloud: Cloud, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The parameters of the futures: qualified parameter -> (run,) [its unit]."""
    declared: Mapping[str, Parameter] = cloud.arm.parameters()
    column = {name: j for j, name in enumerate(names)}
    return {
        name: cloud.arm.priors[name].quantile(ndtr(cloud.scores[:, column[name]]), p.lower, p.upper)
        for name, p in declared.items()
    }


def stretches(cloud: Cloud, names: Sequence[str], last: int, path: bool = False) -> Iterator[Stretch]:
    """The futures in blocks, to be carried to a step."""
    drawn = values(cloud, names)
    for first in range(0, len(cloud.runs), BLOCK):
        part = slice(first, first + BLOCK)
        yield Stretch(
            cloud.arm.name,
            cloud.runs[part],
            {name: column[part] for name, column in drawn.items()},
            cloud.step,
            last,
            None if cloud.states is None else {n: s[part] for n, s in cloud.states.items()},
            {n: r[part] for n, r in cloud.path.items()} if path else None,
        )


def carried(cloud: Cloud, names: Sequence[str], last: int, carrier: Carrier) -> Cloud:
    """The futures at a later step."""
    if last <= cloud.step:
        return cloud
    parts: list[Carried] = list(carrier.carry(stretches(cloud, names, last)))
    states = {n: np.concatenate([part.states[n] for part in parts]) for n in parts[0].states}
    fresh = {n: np.concatenate([part.records[n] for part in parts]) for n in parts[0].records}
    path = {n: np.concatenate([cloud.path[n], r], axis=1) if n in cloud.path else r for n, r in fresh.items()}
    status = np.concatenate([part.status for part in parts])
    worse = np.where(cloud.status == FINE, status, cloud.status)
    return replace(cloud, states=states, path=path, step=last, status=worse)


def measure(cloud: Cloud, rule: Rule, dt: float) -> Measured:
    """What a rule gives in each future so far."""
    totals = {name: float(fact.sum()) for name, fact in cloud.arm.facts.items()}
    fine = cloud.status == FINE
    n = len(fine)
    frame = Frame(
        np.arange(cloud.step + 1) * dt, int(fine.sum()), lambda name: cloud.path[name][fine], totals
    )
    found = rule.measure(frame)
    whole = Measured(np.zeros(n), np.ones(n, dtype=bool), np.zeros(n, dtype=bool))
    for all_of, some in zip(whole, found, strict=True):
        all_of[fine] = some
    return whole


def weigh(cloud: Cloud, reports: Sequence[Report], dt: float) -> Cloud:
    """The futures weighed by reports that are settled by now; failed futures lose their weight."""
    log_weight, log = cloud.log_weight, list(cloud.log)
    for report in reports:
        assert report.rule is not None
        measured = measure(cloud, report.rule, dt)
        before = np.exp(log_weight)
        likely = np.where(cloud.status == FINE, log_likelihood(report, measured), -np.inf)
        heavier = log_weight + likely
        evidence = float(logsumexp(heavier))
        log_weight = heavier - evidence
        effective = float(1.0 / np.sum(np.exp(2 * log_weight)))
        log.append(Weighed(report.id, evidence, surprise(report, measured, before), effective))
    return replace(cloud, log_weight=log_weight, log=tuple(log))


def resampled(cloud: Cloud, names: Sequence[str], seed: int, n: int) -> Cloud:
    """Some futures, alike in weight, each as often as its weight says, with fresh luck and jittered.

    Parameters
    ----------
    cloud : weighed.
    names : the columns of the scores.
    seed : of the ensemble.
    n : how many.
    """
    weight = cloud.weight
    runs = cloud.free + np.arange(n, dtype=np.int64)
    luck = np.zeros((1, 1))
    fill_uniforms(np.uint64(seed), np.uint64(_RESAMPLE), runs[:1], cloud.step, luck)
    above = np.cumsum(weight)
    places = np.searchsorted(above / above[-1], (np.arange(n) + luck[0, 0]) / n)
    places = np.minimum(places, len(weight) - 1)
    centre = weight @ cloud.scores
    spread = np.sqrt(weight @ (cloud.scores - centre) ** 2)
    kept = _SHRINK * cloud.scores[places] + (1 - _SHRINK) * centre
    return replace(
        cloud,
        runs=runs,
        scores=kept + _SPREAD * spread * _noise(names, runs, cloud.step, seed),
        roots=cloud.roots[places],
        free=cloud.free + n,
        log_weight=np.full(n, -np.log(n)),
        status=cloud.status[places],
        states=None if cloud.states is None else {k: s[places] for k, s in cloud.states.items()},
        path={k: r[places] for k, r in cloud.path.items()},
        generation=cloud.generation + 1,
    )


def _noise(names: Sequence[str], runs: np.ndarray, step: int, seed: int) -> np.ndarray:
    """Standard normal numbers keyed by parameter, run and step: no column moves another (run, parameter)."""
    noise = np.zeros((len(runs), len(names)))
    for j, name in enumerate(names):
        column = np.zeros((len(runs), 1))
        stream = np.uint64(stream_of(f"{_JITTER}{name}"))
        fill_uniforms(np.uint64(seed), stream, runs, step, column)
        noise[:, j] = ndtri(column[:, 0])
    return noise


def sift(
    cloud: Cloud, reports: Sequence[Report], names: Sequence[str], dt: float, most: int, carrier: Carrier,
    seed: int,
) -> Cloud:  # fmt: skip
    """Carry futures from report to report, weigh them, and resample where too few count.

    Parameters
    ----------
    cloud : at the start.
    reports : believed, in any order; each is used when it is settled, so the order of telling cannot matter.
    names : the columns of the scores.
    dt, most : [day] length of a step; steps of the run.
    carrier : carries them.
    seed : of the ensemble.
    """
    for step, settled in by_step(reports, dt, most).items():
        cloud = weigh(carried(cloud, names, step, carrier), settled, dt)
        if cloud.effective < ENOUGH * len(cloud.runs):
            cloud = resampled(cloud, names, seed, len(cloud.runs))
    return cloud


def thinned(cloud: Cloud, names: Sequence[str], seed: int, n: int) -> Cloud:
    """No more futures than `n`: the first, where nothing has told them apart, else resampled ones."""
    if len(cloud.runs) <= n:
        return cloud
    if cloud.is_weighed:
        return resampled(cloud, names, seed, n)
    first = slice(0, n)
    return replace(
        cloud, runs=cloud.runs[first], scores=cloud.scores[first], roots=cloud.roots[first],
        log_weight=np.full(n, -np.log(n)), status=cloud.status[first],
        states=None if cloud.states is None else {k: s[first] for k, s in cloud.states.items()},
        path={k: r[first] for k, r in cloud.path.items()},
    )  # fmt: skip


def by_step(reports: Sequence[Report], dt: float, most: int) -> dict[int, list[Report]]:
    """Reports by the step at whose start they are settled, in order; a run that ends sooner settles them."""
    found: dict[int, list[Report]] = {}
    for report in sorted(reports, key=lambda one: (one.settled, one.id)):
        step = min(int(np.ceil(report.settled / dt - 1e-9)), most)
        found.setdefault(step, []).append(report)
    return found
