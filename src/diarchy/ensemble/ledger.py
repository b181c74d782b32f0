"""The books of a run: which blocks are done, how fast it goes, what it took.

Each block is entered in the store's journal as soon as its chunks are in their place. Nothing here grows with
the number of futures.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from diarchy.ensemble import store
from diarchy.ensemble.jobs import Done, put_chunks
from diarchy.ensemble.journal import Entry, Journal, read_journal
from diarchy.ensemble.machine import peak_memory

#: Called with runs done, runs in all, runs per second so far, and seconds left (infinite while unknown).
Progress = Callable[[int, int, float, float], None]

_SYNC_EVERY = 5.0  # seconds between two calls to bring the chunks' files from memory to the disk


def rate_and_left(done: int, total: int, elapsed: float, found: int = 0) -> tuple[float, float]:
    """How many are done a second, and how many seconds are left; infinite while nothing is known.

    Parameters
    ----------
    done, total : how many, and of how many.
    elapsed : [s] that they took, but for those that were found done.
    found : how many of them these are.
    """
    rate = (done - found) / max(elapsed, 1e-9)
    if done >= total:
        return rate, 0.0
    return rate, (total - done) / rate if rate > 0 else math.inf


class Ledger:
    """Enters blocks in the journal, tells the progress, and closes with the manifest.

    Parameters
    ----------
    path, said : the store, and what its manifest says.
    total : runs of all arms.
    started : when the run was called, on `time.perf_counter` [s].
    there : blocks that an earlier go has left.
    progress : told how far it is.
    compare : refuses a block that is not what it should be.
    """

    def __init__(
        self, path: Path, said: Mapping[str, Any], total: int, started: float,
        there: Iterable[Entry], progress: Progress | None, compare: Callable[[Done], None] | None = None,
    ):  # fmt: skip
        self.path, self.said, self.total, self.started, self.progress = path, said, total, started, progress
        self.compare = compare or (lambda _: None)
        self.count = self.failed = 0
        self.cpu_s = self.before_s = 0.0
        for entry in there:
            self.count += entry.count
            self.failed += entry.failed
            self.cpu_s += sum(share.cpu_s for share in entry.arms.values())
            self.before_s = max(self.before_s, entry.engine_s)
        self.found = self.count
        self.peaks: dict[str, float] = {}
        self.began = self.ended = self.synced = time.monotonic()
        self.computing = False
        self.journal = Journal(path)

    def begin(self) -> None:
        """Start the clock of the computing itself."""
        self.began = self.ended = self.synced = time.monotonic()
        self._tell()

    def add(self, done: Done) -> None:
        """Enter a block, after writing its chunks where its worker did not.

        Raises
        ------
        OSError : the disk is full or gone.
        """
        self.compare(done)
        put_chunks(self.path, done.chunks)
        self.ended = time.monotonic()
        if not self.computing:
            self.began, self.computing = self.ended - done.elapsed_s, True
        self.journal.add(Entry(done.first, round(self.engine_s, 3), done.shares))
        self.count += done.count
        self.failed += sum(share.failed for share in done.shares.values())
        self.cpu_s += sum(share.cpu_s for share in done.shares.values())
        self.peaks[done.worker] = max(self.peaks.get(done.worker, 0.0), done.memory_mb)
        if self.ended - self.synced > _SYNC_EVERY:
            self._sync()
        self._tell()

    @property
    def engine_s(self) -> float:
        """[s] from the first step computed to the last block written, over all goes at the store."""
        return self.before_s + (self.ended - self.began if self.computing else 0.0)

    def _sync(self) -> None:
        """Bring the chunks' files to the disk; one by one, each would wait for the disk on its own."""
        getattr(os, "sync", lambda: None)()
        self.synced = time.monotonic()

    def _tell(self) -> None:
        """Report how far it is."""
        if self.progress is not None:
            pace = rate_and_left(self.count, self.total, self.ended - self.began, self.found)
            self.progress(self.count, self.total, *pace)

    def close(self, failing: bool) -> None:
        """Save for the last time; when `failing`, another fault is on its way and a full disk is no news.

        Raises
        ------
        DesignError : the manifest cannot be written.
        """
        try:
            self.journal.close()
            self._sync()
            store.write_manifest(self.path, self.manifest())
            store.sweep(self.path)
        except OSError as error:
            if not failing:
                raise store.unwritable(self.path, error, self.kept()) from error

    def kept(self) -> str:
        """What a store holds that could not be finished."""
        return _kept(self.path, self.count, self.total)

    def manifest(self) -> dict[str, Any]:
        """What is said of the run, with what it took; times in seconds, memory in MB.

        `engine_s` leaves out compiling and starting workers, which `elapsed_s`, of the last go, has; `cpu_s`
        is the workers' processor time. `peak_memory_mb` adds up the peaks of all processes, so the true peak
        is not above it.
        """
        peaks = {"parent": peak_memory()}
        peaks |= {
            worker: peak for worker, peak in self.peaks.items() if not worker.endswith(f":{os.getpid()}")
        }
        return {
            **self.said,
            "finished": self.count == self.total,
            "done": self.count,
            "failed": self.failed,
            "engine_s": round(self.engine_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "elapsed_s": round(time.perf_counter() - self.started, 3),
            "peak_memory_mb": round(sum(peaks.values()), 1),
        }


def kept_in(path: Path, total: int) -> str:
    """What a store holds, by its journal, of a run of so many futures."""
    entries = read_journal(path)[0].values()
    return _kept(path, sum(entry.count for entry in entries), total)


def _kept(path: Path, count: int, total: int) -> str:
    """What is kept, in a sentence."""
    more = "; go on with --resume" if count else ""
    return f"the {count} of {total} futures that were finished are kept in {path}{more}"
