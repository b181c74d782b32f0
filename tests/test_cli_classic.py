"""`classic`: the list, a page as table, JSON and Markdown, figures, and what it refuses."""

import json
from pathlib import Path

import pytest

from diarchy import cli
from diarchy.classics import CLASSICS
from diarchy.commands.console import WRONG_INPUT


def test_the_list(capsys):
    assert cli.call(["classic"]) == 0
    said = capsys.readouterr()
    assert all(name in said.out for name in CLASSICS)
    assert "diarchy classic epstein" in said.err

    assert cli.call(["classic", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "diarchy/classics/1"
    assert [row["name"] for row in found["classics"]] == list(CLASSICS)


def test_a_page(capsys):
    assert cli.call(["classic", "power-indices"]) == 0
    table = capsys.readouterr().out
    assert "421/2145" in table
    assert "numbers reproduce" in table

    assert cli.call(["classic", "scholz", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "diarchy/classic/1"
    assert found["seeds"] is None
    assert found["reproduce"] == len(found["checks"]) - 1
    assert {"name", "published", "ours", "tolerance", "source", "basis", "reproduces", "gap"} <= set(
        found["checks"][0]
    )


def test_what_does_not_reproduce_says_why(capsys):
    assert cli.call(["classic", "scholz"]) == 0
    said = capsys.readouterr().out
    assert "not: round 2: median [year]: " in said


def test_seeds_and_markdown(capsys):
    assert cli.call(["classic", "granovetter", "--seeds", "2", "--markdown"]) == 0
    said = capsys.readouterr()
    assert "Over 2 seeds." in said.out
    assert "| number | reference | ours |" in said.out
    assert "over 2 seeds" in said.err


def test_the_page_of_the_documentation_has_every_model_as_printed_today(capsys):
    page = (Path(__file__).resolve().parents[1] / "docs" / "concepts" / "classics.md").read_text(
        encoding="utf-8"
    )
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == list(CLASSICS)
    for name in ("power-indices", "scholz", "regime-change", "transit-games"):
        assert cli.call(["classic", name, "--markdown"]) == 0
        assert capsys.readouterr().out.strip() in page


def test_a_figure(capsys, tmp_path):
    pytest.importorskip("matplotlib", reason="figures need the extra `figures`")
    file = tmp_path / "kuran.svg"
    assert cli.call(["classic", "kuran", "--figure", str(file), "-q"]) == 0
    assert file.read_text(encoding="utf-8").startswith("<?xml")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kurran"], "did you mean 'kuran'"),
        (["--figure", "a.png"], "name it"),
        (["kuran", "--figure", "a.gif"], ".png, .svg"),
        (["kuran", "--seeds", "0"], "--seeds"),
    ],
)
def test_wrong_input(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.call(["classic", *words]) == WRONG_INPUT
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
