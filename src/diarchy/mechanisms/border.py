"""Border: what might be claimed.

A slow hazard that a kin state demands a place across its border where its kin live. The base rate is
counted over pairs of neighbours with such a minority, the many in which nothing happened with the few in
which something did; it is small. Within the country it falls on the places on that border by the number of
the minority. It rises with the weakness of the state and after its fall; whether it rises or falls
while the kin state's troops stand there as guests is not known, so that effect has no sign beforehand.

A demand is recorded and changes nothing else: what would follow it lies beyond the horizon of a crisis.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diarchy.evidence import Judgement
from diarchy.mechanism import Derived, Draw, Fact, Mechanism, Parameter, Read, State, kernel
from diarchy.numerics import choose, hazard_to_chance
from diarchy.prior import lognormal, normal

STANDS = 0
TROOPS = 2000.0  # [people] a contingent that counts as full presence. Judgement.


def start(p):
    """Where a demand would fall: on places on the border, by the number of the minority."""
    people = p.minority * p.adjoins
    share = people / people.sum() if people.sum() > 0.0 else np.zeros(len(people))
    return {"exposure": np.broadcast_to(share, (len(p.base_rate), len(share)))}


@kernel
def settle(now, p, u, inflow, next):
    """At most one demand a step, on one place."""
    for r in range(now.demand.shape[0]):
        exposed = 0.0
        for place in range(now.demand.shape[1]):
            next.demand[r, place] = now.demand[r, place]
            exposed += p.exposure[r, place]
        presence = 0.0
        for power in range(now.patron_troops.shape[1]):
            presence = max(presence, p.kin[power] * (1.0 - math.exp(-now.patron_troops[r, power] / TROOPS)))
        fallen = now.authority_regime[r] != STANDS
        times = 1.0 + p.weakness[r] * now.government_threat[r] + p.collapse[r] * fallen
        rate = p.base_rate[r] * times * math.exp(p.guests[r] * presence)
        if exposed > 0.0 and u.claim[r] < hazard_to_chance(rate, now.dt):
            place = choose(p.exposure[r], now.demand.shape[1], u.spot[r])
            next.demand[r, place] = 1.0


_share: dict[str, Any] = {"lower": 0.0, "upper": 1.0}

BORDER = Mechanism(
    name="border",
    doc="What might be claimed: a slow hazard of a territorial demand for a minority across the border.",
    start=start,
    settle=settle,
    timescale=7.0,
    references=("huth1996", "saideman2008"),
    states=(State("demand", ("place",), "1", "1 once the place has been demanded", **_share),),
    reads=(Read("government.threat", (), 0.0), Read("authority.regime", (), 0.0, whole=True),
           Read("patron.troops", ("power",), 0.0)),
    facts=(
        Fact("minority", ("place",), "people", "people of the kin state's nation who live here", lower=0.0),
        Fact("adjoins", ("place",), "1", "1 where the place lies on the kin state's border", **_share),
        Fact("kin", ("power",), "1", "1 where the power is the kin state", **_share),
    ),
    derived=(Derived("exposure", ("place",), "1", "where a demand would fall"),),
    draws=(Draw("claim"), Draw("spot")),
    parameters=(
        Parameter("base_rate", "1/day", 0.0, 0.001, lognormal(1.3e-5, 3.0),
            Judgement("four demands in 852 years of neighbours with such a minority, 1992-2021: 0.47 % a "
                "year; demands.csv of the case kazakhstan-2022, recalled"),
            "hazard of a demand in calm"),
        Parameter("weakness", "1", 0.0, 100.0, lognormal(5.0, 3.0),
            Judgement("most demands on record met states in turmoil"), "times more often under full threat"),
        Parameter("collapse", "1", 0.0, 500.0, lognormal(20.0, 3.0),
            Judgement("Crimea was seized within days of a fall; most falls saw nothing"),
            "times more often once the regime has fallen"),
        Parameter("guests", "1", -3.0, 3.0, normal(0.0, 0.7),
            Judgement("guests with troops could claim more, or need not: no sign beforehand"),
            "log hazard under the kin state's troops"),
    ),
)  # fmt: skip
