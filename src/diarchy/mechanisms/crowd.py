"""Crowd: who is in the street, as exact counts of the whole population.

People of one place, group and type are exchangeable, so a chain of persons lumps exactly into whole-number
counts. A type is a bin of hardship h and risk aversion, both uniform on (0, 1) as in Epstein, and finer in
the tail that matters (high h, low aversion). All but a `pool` share are counted and never move.

    u = h (1 - legitimacy) + hardship + company seen / (seen + half) + spur surprise
        - risk P (caution + fear severity) - (1 - structural legitimacy + reserve) - dismay presence
    P = 1 - exp(-k rho logistic((rho - 1) / w)),   rho = force / people in the street

With rho (rather than Epstein's printed C/A alone) deterrence collapses when the crowd outgrows the force: the
smooth form of the floor without which his Run 2 has no outburst. Legitimacy falls with violence against those
who were not violent (excess), never with ordinary policing, so calm times cannot drain it.

Published models under it, beside their own numbers (`diarchy classic NAME`): `epstein`, `granovetter`,
`kuran`, `watts`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diarchy.evidence import Judgement, Source
from diarchy.flows import PICKS, TABLE_LINES, apportion, expect, first_luck, move
from diarchy.jit import jit
from diarchy.mechanism import Derived, Draw, Fact, Inlet, Mechanism, Parameter, Read, State, kernel, piece
from diarchy.numerics import clip, logistic, relax
from diarchy.prior import beta, fixed, lognormal, normal, uniform

QUIET, MARCHING, RIOTING, RESTING, HELD, HURT, DEAD = range(7)
STATUSES, EXITS = 7, 6
#: Where people go who leave the street, in the order of the hazards that take them there.
FROM_MARCH = (QUIET, RESTING, RIOTING, HELD, HURT, DEAD)
FROM_RIOT = (QUIET, RESTING, MARCHING, HELD, HURT, DEAD)
EXIT = np.array([[MARCHING] * EXITS, FROM_MARCH, FROM_RIOT, *([[QUIET] * EXITS] * 4)])
ALL, SLOPE, LAW = (
    EXITS,
    2 * EXITS,
    2 * EXITS + 3,
)  # columns of the law of `flows.move` behind those of the exits
PER_PEOPLE = 100_000.0  # excess violence is counted per this many people
STEEP = 300.0  # exponent above which odds are not split into two factors; exp(709) is the largest double
CERTAIN = 500.0  # log odds beyond which a choice is as good as certain
BUSIEST_HOUR = 16.0  # joining peaks in the late afternoon


def start(p):
    """Types, their counts in each place and group, and a quiet equilibrium with the few who are out."""
    hardship, h_weight = _bins(p.hardship_level.shape[1])
    risk, r_weight = _bins(p.risk_level.shape[1])
    hardship = 1.0 - hardship  # the keenest type comes first: most moves are found there
    settlement = p.urban + (1.0 - p.urban) * p.rural_pool[:, None]
    group = p.titular + (1.0 - p.titular) * p.minority_pool[:, None]
    share = p.pool[:, None, None] * settlement[:, :, None] * group[:, None, :]
    pool = np.rint(p.population * np.minimum(share, 1.0))
    weight = np.outer(h_weight, r_weight).ravel()
    people = apportion(pool[..., None] * weight / weight.sum())
    count = np.zeros((*pool.shape, STATUSES, len(weight)))
    out, tired = _calm_shares(p, hardship, risk)
    count[..., MARCHING, :] = np.minimum(apportion(people * out[:, None, None]), people)
    others = people - count[..., MARCHING, :]
    count[..., RESTING, :] = np.minimum(apportion(people * tired[:, None, None]), others)
    count[..., QUIET, :] = people - count.sum(axis=-2)
    tally = count.sum(axis=-1)
    marching = tally[..., MARCHING].sum(axis=-1)
    return {
        "hardship_level": np.broadcast_to(hardship, (len(pool), len(hardship))),
        "risk_level": np.broadcast_to(risk, (len(pool), len(risk))),
        "inhabitants": np.broadcast_to(p.population.sum(axis=1), pool.shape[:2]),
        "aside": p.population - pool,
        "count": count,
        "tally": tally,
        "marching": marching,
        "street": marching,
        "share": marching / p.population.sum(axis=1),
        "legitimacy": np.broadcast_to(p.structural_legitimacy[:, None, None], pool.shape),
    }


def _calm_shares(p, hardship, risk):
    """Shares of each type that are out and that rest in calm, under full deterrence: (run, type) each."""
    grievance = 1.0 - p.structural_legitimacy[:, None, None]
    u = (hardship[:, None] - 1.0) * grievance - p.reserve[:, None, None] - risk * p.caution[:, None, None]
    choice = 1.0 / (1.0 + np.exp(np.clip(-u / p.temperature[:, None, None], -CERTAIN, CERTAIN)))
    choice = choice.reshape(len(p.pool), -1)
    odds = p.join[:, None] * choice / (p.leave[:, None] * (1.0 - choice) + p.fatigue[:, None])
    tired = odds * p.fatigue[:, None] * p.rest[:, None]
    return odds / (1.0 + odds + tired), tired / (1.0 + odds + tired)


def _bins(n):
    """Midpoints and widths of n bins of (0, 1) whose edges are (i / n)^2."""
    edges = (np.arange(n + 1) / n) ** 2
    return (edges[1:] + edges[:-1]) / 2, np.diff(edges)


@jit
def arrest_chance(force, street, k, w):
    """Perceived chance of arrest [1] when `force` [people] faces `street` [people].

    Epstein's 1 - exp(-k C/A), with C/A weighted by a logistic of width `w` about one.
    """
    ratio = force / max(street, 1.0)
    return -math.expm1(-k * ratio * logistic((ratio - 1.0) / w))


@kernel
def settle(now, p, u, inflow, next):
    """Set the scene in each place, move people between statuses, and tell the others."""
    _set_scene(now, p, inflow, next)
    _move(now, p, u, inflow, next)
    _tell(now, p, inflow, next)


# Each pass below takes its arrays out of the views once: taking an array out of a view counts references,
# atomically, and in the innermost loop that costs more than the arithmetic.
@piece
def _set_scene(now, p, inflow, next):
    """What all in a place share: the pull that does not depend on type, deterrence, and rage."""
    pull, deterrence, odds, rage = next.pull, next.deterrence, next.odds, next.rage
    street, force, seen, surprise = now.street, now.security_force, now.media_seen, now.media_surprise
    hardship, severity, excess, risk_level = inflow.hardship, inflow.severity, now.excess, p.risk_level
    for r in range(street.shape[0]):
        cold, half = 1.0 / p.temperature[r], p.company_half[r]
        company, spur, caution, fear = p.company[r], p.spur[r], p.caution[r], p.fear[r]
        k, w, riot_rate, outrage = p.arrest_scale[r], p.collapse_width[r], p.riot[r], p.outrage[r]
        against = 1.0 - p.structural_legitimacy[r] + p.reserve[r]
        against += p.dismay[r] * inflow.presence[r] + p.contentment[r] * inflow.relief[r]
        for place in range(street.shape[1]):
            chance = arrest_chance(force[r, place], street[r, place], k, w)
            warmth = company * seen[r, place] / (seen[r, place] + half) + spur * max(0.0, surprise[r, place])
            pull[r, place] = hardship[r, place] + warmth - against
            deterrence[r, place] = chance * (caution + fear * severity[r, place])
            rage[r, place] = riot_rate * (1.0 - chance)
            if excess[r, place] > 0.0:
                rage[r, place] += outrage * math.log1p(PER_PEOPLE * excess[r, place])
            for b in range(risk_level.shape[1]):
                odds[r, place, b] = math.exp(min(risk_level[r, b] * deterrence[r, place] * cold, STEEP))


@piece
def _move(now, p, u, inflow, next):
    """Everybody moves at most once a step, from where he was at its start."""
    legitimacy, pull, deterrence, odds = now.legitimacy, next.pull, next.deterrence, next.odds
    runs, places, groups = legitimacy.shape
    count, tally = next.count.reshape(runs * places * groups, -1), next.tally.reshape(-1, STATUSES)
    arrived, streams = next.arrived.reshape(runs * places, -1), (u.ring, u.many, u.exit)
    levels, risks = p.hardship_level, p.risk_level
    sun = math.cos(2.0 * math.pi * (24.0 * ((now.day + 0.5 * now.dt) % 1.0) - BUSIEST_HOUR) / 24.0)
    for r in range(runs):
        cold, choice, law = 1.0 / p.temperature[r], next.choice[r], next.law[r]
        landing, desk = next.landing[r], next.desk[r]
        lot, mass, table = next.lot[r], next.mass[r], next.table[r]
        for place in range(places):
            row, known = r * places + place, math.nan
            _write_law(now, p, inflow, next, r, place, sun)
            for pair in range(arrived.shape[1]):
                arrived[row, pair] = 0
            for group in range(groups):
                cell, key = row * groups + group, (u.seed, u.runs[r], u.step, place * groups + group)
                if legitimacy[r, place, group] != known:  # the groups of a place mostly agree
                    known = legitimacy[r, place, group]
                    _choose(levels, risks, odds, r, place, 1.0 - known, pull[r, place], deterrence[r, place],
                            cold, choice)  # fmt: skip
                total, luck = expect(count, tally, cell, law, choice), first_luck(u.ring, key)
                if luck > 1.0 - total:
                    move(count, tally, cell, law, EXIT, choice, luck, arrived, row, landing, desk, lot, mass,
                         table, streams, key)  # fmt: skip


@piece
def _write_law(now, p, inflow, next, r, place, sun):
    """Hazards over the step of leaving each status by each exit, in one place."""
    law, dt = next.law, now.dt
    out = p.join[r] * (1.0 + p.rhythm[r] * sun) * (1.0 - p.curfew_effect[r] * inflow.curfew[r, place])
    law[r, QUIET, SLOPE] = out * dt
    law[r, RESTING, 0] = law[r, RESTING, ALL] = dt / p.rest[r]
    law[r, HELD, 0] = law[r, HELD, ALL] = dt / p.term[r]
    law[r, HURT, 0] = law[r, HURT, ALL] = dt / p.healing[r]
    for status in (MARCHING, RIOTING):
        aim = (p.spill[r] if status == MARCHING else 1.0) * dt
        law[r, status, 0], law[r, status, 1] = p.leave[r] * dt, p.fatigue[r] * dt
        law[r, status, 2] = (next.rage[r, place] if status == MARCHING else p.cooling[r]) * dt
        law[r, status, 3] = inflow.arrests[r, place] * dt
        law[r, status, 4], law[r, status, 5] = inflow.blows[r, place] * aim, inflow.fire[r, place] * aim
        law[r, status, SLOPE], rest = -p.leave[r] * dt, 0.0
        for j in range(EXITS - 1, -1, -1):
            rest += law[r, status, j]
            law[r, status, ALL + j] = rest


@piece
def _choose(level, risk, odds, r, place, grievance, pull, deterrence, cold, choice):
    """Chance that each type chooses the street, its odds split by hardship and risk."""
    factored = cold * (grievance + abs(pull) + deterrence) < STEEP
    risks = risk.shape[1]
    for a in range(level.shape[1]):
        warmth = level[r, a] * grievance + pull
        against = math.exp(-warmth * cold) if factored else 0.0
        for b in range(risks):
            exponent = -cold * (warmth - risk[r, b] * deterrence)
            choice[a * risks + b] = against * odds[r, place, b] if factored else exponent
    if factored:
        for t in range(choice.shape[0]):
            choice[t] = 1.0 / (1.0 + choice[t])
    else:  # a step rather than a slope: the factors would overflow, the exponent of their product does not
        for t in range(choice.shape[0]):
            choice[t] = logistic(-choice[t])


@piece
def _tell(now, p, inflow, next):
    """Who is where, what has happened so far, and the legitimacy that follows from excess violence."""
    tally, arrived, people, legitimacy = next.tally, next.arrived, p.inhabitants, next.legitimacy
    marching, rioting, street, share = next.marching, next.rioting, next.street, next.share
    held, dead, detained, injured = next.held, next.dead, next.detained, next.injured
    arrests, wounds, scar, fresh, excess = now.detained, now.injured, now.scar, next.scar, next.excess
    for r in range(street.shape[0]):
        mood = p.troop_mood[r] * inflow.presence[r] + p.appeasement[r] * inflow.concession[r]
        level, blame, fading = p.structural_legitimacy[r], p.backlash[r], relax(1.0, 0.0, p.memory[r], now.dt)
        for place in range(street.shape[1]):
            out, violent, inside, lost = 0, 0, 0, 0
            for group in range(legitimacy.shape[2]):
                out += tally[r, place, group, MARCHING]
                violent += tally[r, place, group, RIOTING]
                inside += tally[r, place, group, HELD]
                lost += tally[r, place, group, DEAD]
            violent += int(inflow.outsiders[r, place])
            marching[r, place], rioting[r, place], held[r, place], dead[r, place] = out, violent, inside, lost
            street[r, place], share[r, place] = out + violent, (out + violent) / people[r, place]
            detained[r, place] = arrests[r, place] + arrived[r, place, MARCHING, HELD]
            detained[r, place] += arrived[r, place, RIOTING, HELD]
            injured[r, place] = wounds[r, place] + arrived[r, place, MARCHING, HURT]
            injured[r, place] += arrived[r, place, RIOTING, HURT]
            killed = arrived[r, place, MARCHING, DEAD] / people[r, place]
            mark = scar[r, place] * fading
            if killed > 0.0:
                mark += blame * math.log1p(PER_PEOPLE * killed)
            excess[r, place], fresh[r, place] = killed, mark
            for group in range(legitimacy.shape[2]):
                legitimacy[r, place, group] = clip(level + mood - mark, 0.0, 1.0)


def vet(now, p, inflow):
    """Refuse a case that starts on fire: the crowd that would stand in the street must be below the force."""
    reasons = []
    weight = now.count[0, :, :, QUIET].sum(axis=1).reshape(-1, len(p.hardship_level[0]), len(p.risk_level[0]))
    pull = inflow.hardship[0] - (1.0 - p.structural_legitimacy[0] + p.reserve[0])
    for place, force in enumerate(now.security_force[0]):
        street = 1.0
        for _ in range(50):  # the fixed point settles in a handful of rounds
            chance = arrest_chance(force, street, p.arrest_scale[0], p.collapse_width[0])
            u = p.hardship_level[0][:, None] * (1 - now.legitimacy[0, place, 0]) + pull[place]
            u = u - p.risk_level[0] * chance * p.caution[0]
            choice = 1.0 / (1.0 + np.exp(np.clip(-u / p.temperature[0], -CERTAIN, CERTAIN)))
            street = float((weight[place] * choice).sum())
        if force > 0.0 and street > force:
            fire = f"place {place + 1} starts on fire: {street:,.0f} people would stand in the street against"
            reasons.append(f"{fire} a force of {force:,.0f}; the start must be a quiet equilibrium")
    return reasons


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}
_people: dict[str, Any] = {"lower": 0.0, "whole": True}
_counts: dict[str, Any] = {"initial": None, "whole": True, "private": True}

CROWD = Mechanism(
    name="crowd", version="2", start=start, settle=settle, vet=vet, timescale=1.25,
    doc="Who is in the street: exact counts of the whole population by place, group, type and status.",
    sizes={"status": STATUSES, "hardship": 5, "risk": 4, "type": ("hardship", "risk"), "origin": STATUSES,
           "law": LAW, "pick": PICKS, "line": STATUSES + 1,
           "draft": TABLE_LINES},
    references=("epstein2002", "kuran1989", "granovetter1978", "lohmann1994"),
    states=(
        State("street", ("place",), "people", "people marching or rioting", initial=None, **_people),
        State("share", ("place",), "1", "people in the street over inhabitants", initial=None, **_share),
        State("marching", ("place",), "people", "peaceful people in the street", initial=None, **_people),
        State("rioting", ("place",), "people", "violent people in the street, outsiders too", **_people),
        State("held", ("place",), "people", "people under arrest now", **_people),
        State("detained", ("place",), "people", "arrests so far", **_people),
        State("injured", ("place",), "people", "people hurt so far", **_people),
        State("dead", ("place",), "people", "people killed so far, forces not counted", **_people),
        State("excess", ("place",), "1", "marchers killed in the last step over inhabitants", **_share),
        State("scar", ("place",), "1", "legitimacy lost to excess violence", lower=0.0),
        State("legitimacy", ("place", "group"), "1", "legitimacy of the government", initial=None, **_share),
        State("count", ("place", "group", "status", "type"), "people", "people in each cell", **_counts),
        State("arrived", ("place", "origin", "status"), "people",
            "people who moved in this step by whence and whither", whole=True, private=True),
        State("tally", ("place", "group", "status"), "people", "people by status, all types", **_counts),
        State("choice", ("type",), "1", "chance that a type chooses the street", private=True),
        State("law", ("status", "law"), "1", "hazards over the step, for `flows.move`", private=True),
        State("landing", ("pick",), "1", "scratch of `flows.move`", whole=True, private=True),
        State("lot", ("pick",), "1", "scratch of `flows.move`", private=True),
        State("mass", ("status", "type"), "1", "scratch of `flows.move`", private=True),
        State("table", ("draft", "type"), "1", "scratch of `flows.move`", private=True),
        State("desk", ("line", "type"), "people", "scratch of `flows.move`", whole=True, private=True),
        State("odds", ("place", "risk"), "1", "odds against the street by risk aversion", private=True),
        State("pull", ("place",), "1", "utility of the street that all of a place share", private=True),
        State("deterrence", ("place",), "1", "chance of arrest times its severity", private=True),
        State("rage", ("place",), "1/day", "hazard of turning violent", private=True)),
    inlets=(Inlet("hardship", ("place",), "1", "hardship from prices"),
            Inlet("concession", (), "1", "concessions in force, 0 to 1", combine="max"),
            Inlet("presence", (), "1", "foreign troops in sight, 0 to 1", combine="max"),
            Inlet("relief", (), "1", "whether the demand is met: the regime has fallen", combine="max"),
            Inlet("curfew", ("place",), "1", "curfew in force", combine="max"),
            Inlet("outsiders", ("place",), "people", "armed people from outside who are in the street"),
            Inlet("severity", ("place",), "1", "harshness of orders: 0 contain, 1 shoot", combine="max"),
            Inlet("arrests", ("place",), "1/day", "hazard of arrest"),
            Inlet("blows", ("place",), "1/day", "hazard of injury for the violent"),
            Inlet("fire", ("place",), "1/day", "hazard of death for the violent")),
    reads=(Read("security.force", ("place",), 0.0), Read("media.seen", ("place",), 0.0),
           Read("media.surprise", ("place",), 0.0)),
    facts=(Fact("population", ("place", "group"), "people", "inhabitants", lower=0.0),
           Fact("titular", ("group",), "1", "1 for the group the state is named for", default=1.0, **_share),
           Fact("urban", ("place",), "1", "share that lives in towns", default=1.0, **_share)),
    derived=(Derived("hardship_level", ("hardship",), "1", "hardship of each bin"),
             Derived("risk_level", ("risk",), "1", "risk aversion of each bin"),
             Derived("inhabitants", ("place",), "people", "inhabitants of all groups"),
             Derived("aside", ("place", "group"), "people", "people who could never take part")),
    draws=(Draw("ring", keyed=True), Draw("many", keyed=True), Draw("exit", keyed=True)),
    parameters=(
        Parameter("pool", "1", 1e-4, 0.3, lognormal(0.02, 2.5),
            Source("navco12", "peak participation below 0.25 % in 54 and above 3.5 % in 14 campaigns"),
            "share of townspeople of the titular group who could ever take part"),
        Parameter("minority_pool", "1", 0.0, 1.0, beta(0.35, 6),
            Judgement("minorities join less where a protest speaks for the majority; how much is unknown"),
            "readiness of other groups against the titular one"),
        Parameter("rural_pool", "1", 0.0, 1.0, beta(0.25, 6), Judgement("villagers are far from the squares"),
            "readiness of villagers against townspeople"),
        Parameter("structural_legitimacy", "1", 0.3, 0.98, beta(0.75, 30),
            Source("epstein2002", "Table 2: L from 0.8 to 0.9; lower for a regime of old grievances"),
            "legitimacy to which a place returns"),
        Parameter("reserve", "1", 0.005, 0.5, lognormal(0.08, 1.8),
            Judgement("near Epstein's threshold T = 0.1"), "utility that the readiest type lacks in calm"),
        Parameter("temperature", "1", 1e-4, 0.2, lognormal(0.02, 1.5),
            Judgement("small on a scale of 0 to 1, or types do not matter"), "noise of the quantal choice"),
        Parameter("company", "1", 0.0, 1.0, uniform(0.1, 0.5),
            Source("kuran1989", "company lowers thresholds; size is judgement"), "utility of a full street"),
        Parameter("company_half", "1", 1e-5, 0.1, lognormal(0.003, 2.5),
            Judgement("a few in a thousand feel like half of full"), "share seen at which company is half"),
        Parameter("spur", "1", 0.0, 0.3, lognormal(0.03, 2.0),
            Source("lohmann1994", "surprise moves; size is judgement"), "utility per log point of surprise"),
        Parameter("arrest_scale", "1", 0.5, 5.0, fixed(2.3),
            Source("epstein2002", "k = 2.3, so that P = 0.9 at C = A"), "k of the arrest chance"),
        Parameter("collapse_width", "1", 0.02, 1.0, uniform(0.1, 0.5),
            Judgement("0 would be the floor of the published code"), "width w of the collapse of deterrence"),
        Parameter("caution", "1", 0.02, 2.0, lognormal(0.3, 2.0),
            Judgement("arrest is a fine or a night; Epstein's 1 is jail"), "weight of risk under 'contain'"),
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
            Judgement("where nobody is deterred, some turn violent"), "rate of turning violent unchecked"),
        Parameter("outrage", "1/day", 0.0, 3.0, lognormal(0.1, 3.0),
            Judgement("killing peaceful people breeds violence"), "added rate per log of excess per 100,000"),
        Parameter("cooling", "1/day", 0.05, 4.0, lognormal(0.7, 1.7), Judgement("rage lasts a day or two"),
            "rate of calming down"),
        Parameter("spill", "1", 0.0, 1.0, beta(0.3, 5), Judgement("fire and blows are aimed badly"),
            "hazard of the peaceful against that of the violent"),
        Parameter("term", "day", 1.0, 120.0, lognormal(12.0, 2.0),
            Judgement("administrative arrest is up to 15 days; many less, some more"), "mean time held"),
        Parameter("healing", "day", 1.0, 120.0, lognormal(14.0, 2.0), Judgement("wounds take weeks"),
            "mean time out of action when hurt"),
        Parameter("backlash", "1", 0.0, 0.5, lognormal(0.03, 3.0),
            Judgement("one killed in 100,000 costs 0.02"), "legitimacy lost per log of excess per 100,000"),
        Parameter("memory", "day", 5.0, 1000.0, lognormal(60.0, 2.0), Judgement("scars last months"),
            "half-life of lost legitimacy"),
        Parameter("appeasement", "1", 0.0, 0.5, lognormal(0.03, 2.5),
            Source("acemoglu2006", "promises count as far as believed"), "legitimacy gained by concessions"),
        Parameter("troop_mood", "1", -0.5, 0.5, normal(0.0, 0.04),
            Judgement("experts disagree on the sign: sacrificed sovereignty or stabiliser"),
            "legitimacy gained or lost by foreign troops in sight"),
        Parameter("dismay", "1", 0.0, 0.5, lognormal(0.03, 2.5),
            Source("kuran1989", "a lower chance of success raises thresholds; size is judgement"),
            "utility lost when foreign troops make success unlikely"),
        Parameter("curfew_effect", "1", 0.0, 1.0, beta(0.3, 6), Judgement("curfews are obeyed in part"),
            "share of joining that a curfew stops"),
        Parameter("contentment", "1", 0.0, 2.0, lognormal(0.3, 2.0),
            Judgement("most go home when the demand is met"), "utility lost once the regime has fallen"),
    ),
)  # fmt: skip
