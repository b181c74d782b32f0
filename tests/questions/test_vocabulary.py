"""What questions may speak of, from a model and from stored results."""

import datetime as dt

import numpy as np
import pytest
from synthetic import AXES, STAGE, STREET, Fake, results

from diarchy.errors import ResultsError
from diarchy.evidence import Judgement
from diarchy.mechanism import Fact, Mechanism, Parameter, State
from diarchy.model import Calendar, Model, connect
from diarchy.prior import fixed
from diarchy.questions.vocabulary import vocabulary_of_model, vocabulary_of_results


def settle(now, p, u, inflow, next):
    """Nothing moves."""


CROWD = Mechanism(
    "crowd",
    "A crowd.",
    settle,
    states=(
        State("street", ("place",), "people", "in the street"),
        State("secret", ("bin",), "1", "x", private=True),
        State("mood", ("bin",), "1", "mood by bin"),
        State("phase", (), "1", "phase", levels=("quiet", "loud")),
    ),
    facts=(Fact("population", ("place",), "people", "who lives there"),),
    parameters=(Parameter("pool", "1", 0, 1, fixed(1.0), Judgement("a test"), "how many may join"),),
    sizes={"bin": 2},
)
PATRON = Mechanism("patron", "A patron.", settle, states=(State("troops", (), "people", "troops"),))


def model():
    """Two arms, one without the patron and with more people."""
    places = {"place": AXES["place"]}
    facts = [{"crowd.population": np.array(people)} for people in ([1.0, 2, 3], [2.0, 4, 6])]
    base = connect("base", [CROWD, PATRON], places, facts[0], {})
    other = connect("no-patron", [CROWD], places, facts[1], {})
    return Model(Calendar(dt.date(2022, 1, 1), 0.25, 4), {"base": base, "no-patron": other})


def test_of_a_model():
    words = vocabulary_of_model(model(), variants=["no-shock"])
    assert set(words.states) == {"crowd.street", "crowd.mood", "crowd.phase", "patron.troops"}
    assert words.states["crowd.phase"].levels == ("quiet", "loud")
    assert words.axes == {"place": AXES["place"], "bin": ("0", "1")}
    assert words.facts["crowd.population"].total("base") == 6
    assert words.facts["crowd.population"].total("no-patron") == 12
    assert words.arms == ("base", "no-patron", "no-shock")


def test_of_results():
    words = vocabulary_of_results(results({STREET: np.zeros((1, 2, 3, 3)), STAGE: np.zeros((1, 2, 3))}))
    assert set(words.states) == {STREET, STAGE}
    assert words.states[STREET].unit == "people"
    assert words.states[STAGE].levels == ("none", "present", "gone")
    assert words.axes == {"place": AXES["place"]}
    assert words.facts["crowd.population"].total("base") == 1000
    assert words.facts["crowd.population"].unit == "people"
    assert words.arms is None


def test_of_results_that_hold_no_state():
    found = results({STAGE: np.zeros((1, 2, 3))})
    with pytest.raises(ResultsError, match="no state was recorded"):
        vocabulary_of_results(Fake(found.data, {**found.attrs, "states": {}}))


def test_of_results_that_are_damaged():
    found = results({STAGE: np.zeros((1, 2, 3))})
    for said in (
        {"states": {STAGE: {}}},
        {"states": [STAGE]},
        {"facts": {"base": {"crowd.population": "many"}}},
    ):
        with pytest.raises(ResultsError, match="cannot be read"):
            vocabulary_of_results(Fake(found.data, {**found.attrs, **said}))
