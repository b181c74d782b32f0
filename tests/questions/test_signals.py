"""Observables by date: information as it should be, nothing from noise, nothing from the future."""

import numpy as np
import pytest
from synthetic import CONTROL, STAGE, results

from diarchy.questions.ask import put
from diarchy.questions.information import expected_information
from diarchy.questions.signals import NO, YES, find_signals, rival_answers, rival_theories
from diarchy.questions.vocabulary import vocabulary_of_results

RUNS, TIMES = 800, 9
FALLS = {"falls": {"text": "Does he fall?", "chance": {"crosses": {"of": CONTROL, "below": 0.5}}}}
COMES = {"comes": {"text": "Do they come?", "chance": {"crosses": {"of": STAGE, "is": "present"}}}}
STAYS = {
    "away": {"text": "Do they stay away?", "chance": {"never": {"crosses": {"of": STAGE, "is": "present"}}}}
}
LEVEL = {"level": {"text": "How low does control get?", "amount": {"smallest": {"of": CONTROL}}}}
EVERY = {**FALLS, **COMES, **STAYS, **LEVEL}


def futures(seed, seen_if_falls=0.8, seen_else=0.3, arms=("base",)):
    """He falls on day 7 in half of the futures; troops come on day 2, more often where he will fall."""
    rng = np.random.default_rng(seed)
    shape = (len(arms), RUNS, TIMES)
    falls = rng.random(shape[:2]) < 0.5
    comes = rng.random(shape[:2]) < np.where(falls, seen_if_falls, seen_else)
    day = np.arange(TIMES)
    control = np.where(falls[..., None] & (day >= 7), 0.2, 0.9)
    stage = np.where(comes[..., None] & (day >= 2), 1, 0).astype(np.int8)
    return results({CONTROL: control, STAGE: stage}, EVERY, arms, repeats=4)


def signals_of(store, rivals):
    """Signals by (question, day)."""
    asked = put(store, None, ["base"])
    found = find_signals(store, vocabulary_of_results(store), asked.questions, rivals, seed=1)
    return {(signal.question, signal.day): signal for signal in found}


def answers_of(store):
    """The rivals yes and no to the fall."""
    return rival_answers(put(store, ["falls"], ["base"]).outcomes["falls", "base"], "base", True)


def test_information_and_posteriors_are_those_of_the_chances():
    told = signals_of(futures(1), answers_of(futures(1)))
    signal = told["comes", 2.0]
    true = float(expected_information(np.array([0.5, 0.5]), np.array([[0.8, 0.2], [0.3, 0.7]])))
    assert signal.information == pytest.approx(true, abs=3 * signal.error)
    assert 0.01 < signal.error < 0.05
    assert signal.clear
    assert signal.chance == pytest.approx(0.55, abs=0.06)
    assert signal.if_seen[YES] == pytest.approx(0.727, abs=0.06)
    assert signal.if_not[YES] == pytest.approx(0.222, abs=0.06)
    assert signal.if_seen[YES] + signal.if_seen[NO] == pytest.approx(1)


def test_nothing_is_seen_before_it_happens_and_the_answer_itself_tells_all():
    told = signals_of(futures(2), answers_of(futures(2)))
    assert ("comes", 1.0) not in told
    assert ("falls", 6.0) not in told
    assert told["falls", 7.0].information == pytest.approx(1, abs=0.02)


def test_what_is_known_at_the_end_is_judged_on_what_was_so_far():
    """That they never come is no sign on day 1, when none could have come, and one on day 2."""
    told = signals_of(futures(3), answers_of(futures(3)))
    assert ("away", 1.0) not in told
    assert told["away", 2.0].information == pytest.approx(told["comes", 2.0].information)
    assert told["away", 2.0].text.endswith("(so far)")


def test_a_series_is_looked_at_up_to_the_day():
    told = signals_of(futures(4), answers_of(futures(4)))
    assert ("level", 6.0) not in told
    assert told["level", 7.0].information == pytest.approx(1, abs=0.02)
    assert "At least 0.9" in told["level", 7.0].text


def test_an_observable_that_has_nothing_to_do_with_it_tells_nothing():
    clear, information = 0, []
    for seed in range(20):
        store = futures(10 + seed, 0.4, 0.4)
        signal = signals_of(store, answers_of(store))["comes", 2.0]
        clear += signal.clear
        information.append(signal.information)
    assert clear <= 1
    assert abs(np.mean(information)) < 0.001


def test_theories_are_told_apart_by_what_their_futures_show():
    arms = ("base", "no-patron")
    store = futures(5, arms=arms)
    stage = store.data[STAGE].values.copy()
    stage[1] = 0  # under the second theory nobody ever comes
    store = results({CONTROL: store.data[CONTROL].values, STAGE: stage}, EVERY, arms, repeats=4)
    told = signals_of(store, rival_theories(store, {"base": 1.0, "no-patron": 3.0}))
    signal = told["comes", 2.0]
    seen = float((store.data[STAGE].values[0, :, 2] == 1).mean())
    true = float(expected_information(np.array([0.25, 0.75]), np.array([[seen, 1 - seen], [0, 1]])))
    assert signal.information == pytest.approx(true, abs=0.01)
    assert signal.if_seen == {"base": 1.0, "no-patron": 0.0}
    assert signal.chance == pytest.approx(0.25 * seen)
    noise = told.get(("falls", 7.0))
    assert noise is None or not noise.clear


def test_same_seed_same_signals():
    store = futures(6)
    assert signals_of(store, answers_of(store)) == signals_of(store, answers_of(store))
