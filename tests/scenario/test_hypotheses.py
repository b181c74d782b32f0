"""Rival theories in a scenario: read, wired like variants, each difference with its reason."""

import pytest

from diarchy.errors import ScenarioError
from diarchy.scenario.check import check
from diarchy.scenario.compose import wire
from diarchy.scenario.grades import rests_on
from diarchy.scenario.read import read

THEORIES = """
hypotheses:
  bold:
    summary: The street is brave.
    holder: a neighbour
    weight: 2
    priors:
      street.courage: {uniform: [0.6, 0.8], claims: [h01]}
    facts:
      street.weight: {by: [group], values: {young: 5, old: 1}, judgement: "the young are the brave ones"}
  meek:
    summary: It is not.
    priors: {street.courage: {value: 0.05, judgement: "seen before"}}
"""
CLAIMS = "id,speaker,role,paraphrase,kind,verdict,better,source,bears_on\n"
BOLD = "h01,A neighbour,neighbour,They are brave,opinion,opinion,,,hypothesis:bold\n"


@pytest.fixture
def told(folder):
    """The small case with two theories and the claim that one follows."""
    scenario = folder.root / "scenarios" / "base.yaml"
    scenario.write_text(scenario.read_text() + THEORIES)
    (folder.root / "evidence.csv").write_text(CLAIMS + BOLD)
    return folder.root


def test_theories_are_arms_with_their_own_priors_and_facts(told):
    scenario = read(told)
    assert scenario.run.hypotheses == ("bold", "meek")
    assert (scenario.hypotheses["bold"].holder, scenario.hypotheses["bold"].weight) == ("a neighbour", 2.0)
    assert scenario.hypotheses["bold"].layer.priors["street.courage"].claims == ("h01",)
    model = wire(scenario, ("base", *scenario.run.hypotheses))
    assert model.arms["bold"].priors["street.courage"].numbers == (0.6, 0.8)
    assert model.arms["meek"].priors["street.courage"].numbers == (0.05,)
    assert model.arms["base"].priors["street.courage"].numbers == (0.1, 0.2)
    assert model.arms["bold"].facts["street.weight"].tolist() == [1.0, 5.0]
    assert any("hypothesis bold" in note for note in model.notes)
    assert set(wire(scenario).arms) == {"base", "no-shock"}


def test_every_value_of_an_arm_says_what_it_rests_on(told):
    scenario = read(told)
    model = wire(scenario, ("bold", "meek", "no-shock"))
    bold, meek, base = (rests_on(scenario, model.arms[name]) for name in ("bold", "meek", "base"))
    assert bold["street.courage"] == "after h01"
    assert bold["street.weight"] == "judgement: the young are the brave ones"
    assert meek["street.courage"] == "judgement: seen before"
    assert base["street.courage"] != meek["street.courage"]
    quiet = rests_on(scenario, model.arms["no-shock"])
    changed = scenario.variants["no-shock"].layer.priors
    assert {quiet[name] for name in changed} == {
        f"the world 'no-shock': {scenario.variants['no-shock'].summary}"
    }
    typed = read(told, ["street.courage=0.4"])
    assert rests_on(typed, wire(typed).arms["base"])["street.courage"] == "set on the command line"


def test_the_command_line_chooses_which_are_run_and_ranks_above_them(told):
    assert read(told, ["run.hypotheses=none"]).run.hypotheses == ()
    assert read(told, ["run.hypotheses=meek"]).run.hypotheses == ("meek",)
    model = wire(read(told, ["street.courage=0.4"]), ("bold",))
    assert model.arms["bold"].priors["street.courage"].numbers == (0.4,)


def test_they_take_the_first_draws_whole(told):
    run = read(told).run
    assert run.repeats == 2
    assert run.planned(100) == {"bold": 20, "meek": 20}
    assert run.planned(8) == {"bold": 4, "meek": 4}
    assert read(told, ["run.arms=base,bold"]).run.planned(100) == {"meek": 20}


def test_check_knows_what_theories_follow(told):
    check(told)
    (told / "evidence.csv").write_text(CLAIMS + BOLD.replace("h01", "h02"))
    with pytest.raises(
        ScenarioError, match=r"follows claim 'h01', which is not in evidence.csv; did you mean 'h02'"
    ):
        check(told)


def test_a_claim_bears_on_theories_that_are_there(told):
    (told / "evidence.csv").write_text(CLAIMS + BOLD.replace("hypothesis:bold", "hypothesis:bald"))
    with pytest.raises(ScenarioError, match="bears on 'hypothesis:bald'"):
        check(told)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("x: {summary: Why?, priors: {street.courage: {value: 0.1}}}", "says why it differs"),
        ("x: {summary: Nothing.}", "differs from base in nothing"),
        ("x: {priors: {street.courage: {value: 0.1, judgement: j}}}", "'hypotheses.x.summary' is missing"),
        ("x: {summary: S., weight: -1, priors: {street.courage: {value: 0.1, judgement: j}}}", "at least 0"),
        ("no-shock: {summary: S., priors: {street.courage: {value: 0.1, judgement: j}}}", "names two worlds"),
        ("x: {summary: S., prior: {}}", "did you mean 'priors'"),
    ],
)
def test_faults_of_theories_have_their_place(folder, entry, message):
    scenario = folder.root / "scenarios" / "base.yaml"
    scenario.write_text(scenario.read_text() + f"hypotheses:\n  {entry}\n")
    with pytest.raises(ScenarioError, match=message) as caught:
        read(folder.root)
    assert "base.yaml:" in str(caught.value)


def test_a_theory_that_is_not_there_is_not_run(told):
    with pytest.raises(
        ScenarioError, match="no hypothesis 'bald'; allowed: bold, meek, none; did you mean 'bold'"
    ):
        read(told, ["run.hypotheses=bald"])
