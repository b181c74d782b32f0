"""Compiled helpers against scipy and against published numbers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import special, stats

from diarchy.numerics import (
    CHANCE,
    DRAWN,
    EXACT_BINOMIAL_VARIANCE,
    LUCK,
    ROW_LINES,
    TRIES,
    binomial_quantile,
    binomial_row,
    chance_within,
    choose,
    clip,
    exp_within,
    hazard_to_chance,
    log_without,
    logistic,
    normal_chance,
    normal_quantile,
    poisson_quantile,
    quantal_response,
    relax,
)

FIRST, LAST = 2.0**-54, 1.0 - 2.0**-53  # the least and the greatest uniform that `randomness` gives


@given(some.floats(-1e4, 1e4))
def test_logistic(x):
    assert logistic(x) == pytest.approx(special.expit(x), rel=1e-12, abs=1e-300)


@given(some.floats(1e-300, 1 - 1e-16))
def test_normal_quantile_and_chance(u):
    assert normal_quantile(u) == pytest.approx(special.ndtri(u), rel=1e-12, abs=1e-12)
    assert normal_chance(normal_quantile(u)) == pytest.approx(u, rel=1e-9, abs=1e-15)


@settings(max_examples=300)
@given(some.integers(0, 400), some.floats(0, 1), some.floats(1e-12, 1 - 1e-12))
def test_small_binomials_are_exact(n, p, u):
    k = binomial_quantile(n, p, u)
    assert 0 <= k <= n
    if n * p * (1 - p) < EXACT_BINOMIAL_VARIANCE and 0 < p < 1:
        slack = 1e-9
        assert stats.binom.cdf(k, n, p) >= u - slack
        assert k == 0 or stats.binom.cdf(k - 1, n, p) <= u + slack


@pytest.mark.parametrize(
    ("n", "p"), [(17, 0.4), (42, 0.1), (200, 0.3), (5_000, 0.01), (2_000_000, 0.001), (1_000, 0.9)]
)
def test_large_binomials_follow_the_law(n, p):
    """By Cornish-Fisher: the exact number but for one uniform in a thousand, and then the next one to it."""
    u = (np.arange(20_000) + 0.5) / 20_000
    k = np.array([binomial_quantile(n, p, x) for x in u])
    exact = stats.binom.ppf(u, n, p)
    assert np.max(np.abs(k - exact)) <= 1
    assert np.mean(k != exact) < 1.2e-3
    assert k.mean() == pytest.approx(n * p, abs=1e-3 * math.sqrt(n * p * (1 - p)))


def test_exponentials_that_go_together_are_right_to_1e_15():
    x = np.concatenate([-np.logspace(-12, np.log10(699), 4_000), np.linspace(0.0, 699.0, 1_000)])
    close = {"rtol": 2e-15, "atol": 0.0}
    np.testing.assert_allclose([exp_within(a) for a in x], np.exp(x), **close)
    np.testing.assert_allclose([chance_within(-a) for a in x[:4_000]], -np.expm1(x[:4_000]), **close)
    p = np.concatenate([np.logspace(-15, np.log10(0.5), 4_000), [0.3, np.nextafter(0.3, 1)]])
    np.testing.assert_allclose([log_without(a) for a in p], np.log1p(-p), **close)
    assert [log_without(0.0), chance_within(0.0), chance_within(1e9)] == [0.0, 0.0, 1.0]
    assert exp_within(-1e9) == exp_within(-700.0)


def test_a_row_of_binomials_is_what_each_is_alone():
    luck = np.random.default_rng(3)
    for cells in (1, 7, 20):
        table = np.zeros((ROW_LINES, 20))
        for _ in range(60):
            table[TRIES] = luck.choice([0, 1, 3, 12, 80, 5_000, 2_000_000, 4_000_000_000], 20)
            table[CHANCE] = luck.choice([0.0, 1e-9, 1e-6, 2e-3, 0.1, 0.5, 0.93, 1.0], 20)
            table[LUCK] = luck.choice([FIRST, 1e-12, 0.03, 0.4, 0.9, 1 - 1e-12, LAST], 20)
            alone = [binomial_quantile(int(n), p, u) for n, p, u in table[[TRIES, CHANCE, LUCK], :cells].T]
            binomial_row(table, cells)
            assert table[DRAWN, :cells].tolist() == alone


@pytest.mark.parametrize("p", [1e-9, 1e-6, 2e-3, 0.1, 0.3, 0.5, 0.7, 0.93])
@pytest.mark.parametrize("n", [1, 12, 5_000, 4_000_000_000])
def test_binomials_of_the_utmost_luck_lie_far_out_and_within_the_law(n, p):
    """Sums of rounded masses need not reach the greatest uniform."""
    low, high = binomial_quantile(n, p, FIRST), binomial_quantile(n, p, LAST)
    assert stats.binom.cdf(low - 1, n, p) < 1e-12
    assert stats.binom.sf(high, n, p) < 1e-12
    assert stats.binom.sf(high - 1, n, p) > 0.0 or high == 0
    assert stats.binom.cdf(low, n, p) > 0.0


def test_poisson_quantile():
    u = np.linspace(0.001, 0.999, 200)
    assert [poisson_quantile(2.5, x, 48) for x in u] == stats.poisson.ppf(u, 2.5).astype(int).tolist()
    assert poisson_quantile(6.0, 1 - 1e-16, 48) <= 48


def test_binomial_quantile_is_monotone_in_its_luck():
    for n, p in [(50, 0.1), (5_000, 0.4)]:
        k = [binomial_quantile(n, p, u) for u in np.linspace(0.001, 0.999, 500)]
        assert all(a <= b for a, b in itertools.pairwise(k))


def test_hazards_and_half_lives():
    assert hazard_to_chance(math.log(2), 1.0) == pytest.approx(0.5)
    assert hazard_to_chance(-1.0, 1.0) == 0.0
    assert relax(8.0, 0.0, 2.0, 4.0) == pytest.approx(2.0)
    assert clip(5.0, 0.0, 1.0) == 1.0


def test_choose_follows_its_weights():
    weights = np.array([0.0, 1.0, 3.0, 0.0])
    picks = np.bincount([choose(weights, 4, (i + 0.5) / 1000) for i in range(1000)], minlength=4)
    assert picks.tolist() == [0, 250, 750, 0]


def quantal_shares(utilities, precision, draws=20_000):
    n, luck = len(utilities), (np.arange(draws) + 0.5) / draws
    picks = [quantal_response(np.array(utilities), n, precision, u) for u in luck]
    return np.bincount(picks, minlength=n) / draws


def test_quantal_response_is_logit_and_shuts_out_what_is_not_available():
    shares = quantal_shares([0.2, 0.5, -math.inf], 4.0)
    assert shares == pytest.approx([1 / (1 + math.exp(1.2)), 1 / (1 + math.exp(-1.2)), 0.0], abs=1e-4)
    assert quantal_shares([0.1, 0.9], 0.0) == pytest.approx([0.5, 0.5], abs=1e-4)


@pytest.mark.parametrize(
    ("x", "precision", "p", "q"),
    # Asymmetric matching pennies of McKelvey and Palfrey (1995): row gains x at (up, left), else 1.
    [(9, 1, 0.8936, 0.3128), (9, 2, 0.8608, 0.1911), (9, 3, 0.7954, 0.1453), (9, 5, 0.7020, 0.1171),
     (9, 10, 0.6075, 0.1044), (4, 1, 0.7219, 0.3908), (4, 3, 0.6823, 0.2509)],
)  # fmt: skip
def test_quantal_response_equilibrium_of_matching_pennies(x, precision, p, q):
    """At the published equilibrium each side's quantal response to the other is the published share."""
    assert quantal_shares([x * q, 1 - q], precision)[0] == pytest.approx(p, abs=2e-3)
    assert quantal_shares([1 - p, p], precision)[0] == pytest.approx(q, abs=2e-3)
