"""Find a scenario by what the user calls it: a name, a folder or a file; read what the command line sets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from diarchy import registry
from diarchy.errors import DiarchyError, Faults, nearest
from diarchy.scenario.files import shown

#: The scenario that a case is run by when none is named.
DEFAULT_SCENARIO = "scenarios/base.yaml"


def parse_overrides(overrides: Sequence[str], faults: Faults) -> dict[str, str]:
    """``name=value`` texts by name; names are looked up later, when the mechanisms are known."""
    parsed: dict[str, str] = {}
    for text in overrides:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", name) or not value:
            faults.add(
                f"'{shown(text, 80)}' sets nothing", f"--set {shown(text)}", "mechanism.parameter=value"
            )
        elif name in parsed:
            faults.add(f"'{name}' is set twice", f"--set {shown(text)}")
        else:
            parsed[name] = value
    return parsed


def find_scenario(path: str | Path, faults: Faults) -> Path | None:
    """The scenario file that a path or a name means."""
    text, place = str(path), Path(path)
    if "\0" in text or len(text) > 4096:
        faults.add("not a path")
        return None
    try:
        if (place / "case.yaml").exists():
            return (place / DEFAULT_SCENARIO).resolve()
        if place.name == "case.yaml" and place.is_file():
            return (place.parent / DEFAULT_SCENARIO).resolve()
        if place.exists() and not place.is_dir():
            return place.resolve()
        name, _, scenario = text.partition("/")
        if name in registry.case_names() and re.fullmatch(r"[a-z0-9_-]*", scenario):
            return (registry.find_case(name) / "scenarios" / f"{scenario or 'base'}.yaml").resolve()
        _say_missing(text, place, faults)
    except DiarchyError as error:
        faults.take(error)
    except (OSError, RuntimeError) as error:
        faults.add(
            f"'{shown(text)}' cannot be opened ({getattr(error, 'strerror', None) or 'a circle of links'})"
        )
    return None


def _say_missing(text: str, place: Path, faults: Faults) -> None:
    """Say what is not there, and the nearest thing that is."""
    if place.is_dir():
        faults.add(
            "no case.yaml in this folder",
            shown(text, 120),
            cure="name a folder with case.yaml, or a YAML file",
        )
    elif place.suffix or len(place.parts) > 1:
        names = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        faults.add(f"no file '{shown(text, 120)}'", near=nearest(place.name, names))
    else:
        cases = registry.case_names()
        cure = "a folder with case.yaml or a scenario's YAML file is taken too"
        what = f"no case '{shown(text)}' is installed"
        faults.add(what, allowed=", ".join(cases), near=nearest(text, cases), cure=cure)


def case_folder_of(scenario: Path) -> Path:
    """The case folder that a scenario file is in: its own folder, or the one above ``scenarios/``."""
    above = scenario.parent.parent
    if not (scenario.parent / "case.yaml").exists() and (
        (above / "case.yaml").exists() or scenario.parent.name == "scenarios"
    ):
        return above
    return scenario.parent
