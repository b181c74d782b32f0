"""Answers for people: plain words, error bars kept apart, the outside view and what happened beside."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diarchy import __version__
from diarchy.commands.console import NARROW, Console, columns, draw, duration
from diarchy.places import write_whole
from diarchy.questions.wording import Answer, happened, in_words, outside, span

if TYPE_CHECKING:
    from diarchy.ensemble.results import Results

SCHEMA = "diarchy/answers/1"
#: The file of a store that holds its answers.
ANSWERS = "answers.json"
#: The error bars that are shown, and what each is called.
BARS = {"monte_carlo": "luck", "parameter": "parameters", "structural": "structure"}
_LEGEND = (
    "Ranges are 90 %; of a chance they count in 100 futures, unless they say in 1,000. Luck: what so few "
    "futures leave open. Parameters: where the answer lies over what the priors allow. In brackets behind a "
    "quantity: where 90 in 100 futures lie."
)
_STRUCTURE = "Structure: where the answers of rival hypotheses lie, their own luck taken out."
_NO_RIVALS = (
    "No error bar for structure: no rival hypotheses were run, so what the theory itself leaves open is not "
    "shown."
)


def document_of(results: Results, answers: Sequence[Any], elapsed: float | None = None) -> dict[str, Any]:
    """Answers and where they come from, as one document.

    Parameters
    ----------
    results : that were asked.
    answers : what they answered, each an `Answer`.
    elapsed : [s] that the whole command took; that of the run when None.
    """
    attrs = results.attrs
    return {
        "schema": SCHEMA,
        "version": __version__,
        "case": attrs.get("case", ""),
        "title": attrs.get("title", ""),
        "scenario_sha256": attrs.get("scenario_sha256", ""),
        "seed": attrs["seed"],
        "futures": int(results.finished()[0].sum()),
        "failed": int(attrs.get("failed", 0)),
        "interrupted": results.interrupted,
        "arms": list(results.arms),
        "start": attrs.get("start"),
        "elapsed_s": attrs.get("elapsed_s") if elapsed is None else round(elapsed, 3),
        "engine_s": attrs.get("engine_s"),
        "peak_memory_mb": attrs.get("peak_memory_mb"),
        "store": str(results.path),
        "answers": [answer.to_json() for answer in answers],
    }


def keep(store: Path, document: Mapping[str, Any], console: Console) -> None:
    """Write the answers into the store, all or nothing; a store that takes none takes no answer away."""
    try:
        write_whole(store / ANSWERS, json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1))
    except OSError as error:
        with suppress(OSError):
            (store / ANSWERS).unlink(missing_ok=True)  # earlier ones would be taken for these
        console.say(f"the answers are not kept in {store}: {error.strerror or error}")


def still(store: Path) -> dict[str, Any] | None:
    """The answers that are kept in a store, where nothing in it has changed since they were given."""
    from diarchy.report.kept import is_newest

    try:
        document = json.loads((store / ANSWERS).read_text(encoding="utf-8")) if is_newest(store) else {}
    except (OSError, ValueError, RecursionError):
        return None
    ours = (document.get("schema"), document.get("version")) == (SCHEMA, __version__)
    return {**document, "store": str(store)} if ours else None


def show(document: Mapping[str, Any], console: Console, arms: Sequence[str] = ()) -> None:
    """Print a document of answers, a table an arm (the first by default), and how to read them."""
    for arm in arms or document["arms"][:1]:
        answers = [answer for answer in document["answers"] if answer["arm"] == arm]
        if answers:
            _show_arm(document, arm, answers)
            console.data("")
    console.data(legend(document))


def _show_arm(document: Mapping[str, Any], arm: str, answers: Sequence[Answer]) -> None:
    """The table of one arm."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    wide, bars = columns() >= NARROW, bars_of(answers)
    title = f"{document.get('title') or document['case']}: {document['futures']:,} futures, arm {arm}"
    table = Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        expand=True,
    )
    table.add_column("question", ratio=10, overflow="fold")
    table.add_column("answer", ratio=9, overflow="fold")
    for name in bars.values() if wide else ():
        table.add_column(name, no_wrap=True)
    table.add_column("outside view", ratio=4, overflow="fold")
    table.add_column("happened", ratio=4, overflow="fold")
    for answer in answers:
        question = f"{escape(answer['text'])} [dim]({escape(answer['id'])})[/dim]"
        cells = [*_answered(answer, bars, wide), outside(answer), happened(answer)]
        table.add_row(question, *map(escape, cells))
    draw(table)


def bars_of(answers: Sequence[Answer]) -> dict[str, str]:
    """The error bars to show, and what each is called: structure only where rival hypotheses were run."""
    rivals = any(answer["interval"].get("structural") for answer in answers)
    return {bar: name for bar, name in BARS.items() if rivals or bar != "structural"}


def _answered(answer: Answer, bars: Mapping[str, str], wide: bool) -> list[str]:
    """The cells of the answer and its error bars: side by side, or one below the other where it is narrow."""
    spans = {name: span(answer, bar) for bar, name in bars.items()}
    note = [f"({answer['note']})"] if answer.get("note") else []
    if wide:
        return ["\n".join([in_words(answer), *note]), *spans.values()]
    below = [f"  {name} {text}" for name, text in spans.items()] if answer["value"] is not None else []
    return ["\n".join([in_words(answer), *below, *note])]


def legend(document: Mapping[str, Any]) -> str:
    """How to read the ranges, and which error bar is missing."""
    rivals = "structural" in bars_of(document["answers"])
    lines = (f"{_LEGEND} {_STRUCTURE}",) if rivals else (_LEGEND, _NO_RIVALS)
    return "\n".join(textwrap.fill(line, columns()) for line in lines)


def closing(document: Mapping[str, Any], console: Console) -> None:
    """What it cost, where it is kept: for the person at the terminal."""
    count = len(document["arms"])
    parts = [f"{document['futures']:,} futures of {count} arm{'s' if count > 1 else ''}"]
    if document.get("elapsed_s") is not None:
        parts.append(f"{duration(document['elapsed_s'])} in all")
    if document.get("engine_s") is not None:
        parts.append(f"{duration(document['engine_s'])} of engine time")
    if document.get("peak_memory_mb"):
        parts.append(f"{document['peak_memory_mb']:.0f} MB at most")
    if document.get("failed"):
        parts.append(f"{document['failed']} futures failed")
    console.say("; ".join(parts))
    console.say(f"store: {document['store']}")
