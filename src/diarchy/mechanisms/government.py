"""Government: what the ruler does when he feels threatened.

Threat is what the ruler sees: how far crowds outgrow the forces place by place and in the country, and how
many commanders no longer obey. A ruler who is not threatened does not decide: occasions come at a rate that
rises with the square of threat. On an occasion he takes one action by quantal response over expected
survival,

    S = logistic(hope - fear threat (1 - hold control) + weight_help help),

each action changing an argument of S by what he expects of it, at a cost. Grave acts (to shoot, to dismiss a
rival's men, to take over the council, to ask for troops) are on the table only as far as survival is in
danger: with chance 1 - S/S(calm) on each occasion. Without that, a quantal ruler would commit them in calm by
mere error, and no diarchy would last. What is left in calm is Svolik's grab: a rare, unprovoked move against
the other principal, at the rate of settled dual rules. A lever that is off stops an act, not the wish: the
future is the same, bit for bit, until the first act that the lever stops. Asking a foreign power for help is
dear (sovereignty), so it comes when threat is high, control low, or both; its frequency is for the case
library to fit.

Published models under it, beside their own numbers (`diarchy classic NAME`): `acemoglu-robinson`,
`quantal-response`, `svolik`.
"""

from __future__ import annotations

import math
from typing import Any

from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Draw, Inlet, Mechanism, Parameter, Push, Read, State, kernel, lever, piece
from diarchy.numerics import hazard_to_chance, logistic, quantal_response, relax
from diarchy.prior import beta, lognormal, normal, uniform

CONTAIN, DISPERSE, SHOOT = 0, 1, 2
ACTIONS = 10
WAIT, CAP, CABINET, EMERGENCY, BLACKOUT, CLEAR, FIRE, DISMISS, COUNCIL, ASK = range(ACTIONS)
GRAVE = (FIRE, DISMISS, COUNCIL, ASK)
CROWDED = 100.0  # [people] a street that calls for orders
CALM = 0.05  # threat below which orders are lifted
HALF_MEASURE, UTMOST = 0.5, 2.0  # deterrence expected of a decree, and of fire, against clearing. Judgement.
TWO_PRINCIPALS = 1.05  # diarchy above which there is a rival to dismiss


@kernel
def push(now, p, u, out):
    """Orders reach those who carry them out."""
    for r in range(now.threat.shape[0]):
        for place in range(now.order.shape[1]):
            out.economy_cap[r, place] = max(out.economy_cap[r, place], now.cap[r, place])
            out.media_blackout[r, place] = max(out.media_blackout[r, place], now.blackout[r, place])
            out.crowd_curfew[r, place] = max(out.crowd_curfew[r, place], now.emergency[r, place])
            out.security_alert[r, place] = max(out.security_alert[r, place], now.emergency[r, place])
        out.crowd_concession[r] = max(out.crowd_concession[r], now.concession[r] * p.credibility[r])
        out.authority_dismiss[r] = max(out.authority_dismiss[r], now.dismissal[r])
        out.authority_bid[r] = max(out.authority_bid[r], now.bid[r])
        for power in range(now.asked.shape[1]):
            out.patron_request[r, power] = max(out.patron_request[r, power], now.asked[r, power])


@kernel
def settle(now, p, u, inflow, next):
    """Carry over, lift what is no longer needed, see the threat, and act on an occasion."""
    for r in range(now.threat.shape[0]):
        _carry(now, p, u, next, r)
        fallen = now.authority_regime[r] > 0
        seen = 0.0 if fallen else _threat(now, p, r)
        next.threat[r] = relax(now.threat[r], seen, p.attention[r], now.dt)
        rate = p.tempo[r] * now.threat[r] * now.threat[r]
        if fallen:
            continue
        if u.occasion[r] >= hazard_to_chance(rate, now.dt):
            if now.authority_diarchy[r] > TWO_PRINCIPALS and u.grab[r] < hazard_to_chance(p.grasp[r], now.dt):
                _act(now, p, next, r, DISMISS if u.action[r] < 0.5 else COUNCIL)
            continue
        _weigh(now, p, inflow, next, r)
        if u.resolve[r] >= _danger(now, p, inflow, r):
            for action in GRAVE:
                next.utility[r, action] = -math.inf
        _act(now, p, next, r, quantal_response(next.utility[r], ACTIONS, p.rationality[r], u.action[r]))


@piece
def _threat(now, p, r):
    """What the ruler sees [0, 1]: places overrun, the country's turnout, forces that do not obey."""
    street, force, overrun = 0.0, 0.0, 0.0
    places = now.order.shape[1]
    for place in range(places):
        crowd, there = now.crowd_street[r, place], now.security_force[r, place]
        street += crowd
        force += there
        overrun += crowd / (crowd + there + 1.0) / places
    pressure = overrun + street / (force + 1.0) + p.doubt[r] * (1.0 - now.security_loyal[r])
    return 1.0 - math.exp(-p.alarm[r] * pressure)


@piece
def _carry(now, p, u, next, r):
    """Orders last until calm; then they are lifted at their own pace. One-day orders end."""
    calm = now.threat[r] < CALM
    lifted = calm and u.lift[r] < hazard_to_chance(1.0 / p.lift[r], now.dt)
    for place in range(now.order.shape[1]):
        quiet = now.crowd_street[r, place] < CROWDED
        next.order[r, place] = CONTAIN if quiet and calm else now.order[r, place]
        next.emergency[r, place] = 0.0 if lifted else now.emergency[r, place]
        next.blackout[r, place] = 0.0 if lifted else now.blackout[r, place]
        next.cap[r, place] = now.cap[r, place]
    next.cabinet[r] = now.cabinet[r]
    next.concession[r] = now.concession[r]
    next.dismissal[r] = 0.0
    next.bid[r] = 0.0
    for power in range(now.asked.shape[1]):
        next.asked[r, power] = now.asked[r, power]


@piece
def _survival(p, r, threat, control, help):
    """Expected survival [1]."""
    return logistic(p.hope[r] - p.fear[r] * threat * (1.0 - p.hold[r] * control) + p.weight_help[r] * help)


@piece
def _danger(now, p, inflow, r):
    """How far survival is in danger [0, 1]: what the threat takes from the survival expected in calm."""
    control, help = now.authority_control[r], inflow.help[r]
    return 1.0 - _survival(p, r, now.threat[r], control, help) / _survival(p, r, 0.0, control, help)


@piece
def _weigh(now, p, inflow, next, r):
    """Utility of each action: expected survival less cost; -inf where it is not to be had."""
    threat, control, help = now.threat[r], now.authority_control[r], inflow.help[r]
    capped, alert, dark, clearing, firing = 0.0, 0.0, 0.0, 1.0, 1.0
    for place in range(now.order.shape[1]):
        capped, alert = max(capped, now.cap[r, place]), max(alert, now.emergency[r, place])
        dark = max(dark, now.blackout[r, place])
        if now.crowd_street[r, place] >= CROWDED and now.order[r, place] < DISPERSE:
            clearing = 0.0
        if now.crowd_rioting[r, place] >= CROWDED and now.order[r, place] < SHOOT:
            firing = 0.0
    asked = 0.0 if now.asked.shape[1] > 0 else 1.0
    for power in range(now.asked.shape[1]):
        asked = max(asked, now.asked[r, power])
    rival = 0.0 if now.authority_diarchy[r] > TWO_PRINCIPALS else 1.0
    yield_, force_ = p.soothing[r] * threat, p.deterring[r] * threat
    w = next.utility[r]
    w[WAIT] = _survival(p, r, threat, control, help)
    w[CAP] = _survival(p, r, threat - yield_, control, help) - p.cost_small[r]
    w[CABINET] = _survival(p, r, threat - yield_, control, help) - p.cost_small[r]
    w[EMERGENCY] = _survival(p, r, threat - HALF_MEASURE * force_, control, help) - p.cost_small[r]
    w[BLACKOUT] = _survival(p, r, threat - HALF_MEASURE * force_, control, help) - p.cost_small[r]
    w[CLEAR] = _survival(p, r, threat - force_, control, help) - p.cost_small[r]
    w[FIRE] = _survival(p, r, threat - UTMOST * force_, control, help) - p.cost_fire[r]
    w[DISMISS] = _survival(p, r, threat, control + p.gain[r] * (1.0 - control), help) - p.cost_purge[r]
    w[COUNCIL] = _survival(p, r, threat, control + p.gain[r] * (1.0 - control), help) - p.cost_purge[r]
    w[ASK] = _survival(p, r, threat, control, 1.0) - p.cost_ask[r]
    shut = (0.0, capped, now.cabinet[r], alert, dark, clearing, firing, rival, rival, asked)
    for action in range(ACTIONS):
        if shut[action] > 0.5 or next.wished[r, action] > 0:
            w[action] = -math.inf


@piece
def _act(now, p, next, r, action):
    """Carry out one action; where its lever is off it was only wished for, and is not thought of again."""
    may = (1.0, p.may_concede[r], p.may_concede[r], 1.0, p.may_blackout[r], 1.0, 1.0,
           p.may_purge[r], p.may_purge[r], p.may_ask[r])  # fmt: skip
    if may[action] < 0.5:
        next.wished[r, action] = 1
        return
    for place in range(now.order.shape[1]):
        if action == CAP:
            next.cap[r, place] = 1.0
        elif action == EMERGENCY:
            next.emergency[r, place] = 1.0
        elif action == BLACKOUT:
            next.blackout[r, place] = 1.0
        elif action == CLEAR and now.crowd_street[r, place] >= CROWDED:
            next.order[r, place] = max(next.order[r, place], DISPERSE)
        elif action == FIRE and now.crowd_rioting[r, place] >= CROWDED:
            next.order[r, place] = SHOOT
    if action == CABINET:
        next.cabinet[r] = 1.0
    if action in (CAP, CABINET):
        next.concession[r] = 1.0
    if action == DISMISS:
        next.dismissal[r] = 1.0
    if action == COUNCIL:
        next.bid[r] = 1.0
    if action == ASK:
        readiest = 0
        for power in range(now.asked.shape[1]):
            if now.patron_eagerness[r, power] > now.patron_eagerness[r, readiest]:
                readiest = power
        next.asked[r, readiest] = 1.0


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}

GOVERNMENT = Mechanism(
    name="government",
    doc="What the ruler does under threat: concede, cut the net, order, purge, ask for help.",
    push=push,
    settle=settle,
    sizes={"action": ACTIONS},
    timescale=1.25,
    references=("mckelvey1995", "acemoglu2006", "svolik2009"),
    version="2",
    states=(
        State("threat", (), "1", "threat as the ruler sees it", **_share),
        State("order", ("place",), "1", "rules of engagement", levels=("contain", "disperse", "shoot"),
            lower=0, upper=2),
        State("emergency", ("place",), "1", "state of emergency", **_share),
        State("blackout", ("place",), "1", "net cut by order", **_share),
        State("cap", ("place",), "1", "price cap in force", **_share),
        State("cabinet", (), "1", "1 once the cabinet has been dismissed", **_share),
        State("concession", (), "1", "1 once the price is capped or the cabinet dismissed", **_share),
        State("dismissal", (), "1", "1 in a step in which the old guard's heads of organs are to go",
            **_share),
        State("bid", (), "1", "1 in a step in which the council's chair is to change hands", **_share),
        State("asked", ("power",), "1", "1 once the power has been asked for help", **_share),
        State("wished", ("action",), "1", "1 once an action was chosen whose lever is off", whole=True,
            private=True),
        State("utility", ("action",), "1", "utilities of the last occasion, as weights", private=True),
    ),
    inlets=(Inlet("help", (), "1", "foreign help under way or present, 0 to 1", combine="max"),),
    pushes=(Push("economy.cap", ("place",)),
            Push("media.blackout", ("place",)),
            Push("crowd.curfew", ("place",)),
            Push("crowd.concession", ()),
            Push("security.alert", ("place",)),
            Push("authority.dismiss", ()),
            Push("authority.bid", ()),
            Push("patron.request", ("power",))),
    reads=(Read("crowd.street", ("place",), 0.0, whole=True),
           Read("crowd.rioting", ("place",), 0.0, whole=True), Read("security.force", ("place",), 1e6),
           Read("security.loyal", (), 1.0), Read("authority.control", (), 1.0),
           Read("patron.eagerness", ("power",), 0.0),
           Read("authority.diarchy", (), 1.0), Read("authority.regime", (), 0.0, whole=True)),
    draws=(Draw("occasion"), Draw("action"), Draw("lift"), Draw("resolve"), Draw("grab")),
    parameters=(
        lever("may_ask", "whether the ruler may ask a foreign power", stops=("asked",)),
        lever("may_purge", "whether the ruler may dismiss the old guard", stops=("dismissal", "bid")),
        lever("may_blackout", "whether the ruler may cut the net", stops=("blackout",)),
        lever("may_concede", "whether the ruler may cap prices or change the cabinet", stops=("concession",)),
        Parameter("alarm", "1", 0.2, 20.0, lognormal(2.0, 2.0),
            Judgement("crowds equal to the forces everywhere are a threat of two thirds"),
            "threat per crowd over force"),
        Parameter("doubt", "1", 0.0, 10.0, lognormal(2.0, 2.0),
            Judgement("disobedience frightens more than crowds"), "weight of forces that do not obey"),
        Parameter("attention", "day", 0.05, 5.0, lognormal(0.3, 2.0),
            Judgement("news reaches the palace within hours"),
            "half-life in which the perceived threat follows"),
        Parameter("tempo", "1/day", 0.2, 40.0, lognormal(6.0, 2.0),
            Judgement("several decisions a day under full threat"), "occasions to act under full threat"),
        Parameter("rationality", "1", 1.0, 60.0, lognormal(15.0, 2.0),
            Source("mckelvey1995", "utilities scaled to 0..1; size is judgement"),
            "precision of quantal response"),
        Parameter("hope", "1", 0.0, 8.0, normal(3.0, 0.7),
            Source("svolik2009", "leaders out in 5 % of quiet years"), "log odds of survival in calm"),
        Parameter("fear", "1", 0.0, 15.0, normal(7.0, 1.5),
            Source("navco13", "half to two thirds of large unarmed campaigns succeed"),
            "log odds lost under full threat without any control"),
        Parameter("hold", "1", 0.0, 1.0, uniform(0.3, 0.9),
            Source("svolik2009", "two thirds of non-constitutional exits are coups; size is judgement"),
            "share of the fear that full control takes away"),
        Parameter("weight_help", "1", 0.0, 8.0, lognormal(1.5, 1.8),
            Judgement("foreign troops quadruple the odds of survival"), "log odds gained by foreign help"),
        Parameter("soothing", "1", 0.0, 1.0, beta(0.2, 8),
            Source("mm2020", "accommodation in 14 % of price protests, 22 % with demands for removal"),
            "share of threat that a concession is expected to take"),
        Parameter("deterring", "1", 0.0, 1.0, beta(0.15, 8),
            Judgement("rulers trust force about as much as gifts"),
            "share of threat that clearing streets is expected to take"),
        Parameter("gain", "1", 0.0, 1.0, beta(0.35, 8), Judgement("a purge wins a third of what is missing"),
            "share of missing control that a purge is expected to win"),
        Parameter("cost_small", "1", 0.0, 0.5, beta(0.06, 30), Judgement("reversible steps are cheap"),
            "cost of a concession, an emergency, a blackout, clearing streets"),
        Parameter("cost_fire", "1", 0.0, 1.0, beta(0.2, 15),
            Source("mm2020", "13 % of violent price protests"), "cost of an order to shoot"),
        Parameter("cost_purge", "1", 0.0, 1.0, beta(0.18, 20),
            Judgement("rivals may strike back; diarchies last for years, protests notwithstanding"),
            "cost of dismissing the old guard"),
        Parameter("cost_ask", "1", 0.0, 1.0, beta(0.45, 20),
            Source("cases", "few embattled rulers asked for troops; see the case library"),
            "cost of asking for foreign troops: sovereignty and what will be asked in return"),
        Parameter("grasp", "1/day", 0.0, 0.01, lognormal(8e-5, 4.0),
            Judgement("no move in 17 years of dual rules that had lasted two (Jeffreys: 2.9 % a year); "
                "diarchies.csv of the case kazakhstan-2022, recalled"),
            "hazard of an unprovoked move against the other principal"),
        Parameter("credibility", "1", 0.0, 1.0, beta(0.4, 6),
            Source("acemoglu2006", "promises under threat are believed in part"),
            "how far concessions are believed"),
        Parameter("lift", "day", 0.5, 60.0, lognormal(5.0, 2.0),
            Judgement("emergencies outlast unrest by days"),
            "mean time from calm to the lifting of emergency and blackout"),
    ),
)  # fmt: skip
