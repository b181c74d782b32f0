"""Where passages of claims are, as an author of a case quotes them: private work, never part of a case."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from diarchy.citation import Locator, Text, locate, read_text
from diarchy.errors import Faults, ScenarioError, nearest
from diarchy.scenario.files import CaseFolder, shown
from diarchy.scenario.tables import Table, check_columns, read_table

COLUMNS = ("id", "begins", "ends")


def locate_passages(path: Path, text: Text, claims: Collection[str]) -> dict[str, Locator]:
    """The locator of each passage that a table quotes.

    Parameters
    ----------
    path : CSV with the columns id, begins, ends: a claim, and the first and last words of its passage. The
        passage runs from the only place where `begins` stands to the first place behind it where `ends` does.
    text : the document.
    claims : ids that may be named.

    Raises
    ------
    ScenarioError : every row that cannot be placed.
    """
    faults, table = Faults(ScenarioError), read_passages(path)
    found: dict[str, Locator] = {}
    for i, row in enumerate(table.rows):
        if row["id"] not in claims:
            faults.add(f"no claim '{shown(row['id'])}'", table.at(i), near=nearest(row["id"], claims))
            continue
        try:
            with faults.trying():
                found[row["id"]] = locate(text, *_place(table, i, text))
        except ValueError as error:
            faults.add(f"'{row['id']}': {error}", table.at(i))
    faults.raise_if_any()
    return found


def read_passages(path: Path) -> Table:
    """The table of passages.

    Raises
    ------
    ScenarioError : it cannot be read, or lacks a column.
    """
    faults = Faults(ScenarioError)
    table = read_table(CaseFolder(path.parent, faults), path.absolute(), "")
    if table is None or not check_columns(table, COLUMNS, f"{table.name}:1", faults):
        faults.raise_now()
    return table


def _place(table: Table, i: int, text: Text) -> tuple[int, int]:
    """First and last word of a quoted passage."""
    begins, ends = (read_text(table.rows[i][column], "").words for column in COLUMNS[1:])
    starts = _occurrences(text, begins, 0)
    if len(starts) != 1:
        raise ValueError(f"its beginning stands {len(starts)} times in the document; quote more words")
    stops = _occurrences(text, ends, starts[0])
    if not stops:
        raise ValueError("its end does not stand behind its beginning")
    return starts[0], stops[0] + len(ends) - 1


def _occurrences(text: Text, words: tuple[str, ...], after: int) -> list[int]:
    """Where some words stand in a row, from a word on."""
    if not words:
        return []
    last = len(text.words) - len(words)
    return [i for i in range(after, last + 1) if text.words[i : i + len(words)] == words]
