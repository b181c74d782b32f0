"""Lay out an ensemble: which parameter values each future gets, the same luck in every arm.

The design is nested: run i has parameter draw i // repeats, so that several futures of one draw tell apart
what luck does and what not knowing the parameters does. The uniforms behind the values are shared by all
arms; two arms differ only where their priors differ (common random numbers).

A parameter's column is its place in the sorted list of the parameters of any arm, those with a fixed value
included. So freeing, fixing or re-believing one parameter moves no other; a scenario with other mechanisms
has other columns.

Nothing is laid out before it is asked for: values are made a page of draws at a time, and a page depends on
nothing but seed and place, whoever asks in whatever order. So a design of a hundred thousand futures takes
the memory of one page (but for a Latin hypercube, whose draws all depend on one another).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diarchy.errors import DesignError, Faults, nearest
from diarchy.model import Model
from diarchy.randomness import stream_of

#: How parameter draws may be spread, and what each is good for.
METHODS = {
    "sobol": "scrambled Sobol points: draw i does not depend on how many are asked for",
    "lhs": "a Latin hypercube: every margin evenly filled, but all draws change with their number",
}
_SOBOL_BITS = 32
_PAGE = 1024  # draws that are made at once; a power of two, as the sequence wants
_PAGES = 2  # that are held: the draws of one block may lie on both sides of a page's end
_TINY = 2.0**-53  # the spacing of doubles just below 1
_MOST_FUTURES = 2**32 - 1  # run numbers are 32-bit words of the random counter
_MOST_SEED = 2**64 - 1


@dataclass(frozen=True)
class Design:
    """Which parameter values each future gets.

    Parameters
    ----------
    model : whose parameters are drawn.
    futures : number of runs of each arm.
    seed : of the points; the runs' luck takes the same one unless told otherwise.
    repeats : runs that share a draw of the parameters.
    method : one of `METHODS`.
    """

    model: Model
    futures: int
    seed: int
    repeats: int
    method: str

    @property
    def draws(self) -> int:
        """Number of parameter draws."""
        return -(-self.futures // self.repeats)

    @cached_property
    def points(self) -> np.ndarray:
        """All uniforms in (0, 1), shared by all arms: (draw, parameter), in the order of `names`."""
        points = np.concatenate([self._source.page(first) for first in range(0, self.draws, _PAGE)])
        points.flags.writeable = False
        return points

    @property
    def runs(self) -> np.ndarray:
        """All run numbers: (run,)."""
        return np.arange(self.futures)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Qualified parameters of any arm, sorted: the columns of `points`."""
        return tuple(self.model.parameters())

    def draw_of(self, runs: Sequence[int] | np.ndarray) -> np.ndarray:
        """The parameter draw that each run belongs to: (run,)."""
        return np.asarray(runs, dtype=np.int64) // self.repeats

    def values(self, arm: str, runs: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
        """The parameters of some runs of one arm.

        Parameters
        ----------
        arm : name of an arm of the model.
        runs : run numbers.

        Returns
        -------
        dict : qualified parameter -> (run,) [its unit], aligned with `runs`.

        Raises
        ------
        DesignError : no such arm, or a run number beyond the design.
        """
        faults = Faults(DesignError)
        if arm not in self.model.arms:
            known = self.model.arms
            faults.add(f"no arm '{arm}'", allowed=", ".join(known), near=nearest(arm, known))
        numbers = np.asarray(runs, dtype=np.int64)
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < self.futures):
            outside = numbers[(numbers < 0) | (numbers >= self.futures)][0]
            faults.add(f"no run {outside} in this design", allowed=f"0 to {self.futures - 1}")
        faults.raise_if_any()
        pages, places = np.divmod(self.draw_of(numbers), _PAGE)
        values = {name: np.empty(len(numbers)) for name in self.model.arms[arm].parameters()}
        for page in np.unique(pages):
            there = np.flatnonzero(pages == page)
            for name, column in self._page(int(page))[arm].items():
                values[name][there] = column[places[there]]
        return values

    def _page(self, number: int) -> dict[str, dict[str, np.ndarray]]:
        """Arm -> parameter -> (draw,) of one page; the last few that were asked for are held."""
        if number not in self._held:
            while len(self._held) >= _PAGES:
                del self._held[next(iter(self._held))]
            self._held[number] = self._values_at(self._source.page(number * _PAGE))
        return self._held[number]

    @cached_property
    def _held(self) -> dict[int, dict[str, dict[str, np.ndarray]]]:
        """The pages that are held, in the order in which they were made."""
        return {}

    @cached_property
    def _source(self) -> _Sobol | _Hypercube:
        """Where points come from."""
        return (_Sobol if self.method == "sobol" else _Hypercube)(self.draws, self.names, self.seed)

    def _values_at(self, points: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
        """What the priors of each arm make of some points; arms that believe the same share an array."""
        column = {name: points[:, j] for j, name in enumerate(self.names)}
        made: dict[tuple[Any, ...], np.ndarray] = {}
        tables: dict[str, dict[str, np.ndarray]] = {}
        for key, arm in self.model.arms.items():
            tables[key] = {}
            for name, parameter in arm.parameters().items():
                belief = (name, arm.priors[name], parameter.lower, parameter.upper)
                if belief not in made:
                    made[belief] = arm.priors[name].quantile(column[name], *belief[2:])
                tables[key][name] = made[belief]
        return tables


class _Sobol:
    """The points of a scrambled Sobol sequence, in the middle of their cells: never 0, never 1."""

    def __init__(self, draws: int, names: Sequence[str], seed: int):
        self.draws, self.columns, self.seed = draws, len(names), seed
        self.sequence: Any = None

    def page(self, first: int) -> np.ndarray:
        """The points of a page of draws: (draw, parameter)."""
        count = min(_PAGE, self.draws - first)
        if self.columns == 0:
            return np.empty((count, 0))
        if self.sequence is None or self.sequence.num_generated > first:
            self._begin()
        if (ahead := first - self.sequence.num_generated) > 0:
            self.sequence.fast_forward(ahead)
        balanced = 1 << (count - 1).bit_length()  # as the sequence wants; the rest is not used
        return self.sequence.random(balanced)[:count] + 0.5 / 2**_SOBOL_BITS

    def _begin(self) -> None:
        """The sequence from its first point on."""
        from scipy.stats import qmc

        luck = np.random.default_rng([self.seed, stream_of("design.sobol")])
        self.sequence = qmc.Sobol(self.columns, scramble=True, bits=_SOBOL_BITS, rng=luck)


class _Hypercube:
    """A Latin hypercube with a stream of its own for each parameter: no column moves another."""

    def __init__(self, draws: int, names: Sequence[str], seed: int):
        self.points = np.empty((draws, len(names)))
        for j, name in enumerate(names):
            luck = np.random.default_rng([seed, stream_of(f"design.lhs.{name}")])
            self.points[:, j] = (luck.permutation(draws) + luck.random(draws)) / draws
        np.clip(self.points, _TINY, 1.0 - _TINY, out=self.points)  # 0 and 1 have no finite normal quantile

    def page(self, first: int) -> np.ndarray:
        """The points of a page of draws: (draw, parameter)."""
        return self.points[first : first + _PAGE]


def sample(model: Model, futures: int, seed: int, repeats: int = 4, method: str = "sobol") -> Design:
    """Draw the parameters of an ensemble.

    Parameters
    ----------
    model : whose parameters are drawn.
    futures : number of runs of each arm.
    seed : of the points.
    repeats : runs that share a draw; no more than there are futures.
    method : one of `METHODS`.

    Raises
    ------
    DesignError : every fault found.
    """
    faults = Faults(DesignError)
    if not 1 <= futures <= _MOST_FUTURES:
        faults.add(f"{futures} futures cannot be run", allowed=f"1 to {_MOST_FUTURES}", cure="set --futures")
    if not 0 <= seed <= _MOST_SEED:
        faults.add(f"seed {seed} is out of range", allowed=f"0 to {_MOST_SEED}", cure="set --seed")
    if repeats < 1:
        faults.add(f"{repeats} repeats of a draw", allowed="1 or more", cure="set `repeats` under `run`")
    if method not in METHODS:
        faults.add(f"no design '{method}'", allowed=", ".join(METHODS), near=nearest(method, METHODS))
    if not model.arms:
        faults.add("the model has no arm to run")
    faults.raise_if_any()
    return Design(model, futures, seed, min(repeats, futures), method)
