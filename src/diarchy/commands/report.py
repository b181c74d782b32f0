"""`diarchy report`: a store as one HTML file for people, and as figures for papers."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.commands.usage import Place, command
from diarchy.errors import ResultsError

if TYPE_CHECKING:
    from diarchy.model import Model
    from diarchy.report.seen import Looked
    from diarchy.scenario.given import Scenario

SCHEMA = "diarchy/report/1"
FORMATS = ("png", "svg", "pdf")


@command()
@click.argument("store", type=Place())
@click.option("-o", "--out", type=Place(), help="File to write; STORE/report.html if not given.")
@click.option("--figures", metavar="png,svg", help="Write figures for papers too, in these formats.")
@click.option(
    "--add",
    "documents",
    multiple=True,
    type=Place(),
    metavar="FILE",
    help="Show what `why`, `update`, `score` or `leverage` printed with --json; may be repeated.",
)
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
@click.option("--bundle", "data", type=Place(), help="Write the data of the report as JSON.")
@speaking
def report(
    store: Path,
    out: Path | None,
    figures: str | None,
    documents: tuple[Path, ...],
    show: bool,
    data: Path | None,
    console: Console,
) -> None:
    """Write the report of STORE: one HTML file that opens from disk and needs no network.

    `diarchy run` has written one already; this writes it again, with what other commands have found out.
    """
    from diarchy.ensemble.results import open_results
    from diarchy.report.added import add as add_document
    from diarchy.report.added import check as check_document
    from diarchy.report.bundle import bundle_of
    from diarchy.report.page import REPORT, check_writable, page, write

    target, faults = out or store / REPORT, console.faults
    formats: tuple[str, ...] = ()
    with faults.trying():
        formats = _formats(figures)
    with faults.trying():
        results = open_results(store)
    for option, file in (("--out", target if out or store.is_dir() else None), ("--bundle", data)):
        with faults.trying():
            if file is not None:
                check_writable(file, option)
    for document in documents:
        with faults.trying():
            check_document(document)
    faults.raise_if_any()
    for document in documents:
        add_document(store, document)
    bundle = bundle_of(results)
    content = page(bundle)
    write(target, content)
    written = [target, *_beside(bundle, data, target.parent / "figures", formats)]
    _tell(console, written, len(content.encode("utf-8")), bundle)
    if show:
        webbrowser.open(target.resolve().as_uri())


def _beside(bundle: dict[str, Any], data: Path | None, folder: Path, formats: tuple[str, ...]) -> list[Path]:
    """Write the data and the figures that are asked for; gives their files."""
    from diarchy.report.bundle import text_of
    from diarchy.report.page import write

    if data is not None:
        write(data, text_of(bundle))
    files = [] if data is None else [data]
    if formats:
        from diarchy.report.figures import draw

        files += draw(bundle, folder, formats)
    return files


def _tell(console: Console, written: list[Path], size: int, bundle: dict[str, Any]) -> None:
    """Say what was written, and what the report lacks."""
    if console.json:
        console.document(
            {
                "schema": SCHEMA,
                "version": __version__,
                "case": bundle["case"],
                "scenario_sha256": bundle["scenario_sha256"],
                "seed": bundle["seed"],
                "files": [str(path) for path in written],
                "bytes": size,
            }
        )
        return
    for path in written:
        console.data(str(path))
    console.say(f"{size / 1e3:,.0f} kB; it opens from disk, and asks nothing of the network")


def _formats(figures: str | None) -> tuple[str, ...]:
    """The formats of the figures that are asked for."""
    wanted = tuple(dict.fromkeys(part.strip() for part in (figures or "").split(",") if part.strip()))
    wrong = [one for one in wanted if one not in FORMATS]
    if wrong or (figures is not None and not wanted):
        raise click.UsageError(f"--figures: no format '{', '.join(wrong)}'; allowed: {', '.join(FORMATS)}")
    return wanted


def add(
    looked: Looked, answers: Mapping[str, Any], scenario: Scenario, model: Model, console: Console
) -> Path | None:
    """Write what a report needs, and the report, into the store of a run that has just ended.

    A report that cannot be written takes no answer away: it is said, and the run goes on.
    """
    from diarchy.report.about import about, keep
    from diarchy.report.added import put
    from diarchy.report.bundle import bundle_from
    from diarchy.report.page import REPORT, page, write
    from diarchy.scenario.leverage import leverage_of

    store = looked.store.results.path
    try:
        keep(store, about(scenario, model))
        if (leverage := leverage_of(scenario, model.arms["base"])) is not None:
            put(store, leverage, "leverage")
        write(store / REPORT, page(bundle_from(looked, answers)))
    except (ResultsError, OSError) as error:
        console.say(f"no report was written: {error}")
        return None
    return store / REPORT
