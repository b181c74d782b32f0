"""Predictive checks of a fit: would a library like ours come out of it, and did it under the priors?

A library is drawn again and again: parameters that all crises share from prior or posterior, each crisis's
own part from what is left open, and an answer on each rung by the emulators. On every rung the share of
yes among the crises with a known answer stands beside the share on record. A posterior that had caught the
level of a rung, and lost its spread, would show: the record would lie outside the band of a narrow one.

This checks the fit on what it was fitted to. Whether it tells unseen crises apart is what the score is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.calibration.fit import SEED
from diarchy.calibration.weighing import Fit, Seen, Weigher

LIBRARIES, LEVEL = 2000, 0.90


@dataclass(frozen=True)
class Check:
    """One rung.

    Parameters
    ----------
    rung : one of `rungs.RUNGS`.
    n : crises with a known answer.
    recorded : share of them in which it came to pass.
    prior, posterior : 5 %, 50 % and 95 % quantiles of that share over drawn libraries.
    rank : share of the posterior's libraries below the record, ties counted half.
    """

    rung: str
    n: int
    recorded: float
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    rank: float

    @property
    def inside(self) -> bool:
        """Whether the record lies in the posterior's band."""
        return self.posterior[0] <= self.recorded <= self.posterior[2]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self) | {"inside": self.inside}


def check(weigher: Weigher, fit: Fit, libraries: int = LIBRARIES) -> list[Check]:
    """Draw libraries from prior and posterior and compare their shares with the record.

    Parameters
    ----------
    weigher : emulators and the record.
    fit : what it found, with its joint distribution.
    libraries : how many are drawn from each.
    """
    luck = np.random.default_rng(SEED)
    size = len(weigher.prior)
    before = np.sqrt(weigher.prior) * luck.standard_normal((libraries, size))
    after = np.zeros((libraries, size))
    if fit.joint is not None:
        root = np.linalg.cholesky(fit.joint.covariance)
        after = fit.joint.mean + luck.standard_normal((libraries, size)) @ root.T
    found = []
    for rung, seen in weigher.seen.items():
        known = np.isfinite(weigher.answers[rung])
        if not known.any():
            continue
        drawn = [_shares(seen, known, shared, luck) for shared in (before, after)]
        recorded = float(weigher.answers[rung][known].mean())
        rank = float(np.mean(drawn[1] < recorded) + 0.5 * np.mean(drawn[1] == recorded))
        found.append(Check(rung, int(known.sum()), recorded, _band(drawn[0]), _band(drawn[1]), rank))
    return found


def _shares(seen: Seen, known: np.ndarray, shared: np.ndarray, luck: np.random.Generator) -> np.ndarray:
    """Share of yes in each drawn library: (library,)."""
    odds = shared @ seen.slope[known].T + seen.intercept[known]
    odds = odds + np.sqrt(seen.own[known]) * luck.standard_normal(odds.shape)
    return np.asarray((luck.random(odds.shape) < 1.0 / (1.0 + np.exp(-odds))).mean(axis=1))


def _band(shares: np.ndarray) -> tuple[float, float, float]:
    """The central band and the median."""
    low, middle, high = np.quantile(shares, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
    return float(low), float(middle), float(high)
