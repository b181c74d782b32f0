"""What files say becomes one value; what they say wrongly becomes one error with every place."""

from __future__ import annotations

import datetime as dt
import json
import pickle

import pytest

from diarchy.errors import ScenarioError
from diarchy.scenario.read import read

BASE = "scenarios/base.yaml"


def faults_of(folder, overrides=()) -> str:
    """The text of the error that reading raises."""
    with pytest.raises(ScenarioError) as error:
        read(folder.root, overrides)
    return str(error.value)


def test_reads_a_case_whole(folder):
    scenario = read(folder.root)
    assert scenario.name == "smalltown/base"
    assert scenario.coordinates == {"place": ("A-1", "A-2"), "group": ("old", "young")}
    assert scenario.labels["place"] == ("Upper", "Lower, by the river")
    assert scenario.mechanisms == ("bread", "street")
    assert scenario.run.start == dt.date(2022, 1, 1)
    assert (scenario.run.step, scenario.run.steps, scenario.run.arms) == (0.25, 40, ("base", "no-shock"))
    assert scenario.from_case.facts["street.people"].cells == (100.0, 200.0, 300.0, 400.0)
    assert scenario.from_case.facts["street.people"].cell_where[2] == "places.csv:3"
    assert scenario.from_case.facts["street.weight"].cells == ("50 %", 2)
    assert scenario.from_case.facts["bread.price"].sources == ("census",)
    assert scenario.from_scenario.priors["bread.lag"].numbers == ("12 h", 2)
    assert scenario.where["bread.lag"] == "scenarios/base.yaml:6"
    assert scenario.where["bread.day"] == "case.yaml:11"
    assert scenario.where["run.step"] == "scenarios/base.yaml:3"


def test_keeps_questions_as_written(folder):
    spec = read(folder.root).questions["crowd"]
    assert spec.raw["chance"]["crosses"]["above"] == "10 people"
    assert spec.raw["resolved"]["date"] == "2022-01-05"
    assert json.loads(json.dumps(spec.raw)) == spec.raw
    assert spec.where == "questions.yaml:3"
    assert spec.at("chance", "crosses", "of") == "questions.yaml:5"
    assert spec.at("nothing", "such") == "questions.yaml:3"


@pytest.mark.parametrize("name", ["case.yaml", "scenarios/base.yaml", "."])
def test_takes_folder_case_or_scenario(folder, name):
    assert read(folder.root / name).name == "smalltown/base"


def test_snapshot_holds_every_file_and_its_digest(folder):
    scenario = read(folder.root)
    assert set(scenario.files) == {"case.yaml", "scenarios/base.yaml", "questions.yaml", "places.csv"}
    assert read(folder.root).sha256 == scenario.sha256
    folder.change("places.csv", "A-1,Upper,60", "A-1,Upper,61")
    assert read(folder.root).sha256 != scenario.sha256


def test_survives_pickling(folder):
    scenario = read(folder.root)
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_command_line_sets_run_and_parameters(folder):
    scenario = read(
        folder.root, ["run.futures=20", "run.step=12 h", "run.arms=no-bread", "street.courage=0.4"]
    )
    assert (scenario.run.futures, scenario.run.step, scenario.run.arms) == (20, 0.5, ("base", "no-bread"))
    assert scenario.from_command_line.priors["street.courage"].numbers == ("0.4",)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("street.courage", "mechanism.parameter=value"),
        ("courage=1", "sets nothing"),
        ("street.courage=", "sets nothing"),
        ("street.courage=brave", "expected a number"),
        ("run.futurs=3", "did you mean 'futures'?"),
        ("run.futures=0", "allowed: at least 1"),
        ("run.step=5 min", "10 min to 7 d"),
        ("run.seed=-1", "allowed: at least 0"),
        ("run.start=soon", "expected a date"),
        ("run.arms=no-shok", "did you mean 'no-shock'?"),
    ],
)
def test_faulty_overrides_are_pointed_at(folder, override, words):
    text = faults_of(folder, [override])
    assert "--set " + override.partition("=")[0] in text
    assert words in text


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "words"),
    [
        (BASE, "futures: 8", "futurs: 8", "base.yaml:3", "did you mean 'futures'?"),
        (BASE, "futures: 8", "futures: many", "base.yaml:3", "a whole number"),
        (BASE, "futures: 8", "futures: 10000001", "base.yaml:3", "at most 10000000"),
        (BASE, "days: 10", "days: 4000", "base.yaml:3", "at most 3650"),
        (BASE, "step: 6 h", "step: 7 h", "base.yaml:3", "does not divide"),
        (BASE, "step: 6 h", "step: 8 d", "base.yaml:3", "10 min to 7 d"),
        (BASE, "step: 6 h", "step: 6 people", "base.yaml:3", "does not fit"),
        (BASE, "repeats: 2", "design: sobl", "base.yaml:3", "did you mean 'sobol'?"),
        (BASE, "start: 2022-01-01", "start: 5", "base.yaml:3", "expected a date"),
        (BASE, "lognormal: [12 h, 2]", "lognormal: [12 h]", "base.yaml:6", "2 numbers"),
        (BASE, "lognormal: [12 h, 2]", "lognorm: [1, 2]", "base.yaml:6", "'lognormal'?"),
        (BASE, "drop: [bread]", "drop: [bred]", "base.yaml:9", "did you mean 'bread'?"),
        (BASE, "  no-bread:", "  base:", "base.yaml:9", "no variant"),
        (BASE, "schema: diarchy/scenario/1", "schema: x", "base.yaml:1", "scenario/1"),
        (BASE, "extends: ../case.yaml\n", "", "base.yaml:1", "'extends' is missing"),
        (BASE, "extends: ../case.yaml", "extends: ../cas.yaml", "base.yaml:2",
         "did you mean 'case.yaml'?"),
        (BASE, "questions: ../questions.yaml", "questions: ../question.yaml",
         "base.yaml:10", "did you mean 'questions.yaml'?"),
        ("case.yaml", "title: A small town\n", "", "case.yaml:1", "'title' is missing"),
        ("case.yaml", "labels: [old, young]", "labels: [old, old]", "case.yaml:8", "given twice"),
        ("case.yaml", "labels: [old, young]", "label: [old, young]", "case.yaml:8", "expected text"),
        ("case.yaml", "columns: [price]", "columns: [prise]", "case.yaml:10", "did you mean 'price'?"),
        ("case.yaml", "by: [place, group]", "by: [place, groop]", "case.yaml:12", "did you mean 'group'?"),
        ("case.yaml", "young: 2", "yung: 2", "case.yaml:18", "did you mean 'young'?"),
        ("case.yaml", "young: 2, ", "", "case.yaml:18", "no number for 'young'"),
        ("case.yaml", "young: 2", "young: lots", "case.yaml:18", "expected a number"),
        ("case.yaml", "date: 2022-01-03", "date: 2022-01-03, value: 3", "case.yaml:11", "exactly one of"),
        ("case.yaml", "unit: tenge/l", "unit: tonge/l", "case.yaml:10", "no unit 'tonge/l'"),
        ("case.yaml", "unit: tenge/l", 'unit: "9**9**9**9"', "case.yaml:10", "no unit"),
        ("case.yaml", "confidence: high", "confidence: hihg", "case.yaml:5", "did you mean 'high'?"),
        ("questions.yaml", "chance:", "chanse:", "questions.yaml:5", "did you mean 'chance'?"),
        ("questions.yaml", "  text:", "  minus_arm: x\n    text:", "questions.yaml:4", "no variant 'x'"),
        ("questions.yaml", "  crowd:", "  Crowd!:", "questions.yaml:3", "is not an id"),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_cure(folder, name, old, new, where, words):
    folder.change(name, old, new)
    text = faults_of(folder)
    assert f"{where}: " in text
    assert words in text
    assert "pydantic" not in text
    assert "validation error" not in text


def test_all_faults_of_all_files_at_once(folder):
    folder.change("scenarios/base.yaml", "futures: 8, seed: 3", "futurs: 8, sead: 3")
    folder.change("scenarios/base.yaml", "mechanisms:", "mechanism:")
    folder.change("case.yaml", "title: A small", "titel: A small")
    folder.change("questions.yaml", "text:", "txt:")
    folder.change("places.csv", "60", "sixty")
    text = faults_of(folder)
    for words in ("'futures'?", "'seed'?", "'mechanisms'?", "'title'?", "'text'?"):
        assert f"did you mean {words}" in text
    assert "questions.yaml:4" in text


def test_bad_cells_and_a_bad_setting_at_once(folder):
    folder.change("places.csv", "60", "sixty")
    folder.change("places.csv", "300", "")
    folder.change("scenarios/base.yaml", "seed: 3", "seed: -3")
    text = faults_of(folder)
    assert "places.csv:2: column 'price': expected a number" in text
    assert "places.csv:3: column 'old' is empty" in text
    assert "scenarios/base.yaml:3: run.seed: -3 is out of bounds; allowed: at least 0" in text


def test_missing_case_names_the_nearest(tmp_path, folder):
    with pytest.raises(ScenarioError, match=r"no file .*did you mean 'base.yaml'"):
        read(folder.root / "scenarios" / "bas.yaml")
    with pytest.raises(ScenarioError, match=r"no case.yaml in this folder"):
        read(tmp_path)
    with pytest.raises(ScenarioError, match="did you mean 'kazakhstan-2022'"):
        read("kazakstan-2022")
    with pytest.raises(ScenarioError, match="not a path"):
        read("a\0b")


def test_case_without_default_scenario(folder):
    (folder.root / "scenarios" / "base.yaml").unlink()
    assert "no file 'scenarios/base.yaml'" in faults_of(folder)
