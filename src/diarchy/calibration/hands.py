"""Cases shared among processes: each case is work of its own, and who does it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from diarchy.ensemble.crew import Crew, WorkerDied
from diarchy.ensemble.machine import processors
from diarchy.errors import DesignError, Fault

Tell = Callable[[int, int], None]


def each(
    work: Callable[..., Any], cases: Iterable[tuple[Any, ...]], total: int, workers: int, tell: Tell | None
) -> list[Any]:
    """What `work` gives for each case, in the order of the cases.

    Parameters
    ----------
    work : called with each case's values; a function of a module, so that another process finds it.
    cases : taken one by one, so that making the next may go on while others are worked on.
    total : how many there are.
    workers : processes; 1 works in this one, 0 takes one for each processor.
    tell : told cases done and cases in all.

    Raises
    ------
    DesignError : a process died, or none could be started.
    """
    several = min(workers or processors(), total)
    if several <= 1:
        return _told((work(*case) for case in cases), total, tell)
    crew = Crew(several)
    try:
        return _told(crew.map(work, cases), total, tell)
    except WorkerDied as error:
        cure = "set --workers 1; it shows the cause, and goes on from what was kept"
        raise DesignError([Fault("a worker process died", cure=cure)]) from error
    finally:
        crew.close()


def _told(results: Iterable[Any], total: int, tell: Tell | None) -> list[Any]:
    """All of them, told one by one."""
    found = []
    for result in results:
        found.append(result)
        if tell is not None:
            tell(len(found), total)
    return found
