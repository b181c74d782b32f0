"""The rule of a question, read aloud."""

import pytest

from diarchy.questions.events import EVENTS
from diarchy.questions.measures import MEASURES
from diarchy.report.rules import Lexicon, rule

LEXICON = Lexicon({"crowd.street": "people in the street"}, {"place": {"KZ-ALA": "Almaty"}})
STREET = {"of": "crowd.street", "sum": ["place"]}
CROSSES = {"crosses": {**STREET, "above": "100 people"}}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (CROSSES, "people in the street (all places together) exceeds 100 people at some time"),
        ({"stays": {**STREET, "below": 5, "for": "3 d"}}, "is below 5 for 3 d without a break"),
        ({"share_of_time": {**STREET, "above": 1, "at_least": 0.5}}, "during at least 0.5 of the time"),
        ({"before": [CROSSES, CROSSES]}, ", strictly before people in the street"),
        ({"within": {"event": CROSSES, "of": "7 d"}}, "within 7 days of the start"),
        ({"both": [CROSSES, CROSSES]}, ") and ("),
        ({"either": [CROSSES, CROSSES]}, ") or ("),
        ({"never": CROSSES}, "it never happens that people"),
        ({"peaks": STREET}, "has its peak"),
        (
            {"peaks_at": {"of": "crowd.street", "axis": "place", "label": "KZ-ALA"}},
            "Almaty has a higher peak",
        ),
    ],
)
def test_every_event_is_told(event, said):
    assert said in rule({"chance": event}, LEXICON)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ({"largest": STREET}, "the largest value of people in the street"),
        ({"smallest": STREET}, "the smallest value"),
        ({"last": {"of": "crowd.street", "at": {"place": "KZ-ALA"}}}, "(Almaty) at the end of the run"),
        ({"change": STREET}, "how much"),
        ({"day_of": CROSSES}, "the first day on which"),
        ({"time_between": [CROSSES, CROSSES]}, "the time from when"),
    ],
)
def test_every_measure_is_told(measure, said):
    assert said in rule({"amount": measure, "given": CROSSES}, LEXICON)


def test_no_word_of_the_language_is_left_out():
    from diarchy.report.rules import _EVENTS, _OF_SERIES

    assert set(_EVENTS) == set(EVENTS)
    assert set(_OF_SERIES) | {"day_of", "time_between"} == set(MEASURES)
