"""`diarchy ask`: answers from a store, without running again."""

from __future__ import annotations

from pathlib import Path

import click

from diarchy.commands import answers
from diarchy.commands.console import FUTURES_FAILED, Console, speaking
from diarchy.commands.usage import Place, command


@command()
@click.argument("store", type=Place())
@click.argument("questions", nargs=-1, metavar="[QUESTION]...")
@click.option("--arms", metavar="A,B", help="Arms to answer for; base if not given, all of them with --json.")
@click.option("--weights", metavar="A=2,B=1", help="Weights of hypotheses and base in the structure bar.")
@speaking
def ask(
    store: Path, questions: tuple[str, ...], arms: str | None, weights: str | None, console: Console
) -> int | None:
    """Answer from STORE: all its questions, or those named."""
    from diarchy.ensemble.results import open_results
    from diarchy.questions.ask import answered, hypothesis_weights, put
    from diarchy.questions.structure import read_weights

    chosen, weighed = [arm.strip() for arm in arms.split(",")] if arms else None, None
    with console.faults.trying():
        results = open_results(store)
        with console.faults.trying():
            weighed = read_weights(weights, hypothesis_weights(results)) if weights else None
        asked = put(results, questions or None, chosen)
    console.faults.raise_if_any()
    found = answered(results, asked, weighed)
    document = answers.document_of(results, found)
    if console.json:
        console.document(document)
    else:
        answers.show(document, console, chosen or ())
    if document["failed"]:
        console.say(f"{document['failed']} futures left the bounds of a state and are not counted")
        return FUTURES_FAILED
    console.then(f"diarchy compare {store} OTHER", "what other assumptions change")
    return None
