"""Run the arms of some futures, each only where it can differ from the base.

A lever stops an act and nothing else: until the first time that the act would take place, an arm with the
lever off is the base future bit for bit (same parameters, same luck). Where the act never took place in the
base, the arm's future is the base's, and is copied instead of being computed again. A rival hypothesis with a
lever off is to that hypothesis what the lever is to the base.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from diarchy.engine import Block, advance
from diarchy.model import BESIDE, Arm, Model, is_beside

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


def parent_of(arm: str) -> str:
    """The arm that one is the same as, until an act that it lacks."""
    return arm.rpartition(BESIDE)[0] or BASE


def with_copies(model: Model) -> Model:
    """A model without those arms beside others that are no copies of them, but to be computed in full."""
    arms = {
        name: arm
        for name, arm in model.arms.items()
        if not is_beside(name) or stopped_acts(model.arms[parent_of(name)], arm) is not None
    }
    return replace(model, arms=arms)


def in_turn(arms: Iterable[str]) -> list[str]:
    """Arms in the order in which they are run: what stands beside an arm right after it."""
    names = list(arms)
    beside = {
        name: [other for other in names if is_beside(other) and parent_of(other) == name] for name in names
    }
    return [one for name in names if not is_beside(name) for one in (name, *beside[name])]


def run_arms(
    model: Model,
    values: Mapping[str, Mapping[str, np.ndarray]],
    runs: np.ndarray,
    seed: int,
    record: tuple[str, ...],
    counts: Mapping[str, int] | None = None,
    beside: tuple[str, ...] | None = None,
) -> Iterator[tuple[str, Block, float, float]]:
    """Every arm of some futures: its name, what it left behind, when it began and how long it took [s].

    Parameters
    ----------
    model : the arms; a base comes before its variants.
    values : arm -> qualified parameter -> (run,), of the runs that the arm takes.
    runs, seed, record : as for `engine.advance`.
    counts : arm -> how many of the first runs it takes; all when None, and arms that take none are left out.
    beside : the states to record of an arm that only stands beside another; `record` when None.
    """
    shown = {
        name: stopped_acts(model.arms[parent_of(name)], arm)
        for name, arm in model.arms.items()
        if name != BASE and parent_of(name) in model.arms
    }
    parents: dict[str, Block] = {}
    for name in in_turn(model.arms):
        arm, parent, kept = model.arms[name], parent_of(name), record
        if is_beside(name):
            kept = record if beside is None else beside
        taken = runs if counts is None else runs[: counts[name]]
        if not len(taken):
            continue
        began, spent = time.monotonic(), -time.process_time()
        states, base = shown.get(name), parents.get(parent)
        needed = tuple(dict.fromkeys(kept + _acts(shown, name)))
        if base is None or states is None or len(base.status) < len(taken):
            block = advance(arm, model.calendar, values[name], taken, seed, needed)
        else:
            block = _copied(base, states, arm, model, values[name], taken, seed, needed)
        if not is_beside(name):
            parents = {key: value for key, value in parents.items() if key == BASE} | {name: block}
        records = {state: block.records[state] for state in kept if state in block.records}
        yield name, replace(block, records=records), began, spent + time.process_time()


def _acts(shown: Mapping[str, tuple[str, ...] | None], arm: str) -> tuple[str, ...]:
    """The states in which acts of an arm show that others lack; of the base, those of all arms."""
    lack = [states for name, states in shown.items() if arm in (BASE, parent_of(name))]
    return tuple(state for states in lack for state in states or ())


def _copied(
    base: Block, states: tuple[str, ...], arm: Arm, model: Model, values: Mapping[str, np.ndarray],
    runs: np.ndarray, seed: int, record: tuple[str, ...],
) -> Block:  # fmt: skip
    """An arm's block: computed where an act of its parent is stopped in it, copied from that elsewhere."""
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
