"""`diarchy list`: what there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.commands.usage import command

KINDS = ("cases", "mechanisms", "results")
#: Where runs go when no folder is named.
RESULTS = Path("results")
#: A manifest is small; anything larger is not one.
_MANIFEST_LIMIT = 10_000_000


@command(name="list")
@click.argument("kind", type=click.Choice(KINDS), required=False)
@speaking
def list_things(kind: str | None, console: Console) -> None:
    """What there is: installed cases, installed mechanisms, results in ./results."""
    console.faults.raise_if_any()
    find = {"cases": _cases, "mechanisms": _mechanisms, "results": _results}
    found = {name: find[name]() for name in KINDS if kind in (None, name)}
    if console.json:
        console.document({"schema": "diarchy/list/1", "version": __version__, **found})
        return
    for name, rows in found.items():
        console.table(name, rows, wrap=("what", "title"))
        console.data("")
    if found.get("cases"):
        console.then(f"diarchy run {found['cases'][0]['case']}", "answers of a case")


def _cases() -> list[dict[str, Any]]:
    """Installed cases with their titles."""
    from diarchy.registry import case_names, find_case

    return [{"case": name, "title": _title(find_case(name))} for name in case_names()]


def _title(folder: Path) -> str:
    """The title line of a case file, read as text: a listing must not need the whole case to be right."""
    try:
        with (folder / "case.yaml").open(encoding="utf-8") as file:
            head = file.read(_MANIFEST_LIMIT)
    except (OSError, UnicodeError):
        return "(no readable case.yaml)"
    lines = [line for line in head.splitlines() if line.startswith("title:")]
    return lines[0].partition(":")[2].strip().strip("\"'") if lines else ""


def _mechanisms() -> list[dict[str, Any]]:
    """Installed mechanisms; one that cannot be loaded is listed with its fault."""
    from diarchy.errors import DiarchyError
    from diarchy.registry import find_mechanism, mechanism_names

    rows = []
    for name in mechanism_names():
        try:
            mechanism = find_mechanism(name)
            rows.append({"mechanism": name, "what": mechanism.doc, "version": mechanism.version})
        except DiarchyError as error:
            rows.append(
                {"mechanism": name, "what": f"cannot be loaded: {error.faults[0].what}", "version": ""}
            )
    return rows


def _results() -> list[dict[str, Any]]:
    """Stores under ./results, newest first."""
    found = [path for path in RESULTS.glob("*/manifest.json") if path.is_file()]
    manifests = sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)
    return [_result(path) for path in manifests]


def _result(manifest: Path) -> dict[str, Any]:
    """One store by its manifest."""
    try:
        fields = json.loads(manifest.read_text(encoding="utf-8")[:_MANIFEST_LIMIT])
    except (OSError, ValueError, RecursionError):
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    case, seed = fields.get("case", ""), fields.get("seed", "")
    return {"store": str(manifest.parent), "case": case, "futures": fields.get("futures", ""), "seed": seed}
