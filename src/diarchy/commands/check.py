"""`diarchy check`: faults in files before anything is run."""

from __future__ import annotations

from typing import Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.errors import DiarchyError, Fault, ScenarioError

SCHEMA = "diarchy/check/1"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--strict", is_flag=True, help="A value without a source or a judgement is a fault.")
@speaking
def check(paths: tuple[str, ...], strict: bool, console: Console) -> None:
    """Look for faults in cases: names of installed ones, folders, scenario files.

    Faults and notes are told as file and line; those of all paths together. With a fault, the exit code is 2.
    """
    faults: list[Fault] = []
    checked = []
    for path in paths:
        try:
            notes = _check(path, strict)
            checked.append({"path": path, "notes": [vars(note) for note in notes]})
            if not console.json:
                console.data(f"{path}: fine" + (f", {len(notes)} notes" if notes else ""))
                for note in notes:
                    console.data(f"  note: {note}")
        except DiarchyError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise ScenarioError(faults)
    if console.json:
        console.document({"schema": SCHEMA, "version": __version__, "faults": [], "checked": checked})
    console.then(f"diarchy run {paths[0]}", "its answers")


def _check(path: str, strict: bool) -> list[Fault]:
    """Everything that can be wrong with one path."""
    from diarchy.questions.question import questions_of
    from diarchy.scenario.check import check as check_case

    def parse(scenario: Any, model: Any) -> object:
        return questions_of(scenario, model)

    return check_case(path, strict, parse_questions=parse)
