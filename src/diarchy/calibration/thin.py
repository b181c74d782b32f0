"""Thin scenarios: what one row of onset facts in the case library becomes, and what its futures say.

Four places, generic offices and organs, the row's possible patrons, and on the day of onset the trigger: a
price or an affront. Everything else is in `generic.py`. Nothing that was coded after the onset can enter: an
onset has no place for it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from diarchy.calibration.generic import (
    LAYOUT,
    OFFENCE,
    OFFICES,
    ORGANS,
    number,
    regime_of,
)
from diarchy.engine import FINE, advance
from diarchy.ensemble.design import Design
from diarchy.mechanisms.authority import INCUMBENT, OLD_GUARD, OTHER, STANDS
from diarchy.mechanisms.patron import LEAVING, PRESENT
from diarchy.model import Arm, Calendar, Model, connect
from diarchy.registry import find_mechanism

if TYPE_CHECKING:
    from diarchy.calibration.library import Onset, Patron

#: The mechanisms of a thin scenario.
MECHANISMS = ("affront", "authority", "crowd", "economy", "government", "media", "patron", "security")
#: The states from which `outcomes_of` reads.
RECORD = ("authority.regime", "crowd.dead", "crowd.street", "government.asked", "government.concession",
          "patron.stage", "security.loyal", "security.own_dead")  # fmt: skip
ARM = "base"
PLACES = tuple(LAYOUT)
CAPITAL, SECOND, TOWNS, VILLAGES = range(len(PLACES))
LEAST_PEOPLE = 1.0  # a place is never empty, or weights by population would have no sum


def thin_model(onset: Onset, step: float | None = None, horizon: float | None = None) -> Model:
    """A wired model of one crisis from what was known at its onset.

    Parameters
    ----------
    onset : one row of the library.
    step : [day] length of a step; the generic one unless given.
    horizon : [day] how long after the onset the run lasts; the generic one unless given.

    Returns
    -------
    Model : the arm 'base' on a calendar that begins `lead` days before the onset.

    Raises
    ------
    ModelError : facts that no mechanism takes, for example a population that is not a number.
    """
    length = number("step") if step is None else step
    after = number("horizon") if horizon is None else horizon
    steps = round((number("lead") + after) / length)
    calendar = Calendar(onset.date - dt.timedelta(days=number("lead")), length, steps)
    return Model(calendar, {ARM: thin_arm(onset)})


def thin_arm(onset: Onset) -> Arm:
    """The mechanisms wired on the facts of one onset."""
    coordinates = {
        "place": PLACES,
        "group": ("all",),
        "office": tuple(OFFICES),
        "organ": tuple(ORGANS),
        "power": _labels(onset.patrons),
    }
    types = {"crowd.hardship": int(number("hardship_types")), "crowd.risk": int(number("risk_types"))}
    mechanisms = [find_mechanism(name) for name in MECHANISMS]
    return connect(ARM, mechanisms, coordinates, facts_of(onset), {}, types)


def _labels(patrons: Sequence[Patron]) -> tuple[str, ...]:
    """Names of the powers, each once."""
    return tuple(dict.fromkeys(patron.name for patron in patrons))


def facts_of(onset: Onset) -> dict[str, np.ndarray]:
    """All facts of one onset, by qualified name, in the units that the mechanisms declare."""
    people = people_by_place(onset.population, onset.gdp_pc)
    return {
        **_trigger(onset),
        **_country(people),
        **_forces(onset, people),
        **_offices(onset),
        **_powers(onset),
    }


def people_by_place(population: float, gdp_pc: float) -> np.ndarray:
    """Inhabitants of capital, second city, towns and villages: (place,) [people], whole numbers."""
    size = population / number("yardstick_population")
    share = number("capital_share") * size ** -number("capital_fall")
    capital = min(max(share, number("capital_least")), number("capital_most"))
    second = number("second_city") * capital
    richer = number("towns_by_income") * math.log10(_income(gdp_pc))
    towns = min(max(number("towns") + richer, number("towns_least")), number("towns_most"))
    rest = 1.0 - capital - second
    shares = np.array([capital, second, rest * towns, rest * (1.0 - towns)])
    return np.maximum(np.rint(population * shares), LEAST_PEOPLE)


def _income(gdp_pc: float) -> float:
    """Income against the yardstick [1]; one where it is not known."""
    return gdp_pc / number("yardstick_income") if gdp_pc > 0.0 else 1.0


def _trigger(onset: Onset) -> dict[str, np.ndarray]:
    """What set the crisis off on the day of onset: a price that rises, or an affront; never both."""
    concerned = np.ones(len(PLACES))
    concerned[VILLAGES] = number("village_concern")
    dearer, offence = 1.0, OFFENCE.get(onset.trigger, OFFENCE["other"])
    if onset.price_shock:
        dearer, offence = number("price_ratio"), 0.0
    dependence = number("price_dependence") * _income(onset.gdp_pc) ** -number("poverty")
    day = np.array(number("lead"))
    return {
        "economy.reference_price": np.ones(len(PLACES)),
        "economy.shock_price": np.full(len(PLACES), dearer),
        "economy.shock_day": day,
        "economy.dependence": min(dependence, 1.0) * concerned,
        "economy.oil": np.zeros(len(PLACES)),
        "affront.offence": offence * concerned,
        "affront.day": day,
    }


def _country(people: np.ndarray) -> dict[str, np.ndarray]:
    """Where people live: a square country around the crossing of the equator and the first meridian."""
    side = np.minimum(np.sqrt(people.sum() / number("density")), number("largest_side"))
    place = np.array(list(LAYOUT.values())) * side / number("km_per_degree")
    urban = np.ones(len(PLACES))
    urban[VILLAGES] = 0.0
    return {
        "media.longitude": place[:, 0],
        "media.latitude": place[:, 1],
        "media.population": people,
        "crowd.population": people[:, None],
        "crowd.titular": np.ones(1),
        "crowd.urban": urban,
    }


def _forces(onset: Onset, people: np.ndarray) -> dict[str, np.ndarray]:
    """Organs: strength by place, mobility, fitness."""
    regime = regime_of(onset.regime)
    kit = _income(onset.gdp_pc) ** number("kit_by_income")
    kit = min(max(kit, 1.0 - number("kit_most")), 1.0 + number("kit_most"))
    density = np.array([[o.capital, o.second, o.towns, o.villages] for o in ORGANS.values()]).T
    spread = density * people[:, None]
    more = np.array([regime.guard if name in ("guard", "service") else 1.0 for name in ORGANS])
    total = np.array([o.strength for o in ORGANS.values()]) * more * people.sum()
    capital = np.zeros(len(PLACES))
    capital[CAPITAL] = 1.0
    return {
        "security.stationed": spread / spread.sum(axis=0) * total,
        "security.mobility": np.array([o.mobility for o in ORGANS.values()]),
        "security.effectiveness": np.array([o.effectiveness for o in ORGANS.values()]) * kit,
        "security.capital": capital,
    }


def _offices(onset: Onset) -> dict[str, np.ndarray]:
    """Offices: weights, holders by the class of the regime, organs under command."""
    regime = regime_of(onset.regime)
    holder = [
        OLD_GUARD if o in regime.rivals else OTHER if o in regime.others else INCUMBENT for o in OFFICES
    ]
    return {
        "authority.weight": np.array([o.weight for o in OFFICES.values()]),
        "authority.veto": np.array([o.veto for o in OFFICES.values()]),
        "authority.council": np.array([o.council for o in OFFICES.values()]),
        "authority.first_holder": np.array(holder, dtype=float),
        "authority.commands": np.array([[float(g in o.commands) for g in ORGANS] for o in OFFICES.values()]),
        "authority.first_allegiance": np.array(regime.allegiance),
        "authority.quota": np.array(number("quota")),
    }


def _powers(onset: Onset) -> dict[str, np.ndarray]:
    """Possible patrons: what the host is worth to them, how soon and with how many they can be there."""
    patrons = list({patron.name: patron for patron in reversed(onset.patrons)}.values())[::-1]
    return {
        "patron.stake": np.array([stake_of(p) for p in patrons]),
        "patron.lag": np.array([_lag(p) for p in patrons]),
        "patron.collective": np.array([number("collective_ally") * p.allied for p in patrons]),
        "patron.pool": np.array([_pool(p) for p in patrons]),
    }


def stake_of(patron: Patron) -> float:
    """What the host's survival is worth to a power [1]: alliance, border, like votes."""
    near = number("affinity_unknown")
    if not math.isnan(patron.distance):
        near = math.exp(-abs(patron.distance) / number("affinity_scale"))
    stake = number("stake_least") + number("stake_affinity") * near
    stake += number("stake_ally") * patron.allied + number("stake_border") * patron.contiguous
    return min(stake, 1.0)


def _lag(patron: Patron) -> float:
    """From decision to first units [day]."""
    if patron.contiguous:
        return number("lag_neighbour")
    return number("lag_ally") if patron.allied else number("lag_distant")


def _pool(patron: Patron) -> float:
    """Largest contingent [people]."""
    ratio = number("capability_unknown") if math.isnan(patron.capability) else patron.capability
    return min(max(ratio, 0.0) * number("pool_per_ratio"), number("pool_most"))


def outcomes_of(records: Mapping[str, np.ndarray], days: np.ndarray, population: float) -> dict[str, Any]:
    """What the library codes of a crisis, from the futures of its thin scenario.

    Parameters
    ----------
    records : the states of `RECORD`, each (run, time, *dims).
    days : days since the onset at which they were kept: (time,) [day]; negative before it.
    population : [people].

    Returns
    -------
    dict : name -> (run,).
        out_days [day] until the regime no longer stands, inf if it does to the end;
        disobeyed [1] 1 where at some time a share of at least `disobeyed` of the strength did not obey;
        deaths [people], the forces' own included;
        helped [1] 1 where foreign troops came while the regime stood, of whichever power;
        stay_days [day] from the first arrival to the last departure, inf while any is still there;
        stay_watched [day] from the first arrival to the end of the run; both nan where nobody helped;
        peak_share [1] most people in the street at one time, over inhabitants;
        asked [1] 1 where the government asked a power for troops;
        conceded [1] 1 where it gave in on a price or on its cabinet.
    """
    out = _first(records["authority.regime"] != STANDS, days)
    helped, stay, watched = _help(records["patron.stage"], days, out)
    dead = records["crowd.dead"][:, -1] + records["security.own_dead"][:, -1]
    unruly = records["security.loyal"].min(axis=1) <= 1.0 - number("disobeyed")
    return {
        "out_days": out,
        "disobeyed": unruly.astype(float),
        "deaths": dead.sum(axis=-1),
        "helped": helped.astype(float),
        "stay_days": stay,
        "stay_watched": watched,
        "peak_share": records["crowd.street"].sum(axis=-1).max(axis=1) / population,
        "asked": _ever(records["government.asked"]),
        "conceded": _ever(records["government.concession"]),
    }


def _ever(state: np.ndarray) -> np.ndarray:
    """1 for each run in which a state ever left 0: (run,)."""
    return (state > 0).reshape(len(state), -1).any(axis=1).astype(float)


def _first(happened: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The first day on which each run shows it: (run,) [day], inf if never."""
    return np.where(happened.any(axis=1), days[happened.argmax(axis=1)], np.inf)


def _help(stage: np.ndarray, days: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether troops came to a standing regime, how long they stayed, and for how long that was watched."""
    here = ((stage == PRESENT) | (stage == LEAVING)).any(axis=2)
    came = _first(here, days)
    helped = np.isfinite(came) & (came <= out)
    since = np.where(helped, came, 0.0)
    end = days[len(days) - 1 - here[:, ::-1].argmax(axis=1)] + days[1] - days[0]
    stay = np.where(here[:, -1], np.inf, end - since)
    return helped, np.where(helped, stay, np.nan), np.where(helped, days[-1] - since, np.nan)


def run_onset(
    onset: Onset,
    values: Mapping[str, np.ndarray] | Design,
    runs: Sequence[int] | np.ndarray,
    seed: int,
    horizon: float | None = None,
) -> dict[str, np.ndarray]:
    """Outcomes of some futures of one onset.

    Parameters
    ----------
    onset : one row of the library.
    values : qualified parameter -> (run,) [its unit], or a design. All onsets have the same parameters and
        declared priors, so a design that was sampled for one onset serves all.
    runs : run numbers; with `seed` they key the luck, also within a design.
    seed : of the luck.
    horizon : [day] how long after the onset to run; questions that reach further cannot be answered from it.

    Returns
    -------
    dict : as from `outcomes_of`, each (run,) and nan where a run failed; `failed` tells which did.
    """
    model, numbers = thin_model(onset, horizon=horizon), np.asarray(runs, dtype=np.int64)
    given = values.values(ARM, numbers) if isinstance(values, Design) else values
    block = advance(model.arms[ARM], model.calendar, given, numbers, seed, RECORD)
    found = outcomes_of(block.records, model.calendar.days - number("lead"), onset.population)
    failed = block.status != FINE
    return {name: np.where(failed, np.nan, array) for name, array in found.items()} | {"failed": failed}
