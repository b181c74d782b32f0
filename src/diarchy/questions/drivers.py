"""Which parameters an answer hangs on: first-order shares of its variance, from the futures that are there.

The share of a parameter is the part of the variance *between draws* that knowing this one parameter would
take away, averaged over its prior. It needs no further runs: any design will do whose draws cover the prior.
What luck does within a draw is taken out of both sides, so shares speak of what not knowing the parameters
does, and add up to one less the interactions.

Not to be confused with the slope of a line: an effect that goes up and down again counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from diarchy.questions.intervals import variance_between
from diarchy.randomness import stream_of

#: Cosines of the rank that an effect is made of: one is nearly a line, four follow a bump.
COSINES = 4
#: Bootstrap samples and permutations; the error of a 95 % point of 200 is 1.5 % of the probability.
SAMPLES = 200
#: Fewest draws from which shares are told: ten a coefficient.
FEWEST = 10 * (COSINES + 1)
#: Share of the draws at either end of a parameter between which the answer is compared.
FIFTH = 0.2
#: The normal quantile that bounds the central 90 %.
Z90 = 1.6448536269514722
_SMALL = 1e-12


@dataclass(frozen=True)
class Influence:
    """What one parameter does to an answer.

    Parameters
    ----------
    parameter : its qualified name.
    share : of the variance between draws, unbiased, so that it can fall below 0.
    interval : central 90 % bounds of the share, from bootstrapped draws.
    low, high : mean answer over the fifth of the draws with the lowest and the highest values [unit of the
        answer].
    clear : whether the share is above what the most lucky of all parameters would reach by chance.
    """

    parameter: str
    share: float
    interval: tuple[float, float]
    low: float
    high: float
    clear: bool


@dataclass(frozen=True)
class Drivers:
    """What an answer hangs on.

    Parameters
    ----------
    influences : by share, the largest first; parameters that do not vary are left out.
    floor : the share that 95 % of shuffles keep all parameters below: what chance alone gives.
    between, within : variance of the answer between draws, and by luck within a draw [unit squared].
    draws : draws that it rests on.
    explained_error : standard error of the sum of all shares, from bootstrapped draws.
    why : why there are no influences; empty when there are.
    """

    influences: tuple[Influence, ...]
    floor: float
    between: float
    within: float
    draws: int
    explained_error: float = 0.0
    why: str = ""

    @property
    def explained(self) -> float:
        """Sum of the shares: what the parameters explain one by one; the rest takes several together."""
        return sum(influence.share for influence in self.influences)


def find_drivers(
    value: np.ndarray, draw: np.ndarray, parameters: Mapping[str, np.ndarray], seed: int
) -> Drivers:
    """The influence of each parameter on an answer.

    Parameters
    ----------
    value : what each run answers; 1 or 0 for a chance (run,).
    draw : which draw each run belongs to (run,).
    parameters : qualified name -> value in each run, one a draw (run,).
    seed : of the bootstrap and of the shuffles.

    Notes
    -----
    Weighted regression of the draws' means on 1 and cos(pi k u), k = 1 .. 4, where u is the rank of the
    parameter (Plischke's COSI, with few harmonics). Explained variance is
    ``(SS_fit - M SS_res / (D - M - 1)) / N``, free of the bias that fitting noise brings; the share divides
    it by the variance between draws of the analysis of variance. The standard error is that over resampled
    draws; the floor the 95 % point, over shuffles of the draws, of the largest share of any parameter.

    References
    ----------
    plischke2012, sobol1993, searle1992
    """
    kept, member = np.unique(draw, return_inverse=True)
    counts = np.bincount(member).astype(float)
    means = np.bincount(member, weights=value) / counts
    first = np.unique(member, return_index=True)[1]
    columns = {name: np.asarray(column)[first] for name, column in parameters.items()}
    columns = {k: x for k, x in columns.items() if np.isfinite(x).all() and np.ptp(x) > 0}
    parts = variance_between(value, draw)
    nothing = _nothing(len(kept), columns, value, parts)
    if nothing or parts is None:
        return Drivers((), 0.0, *(parts or (0.0, 0.0)), len(kept), why=nothing)
    rank = np.array([_rank(x) for x in columns.values()])
    fit = _Fit(rank)
    luck = np.random.default_rng([seed, stream_of("questions.drivers")])
    again = luck.multinomial(len(kept), np.full(len(kept), 1 / len(kept)), SAMPLES).T
    shuffled = np.array([luck.permutation(len(kept)) for _ in range(SAMPLES)]).T
    explained = fit.explained(counts[:, None], means[:, None])[0]
    resampled = fit.explained(counts[:, None] * again, means[:, None] * np.ones_like(again))
    error = resampled.std(axis=0, ddof=1)
    floor = float(np.quantile(fit.explained(counts[shuffled], means[shuffled]).max(axis=1), 0.95))
    share, reach = explained / parts[0], Z90 * error / parts[0]
    ends = [_ends(u, counts, means) for u in rank]
    found = [
        Influence(
            name,
            float(share[i]),
            (float(share[i] - reach[i]), float(share[i] + reach[i])),
            *ends[i],
            bool(explained[i] > floor),
        )
        for i, name in enumerate(columns)
    ]
    found.sort(key=lambda influence: (-influence.share, influence.parameter))
    together = float(resampled.sum(axis=1).std(ddof=1)) / parts[0]
    return Drivers(tuple(found), floor / parts[0], *parts, len(kept), together)


def _nothing(draws: int, columns: Mapping[str, np.ndarray], value: np.ndarray,
             parts: tuple[float, float] | None) -> str:  # fmt: skip
    """Why nothing can be said; empty when something can."""
    if draws < FEWEST:
        return f"it rests on {draws} draws of the parameters; {FEWEST} or more are needed, from more futures"
    if not columns:
        return "no parameter varies"
    if np.ptp(value) == 0:
        return "all futures agree"
    if parts is None:
        return "draws with one future each cannot be told from luck; it needs repeats"
    return "" if parts[0] > _SMALL * (parts[0] + parts[1]) else "draws differ no more than luck makes them"


def _rank(x: np.ndarray) -> np.ndarray:
    """Ranks in (0, 1), equal values sharing theirs (draw,)."""
    from scipy.stats import rankdata

    return (rankdata(x) - 0.5) / len(x)


def _ends(u: np.ndarray, counts: np.ndarray, means: np.ndarray) -> tuple[float, float]:
    """Mean answer in the lowest and the highest fifth of the draws."""
    low, high = u <= FIFTH, u > 1 - FIFTH
    return tuple(float(np.sum(counts[k] * means[k]) / counts[k].sum()) for k in (low, high))  # type: ignore


class _Fit:
    """Regressions of the draws' means on the cosines of each parameter's rank, many weightings at once."""

    def __init__(self, rank: np.ndarray):
        self.parameters, self.draws = rank.shape
        powers = np.arange(COSINES + 1)[None, :, None]
        self.basis = np.cos(np.pi * powers * rank[:, None, :])  # (parameter, cosine, draw)
        products = self.basis[:, :, None, :] * self.basis[:, None, :, :]
        self.products = products.reshape(-1, self.draws)

    def explained(self, weight: np.ndarray, means: np.ndarray) -> np.ndarray:
        """Variance that each parameter explains, unbiased (weighting, parameter).

        Parameters
        ----------
        weight, means : of each draw in each weighting (draw, weighting).
        """
        size = COSINES + 1
        total = weight.sum(axis=0)
        centred = means - (weight * means).sum(axis=0) / total
        moments = (self.basis.reshape(-1, self.draws) @ (weight * centred)).T.reshape(
            -1, self.parameters, size
        )
        grams = (self.products @ weight).T.reshape(-1, self.parameters, size, size)
        grams = grams + _SMALL * total[:, None, None, None] * np.eye(size)
        slopes = np.linalg.solve(grams, moments[..., None])[..., 0]
        fitted = (slopes * moments).sum(axis=-1)
        left = (weight * centred**2).sum(axis=0)[:, None] - fitted
        return (fitted - COSINES * left / (self.draws - size)) / total[:, None]
