"""Patron: a foreign power that is asked, comes, stays and leaves.

Asked, it chooses size and mandate by quantal response on what the troops do for the host's survival, times
its stake, plus influence won, less cost by troops and image cost of fighting protesters. `eagerness` is the
best of these utilities whether asked or not: proactive or reluctant is read off it before any request. A
power with a hold over the host's exports has more to lose with it; one that the host leans to already has
less influence to win. Without energy and alignment in the model, both are 0.

Stays follow the record: a Weibull hazard fitted to interventions in support of a government (International
Military Intervention 1946-2005, n = 322; the clock is the active operation, not the garrison), times what is
special here: low unrest, a host who is in control, a collective and dated mandate, influence to be kept.
Presence acts by signal.

Published models under it, beside their own numbers (`diarchy classic NAME`): `kaplan-meier`,
`quantal-response`.
"""

from __future__ import annotations

import math
from typing import Any

from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Draw, Fact, Inlet, Mechanism, Parameter, Push, Read, State, kernel, piece
from diarchy.numerics import clip, hazard_to_chance, quantal_response
from diarchy.prior import beta, lognormal, normal

NONE, DECIDING, COMING, PRESENT, LEAVING, GONE, REFUSED = range(7)
#: [people] Contingents that are weighed. 96 of 322 interventions in support had up to 1,000 (pearson1993).
SIZES = (250.0, 1000.0, 2500.0, 5000.0, 10000.0)
THOUSAND = 1000.0  # [people] the yardstick of `troop_cost`
GUARD, ORDER, FIGHT = 1, 2, 3
MANDATES = 3
OPTIONS = 1 + len(SIZES) * MANDATES  # refusing, and each size with each mandate
#: Effect of a mandate on the host's survival, and its image cost, against 'public order'. Judgement.
EFFECT = (0.7, 1.0, 1.2)
IMAGE = (0.0, 1.0, 2.0)
MOST_LOG = 6.0  # log hazard beyond which what is special here is not extrapolated. Judgement.
LEAST, MOST = -1.0, 2.0  # bounds of eagerness, on the scale of one whole survival
ROUNDING = 1e-9  # what adding up steps may lose


@kernel
def push(now, p, u, out):
    """Backing as a signal, support on the ground, presence in sight, help for the host's reckoning."""
    for r in range(now.stage.shape[0]):
        for power in range(now.stage.shape[1]):
            stage, troops = now.stage[r, power], now.troops[r, power]
            weight = 1.0 - math.exp(-troops / p.signal_scale[r])
            if stage == COMING:
                weight = p.announcement[r] * (1.0 - math.exp(-now.size[r, power] / p.signal_scale[r]))
            out.security_backing[r] = max(out.security_backing[r], weight)
            out.authority_backing[r] = max(out.authority_backing[r], weight)
            out.government_help[r] = max(out.government_help[r], weight)
            fighting = troops if now.mandate[r, power] >= ORDER else 0.0
            out.security_support[r] += p.freed[r] * troops + fighting
            if troops > 0.0:
                out.crowd_presence[r] = max(out.crowd_presence[r], weight)


@kernel
def settle(now, p, u, inflow, next):
    """Where each power stands, step by step."""
    for r in range(now.stage.shape[0]):
        for power in range(now.stage.shape[1]):
            next.stage[r, power] = now.stage[r, power]
            next.since[r, power] = now.since[r, power]
            next.size[r, power] = now.size[r, power]
            next.mandate[r, power] = now.mandate[r, power]
            next.troops[r, power] = now.troops[r, power]
            next.arrived[r, power] = now.arrived[r, power]
            _weigh(now, p, next, r, power)
            best = -math.inf
            for option in range(1, OPTIONS):
                best = max(best, next.utility[r, option])
            next.eagerness[r, power] = clip(best, LEAST, MOST)
            _decide(now, p, u, inflow, next, r, power)
            _deploy(now, p, u, next, r, power)


@piece
def _enter(next, now, r, power, stage):
    """A new stage begins at the end of this step."""
    next.stage[r, power] = stage
    next.since[r, power] = now.day + now.dt


@piece
def _weigh(now, p, next, r, power):
    """Utility of refusing (0) and of each size and mandate."""
    danger = now.government_threat[r]
    next.utility[r, 0] = 0.0
    for size in range(len(SIZES)):
        troops = SIZES[size]
        for m in range(MANDATES):
            saved = danger * clip(EFFECT[m] * (1.0 - math.exp(-troops / p.effect_scale[r])), 0.0, 1.0)
            cost = p.troop_cost[r] * math.log1p(troops / THOUSAND) + p.image_cost[r] * IMAGE[m]
            stake = p.stake[power] + p.hold_weight[r] * now.energy_hold[r, power]
            worth = p.stake_weight[r] * stake * saved + _prize(now, p, r, power) - cost - p.entry_cost[r]
            option = 1 + size * MANDATES + m
            next.utility[r, option] = worth if troops <= p.pool[power] else -math.inf


@piece
def _prize(now, p, r, power):
    """Worth of influence won and kept [1]: less where the host leans to the power already."""
    return p.influence[r] * (1.0 - p.satiety[r] * now.alignment_pull[r, power])


@piece
def _decide(now, p, u, inflow, next, r, power):
    """Asked, the power considers; then it refuses or sends."""
    if now.stage[r, power] == NONE and inflow.request[r, power] > 0.5:
        _enter(next, now, r, power, DECIDING)
    if now.stage[r, power] != DECIDING or u.decision[r, power] >= hazard_to_chance(p.haste[r], now.dt):
        return
    option = quantal_response(next.utility[r], OPTIONS, p.rationality[r], u.choice[r, power])
    if option == 0:
        _enter(next, now, r, power, REFUSED)
        return
    _enter(next, now, r, power, COMING)
    next.size[r, power] = SIZES[(option - 1) // MANDATES]
    next.mandate[r, power] = 1 + (option - 1) % MANDATES


@piece
def _deploy(now, p, u, next, r, power):
    """Arrival after the lag, the hazard of leaving, and the drawdown."""
    stage, elapsed = now.stage[r, power], now.day + now.dt - now.since[r, power]
    if stage == COMING and elapsed >= p.lag[power] * p.delay[r] - ROUNDING:
        _enter(next, now, r, power, PRESENT)
        next.troops[r, power] = now.size[r, power]
        next.arrived[r, power] = 1.0
    elif stage == PRESENT:
        if u.leaving[r, power] < hazard_to_chance(_leaving(now, p, r, power, elapsed), 1.0):
            _enter(next, now, r, power, LEAVING)
    elif stage == LEAVING:
        left = 1.0 - elapsed / p.drawdown[r]
        next.troops[r, power] = now.size[r, power] * max(left, 0.0)
        if left <= ROUNDING:
            _enter(next, now, r, power, GONE)


@piece
def _leaving(now, p, r, power, elapsed):
    """Cumulative hazard [1] of the decision to leave in this step: Weibull, times what is special here."""
    before = max(elapsed - now.dt, 0.0)
    base = (elapsed / p.stay_scale[r]) ** p.stay_shape[r] - (before / p.stay_scale[r]) ** p.stay_shape[r]
    calm = 1.0 - 2.0 * now.government_threat[r]
    log = p.leave_calm[r] * calm + p.leave_control[r] * (2.0 * now.authority_control[r] - 1.0)
    log += p.leave_collective[r] * p.collective[power] - p.leave_influence[r] * _prize(now, p, r, power)
    return base * math.exp(clip(log, -MOST_LOG, MOST_LOG))


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}

PATRON = Mechanism(
    name="patron",
    doc="A foreign power that is asked, comes, stays and leaves.",
    push=push,
    settle=settle,
    sizes={"option": OPTIONS},
    timescale=1.25,
    version="3",
    references=("pearson1993", "mckelvey1995", "sullivan2009"),
    states=(
        State("stage", ("power",), "1", "where the power stands", lower=0, upper=6,
            levels=("none", "deciding", "coming", "present", "leaving", "gone", "refused")),
        State("since", ("power",), "day", "when the stage began"),
        State("size", ("power",), "people", "contingent decided", lower=0.0),
        State("troops", ("power",), "people", "troops in the country", lower=0.0),
        State("mandate", ("power",), "1", "what the troops may do", lower=0, upper=3,
            levels=("none", "guard sites", "public order", "fight")),
        State("arrived", ("power",), "1", "1 once troops have come", **_share),
        State("eagerness", ("power",), "1", "utility of the best intervention against none",
            lower=LEAST, upper=MOST),
        State("utility", ("option",), "1", "utilities of the options last weighed", private=True),
    ),
    inlets=(Inlet("request", ("power",), "1", "request for help", combine="max"),),
    pushes=(Push("security.backing", ()),
            Push("security.support", ()),
            Push("authority.backing", ()),
            Push("government.help", ()),
            Push("crowd.presence", ())),
    reads=(Read("government.threat", (), 0.0), Read("authority.control", (), 0.5),
           Read("energy.hold", ("power",), 0.0), Read("alignment.pull", ("power",), 0.0)),
    facts=(Fact("stake", ("power",), "1", "what the host's survival is worth to the power, 0 to 1", **_share),
           Fact("lag", ("power",), "day", "from decision to first units", lower=0.0, upper=365.0),
           Fact("collective", ("power",), "1", "1 for a collective and dated mandate", **_share),
           Fact("pool", ("power",), "people", "largest contingent", lower=0.0)),
    draws=(Draw("decision", ("power",)), Draw("choice", ("power",)), Draw("leaving", ("power",))),
    parameters=(
        Parameter("haste", "1/day", 0.05, 10.0, lognormal(1.5, 2.5),
            Judgement("a day to decide, from hours to weeks"), "rate of deciding once asked"),
        Parameter("rationality", "1", 1.0, 60.0, lognormal(10.0, 2.0),
            Source("mckelvey1995", "utilities scaled to 0..1; size is judgement"),
            "precision of quantal response"),
        Parameter("stake_weight", "1", 0.0, 2.0, lognormal(0.8, 1.6),
            Judgement("survival of an ally is the main prize"), "weight of the host's survival"),
        Parameter("influence", "1", 0.0, 1.0, beta(0.15, 8), Judgement("a rescued ruler owes something"),
            "worth of influence won and kept"),
        Parameter("hold_weight", "1", 0.0, 3.0, lognormal(0.15, 4.0),
            Judgement("exports are a lesser prize than the ally; experts who speak of energy say more"),
            "stake added by a full hold over the host's exports"),
        Parameter("satiety", "1", 0.0, 1.0, beta(0.3, 5),
            Judgement("who leads already gains less by leading; from nothing to most of it"),
            "share of the worth of influence that full alignment has taken already"),
        Parameter("entry_cost", "1", 0.0, 1.0, beta(0.3, 8),
            Source("cases", "most requests and most crises see no troops; see the case library"),
            "cost of intervening at all: precedent, distraction"),
        Parameter("troop_cost", "1", 0.0, 0.5, beta(0.06, 20), Judgement("costs grow with the log of size"),
            "cost per log of size over 1,000"),
        Parameter("image_cost", "1", 0.0, 1.0, beta(0.12, 10),
            Judgement("nobody wants to be seen shooting at a crowd"),
            "image cost of policing a foreign crowd"),
        Parameter("effect_scale", "people", 200.0, 50000.0, lognormal(2000.0, 2.0),
            Judgement("two thousand go most of the way as a signal"),
            "troops that make most of the difference"),
        Parameter("signal_scale", "people", 100.0, 50000.0, lognormal(1200.0, 2.0),
            Judgement("a thousand or so make backing believed"),
            "troops at which backing is mostly believed"),
        Parameter("announcement", "1", 0.0, 1.0, beta(0.5, 6), Judgement("words count half of boots"),
            "signal of a decision before arrival"),
        Parameter("freed", "1", 0.0, 2.0, lognormal(0.5, 2.0),
            Judgement("guards relieve about half their number"), "own officers freed per foreign soldier"),
        Parameter("delay", "1", 0.5, 20.0, lognormal(1.0, 2.0),
            Source("cases", "first units 1, 1, 1, 1 and 6 days after five requests that were met (recalled)"),
            "arrival of first units against the lag on paper"),
        Parameter("stay_shape", "1", 0.3, 2.0, normal(0.69, 0.10),
            Source("pearson1993", "Weibull by maximum likelihood, first year, n = 322: 0.55 to 0.87"),
            "Weibull shape of stays"),
        Parameter("stay_scale", "day", 50.0, 3000.0, lognormal(404.0, 1.5),
            Source("pearson1993", "the same fit: 269 to 608 days"), "Weibull scale of stays"),
        Parameter("leave_calm", "1", -1.0, 4.0, normal(0.7, 0.5),
            Judgement("who is no longer needed goes sooner"), "log hazard between half threat and calm"),
        Parameter("leave_control", "1", -1.0, 4.0, normal(0.4, 0.4),
            Judgement("a host in control can ask them to go"),
            "log hazard between control one half and full"),
        Parameter("leave_collective", "1", -1.0, 4.0, normal(0.7, 0.5),
            Judgement("a dated mandate of several states is harder to stretch"),
            "log hazard of a collective and dated mandate"),
        Parameter("leave_influence", "1", 0.0, 10.0, lognormal(2.0, 2.0),
            Judgement("who gains by staying stays"), "log hazard lost per unit of influence"),
        Parameter("drawdown", "day", 0.5, 60.0, lognormal(6.0, 2.0),
            Judgement("a few thousand leave within a week"),
            "time from the decision to leave until the last are out"),
    ),
)  # fmt: skip
