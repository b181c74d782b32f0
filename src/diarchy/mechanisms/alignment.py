"""Alignment: the pull between the great powers.

The host's foreign policy is a point on the simplex of poles. It starts from its ties (trade, alliance, votes,
arms, investment), is pulled by debts, and relaxes to its structural point with a half-life that is disputed:

    share(pole) proportional to ties(pole) exp(gratitude x debt(pole)).

A debt grows while a power's troops stand in the country and is forgotten afterwards. `multivector` is 1 where
the poles pull alike and 0 where one has everything; `pull` is what a power that can be asked for troops
already has, so what there is left for it to gain. `poles` and `primacy` describe the wider system: the
effective number of capability shares, and Ray and Singer's concentration of them. No dynamics of the wider
system are modelled: a crisis of months does not move it.

Published models under it, beside their own numbers (`diarchy classic NAME`): `alliance-similarity`,
`concentration`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diarchy.evidence import Judgement
from diarchy.indices import effective_number, ray_singer
from diarchy.mechanism import Derived, Fact, Mechanism, Parameter, Read, State, kernel
from diarchy.numerics import relax
from diarchy.prior import lognormal, uniform

TIES = ("trade", "alliance", "votes", "arms", "investment")
FAINTEST = 1e-6  # a pole without any tie still pulls a little, and its share is a number
CLOSE = 0.5  # [day] half-life in which a debt follows troops: at once, against everything else here


def start(p):
    """Ties weighed into a structural point; no debts."""
    runs = len(p.gratitude)
    ties = np.stack([p.trade, p.alliance, p.votes, p.arms, p.investment])
    shares = ties / np.maximum(ties.sum(axis=1, keepdims=True), FAINTEST)
    weight = np.stack([p.weight_trade, p.weight_alliance, p.weight_votes, p.weight_arms, p.weight_investment])
    ties = (weight.T @ shares) / weight.sum(axis=0)[:, None] + FAINTEST
    ties /= ties.sum(axis=1, keepdims=True)
    poles = ties.shape[1]
    spread = (1.0 / np.square(ties).sum(axis=1) - 1.0) / (poles - 1) if poles > 1 else np.zeros(runs)
    return {
        "ties": ties,
        "share": ties,
        "pull": ties @ p.stands_for.T,
        "multivector": spread,
        "poles": np.full(runs, effective_number(p.capability)),
        "primacy": np.full(runs, ray_singer(p.capability)),
    }


@kernel
def settle(now, p, u, inflow, next):
    """Debts grow and are forgotten; the point on the simplex follows."""
    for r in range(now.multivector.shape[0]):
        poles, total = now.share.shape[1], 0.0
        for pole in range(poles):
            owed = 0.0
            for power in range(now.patron_troops.shape[1]):
                if now.patron_troops[r, power] > 0.0 and p.stands_for[power, pole] > 0.0:
                    backing = 1.0 - math.exp(-now.patron_troops[r, power] / p.troops_scale[r])
                    owed = max(owed, p.stands_for[power, pole] * backing)
            before = now.debt[r, pole]
            next.debt[r, pole] = before
            if owed != before:
                half_life = CLOSE if owed > before else p.memory[r]
                next.debt[r, pole] = relax(before, owed, half_life, now.dt)
            next.share[r, pole] = p.ties[r, pole]
            if next.debt[r, pole] > 0.0:
                next.share[r, pole] *= math.exp(p.gratitude[r] * next.debt[r, pole])
            total += next.share[r, pole]
        for pole in range(poles):
            next.share[r, pole] /= total
        spread = effective_number(next.share[r]) - 1.0
        next.multivector[r] = spread / (poles - 1) if poles > 1 else 0.0
        for power in range(now.pull.shape[1]):
            next.pull[r, power] = 0.0
            for pole in range(poles):
                next.pull[r, power] += p.stands_for[power, pole] * next.share[r, pole]
        next.poles[r], next.primacy[r] = now.poles[r], now.primacy[r]


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0 + 1e-9}
_weight: dict[str, Any] = {"lower": 0.0, "upper": 1.0}


def _tie(name: str, doc: str) -> Fact:
    """What ties the host to each pole; only the shares of the poles count."""
    return Fact(name, ("pole",), "1", doc, default=0.0, lower=0.0)


def _weigh(tie: str) -> Parameter:
    """How much one tie counts among the others."""
    reason = "which ties make an alignment is disputed: any weight from none to full"
    return Parameter(f"weight_{tie}", "1", 0.0, 1.0, uniform(0.0, 1.0), Judgement(reason),
        f"weight of {tie} among the ties")  # fmt: skip


ALIGNMENT = Mechanism(
    name="alignment",
    doc="The pull between the great powers: a point on their simplex, moved by debts.",
    start=start,
    settle=settle,
    timescale=7.0,
    references=("laakso1979", "ray1973", "bailey2017"),
    states=(
        State("share", ("pole",), "1", "share of the pole in the host's alignment", initial=None, **_share),
        State("debt", ("pole",), "1", "what is owed to the pole for its troops", **_share),
        State("pull", ("power",), "1", "share of the pole that the power stands for", initial=None, **_share),
        State("multivector", (), "1", "1 where the poles pull alike, 0 where one has all", initial=None,
            lower=-1e-9, upper=1.0 + 1e-9),
        State("poles", (), "1", "effective number of great powers in the wider system", initial=None,
            lower=0.0),
        State("primacy", (), "1", "Ray-Singer concentration of their capabilities", initial=None, **_share),
    ),
    reads=(Read("patron.troops", ("power",), 0.0),),
    facts=(
        _tie("trade", "trade with the pole"),
        _tie("alliance", "obligations of defence to the pole"),
        _tie("votes", "likeness of votes in the General Assembly"),
        _tie("arms", "arms bought from the pole"),
        _tie("investment", "stock of direct investment from the pole"),
        Fact("stands_for", ("power", "pole"), "1", "1 where the power's troops are the pole's", **_weight),
        Fact("capability", ("great",), "1", "share of the world's capabilities of each great power",
            lower=0.0),
    ),
    derived=(Derived("ties", ("pole",), "1", "structural share of the pole"),),
    parameters=(
        *(_weigh(tie) for tie in TIES),
        Parameter("gratitude", "1", 0.0, 5.0, lognormal(0.5, 3.0),
            Judgement("one speaker sees an orbit, another a limited favour: from next to nothing to a lot"),
            "log odds of a pole per full debt"),
        Parameter("troops_scale", "people", 100.0, 50000.0, lognormal(2000.0, 2.5),
            Judgement("a few thousand soldiers are most of a favour"), "troops that make most of a debt"),
        Parameter("memory", "day", 7.0, 3650.0, lognormal(180.0, 4.0),
            Judgement("disputed: favours are forgotten in weeks or bind for years"),
            "half-life of a debt once the troops have gone"),
    ),
)  # fmt: skip
