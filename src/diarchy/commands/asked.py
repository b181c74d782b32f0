"""The questions that an analysis asks, each beside what a case computes to answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy import __version__
from diarchy.evidence import QUESTION
from diarchy.questions.wording import happened, in_words, outside

if TYPE_CHECKING:
    from diarchy.commands.console import Console
    from diarchy.scenario.claims import Dossier

SCHEMA = "diarchy/asked/1"
#: Field of a row -> head of its column.
HEAD = {
    "asks": "the analysis asks",
    "question": "the case asks",
    "rule": "rule",
    "answer": "answer",
    "outside": "outside view",
    "happened": "what happened",
}


def show_asked(
    dossier: Dossier, store: Path | None, answers: Sequence[Mapping[str, Any]], console: Console
) -> None:
    """Print the questions of an analysis, with the answers of a store where one is given."""
    rows = asked_rows(dossier, answers)
    if console.json:
        where = {"case": dossier.scenario.case, "store": None if store is None else str(store)}
        console.document({"schema": SCHEMA, "version": __version__, **where, "rows": rows})
    else:
        console.data(asked_table(rows))


def asked_rows(dossier: Dossier, answers: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """A row for each question of the analysis and each question of the case that answers it.

    Parameters
    ----------
    dossier : the case and its claims.
    answers : of a run, base's are used; empty for none.
    """
    told = {answer["id"]: answer for answer in answers if answer["arm"] == "base"}
    rows = []
    for claim in (claim for claim in dossier.claims.values() if claim.kind == QUESTION):
        found = [(k, q) for k, q in dossier.scenario.questions.items() if claim.id in q.raw.get("asks", ())]
        for key, spec in found:
            row = {"claim": claim.id, "asks": claim.paraphrase, "id": key, "question": str(spec.raw["text"])}
            row |= {"rule": _rule(spec.raw), "answer": "", "outside": "", "happened": ""}
            if (answer := told.get(key)) is not None:
                row |= {
                    "answer": in_words(answer), "outside": outside(answer), "happened": happened(answer)
                }  # fmt: skip
            rows.append(row)
        if not found:
            nothing = dict.fromkeys(("id", "rule", "answer", "outside", "happened"), "")
            rows.append({"claim": claim.id, "asks": claim.paraphrase, **nothing, "question": "nothing"})
    return rows


def asked_table(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as a table in Markdown."""
    lines = [list(HEAD.values()), ["---"] * len(HEAD)]
    for row in rows:
        named = {**row, "question": f"{row['question']} (`{row['id']}`)" if row["id"] else row["question"]}
        lines.append([named[field] for field in HEAD])
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def stored_answers(store: Path) -> list[dict[str, Any]]:
    """The answers of a run."""
    from diarchy.ensemble.results import open_results
    from diarchy.questions.ask import ask

    return [answer.to_json() for answer in ask(open_results(store), arms=["base"])]


def _rule(raw: Mapping[str, Any]) -> str:
    """The word that the rule begins with, and the arm that it subtracts."""
    kind = "chance" if "chance" in raw else "amount"
    word = next(iter(raw[kind]))
    return f"{kind}: {word}" + (f", minus {raw['minus_arm']}" if raw.get("minus_arm") else "")


def _cell(text: str) -> str:
    """A text that does not end a cell."""
    return " ".join(str(text).replace("|", "/").split())
