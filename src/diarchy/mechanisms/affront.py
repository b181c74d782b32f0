"""Affront: what sets people off when it is not a price: a stolen election, a killing, a term too many.

A price hurts whoever pays it, at once, until it is capped or people are used to it. An affront hurts whoever
takes it as done to himself. It has to sink in: that it was done, that it stands, and that others mind too is
known after days, not hours. It wears off by itself, and a ruler who gives in takes part of it back, though
what was done can seldom be undone. It is not the shock to beliefs that a full square gives
(`media.surprise`), nor the violence that follows (`crowd.excess`): it is there before the first of these.

    hardship pushed = sting offence sunk fresh (1 - redress conceded)

with `sunk` rising from 0 towards 1 from the day of the affront, and `fresh` falling from 1 towards 0.
"""

from __future__ import annotations

from typing import Any

from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Fact, Mechanism, Parameter, Push, Read, State, kernel, lever
from diarchy.numerics import relax
from diarchy.prior import beta, lognormal


@kernel
def push(now, p, u, out):
    """Hardship of those whom it concerns."""
    for r in range(now.sunk.shape[0]):
        stings = p.sting[r] * p.size[r] * now.sunk[r] * now.fresh[r]
        stings *= 1.0 - p.redress[r] * now.government_concession[r]
        for place in range(p.offence.shape[0]):
            out.crowd_hardship[r, place] += stings * p.offence[place]


@kernel
def settle(now, p, u, inflow, next):
    """Before the day nothing; from then on it sinks in and wears off."""
    for r in range(now.sunk.shape[0]):
        done = now.day >= p.day
        next.sunk[r] = relax(now.sunk[r], 1.0, p.sinking[r], now.dt) if done else 0.0
        next.fresh[r] = relax(now.fresh[r], 0.0, p.fading[r], now.dt) if done else 1.0


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}

AFFRONT = Mechanism(
    name="affront",
    doc="A political affront: whom it stings, how it sinks in and wears off, what giving in takes back.",
    push=push,
    settle=settle,
    timescale=1.25,
    references=("jasper1995", "tucker2007"),
    states=(
        State("sunk", (), "1", "how far it has sunk in", **_share),
        State("fresh", (), "1", "how much of it has not worn off", initial=1.0, **_share),
    ),
    pushes=(Push("crowd.hardship", ("place",)),),
    reads=(Read("government.concession", (), 0.0),),
    facts=(Fact("offence", ("place",), "1", "share of people who take it as done to them", **_share),
           Fact("day", (), "day", "when it is done, from the start of the run")),
    parameters=(
        lever("size", "share of the affront that takes place"),
        Parameter("sting", "1", 0.0, 2.0, lognormal(0.17, 2.0),
            Judgement("a vote stolen from everybody hurts as a doubled price hurts those who live by it"),
            "hardship where all take it as done to them"),
        Parameter("sinking", "day", 0.1, 60.0, lognormal(2.0, 3.0),
            Source("jasper1995", "moral shocks move some at once; others are talked to; size is judgement"),
            "half-life in which it sinks in"),
        Parameter("fading", "day", 3.0, 1000.0, lognormal(60.0, 2.5),
            Source("tucker2007", "a stolen election is a grievance for a season; size is judgement"),
            "half-life in which it wears off"),
        Parameter("redress", "1", 0.0, 1.0, beta(0.3, 6),
            Judgement("few votes are counted again and nobody is brought back to life"),
            "share of it that giving in takes back"),
    ),
)  # fmt: skip
