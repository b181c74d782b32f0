"""Every word for a series: picked, reduced, scaled, added."""

import numpy as np
import pytest
from synthetic import STREET, frame, series_of

from diarchy.errors import ScenarioError
from diarchy.questions.series import REDUCTIONS, Absent

POSTED = np.arange(6.0).reshape(1, 1, 3, 2)  # north 0 1, south 2 3, east 4 5
STANCE = np.array([0, 1, 2, 0, 0, 2]).reshape(1, 1, 3, 2)
BLOCK = {
    "security_posted": POSTED,
    "security_stance": STANCE,
    "crowd_street": [[[10, 20, 40]]],
    "crowd_dead": [[[1, 0, 1]]],
}


def value(spec):
    """The one value of a series of one run and time."""
    values = series_of(spec).values(frame(**BLOCK))
    assert values.shape == (1, 1)
    return values.item()


def test_series_of_needs_all_axes_reduced():
    with pytest.raises(
        ScenarioError, match=r"crowd.street is not reduced over 'place'; add at: \{place: label\}"
    ):
        series_of({"of": STREET})


def test_series_at_one_label_or_several():
    assert value({"of": STREET, "at": {"place": "south"}}) == 20
    assert value({"of": STREET, "at": {"place": ["east", "north"]}, "sum": ["place"]}) == 50
    assert value({"of": "security.posted", "at": {"place": "east", "organ": "army"}}) == 5


def test_series_sum_over_axes_in_brackets_or_bare():
    assert value({"of": STREET, "sum": ["place"]}) == value({"of": STREET, "sum": "place"}) == 70
    assert value({"of": "security.posted", "sum": ["place", "organ"]}) == 15


def test_series_largest_and_smallest_come_after_sum():
    assert value({"of": "security.posted", "largest": ["place"], "sum": ["organ"]}) == 9
    assert value({"of": "security.posted", "smallest": ["organ"], "sum": ["place"]}) == 6
    assert value({"of": "security.posted", "smallest": ["place", "organ"]}) == 0


def test_series_count_where_above():
    assert value({"of": STREET, "count": ["place"], "where_above": "10 people"}) == 2
    assert value({"of": "security.posted", "count": ["organ"], "where_above": 2.5, "largest": ["place"]}) == 2


def test_series_count_where_is():
    assert value({"of": "security.stance", "count": ["place", "organ"], "where_is": "turned"}) == 2
    assert value({"of": "security.stance", "count": ["place"], "where_is": ["turned", "stands by"],
                  "at": {"organ": "army"}}) == 2  # fmt: skip


def test_series_per_divides_by_the_total_of_a_fact():
    spec = {"of": STREET, "sum": ["place"], "per": "crowd.population"}
    assert value(spec) == 0.07
    assert series_of(spec).unit == "1"
    assert series_of({**spec, "per": "crowd.titular"}).unit == "people"
    assert series_of({"of": "economy.price", "per": "crowd.population"}).unit == "(local_currency/l)/(people)"


def test_series_add_puts_states_of_one_unit_together():
    parts = [{"of": STREET, "sum": ["place"]}, {"of": "crowd.dead", "at": {"place": "east"}}]
    assert value({"add": parts}) == 71
    assert value({"add": parts, "per": "crowd.population"}) == 0.071
    assert series_of({"add": parts}).states() == {STREET, "crowd.dead"}


def test_series_of_a_state_that_the_arm_lacks():
    with pytest.raises(Absent, match="mechanism 'crowd' is not in this arm"):
        series_of({"of": STREET, "sum": ["place"]}).values(frame(crowd_street=[[[1, np.nan, 2]]]))
    obeying = series_of({"of": "security.stance", "count": ["place", "organ"], "where_is": "obeys"})
    lacking = frame(security_stance=np.full((1, 1, 3, 2), -1))
    with pytest.raises(Absent, match="'security'"):
        obeying.values(lacking)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"of": "crowd.stret", "sum": ["place"]}, "no state 'crowd.stret'"),
        ({"of": "crowd.stret", "sum": ["place"]}, "did you mean 'crowd.street'"),
        ({"of": ["crowd.street"]}, "no state a list of 1"),
        ({"sum": ["place"]}, "'of' is missing"),
        ({"of": STREET, "at": {"place": "north"}, "total": ["place"]}, "no field 'total' here"),
        (
            {"of": STREET, "sum": ["plac"]},
            "no axis of the state 'plac'; allowed: place; did you mean 'place'",
        ),
        ({"of": STREET, "sum": ["place"], "largest": ["place"]}, "'place' is reduced twice"),
        ({"of": STREET, "sum": ["place", "place"]}, "'place' is reduced twice"),
        (
            {"of": STREET, "at": {"place": "nrth"}},
            "no label of 'place' 'nrth'; allowed: north, south, east; did you",
        ),
        ({"of": STREET, "at": {"organ": "army"}, "sum": ["place"]}, "no axis 'organ'; allowed: place"),
        ({"of": STREET, "at": "north"}, "labels by axis"),
        ({"of": STREET, "at": {"place": "north"}, "sum": ["place"]}, "one label and reduced too"),
        ({"of": STREET, "at": {"place": ["north", "north"]}, "sum": ["place"]}, "listed twice"),
        (
            {"of": "security.stance", "sum": ["place", "organ"]},
            "'sum' of a categorical state; allowed: count",
        ),
        ({"of": STREET, "count": ["place"]}, "needs where_above"),
        ({"of": STREET, "count": ["place"], "where_is": "gone"}, "needs where_above, found where_is"),
        ({"of": "security.stance", "count": ["place", "organ"], "where_above": 1}, "needs where_is"),
        ({"of": STREET, "sum": ["place"], "where_above": 1}, "'where_above' without count"),
        ({"of": STREET, "sum": ["place"], "per": "crowd.populaton"}, "did you mean 'crowd.population'"),
        ({"of": STREET, "sum": ["place"], "per": "crowd.empty"}, "the total of crowd.empty is not above 0"),
        ({"add": []}, "an empty list"),
        ({"add": [{"of": STREET, "sum": ["place"]}], "sum": ["place"]}, "'sum' beside add"),
        (
            {"add": [{"of": STREET, "sum": ["place"]}, {"of": "authority.control"}]},
            "part 2: unit '1' does not fit 'people'",
        ),
        ({"add": [{"of": "patron.stage"}]}, "cannot be added"),
        ("crowd.street", "expected a series"),
    ],
)
def test_a_bad_series_is_one_clear_fault(spec, said):
    with pytest.raises(ScenarioError) as caught:
        series_of(spec)
    assert said in str(caught.value)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.int8, bool, np.float32])
@pytest.mark.parametrize("axis", [(2,), (3,), (2, 3)])
def test_sums_are_those_of_double_precision(dtype, axis):
    luck = np.random.default_rng(3)
    largest = 1 if dtype is bool else 127 if dtype is np.int8 else 2**31 - 1
    values = luck.integers(0, largest, (3, 4, 5, 6), endpoint=True).astype(dtype)
    found = REDUCTIONS["sum"](values, axis=axis)
    assert found.dtype == float
    assert np.array_equal(found, values.astype(float).sum(axis=axis))
