"""Questions read from a file's mapping."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import CONTROL, STAGE, STREET, WORDS

from diarchy.base_rates import read_base_rates
from diarchy.errors import ResultsError, ScenarioError
from diarchy.questions.events import EVENTS
from diarchy.questions.measures import MEASURES
from diarchy.questions.question import FIELDS, divisors, read_questions, records
from diarchy.questions.series import CONDITIONS, SERIES

COME = {"crosses": {"of": STAGE, "is": "present"}}
WAVE = {"crosses": {"of": STREET, "sum": ["place"], "per": "crowd.population", "above": "0.1 %"}}
GOOD = {"text": "Do troops come?", "chance": COME}


def read(**questions):
    """Questions read against the words that exist."""
    return read_questions(
        questions, WORDS, {name: f"questions.yaml:{i}" for i, name in enumerate(questions, 3)}
    )


def faults_of(**questions):
    """The text of the faults of some questions."""
    with pytest.raises(ScenarioError) as caught:
        read(**questions)
    return str(caught.value), len(caught.value.faults)


def test_only_what_is_asked_is_recorded():
    questions = read(
        come=GOOD,
        troops={"text": "How many?", "amount": {"largest": {"of": "patron.troops"}}, "given": WAVE},
    )
    assert records(questions) == (STREET, STAGE, "patron.troops")
    assert divisors(questions) == ("crowd.population",)


def test_a_whole_file_is_read_like_its_questions():
    assert read_questions({"schema": "diarchy/questions/1", "questions": {"come": GOOD}}, WORDS) == read(
        come=GOOD
    )
    with pytest.raises(ScenarioError, match="allowed: diarchy/questions/1"):
        read_questions({"schema": "diarchy/case/1", "questions": {}}, WORDS)
    with pytest.raises(ScenarioError, match="expected questions by id"):
        read_questions([GOOD], WORDS)


def test_equal_questions_are_equal_and_hashable_by_their_events():
    one, two = read(come=GOOD)[0], read(come=dict(reversed(GOOD.items())))[0]
    assert one == two
    assert hash(one.chance) == hash(two.chance)


def test_field_text_is_needed():
    assert faults_of(come={"chance": COME})[0].count("'text' is missing") == 1
    assert "longer than" in faults_of(come={**GOOD, "text": "x" * 1001})[0]


def test_field_chance_or_field_amount():
    text, count = faults_of(both={**GOOD, "amount": {"day_of": COME}}, none={"text": "?"})
    assert count == 2
    assert "questions.yaml:3: question 'both': a question asks for either" in text
    assert "allowed: chance: EVENT, amount: MEASURE" in text


def test_field_amount_gives_the_unit():
    assert read(when={"text": "When?", "amount": {"day_of": COME}})[0].unit == "day"
    assert read(come=GOOD)[0].unit == "probability"


def test_field_given_is_an_event():
    assert read(come={**GOOD, "given": WAVE})[0].given is not None
    assert "'given' is empty" in faults_of(come={**GOOD, "given": None})[0]


def test_field_minus_arm_names_a_variant():
    assert read(come={**GOOD, "minus_arm": "no-patron"})[0].minus_arm == "no-patron"
    assert "did you mean 'no-patron'" in faults_of(come={**GOOD, "minus_arm": "no-patrons"})[0]
    assert "allowed: no-patron, no-shock" in faults_of(come={**GOOD, "minus_arm": 3})[0]
    assert "subtracted from" in faults_of(come={**GOOD, "minus_arm": "base"})[0]


def test_field_asks_says_what_it_answers_and_moves_nothing():
    named, plain = read(come={**GOOD, "asks": ["q1"]})[0], read(come=GOOD)[0]
    assert (named.chance, named.unit, records([named])) == (plain.chance, plain.unit, records([plain]))
    assert "did you mean 'asks'" in faults_of(come={**GOOD, "ask": ["q1"]})[0]


def test_field_outside_is_a_probability_or_a_quantity():
    view = {"value": "5 %", "n": 322, "source": ["imi"], "note": "clock"}
    assert dict(read(come={**GOOD, "outside": view})[0].outside) == {**view, "value": 0.05}
    stay = {"text": "When?", "amount": {"day_of": COME}, "outside": {"value": "48 h"}}
    assert read(stay=stay)[0].outside["value"] == 2.0
    assert read(come={**GOOD, "outside": None})[0].outside is None
    assert "value 5 is no probability" in faults_of(come={**GOOD, "outside": {"value": 5}})[0]
    assert (
        read(come={**GOOD, "minus_arm": "no-shock", "outside": {"value": -0.2}})[0].outside["value"] == -0.2
    )
    assert "n is not a number of cases" in faults_of(come={**GOOD, "outside": {"value": 0, "n": -1}})[0]
    assert "'value' is missing" in faults_of(come={**GOOD, "outside": {"n": 3}})[0]
    assert "no field 'souce'" in faults_of(come={**GOOD, "outside": {"value": 0, "souce": "x"}})[0]


def test_field_resolved_has_a_date():
    found = read(come={**GOOD, "resolved": {"value": 1, "date": dt.date(2022, 1, 6), "source": ["x"]}})[0]
    assert dict(found.resolved) == {"value": 1.0, "date": "2022-01-06", "source": ["x"]}
    assert "'soon' is not a date" in faults_of(come={**GOOD, "resolved": {"value": 1, "date": "soon"}})[0]


def test_faults_of_all_questions_come_at_once_with_their_place():
    wrong = {"crosses": {"of": STAGE, "is": "arrived"}}
    text, count = faults_of(
        a={"text": "?", "chance": wrong, "given": {"nver": COME}, "why": 1}, Bad=GOOD, c=["text"], d={}
    )
    assert count == 6
    for said in (
        "questions.yaml:3: question 'a', chance.crosses.is: no level 'arrived'",
        "did you mean 'never'",
        "no field 'why' here",
        "question 'Bad': not an id",
        "a list of 1",
        "a mapping of 0",
    ):
        assert said in text


def test_faults_point_at_the_line_of_the_part():
    lines = {("chance", "crosses", "is"): "q.yaml:9"}

    def where(*path):
        return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), "q.yaml:4")

    spec = {"text": "?", "chance": {"crosses": {"of": STAGE, "is": "x"}}, "given": {"y": 1}}
    with pytest.raises(ScenarioError) as caught:
        read_questions({"a": spec}, WORDS, {"a": where})
    assert [fault.where for fault in caught.value.faults] == ["q.yaml:9", "q.yaml:4"]


def test_faults_of_a_field_point_at_its_own_line():
    spec = {
        "text": "?",
        "chance": {"crosses": {"of": CONTROL, "abov": 1, "below": "3 km"}},
        "given": {"y": 1},
    }
    with pytest.raises(ScenarioError) as caught:
        read_questions({"a": spec}, WORDS, {"a": lambda *path: ".".join(path)})
    assert [fault.where for fault in caught.value.faults] == [
        "chance.crosses.abov",
        "chance.crosses.below",
        "given.y",
    ]


def test_the_error_of_another_phase():
    with pytest.raises(ResultsError):
        read_questions({"a": {}}, WORDS, error=ResultsError)


def test_too_many_questions_are_refused():
    with pytest.raises(ScenarioError, match="501 questions are too many"):
        read_questions({f"q{i}": GOOD for i in range(501)}, WORDS)


WORD = st.sampled_from(
    [
        *EVENTS,
        *MEASURES,
        *CONDITIONS,
        *SERIES,
        *FIELDS,
        "event",
        "after",
        "for",
        "at_least",
        "axis",
        "label",
        "value",
        "n",
    ]
)
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), WORD,
    st.sampled_from(["place", "north", STREET, STAGE, "gone", "3 d", "2 people", "1e999", "no-patron"]),
)  # fmt: skip
TREE = st.recursive(
    LEAF, lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(WORD, part, max_size=4))
)


@settings(max_examples=300, deadline=None)
@given(TREE)
def test_whatever_a_file_holds_is_read_or_answered_with_faults(tree):
    with contextlib.suppress(ScenarioError):  # anything else would be a traceback
        assert [question.id for question in read(q=tree)] == ["q"]


def test_outside_is_read_from_the_table_of_base_rates():
    line = read_base_rates()["stay.support.30"]
    stays = dict(read(come={**GOOD, "outside": {"rate": "stay.support.30"}})[0].outside)
    assert (stays["value"], stays["low"], stays["high"]) == (line.value, line.low, line.high)
    assert (stays["n"], stays["source"]) == (line.n, line.source)
    assert line.condition in stays["note"]
    gone = dict(read(come={**GOOD, "outside": {"rate": "stay.support.30", "complement": True}})[0].outside)
    assert gone["value"] == pytest.approx(1 - line.value)
    assert gone["low"] == pytest.approx(1 - line.high)
    when = {"text": "When?", "amount": {"day_of": COME}, "outside": {"rate": "stay.support.median"}}
    assert read(when=when)[0].outside["value"] == read_base_rates()["stay.support.median"].value


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ({"rate": "stay.suport.30"}, "stay.support.30"),
        ({"rate": 30}, "no base rate"),
        ({"rate": "stay.support.30", "value": 0.2}, "'value' stands beside 'rate'"),
        ({"rate": "stay.support.30", "complement": "yes"}, "neither true nor false"),
        ({"rate": "stay.support.median", "complement": True}, "which is no share"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(view, told):
    assert told in faults_of(come={**GOOD, "outside": view})[0]


def test_field_short_holds_words_for_yes_and_no():
    assert read(wave={**GOOD, "short": ["a wave ", "no wave"]})[0].short == ("a wave", "no wave")
    assert read(wave=GOOD)[0].short == ()


@pytest.mark.parametrize(
    "short",
    ["a wave", ["a wave"], ["a wave", ""], ["a wave", 3], ["a", "b", "c"], ["a" * 61, "b"], ["a\n", "b"]],
)
def test_field_short_is_two_short_texts(short):
    said, count = faults_of(wave={**GOOD, "short": short})
    assert count == 1
    assert "questions.yaml:3" in said
    assert "not two short texts" in said
