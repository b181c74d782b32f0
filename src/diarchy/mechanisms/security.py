"""Security forces: who is posted where, and who obeys, stands by or turns.

The commander of each organ in each place sees a noisy signal of the regime's strength and plays a global game of
coordination: he defects when his signal falls below the threshold at which defection pays. With a diffuse prior the
threshold is theta* = 1 - c, where c is what a failed defection costs him, and

    P(defect) = Phi(sqrt(beta) (theta* - theta) + Phi^-1(theta*))

(Morris and Shin). Strength theta is public: turnout against force here and in the country, how many still obey, what
foreign troops signal. The crowd's turnout therefore coordinates commanders (Casper and Tyson), and harsh orders make
defection cheaper. 'Stands by' can be undone when the side looks winning; 'turned' cannot.
"""

from __future__ import annotations

import math

import numpy as np

from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Derived, Draw, Fact, Inlet, Mechanism, Parameter, Push, Read, State, kernel, piece
from diarchy.numerics import binomial_quantile, clip, hazard_to_chance, normal_chance, normal_quantile
from diarchy.prior import beta, lognormal, uniform

OBEYS, STANDS_BY, TURNED = 0, 1, 2
CONTAIN, DISPERSE, SHOOT = 0, 1, 2
#: Arrests and blows under each order, against those under 'disperse'. Judgement: containing arrests few.
INTENSITY = (0.15, 1.0, 1.3)
#: Severity of an order as the crowd and the commanders see it, 0 to 1. Judgement.
SEVERITY = (0.0, 0.3, 1.0)
MOST_ARRESTS = 1.0  # [1/day] however many officers there are, a protester is out for about a day before arrest
#: Self-defence under 'contain' kills at this fraction of the hazard under 'disperse'. Judgement.
SELF_DEFENCE = 0.3


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
            out.crowd_severity[r, place] = max(out.crowd_severity[r, place], SEVERITY[order])
            reached = min(p.arrest_rate[r] * force / (street + 1.0), MOST_ARRESTS)
            out.crowd_arrests[r, place] += reached * INTENSITY[order]
            out.crowd_blows[r, place] += p.blows[r] * INTENSITY[order] * contact
            lethal = SELF_DEFENCE * p.lethal_disperse[r]
            if order == DISPERSE:
                lethal = p.lethal_disperse[r]
            elif order == SHOOT:
                lethal = p.lethal_shoot[r]
            out.crowd_fire[r, place] += lethal * contact


@kernel
def settle(now, p, u, inflow, next):
    """Postings, stances, effective force, own dead, loyal share, the capital."""
    for r in range(now.force.shape[0]):
        street, ordered = 0.0, 0.0
        for place in range(now.force.shape[1]):
            street += now.crowd_street[r, place]
            ordered += now.ordered[r, place]
        nation = street / (ordered + 1.0)
        moved = hazard_to_chance(1.0 / p.travel[r], now.dt)
        for place in range(now.force.shape[1]):
            local = now.crowd_street[r, place] / (now.ordered[r, place] + 1.0)
            strength = _strength(now, p, inflow, r, local, nation)
            for organ in range(now.posted.shape[2]):
                _post(now, p, next, r, place, organ, street, moved)
                _decide(now, p, u, next, r, place, organ, strength, local)
            _effect(now, p, u, inflow, next, r, place, street)
        _nation(now, p, next, r)


@piece
def _strength(now, p, inflow, r, local, nation):
    """The public strength of the regime [0, 1] as a commander sees it."""
    turmoil = p.local_weight[r] * local / (1.0 + local) + (1.0 - p.local_weight[r]) * nation / (1.0 + nation)
    turmoil *= 1.0 - p.reassurance[r] * inflow.backing[r]
    return clip(1.0 - turmoil - p.contagion[r] * (1.0 - now.loyal[r]), 0.0, 1.0)


@piece
def _post(now, p, next, r, place, organ, street, moved):
    """Mobile units move towards trouble within the travel time; strength is conserved."""
    home = p.stationed[place, organ]
    alarm = street / (street + p.alarm_half[r])
    there = now.crowd_street[r, place] / max(street, 1.0)
    mobile = p.mobility[organ] * alarm
    target = (1.0 - mobile) * home + mobile * p.strength[r, organ] * there if street >= 1.0 else home
    next.posted[r, place, organ] = now.posted[r, place, organ] + moved * (target - now.posted[r, place, organ])


@piece
def _decide(now, p, u, next, r, place, organ, strength, local):
    """One commander: obeys, stands by, or has turned."""
    stance = now.stance[r, place, organ]
    next.stance[r, place, organ] = stance
    faced = local / (0.2 + local)  # who faces no crowd has nothing to decide
    luck, review = u.stance[r, place, organ], now.dt * p.review[r]
    if stance == TURNED or (stance == OBEYS and luck >= faced * review):
        return  # no chance of defection is large enough to move him
    severity = SEVERITY[now.government_order[r, place]]
    cost = p.discipline[r] + p.bond[r] * (now.authority_allegiance[r, organ] - 0.5) - p.revulsion[r] * severity
    threshold = 1.0 - clip(cost, 0.02, 0.98)
    defect = normal_chance(math.sqrt(p.precision[r]) * (threshold - strength) + normal_quantile(threshold))
    if stance == OBEYS and luck < hazard_to_chance(defect * faced, review):
        stance = STANDS_BY
    elif stance == STANDS_BY:
        turn, back = p.turning[r] * defect * faced, 1.0 - defect
        leave = hazard_to_chance(turn + back, review)
        if luck < leave:
            stance = TURNED if luck * (turn + back) < leave * turn else OBEYS
    next.stance[r, place, organ] = stance


@piece
def _effect(now, p, u, inflow, next, r, place, street):
    """Effective force here, what it would be if all obeyed, and own dead."""
    duty = p.duty[r] + (1.0 - p.duty[r]) * p.surge[r] * inflow.alert[r, place]
    force, ordered = 0.0, 0.0
    for organ in range(now.posted.shape[2]):
        fit = next.posted[r, place, organ] * p.effectiveness[organ] * duty
        ordered += fit
        if next.stance[r, place, organ] == OBEYS:
            force += fit
    there = now.crowd_street[r, place] / street if street >= 1.0 else 0.0
    next.ordered[r, place] = ordered
    next.force[r, place] = force + inflow.support[r] * there
    killed = 0
    if now.crowd_rioting[r, place] > 0:
        chance = hazard_to_chance(p.own_risk[r], now.dt)
        killed = binomial_quantile(int(now.crowd_rioting[r, place]), chance, u.ambush[r, place])
    next.own_dead[r, place] = now.own_dead[r, place] + min(killed, int(ordered))


@piece
def _nation(now, p, next, r):
    """The share of strength that obeys, the number of commanders who do not, and how long the capital has been lost."""
    obeying, strength, disloyal = 0.0, 0.0, 0
    lost, capitals = 0, 0
    for place in range(now.force.shape[1]):
        for organ in range(now.posted.shape[2]):
            fit = next.posted[r, place, organ] * p.effectiveness[organ]
            strength += fit
            if next.stance[r, place, organ] == OBEYS:
                obeying += fit
            else:
                disloyal += 1
        if p.capital[place] > 0.5:
            capitals += 1
            if now.crowd_street[r, place] > p.hold[r] * next.force[r, place]:
                lost += 1
    next.loyal[r] = obeying / strength if strength > 0.0 else 1.0
    next.disloyal[r] = disloyal
    next.capital_lost[r] = now.capital_lost[r] + now.dt if capitals > 0 and lost == capitals else 0.0


_share = dict(lower=0.0, upper=1.0)

SECURITY = Mechanism(
    name="security",
    doc="Who is posted where, who obeys, stands by or turns, and what the forces do to the crowd.",
    start=start,
    push=push,
    settle=settle,
    timescale=1.25,
    references=("morris2003", "casper2014", "angeletos2007"),
    states=(
        State("posted", ("place", "organ"), "people", "strength posted", initial=None, lower=0.0),
        State("stance", ("place", "organ"), "1", "what the commander does", levels=("obeys", "stands by", "turned"),
              lower=0, upper=2),
        State("force", ("place",), "people", "effective force: fit, on duty and obeying", initial=None, lower=0.0),
        State("ordered", ("place",), "people", "effective force if all obeyed", initial=None, lower=0.0),
        State("own_dead", ("place",), "people", "own killed so far", lower=0.0, whole=True),
        State("loyal", (), "1", "share of strength that obeys", initial=1.0, **_share),
        State("disloyal", (), "1", "commanders who stand by or have turned", lower=0.0, whole=True),
        State("capital_lost", (), "day", "how long the capital has been lost", lower=0.0),
    ),
    inlets=(
        Inlet("backing", (), "1", "foreign backing as a signal, 0 to 1", combine="max"),
        Inlet("support", (), "people", "foreign troops who fight, and own units that they free"),
        Inlet("alert", ("place",), "1", "state of emergency", combine="max"),
    ),
    pushes=(
        Push("crowd.severity", ("place",)),
        Push("crowd.arrests", ("place",)),
        Push("crowd.blows", ("place",)),
        Push("crowd.fire", ("place",)),
    ),
    reads=(
        Read("crowd.street", ("place",), 0.0, whole=True),
        Read("crowd.rioting", ("place",), 0.0, whole=True),
        Read("government.order", ("place",), float(CONTAIN), whole=True),
        Read("authority.allegiance", ("organ",), 0.7),
    ),
    facts=(
        Fact("stationed", ("place", "organ"), "people", "strength at home stations", lower=0.0),
        Fact("mobility", ("organ",), "1", "share that can be moved", **_share),
        Fact("effectiveness", ("organ",), "1", "fitness for public order", lower=0.0, upper=3.0),
        Fact("capital", ("place",), "1", "1 for the capital", default=0.0, **_share),
    ),
    derived=(Derived("strength", ("organ",), "people", "strength of the organ in all places"),),
    draws=(Draw("stance", ("place", "organ")), Draw("ambush", ("place",))),
    parameters=(
        Parameter("duty", "1", 0.02, 1.0, beta(0.3, 15),
                  Judgement("shifts, guards and desks leave a third for the street"), "share on the street at a time"),
        Parameter("surge", "1", 0.0, 1.0, beta(0.4, 8), Judgement("leave is stopped, shifts are doubled"),
                  "share of the rest that an emergency brings out"),
        Parameter("travel", "day", 0.1, 10.0, lognormal(1.0, 2.0), Judgement("airlift and road over a large country"),
                  "mean time to move units"),
        Parameter("alarm_half", "people", 100.0, 1e6, lognormal(5000.0, 3.0),
                  Judgement("five thousand in the street set half of the mobile units moving"),
                  "people in the street at which half of the mobile units move"),
        Parameter("arrest_rate", "1/day", 0.0, 2.0, lognormal(0.1, 2.5),
                  Judgement("ten officers make an arrest a day when they disperse a crowd"),
                  "arrests per effective officer under an order to disperse"),
        Parameter("blows", "1/day", 0.0, 1.0, lognormal(0.03, 3.0), Judgement("a few in a hundred are hurt a day"),
                  "hazard of injury for the violent in full contact under 'disperse'"),
        Parameter("lethal_disperse", "1/day", 0.0, 0.05, lognormal(2e-4, 4.0),
                  Source("mm2020", "13 % of violent price protests meet lethal repression; few dead"),
                  "hazard of death for the violent in full contact under 'disperse'"),
        Parameter("lethal_shoot", "1/day", 0.0, 0.3, lognormal(8e-3, 3.0),
                  Judgement("live fire kills about one in a hundred of the violent a day"),
                  "hazard of death for the violent in full contact under 'shoot'"),
        Parameter("own_risk", "1/day", 0.0, 0.05, lognormal(4e-4, 3.0),
                  Judgement("rioters kill about a tenth as often as they are killed"),
                  "own killed per rioter and day"),
        Parameter("discipline", "1", 0.0, 1.0, beta(0.7, 20),
                  Judgement("failed defection is ruin; undone by neither pay nor habit"),
                  "cost of a failed defection at allegiance one half"),
        Parameter("bond", "1", 0.0, 1.5, uniform(0.2, 0.8),
                  Source("casper2014", "elites defect by what they expect of others; size is judgement"),
                  "how far allegiance adds to that cost"),
        Parameter("revulsion", "1", 0.0, 1.0, beta(0.15, 8), Judgement("shooting one's own people costs obedience"),
                  "how far an order to shoot lowers that cost"),
        Parameter("precision", "1", 1.0, 200.0, lognormal(30.0, 2.0),
                  Source("morris2003", "uniqueness needs precise private signals; size is judgement"),
                  "precision beta of a commander's signal of strength"),
        Parameter("review", "1/day", 0.1, 8.0, lognormal(1.0, 1.7),
                  Judgement("who faces a crowd asks himself every day"), "how often a stance is reviewed"),
        Parameter("turning", "1", 0.0, 1.0, beta(0.15, 8), Judgement("most who stop obeying never change sides"),
                  "hazard of turning against that of standing by"),
        Parameter("local_weight", "1", 0.0, 1.0, beta(0.5, 6), Judgement("half by what he sees, half by the country"),
                  "weight of the place against the country"),
        Parameter("contagion", "1", 0.0, 3.0, lognormal(0.6, 2.0),
                  Source("angeletos2007", "others' moves are public information; size is judgement"),
                  "strength lost per share of forces that no longer obey"),
        Parameter("reassurance", "1", 0.0, 1.0, beta(0.5, 6),
                  Judgement("foreign troops act by signal more than by combat"),
                  "share of turmoil that foreign backing outweighs"),
        Parameter("hold", "1", 0.5, 20.0, lognormal(3.0, 2.0), Judgement("three to one in the capital's streets is lost"),
                  "crowd over force at which the capital is lost"),
    ),
)  # fmt: skip
