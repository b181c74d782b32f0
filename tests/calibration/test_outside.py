"""The outside view of a crisis: base rates, a regression, persistence."""

import datetime as dt
import math
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from diarchy.base_rates import read_base_rates
from diarchy.calibration.library import Onset, Outcome, Patron, read_library
from diarchy.calibration.outside import (
    QUESTIONS,
    answer_of,
    base_rate,
    covariates,
    logistic,
    logistic_of,
    persistence,
)
from diarchy.errors import DesignError

CRISIS = Onset(
    "X", "Kazakhstan", "KAZ", dt.date(2005, 1, 2), 15e6, "personal", "price", True, -6.0, 9e3,
    (Patron("RUS", True, True, 12.0, 0.9),),
)  # fmt: skip
FELL = Outcome(30.0, 1.0, 25.0, 20.0, 30.0, 1.0, 30.0, False, 0.01)
STOOD = Outcome(math.inf, 0.0, 0.0, 0.0, 0.0, 0.0, math.nan, False, 0.001)


def crises(n=40, seed=3):
    """Made-up crises: the poor ones end with the fall of the leader, most of them."""
    rng = np.random.default_rng(seed)
    onsets, outcomes = [], []
    for i in range(n):
        poor = i % 2 == 0
        onsets.append(
            replace(CRISIS, id=f"C{i}", gdp_pc=float(rng.lognormal(7 if poor else 10, 0.3)),
                    polity=math.nan if i % 7 == 0 else float(rng.integers(-9, 9)))
        )  # fmt: skip
        outcomes.append(FELL if (rng.random() < 0.9) == poor else STOOD)
    return onsets, outcomes


@pytest.mark.parametrize(
    ("question", "fell", "stood"),
    [
        ("out_30d", 1, 0),
        ("out_90d", 1, 0),
        ("out_180d", 1, 0),
        ("disobeyed", 1, 0),
        ("deaths_25", 1, 0),
        ("deaths_100", 0, 0),
        ("helped", 1, 0),
        ("peak_01pct", 1, 0),
        ("peak_1pct", 0, 0),
        ("stay_30d", 1, None),
        ("stay_180d", 1, None),
    ],
)
def test_answers_at_the_bounds(question, fell, stood):
    assert answer_of(FELL, question) == fell
    assert answer_of(STOOD, question) == pytest.approx(math.nan if stood is None else stood, nan_ok=True)


def test_every_question_of_the_score_is_there_and_unknown_where_nothing_is_known():
    assert len(QUESTIONS) == 11
    assert all(math.isnan(answer_of(Outcome(), question)) for question in QUESTIONS)


@pytest.mark.parametrize(
    ("days", "seen_out", "answer"), [(20, False, math.nan), (40, False, 0), (20, True, 1)]
)
def test_troops_out_of_sight_before_the_day_are_unknown(days, seen_out, answer):
    outcome = replace(FELL, stay_days=float(days), stay_censored=not seen_out)
    assert answer_of(outcome, "stay_30d") == pytest.approx(answer, nan_ok=True)


def test_a_question_that_is_none_is_a_fault():
    with pytest.raises(DesignError, match="did you mean 'helped'"):
        answer_of(FELL, "helpd")


def test_a_base_rate_leaves_the_crisis_itself_out():
    outcomes = [FELL, STOOD, STOOD, Outcome()]
    assert base_rate(outcomes, "helped") == pytest.approx((1.5 / 4, 3))
    assert base_rate(outcomes, "helped", leave_out=0) == pytest.approx((0.5 / 3, 2))
    assert base_rate(outcomes, "helped", leave_out=3) == base_rate(outcomes, "helped")
    assert base_rate([], "helped") == (0.5, 0)


def test_persistence_says_that_nothing_changes_and_nothing_of_sizes():
    assert persistence([CRISIS, CRISIS], "out_30d").tolist() == [0, 0]
    assert np.isnan(persistence([CRISIS], "deaths_25")).all()


def test_covariates_are_facts_of_the_onset():
    values, names = covariates([CRISIS, replace(CRISIS, polity=math.nan, patrons=(), regime="democracy")])
    first, second = (dict(zip(names, row, strict=True)) for row in values)
    assert first["log_population"] == pytest.approx(math.log(15e6))
    assert (first["allied"], first["contiguous"], first["regime_personal"], first["year"]) == (1, 1, 1, 2005)
    assert (second["allied"], second["regime_personal"], second["regime_democracy"]) == (0, 0, 1)
    assert math.isnan(second["polity"])
    assert not {field.name for field in fields(Outcome)} & set(names)


def test_an_ally_that_is_no_great_power_is_none():
    small = replace(CRISIS, patrons=(Patron("KGZ", True, True, 0.1, 0.5),))
    values, names = covariates([small])
    assert values[0, names.index("allied")] == 0


def test_the_regression_finds_what_is_there():
    pytest.importorskip("sklearn", reason="needs the extra 'science'")
    onsets, outcomes = crises()
    answers = np.array([answer_of(outcome, "out_30d") for outcome in outcomes])
    chance = logistic(onsets, outcomes, "out_30d")
    rate = np.array([base_rate(outcomes, "out_30d", i)[0] for i in range(len(onsets))])
    assert np.mean((chance - answers) ** 2) < 0.6 * np.mean((rate - answers) ** 2)


def test_the_regression_never_sees_the_crisis_that_it_answers_for():
    pytest.importorskip("sklearn", reason="needs the extra 'science'")
    onsets, outcomes = crises(24)
    changed = [*outcomes[:5], STOOD if outcomes[5] is FELL else FELL, *outcomes[6:]]
    before, after = logistic(onsets, outcomes, "out_30d"), logistic(onsets, changed, "out_30d")
    assert after[5] == before[5]
    assert np.any(np.delete(after, 5) != np.delete(before, 5))
    others = [i for i in range(24) if i != 5]
    alone = logistic_of([onsets[i] for i in others], [outcomes[i] for i in others], "out_30d", [onsets[5]])
    assert alone[0] == before[5]


def test_with_too_few_of_a_kind_the_base_rate_answers():
    onsets, outcomes = [CRISIS] * 9, [FELL] * 3 + [STOOD] * 6
    assert logistic_of(onsets, outcomes, "helped", [CRISIS]) == pytest.approx(
        [base_rate(outcomes, "helped")[0]]
    )


def test_unknown_covariates_of_all_crises_do_no_harm():
    pytest.importorskip("sklearn", reason="needs the extra 'science'")
    onsets, outcomes = crises(24)
    blank = [replace(onset, polity=math.nan, gdp_pc=math.nan) for onset in onsets]
    chance = logistic_of(blank, outcomes, "out_30d", onsets)
    assert np.all((chance > 0) & (chance < 1))


def test_a_missing_library_is_a_fault_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)
    onsets, outcomes = crises(24)
    with pytest.raises(DesignError, match=r"pip install 'diarchy\[science\]'"):
        logistic_of(onsets, outcomes, "out_30d", onsets[:1])


def test_the_library_that_ships_answers_every_question():
    library = read_library()
    for question in QUESTIONS:
        rate, n = base_rate(library.outcomes, question)
        assert n >= 5
        assert 0 < rate < 1


def test_base_rates_that_ship_are_found_by_id():
    line = read_base_rates()["lethal.price"]
    assert (line.n, line.unit, line.source) == (1414, "1", "mass-mobilization-5.1")
