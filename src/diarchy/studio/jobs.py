"""Runs that the studio has started: each a process of its own, one at a time, that outlives a page's reload.

A job is the command line's own `diarchy run`, told by its JSON lines how far it is. So what a page starts is
what a person would have typed, a fault in it cannot take the server along, and to stop it is to press Ctrl-C:
what is under way is finished and kept, and can be resumed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diarchy.errors import DesignError, Fault

#: Jobs that may wait, and jobs that are remembered after they have ended.
MOST_WAITING, MOST_KEPT = 8, 64
#: Lines of a job's speech that are kept, and the longest line that is read [byte].
MOST_LINES, LONGEST_LINE = 200, 64 * 1024
#: The largest document that a job may print [byte].
MOST_OUTPUT = 16 * 1024 * 1024
#: Seconds that a job gets to finish what is under way when the server ends.
PATIENCE = 20.0
INTERRUPTED, WRONG_INPUT, FUTURES_FAILED = 130, 2, 4
OPEN = ("queued", "running", "stopping")


@dataclass
class Job:
    """One run, from asked for to ended; changed by its own thread only.

    Parameters
    ----------
    id : its name here.
    case : what it runs, for people.
    command : arguments of `diarchy`.
    store : where its results go.
    state : queued, running, stopping, done, stopped (what was finished is kept), or failed.
    done, total, rate, left_s : futures finished, in all, per second, and seconds to go where known.
    faults : why it failed.
    said : its last lines.
    narrowing : the main answer while it runs: futures, value, interval.
    """

    id: str
    case: str
    command: tuple[str, ...]
    store: Path
    state: str = "queued"
    done: int = 0
    total: int = 0
    rate: float = 0.0
    left_s: float | None = None
    faults: list[dict[str, str]] = field(default_factory=list)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    narrowing: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0
    process: subprocess.Popen[bytes] | None = None

    def document(self) -> dict[str, Any]:
        """What a page is told."""
        kept = self.store.is_dir() and self.state not in ("queued", "failed")
        return {
            "id": self.id, "case": self.case, "state": self.state, "done": self.done, "total": self.total,
            "rate": round(self.rate, 2), "left_s": self.left_s, "faults": self.faults,
            "result": self.store.name if kept else None, "said": list(self.said)[-5:],
            "narrowing": self.narrowing, "version": self.version,
        }  # fmt: skip


class Jobs:
    """The queue: one job runs at a time, so that two do not fight for the cores.

    Parameters
    ----------
    look : called with a store now and then while its job runs; gives a point of `narrowing`, or None.
    """

    def __init__(self, look: Callable[[Path], dict[str, Any] | None] | None = None):
        self.look = look
        self.all: dict[str, Job] = {}
        self.changed = threading.Condition()
        self.ending = False
        self.thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self.thread.start()

    def add(self, case: str, command: Sequence[str], store: Path) -> Job:
        """Queue a run.

        Raises
        ------
        DesignError : too many are waiting, or one into the same store is open.
        """
        with self.changed:
            waiting = [job for job in self.all.values() if job.state in OPEN]
            if len(waiting) > MOST_WAITING:
                raise DesignError([Fault("too many runs are waiting", cure="wait, or stop one")])
            if any(job.store == store for job in waiting):
                raise DesignError([Fault(f"a run into {store.name} is under way", cure="stop it first")])
            job = Job(f"job-{len(self.all) + 1}-{os.urandom(3).hex()}", case, tuple(command), store)
            self.all[job.id] = job
            self._forget()
            self.changed.notify_all()
        return job

    def _forget(self) -> None:
        """Drop the oldest jobs that have ended."""
        ended = [key for key, job in self.all.items() if job.state not in OPEN]
        for key in ended[: max(0, len(self.all) - MOST_KEPT)]:
            del self.all[key]

    def find(self, key: str) -> Job | None:
        """A job by its name."""
        return self.all.get(key)

    def stop(self, job: Job) -> None:
        """Let a job finish what is under way and keep it; one that waits is dropped."""
        with self.changed:
            if job.state == "queued":
                self._move(job, "stopped")
            elif job.state == "running" and job.process is not None:
                self._move(job, "stopping")
                job.process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Stop everything as Ctrl-C would, and wait a while for what is under way."""
        with self.changed:
            self.ending = True
            self.changed.notify_all()
        for job in list(self.all.values()):
            self.stop(job)
        self.thread.join(PATIENCE)
        for job in self.all.values():
            if job.process is not None and job.process.poll() is None:
                job.process.kill()
                job.process.wait()

    def wait(self, job: Job, version: int, seconds: float) -> int:
        """The version of a job's document once it is no longer `version`, or after so long."""
        with self.changed:
            self.changed.wait_for(lambda: job.version != version or self.ending, seconds)
        return job.version

    def _move(self, job: Job, state: str | None = None) -> None:
        """Note a change; the lock is held."""
        job.state = state or job.state
        job.version += 1
        self.changed.notify_all()

    def _work(self) -> None:
        """Run what is queued, one after the other."""
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.ending or self._next() is not None)
                if self.ending:
                    return
                job = self._next()
                if job is None:
                    continue
                try:
                    job.process = _start(job.command)
                except OSError as error:
                    job.faults = [vars(Fault(f"the run cannot be started: {error.strerror or error}"))]
                    self._move(job, "failed")
                    continue
                self._move(job, "running")
            self._follow(job)

    def _next(self) -> Job | None:
        """The job that has waited longest."""
        return next((job for job in self.all.values() if job.state == "queued"), None)

    def _follow(self, job: Job) -> None:
        """Read what a job says until it ends."""
        process = job.process
        assert process is not None
        assert process.stderr is not None
        assert process.stdout is not None
        printed: list[bytes] = []
        reader = threading.Thread(target=_drain, args=(process.stdout, printed), daemon=True)
        reader.start()
        looked = 0
        while line := process.stderr.readline(LONGEST_LINE):
            with self.changed:
                self._hear(job, line.decode("utf-8", "replace").strip())
            if self.look is not None and job.total and job.done * 10 // job.total > looked:
                looked = job.done * 10 // job.total
                self._look(job)
        code = process.wait()
        reader.join(PATIENCE)
        process.stderr.close()
        process.stdout.close()
        with self.changed:
            job.left_s = None
            self._move(job, _ended(job, code, b"".join(printed)))

    def _hear(self, job: Job, line: str) -> None:
        """One line of a job: how far it is, or something for people."""
        told = _progress(line)
        if told is None:
            if line:
                job.said.append(line)
        else:
            job.done, job.total = int(told["done"]), int(told["total"])
            job.rate, job.left_s = float(told["rate_per_s"]), told.get("left_s")
        self._move(job)

    def _look(self, job: Job) -> None:
        """Ask the store of a running job what it would answer by now."""
        point = self.look(job.store) if self.look else None
        if point is not None:
            with self.changed:
                job.narrowing.append(point)
                self._move(job)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A process of its own: deaf to the terminal's Ctrl-C, holding none of the server's sockets."""
    return subprocess.Popen(
        [sys.executable, "-m", "diarchy.cli", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        close_fds=True,
    )


def _drain(stream: Any, printed: list[bytes]) -> None:
    """Take a stream to its end, keeping no more than a bound."""
    left = MOST_OUTPUT
    while part := stream.read(64 * 1024):
        if left > 0:
            printed.append(part[:left])
            left -= len(part)


def _progress(line: str) -> Mapping[str, Any] | None:
    """A line of progress as its fields; None for any other line."""
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("schema") == "diarchy/progress/1" else None


def _ended(job: Job, code: int, printed: bytes) -> str:
    """The state of a job that has ended; its faults are taken from what it printed."""
    if code in (0, FUTURES_FAILED):
        return "done"
    if code == INTERRUPTED:
        return "stopped"
    try:
        found = json.loads(printed).get("faults", []) if printed else []
    except (ValueError, AttributeError):
        found = []
    died = f"the run ended with code {code}" if code >= 0 else f"the run was killed (signal {-code})"
    cure = "what was finished is kept and can be resumed" if job.store.is_dir() else ""
    job.faults = found or [vars(Fault("; ".join([died, *list(job.said)[-1:]]), cure=cure))]
    return "failed" if code == WRONG_INPUT or not job.store.is_dir() else "stopped"
