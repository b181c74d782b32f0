"""What differs between two results."""

import json

import numpy as np
import pytest
from synthetic import CONTROL, STAGE, results

from diarchy.errors import ResultsError
from diarchy.questions.compare import compare_arms, compare_results

FALL = {"fall": {"text": "Does he fall?", "chance": {"crosses": {"of": CONTROL, "below": 0.5}}}}
LAST = {"last": {"text": "Control at the end?", "amount": {"last": {"of": CONTROL}}}}


def control(values, questions=FALL, arms=("base",), **attrs):
    """Results of one plain state at one time, in one or two arms."""
    array = np.stack([np.reshape(values, (-1, 1))] * len(arms))
    return results({CONTROL: array}, questions, arms, **attrs)


def answers(changes):
    """The changed answers."""
    return [change for change in changes if change.what == "answer"]


def test_changed_assumptions_come_first_and_once():
    old = {"base": {"crowd.pool": "2 %", "step": "6 h"}, "no-shock": {"crowd.pool": "2 %", "step": "6 h"}}
    new = {"base": {"crowd.pool": "3 %", "step": "6 h", "crowd.new": "1"},
           "no-shock": {"crowd.pool": "3 %", "step": "3 h", "crowd.new": "1"}}  # fmt: skip
    arms = ("base", "no-shock")
    found = compare_results(
        control([0, 1], arms=arms, assumptions=old), control([0, 0], arms=arms, assumptions=new)
    )
    told = [(c.what, c.name, c.arm, c.before, c.after) for c in found]
    assert told[:3] == [
        ("assumption", "crowd.pool", "", "2 %", "3 %"),
        ("assumption", "step", "no-shock", "6 h", "3 h"),
        ("assumption", "crowd.new", "", None, "1"),
    ]
    assert [c[:3] for c in told[3:]] == [("answer", "fall", "base"), ("answer", "fall", "no-shock")]


def test_assumptions_of_one_table_and_of_different_arms():
    found = compare_results(control([0], assumptions={"a": "1"}), control([0], assumptions={"a": "2"}))
    assert [(c.name, c.arm, c.before, c.after) for c in found] == [("a", "", "1", "2")]
    one, two = {"base": {"a": "1"}, "old": {}}, {"base": {"a": "1"}, "new": {}}
    found = compare_results(control([0], assumptions=one), control([0], assumptions=two))
    assert [(c.name, c.arm, c.before, c.after) for c in found] == [
        ("arm", "old", "run", None),
        ("arm", "new", None, "run"),
    ]


def test_nothing_differs():
    assert compare_results(control([0, 1]), control([0, 1])) == []


def test_a_paired_change():
    rng = np.random.default_rng(1)
    values = rng.random(400)
    change = answers(compare_results(control(values), control(values - 0.05)))[0]
    assert change.paired
    assert change.clear
    assert change.n == 400
    assert change.statistic == "share"
    assert change.before == pytest.approx((values < 0.5).mean())
    assert change.difference == pytest.approx(change.after - change.before)
    assert change.interval[0] < change.difference < change.interval[1]
    assert change.interval[1] - change.interval[0] < 0.06
    assert json.dumps(change.to_json())


def test_an_unpaired_change_is_wider():
    rng = np.random.default_rng(1)
    values = rng.random(400)
    change = answers(compare_results(control(values, seed=7), control(values - 0.05, seed=8)))[0]
    assert not change.paired
    assert not change.clear
    assert change.interval[1] - change.interval[0] == pytest.approx(
        2 * 1.65 * np.sqrt(2 * 0.25 / 400), rel=0.02
    )
    assert change.interval[0] < change.difference < change.interval[1]
    fewer = answers(compare_results(control(values), control(values[:200])))[0]
    assert not fewer.paired
    assert fewer.n == 200


def test_an_unpaired_change_from_none_to_all_is_not_certain():
    low, high = answers(compare_results(control([1] * 50, seed=7), control([0] * 50, seed=8)))[0].interval
    assert 0.8 < low < 0.95
    assert high == 1


def test_a_paired_change_from_none_to_all_is_not_certain():
    low, high = answers(compare_results(control([1] * 50), control([0] * 50)))[0].interval
    assert (low, high) == (pytest.approx(0.05 ** (1 / 50)), 1)


def test_a_change_of_means_unpaired():
    values = np.arange(40.0)
    change = answers(compare_results(control(values, LAST, seed=7), control(values + 1, LAST, seed=8)))[0]
    assert change.difference == pytest.approx(1)
    assert change.interval[1] - change.difference == pytest.approx(
        1.685 * np.sqrt(2 * values.var(ddof=1) / 40), rel=1e-3
    )


def test_a_change_of_a_quantity_is_one_of_means():
    change = answers(compare_results(control([1, 2, 3, 4.0], LAST), control([2, 3, 4, 7.0], LAST)))[0]
    assert (change.statistic, change.before, change.after, change.difference) == ("mean", 2.5, 4.0, 1.5)


def test_a_change_counts_futures_that_both_have():
    old = control([0, 0, 1, 1], status=[[0, 0, 0, -1]])
    new = control([1, 0, 1, 0], status=[[0, -1, 0, 0]])
    assert answers(compare_results(old, new))[0].n == 2


def test_a_change_of_a_difference_between_arms():
    asked = {"fall": {**FALL["fall"], "minus_arm": "no-patron"}}
    old = results({CONTROL: [[[0], [0], [1]], [[1], [1], [1]]]}, asked, ("base", "no-patron"))
    new = results({CONTROL: [[[0], [1], [1]], [[1], [1], [1]]]}, asked, ("base", "no-patron"))
    change = answers(compare_results(old, new))[0]
    assert (change.before, change.after) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert change.statistic == "mean"


def test_questions_asked_differently_are_not_compared():
    asked = {
        "fall": {"text": "Does he fall low?", "chance": {"crosses": {"of": CONTROL, "below": 0.2}}},
        **LAST,
    }
    found = compare_results(control([0.3, 1], FALL), control([0.1, 1], asked))
    assert [(c.what, c.name, c.before, c.after) for c in found] == [
        ("question", "fall", "Does he fall?", "Does he fall low?"),
        ("question", "last", None, "Control at the end?"),
    ]


def test_arms_that_cannot_answer_are_left_out():
    asked = {"come": {"text": "?", "chance": {"crosses": {"of": STAGE, "is": "present"}}}}
    lacking = results({STAGE: np.full((1, 2, 2), np.nan)}, asked)
    assert compare_results(lacking, results({STAGE: np.ones((1, 2, 2))}, asked)) == []


def two_arms(one, other, questions=LAST, **more):
    """Results of one plain state at one time, with an arm that differs."""
    array = np.stack([np.reshape(one, (-1, 1)), np.reshape(other, (-1, 1))])
    return results({CONTROL: array}, questions, ("base", "no-patron"), **more)


def test_arms_of_one_store_are_compared_future_by_future():
    luck, own = np.random.default_rng(2).normal(size=(2, 400))
    told = {"base": {"a": "1", "b": "2"}, "no-patron": {"a": "1", "b": "3"}}
    found = compare_arms(two_arms(luck, luck + 0.1 * own, assumptions=told), "no-patron", "base")
    assert [(c.name, c.before, c.after) for c in found.changes[:1]] == [("b", "3", "2")]
    change = found.changes[1]
    assert change.paired
    assert change.difference == pytest.approx(-0.1 * own.mean())
    assert change.error == pytest.approx(0.1 * own.std(ddof=1) / 20)
    fresh = np.hypot(luck.std(ddof=1), (luck + 0.1 * own).std(ddof=1)) / 20
    assert change.fresh_error == pytest.approx(fresh)
    assert change.ratio == pytest.approx(fresh / change.error)
    assert change.to_json()["ratio"] == change.ratio


def test_fresh_luck_is_as_far_off_as_another_seed_is():
    """The error told for fresh luck is the spread of differences between worlds that share nothing."""
    rng, told, spread = np.random.default_rng(3), [], []
    for _ in range(200):
        luck, other, own = rng.normal(size=(3, 50))
        change = compare_arms(two_arms(luck, luck + 0.3 * own), "base", "no-patron").changes[0]
        told.append(change.fresh_error)
        spread.append((other + 0.3 * own).mean() - luck.mean())
    assert np.mean(told) == pytest.approx(np.std(spread), rel=0.15)


def test_draws_are_the_independent_units_of_both_errors():
    values = np.repeat(np.random.default_rng(4).normal(size=(2, 50)), 4, axis=1)
    change = compare_arms(two_arms(*values, repeats=4), "base", "no-patron").changes[0]
    assert change.error == pytest.approx((values[1] - values[0])[::4].std(ddof=1) / np.sqrt(50))


def test_arms_that_agree_or_cannot_be_compared_are_named():
    asked = {
        **LAST,
        **FALL,
        "less": {**FALL["fall"], "minus_arm": "no-patron"},
        "never": {**LAST["last"], "given": {"crosses": {"of": CONTROL, "above": 9}}},
    }
    found = compare_arms(two_arms([0.1, 0.7], [0.2, 0.8], asked), "base", "no-patron")
    assert [change.name for change in found.changes] == ["last"]
    assert found.same == ("fall",)
    assert found.left_out == {
        "less": "it is a difference between arms already",
        "never": "no future counts in both",
    }


def test_of_an_arm_that_takes_fewer_futures_those_that_both_have_count():
    found = compare_arms(two_arms([1, 2, 3, 4.0], [2, 3, 0, 0.0], status=[[0] * 4, [0, 0, -1, -1]],
                                  planned={"base": 4, "no-patron": 2}), "base", "no-patron")  # fmt: skip
    assert (found.changes[0].n, found.changes[0].difference) == (2, 1.0)
    with pytest.raises(ResultsError, match="did you mean 'no-patron'"):
        compare_arms(two_arms([0], [1]), "base", "no-patrn")
