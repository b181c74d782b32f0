"""The engine of a cluster: Dask, on workers that somebody has started, or on some of this machine's own.

Workers get the task with each job and give back encoded chunks, which the parent writes; so they need no
file system in common, keep nothing, and may come and go. Dask runs again what was lost with a worker. Before
work, and again in each worker that comes later, versions and sources are compared: a worker that would
compute other numbers is named, and computes none.
"""

from __future__ import annotations

import logging
import os
import pickle
import platform
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from diarchy.ensemble.crew import TRIES, starting
from diarchy.ensemble.identity import software, versions
from diarchy.ensemble.jobs import Done, Job, Task, compute, try_out
from diarchy.ensemble.parcel import pack
from diarchy.errors import DesignError, Fault, Faults

LOCAL = "local"
_SCHEMES = ("tcp", "tls")  # of schedulers in other processes
_UNDER_WAY = 2  # jobs per thread of a worker that are handed out at a time
_LOOK_EVERY = 0.25  # seconds between two looks at whether to stop
_COUNT_EVERY = 2.0  # seconds between two counts of the workers
_ANSWER = 30.0  # seconds for a scheduler to answer
_PATIENCE = 120.0  # seconds without any worker before it is given up
_CURE = "install the same versions there; `diarchy doctor` shows those of a machine"


@dataclass(frozen=True)
class Skew:
    """A worker that would compute something else, and what differs."""

    worker: str
    differences: tuple[str, ...]


class Cluster:
    """Computes on Dask workers, a few jobs for each of their threads at a time.

    Parameters
    ----------
    address : of a scheduler, such as ``tcp://host:8786``; 'local' starts workers here.
    workers : processes of 'local'.
    task, first : what jobs share, and one to try it with.
    kept : says what the store holds, for faults.

    Raises
    ------
    DesignError : Dask is not installed, nobody answers, or no worker comes.
    """

    def __init__(self, address: str, task: Task, first: Job, workers: int, kept: Callable[[], str]):
        distributed = _dask()
        self.address, self.parcel, self.said, self.kept = address, pack(task), dict(task.software), kept
        self.first = first
        self.pending: set[Any] = set()
        self.threads, self.counted, self.seen = 0, -np.inf, time.monotonic()
        self.local: Any = None
        self.client: Any = None
        try:
            if address == LOCAL:
                with starting():
                    self.local = distributed.LocalCluster(
                        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
                        silence_logs=logging.CRITICAL,
                    )  # fmt: skip
            else:
                _check_address(address)
            self.client = distributed.Client(self.local or address, timeout=_ANSWER, set_as_default=False)
            self.client.wait_for_workers(workers if self.local else 1, timeout=_PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            self.close()
            what = f"no Dask workers at '{address}': {error}"
            cure = "start a scheduler and workers (docs/how_to/cluster.md), or take --dask local"
            raise DesignError([Fault(what, cure=cure)]) from error

    def ready(self) -> None:
        """Compare every worker with the parent, and what they compute with one another.

        Raises
        ------
        DesignError : every worker that differs, or that cannot load the model.
        """
        answers = self._greeted()
        faults, trials = Faults(DesignError), {}
        for worker, answer in answers.items():
            if isinstance(answer, BaseException):
                faults.add(f"worker {worker} cannot take part: {answer}", cure=_CURE)
            elif isinstance(answer, Skew):
                faults.found += _skewed(answer).faults
            else:
                trials[worker] = answer
        if len(set(trials.values())) > 1:
            named = ", ".join(f"{worker}: {trial}" for worker, trial in trials.items())
            faults.add(f"workers compute different numbers ({named})", cure="use machines of one kind")
        faults.raise_if_any()

    def _greeted(self) -> Mapping[str, Any]:
        """What the workers answer, but for those that die over it; where none is left, others that come."""
        for _ in range(TRIES):
            with suppress(TimeoutError):
                self.client.wait_for_workers(1, timeout=_PATIENCE)
            said = self.client.run(_greet, self.said, self.parcel, self.first, on_error="return", wait=True)
            gone = _dask().comm.CommClosedError
            if answers := {worker: a for worker, a in said.items() if not isinstance(a, gone)}:
                return answers
        what = f"workers died before any work, {TRIES} times"
        raise DesignError([Fault(what, self.address, cure="see what their logs say; is memory short?")])

    def room(self) -> bool:
        """Whether fewer jobs are out than keep every worker busy."""
        now = time.monotonic()
        if now - self.counted > _COUNT_EVERY:
            self.threads, self.counted = sum(self.client.nthreads().values()), now
            self.seen = now if self.threads else self.seen
        return len(self.pending) < _UNDER_WAY * max(self.threads, 1)

    def submit(self, job: Job) -> None:
        """Hand a job to the scheduler."""
        self.pending.add(self.client.submit(_work, self.said, self.parcel, job, pure=False))

    def busy(self) -> bool:
        """Whether jobs are out."""
        return bool(self.pending)

    def finished(self) -> list[Done]:
        """What has come back."""
        distributed = _dask()
        self.room()
        if time.monotonic() - self.seen > _PATIENCE:
            raise self._lost(f"no worker has been there for {_PATIENCE:.0f} s")
        with suppress(TimeoutError), self.client.as_current():
            distributed.wait(list(self.pending), timeout=_LOOK_EVERY, return_when="FIRST_COMPLETED")
        came = [future for future in self.pending if future.done()]
        self.pending -= set(came)
        try:
            done = [future.result() for future in came]
        except distributed.KilledWorker as error:
            raise self._lost("a job lost its worker again and again: short of memory?") from error
        except (distributed.client.FutureCancelledError, OSError, TimeoutError) as error:
            raise self._lost(f"the scheduler is gone: {error}") from error
        for answer in done:
            if isinstance(answer, Skew):
                raise _skewed(answer)
        return done

    def _lost(self, what: str) -> DesignError:
        """A cluster that does not go on."""
        return DesignError([Fault(f"{what}; {self.kept()}", self.address, cure="mend the cluster")])

    def drop_waiting(self) -> None:
        """Take back what no worker has begun; Dask does not tell, so all that has not come back."""
        waiting = [future for future in self.pending if not future.done()]
        self.client.cancel(waiting)
        self.pending -= set(waiting)

    def rest(self) -> list[Done]:
        """What has come back already; a parent that cannot write waits for no more."""
        done = [future.result() for future in self.pending if future.status == "finished"]
        self.pending = set()
        return [answer for answer in done if isinstance(answer, Done)]

    def close(self) -> None:
        """Leave the cluster; end the workers that were started here."""
        with suppress(Exception):  # what is being left may be gone already
            if self.client is not None:
                self.client.cancel(list(self.pending))
                self.client.close(timeout=5)
        with suppress(Exception):
            if self.local is not None:
                self.local.close(timeout=10)


def _dask() -> Any:
    """Dask, which is an extra.

    Raises
    ------
    DesignError : it is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        cure = "pip install 'diarchy[cluster]', or leave --dask out"
        raise DesignError([Fault(f"Dask is not installed ({error})", cure=cure)]) from error
    return distributed


def _check_address(address: str) -> None:
    """Refuse an address that no client can call: one that fails over it is never done with being closed.

    Raises
    ------
    ValueError : it is not one of Dask's, or there are no certificates for it.
    """
    distributed = _dask()
    scheme, _ = distributed.comm.parse_address(address)
    if scheme not in _SCHEMES:
        raise ValueError(f"'{scheme}' is none of {', '.join(_SCHEMES)}")
    _, port = distributed.comm.get_address_host_port(address)
    if not 0 < port < 2**16:
        raise ValueError(f"there is no port {port}")
    if scheme == "tls" and not distributed.Security().get_connection_args("client").get("ssl_context"):
        raise ValueError("Dask has no certificates here: set distributed.comm.tls in its configuration")


def _skewed(skew: Skew) -> DesignError:
    """A worker that differs."""
    return DesignError([Fault(f"worker {skew.worker}: {text}", cure=_CURE) for text in skew.differences])


def _greet(said: Mapping[str, str], parcel: bytes, first: Job) -> Any:
    """On a worker: what differs, or a digest of the trial, which compiles too."""
    answer = _unpacked(tuple(sorted(said.items())), parcel)
    return answer if isinstance(answer, Skew) else try_out(answer, first)


def _work(said: Mapping[str, str], parcel: bytes, job: Job) -> Done | Skew:
    """On a worker: one job."""
    answer = _unpacked(tuple(sorted(said.items())), parcel)
    return answer if isinstance(answer, Skew) else compute(answer, job)


@lru_cache(maxsize=1)
def _unpacked(said: tuple[tuple[str, str], ...], parcel: bytes) -> Task | Skew:
    """The task, if this worker computes it with what the parent has; versions first: models may not load."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    theirs = dict(said)
    here = {"python": platform.python_version(), **versions()}
    if differing := _differing(theirs, here):
        return Skew(worker, differing)
    try:
        task: Task = pickle.loads(parcel)
    except Exception as error:  # another source can fail to load in any way
        return Skew(worker, (f"cannot load the model: {error}",))
    return Skew(worker, differing) if (differing := _differing(theirs, software(task.model))) else task


def _differing(theirs: Mapping[str, str], here: Mapping[str, str]) -> tuple[str, ...]:
    """What differs of what a worker has, in words."""
    return tuple(
        f"{name} is {ours} there, {theirs.get(name)} here" for name, ours in here.items()
        if theirs.get(name) != ours
    )  # fmt: skip
