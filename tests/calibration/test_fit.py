"""The fit finds what drives the answers, leaves alone what does not, and sees of a case only its answers."""

import datetime as dt

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the fit needs the extra `science`")

from diarchy.calibration import fit, kept, thin
from diarchy.calibration.library import Library, Onset, Outcome
from diarchy.calibration.rungs import KINDS, RUNGS, WEIGHT
from diarchy.ensemble.design import sample
from diarchy.errors import DesignError

PLANTED, STEEP = 0.8, 2.0
CASES, DRAWS = 300, 60


def an_onset(name):
    """A crisis of nowhere."""
    day = dt.date(2000, 5, 1)
    return Onset(name, "Nowhere", "XXX", day, 9e6, "personal", "election", False, -7.0, 6000.0, ())


def yes(luck, log_odds):
    """Answers of given log odds."""
    return (luck.random(log_odds.shape) < 1 / (1 + np.exp(-log_odds))).astype(float)


@pytest.fixture(scope="module")
def planted():
    """A wave in which one parameter drives obedience and one nothing, and outcomes where it is `PLANTED`."""
    luck = np.random.default_rng(1)
    scores = luck.standard_normal((DRAWS, 2))
    level = luck.normal(0.0, 0.5, CASES)
    answers = {question: np.full((CASES, DRAWS), np.nan) for question in RUNGS}
    answers["disobeyed"] = yes(luck, level[:, None] + STEEP * scores[:, 0])
    own = np.sqrt(1.0 - fit.SHARED) * luck.standard_normal(CASES)
    came = yes(luck, level + STEEP * (PLANTED + own))
    outcomes = [Outcome(disobeyed=float(y)) for y in came]
    return fit.Wave(("toy.driver", "toy.inert"), scores, answers), outcomes


def test_a_planted_parameter_is_found_and_an_inert_one_left_alone(planted):
    wave, outcomes = planted
    found = fit.weigh(wave, fit.emulate(wave), outcomes)
    prior_free = np.sqrt(1.0 - fit.SHARED)  # what is each crisis's own stays open
    assert found.shift[0] == pytest.approx(PLANTED, abs=0.25)
    assert prior_free < found.scale[0] < prior_free + 0.05
    assert abs(found.shift[1]) < 0.1
    assert found.scale[1] > 0.95


def test_only_questions_that_are_answered_both_ways_are_emulated(planted):
    wave, _ = planted
    one_sided = fit.Wave(wave.names, wave.scores, wave.answers | {"helped": np.zeros((CASES, DRAWS))})
    found = fit.emulate(one_sided)
    assert set(found) == {"disobeyed"}
    assert found["disobeyed"].slope[0] == pytest.approx(STEEP, rel=0.15)
    assert abs(found["disobeyed"].slope[1]) < 0.1


def test_a_case_left_out_enters_through_its_answers_only(planted):
    wave, outcomes = planted
    emulators = fit.emulate(wave)
    blank = [Outcome(), *outcomes[1:]]
    other = [Outcome(disobeyed=1.0 - outcomes[0].disobeyed), *outcomes[1:]]
    without = fit.weigh(wave, emulators, outcomes, leave_out=[0])
    for found in (fit.weigh(wave, emulators, blank), fit.weigh(wave, emulators, other, leave_out=[0])):
        np.testing.assert_array_equal(found.shift, without.shift)
        np.testing.assert_array_equal(found.scale, without.scale)
    assert not np.array_equal(fit.weigh(wave, emulators, outcomes).shift, without.shift)


def test_nothing_known_leaves_the_prior(planted):
    wave, _ = planted
    found = fit.weigh(wave, fit.emulate(wave), [Outcome()] * CASES)
    np.testing.assert_allclose(found.shift, 0.0)
    np.testing.assert_allclose(found.scale, 1.0)


def test_nested_questions_weigh_as_one():
    assert set(WEIGHT) == set(RUNGS)
    for ladder in KINDS.values():
        assert sum(WEIGHT[rung] for rung in ladder) == pytest.approx(1.0)


@pytest.fixture(scope="module")
def wave_of_two(tmp_path_factory):
    """Two crises simulated, and the folder that keeps them."""
    folder = tmp_path_factory.mktemp("work")
    told = []
    onsets = [an_onset("A"), an_onset("B")]
    wave = fit.simulate(onsets, 4, 7, folder, lambda done, total: told.append((done, total)))
    return onsets, wave, folder, told


def test_a_wave_has_every_free_parameter_and_answer(wave_of_two):
    onsets, wave, _, told = wave_of_two
    design = sample(thin.thin_model(onsets[0]), 4, 7, repeats=1)
    assert wave.names == fit.varying(design)
    assert wave.scores.shape == (4, len(wave.names))
    assert np.all(np.isfinite(wave.scores))
    assert set(wave.answers) == set(RUNGS)
    assert all(array.shape == (2, 4) for array in wave.answers.values())
    assert set(np.unique(wave.answers["out_180d"])) <= {0.0, 1.0}
    assert told == [(1, 2), (2, 2)]


def test_an_interrupted_simulation_goes_on(wave_of_two, monkeypatch, tmp_path):
    onsets, wave, folder, _ = wave_of_two
    (tmp_path / "A-4-7.npz").write_bytes((folder / "A-4-7.npz").read_bytes())
    ran = []
    honest = fit.run_onset
    monkeypatch.setattr(fit, "run_onset", lambda onset, *rest: ran.append(onset.id) or honest(onset, *rest))
    again = fit.simulate(onsets, 4, 7, tmp_path)
    assert ran == ["B"]
    for question in RUNGS:
        np.testing.assert_array_equal(again.answers[question], wave.answers[question])
    fit.simulate(onsets[:1], 4, 8, tmp_path)  # another seed is another answer
    assert ran == ["B", "A"]


def test_kept_answers_are_what_is_read(wave_of_two, tmp_path):
    onsets, wave, _, _ = wave_of_two
    np.savez(tmp_path / "A-4-7.npz", **{question: np.full(4, 0.25) for question in RUNGS})
    again = fit.simulate(onsets[:1], 4, 7, tmp_path)
    assert all(np.all(again.answers[question] == 0.25) for question in RUNGS)
    np.testing.assert_array_equal(again.scores, wave.scores)


def test_the_table_has_medians_on_the_parameters_scale(wave_of_two):
    onsets, wave, _, _ = wave_of_two
    design = sample(thin.thin_model(onsets[0]), 4, 7, repeats=1)
    size = len(wave.names)
    rows = fit.table(fit.Fit(wave.names, np.r_[1.0, np.zeros(size - 1)], np.ones(size)), design)
    shift, scale, before, after = rows[wave.names[0]]
    assert (shift, scale) == (1.0, 1.0)
    assert after > before
    assert all(row[2] == pytest.approx(row[3]) for name, row in rows.items() if name != wave.names[0])


def test_fitting_a_library_uses_all_its_outcomes(planted):
    wave, outcomes = planted
    onsets = tuple(an_onset(f"C{i}") for i in range(CASES))
    found = fit.fit_library(Library(onsets, tuple(outcomes), ("",) * CASES), wave)
    np.testing.assert_array_equal(found.shift, fit.weigh(wave, fit.emulate(wave), outcomes).shift)


def test_kept_answers_of_another_model_are_refused(tmp_path):
    made_by = kept.fingerprint([an_onset("A")])
    assert made_by == kept.fingerprint([an_onset("A")]) != kept.fingerprint([an_onset("B")])
    assert kept.claim(tmp_path / "work", made_by)
    assert kept.claim(tmp_path / "work", made_by)
    with pytest.raises(DesignError, match="another version"):
        kept.claim(tmp_path / "work", "0" * 16)
    (tmp_path / "work" / "made-by.json").write_text("[1, 2", encoding="utf-8")
    with pytest.raises(DesignError, match="another version"):
        kept.claim(tmp_path / "work", made_by)


def test_answers_without_a_mark_are_told_apart(tmp_path):
    (tmp_path / "A-4-7.npz").write_bytes(b"")
    assert not kept.claim(tmp_path, "0" * 16)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DesignError, match="--work"):
        kept.claim(tmp_path / "file", "0" * 16)
