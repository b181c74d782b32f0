"""`diarchy run --until-ci`: how many futures it takes until the answers are as precise as is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diarchy.ensemble.results import Results
    from diarchy.questions.answer import Answer

MOST_FUTURES = 100_000
_MOST_TIMES = 4.0  # more futures than before in one go: the width is an estimate too
_SPARE = 1.05  # so that the next go is likely to be the last


def widest(found: Iterable[Answer]) -> tuple[float, str]:
    """The widest Monte Carlo interval of base's probabilities, and its question; 0 where there is none."""
    width, question = 0.0, ""
    for answer in found:
        low, high = answer.interval["monte_carlo"] or (None, None)
        if answer.kind != "probability" or answer.arm != "base" or answer.minus_arm:
            continue
        if low is not None and high is not None and high - low > width:
            width, question = high - low, answer.id
    return width, question


def more(results: Results, found: Iterable[Answer], width: float | None) -> int | None:
    """How many futures to go on to; None where the answers are precise enough, or no more are run.

    Parameters
    ----------
    results, found : what has been run, and its answers.
    width : the widest interval that is wanted; None where none is asked for.

    Notes
    -----
    An interval narrows with the square root of the futures. Whole blocks are asked for, since a block that is
    filled up later is run again.
    """
    futures = int(results.attrs["futures"])
    if width is None or results.interrupted or futures >= MOST_FUTURES:
        return None
    now, _ = widest(found)
    if now <= width:
        return None
    block = int(results.attrs["block"])
    wanted = futures * min(_SPARE * (now / width) ** 2, _MOST_TIMES)
    return min(MOST_FUTURES, block * math.ceil(max(wanted, futures + 1) / block))


def go_on(options: Mapping[str, Any], results: Results, futures: int) -> dict[str, Any]:
    """The options of a run that goes on with a store to so many futures."""
    return {**options, "futures": futures, "out": results.path, "resume": True, "force": False}


def missed(found: Iterable[Answer], width: float | None) -> str:
    """What is said of answers that are not as precise as was asked; empty where they are."""
    now, question = widest(found)
    if width is None or now <= width:
        return ""
    return f"not as precise as asked: the interval of '{question}' is {now:.3f} wide, not {width:g}"
