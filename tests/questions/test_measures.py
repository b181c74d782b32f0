"""Every word for a measure, on runs whose answers can be seen by eye."""

import pytest
from synthetic import CONTROL, STAGE, frame, measure_of, numbers

from diarchy.errors import ScenarioError

BLOCK = {"authority_control": [[0.5, 0.9, 0.2], [0.1, 0.1, 0.4]], "step": 2.0}
OF = {"of": CONTROL}
COME, GO = ({"crosses": {"of": STAGE, "is": level}} for level in ("present", "gone"))
STAGES = frame(patron_stage=[[0, 1, 1, 2], [0, 1, 1, 1], [0, 0, 0, 0], [0, 0, 1, 2]], step=2.0)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("largest", [0.9, 0.4]), ("smallest", [0.2, 0.1]), ("last", [0.2, 0.4]), ("change", [-0.3, 0.3])],
)
def test_measure_largest_smallest_last_change(word, expected):
    found = numbers({word: OF}, frame(**BLOCK))
    assert found.value == pytest.approx(expected)
    assert found.observed.all()
    assert found.defined.all()


def test_measure_day_of_is_cut_short_at_the_end():
    found = numbers({"day_of": GO}, STAGES)
    assert found.value.tolist() == [6.0, 6.0, 6.0, 6.0]
    assert found.observed.tolist() == [True, False, False, True]
    assert found.defined.all()


def test_measure_time_between_drops_runs_that_never_begin():
    found = numbers({"time_between": [COME, GO]}, STAGES)
    assert found.value[[0, 1, 3]].tolist() == [4.0, 4.0, 2.0]
    assert found.observed.tolist() == [True, False, False, True]
    assert found.defined.tolist() == [True, True, False, True]


def test_measure_time_between_looks_from_the_first_event_on():
    block = frame(authority_control=[[0, 1, 0, 0]], patron_stage=[[0, 1, 1, 1]])
    fell = {"crosses": {"of": CONTROL, "below": 0.5}}
    assert numbers({"time_between": [COME, fell]}, block).value.tolist() == [1.0]


def test_units_of_measures():
    assert measure_of({"largest": {"of": "patron.troops"}}).unit == "people"
    assert measure_of({"day_of": COME}).unit == measure_of({"time_between": [COME, GO]}).unit == "day"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"larger": OF}, "did you mean 'largest'"),
        ({"maximum": OF}, "allowed: largest, smallest, last, change, day_of, time_between"),
        ({"last": {"of": STAGE}}, "last of a categorical state"),
        ({"last": {"of": CONTROL, "above": 3}}, "no field 'above' here"),
        ({"time_between": [COME]}, "a list of two events"),
        ({"day_of": OF}, "'of' is no event"),
    ],
)
def test_a_bad_measure_is_one_clear_fault(spec, said):
    with pytest.raises(ScenarioError) as caught:
        measure_of(spec)
    assert said in str(caught.value)
    assert len(caught.value.faults) == 1
