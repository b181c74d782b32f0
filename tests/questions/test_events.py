"""Every word for an event, on runs whose answers can be seen by eye."""

import numpy as np
import pytest
from synthetic import AXES, CONTROL, STAGE, STREET, days, event_of, frame

from diarchy.errors import ScenarioError

NEVER = np.inf
LOW = {"of": CONTROL, "below": 0.5}


def control(*runs, step=1.0):
    """Runs of one plain state."""
    return frame(step, authority_control=runs)


def test_event_crosses_is_the_first_recorded_time():
    block = control([1, 0.4, 1, 0.4], [1, 1, 1, 1], [0.4, 1, 1, 1])
    assert days({"crosses": LOW}, block) == [1.0, NEVER, 0.0]


def test_event_crosses_in_days_of_the_calendar():
    assert days({"crosses": LOW}, control([1, 1, 0.4], step=0.25)) == [0.5]


def test_condition_above_and_below_are_strict():
    block = control([0, 0.5, 1])
    assert days({"crosses": {"of": CONTROL, "above": 0.5}}, block) == [2.0]
    assert days({"crosses": {"of": CONTROL, "below": "50 %"}}, block) == [0.0]
    assert days({"crosses": {"of": CONTROL, "below": 0}}, block) == [NEVER]


def test_condition_is_names_a_level_or_several():
    block = frame(patron_stage=[[0, 0, 1, 2], [0, 0, 0, 0]])
    assert days({"crosses": {"of": STAGE, "is": "gone"}}, block) == [3.0, NEVER]
    assert days({"crosses": {"of": STAGE, "is": ["gone", "present"]}}, block) == [2.0, NEVER]


def test_condition_is_not_is_any_other_level():
    block = frame(patron_stage=[[0, 0, 1, 2], [0, 0, 0, 0]])
    assert days({"crosses": {"of": STAGE, "is_not": "none"}}, block) == [2.0, NEVER]


def test_event_stays_is_the_time_at_which_it_has_lasted():
    block = control([1, 0, 0, 0, 1], [0, 0, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0])
    assert days({"stays": {**LOW, "for": "2 d"}}, block) == [3.0, NEVER, NEVER, 2.0]


def test_event_stays_counts_steps_shorter_than_a_day():
    block = control([1, 0, 0, 0, 0, 1], step=0.1)
    assert days({"stays": {**LOW, "for": 0.3}}, block) == pytest.approx([0.4])
    assert days({"stays": {**LOW, "for": 0.31}}, block) == [NEVER]
    assert days({"stays": {**LOW, "for": 0}}, block) == pytest.approx([0.1])


def both_states(controls, stages):
    """Runs of two states."""
    return frame(authority_control=controls, patron_stage=stages)


COME = {"crosses": {"of": STAGE, "is": "present"}}
FALL = {"crosses": LOW}


def test_event_before_is_strict_and_needs_only_the_first():
    block = both_states(
        [[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 0], [0, 1, 1], [0, 1, 1]]
    )
    assert days({"before": [FALL, COME]}, block) == [1.0, 1.0, NEVER, NEVER]


def test_event_within_counts_from_the_start():
    block = control([1, 0, 0], [1, 1, 0], [1, 1, 1])
    assert days({"within": {"event": FALL, "of": "1 d"}}, block) == [1.0, NEVER, NEVER]


def test_event_within_looks_from_the_other_event_on():
    stages = [[0, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]
    block = both_states([[0, 1, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]], stages)
    spec = {"within": {"event": FALL, "after": COME, "of": "1 d"}}
    # too late; in time, though it had also held before; holds still; nothing to count from
    assert days(spec, block) == [NEVER, 2.0, 1.0, NEVER]


def test_event_both_is_the_last_and_either_the_first():
    block = both_states([[1, 0, 0], [1, 0, 0], [1, 1, 1]], [[0, 0, 1], [0, 0, 0], [0, 0, 0]])
    assert days({"both": [FALL, COME]}, block) == [2.0, NEVER, NEVER]
    assert days({"either": [FALL, COME]}, block) == [1.0, 1.0, NEVER]


def test_event_either_of_three():
    block = both_states([[1, 1, 1]], [[0, 1, 2]])
    gone = {"crosses": {"of": STAGE, "is": "gone"}}
    assert days({"either": [FALL, gone, COME]}, block) == [1.0]


def test_event_never_is_known_at_the_end():
    block = control([1, 0, 1], [1, 1, 1])
    assert days({"never": FALL}, block) == [NEVER, 2.0]


def test_event_never_after_something_that_did_not_happen_is_no_event():
    block = both_states([[1, 1, 1], [1, 1, 1]], [[0, 0, 0], [0, 1, 0]])
    assert days({"within": {"event": {"never": FALL}, "after": COME, "of": "9 d"}}, block) == [NEVER, 2.0]


def test_event_share_of_time_counts_recorded_times():
    block = control([0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0])
    assert days({"share_of_time": {**LOW, "at_least": "50 %"}}, block) == [3.0, NEVER, 3.0]


def test_event_share_of_time_from_another_event_on():
    block = both_states([[1, 1, 0, 1]], [[0, 0, 1, 1]])
    share = {"share_of_time": {**LOW, "at_least": 0.5}}
    assert days(share, block) == [NEVER]
    assert days({"within": {"event": share, "after": COME, "of": "9 d"}}, block) == [3.0]


def test_event_peaks_at_the_first_time_of_the_maximum():
    block = control([0, 3, 3, 1], [5, 1, 1, 1], [0, 0, 1, 2], step=0.5)
    assert days({"peaks": {"of": CONTROL}}, block) == [0.5, 0.0, 1.5]


def test_event_peaks_never_in_a_series_that_does_not_move():
    block = control([0, 0, 0], [7, 7, 7], [0, 0, 1])
    assert days({"peaks": {"of": CONTROL}}, block) == [NEVER, NEVER, 2.0]


def test_event_peaks_in_a_reduced_series():
    street = np.zeros((1, 3, 3))
    street[0] = [[9, 0, 0], [4, 4, 4], [0, 0, 8]]
    assert days({"peaks": {"of": STREET, "sum": ["place"]}}, frame(crowd_street=street)) == [1.0]
    assert days({"peaks": {"of": STREET, "largest": ["place"]}}, frame(crowd_street=street)) == [0.0]


def test_event_peaks_from_another_event_on():
    block = both_states(
        [[9, 1, 4, 3], [9, 1, 1, 1], [9, 1, 4, 3]], [[0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]
    )
    spec = {"within": {"event": {"peaks": {"of": CONTROL}}, "after": COME, "of": "9 d"}}
    # the peak before does not count; nothing moves after; nothing to count from
    assert days(spec, block) == [2.0, NEVER, NEVER]


def test_event_peaks_at_one_label():
    street = np.zeros((4, 3, 3))
    street[0, :, 0], street[0, :, 1] = [1, 9, 9], [8, 1, 1]  # north, on day 1
    street[1, :, 2] = [0, 0, 5]  # east
    street[2, 1, :2] = 5  # a draw of two: nobody
    block = frame(crowd_street=street)
    assert days({"peaks_at": {"of": STREET, "axis": "place", "label": "north"}}, block) == [
        1.0,
        NEVER,
        NEVER,
        NEVER,
    ]
    assert days({"peaks_at": {"of": STREET, "axis": "place", "label": "east"}}, block) == [
        NEVER,
        2.0,
        NEVER,
        NEVER,
    ]


def test_event_peaks_at_among_some_labels_and_over_a_sum():
    street = np.zeros((1, 2, 3))
    street[0, 1] = [9, 4, 3]
    some = {"of": STREET, "at": {"place": ["east", "south"]}, "axis": "place", "label": "south"}
    assert days({"peaks_at": some}, frame(crowd_street=street)) == [1.0]
    posted = np.zeros((1, 2, 3, 2))
    posted[0, 1] = [[1, 1], [0, 3], [0, 0]]
    summed = {"of": "security.posted", "sum": ["organ"], "axis": "place", "label": "south"}
    assert days({"peaks_at": summed}, frame(security_posted=posted)) == [1.0]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"croses": LOW}, "did you mean 'crosses'"),
        (
            {"croses": LOW},
            "crosses, stays, before, within, both, either, never, share_of_time, peaks, peaks_at",
        ),
        ({"peaks": {"of": STAGE}}, "peaks looks at a series that is not categorical"),
        ({"peaks": {"of": CONTROL, "above": 3}}, "no field 'above' here"),
        ({"crosses": LOW, "never": FALL}, "expected one event, found 2"),
        ({}, "expected one word for event, found a mapping of 0"),
        ("crosses", "found 'crosses'"),
        (
            {"crosses": {"of": CONTROL}},
            "expected one condition, found none; allowed: above, below, is, is_not",
        ),
        ({"crosses": {**LOW, "above": 1}}, "expected one condition, found 2: above, below"),
        ({"crosses": {"of": CONTROL, "below": "3 km"}}, "does not fit"),
        ({"crosses": {"of": CONTROL, "below": True}}, "found True"),
        ({"crosses": {"of": CONTROL, "below": None}}, "found nothing"),
        ({"crosses": {"of": CONTROL, "below": "9**9**9"}}, "holds a power"),
        ({"crosses": {"of": CONTROL, "below": 10**400}}, "below"),
        ({"crosses": {"of": CONTROL, "is": "gone"}}, "'is' needs a categorical state; allowed: above, below"),
        (
            {"crosses": {"of": STAGE, "above": 1}},
            "'above' of a categorical state; allowed: is, is_not: none | ",
        ),
        (
            {"crosses": {"of": STAGE, "is": "gonne"}},
            "no level 'gonne'; allowed: none, present, gone; did you mean 'gone'",
        ),
        ({"crosses": {"of": STAGE, "is": []}}, "an empty list"),
        ({"crosses": {**LOW, "form": 3}}, "no field 'form' here"),
        ({"stays": LOW}, "'for' is missing"),
        ({"stays": {**LOW, "for": "3 people"}}, "does not fit 'day'"),
        ({"stays": {**LOW, "for": "-1 d"}}, "negative"),
        ({"share_of_time": {**LOW, "at_least": "150 %"}}, "1.5 is not a share"),
        ({"before": [FALL]}, "a list of two events"),
        ({"before": [FALL, FALL, FALL]}, "a list of two events"),
        ({"both": FALL}, "a list of at least two events"),
        ({"within": {"event": FALL}}, "'of' is missing"),
        ({"within": {"event": FALL, "of": "7 d", "before": FALL}}, "no field 'before' here"),
        ({"peaks_at": {"of": STREET, "axis": "places", "label": "north"}}, "did you mean 'place'"),
        ({"peaks_at": {"of": STREET, "axis": "place", "label": "nort"}}, "did you mean 'north'"),
        ({"peaks_at": {"of": STREET, "axis": "organ", "label": "army"}}, "no axis 'organ' left"),
        (
            {"peaks_at": {"of": STREET, "at": {"place": "north"}, "axis": "place", "label": "north"}},
            "left free",
        ),
        (
            {"peaks_at": {"of": STREET, "at": {"place": ["north"]}, "axis": "place", "label": "east"}},
            "not among",
        ),
        (
            {
                "peaks_at": {
                    "of": "security.stance",
                    "at": {"organ": "army"},
                    "axis": "place",
                    "label": "east",
                }
            },
            "categorical",
        ),
    ],
)
def test_a_bad_event_is_one_clear_fault(spec, said):
    with pytest.raises(ScenarioError, match=r"questions\.yaml:3: question 'q'") as caught:
        event_of(spec)
    assert said in str(caught.value)
    assert len(caught.value.faults) == 1


def test_several_faults_at_once():
    bad = [
        {"crosses": {"of": "crowd.streets", "above": 1}},
        {"stays": {"of": STREET, "above": "3 km", "length": 3}},
        {"nevr": FALL},
    ]
    with pytest.raises(ScenarioError) as caught:
        event_of({"either": bad})
    text = str(caught.value)
    for said in (
        "did you mean 'crowd.street'",
        "not reduced over 'place'",
        "no field 'length'",
        "'for' is missing",
        "did you mean 'never'",
        "either.0.crosses",
    ):
        assert said in text
    assert AXES["place"][0] not in text


def test_a_tree_of_aliases_is_refused_and_not_walked():
    event = FALL
    for _ in range(60):
        event = {"both": [event, event, event]}
    with pytest.raises(ScenarioError, match=r"more than 500 parts, or nested more than 32 deep") as caught:
        event_of(event)
    assert len(caught.value.faults) == 1
