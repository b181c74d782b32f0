"""A model in words: tables, graph and ODD text come from the declarations."""

import datetime as dt
import json

import pytest

from diarchy import describe
from diarchy.evidence import Judgement, Source
from diarchy.mechanism import Draw, Fact, Inlet, Mechanism, Parameter, Push, Read, State
from diarchy.model import Calendar, Model, connect
from diarchy.odd import markdown_table, odd
from diarchy.prior import fixed, lognormal

ELEMENTS = [
    "## 1. Purpose and patterns",
    "## 2. Entities, state variables, and scales",
    "## 3. Process overview and scheduling",
    "## 4. Design concepts",
    "## 5. Initialization",
    "## 6. Input data",
    "## 7. Submodels",
]
CONCEPTS = [
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
]


def settle(now, p, u, inflow, next):
    """Nothing moves: descriptions need declarations only."""


SUN = Mechanism(
    name="sun",
    doc="The sun warms the street.",
    settle=settle,
    push=settle,
    states=(State("height", (), "degree", "height over the horizon", lower=-90.0, upper=90.0),),
    pushes=(Push("street.warmth", ("place",)), Push("beach.warmth", ())),
    references=("almanac1990",),
)
STREET = Mechanism(
    name="street",
    doc="People stroll when it is warm.",
    settle=settle,
    states=(
        State("strollers", ("place",), "people", "people strolling | idling", initial=None, lower=0.0),
        State("mood", ("place",), "1", "mood", levels=("glum", "gay"), initial=1),
    ),
    inlets=(Inlet("warmth", ("place",), "1", "warmth felt"),),
    reads=(Read("sun.height", ()),),
    draws=(Draw("whim", ("place",)),),
    facts=(
        Fact("inhabitants", ("place",), "people", "inhabitants"),
        Fact("trees", (), "1", "trees", default=3.0),
    ),
    parameters=(
        Parameter("pace", "km/h", 1, 6, lognormal(4, 1.2), Source("walk2001", "Table 1"), "pace"),
        Parameter("idle", "1", 0, 1, fixed(0.5), Judgement("half of them"), "share who sit"),
    ),
)
SETTING = describe.Setting(
    title="A summer day",
    summary="Who strolls when the sun shines?",
    questions={"crowded": "Is it crowded?"},
    sources={"census": "the census of the town"},
    fact_sources={"street.inhabitants": "census"},
    prior_sources={"street.idle": "judgement: seen from the window"},
    variants={"no-sun": "a cloudy day"},
)


@pytest.fixture(scope="module")
def model() -> Model:
    """Two mechanisms and two places."""
    coordinates = {"place": ("quay", "park")}
    arm = connect("base", [STREET, SUN], coordinates, {"street.inhabitants": [100.0, 250.0]}, {})
    return Model(Calendar(dt.date(2022, 1, 1), 0.25, 8), {"base": arm})


def test_tables_say_what_was_declared(model):
    arm = model.arms["base"]
    assert [row["mechanism"] for row in describe.mechanisms(arm)] == ["street", "sun"]
    states = {row["state"]: row for row in describe.states(arm)}
    assert states["street.mood"]["unit"] == "glum / gay"
    assert states["street.mood"]["bounds"] == ""
    assert states["sun.height"]["bounds"] == "-90 to 90"
    parameters = {row["parameter"]: row for row in describe.parameters(arm, SETTING)}
    assert parameters["street.pace"] == {
        "parameter": "street.pace",
        "unit": "km/h",
        "bounds": "1 to 6",
        "prior": "lognormal(4, 1.2)",
        "meaning": "pace",
        "evidence": "walk2001, Table 1",
    }
    assert parameters["street.idle"]["evidence"] == "judgement: seen from the window"
    facts = {row["fact"]: row for row in describe.facts(arm, SETTING)}
    assert facts["street.inhabitants"]["values"] == "100 to 250"
    assert facts["street.inhabitants"]["source"] == "census"
    assert facts["street.trees"]["source"] == "default"


def test_wires_leave_out_what_goes_nowhere(model):
    found = {(w.source, w.target, w.kind, w.port) for w in describe.wires(model.arms["base"])}
    assert found == {
        ("sun", "street", describe.READS, "sun.height"),
        ("sun", "street", describe.PUSHES, "street.warmth"),
    }


def test_graphs_draw_every_wire(model):
    arm = model.arms["base"]
    assert describe.graph_text(arm).splitlines() == [
        "sun pushes to street: warmth",
        "sun is read by street: height",
    ]
    dot = describe.graph_dot(arm)
    assert '"sun" -> "street" [label="warmth", style=solid];' in dot
    assert dot.count("{") == dot.count("}")
    mermaid = describe.graph_mermaid(arm)
    assert mermaid.startswith("graph LR")
    assert 'sun -. "height" .-> street' in mermaid


def test_document_is_plain_json(model):
    document = json.loads(json.dumps(describe.document(model, SETTING), allow_nan=False))
    assert document["axes"] == {"place": ["quay", "park"]}
    assert document["days"] == 2.0
    assert document["questions"] == {"crowded": "Is it crowded?"}


def test_odd_has_all_seven_elements_in_order(model):
    text = odd(model, SETTING)
    places = [text.index(element) for element in ELEMENTS]
    assert places == sorted(places)
    concepts = [text.index(f"### {concept}\n") for concept in CONCEPTS]
    assert concepts == sorted(concepts)


def test_odd_is_made_of_the_declarations(model):
    text = odd(model, SETTING)
    for said in (
        "Who strolls when the sun shines?",
        "Is it crowded? (`crowded`)",
        "census: the census of the town",
        "street sees sun.height",
        "sun acts on street.warmth",
        "street.whim",
        "no-sun: a cloudy day",
        "street.mood: gay",
        "References: almanac1990.",
        "steps of 6 hours",
    ):
        assert said in text, said
    assert "beach" not in text


def test_markdown_cells_cannot_break_a_table():
    table = markdown_table([{"what": "a | b\nc", "n": 1}])
    assert table.splitlines()[2] == "| a \\| b c | 1 |"
    assert markdown_table([]) == "None."
