"""What an observation would tell: posteriors, expected information, proper scores. Plain numbers in and out.

References
----------
lindley1956, brier1950, good1952
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def entropy(chances: np.ndarray, axis: int = -1) -> np.ndarray:
    """Entropy of probabilities along an axis [bit].

    >>> float(entropy(np.array([0.5, 0.5])))
    1.0
    """
    safe = np.where(chances > 0, chances, 1.0)
    return -np.sum(chances * np.log2(safe), axis=axis)


def posteriors(prior: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    """Posterior of each hypothesis after each outcome of an observation (outcome, hypothesis).

    Parameters
    ----------
    prior : probability of each hypothesis (hypothesis,).
    likelihood : probability of each outcome under each hypothesis (hypothesis, outcome).

    Returns
    -------
    The prior itself after an outcome that no hypothesis allows.

    Notes
    -----
    Bayes: P(h | o) = P(h) P(o | h) / sum over h' of P(h') P(o | h').
    """
    joint = np.moveaxis(prior[..., :, None] * likelihood, -1, -2)
    total = joint.sum(axis=-1, keepdims=True)
    return np.where(total > 0, joint / np.where(total > 0, total, 1.0), prior[..., None, :])


def expected_information(prior: np.ndarray, likelihood: np.ndarray) -> np.ndarray:
    """How much an observation is expected to tell about which hypothesis holds [bit].

    Parameters
    ----------
    prior : (..., hypothesis).
    likelihood : (..., hypothesis, outcome).

    Notes
    -----
    EIG(o) = H(prior) - sum over o of P(o) H(posterior given o), the mutual information of hypothesis and
    outcome; computed as H(outcome) - sum over h of P(h) H(outcome given h), which needs no posterior.
    """
    outcome = np.sum(prior[..., :, None] * likelihood, axis=-2)
    return entropy(outcome) - np.sum(prior * entropy(likelihood), axis=-1)


def brier(forecasts: Sequence[float], happened: Sequence[int]) -> float:
    """Brier score: the mean squared error of probabilities; 0 is best, 1 worst."""
    p, y = np.asarray(forecasts, dtype=float), np.asarray(happened, dtype=float)
    return float(np.mean((p - y) ** 2))


def log_score(forecasts: Sequence[float], happened: Sequence[int]) -> float:
    """Mean surprise at what happened [nat]; 0 is best, infinite when the impossible happened."""
    p, y = np.asarray(forecasts, dtype=float), np.asarray(happened, dtype=bool)
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(np.where(y, p, 1 - p))))


def baseline_points(forecast: float, happened: bool) -> float:
    """Metaculus baseline score: 100 for certainty that was right, 0 for one half, without limit below.

    >>> round(baseline_points(0.8, True), 3), round(baseline_points(0.8, False), 3)
    (67.807, -132.193)
    """
    given = forecast if happened else 1 - forecast
    return 100 * (1 + math.log2(given)) if given > 0 else -math.inf
