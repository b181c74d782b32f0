"""The books of a run: what is said of it from the start, which blocks are done, how fast it goes.

They are written to the store's manifest now and then, so that a run that is cut off can say what it has.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.ensemble import store
from diarchy.ensemble.design import Design
from diarchy.ensemble.store import SCHEMA, Layout
from diarchy.model import Model

#: Called with runs done, runs in all, runs per second so far, and seconds left (infinite while unknown).
Progress = Callable[[int, int, float, float], None]

_SAVE_EVERY = 1.0  # seconds between two manifests


@dataclass(frozen=True)
class Done:
    """What a worker says of the block of runs that it has written.

    Parameters
    ----------
    arm, first, count : which runs: `first` is a place along the run axis.
    failed : runs that left the bounds of a state.
    began : [s] when its computing began, on the clock that all processes of a machine share.
    cpu_s : [s] of computing.
    process, memory_mb : the worker, and the most memory that it has held so far [MB].
    """

    arm: str
    first: int
    count: int
    failed: int
    began: float
    cpu_s: float
    process: int
    memory_mb: float


def describe_run(
    model: Model, design: Design, layout: Layout, seed: int, provenance: Mapping[str, Any], questions: Any
) -> dict[str, Any]:
    """What is said of a store from the start, as JSON values; `provenance` cannot contradict the run itself.

    Parameters
    ----------
    model, design, layout, seed : of the run.
    provenance : what the caller knows: case, title, scenario_sha256, evidence keys.
    questions : kept as they are.
    """
    calendar = model.calendar
    said: dict[str, Any] = {
        **provenance,
        "schema": SCHEMA,
        "version": _version(),
        "seed": seed,
        "start": calendar.start.isoformat(),
        "step": calendar.step,
        "steps": calendar.steps,
        "days": calendar.step * calendar.steps,
        "arms": list(layout.arms),
        "planned": dict(zip(layout.arms, layout.planned, strict=True)),
        "futures": len(layout.runs),
        "design": {
            "method": design.method,
            "futures": design.futures,
            "repeats": design.repeats,
            "seed": design.seed,
        },
        "block": layout.block,
        "mechanisms": {m.name: m.version for arm in model.arms.values() for m in arm.mechanisms},
        "states": {n: {"dims": list(c.dims), **c.attributes} for n, c in layout.columns.items()},
        "parameter_units": {name: p.unit for name, p in model.parameters().items()},
        "watched": {name: list(arm.states()) for name, arm in model.arms.items()},
        "facts": _fact_totals(model),
        "fact_units": _fact_units(model),
        "questions": questions,
        "notes": list(model.notes),
        "platform": _platform(),
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "finished": False,
        "blocks": [],
    }
    return json.loads(json.dumps(said, default=str, allow_nan=False))


def _platform() -> dict[str, str]:
    """What a run was computed with."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "numpy": np.__version__,
    }


def _version() -> str:
    """The version of this package, also from a bare checkout."""
    try:
        return version("diarchy")
    except PackageNotFoundError:
        return "unknown"


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


class Ledger:
    """Keeps count of the blocks that are done, tells the progress, and saves the manifest."""

    def __init__(
        self, path: Path, said: Mapping[str, Any], total: int, started: float, progress: Progress | None
    ):
        self.path, self.said, self.total, self.started, self.progress = path, said, total, started, progress
        self.blocks: list[Done] = []
        self.count = 0
        self.computing = False
        self.began = self.ended = self.saved = time.monotonic()

    def begin(self) -> None:
        """Start the clock of the computing itself."""
        self.began = self.ended = self.saved = time.monotonic()
        self._tell()

    def add(self, done: Done) -> None:
        """Enter a block."""
        self.blocks.append(done)
        self.count += done.count
        self.began = min(self.began, done.began) if self.computing else done.began
        self.computing = True
        self.ended = time.monotonic()
        if self.ended - self.saved > _SAVE_EVERY:
            store.write_manifest(self.path, self.manifest())
            self.saved = self.ended
        self._tell()

    def _tell(self) -> None:
        """Report how far it is."""
        if self.progress is not None:
            rate = self.count / max(self.ended - self.began, 1e-9)
            left = (self.total - self.count) / rate if self.count else math.inf
            self.progress(self.count, self.total, rate, left)

    def close(self, failing: bool) -> None:
        """Save for the last time; when `failing`, another fault is on its way and a full disk is no news.

        Raises
        ------
        DesignError : the manifest cannot be written.
        """
        try:
            store.write_manifest(self.path, self.manifest())
        except OSError as error:
            if not failing:
                raise store.unwritable(self.path, error, self.kept()) from error

    def kept(self) -> str:
        """What a store holds that could not be finished."""
        return f"the {self.count} of {self.total} futures that were finished are kept in {self.path}"

    def manifest(self) -> dict[str, Any]:
        """What is said of the run, with what is done so far; times in seconds, memory in MB.

        `engine_s` is the wall clock from the first step computed to the last block written, without compiling
        and starting workers, which `elapsed_s` has; `cpu_s` is the workers' processor time.
        `peak_memory_mb` adds up the peaks of all processes, so the true peak is not above it.
        """
        peaks = {os.getpid(): peak_memory()}
        for done in self.blocks:
            peaks[done.process] = max(peaks.get(done.process, 0.0), done.memory_mb)
        blocks = [asdict(done) for done in self.blocks]
        for one in blocks:
            del one["process"], one["memory_mb"], one["began"]
        return {
            **self.said,
            "finished": self.count == self.total,
            "done": self.count,
            "failed": sum(done.failed for done in self.blocks),
            "engine_s": round(self.ended - self.began, 3),
            "cpu_s": round(sum(done.cpu_s for done in self.blocks), 3),
            "elapsed_s": round(time.perf_counter() - self.started, 3),
            "peak_memory_mb": round(sum(peaks.values()), 1),
            "blocks": blocks,
        }


def peak_memory() -> float:
    """The most memory that this process has held [MB]; 0 where the system does not say.

    Linux is asked for the peak of this program alone: `getrusage` starts a child from its parent's.
    """
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    with suppress(ImportError):
        import resource

        per_mb = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb
    return 0.0
