"""Run a command and watch the whole tree of its processes: time taken, processor time, most memory held."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Parameters
    ----------
    seconds, cpu_seconds : wall clock, and processor time of all its processes [s].
    memory_mb : the most that all its processes held together, shared pages counted once [MB]; 0 but on Linux.
    output : its standard output.
    """

    seconds: float
    cpu_seconds: float
    memory_mb: float
    output: str


def cost_of(command: Sequence[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a command to its end.

    Raises
    ------
    SystemExit : it failed; with what it said.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    peak, ended = [0.0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended), daemon=True)
    before = os.times()
    watcher.start()
    output, noise = process.communicate()
    seconds, after = time.perf_counter() - began, os.times()
    ended.set()
    watcher.join()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{noise[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, cpu, peak[0], output)


def _watch(root: int, peak: list[float], ended: threading.Event) -> None:
    """Keep the largest memory of the tree in `peak`."""
    while not ended.wait(_LOOK_EVERY):
        peak[0] = max(peak[0], sum(_memory(pid) for pid in _tree(root)))


def _tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
            for task in tasks:
                waiting.extend(int(child) for child in (task / "children").read_text().split())
        except OSError:  # it has ended, or this is not Linux
            continue
    return found


def _memory(pid: int) -> float:
    """Memory of a process [MB], its share of shared pages."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
