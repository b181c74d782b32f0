"""What a run is: said of its store from the start, and compared before a run goes on or work is shared.

Two things must be the same for a store to be finished by another process, or on another machine: what is run
(case, seed, design, arms, record) and what it is run with (versions, and the source of all that computes).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.ensemble.chunks import digest
from diarchy.ensemble.design import Design
from diarchy.ensemble.layout import Layout
from diarchy.ensemble.store import SCHEMA
from diarchy.errors import DesignError, Fault, Faults
from diarchy.model import Arm, Model

#: Packages whose version can move a bit.
COMPUTING = ("diarchy", "numba", "numpy", "scipy")
#: What must be the same to go on with a store, and the words for it.
SAME = {
    "schema": "store version",
    "scenario_sha256": "text of the scenario's files",
    "set": "values set on the command line",
    "seed": "seed",
    "design": "design",
    "start": "start",
    "step": "step [day]",
    "steps": "steps",
    "arms": "arms",
    "planned": "futures of each arm",
    "run_numbers": "run numbers",
    "switched": "steps at which arms part",
    "states": "recorded states",
    "stored": "types of stored numbers",
    "mechanisms": "mechanisms",
    "software": "software",
    "model": "model (facts, priors or axes)",
}
#: What is another when a store grows by more futures of the same run.
GROWS = ("design", "futures", "planned", "run_numbers", "overrides")
_ENGINE = "diarchy.ensemble.twins"  # what it leads to is all that advances a future


def describe_run(
    model: Model,
    design: Design,
    layout: Layout,
    seed: int,
    provenance: Mapping[str, Any],
    questions: Any,
    switch: int = 0,
) -> dict[str, Any]:
    """What is said of a store from the start, as JSON values; `provenance` cannot contradict the run itself.

    Parameters
    ----------
    model, design, layout, seed : of the run.
    provenance : what the caller knows: case, title, scenario_sha256, evidence keys.
    questions : kept as they are.
    switch : the step at which the arms part from the base; 0 where they never were one.
    """
    said: dict[str, Any] = {
        **provenance,
        "schema": SCHEMA,
        "version": _version("diarchy"),
        "seed": seed,
        **_of_layout(layout),
        "design": {name: getattr(design, name) for name in ("method", "futures", "repeats", "seed")},
        "switched": dict.fromkeys(layout.arms[1:], switch) if switch else {},
        **_of_model(model),
        "questions": questions,
        "platform": platform.platform(),
        "software": software(model),
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "finished": False,
    }
    return json.loads(json.dumps(said, default=str, allow_nan=False))


def _of_layout(layout: Layout) -> dict[str, Any]:
    """What is to be run and kept."""
    return {
        "arms": list(layout.arms),
        "planned": dict(zip(layout.arms, layout.planned, strict=True)),
        "futures": len(layout.runs),
        "run_numbers": digest(layout.runs.astype("<i8").tobytes()),
        "block": layout.block,
        "states": {n: {"dims": list(c.dims), **c.attributes} for n, c in layout.columns.items()},
        "stored": {n: c.dtype.name for n, c in layout.columns.items()},
    }


def _of_model(model: Model) -> dict[str, Any]:
    """What runs: calendar, mechanisms, facts."""
    calendar = model.calendar
    return {
        "start": calendar.start.isoformat(),
        "step": calendar.step,
        "steps": calendar.steps,
        "days": calendar.step * calendar.steps,
        "mechanisms": {m.name: m.version for arm in model.arms.values() for m in arm.mechanisms},
        "parameter_units": {name: p.unit for name, p in model.parameters().items()},
        "watched": {name: list(arm.states()) for name, arm in model.arms.items()},
        "facts": _fact_totals(model),
        "fact_units": _fact_units(model),
        "notes": list(model.notes),
        "model": _model_digest(model),
    }


def software(model: Model) -> dict[str, str]:
    """What a model is computed with: versions, and a digest of the source of all that computes."""
    return {"python": platform.python_version(), **versions(), "source": _source_digest(model)}


def versions() -> dict[str, str]:
    """Of the packages that can move a bit."""
    return {package: _version(package) for package in COMPUTING}


def _version(package: str) -> str:
    """The version of a package, also from a bare checkout."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _source_digest(model: Model) -> str:
    """Of the modules that a future's numbers come from: mechanisms, engine, and what they use of their own
    packages."""
    mechanisms = [m for arm in model.arms.values() for m in arm.mechanisms]
    functions = [f for m in mechanisms for f in (m.start, m.push, m.settle) if f is not None]
    begin = {_ENGINE, *(getattr(f, "py_func", f).__module__ for f in functions)}
    packages = {name.partition(".")[0] for name in begin}
    seen: dict[str, bytes] = {}
    waiting = sorted(begin)
    while waiting:
        name = waiting.pop()
        module = sys.modules.get(name)
        if name in seen or module is None or name.partition(".")[0] not in packages:
            continue
        file = getattr(module, "__file__", None)
        seen[name] = Path(file).read_bytes() if file and Path(file).is_file() else b""
        waiting += _uses(module)
    whole = hashlib.blake2b(digest_size=8)
    for name in sorted(seen):
        whole.update(name.encode() + b"\0" + seen[name] + b"\0")
    return whole.hexdigest()


def _uses(module: Any) -> Iterator[str]:
    """Modules whose functions, classes or selves a module has among its names."""
    for thing in vars(module).values():
        thing = getattr(thing, "py_func", thing)
        name = thing.__name__ if isinstance(thing, type(sys)) else getattr(thing, "__module__", None)
        if isinstance(name, str):
            yield name


def _model_digest(model: Model) -> str:
    """Of what the arms are: mechanisms, axes, facts, priors."""
    whole = hashlib.blake2b(digest_size=8)
    for name, arm in model.arms.items():
        whole.update(json.dumps([name, *_words(arm)], sort_keys=True, default=str).encode())
        for key in sorted(arm.facts):
            whole.update(key.encode() + np.asarray(arm.facts[key], "<f8").tobytes())
    return whole.hexdigest()


def _words(arm: Arm) -> list[Any]:
    """An arm but for its facts, as JSON values."""
    priors = {key: repr(prior) for key, prior in arm.priors.items()}
    return [[m.name for m in arm.mechanisms], dict(arm.coordinates), dict(arm.sizes), priors]


def _fact_totals(model: Model) -> dict[str, dict[str, float]]:
    """Arm -> fact -> total over its axes [its unit], where it is finite."""
    totals = {
        name: {key: float(np.sum(fact)) for key, fact in arm.facts.items()}
        for name, arm in model.arms.items()
    }
    return {name: {key: x for key, x in of.items() if math.isfinite(x)} for name, of in totals.items()}


def _fact_units(model: Model) -> dict[str, str]:
    """Fact of any arm -> its unit."""
    mechanisms = [m for arm in model.arms.values() for m in arm.mechanisms]
    return {f"{m.name}.{fact.name}": fact.unit for m in mechanisms for fact in m.facts}


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs of two runs in what must be the same, in sentences."""
    said = []
    for key, words in SAME.items():
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            keys = [k for k in dict.fromkeys((*old, *new)) if old.get(k) != new.get(k)]
            said += [f"{words}: {k} was {_short(old.get(k))}, is {_short(new.get(k))}" for k in keys]
        else:
            said.append(f"{words}: was {_short(old)}, is {_short(new)}")
    return said


def _short(value: Any) -> str:
    """A value in a message."""
    text = (
        "absent" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    )
    return text if len(text) <= 80 else text[:77] + "..."


def is_grown(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a run is another one with more futures: then its first futures are all of the other's.

    Draws of a Latin hypercube change with their number, and chosen run numbers say nothing of the rest.
    """
    designs = [dict(said.get("design") or {}) for said in (before, now)]
    counts = [design.pop("futures", 0) for design in designs]
    all_of_them = all(said.get("futures") == n for said, n in zip((before, now), counts, strict=True))
    return (
        all_of_them and int(before.get("block", 0)) <= counts[0] < counts[1] and designs[0] == designs[1]
        and designs[0].get("method") == "sobol" and not before.get("switched")
        and before.get("run_numbers") == digest(np.arange(counts[0], dtype="<i8").tobytes())
    )  # fmt: skip


def check_same(before: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    """Refuse to go on with a store that another run began; the same run with more futures is the same.

    Raises
    ------
    DesignError : every difference.
    """
    faults = Faults(DesignError)
    if is_grown(before, now):
        before = {**before, **{key: now.get(key) for key in GROWS}}
    cure = "run it as it was begun, or choose another folder with --out"
    faults.found += [Fault(text, str(path), cure=cure) for text in differences(before, now)]
    faults.raise_if_any()
