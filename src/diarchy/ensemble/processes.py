"""The engine of one machine: worker processes, started afresh when one of them dies.

A worker that is killed (for memory, by a person, by the system) takes nothing with it but the job that was
under way; it is run again, a few times, since the next worker may fare better and gives the same bits.
"""

from __future__ import annotations

import concurrent.futures
import pickle
from collections.abc import Callable
from concurrent.futures import Future

from diarchy.ensemble.compiling import COMPILING, cold
from diarchy.ensemble.crew import SHORT, TRIES, Crew, WorkerDied
from diarchy.ensemble.identity import software
from diarchy.ensemble.jobs import Done, Job, Task, compute, try_out
from diarchy.ensemble.parcel import pack
from diarchy.errors import DesignError, Fault

_UNDER_WAY = 2  # jobs per worker that are handed out at a time
_LOOK_EVERY = 0.25  # seconds between two looks at whether to stop


class Processes:
    """Computes in processes of their own, a few jobs a worker at a time.

    Parameters
    ----------
    task, first : what jobs share, and one to try it with.
    workers : processes.
    kept : says what the store holds, for the fault of a job that is lost too often.
    notify : told what takes long, and that a worker died.

    Notes
    -----
    Workers start at once, and load all that is compiled while the parent has other things to do.

    Raises
    ------
    DesignError : a mechanism cannot be sent to a worker, or the one that compiles dies.
    """

    def __init__(
        self, task: Task, first: Job, workers: int, kept: Callable[[], str], notify: Callable[[str], None]
    ) -> None:
        self.workers, self.kept, self.notify, self.told = workers, kept, notify, 0
        self.pending: set[Future[Done]] = set()
        self.done: list[Done] = []
        prepare = _begin, pack(task), first
        if cold(task.model):  # once, in a process that gives back at its end the memory that compiling takes
            notify(COMPILING)
            _compile(Crew(1, *prepare))
        self.crew = Crew(workers, *prepare)
        self.loading = [self.crew.submit(_ready) for _ in range(workers)]

    def ready(self) -> None:
        """Wait for the first worker to have loaded everything; the others are about to."""
        came = concurrent.futures.wait(self.loading, return_when=concurrent.futures.FIRST_COMPLETED).done
        self._tell()
        try:
            came.pop().result()
        except WorkerDied as error:
            cure = f"{SHORT}; a script of your own must call `run` under `if __name__ == '__main__':`"
            raise DesignError(
                [Fault(f"worker processes died at their start, {TRIES} times", cure=cure)]
            ) from error

    def room(self) -> bool:
        """Whether fewer jobs are out than keep every worker busy."""
        return len(self.pending) < _UNDER_WAY * self.workers

    def submit(self, job: Job) -> None:
        """Hand a job to whoever is free first."""
        self.pending.add(self.crew.submit(_work, job))

    def busy(self) -> bool:
        """Whether jobs are out."""
        return bool(self.pending or self.done)

    def finished(self) -> list[Done]:
        """What has come back."""
        first = concurrent.futures.FIRST_COMPLETED
        came = concurrent.futures.wait(self.pending, timeout=_LOOK_EVERY, return_when=first).done
        self.pending -= came
        self._tell()
        self.done += [future.result() for future in came if future.exception() is None]
        for error in filter(None, (future.exception() for future in came)):
            raise self._died() if isinstance(error, WorkerDied) else error
        done, self.done = self.done, []
        return done

    def _tell(self) -> None:
        """Say that workers have died since it was last said."""
        if self.crew.deaths > self.told:
            self.told = self.crew.deaths
            self.notify("a worker process died; another takes its place, and what was under way is run again")

    def _died(self) -> DesignError:
        """Workers that die again and again over the same futures."""
        what = f"a worker process died, {TRIES} times over the same futures; {self.kept()}"
        return DesignError([Fault(what, cure=SHORT)])

    def drop_waiting(self) -> None:
        """Take back what no worker has begun."""
        self.pending = {future for future in self.pending if not future.cancel()}

    def rest(self) -> list[Done]:
        """What of the jobs under way goes well."""
        self.drop_waiting()
        ended = concurrent.futures.wait(self.pending).done
        self.pending = set()
        return self.done + [future.result() for future in ended if future.exception() is None]

    def close(self) -> None:
        """End the workers."""
        self.crew.close()


def _compile(crew: Crew) -> None:
    """Fill the cache by a crew of one."""
    try:
        crew.submit(_ready).result()
    except WorkerDied as error:
        cure = "set --workers 1; it shows the cause"
        raise DesignError([Fault("the process that compiles died", cure=cure)]) from error
    finally:
        crew.close()


_task: Task | None = None  # of this worker


def _begin(parcel: bytes, first: Job) -> None:
    """Prepare a worker: unpack the task once, and load all that it computes with.

    Raises
    ------
    DesignError : the program is not the one that the run was begun with: a worker that replaces another
        loads what is there now.
    """
    global _task
    _task = pickle.loads(parcel)
    here = software(_task.model)
    if changed := [name for name, was in _task.software.items() if here.get(name) != was]:
        what = f"{', '.join(changed)} changed while the run went on: a new worker would compute other numbers"
        raise DesignError([Fault(what, cure="go on with --resume where it is as before, or run it again")])
    try_out(_task, first)


def _ready() -> None:
    """Nothing: who answers is prepared."""


def _work(job: Job) -> Done:
    """One job in a worker."""
    assert _task is not None
    return compute(_task, job)
