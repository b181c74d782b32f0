"""The engine of Epstein's Model I: agents in turn on a board, in compiled code.

A citizen reads two numbers at its own site, how many cops and how many active see it; whoever moves, or
changes its mind, changes those numbers around itself. So a turn of a quiet citizen costs the same however
far it sees.
"""

from __future__ import annotations

import math

import numpy as np

from diarchy.classics.torus import (
    ACTIVE,
    ARREST,
    BLOCKS,
    COP,
    EMPTY,
    JAILED,
    QUIET,
    Board,
    any_free_site,
    below,
    blank,
    fill_words,
    first_try,
    later_try,
    nth_in_view,
    put,
    relocate,
    seen,
    shuffled,
    tell,
    unit,
    words,
)  # fmt: skip
from diarchy.jit import jit

PRINTED, FLOOR, NEAREST = range(3)
_TURNS = 1024  # turns whose luck is drawn at a time


def settle(citizens: int, cops: int, board: Board, seed: int, stream: int) -> tuple[np.ndarray, ...]:
    """Citizens, then cops, on sites at random; all quiet.

    What stands on each site and who, how many cops and active see it, where each agent is, when each is free.
    """
    place = board.inner[shuffled(len(board.inner), seed, stream, 0)[: citizens + cops]]
    what, who, cops_seen, active_seen = blank(board)
    _populate(place, citizens, what, cops_seen, board)
    who[place] = np.arange(citizens + cops)
    return (
        what,
        who,
        cops_seen,
        active_seen,
        place,
        np.zeros(citizens + cops),
        np.arange(citizens + cops, dtype=np.int32),
    )


@jit
def _populate(place, citizens, what, cops_seen, board):
    """Write everybody on the board."""
    for agent in range(len(place)):
        put(what, place[agent], QUIET if agent < citizens else COP, board.images, board.copies)
        if agent >= citizens:
            tell(cops_seen, place[agent], board.around, board.stride, 1)


def withdraw(world: tuple[np.ndarray, ...], gone: int, board: Board) -> None:
    """Take cops off the grid until `gone` of them are; sites were given at random, so the last are any."""
    what, who, cops_seen, _, place, free_at, _ = world
    for cop in range(len(place) - gone, len(place)):
        if not np.isinf(free_at[cop]):
            tell(cops_seen, place[cop], board.around, board.stride, -1)
            put(what, place[cop], EMPTY, board.images, board.copies)
            who[place[cop]], place[cop], free_at[cop] = -1, -1, np.inf


@jit
def advance(begin, end, world, daring, board, settings, key, active, jailed):
    """Periods from `begin` to before `end`: each agent once, one after another, in a new random order."""
    what, who, cops_seen, active_seen, place, free_at, order = world
    stride, inner, home, images, copies, steps, around = board
    reading, moves, stays, act_first, term = settings
    agents, luck = len(order), np.empty((_TURNS, 4), np.uint32)
    rebels, held = active[begin - 1], jailed[begin - 1]  # before the first period: the last, which is 0
    for tick in range(begin, end):
        for turn in range(agents):
            row = turn % _TURNS
            if row == 0:
                fill_words(key[0], key[1], key[2], tick, turn, luck[: min(_TURNS, agents - turn)])
            slot = turn * BLOCKS
            other = turn + below(np.uint64(luck[row, 0]), agents - turn)
            agent = order[other]
            order[turn], order[other] = agent, order[turn]
            if free_at[agent] > 0.0:
                if free_at[agent] > tick:
                    continue
                site = place[agent] if stays else any_free_site(what, inner, key, tick, slot)
                if site < 0:
                    continue
                place[agent], who[site], free_at[agent] = site, agent, 0.0
                put(what, site, QUIET, images, copies)
                held -= 1
            site = place[agent]
            kind = what[site]
            for act in (act_first, not act_first):
                if not act and moves:
                    there = first_try(site, what, steps, luck, row)
                    if there == site:
                        there = later_try(site, what, steps, key, tick, slot)
                    there = home[there]
                    if there != site:
                        relocate(agent, kind, site, there, place, what, who, images, copies)
                        if kind == COP:
                            tell(cops_seen, site, around, stride, -1)
                            tell(cops_seen, there, around, stride, 1)
                        elif kind == ACTIVE:
                            tell(active_seen, site, around, stride, -1)
                            tell(active_seen, there, around, stride, 1)
                        site = there
                elif act and kind == COP:
                    near = seen(active_seen, site, images, copies)
                    if near > 0:
                        _arrest(site, near, world, board, JAILED if stays else EMPTY, term, key, tick, slot)
                        rebels, held = rebels - 1, held + 1
                elif act:
                    cops = seen(cops_seen, site, images, copies)
                    others = seen(active_seen, site, images, copies) - (kind == ACTIVE)
                    now = _mood(cops / (others + 1), reading, daring[agent])
                    if now != kind:
                        by = 1 if now == ACTIVE else -1
                        put(what, site, now, images, copies)
                        tell(active_seen, site, around, stride, by)
                        rebels, kind = rebels + by, now
        active[tick], jailed[tick] = rebels, held


@jit
def _arrest(site, near, world, board, left, term, key, tick, slot):
    """Jail one of so many active in view; `left` is what then stands on its site."""
    what, who, _, active_seen, _, free_at, _ = world
    lot = words(key[0], key[1], key[2], tick, slot + ARREST)
    caught = board.home[nth_in_view(site, what, ACTIVE, below(lot[0], near), board.steps)]
    tell(active_seen, caught, board.around, board.stride, -1)
    free_at[who[caught]] = tick + 1.0 + term * unit(lot[1])
    put(what, caught, left, board.images, board.copies)


@jit
def _mood(ratio, reading, daring):
    """What a citizen is who sees so many cops to each active, itself among them: ACTIVE or QUIET."""
    if reading == FLOOR:
        ratio = math.floor(ratio)
    elif reading == NEAREST:
        ratio = np.rint(ratio)
    return ACTIVE if ratio < daring else QUIET
