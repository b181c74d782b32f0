"""Lay out an ensemble: which parameter values each future gets, the same luck in every arm.

The design is nested: run i has parameter draw i // repeats, so that several futures of one draw tell apart
what luck does and what not knowing the parameters does. The uniforms behind the values are shared by all
arms; two arms differ only where their priors differ (common random numbers).

A parameter's column is its place in the sorted list of the parameters of any arm, those with a fixed value
included. So freeing, fixing or re-believing one parameter moves no other; a scenario with other mechanisms
has other columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
    points : (draw, parameter) uniforms in (0, 1), shared by all arms; parameters in sorted order.
    """

    model: Model
    futures: int
    seed: int
    repeats: int
    method: str
    points: np.ndarray

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
        if arm not in self._tables:
            faults.add(f"no arm '{arm}'", allowed=", ".join(self._tables), near=nearest(arm, self._tables))
        numbers = np.asarray(runs, dtype=np.int64)
        if numbers.size and not (numbers.min() >= 0 and numbers.max() < self.futures):
            outside = numbers[(numbers < 0) | (numbers >= self.futures)][0]
            faults.add(f"no run {outside} in this design", allowed=f"0 to {self.futures - 1}")
        faults.raise_if_any()
        draws = self.draw_of(numbers)
        return {name: column[draws] for name, column in self._tables[arm].items()}

    @cached_property
    def _tables(self) -> dict[str, dict[str, np.ndarray]]:
        """Arm -> parameter -> (draw,); whole columns at once, whichever runs are asked for."""
        column = {name: self.points[:, j] for j, name in enumerate(self.names)}
        return {
            key: {
                name: arm.priors[name].quantile(column[name], parameter.lower, parameter.upper)
                for name, parameter in arm.parameters().items()
            }
            for key, arm in self.model.arms.items()
        }


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
    repeats = min(repeats, futures)
    draws, names = -(-futures // repeats), list(model.parameters())
    points = _sobol(draws, len(names), seed) if method == "sobol" else _latin_hypercube(draws, names, seed)
    points.flags.writeable = False
    return Design(model, futures, seed, repeats, method, points)


def _sobol(draws: int, columns: int, seed: int) -> np.ndarray:
    """The first points of a scrambled Sobol sequence, in the middle of their cells: never 0, never 1."""
    if columns == 0:
        return np.empty((draws, 0))
    from scipy.stats import qmc

    luck = np.random.default_rng([seed, stream_of("design.sobol")])
    sequence = qmc.Sobol(columns, scramble=True, bits=_SOBOL_BITS, rng=luck)
    balanced = 1 << (draws - 1).bit_length()  # a power of two, as the sequence wants; the rest is not used
    return sequence.random(balanced)[:draws] + 0.5 / 2**_SOBOL_BITS


def _latin_hypercube(draws: int, names: Sequence[str], seed: int) -> np.ndarray:
    """A Latin hypercube with a stream of its own for each parameter: no column moves another."""
    points = np.empty((draws, len(names)))
    for j, name in enumerate(names):
        luck = np.random.default_rng([seed, stream_of(f"design.lhs.{name}")])
        points[:, j] = (luck.permutation(draws) + luck.random(draws)) / draws
    return np.clip(points, _TINY, 1.0 - _TINY)  # 0 and 1 have no finite normal quantile
