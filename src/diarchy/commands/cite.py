"""`diarchy cite`: each claim of a case beside its passage in the reader's own copy of the analysis."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, columns, speaking
from diarchy.commands.usage import Place, command

if TYPE_CHECKING:
    from diarchy.citation import Found, Locator, Text
    from diarchy.scenario.claims import Dossier

SCHEMA = "diarchy/citations/1"


@command()
@click.argument("case")
@click.option("--document", required=True, type=Place(), help="Your copy of the analysis, as text.")
@click.option(
    "--make",
    type=Place(),
    metavar="PASSAGES",
    help="For authors of a case: write locators into its evidence.csv, from a table with the columns id, "
    "begins, ends that quotes the first and last words of each passage. Keep that table to yourself.",
)
@speaking
def cite(case: str, document: Path, make: Path | None, console: Console) -> None:
    """Find the passage of each claim of CASE in your own copy of the analysis.

    A case holds paraphrases and fingerprints, never the sentences. Line breaks, quotation marks, case,
    hyphenation and small edits do not matter. Exit code 0 also when some are not found; they are listed.
    """
    from diarchy.citation import find, read_text
    from diarchy.scenario.claims import read_dossier
    from diarchy.scenario.document import read_document
    from diarchy.scenario.passages import read_passages

    with console.faults.trying():
        dossier = read_dossier(case)
    with console.faults.trying():
        whole = read_document(document)
    if make is not None:
        with console.faults.trying():
            read_passages(make)
    console.faults.raise_if_any()
    text = read_text(whole, dossier.scenario.case)
    if make is not None:
        _make(dossier, text, make, console)
        dossier = read_dossier(case)
    locators = dossier.locators()
    cited = [
        _citation(dossier, text, name, locators[name], where) for name, where in find(text, locators).items()
    ]
    if console.json:
        console.document(_document(dossier, document, text, cited))
    else:
        _show(dossier, cited, console)


def _document(dossier: Dossier, document: Path, text: Text, cited: list[dict[str, Any]]) -> dict[str, Any]:
    """All citations as one document."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "case": dossier.scenario.case,
        "scenario_sha256": dossier.scenario.sha256,
        "document": str(document),
        "words": len(text.words),
        "found": sum(c["found"] for c in cited),
        "of": len(cited),
        "without_locator": _without(dossier),
        "citations": cited,
    }


def _without(dossier: Dossier) -> list[str]:
    """Claims that carry no locator."""
    return [key for key, claim in dossier.claims.items() if not claim.locator]


def _citation(
    dossier: Dossier, text: Text, name: str, locator: Locator, where: Found | None
) -> dict[str, Any]:
    """One claim and what was found of it, as plain JSON values."""
    claim = dossier.claims[name]
    said = {"id": name, "speaker": claim.speaker, "paraphrase": claim.paraphrase, "verdict": claim.verdict}
    if where is None:
        place: dict[str, Any] = dict.fromkeys(("position", "line", "passage"))
        return {**said, "found": False, "expected": locator.position, "similarity": 0.0, **place}
    first, last = text.sentences(where.first, where.last)
    return {
        **said,
        "found": True,
        "expected": locator.position,
        "similarity": round(where.similarity, 4),
        "position": round(where.first / len(text.words), 4),
        "line": text.line(first),
        "passage": text.passage(first, last),
    }


def _show(dossier: Dossier, cited: list[dict[str, Any]], console: Console) -> None:
    """Paraphrase and passage, one under the other, and then what was not found."""
    for citation in (c for c in cited if c["found"]):
        console.data(_block(citation))
    lost = [c for c in cited if not c["found"]]
    console.data(f"found {len(cited) - len(lost)} of {len(cited)} passages")
    for citation in lost:
        console.data(f"not found: {citation['id']}, {citation['speaker']}: {citation['paraphrase']}")
    if lost and not any(c["found"] for c in cited):
        console.data("nothing was found: is this the analysis that the case was made from?")
    without = _without(dossier)
    if without:
        console.data(f"no locator: {', '.join(without)}")


def _block(citation: Mapping[str, Any]) -> str:
    """One claim and its passage."""
    width, exact = columns(), citation["similarity"] >= 1
    match = "" if exact else f", {100 * citation['similarity']:.0f} % of the fingerprint"
    head = f"{citation['id']}  {citation['speaker']}, {citation['verdict']} (line {citation['line']}{match})"
    passage = "".join(c if c.isprintable() else "?" for c in citation["passage"])
    texts = (("we say   ", citation["paraphrase"]), ("they say ", passage))
    parts = [textwrap.fill(t, width, initial_indent=f"  {a}", subsequent_indent=" " * 11) for a, t in texts]
    return "\n".join([head, *parts, ""])


def _make(dossier: Dossier, text: Text, passages: Path, console: Console) -> None:
    """Write the locators of quoted passages into the table of claims."""
    from diarchy.scenario.claims import write_locators
    from diarchy.scenario.passages import locate_passages

    made = locate_passages(passages, text, dossier.claims)
    write_locators(dossier.file, made)
    console.say(f"wrote {len(made)} locators into {dossier.file}")
