"""`diarchy compare`: two stores, or two arms of one: what was assumed and what is answered differently."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, columns, speaking
from diarchy.commands.usage import Place, command
from diarchy.errors import DiarchyError, Fault, ResultsError
from diarchy.questions.wording import number

if TYPE_CHECKING:
    from diarchy.ensemble.results import Results
    from diarchy.scenario.claims import Dossier

SCHEMA = "diarchy/comparison/1"


@command()
@click.argument("before", type=Place(), metavar="STORE")
@click.argument("after", type=Place(), metavar="[OTHER]", required=False)
@click.option("--arms", metavar="A,B", help="Two arms or hypotheses of STORE, in place of OTHER.")
@speaking
def compare(before: Path, after: Path | None, arms: str | None, console: Console) -> None:
    """Compare two stores, or two arms of one: changed assumptions first, then changed answers.

    Differences are the second less the first. Arms of one store share their luck, and so do two stores with
    one seed and equally many futures: differences are then taken future by future, and the table says how
    many times as large their standard error would be with fresh luck.
    """
    from diarchy.ensemble.results import open_results

    opened: list[Results] = []
    with console.faults.trying():
        if (after is None) == (arms is None):
            raise click.UsageError("Compare two stores (STORE OTHER), or two arms of one (STORE --arms A,B).")
    for path in filter(None, (before, after)):
        with console.faults.trying():
            opened.append(open_results(path))
    console.faults.raise_if_any()
    document = _of_stores(*opened) if after is not None else _of_arms(opened[0], str(arms))
    if console.json:
        console.document(document)
        return
    _show(document, console)
    again = f"{before} --arms {document['before']},{document['after']} --json" if arms else str(after)
    why = "the answers of both" if arms else "all answers of the second"
    console.then(f"diarchy ask {again}", why)


def _of_stores(before: Results, after: Results) -> dict[str, Any]:
    """What differs between two stores."""
    from diarchy.questions.compare import compare_results

    changes = compare_results(before, after)
    ends = {"before": str(before.path), "after": str(after.path)}
    told = [change.to_json() for change in changes]
    return {"schema": SCHEMA, "version": __version__, **ends, "changes": told}


def _of_arms(results: Results, text: str) -> dict[str, Any]:
    """What differs between two arms of a store, each assumption with what it rests on."""
    from diarchy.questions.compare import compare_arms

    store = results.path
    one, two = _two(text, results)
    found = compare_arms(results, one, two)
    rests, claims, unread = _evidence(store, results, (one, two))
    changes = [change.to_json() for change in found.changes]
    for change in changes:
        if change["what"] == "assumption":
            change["rests_on"] = [side.get(change["name"], "") for side in rests]
    named = {name for change in changes for words in change.get("rests_on", ()) for name in _words(words)}
    return {
        "schema": SCHEMA,
        "version": __version__,
        "store": str(store),
        "before": one,
        "after": two,
        "changes": changes,
        "same": list(found.same),
        "left_out": dict(found.left_out),
        "claims": [claim for claim in claims if claim["id"] in named],
        "evidence_why": unread,
    }


def _two(text: str, results: Results) -> tuple[str, str]:
    """The two arms named; unknown ones are told when they are asked."""
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        what = f"'{text[:80]}' does not name two arms"
        raise ResultsError([Fault(what, "--arms", f"two of {', '.join(results.arms)}", cure="--arms A,B")])
    return names[0], names[1]


def _evidence(
    store: Path, results: Results, arms: Sequence[str]
) -> tuple[list[dict[str, str]], list[dict[str, str]], str]:
    """What the assumptions of each arm rest on, the case's claims, and why that cannot be told."""
    from diarchy.commands.stored import dossier_of
    from diarchy.scenario.compose import wire
    from diarchy.scenario.grades import rests_on

    try:
        dossier: Dossier = dossier_of(store, results.attrs)
        model = wire(dossier.scenario, arms)
    except DiarchyError as error:  # a store without its files, or mechanisms that have moved on
        return [{}, {}], [], "; ".join(str(fault) for fault in error.faults[:3])
    told = ("id", "speaker", "paraphrase", "verdict")
    claims = [{key: getattr(claim, key) for key in told} for claim in dossier.claims.values()]
    return [rests_on(dossier.scenario, model.arms[arm]) for arm in arms], claims, ""


def _words(text: str) -> list[str]:
    """The words of a text without their commas and semicolons, to find the ids of claims in."""
    return text.replace(",", " ").replace(";", " ").split()


def _show(document: Mapping[str, Any], console: Console) -> None:
    """The tables for people."""
    arms = "store" in document
    one, two = (document["before"], document["after"]) if arms else ("before", "after")
    changes = document["changes"]
    told = [change for change in changes if change["what"] != "answer"]
    answered = [change for change in changes if change["what"] == "answer"]
    shared = all(change["paired"] for change in answered)
    _table("assumptions", [_assumption(c, one, two, arms) for c in told], console, _wide(arms, one, two))
    if document.get("claims"):
        rows = [{"claim": c["id"], "by": c["speaker"], "says": c["paraphrase"], "verdict": c["verdict"]}
                for c in document["claims"]]  # fmt: skip
        _table("claims that they follow", rows, console, ("by", "says"))
    if document.get("evidence_why"):
        _say(f"What assumptions rest on cannot be told: {document['evidence_why']}", console)
    title = f"answers, {'with the same luck' if shared else 'unpaired'}"
    rows = [_answer(c, one, two, arms, shared) for c in answered]
    _table(title, rows, console, (one, two, "fresh luck"))
    if answered:
        _say(_LEGEND + (_FRESH if shared else ""), console)
    for note in dict.fromkeys(c["note"] for c in answered if c["note"]):
        _say(f"{', '.join(c['name'] for c in answered if c['note'] == note)}: {note}.", console)
    if document.get("same"):
        _say(f"The same in every future: {', '.join(document['same'])}.", console)
    for why in dict.fromkeys((document.get("left_out") or {}).values()):
        names = [name for name, reason in document["left_out"].items() if reason == why]
        _say(f"Not compared, since {why}: {', '.join(names)}.", console)


_LEGEND = (
    "Chances are compared as shares, quantities as means; behind ± stands the standard error; * where the "
    "range of the difference leaves out 0. "
)
_FRESH = (
    "Fresh luck: how many times as large it would be, had the two worlds luck and parameters of their own; "
    "its square is how many times as many futures they would take."
)


def _say(text: str, console: Console) -> None:
    """A paragraph as wide as the terminal, and an empty line."""
    console.data(textwrap.fill(text, columns()) + "\n")


def _wide(arms: bool, one: str, two: str) -> tuple[str, ...]:
    """The columns of assumptions that give way first."""
    return (one, two, f"{one} rests on", f"{two} rests on") if arms else ("before", "after", "note")


def _table(title: str, rows: list[dict[str, Any]], console: Console, wrap: Sequence[str]) -> None:
    """A table, or the word that there is nothing in it."""
    if rows:
        console.table(title, rows, wrap)
    else:
        console.data(f"{title.partition(',')[0]}: no change")
    console.data("")


def _assumption(change: Mapping[str, Any], one: str, two: str, arms: bool) -> dict[str, Any]:
    """A changed assumption or question as a row."""
    ends = {one: change["before"], two: change["after"]}
    if not arms:
        arm = change["arm"] or "all"
        return {"what": change["what"], "name": change["name"], "arm": arm, **ends, "note": change["note"]}
    rests = dict(zip((f"{one} rests on", f"{two} rests on"), change["rests_on"], strict=True))
    return {"name": change["name"], **ends, **rests}


def _answer(change: Mapping[str, Any], one: str, two: str, arms: bool, shared: bool) -> dict[str, Any]:
    """A changed answer as a row; chances in per cent."""
    chance = change["unit"] in ("probability", "difference of probabilities")
    row = {"question": change["name"]}
    row |= {} if arms else {"arm": change["arm"]}
    error = f" ± {_value(change['error'], chance)}" if change["error"] is not None else ""
    clear = " *" if change["clear"] else ""
    row |= {
        one: _value(change["before"], chance),
        two: _value(change["after"], chance),
        "difference": f"{_value(change['difference'], chance)}{error}",
        "90 %": " to ".join(_value(end, chance) for end in change["interval"] or ()) + clear,
    }
    if shared:
        row |= {"fresh luck": _times(change["ratio"]), "pairs": f"{change['n']:,}"}
    return row


def _times(ratio: float | None) -> str:
    """How many times as large an error is."""
    return f"{ratio:,.{1 if ratio < 100 else 0}f} x" if ratio else ""


def _value(value: float | None, chance: bool) -> str:
    """A value, per cent where it is a chance."""
    if value is None:
        return "?"
    return f"{100 * value:.1f} %" if chance else number(value)
