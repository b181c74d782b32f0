"""The map of a case: read, tied to labels, and refused where it does not fit."""

import json

import pytest

import diarchy
from diarchy.commands.new import write
from diarchy.errors import ScenarioError

SQUARE = [[[0, 0], [0, 1], [1, 1], [0, 0]]]


@pytest.fixture
def case(tmp_path, monkeypatch):
    """A case of two places, with a map to be."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / write("case", "tide")


def draw(case, features, **entry):
    """Give the case a map."""
    keys = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in entry.items())
    file = case / "case.yaml"
    file.write_text(file.read_text("utf-8") + f"\nmap:\n  file: map.geojson\n{keys}", "utf-8")
    (case / "map.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), "utf-8"
    )


def feature(label, coordinates=SQUARE, kind="Polygon"):
    return {"properties": {"id": label}, "geometry": {"type": kind, "coordinates": coordinates}}


def test_the_flagship_has_all_its_places():
    drawn = diarchy.read("kazakhstan-2022").map
    assert len(drawn.shapes) == 17
    assert "KZ-TUR" in drawn.shapes
    assert drawn.thresholds == {"crowd.street": 1000}


def test_outlines_are_tied_to_labels(case):
    first = diarchy.read(case).coordinates["place"][0]
    draw(case, [feature("other")], rename={"other": first}, credit="mine")
    found = diarchy.read(case).map
    assert set(found.shapes) == {first}
    assert found.document()["geojson"]["features"][0]["id"] == first


@pytest.mark.parametrize(
    ("features", "entry", "said"),
    [
        ([feature("nowhere")], {}, "'nowhere' is no label of 'place'"),
        ([{"properties": {}}], {}, "not readable as a map"),
        ([], {"axis": "plaice"}, "no dimension 'plaice'"),
        ([], {"markers": ["nowhere"]}, "'nowhere' is no label"),
        ([], {"file": "../../etc/passwd"}, "leads out of the case folder"),
        ([], {"colour": "red"}, "no key 'map.colour'"),
    ],
)
def test_what_does_not_fit_is_said(case, features, entry, said):
    if "file" in entry:
        file = case / "case.yaml"
        file.write_text(file.read_text("utf-8") + f"\nmap: {{file: {entry['file']}}}\n", "utf-8")
    else:
        draw(case, features, **entry)
    with pytest.raises(ScenarioError, match=said):
        diarchy.read(case)


@pytest.mark.parametrize("coordinates", [[[["x", 1]]], [[[0, 1e999]]], [[1, 2]], [[[0, 95]]], "far"])
def test_outlines_that_cannot_be_drawn_are_refused(case, coordinates):
    first = diarchy.read(case).coordinates["place"][0]
    draw(case, [feature(first, coordinates)])
    with pytest.raises(ScenarioError, match="cannot be drawn"):
        diarchy.read(case)
