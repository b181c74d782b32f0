"""Indices of power: who decides in a vote, which option wins one, and how concentrated a system is.

Three families that mechanisms and classics share: power indices of weighted votes with quota and veto
(Banzhaf; Shapley and Shubik), the probabilistic Condorcet election of the KTAB library, and concentration
(Laakso and Taagepera, Herfindahl and Hirschman, Ray and Singer). What a mechanism needs in a step is compiled
and allocates nothing; indices that are wanted once per model are counted exactly, as whole numbers and
fractions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from diarchy.jit import jit

#: Exact by enumeration: 2**20 coalitions take about a second.
MOST_VOTERS = 20
_FAINTEST = 1e-12  # strength of a coalition of nobody, so that two of them meet at even odds
_CLOSE, _MOST_ROUNDS = 1e-13, 10_000  # when the chances of a Markov election have settled


# Power in weighted votes


@jit
def _count_swings(weight, quota, strict, vetoes, swings):
    """Coalitions that a voter turns from losing to winning, by the number of the others in it."""
    voters = weight.shape[0]
    for coalition in range(1 << voters):
        if coalition & vetoes != vetoes:
            continue
        total, size = 0.0, 0
        for i in range(voters):
            if coalition >> i & 1:
                total += weight[i]
                size += 1
        if not (total > quota if strict else total >= quota):
            continue
        for i in range(voters):
            if not coalition >> i & 1:
                continue
            rest = total - weight[i]
            if vetoes >> i & 1 or not (rest > quota if strict else rest >= quota):
                swings[i, size - 1] += 1


def swings(
    weight: Sequence[float] | np.ndarray,
    quota: float,
    veto: Sequence[int] | np.ndarray = (),
    strict: bool = False,
) -> np.ndarray:
    """How many coalitions each voter turns from losing to winning, by size: (voter, size) whole numbers.

    Parameters
    ----------
    weight : (voter,) votes [1].
    quota : votes that decide [1].
    veto : voters (by number) without whom nobody wins.
    strict : whether the quota must be exceeded, not only reached.

    Raises
    ------
    ValueError : more voters than can be enumerated, or a negative weight.

    >>> swings([1, 1, 1], 2).tolist()
    [[0, 2, 0], [0, 2, 0], [0, 2, 0]]
    """
    votes = np.asarray(weight, dtype=float)
    if len(votes) > MOST_VOTERS:
        raise ValueError(f"{len(votes)} voters; counting every coalition takes at most {MOST_VOTERS}")
    if len(votes) and votes.min() < 0:
        raise ValueError("a voter's weight cannot be negative")
    counted = np.zeros((len(votes), len(votes)), dtype=np.int64)
    _count_swings(votes, float(quota), strict, sum(1 << int(i) for i in veto), counted)
    return counted


def banzhaf(
    weight: Sequence[float] | np.ndarray,
    quota: float,
    veto: Sequence[int] | np.ndarray = (),
    strict: bool = False,
) -> tuple[Fraction, ...]:
    """Normalised Banzhaf index of each voter, exactly: its share of all swings; parameters as for `swings`.

    References
    ----------
    banzhaf1965, penrose1946

    >>> [str(x) for x in banzhaf([4, 4, 4, 2, 2, 1], 12)]
    ['5/21', '5/21', '5/21', '1/7', '1/7', '0']
    """
    each = [int(x) for x in swings(weight, quota, veto, strict).sum(axis=1)]
    return tuple(Fraction(x, max(sum(each), 1)) for x in each)


def shapley_shubik(
    weight: Sequence[float] | np.ndarray,
    quota: float,
    veto: Sequence[int] | np.ndarray = (),
    strict: bool = False,
) -> tuple[Fraction, ...]:
    """Shapley-Shubik index of each voter, exactly: how often it is pivotal over all orders of joining.

    Parameters are those of `swings`.

    References
    ----------
    shapley1954

    >>> [str(x) for x in shapley_shubik([4, 4, 4, 2, 2, 1], 12)]
    ['7/30', '7/30', '7/30', '3/20', '3/20', '0']
    """
    counted = swings(weight, quota, veto, strict)
    n = len(counted)
    orders = [math.factorial(size) * math.factorial(n - 1 - size) for size in range(n)]
    every = math.factorial(n)
    return tuple(
        Fraction(sum(int(c) * o for c, o in zip(row, orders, strict=True)), every) for row in counted
    )


# Elections between options


@jit
def coalition_strength(weight, worth, strength):
    """Strength of the coalition for each option against each other: votes in proportion to what is at stake.

    Parameters
    ----------
    weight : (actor,) capability times salience [1].
    worth : (option, actor) utility of each option to each actor [1].
    strength : (option, option) filled: strength for the first against the second [1].

    References
    ----------
    wise2015
    """
    for i in range(worth.shape[0]):
        for j in range(worth.shape[0]):
            total = 0.0
            for k in range(weight.shape[0]):
                total += max(weight[k] * (worth[i, k] - worth[j, k]), 0.0)
            strength[i, j] = total


@jit
def victory_chance(mine, theirs, exponent):
    """Chance [1] that one coalition beats another: mine^e / (mine^e + theirs^e); two of nobody meet evenly.

    References
    ----------
    tullock1980, wise2015
    """
    ratio = (max(theirs, _FAINTEST) / max(mine, _FAINTEST)) ** exponent
    return 1.0 / (1.0 + ratio)


@jit
def conditional_election(strength, exponent, chance):
    """Chances that each option beats all others at once, given that one does.

    Parameters
    ----------
    strength : (option, option) as from `coalition_strength`.
    exponent : 1 linear, 2 square, 4 quartic, 8 octic [1].
    chance : (option,) filled; sums to 1.
    """
    total = 0.0
    for i in range(chance.shape[0]):
        chance[i] = 1.0
        for j in range(chance.shape[0]):
            if j != i:
                chance[i] *= victory_chance(strength[i, j], strength[j, i], exponent)
        total += chance[i]
    for i in range(chance.shape[0]):
        chance[i] = chance[i] / total if total > 0.0 else 1.0 / chance.shape[0]


@jit
def uniform_election(strength, exponent, chance, work):
    """Chances of a Markov election in which any option is challenged by any other, evenly.

    p_i = sum_j p_ij (p_i + p_j) / n, iterated to its fixed point. `work` is (option,); the rest as for
    `conditional_election`.
    """
    n = chance.shape[0]
    chance[:] = 1.0 / n
    for _ in range(_MOST_ROUNDS):
        moved = 0.0
        for i in range(n):
            work[i] = 0.0
            for j in range(n):
                won = 0.5 if i == j else victory_chance(strength[i, j], strength[j, i], exponent)
                work[i] += won * (chance[i] + chance[j]) / n
        for i in range(n):
            moved = max(moved, abs(work[i] - chance[i]))
            chance[i] = work[i]
        if moved < _CLOSE:
            return


@jit
def incentive_election(strength, exponent, chance, work):
    """Chances of a Markov election in which options are challenged by how much that promises.

    The favourite j is challenged by i in proportion to c_ij p_ij, the challenger's strength times its chance;
    each round moves half-way, as the library does. Parameters as for `uniform_election`.
    """
    n = chance.shape[0]
    chance[:] = 1.0 / n
    for _ in range(_MOST_ROUNDS):
        work[:] = 0.0
        moved = 0.0
        for j in range(n):
            total = 0.0
            for i in range(n):
                total += _incentive(strength, exponent, i, j)
            for i in range(n):
                if total > 0.0:
                    met = chance[j] * _incentive(strength, exponent, i, j) / total
                else:
                    met = chance[j] / n
                won = 0.5 if i == j else victory_chance(strength[i, j], strength[j, i], exponent)
                work[i] += met * won
                work[j] += met * (1.0 - won)
        for i in range(n):
            after = 0.5 * (chance[i] + work[i])
            moved = max(moved, abs(after - chance[i]))
            chance[i] = after
        if moved < _CLOSE:
            return


@jit
def _incentive(strength, exponent, i, j):
    """What challenging j promises i: strength times chance; nobody challenges itself without a reason."""
    won = 0.5 if i == j else victory_chance(strength[i, j], strength[j, i], exponent)
    return strength[i, j] * won


#: The elections by name; each but the first iterates.
ELECTIONS = ("conditional", "uniform", "incentive")


def condorcet(
    strength: Sequence[Sequence[float]] | np.ndarray, election: str = "conditional", exponent: float = 2.0
) -> np.ndarray:
    """Chances of each option in a probabilistic Condorcet election: (option,) [1].

    Parameters
    ----------
    strength : (option, option) coalition strength of the row against the column.
    election : one of `ELECTIONS`.
    exponent : of the victory chances.

    References
    ----------
    wise2015

    >>> condorcet([[0, 51.212], [19.714, 0]]).round(4).tolist()
    [0.8709, 0.1291]
    """
    c = np.array(strength, dtype=float)
    chance, work = np.zeros(len(c)), np.zeros(len(c))
    if election == "conditional":
        conditional_election(c, exponent, chance)
    elif election == "uniform":
        uniform_election(c, exponent, chance, work)
    elif election == "incentive":
        incentive_election(c, exponent, chance, work)
    else:
        raise ValueError(f"no election '{election}'; there are {', '.join(ELECTIONS)}")
    return chance


# Concentration


@jit
def herfindahl(amount):
    """Herfindahl-Hirschman index of amounts: sum of squared shares [1], 1/n to 1; 0 where all are 0.

    References
    ----------
    hirschman1964

    >>> round(herfindahl(np.array([5.0, 3.0, 2.0])), 12)
    0.38
    """
    total, squares = 0.0, 0.0
    for i in range(amount.shape[0]):
        total += amount[i]
        squares += amount[i] * amount[i]
    return squares / (total * total) if total > 0.0 else 0.0


@jit
def effective_number(amount):
    """Laakso-Taagepera number of equal parts that amounts are worth: 1 / sum of squared shares [1].

    References
    ----------
    laakso1979

    >>> round(effective_number(np.array([5.0, 3.0, 2.0])), 6)
    2.631579
    """
    index = herfindahl(amount)
    return 1.0 / index if index > 0.0 else 0.0


@jit
def ray_singer(amount):
    """Ray-Singer concentration of amounts, 0 where all are alike and 1 where one has everything [1].

    sqrt((HHI - 1/n) / (1 - 1/n)); 0 for a system of one.

    References
    ----------
    ray1973

    >>> round(ray_singer(np.array([5.0, 3.0, 2.0])), 6)
    0.264575
    """
    n = amount.shape[0]
    if n < 2:
        return 0.0
    return math.sqrt(max(herfindahl(amount) - 1.0 / n, 0.0) / (1.0 - 1.0 / n))
