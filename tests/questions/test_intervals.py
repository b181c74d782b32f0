"""Error bars: closed forms, and coverage where the truth is planted."""

import numpy as np
import pytest
from scipy.special import betaincinv
from scipy.stats import beta, binomtest

from diarchy.questions.intervals import (
    change_spread,
    distribution,
    mean_interval,
    mean_spread,
    share_interval,
    share_spread,
    shrunken_means,
    unseen,
    variance_between,
)


def inside(bounds, truth):
    """Whether an interval holds a value."""
    return bounds[0] <= truth <= bounds[1]


def test_share_without_clusters_is_clopper_pearson():
    rng = np.random.default_rng(1)
    happened = rng.permutation(np.arange(400) < 120)
    exact = binomtest(120, 400).proportion_ci(0.90, method="exact")
    assert share_interval(happened, np.arange(400)) == pytest.approx((exact.low, exact.high), abs=0.002)


def test_share_is_wider_when_draws_agree_within():
    spread = np.arange(400) % 4 == 0
    together = np.arange(400) < 100
    draw = np.arange(400) // 4
    wide, narrow = share_interval(together, draw), share_interval(spread, draw)
    assert wide[1] - wide[0] > 1.9 * (narrow[1] - narrow[0])


def test_share_of_none_and_of_all_is_bounded_by_the_draws():
    draw = np.arange(2000) // 4
    low, high = share_interval(np.zeros(2000), draw)
    assert (low, high) == (0.0, pytest.approx(1 - 0.05 ** (1 / 500)))
    assert share_interval(np.ones(2000), draw) == pytest.approx((1 - high, 1.0))
    assert (1 - unseen(2000)) ** 2000 == pytest.approx(0.05)


def test_share_bound_is_never_below_that_of_an_event_not_seen():
    draw = np.arange(200) // 4
    highs = np.array([share_interval(np.arange(200) < k, draw)[1] for k in range(12)])
    assert np.all(highs >= unseen(50))
    assert highs[-1] > 0.1


def test_share_of_one_draw_has_no_interval():
    assert share_interval(np.arange(4) < 2, np.zeros(4)) is None


def test_variance_between_by_hand():
    # Means 1 and 3 about 2: MSB = 2 (1 + 1) / 1 = 4, MSW = (2 + 2) / 2 = 2, between = (4 - 2) / 2.
    assert variance_between(np.array([0, 2, 2, 4.0]), np.array([0, 0, 1, 1])) == pytest.approx((1.0, 2.0))
    assert variance_between(np.array([0, 1.0]), np.array([0, 1])) is None
    assert variance_between(np.array([0, 2, 0, 2.0]), np.array([0, 0, 1, 1]))[0] == 0


def test_share_spread_is_a_point_when_draws_do_not_differ():
    happened = np.tile([1, 0], 100)
    assert share_spread(happened, np.arange(200) // 2) == (0.5, 0.5)
    assert share_spread(np.zeros(8), np.arange(8) // 2) is None
    assert share_spread(np.tile([1, 0], 4), np.arange(8)) is None


def test_shrunken_means_have_the_variance_between():
    rng = np.random.default_rng(3)
    draw = np.arange(1200) // 4
    values = rng.normal(size=300)[draw] + 2 * rng.normal(size=1200)
    between = variance_between(values, draw)[0]
    assert shrunken_means(values, draw).var(ddof=1) == pytest.approx(between, rel=1e-9)
    low, high = mean_spread(values, draw)
    assert (low, high) == pytest.approx((-1.645, 1.645), abs=0.45)


def test_spread_of_a_change_of_chance_finds_planted_ones():
    """A change that few draws know: its bars hold the mean, and reach to what those draws have."""
    rng = np.random.default_rng(5)
    draw = np.repeat(np.arange(600), 4)
    chance = np.where(np.arange(600) < 60, rng.beta(2, 3, 600), 0.0)
    gained = rng.random(2400) < chance[draw]
    low, high = change_spread(gained.astype(float), draw)
    assert low == pytest.approx(0.0, abs=1e-9)
    assert chance.mean() < np.quantile(chance, 0.95) == pytest.approx(high, abs=0.12)
    assert change_spread(-gained.astype(float), draw) == (-high, -low)
    assert change_spread(np.zeros(2400), draw) is None
    assert change_spread(gained.astype(float), np.arange(2400)) is None


@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (0.5, 4.0)])
def test_coverage_on_a_planted_beta_binomial(a, b):
    rng = np.random.default_rng(11)
    draws, repeats, times = 100, 4, 400
    truth = a / (a + b)
    chances = rng.beta(a, b, size=(times, draws))
    happened = rng.random((times, draws, repeats)) < chances[:, :, None]
    draw = np.repeat(np.arange(draws), repeats)
    bounds = [share_interval(one.ravel(), draw) for one in happened]
    covered = np.mean([inside(bound, truth) for bound in bounds])
    assert (
        0.87 <= covered <= 0.96
    )  # three standard errors of 400 replications below 90 %, and not much too wide
    spreads = np.array([share_spread(one.ravel(), draw) for one in happened])
    assert spreads.mean(axis=0) == pytest.approx(beta.ppf([0.05, 0.95], a, b), abs=0.03)


def test_coverage_of_a_rare_event_that_comes_in_clusters():
    rng = np.random.default_rng(5)
    seen = rng.random((400, 100)) < 0.02
    draw = np.repeat(np.arange(100), 4)
    covered = [inside(share_interval(np.repeat(one, 4), draw), 0.02) for one in seen]
    assert np.mean(covered) >= 0.87


def test_coverage_of_a_mean_and_of_a_median():
    rng = np.random.default_rng(8)
    draw = np.repeat(np.arange(80), 4)
    values = rng.normal(size=(300, 80))[:, draw] + rng.normal(size=(300, 320))
    assert 0.86 <= np.mean([inside(mean_interval(v, draw), 0.0) for v in values]) <= 0.95
    seen = np.ones(320, dtype=bool)
    medians = [distribution(v, seen, draw).quantile_interval(0.5) for v in values]
    assert 0.85 <= np.mean([inside(bound, 0.0) for bound in medians]) <= 0.96


def test_distribution_without_cut_short_runs_is_the_empirical_one():
    values = np.array([3, 1, 2, 2, 5.0])
    found = distribution(values, np.ones(5, dtype=bool), np.arange(5))
    assert found.points.tolist() == [1, 2, 3, 5]
    assert found.below == pytest.approx([0.2, 0.6, 0.8, 1.0])
    assert [found.quantile(share) for share in (0.05, 0.2, 0.5, 0.6, 0.95)] == [1, 1, 2, 2, 5]
    assert found.influence(1) == pytest.approx((values <= 2) - 0.6)


def test_distribution_of_kaplan_and_meier_by_hand():
    # Five runs: ends at 1 and 3, cut short at 2, 4 and 4: survival 4/5, then 4/5 * 2/3.
    found = distribution(np.array([1, 2, 3, 4, 4.0]), np.array([1, 0, 1, 0, 0], dtype=bool), np.arange(5))
    assert found.below == pytest.approx([0.2, 0.2, 1 - 8 / 15, 1 - 8 / 15])
    assert found.quantile(0.25) == 3
    assert found.quantile(0.5) is None
    assert found.influence(2).sum() == pytest.approx(0)


def test_influence_agrees_with_greenwood():
    rng = np.random.default_rng(2)
    end, cut = rng.exponential(size=(2, 500))
    found = distribution(np.minimum(end, cut), end <= cut, np.arange(500))
    place = 250
    gone = found.hazard * found.at_risk
    terms = gone / (found.at_risk * (found.at_risk - gone))
    greenwood = (1 - found.below[place]) * np.sqrt(terms[: place + 1].sum())
    assert np.sqrt((found.influence(place) ** 2).sum()) / 500 == pytest.approx(greenwood, rel=0.01)


def test_quantile_interval_is_open_where_runs_were_cut_short():
    values, seen = np.arange(20.0), np.arange(20) < 11
    low, high = distribution(np.where(seen, values, 19), seen, np.arange(20)).quantile_interval(0.5)
    assert low < 9
    assert high is None


def test_spread_recovers_planted_locations():
    rng = np.random.default_rng(4)
    draw = np.repeat(np.arange(400), 4)
    values = rng.normal(size=400)[draw] + rng.normal(size=1600)
    found = distribution(values, np.ones(1600, dtype=bool), draw)
    assert found.spread() == pytest.approx((-1.645, 1.645), abs=0.25)
    alone = distribution(rng.normal(size=50), np.ones(50, dtype=bool), np.arange(50))
    assert alone.spread() is None


def test_beta_bounds_agree_with_another_implementation():
    assert betaincinv(3.5, 7.2, 0.05) == pytest.approx(beta.ppf(0.05, 3.5, 7.2))
