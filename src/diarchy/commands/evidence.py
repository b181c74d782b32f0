"""`diarchy evidence`: what the analysis behind a case claims, and how each claim held up."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, columns, speaking
from diarchy.commands.usage import Place, command
from diarchy.evidence import KINDS, QUESTION, VERDICTS

if TYPE_CHECKING:
    from diarchy.evidence import Claim
    from diarchy.scenario.claims import Dossier

SCHEMA = "diarchy/evidence/1"


@command()
@click.argument("case")
@click.option("--verdict", type=click.Choice(VERDICTS), multiple=True, help="Only claims that held up so.")
@click.option("--kind", type=click.Choice(KINDS), multiple=True, help="Only claims of this kind.")
@click.option("--speaker", metavar="TEXT", default="", help="Only claims of speakers with this in the name.")
@click.option(
    "--about",
    metavar="NAME",
    default="",
    help="Only claims that bear on this parameter, question or hypothesis (hypothesis:NAME).",
)
@click.option("--asked", is_flag=True, help="Only a table: what the analysis asks, and what answers it.")
@click.option("--store", type=Place(), help="With --asked: take the answers of this run.")
@speaking
def evidence(
    case: str,
    verdict: Sequence[str],
    kind: Sequence[str],
    speaker: str,
    about: str,
    asked: bool,
    store: Path | None,
    console: Console,
) -> None:
    """Show who claimed what in the analysis behind CASE, what became of it, and what it bears on.

    Claims are paraphrased. Where two contradict each other both stand, each with what it really measures.
    """
    from diarchy.commands.asked import show_asked, stored_answers
    from diarchy.scenario.claims import read_dossier

    answers: Sequence[Mapping[str, Any]] = ()
    with console.faults.trying():
        if asked and (verdict or kind or speaker or about):
            raise click.UsageError("--asked shows every question of the analysis, so it goes with no filter.")
    with console.faults.trying():
        if store is not None and not asked:
            raise click.UsageError("--store goes with --asked: claims are the same whatever a run answers.")
        answers = stored_answers(store) if store is not None else ()
    with console.faults.trying():
        dossier = read_dossier(case)
        _check_about(about, dossier)
    console.faults.raise_if_any()
    if asked:
        show_asked(dossier, store, answers, console)
        return
    against = opponents(dossier.claims)
    picked = _picked(dossier.claims.values(), verdict, kind, speaker, about)
    rows = [row(claim, against) for claim in picked]
    if console.json:
        console.document(_document(dossier, rows))
        return
    _show(rows, dossier, console)
    console.then(f"diarchy cite {case} --document FILE", "each claim beside its passage in your own copy")


def _picked(
    claims: Iterable[Claim], verdict: Sequence[str], kind: Sequence[str], speaker: str, about: str
) -> list[Claim]:
    """The claims that every filter lets through; one that is not given lets all."""
    return [
        claim
        for claim in claims
        if (not verdict or claim.verdict in verdict)
        and (not kind or claim.kind in kind)
        and speaker.casefold() in claim.speaker.casefold()
        and (not about or about in claim.bears_on)
    ]


def _document(dossier: Dossier, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Claims as one document, counted by verdict and kind."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "case": dossier.scenario.case,
        "scenario_sha256": dossier.scenario.sha256,
        "counts": {key: Counter(row[key] for row in rows) for key in ("verdict", "kind")},
        "claims": rows,
    }


def _check_about(about: str, dossier: Dossier) -> None:
    """Refuse a name that no claim bears on."""
    from diarchy.errors import Fault, ScenarioError, nearest

    known = {name for claim in dossier.claims.values() for name in claim.bears_on}
    if about and about not in known:
        raise ScenarioError([Fault(f"no claim bears on '{about}'", "--about", near=nearest(about, known))])


def opponents(claims: Mapping[str, Claim]) -> dict[str, list[str]]:
    """Which claims contradict each one, said on either side: id -> ids."""
    pairs = {(key, other) for key, claim in claims.items() for other in claim.against}
    both = pairs | {(other, key) for key, other in pairs}
    return {key: [other for other in claims if (key, other) in both] for key in claims}


def row(claim: Claim, against: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A claim as plain JSON values."""
    return {
        "id": claim.id,
        "speaker": claim.speaker,
        "role": claim.role,
        "paraphrase": claim.paraphrase,
        "kind": claim.kind,
        "verdict": claim.verdict,
        "better": claim.better or None,
        "as_of": claim.as_of or None,
        "source": list(claim.source),
        "bears_on": list(claim.bears_on),
        "against": list(against[claim.id]),
        "locator": claim.locator or None,
    }


def _show(rows: Sequence[Mapping[str, Any]], dossier: Dossier, console: Console) -> None:
    """The claims one under the other, and a line that counts them."""
    console.data(f"{dossier.scenario.title}: {len(rows)} claims\n")
    for claim in rows:
        console.data(_block(claim, dossier))
    counts = Counter(r["verdict"] for r in rows if r["kind"] != QUESTION)
    asked = sum(r["kind"] == QUESTION for r in rows)
    said = [f"{counts[name]} {name}" for name in VERDICTS if counts[name]]
    console.data(", ".join([*said, *([f"{asked} questions"] if asked else [])]))


def _block(claim: Mapping[str, Any], dossier: Dossier) -> str:
    """One claim: who, what, how it held up, and what it touches."""
    asked = claim["kind"] == QUESTION
    answered = ", ".join(_answers(claim["id"], dossier)) or "by no question of the case"
    dated = f" ({claim['as_of']})" if claim["as_of"] else ""
    lines = {
        "better": f"{claim['better']}{dated}" if claim["better"] else "",
        "from": ", ".join(claim["source"]),
        "against": ", ".join(claim["against"]),
        "bears on": ", ".join(claim["bears_on"]),
        "answered": answered if asked else "",
    }
    judged = QUESTION if asked else f"{claim['kind']}, {claim['verdict']}"
    head = textwrap.fill(f"{claim['id']}  {claim['speaker']}: {claim['paraphrase']} [{judged}]", columns())
    told = [
        textwrap.fill(text, columns(), initial_indent=f"  {name:<10}", subsequent_indent=" " * 12)
        for name, text in lines.items()
        if text
    ]
    return "\n".join([head, *told, ""])


def _answers(asked: str, dossier: Dossier) -> list[str]:
    """Questions of the case that answer a question of the analysis."""
    return [key for key, spec in dossier.scenario.questions.items() if asked in spec.raw.get("asks", ())]
