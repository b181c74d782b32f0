"""The main job as its user starts it: start-up, engine, workers, store, resume, memory."""

from __future__ import annotations

import importlib.util
import json
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.process import Cost, cost_of
from benchmarks.registry import Measure, benchmark
from benchmarks.together import seconds_of

CASE = "kazakhstan-2022"
DIARCHY = (sys.executable, "-m", "diarchy.cli")
_REPEATS = 5
_BLOCK = 16  # so that a short run has enough blocks to share
_PAIRS = 3  # of one worker and two, in turn: a machine's other work then falls on both


def run(out: Path, *more: str, futures: int) -> Cost:
    """One run into a new store, base and its variants, without rival theories."""
    told = ("--json", "--progress", "off", "--hypotheses", "none", "-n", str(futures), "-o", str(out))
    return cost_of([*DIARCHY, "run", CASE, *told, *more])


@benchmark
def start_up(futures: int) -> list[Measure]:
    """Time to help, beside a Python that does nothing."""
    bare = _median([sys.executable, "-c", "pass"])
    said = [_median([*DIARCHY, *words, "--help"]) for words in ((), ("run",), ("check",))]
    return [
        Measure(f"{name} --help", seconds, "s", f"{seconds / bare:.1f} x a bare python")
        for name, seconds in zip(("diarchy", "diarchy run", "diarchy check"), said, strict=True)
    ]


@benchmark
def engine(futures: int) -> list[Measure]:
    """The main job from the command line: all futures of the flagship's arms, with store and answers."""
    with tempfile.TemporaryDirectory() as folder:
        first = run(Path(folder, "warm"), futures=2)
        cost = run(Path(folder, "store"), futures=futures)
        told = manifest(Path(folder, "store"))
    arms = len(told["arms"])
    return [
        Measure("run, 2 futures", first.seconds, "s", "compiles when the cache is cold"),
        Measure("run", cost.seconds, "s", f"{futures} futures x {arms} arms"),
        Measure("engine", told["engine_s"], "s", f"{told['engine_s'] / cost.seconds:.0%} of the run"),
        Measure("engine, a future-arm", 1000 * told["cpu_s"] / (futures * arms), "ms of processor"),
        Measure("memory, all processes", cost.memory_mb, "MB", "shared pages counted once"),
    ]


@benchmark
def workers(futures: int) -> list[Measure]:
    """Two workers against twice one, and what the machine itself gives two processes; all take turns."""
    few = max(futures // 2, 64)
    turns: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder, "warm"), futures=2)
        for turn in range(_PAIRS):
            one, two = (_with(count, Path(folder, f"{turn}-{count}"), few) for count in (1, 2))
            apart = _apart(Path(folder, f"{turn}-apart"), few // 2)
            turns.append({
                "efficiency of two workers": one["engine_s"] / (2 * two["engine_s"]),
                "two processes of bare kernels": seconds_of(1) / seconds_of(2),
                "two workers over two runs at once": apart / two["engine_s"],
                "processor time, two workers over one": two["cpu_s"] / one["cpu_s"],
                "with start-up, compile cache, store": one["elapsed_s"] / (2 * two["elapsed_s"]),
            })  # fmt: skip
    return [_spread(name, [turn[name] for turn in turns], note) for name, note in _WORKERS.items()]


#: What is said of two workers, and what it means.
_WORKERS = {
    "efficiency of two workers": "engine, from the first step to the last block",
    "two processes of bare kernels": "what the machine gives: the ceiling",
    "two workers over two runs at once": "half the futures each, nothing in common: what sharing costs",
    "processor time, two workers over one": "1 but for what two workers do twice",
    "with start-up, compile cache, store": "the whole call, of a short run",
}


def _spread(name: str, found: list[float], note: str) -> Measure:
    """The median of a few turns, and how far they lie apart."""
    spread = f"{min(found):.2f} to {max(found):.2f} in {len(found)} turns"
    return Measure(name, statistics.median(found), "1", f"{spread}; {note}")


def _with(count: int, out: Path, futures: int) -> dict[str, Any]:
    """What a run by so many workers says of itself; all cut the same blocks."""
    run(out, "-j", str(count), "--block", str(_BLOCK), futures=futures)
    return manifest(out)


def _apart(out: Path, futures: int) -> float:
    """Engine seconds of the longer of two runs by one worker each, at once."""
    with ThreadPoolExecutor(2) as pool:
        places = [Path(f"{out}-{half}") for half in range(2)]
        return max(told["engine_s"] for told in pool.map(lambda place: _with(1, place, futures), places))


@benchmark
def dask(futures: int) -> list[Measure]:
    """Dask on this machine against processes: the same jobs, two workers each."""
    helped = cost_of([*DIARCHY, "run", "--help"]).output
    if "--dask" not in helped or importlib.util.find_spec("distributed") is None:
        return []
    few, found = max(futures // 4, 50), []
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(2):
            seconds = []
            for name, more in (("processes", ("-j", "2")), ("dask", ("-j", "2", "--dask", "local"))):
                out = Path(folder, f"{name}-{pair}")
                run(out, *more, futures=few)
                seconds.append(manifest(out)["engine_s"])
            found.append(seconds[1] / seconds[0])
    spread = f"{min(found):.2f} to {max(found):.2f} in 2 pairs of {few} futures"
    return [Measure("engine by Dask over processes", statistics.median(found), "1", spread)]


@benchmark
def store(futures: int) -> list[Measure]:
    """What a store takes, against what was recorded, and how long it takes to open and to ask."""
    few = max(futures // 4, 50)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "store")
        whole = run(out, futures=few)
        taken = sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 1e6
        asked = cost_of([*DIARCHY, "ask", str(out), "--json"])
        recorded = _bytes_recorded(out) / 1e6
        again = cost_of([*DIARCHY, "run", "--resume", "-o", str(out), "--json", "--progress", "off"])
    return [
        Measure("store", taken, "MB", f"{taken / recorded:.0%} of what was recorded, {few} futures"),
        Measure("ask", asked.seconds, "s", f"{asked.seconds / whole.seconds:.0%} of the run"),
        Measure(
            "resume, nothing missing", again.seconds, "s", f"{again.seconds / whole.seconds:.0%} of the run"
        ),
    ]


@benchmark
def memory(futures: int) -> list[Measure]:
    """Memory of a run as it is by default, with its theories, and against the number of futures."""
    found: list[Measure] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (max(futures // 8, 64), max(futures // 2, 256)):  # two blocks at least, for two workers
            cost = run(Path(folder, str(count)), "--block", "32", futures=count)
            ratio = cost.memory_mb / found[0].value if found else 1.0
            found.append(Measure(f"{count} futures", cost.memory_mb, "MB", f"{ratio:.2f} x"))
        out = Path(folder, "default")
        cost = cost_of(
            [*DIARCHY, "run", CASE, "--json", "--progress", "off", "-n", str(futures), "-o", str(out)]
        )
        peaks = Measure("default, sum of peaks", manifest(out)["peak_memory_mb"], "MB", f"{futures} futures")
    whole = Measure("default, all processes", cost.memory_mb, "MB", "shared pages counted once")
    return [*found, whole, peaks]


def _median(command: list[str]) -> float:
    """Median seconds of a command, after one to warm up."""
    return statistics.median([cost_of(command).seconds for _ in range(_REPEATS + 1)][1:])


def manifest(out: Path) -> dict[str, Any]:
    """What a store says of its run."""
    return json.loads((out / "manifest.json").read_text(encoding="utf-8"))


def _bytes_recorded(out: Path) -> float:
    """Size of a store's arrays before compression."""
    from diarchy.ensemble.results import open_results

    return float(open_results(out).data.nbytes)
