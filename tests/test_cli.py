"""The command line: quick help, plain faults, exit codes, nothing but data on standard output."""

import io
import json
import os
import subprocess
import sys

import click
import pytest

from diarchy import cli
from diarchy.commands.console import (
    INTERRUPTED,
    OUR_FAULT,
    WRONG_INPUT,
    Console,
    Progress,
    as_json,
    duration,
    printable,
)
from diarchy.errors import DiarchyError, Fault

HEAVY = ("numba", "numpy", "scipy", "xarray", "zarr", "pydantic", "ruamel", "pint", "rich")


def shell(*arguments, **environment):
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "diarchy.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments):
    code = (
        f"import sys; from diarchy import cli; code = cli.call({arguments!r});"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"


def test_help_names_every_command(capsys):
    assert cli.call(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in cli.COMMANDS)


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_has_help(capsys, name):
    assert cli.call([name, "--help"]) == 0
    assert "Usage: diarchy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["rnu"], "'run'"),
        (["--hepl"], "--help"),
        (["run", "x", "--sede", "3"], "--seed"),
        (["list", "case"], "cases"),
    ],
)
def test_wrong_usage_suggests_the_nearest(capsys, arguments, near):
    assert cli.call(arguments) == WRONG_INPUT
    said = capsys.readouterr()
    assert near in said.err
    assert said.out == ""


def test_faults_are_a_document_too(capsys, monkeypatch):
    def refuse(**_):
        raise DiarchyError([Fault("no such thing", "case.yaml:3", near="a thing")])

    monkeypatch.setattr(cli.diarchy, "main", refuse)
    assert cli.call(["run", "x", "--json"]) == WRONG_INPUT
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["schema"] == cli.FAULTS_SCHEMA
    assert document["faults"] == [
        {"what": "no such thing", "where": "case.yaml:3", "allowed": "", "near": "a thing", "cure": ""}
    ]
    assert "case.yaml:3: no such thing" in said.err
    assert "Traceback" not in said.err


def test_wrong_usage_is_a_document_too(capsys):
    assert cli.call(["rnu", "--json"]) == WRONG_INPUT
    assert "Did you mean 'run'?" in json.loads(capsys.readouterr().out)["faults"][0]["what"]


def test_our_own_fault_shows_its_traceback_only_on_request(capsys, monkeypatch):
    def break_down(**_):
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(cli.diarchy, "main", break_down)
    assert cli.call(["doctor"]) == OUR_FAULT
    said = capsys.readouterr()
    assert "a wheel came off" in said.err
    assert "Traceback" not in said.err
    assert cli.call(["doctor", "-v"]) == OUR_FAULT
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_no_fault(capsys, monkeypatch):
    def interrupt(**_):
        raise click.Abort

    monkeypatch.setattr(cli.diarchy, "main", interrupt)
    assert cli.call(["doctor"]) == INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise there")
def test_a_closed_pipe_is_silent_and_no_fault():
    command = [sys.executable, "-m", "diarchy.cli", "describe", "kazakhstan-2022", "--odd", "-q"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("# ODD")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


def test_names_that_are_no_text_are_spelt_out():
    name = os.fsdecode(b"\xff")
    refused = shell("ask", name, "--json", PYTHONIOENCODING="utf-8:strict")
    assert refused.returncode == WRONG_INPUT
    assert json.loads(refused.stdout)["faults"][0]["where"] == name
    unknown = shell("new", name, PYTHONIOENCODING="utf-8:strict")
    assert unknown.returncode == WRONG_INPUT
    assert "Traceback" not in unknown.stderr


def test_json_holds_what_the_terminal_cannot_show(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert as_json({"title": "Әлем"}) == r'{"title": "\u04d8\u043b\u0435\u043c"}'


def test_a_manifest_that_is_none_is_listed_without_a_case(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("deep", "pipe"):
        (tmp_path / "results" / name).mkdir(parents=True)
    (tmp_path / "results" / "deep" / "manifest.json").write_text("[" * 100_000)
    os.mkfifo(tmp_path / "results" / "pipe" / "manifest.json")
    assert cli.call(["list", "results", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["results"]
    assert [row["store"] for row in found] == ["results/deep"]


def test_list_and_doctor_speak_json():
    listed = shell("list", "--json", "-q")
    assert listed.returncode == 0
    assert listed.stderr == ""
    document = json.loads(listed.stdout)
    assert document["schema"] == "diarchy/list/1"
    assert "crowd" in [row["mechanism"] for row in document["mechanisms"]]
    checks = json.loads(shell("doctor", "--json", "-q").stdout)["checks"]
    assert {"python", "cores", "compile cache", "disk free here"} <= {row["check"] for row in checks}


def test_no_colour_where_it_is_not_wanted():
    for variable in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[" not in shell("list", **variable).stdout


def test_progress_is_a_line_each_tenth(capsys):
    with Progress("plain") as progress:
        for done in range(1, 101):
            progress(done, 100, 50.0, (100 - done) / 50)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == " 10 %  10 of 100 futures, 50 a second, 1.8 s left"


def test_progress_for_programs_is_json_lines(capsys):
    with Progress("json") as progress:
        progress(5, 10, 2.0, float("inf"))
    assert json.loads(capsys.readouterr().err) == {
        "schema": "diarchy/progress/1",
        "done": 5,
        "total": 10,
        "rate_per_s": 2.0,
        "left_s": None,
    }


def test_progress_can_be_off_and_is_plain_without_a_terminal(capsys):
    Progress("off")(1, 1, 1.0, 0.0)
    assert capsys.readouterr().err == ""
    assert Progress("auto").mode == "plain"


def test_quiet_and_verbose(capsys):
    Console(quiet=True, verbose=True).say("hush")
    Console().details(["hush"])
    Console(verbose=True).details(["more"])
    assert capsys.readouterr().err == "more\n"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.42, "0.4 s"), (42, "42 s"), (75, "1 min 15 s"), (7300, "2 h 1 min")]
)
def test_durations_are_for_people(seconds, said):
    assert duration(seconds) == said


def test_what_strangers_wrote_does_not_steer_the_terminal(capsys):
    console = Console()
    console.table("runs", [{"case": "a\x1b]0;title\x07b\u202e", "seed": "\x1b[2J"}])
    console.say("a\x9b1A")
    said, heard = capsys.readouterr()
    assert "a\\x1b]0;title" in said
    assert "\\x1b[2J" in said
    assert "\\u202e" in said
    assert heard == "a\\x9b1A\n"
    assert printable("\x1b[1mruns\x1b[0m\n\tü") == "\x1b[1mruns\x1b[0m\n\tü"
