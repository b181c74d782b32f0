"""What a case says of itself, kept beside its results so that a report needs nothing else.

A store holds numbers and the text of its files; what a parameter means, who says so and where a place lies is
known only while the scenario and its model are at hand. So `diarchy run` writes it down: ``about.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diarchy.describe import bounds
from diarchy.errors import DiarchyError, Fault, Faults, ResultsError, ScenarioError
from diarchy.evidence import Claim, Source
from diarchy.places import write_whole

if TYPE_CHECKING:
    from diarchy.model import Arm, Model
    from diarchy.scenario.given import GivenFact, GivenPrior, Scenario

SCHEMA = "diarchy/about/1"
#: The file of a store that holds it.
ABOUT = "about.json"
#: Where a prior is looked at for its sketch.
LEVELS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_LARGEST = 16 * 2**20  # bytes; a larger file is not ours
_DIGITS = 4  # of a prior's quantiles


def about(scenario: Scenario, model: Model) -> dict[str, Any]:
    """What a report tells of a scenario beside its results.

    Parameters
    ----------
    scenario, model : as read and as wired.

    Returns
    -------
    dict : JSON values, of schema ``diarchy/about/1``.
    """
    from diarchy.scenario.maps import places

    claims, observed = _records(scenario)
    return {
        "schema": SCHEMA,
        "summary": scenario.summary,
        "arms": {name: change.summary for name, change in scenario.changes.items()},
        "sources": {key: dict(source) for key, source in scenario.sources.items()},
        "labels": {
            axis: dict(zip(scenario.coordinates[axis], names, strict=True))
            for axis, names in scenario.labels.items()
        },
        "assumptions": [*_parameters(scenario, model), *_facts(scenario, model)],
        "reads": _reads(model),
        "mechanisms": _mechanisms(model),
        "places": places(scenario),
        "map": None if scenario.map is None else scenario.map.document(),
        "claims": claims,
        "observed": observed,
    }


def keep(store: Path, document: Mapping[str, Any]) -> None:
    """Write it into a store, all or nothing."""
    write_whole(store / ABOUT, json.dumps(document, ensure_ascii=False, allow_nan=False, default=str))


def read_about(store: Path) -> dict[str, Any] | None:
    """What a store says of its case; None where it was run without.

    Raises
    ------
    ResultsError : the file is there and cannot be read.
    """
    file = store / ABOUT
    if not file.is_file():
        return None
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        document = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError(f"it is not of schema {SCHEMA}")
    except (OSError, ValueError, RecursionError) as error:
        fault = Fault(f"'{ABOUT}' cannot be read: {error}", str(store), cure="run the case again")
        raise ResultsError([fault]) from error
    return document


def _records(scenario: Scenario) -> tuple[list[dict[str, Any]] | None, list[dict[str, Any]] | None]:
    """Claims and observations of the case; None where there are none, or where their file has faults."""
    from diarchy.scenario.claims import read_claims
    from diarchy.scenario.files import CaseFolder
    from diarchy.scenario.records import read_observed

    faults = Faults(ScenarioError)
    folder = CaseFolder(scenario.folder, faults)
    try:
        claims = [_claim(stated.claim) for stated in read_claims(folder) or ()]
        seen = [
            {key: value for key, value in vars(one).items() if key != "where" and value not in ("", None)}
            for one in read_observed(folder)
        ]
    except (DiarchyError, OSError):
        return None, None
    return (None, None) if len(faults) else (claims or None, seen or None)


def _claim(claim: Claim) -> dict[str, Any]:
    """A claim as JSON values; its locator is for who holds the document, and long."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in vars(claim).items()
        if key != "locator"
    }


def _parameters(scenario: Scenario, model: Model) -> list[dict[str, Any]]:
    """One record a parameter: what it is, what is believed of it in each arm, and why."""
    found = []
    for name, parameter in model.parameters().items():
        arms = {key: arm for key, arm in model.arms.items() if name in arm.priors}
        first = next(iter(arms.values()))
        given = _given(scenario, name, "priors")
        tag, says, keys = _evidence(given, parameter.evidence)
        prior = first.priors[name]
        if prior.shift != 0.0 or prior.scale != 1.0:
            tag = "fitted"
        if parameter.lever:
            tag = "lever"
        told = {key: str(arm.priors[name]) for key, arm in arms.items()}
        found.append(
            {
                "name": name,
                "sort": "parameter",
                "unit": parameter.unit,
                "doc": parameter.doc,
                "bounds": bounds(parameter.lower, parameter.upper),
                "tag": tag,
                "evidence": says,
                "sources": keys,
                "arms": told
                if len(set(told.values())) > 1
                else {next(iter(told)): next(iter(told.values()))},
                "quantiles": _quantiles(first, name),
                "where": given.where if given is not None else "",
            }
        )
    return found


def _quantiles(arm: Arm, name: str) -> list[float]:
    """The prior at `LEVELS` [unit of the parameter]; one number when it is fixed."""
    prior, parameter = arm.priors[name], arm.parameters()[name]
    levels = (0.5,) if prior.is_fixed else LEVELS
    values = prior.quantile(np.array(levels), parameter.lower, parameter.upper)
    return [float(f"{value:.{_DIGITS}g}") for value in values]


def _facts(scenario: Scenario, model: Model) -> list[dict[str, Any]]:
    """One record a fact of the case that some mechanism uses."""
    found: dict[str, dict[str, Any]] = {}
    for arm in model.arms.values():
        for mechanism in arm.mechanisms:
            for fact in mechanism.facts:
                name = f"{mechanism.name}.{fact.name}"
                given = _given(scenario, name, "facts")
                if name in found or given is None:
                    continue
                tag, says, keys = _evidence(given, None)
                values = np.asarray(arm.facts[name], dtype=float)
                found[name] = {
                    "name": name,
                    "sort": "fact",
                    "unit": fact.unit,
                    "doc": fact.doc,
                    "bounds": bounds(fact.lower, fact.upper),
                    "tag": tag,
                    "evidence": says,
                    "sources": keys,
                    "arms": {arm.name: _range(values)},
                    "quantiles": [],
                    "where": given.where,
                }
    return sorted(found.values(), key=lambda record: record["name"])


def _range(values: np.ndarray) -> str:
    """A fact in a word: its value, or the range of its cells."""
    low, high = float(values.min()), float(values.max())
    return f"{low:.6g}" if low == high else f"{low:.4g} to {high:.4g}"


def _given(scenario: Scenario, name: str, sort: str) -> GivenFact | GivenPrior | None:
    """What the files or the command line give of a name in the base arm; the later layer wins."""
    found = [getattr(layer, sort).get(name) for layer in scenario.layers("base")]
    return next((given for given in reversed(found) if given is not None), None)


def _evidence(given: GivenFact | GivenPrior | None, declared: Any) -> tuple[str, str, list[str]]:
    """Tag, words and keys of where a value comes from: the files first, else the mechanism's declaration."""
    if given is not None and (given.sources or given.judgement):
        tag = "sourced" if given.sources else "judged"
        return tag, given.judgement, list(given.sources)
    if given is not None and given.where.startswith("--set"):
        return "set", f"set on the command line ({given.where})", []
    if isinstance(declared, Source):
        return "sourced", str(declared), [declared.key]
    return "judged", str(declared).removeprefix("judgement: ") if declared else "no reason is given", []


def _reads(model: Model) -> dict[str, list[str]]:
    """Mechanism -> the states that it looks at, and those whose owners act on it."""
    found: dict[str, set[str]] = {}
    for arm in model.arms.values():
        for mechanism in arm.mechanisms:
            found.setdefault(mechanism.name, set()).update(read.name for read in mechanism.reads)
            for push in mechanism.pushes:
                receiver = push.name.partition(".")[0]
                own = {f"{mechanism.name}.{s.name}" for s in mechanism.states if not s.private}
                found.setdefault(receiver, set()).update(own)
    return {name: sorted(states) for name, states in sorted(found.items())}


def _mechanisms(model: Model) -> dict[str, str]:
    """Mechanism -> what it is, in a sentence."""
    return {m.name: m.doc for arm in model.arms.values() for m in arm.mechanisms}
