"""What the cards of cases and results show: a small map, and a few words of what is asked and answered.

A card must be there at once, so nothing is computed: a case is read, and of a result only the report that its
run has left is looked at. Where there is none, the card goes without a picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diarchy.errors import DiarchyError

#: Answers on a card.
MOST_ANSWERS = 3
#: Points of an outline are put on a grid of so many a degree: on a card, a large country has a pixel for it.
_GRID = 6


def of_case(folder: Path) -> dict[str, Any]:
    """A case in a few figures; of one with faults only their number."""
    from diarchy.scenario.maps import places
    from diarchy.scenario.read import read

    try:
        scenario = read(folder)
    except DiarchyError as error:
        return {"faults": len(error.faults)}
    texts = [str(spec.raw.get("text", "")) for spec in scenario.questions.values()]
    return {
        "faults": 0,
        "outlines": None if scenario.map is None else _outlines(scenario.map.document()),
        "places": places(scenario),
        "questions": len(texts),
        "first": texts[0] if texts else "",
        "arms": 1 + len(scenario.variants),
        "hypotheses": len(scenario.hypotheses),
        "start": scenario.run.start.isoformat(),
        "days": scenario.run.days,
    }


def of_store(store: Path) -> dict[str, Any]:
    """A result by its report: the map on the day of the peak, and the first answers."""
    from diarchy.report.kept import kept_bundle
    from diarchy.report.plain import peak

    bundle = kept_bundle(store)
    if bundle is None:
        return {"outlines": None, "places": [], "values": {}, "title": "", "answers": []}
    found, base = peak(bundle), bundle["arms"][0]["id"]
    texts = bundle["questions"]
    answers = [a for a in bundle["answers"] if a["arm"] == base and not a.get("minus_arm")]
    return {
        "outlines": _outlines(bundle["map"]) if bundle["map"] and found else None,
        "places": bundle["places"] or [],
        "values": found.values if found else {},
        "title": found.title if found else "",
        "answers": [
            {"text": texts[a["id"]]["text"], "said": a["said"]["answer"]} for a in answers[:MOST_ANSWERS]
        ],
    }


def _outlines(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The outlines of a map with as few points as a card can show."""
    features = [
        {**feature, "geometry": _coarse(feature["geometry"])} for feature in drawn["geojson"]["features"]
    ]
    return {"type": "FeatureCollection", "features": features}


def _coarse(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """A polygon, or several, on the grid; islands that vanish on it are left out."""
    many = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    thinned = [[_thin(ring) for ring in polygon] for polygon in many]
    kept = [[ring for ring in rings if len(ring) > 3] for rings in thinned if len(rings[0]) > 3]
    return {"type": "MultiPolygon", "coordinates": kept or many}


def _thin(ring: list[list[float]]) -> list[list[float]]:
    """A ring with its points on the grid, each once."""
    found: list[list[float]] = []
    for lon, lat, *_ in ring:
        point = [round(round(lon * _GRID) / _GRID, 3), round(round(lat * _GRID) / _GRID, 3)]
        if not found or found[-1] != point:
            found.append(point)
    return found
