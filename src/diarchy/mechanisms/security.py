"""Security forces: who is posted where, and who obeys, stands by or turns.

The commander of each organ in each place sees a noisy signal of the regime's strength and plays a global game
of coordination: he defects when his signal falls below the threshold at which defection pays. With a diffuse
prior the threshold is theta* = 1 - c, where c is what a failed defection costs him, and

    P(defect) = Phi(sqrt(beta) (theta* - theta) + Phi^-1(theta*))

(Morris and Shin). Strength theta is public: turnout against force here and in the country, how many still
obey, what foreign troops signal. The crowd's turnout therefore coordinates commanders (Casper and Tyson), and
harsh orders make defection cheaper. 'Stands by' can be undone when the side looks winning; 'turned' cannot.

Under one order some units kill many and others none. How deadly the forces of a place are is drawn once for
each place and future, about the country's mean: most of the dead of one crisis may fall in one city.

Published models under it, beside their own numbers (`diarchy classic NAME`): `edmond`, `quantal-response`,
`regime-change`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diarchy.evidence import Judgement, Source
from diarchy.mechanism import (
    Derived,
    Draw,
    Fact,
    Inlet,
    Mechanism,
    Parameter,
    Push,
    Read,
    State,
    kernel,
    piece,
)
from diarchy.numerics import binomial_quantile, clip, hazard_to_chance, normal_chance, normal_quantile
from diarchy.prior import beta, lognormal, normal, uniform
from diarchy.randomness import uniform as draw

OBEYS, STANDS_BY, TURNED = 0, 1, 2
CONTAIN, DISPERSE, SHOOT = 0, 1, 2
#: Arrests and blows under each order, against those under 'disperse'. Judgement: containing arrests few.
INTENSITY = (0.15, 1.0, 1.3)
#: Severity of an order as the crowd and the commanders see it, 0 to 1. Judgement.
SEVERITY = (0.0, 0.3, 1.0)
MOST_ARRESTS = 1.0  # [1/day] however many officers there are, a protester is out for about a day first
#: Self-defence under 'contain' kills at this fraction of the hazard under 'disperse'. Judgement.
SELF_DEFENCE = 0.3
FACED_HALF = 0.2  # crowd over force at which half of the commanders face a choice. Judgement.
DOUBT = 0.02  # keeps the threshold off 0 and 1, where its normal quantile is infinite


def start(p):
    """Everybody at his station, obeying."""
    posted = np.broadcast_to(p.stationed, (len(p.duty), *p.stationed.shape))
    force = (posted * p.effectiveness).sum(axis=2) * p.duty[:, None]
    strength = np.broadcast_to(p.stationed.sum(axis=0), (len(p.duty), p.stationed.shape[1]))
    return {"posted": posted, "force": force, "ordered": force, "strength": strength}


@kernel
def push(now, p, u, out):
    """What the forces do to the crowd: arrests, blows, fire, and how harsh it looks."""
    for r in range(now.force.shape[0]):
        for place in range(now.force.shape[1]):
            order = now.government_order[r, place]
            force, street = now.force[r, place], now.crowd_street[r, place]
            contact = force / (force + street + 1.0)
            edge = (1.0 + street / p.dense[r]) ** (p.front[r] - 1.0)
            out.crowd_severity[r, place] = max(out.crowd_severity[r, place], SEVERITY[order])
            reached = min(p.arrest_rate[r] * force / (street + 1.0), MOST_ARRESTS)
            out.crowd_arrests[r, place] += reached * INTENSITY[order]
            out.crowd_blows[r, place] += p.blows[r] * INTENSITY[order] * contact
            lethal = SELF_DEFENCE * p.lethal_disperse[r]
            if order == DISPERSE:
                lethal = p.lethal_disperse[r]
            elif order == SHOOT:
                lethal = p.lethal_shoot[r]
            temper = now.temper[r, place] if now.temper[r, place] > 0.0 else 1.0
            out.crowd_fire[r, place] += lethal * temper * contact * edge


@kernel
def settle(now, p, u, inflow, next):
    """Postings and stances by organ, force and own dead by place, loyalty and the capital for the country."""
    _post(now, p, next)
    _decide(now, p, u, inflow, next)
    _muster(now, p, u, inflow, next)
    _temper(now, p, u, next)


@piece
def _temper(now, p, u, next):
    """How deadly the forces of a place are: lognormal with mean one, drawn on the first step and kept."""
    for r in range(now.temper.shape[0]):
        for place in range(now.temper.shape[1]):
            next.temper[r, place] = now.temper[r, place]
            if now.temper[r, place] == 0.0:
                score = normal_quantile(draw(u.seed, u.temper, u.runs[r], u.step, place))
                next.temper[r, place] = math.exp(p.uneven[r] * (score - 0.5 * p.uneven[r]))


@piece
def _post(now, p, next):
    """Mobile units move towards trouble within the travel time; strength is conserved."""
    posted, target, street = now.posted, next.posted, now.crowd_street
    stationed, mobility, strength, ordered = p.stationed, p.mobility, p.strength, now.ordered
    for r in range(posted.shape[0]):
        crowd, ready = 0.0, 1.0
        for place in range(posted.shape[1]):
            crowd += street[r, place]
            ready += ordered[r, place]
        alarm = crowd / (crowd + p.alarm_half[r] * ready)
        moved = hazard_to_chance(1.0 / p.travel[r], now.dt)
        for place in range(posted.shape[1]):
            there = street[r, place] / crowd if crowd >= 1.0 else 0.0
            for organ in range(posted.shape[2]):
                home, mobile = stationed[place, organ], mobility[organ] * alarm if crowd >= 1.0 else 0.0
                wanted = (1.0 - mobile) * home + mobile * strength[r, organ] * there
                target[r, place, organ] = posted[r, place, organ] + moved * (wanted - posted[r, place, organ])


@piece
def _decide(now, p, u, inflow, next):
    """Each commander obeys, stands by, or has turned."""
    stance, after, luck, street, ordered = now.stance, next.stance, u.stance, now.crowd_street, now.ordered
    order, allegiance = now.government_order, now.authority_allegiance
    for r in range(stance.shape[0]):
        crowd, force = 0.0, 0.0
        for place in range(stance.shape[1]):
            crowd += street[r, place]
            force += ordered[r, place]
        calm = 1.0 - p.reassurance[r] * inflow.backing[r]
        nation = calm * (1.0 - p.local_weight[r]) * crowd / (crowd + force + 1.0)
        nation += p.contagion[r] * (1.0 - now.loyal[r])
        here, review = calm * p.local_weight[r], p.review[r] * now.dt
        sharp, discipline, bond = math.sqrt(p.precision[r]), p.discipline[r], p.bond[r]
        for place in range(stance.shape[1]):
            local = street[r, place] / (ordered[r, place] + 1.0)
            strength = clip(1.0 - nation - here * local / (1.0 + local), 0.0, 1.0)
            faced = local / (FACED_HALF + local)  # who faces no crowd has nothing to decide
            harsh = p.revulsion[r] * SEVERITY[order[r, place]]
            for organ in range(stance.shape[2]):
                was, chance = stance[r, place, organ], luck[r, place, organ]
                after[r, place, organ] = was
                if was == TURNED or (was == OBEYS and chance >= faced * review):
                    continue  # no probability of defection is large enough to move him
                cost = discipline + bond * (allegiance[r, organ] - 0.5) - harsh
                chosen = _stance(was, strength, faced, cost, sharp, p.turning[r], review, chance)
                after[r, place, organ] = chosen


@piece
def _stance(was, strength, faced, cost, sharp, turning, review, chance):
    """What a commander does who obeys or stands by, given his uniform `chance`: a global game's threshold."""
    threshold = 1.0 - clip(cost, DOUBT, 1.0 - DOUBT)
    defect = normal_chance(sharp * (threshold - strength) + normal_quantile(threshold))
    if was == OBEYS:
        return STANDS_BY if chance < hazard_to_chance(defect * faced, review) else OBEYS
    turn, back = turning * defect * faced, 1.0 - defect
    leave = hazard_to_chance(turn + back, review)
    if chance >= leave:
        return STANDS_BY
    return TURNED if chance * (turn + back) < leave * turn else OBEYS


@piece
def _muster(now, p, u, inflow, next):
    """Force, own dead, the share that obeys, commanders who do not, how long the capital has been lost."""
    posted, stance, effectiveness, street = next.posted, next.stance, p.effectiveness, now.crowd_street
    rioting, alert, capital, ambush = now.crowd_rioting, inflow.alert, p.capital, u.ambush
    for r in range(posted.shape[0]):
        crowd = 0.0
        for place in range(posted.shape[1]):
            crowd += street[r, place]
        duty, extra, support = p.duty[r], (1.0 - p.duty[r]) * p.surge[r], inflow.support[r]
        danger = hazard_to_chance(p.own_risk[r], now.dt)
        obeying, strength, disloyal, capitals, lost = 0.0, 0.0, 0, 0, 0
        for place in range(posted.shape[1]):
            loyal, fit = 0.0, 0.0
            for organ in range(posted.shape[2]):
                able = posted[r, place, organ] * effectiveness[organ]
                fit += able
                if stance[r, place, organ] == OBEYS:
                    loyal += able
                else:
                    disloyal += 1
            out = duty + extra * alert[r, place]
            next.ordered[r, place] = fit * out
            force = loyal * out + (support * street[r, place] / crowd if crowd >= 1.0 else 0.0)
            next.force[r, place] = force
            killed = binomial_quantile(int(rioting[r, place]), danger, ambush[r, place])
            next.own_dead[r, place] = now.own_dead[r, place] + min(killed, int(fit * out))
            obeying, strength = obeying + loyal, strength + fit
            if capital[place] > 0.5:
                capitals += 1
                peaceful = street[r, place] - rioting[r, place]
                lost += 1 if rioting[r, place] + p.peaceful[r] * peaceful > p.hold[r] * force else 0
        next.loyal[r] = obeying / strength if strength > 0.0 else 1.0
        next.disloyal[r] = disloyal
        next.capital_lost[r] = now.capital_lost[r] + now.dt if capitals > 0 and lost == capitals else 0.0


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}

SECURITY = Mechanism(
    name="security",
    doc="Who is posted where, who obeys, stands by or turns, and what the forces do to the crowd.",
    start=start,
    push=push,
    settle=settle,
    timescale=1.25,
    version="2",
    references=("morris2003", "casper2014", "angeletos2007"),
    states=(
        State("posted", ("place", "organ"), "people", "strength posted", initial=None, lower=0.0),
        State("stance", ("place", "organ"), "1", "what the commander does",
            levels=("obeys", "stands by", "turned"), lower=0, upper=2),
        State("force", ("place",), "people", "effective force: fit, on duty and obeying", initial=None,
            lower=0.0),
        State("ordered", ("place",), "people", "effective force if all obeyed", initial=None, lower=0.0),
        State("own_dead", ("place",), "people", "own killed so far", lower=0.0, whole=True),
        State("temper", ("place",), "1", "how deadly the forces there are, mean 1; 0 before it is drawn",
            lower=0.0),
        State("loyal", (), "1", "share of strength that obeys", initial=1.0, **_share),
        State("disloyal", (), "1", "commanders who stand by or have turned", lower=0.0, whole=True),
        State("capital_lost", (), "day", "how long the capital has been lost", lower=0.0),
    ),
    inlets=(Inlet("backing", (), "1", "foreign backing as a signal, 0 to 1", combine="max"),
            Inlet("support", (), "people", "foreign troops who fight, and own units that they free"),
            Inlet("alert", ("place",), "1", "state of emergency", combine="max")),
    pushes=(Push("crowd.severity", ("place",)),
            Push("crowd.arrests", ("place",)),
            Push("crowd.blows", ("place",)),
            Push("crowd.fire", ("place",))),
    reads=(Read("crowd.street", ("place",), 0.0, whole=True),
           Read("crowd.rioting", ("place",), 0.0, whole=True),
           Read("government.order", ("place",), float(CONTAIN), whole=True),
           Read("authority.allegiance", ("organ",), 0.7)),
    facts=(Fact("stationed", ("place", "organ"), "people", "strength at home stations", lower=0.0),
           Fact("mobility", ("organ",), "1", "share that can be moved", **_share),
           Fact("effectiveness", ("organ",), "1", "fitness for public order", lower=0.0, upper=3.0),
           Fact("capital", ("place",), "1", "1 for the capital", default=0.0, **_share)),
    derived=(Derived("strength", ("organ",), "people", "strength of the organ in all places"),),
    draws=(Draw("stance", ("place", "organ")), Draw("ambush", ("place",)),
           Draw("temper", ("place",), keyed=True)),
    parameters=(
        Parameter("duty", "1", 0.02, 1.0, beta(0.3, 15),
            Judgement("shifts, guards and desks leave a third for the street"),
            "share on the street at a time"),
        Parameter("surge", "1", 0.0, 1.0, beta(0.4, 8), Judgement("leave is stopped, shifts are doubled"),
            "share of the rest that an emergency brings out"),
        Parameter("travel", "day", 0.1, 10.0, lognormal(1.0, 2.0),
            Judgement("airlift and road over a large country"), "mean time to move units"),
        Parameter("alarm_half", "1", 0.01, 20.0, lognormal(0.4, 3.0),
            Judgement("two in the street for five officers on duty, 5,000 in a country of ten million"),
            "people in the street over the country's force at which half of the mobile units move"),
        Parameter("arrest_rate", "1/day", 0.0, 2.0, lognormal(0.1, 2.5),
            Judgement("ten officers make an arrest a day when they disperse a crowd"),
            "arrests per effective officer under an order to disperse"),
        Parameter("blows", "1/day", 0.0, 1.0, lognormal(0.03, 3.0),
            Judgement("a few in a hundred are hurt a day"),
            "hazard of injury for the violent in full contact under 'disperse'"),
        Parameter("lethal_disperse", "1/day", 0.0, 0.05, lognormal(2e-4, 10.0),
            Source("mm2020", "13 % of violent price protests meet lethal repression; few dead"),
            "hazard of death for the violent in full contact under 'disperse'"),
        Parameter("lethal_shoot", "1/day", 0.0, 0.5, lognormal(8e-3, 10.0),
            Judgement("one in a hundred of the violent a day; deaths differ tenfold between like crises"),
            "hazard of death for the violent in full contact under 'shoot'"),
        Parameter("uneven", "1", 0.0, 2.0, lognormal(0.7, 1.5),
            Judgement("under one order one unit kills twice or half as often as the next: training, weapons, "
                "who commands"),
            "log spread of lethality between places of one country"),
        Parameter("front", "1", 0.25, 1.0, normal(0.5, 0.1),
            Source("lanchester1916", "linear law: only those in front are hit; a crowd's edge grows with "
                "the root of its area, the edge of many small crowds in step with all of them"),
            "exponent by which those killed grow with a large crowd"),
        Parameter("dense", "people", 100.0, 1e5, lognormal(2000.0, 3.0),
            Judgement("up to a few thousand, everybody is near the edge"), "crowd that has an inside"),
        Parameter("own_risk", "1/day", 0.0, 0.05, lognormal(4e-4, 3.0),
            Judgement("rioters kill about a tenth as often as they are killed"),
            "own killed per rioter and day"),
        Parameter("discipline", "1", 0.0, 1.0, beta(0.7, 20),
            Judgement("failed defection is ruin; undone by neither pay nor habit"),
            "cost of a failed defection at allegiance one half"),
        Parameter("bond", "1", 0.0, 1.5, uniform(0.2, 0.8),
            Source("casper2014", "elites defect by what they expect of others; size is judgement"),
            "how far allegiance adds to that cost"),
        Parameter("revulsion", "1", 0.0, 1.0, beta(0.15, 8),
            Judgement("shooting one's own people costs obedience"),
            "how far an order to shoot lowers that cost"),
        Parameter("precision", "1", 1.0, 200.0, lognormal(30.0, 2.0),
            Source("morris2003", "uniqueness needs precise private signals; size is judgement"),
            "precision beta of a commander's signal of strength"),
        Parameter("review", "1/day", 0.1, 8.0, lognormal(1.0, 1.7),
            Judgement("who faces a crowd asks himself every day"), "how often a stance is reviewed"),
        Parameter("turning", "1", 0.0, 1.0, beta(0.15, 8),
            Judgement("most who stop obeying never change sides"),
            "hazard of turning against that of standing by"),
        Parameter("local_weight", "1", 0.0, 1.0, beta(0.5, 6),
            Judgement("half by what he sees, half by the country"),
            "weight of the place against the country"),
        Parameter("contagion", "1", 0.0, 3.0, lognormal(0.6, 2.0),
            Source("angeletos2007", "others' moves are public information; size is judgement"),
            "strength lost per share of forces that no longer obey"),
        Parameter("reassurance", "1", 0.0, 1.0, beta(0.5, 6),
            Judgement("foreign troops act by signal more than by combat"),
            "share of turmoil that foreign backing outweighs"),
        Parameter("hold", "1", 0.5, 20.0, lognormal(3.0, 2.0),
            Judgement("three to one in the capital's streets is lost"),
            "violent crowd over force at which the capital is lost"),
        Parameter("peaceful", "1", 0.0, 1.0, beta(0.2, 6),
            Judgement("squares were filled for weeks in capitals that did not fall; storming takes violence"),
            "what a peaceful person counts for in that, against a violent one"),
    ),
)  # fmt: skip
