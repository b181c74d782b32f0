"""Information and scores, to the numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diarchy.questions.information import (
    baseline_points,
    brier,
    entropy,
    expected_information,
    log_score,
    posteriors,
)

HALF = np.array([0.5, 0.5])
SEEN = np.array([[0.8, 0.2], [0.3, 0.7]])  # (hypothesis, outcome)


def test_expected_information_of_two_hypotheses():
    assert float(expected_information(HALF, SEEN)) == pytest.approx(0.191165, abs=5e-7)


def test_posteriors_after_each_outcome():
    after = posteriors(HALF, SEEN)
    assert after[0, 0] == pytest.approx(0.727273, abs=5e-7)
    assert after[1, 0] == pytest.approx(0.222222, abs=5e-7)
    assert after.sum(axis=1) == pytest.approx(1)


def test_scores_of_five_forecasts():
    forecasts, happened = (0.9, 0.8, 0.7, 0.1, 0.5), (1, 1, 0, 0, 1)
    assert brier(forecasts, happened) == pytest.approx(0.16, abs=1e-12)
    assert log_score(forecasts, happened) == pytest.approx(0.466197, abs=5e-7)


def test_baseline_points():
    assert baseline_points(0.8, True) == pytest.approx(67.807, abs=5e-4)
    assert baseline_points(0.8, False) == pytest.approx(-132.193, abs=5e-4)
    assert baseline_points(0.5, True) == 0
    assert baseline_points(1.0, True) == 100


def test_the_impossible_that_happened_is_infinitely_bad():
    assert log_score([0.0], [1]) == math.inf
    assert baseline_points(0.0, True) == -math.inf


def test_nothing_is_learned_where_rivals_agree_and_all_where_they_never_do():
    assert float(expected_information(HALF, np.array([[0.4, 0.6], [0.4, 0.6]]))) == pytest.approx(
        0, abs=1e-12
    )
    assert float(expected_information(HALF, np.eye(2))) == pytest.approx(1)
    assert float(entropy(np.full(8, 1 / 8))) == pytest.approx(3)


def test_an_outcome_that_no_hypothesis_allows_leaves_the_prior():
    assert posteriors(np.array([0.3, 0.7]), np.array([[1.0, 0.0], [1.0, 0.0]]))[1] == pytest.approx(
        [0.3, 0.7]
    )


chances = st.floats(0.01, 1)


@given(arrays(float, 3, elements=chances), arrays(float, (3, 4), elements=chances))
def test_information_is_what_the_prior_s_entropy_loses(prior, likelihood):
    prior, likelihood = prior / prior.sum(), likelihood / likelihood.sum(axis=1, keepdims=True)
    outcome = prior @ likelihood
    after = posteriors(prior, likelihood)
    lost = float(entropy(prior) - outcome @ entropy(after))
    assert float(expected_information(prior, likelihood)) == pytest.approx(lost, abs=1e-9)
    assert -1e-9 <= lost <= math.log2(3) + 1e-9
    assert outcome @ after == pytest.approx(prior)  # beliefs are expected to stay where they are
