"""Structural error: distances of theories net of their noise, paired by shared draws, weighed."""

import numpy as np
import pytest
from synthetic import CONTROL, STAGE, results

from diarchy.errors import ResultsError
from diarchy.questions.ask import ask
from diarchy.questions.compare import compare_arms
from diarchy.questions.structure import Theory, central, distances, drawn_together, read_weights

COME = {"come": {"text": "Do troops come?", "chance": {"crosses": {"of": STAGE, "is": "present"}}}}
LOW = {"low": {"text": "How low?", "amount": {"last": {"of": CONTROL}}}}


def theories(true, n, rng, shared, weights=None):
    """Samples of theories with given true means; `shared` is the part of the noise that they share."""
    common = rng.standard_normal(n)
    return [
        Theory(
            w, mean + np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.standard_normal(n), np.arange(n)
        )
        for mean, w in zip(true, weights or [1.0] * len(true), strict=True)
    ]


def test_noise_that_theories_share_cancels():
    rng = np.random.default_rng(1)
    _, apart = distances(theories([0.0, 0.0, 0.0], 400, rng, shared=0.0))
    _, together = distances(theories([0.0, 0.0, 0.0], 400, rng, shared=0.99))
    assert together.mean() < 0.02 * apart.mean()


def test_the_variance_of_noise_is_what_repeated_sampling_shows():
    rng = np.random.default_rng(2)
    found = [distances(theories([0.0, 0.5, 1.0], 60, rng, shared=0.6)) for _ in range(600)]
    spread = np.var([d for d, _ in found], axis=0)
    assert np.mean([v for _, v in found], axis=0) == pytest.approx(spread, rel=0.15)


def test_theories_that_agree_lie_on_each_other_and_others_keep_their_distance():
    """Of theories that agree, the raw distances are all noise; the bar must not show them."""
    rng = np.random.default_rng(3)
    agree, differ, raw = [], [], []
    for _ in range(200):
        for true, kept in (([0.0] * 5, agree), ([0.0, 0.0, 0.0, 0.0, 2.0], differ)):
            distance, noise = distances(theories(true, 50, rng, shared=0.0))
            kept.append(np.ptp(drawn_together(distance, noise, np.ones(5))))
            if kept is agree:
                raw.append(np.ptp(distance))
    assert np.mean(agree) < 0.5 * np.mean(raw)
    assert np.mean(differ) == pytest.approx(2.0, rel=0.12)


def test_the_central_part_goes_by_weight():
    values, equal = np.array([0.3, 0.1, 0.9]), np.ones(3)
    assert central(values, equal) == (0.1, 0.9)
    assert central(values, np.array([100.0, 1.0, 1.0])) == (0.3, 0.3)
    assert central(values, np.array([1.0, 0.0, 1.0])) == (0.3, 0.9)


def stages(share, n=400, times=3):
    """Futures of which the first share sees troops, whatever the draw."""
    there = np.zeros((n, times), dtype=int)
    there[np.arange(n) % 10 < round(10 * share), 1:] = 1
    return there


def rivals(**weights):
    return {name: {"weight": weight} for name, weight in weights.items()}


def test_an_answer_of_the_base_has_the_bar_and_those_of_rivals_have_none():
    made = results(
        {STAGE: [stages(0.4), stages(0.1), stages(0.8)]}, COME, arms=("base", "near", "far"), repeats=4,
        hypotheses=rivals(base=1, near=1, far=1),
    )  # fmt: skip
    base, near, _ = ask(made)
    low, high = base.interval["structural"]
    assert low == pytest.approx(0.1, abs=0.02)
    assert high == pytest.approx(0.8, abs=0.02)
    assert "structural" not in base.why
    assert near.interval["structural"] is None
    assert ask(made, arms=["base"])[0].interval == base.interval
    alone = ask(made, arms=["base"], weights={"base": 1.0, "near": 1.0, "far": 0.0})[0]
    assert alone.interval["structural"][1] == pytest.approx(0.4, abs=0.02)


def test_rivals_on_the_first_futures_only_are_paired_with_those():
    """The base of all futures says 0.4; of the first ones 0.2, where the rival says 0.3: 0.1 more."""
    n, few = 400, 200
    base = np.concatenate([stages(0.2, few), stages(0.6, few)])
    rival = np.concatenate([stages(0.3, few), np.zeros((few, 3), dtype=int)])
    status = np.zeros((2, n), dtype=int)
    status[1, few:] = -1
    made = results(
        {STAGE: [base, rival]}, COME, arms=("base", "rival"), repeats=4, status=status,
        hypotheses=rivals(base=1, rival=1), planned={"base": n, "rival": few},
    )  # fmt: skip
    answer, other = ask(made)
    assert answer.value == pytest.approx(0.4)
    assert answer.interval["structural"] == (pytest.approx(0.4), pytest.approx(0.5, abs=0.01))
    assert other.n == few
    assert other.left_out["unfinished"] == 0
    assert "not finished" not in other.note


def test_a_quantity_has_a_bar_on_its_own_scale():
    rng = np.random.default_rng(4)
    control = np.exp(rng.standard_normal((1, 600, 1)) + np.array([0.0, -1.0, 1.0])[:, None, None])
    made = results({CONTROL: np.repeat(control, 2, axis=2)}, LOW, arms=("base", "low", "high"), repeats=4,
                   hypotheses=rivals(base=1, low=1, high=1))  # fmt: skip
    answer = ask(made, arms=["base"])[0]
    low, high = answer.interval["structural"]
    assert low < answer.value < high
    assert (low, high) == (pytest.approx(np.exp(-1), rel=0.25), pytest.approx(np.exp(1), rel=0.25))


def test_too_few_futures_that_count_are_said():
    asked = {"come": {**COME["come"], "given": {"crosses": {"of": CONTROL, "above": 0.5}}}}
    control = np.zeros((2, 400, 3))
    control[0] = 1.0
    control[1, :4] = 1.0
    made = results({STAGE: [stages(0.4), stages(0.1)], CONTROL: control}, asked, arms=("base", "rare"),
                   repeats=4, hypotheses=rivals(base=1, rare=1))  # fmt: skip
    answer = ask(made, arms=["base"])[0]
    assert answer.interval["structural"] is None
    assert "too few" in answer.why["structural"]


def test_a_paired_difference_says_why_it_has_none():
    asked = {"come": {**COME["come"], "minus_arm": "no-patron"}}
    arms, named = ("base", "no-patron", "rival"), rivals(base=1, rival=1)
    states = {STAGE: [stages(0.4), stages(0.1), stages(0.2)]}
    made = results(states, asked, arms=arms, repeats=4, hypotheses=named)
    answer = ask(made)[0]
    assert answer.interval["structural"] is None
    assert "without it" in answer.why["structural"]


def differences(repeats=4):
    """What is subtracted is worth 0.3 in the base and 0.1 under the rival, future by future."""
    asked = {"come": {**COME["come"], "minus_arm": "no-patron"}, "plain": COME["come"]}
    arms = ("base", "no-patron", "rival", "rival+no-patron")
    states = {STAGE: [stages(0.5), stages(0.2), stages(0.4), stages(0.3)]}
    return results(states, asked, arms=arms, repeats=repeats, hypotheses=rivals(base=1, rival=1))


def test_a_paired_difference_has_a_bar_where_rivals_were_run_without_it_too():
    found = {(answer.id, answer.arm): answer for answer in ask(differences())}
    answer = found["come", "base"]
    assert answer.value == pytest.approx(0.3)
    assert answer.interval["structural"] == (pytest.approx(0.1, abs=0.02), pytest.approx(0.3, abs=0.001))
    assert "structural" not in answer.why


def test_what_only_stands_beside_a_world_is_no_world_to_ask():
    assert {answer.arm for answer in ask(differences())} == {"base", "no-patron", "rival"}
    with pytest.raises(ResultsError, match="was not run"):
        ask(differences(), arms=["rival+no-patron"])
    with pytest.raises(ResultsError, match="was not run"):
        compare_arms(differences(), "rival", "rival+no-patron")
    asked = {"come": {**COME["come"], "minus_arm": "rival+no-patron"}}
    assert ask(differences(), asked, arms=["base"])[0].value is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("orbitt=2", "did you mean 'orbit'"),
        ("orbit", "gives no weight"),
        ("orbit=-1", "gives no weight"),
        ("orbit=nan", "gives no weight"),
        ("orbit=1e9", "gives no weight"),
        ("orbit=0,base=0", "no hypothesis has any weight"),
    ],
)
def test_weights_that_cannot_be_taken(text, message):
    with pytest.raises(ResultsError, match=message):
        read_weights(text, {"base": 1.0, "orbit": 1.0})
