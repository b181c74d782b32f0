"""CSV tables of a case: read with the line of each row, and turned into labels and cells.

Alignment is exact: every label once, none missing, none extra. A table that does not fit is a fault, not a
guess.
"""

from __future__ import annotations

import csv
import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diarchy.errors import Faults, nearest
from diarchy.scenario.files import MAX_TABLE_BYTES, CaseFolder, shown, unreadable
from diarchy.scenario.given import Quantity
from diarchy.scenario.schema import Dimension, FactEntry, check_quantity

MAX_ROWS, MAX_COLUMNS = 5000, 200
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_COMMA_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+,\d+")


@dataclass(frozen=True)
class Table:
    """Rows of a CSV file as texts by column; `lines` holds the line on which each row ends."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    lines: tuple[int, ...]

    def at(self, row: int) -> str:
        """``file:line`` of a row."""
        return f"{self.name}:{self.lines[row]}"


@dataclass(frozen=True)
class Axis:
    """A labelled axis of the case, and the table and key column that it came from, if any."""

    labels: tuple[str, ...]
    names: tuple[str, ...]
    table: str = ""
    key: str = ""


def read_table(folder: CaseFolder, path: Path, where: str) -> Table | None:
    """A CSV file of the case, or None and what is wrong with it.

    Parameters
    ----------
    folder : the case; takes the faults.
    path, where : the file, and the place that asked for it.
    """
    text = folder.text(path, where, MAX_TABLE_BYTES)
    if text is None:
        return None
    name, faults = folder.name_of(path), folder.faults
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = [c.strip() for c in next(reader, [])]
        rows = [
            (reader.line_num, [c.strip() for c in row])
            for row in itertools.islice(reader, MAX_ROWS + 1)
            if row
        ]
    except csv.Error as error:
        faults.add(f"not readable as a table: {shown(str(error), 90)}", f"{name}:{max(reader.line_num, 1)}",
                   cure="check the quotes on this line")  # fmt: skip
        return None
    before = len(faults)
    _check_shape(name, header, rows, faults)
    if len(faults) > before:
        return None
    named = tuple(dict(zip(header, row, strict=True)) for _, row in rows)
    return Table(name, tuple(header), named, tuple(line for line, _ in rows))


def _check_shape(
    name: str, header: Sequence[str], rows: Sequence[tuple[int, list[str]]], faults: Faults
) -> None:
    """A header of different names, and as many cells in every row."""
    if not any(header):
        faults.add("the table is empty", f"{name}:1", cure="its first line names the columns")
        return
    if len(header) > MAX_COLUMNS or len(rows) > MAX_ROWS:
        faults.add("the table is too large", f"{name}:1", f"{MAX_ROWS} rows, {MAX_COLUMNS} columns")
        return
    for column in sorted({c for c in header if not c or not c.isprintable() or header.count(c) > 1}):
        twice = header.count(column) > 1 and column
        what = f"column '{shown(column)}' is named twice" if twice else f"'{shown(column)}' names no column"
        faults.add(what, f"{name}:1")
    for line, row in rows:
        if bad := unreadable("".join(row)):
            faults.add(f"a cell holds the character {bad}, which cannot be printed", f"{name}:{line}",
                       cure="take it out")  # fmt: skip
        if len(row) != len(header):
            faults.add(f"the row has {len(row)} cells, the header {len(header)}", f"{name}:{line}",
                       cure='put texts with commas in "quotes"')  # fmt: skip


def check_columns(table: Table, wanted: Sequence[str], where: str, faults: Faults) -> bool:
    """Whether a table has some columns; each one that it lacks is a fault."""
    missing = [c for c in wanted if c not in table.columns]
    for column in missing:
        allowed = ", ".join(shown(c) for c in table.columns)
        near = nearest(column, table.columns)
        faults.add(f"'{table.name}' has no column '{shown(column)}'", where, allowed, near)
    return not missing


def read_axis(entry: Dimension, table: Table | None, where: str, faults: Faults) -> Axis | None:
    """The labels of one dimension, from its entry or its table; None when they cannot be had."""
    if entry.labels is not None:
        for twice in sorted({x for x in entry.labels if entry.labels.count(x) > 1}):
            faults.add(f"label '{twice}' is given twice", where)
        if not entry.labels:
            faults.add("a dimension needs at least one label", where)
        return Axis(entry.labels, entry.labels)
    if table is None or not check_columns(table, [entry.key, entry.label or entry.key], where, faults):
        return None
    labels: dict[str, int] = {}
    for i, row in enumerate(table.rows):
        label = row[entry.key]
        if not _LABEL.fullmatch(label):
            what = f"'{shown(label)}' is not a label" if label else f"column '{entry.key}' is empty"
            faults.add(what, table.at(i), "letters, digits, -, _ and ., at most 64")
        elif label in labels:
            faults.add(f"'{label}' is given twice (first on line {table.lines[labels[label]]})", table.at(i))
        labels.setdefault(label, i)
    if not labels:
        faults.add(f"'{table.name}' has no rows", where)
        return None
    names = tuple(table.rows[i][entry.label or entry.key] for i in labels.values())
    return Axis(tuple(labels), names, table.name, entry.key)


def cells_of_values(
    values: Any, axes: Sequence[tuple[str, Axis]], where: str, faults: Faults
) -> Iterator[Quantity]:
    """The quantities of nested labelled values, in row-major order of the labels."""
    if not axes:
        try:
            yield check_quantity(values)
        except ValueError as error:
            faults.add(str(error), where)
        return
    (name, axis), rest = axes[0], axes[1:]
    if not isinstance(values, dict):
        allowed = ", ".join(axis.labels[:20])
        faults.add(f"expected a number for each label of '{name}', found {shown(values)}", where, allowed)
        return
    for label in values:
        if label not in axis.labels:
            near = nearest(label, axis.labels)
            faults.add(f"'{shown(label)}' is no label of '{name}'", where, ", ".join(axis.labels[:20]), near)
    for label in axis.labels:
        if label in values:
            yield from cells_of_values(values[label], rest, where, faults)
        else:
            faults.add(f"no number for '{label}' of '{name}'", where)


def cells_of_table(
    entry: FactEntry,
    axes: Sequence[tuple[str, Axis]],
    table: Table,
    where: str,
    faults: Faults,
    named: Axis | None = None,
) -> tuple[tuple[Quantity, ...], tuple[str, ...]]:
    """The quantities of a table's columns in row-major order of the labels, and the ``file:line`` of each.

    Where the cells name labels of the axis `named`, the quantities are the numbers of those labels.
    """
    columns = _columns(entry, axes, where, faults)
    first, axis = axes[0]
    key = axis.key or "id"
    if columns is None or not check_columns(table, [key, *columns], where, faults):
        return (), ()
    rows: dict[str, int] = {}
    for i, row in enumerate(table.rows):
        label = row[key]
        if label not in axis.labels:
            near = nearest(label, axis.labels)
            faults.add(
                f"'{shown(label)}' is no label of '{first}'", table.at(i), ", ".join(axis.labels[:20]), near
            )
        elif label in rows:
            faults.add(f"'{label}' is given twice (first on line {table.lines[rows[label]]})", table.at(i))
        rows.setdefault(label, i)
    for label in axis.labels:
        if label not in rows:
            faults.add(f"'{table.name}' has no row for '{label}' of '{first}'", where)
    order = [rows[label] for label in axis.labels if label in rows]
    read = _cell if named is None else functools.partial(_label, axis=named, by=entry.labels_of)
    cells = [(read(table, i, c, faults), table.at(i)) for i in order for c in columns]
    return tuple(cell for cell, _ in cells), tuple(place for _, place in cells)


def _columns(
    entry: FactEntry, axes: Sequence[tuple[str, Axis]], where: str, faults: Faults
) -> tuple[str, ...] | None:
    """The columns in the order of the last axis's labels: by name if they are its labels, else as listed."""
    if len(axes) > 2:
        faults.add("a table holds at most two axes", where, cure="use nested values")
        return None
    if len(axes) == 1:
        if len(entry.columns) != 1:
            faults.add(f"{len(entry.columns)} columns for one axis", where, "one column")
            return None
        return entry.columns
    last, axis = axes[1]
    if set(entry.columns) == set(axis.labels) and len(entry.columns) == len(axis.labels):
        return axis.labels
    if len(entry.columns) != len(axis.labels) or set(entry.columns) & set(axis.labels):
        allowed = f"one column for each label of '{last}': {', '.join(axis.labels)}"
        faults.add(f"columns {', '.join(map(shown, entry.columns))} do not fit '{last}'", where, allowed)
        return None
    return entry.columns


def _label(table: Table, row: int, column: str, faults: Faults, axis: Axis, by: str) -> Quantity:
    """The number of the label that a cell names, -1 where it is empty; another name is a fault."""
    text = table.rows[row][column]
    if not text:
        return -1.0
    if text not in axis.labels:
        allowed, near = ", ".join(axis.labels[:20]), nearest(text, axis.labels)
        faults.add(f"column '{column}': '{shown(text)}' is no label of '{by}'", table.at(row), allowed, near)
        return -1.0
    return float(axis.labels.index(text))


def _cell(table: Table, row: int, column: str, faults: Faults) -> Quantity:
    """One cell as a number or a quantity; what is neither is a fault."""
    text = table.rows[row][column]
    if not text:
        faults.add(f"column '{column}' is empty", table.at(row), cure="write 0 if it is none")
        return 0.0
    try:
        return float(check_quantity(text.replace("_", "")))
    except ValueError:
        pass
    try:
        if _COMMA_NUMBER.fullmatch(text):
            raise ValueError(
                f"'{shown(text)}' has a comma; write a point for decimals and none for thousands"
            )
        return check_quantity(text)
    except ValueError as error:
        faults.add(f"column '{column}': {error}", table.at(row))
        return 0.0
