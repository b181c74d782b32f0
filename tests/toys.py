"""A tiny model of two mechanisms for tests: a rumour that spreads over towns, and guards that turn up for it.

In a module of its own, so that worker processes can import it.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os

import numpy as np

from diarchy.evidence import Judgement
from diarchy.mechanism import Derived, Draw, Fact, Inlet, Mechanism, Parameter, Push, Read, State, kernel
from diarchy.model import Calendar, Model, connect
from diarchy.numerics import binomial_quantile, hazard_to_chance
from diarchy.prior import Prior, fixed, lognormal, uniform
from diarchy.randomness import uniform as luck

TOWNS = ("north", "south", "east")
_TOY = Judgement("a toy for tests")


@kernel
def settle_rumour(now, p, u, inflow, next):
    """Each town's heard grows by a binomial count; guards slow it down."""
    for r in range(now.heard.shape[0]):
        for c in range(now.heard.shape[1]):
            left = int(p.people[c]) - now.heard[r, c]
            rate = p.pace[r] * (0.01 + now.heard[r, c] / p.people[c]) / (1.0 + inflow.calm[r, c])
            chance = hazard_to_chance(rate, now.dt)
            x = luck(u.seed, u.tongues, u.runs[r], u.step, c)
            next.heard[r, c] = now.heard[r, c] + binomial_quantile(left, chance, x)
            next.mood[r, c] = 0.9 * now.mood[r, c] + 0.1 * u.mood[r, c] + p.spite[r] * now.mood[r, c]
        next.phase[r] = 0 if next.heard[r, 0] < 0.5 * p.people[0] else 1


RUMOUR = Mechanism(
    name="rumour",
    doc="A rumour that spreads.",
    settle=settle_rumour,
    states=(
        State("heard", ("town",), "people", "who has heard it", whole=True, lower=0),
        State("mood", ("town",), "1", "excitement", initial=0.5, lower=0, upper=10),
        State("phase", (), "1", "how far it is", levels=("quiet", "loud")),
    ),
    inlets=(Inlet("calm", ("town",), "1", "what slows it down"),),
    parameters=(
        Parameter("pace", "1/day", 0.0, 10.0, lognormal(0.8, 2.0), _TOY, "how fast it spreads"),
        Parameter("spite", "1", 0.0, 5.0, fixed(0.0), _TOY, "makes moods run away"),
    ),
    facts=(Fact("people", ("town",), "people", "who lives there"),),
    draws=(Draw("tongues", keyed=True), Draw("mood", ("town",))),
)


@kernel
def push_guards(now, p, u, out):
    """Guards calm the towns that they are in."""
    for r in range(now.posted.shape[0]):
        for c in range(now.posted.shape[1]):
            out.rumour_calm[r, c] += p.reach[r] * now.posted[r, c]


@kernel
def settle_guards(now, p, u, inflow, next):
    """Guards go where the rumour is."""
    for r in range(now.posted.shape[0]):
        for c in range(now.posted.shape[1]):
            next.posted[r, c] = min(p.half[r], now.posted[r, c] + p.zeal[r] * now.rumour_heard[r, c] * now.dt)
            next.alert[r, c] = 1 if next.posted[r, c] > 0.5 * p.half[r] else 0
            next.turns[r, c] = now.turns[r, c] + next.alert[r, c]


def start_guards(p):
    """Half of the guards can be in one town."""
    return {"half": 0.5 * p.strength}


GUARDS = Mechanism(
    name="guards",
    doc="Guards who turn up.",
    settle=settle_guards,
    push=push_guards,
    start=start_guards,
    states=(
        State("posted", ("town",), "people", "guards in each town", lower=0),
        State("alert", ("town",), "1", "whether they are on alert", levels=("calm", "alert")),
        State("turns", ("town",), "1", "steps on alert", whole=True),
    ),
    parameters=(
        Parameter("reach", "1/people", 0.0, 1.0, uniform(0.0, 0.02), _TOY, "what one guard calms"),
        Parameter("strength", "people", 1.0, 1e4, lognormal(200, 3), _TOY, "guards"),
        Parameter("zeal", "1/day", 0.0, 1.0, uniform(0.01, 0.2), _TOY, "how fast they come"),
    ),
    derived=(Derived("half", (), "people", "half of them"),),
    reads=(Read("rumour.heard", ("town",), otherwise=0.0, whole=True),),
    pushes=(Push("rumour.calm", ("town",)),),
)

RECORD = ("rumour.heard", "rumour.mood", "rumour.phase", "guards.posted", "guards.alert", "guards.turns")


def toy_model(steps: int = 12, arms: tuple[str, ...] = ("base", "no-guards"), **priors: Prior) -> Model:
    """The toy on a calendar of quarter days; arm 'no-guards' drops the guards, 'shy' halves their zeal.

    A prior is given as ``rumour_spite=fixed(1.0)``.
    """
    named = {name.replace("_", ".", 1): prior for name, prior in priors.items()}
    made = {}
    for arm in arms:
        mechanisms = [RUMOUR] if arm == "no-guards" else [GUARDS, RUMOUR]
        own = {"guards.zeal": uniform(0.005, 0.1)} if arm == "shy" else {}
        facts = {"rumour.people": np.array([1000.0, 400.0, 50.0])}
        wanted = {k: v for k, v in (named | own).items() if any(k.startswith(m.name) for m in mechanisms)}
        made[arm] = connect(arm, mechanisms, {"town": TOWNS}, facts, wanted)
    return Model(Calendar(dt.date(2022, 1, 1), 0.25, steps), made)


def settle_bomb(now, p, u, inflow, next):
    """Plain Python that does nothing, to see that uncompiled functions travel too."""
    next.fuse[:] = now.fuse


def start_bomb(p):
    """Ends any worker process at once, and does nothing elsewhere."""
    if multiprocessing.parent_process() is not None:
        os._exit(3)
    return {"fuse": np.zeros(p.length.shape)}


BOMB = Mechanism(
    name="bomb",
    doc="Kills workers.",
    settle=settle_bomb,
    start=start_bomb,
    states=(State("fuse", (), "1", "length left", initial=None),),
    parameters=(Parameter("length", "1", 0.0, 1.0, fixed(1.0), _TOY, "length"),),
)


def _alone(mechanism: Mechanism) -> Model:
    """Two days of one mechanism without places."""
    return Model(Calendar(dt.date(2022, 1, 1), 1.0, 2), {"base": connect("base", [mechanism], {}, {}, {})})


def bomb_model() -> Model:
    """A model that no worker survives."""
    return _alone(BOMB)


def settle_liar(now, p, u, inflow, next):
    """Leaves everything as it is."""
    next.word[:] = now.word


def start_liar(p):
    """Starts what is not declared."""
    return {"word": np.zeros(p.length.shape), "more": np.zeros(p.length.shape)}


LIAR = Mechanism(
    name="liar",
    doc="Does not do what it declares.",
    settle=settle_liar,
    start=start_liar,
    states=(State("word", (), "1", "given", initial=None),),
    parameters=(Parameter("length", "1", 0.0, 1.0, fixed(1.0), _TOY, "length"),),
)


def liar_model() -> Model:
    """A model that is refused when it is tried."""
    return _alone(LIAR)
