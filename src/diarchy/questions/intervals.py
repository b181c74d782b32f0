"""Error bars: what finite futures leave open, and what the priors leave open, kept apart.

The design is nested: draws of the parameters, and for each draw several futures (repeats). Futures of one
draw share their parameters, so they are not independent; everything here treats draws as the independent
units. All intervals are central 90 % intervals. `None` stands for a bound, or an interval, that the futures
cannot give.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri, stdtrit

#: Coverage of every interval, and the probability left out at each end.
LEVEL = 0.90
TAIL = (1 - LEVEL) / 2
#: Slack in comparing cumulative probabilities that were added up.
SLACK = 1e-9
#: A between-draw share of variance above this is one: the beta distribution is then two points.
LARGEST_SHARE = 0.999

#: Two bounds, and two of which one may not be known.
Bounds = tuple[float, float]
Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Groups:
    """Values summed by draw.

    Parameters
    ----------
    sums : sum of the values of each draw (draw,).
    counts : number of futures of each draw, none of them 0 (draw,).
    member : which draw each value belongs to (run,).
    """

    sums: np.ndarray
    counts: np.ndarray
    member: np.ndarray

    @property
    def mean(self) -> float:
        """Mean over all futures."""
        return float(self.sums.sum() / self.counts.sum())

    @property
    def means(self) -> np.ndarray:
        """Mean of each draw (draw,)."""
        return self.sums / self.counts

    def standard_error(self) -> float:
        """Standard error of the mean, with draws as the independent units."""
        draws = len(self.counts)
        residuals = self.sums - self.mean * self.counts
        return float(np.sqrt(draws / (draws - 1) * np.sum(residuals**2)) / self.counts.sum())


def group(values: np.ndarray, draw: np.ndarray) -> Groups:
    """Sum values by draw."""
    _, member = np.unique(draw, return_inverse=True)
    return Groups(np.bincount(member, weights=values), np.bincount(member), member)


def unseen(draws: int) -> float:
    """The largest chance that leaves a 5 % chance of no draw showing an event.

    Notes
    -----
    The chance that one draw shows it is at least that of its first future, whatever futures of one draw have
    in common; so ``1 - 0.05 ** (1 / draws)``, the Clopper-Pearson bound for 0 of `draws`, holds without any
    assumption.

    References
    ----------
    clopper1934
    """
    return 1 - TAIL ** (1 / draws)


def share_interval(happened: np.ndarray, draw: np.ndarray) -> Bounds | None:
    """Interval of a probability from finitely many futures.

    Parameters
    ----------
    happened : whether the event happened (run,).
    draw : which draw each future belongs to (run,).

    Returns
    -------
    Bounds, or None with fewer than two draws.

    Notes
    -----
    A Clopper-Pearson interval for an effective number of futures, ``share (1 - share) / standard error **
    2``, where the standard error takes draws as independent units; at most the number of futures; reduced by
    the squared ratio of the t quantiles at futures - 1 and at draws - 1 degrees of freedom. When all futures
    agree there is no variance to go by, and the bound is that of `unseen`; no other outcome gives a tighter
    one on that side.

    References
    ----------
    clopper1934, korn1998
    """
    groups = group(happened.astype(float), draw)
    draws, n, share = len(groups.counts), int(groups.counts.sum()), groups.mean
    if draws < 2:
        return None
    if share in (0.0, 1.0):
        return (0.0, unseen(draws)) if share == 0 else (1 - unseen(draws), 1.0)
    error = groups.standard_error()
    effective = min(n, share * (1 - share) / error**2) if error > 0 else n
    effective *= (stdtrit(n - 1, 1 - TAIL) / stdtrit(draws - 1, 1 - TAIL)) ** 2
    low = float(betaincinv(share * effective, (1 - share) * effective + 1, TAIL))
    high = float(betaincinv(share * effective + 1, (1 - share) * effective, 1 - TAIL))
    return min(low, 1 - unseen(draws)), max(high, unseen(draws))


def variance_between(values: np.ndarray, draw: np.ndarray) -> tuple[float, float] | None:
    """Variance between draws and within draws.

    Returns
    -------
    (between, within), between clipped at 0; None when draws have one future each, which cannot tell them
    apart.

    Notes
    -----
    One-way analysis of variance with unequal group sizes: ``between = (MSB - MSW) / n0``,
    ``n0 = (N - sum n_d ** 2 / N) / (D - 1)``, ``within = MSW``.

    References
    ----------
    searle1992
    """
    groups = group(values, draw)
    counts, draws, n = groups.counts, len(groups.counts), int(groups.counts.sum())
    if draws < 2 or n <= draws:
        return None
    between = float(np.sum(counts * (groups.means - groups.mean) ** 2)) / (draws - 1)
    within = float(np.sum((values - groups.means[groups.member]) ** 2)) / (n - draws)
    size = (n - np.sum(counts**2) / n) / (draws - 1)
    return max(0.0, (between - within) / size), within


def share_spread(happened: np.ndarray, draw: np.ndarray) -> Bounds | None:
    """The 5 % and 95 % points of the probability given the parameters, over their prior.

    Returns
    -------
    Bounds; None when draws cannot be told apart, or when all futures agree.

    Notes
    -----
    Beta-binomial by moments: the probability of a draw is taken as beta with the overall share as its mean
    and ``a + b = 1 / rho - 1``, where rho is the share of variance between draws (`variance_between`). The
    noise of few futures a draw is thereby taken out, which the spread of the draws' raw frequencies would
    keep in.

    References
    ----------
    crowder1978, ridout1999
    """
    values = happened.astype(float)
    share, parts = float(values.mean()), variance_between(values, draw)
    if parts is None or share in (0.0, 1.0):
        return None
    between, within = parts
    rho = min(between / (between + within), LARGEST_SHARE)
    if rho == 0:
        return share, share
    size = 1 / rho - 1
    low, high = betaincinv(share * size, (1 - share) * size, [TAIL, 1 - TAIL])
    return float(low), float(high)


def mean_interval(values: np.ndarray, draw: np.ndarray) -> Bounds | None:
    """Interval of a mean: t interval with draws as independent units and draws - 1 degrees of freedom."""
    groups = group(values, draw)
    if len(groups.counts) < 2:
        return None
    reach = float(stdtrit(len(groups.counts) - 1, 1 - TAIL)) * groups.standard_error()
    return groups.mean - reach, groups.mean + reach


def shrunken_means(values: np.ndarray, draw: np.ndarray) -> np.ndarray | None:
    """Means of the draws, drawn together until their variance is the variance between draws (draw,).

    Notes
    -----
    Raw means of a few futures spread by ``between + within / n_d``. Scaled about the overall mean by the root
    of between over their own variance, they have the spread of the true ones.

    References
    ----------
    louis1984, searle1992
    """
    parts = variance_between(values, draw)
    if parts is None:
        return None
    means = group(values, draw).means
    spread = float(means.var(ddof=1))
    scale = min(1.0, np.sqrt(parts[0] / spread)) if spread > 0 else 0.0
    return float(values.mean()) + scale * (means - values.mean())


def mean_spread(values: np.ndarray, draw: np.ndarray) -> Bounds | None:
    """The 5 % and 95 % points of the mean given the parameters, over their prior."""
    means = shrunken_means(values, draw)
    if means is None:
        return None
    low, high = np.quantile(means, [TAIL, 1 - TAIL])
    return float(low), float(high)


def change_spread(change: np.ndarray, draw: np.ndarray) -> Bounds | None:
    """The 5 % and 95 % points of a change of a chance given the parameters, over their prior.

    Parameters
    ----------
    change : +1 where only the first of two worlds has the event, -1 where only the second has, else 0 (run,).
    draw : which draw each run belongs to (run,).

    Returns
    -------
    Bounds; None when draws cannot be told apart, or when no world ever differs.

    Notes
    -----
    Most draws have no such run and some have several, so the draws' means pile up at nought, and drawing
    them together, as `mean_spread` does, would move the pile. Chances of a gain and of a loss are taken as
    beta each (`share_spread`); the most gain with the least loss, and the reverse, are the bounds, wider
    than need be where both happen.
    """
    shares = (np.mean(change > 0), np.mean(change < 0))
    if max(shares) == 0.0 or variance_between(change, draw) is None:
        return None
    gain, loss = (
        share_spread(one, draw) or (share, share)
        for one, share in zip((change > 0, change < 0), shares, strict=True)
    )
    return float(gain[0] - loss[1]), float(gain[1] - loss[0])


@dataclass(frozen=True)
class Distribution:
    """The distribution of a quantity that the end of the run may cut short.

    Parameters
    ----------
    values : the number of each run, or the least that it can be (run,).
    observed : False where it was cut short (run,).
    draw : which draw each run belongs to (run,).
    points : distinct values, increasing (point,).
    hazard : share of the runs that get as far as each point and end there (point,).
    at_risk : runs that get as far as each point (point,).
    below : probability of at most each point (point,).

    References
    ----------
    kaplan1958
    """

    values: np.ndarray
    observed: np.ndarray
    draw: np.ndarray
    points: np.ndarray
    hazard: np.ndarray
    at_risk: np.ndarray
    below: np.ndarray

    def quantile(self, share: float) -> float | None:
        """The smallest value that this share of runs does not exceed; None when it was cut short."""
        place = int(np.searchsorted(self.below, share - SLACK))
        return float(self.points[place]) if place < len(self.points) else None

    def influence(self, place: int) -> np.ndarray:
        """What each run adds to the estimated probability of at most one point (run,).

        Notes
        -----
        ``S(t) sum over u <= t of (dN_i(u) - Y_i(u) h(u)) / ((1 - h(u)) Y(u) / n)``; without cut-short runs
        this is ``1{x_i <= t} - F(t)``.
        """
        n, where = len(self.values), np.searchsorted(self.points, self.values)
        survival = 1 - self.below[place]
        if survival <= SLACK:
            return np.zeros(n)
        weight = n / (self.at_risk[: place + 1] * (1 - self.hazard[: place + 1]))
        expected = np.cumsum(self.hazard[: place + 1] * weight)
        ended = np.where(self.observed & (where <= place), weight[np.minimum(where, place)], 0.0)
        return survival * (ended - expected[np.minimum(where, place)])

    def quantile_interval(self, share: float) -> Interval | None:
        """Interval of a quantile from finitely many futures; None with fewer than two draws.

        Notes
        -----
        Woodruff's: an interval for the probability of at most the quantile, its standard error taken over
        draws, mapped back through the estimated distribution. A bound that was cut short is None.

        References
        ----------
        woodruff1952, kaplan1958
        """
        draws = len(np.unique(self.draw))
        place = int(np.searchsorted(self.below, share - SLACK))
        if draws < 2:
            return None
        error = group(self.influence(min(place, len(self.points) - 1)), self.draw).standard_error()
        reach = float(stdtrit(draws - 1, 1 - TAIL)) * error
        low, high = max(share - reach, 1 / len(self.values)), min(share + reach, 1.0)
        return self.quantile(low), self.quantile(high)

    def spread(self) -> Interval | None:
        """The 5 % and 95 % points of the location given the parameters, over their prior.

        Notes
        -----
        Values become normal scores of their rank (for a cut-short one, of the middle of the ranks it may
        have); the scores' `shrunken_means` are the locations of the draws; their 5 % and 95 % points become
        values again through the pooled distribution.
        """
        n, where = len(self.values), np.searchsorted(self.points, self.values)
        before = np.concatenate([[0.0], self.below[:-1]])
        rank = np.where(self.observed, (before + self.below)[where] / 2, (1 + self.below[where]) / 2)
        means = shrunken_means(ndtri(np.clip(rank, 0.5 / n, 1 - 0.5 / n)), self.draw)
        if means is None:
            return None
        low, high = ndtr(np.quantile(means, [TAIL, 1 - TAIL]))
        return self.quantile(float(low)), self.quantile(float(high))


def distribution(values: np.ndarray, observed: np.ndarray, draw: np.ndarray) -> Distribution:
    """The Kaplan-Meier estimate of a distribution; without cut-short runs, the empirical one."""
    points, where = np.unique(values, return_inverse=True)
    leaving = np.bincount(where)
    at_risk = len(values) - np.cumsum(leaving) + leaving
    hazard = np.bincount(where, weights=observed.astype(float)) / at_risk
    below = 1 - np.cumprod(1 - hazard)
    return Distribution(values, observed, draw, points, hazard, at_risk, below)
