"""Proper scores, and what an observation is expected to teach.

A score is proper when saying what one believes is the best that one can do: the Brier score (mean squared
error of a chance), the log score (mean surprise), and Metaculus's baseline score, the log score against
even odds in hundredths of a bit. The expected information of an observation is how much, on average, it
cuts the surprise that is left between hypotheses (Lindley). `diarchy score` scores forecasts with the
first two, `diarchy why` tells what to look for by the last; the formulas are those of
`diarchy.questions.information`.

References
----------
brier1950, good1952, lindley1956
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic
from diarchy.questions.information import (
    baseline_points,
    brier,
    expected_information,
    log_score,
    posteriors,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Five forecasts and what came.
CHANCES, CAME = (0.9, 0.8, 0.7, 0.1, 0.5), (1, 1, 0, 0, 1)
#: How likely each of two hypotheses, at even odds before, makes an observation.
PRIOR, LIKELIHOOD = np.array([0.5, 0.5]), (0.8, 0.3)


def _outcomes(*seen: float) -> np.ndarray:
    """How likely each hypothesis makes an observation, and its failing (hypothesis, outcome)."""
    return np.column_stack([seen, [1.0 - p for p in seen]])


def check(seeds: int) -> tuple[Check, ...]:
    """Five forecasts, one of four fifths, and an observation between two hypotheses."""
    likelihood = _outcomes(*LIKELIHOOD)
    yes, no = posteriors(PRIOR, likelihood)[:, 0]
    taught = float(expected_information(PRIOR, likelihood))
    points, bayes = ("good1952", "derived"), ("lindley1956", "derived")
    return (
        Check("Brier score of five forecasts", 0.16, brier(CHANCES, CAME), 1e-12, "brier1950", "derived"),
        Check("their log score [nat]", 0.466197, log_score(CHANCES, CAME), 5e-7, "good1952", "derived"),
        Check(
            "baseline score of .8 when it comes",
            67.807,
            baseline_points(0.8, True),
            5e-4,
            "good1952",
            "derived",
        ),
        Check("and when it does not", -132.193, baseline_points(0.8, False), 5e-4, *points),
        Check("posterior when it is seen", 0.727273, float(yes), 5e-7, *bayes),
        Check("posterior when it is not", 0.222222, float(no), 5e-7, *bayes),
        Check("expected information [bit]", 0.191165, taught, 5e-7, *bayes),
    )


def figure(canvas: Figure) -> None:
    """Scores of a forecast of something that comes, and what an observation teaches by its likelihoods."""
    left, right = canvas.subplots(1, 2)
    chance = np.linspace(0.02, 0.98, 97)
    left.plot(chance, [brier([p], [1]) for p in chance], label="Brier")
    left.plot(chance, [log_score([p], [1]) for p in chance], label="log [nat]")
    left.set(xlabel="chance given to what came", ylabel="score, 0 is best", ylim=(0, 4))
    left.legend(frameon=False)
    for other in (0.1, 0.3, 0.5):
        teaches = [float(expected_information(PRIOR, _outcomes(p, other))) for p in chance]
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
