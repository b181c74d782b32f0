"""What this process may use, and has used."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def processors() -> int:
    """Processors that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


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
