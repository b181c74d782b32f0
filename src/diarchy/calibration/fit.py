"""Fit the shared parameters of the mechanisms on the case library.

1. *Simulate*: every crisis of the library under one design over the declared priors, one future a draw.
2. *Emulate*: for each question a logistic regression of the answer on the parameters' normal scores, with an
   intercept for each case and slopes that all cases share (ridge: a slope must be earned).
3. *Weigh*: the posterior of the scores under their standard normal prior, given what came of the cases. With
   logistic likelihoods it has one mode; mean and variance are those of the Gaussian at the mode (Laplace).

What a case answers is in `rungs`: the scored questions, and rungs between and beside them. Leaving a case out
is leaving its answers out of step 3; the simulations know nothing of what came of it. What the cases cannot
tell stays as it was: a scale near 1 says that a parameter was not identified.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from diarchy.calibration.library import Library, Onset
from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.rungs import RUNGS, WEIGHT, answers_of_futures
from diarchy.calibration.survival import science
from diarchy.calibration.thin import run_onset, thin_model
from diarchy.ensemble.design import Design, sample

RIDGE = 1.0  # prior precision of a slope, in units of one simulated future
#: How much of what is unknown of a parameter is the same in all crises, as a share of its prior variance.
#: Judgement.
SHARED = 0.5
LEVELS = 0.05  # smoothing of a case's simulated share, in futures
DRAWS, SEED = 512, 20220109


@dataclass(frozen=True)
class Wave:
    """Simulated answers of every case under one design.

    Parameters
    ----------
    names : parameters that vary.
    scores : (draw, parameter) standard normal scores.
    answers : question -> (case, draw) 1, 0 or nan.
    """

    names: tuple[str, ...]
    scores: np.ndarray
    answers: dict[str, np.ndarray]


@dataclass(frozen=True)
class Fit:
    """Gaussian posterior of the scores.

    Parameters
    ----------
    names : parameters.
    shift, scale : (parameter,) mean and standard deviation of the scores; 0 and 1 are the prior.
    covariance : (parameter, parameter) of what all crises share; empty where it was not kept.
    """

    names: tuple[str, ...]
    shift: np.ndarray
    scale: np.ndarray
    covariance: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))


def simulate(
    onsets: Sequence[Onset],
    draws: int = DRAWS,
    seed: int = SEED,
    keep: Path | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Wave:
    """Run every case under one design.

    Parameters
    ----------
    onsets : the cases.
    draws : parameter draws, one future each.
    seed : of design and luck.
    keep : a folder to keep each case's answers in, from which an interrupted fit goes on.
    tell : told cases done and cases in all.
    """
    design = sample(thin_model(onsets[0]), draws, seed, repeats=1)
    free = varying(design)
    answers = {question: np.full((len(onsets), draws), np.nan) for question in RUNGS}
    for i, onset in enumerate(onsets):
        for question, row in _answers(onset, design, draws, seed, keep).items():
            answers[question][i] = row
        if tell is not None:
            tell(i + 1, len(onsets))
    from scipy.special import ndtri

    columns = [design.names.index(name) for name in free]
    return Wave(free, ndtri(design.points[:draws, columns]), answers)


def varying(design: Design) -> tuple[str, ...]:
    """Parameters whose prior leaves anything open."""
    priors = next(iter(design.model.arms.values())).priors
    return tuple(name for name in design.names if not priors[name].is_fixed)


def _answers(onset: Onset, design: Design, draws: int, seed: int, keep: Path | None) -> dict[str, np.ndarray]:
    """Simulated answers of one case, from the folder if they are there."""
    path = keep / f"{onset.id}-{draws}-{seed}.npz" if keep is not None else None
    if path is not None and path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return {question: kept[question] for question in RUNGS}
    found = answers_of_futures(run_onset(onset, design, range(draws), seed))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, allow_pickle=False, **found)
        part.replace(path)
    return found


@dataclass(frozen=True)
class Emulator:
    """One question: log odds of yes = intercept of the case + slopes x scores."""

    intercept: np.ndarray
    slope: np.ndarray


def emulate(wave: Wave) -> dict[str, Emulator]:
    """An emulator of each question that the wave answers both ways often enough."""
    regression = science("sklearn.linear_model").LogisticRegression
    found = {}
    for question, answers in wave.answers.items():
        cases, draws = np.nonzero(np.isfinite(answers))
        y = answers[cases, draws]
        if len(y) == 0 or min(y.sum(), (1 - y).sum()) < 30:
            continue
        level = _levels(answers)
        model = regression(C=1.0 / RIDGE, fit_intercept=False, max_iter=500)
        offset = (level[cases])[:, None]
        model.fit(np.hstack([offset, wave.scores[draws]]), y)
        found[question] = Emulator(model.coef_[0, 0] * level, model.coef_[0, 1:])
    return found


def _levels(answers: np.ndarray) -> np.ndarray:
    """Smoothed log odds of yes in each case."""
    yes, n = np.nansum(answers, axis=1), np.isfinite(answers).sum(axis=1)
    pooled = yes.sum() / max(n.sum(), 1)
    share = (yes + LEVELS * pooled) / np.maximum(n + LEVELS, LEVELS)
    share = np.clip(share, 0.002, 0.998)
    return np.log(share / (1 - share))


def weigh(
    wave: Wave, emulators: dict[str, Emulator], outcomes: Sequence[Outcome], leave_out: Sequence[int] = ()
) -> Fit:
    """What the cases that are not left out say of the next one.

    Notes
    -----
    A parameter of a case is what all crises share plus what is this crisis's own: score = mu + own, with
    variances SHARED and 1 - SHARED under the prior. The answers inform mu alone. Averaging a logistic over a
    Gaussian divides its log odds by sqrt(1 + pi / 8 variance).
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    terms = []
    for question, emulator in emulators.items():
        answers = np.array([RUNGS[question](outcome) for outcome in outcomes])
        answers[list(leave_out)] = np.nan
        known = np.isfinite(answers)
        spread = (1.0 - SHARED) * float(emulator.slope @ emulator.slope)
        calmer = 1.0 / np.sqrt(1.0 + np.pi / 8.0 * spread)
        slope = calmer * emulator.slope
        terms.append((WEIGHT[question], calmer * emulator.intercept[known], slope, answers[known]))

    def energy(mu: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = 0.5 * float(mu @ mu) / SHARED, mu / SHARED
        for weight, intercept, slope, y in terms:
            eta = intercept + slope @ mu
            total += weight * float(np.sum(np.logaddexp(0.0, eta) - y * eta))
            gradient = gradient + weight * float(np.sum(expit(eta) - y)) * slope
        return total, gradient

    mode = minimize(energy, np.zeros(len(wave.names)), jac=True, method="L-BFGS-B").x
    precision = np.eye(len(wave.names)) / SHARED
    for weight, intercept, slope, _ in terms:
        p = expit(intercept + slope @ mode)
        precision += weight * float(np.sum(p * (1 - p))) * np.outer(slope, slope)
    covariance = np.linalg.inv(precision)
    return Fit(wave.names, mode, np.sqrt(np.diag(covariance) + 1.0 - SHARED), covariance)


def fit_library(library: Library, wave: Wave) -> Fit:
    """The posterior from all cases of a library."""
    return weigh(wave, emulate(wave), library.outcomes)


def table(fit: Fit, design: Design) -> dict[str, tuple[float, ...]]:
    """Rows for `posterior.write_posterior`: shift, scale, prior median, posterior median."""
    parameters, priors = design.model.parameters(), next(iter(design.model.arms.values())).priors
    rows = {}
    for name, shift, scale in zip(fit.names, fit.shift, fit.scale, strict=True):
        p, prior = parameters[name], priors[name]
        after = prior.fitted(float(shift), float(scale))
        medians = (float(x.quantile(0.5, p.lower, p.upper)) for x in (prior.fitted(0.0, 1.0), after))
        rows[name] = (float(shift), float(scale), *medians)
    return rows
