"""`diarchy check`: faults in files before anything is run."""

from __future__ import annotations

from collections.abc import Sequence

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.commands.usage import command
from diarchy.errors import Fault

SCHEMA = "diarchy/check/1"


@command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--strict", is_flag=True, help="A value without a source or a judgement is a fault.")
@speaking
def check(paths: tuple[str, ...], strict: bool, console: Console) -> None:
    """Look for faults in cases: names of installed ones, folders, scenario files.

    Faults and notes are told as file and line; those of all paths together. With a fault, the exit code is 2.
    """
    checked = []
    for path in paths:
        with console.faults.trying():
            notes = look_over_case(path, strict)
            checked.append({"path": path, "notes": [vars(note) for note in notes]})
            if not console.json:
                console.data(f"{path}: fine" + (f", {len(notes)} notes" if notes else ""))
                for note in notes:
                    console.data(f"  note: {note}")
    console.faults.raise_if_any()
    if console.json:
        console.document({"schema": SCHEMA, "version": __version__, "faults": [], "checked": checked})
    console.then(f"diarchy run {paths[0]}", "its answers")


def look_over_case(path: str, strict: bool = False, overrides: Sequence[str] = ()) -> list[Fault]:
    """Look for everything that can be wrong with a case, not only for what is met first.

    Parameters
    ----------
    path, strict, overrides : as in `diarchy.scenario.check.check`.

    Returns
    -------
    list : notes on what is doubtful.

    Raises
    ------
    ScenarioError : every fault of the case, its scenario, its questions, and of what the command line sets.
    """
    from diarchy.questions.question import questions_of
    from diarchy.scenario.check import check as check_case

    return check_case(path, strict, overrides, questions_of)
