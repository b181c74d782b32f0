"""Cards of cases and results: drawn from what is there, and blank where nothing is."""

from __future__ import annotations

import json

import pytest

from diarchy import registry
from diarchy.report.page import BLOCK
from diarchy.studio import sketch


@pytest.fixture(scope="module")
def flagship():
    return sketch.of_case(registry.find_case("kazakhstan-2022"))


def points(value):
    """How many positions a value of GeoJSON holds."""
    if isinstance(value, dict):
        return points(value["geometry"]["coordinates"])
    return 1 if isinstance(value[0], (int, float)) else sum(map(points, value))


def test_a_case_is_told_in_figures(flagship):
    assert flagship["faults"] == 0
    assert len(flagship["places"]) == 17
    assert (flagship["hypotheses"], flagship["days"], flagship["start"]) == (5, 90, "2021-12-30")
    assert flagship["first"].endswith("?")


def test_its_outlines_are_small_and_still_cover_it(flagship):
    shapes = flagship["outlines"]["features"]
    markers = {place["id"] for place in flagship["places"] if place["marker"]}
    assert {shape["id"] for shape in shapes} >= {p["id"] for p in flagship["places"]} - markers
    whole = json.loads((registry.find_case("kazakhstan-2022") / "map.geojson").read_text("utf-8"))
    assert points(shapes) < 0.8 * points(whole["features"])
    lons = [lon for s in shapes for part in s["geometry"]["coordinates"] for ring in part for lon, _ in ring]
    assert min(lons) == pytest.approx(46.5, abs=0.2)
    assert max(lons) == pytest.approx(87.3, abs=0.2)


def test_a_case_with_faults_says_how_many(home):
    assert sketch.of_case(home / "mine")["faults"] >= 1


@pytest.mark.parametrize(
    "content",
    ["", "no report", BLOCK + "{}", BLOCK + "[" * 100_000, BLOCK + '{"schema"'],
)
def test_a_report_that_cannot_be_read_leaves_the_card_without_a_picture(tmp_path, content):
    assert sketch.of_store(tmp_path)["outlines"] is None
    (tmp_path / "report.html").write_text(content, encoding="utf-8")
    assert sketch.of_store(tmp_path) == {
        "outlines": None,
        "places": [],
        "values": {},
        "title": "",
        "answers": [],
    }


def test_an_island_that_vanishes_is_left_out_and_the_only_one_is_kept():
    large = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
    island = [[[5, 5], [5.01, 5], [5, 5.01], [5, 5]]]
    both = sketch._coarse({"type": "MultiPolygon", "coordinates": [large, island]})
    assert both["coordinates"] == [large]
    alone = sketch._coarse({"type": "Polygon", "coordinates": island})
    assert alone == {"type": "MultiPolygon", "coordinates": [island]}
