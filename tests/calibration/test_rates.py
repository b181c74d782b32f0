"""Rates across a library: weighted where asked under a condition, beside the record and open data."""

import math

import numpy as np
import pytest

from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.rates import LINES, rates
from diarchy.calibration.rungs import KINDS, RUNGS, TEXTS, answers_of_futures
from diarchy.calibration.survival import clopper_pearson

SILENT = dict.fromkeys(RUNGS, math.nan)
HELPED = Outcome(helped=1.0, asked=1.0, conceded=1.0, deaths=40.0, stay_days=13.0)
ALONE = Outcome(helped=0.0, asked=0.0, conceded=0.0, deaths=0.0)


def by_id(outcomes, forecasts):
    return {rate.id: rate for rate in rates(outcomes, [SILENT | one for one in forecasts])}


def test_forecast_and_record_are_shares_of_the_crises():
    found = by_id([HELPED, ALONE, Outcome()], [{"asked": 0.5}, {"asked": 0.1}, {"asked": 0.3}])["invitation"]
    assert found.forecast == pytest.approx(0.3)
    assert (found.recorded, found.n) == (0.5, 2)  # the third is not known, and is forecast all the same
    assert (found.low, found.high) == clopper_pearson(0.5, 2)
    assert found.inside


def test_under_a_condition_the_likelier_crises_weigh_more():
    chances = [{"helped": 0.9, "stay_30d": 0.2}, {"helped": 0.1, "stay_30d": 0.7}]
    found = by_id([HELPED, ALONE], chances)["stay_30d"]
    assert found.forecast == pytest.approx(1 - (0.9 * 0.2 + 0.1 * 0.7))  # the line counts staying on
    assert (found.recorded, found.n) == (0.0, 1)
    assert found.beside[0].id == "stay.support.30"
    assert found.to_json()["beside"][0]["n"] == 322


def test_nothing_known_is_nothing_said():
    found = by_id([Outcome()], [{}])["lethal"]
    assert (found.forecast, found.recorded, found.low, found.n, found.inside) == (None, None, None, 0, None)


def test_every_line_is_a_rung_and_every_rung_is_told():
    assert {line.rung for line in LINES} <= set(RUNGS)
    assert set(TEXTS) == set(RUNGS) == {rung for ladder in KINDS.values() for rung in ladder}


def test_a_stay_is_asked_about_only_where_it_could_be_watched():
    futures = {
        "out_days": [math.inf] * 4, "disobeyed": [0.0] * 4, "deaths": [0.0] * 4, "helped": [1.0] * 4,
        "peak_share": [0.0] * 4, "asked": [1.0] * 4, "conceded": [0.0] * 4,
        # left in time; left in time, but came too late to be watched; still there; still there, came too late
        "stay_days": [20.0, 20.0, math.inf, math.inf], "stay_watched": [170.0, 40.0, 170.0, 40.0],
    }  # fmt: skip
    found = answers_of_futures({name: np.array(values) for name, values in futures.items()})
    np.testing.assert_equal(found["stay_30d"], [1.0, math.nan, 0.0, math.nan])
    np.testing.assert_equal(found["stay_180d"], [1.0, math.nan, 0.0, math.nan])
