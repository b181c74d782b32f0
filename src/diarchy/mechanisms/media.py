"""Media: how much of other places people see, and how much it surprises them.

What is seen is one's own street plus, as far as the net reaches, other places by contact (gravity weights)
and the whole country by broadcast. What moves people is turnout against expectation (Lohmann): equal crowds
above and below what was expected move beliefs in opposite directions, and a wave that no longer surprises
dies down.

The net effect of a blackout has no assumed sign (Hassanpour): sight of other places falls, and what people
see of their own place may rise or fall, by a parameter whose prior is symmetric about zero.

Published models under it, beside their own numbers (`diarchy classic NAME`): `edmond`, `hassanpour`, `kuran`,
`watts`.
"""

from __future__ import annotations

import math

import numpy as np

from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Derived, Fact, Inlet, Mechanism, Parameter, Read, State, kernel
from diarchy.numerics import relax
from diarchy.prior import beta, lognormal, normal, uniform

EARTH_RADIUS_KM = 6371.0
NEAREST_KM = 30.0  # two places are never nearer than a city is wide


def _distances(latitude, longitude):
    """Great-circle distances between places: (place, place) [km]."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half = half + np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))


def start(p):
    """Contact weights by gravity: population over distance to a power, each row summing to one."""
    distance = np.maximum(_distances(p.latitude, p.longitude), NEAREST_KM)
    weight = p.population / distance ** p.distance_decay[:, None, None]
    weight = weight * (1.0 - np.eye(len(p.population)))
    total = weight.sum(axis=2, keepdims=True)
    return {"contact_weight": np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)}


@kernel
def settle(now, p, u, inflow, next):
    """Reach, what is seen, what was expected, and the surprise."""
    places = now.seen.shape[1]
    everyone = 0.0
    for place in range(places):
        everyone += p.population[place]
    for r in range(now.seen.shape[0]):
        nation = 0.0
        for place in range(places):
            nation += now.crowd_share[r, place] * p.population[place] / everyone
        for place in range(places):
            dark = inflow.blackout[r, place]
            reach = 1.0 - p.blackout_depth[r] * dark
            elsewhere = 0.0
            for other in range(places):
                elsewhere += p.contact_weight[r, place, other] * now.crowd_share[r, other]
            local = now.crowd_share[r, place] * max(0.0, 1.0 + p.local_mixing[r] * dark)
            seen = local + reach * (p.contact[r] * elsewhere + p.broadcast[r] * nation)
            known = now.expected[r, place] if now.day > 0.0 else seen  # calm times surprise nobody
            next.reach[r, place] = reach
            next.seen[r, place] = seen
            next.expected[r, place] = relax(known, seen, p.memory[r], now.dt)
            next.surprise[r, place] = math.log((seen + p.notice[r]) / (known + p.notice[r]))


MEDIA = Mechanism(
    name="media",
    doc="How much of other places people see, and how much it surprises them.",
    start=start,
    settle=settle,
    timescale=1.25,
    references=("lohmann1994", "hassanpour2014"),
    states=(
        State("reach", ("place",), "1", "how much of other places people see", initial=1.0, lower=0.0,
            upper=1.0),
        State("seen", ("place",), "1", "share of people in the street, as seen from here", lower=0.0),
        State("expected", ("place",), "1", "share that people have come to expect", lower=0.0),
        State("surprise", ("place",), "1", "log of seen over expected"),
    ),
    inlets=(Inlet("blackout", ("place",), "1", "order to cut the net", combine="max"),),
    reads=(Read("crowd.share", ("place",), 0.0),),
    facts=(
        Fact("latitude", ("place",), "degree", "latitude of the capital of the place", lower=-90, upper=90),
        Fact("longitude", ("place",), "degree", "longitude of the capital of the place", lower=-180,
            upper=180),
        Fact("population", ("place",), "people", "inhabitants", lower=1.0),
    ),
    derived=(Derived("contact_weight", ("place", "place"), "1", "weight of another place among those seen"),),
    parameters=(
        Parameter("contact", "1", 0.0, 1.0, beta(0.3, 8),
            Judgement("what happens in linked places counts less than one's own street"),
            "weight of linked places against one's own"),
        Parameter("broadcast", "1", 0.0, 2.0, uniform(0.1, 1.0),
            Judgement("news of the country's turnout counts for somewhat less than one's own street"),
            "weight of the country's turnout against one's own"),
        Parameter("distance_decay", "1", 0.0, 3.0, normal(1.0, 0.3),
            Judgement("gravity weights with an exponent near one, as for calls and travel between cities"),
            "exponent of distance in contact weights"),
        Parameter("memory", "day", 0.5, 30.0, lognormal(3.0, 2.0),
            Source("lohmann1994", "cycles of weekly demonstrations"),
            "half-life in which expected turnout follows what is seen"),
        Parameter("notice", "1", 1e-7, 1e-3, lognormal(2e-5, 3.0),
            Judgement("twenty in a million in the street is where strangers begin to notice"),
            "share of people in the street that goes unnoticed"),
        Parameter("blackout_depth", "1", 0.0, 1.0, beta(0.85, 20),
            Judgement("a national cut leaves satellite, landline and foreign roaming; windows are opened"),
            "share of the sight of other places that a blackout takes"),
        Parameter("local_mixing", "1", -0.9, 2.0, normal(0.0, 0.3),
            Source("hassanpour2014", "disruption may move people into their own streets; sign left open"),
            "change of the weight of one's own street under a blackout"),
    ),
)  # fmt: skip
