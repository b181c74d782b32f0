"""Run the arms of some futures, each only where it can differ from the base.

A lever stops an act and nothing else: until the first time that the act would take place, an arm with the
lever off is the base future bit for bit (same parameters, same luck). Where the act never took place in the
base, the arm's future is the base's, and is copied instead of being computed again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import numpy as np

from diarchy.engine import Block, advance
from diarchy.model import Arm, Model

BASE = "base"


def stopped_acts(base: Arm, arm: Arm) -> tuple[str, ...] | None:
    """The states of the base that show whether an arm can differ from it; None when it can differ anyway.

    An arm qualifies that has the same mechanisms, facts and axes, and the same priors but for levers that are
    on in the base, off in the arm, and say which states their acts show in.
    """
    names = [m.name for m in base.mechanisms]
    if (
        names != [m.name for m in arm.mechanisms]
        or base.sizes != arm.sizes
        or base.facts.keys() != arm.facts.keys()
    ):
        return None
    if any(not np.array_equal(fact, arm.facts[name]) for name, fact in base.facts.items()):
        return None
    shown: list[str] = []
    for name, parameter in base.parameters().items():
        was, now = base.priors[name], arm.priors[name]
        if was == now:
            continue
        switched = was.is_fixed and now.is_fixed and was.numbers[0] == 1.0 and now.numbers[0] == 0.0
        if not (switched and parameter.stops):
            return None
        shown += [f"{name.partition('.')[0]}.{state}" for state in parameter.stops]
    return tuple(shown)


def run_arms(
    model: Model,
    values: Mapping[str, Mapping[str, np.ndarray]],
    runs: np.ndarray,
    seed: int,
    record: tuple[str, ...],
    counts: Mapping[str, int] | None = None,
) -> Iterator[tuple[str, Block, float, float]]:
    """Every arm of some futures: its name, what it left behind, when it began and how long it took [s].

    Parameters
    ----------
    model : the arms, in order; a base comes before its variants.
    values : arm -> qualified parameter -> (run,), of the runs that the arm takes.
    runs, seed, record : as for `engine.advance`.
    counts : arm -> how many of the first runs it takes; all when None, and arms that take none are left out.
    """
    shown = {
        name: stopped_acts(model.arms[BASE], arm)
        for name, arm in model.arms.items()
        if name != BASE and BASE in model.arms
    }
    extra = tuple(
        dict.fromkeys(state for states in shown.values() for state in states or () if state not in record)
    )
    base: Block | None = None
    for name, arm in model.arms.items():
        taken = runs if counts is None else runs[: counts[name]]
        if not len(taken):
            continue
        began, spent = time.monotonic(), -time.process_time()
        states = shown.get(name)
        if base is None or states is None or len(base.status) < len(taken):
            block = advance(
                arm, model.calendar, values[name], taken, seed, record + (extra if name == BASE else ())
            )
        else:
            block = _beside(base, states, arm, model, values[name], taken, seed, record)
        if name == BASE:
            base = block
            block = Block(
                {k: v for k, v in block.records.items() if k in record},
                block.status,
                block.failed_at,
                block.watched,
            )
        yield name, block, began, spent + time.process_time()


def _beside(
    base: Block, states: tuple[str, ...], arm: Arm, model: Model, values: Mapping[str, np.ndarray],
    runs: np.ndarray, seed: int, record: tuple[str, ...],
) -> Block:  # fmt: skip
    """An arm's block: computed where an act of the base is stopped in it, copied from the base elsewhere."""
    count = len(runs)
    acted = np.zeros(count, dtype=bool)
    for state in states:
        acted |= base.records[state][:count].reshape(count, -1).any(axis=1)
    records = {name: array[:count].copy() for name, array in base.records.items() if name in record}
    status, failed_at = base.status[:count].copy(), base.failed_at[:count].copy()
    again = np.nonzero(acted | (status != 0))[0]
    if len(again):
        some = {name: column[again] for name, column in values.items()}
        part = advance(arm, model.calendar, some, runs[again], seed, record)
        status[again], failed_at[again] = part.status, part.failed_at
        for name, array in part.records.items():
            records[name][again] = array
    return Block(records, status, failed_at, base.watched)
