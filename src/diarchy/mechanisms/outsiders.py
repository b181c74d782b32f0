"""Outsiders: organised armed groups that strike from outside the crowd.

The reading of a crisis that needs no cascade: people with a plan, not of the place and not moved by prices,
come at once and under cover of a protest. They are exogenous: number and day are drawn, nothing in the
country brings them on. In the street they are like the violent of the crowd (seen, feared, shooting back);
they never go home tired, and are there until obeying forces have taken them. A case in which nobody claims
them has none: `number` is 0, and then the mechanism changes nothing, bit for bit.

Their own dead are counted as taken and are not among the crowd's.
"""

from __future__ import annotations

import numpy as np

from diarchy.evidence import Judgement
from diarchy.mechanism import Derived, Draw, Fact, Mechanism, Parameter, Push, Read, State, kernel
from diarchy.numerics import binomial_quantile, hazard_to_chance
from diarchy.prior import fixed, lognormal, uniform


def start(p):
    """Which part of them strikes in each place: the larger a place, the more so."""
    worth = p.reach[None, :] ** p.focus[:, None]
    return {"share": worth / np.maximum(worth.sum(axis=1, keepdims=True), 1.0)}


@kernel
def push(now, p, u, out):
    """They are in the street."""
    for r in range(now.present.shape[0]):
        for place in range(now.present.shape[1]):
            out.crowd_outsiders[r, place] += now.present[r, place]


@kernel
def settle(now, p, u, inflow, next):
    """They come on their day; obeying forces take them where they meet them."""
    for r in range(now.present.shape[0]):
        come = now.struck[r] == 0 and p.number[r] > 0.0 and now.day + now.dt > p.day[r]
        next.struck[r] = 1 if come else now.struck[r]
        for place in range(now.present.shape[1]):
            there, force = now.present[r, place], now.security_force[r, place]
            chance = hazard_to_chance(p.taking[r] * force / (force + there + 1.0), now.dt)
            lost = binomial_quantile(there, chance, u.fate[r, place]) if there > 0 else 0
            fresh = int(p.number[r] * p.share[r, place] + 0.5) if come else 0
            next.present[r, place] = there - lost + fresh
            next.taken[r, place] = now.taken[r, place] + lost


OUTSIDERS = Mechanism(
    name="outsiders",
    doc="Organised armed groups that strike from outside the crowd.",
    start=start,
    push=push,
    settle=settle,
    timescale=1.25,
    states=(
        State("present", ("place",), "people", "outsiders in the street", lower=0.0, whole=True),
        State("taken", ("place",), "people", "outsiders killed or caught so far", lower=0.0, whole=True),
        State("struck", (), "1", "1 once they have come", lower=0, upper=1, whole=True),
    ),
    pushes=(Push("crowd.outsiders", ("place",)),),
    reads=(Read("security.force", ("place",), 0.0),),
    facts=(Fact("reach", ("place",), "people", "people that a strike in the place reaches", default=1.0,
                lower=0.0),),
    derived=(Derived("share", ("place",), "1", "part of them that strikes in the place"),),
    draws=(Draw("fate", ("place",)),),
    parameters=(
        Parameter("number", "people", 0.0, 1e5, fixed(0.0),
            Judgement("none, unless a hypothesis says so: no trial has shown any in public"),
            "how many strike"),
        Parameter("day", "day", 0.0, 365.0, uniform(1.0, 21.0),
            Judgement("within three weeks: a plan waits for cover, and cover does not last"),
            "when they strike"),
        Parameter("focus", "1", 0.0, 4.0, uniform(1.0, 3.0),
            Judgement("a strike in a large city counts for more than its size"),
            "exponent of a place's reach in the choice of targets"),
        Parameter("taking", "1/day", 0.01, 5.0, lognormal(0.5, 2.5),
            Judgement("armed groups hold out for days against superior forces"),
            "hazard of being taken in full contact with obeying forces"),
    ),
)  # fmt: skip
