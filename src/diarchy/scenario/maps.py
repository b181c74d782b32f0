"""The map of a case: outlines from a GeoJSON file of its own, tied to the labels of an axis.

The file is somebody else's. Of it only what is drawn is kept: polygons of finite coordinates, by label.
Nothing here moves a run.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy.errors import Faults, nearest
from diarchy.scenario.files import CaseFolder, shown

if TYPE_CHECKING:
    from diarchy.scenario.given import Scenario
    from diarchy.scenario.schema import MapEntry

#: Bounds on a map file [byte], and on the points of its outlines.
MAX_MAP_BYTES, MAX_POINTS = 2 * 2**20, 20_000
_DECIMALS = 3  # [degree]: a hundred metres, below what an outline of a region resolves
_DEPTH = {"Polygon": 2, "MultiPolygon": 3}


@dataclass(frozen=True)
class CaseMap:
    """How a case's map is drawn.

    Parameters
    ----------
    axis : the axis whose labels the outlines carry.
    shapes : label -> GeoJSON geometry, [degree] east and north.
    markers : labels drawn as round markers, such as cities.
    thresholds : qualified state -> number above which a place counts on the map [unit of the state].
    credit, note : where the outlines are from; what a reader should know.
    """

    axis: str
    shapes: Mapping[str, Mapping[str, Any]]
    markers: tuple[str, ...] = ()
    thresholds: Mapping[str, float] | None = None
    credit: str = ""
    note: str = ""

    def document(self) -> dict[str, Any]:
        """JSON values; the outlines as a GeoJSON collection whose features have ids."""
        features = [
            {"type": "Feature", "id": label, "properties": {}, "geometry": dict(shape)}
            for label, shape in self.shapes.items()
        ]
        return {
            "axis": self.axis,
            "geojson": {"type": "FeatureCollection", "features": features},
            "markers": list(self.markers),
            "thresholds": dict(self.thresholds or {}),
            "credit": self.credit,
            "note": self.note,
        }


def read_map(
    entry: MapEntry, folder: CaseFolder, path: Path | None, where: str, labels: Mapping[str, Sequence[str]]
) -> CaseMap | None:
    """The map that a case names, or None and every fault found.

    Parameters
    ----------
    entry : what the case says.
    folder, path : the case, which takes faults, and the map's file.
    where : ``file:line`` of the entry.
    labels : axis -> labels.
    """
    faults, before = folder.faults, len(folder.faults)
    if entry.axis not in labels:
        near = nearest(entry.axis, labels)
        faults.add(f"map: no dimension '{shown(entry.axis)}'", where, ", ".join(labels), near)
        return None
    known = labels[entry.axis]
    for label in (*entry.markers, *entry.rename.values()):
        if label not in known:
            faults.add(
                f"map: '{shown(label)}' is no label of '{entry.axis}'", where, near=nearest(label, known)
            )
    text = folder.text(path, where, MAX_MAP_BYTES) if path else None
    if text is None:
        return None
    name = folder.name_of(path) if path else ""
    shapes = _shapes(text, name, entry, known, faults)
    if len(faults) > before:
        return None
    return CaseMap(entry.axis, shapes, entry.markers, dict(entry.thresholds), entry.credit, entry.note)


def _shapes(
    text: str, name: str, entry: MapEntry, known: Sequence[str], faults: Faults
) -> dict[str, dict[str, Any]]:
    """Label -> outline, rounded; what is not an outline of a label is a fault."""
    try:
        features = json.loads(text)["features"]
        found = [(feature["properties"][entry.key], feature["geometry"]) for feature in features]
    except (ValueError, KeyError, TypeError, RecursionError):
        allowed = f"a GeoJSON collection of features with a property '{entry.key}'"
        faults.add("not readable as a map", f"{name}:1", allowed)
        return {}
    shapes: dict[str, dict[str, Any]] = {}
    points = 0
    for key, geometry in found:
        label = entry.rename.get(str(key), str(key))
        if label not in known or label in shapes:
            what = "is drawn twice" if label in shapes else f"is no label of '{entry.axis}'"
            near, cure = nearest(label, known), "add it under rename"
            faults.add(f"'{shown(label)}' {what}", f"{name}:1", near=near, cure=cure)
            continue
        try:
            depth = _DEPTH[geometry["type"]]
            rings = _rounded(geometry["coordinates"], depth)
        except (LookupError, TypeError, ValueError, OverflowError):
            faults.add(f"the outline of '{label}' cannot be drawn", f"{name}:1", ", ".join(_DEPTH))
            continue
        points += sum(1 for _ in _points(rings, depth))
        shapes[label] = {"type": geometry["type"], "coordinates": rings}
    if points > MAX_POINTS:
        faults.add(f"the map has {points:,} points", f"{name}:1", f"{MAX_POINTS:,}", cure="simplify it")
    return shapes


def _rounded(part: Any, depth: int) -> Any:
    """Coordinates with few decimals; anything but pairs of finite degrees is refused."""
    if not isinstance(part, list):
        raise ValueError("not a list")
    if depth:
        return [_rounded(inner, depth - 1) for inner in part]
    lon, lat = float(part[0]), float(part[1])
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 360 and abs(lat) <= 90):
        raise ValueError("not degrees")
    return [round(lon, _DECIMALS), round(lat, _DECIMALS)]


def _points(part: Any, depth: int) -> Any:
    """The points of nested rings."""
    if depth == 0:
        yield part
        return
    for inner in part:
        yield from _points(inner, depth - 1)


def places(scenario: Scenario) -> list[dict[str, Any]]:
    """The places of the map's axis with what its table says of them: names, position, population.

    Returns
    -------
    list of dict : id, label, and lon, lat [degree], population [people] where the table has such columns;
        empty without a dimension 'place'.
    """
    axis = scenario.map.axis if scenario.map else "place"
    if axis not in scenario.coordinates:
        return []
    rows = _rows(scenario, axis)
    markers = set(scenario.map.markers) if scenario.map else set()
    found = []
    for label, name in zip(scenario.coordinates[axis], scenario.labels[axis], strict=True):
        row = rows.get(label, {})
        one: dict[str, Any] = {"id": label, "label": name, "marker": label in markers}
        one |= {key: _number(row.get(key, "")) for key in ("lon", "lat", "population")}
        found.append(one)
    return found


def _rows(scenario: Scenario, axis: str) -> dict[str, Mapping[str, str]]:
    """The rows of the table whose keys are the labels of an axis."""
    labels = set(scenario.coordinates[axis])
    for name, text in scenario.files.items():
        if name.endswith(".csv"):
            rows = list(csv.DictReader(text.splitlines()))
            for key in rows[0] if rows else ():
                if key and {str(row[key]).strip() for row in rows} == labels:
                    return {str(row[key]).strip(): row for row in rows}
    return {}


def _number(text: str | None) -> float | None:
    """A number of a table, if it is one."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
