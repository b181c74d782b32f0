"""How long foreign troops stay: Kaplan-Meier, Weibull, and the survival table that ships.

A stay has two clocks, and sources differ in which they read: an `operation` ends when active operations
end, a `garrison` when the last of the troops are out. All stays are in days elapsed from the first day to the
last, so that troops who came on the 6th and were gone on the 19th stayed 13 days.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from scipy.special import betaincinv, ndtri

from diarchy.errors import DesignError, Fault, nearest

#: What each clock counts to.
CLOCKS = {
    "operation": "until active operations end; a garrison may stay on",
    "garrison": "until the last of the troops are out, bases included",
}
#: Coverage of every interval, and the probability left out at each end.
LEVEL = 0.90
TAIL = (1 - LEVEL) / 2
#: Dates tell days, not hours: a stay that began and ended on one day counts as half a day.
SAME_DAY = 0.5
#: Days at which the table that ships is read [day]: days, weeks, months, years.
GRID = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 548, 730, 1095, 1826, 3652, 7305)
#: The table that ships.
STAYS = Path(__file__).parent / "tables" / "stays.csv"


def science(name: str) -> ModuleType:
    """A library of the extra `science`, imported where it is needed.

    Parameters
    ----------
    name : the module's name, such as ``lifelines``.

    Returns
    -------
    The module.

    Raises
    ------
    DesignError
        When it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        fault = Fault(
            f"this needs {error.name}, which is not installed", cure="pip install 'diarchy[science]'"
        )
        raise DesignError([fault]) from None


def clopper_pearson(share: float, n: float) -> tuple[float, float]:
    """Exact central interval of a probability.

    Parameters
    ----------
    share : observed share [1].
    n : number of cases, or an effective number, which need not be whole [1].

    Returns
    -------
    Lower and upper bound of the central 90 % interval; 0 and 1 without cases.

    References
    ----------
    clopper1934, korn1998
    """
    if n <= 0:
        return 0.0, 1.0
    hits, misses = share * n, (1 - share) * n
    low = float(betaincinv(hits, misses + 1, TAIL)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, misses, 1 - TAIL)) if misses > 0 else 1.0
    return low, high


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve: which share outlasts each day.

    Parameters
    ----------
    days : distinct days of ends and of last sight, rising (time,) [day].
    at_risk : spells that reach each day (time,).
    ended : spells that end on it (time,).
    censored : spells last seen on it, still going on (time,).
    staying : share that outlasts it (time,) [1].
    variance : Greenwood's sum, the variance of the log of `staying` (time,) [1].
    """

    days: np.ndarray
    at_risk: np.ndarray
    ended: np.ndarray
    censored: np.ndarray
    staying: np.ndarray
    variance: np.ndarray

    @property
    def n(self) -> int:
        """Number of spells."""
        return int(self.ended.sum() + self.censored.sum())

    def at(self, day: float) -> float:
        """Share that outlasts `day` [1]; beyond the last day seen, the last share known."""
        place = int(np.searchsorted(self.days, day, side="right")) - 1
        return float(self.staying[place]) if place >= 0 else 1.0

    def followed(self, day: float) -> int:
        """Spells known to outlast `day`."""
        gone = self.days <= day
        return self.n - int(self.ended[gone].sum() + self.censored[gone].sum())

    def interval(self, day: float) -> tuple[float, float]:
        """Central 90 % interval of the share that outlasts a day.

        Parameters
        ----------
        day : the day [day].

        Returns
        -------
        Lower and upper bound [1].

        Notes
        -----
        Clopper-Pearson with the number of spells that would give Greenwood's variance if none were censored;
        with none censored it is exact. Before the first end, the number still followed counts.

        References
        ----------
        kaplan1958, clopper1934, korn1998
        """
        place = int(np.searchsorted(self.days, day, side="right")) - 1
        share = self.at(day)
        if place < 0 or share == 1:
            return clopper_pearson(1.0, self.followed(day))
        if share == 0:
            return clopper_pearson(0.0, float(self.ended.sum()))
        return clopper_pearson(share, (1 - share) / (share * float(self.variance[place])))

    def quantile(self, share: float) -> float:
        """First day by which at least `share` of the spells have ended [day]; inf when never seen."""
        return self._first(self.staying, 1 - share)

    def quantile_interval(self, share: float) -> tuple[float, float]:
        """Days at which the 90 % band of the curve crosses ``1 - share`` [day]; inf when never seen."""
        bounds = np.array([self.interval(day) for day in self.days])
        return self._first(bounds[:, 0], 1 - share), self._first(bounds[:, 1], 1 - share)

    def _first(self, level: np.ndarray, bound: float) -> float:
        """First day at which a level is down to a bound, up to rounding."""
        below = np.nonzero(level <= bound + 1e-9)[0]
        return float(self.days[below[0]]) if len(below) else float("inf")


def kaplan_meier(days: Sequence[float] | np.ndarray, ended: Sequence[bool] | np.ndarray) -> Curve:
    """The product-limit estimate of how long spells last.

    Parameters
    ----------
    days : length of each spell, as far as seen (spell,) [day].
    ended : whether its end was seen; otherwise it is censored at that length (spell,).

    Returns
    -------
    The curve.

    Notes
    -----
    A spell censored on a day is at risk on that day.

    References
    ----------
    kaplan1958
    """
    length, seen = np.asarray(days, float), np.asarray(ended, bool)
    distinct, member = np.unique(length, return_inverse=True)
    ends = np.bincount(member, weights=seen)
    lost = np.bincount(member, weights=~seen)
    at_risk = len(length) - np.concatenate([[0.0], np.cumsum(ends + lost)[:-1]])
    staying = np.cumprod(1 - ends / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(ends > 0, ends / (at_risk * (at_risk - ends)), 0.0))
    return Curve(distinct, at_risk, ends, lost, staying, variance)


@dataclass(frozen=True)
class Weibull:
    """A Weibull law of stays: S(t) = exp(-(t / scale) ** shape).

    Parameters
    ----------
    shape : below 1, who has stayed long is likely to stay longer [1].
    scale : day that a share of 1/e outlasts [day].
    shape_interval : central 90 % interval [1].
    scale_interval : central 90 % interval [day].
    n : number of spells.
    ended : how many of them were seen to end.
    """

    shape: float
    scale: float
    shape_interval: tuple[float, float]
    scale_interval: tuple[float, float]
    n: int
    ended: int

    def at(self, day: float) -> float:
        """Share that outlasts `day` [1]."""
        return float(np.exp(-((day / self.scale) ** self.shape)))


def weibull(
    days: Sequence[float] | np.ndarray,
    ended: Sequence[bool] | np.ndarray,
    clusters: Sequence[str] | None = None,
    horizon: float | None = None,
) -> Weibull:
    """A Weibull law by maximum likelihood.

    Parameters
    ----------
    days : length of each spell, as far as seen (spell,) [day].
    ended : whether its end was seen (spell,).
    clusters : what spells have in common, such as the host country (spell,); the intervals then allow for
        dependence within each.
    horizon : days after which nothing is looked at, so that the law describes stays up to then [day].

    Returns
    -------
    The fitted law.

    Raises
    ------
    DesignError
        When lifelines is not installed, or there are fewer than two spells with an end.

    Notes
    -----
    Intervals are normal on the log scale, with the observed information, or with the sandwich estimate over
    clusters.
    """
    length, seen = np.asarray(days, float), np.asarray(ended, bool)
    if horizon is not None:
        seen, length = seen & (length <= horizon), np.minimum(length, horizon)
    if len(set(length[seen])) < 2 or length.min() <= 0:
        raise DesignError("a Weibull law needs two ends on different days, and no stay of zero days")
    fitted = science("lifelines").WeibullFitter().fit(length, seen)
    shape, scale = float(fitted.rho_), float(fitted.lambda_)
    members = np.arange(len(length)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    errors = _log_errors(length, seen, shape, scale, members, clusters is not None)
    reach = np.exp(float(ndtri(1 - TAIL)) * errors)
    bounds = [(value / by, value * by) for value, by in zip((scale, shape), map(float, reach), strict=True)]
    return Weibull(shape, scale, bounds[1], bounds[0], len(length), int(seen.sum()))


def _log_errors(
    length: np.ndarray, seen: np.ndarray, shape: float, scale: float, members: np.ndarray, robust: bool
) -> np.ndarray:
    """Standard errors of log scale and log shape at the maximum."""
    logs = shape * np.log(length / scale)
    hazard = np.exp(logs)
    across = np.sum(shape * (hazard - seen + hazard * logs))
    info = np.array(
        [[shape**2 * hazard.sum(), -across], [-across, np.sum(logs**2 * hazard - logs * (seen - hazard))]]
    )
    covariance = np.linalg.inv(info)
    if robust:
        scores = np.stack([shape * (hazard - seen), seen + logs * (seen - hazard)])
        sums = np.stack([np.bincount(members, weights=score) for score in scores])
        groups = sums.shape[1]
        covariance = covariance @ (sums @ sums.T) @ covariance * groups / (groups - 1)
    return np.sqrt(np.diag(covariance))


@dataclass(frozen=True)
class Stay:
    """One line of the survival table: a class of stays up to a day.

    Parameters
    ----------
    group : which stays, such as ``support``.
    clock : one of `CLOCKS`.
    day : the day [day].
    at_risk : stays still going on, and in sight, after the line before.
    ended : of these, how many ended by the day.
    censored : of these, how many were last seen by the day.
    staying : share that outlasts the day (Kaplan-Meier) [1].
    low : lower bound of its central 90 % interval [1].
    high : upper bound [1].
    n : stays in the class.
    source : key of the source.
    """

    group: str
    clock: str
    day: int
    at_risk: int
    ended: int
    censored: int
    staying: float
    low: float
    high: float
    n: int
    source: str


def life_table(curve: Curve, group: str, clock: str, source: str) -> list[Stay]:
    """A curve on the grid of days, small enough to ship.

    Parameters
    ----------
    curve : the curve.
    group : name of the class of stays.
    clock : one of `CLOCKS`.
    source : key of the source.

    Returns
    -------
    One line a day of the grid, as far as a stay was followed.
    """
    lines, before = [], -1.0
    for day in GRID:
        within = (curve.days > before) & (curve.days <= day)
        at_risk = curve.followed(before)
        if at_risk == 0 or (curve.followed(day) == 0 and curve.at(day) > 0):
            break  # nobody was followed so long
        ended, lost = int(curve.ended[within].sum()), int(curve.censored[within].sum())
        low, high = curve.interval(day)
        lines.append(Stay(group, clock, day, at_risk, ended, lost, curve.at(day), low, high, curve.n, source))
        before = day
    return lines


def read_stays(path: Path = STAYS) -> dict[str, tuple[Stay, ...]]:
    """The survival table, by class of stays.

    Parameters
    ----------
    path : the table; the one that ships by default.

    Returns
    -------
    For each class its lines by rising day.
    """
    table: dict[str, list[Stay]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day, at_risk, ended, censored = (int(row[k]) for k in ("day", "at_risk", "ended", "censored"))
            staying, low, high = (float(row[k]) for k in ("staying", "low", "high"))
            counts, shares = (day, at_risk, ended, censored), (staying, low, high)
            line = Stay(row["group"], row["clock"], *counts, *shares, int(row["n"]), row["source"])
            table.setdefault(line.group, []).append(line)
    return {group: tuple(lines) for group, lines in table.items()}


def stay_of(group: str, day: float, path: Path = STAYS) -> Stay:
    """The outside view of a stay: the line of its class at a day.

    Parameters
    ----------
    group : class of stays.
    day : the day; must be one of the table's [day].
    path : the table.

    Returns
    -------
    The line, with share, interval, clock and n.

    Raises
    ------
    DesignError
        For a class or a day that the table does not have.
    """
    table = read_stays(path)
    if group not in table:
        fault = Fault(f"no class of stays '{group}'", allowed=", ".join(table), near=nearest(group, table))
        raise DesignError([fault])
    for line in table[group]:
        if line.day == day:
            return line
    days = ", ".join(str(line.day) for line in table[group])
    raise DesignError([Fault(f"the table of stays has no day {day:g}", allowed=days)])
