"""Islands: independent filters of one theory, whose spread says how well its evidence is known.

One filter cannot know of the futures that it has not found, and its own account of its error is too small
where reports leave few. So the futures of a theory are sifted in a few islands that know nothing of each
other. The mean of their evidences is the theory's evidence, a future counts by its weight times the evidence
of its island, and the standard deviation of their logarithms is told as the error: not divided by the root of
their number, since the mean of numbers that are e-folds apart is about a share of the greatest.

References
----------
verge2015
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import logsumexp

from diarchy.ensemble.design import Design
from diarchy.model import Arm
from diarchy.updating.cloud import Cloud, Weighed, start
from diarchy.updating.kinship import Kinship

#: Islands of a theory, the fewest futures that make one, and the most (kinship is kept for each pair).
ISLANDS, FEWEST, MOST = 4, 16, 1024
#: Run numbers of all islands are below this, and each has an equal part of them for new luck.
_NUMBERS = 2**32


def islands_of(futures: int) -> int:
    """How many islands futures make."""
    return max(1, min(ISLANDS, futures // FEWEST), -(-futures // MOST))


def settle(arm: Arm, design: Design, futures: int, times: float, number: int) -> tuple[Cloud, ...]:
    """The islands of one theory at the start.

    Parameters
    ----------
    arm, design : what is run; draws.
    futures : how many shall be in the end.
    times : how many times as many there are at the start.
    number : of islands.
    """
    many = -(-futures // number)
    n = round(many * times)
    whole = replace(design, futures=max(design.futures, n * number))
    free = np.linspace(whole.futures, _NUMBERS, number, endpoint=False).astype(int)
    islands = []
    for island in range(number):
        runs = whole.runs[island * n : (island + 1) * n]
        draws = whole.draw_of(runs)
        islands.append(start(arm, whole.points[draws], runs, draws, int(free[island]), many))
    return tuple(islands)


def merged(islands: Sequence[Cloud]) -> Cloud:
    """All futures of a theory, which count by their weight times the evidence of their island."""
    if len(islands) == 1:
        return islands[0]
    first = islands[0]
    log = np.concatenate([one.log_weight + one.log_evidence for one in islands])

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(one, name) for one in islands])

    assert all(one.states is not None for one in islands)
    return replace(
        first,
        runs=joined("runs"),
        scores=joined("scores"),
        kin=Kinship.joined([one.kin for one in islands]),
        free=max(one.free for one in islands),
        many=sum(one.many for one in islands),
        log_weight=log - logsumexp(log),
        status=joined("status"),
        likely=joined("likely"),
        past=(),
        states={n: np.concatenate([(one.states or {})[n] for one in islands]) for n in first.states or {}},
        path={n: np.concatenate([one.path[n] for one in islands]) for n in first.path},
        log=_log(islands),
    )


def _log(islands: Sequence[Cloud]) -> tuple[Weighed, ...]:
    """What each lot of reports did to all islands together."""
    each = np.array([[one.log_evidence for one in island.log] for island in islands])  # (island, lot)
    so_far = np.concatenate([np.zeros((len(islands), 1)), np.cumsum(each, axis=1)], axis=1)
    mean = logsumexp(so_far, axis=0) - np.log(len(islands))
    spread = np.var(so_far, axis=0, ddof=1)
    lots = []
    for number, lot in enumerate(zip(*(island.log for island in islands), strict=True)):
        weight = np.exp(so_far[:, number] - logsumexp(so_far[:, number]))
        lots.append(
            Weighed(
                lot[0].reports,
                float(mean[number + 1] - mean[number]),
                float(spread[number + 1] - spread[number]),
                {name: float(weight @ [one.surprise[name] for one in lot]) for name in lot[0].surprise},
                float(sum(one.at_once for one in lot)),
                max(one.stages for one in lot),
                float(np.mean([one.accepted for one in lot])),
            )
        )
    return tuple(lots)
