"""Cooperative games: what each player is worth to the others, from the values of coalitions.

A game is a table of values by the mask of the coalition: bit i is player i. The Shapley value is what a
player adds on average, over all orders of joining (exactly, or by sampled orders with their own error); the
nucleolus is the division that leaves the worst-off coalition least to complain of.

References
----------
shapley1953, schmeidler1969
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from diarchy.randomness import fill_uniforms, stream_of

#: Dual price above which a coalition of the nucleolus is settled: HiGHS' own tolerance.
_TIGHT = 1e-7
_MOST_PLAYERS = 24  # of a table; twice the memory for each more
_STREAM = stream_of("games.orders")


def _players(values: Sequence[Any] | np.ndarray) -> int:
    """The number of players of a table of values."""
    n = max(len(values), 1).bit_length() - 1
    if len(values) != 1 << n or not 0 < n <= _MOST_PLAYERS:
        raise ValueError(f"{len(values)} values are not those of all coalitions: a power of 2 from 2 on")
    return n


def shapley(values: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Shapley value of each player: what it adds on average, over all orders of joining.

    Parameters
    ----------
    values : (2**player,) by mask. Whole numbers and fractions give fractions, floats floats.

    References
    ----------
    shapley1953

    >>> [str(x) for x in shapley([0, 0, 0, 1])]
    ['1/2', '1/2']
    """
    table = np.asarray(values)
    n = _players(table)
    exact = table.dtype.kind != "f"
    each = [Fraction(math.factorial(s) * math.factorial(n - 1 - s), math.factorial(n)) for s in range(n)]
    weight = np.array(each if exact else [float(x) for x in each])
    masks = np.arange(1 << n)
    size = np.bitwise_count(masks).astype(int)
    worth = []
    for i in range(n):
        rest = masks[(masks >> i) & 1 == 0]
        worth.append(np.sum(weight[size[rest]] * (table[rest | (1 << i)] - table[rest])))
    return np.array(worth)


def shapley_sampled(
    value: Callable[[int], float], players: int, samples: int, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Shapley value by sampled orders of joining, and its own standard error: (player,) each.

    Parameters
    ----------
    value : of a coalition by its mask.
    players : how many.
    samples : orders to draw, at least 2.
    seed : key of the luck.

    References
    ----------
    castro2009
    """
    if samples < 2:
        raise ValueError("a standard error needs at least two orders of joining")
    luck = np.zeros((samples, players))
    fill_uniforms(seed, _STREAM, np.arange(samples), 0, luck)
    added = np.zeros((samples, players))
    for s, order in enumerate(np.argsort(luck, axis=1)):
        members, before = 0, value(0)
        for player in order:
            members |= 1 << int(player)
            after = value(members)
            added[s, player] = after - before
            before = after
    return added.mean(axis=0), added.std(axis=0, ddof=1) / math.sqrt(samples)


def nucleolus(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Nucleolus: the division that leaves the worst-off coalition least to complain of, then the next one.

    One linear programme for each level of complaint; coalitions with a dual price are settled at that level,
    and so are all that they determine, so the rank of what is settled grows each time.

    Parameters
    ----------
    values : (2**player,) by mask; a player who joins never lowers what the others have with its own value.

    Raises
    ------
    ValueError : the game is not zero-monotonic; then a player could be left less than its own value.

    References
    ----------
    schmeidler1969, kopelowitz1967
    """
    table = np.asarray(values, dtype=float)
    n = _players(table)
    masks = np.arange(1, (1 << n) - 1)
    for i in range(n):
        rest = masks[(masks >> i) & 1 == 0]
        if np.any(
            table[rest | (1 << i)] < table[rest] + table[1 << i] - _TIGHT * max(np.abs(table).max(), 1.0)
        ):
            raise ValueError("the game is not zero-monotonic: a player can lower what others have")
    scale = float(np.abs(table).max()) or 1.0
    member = ((masks[:, None] >> np.arange(n)) & 1).astype(float)
    settled, levels = [np.ones(n)], [table[-1] / scale]
    found = np.full(n, table[-1] / n / scale)
    while np.linalg.matrix_rank(np.array(settled)) < n:
        found, epsilon, price = _least_complaint(member, table[masks] / scale, settled, levels)
        worst = price > _TIGHT
        settled += list(member[worst])
        levels += list(table[masks][worst] / scale - epsilon)
        left = _undetermined(member, np.array(settled))
        masks, member = masks[left], member[left]
    return (
        np.linalg.lstsq(np.array(settled), np.array(levels), rcond=None)[0] * scale
        if n > 1
        else found * scale
    )


def _undetermined(member: np.ndarray, settled: np.ndarray) -> np.ndarray:
    """Which coalitions' shares do not follow from those that are settled."""
    _, sizes, directions = np.linalg.svd(settled)
    free = directions[int(np.sum(sizes > _TIGHT)) :]
    return np.abs(member @ free.T).max(axis=1, initial=0.0) > _TIGHT


def _least_complaint(
    member: np.ndarray, value: np.ndarray, settled: list[np.ndarray], levels: list[float]
) -> tuple[np.ndarray, float, np.ndarray]:
    """The least of the largest complaints e with value - share <= e: division, e, dual price by coalition."""
    from scipy.optimize import linprog

    n = member.shape[1]
    solved = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.column_stack([-member, -np.ones(len(member))]),
        b_ub=-value,
        A_eq=np.column_stack([np.array(settled), np.zeros(len(settled))]),
        b_eq=np.array(levels),
        bounds=[(None, None)] * (n + 1),
        method="highs",
    )
    if not solved.success:
        raise ValueError(f"no nucleolus was found: {solved.message}")
    return solved.x[:n], float(solved.x[n]), -solved.ineqlin.marginals
