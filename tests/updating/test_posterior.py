"""Bars of weighted answers: as wide as for so many strangers as the futures amount to."""

import numpy as np
import pytest

from diarchy.updating.kinship import Kinship
from diarchy.updating.posterior import Sample, Spread, share_bar


def sample_of(values, founders):
    n = len(values)
    return Sample(np.array(values, float), np.ones(n, bool), np.full(n, 1 / n), Kinship((founders,)))


def test_strangers_have_the_error_of_a_mean():
    values = np.random.default_rng(1).normal(size=50)
    found = sample_of(values, np.arange(50)).error(values)
    assert found == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_each_of_them_five_times_has_the_same_error_and_nearly_the_same_bar():
    values = np.random.default_rng(2).random(40) < 0.3
    once, often = (
        sample_of(values, np.arange(40)),
        sample_of(np.repeat(values, 5), np.repeat(np.arange(40), 5)),
    )
    assert often.strangers == pytest.approx(40)
    assert often.error(often.value) == pytest.approx(once.error(once.value))
    assert share_bar(often) == pytest.approx(share_bar(once), abs=0.03)


def test_copies_of_one_future_tell_next_to_nothing():
    alike = sample_of(np.arange(30.0), np.zeros(30, int))
    low, high = Spread(alike).bar(0.5)
    assert (low, high) == (0.0, 29.0)
    low, high = share_bar(sample_of([1.0] * 3 + [0.0] * 27, np.zeros(30, int)))
    assert low < 0.01
    assert high > 0.9
