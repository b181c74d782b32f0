"""Every key that a file may hold has its meaning beside it, and a JSON schema for editors."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from diarchy.scenario.schema import Case, Questions, RunEntry, ScenarioEntry, check_quantity, json_schemas


def test_json_schemas_cover_the_three_files_and_forbid_unknown_keys():
    schemas = json_schemas()
    assert set(schemas) == {"case", "scenario", "questions"}
    assert "futures" in schemas["scenario"]["$defs"]["RunEntry"]["properties"]
    assert all(schema["additionalProperties"] is False for schema in schemas.values())
    assert json.loads(json.dumps(schemas)) == schemas


@pytest.mark.parametrize("model", [Case, ScenarioEntry, Questions])
def test_every_key_has_its_meaning(model):
    definitions = model.model_json_schema(by_alias=True)
    for part in (definitions, *definitions.get("$defs", {}).values()):
        assert all(entry.get("description") for entry in part["properties"].values()), part["title"]


def test_values_are_frozen():
    run = RunEntry(start="2022-01-01")
    with pytest.raises(ValidationError, match="frozen"):
        run.days = 3


@pytest.mark.parametrize("good", [3, 2.5, "6 h", "2 %", "1e3 people", "-4", ".5", "60 tenge/l"])
def test_quantities(good):
    assert check_quantity(good) == good


@pytest.mark.parametrize(
    "bad", [True, None, [], "six h", "6 furlongz", "h 6", "1e999", "1 m**9**9**9", "6 h; rm"]
)
def test_what_is_no_quantity(bad):
    with pytest.raises(ValueError, match=r"expected a number|no unit|finite"):
        check_quantity(bad)
