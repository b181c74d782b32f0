"""`diarchy why`: what an answer hangs on, how well that is known, and what to look for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, Progress, speaking
from diarchy.commands.usage import Place, command
from diarchy.errors import DiarchyError

if TYPE_CHECKING:
    from diarchy.ensemble.results import Results
    from diarchy.questions.ask import Asked
    from diarchy.questions.question import Question
    from diarchy.scenario.claims import Dossier

SCHEMA = "diarchy/why/1"
#: The folder inside a store that holds its worlds without one thing.
ABLATION = "ablation"
#: Futures of each of those worlds, when not told otherwise: a paired difference of 3 in 100 is clear.
FUTURES = 200
#: Signals that the document lists at most.
MOST_SIGNALS = 200


@command()
@click.argument("store", type=Place())
@click.argument("question")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Rows of each table.")
@click.option("--arm", default="base", help="World whose answer is explained.")
@click.option(
    "--ablate", is_flag=True, help="Run worlds without each mechanism and lever; they are kept in the store."
)
@click.option("-n", "--futures", type=click.IntRange(8), default=FUTURES, show_default=True,
              help="Futures of each world that --ablate runs.")  # fmt: skip
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("--progress", type=click.Choice(("auto", "plain", "json", "off")), default="auto")
@speaking
def why(store: Path, question: str, console: Console, **options: Any) -> None:
    """Say what the answer to QUESTION in STORE hangs on.

    The assumptions that move it, by the share of its variance that each explains; where better evidence would
    help most; what each mechanism and lever is worth; and what to look for, by date, to know sooner. The
    next report of STORE shows it too.
    """
    from diarchy.commands.stored import add_to_report
    from diarchy.commands.why_tables import show
    from diarchy.ensemble.results import open_results
    from diarchy.questions.ask import ask, put

    arm = options["arm"]
    with console.faults.trying():
        results = open_results(store)
        asked = put(results, [question], [arm])
    console.faults.raise_if_any()
    (answer,) = ask(results, [question], [arm]) or (None,)
    (one,) = asked.questions
    dossier, unread = _dossier(store, results)
    if options["ablate"]:
        _ablate(store, results, dossier, unread, options, console)
    document = {
        "schema": SCHEMA,
        "version": __version__,
        **{name: results.attrs.get(name, "") for name in ("case", "scenario_sha256")},
        "seed": results.attrs["seed"],
        "store": str(store),
        "question": one.id,
        "text": one.text,
        "arm": arm,
        "unit": one.unit,
        "answer": answer.to_json() if answer else None,
        "drivers": _drivers(results, asked, one, arm, dossier, unread),
        "ablation": _ablation(store, results, one, arm, dossier),
        "signals": _signals(results, asked, one, arm),
    }
    if arm == "base":  # a report explains the answers of the base
        add_to_report(store, document, console)
    if console.json:
        console.document(document)
        return
    show(document, options["top"], console)
    _say_next(document, console)


def _say_next(document: Mapping[str, Any], console: Console) -> None:
    """Name the command that goes on from what was shown."""
    store, case = document["store"], document["case"] or "CASE"
    if document["ablation"]["worlds"] and (Path(store) / ABLATION).exists():
        console.then(f"diarchy evidence {case}", "who claims what")
    else:
        again = f"diarchy why {store} {document['question']} --ablate"
        console.then(again, "what each mechanism and lever is worth")


def _dossier(store: Path, results: Results) -> tuple[Dossier | None, str]:
    """The case that the store was run from, or why it cannot be read."""
    from diarchy.commands.stored import dossier_of

    try:
        return dossier_of(store, results.attrs), ""
    except DiarchyError as error:
        return None, "; ".join(str(fault) for fault in error.faults[:3])


def _drivers(results: Results, asked: Asked, question: Question, arm: str, dossier: Dossier | None,
             unread: str) -> dict[str, Any]:  # fmt: skip
    """The parameters by influence, each with its evidence."""
    from diarchy.questions.drivers import find_drivers

    outcome = asked.outcomes.get((question.id, arm))
    if outcome is None or outcome.why or not outcome.counted.any():
        reason = outcome.why if outcome and outcome.why else "no future counts"
        return {"why": reason, "parameters": [], "evidence_why": unread}
    use, place = outcome.counted, results.arms.index(arm)
    values = results.data["parameters"].isel(arm=place).values[use]
    names = [str(name) for name in results.data["parameter"].values]
    columns = {name: values[:, j] for j, name in enumerate(names)}
    found = find_drivers(outcome.value[use], asked.draw[use], columns, int(results.attrs["seed"]))
    grades = _grades(dossier, arm)
    return {
        "why": found.why,
        "draws": found.draws,
        "floor": found.floor,
        "explained": found.explained,
        "explained_error": found.explained_error,
        "variance": {"between_draws": found.between, "luck": found.within},
        "evidence_why": unread,
        "parameters": [{**_plain(i), **grades.get(i.parameter, {})} for i in found.influences],
    }


def _plain(influence: Any) -> dict[str, Any]:
    """An influence as JSON values."""
    return {**vars(influence), "interval": list(influence.interval)}


def _grades(dossier: Dossier | None, arm: str) -> dict[str, dict[str, Any]]:
    """What is known of the evidence of each parameter."""
    from diarchy.scenario.compose import wire
    from diarchy.scenario.grades import grade_parameters

    if dossier is None:
        return {}
    try:
        grades = grade_parameters(dossier, wire(dossier.scenario, [arm]).arms[arm])
    except DiarchyError:  # mechanisms have moved on since the store was made
        return {}
    return {
        name: {**vars(g), "claims": list(g.claims), "disputed": list(g.disputed)}
        for name, g in grades.items()
    }


def _ablate(store: Path, results: Results, dossier: Dossier | None, unread: str, options: Mapping[str, Any],
            console: Console) -> None:  # fmt: skip
    """Run the worlds that lack one thing, unless the store has as many futures of them already."""
    from diarchy.ensemble.design import sample
    from diarchy.ensemble.results import open_results
    from diarchy.ensemble.run import run as run_ensemble
    from diarchy.errors import Fault, ResultsError
    from diarchy.questions.ablation import add_worlds_without
    from diarchy.scenario.compose import wire

    if dossier is None:
        raise ResultsError([Fault(f"worlds cannot be made of it: {unread}", str(store))])
    folder = store / ABLATION
    if folder.exists() and open_results(folder).data.sizes["run"] >= options["futures"]:
        console.say(f"the worlds are in {folder} already")
        return
    scenario, refused = add_worlds_without(dossier.scenario)
    for name, reason in refused.items():
        console.say(f"{name} is left out: {reason}")
    settings = scenario.run
    model = wire(scenario, list(scenario.variants))
    design = sample(model, options["futures"], int(results.attrs["seed"]), settings.repeats, settings.design)
    with Progress("off" if console.quiet else options["progress"]) as progress:
        run_ensemble(
            model,
            design,
            folder,
            sorted(results.attrs["states"]),
            options["workers"] or 0,
            force=True,
            progress=progress,
            notify=console.say,
            provenance={
                "summaries": {name: v.summary for name, v in scenario.variants.items()},
                "case": scenario.case,
                "scenario_sha256": scenario.sha256,
            },
            questions=results.questions,
        )


def _ablation(
    store: Path, results: Results, question: Question, arm: str, dossier: Dossier | None
) -> dict[str, Any]:
    """What each world that lacks something does: those of --ablate, else the arms of the store."""
    from diarchy.ensemble.results import open_results
    from diarchy.questions.ablation import effects, worlds_of
    from diarchy.questions.ask import put

    if question.minus_arm or arm != "base":
        why = "a difference of two worlds" if question.minus_arm else f"of '{arm}', not of base"
        return {"futures": 0, "worlds": [], "why": f"the answer is {why}; ask it of base"}
    kept = (store / ABLATION).exists()
    at = open_results(store / ABLATION) if kept else results
    worlds = worlds_of(at.arms, at.attrs.get("hypotheses") or {})
    if not worlds:
        return {"futures": 0, "worlds": [], "why": "no world without something was run"}
    summaries = dict(at.attrs.get("summaries") or {})
    if dossier is not None:
        summaries = {name: v.summary for name, v in dossier.scenario.variants.items()} | summaries
    told = effects(put(at, [question.id], ["base", *worlds]), question, worlds, summaries)
    plain = [{**vars(e), "interval": list(e.interval) if e.interval else None} for e in told]
    return {"futures": int(at.data.sizes["run"]), "worlds": plain, "why": ""}


def _signals(results: Results, asked: Asked, question: Question, arm: str) -> dict[str, Any]:
    """What to look for: between rival theories where they were run, else between the answers."""
    from diarchy.questions.ask import hypothesis_weights, put
    from diarchy.questions.signals import find_signals, rival_answers, rival_theories
    from diarchy.questions.vocabulary import vocabulary_of_results

    vocabulary, seed = vocabulary_of_results(results), int(results.attrs["seed"])
    every = put(results, None, [arm]).questions
    told: dict[str, Any] = {"start": results.attrs.get("start")}
    outcome = asked.outcomes.get((question.id, arm))
    if outcome is not None and not outcome.why and len(set(outcome.value[outcome.counted])) > 1:
        rivals = rival_answers(outcome, arm, question.chance is not None and not question.minus_arm)
        others = [q for q in every if q.id != question.id]
        found = (
            find_signals(results, vocabulary, others, rivals, seed) if min(rivals.prior.values()) > 0 else []
        )
        told["answers"] = {"prior": dict(rivals.prior), "signals": [vars(s) for s in found[:MOST_SIGNALS]]}
    weights = hypothesis_weights(results)
    if len(weights) > 1:
        rivals = rival_theories(results, weights)
        found = find_signals(results, vocabulary, every, rivals, seed)
        told["theories"] = {"prior": dict(rivals.prior), "signals": [vars(s) for s in found[:MOST_SIGNALS]]}
    return told
