"""Checking finds all that a run would trip over, and says what is doubtful."""

from __future__ import annotations

import pytest

from diarchy.errors import Fault, ScenarioError
from diarchy.questions.question import questions_of
from diarchy.scenario.check import check

EVIDENCE = """\
id,speaker,role,paraphrase,kind,verdict,better,source,bears_on
c1,A. Person,baker,Bread became dear,fact,confirmed,,census,street.courage;crowd;hypothesis:hunger
"""
OBSERVED = """\
date,time_local,place,event,figure,unit,category,source,confidence
2022-01-02,09:30,A-1,A crowd gathers,120,people,protest,census,high
2022-01-03,evening,A-1;A-2,It goes home,,,protest,,
"""


@pytest.fixture
def full(folder):
    """The small case with its records."""
    folder.write("evidence.csv", EVIDENCE)
    folder.write("observed.csv", OBSERVED)
    folder.change("scenarios/base.yaml", "step: 6 h", "step: 4 h")
    return folder


def faults_of(folder, **options) -> str:
    """The text of the error that checking raises."""
    with pytest.raises(ScenarioError) as error:
        check(folder.root, **options)
    return str(error.value)


def test_a_sound_case_has_neither_faults_nor_notes(full):
    assert check(full.root, strict=True) == []


def test_a_long_step_is_noted_with_its_mechanism(full):
    full.change("scenarios/base.yaml", "step: 4 h", "step: 6 h")
    (note,) = check(full.root)
    assert note.where == "scenarios/base.yaml:3"
    assert "a step of 0.25 d is 0.25 of the fastest feedback of 'bread' (1 d)" in str(note)


def test_a_case_that_starts_on_fire_is_refused_with_its_number(full):
    full.change("case.yaml", "uniform: [0.1, 0.2]", "uniform: [0.95, 0.99]")
    text = faults_of(full)
    assert "'street' refuses the first state at the priors' medians: 1000 people are out on day 0" in text


def test_numbers_without_source_are_notes_or_strict_faults(full):
    full.change("case.yaml", ', judgement: "the young run faster"', "")
    full.change("scenarios/base.yaml", ', judgement: "of the scenario"', "")
    notes = [str(note) for note in check(full.root)]
    assert [note.split(";")[0] for note in notes] == [
        "case.yaml:18: 'street.weight' has no source",
        "scenarios/base.yaml:6: 'bread.lag' has no source",
    ]
    text = faults_of(full, strict=True)
    assert "2 faults" in text
    assert "case.yaml:18: 'street.weight' has no source" in text


def test_sources_must_exist(full):
    full.change("case.yaml", "2022-01-03, source: [census]", "2022-01-03, source: [cencus]")
    full.change("questions.yaml", "n: 20, source: census", "n: 20, source: nobody")
    text = faults_of(full)
    assert "case.yaml:11: 'bread.day' names source 'cencus'" in text
    assert "did you mean 'census'?" in text
    assert "questions.yaml:6: question 'crowd' names source 'nobody'" in text


def test_questions_go_through_the_parser_given(full):
    seen = []

    def parse(scenario, model):
        seen.extend((scenario.questions["crowd"].raw["text"], sorted(model.arms)))
        raise ScenarioError([Fault("no such state", "questions.yaml:5")])

    assert "questions.yaml:5: no such state" in faults_of(full, parse_questions=parse)
    assert seen == ["Is there a crowd?", ["base", "no-bread", "no-shock"]]


def test_a_question_of_an_arm_that_is_not_run_is_noted(full):
    full.change("questions.yaml", "    text:", "    minus_arm: no-bread\n    text:")
    (note,) = check(full.root)
    assert str(note).startswith("questions.yaml:4: question 'crowd' needs arm 'no-bread'")


def test_variants_are_checked_even_when_they_are_not_run(full):
    full.change("scenarios/base.yaml", "[bread, street]", "[bread, street, needy]")
    assert "in arm 'no-bread': 'needy' needs bread.cost" in faults_of(full)


def test_a_start_after_the_first_observation_is_noted(full):
    full.change("observed.csv", "2022-01-02", "2021-12-31")
    (note,) = check(full.root)
    assert "the run starts on 2022-01-01, after the first observation (2021-12-31)" in str(note)


def test_a_misspelt_place_is_noted_and_a_foreign_one_is_not(full):
    full.change("observed.csv", "2022-01-02,09:30,A-1", "2022-01-02,09:30,A-11")
    full.change("observed.csv", "A-1;A-2", "Elsewhere")
    (note,) = check(full.root)
    assert str(note) == "observed.csv:2: place 'A-11' is not in the case; did you mean 'A-1'?"


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("evidence", ",fact,", ",fakt,", "evidence.csv:2: kind 'fakt' is not taken"),
        ("evidence", "confirmed", "true", "evidence.csv:2: verdict 'true' is not taken"),
        ("evidence", "street.courage", "street.corage", "did you mean 'street.courage'?"),
        ("evidence", "Bread became dear", "", "evidence.csv:2: column 'paraphrase' is empty"),
        ("evidence", "id,speaker", "id,talker", "evidence.csv:1: 'evidence.csv' has no column 'speaker'"),
        ("observed", "2022-01-02", "2 January", "observed.csv:2: '2 January' is not a date"),
        ("observed", "09:30", "25:00", "observed.csv:2: '25:00' is not a time of day"),
        ("observed", "120", "about 120", "observed.csv:2: figure 'about 120' is not a number"),
        ("observed", "high", "sure", "observed.csv:2: confidence 'sure' is not taken"),
        ("observed", "It goes home", "", "observed.csv:3: column 'event' is empty"),
    ],
)
def test_records_are_checked_by_line(full, name, old, new, words):
    full.change(f"{name}.csv", old, new)
    assert words in faults_of(full)


def test_a_report_does_not_come_before_the_event(full):
    text = OBSERVED.replace("date,", "date,report_date,", 1)
    full.write("observed.csv", text.replace("02,", "02,2022-01-01,").replace("03,", "03,,"))
    assert "observed.csv:2: reported on 2022-01-01, before it happened (2022-01-02)" in faults_of(full)


def test_faults_of_reading_wiring_and_records_at_once(full):
    full.change("places.csv", "60", "sixty")
    full.change("scenarios/base.yaml", "bread.lag:", "bread.lagg:")
    full.change("evidence.csv", "confirmed", "true")
    full.change("observed.csv", "120", "many")
    text = faults_of(full)
    assert text.startswith("4 faults while reading the scenario:")
    for where in ("places.csv:2: ", "scenarios/base.yaml:6: ", "evidence.csv:2: ", "observed.csv:2: "):
        assert f"\n  {where}" in text


def test_records_are_checked_even_when_the_case_cannot_be_read(full):
    full.write("case.yaml", "")
    full.change("observed.csv", "120", "many")
    text = faults_of(full)
    assert "case.yaml:1: the file is empty" in text
    assert "observed.csv:2: figure 'many'" in text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("days: 10", "days: 99999999", "at most 3650"),
        ("start: 2022-01-01", "start: soon", "expected a date"),
        ("step: 6 h", "stepp: 6 h", "no key 'run.stepp'"),
        ("bread.lag: {lognormal: [12 h, 2]", "bread.lag: {lognormal: [12 h]", "takes 2 numbers"),
        ("schema: diarchy/scenario/1", "schema: diarchy/scenario/9", "diarchy/scenario/1"),
    ],
)
def test_a_fault_of_the_schema_hides_no_wrong_name(folder, old, new, told):
    folder.change("scenarios/base.yaml", old, new)
    folder.change("scenarios/base.yaml", "[base, no-shock]", "[base, no-shok]")
    folder.change("scenarios/base.yaml", "bread.shock: 0", "bread.shokc: 0")
    text = faults_of(folder)
    assert told in text
    assert "no arm 'no-shok'" in text
    assert "no parameter 'bread.shokc'" in text


def test_a_fault_of_the_case_hides_none_of_the_scenario(folder):
    folder.change("case.yaml", "title: A small town", "titel: A small town")
    folder.change("scenarios/base.yaml", "[base, no-shock]", "[base, no-shok]")
    text = faults_of(folder)
    assert "no key 'titel'" in text
    assert "no arm 'no-shok'" in text
    assert "smalltown" not in text.replace("no key", "")


def test_a_question_that_cannot_be_taken_hides_no_rule_of_another(folder):
    with (folder.root / "questions.yaml").open("a") as file:
        file.write("  spoiled: {txet: What is it?, chance: {}}\n")
        file.write("  other: {text: Is there?, chance: {crosses: {of: street.crwd, above: 1}}}\n")
    with pytest.raises(ScenarioError) as error:
        check(folder.root, parse_questions=questions_of)
    assert "no key 'questions.spoiled.txet'" in str(error.value)
    assert "'street.crowd'" in str(error.value)


def test_a_mechanism_that_cannot_be_named_is_the_only_fault_of_its_list(folder):
    folder.change("scenarios/base.yaml", "[bread, street]", "[bread, 7]")
    assert "1 fault " in faults_of(folder)


@pytest.mark.parametrize("key", ["questions: ", "extends: "])
def test_half_a_character_in_a_path_is_a_fault(folder, key):
    old = {"questions: ": "../questions.yaml", "extends: ": "../case.yaml"}[key]
    folder.change("scenarios/base.yaml", f"{key}{old}", f'{key}"\\ud800"')
    assert "scenarios/base.yaml:" in faults_of(folder)
