"""Proper scores, and what an observation is expected to teach.

A score is proper when saying what one believes is the best that one can do: the Brier score (mean squared
error of a chance), the log score (mean surprise), and Metaculus's baseline score, the log score against
even odds in hundredths of a bit. The expected information of an observation is how much, on average, it
cuts the surprise that is left between hypotheses (Lindley). `diarchy score` scores forecasts with the
first two.

References
----------
brier1950, good1952, lindley1956
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Five forecasts and what came.
CHANCES, CAME = (0.9, 0.8, 0.7, 0.1, 0.5), (1, 1, 0, 0, 1)
#: How likely each of two hypotheses, at even odds before, makes an observation.
PRIOR, LIKELIHOOD = (0.5, 0.5), (0.8, 0.3)


def brier(chances: Sequence[float], came: Sequence[int]) -> float:
    """Mean squared error of chances [1]; 0 is best."""
    return float(np.mean((np.array(chances) - np.array(came)) ** 2))


def surprise(chances: Sequence[float], came: Sequence[int]) -> float:
    """Log score: mean surprise at what came [nat]; 0 is best."""
    p, o = np.array(chances), np.array(came)
    return float(-np.mean(np.log(np.where(o == 1, p, 1 - p))))


def baseline(chance: float, came: bool) -> float:
    """Metaculus's baseline score of one forecast: 100 is certain and right, 0 is even odds."""
    return 100.0 * (1.0 + math.log2(chance if came else 1.0 - chance))


def posterior(prior: Sequence[float], likelihood: Sequence[float]) -> np.ndarray:
    """Bayes' rule: chances of hypotheses after an observation that they make so likely (hypothesis,) [1]."""
    joint = np.array(prior) * np.array(likelihood)
    return joint / joint.sum()


def expected_information(prior: Sequence[float], likelihood: Sequence[float]) -> float:
    """What seeing whether something happens is expected to teach about the hypotheses [bit]."""
    happens = np.array(likelihood)
    left = 0.0
    for outcome in (happens.tolist(), (1.0 - happens).tolist()):
        left += float(np.dot(prior, outcome)) * _entropy(posterior(prior, outcome))
    return _entropy(np.array(prior)) - left


def _entropy(chances: np.ndarray) -> float:
    """Surprise that is left between hypotheses [bit]."""
    known = chances[chances > 0]
    return float(-(known * np.log2(known)).sum())


def check(seeds: int) -> tuple[Check, ...]:
    """Five forecasts, one of four fifths, and an observation between two hypotheses."""
    yes, no = posterior(PRIOR, LIKELIHOOD)[0], posterior(PRIOR, [1 - p for p in LIKELIHOOD])[0]
    bayes = ("lindley1956", "derived")
    return (
        Check("Brier score of five forecasts", 0.16, brier(CHANCES, CAME), 1e-12, "brier1950", "derived"),
        Check("their log score [nat]", 0.466197, surprise(CHANCES, CAME), 5e-7, "good1952", "derived"),
        Check("baseline score of .8 when it comes", 67.807, baseline(0.8, True), 5e-4, "good1952", "derived"),
        Check("and when it does not", -132.193, baseline(0.8, False), 5e-4, "good1952", "derived"),
        Check("posterior when it is seen", 0.727273, float(yes), 5e-7, *bayes),
        Check("posterior when it is not", 0.222222, float(no), 5e-7, *bayes),
        Check("expected information [bit]", 0.191165, expected_information(PRIOR, LIKELIHOOD), 5e-7, *bayes),
    )


def figure(canvas: Figure) -> None:
    """Scores of a forecast of something that comes, and what an observation teaches by its likelihoods."""
    left, right = canvas.subplots(1, 2)
    chance = np.linspace(0.02, 0.98, 97)
    left.plot(chance, [brier([p], [1]) for p in chance], label="Brier")
    left.plot(chance, [surprise([p], [1]) for p in chance], label="log [nat]")
    left.set(xlabel="chance given to what came", ylabel="score, 0 is best", ylim=(0, 4))
    left.legend(frameon=False)
    for other in (0.1, 0.3, 0.5):
        teaches = [expected_information(PRIOR, (p, other)) for p in chance]
        right.plot(chance, teaches, label=f"{other:g} under the other")
    right.set(xlabel="likelihood under one hypothesis", ylabel="expected information [bit]")
    right.legend(frameon=False)


CLASSIC = Classic(
    name="proper-scores",
    title="Verification of forecasts expressed in terms of probability; rational decisions",
    about="Honest chances score best, and an observation is worth the surprise that it takes away.",
    references=("brier1950", "good1952", "lindley1956"),
    mechanisms=(),
    check=check,
    figure=figure,
    caveats=(
        "The log score punishes one sure error without end; `diarchy score` keeps chances off 0 and 1.",
    ),
)
