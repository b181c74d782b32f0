"""Targets are read with every fault placed, measured in futures, and compared with what was observed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from diarchy.calibration.coverage import FEWEST, coverage, summary
from diarchy.calibration.targets import Error, read_targets, standing
from diarchy.cli import call
from diarchy.errors import Faults, ScenarioError
from diarchy.questions.vocabulary import vocabulary_of_model, vocabulary_of_results
from diarchy.scenario.compose import wire
from diarchy.scenario.files import CaseFolder
from diarchy.scenario.read import read

START = dt.date(2022, 1, 1)
HEAD = """\
schema: diarchy/targets/1
given: {crosses: {of: crowd.street, sum: [place], above: 50 people}}
targets:
"""
PLAIN = """\
  peak:
    text: The most people at once
    amount: {largest: {of: crowd.street, sum: [place]}}
    observed: 100 people
    error: {lognormal: 0.1}
    event_date: 2022-01-02
    report_date: 2022-01-03
    source: [paper]
"""


def target(identifier: str, rule: str, observed: str, more: str = "") -> str:
    """One target in YAML."""
    dates = "event_date: 2022-01-02, report_date: 2022-01-03, source: [paper]"
    return f"  {identifier}: {{text: It, {rule}, observed: {observed}, {dates}{more}}}\n"


@pytest.fixture
def results():
    """Forty futures of two places and five days; in the first thirty a crowd of 100 in A on the third day."""
    street = np.zeros((1, 40, 6, 2))
    street[0, :30, 2, 0] = 100.0
    street[0, :30, 3, 1] = 30.0
    street[0, :, 1, 0] = 5.0
    data = xr.Dataset(
        {"crowd.street": (("arm", "run", "time", "place"), street),
         "status": (("arm", "run"), np.zeros((1, 40), dtype=int))},
        {"arm": ["base"], "run": range(40), "time": np.arange(6.0), "place": ["A", "B"],
         "draw": ("run", np.arange(40))},
    )  # fmt: skip
    attrs = {"states": {"crowd.street": {"unit": "people"}}}
    return SimpleNamespace(data=data, attrs=attrs, questions={}, interrupted=False, check_usable=lambda: None)


@pytest.fixture
def taken(tmp_path, results):
    """Read targets written in a test."""

    def take(text: str):
        (tmp_path / "targets.yaml").write_text(HEAD + text, encoding="utf-8")
        folder = CaseFolder(tmp_path, Faults(ScenarioError))
        return read_targets(folder, vocabulary_of_results(results), START, {"paper": {}})

    return take


def bands(taken, results, text: str) -> dict:
    """Covered targets by id."""
    return {c.target.id: c for c in coverage(results, taken(text))}


def test_the_flagship_has_its_targets():
    scenario = read("kazakhstan-2022")
    folder = CaseFolder(scenario.folder, Faults(ScenarioError))
    targets = read_targets(folder, vocabulary_of_model(wire(scenario)), scenario.run.start, scenario.sources)
    assert len(standing(targets.targets)) >= 25
    assert len({t.text for t in targets.targets}) == len(targets.targets)
    toll = next(t for t in targets.targets if t.id == "dead_told_on_9_january")
    assert toll not in standing(targets.targets)
    assert toll in standing(targets.targets, dt.date(2022, 1, 9))
    assert toll not in standing(targets.targets, dt.date(2022, 1, 10))
    assert "targets.yaml" not in scenario.files, "what was seen never enters a run"


def test_a_report_counts_from_its_own_day(taken):
    (peak,) = taken(PLAIN).targets
    assert standing([peak], dt.date(2022, 1, 2)) == ()
    assert standing([peak], dt.date(2022, 1, 3)) == (peak,)
    assert peak.where == "targets.yaml:4"


def test_a_retracted_report_is_read_and_not_counted(taken, results):
    targets = taken(PLAIN + target("toll", "amount: {last: {of: crowd.street, sum: [place]}}", "9",
                                   ", retracted_on: 2022-01-04"))  # fmt: skip
    assert [t.id for t in targets.targets] == ["peak", "toll"]
    assert [c.target.id for c in coverage(results, targets)] == ["peak"]


def test_bands_of_all_futures_and_of_those_with_the_event(taken, results):
    whole = "amount: {largest: {of: crowd.street, sum: [place]}}"
    found = bands(taken, results, target("peak", whole, "100 people") + target("small", whole, "5 people"))
    assert (found["peak"].all.low, found["peak"].all.high, found["peak"].all.n) == (5.0, 100.0, 40)
    assert (found["peak"].given.low, found["peak"].given.high, found["peak"].given.n) == (100.0, 100.0, 30)
    assert found["peak"].all.rank == pytest.approx(10 / 40 + 0.5 * 30 / 40)
    assert (found["small"].all.inside, found["small"].given.inside) == (True, False)
    assert (summary(found.values()).inside, summary(found.values(), "given").inside) == (2, 1)
    assert summary(found.values(), "given").share == 0.5


def test_what_never_happened_is_later_than_any_date(taken, results):
    rule = "amount: {day_of: {crosses: {of: crowd.street, sum: [place], above: 50 people}}}"
    (day,) = bands(taken, results, target("day", rule, "2022-01-03")).values()
    assert day.target.observed == 2.5
    assert (day.all.low, day.all.high, day.all.never) == (2.0, np.inf, 0.25)
    assert day.all.inside
    assert (day.given.high, day.given.never) == (2.0, 0.0)
    assert not day.given.inside
    assert day.to_json()["all"]["high"] is None


def test_the_error_of_the_observation_widens_the_band(taken, results):
    rule = "amount: {day_of: {crosses: {of: crowd.street, sum: [place], above: 50 people}}}"
    (day,) = bands(taken, results, target("day", rule, "2022-01-03", ", error: {within: 1 d}")).values()
    assert day.given.inside
    assert 1.0 <= day.given.low < 2.0 < day.given.high <= 3.0
    again = bands(taken, results, target("day", rule, "2022-01-03", ", error: {within: 1 d}"))["day"]
    assert again.given == day.given


@pytest.mark.parametrize(
    ("form", "spread"),
    [
        ("lognormal", 100 * np.exp(0.045) * np.sqrt(np.expm1(0.09))),
        ("normal", 0.3),
        ("within", 0.3 / np.sqrt(3)),
        ("", 0),
    ],
)
def test_errors_have_their_size(form, spread):
    seen = Error(form, 0.3).seen(np.full(20_000, 100.0), np.random.default_rng(1))
    assert seen.std() == pytest.approx(spread, rel=0.06, abs=1e-12)
    assert np.median(seen) == pytest.approx(100.0, rel=0.01)


def test_places_are_counted_once_each_up_to_a_day(taken, results):
    rule = "number: {axis: place, crosses: {of: crowd.street, above: 29.5 people}}"
    found = bands(taken, results, target("two", rule, "1", ", until: 2022-01-02")
                  + target("all", rule, "2", ", until: 2022-01-03")
                  + target("third", "amount: {largest: {of: crowd.street, at: {place: A}}}", "1 people",
                           ", from: 2022-01-03, until: 2022-01-03"))  # fmt: skip
    assert (found["two"].given.low, found["two"].given.high) == (1.0, 1.0)
    assert (found["all"].given.low, found["all"].all.low) == (2.0, 0.0)
    assert found["third"].given.high == 0.0, "the crowd of 100 stood at the end of 2 January"


def test_shares_are_undefined_where_there_is_no_whole(taken, results):
    last = "{largest: {of: crowd.street, at: {place: %s}}}"
    rule = f"share: [{last % 'B'}, {last % 'A'}]"
    (share,) = bands(taken, results, target("share", rule, "0.3", ", from: 2022-01-02")).values()
    assert (share.all.n, share.all.high) == (30, 0.3)
    results.data["crowd.street"][:, FEWEST - 1 :] = 0.0
    (few,) = bands(taken, results, target("share", rule, "0.3", ", from: 2022-01-02")).values()
    assert few.all is None
    assert summary([few]).with_band == 0


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("report_date: 2022-01-03", "report_date: 2022-01-01", "before it happened"),
        ("report_date: 2022-01-03", "report_date: soon", "report_date is not a date"),
        ("source: [paper]", "source: [papre]", "did you mean 'paper'?"),
        ("source: [paper]", "source: [paper]\n    retracted_on: 2022-01-02", "before it was reported"),
        ("crowd.street, sum", "crowd.stret, sum", "did you mean 'crowd.street'?"),
        ("100 people", "2022-01-02", "observed is a date"),
        ("100 people", "100 l", "observed"),
        ("lognormal: 0.1", "lognormal: 0", "an error of 0"),
        ("lognormal: 0.1", "about: 0.1", "'about' is no error"),
        ("100 people", "0 people", "can have no lognormal error"),
        ("amount:", "chance: {never: 1}\n    amount:", "expected one rule, found amount, chance"),
        ("text: The most people at once", "txet: The most", "did you mean 'text'?"),
        ("diarchy/targets/1", "diarchy/targets/9", "not a file of targets"),
        ("above: 50 people", "above: 50 l", "above"),
    ],
)
def test_faults_are_told_with_their_line(tmp_path, results, old, new, told):
    (tmp_path / "targets.yaml").write_text((HEAD + PLAIN).replace(old, new), encoding="utf-8")
    folder = CaseFolder(tmp_path, Faults(ScenarioError))
    with pytest.raises(ScenarioError) as error:
        read_targets(folder, vocabulary_of_results(results), START, {"paper": {}})
    assert told in str(error.value)
    assert all(fault.where.startswith("targets.yaml:") for fault in error.value.faults)


def test_a_case_without_targets_says_so(tmp_path, results):
    with pytest.raises(ScenarioError, match=r"no file 'targets\.yaml'"):
        read_targets(CaseFolder(tmp_path, Faults(ScenarioError)), vocabulary_of_results(results), START)


def test_the_command_answers_in_json_and_again_from_its_store(tmp_path, capsys):
    store = str(tmp_path / "store")
    run = ["coverage", "kazakhstan-2022", "-n", "24", "-j", "1", "-q", "--json"]
    assert call([*run, "--out", store]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["schema"] == "diarchy/coverage/1"
    assert first["summary"]["all"]["targets"] == len(first["targets"]) >= 25
    assert first["retracted"] == ["dead_told_on_9_january"]
    assert Path(store, "manifest.json").exists()
    assert call([*run, "--store", store]) == 0
    assert json.loads(capsys.readouterr().out) == first
