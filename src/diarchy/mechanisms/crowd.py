"""Crowd: who is in the street, as exact counts of the whole population.

People of one place, group and type are exchangeable, so a person-by-person chain lumps exactly into whole-number
counts. A type is a bin of hardship h and risk aversion, both uniform on (0, 1) as in Epstein; bins are finer where
the tail that matters is (high hardship, low risk aversion). A `pool` share could ever take part; the others are
counted and never move.

    u = h (1 - legitimacy) + hardship + company seen / (seen + half) + spur surprise
        - risk P (caution + fear severity) - (1 - structural legitimacy + reserve) - dismay presence
    P = 1 - exp(-k rho logistic((rho - 1) / w)),   rho = force / people in the street

With rho (rather than Epstein's printed C/A alone) deterrence collapses when the crowd outgrows the force: the smooth
form of the floor without which his Run 2 has no outburst. Legitimacy falls with violence against those who were not
violent (excess), never with ordinary policing, so calm times cannot drain it.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from diarchy.evidence import Judgement, Source
from diarchy.flows import draw_leavers, split
from diarchy.mechanism import Derived, Draw, Fact, Inlet, Mechanism, Parameter, Read, State, kernel, piece
from diarchy.numerics import clip, logistic, relax
from diarchy.prior import beta, fixed, lognormal, normal, uniform

QUIET, MARCHING, RIOTING, RESTING, HELD, HURT, DEAD = range(7)
STATUSES = 7
#: Where people go who leave the street, in the order of the hazards that take them there.
FROM_MARCH = (QUIET, RESTING, RIOTING, HELD, HURT, DEAD)
FROM_RIOT = (QUIET, RESTING, MARCHING, HELD, HURT, DEAD)
EXITS = 6
#: Excess violence is counted per this many people.
PER_PEOPLE = 100_000.0
STEEP = 300.0  # an exponent above which odds are not split into two factors; exp(709) is the largest double
BUSIEST_HOUR = 16.0  # joining peaks in the late afternoon


def start(p):
    """Types, their counts in each place and group, and a quiet equilibrium: the few who are out in calm are out."""
    hardship, h_weight = _bins(p.hardship_level.shape[1])
    risk, r_weight = _bins(p.risk_level.shape[1])
    hardship, h_weight = 1.0 - hardship[::-1], h_weight[::-1]
    settlement = p.urban + (1.0 - p.urban) * p.rural_pool[:, None]
    group = p.titular + (1.0 - p.titular) * p.minority_pool[:, None]
    share = p.pool[:, None, None] * settlement[:, :, None] * group[:, None, :]
    pool = np.rint(p.population * np.minimum(share, 1.0))
    weight = np.outer(h_weight, r_weight).ravel()
    people = _whole(pool[..., None] * weight / weight.sum())
    count = np.zeros((*pool.shape, STATUSES, len(weight)))
    out, tired = _calm_shares(p, hardship, risk)
    count[..., MARCHING, :] = np.minimum(_whole(people * out[:, None, None]), people)
    count[..., RESTING, :] = np.minimum(_whole(people * tired[:, None, None]), people - count[..., MARCHING, :])
    count[..., QUIET, :] = people - count.sum(axis=-2)
    tally = count.sum(axis=-1)
    marching = tally[..., MARCHING].sum(axis=-1)
    return {
        "hardship_level": np.broadcast_to(hardship, (len(pool), len(hardship))),
        "risk_level": np.broadcast_to(risk, (len(pool), len(risk))),
        "aside": p.population - pool,
        "count": count,
        "tally": tally,
        "afoot": tally[..., MARCHING] + tally[..., RESTING],
        "marching": marching,
        "street": marching,
        "share": marching / p.population.sum(axis=1),
        "legitimacy": np.broadcast_to(p.structural_legitimacy[:, None, None], pool.shape),
    }


def _calm_shares(p, hardship, risk):
    """Shares of each type that are out and that rest in calm, under full deterrence: (run, type) each."""
    grievance = 1.0 - p.structural_legitimacy[:, None, None]
    u = (hardship[:, None] - 1.0) * grievance - p.reserve[:, None, None] - risk * p.caution[:, None, None]
    choice = 1.0 / (1.0 + np.exp(np.clip(-u / p.temperature[:, None, None], -500, 500)))
    choice = choice.reshape(len(p.pool), -1)
    odds = p.join[:, None] * choice / (p.leave[:, None] * (1.0 - choice) + p.fatigue[:, None])
    tired = odds * p.fatigue[:, None] * p.rest[:, None]
    return odds / (1.0 + odds + tired), tired / (1.0 + odds + tired)


def _whole(shares):
    """Whole numbers that follow `shares` along the last axis and sum to their rounded total."""
    return np.diff(np.rint(np.cumsum(shares, axis=-1)), axis=-1, prepend=0.0)


def _bins(n):
    """Midpoints and widths of n bins of (0, 1) whose edges are (i / n)^2."""
    edges = (np.arange(n + 1) / n) ** 2
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


@numba.njit(cache=True)
def arrest_chance(force, street, k, w):
    """Perceived chance of arrest [1] when `force` [people] faces `street` [people].

    Epstein's 1 - exp(-k C/A), with C/A weighted by a logistic of width `w` about one.
    """
    ratio = force / max(street, 1.0)
    return -math.expm1(-k * ratio * logistic((ratio - 1.0) / w))


@kernel
def settle(now, p, u, inflow, next):
    """Move people between statuses, place by place, and tell the others."""
    groups = now.legitimacy.shape[2]
    hour = 24.0 * ((now.day + 0.5 * now.dt) % 1.0)
    sun = math.cos(2.0 * math.pi * (hour - BUSIEST_HOUR) / 24.0)
    for r in range(now.street.shape[0]):
        for place in range(now.street.shape[1]):
            _carry(now, next, r, place)
            _hazards(now, p, inflow, next, r, place)
            rate = p.join[r] * (1.0 + p.rhythm[r] * sun) * (1.0 - p.curfew_effect[r] * inflow.curfew[r, place])
            for group in range(groups):
                cell = place * groups + group
                keen = _choices(now, p, next, r, place, group)
                some = _join(u, next, rate * now.dt, keen, r, place, group, cell)
                if next.afoot[r, place, group] > 0:
                    _return(p, u, next, now.dt, r, place, group, cell)
                    some |= _leave(u, next, now.dt, r, place, group, cell, 1)
                    some |= _leave(u, next, now.dt, r, place, group, cell, 0)
                    if some:
                        _book(next, r, place, group)
            _tell(now, p, inflow, next, r, place)


@piece
def _carry(now, next, r, place):
    """Tallies start from yesterday's."""
    next.marching[r, place] = now.marching[r, place]
    next.rioting[r, place] = now.rioting[r, place]
    next.held[r, place] = now.held[r, place]
    next.detained[r, place] = now.detained[r, place]
    next.dead[r, place] = now.dead[r, place]
    next.injured[r, place] = now.injured[r, place]
    next.martyrs[r, place] = 0


@piece
def _hazards(now, p, inflow, next, r, place):
    """What everybody in a place shares: the pull that does not depend on type, deterrence, hazards of leaving."""
    street, force = now.street[r, place], now.security_force[r, place]
    chance = arrest_chance(force, street, p.arrest_scale[r], p.collapse_width[r])
    seen = now.media_seen[r, place]
    pull = inflow.hardship[r, place] + p.company[r] * seen / (seen + p.company_half[r])
    pull += p.spur[r] * max(0.0, now.media_surprise[r, place])
    pull -= 1.0 - p.structural_legitimacy[r] + p.reserve[r]
    pull -= p.dismay[r] * inflow.presence[r] + p.contentment[r] * inflow.relief[r]
    next.pull[r] = pull
    next.deterrence[r] = chance * (p.caution[r] + p.fear[r] * inflow.severity[r, place])
    riot = p.riot[r] * (1.0 - chance) + p.outrage[r] * math.log1p(PER_PEOPLE * now.excess[r, place])
    for kind in range(2):
        spill = p.spill[r] if kind == 0 else 1.0
        next.hazard[r, kind, 0] = p.leave[r]
        next.hazard[r, kind, 1] = p.fatigue[r]
        next.hazard[r, kind, 2] = riot if kind == 0 else p.cooling[r]
        next.hazard[r, kind, 3] = inflow.arrests[r, place]
        next.hazard[r, kind, 4] = inflow.blows[r, place] * spill
        next.hazard[r, kind, 5] = inflow.fire[r, place] * spill
    for b in range(p.risk_level.shape[1]):
        next.odds[r, b] = math.exp(min(p.risk_level[r, b] * next.deterrence[r] / p.temperature[r], STEEP))


@piece
def _choices(now, p, next, r, place, group):
    """The chance that each type chooses the street: odds split into a part by hardship and a part by risk.

    Returns how many quiet people would choose it [people].
    """
    grievance = 1.0 - now.legitimacy[r, place, group]
    cold = 1.0 / p.temperature[r]
    factored = cold * (grievance + abs(next.pull[r]) + next.deterrence[r]) < STEEP
    risks = p.risk_level.shape[1]
    keen = 0.0
    for a in range(p.hardship_level.shape[1]):
        warmth = p.hardship_level[r, a] * grievance + next.pull[r]
        against = math.exp(-warmth * cold) if factored else 0.0
        for b in range(risks):
            t = a * risks + b
            if factored:
                choice = 1.0 / (1.0 + against * next.odds[r, b])
            else:  # a step rather than a slope: the two parts would overflow, their sum does not
                choice = logistic((warmth - p.risk_level[r, b] * next.deterrence[r]) * cold)
            next.choice[r, t] = choice
            keen += choice * next.count[r, place, group, QUIET, t]
    return keen


@piece
def _join(u, next, rate, keen, r, place, group, cell):
    """Quiet people go out; they are booked as marching when all others have moved. Returns whether anybody did."""
    quiet, joined = next.count[r, place, group, QUIET], next.joined[r]
    k = draw_leavers(quiet, next.choice[r], rate, rate * keen, u.seed, u.join, u.runs[r], u.step, cell, joined)
    if k == 0:
        joined[:] = 0
        return False
    for t in range(quiet.shape[0]):
        quiet[t] -= joined[t]
    next.marching[r, place] += k
    next.afoot[r, place, group] += k
    return True


@piece
def _return(p, u, next, dt, r, place, group, cell):
    """The rested, the released and the healed are quiet again."""
    quiet, moved = next.count[r, place, group, QUIET], next.moved[r]
    for status in (RESTING, HELD, HURT):
        tally = next.tally[r, place, group, status]
        if tally == 0:
            continue
        away = next.count[r, place, group, status]
        days = p.rest[r] if status == RESTING else (p.term[r] if status == HELD else p.healing[r])
        slot = cell * STATUSES + status
        k = draw_leavers(away, next.even[r], dt / days, tally * dt / days, u.seed, u.back, u.runs[r], u.step, slot, moved)
        if k == 0:
            continue
        for t in range(quiet.shape[0]):
            away[t] -= moved[t]
            quiet[t] += moved[t]
        next.tally[r, place, group, status] -= k
        next.afoot[r, place, group] -= k
        if status == HELD:
            next.held[r, place] -= k


@piece
def _leave(u, next, dt, r, place, group, cell, kind):
    """People leave the street: one law says how many, further draws split them over where they go.

    Returns whether anybody may have to be booked as marching.
    """
    status, stream = (MARCHING, u.march) if kind == 0 else (RIOTING, u.rage)
    if next.tally[r, place, group, status] == 0:
        return False
    count, moved, rate = next.count[r, place, group, status], next.moved[r], next.rate[r]
    fixed_part, expected = 0.0, 0.0
    for j in range(1, EXITS):
        fixed_part += next.hazard[r, kind, j]
    for t in range(count.shape[0]):
        rate[t] = fixed_part + next.hazard[r, kind, 0] * (1.0 - next.choice[r, t])
        expected += rate[t] * count[t]
    if draw_leavers(count, rate, dt, expected * dt, u.seed, stream, u.runs[r], u.step, cell, moved) == 0:
        return False
    for t in range(count.shape[0]):
        left, total = moved[t], rate[t]
        count[t] -= left
        slot = (cell * count.shape[0] + t) * EXITS
        for j in range(EXITS - 1, -1, -1):
            if left == 0:
                break
            hazard = next.hazard[r, kind, j] if j > 0 else total
            k = left if j == 0 else split(left, hazard / total, u.seed, u.exit, u.runs[r], u.step, 2 * slot + 2 * j + kind)
            if k > 0:
                _arrive(next, r, place, group, t, kind, j, k)
            left -= k
            total = max(total - hazard, 1e-300)
    return kind == 1


@piece
def _arrive(next, r, place, group, t, kind, j, k):
    """Book `k` people of type `t` who leave the street by exit `j`."""
    status, to = (MARCHING, FROM_MARCH[j]) if kind == 0 else (RIOTING, FROM_RIOT[j])
    next.tally[r, place, group, status] -= k
    if kind == 0:
        next.marching[r, place] -= k
    else:
        next.rioting[r, place] -= k
    if to == MARCHING:  # booked with those who join, so that nobody moves twice in a step
        next.joined[r, t] += k
        next.marching[r, place] += k
        return
    next.count[r, place, group, to, t] += k
    next.tally[r, place, group, to] += k
    if to == RIOTING:
        next.rioting[r, place] += k
    elif to == HELD:
        next.held[r, place] += k
        next.detained[r, place] += k
    elif to == HURT:
        next.injured[r, place] += k
    elif to == DEAD:
        next.dead[r, place] += k
        if kind == 0:
            next.martyrs[r, place] += k
    if to == QUIET or to == DEAD:
        next.afoot[r, place, group] -= k


@piece
def _book(next, r, place, group):
    """Those who joined and those who calmed down are marching from now on."""
    for t in range(next.joined.shape[1]):
        k = next.joined[r, t]
        if k > 0:
            next.count[r, place, group, MARCHING, t] += k
            next.tally[r, place, group, MARCHING] += k


@piece
def _tell(now, p, inflow, next, r, place):
    """Street, share, excess violence, and the legitimacy that follows from it."""
    people = 0.0
    for group in range(now.legitimacy.shape[2]):
        people += p.population[place, group]
    next.street[r, place] = next.marching[r, place] + next.rioting[r, place]
    next.share[r, place] = next.street[r, place] / people
    excess = next.martyrs[r, place] / people
    next.excess[r, place] = excess
    scar = relax(now.scar[r, place], 0.0, p.memory[r], now.dt)
    next.scar[r, place] = scar + p.backlash[r] * math.log1p(PER_PEOPLE * excess)
    mood = p.troop_mood[r] * inflow.presence[r] + p.appeasement[r] * inflow.concession[r] - next.scar[r, place]
    for group in range(now.legitimacy.shape[2]):
        next.legitimacy[r, place, group] = clip(p.structural_legitimacy[r] + mood, 0.0, 1.0)


def vet(now, p, inflow):
    """Refuse a case that starts on fire: the crowd that would stand in the street must be below the force."""
    reasons = []
    bins = (len(p.hardship_level[0]), len(p.risk_level[0]))
    weight = now.count[0, :, :, QUIET].sum(axis=1).reshape(-1, *bins)
    pull = inflow.hardship[0] - (1.0 - p.structural_legitimacy[0] + p.reserve[0])
    for place, force in enumerate(now.security_force[0]):
        street = 1.0
        for _ in range(50):  # the fixed point settles in a handful of rounds
            chance = arrest_chance(force, street, p.arrest_scale[0], p.collapse_width[0])
            u = p.hardship_level[0][:, None] * (1 - now.legitimacy[0, place, 0]) + pull[place]
            u = u - p.risk_level[0] * chance * p.caution[0]
            choice = 1.0 / (1.0 + np.exp(np.clip(-u / p.temperature[0], -500, 500)))
            street = float((weight[place] * choice).sum())
        if force > 0.0 and street > force:
            reasons.append(f"place {place + 1} starts on fire: {street:,.0f} people would stand in the street against "
                           f"a force of {force:,.0f}; the start must be a quiet equilibrium")  # fmt: skip
    return reasons


_share = dict(lower=0.0, upper=1.0)
_people = dict(lower=0.0, whole=True)

CROWD = Mechanism(
    name="crowd",
    doc="Who is in the street: exact counts of the whole population by place, group, type and status.",
    start=start,
    settle=settle,
    vet=vet,
    sizes={"status": STATUSES, "hardship": 6, "risk": 5, "type": ("hardship", "risk"), "kind": 2, "exit": EXITS},
    timescale=1.25,
    references=("epstein2002", "kuran1989", "granovetter1978", "lohmann1994"),
    states=(
        State("street", ("place",), "people", "people marching or rioting", initial=None, **_people),
        State("share", ("place",), "1", "people in the street over inhabitants", initial=None, **_share),
        State("marching", ("place",), "people", "people in the street without violence", initial=None, **_people),
        State("rioting", ("place",), "people", "people in the street with violence", **_people),
        State("held", ("place",), "people", "people under arrest now", **_people),
        State("detained", ("place",), "people", "arrests so far", **_people),
        State("injured", ("place",), "people", "people hurt so far", **_people),
        State("dead", ("place",), "people", "people killed so far, forces not counted", **_people),
        State("martyrs", ("place",), "people", "marchers killed in the last step", **_people),
        State("excess", ("place",), "1", "marchers killed in the last step over inhabitants", **_share),
        State("scar", ("place",), "1", "legitimacy lost to excess violence", lower=0.0),
        State("legitimacy", ("place", "group"), "1", "legitimacy of the government", initial=None, **_share),
        State("count", ("place", "group", "status", "type"), "people", "people by status and type",
              initial=None, whole=True, private=True),
        State("afoot", ("place", "group"), "people", "people of the pool who are not quiet",
              initial=None, whole=True, private=True),
        State("tally", ("place", "group", "status"), "people", "people by status, all types",
              initial=None, whole=True, private=True),
        State("choice", ("type",), "1", "chance that a type chooses the street", private=True),
        State("even", ("type",), "1", "ones: hazards that do not depend on type", initial=1.0, private=True),
        State("rate", ("type",), "1/day", "hazard of leaving a status", private=True),
        State("moved", ("type",), "people", "people who leave a status", whole=True, private=True),
        State("joined", ("type",), "people", "people to be booked as marching", whole=True, private=True),
        State("odds", ("risk",), "1", "odds against the street by risk aversion", private=True),
        State("pull", (), "1", "utility of the street that all of a place share", private=True),
        State("deterrence", (), "1", "chance of arrest times its severity", private=True),
        State("hazard", ("kind", "exit"), "1/day", "hazards of leaving the street", private=True),
    ),
    inlets=(
        Inlet("hardship", ("place",), "1", "hardship from prices"),
        Inlet("concession", (), "1", "concessions in force, 0 to 1", combine="max"),
        Inlet("presence", (), "1", "foreign troops in sight, 0 to 1", combine="max"),
        Inlet("relief", (), "1", "whether the demand is met: the regime has fallen", combine="max"),
        Inlet("curfew", ("place",), "1", "curfew in force", combine="max"),
        Inlet("severity", ("place",), "1", "harshness of orders: 0 contain, 1 shoot", combine="max"),
        Inlet("arrests", ("place",), "1/day", "hazard of arrest"),
        Inlet("blows", ("place",), "1/day", "hazard of injury for the violent"),
        Inlet("fire", ("place",), "1/day", "hazard of death for the violent"),
    ),
    reads=(
        Read("security.force", ("place",), 0.0),
        Read("media.seen", ("place",), 0.0),
        Read("media.surprise", ("place",), 0.0),
    ),
    facts=(
        Fact("population", ("place", "group"), "people", "inhabitants", lower=0.0),
        Fact("titular", ("group",), "1", "1 for the group that the state is named after", default=1.0, **_share),
        Fact("urban", ("place",), "1", "share that lives in towns", default=1.0, **_share),
    ),
    derived=(
        Derived("hardship_level", ("hardship",), "1", "hardship of each bin"),
        Derived("risk_level", ("risk",), "1", "risk aversion of each bin"),
        Derived("aside", ("place", "group"), "people", "people who could never take part"),
    ),
    draws=(Draw("join", keyed=True), Draw("march", keyed=True), Draw("rage", keyed=True), Draw("back", keyed=True),
           Draw("exit", keyed=True)),
    parameters=(
        Parameter("pool", "1", 1e-4, 0.3, lognormal(0.02, 2.5),
                  Source("navco12", "peak participation below 0.25 % in 54 and above 3.5 % in 14 campaigns"),
                  "share of townspeople of the titular group who could ever take part"),
        Parameter("minority_pool", "1", 0.0, 1.0, beta(0.35, 6),
                  Judgement("minorities join less where a protest speaks for the majority; how much less is unknown"),
                  "readiness of other groups against the titular one"),
        Parameter("rural_pool", "1", 0.0, 1.0, beta(0.25, 6),
                  Judgement("villagers are far from the squares"), "readiness of villagers against townspeople"),
        Parameter("structural_legitimacy", "1", 0.3, 0.98, beta(0.75, 30),
                  Source("epstein2002", "Table 2: runs with L from 0.8 to 0.9; lower for a regime of old grievances"),
                  "legitimacy to which a place returns"),
        Parameter("reserve", "1", 0.005, 0.5, lognormal(0.08, 1.8),
                  Judgement("how far the most aggrieved and fearless are from the street in calm; Epstein's T is 0.1"),
                  "utility that the readiest type lacks in calm"),
        Parameter("temperature", "1", 1e-4, 0.2, lognormal(0.02, 1.5),
                  Judgement("quantal choice on a grievance scale of 0 to 1; small, or types would not matter"),
                  "noise of the choice between home and street"),
        Parameter("company", "1", 0.0, 1.0, uniform(0.1, 0.5),
                  Source("kuran1989", "thresholds fall with the crowd that is seen; size is judgement"),
                  "utility of a street that is full"),
        Parameter("company_half", "1", 1e-5, 0.1, lognormal(0.003, 2.5),
                  Judgement("a few in a thousand in the street feels like half of full"),
                  "share seen at which company counts half"),
        Parameter("spur", "1", 0.0, 0.3, lognormal(0.03, 2.0),
                  Source("lohmann1994", "turnout above expectation moves people; size is judgement"),
                  "utility per log point of surprise"),
        Parameter("arrest_scale", "1", 0.5, 5.0, fixed(2.3),
                  Source("epstein2002", "k = 2.3, so that P = 0.9 at C = A"), "k of the arrest chance"),
        Parameter("collapse_width", "1", 0.02, 1.0, uniform(0.1, 0.5),
                  Judgement("smooth form of the floor of the published code; 0 would be the floor"),
                  "width w over which deterrence collapses about force = crowd"),
        Parameter("caution", "1", 0.02, 2.0, lognormal(0.3, 2.0),
                  Judgement("where orders are to contain, an arrest is a fine or a night; Epstein's 1 is a jail term"),
                  "weight of the risk of arrest where orders are to contain"),
        Parameter("fear", "1", 0.0, 5.0, lognormal(1.0, 2.0),
                  Judgement("an order to shoot doubles the weight of the risk"), "added weight of risk under fire"),
        Parameter("join", "1/day", 0.05, 3.0, lognormal(0.8, 1.5),
                  Judgement("who has chosen the street is there within a day or so"), "rate of going out"),
        Parameter("rhythm", "1", 0.0, 1.0, beta(0.7, 20), Judgement("few set out at night"),
                  "amplitude of the daily rhythm of joining"),
        Parameter("leave", "1/day", 0.05, 4.0, lognormal(1.0, 1.5),
                  Judgement("who no longer wants to be there is gone within a day"), "rate of going home"),
        Parameter("fatigue", "1/day", 0.0, 3.0, lognormal(0.5, 1.7),
                  Source("mm2020", "protest events: median 1 day, 95 % within 5"), "rate of tiring in the street"),
        Parameter("rest", "day", 0.5, 60.0, lognormal(6.0, 2.0),
                  Judgement("a tired protester comes back after a week or so"), "mean rest of the tired"),
        Parameter("riot", "1/day", 0.0, 3.0, lognormal(0.15, 2.5),
                  Judgement("some turn violent each day where nobody is deterred"), "rate of turning violent unchecked"),
        Parameter("outrage", "1/day", 0.0, 3.0, lognormal(0.1, 3.0),
                  Judgement("killing peaceful people makes others violent"), "added rate per log of excess per 100,000"),
        Parameter("cooling", "1/day", 0.05, 4.0, lognormal(0.7, 1.7), Judgement("rage lasts a day or two"),
                  "rate of calming down"),
        Parameter("spill", "1", 0.0, 1.0, beta(0.3, 5), Judgement("fire and blows are aimed badly"),
                  "hazard of the peaceful against that of the violent"),
        Parameter("term", "day", 1.0, 120.0, lognormal(12.0, 2.0),
                  Judgement("administrative arrest of up to 15 days, less for many, more for some"), "mean time held"),
        Parameter("healing", "day", 1.0, 120.0, lognormal(14.0, 2.0), Judgement("wounds take weeks"),
                  "mean time out of action when hurt"),
        Parameter("backlash", "1", 0.0, 0.5, lognormal(0.03, 3.0),
                  Judgement("one killed in 100,000 costs about two points of legitimacy"),
                  "legitimacy lost per log of excess violence per 100,000"),
        Parameter("memory", "day", 5.0, 1000.0, lognormal(60.0, 2.0), Judgement("scars last months"),
                  "half-life of lost legitimacy"),
        Parameter("appeasement", "1", 0.0, 0.5, lognormal(0.03, 2.5),
                  Source("acemoglu2006", "concessions under threat count only as far as they are believed"),
                  "legitimacy gained by concessions in force"),
        Parameter("troop_mood", "1", -0.5, 0.5, normal(0.0, 0.04),
                  Judgement("experts disagree on the sign: sacrificed sovereignty or stabiliser"),
                  "legitimacy gained or lost by foreign troops in sight"),
        Parameter("dismay", "1", 0.0, 0.5, lognormal(0.03, 2.5),
                  Source("kuran1989", "a lower chance of success raises thresholds; size is judgement"),
                  "utility lost when foreign troops make success unlikely"),
        Parameter("curfew_effect", "1", 0.0, 1.0, beta(0.3, 6), Judgement("curfews are obeyed in part"),
                  "share of joining that a curfew stops"),
        Parameter("contentment", "1", 0.0, 2.0, lognormal(0.3, 2.0), Judgement("most go home when the demand is met"),
                  "utility lost once the regime has fallen"),
    ),
)  # fmt: skip
