"""Random wounds for text files: what typing, tools, transfers and malice do to them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

MOST_WOUNDS = 4
#: Numbers that readers trip over.
NUMBERS = ("0", "-1", "nan", "inf", "-inf", "1e999", "-0.0", "1e-320", "9" * 400, "0x1F", "1_000", "007",
           "1,5", "½", "٣", "1e308", "2147483648", "9223372036854775808", "18446744073709551616",
           "1.", ".5", "+3")  # fmt: skip
#: Dates that are none, or far away.
DATES = (
    "2022-02-30",
    "0000-00-00",
    "9999-12-31",
    "0001-01-01",
    "2022-13-01",
    "10000-01-01",
    "22-1-1",
    "today",
)
#: Pieces that have broken parsers, readers or terminals.
PIECES = (
    "\0", "\ufeff", "\t", "\r", "\x1b[2J", "\u202e", "\u2028", "\ud7ff", "\U0001f600", "\x85", "\x7f",
    "!!python/object/apply:os.system ['true']", "!!binary aGVsbG8=", "!!set {a, b}", "&a [*a]", "*nowhere",
    "<<: {a: 1}", "? [a]\n: b", "- - - -", "%YAML 9.9\n---\n", "---\n", "...\n", "|", ">-", "{", "}",
    "[", "]", '"', "'", '""', ",", ",,,", ";", ":", ": ", "#", "=cmd|' /C calc'!A0", "../../../etc/passwd",
    "/etc/passwd", "file:///etc/passwd", "~", "null", "yes", "None", "{}", "[]", "0o777", "1:30:00", "2 + 2",
    "__class__", "{0.__class__}", "%s%s%s", "${HOME}", "[" * 60, "{a: " * 60, "x" * 20_000, "a," * 3_000,
    "\n" * 2_000,
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_WORD = re.compile(r"[A-Za-z_][\w.-]*")


def wound(whole: bytes, kind: str, rng: random.Random) -> bytes:
    """A file with one to four wounds; `kind` is its suffix: a table is also wounded by cells."""
    ways = (*_TEXT, *_TABLE) if kind == "csv" else (*_TEXT, *_YAML)
    text = whole.decode("utf-8")
    for _ in range(rng.randint(1, MOST_WOUNDS)):
        text = rng.choice(ways)(text, rng)
    data = text.encode("utf-8", "surrogatepass")
    return _bytes(data, rng) if rng.random() < 0.15 else data


def _bytes(data: bytes, rng: random.Random) -> bytes:
    """Wounds below the level of characters: flipped bits, a cut in the middle, another encoding."""
    way = rng.randrange(4)
    if way == 0 and data:
        spoiled = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            spoiled[rng.randrange(len(spoiled))] ^= 1 << rng.randrange(8)
        return bytes(spoiled)
    if way == 1:
        return data[: rng.randrange(len(data) + 1)]
    if way == 2:
        return data.decode("utf-8", "replace").encode("utf-16")
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.randbytes(rng.randint(1, 40)) + data[at:]


def _span(text: str, rng: random.Random, most: int = 80) -> tuple[int, int]:
    """Some place in a text."""
    first = rng.randrange(len(text) + 1)
    return first, min(len(text), first + rng.randint(0, most))


def _cut(text: str, rng: random.Random) -> str:
    first, last = _span(text, rng)
    return text[:first] + text[last:]


def _repeat(text: str, rng: random.Random) -> str:
    first, last = _span(text, rng)
    return text[:last] + text[first:last] * rng.randint(1, 3) + text[last:]


def _insert(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(PIECES) + text[at:]


def _end_early(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _swap_case(text: str, rng: random.Random) -> str:
    first, last = _span(text, rng, 10)
    return text[:first] + text[first:last].swapcase() + text[last:]


def _lines(change: Callable[[list[str], random.Random], None]) -> Callable[[str, random.Random], str]:
    """A wound of lines."""

    def changed(text: str, rng: random.Random) -> str:
        lines = text.split("\n")
        change(lines, rng)
        return "\n".join(lines)

    return changed


def _drop_line(lines: list[str], rng: random.Random) -> None:
    del lines[rng.randrange(len(lines))]


def _double_line(lines: list[str], rng: random.Random) -> None:
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))


def _swap_lines(lines: list[str], rng: random.Random) -> None:
    one, two = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]


def _shift_line(lines: list[str], rng: random.Random) -> None:
    at = rng.randrange(len(lines))
    lines[at] = " " * rng.randint(1, 4) + lines[at] if rng.random() < 0.5 else lines[at].removeprefix("  ")


def _token(pattern: re.Pattern[str], others: tuple[str, ...]) -> Callable[[str, random.Random], str]:
    """Put another in the place of one number, date or word; with no `others`, one from the same file."""

    def changed(text: str, rng: random.Random) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text
        one = rng.choice(found)
        new = rng.choice(others) if others else rng.choice(found).group()
        return text[: one.start()] + new + text[one.end() :]

    return changed


def _cell(text: str, rng: random.Random) -> str:
    """One cell of a table gets something else, or another cell of its column."""
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    cells = lines[at].split(",")
    cells[rng.randrange(len(cells))] = rng.choice(
        (*NUMBERS, *DATES, *PIECES, "", rng.choice(lines).split(",")[0])
    )
    lines[at] = ",".join(cells)
    return "\n".join(lines)


def _column(text: str, rng: random.Random) -> str:
    """A column is dropped, doubled, moved or renamed."""
    rows = [line.split(",") for line in text.split("\n")]
    at, way = rng.randrange(len(rows[0])), rng.randrange(3)
    for i, row in enumerate(rows):
        if at < len(row):
            if way == 0:
                del row[at]
            elif way == 1:
                row.append(row[at])
            elif i == 0:
                row[at] = rng.choice(row)
    return "\n".join(",".join(row) for row in rows)


def _value(text: str, rng: random.Random) -> str:
    """The value of one key becomes another kind of thing."""
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    if ":" in lines[at]:
        key = lines[at].partition(":")[0]
        lines[at] = f"{key}: {rng.choice((*NUMBERS, *DATES, *PIECES, '[1, 2]', '{a: 1}', 'true', ''))}"
    return "\n".join(lines)


_TEXT = (
    _cut, _repeat, _insert, _end_early, _swap_case, _lines(_drop_line), _lines(_double_line),
    _lines(_swap_lines), _token(_NUMBER, NUMBERS), _token(_NUMBER, NUMBERS), _token(_DATE, DATES),
    _token(_WORD, ()), _token(_WORD, PIECES),
)  # fmt: skip
_TABLE = (_cell, _cell, _column)
_YAML = (_value, _value, _lines(_shift_line))
