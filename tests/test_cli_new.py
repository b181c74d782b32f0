"""`diarchy new`: a skeleton passes its own test at once, or nothing is written."""

import json
import os
import subprocess
import sys

import pytest

from diarchy import cli
from diarchy.commands.console import WRONG_INPUT


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("kind", "name"), [("case", "tide-2030"), ("mechanism", "tide")])
def test_a_skeleton_passes_its_own_test(here, kind, name):
    assert cli.call(["new", kind, name, "-q"]) == 0
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    done = subprocess.run(
        command, cwd=here / name, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert not [path for path in (here / name).rglob("*") if "template" in path.name or "MODULE" in path.name]


def test_says_what_was_written_and_what_comes_next(here, capsys):
    assert cli.call(["new", "case", "tide", "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["folder"] == "tide"
    assert "tide/case.yaml" in document["files"]
    assert "diarchy run ./tide" in said.err


@pytest.mark.parametrize(("kind", "said"), [("caes", "Did you mean 'case'?"), ("xyz", "case, mechanism")])
def test_what_cannot_be_made_new_is_told_with_what_can(here, capsys, kind, said):
    assert cli.call(["new", kind, "tide"]) == WRONG_INPUT
    assert said in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["../up", "Tide 2030", "9lives", "a" * 60, "x_y", "", "tide/", ".hidden"])
@pytest.mark.parametrize("kind", ["case", "mechanism"])
def test_bad_names_are_refused(here, capsys, kind, name):
    assert cli.call(["new", kind, name]) == WRONG_INPUT
    assert "cannot be a name" in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("two-words", "did you mean 'twowords'"), ("crowd", "installed already"), ("class", "word of Python's")],
)
def test_names_that_no_mechanism_can_have(here, capsys, name, said):
    assert cli.call(["new", "mechanism", name]) == WRONG_INPUT
    assert said in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(here, capsys):
    (here / "tide").mkdir()
    assert cli.call(["new", "case", "tide"]) == WRONG_INPUT
    assert "is there already" in capsys.readouterr().err
    assert list((here / "tide").iterdir()) == []


def test_a_disk_that_fails_leaves_nothing(here, capsys, monkeypatch):
    from diarchy.commands import new

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(new, "_fill", fail)
    assert cli.call(["new", "case", "tide"]) == WRONG_INPUT
    assert "No space left" in capsys.readouterr().err
    assert list(here.iterdir()) == []
