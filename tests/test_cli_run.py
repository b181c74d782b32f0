"""The way of a user: a case, its run, its answers again, a changed assumption, a comparison."""

import contextlib
import datetime as dt
import errno
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diarchy import cli
from diarchy.commands.console import FUTURES_FAILED, INTERRUPTED, WRONG_INPUT

FEW = ["-n", "16", "-j", "1", "--days", "8"]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A small case: the skeleton of `new case`."""
    from diarchy.commands.new import write

    folder = tmp_path_factory.mktemp("case")
    with contextlib.chdir(folder):
        return str(write("case", "tide"))


@pytest.fixture(scope="module")
def store(case, tmp_path_factory):
    """Its results."""
    out = tmp_path_factory.mktemp("store") / "tide"
    assert cli.call(["run", case, *FEW, "-o", str(out), "-q"]) == 0
    return str(out)


def document(capsys):
    """What standard output holds."""
    return json.loads(capsys.readouterr().out)


def test_run_prints_answers_and_keeps_them(case, tmp_path, capsys):
    out = tmp_path / "store"
    assert cli.call(["run", case, *FEW, "--seed", "5", "-o", str(out), "--json", "--progress", "json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["schema"] == "diarchy/answers/1"
    assert {
        "version",
        "case",
        "scenario_sha256",
        "seed",
        "futures",
        "failed",
        "arms",
        "elapsed_s",
        "engine_s",
        "peak_memory_mb",
        "store",
        "answers",
    } <= found.keys()
    assert (found["case"], found["seed"], found["futures"]) == ("tide", 5, 16)
    assert found["arms"] == ["base", "no-price-shock"]
    for answer in found["answers"]:
        assert {"id", "text", "arm", "kind", "value", "interval", "outside", "resolved"} <= answer.keys()
        assert set(answer["interval"]) == {"monte_carlo", "parameter", "structural"}
    assert json.loads((out / "answers.json").read_text(encoding="utf-8")) == found
    reports = [line for line in said.err.splitlines() if line.startswith("{")]  # a cold cache is told before
    assert json.loads(reports[0])["schema"] == "diarchy/progress/1"


NUMBER = (int, float)
TOP = {
    "schema": str, "version": str, "case": str, "scenario_sha256": str, "seed": int, "futures": int,
    "failed": int, "arms": list, "elapsed_s": NUMBER, "engine_s": NUMBER, "store": str, "answers": list,
}  # fmt: skip
ISSUE = (
    "wave", "spread", "peak_participants", "peak_place_almaty", "deaths", "detained", "defection", "blackout",
    "concession", "incumbent_out_90d", "purge_30d", "control_gain", "coup_90d", "collapse_90d", "change_90d",
    "help_asked", "troops_come", "troops_out_30d", "stay_days", "help_needed", "warning_days",
)  # fmt: skip


RIVALS = ("orbit", "limited", "purge", "sticky", "external")


def is_bounds(found):
    """Whether it is null, or two numbers in order of which the upper may be unknown."""
    if found is None:
        return True
    low, high = found
    return isinstance(low, NUMBER) and (high is None or low <= high)


def assert_answer(answer):
    """One answer is as the schema says."""
    name = answer["id"]
    assert isinstance(answer["text"], str), name
    assert answer["arm"] in ("base", "no-invitation", *RIVALS), name
    assert answer["kind"] in ("probability", "quantity"), name
    assert answer["value"] is None or isinstance(answer["value"], NUMBER), name
    assert answer["value"] is not None or answer["why"]["value"], name
    assert answer["kind"] == "quantity" or answer["value"] is None or 0 <= answer["value"] <= 1, name
    assert set(answer["interval"]) == {"monte_carlo", "parameter", "structural"}, name
    assert all(is_bounds(bounds) for bounds in answer["interval"].values()), name
    assert answer["unit"], name
    if answer["kind"] == "quantity" and answer["statistic"] == "median" and answer["value"] is not None:
        assert list(answer["quantiles"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"], name
    for word, fields in (("outside", {"value", "n", "source"}), ("resolved", {"value", "date"})):
        assert answer[word] is None or fields <= answer[word].keys(), name


def test_the_document_of_the_flagship_keeps_its_schema(tmp_path, capsys):
    few = ["-n", "20", "-j", "1", "--days", "8", "--arms", "base,no-invitation"]
    few += ["--set", "run.hypothesis_share=1"]
    out = str(tmp_path / "store")
    assert cli.call(["run", "kazakhstan-2022", *few, "-o", out, "--json", "-q"]) == 0
    run = document(capsys)
    assert cli.call(["ask", out, "--json", "-q"]) == 0
    for found in (run, document(capsys)):
        assert {key: found[key] for key, kind in TOP.items() if not isinstance(found.get(key), kind)} == {}
        assert (found["schema"], found["case"]) == ("diarchy/answers/1", "kazakhstan-2022")
        assert len(found["scenario_sha256"]) == 64
        assert (found["futures"], found["failed"]) == (20, 0)
        assert found["arms"] == ["base", "no-invitation", *RIVALS]
        barred = [a["id"] for a in found["answers"] if a["arm"] == "base" and a["interval"]["structural"]]
        assert {"wave", "peak_participants", "deaths"} <= set(barred)
        for answer in found["answers"]:
            assert_answer(answer)
        assert set(ISSUE) <= {answer["id"] for answer in found["answers"] if answer["arm"] == "base"}
        (needed,) = (answer for answer in found["answers"] if answer["id"] == "help_needed")
        assert (needed["kind"], needed["unit"], needed["statistic"]) == ("quantity", "probability", "mean")


def test_rival_hypotheses_are_run_without_what_a_question_subtracts(tmp_path, capsys):
    out = str(tmp_path / "store")
    few = ["-n", "24", "-j", "1", "--days", "8", "--hypotheses", "orbit", "-o", out, "-q"]
    assert cli.call(["run", "kazakhstan-2022", *few, "--json"]) == 0
    found = document(capsys)
    assert found["arms"] == ["base", "no-invitation", "orbit"]
    assert {answer["arm"] for answer in found["answers"]} <= set(found["arms"])
    (needed,) = [a for a in found["answers"] if a["id"] == "help_needed"]
    assert "without it" not in needed["why"].get("structural", "")
    said = json.loads((Path(out) / "manifest.json").read_text(encoding="utf-8"))
    assert said["planned"]["orbit+no-invitation"] == said["planned"]["orbit"] == 8
    assert cli.call(["ask", out, "--arms", "orbit+no-invitation"]) == WRONG_INPUT
    assert "was not run" in capsys.readouterr().err
    for shown in ("report.html", "about.json", "answers.json"):
        assert "orbit+" not in (Path(out) / shown).read_text(encoding="utf-8")
    (Path(out) / "journal.jsonl").write_bytes(b"")
    assert cli.call(["run", "--resume", "-o", out, "-q", "--json"]) == 0
    assert document(capsys)["answers"] == found["answers"]


def test_weights_of_hypotheses_that_are_not_there_are_refused(tmp_path, capsys):
    few = ["-n", "8", "-o", str(tmp_path / "store"), "--json", "-q"]
    assert cli.call(["run", "kazakhstan-2022", *few, "--weights", "orbits=2"]) == 2
    assert "did you mean 'orbit'" in capsys.readouterr().err
    assert cli.call(["run", "kazakhstan-2022", *few, "--hypotheses", "orbits"]) == 2
    assert "did you mean 'orbit'" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_run_tells_people_what_comes_next(case, tmp_path, capsys):
    assert cli.call(["run", case, *FEW, "-o", str(tmp_path / "store")]) == 0
    said = capsys.readouterr()
    assert "Does one in a thousand take to the" in said.out
    assert "100 %" in said.err
    assert "next: diarchy report" in said.err
    assert "next:" not in said.out


def test_ask_gives_the_same_answers_again(store, capsys):
    stored = json.loads((Path(store) / "answers.json").read_text(encoding="utf-8"))
    assert cli.call(["ask", store, "--json", "-q"]) == 0
    assert document(capsys)["answers"] == stored["answers"]


def test_ask_takes_questions_and_arms(store, capsys):
    assert cli.call(["ask", store, "peak", "--arms", "no-price-shock", "--json", "-q"]) == 0
    assert [(a["id"], a["arm"]) for a in document(capsys)["answers"]] == [("peak", "no-price-shock")]
    assert cli.call(["ask", store, "peek"]) == WRONG_INPUT
    assert "did you mean 'peak'?" in capsys.readouterr().err
    assert cli.call(["ask", store + "-not"]) == WRONG_INPUT


def test_results_are_never_overwritten_without_force(case, store, capsys):
    assert cli.call(["run", case, *FEW, "-o", store, "-q"]) == WRONG_INPUT
    assert "--force" in capsys.readouterr().err
    assert cli.call(["run", case, *FEW, "-o", store, "-q", "--force"]) == 0


def test_the_default_folder_gets_a_number(case, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for expected in ("results/tide", "results/tide-2", "results/tide-3"):
        assert cli.call(["run", case, *FEW, "--json", "-q"]) == 0
        assert document(capsys)["store"] == expected
    assert cli.call(["list", "results", "--json", "-q"]) == 0
    assert sorted(row["store"] for row in document(capsys)["results"]) == [
        "results/tide",
        "results/tide-2",
        "results/tide-3",
    ]


def test_compare_tells_assumptions_then_answers(case, store, tmp_path, capsys):
    other = str(tmp_path / "other")
    assert cli.call(["run", case, *FEW, "-o", other, "-q", "--set", "crowd.pool=20%", "-v"]) == 0
    capsys.readouterr()
    assert cli.call(["compare", store, other, "--json", "-q"]) == 0
    changes = document(capsys)["changes"]
    assumptions = [change["name"] for change in changes if change["what"] == "assumption"]
    assert assumptions == ["crowd.pool"]
    assert "peak" in [change["name"] for change in changes if change["what"] == "answer"]
    assert cli.call(["compare", store, other, "-q"]) == 0
    shown = capsys.readouterr().out
    assert shown.index("crowd.pool") < shown.index("peak")
    assert cli.call(["compare", store, store, "-q"]) == 0
    assert "answers: no change" in capsys.readouterr().out


def test_compare_takes_two_arms_of_one_store(store, capsys):
    assert cli.call(["compare", store, "--arms", "no-price-shock,base", "--json", "-q"]) == 0
    found = document(capsys)
    assert (found["before"], found["after"], found["evidence_why"]) == ("no-price-shock", "base", "")
    lever, *others = [change for change in found["changes"] if change["what"] == "assumption"]
    assert not others
    assert lever["name"] == "economy.shock_size"
    assert lever["rests_on"][0].startswith("the world 'no-price-shock': ")
    assert lever["rests_on"][1]
    answers = [change for change in found["changes"] if change["what"] == "answer"]
    assert answers
    assert all(change["paired"] for change in answers)
    assert cli.call(["compare", store, "--arms", "no-price-shock,base", "-q"]) == 0
    shown = capsys.readouterr().out
    assert shown.index("economy.shock_size") < shown.index(answers[0]["name"])
    assert "fresh" in shown


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "two arms of one"),
        (["elsewhere", "--arms", "a,b"], "two arms of one"),
        (["--arms", "base"], "does not name two arms"),
        (["--arms", "base,base"], "does not name two arms"),
        (["--arms", "base,no-price-shok"], "did you mean 'no-price-shock'?"),
    ],
)
def test_compare_says_what_it_takes(store, more, said, capsys):
    assert cli.call(["compare", store, *more]) == WRONG_INPUT
    caught = capsys.readouterr()
    assert said in caught.err
    assert not caught.out


def test_one_future_alone_is_the_same_future(case, store, tmp_path, capsys):
    alone = str(tmp_path / "alone")
    assert cli.call(["run", case, *FEW, "-o", alone, "--only", "7", "-q"]) == 0
    from diarchy import open_results

    whole, one = open_results(store), open_results(alone)
    assert list(one.data["run"].values) == [7]
    state = "crowd.street"
    assert (one.data[state].sel(run=7) == whole.data[state].sel(run=7)).all()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--set", "crowd.pol=1%"], "did you mean 'crowd.pool'?"),
        (["--set", "crowd.pool=9"], "crowd.pool"),
        (["--set", "nonsense"], "mechanism.parameter=value"),
        (["--arms", "no-price-shok"], "did you mean 'no-price-shock'?"),
        (["--start", "yesterday"], "date"),
        (["-n", "0"], "-n"),
    ],
)
def test_wrong_input_is_a_sentence(case, tmp_path, capsys, more, said):
    assert cli.call(["run", case, "-o", str(tmp_path / "store"), *more]) == WRONG_INPUT
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_case_suggests_the_nearest(capsys):
    assert cli.call(["run", "kazakhstan-2023"]) == WRONG_INPUT
    assert "kazakhstan-2022" in capsys.readouterr().err


def test_check_and_describe(case, capsys):
    assert cli.call(["check", case, "--strict"]) == 0
    assert "fine" in capsys.readouterr().out
    assert cli.call(["describe", case, "-q"]) == 0
    assert "crowd.pool" in capsys.readouterr().out
    assert cli.call(["describe", case, "--odd", "-q"]) == 0
    assert "## 7. Submodels" in capsys.readouterr().out
    assert cli.call(["describe", case, "--graph", "dot", "-q"]) == 0
    assert capsys.readouterr().out.startswith("digraph")
    assert cli.call(["describe", case, "--json", "-q"]) == 0
    assert document(capsys)["schema"] == "diarchy/description/1"


def test_check_tells_the_faults_of_all_paths(case, tmp_path, capsys):
    (tmp_path / "case.yaml").write_text("schema: diarchy/case/1\n", encoding="utf-8")
    assert cli.call(["check", case, str(tmp_path), "kazakhstan-2023", "--json"]) == WRONG_INPUT
    faults = document(capsys)["faults"]
    assert any("kazakhstan-2023" in fault["what"] for fault in faults)
    assert len(faults) >= 2


def test_check_points_at_the_line_inside_a_question(tmp_path, monkeypatch, capsys):
    from diarchy.commands.new import write

    monkeypatch.chdir(tmp_path)
    folder = write("case", "ebb")
    (folder / "questions.yaml").write_text(
        "schema: diarchy/questions/1\n"
        "questions:\n"
        "  protest:\n"
        "    text: Does it begin?\n"
        "    chance:\n"
        "      crosses:\n"
        "        of: crowd.street\n"
        "        sum: [place]\n"
        "        above: 3 km\n"
        "    given:\n"
        "      nevr: 3\n",
        encoding="utf-8",
    )
    assert cli.call(["check", str(folder), "--json"]) == WRONG_INPUT
    places = [fault["where"].rpartition(":")[2] for fault in document(capsys)["faults"]]
    assert places == ["9", "11"]


def test_failed_futures_have_an_exit_code_of_their_own(case, tmp_path, capsys, monkeypatch):
    from diarchy import engine
    from diarchy.ensemble import twins

    def fail(*arguments):
        block = engine.advance(*arguments)
        block.status[:] = 1
        block.failed_at[:] = 0
        return block

    monkeypatch.setattr(twins, "advance", fail)
    assert cli.call(["run", case, *FEW, "-o", str(tmp_path / "store"), "-q"]) == FUTURES_FAILED
    assert "futures failed" in capsys.readouterr().err


def test_an_interrupt_before_anything_is_finished(case, tmp_path, capsys, monkeypatch):
    from diarchy import engine
    from diarchy.ensemble import twins

    def interrupt(*arguments):
        if len(arguments[3]) > 1:  # not the trial of one run
            raise KeyboardInterrupt
        return engine.advance(*arguments)

    monkeypatch.setattr(twins, "advance", interrupt)
    assert cli.call(["run", case, *FEW, "-o", str(tmp_path / "store")]) == INTERRUPTED
    said = capsys.readouterr()
    assert "before a future was finished" in said.err
    assert said.out == ""


def finished(store):
    """How many blocks a store under way has."""
    journal = store / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.is_file() else 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_one_interrupt_saves_what_is_finished(case, tmp_path):
    out = tmp_path / "store"
    command = [
        sys.executable,
        "-m",
        "diarchy.cli",
        "run",
        case,
        "-n",
        "20000",
        "-j",
        "1",
        "--block",
        "16",
        "-o",
        str(out),
        "--progress",
        "json",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while process.poll() is None and not finished(out):
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said, noise = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == INTERRUPTED, noise
    found = json.loads(said)
    assert found["interrupted"]
    assert 0 < found["futures"] < 20000
    assert "Traceback" not in noise


def test_a_run_that_was_cut_off_is_finished(case, store, tmp_path, capsys):
    out = tmp_path / "copy"
    shutil.copytree(store, out)
    whole = cli.call(["ask", store, "--json"]), document(capsys)["answers"]
    journal = out / "journal.jsonl"
    journal.write_bytes(b"")
    assert cli.call(["run", "--resume", "-o", str(out), "-j", "1", "--json"]) == 0
    assert (0, document(capsys)["answers"]) == whole
    assert journal.read_bytes().count(b"\n") == 1
    kept = {
        name: (out / name).stat().st_mtime_ns for name in ("report.html", "answers.json", "manifest.json")
    }
    assert cli.call(["run", case, "--resume", "-o", str(out), "--json"]) == 0  # answers as they are kept
    assert (0, document(capsys)["answers"]) == whole
    assert {name: (out / name).stat().st_mtime_ns for name in kept} == kept
    (out / "answers.json").write_text("{}", encoding="utf-8")
    assert cli.call(["run", case, "--resume", "-o", str(out), "--json"]) == 0  # not as they were: given anew
    assert (0, document(capsys)["answers"]) == whole
    assert cli.call(["run", "--resume", "-o", str(out), "--seed", "8"]) == WRONG_INPUT
    assert "seed: was 1, is 8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--resume"], "--resume takes the store to finish: --out STORE"),
        (["--resume", "-o", "nowhere"], "there is no store"),
        (["--resume", "--force", "-o", "s"], "choose one"),
        ([], "Missing argument 'CASE'"),
        (["case", "--until-ci", "0.1", "--only", "3"], "goes without --branch and --only"),
        (["case", "--until-ci", "0"], "0 is not in the range 0<x<=1"),
    ],
)
def test_resume_without_what_it_needs(tmp_path, monkeypatch, capsys, more, said):
    monkeypatch.chdir(tmp_path)
    assert cli.call(["run", *more]) == WRONG_INPUT
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def widths(found):
    """Of the Monte Carlo intervals of base's probabilities."""
    bounds = [a["interval"]["monte_carlo"] for a in found["answers"] if a["kind"] == "probability"]
    return [high - low for low, high in bounds]


def test_futures_are_added_until_answers_are_precise(case, tmp_path, capsys, monkeypatch):
    out, start = tmp_path / "s", ["run", case, "-j", "1", "--days", "8", "-n", "16", "--json"]
    assert cli.call([*start, "-o", str(out), "--until-ci", "0.2"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert "on to" in said.err
    assert found["futures"] > 16
    assert max(widths(found)) <= 0.2
    direct = ["run", case, "-j", "1", "--days", "8", "-n", str(found["futures"]), "--json"]
    assert cli.call([*direct, "-o", str(tmp_path / "t")]) == 0
    assert document(capsys)["answers"] == found["answers"]
    assert cli.call(["run", "--resume", "-o", str(out), "-q"]) == 0  # knows how many there are now
    assert f"{found['futures']} futures" in capsys.readouterr().out
    monkeypatch.setattr("diarchy.commands.precision.MOST_FUTURES", 32)
    assert cli.call([*start, "-o", str(tmp_path / "u"), "--until-ci", "0.01"]) == FUTURES_FAILED
    said = capsys.readouterr()
    assert json.loads(said.out)["futures"] == 32
    assert "not as precise as asked: the interval of" in said.err


def test_answers_that_cannot_be_kept_are_shown(case, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "s"
    assert cli.call(["run", case, *FEW, "-o", str(out), "-q"]) == 0
    capsys.readouterr()
    monkeypatch.setattr("diarchy.commands.answers.write_whole", full)
    assert cli.call(["run", "--resume", "-o", str(out), "-n", "20", "-j", "1"]) == 0
    said = capsys.readouterr()
    assert "20 futures" in said.out
    assert f"the answers are not kept in {out}: No space left on device" in said.err
    assert not (out / "answers.json").exists()


def test_saved_futures_are_continued_in_another_arm(case, tmp_path, capsys):
    first, out = tmp_path / "first", tmp_path / "branch"
    few = ["-n", "16", "-j", "1", "--days", "8", "-q"]
    assert cli.call(["run", case, *few, "--arms", "base", "-o", str(first)]) == 0
    start = json.loads((first / "manifest.json").read_text(encoding="utf-8"))["start"]
    day = (dt.date.fromisoformat(start) + dt.timedelta(days=3)).isoformat()
    branch = ["run", "--branch", str(first), "--arms", "base,no-price-shock", "-j", "1", "-o", str(out)]
    capsys.readouterr()
    assert cli.call([*branch, "--at", day, "--json"]) == 0
    assert document(capsys)["arms"] == ["base", "no-price-shock"]
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert said["switched"] == {"no-price-shock": 12}
    assert cli.call(["run", "--resume", "-o", str(out), "-q"]) == 0
    for wrong, message in (
        ("2031-01-01", "arms cannot part at '2031-01-01'; allowed: "),
        ("soon", "part at 'soon'"),
    ):
        assert cli.call([*branch, "--at", wrong]) == WRONG_INPUT
        assert message in capsys.readouterr().err
    assert cli.call(branch) == WRONG_INPUT
    assert "--branch STORE and --at DATE go together" in capsys.readouterr().err
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.move(first, moved / "first")
    shutil.move(out, moved / "branch")
    (moved / "branch" / "journal.jsonl").write_bytes(b"")
    with contextlib.chdir(moved):
        assert cli.call(["run", "--resume", "-o", "branch", "-q", "-j", "1"]) == 0
