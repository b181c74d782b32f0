"""Authority: who is really in charge.

Each office is a voter in a weighted game with quota and veto. Its Banzhaf index, times how far its word is
carried out, is what it is worth; an office that commands forces is worth what the allegiance of those forces
is worth, whoever holds the title. `control` is the incumbent's sum, `pivotal` the same by the Shapley-Shubik
index, `diarchy` the effective number of principals between 1 and 2.

A dismissal works with a chance that rises with control and foreign backing, and moves the office at once. The
old guard may strike: attempts come at their base rate, raised by a threat from the street (Casper and Tyson),
lowered by foreign backing, and succeed with chance 1 - control, as in Svolik's contested autocracy. Under
threat, about weekly when it is full, the two sides renegotiate: a probabilistic Condorcet election between
four settlements, sampled. It takes two who want to talk, so its rate goes with the square of the threat, and
in calm offices stay where they are: nothing drifts, and allegiance returns to its structural level.

Published models under it, beside their own numbers (`diarchy classic NAME`): `compromise-mean`,
`condorcet-election`, `power-indices`, `svolik`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from diarchy.evidence import Judgement, Source
from diarchy.indices import banzhaf, coalition_strength, conditional_election, shapley_shubik
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
    lever,
    piece,
)
from diarchy.numerics import choose, clip, hazard_to_chance, logistic, relax
from diarchy.prior import beta, lognormal, normal, uniform

INCUMBENT, OLD_GUARD, OTHER, VACANT = 0, 1, 2, 3
STANDS, COUP, CROWD, EXIT = 0, 1, 2, 3
OPTIONS = 4
RESTORE, DUAL, CONSOLIDATE, LEAVE = range(OPTIONS)
NEVER = 0  # no settlement yet; else 1 + the option that was settled on
ACTORS = 4  # incumbent, old guard, street, patron
#: What each settlement is worth (0 to 1) to each actor. Judgement: each principal ranks its own rule first;
#: the street gains only when both leave; a patron wants one address, and no exit.
WORTH = np.array([[0.1, 1.0, 0.0, 0.5], [0.5, 0.7, 0.2, 0.5], [1.0, 0.0, 0.3, 0.8], [0.0, 0.1, 1.0, 0.0]])
CONDORCET_EXPONENT = 2.0  # victory chances go with the square of coalition strength (wise2015)


def start(p):
    """Power index, holders, allegiances; without rivalry the old guard's offices are the incumbent's."""
    runs = len(p.rivalry)
    rival = p.rivalry[:, None] > 0.5
    base = np.where(rival, p.first_allegiance, np.maximum(p.first_allegiance, p.appointee[:, None]))
    game = (p.weight, float(p.quota) * p.weight.sum(), np.flatnonzero(p.veto > 0.5), True)
    index = np.array(banzhaf(*game), dtype=float) * p.effectiveness
    pivot = np.array(shapley_shubik(*game), dtype=float) * p.effectiveness
    holder = np.where((p.first_holder == OLD_GUARD) & ~rival, INCUMBENT, p.first_holder).astype(np.int64)
    shares = np.array([control_shares(index, p.commands, base[r], holder[r]) for r in range(runs)])
    return {
        "index": np.broadcast_to(index, (runs, len(index))),
        "pivot": np.broadcast_to(pivot, (runs, len(index))),
        "pivotal": [control_shares(pivot, p.commands, base[r], holder[r])[0] for r in range(runs)],
        "holder": holder,
        "allegiance": base,
        "structural": base,
        "control": shares[:, 0],
        "diarchy": [effective_principals(mine, theirs) for mine, theirs in shares],
    }


@piece
def control_shares(index, commands, allegiance, holder):
    """Control of the incumbent and of the old guard [1]: the effective indices of what each holds.

    An office that commands organs counts by their allegiance, whoever holds the title.
    """
    mine, theirs = 0.0, 0.0
    for office in range(index.shape[0]):
        commanded, grip = 0.0, 0.0
        for organ in range(commands.shape[1]):
            commanded += commands[office, organ]
            grip += commands[office, organ] * allegiance[organ]
        if commanded > 0.5:
            mine += index[office] * grip / commanded
            theirs += index[office] * (1.0 - grip / commanded)
        elif holder[office] == INCUMBENT:
            mine += index[office]
        elif holder[office] == OLD_GUARD:
            theirs += index[office]
    return mine, theirs


@piece
def effective_principals(mine, theirs):
    """1 / sum of squared shares of control [1], between 1 and 2; 2 where nobody controls anything."""
    if mine + theirs <= 0.0:
        return 2.0
    share = mine / (mine + theirs)
    return 1.0 / (share * share + (1.0 - share) * (1.0 - share))


@kernel
def push(now, p, u, out):
    """A fallen regime meets the crowd's demand."""
    for r in range(now.regime.shape[0]):
        if now.regime[r] != STANDS:
            out.crowd_relief[r] = 1.0


@kernel
def settle(now, p, u, inflow, next):
    """Offices, allegiances, control, and whether the regime stands."""
    for r in range(now.control.shape[0]):
        for office in range(now.holder.shape[1]):
            next.holder[r, office] = now.holder[r, office]
        for organ in range(now.allegiance.shape[1]):
            next.structural[r, organ] = now.structural[r, organ]
            lean = p.trust[r] * inflow.backing[r] - p.doubt[r] * now.government_threat[r]
            target = clip(now.structural[r, organ] + lean, 0.0, 1.0)
            next.allegiance[r, organ] = relax(now.allegiance[r, organ], target, p.constancy[r], now.dt)
        next.regime[r], next.shaken[r], next.settled[r] = now.regime[r], now.shaken[r], now.settled[r]
        if now.regime[r] == STANDS:
            _dismiss(now, p, u, inflow, next, r)
            _plot(now, p, u, inflow, next, r)
            _settlement(now, p, u, inflow, next, r)
            next.shaken[r] = now.shaken[r] + now.dt if now.security_loyal[r] < p.collapse_share[r] else 0.0
            lost = max(now.security_capital_lost[r], next.shaken[r])
            if next.regime[r] == STANDS and lost > p.patience[r]:
                next.regime[r] = CROWD
        mine, theirs = control_shares(p.index[r], p.commands, next.allegiance[r], next.holder[r])
        next.control[r], next.diarchy[r] = mine, effective_principals(mine, theirs)
        next.pivotal[r] = control_shares(p.pivot[r], p.commands, next.allegiance[r], next.holder[r])[0]


@piece
def _give(p, next, r, office, holder):
    """An office changes hands; the organs it commands get a new head."""
    next.holder[r, office] = holder
    for organ in range(p.commands.shape[1]):
        if p.commands[office, organ] > 0.5:
            level = p.appointee[r] if holder == INCUMBENT else 1.0 - p.appointee[r]
            next.structural[r, organ] = level
            next.allegiance[r, organ] = level


@piece
def _dismiss(now, p, u, inflow, next, r):
    """Ordered dismissals: of the old guard's men at the head of organs, and of the council's chair."""
    odds = p.ease[r] + p.ease_control[r] * (now.control[r] - 0.5) + p.ease_backing[r] * inflow.backing[r]
    chance = logistic(odds)
    for office in range(now.holder.shape[1]):
        commands = 0.0
        for organ in range(p.commands.shape[1]):
            commands += p.commands[office, organ]
        asked = inflow.dismiss[r] if commands > 0.5 else inflow.bid[r] * p.council[office]
        if asked < 0.5 or now.holder[r, office] != OLD_GUARD:
            continue
        if u.dismissal[r, office] < chance:
            _give(p, next, r, office, INCUMBENT)
        else:
            for organ in range(p.commands.shape[1]):
                if p.commands[office, organ] > 0.5:
                    next.allegiance[r, organ] = max(0.0, next.allegiance[r, organ] - p.rebuff[r])


@piece
def _plot(now, p, u, inflow, next, r):
    """A palace coup: the regime falls with chance 1 - control, else the plotters lose offices.

    Control and backing each count once: backing deters the attempt, control decides it.
    """
    exposed = p.rivalry[r] * (1.0 - p.shield[r] * inflow.backing[r])
    hazard = p.coup_rate[r] * exposed * (1.0 + p.coup_alarm[r] * now.government_threat[r])
    if u.plot[r] >= hazard_to_chance(hazard, now.dt):
        return
    if u.verdict[r] < 1.0 - now.control[r]:
        next.regime[r] = COUP
        return
    for office in range(now.holder.shape[1]):
        if now.holder[r, office] == OLD_GUARD and u.dismissal[r, office] < p.reckoning[r]:
            _give(p, next, r, office, INCUMBENT)


@piece
def _settlement(now, p, u, inflow, next, r):
    """Under threat the principals renegotiate: a probabilistic Condorcet election, sampled."""
    threat = now.government_threat[r]
    rate = p.talks[r] * threat * threat * p.rivalry[r]
    if next.regime[r] != STANDS or u.talks[r] >= hazard_to_chance(rate, now.dt):
        return
    voice, chance = next.voice[r], next.chance[r]
    voice[0], voice[1] = now.control[r], 1.0 - now.control[r]
    voice[2], voice[3] = p.street_voice[r] * threat, inflow.backing[r]
    coalition_strength(voice, WORTH, next.strength[r])
    conditional_election(next.strength[r], CONDORCET_EXPONENT, chance)
    option = choose(chance, OPTIONS, u.settlement[r])
    next.settled[r] = 1 + option
    if option == LEAVE:
        next.regime[r] = EXIT
        return
    for office in range(now.holder.shape[1]):
        if option == CONSOLIDATE and now.holder[r, office] == OLD_GUARD:
            _give(p, next, r, office, INCUMBENT)
            return
        if option == RESTORE and p.first_holder[office] == OLD_GUARD and now.holder[r, office] == INCUMBENT:
            _give(p, next, r, office, OLD_GUARD)
            return


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}

AUTHORITY = Mechanism(
    name="authority",
    doc="Who is really in charge: offices, their holders, the allegiance of organs, and how a regime falls.",
    start=start,
    push=push,
    settle=settle,
    version="3",
    sizes={"settlement": OPTIONS, "alternative": OPTIONS, "actor": ACTORS},
    timescale=1.25,
    references=("banzhaf1965", "shapley1954", "svolik2009", "casper2014", "wise2015"),
    states=(
        State("holder", ("office",), "1", "who holds the office", initial=None, lower=0, upper=3,
            levels=("incumbent", "old guard", "other", "vacant")),
        State("allegiance", ("organ",), "1", "allegiance to the incumbent", initial=None, **_share),
        State("structural", ("organ",), "1", "allegiance in calm", initial=None, **_share),
        State("control", (), "1", "the incumbent's share of control", initial=None, lower=0.0,
            upper=1.0 + 1e-9),
        State("pivotal", (), "1", "the incumbent's control by the Shapley-Shubik index", initial=None,
            lower=0.0, upper=1.0 + 1e-9),
        State("diarchy", (), "1", "effective number of principals", initial=None, lower=1.0 - 1e-9,
            upper=2.0 + 1e-9),
        State("regime", (), "1", "whether the regime stands, or how it fell", lower=0, upper=3,
            levels=("stands", "fell by coup", "fell by crowd", "negotiated exit")),
        State("shaken", (), "day", "how long too few forces have obeyed", lower=0.0),
        State("settled", (), "1", "what the principals last agreed on", lower=NEVER, upper=OPTIONS,
            levels=("nothing", "the patron restored", "dual authority", "consolidation", "joint exit")),
        State("chance", ("settlement",), "1", "chances of the settlements when last negotiated",
            private=True),
        State("voice", ("actor",), "1", "weights of the actors when last negotiated", private=True),
        State("strength", ("settlement", "alternative"), "1", "coalition for each settlement against each",
            private=True),
    ),
    inlets=(Inlet("dismiss", (), "1", "order to dismiss the old guard's heads of organs", combine="max"),
            Inlet("bid", (), "1", "bid for the chair of the council", combine="max"),
            Inlet("backing", (), "1", "foreign backing, 0 to 1", combine="max")),
    pushes=(Push("crowd.relief", ()),),
    reads=(Read("government.threat", (), 0.0), Read("security.loyal", (), 1.0),
           Read("security.capital_lost", (), 0.0)),
    facts=(
        Fact("weight", ("office",), "1", "weight of the office in a decision on control", lower=0.0),
        Fact("veto", ("office",), "1", "1 where nothing is decided against it", default=0.0, **_share),
        Fact("effectiveness", ("office",), "1", "how far what the office decides is carried out", default=1.0,
            **_share),
        Fact("first_holder", ("office",), "1", "0 incumbent, 1 old guard, 2 other, 3 vacant", lower=0,
            upper=3),
        Fact("commands", ("office", "organ"), "1", "1 where the office commands the organ", **_share),
        Fact("council", ("office",), "1", "1 for the chair of the security council", default=0.0, **_share),
        Fact("first_allegiance", ("organ",), "1", "allegiance of the organ to the incumbent in calm",
            **_share),
        Fact("quota", (), "1", "share of weight that decides", default=0.5, **_share),
    ),
    derived=(Derived("index", ("office",), "1", "Banzhaf index of the office, times its effectiveness"),
             Derived("pivot", ("office",), "1", "Shapley-Shubik index of it, times its effectiveness")),
    draws=(Draw("dismissal", ("office",)), Draw("plot"), Draw("verdict"), Draw("talks"), Draw("settlement")),
    parameters=(
        lever("rivalry", "whether the old guard is a rival at all"),
        Parameter("appointee", "1", 0.5, 1.0, beta(0.85, 20),
            Judgement("a hand-picked head is loyal, his men less so"),
            "allegiance under a head of the incumbent's own"),
        Parameter("constancy", "day", 1.0, 365.0, lognormal(10.0, 2.0), Judgement("men turn over weeks"),
            "half-life in which allegiance follows events"),
        Parameter("doubt", "1", 0.0, 1.0, beta(0.3, 6), Judgement("nobody stays with a loser"),
            "allegiance lost under full threat"),
        Parameter("trust", "1", 0.0, 1.0, beta(0.2, 6), Judgement("backed rulers are expected to last"),
            "allegiance gained under full foreign backing"),
        Parameter("ease", "1", -3.0, 5.0, normal(1.0, 0.7),
            Judgement("most dismissals by a president are obeyed"),
            "log odds that a dismissal works at control one half"),
        Parameter("ease_control", "1", 0.0, 20.0, lognormal(4.0, 2.0),
            Judgement("who controls the organs can dismiss their heads"), "how much control adds"),
        Parameter("ease_backing", "1", 0.0, 5.0, lognormal(1.0, 2.0),
            Judgement("foreign backing settles doubts"), "how much foreign backing adds"),
        Parameter("rebuff", "1", 0.0, 0.5, beta(0.1, 20), Judgement("a failed dismissal makes an enemy"),
            "allegiance lost by a dismissal that fails"),
        Parameter("coup_rate", "1/day", 0.0, 0.02, lognormal(1.35e-4, 3.0),
            Source("powell2011", "131 attempts 1989-2021, 54 of them successful, in 2,664 years of states"
                " with a polity score of 5 or less: 4.9 % a year"),
            "hazard of a coup attempt in calm"),
        Parameter("coup_alarm", "1", 0.0, 200.0, lognormal(15.0, 2.5),
            Source("casper2014", "protest coordinates the elite; size is judgement"),
            "times more often under full threat"),
        Parameter("shield", "1", 0.0, 1.0, beta(0.6, 6), Judgement("a coup against foreign troops is a war"),
            "share of the attempts that full backing deters"),
        Parameter("reckoning", "1", 0.0, 1.0, uniform(0.3, 0.9), Judgement("failed plotters are purged"),
            "chance that an office of the old guard falls after a failed coup"),
        Parameter("talks", "1/day", 0.0, 2.0, lognormal(0.14, 2.0),
            Judgement("about weekly under full threat"),
            "how often the principals renegotiate under full threat; with its square below"),
        Parameter("street_voice", "1", 0.0, 3.0, lognormal(0.3, 2.5),
            Judgement("a leaderless street has little weight at a table"),
            "weight of the street under full threat"),
        Parameter("collapse_share", "1", 0.05, 0.8, beta(0.35, 20),
            Judgement("a third of the forces cannot hold a state"),
            "share of obeying strength below which the regime falls"),
        Parameter("patience", "day", 0.25, 60.0, lognormal(2.0, 2.5),
            Judgement("days, not hours: forces that stand by can come back, squares can be cleared"),
            "how long the capital, or the obedience of most forces, can be lost"),
    ),
)  # fmt: skip
