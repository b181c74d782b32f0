"""What came of the cases says of the parameters: all cases together, and by class of regime.

A parameter's score in a case is made of three parts, with variances that add up to one under the prior:

    score = what all crises share + what its class of regime shares + what is this crisis's own

The class enters the parameters of rulers and forces only (`ELITE`): what kind of regime it is says who holds
the offices and why the forces obey, not how many can be brought into the street. The answers inform the first
two parts. With logistic likelihoods there is one mode; the posterior is the Gaussian there (Laplace).
Averaging a logistic over a Gaussian divides its log odds by sqrt(1 + pi / 8 variance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from diarchy.calibration.emulator import Emulator, spanning
from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.rungs import RUNGS, WEIGHT

#: Shares of a score's prior variance: the same in all crises, and in those of one class of regime. The rest
#: is each crisis's own. Judgement.
SHARED, CLASS = 0.4, 0.25
OWN = 1.0 - SHARED - CLASS
#: Mechanisms whose parameters differ by class of regime.
ELITE = ("authority", "government", "security")


@dataclass(frozen=True)
class Joint:
    """The Gaussian of what cases share, in the few directions that they can tell.

    Parameters
    ----------
    basis : (dimension, parameter) directions of what all crises share.
    elite : (dimension, parameter) directions of what classes of regime share.
    mean, covariance : of the scores along `basis`, then along `elite` for each class in turn.
    """

    basis: np.ndarray
    elite: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class Fit:
    """Posterior of the scores.

    Parameters
    ----------
    names : parameters.
    shift, scale : (parameter,) mean and standard deviation of the scores of a case of an unknown class; 0
        and 1 are the prior.
    effects : class of regime -> (parameter,) what is added to the shift.
    joint : for predictive checks; None where it was not kept.
    """

    names: tuple[str, ...]
    shift: np.ndarray
    scale: np.ndarray
    effects: Mapping[str, np.ndarray] = field(default_factory=dict)
    joint: Joint | None = None


@dataclass(frozen=True)
class Seen:
    """One rung as the cases see it: slopes along the directions that are fitted."""

    intercept: np.ndarray
    slope: np.ndarray
    own: np.ndarray  # (case,) variance of the log odds that no fit can tell


class Weigher:
    """Emulators and outcomes laid out once, to be weighed with one case or another left out.

    Parameters
    ----------
    names : parameters of the emulators.
    emulators : by rung.
    outcomes : what came of the cases, in the order of the emulators' rows.
    regimes : class of regime of each case; empty where classes are not to be told apart.
    """

    def __init__(
        self,
        names: Sequence[str],
        emulators: Mapping[str, Emulator],
        outcomes: Sequence[Outcome],
        regimes: Sequence[str] = (),
    ):
        self.names = tuple(names)
        self.classes = tuple(sorted(set(regimes)))
        self.member = np.array([[float(r == c) for c in self.classes] for r in regimes]).reshape(
            len(outcomes), len(self.classes)
        )
        self.mask = np.array([float(name.split(".")[0] in ELITE) for name in names]) * bool(self.classes)
        slopes = [emulator.slope for emulator in emulators.values()] or [np.zeros((1, len(names)))]
        self.basis, self.elite = spanning(slopes), spanning([s * self.mask for s in slopes])
        self.seen = {rung: self.see(emulator, self.member) for rung, emulator in emulators.items()}
        self.answers = {
            rung: np.array([RUNGS[rung](outcome) for outcome in outcomes], float) for rung in emulators
        }
        sizes = (len(self.basis), len(self.elite) * len(self.classes))
        self.prior = np.repeat((SHARED, CLASS), sizes)

    def see(self, emulator: Emulator, member: np.ndarray) -> Seen:
        """An emulator along the fitted directions, for cases of some classes: rows of `member`."""
        elite = (emulator.slope * self.mask) @ self.elite.T
        parts = [emulator.slope @ self.basis.T, *(column[:, None] * elite for column in member.T)]
        whole, ruled = (emulator.slope**2).sum(axis=1), ((emulator.slope * self.mask) ** 2).sum(axis=1)
        # Where no class is told apart, its share of the variance is each crisis's own.
        return Seen(emulator.intercept, np.hstack(parts), OWN * whole + CLASS * (whole - ruled))

    def weigh(self, leave_out: Sequence[int] = ()) -> Fit:
        """What the cases that are not left out say of the next one."""
        slope, intercept, y, weight = self._rows(leave_out)
        mean = self._mode(slope, intercept, y, weight)
        chance = _expit(intercept + slope @ mean)
        precision = np.diag(1.0 / self.prior)
        precision += (slope * (weight * chance * (1.0 - chance))[:, None]).T @ slope
        return self._fit(Joint(self.basis, self.elite, mean, np.linalg.inv(precision)))

    def _rows(self, leave_out: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Slopes, intercepts, answers and weights of all known answers, one below the other."""
        slopes, intercepts, answers, weights = [np.zeros((0, len(self.prior)))], [], [], []
        for rung, seen in self.seen.items():
            known = np.isfinite(self.answers[rung])
            known[list(leave_out)] = False
            calmer = 1.0 / np.sqrt(1.0 + np.pi / 8.0 * seen.own[known])
            slopes.append(calmer[:, None] * seen.slope[known])
            intercepts.append(calmer * seen.intercept[known])
            answers.append(self.answers[rung][known])
            weights.append(np.full(int(known.sum()), WEIGHT[rung]))
        none = np.zeros(0)
        return (np.vstack(slopes), np.concatenate([none, *intercepts]), np.concatenate([none, *answers]),
                np.concatenate([none, *weights]))  # fmt: skip

    def _mode(
        self, slope: np.ndarray, intercept: np.ndarray, y: np.ndarray, weight: np.ndarray
    ) -> np.ndarray:
        """The one maximum of the posterior."""
        from scipy.optimize import minimize

        def energy(mean: np.ndarray) -> tuple[float, np.ndarray]:
            odds = intercept + slope @ mean
            surprise = float(np.sum(weight * (np.logaddexp(0.0, odds) - y * odds)))
            gradient = mean / self.prior + slope.T @ (weight * (_expit(odds) - y))
            return surprise + 0.5 * float(np.sum(mean * mean / self.prior)), gradient

        return np.asarray(minimize(energy, np.zeros(len(self.prior)), jac=True, method="L-BFGS-B").x)

    def _fit(self, joint: Joint) -> Fit:
        """Shifts, scales and effects on the parameters themselves."""
        many, few = len(self.basis), len(self.elite)
        shared = SHARED + _spread(self.basis, joint.covariance[:many, :many], SHARED)
        shift, effects, ruled = self.basis.T @ joint.mean[:many], {}, []
        for place, name in enumerate(self.classes):
            at = slice(many + place * few, many + (place + 1) * few)
            effects[name] = self.elite.T @ joint.mean[at]
            both = self.basis.T @ joint.covariance[:many, at] @ self.elite
            ruled.append(CLASS + _spread(self.elite, joint.covariance[at, at], CLASS) + 2.0 * np.diag(both))
        weights = self.member.sum(axis=0)
        by_class = np.average(ruled, axis=0, weights=weights) if ruled else np.full(len(self.names), CLASS)
        return Fit(self.names, shift, np.sqrt(np.maximum(shared + by_class, 0.0) + OWN), effects, joint)


def _spread(basis: np.ndarray, covariance: np.ndarray, prior: float) -> np.ndarray:
    """How much less (or more) variance each parameter has along a basis than under the prior."""
    return np.asarray(np.einsum("dp,de,ep->p", basis, covariance - prior * np.eye(len(basis)), basis))


def _expit(odds: np.ndarray) -> np.ndarray:
    """The chance of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -500.0, 500.0))))
