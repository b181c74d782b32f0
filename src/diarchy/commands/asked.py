"""The questions that an analysis asks, each beside what a case computes to answer it: a page in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy.evidence import QUESTION
from diarchy.questions.wording import happened, in_words, outside

if TYPE_CHECKING:
    from diarchy.scenario.claims import Dossier

HEAD = ("the analysis asks", "the case asks", "rule", "answer", "outside view", "what happened")


def asked_table(dossier: Dossier, answers: Sequence[Mapping[str, Any]]) -> str:
    """A row for each question of the analysis and each question of the case that answers it.

    Parameters
    ----------
    dossier : the case and its claims.
    answers : of a run, base's are used; empty for none.
    """
    told = {answer["id"]: answer for answer in answers if answer["arm"] == "base"}
    rows = [list(HEAD), ["---"] * len(HEAD)]
    for claim in dossier.claims.values():
        if claim.kind != QUESTION:
            continue
        found = [(k, q) for k, q in dossier.scenario.questions.items() if claim.id in q.raw.get("asks", ())]
        for key, spec in found:
            answer = told.get(key)
            words = ["", "", ""] if answer is None else [in_words(answer), outside(answer), happened(answer)]
            rows.append([claim.paraphrase, f"{spec.raw.get('text', '')} (`{key}`)", _rule(spec.raw), *words])
        if not found:
            rows.append([claim.paraphrase, "nothing", "", "", "", ""])
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)


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
