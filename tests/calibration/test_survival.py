"""How long troops stay: the product limit, the Weibull law, and the table that ships."""

import builtins
import sys
from itertools import pairwise

import numpy as np
import pytest

from diarchy.calibration.survival import (
    CLOCKS,
    clopper_pearson,
    kaplan_meier,
    life_table,
    read_stays,
    science,
    stay_of,
    weibull,
)
from diarchy.errors import DesignError

# Remission under 6-mercaptopurine (Freireich 1963), weeks; 0 marks a patient last seen in it.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("week", "staying"),
    [(6, 0.8571), (7, 0.8067), (10, 0.7529), (13, 0.6902), (16, 0.6275), (22, 0.5378), (23, 0.4482)],
)
def test_the_product_limit_is_that_of_the_textbook(week, staying):
    assert kaplan_meier(WEEKS, RELAPSED).at(week) == pytest.approx(staying, abs=5e-5)


def test_the_curve_is_flat_between_ends_and_known_before_the_first():
    curve = kaplan_meier(WEEKS, RELAPSED)
    assert curve.at(5.9) == 1
    assert curve.at(9.5) == curve.at(7)
    assert (curve.n, curve.followed(10)) == (21, 13)
    assert curve.quantile(0.5) == 23
    assert curve.quantile(0.9) == np.inf


def test_the_curve_is_that_of_lifelines():
    lifelines = pytest.importorskip("lifelines", reason="needs the extra 'science'")
    curve = kaplan_meier(WEEKS, RELAPSED)
    theirs = lifelines.KaplanMeierFitter().fit(WEEKS, RELAPSED)
    assert curve.staying == pytest.approx(theirs.survival_function_["KM_estimate"].to_numpy()[1:])
    assert curve.quantile(0.5) == theirs.median_survival_time_


def test_with_nothing_censored_the_interval_is_clopper_and_pearson_s():
    curve = kaplan_meier(range(1, 11), [True] * 10)
    assert curve.interval(3) == pytest.approx(clopper_pearson(0.7, 10))
    assert curve.interval(0.5) == pytest.approx((0.05**0.1, 1))
    assert curve.interval(10) == pytest.approx((0, 1 - 0.05**0.1))


def test_clopper_pearson_of_a_table():
    # Two of ten, 90 %: the bounds at which two or more, and two or fewer, have 5 % chance.
    assert clopper_pearson(0.2, 10) == pytest.approx((0.0368, 0.5069), abs=5e-5)
    assert clopper_pearson(0.0, 0) == (0, 1)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        length, last = rng.exponential(100, 60), rng.uniform(50, 300, 60)
        low, high = kaplan_meier(np.minimum(length, last), length <= last).interval(80)
        held += low <= np.exp(-0.8) <= high
    assert held / 400 >= 0.87


def test_a_life_table_counts_everybody_once_and_ends_where_nobody_is_followed():
    lines = life_table(kaplan_meier(WEEKS, RELAPSED), "drug", "operation", "freireich")
    assert [line.day for line in lines] == [1, 2, 3, 5, 7, 10, 14, 21, 30]
    assert (sum(line.ended for line in lines), sum(line.censored for line in lines)) == (9, 8)
    assert all(b.at_risk == a.at_risk - a.ended - a.censored for a, b in pairwise(lines))


def test_weibull_recovers_a_law_and_its_errors_are_those_of_the_library():
    lifelines = pytest.importorskip("lifelines", reason="needs the extra 'science'")
    rng = np.random.default_rng(1)
    length = 400 * rng.weibull(0.7, 3000)
    law = weibull(np.minimum(length, 900), length <= 900)
    assert law.shape_interval[0] < 0.7 < law.shape_interval[1]
    assert law.scale_interval[0] < 400 < law.scale_interval[1]
    assert law.at(400) == pytest.approx(np.exp(-1), abs=0.02)
    theirs = lifelines.WeibullFitter(alpha=0.1).fit(np.minimum(length, 900), length <= 900)
    relative = theirs.summary["se(coef)"] / theirs.summary["coef"]
    for bounds, name in ((law.scale_interval, "lambda_"), (law.shape_interval, "rho_")):
        assert np.log(bounds[1] / bounds[0]) / 2 / 1.6449 == pytest.approx(relative[name], rel=0.01)


def test_spells_that_come_in_twos_give_wider_intervals():
    pytest.importorskip("lifelines", reason="needs the extra 'science'")
    length = np.repeat(100 * np.random.default_rng(2).weibull(1.0, 150), 2)
    hosts = [str(i // 2) for i in range(300)]
    alone = weibull(length, [True] * 300)
    together = weibull(length, [True] * 300, hosts)
    ratio = np.log(together.scale_interval[1] / together.scale) / np.log(
        alone.scale_interval[1] / alone.scale
    )
    assert ratio == pytest.approx(np.sqrt(2), abs=0.15)


def test_a_horizon_leaves_out_what_comes_later():
    pytest.importorskip("lifelines", reason="needs the extra 'science'")
    days = np.array([1.0, 4, 9, 20, 50, 80, 400, 900, 5000])
    law = weibull(days, [True] * 9, horizon=100)
    assert law == weibull(np.minimum(days, 100), days <= 100)
    assert law.ended == 6


def test_too_few_ends_are_a_fault():
    with pytest.raises(DesignError, match="two ends on different days"):
        weibull([5, 5, 9], [True, True, False])


def test_a_missing_library_is_a_fault_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "lifelines", None)
    with pytest.raises(DesignError, match=r"lifelines.*pip install 'diarchy\[science\]'"):
        weibull([5, 7, 9], [True, True, False])
    assert science("builtins") is builtins


def test_the_table_that_ships_says_which_clock_and_how_many():
    table = read_stays()
    assert {line.clock for lines in table.values() for line in lines} == set(CLOCKS)
    assert table["support"][0].n == 322
    for lines in table.values():
        assert all(line.low <= line.staying <= line.high for line in lines)
        assert all(a.staying >= b.staying for a, b in pairwise(lines))
        assert lines[0].at_risk == lines[0].n


def test_nine_in_ten_outlast_two_weeks():
    line = stay_of("support", 14)
    assert line.staying == pytest.approx(0.91, abs=0.005)
    assert (line.n, line.clock) == (322, "operation")
    assert line.low < 0.91 < line.high


@pytest.mark.parametrize(
    ("group", "day", "said"), [("suport", 14, "did you mean 'support'"), ("support", 15, "no day")]
)
def test_a_class_or_a_day_that_is_not_there_is_a_fault(group, day, said):
    with pytest.raises(DesignError, match=said):
        stay_of(group, day)
