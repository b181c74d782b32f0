"""Scores: as computed by hand, around 0 and 1 where they must be, and blind to what came of a case."""

import csv
import datetime as dt
import math

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scores beside a logistic regression need the extra `science`")

from diarchy.calibration import score
from diarchy.calibration.emulator import Wave
from diarchy.calibration.library import LIBRARY, Library, Onset, Outcome, read_library
from diarchy.calibration.outcomes import OUTCOME_COLUMNS
from diarchy.calibration.outside import QUESTIONS, base_rate, logistic_of
from diarchy.calibration.survival import stay_of
from diarchy.calibration.weighing import Fit

#: Known outcomes, one question only: all others cannot be scored.
CAME = (1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0)
SILENT = dict.fromkeys(QUESTIONS, math.nan)


def an_onset(i):
    """A crisis of nowhere, of one of two classes."""
    regime = "personal" if i % 2 else "party"
    day = dt.date(1990 + i, 5, 1)
    return Onset(f"C{i}", "Nowhere", "XXX", day, 9e6 + 1e6 * i, regime, "other", False, -7.0, 6000.0, ())


def a_library(came=CAME):
    """Cases of which only the troops' obedience is known, the last one's not at all."""
    outcomes = (*(Outcome(disobeyed=y) for y in came), Outcome())
    n = len(outcomes)
    return Library(tuple(an_onset(i) for i in range(n)), outcomes, ("",) * n)


def scored(library, chances, by=score.score):
    """The score of the one question that can be scored."""
    forecasts = [SILENT | {"disobeyed": p} for p in chances]
    return next(found for found in by(library, forecasts) if found.id == "disobeyed")


def test_scores_are_those_computed_by_hand():
    library = a_library()
    found = scored(library, [*(0.8 if y else 0.4 for y in CAME), 0.5])
    assert (found.n, found.unknown) == (10, 1)
    assert found.brier == pytest.approx(0.5 * 0.2**2 + 0.5 * 0.4**2)
    assert found.log_score == pytest.approx(-0.5 * math.log(0.8) - 0.5 * math.log(0.6), abs=5e-5)
    # Of nine others four (or five) said yes, with half a case for and half against: 4.5 / 10 (or 5.5 / 10).
    assert found.brier_base == pytest.approx(0.55**2, abs=5e-5)
    assert found.skill == pytest.approx(1 - 0.1 / 0.55**2, abs=5e-5)
    assert found.skill_interval[0] < found.skill < found.skill_interval[1]
    assert found.brier_status_quo == pytest.approx(0.5)
    assert (found.rate, found.forecast_rate) == (0.5, 0.6)
    expected = [(0.25, 0.5, 5, 0.4, 0.0), (0.75, 0.9, 5, 0.8, 1.0)]
    np.testing.assert_allclose(found.bins, expected)


def test_perfect_forecasts_have_skill_one_and_the_base_rate_none():
    library = a_library()
    perfect = scored(library, [*CAME, 0.5])
    assert perfect.skill == 1.0
    assert perfect.skill_interval == (1.0, 1.0)
    rates = [base_rate(library.outcomes, "disobeyed", i)[0] for i in range(len(library))]
    same = scored(library, rates)
    assert same.skill == 0.0
    assert same.skill_interval == (0.0, 0.0)
    assert same.brier == same.brier_base
    assert scored(library, [*(1.0 - y for y in CAME), 0.5]).skill_interval[1] < 0.0


def test_too_few_answers_are_counted_and_not_scored():
    found = scored(a_library(CAME[:4]), [0.5] * 5)
    assert (found.n, found.unknown, found.brier, found.skill, found.skill_interval) == (
        4,
        1,
        None,
        None,
        None,
    )
    silent = scored(a_library(), [math.nan] * 11)
    assert (silent.n, silent.unknown) == (0, 11)


def test_strangers_are_scored_by_what_the_library_says():
    library, strangers = a_library(), a_library((1.0, 1.0, 1.0, 0.0, 1.0, 1.0))
    found = scored(strangers, [0.9] * 7, lambda *given: score.score_cases(library, *given))
    assert (found.n, found.unknown) == (6, 1)
    assert found.brier == pytest.approx((5 * 0.1**2 + 0.9**2) / 6, abs=5e-5)
    assert found.brier_base == pytest.approx(
        0.5**2
    )  # five of ten in the library, whatever came of the strangers
    says = logistic_of(library.onsets, library.outcomes, "disobeyed", strangers.onsets)[:6]
    assert found.brier_logit == pytest.approx(np.mean((says - [1, 1, 1, 0, 1, 1]) ** 2), abs=5e-5)


def test_every_question_is_scored_and_is_plain_data():
    library = a_library()
    found = score.score(library, [SILENT] * len(library))
    assert [one.id for one in found] == list(QUESTIONS)
    assert {"id", "n", "brier", "brier_base", "brier_logit", "skill", "skill_interval", "log_score"} <= set(
        found[0].to_json()
    )


@pytest.fixture(scope="module")
def blanked(tmp_path_factory):
    """Two crises of the library as they are, and with every outcome column blank."""
    folder = tmp_path_factory.mktemp("blank")
    with LIBRARY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:2]
    paths = []
    for name, blank in (("told.csv", ()), ("blank.csv", OUTCOME_COLUMNS)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(row | dict.fromkeys(blank, "") for row in rows)
        paths.append(folder / name)
    return [read_library(path) for path in paths]


def test_outcomes_never_enter_a_forecast(blanked):
    told, blank = blanked
    assert not math.isnan(told.outcomes[0].deaths)
    assert all(math.isnan(outcome.deaths) for outcome in blank.outcomes)
    posterior = {"crowd.pool": (0.5, 0.9)}
    for known, unknown in zip(told.onsets, blank.onsets, strict=True):
        np.testing.assert_equal(
            score.forecast(known, posterior, 4, 7), score.forecast(unknown, posterior, 4, 7)
        )


def test_a_forecast_is_kept_by_all_that_it_follows_from(blanked, monkeypatch, tmp_path):
    onset = blanked[0].onsets[0]
    ran = []
    monkeypatch.setattr(score, "_chances", lambda *given: ran.append(given) or SILENT | {"helped": 0.3})
    first = score.forecast(onset, {"crowd.pool": (0.5, 0.9)}, 4, 7, tmp_path)
    again = score.forecast(onset, {"crowd.pool": (0.5, 0.9)}, 4, 7, tmp_path)
    np.testing.assert_equal(first, again)
    assert len(ran) == 1
    score.forecast(onset, {"crowd.pool": (0.4, 0.9)}, 4, 7, tmp_path)
    score.forecast(blanked[0].onsets[1], {"crowd.pool": (0.5, 0.9)}, 4, 7, tmp_path)
    score.forecast(onset, {"crowd.pool": (0.5, 0.9)}, 5, 7, tmp_path)
    assert len(ran) == 4


def test_a_fit_moves_the_draws_of_a_forecast(blanked):
    onset = blanked[0].onsets[0]
    plain = score.design_under(onset, {}, 8, 7).values("base", range(8))
    moved = score.design_under(onset, {"crowd.pool": (1.0, 0.5)}, 8, 7).values("base", range(8))
    assert np.all(np.sort(moved["crowd.pool"])[:4] > np.sort(plain["crowd.pool"])[:4])
    assert moved["crowd.pool"].std() < 10 * plain["crowd.pool"].std()
    assert all(np.array_equal(moved[name], plain[name]) for name in plain if name != "crowd.pool")


def test_each_case_is_forecast_without_its_own_answers(monkeypatch):
    library = a_library()
    n = len(library)
    luck = np.random.default_rng(2)
    answers = {question: np.full((n, 40), np.nan) for question in QUESTIONS}
    scores = luck.standard_normal((40, 1))
    answers["disobeyed"] = np.repeat((scores[:, 0] > 0).astype(float)[None], n, axis=0)
    wave = Wave(("crowd.pool",), scores, answers)
    monkeypatch.setattr(score, "forecast", lambda onset, posterior, *_, **__: dict(posterior))
    told = score.leave_one_out(library, wave, 4)
    flipped = Library(
        library.onsets, (Outcome(disobeyed=1.0 - CAME[0]), *library.outcomes[1:]), library.where
    )
    lied = score.leave_one_out(flipped, wave, 4)
    assert told[0] == lied[0]
    assert told[1] != lied[1]


def test_a_posterior_is_shift_and_scale_by_name_and_class():
    fit = Fit(("a", "b"), np.array([0.1, 0.2]), np.array([0.9, 0.8]), {"party": np.array([0.5, 0.0])})
    assert score.posterior_of(fit, "monarchy") == {"a": (0.1, 0.9), "b": (0.2, 0.8)}
    assert score.posterior_of(fit, "party") == {"a": (0.6, 0.9), "b": (0.2, 0.8)}


def test_stays_are_scored_beside_the_record_of_other_interventions():
    stays = [Outcome(helped=1.0, stay_days=days) for days in (10.0, 20.0, 400.0, 500.0, 600.0)]
    library = Library(tuple(an_onset(i) for i in range(5)), tuple(stays), ("",) * 5)
    found = {one.id: one for one in score.score(library, [SILENT | {"stay_30d": 0.4}] * 5)}
    gone = 1.0 - stay_of("support", 30).staying
    assert found["stay_30d"].brier_survival == pytest.approx(
        (2 * (gone - 1) ** 2 + 3 * gone**2) / 5, abs=5e-5
    )
    assert found["disobeyed"].brier_survival is None
