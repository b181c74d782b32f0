"""A scenario is found by name, folder or file."""

from __future__ import annotations

import pytest

from diarchy.errors import Faults, ScenarioError
from diarchy.scenario.find import case_folder_of, find_scenario, parse_overrides


@pytest.mark.parametrize("name", ["kazakhstan-2022", "kazakhstan-2022/base"])
def test_an_installed_case_is_found_by_name(name):
    faults = Faults(ScenarioError)
    found = find_scenario(name, faults)
    assert found is not None
    assert not faults.found
    assert found.parts[-3:] == ("kazakhstan_2022", "scenarios", "base.yaml")


@pytest.mark.parametrize("name", ["kazakhstan-2022/../../x", "kazakhstan-2022/..", "", "x" * 5000])
def test_a_name_is_no_way_out(name):
    faults = Faults(ScenarioError)
    assert find_scenario(name, faults) is None
    assert len(faults) == 1


def test_the_case_folder_is_beside_or_above(folder):
    assert case_folder_of(folder.root / "scenarios" / "base.yaml") == folder.root
    assert case_folder_of(folder.root / "other.yaml") == folder.root


def test_overrides_by_name():
    faults = Faults(ScenarioError)
    assert parse_overrides(["a.b=1", "run.seed = 3"], faults) == {"a.b": "1", "run.seed": "3"}
    assert parse_overrides(["a.b=1", "a.b=2"], faults) == {"a.b": "1"}
    assert [fault.what for fault in faults.found] == ["'a.b' is set twice"]
