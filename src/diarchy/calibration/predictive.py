"""Predictive checks of a fit: would a library like ours come out of it, and did it under the priors?

A library is drawn again and again: parameters that all crises share from prior or posterior, each crisis's
own part from what is left open, and an answer on each rung by the emulators. On every rung the share of
yes among the crises with a known answer stands beside the share on record. A posterior that had caught the
level of a rung, and lost its spread, would show: the record would lie outside the band of a narrow one.

This checks the fit on what it was fitted to. Whether it tells unseen crises apart is what the score is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.calibration.fit import SEED, SHARED, Emulator, Fit
from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.rungs import RUNGS

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


def check(
    fit: Fit, emulators: Mapping[str, Emulator], outcomes: Sequence[Outcome], libraries: int = LIBRARIES
) -> list[Check]:
    """Draw libraries from prior and posterior and compare their shares with the record.

    Parameters
    ----------
    fit : with its covariance.
    emulators : by rung.
    outcomes : what came of the crises that were fitted, in the order of the emulators' intercepts.
    libraries : how many are drawn from each.
    """
    luck = np.random.default_rng(SEED)
    size = len(fit.names)
    root = np.linalg.cholesky(fit.covariance + 1e-10 * np.eye(size))
    before = np.sqrt(SHARED) * luck.standard_normal((libraries, size))
    after = fit.shift + luck.standard_normal((libraries, size)) @ root.T
    found = []
    for rung, emulator in emulators.items():
        answers = np.array([RUNGS[rung](outcome) for outcome in outcomes])
        known = np.isfinite(answers)
        if not known.any():
            continue
        drawn = [_shares(emulator, known, shared, luck) for shared in (before, after)]
        recorded = float(answers[known].mean())
        rank = float(np.mean(drawn[1] < recorded) + 0.5 * np.mean(drawn[1] == recorded))
        found.append(Check(rung, int(known.sum()), recorded, _band(drawn[0]), _band(drawn[1]), rank))
    return found


def _shares(
    emulator: Emulator, known: np.ndarray, shared: np.ndarray, luck: np.random.Generator
) -> np.ndarray:
    """Share of yes in each drawn library: (library,)."""
    own = np.sqrt((1.0 - SHARED) * float(emulator.slope @ emulator.slope))
    odds = (shared @ emulator.slope)[:, None] + emulator.intercept[known]
    odds = odds + own * luck.standard_normal(odds.shape)
    return np.asarray((luck.random(odds.shape) < 1.0 / (1.0 + np.exp(-odds))).mean(axis=1))


def _band(shares: np.ndarray) -> tuple[float, float, float]:
    """The central band and the median."""
    low, middle, high = np.quantile(shares, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2])
    return float(low), float(middle), float(high)
