"""Quantities as written, in the units that mechanisms declare."""

from __future__ import annotations

import pytest

from diarchy.prior import Prior
from diarchy.scenario.given import GivenPrior, in_unit
from diarchy.scenario.read import read


@pytest.mark.parametrize(
    ("quantity", "unit", "declared", "value"),
    [
        (6, "h", "day", 0.25),
        ("12", "h", "day", 0.5),
        ("2 d", "h", "day", 2.0),
        (3, "", "day", 3.0),
        ("5 %", "", "1", 0.05),
    ],
)
def test_in_unit(quantity, unit, declared, value):
    assert in_unit(quantity, unit, declared) == pytest.approx(value)


def test_a_prior_takes_the_units_of_its_roles():
    assert GivenPrior("lognormal", ("12 h", 2)).prior("day") == Prior("lognormal", (0.5, 2.0))
    assert GivenPrior("beta", ("30 %", 10)).prior("1") == Prior("beta", (0.3, 10.0))
    with pytest.raises(ValueError, match="does not fit"):
        GivenPrior("lognormal", ("12 h", "2 h")).prior("day")


def test_layers_rise_from_case_to_command_line(folder):
    scenario = read(folder.root)
    assert [layer.name for layer in scenario.layers("base")] == ["case", "scenario", "command line"]
    names = [layer.name for layer in scenario.layers("no-shock")]
    assert names == ["case", "scenario", "variant no-shock", "command line"]
    assert scenario.arm_names() == ("base", "no-shock", "no-bread")
