"""Values meet mechanisms: names, units, bounds, alignment, and one order of priority."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from diarchy.errors import ModelError
from diarchy.scenario.compose import wire
from diarchy.scenario.read import read


def faults_of(folder, overrides=(), arms=None) -> str:
    """The text of the error that wiring raises."""
    with pytest.raises(ModelError) as error:
        wire(read(folder.root, overrides), arms)
    return str(error.value)


def test_facts_are_aligned_and_in_declared_units(folder):
    arm = wire(read(folder.root)).arms["base"]
    assert arm.facts["street.people"].tolist() == [[100.0, 200.0], [300.0, 400.0]]
    assert arm.facts["street.weight"].tolist() == [0.5, 2.0]
    assert arm.facts["bread.day"].shape == ()
    assert arm.facts["bread.day"] == 2.0
    assert arm.coordinates["place"] == ("A-1", "A-2")
    assert arm.sizes == {"place": 2, "group": 2, "bin": 4}


def test_axes_may_be_given_in_another_order(folder):
    table = "    by: [place, group]\n    table: places.csv\n    columns: [old, young]\n"
    values = "    by: [group, place]\n    values: {old: {A-2: 3, A-1: 1}, young: {A-1: 2, A-2: 4}}\n"
    folder.change("case.yaml", table, values)
    people = wire(read(folder.root)).arms["base"].facts["street.people"]
    assert people.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert people.flags.c_contiguous


def test_calendar_and_arms(folder):
    scenario = read(folder.root)
    model = wire(scenario)
    assert (model.calendar.start, model.calendar.step, model.calendar.steps) == (scenario.run.start, 0.25, 40)
    assert list(model.arms) == ["base", "no-shock"]
    assert list(wire(scenario, ["no-bread"]).arms) == ["base", "no-bread"]
    assert list(wire(scenario, []).arms) == ["base"]


def test_a_variant_drops_a_mechanism_and_what_was_given_for_it(folder):
    arm = wire(read(folder.root), ["no-bread"]).arms["no-bread"]
    assert [m.name for m in arm.mechanisms] == ["street"]
    assert set(arm.priors) == {"street.courage"}


def test_order_of_priority_rank_by_rank(folder):
    """Command line > variant > scenario > case > declared default, each rank added in turn."""

    def courage(arm: str = "base", overrides: tuple[str, ...] = ()) -> str:
        return str(wire(read(folder.root, overrides), [arm]).arms[arm].priors["street.courage"])

    folder.change("case.yaml", "  street.courage:", "  #street.courage:")
    folder.change("case.yaml", "priors:", "priors: {}")
    assert courage() == "uniform(0.3, 0.5)"
    folder.change("case.yaml", "priors: {}", "priors:")
    folder.change("case.yaml", "  #street.courage:", "  street.courage:")
    assert courage() == "uniform(0.1, 0.2)"
    folder.change("scenarios/base.yaml", "priors:\n", "priors:\n  street.courage: {beta: [30 %, 10]}\n")
    assert courage() == "beta(0.3, 10)"
    folder.change("scenarios/base.yaml", "bread.shock: 0", "bread.shock: 0, street.courage: 60 %")
    assert courage("no-shock") == "fixed(0.6)"
    assert courage() == "beta(0.3, 10)"
    assert courage("no-shock", ("street.courage=0.7",)) == "fixed(0.7)"
    assert courage("base", ("street.courage=70 %",)) == "fixed(0.7)"


def test_facts_follow_the_same_order(folder):
    folder.change("scenarios/base.yaml", "priors:\n",
                  "facts:\n  bread.price: {by: [place], value: 50}\npriors:\n")  # fmt: skip
    folder.change("scenarios/base.yaml", "no-shock: {",
                  "no-shock: {facts: {bread.price: {by: [place], values: {A-1: 1, A-2: 2}}}, ")  # fmt: skip
    arms = wire(read(folder.root)).arms
    assert arms["base"].facts["bread.price"].tolist() == [50.0, 50.0]
    assert arms["no-shock"].facts["bread.price"].tolist() == [1.0, 2.0]


def test_overrides_are_noted_old_to_new(folder):
    notes = wire(read(folder.root, ["street.courage=0.7"])).notes
    assert (
        "street.courage: uniform(0.3, 0.5) (declared default) -> uniform(0.1, 0.2) (case), case.yaml:20"
        in notes
    )
    new = "fixed(0.7) (command line), --set street.courage=0.7"
    assert f"street.courage: uniform(0.1, 0.2) (case) -> {new}" in notes
    assert any(note.startswith("bread.shock: fixed(1) (declared default) -> fixed(0) (variant no-shock)")
               for note in notes)  # fmt: skip
    assert len(notes) == len(set(notes))


def test_units_of_priors_are_converted(folder):
    assert wire(read(folder.root)).arms["base"].priors["bread.lag"].numbers == (0.5, 2.0)


def test_model_survives_pickling(folder):
    model = wire(read(folder.root))
    arm = pickle.loads(pickle.dumps((model.calendar, model.notes)))
    assert arm == (model.calendar, model.notes)
    assert np.array_equal(model.arms["base"].facts["bread.price"], [60.0, 70.0])


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "street.corage=0.4",
            "no parameter 'street.corage'; allowed: street.courage; did you mean 'street.courage'?",
        ),
        ("stret.courage=0.4", "of no mechanism of this scenario; allowed: bread, street; did you mean"),
        ("street.courage=1.5", "1.5 lies outside [0, 1]; allowed: [0, 1]"),
        ("street.courage=4 people", "does not fit '1'"),
        ("street.weight=4", "'street.weight' is not a parameter; give it under facts"),
    ],
)
def test_faulty_overrides_are_pointed_at(folder, override, words):
    text = faults_of(folder, [override])
    assert f"--set {override}: " in text
    assert words in text


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "words"),
    [
        ("base", "[bread, street]", "[bread, streat]", "scenarios/base.yaml:4", "did you mean 'street'?"),
        ("base", "bread.lag:", "bread.lagg:", "scenarios/base.yaml:6", "did you mean 'bread.lag'?"),
        ("base", "[12 h, 2]", "[12 people, 2]", "scenarios/base.yaml:6", "does not fit 'day'"),
        ("base", "[12 h, 2]", "[12 h, 0.5]", "scenarios/base.yaml:6", "a factor above 1"),
        ("base", "lognormal: [12 h, 2]", "value: 9 d", "scenarios/base.yaml:6", "9 lies outside [0.1, 5]"),
        ("base", "bread.shock: 0", "bread.shock: 2", "scenarios/base.yaml:8", "allowed: [0, 1]"),
        ("base", "drop: [bread]", "drop: [bread], set: {bread.lag: 1}", "scenarios/base.yaml:9", "drops"),
        ("base", "priors:\n", "sizes: {nobody.bin: 4}\npriors:\n", "scenarios/base.yaml:5", "no mechanism"),
        ("base", "priors:\n", "sizes: {street.bins: 4}\npriors:\n", "scenarios/base.yaml:5", "'street.bin'?"),
        ("case", "unit: tenge/l", "unit: tenge/h", "places.csv:2", "does not fit 'local_currency/l'"),
        ("case", "bread.price:", "bread.prise:", "case.yaml:10", "did you mean 'bread.price'?"),
        ("case", "bread.price:", "bread.prise:", "case.yaml:9", "gives no bread.price (price of a loaf)"),
        ("case", "day: {date: 2022-01-03", "day: {date: 2012-01-03", "case.yaml:11", "out of bounds"),
        ("case", "by: [group], values: {young: 2, old: 50 %}", "value: 3", "case.yaml:18", "by: [group]"),
        ("case", "young: 2, old", "young: -2, old", "case.yaml:18", "street.weight holds -2, out of bounds"),
        ("case", "street.courage: {", "street.weight: {", "case.yaml:20", "give it under facts"),
        ("case", "street.courage: {", "nobody.courage: {", "case.yaml:20", "of no mechanism"),
        ("case", "  group: {labels: [old, young]}\n", "  people: {labels: [old, young]}\n", "", "'group'"),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_cure(folder, name, old, new, where, words):
    folder.change({"base": "scenarios/base.yaml", "case": "case.yaml"}[name], old, new)
    if "people: {labels" in new:  # the facts must still be readable for wiring to be reached
        text = (folder.root / "case.yaml").read_text()
        folder.write(
            "case.yaml", text.replace("[place, group]", "[place, people]").replace("[group]", "[people]")
        )
    text = faults_of(folder)
    assert f"{where}: " in text
    assert words in text


def test_all_faults_of_all_arms_at_once(folder):
    folder.change("places.csv", "A-1,Upper,60", "A-1,Upper,-60")
    folder.change("scenarios/base.yaml", "[12 h, 2]", "[12 people, 2]")
    folder.change("scenarios/base.yaml", "bread.shock: 0", "bread.shock: 7")
    folder.change("scenarios/base.yaml", "[bread, street]", "[bread, street, needy]")
    text = faults_of(folder, ["street.courage=2"], ["no-shock", "no-bread"])
    assert "places.csv:2: bread.price holds -60, out of bounds; allowed: [0, 1000] local_currency/l" in text
    assert "scenarios/base.yaml:6: bread.lag: " in text
    assert "scenarios/base.yaml:8: in arm 'no-shock': bread.shock: 7 lies outside [0, 1]" in text
    assert "scenarios/base.yaml:9: in arm 'no-bread': 'needy' needs bread.cost" in text
    assert "--set street.courage=2: " in text
    assert text.count("places.csv:2") == 1


def test_a_mechanism_that_cannot_do_without_another_points_at_its_line(folder):
    folder.change("scenarios/base.yaml", "[bread, street]", "[needy, street]")
    folder.change("scenarios/base.yaml", "  no-bread: {drop: [bread]}\n", "")
    assert "scenarios/base.yaml:4: 'needy' needs bread.cost, and mechanism 'bread'" in faults_of(folder)


def test_unknown_arm_names_the_nearest(folder):
    text = faults_of(folder, arms=["no-shok"])
    assert (
        "scenarios/base.yaml:3: no arm 'no-shok'; allowed: base, no-shock, no-bread; did you mean 'no-shock'?"
        in text
    )
