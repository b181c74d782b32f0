"""Cases shared among processes: each case is work of its own, and who does it changes nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from diarchy.ensemble.machine import processors
from diarchy.ensemble.processes import starting
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
    left = iter(cases)
    with starting():  # processes start with the first cases
        pool = ProcessPoolExecutor(several, mp_context=multiprocessing.get_context("spawn"))
        under_way = [pool.submit(work, *case) for case in islice(left, several)]
    try:
        under_way += [pool.submit(work, *case) for case in left]
        return _told((one.result() for one in under_way), total, tell)
    except BrokenProcessPool as error:
        cure = "set --workers 1; it shows the cause, and goes on from what was kept"
        raise DesignError([Fault("a worker process died", cure=cure)]) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _told(results: Iterable[Any], total: int, tell: Tell | None) -> list[Any]:
    """All of them, told one by one."""
    found = []
    for result in results:
        found.append(result)
        if tell is not None:
            tell(len(found), total)
    return found
