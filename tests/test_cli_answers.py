"""Answers in plain words, readable at 80 columns."""

import pytest

from diarchy.commands import answers
from diarchy.commands.console import Console
from diarchy.questions import wording


def chance(value, **more):
    """A probability as a document has it."""
    bars = {"monte_carlo": [0.09, 0.16], "parameter": [0.05, 0.3], "structural": None}
    return {
        "id": "wave",
        "text": "Does a wave occur?",
        "arm": "base",
        "kind": "probability",
        "value": value,
        "interval": bars,
        "outside": None,
        "resolved": None,
        **more,
    }


def quantity(value, **more):
    """A quantity as a document has it."""
    bars = {"monte_carlo": [9.0, 11.0], "parameter": [5.0, 30.0], "structural": None}
    spread = {"0.05": 2.0, "0.25": 5.0, "0.5": value, "0.75": 20.0, "0.95": 31.5}
    return {
        "id": "stay",
        "text": "How long do the troops stay?",
        "arm": "base",
        "kind": "quantity",
        "value": value,
        "unit": "day",
        "quantiles": spread,
        "interval": bars,
        "outside": None,
        "resolved": None,
        **more,
    }


def document(*found):
    """A document of answers."""
    return {
        "case": "x-2030",
        "title": "X, 2030",
        "futures": 1000,
        "failed": 0,
        "arms": ["base"],
        "elapsed_s": 12.3,
        "engine_s": 9.0,
        "peak_memory_mb": 321.0,
        "store": "results/x-2030",
        "answers": list(found),
    }


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "in no future"),
        (0.0001, "less than 1 in 1,000 futures"),
        (0.004, "about 4 in 1,000 futures"),
        (0.12, "about 12 in 100 futures"),
        (0.994, "about 994 in 1,000 futures"),
        (1.0, "in every future"),
    ],
)
def test_a_chance_is_a_natural_frequency(value, said):
    assert wording.in_words(chance(value, interval={})) == said


def test_error_bars_are_kept_apart():
    bars = answers.bars_of([chance(0.12)])
    assert answers._answered(chance(0.12), bars, wide=True) == [
        "about 12 in 100 futures",
        "9 to 16",
        "5 to 30",
    ]
    assert answers._answered(chance(0.12), bars, wide=False) == [
        "about 12 in 100 futures\n  luck 9 to 16\n  parameters 5 to 30"
    ]
    assert wording.span(chance(0.12), "monte_carlo") == "9 to 16"
    assert answers._answered(chance(0.0, note="0 of 40"), bars, wide=True)[0] == "in no future\n(0 of 40)"
    assert wording.span(chance(0.12), "structural") == "none"


def test_the_bar_of_structure_is_shown_where_rivals_were_run():
    rivals = chance(0.12, interval={"monte_carlo": [0.1, 0.2], "parameter": None, "structural": [0.05, 0.4]})
    bars = answers.bars_of([chance(0.5), rivals])
    assert answers._answered(rivals, bars, wide=False)[0].endswith("structure 5 to 40")
    assert answers._answered(chance(0.5), bars, wide=True)[-1] == "none"


@pytest.mark.parametrize(
    ("value", "bar", "said"),
    [
        (0.003, [0.001, 0.012], "1 to 12 in 1,000"),
        (0.003, [0.0, 0.3], "0 to 300 in 1,000"),
        (0.994, [0.981, 1.0], "981 to 1,000 in 1,000"),
        (0.02, [0.001, 0.04], "0.1 to 4"),
        (0.012, [0.004, 0.018], "0.4 to 1.8"),
        (0.0, [0.0, 0.0004], "0 to 0.4 in 1,000"),
        (0.0, [0.0, 0.2], "0 to 20"),
        (1.0, [0.8, 1.0], "80 to 100"),
        (0.5, None, "none"),
    ],
)
def test_a_bar_counts_out_of_as_many_futures_as_its_answer(value, bar, said):
    assert wording.span(chance(value, interval={"monte_carlo": bar}), "monte_carlo") == said


def test_a_quantity_has_its_unit_and_its_spread():
    assert wording.in_words(quantity(12.0)) == "12 days (2 to 31.5)"
    assert wording.in_words(quantity(1.0, quantiles=None)) == "1 day"


def test_people_are_counted_whole():
    bars = {"monte_carlo": [2.5, 14.6], "parameter": [0.2, 1234.5]}
    dead = quantity(12.6, unit="people", quantiles={"0.05": 0.4, "0.95": 56.5}, interval=bars)
    assert wording.in_words(dead) == "13 people (0 to 56)"
    assert wording.span(dead, "monte_carlo") == "2 to 15"
    assert wording.span(dead, "parameter") == "0 to 1,234"
    assert wording.happened({**dead, "resolved": {"value": 9900.0, "date": None}}) == "9,900"


def test_a_tiny_share_is_about_nothing():
    bars = {"monte_carlo": [-2.8e-05, -4.9e-06], "parameter": [-0.00049, 0.13]}
    gain = quantity(-1.4e-05, unit="1", quantiles={"0.05": -0.00099, "0.95": 0.161}, interval=bars)
    assert wording.in_words(gain) == "about 0 (-0.001 to 0.16)"
    assert wording.span(gain, "monte_carlo") == "0 to 0"
    assert wording.span(gain, "parameter") == "0 to 0.13"
    assert wording.in_words({**gain, "value": 0.0, "quantiles": None}) == "0"


@pytest.mark.parametrize("unit", ["1", "people", "day", "people/d", "tenge/l"])
@pytest.mark.parametrize("size", range(-30, 12))
def test_no_number_is_written_in_powers_of_ten(size, unit):
    for sign in (-1, 1):
        assert "e" not in wording.number(sign * 1.234567 * 10.0**size, unit)


def test_a_range_may_be_open_upwards():
    cut = quantity(12.0, quantiles={"0.05": 2.0, "0.95": None}, interval={"monte_carlo": [5.0, None]})
    assert wording.in_words(cut) == "12 days (2 or more)"
    assert wording.span(cut, "monte_carlo") == "5 or more"
    assert wording.span(cut, "parameter") == "none"


def test_a_difference_says_more_or_fewer():
    bars = {"monte_carlo": [-0.15, -0.05], "parameter": None}
    difference = quantity(-0.1, unit="probability", statistic="mean", interval=bars, quantiles=None)
    assert wording.in_words(difference) == "10 in 100 fewer"
    assert wording.span(difference, "monte_carlo") == "-15 to -5"
    assert wording.in_words({**difference, "value": 0.0}).startswith("no difference")
    rare = {**difference, "value": 0.003, "interval": {"monte_carlo": [-0.001, 0.012]}}
    assert wording.in_words(rare) == "3 in 1,000 more"
    assert wording.span(rare, "monte_carlo") == "-1 to 12 in 1,000"
    assert wording.in_words({**difference, "value": -1e-5}) == "less than 1 in 1,000 fewer"


def test_no_answer_is_said_so():
    assert wording.in_words(chance(None)) == "cannot be said: no future meets the condition"
    assert (
        wording.in_words(chance(None, why={"value": "it is not defined"}))
        == "cannot be said: it is not defined"
    )


def test_outside_view_has_its_n_and_the_truth_its_date():
    answer = chance(
        0.1,
        outside={"value": 0.05, "n": 15239, "source": "mm2020"},
        resolved={"value": 1, "date": "2022-01-05"},
    )
    assert wording.outside(answer) == "5 in 100 (15,239 cases)"
    assert wording.outside(chance(0.1, outside={"value": 0.0017, "n": 4180})) == "1.7 in 1,000 (4,180 cases)"
    assert wording.happened(answer) == "yes, 2022-01-05"
    assert wording.outside(chance(0.1)) == "none"
    assert wording.happened(chance(0.1, resolved={"value": 0, "date": None})) == "no"


@pytest.mark.parametrize("width", [80, 160])
def test_the_table_fits(monkeypatch, capsys, width):
    monkeypatch.setenv("COLUMNS", str(width))
    answers.show(document(chance(0.12), quantity(12.0, text="How long? [bold]" + "very " * 30)), Console())
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "about 12 in" in text
    assert "[bold]" in text
    assert ("  luck 9 to 16" in text) == (width == 80)


def test_a_missing_value_says_why_in_the_table(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "160")
    why = {"value": "too many futures ended first; the median is over 85 days"}
    nothing = {"monte_carlo": None, "parameter": None, "structural": None}
    answers.show(document(quantity(None, why=why, interval=nothing)), Console())
    said = " ".join(capsys.readouterr().out.split())
    assert "cannot be said: too many" in said


def test_the_legend_says_that_the_structural_bar_is_missing():
    assert "No error bar for structure" in answers.legend(document(chance(0.12)))
    rivals = chance(0.12, interval={"monte_carlo": None, "parameter": None, "structural": [0.1, 0.4]})
    assert "No error bar" not in answers.legend(document(rivals))


def test_the_closing_lines_go_to_the_person(capsys):
    answers.closing(document(chance(0.1)), Console())
    said = capsys.readouterr()
    assert said.out == ""
    assert "321 MB" in said.err
    assert "results/x-2030" in said.err
    answers.closing(document(chance(0.1)), Console(quiet=True))
    assert capsys.readouterr().err == ""
