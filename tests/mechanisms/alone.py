"""One mechanism alone in a small made-up case, driven by hand."""

import numpy as np

from diarchy.engine import World
from diarchy.model import connect
from diarchy.prior import fixed


class Alone:
    """A world of one mechanism: set what it reads and what is pushed to it, then step."""

    def __init__(self, mechanism, facts, runs=1, seed=1, sizes=None, labels=None, **values):
        axes = {"place": ("a", "b"), "group": ("all",), "organ": ("police", "guard")}
        axes |= {"office": ("x", "y", "z"), "power": ("p",)} | (labels or {})
        used = {a for f in (*mechanism.facts, *mechanism.states, *mechanism.reads, *mechanism.pushes,
                            *mechanism.inlets, *mechanism.draws) for a in f.dims}  # fmt: skip
        coordinates = {a: axes[a] for a in used if a in axes}
        priors = {f"{mechanism.name}.{k}": fixed(v) for k, v in values.items()}
        given = {f"{mechanism.name}.{k}": np.asarray(v, dtype=float) for k, v in facts.items()}
        resized = {f"{mechanism.name}.{k}": v for k, v in (sizes or {}).items()}
        self.arm = connect("base", [mechanism], coordinates, given, priors, resized)
        drawn = {
            name: self.arm.priors[name].quantile(np.full(runs, 0.5), p.lower, p.upper)
            for name, p in self.arm.parameters().items()
        }
        self.mechanism, self.runs, self.day_step = mechanism, runs, 0
        self.world = World(self.arm, drawn, np.arange(runs), seed)

    def state(self, name):
        return self.world.states[f"{self.mechanism.name}.{name}"]

    def step(self, dt=0.25, reads=None, inflow=None):
        """One step under foreign states and inflows given by name; the others at their defaults."""
        feed, pushed = {}, {}
        for read in self.mechanism.reads:
            value = (reads or {}).get(read.name, read.otherwise)
            feed[read.name] = np.zeros((self.runs, *self.arm.shape(read.dims)), read.dtype) + np.asarray(
                value, dtype=read.dtype
            )
        for inlet in self.mechanism.inlets:
            value = (inflow or {}).get(inlet.name, 0.0)
            pushed[f"{self.mechanism.name}.{inlet.name}"] = np.zeros(
                (self.runs, *self.arm.shape(inlet.dims))
            ) + np.asarray(value, dtype=float)
        self.world.rehearse(self.mechanism, self.day_step, dt, feed, pushed, plain=False)
        self.day_step += 1
