"""The fit finds what drives the answers, leaves alone what does not, and sees of a case only its answers."""

import dataclasses
import datetime as dt
import os

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the fit needs the extra `science`")

from diarchy.calibration import fit, hands, kept, thin, weighing
from diarchy.calibration.emulator import Wave, emulate
from diarchy.calibration.library import Library, Onset, Outcome
from diarchy.calibration.rungs import KINDS, RUNGS, WEIGHT
from diarchy.calibration.weighing import Fit, Weigher
from diarchy.ensemble.design import sample
from diarchy.errors import DesignError

PLANTED, RULED, STEEP = 0.6, 0.8, 2.0
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
    """A wave in which one parameter drives obedience and one nothing, and outcomes where it is `PLANTED`.

    Half of the cases are of a class of regime in which it is `RULED` more.
    """
    luck = np.random.default_rng(1)
    scores = luck.standard_normal((DRAWS, 2))
    level = luck.normal(0.0, 0.5, CASES)
    answers = {rung: np.full((CASES, DRAWS), np.nan) for rung in RUNGS}
    answers["disobeyed"] = yes(luck, level[:, None] + STEEP * scores[:, 0])
    own = np.sqrt(weighing.OWN) * luck.standard_normal(CASES)
    regimes = ["party" if i % 2 else "personal" for i in range(CASES)]
    ruled = np.array([RULED * (regime == "personal") for regime in regimes])
    came = yes(luck, level + STEEP * (PLANTED + ruled + own))
    wave = Wave(("security.driver", "security.inert"), scores, answers)
    return wave, [Outcome(disobeyed=float(y)) for y in came], regimes


def weighed(planted, outcomes=None, leave_out=(), by_class=True):
    """The fit of the planted wave."""
    wave, came, regimes = planted
    given = came if outcomes is None else outcomes
    return Weigher(wave.names, emulate(wave), given, regimes if by_class else ()).weigh(leave_out)


def test_a_planted_parameter_is_found_and_an_inert_one_left_alone(planted):
    found = weighed(planted)
    for regime, planted_shift in (("personal", PLANTED + RULED), ("party", PLANTED)):
        assert found.shift[0] + found.effects[regime][0] == pytest.approx(planted_shift, abs=0.3)
    assert found.effects["personal"][0] > found.effects["party"][0] + 0.3
    prior_free = np.sqrt(weighing.OWN)  # what is each crisis's own stays open
    assert prior_free < found.scale[0] < prior_free + 0.1
    assert abs(found.shift[1]) < 0.1
    assert all(abs(effect[1]) < 0.1 for effect in found.effects.values())
    assert found.scale[1] > 0.95


def test_classes_move_rulers_and_forces_only(planted):
    wave, outcomes, regimes = planted
    crowds = Wave(("crowd.driver", "security.inert"), wave.scores, wave.answers)
    found = Weigher(crowds.names, emulate(crowds), outcomes, regimes).weigh()
    assert all(effect[0] == pytest.approx(0.0, abs=1e-12) for effect in found.effects.values())
    assert found.shift[0] == pytest.approx(PLANTED + RULED / 2, abs=0.3)


def test_without_classes_all_crises_share_one_shift(planted):
    found = weighed(planted, by_class=False)
    assert found.effects == {}
    assert found.shift[0] == pytest.approx(PLANTED + RULED / 2, abs=0.3)


def test_only_rungs_that_are_answered_both_ways_are_emulated(planted):
    wave = planted[0]
    one_sided = Wave(wave.names, wave.scores, wave.answers | {"helped": np.zeros((CASES, DRAWS))})
    found = emulate(one_sided)
    assert set(found) == {"disobeyed"}
    assert found["disobeyed"].slope[:, 0] == pytest.approx(STEEP, rel=0.15)
    assert np.all(np.abs(found["disobeyed"].slope[:, 1]) < 0.1)


def test_slopes_are_of_one_kind_of_trigger():
    luck = np.random.default_rng(2)
    scores = luck.standard_normal((400, 1))
    odds = np.vstack([STEEP * scores[:, 0], np.zeros(400)] * 2)
    wave = Wave(("economy.sensitivity",), scores, {"disobeyed": yes(luck, odds)}, ("price", "affront") * 2)
    slope = emulate(wave)["disobeyed"].slope[:, 0]
    assert slope[[0, 2]] == pytest.approx(STEEP, rel=0.2)
    assert np.all(np.abs(slope[[1, 3]]) < 0.2)


def test_a_case_left_out_enters_through_its_answers_only(planted):
    outcomes = planted[1]
    blank = [Outcome(), *outcomes[1:]]
    other = [Outcome(disobeyed=1.0 - outcomes[0].disobeyed), *outcomes[1:]]
    without = weighed(planted, leave_out=[0])
    for found in (weighed(planted, blank), weighed(planted, other, [0])):
        np.testing.assert_array_equal(found.shift, without.shift)
        np.testing.assert_array_equal(found.scale, without.scale)
        np.testing.assert_array_equal(found.effects["personal"], without.effects["personal"])
    assert not np.array_equal(weighed(planted).shift, without.shift)


@pytest.mark.parametrize("by_class", [True, False])
def test_nothing_known_leaves_the_prior(planted, by_class):
    found = weighed(planted, [Outcome()] * CASES, by_class=by_class)
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


def test_two_processes_simulate_the_same(wave_of_two, tmp_path):
    onsets, wave, _, _ = wave_of_two
    told = []
    again = fit.simulate(onsets, 4, 7, tmp_path, lambda *where: told.append(where), workers=2)
    for question in RUNGS:
        np.testing.assert_array_equal(again.answers[question], wave.answers[question])
    assert told == [(1, 2), (2, 2)]
    assert {path.name for path in tmp_path.glob("*.npz")} == {"A-4-7.npz", "B-4-7.npz"}


def die(number):
    """A process that the system ends."""
    os._exit(number)


def test_a_process_that_dies_is_a_fault_and_not_a_wait(monkeypatch):
    monkeypatch.setattr("diarchy.ensemble.crew.TRIES", 1)  # each process loads all that this file does
    with pytest.raises(DesignError, match="a worker process died"):
        hands.each(die, ((n,) for n in (1, 2)), 2, 2, None)
    assert hands.each(divmod, iter([(7, 2), (9, 4)]), 2, 2, None) == [(3, 1), (2, 1)]


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
    ruled = {"party": np.full(size, 0.25)}
    rows = fit.table(Fit(wave.names, np.r_[1.0, np.zeros(size - 1)], np.ones(size), ruled), design)
    shift, scale, before, after, effect = rows[wave.names[0]]
    assert (shift, scale, effect) == (1.0, 1.0, 0.25)
    assert after > before
    assert all(row[2] == pytest.approx(row[3]) for name, row in rows.items() if name != wave.names[0])


def test_a_library_is_weighed_by_its_own_outcomes_and_classes(planted):
    wave, outcomes, regimes = planted
    onsets = tuple(dataclasses.replace(an_onset(f"C{i}"), regime=r) for i, r in enumerate(regimes))
    found = fit.weigher(Library(onsets, tuple(outcomes), ("",) * CASES), wave).weigh()
    np.testing.assert_array_equal(found.shift, weighed(planted).shift)
    assert set(found.effects) == {"party", "personal"}


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
