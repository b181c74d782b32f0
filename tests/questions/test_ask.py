"""Answers: hand-checkable values, pairs, conditions, what is left out, and refusals."""

import json

import numpy as np
import pytest
from synthetic import CONTROL, STAGE, STREET, results

from diarchy.errors import ResultsError
from diarchy.questions.ask import ask

COME = {"crosses": {"of": STAGE, "is": "present"}}
GO = {"crosses": {"of": STAGE, "is": "gone"}}
TROOPS = {"come": {"text": "Do troops come?", "chance": COME, "resolved": {"value": 1, "date": "2022-01-06"}}}
STAY = {"text": "How long do they stay?", "amount": {"time_between": [COME, GO]}}
# Eight futures: come on day 1 and go on day 2, 3, 4, stay for 1, never come for 4.
STAGES = [[0, 1, 2, 2, 2], [0, 1, 1, 2, 2], [0, 1, 1, 1, 2], [0, 1, 1, 1, 1], *[[0] * 5] * 4]


def one(found):
    """The only answer."""
    assert len(found) == 1
    return found[0]


def test_a_probability():
    answer = one(ask(results({STAGE: [STAGES]}, TROOPS, repeats=2)))
    assert (answer.id, answer.arm, answer.kind, answer.unit, answer.statistic) == (
        "come", "base", "probability", "probability", "share")  # fmt: skip
    assert (answer.value, answer.n) == (0.5, 8)
    low, high = answer.interval["monte_carlo"]
    assert 0 < low < 0.5 < high < 1
    assert answer.interval["structural"] is None
    assert "hypotheses" in answer.why["structural"]


def test_a_probability_as_json():
    document = one(ask(results({STAGE: [STAGES]}, TROOPS, repeats=2))).to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert set(document["interval"]) == {"monte_carlo", "parameter", "structural"}
    assert document["resolved"] == {"value": 1.0, "date": "2022-01-06"}
    assert document["outside"] is None
    assert document["quantiles"] is None


def test_an_event_in_no_future_has_a_bound_in_words():
    answer = one(ask(results({STAGE: np.zeros((1, 2000, 2))}, TROOPS)))
    assert answer.value == 0
    assert answer.interval["monte_carlo"] == (0.0, pytest.approx(1 - 0.05 ** (1 / 2000)))
    assert answer.note == "0 of 2,000: below 1 in 660 (90 %, from 2,000 draws)"
    assert answer.interval["parameter"] is None
    assert "agree" in answer.why["parameter"]
    always = one(ask(results({STAGE: np.ones((1, 2000, 2))}, TROOPS, repeats=4)))
    assert always.note == "2,000 of 2,000: its failing is below 1 in 160 (90 %, from 500 draws)"


def test_a_quantity_is_a_median_with_quantiles():
    asked = {"low": {"text": "?", "amount": {"smallest": {"of": CONTROL}}}}
    control = np.repeat(np.arange(100.0), 3).reshape(1, 100, 3)
    answer = one(ask(results({CONTROL: control}, asked, repeats=4)))
    assert (answer.kind, answer.unit, answer.statistic, answer.value) == ("quantity", "1", "median", 49)
    assert answer.quantiles == {0.05: 4, 0.25: 24, 0.5: 49, 0.75: 74, 0.95: 94}
    assert answer.interval["monte_carlo"][0] < 49 < answer.interval["monte_carlo"][1]
    assert answer.interval["parameter"][0] < 25 < 75 < answer.interval["parameter"][1]
    assert answer.to_json()["quantiles"]["0.05"] == 4


def test_a_quantity_that_the_end_cuts_short():
    answer = one(ask(results({STAGE: [STAGES]}, {"stay": STAY}, repeats=2)))
    assert (answer.value, answer.n, answer.left_out["undefined"]) == (2.0, 4, 4)
    assert answer.quantiles == {0.05: 1, 0.25: 1, 0.5: 2, 0.75: 3, 0.95: None}
    assert answer.note == "1 of 4 futures ended first; 5 in 100 or more: over 3 days"


def test_a_median_that_the_end_cuts_short_has_no_value():
    stages = [[0, 1, 2], [0, 1, 1], [0, 1, 1], [0, 1, 1]]
    answer = one(ask(results({STAGE: [stages]}, {"stay": STAY}, repeats=2)))
    assert answer.value is None
    assert answer.why["value"] == "too many futures ended first; the median is over 1 day"
    assert answer.interval["monte_carlo"] is None
    assert answer.note == "3 of 4 futures ended first"


def test_a_limit_is_rounded_down_so_that_it_stays_true():
    stages = [[0, 1] + [2] * 50, *[[0, *[1] * 51]] * 3]
    found = results({STAGE: [stages]}, {"stay": STAY}, repeats=2, step=0.25)
    assert one(ask(found)).why["value"] == "too many futures ended first; the median is over 12 days"


def test_a_condition_leaves_futures_out():
    asked = {
        "gone": {"text": "?", "chance": {"within": {"event": GO, "after": COME, "of": "2 d"}}, "given": COME}
    }
    answer = one(ask(results({STAGE: [STAGES]}, asked, repeats=2)))
    assert (answer.value, answer.n, answer.left_out["given"]) == (0.5, 4, 4)


def test_a_condition_that_is_never_met():
    asked = {"gone": {"text": "?", "chance": GO, "given": {"crosses": {"of": STAGE, "is": "gone"}}}}
    answer = one(ask(results({STAGE: np.zeros((1, 4, 2))}, asked)))
    assert answer.value is None
    assert answer.why["value"] == "the given event happened in no future"
    stay = one(ask(results({STAGE: np.zeros((1, 4, 2))}, {"stay": STAY})))
    assert "counted from never happened" in stay.why["value"]


PAIR = {"fall": {"text": "?", "chance": {"crosses": {"of": CONTROL, "below": 0.5}}, "minus_arm": "no-patron"}}


def pair(base, other, **more):
    """Results of two arms of one state with two times."""
    return results({CONTROL: [base, other]}, PAIR, ("base", "no-patron"), **more)


def test_a_paired_difference_is_answered_once_under_base():
    found = pair([[0, 0]] * 6 + [[1, 1]] * 2, [[0, 0]] * 2 + [[1, 1]] * 6, repeats=2)
    answer = one(ask(found))
    assert (answer.arm, answer.minus_arm, answer.kind) == ("base", "no-patron", "quantity")
    assert (answer.value, answer.unit, answer.statistic, answer.n) == (0.5, "probability", "mean", 8)
    assert answer.interval["monte_carlo"][0] < 0.5 < answer.interval["monte_carlo"][1]
    assert answer.quantiles is None
    assert ask(found, arms=["no-patron"]) == []
    assert one(ask(found, arms=["base"])) == answer


def test_a_pair_is_tighter_than_two_arms():
    rng = np.random.default_rng(1)
    base = rng.random((400, 1))
    answer = one(ask(pair(base, base + 0.05)))
    low, high = answer.interval["monte_carlo"]
    assert high - low < 0.05


def test_a_pair_needs_both_to_be_fine():
    status = [[0, 0, 0, 0, 5, -1], [0, 0, 0, -1, 0, 0]]
    answer = one(ask(pair([[0, 0]] * 6, [[1, 1]] * 6, status=status)))
    assert (answer.n, answer.left_out["failed"], answer.left_out["unfinished"]) == (3, 1, 2)
    assert answer.value == 1.0
    assert answer.note == "2 futures were not finished"


def test_a_pair_without_any_difference_is_bounded():
    answer = one(ask(pair([[0, 0]] * 100, [[0, 0]] * 100)))
    bound = 1 - 0.05 ** (1 / 100)
    assert answer.value == 0
    assert answer.interval["monte_carlo"] == pytest.approx((-bound, bound))
    assert answer.interval["parameter"] is None
    assert answer.note == "no difference in any of 100 pairs of futures"


def test_a_difference_of_amounts_takes_the_condition_of_base():
    asked = {"drop": {"text": "?", "amount": {"last": {"of": CONTROL}}, "minus_arm": "no-patron",
                      "given": {"crosses": {"of": CONTROL, "below": 0.5}}}}  # fmt: skip
    found = results(
        {CONTROL: [[[0, 3], [1, 9], [0, 5]], [[1, 1], [1, 1], [1, 2]]]}, asked, ("base", "no-patron")
    )
    answer = one(ask(found))
    assert (answer.value, answer.n, answer.left_out["given"], answer.unit) == (2.5, 2, 1, "1")


def test_an_arm_that_was_not_run_cannot_be_subtracted():
    answer = one(ask(results({CONTROL: np.zeros((1, 4, 2))}, PAIR)))
    assert answer.value is None
    assert answer.why["value"] == "arm 'no-patron' was not run"


def test_an_arm_without_the_mechanism_cannot_answer():
    stages = np.zeros((2, 4, 3))
    stages[1] = np.nan
    base, other = ask(results({STAGE: stages}, TROOPS, ("base", "no-patron")))
    assert base.value == 0
    assert other.value is None
    assert other.why["value"] == "mechanism 'patron' is not in this arm"
    minus = {"come": {**TROOPS["come"], "minus_arm": "no-patron"}}
    both = one(ask(results({STAGE: stages}, minus, ("base", "no-patron"))))
    assert "not in this arm" in both.why["value"]


def test_a_fact_is_that_of_the_arm():
    street = np.full((2, 2, 2, 3), 50.0)
    asked = {
        "share": {
            "text": "?",
            "amount": {"largest": {"of": STREET, "sum": ["place"], "per": "crowd.population"}},
        }
    }
    base, other = ask(results({STREET: street}, asked, ("base", "no-patron")))
    assert (base.value, other.value) == (0.15, 0.075)


def test_failed_and_unfinished_futures_are_left_out():
    stages = np.zeros((1, 6, 2))
    stages[0, 4:] = np.nan  # what was not written
    answer = one(ask(results({STAGE: stages}, TROOPS, status=[[0, 0, 0, 7, -1, -1]])))
    assert (answer.n, answer.left_out["failed"], answer.left_out["unfinished"]) == (3, 1, 2)
    nothing = one(ask(results({STAGE: stages}, TROOPS, status=[[-1] * 6])))
    assert nothing.why["value"] == "no future has finished"


def test_answers_do_not_depend_on_blocks():
    rng = np.random.default_rng(2)
    found = results({STAGE: rng.integers(0, 3, (1, 700, 4))}, {**TROOPS, "stay": STAY}, repeats=4)
    whole = ask(found)
    for chunk in (7, 100, 700):
        found.data[STAGE].encoding["chunks"] = (1, chunk, 4)
        assert ask(found) == whole


def test_one_draw_has_a_value_and_no_bars():
    answer = one(ask(results({STAGE: [STAGES]}, TROOPS, repeats=8)))
    assert answer.value == 0.5
    assert answer.interval["monte_carlo"] is None
    assert "fewer than two draws" in answer.why["monte_carlo"]


def test_one_future_a_draw_says_nothing_of_parameters():
    answer = one(ask(results({STAGE: [STAGES]}, TROOPS)))
    assert answer.interval["parameter"] is None
    assert "repeats" in answer.why["parameter"]


def test_questions_by_id_and_new_questions():
    found = results({STAGE: [STAGES]}, {**TROOPS, "stay": STAY})
    assert [a.id for a in ask(found)] == ["come", "stay"]
    assert [a.id for a in ask(found, ["stay"])] == ["stay"]
    assert one(ask(found, "stay")).id == "stay"
    assert one(ask(found, {"go": {"text": "?", "chance": GO}})).value == 3 / 8
    with pytest.raises(
        ResultsError, match="no question 'stays' is stored; allowed: come, stay; did you mean 'stay'"
    ):
        ask(found, ["stays"])
    with pytest.raises(ResultsError, match="arm 'bas' was not run; allowed: base; did you mean 'base'"):
        ask(found, arms=["bas"])


def test_a_state_that_was_not_recorded():
    new = {"text": "?", "amount": {"last": {"of": CONTROL}}}
    with pytest.raises(ResultsError, match=r"no state 'authority\.control'; .*run again with this question"):
        ask(results({STAGE: [STAGES]}), {"new": new})


def test_too_many_failures_are_refused():
    from dataclasses import replace

    with pytest.raises(ResultsError, match="2 of 10 futures failed"):
        ask(replace(results({STAGE: [STAGES]}, TROOPS), failing="2 of 10 futures failed"))
