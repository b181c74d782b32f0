"""Measure and print a table: ``python -m benchmarks [NAME ...] [--futures N] [--write]``.

Absolute times are of one machine on one day; compare ratios. The first run after a change compiles, so each
benchmark of the engine is warmed up before it is timed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.process import cost_of

CASE = "kazakhstan-2022"
KEPT = Path(__file__).with_name("results.json")
_DIARCHY = (sys.executable, "-m", "diarchy.cli")
_REPEATS = 5
_SCALES = (1, 10, 100)  # times the population
_SCALING_RUNS = 32


@dataclass(frozen=True)
class Measure:
    """One line of the table: what, how much of which unit, and what to compare it with."""

    name: str
    value: float
    unit: str
    note: str = ""


BENCHMARKS: dict[str, Callable[[int], list[Measure]]] = {}


def benchmark(measure: Callable[[int], list[Measure]]) -> Callable[[int], list[Measure]]:
    """Enter a benchmark under its name."""
    BENCHMARKS[measure.__name__.replace("_", "-")] = measure
    return measure


@benchmark
def start_up(futures: int) -> list[Measure]:
    """Time to help, beside a Python that does nothing."""
    bare = _median([sys.executable, "-c", "pass"])
    said = _median([*_DIARCHY, "--help"])
    return [Measure("diarchy --help", said, "s", f"{said / bare:.1f} x a bare python")]


@benchmark
def flagship(futures: int) -> list[Measure]:
    """The main job from the command line: all futures of the flagship's arms, with store and answers."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*_DIARCHY, "run", CASE, "--json", "--progress", "off"]
        first = cost_of([*command, "-n", "2", "-o", f"{folder}/warm"])
        cost = cost_of([*command, "-n", str(futures), "-o", f"{folder}/store"])
        manifest = _manifest(Path(folder) / "store")
        taken = sum(f.stat().st_size for f in Path(folder, "store").rglob("*") if f.is_file()) / 1e6
        recorded = _bytes_recorded(Path(folder) / "store") / 1e6
    runs = futures * len(manifest["arms"])
    engine, memory = manifest["engine_s"], manifest["peak_memory_mb"]
    said = f"{futures} futures x {len(manifest['arms'])} arms"
    return [
        Measure("run, 2 futures", first.seconds, "s", "compiles when the cache is cold"),
        Measure("run", cost.seconds, "s", said),
        Measure("engine", engine, "s", f"{engine / cost.seconds:.0%} of the run"),
        Measure("engine, a future", 1000 * manifest["cpu_s"] / runs, "ms of processor"),
        Measure("processors in use", cost.cpu_seconds / cost.seconds, "1", f"of {os.cpu_count()}"),
        Measure("memory, all processes", cost.memory_mb, "MB", f"sum of their own peaks {memory:.0f} MB"),
        Measure("store", taken, "MB", f"{taken / recorded:.0%} of what was recorded"),
    ]


@benchmark
def workers(futures: int) -> list[Measure]:
    """What more processes save."""
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in sorted({1, 2, os.cpu_count() or 1}):
            out = f"{folder}/{count}"
            cost_of([*_DIARCHY, "run", CASE, "--json", "-n", str(futures), "-j", str(count), "-o", out])
            seconds[count] = _manifest(Path(out))["engine_s"]
    return [
        Measure(f"engine, {n} workers", s, "s", f"{seconds[1] / s:.2f} x as fast as 1")
        for n, s in seconds.items()
    ]


@benchmark
def population(futures: int) -> list[Measure]:
    """The same crisis with more people: time should hardly grow, since crowds are counts and not agents."""
    model, design = _flagship_model()
    seconds = {scale: _engine_seconds(model, design, scale) for scale in _SCALES}
    return [
        Measure(
            f"engine, population x {scale}",
            1000 * s / _SCALING_RUNS,
            "ms a future",
            f"{s / seconds[1]:.2f} x",
        )
        for scale, s in seconds.items()
    ]


@benchmark
def epstein(futures: int) -> list[Measure]:
    """Epstein's civil violence on a grid: citizen-steps a second, beside Mesa's own example."""
    from benchmarks.epstein import rows

    return [Measure(*row) for row in rows(mesa_large=True)]


def _flagship_model() -> tuple[Any, Any]:
    """The flagship's base arm, wired, with a design."""
    import diarchy

    model = diarchy.wire(diarchy.read(CASE))
    model = replace(model, arms={"base": model.arms["base"]})
    return model, diarchy.sample(model, _SCALING_RUNS, seed=1)


def _engine_seconds(model: Any, design: Any, scale: int) -> float:
    """Best time of one block with every count of people in the facts scaled."""
    from diarchy.engine import advance

    arm = model.arms["base"]
    people = {f"{m.name}.{f.name}" for m in arm.mechanisms for f in m.facts if f.unit == "people"}
    arm = replace(arm, facts={k: x * scale if k in people else x for k, x in arm.facts.items()})
    values, taken = design.values("base", design.runs), []
    for _ in range(3):  # the first may compile
        began = time.perf_counter()
        advance(arm, model.calendar, values, design.runs, 1, ())
        taken.append(time.perf_counter() - began)
    return min(taken)


def _median(command: list[str]) -> float:
    """Median seconds of a command, after one to warm up."""
    return statistics.median([cost_of(command).seconds for _ in range(_REPEATS + 1)][1:])


def _manifest(store: Path) -> dict[str, Any]:
    """What a store says of its run."""
    return json.loads((store / "manifest.json").read_text(encoding="utf-8"))


def _bytes_recorded(store: Path) -> float:
    """Size of a store's arrays before compression."""
    from diarchy.ensemble.results import open_results

    return float(open_results(store).data.nbytes)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    about = "; ".join(f"{name}: {measure.__doc__}" for name, measure in BENCHMARKS.items())
    parser.add_argument("names", nargs="*", metavar="NAME", help=about)
    parser.add_argument("--futures", type=int, default=1000, help="of the flagship (1000)")
    parser.add_argument("--write", action="store_true", help=f"keep the table in {KEPT.name}")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    measures = {name: BENCHMARKS[name](asked.futures) for name in asked.names or BENCHMARKS}
    for name, rows in measures.items():
        print(f"\n{name}: {BENCHMARKS[name].__doc__}")
        for row in rows:
            print(f"  {row.name:<30}{row.value:>10.3g} {row.unit:<16}{row.note}")
    if asked.write:
        found = {name: [asdict(row) for row in rows] for name, rows in measures.items()}
        KEPT.write_text(
            json.dumps({**_machine(), "futures": asked.futures, "measures": found}, indent=1) + "\n"
        )


def _machine() -> dict[str, Any]:
    """Where and when this was measured."""
    import diarchy

    return {
        "date": dt.date.today().isoformat(),
        "version": diarchy.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }


if __name__ == "__main__":
    main()
