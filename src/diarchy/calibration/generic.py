"""What a thin scenario assumes about every country: one table, each number with its unit and its reason.

A row of the case library names a country, a day and a few covariates. All else that the mechanisms need is
generic and stands here, none of it taken from what happened in any crisis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from diarchy.evidence import Evidence, Judgement


@dataclass(frozen=True)
class Constant:
    """One number that thin scenarios share.

    Parameters
    ----------
    value : the number.
    unit : its unit.
    doc : what it is.
    evidence : where it comes from.
    """

    value: float
    unit: str
    doc: str
    evidence: Evidence


def _constant(value: float, unit: str, doc: str, reason: str) -> Constant:
    """A number with a stated judgement."""
    return Constant(value, unit, doc, Judgement(reason))


CONSTANTS: Mapping[str, Constant] = MappingProxyType({
    # The calendar
    "lead": _constant(1.0, "day", "calm days before the onset",
        "one day, so that the trigger is news and not the state of things"),
    "horizon": _constant(180.0, "day", "days after the onset", "the longest question asks about half a year"),
    "step": _constant(0.25, "day", "length of a step",
        "a fifth of the fastest feedback of the mechanisms, as for a written case"),
    # The country's shape
    "capital_share": _constant(0.12, "1", "share of people in the capital of a country of ten million",
        "primate cities of middling countries hold a tenth to a seventh"),
    "capital_fall": _constant(0.25, "1", "exponent by which that share falls with population",
        "about a third on an island of 100,000, a twenty-fifth in a country of a billion"),
    "capital_least": _constant(0.02, "1", "least share of the capital", "capitals of the largest countries"),
    "capital_most": _constant(0.35, "1", "largest share of the capital", "capitals of island states"),
    "yardstick_population": _constant(1e7, "people", "population at which `capital_share` holds",
        "the median country"),
    "second_city": _constant(0.5, "1", "second city over the capital", "rank-size rule"),
    "towns": _constant(0.45, "1", "share of the remaining people who live in towns, at the yardstick income",
        "about half of the world is urban"),
    "towns_by_income": _constant(0.25, "1", "how much that share rises with a tenfold income",
        "urban shares run from a fifth in poor to three quarters in rich countries"),
    "towns_least": _constant(0.1, "1", "least share of them in towns", "the poorest countries"),
    "towns_most": _constant(0.9, "1", "largest share of them in towns", "the richest ones"),
    "yardstick_income": _constant(5000.0, "dollar/year", "income per head at which the generic numbers hold",
        "a lower-middle-income country, in dollars of 2011"),
    "density": _constant(60.0, "people/km^2", "population density", "world average of inhabited land"),
    "largest_side": _constant(6500.0, "km", "longest side of the square that a country is laid out in",
        "keeps the largest countries on the map"),
    "km_per_degree": _constant(111.2, "km/degree", "length of a degree of latitude",
        "the earth's meridian over 360"),
    "hardship_types": _constant(4, "1", "bins of hardship in the crowd",
        "a third less time than with six by five bins; rates of outcomes move by 0.01 at most"),
    "risk_types": _constant(4, "1", "bins of risk aversion in the crowd", "as for hardship"),
    # The trigger
    "price_ratio": _constant(2.0, "1", "price after over before, where a price shock set it off",
        "subsidy cuts that made crises ranged from a half to a fivefold rise; a doubling is the middle"),
    "price_dependence": _constant(0.6, "1", "share of townspeople who live by what became dearer",
        "fuel, bread or fares reach most households, not all"),
    "poverty": _constant(0.15, "1", "exponent by which dependence on that price falls with income",
        "the budget share of food and fuel halves from poor to rich"),
    "village_concern": _constant(0.6, "1", "concern of villagers against townspeople",
        "villages feel prices later and the capital's politics less"),
    # Offices and forces
    "quota": _constant(0.5, "1", "share of the weight of offices that decides", "more than half"),
    "kit_by_income": _constant(0.1, "1", "exponent by which the forces' fitness rises with income",
        "pay, training and vehicles; a factor 0.8 to 1.2 over the range of countries"),
    "kit_most": _constant(0.15, "1", "largest change of fitness by income", "heads count more than kit"),
    # Foreign powers
    "stake_least": _constant(0.05, "1", "stake of a power without any tie", "a fall is never nothing"),
    "stake_ally": _constant(0.35, "1", "stake added by a defence alliance", "a promise to be kept"),
    "stake_border": _constant(0.25, "1", "stake added by a common land border", "trouble crosses it"),
    "stake_affinity": _constant(0.25, "1", "stake added by a like vote in the General Assembly",
        "kinship of regimes and of interests"),
    "affinity_scale": _constant(1.5, "1", "distance of ideal points at which affinity has fallen to 1/e",
        "about the distance between neighbouring camps"),
    "affinity_unknown": _constant(0.4, "1", "affinity where votes are not known", "the middling dyad"),
    "lag_neighbour": _constant(0.5, "day", "from decision to first units across a common land border",
        "readiness of hours, a road or a short flight"),
    "lag_ally": _constant(1.0, "day", "the same for an ally without a border",
        "airlift of a first company with agreements in place; a day in Tonga, Dili and Honiara"),
    "lag_distant": _constant(3.0, "day", "the same for others", "airlift, overflight, basing"),
    "pool_per_ratio": _constant(1000.0, "people", "contingent per unit of capability against the host's",
        "who is no stronger than the host sends little; ten times as strong sends a division"),
    "pool_most": _constant(10_000.0, "people", "largest contingent within weeks", "one division"),
    "capability_unknown": _constant(5.0, "1", "capability against the host's where it is not known",
        "possible patrons are much stronger than those whom they may rescue"),
    "collective_ally": _constant(0.5, "1", "how far an ally's mandate is collective and dated",
        "about half of the treaties work through an organisation"),
    # Reading outcomes
    "disobeyed": _constant(0.05, "1", "share of effective strength not obeying that is called disobedience",
        "coders of crises note an organ or a region, not a platoon"),
})  # fmt: skip


def number(name: str) -> float:
    """One generic constant by name [its unit]."""
    return CONSTANTS[name].value


@dataclass(frozen=True)
class Organ:
    """One security organ of every country.

    Parameters
    ----------
    strength : per inhabitant [1].
    effectiveness : fitness for public order [1].
    mobility : share that can be moved [1].
    capital, second, towns, villages : density of stations against the country's [1].
    """

    strength: float
    effectiveness: float
    mobility: float
    capital: float
    second: float
    towns: float
    villages: float


#: Judgement: police as in the median country of the UN survey of crime trends (about 3 to 3.5 per 1,000),
#: gendarmes and internal troops a quarter of that, armies about 3 per 1,000. Fitness: trained internal troops
#: are the yardstick; conscripts and plain police are worth less in a line against a crowd.
ORGANS: Mapping[str, Organ] = MappingProxyType({
    "police": Organ(3.5e-3, 0.5, 0.1, 1.6, 1.3, 1.0, 0.7),
    "guard": Organ(0.8e-3, 1.0, 0.5, 3.0, 2.0, 1.0, 0.4),
    "service": Organ(0.2e-3, 0.6, 0.4, 5.0, 3.0, 1.0, 0.3),
    "army": Organ(3.0e-3, 0.3, 0.4, 1.0, 1.0, 1.0, 1.0),
})  # fmt: skip


@dataclass(frozen=True)
class Office:
    """One office of every country.

    Parameters
    ----------
    weight : parts of 100 in a decision on control [1].
    veto : 1 where nothing is decided against it [1].
    council : 1 for the chair of the security council [1].
    commands : organs under its direct command.
    """

    weight: float
    veto: float = 0.0
    council: float = 0.0
    commands: tuple[str, ...] = ()


#: Judgement: weights by what an office decides over force, appointments, law and money.
OFFICES: Mapping[str, Office] = MappingProxyType({
    "head of state or government": Office(30.0, veto=1.0),
    "security council": Office(8.0, council=1.0),
    "security service": Office(10.0, commands=("service",)),
    "interior ministry": Office(12.0, commands=("police", "guard")),
    "defence ministry": Office(12.0, commands=("army",)),
    "ruling party": Office(6.0),
    "cabinet": Office(8.0),
    "parliament": Office(8.0),
    "state economy": Office(6.0),
})  # fmt: skip


@dataclass(frozen=True)
class Regime:
    """What a class of regimes means for offices and organs.

    Parameters
    ----------
    rivals : offices held by another camp of the elite.
    others : offices of neither camp.
    allegiance : of police, guard, service and army to the ruler in calm, 0 to 1 [1].
    guard : guard and service strength against the generic one [1].
    """

    rivals: tuple[str, ...]
    others: tuple[str, ...]
    allegiance: tuple[float, float, float, float]
    guard: float


#: By the classes of `wording.REGIMES`. Judgement: rulers who trust nobody pay their guards best and share
#: offices least; parties, juntas and clerics share some; new rulers own neither offices nor forces.
REGIMES: Mapping[str, Regime] = MappingProxyType({
    "democracy": Regime((), ("parliament", "state economy"), (0.75, 0.75, 0.75, 0.75), 0.7),
    "electoral": Regime(("state economy",), ("parliament",), (0.7, 0.7, 0.7, 0.65), 1.0),
    "personal": Regime(("state economy",), (), (0.7, 0.8, 0.8, 0.6), 1.3),
    "military": Regime(("security council",), ("parliament",), (0.65, 0.75, 0.75, 0.75), 1.2),
    "party": Regime(("ruling party",), (), (0.75, 0.8, 0.8, 0.75), 1.3),
    "monarchy": Regime((), ("parliament",), (0.75, 0.85, 0.85, 0.75), 1.2),
    "theocracy": Regime(("security council",), ("parliament",), (0.75, 0.85, 0.85, 0.75), 1.4),
    "interim": Regime(("interior ministry", "defence ministry"), ("parliament", "cabinet"),
        (0.55, 0.55, 0.55, 0.5), 0.7),
    "unknown": Regime(("state economy",), ("parliament",), (0.7, 0.7, 0.7, 0.65), 1.0),
})  # fmt: skip


def regime_of(name: str) -> Regime:
    """The regime of a class; of the unknown one where a row has none of the classes."""
    return REGIMES.get(name, REGIMES["unknown"])


#: How many take a political trigger as done to them, as a share of townspeople. Judgement: a stolen election
#: touches everybody's vote; blood and the ruler's own fate come close to it. By the classes of
#: `wording.TRIGGERS`; "price" without a rise of prices is a dispute about them.
OFFENCE: Mapping[str, float] = MappingProxyType({
    "price": 0.7,
    "election": 1.0,
    "leader": 0.85,
    "repression": 0.85,
    "other": 0.7,
})  # fmt: skip

#: Where places lie, in lengths of the side of a square country (x, y). Judgement: the second city half a
#: country away, towns and villages spread about the capital.
LAYOUT: Mapping[str, tuple[float, float]] = MappingProxyType({
    "capital": (0.0, 0.0),
    "second city": (0.5, 0.1),
    "towns": (0.1, 0.3),
    "villages": (-0.2, 0.25),
})  # fmt: skip
