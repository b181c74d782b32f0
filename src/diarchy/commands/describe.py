"""`diarchy describe`: a case's model as tables, graph or ODD text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from diarchy import __version__
from diarchy.commands.console import Console, columns, speaking
from diarchy.commands.usage import command

if TYPE_CHECKING:
    from diarchy.describe import Setting
    from diarchy.model import Arm

GRAPHS = ("text", "dot", "mermaid")
SCHEMA = "diarchy/description/1"
#: Characters of a source or judgement in a table.
LONGEST = 90


@command()
@click.argument("case")
@click.option(
    "--odd", "as_odd", is_flag=True, help="ODD text, in Markdown: overview, design concepts, details."
)
@click.option("--graph", type=click.Choice(GRAPHS), help="Only the graph of who reads and pushes what.")
@click.option("--arm", default="base", help="Which world to describe.")
@speaking
def describe(case: str, as_odd: bool, graph: str | None, arm: str, console: Console) -> None:
    """Describe the model of CASE: mechanisms, states, parameters and facts with their evidence."""
    from diarchy.describe import document
    from diarchy.scenario.compose import wire
    from diarchy.scenario.read import read
    from diarchy.scenario.setting import setting_of

    with console.faults.trying():
        scenario = read(case)
        model = wire(scenario, [arm])
    console.faults.raise_if_any()
    setting = setting_of(scenario)
    if console.json:
        console.document(
            {
                "schema": SCHEMA,
                "version": __version__,
                "case": scenario.case,
                "scenario_sha256": scenario.sha256,
                **document(model, setting, arm),
            }
        )
    elif as_odd:
        from diarchy.odd import odd

        console.data(odd(model, setting, arm).rstrip("\n"))
    elif graph:
        console.data(_graph(model.arms[arm], graph))
    else:
        _tables(model.arms[arm], setting, console)
    console.then(f"diarchy run {case}", "its answers")


def _graph(arm: Arm, form: str) -> str:
    """The graph in one of its forms."""
    from diarchy import describe as words

    return {"text": words.graph_text, "dot": words.graph_dot, "mermaid": words.graph_mermaid}[form](arm)


def _tables(arm: Arm, setting: Setting, console: Console) -> None:
    """Everything as tables; what is long is cut short here and whole in --odd and --json."""
    from diarchy import describe as words

    console.data(textwrap.fill(setting.title, columns()))
    console.data(textwrap.fill(setting.summary, columns()) + "\n")
    parameters, facts = words.parameters(arm, setting), words.facts(arm, setting)
    tables = {
        "mechanisms": [
            {key: r[key] for key in ("mechanism", "what", "states", "parameters", "facts")}
            for r in words.mechanisms(arm)
        ],
        "states": [
            {"state": r["state"], "by": r["by"], "unit": r["unit"], "meaning": r["meaning"]}
            for r in words.states(arm)
        ],
        "parameters": [
            {
                "parameter": r["parameter"],
                "prior": f"{r['prior']} {_unit(r['unit'])}",
                "meaning": r["meaning"],
                "evidence": _short(r["evidence"]),
            }
            for r in parameters
        ],
        "facts": [
            {
                "fact": r["fact"],
                "values": f"{r['values']} {_unit(r['unit'])}",
                "meaning": r["meaning"],
                "source": _short(r["source"]),
            }
            for r in facts
        ],
    }
    for title, rows in tables.items():
        console.table(title, rows, wrap=("what", "unit", "prior", "values", "meaning", "evidence", "source"))
        console.data("")
    console.data(f"who reads and pushes what\n\n{words.graph_text(arm)}")


def _unit(unit: str) -> str:
    """A unit behind a number."""
    return "" if unit == "1" else unit


def _short(text: str) -> str:
    """The beginning of a text."""
    return textwrap.shorten(text, LONGEST, placeholder=" ...")
