"""`diarchy why` as a user meets it: drivers, evidence, worlds without one thing, what to look for."""

import contextlib
import json
from pathlib import Path

import pytest

from diarchy import cli
from diarchy.commands.console import WRONG_INPUT


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Results of the skeleton of `new case`, with claims about a parameter."""
    from diarchy.commands.new import write

    folder = tmp_path_factory.mktemp("why")
    with contextlib.chdir(folder):
        case = Path(write("case", "tide"))
    (case / "evidence.csv").write_text(
        "id,speaker,role,paraphrase,kind,verdict,better,source,bears_on\n"
        "c1,A. Person,baker,Many would march,opinion,contradicted,few would,,crowd.pool\n",
        encoding="utf-8",
    )
    out = folder / "store"
    few = ["-n", "240", "-j", "1", "--days", "8", "--set", "crowd.fear=0.3"]
    assert cli.call(["run", str(case), *few, "-o", str(out), "-q"]) == 0
    return out


@pytest.fixture(scope="module")
def question(store):
    """A question of which futures disagree."""
    answers = json.loads((store / "answers.json").read_text(encoding="utf-8"))["answers"]
    return next(a["id"] for a in answers if a["kind"] == "quantity" and a["value"])


def told(capsys, *arguments):
    """The document that a command prints."""
    assert cli.call([*map(str, arguments), "--json", "-q"]) == 0
    return json.loads(capsys.readouterr().out)


def test_drivers_carry_their_evidence_and_the_claims_about_them(store, question, capsys):
    found = told(capsys, "why", store, question)
    assert found["schema"] == "diarchy/why/1"
    drivers = found["drivers"]
    assert drivers["evidence_why"] == ""
    parameters = {p["parameter"]: p for p in drivers["parameters"]}
    assert "crowd.fear" not in parameters  # it was fixed, so nothing hangs on it
    pool = parameters["crowd.pool"]
    assert pool["claims"] == pool["disputed"] == ["c1"]
    assert pool["weakness"] > next(p["weakness"] for p in parameters.values() if p["grade"] == pool["grade"]
                                   and not p["disputed"])  # fmt: skip
    assert drivers["parameters"] == sorted(drivers["parameters"], key=lambda p: -p["share"])
    assert 0 < drivers["floor"] < 1
    for p in parameters.values():
        assert p["interval"][0] <= p["share"] <= p["interval"][1]
        assert p["grade"]
        assert p["evidence"]


def test_the_next_report_shows_what_was_found_of_the_base(store, question, capsys):
    from diarchy.report.added import added

    assert cli.call(["why", str(store), question, "--arm", "no-price-shock"]) == 0
    assert "added to the report" not in capsys.readouterr().err
    assert cli.call(["why", str(store), question]) == 0
    assert f"diarchy report {store}" in capsys.readouterr().err
    kept = added(store)["drivers"][question]
    assert kept["drivers"]
    (store / "shown" / f"drivers-{question}.json").unlink()
    (store / "shown").rmdir()
    (store / "shown").write_text("in the way")
    assert cli.call(["why", str(store), question]) == 0
    caught = capsys.readouterr()
    assert "not added to the report" in caught.err
    assert caught.out
    (store / "shown").unlink()


def test_worlds_without_one_thing_are_run_once_and_kept(store, question, capsys):
    assert cli.call(["why", str(store), question, "--ablate", "-n", "24", "-j", "1", "--json"]) == 0
    first = capsys.readouterr()
    found = json.loads(first.out)["ablation"]
    worlds = {w["arm"]: w for w in found["worlds"]}
    assert found["futures"] == 24
    assert {"without-crowd", "without-media"} <= set(worlds)
    assert worlds["without-crowd"]["difference"] is None or worlds["without-crowd"]["without_it"] == 0
    for world in worlds.values():
        if world["difference"] is None:
            assert world["why"]
        else:
            assert world["difference"] == pytest.approx(world["with_it"] - world["without_it"])
    assert cli.call(["why", str(store), question, "--ablate", "-n", "24", "-j", "1", "--json"]) == 0
    again = capsys.readouterr()
    assert "already" in again.err
    assert json.loads(again.out)["ablation"] == found


def test_why_says_it_in_tables(store, question, capsys):
    assert cli.call(["why", str(store), question, "--top", "3"]) == 0
    said = capsys.readouterr().out
    assert "assumptions, by the share of the answer's variance that each explains" in said
    assert "Chance alone gives the luckiest of" in " ".join(said.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["STORE", "no_such_question"], "no question 'no_such_question' is stored"),
        (["STORE", "QUESTION", "--arm", "bse"], "did you mean 'base'?"),
        (["nowhere", "QUESTION"], "nowhere: is not there"),
        (["STORE", "QUESTION", "--top", "0"], "--top"),
    ],
)
def test_wrong_input_is_answered(store, question, capsys, arguments, words):
    real = [{"STORE": str(store), "QUESTION": question}.get(word, word) for word in arguments]
    assert cli.call(["why", *real]) == WRONG_INPUT
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


def test_a_store_that_keeps_no_scenario_is_explained_without_evidence(store, question, capsys, tmp_path):
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(store, bare, ignore=shutil.ignore_patterns("inputs", "ablation"))
    found = told(capsys, "why", bare, question)
    assert "keeps no scenario" in found["drivers"]["evidence_why"]
    assert found["drivers"]["parameters"]
    assert cli.call(["why", str(bare), question, "--ablate"]) == WRONG_INPUT
    assert "worlds cannot be made of it" in capsys.readouterr().err
