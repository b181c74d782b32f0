"""A particle filter over the run axis: futures of one theory, sifted by reports.

The futures of one arm are carried forward. When they have come so far that reports are settled, each is
weighed by how well it agrees. Where that would leave fewer than half of them in effect, the reports are let
in by degrees (powers of their likelihood), and after each degree the futures are resampled and moved:
unlikely ones end, likely ones go on as several, each under the luck of a new run number; and for each, some
of its parameters are proposed anew or nearby, with its own luck or with new luck over some stretches of its
way, simulated from the start, and taken by the rule of Metropolis.

    score' = sqrt(1 - s**2) score + s noise        of some parameters, in normal scores of their priors
    taken with chance min(1, likelihood' / likelihood)

The proposal leaves the prior of parameters and luck as it is, so no value ever leaves it and the chance needs
the likelihood alone. As the chance is drawn beforehand, a proposed future is given up as soon as the reports
on its way leave it no hope of being taken; that changes the time taken and nothing else. What is sampled is
the posterior itself and no approximation of it, also for parameters that only set the first state. Futures
under their own luck answer smoothly to their parameters, so near moves, and far moves of few parameters, are
often taken however much has been reported.

Variety is lost early: the first reports leave one future of fifty, and what a future of the first days costs
is little. So many more start than go on (`crowd`), such that each day's reports cost about the same.

References
----------
gordon1993, gilks2001, andrieu2010, cotter2013, delmoral2006, lee2018
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from diarchy.engine import FINE
from diarchy.ensemble.carry import Carrier
from diarchy.randomness import fill_uniforms, stream_of
from diarchy.updating.agreement import greatest, log_likelihood, surprise
from diarchy.updating.cloud import Cloud, Weighed, carried, fresh, measure, values
from diarchy.updating.kinship import Kinship
from diarchy.updating.reports import Report

#: Below this share of the futures, the effective number makes reports come in by degrees, and futures move.
ENOUGH = 0.5
#: A proposed move takes one of these shares of the parameters, or all of one mechanism (0, twice as often),
#: by one of these sizes, each at random for each future. Near moves are taken, and moves of few parameters
#: and of mechanisms that reports say nothing about; the others explore.
SHARES, SIZES = (0.0, 0.0, 0.03, 0.1, 1.0), (0.3, 1.0)
#: Share of the moves that keep their luck; of the others, those that renew it over one stretch alone.
SAME_LUCK, ONE_STRETCH = 0.3, 0.5
#: Futures that have come less than a third of the way are more by as much as they have come less far.
EARLY, MOST_TIMES = 3.0, 8.0
#: A move is tried so often after each degree, and up to so often after the last; no longer once futures have
#: renewed so much of themselves on average.
TRIES, LAST_TRIES, RENEWED = 2, 8, 0.3
#: Degrees after which the rest of the reports comes in at once, and the answer says that few futures count.
MOST_STAGES = 30
#: Slack in giving up a move: sums of logarithms in another order differ by less.
SLACK = 1e-9
_RESAMPLE, _JITTER = stream_of("updating.resample"), "updating.jitter."
_SHARE, _OWNER, _SIZE, _LUCK, _SPAN, _TAKE = (
    stream_of(f"updating.{name}") for name in ("share", "owner", "size", "luck", "span", "take")
)
_WHICH = "updating.which."


@dataclass(frozen=True)
class Sieve:
    """What sifting needs besides futures and reports.

    Parameters
    ----------
    carrier : carries futures.
    names : the parameters, in order: columns of the scores.
    dt, most : [day] length of a step; steps of the run.
    seed : of the ensemble.
    """

    carrier: Carrier
    names: tuple[str, ...]
    dt: float
    most: int
    seed: int

    def luck(self, stream: int, runs: np.ndarray, step: int) -> np.ndarray:
        """One uniform for each run (run,)."""
        out = np.zeros((len(runs), 1))
        fill_uniforms(np.uint64(self.seed), np.uint64(stream), runs, step, out)
        return out[:, 0]

    def noise(self, runs: np.ndarray, step: int) -> np.ndarray:
        """Standard normal numbers keyed by parameter, run and step (run, parameter)."""
        return ndtri(self.by_parameter(_JITTER, runs, step))

    def by_parameter(self, what: str, runs: np.ndarray, step: int) -> np.ndarray:
        """Uniforms keyed by parameter, run and step (run, parameter)."""
        columns = [self.luck(stream_of(f"{what}{name}"), runs, step) for name in self.names]
        return np.column_stack(columns) if columns else np.zeros((len(runs), 0))


def by_step(reports: Sequence[Report], sieve: Sieve) -> dict[int, tuple[Report, ...]]:
    """Reports by the step at whose start they are settled, in order; a run that ends sooner settles them."""
    found: dict[int, tuple[Report, ...]] = {}
    for report in sorted(reports, key=lambda one: (one.settled, one.id)):
        step = min(int(np.ceil(report.settled / sieve.dt - 1e-9)), sieve.most)
        found[step] = (*found.get(step, ()), report)
    return found


def crowd(step: int, sieve: Sieve) -> float:
    """How many times as many futures there are at a step as in the end."""
    return min(max(sieve.most / (EARLY * max(step, 1)), 1.0), MOST_TIMES)


def sift(cloud: Cloud, reports: Sequence[Report], sieve: Sieve) -> Cloud:
    """Carry futures from report to report, and sift them at each; for parameters see `by_lots`."""
    return [cloud, *by_lots(cloud, reports, sieve)][-1]


def by_lots(
    cloud: Cloud, reports: Sequence[Report], sieve: Sieve, told: Callable[[float], None] | None = None
) -> Iterator[Cloud]:
    """Futures after each lot of reports that is settled at one time.

    Parameters
    ----------
    cloud : at the start, or sifted by the first of these reports already (`continues`).
    reports : believed, in any order; each is used when it is settled, so the order of telling cannot matter.
    sieve : all else.
    told : called with the share of the lots that is let in.
    """
    before: tuple[Report, ...] = ()
    lots = by_step(reports, sieve)
    for number, (step, settled) in enumerate(lots.items()):
        if number >= len(cloud.told):
            cloud = carried(cloud, sieve.names, step, sieve.carrier)
            say = None if told is None else partial(_tell, told, number, len(lots))
            cloud = _let_in(cloud, before, settled, sieve, say)
            yield cloud
        before += settled


def _tell(told: Callable[[float], None], lots: int, of: int, degree: float) -> None:
    """Tell how many lots are let in, and how much of the next."""
    told((lots + degree) / of)


def continues(cloud: Cloud, reports: Sequence[Report], sieve: Sieve) -> bool:
    """Whether sifting by some reports begins with just what these futures have been through."""
    groups = tuple(tuple(report.id for report in group) for group in by_step(reports, sieve).values())
    return groups[: len(cloud.told)] == cloud.told


def _likely(cloud: Cloud, reports: Sequence[Report], sieve: Sieve) -> np.ndarray:
    """Log likelihood of some reports in each future; none in one that failed (run,)."""
    total = np.zeros(len(cloud.runs))
    for report in reports:
        assert report.rule is not None
        total += log_likelihood(report, measure(cloud, report.rule, sieve.dt))
    return np.where(cloud.status == FINE, total, -np.inf)


def _let_in(
    cloud: Cloud, before: tuple[Report, ...], settled: tuple[Report, ...], sieve: Sieve,
    told: Callable[[float], None] | None = None,
) -> Cloud:  # fmt: skip
    """Futures weighed by reports that are settled now, by degrees where they would leave too few."""
    surprises = {}
    for report in settled:
        assert report.rule is not None
        surprises[report.id] = surprise(report, measure(cloud, report.rule, sieve.dt), cloud.weight)
    fresh_likely = _likely(cloud, settled, sieve)
    at_once = _effective(cloud.log_weight + fresh_likely)
    n = min(len(cloud.runs), round(cloud.many * crowd(cloud.step, sieve)))
    degree, evidence, variance, stages, shares = 0.0, 0.0, 0.0, 0, []
    while degree < 1.0:
        stages += 1
        more = _degree(cloud.log_weight, fresh_likely, 1.0 - degree, n)
        more = 1.0 - degree if stages >= MOST_STAGES else more
        heavier = cloud.log_weight + (more * fresh_likely if more < 1.0 else fresh_likely)
        gain = float(np.logaddexp.reduce(heavier))
        evidence += gain
        variety = cloud.strangers
        cloud = replace(cloud, log_weight=heavier - gain)
        variance += (len(cloud.runs) / cloud.effective - 1.0) / variety
        degree = 1.0 if more >= 1.0 - degree else degree + more
        if cloud.effective <= ENOUGH * n * (1 + 1e-6) or (degree == 1.0 and stages > 1):
            cloud, fresh_likely, share = _moved(cloud, n, fresh_likely, degree, before, settled, sieve)
            shares.append(share)
        if told is not None:
            told(degree)
    ids = tuple(report.id for report in settled)
    accepted = float(np.mean(shares)) if shares else 1.0
    log = Weighed(ids, evidence, variance, surprises, at_once, stages, accepted)
    likely = cloud.likely + fresh_likely
    return replace(cloud, likely=likely, told=(*cloud.told, ids), log=(*cloud.log, log))


def _effective(log_weight: np.ndarray) -> float:
    """Effective number of futures of unnormalised log weights; 0 where none is possible."""
    if not np.isfinite(log_weight).any():
        return 0.0
    whole, squares = np.logaddexp.reduce(log_weight), np.logaddexp.reduce(2 * log_weight)
    return float(np.exp(2 * whole - squares))


def _degree(log_weight: np.ndarray, likely: np.ndarray, left: float, n: int) -> float:
    """How much more of the likelihood can come in before fewer than half of `n` futures are in effect."""
    floor = ENOUGH * n
    if _effective(log_weight + left * likely) >= floor:
        return left
    # A failed future is out at any degree, and no degree brings it back.
    possible = np.where(np.isfinite(likely), likely, -np.inf)

    def spare(degree: float) -> float:
        return _effective(log_weight + degree * possible) - floor

    least = 1e-6 * left
    return least if spare(least) <= 0 else float(brentq(spare, least, left, xtol=1e-9))


def resampled(cloud: Cloud, sieve: Sieve, n: int) -> Cloud:
    """Some futures, alike in weight, each as often as its weight says, going on under fresh luck.

    Parameters
    ----------
    cloud : weighed.
    sieve : keys the luck.
    n : how many.
    """
    runs = cloud.free + np.arange(n, dtype=np.int64)
    luck = sieve.luck(_RESAMPLE, runs[:1], cloud.step)[0]
    above = np.cumsum(cloud.weight)
    places = np.searchsorted(above / above[-1], (np.arange(n) + luck) / n)
    cloud = cloud.taken(np.minimum(places, len(above) - 1))
    ended = cloud.past[-1][0] if cloud.past else 0
    past = (*cloud.past, (cloud.step, cloud.runs)) if cloud.step > ended else cloud.past
    return replace(cloud, runs=runs, past=past, free=cloud.free + n)


def _moved(
    cloud: Cloud, n: int, fresh_likely: np.ndarray, degree: float, before: tuple[Report, ...],
    settled: tuple[Report, ...], sieve: Sieve,
) -> tuple[Cloud, np.ndarray, float]:  # fmt: skip
    """So many futures resampled and moved, their likelihood of what is settled now, share of moves taken."""
    # The likelihood that is coming in travels with the futures in a column of its own.
    marked = replace(cloud, path={**cloud.path, "": fresh_likely})
    cloud = resampled(marked, sieve, n)
    fresh_likely = cloud.path[""].copy()
    cloud = replace(cloud, path={k: r for k, r in cloud.path.items() if k})
    same, taken, tried = np.ones(len(cloud.runs)), 0, 0
    most = LAST_TRIES if degree == 1.0 else TRIES
    while tried < most and same.mean() > 1 - RENEWED:
        tried += 1
        runs = cloud.free + np.arange(len(cloud.runs), dtype=np.int64)
        bar = np.log(sieve.luck(_TAKE, runs, cloud.step)) + cloud.likely + degree * fresh_likely
        hope = degree * sum(greatest(report) for report in settled)
        other, places, theirs, kept = _proposed(cloud, runs, before, bar - hope, sieve)
        cloud = replace(cloud, free=cloud.free + len(runs))
        if not len(places):
            continue
        new = _likely(other, settled, sieve)
        yes = np.isfinite(theirs + new) & (theirs + degree * new > bar[places])
        new_ones = replace(other, likely=theirs).taken(np.flatnonzero(yes))
        cloud = cloud.replaced(new_ones, places[yes], kept[places[yes]])
        fresh_likely[places[yes]] = new[yes]
        same[places[yes]] *= kept[places[yes]]
        taken += int(yes.sum())
    return cloud, fresh_likely, taken / (tried * len(cloud.runs))


def _proposed(
    cloud: Cloud, runs: np.ndarray, before: tuple[Report, ...], bar: np.ndarray, sieve: Sieve
) -> tuple[Cloud, np.ndarray, np.ndarray, np.ndarray]:
    """For each future another one, with some parameters and some luck moved, simulated to the same step.

    Parameters
    ----------
    cloud : resampled.
    runs : numbers for the new ones (run,).
    before : reports that are in already.
    bar : log likelihood of these that a new one must pass (run,). One that cannot pass it any more, however
        well it agrees with the reports to come, is given up on the way: most are, and early.
    sieve : all else.

    Returns
    -------
    (those that were not given up, their places in the cloud, their log likelihood of the reports before, the
    share of each proposed one that is as it was).
    """
    new, renewed, same = _drawn(cloud, runs, sieve)
    new = replace(new, drawn=values(new, sieve.names))  # once, not on each leg of the way
    lots = by_step(before, sieve)
    hope = sum(greatest(report) for report in before)
    places, likely = np.arange(len(runs)), np.zeros(len(runs))
    for number, (end, old) in enumerate(cloud.past):
        keys = np.where(renewed[:, number], runs, old)
        for stop in (*(step for step in lots if new.step < step < end), end):
            new = carried(replace(new, runs=keys[places]), sieve.names, stop, sieve.carrier)
            settled = lots.get(stop, ())
            hope -= sum(greatest(report) for report in settled)
            likely = likely + _likely(new, settled, sieve)
            kept = np.flatnonzero(likely + hope > bar[places] - SLACK)
            new, places, likely = new.taken(kept), places[kept], likely[kept]
            if not len(places):
                return new, places, likely, same
        new = replace(new, past=(*new.past, (end, keys[places])))
    return replace(new, runs=runs[places]), places, likely, same


def _drawn(cloud: Cloud, runs: np.ndarray, sieve: Sieve) -> tuple[Cloud, np.ndarray, np.ndarray]:
    """New futures at the start with some parameters moved; where their luck is new; the share that is not.

    Returns
    -------
    (futures, whether the luck of each stretch is new (run, stretch), what is as it was (run,)).
    """
    n, ends = len(runs), np.array([end for end, _ in cloud.past])
    size = _one_of(SIZES, _SIZE, cloud, runs, sieve)
    away = np.where(_chosen(cloud, runs, sieve), size[:, None], 0.0)
    near = np.sqrt(1 - away**2)
    scores = near * cloud.scores + away * sieve.noise(runs, cloud.step)
    # New luck from this stretch on, or in it alone; a number beyond the last keeps it all.
    luck = (sieve.luck(_LUCK, runs, cloud.step) - SAME_LUCK) / (1 - SAME_LUCK)
    since = np.where(luck < 0, len(ends), np.floor(luck * len(ends)))[:, None]
    alone = (sieve.luck(_SPAN, runs, cloud.step) < ONE_STRETCH)[:, None]
    number = np.arange(len(ends))
    renewed = np.where(alone, number == since, number >= since)
    same_luck = 1 - renewed @ np.diff(ends, prepend=0) / max(cloud.step, 1)
    same = (near.mean(axis=1) if sieve.names else 1.0) / 2 + same_luck / 2
    return fresh(cloud.arm, scores, runs, Kinship((runs,)), cloud.free + n, cloud.many), renewed, same


def _chosen(cloud: Cloud, runs: np.ndarray, sieve: Sieve) -> np.ndarray:
    """Which parameters move: some, or those of one mechanism (run, parameter)."""
    share = _one_of(SHARES, _SHARE, cloud, runs, sieve)[:, None]
    least = np.where(share > 0, 1 / max(len(sieve.names), 1), 0.0)
    some = sieve.by_parameter(_WHICH, runs, cloud.step) < np.maximum(share, least)
    owners = [name.partition(".")[0] for name in sieve.names]
    mechanisms = tuple(dict.fromkeys(owners))
    if not mechanisms:
        return some
    one = _one_of(tuple(range(len(mechanisms))), _OWNER, cloud, runs, sieve)[:, None]
    return some | ((share == 0) & (np.array([mechanisms.index(name) for name in owners]) == one))


def _one_of(values: Sequence[float], stream: int, cloud: Cloud, runs: np.ndarray, sieve: Sieve) -> np.ndarray:
    """One of some values at random for each run (run,)."""
    pick = (sieve.luck(stream, runs, cloud.step) * len(values)).astype(int)
    return np.array(values)[np.minimum(pick, len(values) - 1)]


def thinned(cloud: Cloud, sieve: Sieve, n: int) -> Cloud:
    """No more futures than `n`: the first, where nothing has told them apart, else resampled ones."""
    if len(cloud.runs) <= n:
        return cloud
    return resampled(cloud, sieve, n) if cloud.is_weighed else cloud.taken(np.arange(n))
