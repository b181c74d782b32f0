"""Thin scenarios: generic facts from a row, outcomes as the library codes them, the same bits however cut."""

import dataclasses
import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest

from diarchy.calibration import generic, thin, wording
from diarchy.calibration.library import Onset, Patron
from diarchy.engine import first_state
from diarchy.ensemble.design import sample
from diarchy.errors import ModelError

NEIGHBOUR = Patron("RUS", allied=True, contiguous=True, capability=20.0, distance=0.7)
DISTANT = Patron("AUS", allied=False, contiguous=False, capability=math.nan, distance=math.nan)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "thin_scenarios.md"
SHORT = 20.0  # days: enough for a wave, and quick


def an_onset(**changes):
    day, ties = dt.date(2000, 5, 1), (NEIGHBOUR,)
    plain = Onset("X1", "Nowhere", "XXX", day, 9e6, "personal", "election", False, -7.0, 6000.0, ties)
    return dataclasses.replace(plain, **changes)


def medians(model):
    """Every parameter at the middle of its prior: (1,) each."""
    arm = model.arms[thin.ARM]
    middle = np.full(1, 0.5)
    return {k: arm.priors[k].quantile(middle, p.lower, p.upper) for k, p in arm.parameters().items()}


@pytest.fixture(scope="module")
def design():
    return sample(thin.thin_model(an_onset()), 48, 7, 2)


ROWS = [
    an_onset(),
    an_onset(population=1e5, regime="monarchy", trigger="other", gdp_pc=math.nan, polity=math.nan),
    an_onset(population=1.4e9, regime="party", trigger="price", price_shock=True, patrons=()),
    an_onset(
        regime="of a kind never heard of", trigger="an eclipse", patrons=(NEIGHBOUR, DISTANT, NEIGHBOUR)
    ),
]


@pytest.mark.parametrize("onset", ROWS, ids=["plain", "island", "giant, alone", "strange words"])
def test_every_row_runs_and_starts_quiet(onset, design):
    model = thin.thin_model(onset)
    assert not any(first_state(model.arms[thin.ARM], medians(model)).values())
    found = thin.run_onset(onset, design, range(12), 7, SHORT)
    assert not found["failed"].any()
    assert all(len(array) == 12 for array in found.values())
    assert np.all((found["peak_share"] >= 0.0) & (found["peak_share"] <= 0.3))
    assert np.all((found["deaths"] >= 0.0) & (found["deaths"] == np.rint(found["deaths"])))
    assert np.all((found["out_days"] > 0.0) | (found["out_days"] == np.inf))
    assert onset.patrons or not found["helped"].any()


@pytest.mark.parametrize("population", [1e5, 1.9e7, 1.4e9])
@pytest.mark.parametrize("income", [math.nan, 300.0, 90_000.0])
def test_people_are_whole_and_all_there(population, income):
    people = thin.people_by_place(population, income)
    assert np.all(people == np.rint(people))
    assert np.all(people >= 1.0)
    assert abs(people.sum() - population) <= len(people)


def test_forces_follow_the_generic_strength():
    facts = thin.facts_of(an_onset(regime="unknown"))
    per_head = facts["security.stationed"].sum(axis=0) / facts["crowd.population"].sum()
    np.testing.assert_allclose(per_head, [o.strength for o in generic.ORGANS.values()])


def test_the_trigger_falls_on_the_day_of_onset():
    model = thin.thin_model(an_onset())
    shock = float(model.arms[thin.ARM].facts["economy.shock_day"])
    assert model.calendar.start + dt.timedelta(days=shock) == an_onset().date
    assert model.calendar.days[-1] - shock == generic.number("horizon")


def test_a_crisis_has_a_price_that_doubles_or_an_affront_and_never_both():
    price = thin.facts_of(an_onset(trigger="price", price_shock=True))
    votes = thin.facts_of(an_onset())
    assert np.all(price["economy.shock_price"] == generic.number("price_ratio"))
    assert np.all(price["affront.offence"] == 0.0)
    assert np.all(votes["economy.shock_price"] == votes["economy.reference_price"])
    assert votes["affront.offence"][0] == generic.OFFENCE["election"]
    assert float(votes["affront.day"]) == float(votes["economy.shock_day"])


def test_stakes_rise_with_every_tie():
    far = dataclasses.replace(NEIGHBOUR, distance=3.0)
    alone = dataclasses.replace(NEIGHBOUR, allied=False)
    assert thin.stake_of(far) < thin.stake_of(NEIGHBOUR)
    assert thin.stake_of(alone) < thin.stake_of(NEIGHBOUR) <= 1.0
    assert 0.0 < thin.stake_of(DISTANT) < 0.3


def test_classes_are_those_of_the_library():
    assert set(generic.REGIMES) == set(wording.REGIMES)
    assert set(generic.OFFENCE) == set(wording.TRIGGERS)
    for regime in generic.REGIMES.values():
        assert {*regime.rivals, *regime.others} <= set(generic.OFFICES)


def test_the_same_bits_however_cut(design):
    whole = thin.run_onset(an_onset(), design, range(8), 7, SHORT)
    parts = [thin.run_onset(an_onset(), design, part, 7, SHORT) for part in (range(3), range(3, 8))]
    for name, array in whole.items():
        np.testing.assert_array_equal(array, np.concatenate([p[name] for p in parts]), name)


def test_values_and_a_design_say_the_same(design):
    values = design.values(thin.ARM, range(4))
    one = thin.run_onset(an_onset(), values, range(4), 7, SHORT)
    two = thin.run_onset(an_onset(), design, range(4), 7, SHORT)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name], name)


def test_without_the_shock_the_country_is_quiet(design):
    values = design.values(thin.ARM, range(48))
    calm = thin.run_onset(an_onset(), values | {"affront.size": np.zeros(48)}, range(48), 7, SHORT)
    stirred = thin.run_onset(an_onset(), values, range(48), 7, SHORT)
    assert (calm["peak_share"] > 0.001).mean() <= 0.2
    assert (stirred["peak_share"] > 0.001).mean() >= 0.5


def test_a_population_that_is_no_number_is_a_fault():
    with pytest.raises(ModelError, match=r"media\.population"):
        thin.thin_model(an_onset(population=math.nan))


def made_up_records(regime, stage, loyal):
    """Records of one place from three series of the same length, one run."""
    steps = len(regime)
    street = np.zeros((1, steps, 2))
    street[0, 2] = (300.0, 200.0)
    dead = np.cumsum(np.ones((1, steps, 2)), axis=1)
    stages = np.array(stage).reshape(1, steps, -1)
    conceded = np.zeros((1, steps))
    conceded[0, -1] = 1.0
    return {
        "government.asked": (stages > NONE).astype(float),
        "government.concession": conceded,
        "authority.regime": np.array([regime]),
        "patron.stage": stages,
        "security.loyal": np.array([loyal]),
        "crowd.street": street,
        "crowd.dead": dead,
        "security.own_dead": np.zeros((1, steps, 2)),
    }


NONE, COMING, PRESENT, LEAVING, GONE = 0, 2, 3, 4, 5
STAGES = [[NONE, NONE], [PRESENT, NONE], [LEAVING, PRESENT], [GONE, LEAVING], [GONE, GONE], [GONE, GONE]]


@pytest.mark.parametrize(
    ("regime", "stage", "loyal", "expected"),
    [
        ([0] * 6, STAGES, [1.0] * 6, {"out_days": np.inf, "disobeyed": 0.0, "helped": 1.0, "stay_days": 3.0,
                                      "stay_watched": 4.0, "peak_share": 0.005, "deaths": 12.0,
                                      "asked": 1.0, "conceded": 1.0}),
        ([0, 0, 0, 2, 2, 2], STAGES, [1.0, 0.9] + [1.0] * 4,
         {"out_days": 2.0, "disobeyed": 1.0, "helped": 1.0}),
        ([2] * 6, STAGES, [0.96] * 6,
         {"out_days": -1.0, "disobeyed": 0.0, "helped": 0.0, "stay_days": np.nan}),
        ([0] * 6, [[COMING]] * 3 + [[PRESENT]] * 3, [1.0] * 6, {"stay_days": np.inf, "stay_watched": 2.0}),
        ([0] * 6, [[]] * 6, [1.0] * 6, {"helped": 0.0, "stay_days": np.nan, "stay_watched": np.nan,
          "asked": 0.0}),
    ],
    ids=["two powers in turn", "late fall", "too late to help", "still there", "nobody to ask"],
)  # fmt: skip
def test_outcomes_are_read_as_coded(regime, stage, loyal, expected):
    found = thin.outcomes_of(made_up_records(regime, stage, loyal), np.arange(6) - 1.0, 100_000.0)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], [value], err_msg=name)


def test_the_page_shows_every_generic_number():
    page = PAGE.read_text(encoding="utf-8")
    for name, constant in generic.CONSTANTS.items():
        assert f"| `{name}` | {constant.value:g} | {constant.unit} | {constant.doc} |" in page, name
    for name, size in generic.OFFENCE.items():
        assert f"| {name} | {size:g} |" in page
