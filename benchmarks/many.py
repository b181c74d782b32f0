"""A thousand to a hundred thousand futures: what grows with them, and what must not."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.process import cost_of
from benchmarks.registry import Measure, benchmark

_COUNTS = (1_000, 10_000, 100_000)
_BLOCK = 64  # of a small model the default is larger; this one makes as many blocks as the flagship has
_TESTS = Path(__file__).parents[1] / "tests"  # whose small model of two mechanisms is run
_JOB = """
import json, sys, toys
from diarchy.ensemble import run as ensemble
from diarchy.ensemble.design import sample
from diarchy.ensemble.machine import peak_memory
from diarchy.questions.ask import ask

HEARD = {"of": "rumour.heard", "sum": ["town"]}
QUESTION = {"heard": {"text": "How many heard it?", "amount": {"last": HEARD}}}

def opened(path, open_results=ensemble.open_results, **more):
    told["run_mb"] = peak_memory()
    return open_results(path, **more)

if __name__ == "__main__":
    told, model = {}, toys.toy_model()
    ensemble.open_results = opened
    futures, block = int(sys.argv[2]), int(sys.argv[3])
    results = ensemble.run(model, sample(model, futures, 1), sys.argv[1], toys.RECORD, 2, block=block)
    answers = ask(results, QUESTION)
    told |= {"ask_mb": peak_memory(), "cpu_s": results.attrs["cpu_s"], "asked": len(answers)}
    print(json.dumps(told))
"""


@benchmark
def many(futures: int) -> list[Measure]:
    """A small model in blocks of 64, two workers: processor time a future, and the parent's memory."""
    told = [_of(count) for count in _COUNTS]
    rows = []
    for count, one in zip(_COUNTS, told, strict=True):
        each = 1e3 * one["cpu_s"] / count
        ratio = each / (1e3 * told[0]["cpu_s"] / _COUNTS[0])
        rows.append(
            Measure(f"{count:,} futures, engine", each, "ms a future", f"{ratio:.2f} x, of processor")
        )
        ratio = one["run_mb"] / told[0]["run_mb"]
        rows.append(Measure(f"{count:,} futures, parent", one["run_mb"], "MB", f"{ratio:.2f} x"))
        ratio = one["ask_mb"] / told[0]["ask_mb"]
        rows.append(Measure(f"{count:,} futures, asked", one["ask_mb"], "MB", f"{ratio:.2f} x"))
    return rows


def _of(count: int) -> dict[str, Any]:
    """What so many futures take."""
    paths = os.pathsep.join([str(_TESTS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "job.py")
        script.write_text(_JOB, encoding="utf-8")
        command = [sys.executable, str(script), str(Path(folder, "store")), str(count), str(_BLOCK)]
        return json.loads(cost_of(command, {"PYTHONPATH": paths}).output)
