"""`diarchy compare`: two stores, what was assumed differently and what they answer differently."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.questions.wording import number

SCHEMA = "diarchy/comparison/1"


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@speaking
def compare(before: Path, after: Path, console: Console) -> None:
    """Compare two stores: changed assumptions first, then changed answers.

    With one seed and equally many futures the two share their luck: differences are taken future by future.
    """
    from diarchy.ensemble.results import open_results
    from diarchy.questions.compare import compare_results

    changes = compare_results(open_results(before), open_results(after))
    if console.json:
        console.document(
            {
                "schema": SCHEMA,
                "version": __version__,
                "before": str(before),
                "after": str(after),
                "changes": [change.to_json() for change in changes],
            }
        )
        return
    paired = (
        "with the same luck"
        if all(change.paired for change in changes if change.what == "answer")
        else "unpaired"
    )
    tables = (
        ("assumptions", _told(changes), ("before", "after", "note")),
        (f"answers, {paired}", _answers(changes), ("note",)),
    )
    for title, rows, wrap in tables:
        if rows:
            console.table(title, rows, wrap)
        else:
            console.data(f"{title.partition(',')[0]}: no change")
        console.data("")
    console.then(f"diarchy ask {after}", "all answers of the second")


def _told(changes: Sequence[Any]) -> list[dict[str, Any]]:
    """Changed assumptions and questions."""
    return [
        {
            "what": change.what,
            "name": change.name,
            "arm": change.arm or "all",
            "before": change.before,
            "after": change.after,
            "note": change.note,
        }
        for change in changes
        if change.what != "answer"
    ]


def _answers(changes: Sequence[Any]) -> list[dict[str, Any]]:
    """Changed answers; chances in per cent."""
    rows = []
    for change in changes:
        if change.what == "answer":
            chance = change.unit == "probability"
            rows.append(
                {
                    "question": change.name,
                    "arm": change.arm,
                    "before": _value(change.before, chance),
                    "after": _value(change.after, chance),
                    "difference": _value(change.difference, chance),
                    "90 %": " to ".join(_value(end, chance) for end in change.interval or ()),
                    "clear": "yes" if change.clear else "no",
                    "note": change.note,
                }
            )
    return rows


def _value(value: float | None, chance: bool) -> str:
    """A value, per cent where it is a chance."""
    if value is None:
        return "?"
    return f"{100 * value:.1f} %" if chance else number(value)
