"""Nothing dated after the freeze reaches a run."""

from __future__ import annotations

import datetime as dt

import pytest

from diarchy.errors import ScenarioError
from diarchy.scenario.check import check
from diarchy.scenario.frozen import check_frozen, source_date
from diarchy.scenario.read import read

DAY = "bread.day: {date: 2022-01-03, source: [census], scheduled: true}"
FROZEN = ("run.frozen=2022-01-09",)


@pytest.fixture
def planted(folder):
    """Put something into the small case, which is read frozen at 9 January; the fault's text comes back."""

    def plant(name: str, old: str, new: str, overrides=FROZEN) -> str:
        folder.change(name, old, new)
        with pytest.raises(ScenarioError) as error:
            read(folder.root, overrides)
        return str(error.value)

    return plant


def test_a_sound_case_stands(folder):
    assert check_frozen(read(folder.root, FROZEN)) == []


def test_a_fact_dated_later_is_refused(planted):
    text = planted("case.yaml", DAY, "bread.day: {date: 2022-01-13, source: [census]}")
    assert "case.yaml:11: 'bread.day' is dated 2022-01-13, after the freeze on 2022-01-09" in text
    assert "scheduled: true" in text


def test_a_scheduled_day_may_be_later(folder):
    folder.change("case.yaml", DAY, "bread.day: {date: 2022-01-13, source: [census], scheduled: true}")
    assert read(folder.root, FROZEN).from_case.facts["bread.day"].scheduled


def test_a_prior_from_a_later_source_is_refused_by_its_key(folder, planted):
    folder.change("case.yaml", "sources:\n", "sources:\n  paper-2022-01-13: {title: A paper}\n")
    text = planted("scenarios/base.yaml", 'judgement: "of the scenario"', "source: [paper-2022-01-13]")
    assert "scenarios/base.yaml:6: 'bread.lag' rests on source 'paper-2022-01-13' of 2022-01-13" in text


def test_a_fact_from_a_later_source_is_refused_by_its_date(planted):
    text = planted("case.yaml", '{title: "A count', '{date: 2022-02-01, title: "A count')
    assert "'bread.price' rests on source 'census' of 2022-02-01" in text
    assert "'bread.day'" not in text, "it was announced before"
    assert text.count("after the freeze") == 2


def test_only_a_day_can_be_scheduled(folder, planted):
    folder.change("case.yaml", "sources:\n", "sources:\n  paper-2022-02: {title: A paper}\n")
    text = planted("case.yaml", 'judgement: "the young run faster"', "scheduled: true, source: paper-2022-02")
    assert "'street.weight' rests on source 'paper-2022-02' of 2022-02-01" in text


def test_a_variant_is_held_to_it_too(folder, planted):
    folder.change("case.yaml", "sources:\n", "sources:\n  paper-2022-01-13: {title: A paper}\n")
    late = "no-shock: {facts: {bread.day: {date: 2022-01-05, source: paper-2022-01-13}}, "
    assert "'bread.day' rests on source" in planted("scenarios/base.yaml", "no-shock: {", late)


def test_the_start_is_the_freeze_where_none_is_declared(folder, planted):
    folder.change("case.yaml", "sources:\n", "sources:\n  paper-2022-01-02: {title: A paper}\n")
    text = planted("scenarios/base.yaml", 'judgement: "of the scenario"', "source: [paper-2022-01-02]", ())
    assert "after the freeze on 2022-01-01" in text


def test_a_day_after_an_undeclared_freeze_is_noted(folder):
    folder.change("case.yaml", ", scheduled: true", "")
    folder.change("scenarios/base.yaml", "step: 6 h", "step: 4 h")
    (note,) = check(folder.root)
    assert "'bread.day' is dated 2022-01-03, after the freeze on 2022-01-01" in str(note)
    assert note.where == "case.yaml:11"


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("tass-2022-01-05", dt.date(2022, 1, 5)),
        ("tengrinews-2022-01", dt.date(2022, 1, 1)),
        ("census-2021", None),
        ("imi-1946-2005", None),
        ("odd-2022-02-31", None),
        ("tass-1384061", None),
    ],
)
def test_what_dates_a_source(folder, key, day):
    assert source_date(read(folder.root), key) == day


def test_the_flagship_is_frozen_before_it_begins():
    scenario = read("kazakhstan-2022")
    assert scenario.run.frozen == dt.date(2021, 12, 30)
    assert check_frozen(scenario, dt.date(2022, 1, 9)) == []
    assert check_frozen(scenario, dt.date(2021, 12, 1))[0].where.startswith("case.yaml:")
