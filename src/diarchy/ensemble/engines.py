"""Who computes jobs: one small protocol, and the loop that hands out jobs and enters what comes back.

An engine takes a few jobs at a time (so that neither jobs nor results pile up), gives back what is done in
whatever order, and tries again what was lost with its worker. Nothing else about a run depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from diarchy.ensemble.compiling import announced
from diarchy.ensemble.interrupts import Interrupts
from diarchy.ensemble.jobs import Done, Job, Task, compute, try_out
from diarchy.ensemble.ledger import Ledger


class Engine(Protocol):
    """Computes jobs somewhere."""

    def ready(self) -> None:
        """Wait until somebody can compute; what has to be compiled is.

        Raises
        ------
        ModelError : a mechanism does not do what it declares.
        DesignError : nobody can compute, or somebody would compute other numbers.
        """

    def room(self) -> bool:
        """Whether it takes another job now."""

    def submit(self, job: Job) -> None:
        """Take a job."""

    def busy(self) -> bool:
        """Whether something is still to come."""

    def finished(self) -> list[Done]:
        """What has been done since the last call; waits a little.

        Raises
        ------
        OSError : a worker could not write.
        DesignError : a job was lost with its worker too often, or workers are of another version.
        """

    def drop_waiting(self) -> None:
        """Forget the jobs that nobody has begun."""

    def rest(self) -> list[Done]:
        """Wait for what is under way, and give what of it went well."""

    def close(self) -> None:
        """End the workers, whatever they do."""


class Here:
    """Computes in this process, when a job is submitted.

    Parameters
    ----------
    task, first : what jobs share, and how to make one to try it with.
    interrupts : what may break a job off.
    notify : told when compiling takes long.
    """

    def __init__(
        self, task: Task, first: Callable[[], Job], interrupts: Interrupts, notify: Callable[[str], None]
    ):
        self.task, self.first, self.interrupts, self.notify = task, first, interrupts, notify
        self.done: list[Done] = []

    def ready(self) -> None:
        """Compile, or find in the cache, all that is needed."""
        with announced(self.notify):
            try_out(self.task, self.first())

    def room(self) -> bool:
        """One job at a time."""
        return not self.done

    def submit(self, job: Job) -> None:
        """Compute it; the second Ctrl-C gives it up."""
        self.interrupts.breakable = True
        with suppress(KeyboardInterrupt):
            self.done.append(compute(self.task, job))
        self.interrupts.breakable = False

    def busy(self) -> bool:
        """Whether the last job has not been fetched."""
        return bool(self.done)

    def finished(self) -> list[Done]:
        """The last job."""
        done, self.done = self.done, []
        return done

    def drop_waiting(self) -> None:
        """Nothing ever waits."""

    def rest(self) -> list[Done]:
        """Nothing is ever under way."""
        return self.finished()

    def close(self) -> None:
        """There is nobody to end."""


def drive(engine: Engine, jobs: Iterator[Job], ledger: Ledger, interrupts: Interrupts) -> None:
    """Hand out jobs until there are no more or it is asked to stop, and enter what comes back.

    Raises
    ------
    OSError : results cannot be written; what was under way is entered where it can be.
    """
    try:
        while not interrupts.now:
            asked = interrupts.asked
            while not asked and engine.room() and (job := next(jobs, None)) is not None:
                engine.submit(job)
            if asked:
                engine.drop_waiting()
            if not engine.busy():
                return
            for done in engine.finished():
                ledger.add(done)
    except OSError:
        for done in engine.rest():
            with suppress(OSError):
                ledger.add(done)
        raise
    finally:
        engine.close()
