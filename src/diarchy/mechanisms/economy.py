"""Economy: the price of fuel, the hardship that it pushes onto the street, and what strikes cost.

The price follows a scheduled shock upwards at once and a cap downwards with a delay. What hurts is the price
against the one that people are used to, weighted by how far a place depends on that fuel.
"""

from __future__ import annotations

import math

import numpy as np

from diarchy.evidence import Judgement
from diarchy.mechanism import Derived, Fact, Inlet, Mechanism, Parameter, Push, Read, State, kernel, lever
from diarchy.numerics import relax
from diarchy.prior import lognormal, uniform


def start(p):
    """Price at the start, the shocked one if the shock lies before day 0; habit: the price before it."""
    shocked = p.reference_price * (p.shock_price / p.reference_price) ** p.shock_size[:, None]
    first = np.where(p.shock_day <= 0.0, shocked, p.reference_price)
    habit = np.broadcast_to(p.reference_price, first.shape)
    return {"shocked_price": shocked, "price": first, "habit": habit}


@kernel
def push(now, p, u, out):
    """Hardship: sensitivity x dependence x log(price / habit), never negative."""
    for r in range(now.price.shape[0]):
        for place in range(now.price.shape[1]):
            pain = math.log(now.price[r, place] / now.habit[r, place])
            out.crowd_hardship[r, place] += p.sensitivity[r] * p.dependence[place] * max(0.0, pain)


@kernel
def settle(now, p, u, inflow, next):
    """Price, habit and oil output at the end of the step."""
    for r in range(now.price.shape[0]):
        for place in range(now.price.shape[1]):
            price = now.price[r, place]
            target = p.shocked_price[r, place] if now.day >= p.shock_day else p.reference_price[place]
            if inflow.cap[r, place] > 0.0:
                target = min(target, p.cap_level[r] * p.reference_price[place])
            falling = relax(price, target, p.pass_through[r], now.dt)
            next.price[r, place] = target if target > price else falling
            next.habit[r, place] = relax(now.habit[r, place], price, p.habituation[r], now.dt)
            share = now.crowd_share[r, place]
            idle = p.oil[place] * share / (share + p.strike_half[r])
            next.output[r, place] = relax(now.output[r, place], 1.0 - idle, p.restart[r], now.dt)


ECONOMY = Mechanism(
    name="economy",
    doc="The price of fuel, the hardship that it pushes, and what strikes cost.",
    start=start,
    push=push,
    settle=settle,
    timescale=1.5,
    references=("walton1994",),
    states=(
        State("price", ("place",), "local_currency/l", "retail price of the fuel", initial=None, lower=0.0),
        State("habit", ("place",), "local_currency/l", "price that people are used to", initial=None,
            lower=0.0),
        State("output", ("place",), "1", "oil output against normal", initial=1.0, lower=0.0, upper=1.0),
    ),
    inlets=(Inlet("cap", ("place",), "1", "price cap ordered", combine="max"),),
    pushes=(Push("crowd.hardship", ("place",)),),
    reads=(Read("crowd.share", ("place",), 0.0),),
    facts=(Fact("reference_price", ("place",), "local_currency/l", "price before the shock", lower=1e-6),
           Fact("shock_price", ("place",), "local_currency/l", "price after the shock", lower=1e-6),
           Fact("shock_day", (), "day", "when the price changes, from the start of the run"),
           Fact("dependence", ("place",), "1", "share that lives by this fuel", lower=0.0, upper=1.0),
           Fact("oil", ("place",), "1", "whether oil is produced here", lower=0.0, upper=1.0)),
    derived=(
        Derived("shocked_price", ("place",), "local_currency/l",
            "price after the shock, scaled by its lever"),
    ),
    parameters=(
        lever("shock_size", "share of the scheduled price change (in logs) that takes place"),
        Parameter("sensitivity", "1", 0.0, 2.0, lognormal(0.25, 2.0),
            Judgement("a doubling adds 0.17 to a grievance scaled 0 to 1 where all depend on the fuel"),
            "hardship per log point of price, where everyone depends on the fuel"),
        Parameter("habituation", "day", 10.0, 1000.0, lognormal(120.0, 2.0),
            Judgement("people get used to a price over a season, not a week"),
            "half-life in which the price that people are used to follows the price"),
        Parameter("cap_level", "1", 0.5, 1.5, uniform(0.8, 1.1),
            Judgement("rulers who cap a price take back most or all of the rise"),
            "capped price over the price before the shock"),
        Parameter("pass_through", "day", 0.2, 10.0, lognormal(1.0, 2.5),
            Judgement("stations follow an order within a day or two"),
            "half-life of a fall of the price to its cap"),
        Parameter("strike_half", "1", 1e-4, 0.2, lognormal(0.01, 3.0),
            Judgement("a strike of one in a hundred inhabitants stops half the output of an oil place"),
            "share of people in the street that halves oil output"),
        Parameter("restart", "day", 1.0, 30.0, lognormal(3.0, 2.0), Judgement("fields restart within days"),
            "half-life of a change of output"),
    ),
)  # fmt: skip
