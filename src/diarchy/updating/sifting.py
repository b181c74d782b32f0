"""A particle filter over the run axis: futures of one theory, sifted by reports.

The futures of one arm are carried forward. When they have come so far that reports are settled, each is
weighed by how well it agrees. Where that would leave fewer than half of them in effect, the reports are let
in by degrees (powers of their likelihood), and after each degree the futures are resampled and moved:
unlikely ones end, likely ones go on as several, each under the luck of a new run number; and for each, other
parameters nearby are proposed, with its own luck or with new luck from some moment on, simulated from the
start, and taken by the rule of Metropolis.

    score' = sqrt(1 - s**2) score + s noise        on the scale of the priors' normal scores
    taken with chance min(1, likelihood' / likelihood)

The proposal leaves the prior of parameters and luck as it is, so no value ever leaves it and the chance needs
the likelihood alone. As the chance is drawn beforehand, a proposed future is given up as soon as the reports
on its way leave it no hope of being taken; that changes the time taken and nothing else. What is sampled is
the posterior itself and no approximation of it, also for parameters that only set the first state. Futures
under their own luck answer smoothly to their parameters, so near moves are often taken however much has been
reported.

References
----------
gordon1993, gilks2001, andrieu2010, cotter2013, delmoral2006
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtri

from diarchy.engine import FINE
from diarchy.ensemble.carry import Carrier
from diarchy.randomness import fill_uniforms, stream_of
from diarchy.updating.agreement import greatest, log_likelihood, surprise
from diarchy.updating.cloud import Cloud, Weighed, carried, fresh, measure
from diarchy.updating.reports import Report

#: Below this share of the futures, the effective number makes reports come in by degrees, and futures move.
ENOUGH = 0.5
#: Sizes of a proposed move, one at random for each future: near ones are taken, far ones explore.
SIZES = (0.05, 0.15, 0.4, 0.9)
#: A move of this size, or one with all luck new, makes a root of its own: it is as good as another future.
FAR = 0.4
#: Share of the moves that keep their luck.
SAME_LUCK = 0.5
#: A move is tried up to so often after each degree, and no longer once so many futures have moved.
TRIES, MOVED = 3, 0.5
#: Degrees after which the rest of the reports comes in at once, and the answer says that few futures count.
MOST_STAGES = 30
#: Slack in giving up a move: sums of logarithms in another order differ by less.
SLACK = 1e-9
_RESAMPLE, _JITTER = stream_of("updating.resample"), "updating.jitter."
_SIZE, _LUCK, _TAKE = (stream_of(f"updating.{name}") for name in ("size", "luck", "take"))


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
        columns = [ndtri(self.luck(stream_of(f"{_JITTER}{name}"), runs, step)) for name in self.names]
        return np.column_stack(columns) if columns else np.zeros((len(runs), 0))


def by_step(reports: Sequence[Report], sieve: Sieve) -> dict[int, tuple[Report, ...]]:
    """Reports by the step at whose start they are settled, in order; a run that ends sooner settles them."""
    found: dict[int, tuple[Report, ...]] = {}
    for report in sorted(reports, key=lambda one: (one.settled, one.id)):
        step = min(int(np.ceil(report.settled / sieve.dt - 1e-9)), sieve.most)
        found[step] = (*found.get(step, ()), report)
    return found


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
    degree, evidence, variance, stages, shares = 0.0, 0.0, 0.0, 0, []
    while degree < 1.0:
        stages += 1
        more = _degree(cloud.log_weight, fresh_likely, 1.0 - degree)
        more = 1.0 - degree if stages >= MOST_STAGES else more
        heavier = cloud.log_weight + (more * fresh_likely if more < 1.0 else fresh_likely)
        gain = float(logsumexp(heavier))
        evidence += gain
        variety = cloud.effective_roots
        cloud = replace(cloud, log_weight=heavier - gain)
        variance += (len(cloud.runs) / cloud.effective - 1.0) / variety
        degree = 1.0 if more >= 1.0 - degree else degree + more
        if cloud.effective <= ENOUGH * len(cloud.runs) * (1 + 1e-6):
            cloud, fresh_likely, share = _moved(cloud, fresh_likely, degree, before, settled, sieve)
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
    return float(np.exp(2 * logsumexp(log_weight) - logsumexp(2 * log_weight)))


def _degree(log_weight: np.ndarray, likely: np.ndarray, left: float) -> float:
    """How much more of the likelihood can come in before fewer than half of the futures are in effect."""
    floor = ENOUGH * len(likely)
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
    cloud: Cloud, fresh_likely: np.ndarray, degree: float, before: tuple[Report, ...],
    settled: tuple[Report, ...], sieve: Sieve,
) -> tuple[Cloud, np.ndarray, float]:  # fmt: skip
    """Futures resampled and moved, their likelihood of what is settled now, and the share of moves taken."""
    # The likelihood that is coming in travels with the futures in a column of its own.
    marked = replace(cloud, path={**cloud.path, "": fresh_likely})
    cloud = resampled(marked, sieve, len(cloud.runs))
    fresh_likely = cloud.path[""].copy()
    cloud = replace(cloud, path={k: r for k, r in cloud.path.items() if k})
    ever, taken, tried = np.zeros(len(cloud.runs), dtype=bool), 0, 0
    while tried < TRIES and ever.mean() < MOVED:
        tried += 1
        runs = cloud.free + np.arange(len(cloud.runs), dtype=np.int64)
        bar = np.log(sieve.luck(_TAKE, runs, cloud.step)) + cloud.likely + degree * fresh_likely
        hope = degree * sum(greatest(report) for report in settled)
        other, places, theirs = _proposed(cloud, runs, before, bar - hope, sieve)
        cloud = replace(cloud, free=cloud.free + len(runs))
        if not len(places):
            continue
        new = _likely(other, settled, sieve)
        yes = np.isfinite(theirs + new) & (theirs + degree * new > bar[places])
        cloud = cloud.replaced(replace(other, likely=theirs).taken(np.flatnonzero(yes)), places[yes])
        fresh_likely[places[yes]] = new[yes]
        ever[places[yes]] = True
        taken += int(yes.sum())
    return cloud, fresh_likely, taken / (tried * len(cloud.runs))


def _proposed(
    cloud: Cloud, runs: np.ndarray, before: tuple[Report, ...], bar: np.ndarray, sieve: Sieve
) -> tuple[Cloud, np.ndarray, np.ndarray]:
    """For each future another one, with parameters nearby and some new luck, simulated to the same step.

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
    (those that were not given up, their places in the cloud, their log likelihood of the reports before).
    """
    new, since = _drawn(cloud, runs, sieve)
    lots = by_step(before, sieve)
    hope = sum(greatest(report) for report in before)
    places, likely = np.arange(len(runs)), np.zeros(len(runs))
    for number, (end, old) in enumerate(cloud.past):
        keys = np.where(number >= since, runs, old)
        for stop in (*(step for step in lots if new.step < step < end), end):
            new = carried(replace(new, runs=keys[places]), sieve.names, stop, sieve.carrier)
            settled = lots.get(stop, ())
            hope -= sum(greatest(report) for report in settled)
            likely = likely + _likely(new, settled, sieve)
            kept = np.flatnonzero(likely + hope > bar[places] - SLACK)
            new, places, likely = new.taken(kept), places[kept], likely[kept]
            if not len(places):
                return new, places, likely
        new = replace(new, past=(*new.past, (end, keys[places])))
    return replace(new, runs=runs[places]), places, likely


def _drawn(cloud: Cloud, runs: np.ndarray, sieve: Sieve) -> tuple[Cloud, np.ndarray]:
    """New futures at the start, with parameters near those of others, and since when their luck is new."""
    n, stretches = len(cloud.runs), len(cloud.past)
    pick = (sieve.luck(_SIZE, runs, cloud.step) * len(SIZES)).astype(int)
    size = np.array(SIZES)[np.minimum(pick, len(SIZES) - 1)]
    # New luck from this stretch on; a number beyond the last keeps it all.
    luck = (sieve.luck(_LUCK, runs, cloud.step) - SAME_LUCK) / (1 - SAME_LUCK)
    since = np.where(luck < 0, stretches, np.floor(luck * stretches))
    scores = np.sqrt(1 - size[:, None] ** 2) * cloud.scores
    scores += size[:, None] * sieve.noise(runs, cloud.step)
    roots = np.where((size >= FAR) | (since == 0), runs + ((cloud.tag + 1) << 40), cloud.roots)
    return fresh(cloud.arm, cloud.tag, scores, runs, roots, cloud.free + n), since


def thinned(cloud: Cloud, sieve: Sieve, n: int) -> Cloud:
    """No more futures than `n`: the first, where nothing has told them apart, else resampled ones."""
    if len(cloud.runs) <= n:
        return cloud
    return resampled(cloud, sieve, n) if cloud.is_weighed else cloud.taken(np.arange(n))
