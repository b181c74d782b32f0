"""What other commands have found out, added to a store so that its report shows it.

`diarchy why` and `diarchy update` of a store put it there themselves; ``diarchy report STORE --add FILE``
takes the ``--json`` document of `why`, `update`, `score` or `leverage`, keeps the part that is shown, and
leaves it under ``shown/`` in the store. A document is somebody's file: its size is bounded, and only fields
that are known are taken, as numbers and short texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diarchy.ensemble.kinds import number
from diarchy.errors import Fault, Faults, ResultsError
from diarchy.places import write_whole
from diarchy.scenario.files import read_text

#: The folder of a store that holds them.
SHOWN = "shown"
_LARGEST = 16 * 2**20  # bytes of a document
_MOST_ROWS, _LONGEST = 40, 400  # of any list, and characters of any text
_MOST_DRIVERS = 12
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def add(store: Path, file: Path) -> Path:
    """Keep what a document says, of the sort that its schema names.

    Parameters
    ----------
    store : the store's folder.
    file : what a command has printed with ``--json``.

    Returns
    -------
    Path : where it is kept; a document of the same sort and question is replaced.

    Raises
    ------
    ResultsError : it is no such document, or cannot be kept.
    """
    return put(store, _read(file), str(file))


def check(file: Path) -> None:
    """Refuse what `add` would, without keeping anything.

    Raises
    ------
    ResultsError : it is no document that a report shows.
    """
    _kept(_read(file), str(file))


def put(store: Path, document: Mapping[str, Any], where: str) -> Path:
    """Keep what a document says, as `add` does of a file; `where` is what faults point at."""
    name, kept = _kept(document, where)
    path = store / SHOWN / f"{name}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, json.dumps(kept, ensure_ascii=False, allow_nan=False))
    except OSError as error:
        raise ResultsError([Fault(f"cannot be written: {error.strerror or error}", str(path))]) from error
    return path


def _kept(document: Mapping[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    """The part of a document that is kept, and under which name."""
    sort = str(document.get("schema", "")).rpartition("/")[0]
    if sort not in _TAKES:
        allowed = ", ".join(f"{name}/..." for name in _TAKES)
        raise ResultsError([Fault(f"holds '{str(document.get('schema'))[:60]}'", where, allowed)])
    key, take = _TAKES[sort]
    try:
        kept = take(document)
        name = f"{key}-{kept['question']}" if key == "drivers" else key
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError([Fault(f"lacks what a report shows of it: {error}", where)]) from error
    if not _NAME.fullmatch(name):
        raise ResultsError([Fault("names no question that a report can hold", where)])
    return name, kept


def added(store: Path) -> dict[str, Any]:
    """What has been added to a store: drivers by question, hypotheses, scores, leverage; None for nothing.

    Raises
    ------
    ResultsError : a file of ours that cannot be read any more.
    """
    found: dict[str, Any] = dict.fromkeys(("hypotheses", "drivers", "scores", "leverage"))
    folder, faults = store / SHOWN, Faults(ResultsError)
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        key, _, question = path.stem.partition("-")
        if key not in found:
            continue
        try:
            kept = _read(path)
        except ResultsError as error:
            faults.take(error)
            continue
        if key == "drivers":
            found[key] = {**(found[key] or {}), question: kept}
        else:
            found[key] = kept
    faults.raise_if_any()
    return found


def _read(file: Path) -> dict[str, Any]:
    """A JSON object of a bounded file."""
    cure = "give what a command prints with --json"
    wrong, text = read_text(file, file.name, _LARGEST, "a document")
    if text is None:
        raise ResultsError([Fault(f"cannot be read: {wrong}", str(file), cure=cure)])
    try:
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
    except (ValueError, RecursionError) as error:
        raise ResultsError([Fault(f"cannot be read: {error}", str(file), cure=cure)]) from error
    return found


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    return float(value) if number(value) else None


def _text(value: Any) -> str:
    """A short text."""
    return "" if value is None else str(value)[:_LONGEST]


def _rows(value: Any, most: int = _MOST_ROWS) -> list[Mapping[str, Any]]:
    """The first objects of a list."""
    return [row for row in value if isinstance(row, Mapping)][:most] if isinstance(value, list) else []


def _bounds(value: Any) -> list[float | None] | None:
    """Two bounds, or None."""
    return [_number(end) for end in value] if isinstance(value, list) and len(value) == 2 else None


def _drivers(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of `why`: the parameters that move an answer, the worlds without one thing, what to look for."""
    told = document["drivers"]
    signals = document.get("signals") or {}
    best = (signals.get("theories") or signals.get("answers") or {}).get("signals")
    return {
        "question": _text(document["question"]),
        "unit": _text(document.get("unit")),
        "explained": _number(told.get("explained")),
        "floor": _number(told.get("floor")),
        "why": _text(told.get("why")),
        "drivers": [
            {
                "name": _text(row.get("parameter")),
                "share": _number(row.get("share")),
                "interval": _bounds(row.get("interval")),
                "low": _number(row.get("low")),
                "high": _number(row.get("high")),
                "clear": bool(row.get("clear")),
                "grade": _text(row.get("grade")),
                "weakness": _number(row.get("weakness")),
                "claims": [_text(claim) for claim in (row.get("claims") or ())[:_MOST_ROWS]],
            }
            for row in _rows(told["parameters"], _MOST_DRIVERS)
        ],
        "worlds": [
            {key: _text(row.get(key)) for key in ("arm", "summary")}
            | {"difference": _number(row.get("difference")), "interval": _bounds(row.get("interval"))}
            | {"clear": bool(row.get("clear"))}
            for row in _rows((document.get("ablation") or {}).get("worlds"))
        ],
        "signals": [
            {"text": _text(row.get("text")), "clear": bool(row.get("clear"))}
            | {key: _number(row.get(key)) for key in ("day", "information", "chance")}
            for row in _rows(best, _MOST_DRIVERS)
        ],
    }  # fmt: skip


def _hypotheses(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of `update`: the weights of theories before and after what was reported."""
    return {
        "until": _text(document.get("until")),
        "reports": len((document.get("reports") or {}).get("believed") or ()),
        "hypotheses": [
            {
                "id": _text(row["name"]),
                "holder": _text(row.get("holder")),
                "before": _number(row["prior"]),
                "after": _number(row["weight"]),
                "bayes_factor": _number(row.get("bayes_factor")),
            }
            for row in _rows(document["hypotheses"])
        ],
    }


def _scores(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of `score`: skill by question over the case library."""
    return {
        "reading": _text(document.get("reading")),
        "cases": _number(document.get("cases")),
        "questions": [
            {key: _text(row.get(key)) for key in ("id", "text")}
            | {key: _number(row.get(key)) for key in ("n", "brier", "brier_base", "skill")}
            | {"skill_interval": _bounds(row.get("skill_interval"))}
            for row in _rows(document["questions"])
        ],
    }


def _leverage(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of `leverage`: what each owner is worth in each world."""
    return {
        "worlds": [
            {
                "world": _text(world["world"]),
                "total": _number(world.get("total")),
                "owners": [
                    {key: _text(o.get(key)) for key in ("owner", "name")}
                    | {key: _number(o.get(key)) for key in ("share", "nucleolus")}
                    for o in _rows(world.get("owners"))
                ],
            }
            for world in _rows(document["worlds"], _MOST_DRIVERS)
        ]
    }


#: Sort of document -> its key in a bundle, and what is taken of it.
_TAKES: dict[str, tuple[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "diarchy/why": ("drivers", _drivers),
    "diarchy/update": ("hypotheses", _hypotheses),
    "diarchy/scores": ("scores", _scores),
    "diarchy/leverage": ("leverage", _leverage),
}
