"""Weighted futures of one theory on their way: carried forward, measured, simulated anew.

References
----------
gordon1993
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtr, ndtri

from diarchy.calibration.targets import Rule
from diarchy.engine import FINE
from diarchy.ensemble.carry import Carried, Carrier, Stretch
from diarchy.mechanism import Parameter
from diarchy.model import Arm
from diarchy.questions.measures import Measured
from diarchy.questions.series import Frame
from diarchy.updating.kinship import Kinship

#: Futures carried together, at most and at least: in fewer, calling the kernels takes most of a step.
BLOCK, SMALLEST = 64, 16


@dataclass(frozen=True)
class Weighed:
    """What the reports that were settled together did to the futures of one theory.

    Parameters
    ----------
    reports : their ids.
    log_evidence : log probability of them given those before.
    variance : of `log_evidence`, futures counting as so many as there are strangers among them.
    surprise : report -> two-sided p-value before them.
    at_once : effective number of futures had they been weighed in one go.
    stages, accepted : in how many goes they were; share of proposed moves that were taken, 1 when none was.
    """

    reports: tuple[str, ...]
    log_evidence: float
    variance: float
    surprise: Mapping[str, float]
    at_once: float
    stages: int
    accepted: float


@dataclass(frozen=True)
class Cloud:
    """Weighted futures of one theory on their way.

    Parameters
    ----------
    arm : composition that they are futures of.
    runs : numbers that key the luck from here on (run,).
    scores : normal scores of the parameters (run, parameter).
    kin : what they have in common.
    free : the lowest run number that has not been used.
    many : how many there shall be in the end; there are more of them while they have not come far.
    step : how far they are.
    log_weight : log weights, whose exponentials add up to one (run,).
    status : 0 where a future is fine (run,).
    likely : log likelihood of the reports so far (run,).
    past : stretches of luck so far: the step at which each ended, and the numbers that keyed it (run,).
    states : all states at `step`; None at the start.
    path : records from the start to `step`: qualified state -> (run, time, *dims).
    told : ids of the reports so far, as they were settled.
    log : what they did.
    drawn : their parameters, where these are worked out already: qualified parameter -> (run,) [its unit].
    """

    arm: Arm
    runs: np.ndarray
    scores: np.ndarray
    kin: Kinship
    free: int
    many: int
    step: int
    log_weight: np.ndarray
    status: np.ndarray
    likely: np.ndarray
    past: tuple[tuple[int, np.ndarray], ...] = ()
    states: dict[str, np.ndarray] | None = None
    path: dict[str, np.ndarray] = field(default_factory=dict)
    told: tuple[tuple[str, ...], ...] = ()
    log: tuple[Weighed, ...] = ()
    drawn: Mapping[str, np.ndarray] | None = None

    @property
    def weight(self) -> np.ndarray:
        """Weights that add up to one (run,)."""
        return np.exp(self.log_weight)

    @property
    def effective(self) -> float:
        """Effective number of futures."""
        return float(1.0 / np.sum(self.weight**2))

    @property
    def strangers(self) -> float:
        """How many futures that have nothing in common count as much: what is left of the variety."""
        return self.kin.strangers(self.weight)

    @property
    def log_evidence(self) -> float:
        """Log probability of all reports so far."""
        return float(sum(one.log_evidence for one in self.log))

    @property
    def evidence_error(self) -> float:
        """Standard error of `log_evidence`, as far as these futures can know it."""
        return float(np.sqrt(sum(one.variance for one in self.log)))

    @property
    def is_weighed(self) -> bool:
        """Whether any report has told these futures apart."""
        return bool(self.log)

    def taken(self, places: np.ndarray) -> Cloud:
        """Some of the futures, each as often as it is named, alike in weight."""
        alike = np.full(len(places), -np.log(max(len(places), 1)))
        if np.array_equal(places, np.arange(len(self.runs))):
            return replace(self, log_weight=alike)
        return replace(
            self,
            runs=self.runs[places],
            scores=self.scores[places],
            kin=self.kin.taken(places),
            log_weight=alike,
            status=self.status[places],
            likely=self.likely[places],
            past=tuple((end, runs[places]) for end, runs in self.past),
            states=None if self.states is None else {k: s[places] for k, s in self.states.items()},
            path={k: r[places] for k, r in self.path.items()},
            drawn=None if self.drawn is None else {k: v[places] for k, v in self.drawn.items()},
        )

    def replaced(self, other: Cloud, places: np.ndarray, kept: np.ndarray) -> Cloud:
        """The futures of `other`, of the same step and stretches, put in some places; the weights stay.

        Parameters
        ----------
        other, places : what is put where.
        kept : the share of each that stays as it was (run of `other`,).
        """

        def put(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
            mixed = mine.copy()
            mixed[places] = theirs
            return mixed

        if not len(places):
            return self
        assert self.states is not None
        assert other.states is not None
        return replace(
            self,
            runs=put(self.runs, other.runs),
            scores=put(self.scores, other.scores),
            kin=self.kin.moved(places, kept),
            status=put(self.status, other.status),
            likely=put(self.likely, other.likely),
            past=tuple(
                (end, put(runs, new)) for (end, runs), (_, new) in zip(self.past, other.past, strict=True)
            ),
            states={k: put(s, other.states[k]) for k, s in self.states.items()},
            path={k: put(r, other.path[k]) for k, r in self.path.items()},
        )


def start(
    arm: Arm, points: np.ndarray, runs: np.ndarray, founders: np.ndarray, free: int, many: int
) -> Cloud:
    """Futures at the start, all alike in weight.

    Parameters
    ----------
    arm : composition.
    points : uniforms of each future's parameters, in sorted order of their names (run, parameter).
    runs, founders : run numbers; draws of the design (run,).
    free : the lowest run number that no other future has.
    many : how many there shall be in the end.
    """
    return fresh(arm, ndtri(points), runs, Kinship((founders,)), free, many)


def fresh(arm: Arm, scores: np.ndarray, runs: np.ndarray, kin: Kinship, free: int, many: int) -> Cloud:
    """The same, given the normal scores of the parameters."""
    n = len(runs)
    alike, fine = np.full(n, -np.log(n)), np.full(n, FINE)
    return Cloud(arm, runs, scores, kin, free, many, 0, alike, fine, np.zeros(n))


def values(cloud: Cloud, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The parameters of the futures: qualified parameter -> (run,) [its unit]."""
    if cloud.drawn is not None:
        return dict(cloud.drawn)
    declared: Mapping[str, Parameter] = cloud.arm.parameters()
    column = {name: j for j, name in enumerate(names)}
    return {
        name: cloud.arm.priors[name].quantile(ndtr(cloud.scores[:, column[name]]), p.lower, p.upper)
        for name, p in declared.items()
    }


def stretches(
    cloud: Cloud, names: Sequence[str], last: int, workers: int, path: bool = False
) -> Iterator[Stretch]:
    """The futures in blocks, to be carried to a step; with their path, where something is made of it."""
    drawn = values(cloud, names)
    size = min(BLOCK, max(SMALLEST, -(-len(cloud.runs) // workers)))
    for first in range(0, len(cloud.runs), size):
        part = slice(first, first + size)
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
    parts: list[Carried] = list(carrier.carry(stretches(cloud, names, last, carrier.workers)))
    states = {n: np.concatenate([part.states[n] for part in parts]) for n in parts[0].states}
    new = {n: np.concatenate([part.records[n] for part in parts]) for n in parts[0].records}
    path = {n: np.concatenate([cloud.path[n], r], axis=1) if n in cloud.path else r for n, r in new.items()}
    status = np.concatenate([part.status for part in parts])
    worse = np.where(cloud.status == FINE, status, cloud.status)
    return replace(cloud, states=states, path=path, step=last, status=worse)


def measure(cloud: Cloud, rule: Rule, dt: float) -> Measured:
    """What a rule gives in each future so far; a future that failed has no number.

    Parameters
    ----------
    cloud : on its way.
    rule : what is measured.
    dt : [day] length of a step.
    """
    totals = {name: float(fact.sum()) for name, fact in cloud.arm.facts.items()}
    fine = cloud.status == FINE
    n = len(fine)
    frame = Frame(
        np.arange(cloud.step + 1) * dt, int(fine.sum()), lambda name: cloud.path[name][fine], totals
    )
    whole = Measured(np.zeros(n), np.ones(n, dtype=bool), np.zeros(n, dtype=bool))
    for all_of, some in zip(whole, rule.measure(frame), strict=True):
        all_of[fine] = some
    return whole
