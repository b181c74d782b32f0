"""The contract: what a mechanism declares, and what its functions may touch.

A mechanism is a value: declarations, plus at most four plain functions.

- ``start(p) -> dict``: once per block, in numpy: initial states, and constants derived from parameters.
- ``push(now, p, u, out)``: compiled; adds to others' inlets from what was true at the START of the step.
- ``settle(now, p, u, inflow, next)``: compiled; writes the mechanism's own states for the end of the step.
- ``vet(now, p, inflow) -> list``: once, in Python, at the initial state: reasons to refuse a case.

Everybody reads yesterday, then each owner settles its own today. So there is no order of events to choose,
and dropping a mechanism drops exactly its pushes. The price: an effect takes one step to travel.

The views are named tuples of exactly the declared arrays. They are installed in the mechanism's own module,
by name, because a compiled function is cached on disk under the names of its argument types: a type made on
the fly would have no name to be found by, and every worker would compile again.
"""

from __future__ import annotations

import functools
import math
import sys
import types
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numba
import numpy as np

from diarchy.evidence import Evidence, Judgement
from diarchy.jit import jit
from diarchy.prior import Prior


def kernel(function: Callable) -> Any:
    """Compile a push or settle function: division by zero gives inf, no exception; the cache is on disk.

    Notes
    -----
    A kernel makes no arrays, and views outlive its call: so references are not counted, which would happen
    each time an array is taken out of a view, atomically, and cost more than most arithmetic.
    """
    return jit(function, error_model="numpy", _nrt=False)


def machine_code(function: Any, views: tuple[Any, ...]) -> Callable[..., None]:
    """What a kernel is compiled to for views of these types, and only these; a plain function as it is.

    Numba finds out at each call which types it is given. For views of dozens of arrays that takes five times
    as long as handing them over, and longer than most kernels.
    """
    if not hasattr(function, "overloads"):
        return function
    kinds = function, *(_kind(value) for view in views for value in view)
    if kinds not in _codes:  # naming the types takes numba several milliseconds
        try:
            _codes[kinds] = function.compile(tuple(numba.typeof(view) for view in views))
        except numba.core.errors.NumbaError as error:  # of which kind depends on what was compiled before
            error.add_note("a kernel makes no arrays: it loops over futures; scratch is a private state")
            raise
    return _codes[kinds]


_codes: dict[tuple[Any, ...], Callable[..., None]] = {}


def _kind(value: Any) -> tuple[Any, ...]:
    """All that numba's type of an array or a number depends on."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.ndim, value.flags.num
    return (type(value),)


#: Compile a piece of a kernel: a pass over runs that takes the arrays it needs out of the views once, or
#: arithmetic on plain arrays and numbers. Handing views of dozens of arrays down a call costs more than most
#: pieces.
piece = jit(error_model="numpy", inline="always")


@functools.lru_cache(maxsize=64)
def as_python(function: Callable) -> Callable:
    """A kernel as the Python that it was written in, its pieces too: to step through, and to compare with."""
    plain = getattr(function, "py_func", function)
    ours = {
        name: as_python(value)
        for name in plain.__code__.co_names
        if (value := plain.__globals__.get(name)) is not function
        and getattr(getattr(value, "py_func", None), "__module__", "") == plain.__module__
    }
    told = {**plain.__globals__, **ours}
    return types.FunctionType(plain.__code__, told, plain.__name__, plain.__defaults__, plain.__closure__)


#: What happens to several pushes into one inlet, and the value of an inlet that nobody pushes to.
COMBINE = {"sum": 0.0, "product": 1.0, "max": 0.0}


@dataclass(frozen=True)
class State:
    """What a mechanism knows at the start of each step.

    Parameters
    ----------
    name, dims, unit, doc : dims are named axes behind the run axis.
    initial : value of every cell at the start; None when ``start`` gives it.
    lower, upper : bounds that the engine checks [unit].
    levels : names of the values of a categorical state 0, 1, 2, ...
    whole : whole numbers (int64, or int32 when private) instead of floats.
    private : nobody else may read it or record it; it is settled in place, which saves a copy.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    doc: str
    initial: float | None = 0.0
    lower: float = -math.inf
    upper: float = math.inf
    levels: tuple[str, ...] = ()
    whole: bool = False
    private: bool = False

    @property
    def dtype(self) -> type:
        """The array type."""
        whole = np.int32 if self.private else np.int64
        return whole if self.whole or self.levels else np.float64


@dataclass(frozen=True)
class Inlet:
    """What others may push to a mechanism; emptied each step to the identity of `combine`."""

    name: str
    dims: tuple[str, ...]
    unit: str
    doc: str
    combine: str = "sum"


@dataclass(frozen=True)
class Parameter:
    """One number per run, uncertain, with bounds, prior and evidence.

    A lever (``lever=True``) is a parameter that only variants move: 1 is the world as it is.
    """

    name: str
    unit: str
    lower: float
    upper: float
    prior: Prior
    evidence: Evidence
    doc: str
    lever: bool = False
    stops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A constant of the case, the same in every run: shape (*dims), no run axis.

    `default` (with `dims` all alike) makes it optional; None means that a case must give it.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    doc: str
    default: float | None = None
    lower: float = -math.inf
    upper: float = math.inf


@dataclass(frozen=True)
class Derived:
    """A constant computed by ``start`` from parameters and facts: shape (run, *dims)."""

    name: str
    dims: tuple[str, ...]
    unit: str
    doc: str


@dataclass(frozen=True)
class Draw:
    """Uniforms in (0, 1), a pure function of (seed, mechanism.draw, run, step, slot).

    A plain draw reaches the kernels as an array (run, *dims). A `keyed` one reaches them as its stream
    number, for `randomness.uniform(u.seed, u.name, u.runs[r], u.step, slot)`: right where most cells need no
    luck.
    """

    name: str
    dims: tuple[str, ...] = ()
    keyed: bool = False


@dataclass(frozen=True)
class Read:
    """A foreign state: `otherwise` is read when its owner is dropped; None: it cannot be done without.

    `whole` says that its owner declares whole numbers or levels: the view has one type with and without it.
    """

    name: str
    dims: tuple[str, ...]
    otherwise: float | None = None
    whole: bool = False

    @property
    def dtype(self) -> type:
        """The array type."""
        return np.int64 if self.whole else np.float64


@dataclass(frozen=True)
class Push:
    """A foreign inlet that a mechanism adds to; pushes to a mechanism that is not there go nowhere."""

    name: str
    dims: tuple[str, ...]
    otherwise = 0.0
    dtype = np.float64


#: What is declared with a unit and a sentence, and what is laid out along axes.
Declared = State | Inlet | Parameter | Fact | Derived
LaidOut = State | Inlet | Fact | Derived | Draw | Read | Push


def lever(name: str, doc: str, stops: tuple[str, ...] = ()) -> Parameter:
    """A parameter in [0, 1] that is 1 in the world as it is, and that variants move.

    `stops` names the mechanism's own states that show an act which the lever at 0 stops, and only stops:
    until one of them leaves 0, futures with and without the lever are the same. An ensemble relies on it.
    """
    from diarchy.prior import fixed

    reason = "a lever for counterfactuals: 1 is the world as it is"
    return Parameter(name, "1", 0.0, 1.0, fixed(1.0), Judgement(reason), doc, lever=True, stops=stops)


def view_name(qualified: str) -> str:
    """How a foreign state or inlet is called in a view: ``crowd.street`` is ``crowd_street``."""
    return qualified.replace(".", "_")


@dataclass(frozen=True)
class Mechanism:
    """A value that says what a mechanism is; see the module's docstring for its functions.

    Parameters
    ----------
    name, doc, version : singular noun of the field; one sentence; a string to raise when numbers move.
    sizes : axes of the mechanism's own with their default length, such as the bins of a distribution; a tuple
        of axes means the product of their lengths.
    reads : qualified foreign states, each a `Read`.
    pushes : qualified foreign inlets, each a `Push`.
    timescale : [day] the fastest feedback, for the check that steps are short enough.
    references : keys of ``docs/references.bib``.
    """

    name: str
    doc: str
    settle: Callable[..., None]
    states: tuple[State, ...]
    push: Callable[..., None] | None = None
    start: Callable[[Any], dict[str, np.ndarray]] | None = None
    vet: Callable[[Any, Any, Any], list[str]] | None = None
    inlets: tuple[Inlet, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    facts: tuple[Fact, ...] = ()
    derived: tuple[Derived, ...] = ()
    draws: tuple[Draw, ...] = ()
    reads: tuple[Read, ...] = ()
    pushes: tuple[Push, ...] = ()
    sizes: dict[str, int | tuple[str, ...]] = field(default_factory=dict)
    timescale: float = 1.0
    references: tuple[str, ...] = ()
    version: str = "1"

    def __post_init__(self) -> None:
        own = [x.name for x in self.declared()]
        if twice := sorted({n for n in own if own.count(n) > 1}):
            raise ValueError(f"mechanism '{self.name}' declares {', '.join(twice)} twice")
        for view, fields in self.views().items():
            _install(self.settle.__module__, f"{self.name}_{view}", fields)

    def declared(self) -> tuple[Declared, ...]:
        """What it declares of its own, with units: states, inlets, parameters, facts, derived constants."""
        return (*self.states, *self.inlets, *self.parameters, *self.facts, *self.derived)

    def laid_out(self) -> tuple[LaidOut, ...]:
        """What it declares along axes, foreign states and inlets included."""
        own: tuple[LaidOut, ...] = (*self.states, *self.inlets, *self.facts, *self.derived)
        return (*own, *self.draws, *self.reads, *self.pushes)

    def views(self) -> dict[str, tuple[str, ...]]:
        """The fields of each view, in order."""
        return {
            "now": (*(s.name for s in self.states), *(view_name(r.name) for r in self.reads), "day", "dt"),
            "p": (
                *(p.name for p in self.parameters),
                *(f.name for f in self.facts),
                *(d.name for d in self.derived),
            ),
            "u": (*(d.name for d in self.draws), "seed", "runs", "step"),
            "out": tuple(view_name(push.name) for push in self.pushes),
            "inflow": tuple(i.name for i in self.inlets),
            "next": tuple(s.name for s in self.states),
        }

    def view(self, which: str) -> Any:
        """The named-tuple class of one view: 'now', 'p', 'u', 'out', 'inflow' or 'next'."""
        return getattr(sys.modules[self.settle.__module__], f"{self.name}_{which}")

    def state(self, name: str) -> State:
        """One state by its own name."""
        return next(s for s in self.states if s.name == name)


def _install(module: str, name: str, fields: tuple[str, ...]) -> None:
    """Put a named-tuple class into a module under its own name, so that caches and pickles find it."""
    setattr(sys.modules[module], name, namedtuple(name, fields, module=module))
