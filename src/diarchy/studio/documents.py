"""What the studio's pages are told of cases and results: made on demand, by the code of the command line."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy import __version__
from diarchy.errors import DiarchyError
from diarchy.studio.shelf import Shelf, digest, texts_of, with_changes

if TYPE_CHECKING:
    from diarchy.scenario.given import Scenario


def case_document(shelf: Shelf, name: str) -> dict[str, Any]:
    """Everything of a case: its files, what it assumes and on what evidence, and its faults if it has any."""
    folder, own = shelf.case(name)
    texts = texts_of(folder)
    files = [
        {"name": file, "text": text, "editable": own, "sha256": digest(text)} for file, text in texts.items()
    ]
    pace = shelf.seconds_a_future(name)
    return {
        "id": name,
        "own": own,
        "files": files,
        "estimate": {"seconds_a_future": pace},
        **described(folder),
    }


def described(folder: Path) -> dict[str, Any]:
    """Assumptions, sources and claims of a case in a folder, or its faults."""
    from diarchy.questions.question import questions_of
    from diarchy.report.about import about
    from diarchy.scenario.check import check
    from diarchy.scenario.compose import wire
    from diarchy.scenario.read import read

    try:
        notes = check(folder, parse_questions=questions_of)  # first: it gathers all that the others refuse
        scenario = read(folder)
        model = wire(scenario, ["base"])
    except DiarchyError as error:
        return {"faults": [_fault(fault) for fault in error.faults], "notes": [], "assumptions": None}
    told = about(scenario, model)
    rows = told["assumptions"]
    return {
        "faults": [],
        "notes": [_fault(note) for note in notes],
        "title": scenario.title,
        "summary": scenario.summary,
        "assumptions": rows,
        "counts": dict(Counter(row["tag"] for row in rows)),
        "sources": told["sources"],
        "claims": told["claims"],
        "mechanisms": told["mechanisms"],
        "questions": {key: str(spec.raw.get("text", "")) for key, spec in scenario.questions.items()},
        **_worlds(scenario),
        "run": _settings(scenario),
    }


def _worlds(scenario: Scenario) -> dict[str, Any]:
    """The worlds that a run may take: arms, and rival hypotheses with who holds them."""
    arms = {key: variant.summary for key, variant in scenario.variants.items()}
    rivals = {
        key: {"holder": theory.holder, "summary": theory.summary}
        for key, theory in scenario.hypotheses.items()
    }
    return {"arms": {"base": "the case as it stands", **arms}, "hypotheses": rivals}


def _settings(scenario: Scenario) -> dict[str, Any]:
    """How the case would be run if nobody said otherwise."""
    run = scenario.run
    subtracted = {spec.raw.get("minus_arm") for spec in scenario.questions.values()} - {None}
    return {
        "futures": run.futures,
        "seed": run.seed,
        "days": run.days,
        "arms": list(run.arms),
        "hypotheses": list(run.hypotheses),
        "hypothesis_share": run.hypothesis_share,
        "subtracted": sorted(map(str, subtracted)),
    }


def check_changes(shelf: Shelf, name: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """What would be wrong with a case if some of its files read as a page has edited them."""
    folder, _ = shelf.case(name)
    with tempfile.TemporaryDirectory(prefix="diarchy-check-") as place:
        return described(with_changes(folder, texts, Path(place)))


def _fault(fault: Any) -> dict[str, Any]:
    """A fault for a page, with its line where it has one."""
    file, _, line = fault.where.rpartition(":")
    number = int(line) if line.isdigit() else None
    return {**vars(fault), "file": file if number else "", "line": number}


def narrowing(store: Path) -> dict[str, Any] | None:
    """What the first question's answer would be by now; None while nothing can be said."""
    from diarchy.ensemble.results import open_results
    from diarchy.questions.ask import ask

    try:
        results = open_results(store)
        first = next(iter(results.questions or {}), None)
        if first is None:
            return None
        told = ask(results, [first], ["base"])[0].to_json()
    except (DiarchyError, OSError, ValueError, KeyError):  # half of a store is there, or not yet
        return None
    if told["value"] is None:
        return None
    done = int(results.finished()[0].sum())
    return {"question": first, "futures": done, "value": told["value"], "interval": told["interval"]}


def export(store: Path, form: str) -> tuple[str, str, str]:
    """Answers of a store to take away: text, media type, name of the file.

    Parameters
    ----------
    form : 'json', 'csv', 'citation' or 'report'.
    """
    from diarchy.report.kept import bundle_at

    bundle = bundle_at(store)
    if form == "report":
        from diarchy.report.page import page

        return page(bundle), "text/html", f"{store.name}.html"
    if form == "csv":
        whole = [{**bundle["questions"][a["id"]], **a} for a in bundle["answers"]]
        return _csv(whole), "text/csv", f"{store.name}.csv"
    if form == "citation":
        return _citation(bundle), "text/plain", f"{store.name}.txt"
    import json

    return json.dumps(bundle, ensure_ascii=False), "application/json", f"{store.name}.json"


def _csv(answers: Sequence[Mapping[str, Any]]) -> str:
    """Answers as a table."""
    table = io.StringIO()
    bars = ("monte_carlo", "parameter", "structural")
    writer = csv.writer(table, lineterminator="\n")
    ends = [f"{bar}_{end}" for bar in bars for end in ("low", "high")]
    writer.writerow(["id", "text", "arm", "kind", "unit", "value", *ends, "outside", "outside_n", "happened"])
    for a in answers:
        spans = [end for bar in bars for end in (a["interval"].get(bar) or (None, None))]
        outside, resolved = a.get("outside") or {}, a.get("resolved") or {}
        row = [a["id"], a["text"], a["arm"], a["kind"], a.get("unit", ""), a["value"], *spans,
               outside.get("value"), outside.get("n"), resolved.get("value")]  # fmt: skip
        writer.writerow(_plain(cell) for cell in row)
    return table.getvalue()


def _plain(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def _citation(bundle: Mapping[str, Any]) -> str:
    """How to cite a result, so that it can be made again."""
    return (
        f"{bundle['title']}: {bundle['futures']:,} simulated futures, seed {bundle['seed']}. "
        f"Diarchy {__version__}, scenario sha256 {bundle['scenario_sha256']}.\n"
    )
