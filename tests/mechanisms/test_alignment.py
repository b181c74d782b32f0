"""The pull between great powers: ties at rest, debts that pull and are forgotten, indices of both systems."""

import numpy as np
import pytest
from alone import Alone

from diarchy.mechanisms.alignment import ALIGNMENT, TIES

AXES = {"pole": ("russia", "china", "west"), "power": ("p",), "great": ("a", "b", "c", "d")}
FACTS = {
    "trade": [3.0, 3.0, 3.0], "alliance": [1.0, 0.0, 0.0], "votes": [0.5, 0.5, 0.0], "arms": [1, 0, 0],
    "investment": [0, 0, 2.0], "stands_for": [[1.0, 0.0, 0.0]], "capability": [0.5, 0.5, 0.0, 0.0],
}  # fmt: skip
ONLY_TRADE = {f"weight_{tie}": float(tie == "trade") for tie in TIES}


def world(**given):
    """A host among three poles."""
    return Alone(ALIGNMENT, FACTS, labels=AXES, **given)


def test_ties_are_weighed_into_shares():
    even = world(**ONLY_TRADE)
    assert even.state("share")[0] == pytest.approx([1 / 3] * 3)
    assert even.state("multivector")[0] == pytest.approx(1.0)
    allied = world(**{f"weight_{tie}": float(tie == "alliance") for tie in TIES})
    assert allied.state("share")[0] == pytest.approx([1.0, 0.0, 0.0], abs=1e-5)
    assert allied.state("multivector")[0] == pytest.approx(0.0, abs=1e-5)
    both = world(**{f"weight_{tie}": float(tie in ("trade", "alliance")) for tie in TIES})
    assert both.state("share")[0] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-5)
    assert both.state("pull")[0, 0] == pytest.approx(2 / 3, abs=1e-5)


def test_in_calm_nothing_drifts():
    calm = world()
    first = {name: calm.state(name).copy() for name in ("share", "multivector", "pull", "debt")}
    for _ in range(360):
        calm.step()
    for name, value in first.items():
        assert calm.state(name) == pytest.approx(value, abs=1e-12), name


def test_troops_pull_towards_their_power_and_are_forgotten_with_a_half_life():
    host = world(**ONLY_TRADE, gratitude=1.0, troops_scale=2000.0, memory=30.0)
    for _ in range(40):
        host.step(reads={"patron.troops": 20_000.0})
    assert host.state("debt")[0] == pytest.approx([1.0, 0.0, 0.0], abs=1e-3)
    assert host.state("share")[0, 0] == pytest.approx(np.e / (np.e + 2), abs=1e-3)
    assert host.state("multivector")[0] < 0.9
    for _ in range(120):  # thirty days
        host.step()
    assert host.state("debt")[0, 0] == pytest.approx(0.5, abs=1e-3)
    assert host.state("share")[0, 0] == pytest.approx(np.exp(0.5) / (np.exp(0.5) + 2), abs=1e-3)


def test_more_troops_are_a_larger_debt():
    few, many = world(runs=1), world(runs=1)
    few.step(reads={"patron.troops": 500.0})
    many.step(reads={"patron.troops": 5000.0})
    assert many.state("pull")[0, 0] > few.state("pull")[0, 0] > world().state("pull")[0, 0]


def test_check_22_polarity_of_the_wider_system():
    """Two equal powers among four: two poles, concentration 0.577350."""
    host = world()
    host.step()
    assert host.state("poles")[0] == pytest.approx(2.0)
    assert host.state("primacy")[0] == pytest.approx(0.577350, abs=5e-7)
