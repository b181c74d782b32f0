"""Simulated answers of a library, and emulators of them that can be asked in no time.

An emulator of a rung is a logistic regression of the simulated answers on the parameters' normal scores: an
intercept for each case, and slopes that all cases with the same kind of trigger share (ridge: a slope must be
earned). A price does nothing in a crisis without one, so slopes shared by all would be too small everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from diarchy.calibration.survival import science

RIDGE = 1.0  # prior precision of a slope, in units of one simulated future
LEVELS = 0.05  # smoothing of a case's simulated share, in futures
FEWEST = 30  # simulated answers of the rarer kind below which there is nothing to regress on
SURE = 0.002  # no case's simulated share is taken to be nearer to 0 or 1


@dataclass(frozen=True)
class Wave:
    """Simulated answers of every case under one design.

    Parameters
    ----------
    names : parameters that vary.
    scores : (draw, parameter) standard normal scores.
    answers : rung -> (case, draw) 1, 0 or nan.
    triggers : kind of trigger of each case; empty where all are alike.
    """

    names: tuple[str, ...]
    scores: np.ndarray
    answers: dict[str, np.ndarray]
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Emulator:
    """One rung: log odds of yes = intercept of the case + slopes of its kind x scores.

    Parameters
    ----------
    intercept : (case,).
    slope : (case, parameter).
    """

    intercept: np.ndarray
    slope: np.ndarray


@dataclass
class _Draft:
    """An emulator under way."""

    intercept: np.ndarray
    slope: np.ndarray
    kinds: list[str] = field(default_factory=list)


def emulate(wave: Wave) -> dict[str, Emulator]:
    """An emulator of each rung that the wave answers both ways often enough in some kind of trigger."""
    found = {}
    for rung, answers in wave.answers.items():
        draft = _Draft(_levels(answers), np.zeros((len(answers), len(wave.names))))
        triggers = np.array(wave.triggers or ("",) * len(answers))
        for kind in sorted(set(triggers)):
            _regress(wave, answers, np.nonzero(triggers == kind)[0], draft, kind)
        if draft.kinds:
            found[rung] = Emulator(draft.intercept, draft.slope)
    return found


def _regress(wave: Wave, answers: np.ndarray, cases: np.ndarray, draft: _Draft, kind: str) -> None:
    """The slopes of the cases of one kind; none where the answers are too much alike."""
    rows, draws = np.nonzero(np.isfinite(answers[cases]))
    y = answers[cases][rows, draws]
    if len(y) == 0 or min(y.sum(), (1 - y).sum()) < FEWEST:
        return
    level, centre = draft.intercept[cases], wave.scores.mean(axis=0)
    regression = science("sklearn.linear_model").LogisticRegression
    model = regression(C=1.0 / RIDGE, fit_intercept=False, max_iter=500)
    model.fit(np.hstack([level[rows][:, None], (wave.scores - centre)[draws]]), y)
    slope = model.coef_[0, 1:]
    draft.intercept[cases] = model.coef_[0, 0] * level - slope @ centre
    draft.slope[cases] = slope
    draft.kinds.append(kind)


def _levels(answers: np.ndarray) -> np.ndarray:
    """Smoothed log odds of yes in each case."""
    yes, n = np.nansum(answers, axis=1), np.isfinite(answers).sum(axis=1)
    pooled = yes.sum() / max(n.sum(), 1)
    share = np.clip((yes + LEVELS * pooled) / np.maximum(n + LEVELS, LEVELS), SURE, 1.0 - SURE)
    return np.asarray(np.log(share / (1 - share)))


def spanning(slopes: Sequence[np.ndarray]) -> np.ndarray:
    """An orthonormal basis of what some slopes can see of the parameters: (dimension, parameter)."""
    _, size, rows = np.linalg.svd(np.vstack(slopes), full_matrices=False)
    return np.asarray(rows[size > 1e-8 * max(size[0], 1e-300)])
