"""`diarchy leverage`: the table of a network, what-ifs, sampling beyond fourteen owners, and faults."""

import json
from pathlib import Path

import numpy as np
import pytest

from diarchy import cli
from diarchy.commands.console import WRONG_INPUT

CASE = """\
schema: diarchy/case/1
case: corridor
title: A corridor
dimensions:
  place: {labels: [fields]}
  power: {labels: [p]}
  node: {table: nodes.csv, key: id, label: name}
  route: {table: routes.csv, key: id, label: name}
  market: {table: markets.csv, key: id}
  owner: {table: owners.csv, key: id}
facts:
  energy.supply: {by: [node], table: nodes.csv, columns: [supply], judgement: toy}
  energy.production_cost: {by: [node], table: nodes.csv, columns: [cost], judgement: toy}
  energy.node_owner: {by: [node], table: nodes.csv, columns: [owner], labels_of: owner, judgement: toy}
  energy.origin: {by: [route], table: routes.csv, columns: [from], labels_of: node, judgement: toy}
  energy.destination: {by: [route], table: routes.csv, columns: [to], labels_of: node, judgement: toy}
  energy.route_owner: {by: [route], table: routes.csv, columns: [owner], labels_of: owner, judgement: toy}
  energy.capacity: {by: [route], table: routes.csv, columns: [capacity], unit: Mt/year, judgement: toy}
  energy.carriage: {by: [route], table: routes.csv, columns: [cost], judgement: toy}
  energy.carried: {by: [route], table: routes.csv, columns: [carried], judgement: toy}
  energy.exit: {by: [route], table: routes.csv, columns: [exit], judgement: toy}
  energy.valve: {by: [route], table: routes.csv, columns: [valve], judgement: toy}
  energy.market_node: {by: [market], table: markets.csv, columns: [node], labels_of: node, judgement: toy}
  energy.amount: {by: [market], table: markets.csv, columns: [amount], judgement: toy}
  energy.price: {by: [market], table: markets.csv, columns: [price], judgement: toy}
  energy.acts_as: {by: [power, owner], values: {p: {OWNERS}}, judgement: toy}
  energy.field: {by: [place], value: 1, judgement: toy}
"""
SCENARIO = """\
schema: diarchy/scenario/1
extends: ../case.yaml
run: {start: 2022-01-01, days: 10, step: 6 h, futures: 4, seed: 3, repeats: 2}
mechanisms: [MECHANISM]
"""
#: The China-line toy of the science tests: T produces, K carries, C and R buy.
NODES = "id,name,owner,supply,cost\nT,Fields,T,1,1\nK,Crossing,K,0,0\nC,East,C,0,0\nR,West,R,0,0\n"
ROUTES = """\
id,name,from,to,owner,capacity,cost,carried,exit,valve,what_if,source
in,Fields to crossing,T,K,,1,0,1,0,0,,
west,Westward,K,R,,1,0,0.5,1,0,,
line,The line,K,C,,0.5,0,0.5,1,1,no line,a toy
"""
MARKETS = "id,node,amount,price\neast,C,0.5,3\nwest,R,1,2\n"
OWNERS = ("T", "K", "C", "R")


def corridor(folder, nodes=NODES, routes=ROUTES, markets=MARKETS, owners=OWNERS, mechanism="energy"):
    """The toy as a case on disk."""
    held = ", ".join(f"{owner}: 0" for owner in owners)
    files = {
        "case.yaml": CASE.replace("OWNERS", held), "nodes.csv": nodes, "routes.csv": routes,
        "markets.csv": markets, "owners.csv": "id\n" + "\n".join(owners) + "\n",
        "scenarios/base.yaml": SCENARIO.replace("MECHANISM", mechanism),
    }  # fmt: skip
    (folder / "scenarios").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def told(capsys, *arguments):
    """The document that a call prints."""
    assert cli.call(["leverage", *arguments, "--json", "-q"]) == 0
    return json.loads(capsys.readouterr().out)


def shares(document, world):
    """Owner -> share, in one world of a document."""
    (found,) = (w for w in document["worlds"] if w["world"] == world)
    return {row["owner"]: row["share"] for row in found["owners"]}


def test_the_toy_is_exact_with_and_without_its_line(tmp_path, capsys):
    """Check 18 through the door of the command line: 13/24 and 5/24 of 3/2; a third without the line."""
    document = told(capsys, corridor(tmp_path))
    assert document["schema"] == "diarchy/leverage/1"
    assert shares(document, "as it is") == pytest.approx(
        {"T": 13 / 36, "K": 13 / 36, "C": 5 / 36, "R": 5 / 36}
    )
    assert shares(document, "no line") == pytest.approx({"T": 1 / 3, "K": 1 / 3, "C": 0.0, "R": 1 / 3})
    assert [w["total"] for w in document["worlds"]] == pytest.approx([1.5, 1.0])
    assert document["concentration"] == pytest.approx(0.5)


def test_people_get_tables_with_the_what_if_and_the_sources(tmp_path, capsys):
    assert cli.call(["leverage", corridor(tmp_path), "--shut", "west"]) == 0
    said = capsys.readouterr()
    assert "no line" in said.out
    assert "west shut" in said.out
    assert "36.1 %" in said.out
    assert "a toy" in said.out
    assert "next: diarchy run corridor" in said.err


def test_line_ends_of_any_kind_are_taken(tmp_path, capsys):
    case = corridor(tmp_path)
    (tmp_path / "routes.csv").write_text(ROUTES.replace("\n", "\r"), encoding="utf-8", newline="")
    assert [world["world"] for world in told(capsys, case)["worlds"]] == ["as it is", "no line"]


def test_a_route_that_is_not_there_cannot_be_shut(tmp_path, capsys):
    assert cli.call(["leverage", corridor(tmp_path), "--shut", "lines", "--shut", ","]) == WRONG_INPUT
    said = capsys.readouterr().err
    assert "no route 'lines'" in said
    assert "did you mean 'line'?" in said
    assert "no route is named" in said


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"routes": ROUTES.replace("K,C,,0.5,0,0.5", "K,C,,-0.5,0,0.5")},
         ["routes.csv:4: energy.capacity holds -0.5, out of bounds", "[0, inf] Mt/year"]),
        ({"routes": ROUTES.replace("line,The line,K,C", "line,The line,nowhere,CC")},
         ["routes.csv:4: column 'from': 'nowhere' is no label of 'node'", "column 'to': 'CC'",
          "did you mean 'C'?"]),
        ({"routes": ROUTES.replace("line,The line,K,C", "line,The line,K,K")},
         ["routes.csv:4: route 'line' ends where it starts",]),
        ({"routes": ROUTES.replace("line,The line,K,C", "line,The line,C,K")},
         ["markets.csv:2: market 'C' cannot be reached", "add a route that ends at 'C'"]),
        ({"nodes": NODES.replace("T,1,1", "T,0,1")}, ["nodes.csv:2: no node produces anything"]),
        ({"nodes": NODES.replace("Crossing,K,", "Crossing,Q,")},
         ["nodes.csv:3: column 'owner': 'Q' is no label of 'owner'"]),
        ({"mechanism": "government"}, ["base.yaml:4: the scenario has no network of routes", "add 'energy'"]),
    ],
)  # fmt: skip
def test_a_wrong_network_is_refused_with_file_line_and_cure(tmp_path, capsys, files, words):
    assert cli.call(["leverage", corridor(tmp_path, **files)]) == WRONG_INPUT
    said = capsys.readouterr()
    assert not said.out
    for part in words:
        assert part in said.err, part


def test_unreachable_markets_are_refused_before_a_run_too(tmp_path, capsys):
    case = corridor(tmp_path, routes=ROUTES.replace("line,The line,K,C", "line,The line,C,K"))
    for command in (["run", case, "-o", str(tmp_path / "out")], ["check", case]):
        assert cli.call(command) == WRONG_INPUT
        assert "markets.csv:2: market 'C' cannot be reached" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_too_many_valves_are_refused(tmp_path, capsys):
    extra = "".join(f"x{i},Extra,T,K,,1,0,0,0,1,,\n" for i in range(4))
    assert cli.call(["leverage", corridor(tmp_path, routes=ROUTES + extra)]) == WRONG_INPUT
    assert "routes.csv:8: 5 routes may be shut in a run; allowed: 4 routes" in capsys.readouterr().err


def many(folder, n=40):
    """A chain of many owners, each of whom is needed."""
    owners = tuple(f"o{i}" for i in range(n))
    nodes = "id,name,owner,supply,cost\n" + "".join(f"n{i},N,o{i},{int(i == 0)},0\n" for i in range(n))
    head = ROUTES.splitlines()[0] + "\n"
    routes = head + "".join(f"r{i},R,n{i},n{i + 1},,1,0,1,0,0,,\n" for i in range(n - 1))
    return corridor(folder, nodes, routes, f"id,node,amount,price\nm,n{n - 1},1,1\n", owners)


def test_forty_owners_asked_exactly_are_told_how_to_ask(tmp_path, capsys):
    assert cli.call(["leverage", many(tmp_path)]) == WRONG_INPUT
    said = capsys.readouterr()
    assert not said.out
    assert "nodes.csv:16: 40 owners have 2**40 coalitions" in said.err  # the fifteenth owner's line
    assert "--samples" in said.err


def test_forty_owners_are_sampled_within_their_error(tmp_path, capsys):
    """Each is worth a fortieth, by symmetry."""
    document = told(capsys, many(tmp_path), "--samples", "4000", "--seed", "3")
    (world,) = document["worlds"]
    off = [(row["shapley"] - 1 / 40) / row["error"] for row in world["owners"]]
    assert np.abs(off).max() < 4
    assert all(row["nucleolus"] is None for row in world["owners"])
    assert sum(row["share"] for row in world["owners"]) == pytest.approx(1.0)


def test_the_page_shows_what_the_command_prints(capsys):
    """Tables of owners and of what-ifs, line by line, as docs/concepts/leverage.md has them."""
    assert cli.call(["leverage", "kazakhstan-2022", "-q"]) == 0
    said = capsys.readouterr().out
    page = (Path(__file__).parents[1] / "docs" / "concepts" / "leverage.md").read_text(encoding="utf-8")
    printed = said.partition("routes, Mt a year")[0].splitlines() + said.splitlines()[-1:]
    assert len(printed) > 20
    assert [line for line in printed if line not in page.splitlines()] == []


def test_the_flagship_s_table_moves_as_its_what_ifs_say(capsys):
    """C12 of the analysis: a line to China takes leverage from Russia, its loss gives it back."""
    document = told(capsys, "kazakhstan-2022")
    now = shares(document, "as it is")
    without = {name: shares(document, name) for name in (
        "no lines to China", "Caspian line shut", "no transit by Russia")}  # fmt: skip
    assert sum(now.values()) == pytest.approx(1.0)
    assert now["kazakhstan"] > now["russia"] > now["china"] > 0.02
    assert without["no lines to China"]["russia"] > now["russia"] + 0.05
    assert without["no lines to China"]["china"] == pytest.approx(0.0, abs=1e-9)
    assert without["Caspian line shut"]["russia"] < now["russia"] - 0.05
    assert without["no transit by Russia"]["russia"] == pytest.approx(0.0, abs=1e-9)
    assert document["exports"] == pytest.approx(67.6)
    assert document["concentration"] == pytest.approx(0.64, abs=0.01)
    assert all(row["source"] and row["where"].startswith("routes.csv:") for row in document["routes"])
