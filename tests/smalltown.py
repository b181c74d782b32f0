"""A small case on disk, and two small mechanisms to run it by."""

from __future__ import annotations

from pathlib import Path

from diarchy.errors import Fault, ModelError, nearest
from diarchy.evidence import Judgement
from diarchy.mechanism import Fact, Inlet, Mechanism, Parameter, Push, Read, State, lever
from diarchy.prior import lognormal, uniform

WHY = Judgement("made up for tests")

CASE = """\
schema: diarchy/case/1
case: smalltown
title: A small town
sources:
  census: {title: "A count of the people", confidence: high}
dimensions:
  place: {table: places.csv, key: id, label: name}
  group: {labels: [old, young]}
facts:
  bread.price: {by: [place], table: places.csv, columns: [price], unit: tenge/l, source: census}
  bread.day: {date: 2022-01-03, source: [census], scheduled: true}
  street.people:
    by: [place, group]
    table: places.csv
    columns: [old, young]
    unit: people
    source: [census]
  street.weight: {by: [group], values: {young: 2, old: 50 %}, judgement: "the young run faster"}
priors:
  street.courage: {uniform: [0.1, 0.2], judgement: "of the case"}
"""

SCENARIO = """\
schema: diarchy/scenario/1
extends: ../case.yaml
run: {start: 2022-01-01, days: 10, step: 6 h, futures: 8, seed: 3, repeats: 2, arms: [base, no-shock]}
mechanisms: [bread, street]
priors:
  bread.lag: {lognormal: [12 h, 2], judgement: "of the scenario"}
variants:
  no-shock: {summary: Prices stay., set: {bread.shock: 0}}
  no-bread: {drop: [bread]}
questions: ../questions.yaml
"""

QUESTIONS = """\
schema: diarchy/questions/1
questions:
  crowd:
    text: Is there a crowd?
    chance: {crosses: {of: street.crowd, sum: [place], above: 10 people}}
    outside: {value: 5 %, n: 20, source: census}
    resolved: {value: 1, date: 2022-01-05, source: [census]}
"""

PLACES = """\
id,name,price,old,young
A-1,Upper,60,100,200
A-2,"Lower, by the river",70,300,400
"""


def _settle(now, p, u, inflow, next) -> None:
    """Nothing moves."""


def _too_many(now, p, inflow) -> list[str]:
    """Refuse a first state with a crowd in it."""
    return [f"{now.crowd.sum():g} people are out on day 0"] if now.crowd.sum() > 0 else []


def _start(p) -> dict:
    """The crowd of day 0: none, unless courage is above nine tenths."""
    return {"crowd": (p.courage > 0.9)[:, None] * p.people.sum(axis=1)}


BREAD = Mechanism(
    name="bread",
    doc="The price of bread.",
    settle=_settle,
    states=(State("cost", ("place",), "1", "price over the usual one"),),
    parameters=(
        Parameter("lag", "day", 0.1, 5.0, lognormal(1.0, 2.0), WHY, "time to notice"),
        lever("shock", "whether the price moves"),
    ),
    facts=(
        Fact("price", ("place",), "local_currency/l", "price of a loaf", lower=0.0, upper=1000.0),
        Fact("day", (), "day", "day of the shock", lower=-100.0, upper=1000.0),
    ),
    pushes=(Push("street.anger", ("place",)),),
    timescale=1.0,
)
STREET = Mechanism(
    name="street",
    doc="Who is in the street.",
    settle=_settle,
    start=_start,
    vet=_too_many,
    states=(State("crowd", ("place",), "people", "people in the street", initial=None),),
    inlets=(Inlet("anger", ("place",), "1", "anger"),),
    parameters=(Parameter("courage", "1", 0.0, 1.0, uniform(0.3, 0.5), WHY, "readiness to go out"),),
    facts=(
        Fact("people", ("place", "group"), "people", "inhabitants", lower=0.0),
        Fact("weight", ("group",), "1", "weight of a head", default=1.0, lower=0.0),
    ),
    reads=(Read("bread.cost", ("place",), otherwise=1.0),),
    sizes={"bin": 4},
    timescale=5.0,
)
NEEDY = Mechanism(
    name="needy",
    doc="Cannot do without bread.",
    settle=_settle,
    states=(State("hunger", ("place",), "1", "hunger"),),
    reads=(Read("bread.cost", ("place",)),),
)
TOYS = {m.name: m for m in (BREAD, STREET, NEEDY)}


def find_toy(name: str) -> Mechanism:
    """The registry's door, for the toys."""
    if name not in TOYS:
        near = nearest(name, TOYS)
        raise ModelError([Fault(f"no mechanism '{name}' is installed", allowed=", ".join(TOYS), near=near)])
    return TOYS[name]


class Folder:
    """A case on disk that a test may spoil."""

    def __init__(self, root: Path):
        self.root = root
        (root / "scenarios").mkdir(parents=True)
        self.write("case.yaml", CASE)
        self.write("scenarios/base.yaml", SCENARIO)
        self.write("questions.yaml", QUESTIONS)
        self.write("places.csv", PLACES)

    def write(self, name: str, text: str) -> None:
        """Write a file of the case."""
        (self.root / name).write_text(text, encoding="utf-8")

    def change(self, name: str, old: str, new: str) -> None:
        """Replace one piece of a file, which must be there once."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))
