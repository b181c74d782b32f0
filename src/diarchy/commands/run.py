"""`diarchy run`: from a case to its answers, with everything kept in a store."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy.commands import answers, precision, report
from diarchy.commands.again import read_again
from diarchy.commands.check import look_over_case
from diarchy.commands.console import FUTURES_FAILED, INTERRUPTED, Console, FuturesFailed, Progress, speaking
from diarchy.commands.listing import RESULTS
from diarchy.commands.usage import Place, Said, Share, command
from diarchy.errors import ResultsError

if TYPE_CHECKING:
    from diarchy.ensemble.results import Results
    from diarchy.model import Model
    from diarchy.report.seen import Looked
    from diarchy.scenario.given import Scenario

PROGRESS = ("auto", "plain", "json", "off")


@command()
@click.argument("case", required=False)
@click.option("-n", "--futures", type=click.IntRange(1), help="Futures of each arm.")
@click.option("--seed", type=click.IntRange(0), help="Key of all luck; the same seed gives the same numbers.")
@click.option("--days", type=click.IntRange(1), help="Horizon in days.")
@click.option("--start", metavar="DATE", help="First day, as 2022-01-05.")
@click.option("--arms", metavar="A,B", help="Worlds to run beside base, separated by commas.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Fix a parameter in every arm, such as crowd.pool=3%; may be repeated.",
)
@click.option("--hypotheses", metavar="A,B", help="Rival theories to run too, or none; all if not given.")
@click.option("--weights", metavar="A=2,B=1", help="Prior weights of hypotheses and base; 1 if not given.")
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("--dask", metavar="ADDRESS", help="Compute on a Dask scheduler; local for Dask workers here.")
@click.option("-o", "--out", type=Place(), help="Folder of the store; results/CASE if not given.")
@click.option("--force", is_flag=True, help="Replace a store that is there.")
@click.option(
    "--resume",
    is_flag=True,
    help="Finish what is missing or damaged in the store --out; needs no CASE.",
)
@click.option(
    "--branch",
    type=Place(),
    metavar="STORE",
    help="Continue its futures in other --arms.",
)
@click.option("--at", metavar="DATE", help="With --branch: the day at whose start the arms part.")
@click.option(
    "--only",
    type=click.IntRange(0),
    multiple=True,
    metavar="RUN",
    help="Run only this future; may be repeated.",
)
@click.option(
    "--block", type=click.IntRange(1), help="Futures in a job; changes the time taken, never a number."
)
@click.option(
    "--until-ci",
    type=Share(),
    metavar="WIDTH",
    help="More futures until every probability's 90 % Monte Carlo interval is as narrow.",
)
@click.option("--progress", type=click.Choice(PROGRESS), default="auto", help="How to show progress.")
@speaking
def run(case: str | None, console: Console, **options: Any) -> int | None:
    """Run futures of CASE and print its answers.

    CASE is the name of an installed case (see `diarchy list`), a folder with a case.yaml, or a scenario's
    YAML file. Results go to a store from which `diarchy ask` answers again. Ctrl-C once finishes what is
    under way and saves; twice stops now. A run that ended in any way is finished with --resume.
    """
    began = time.perf_counter()
    scenario, options, weights = _understood(case, options, console.faults)
    while True:
        model, results = _run(scenario, weights, options, console)
        if results.interrupted and not results.finished().any():
            console.say("interrupted before a future was finished")
            return INTERRUPTED
        if _only_looked_at(options) and (document := answers.still(results.path)) is not None:
            _tell(document, console)
            return _ending(results, document, console, "")
        looked = _look_over(results)
        found = looked.answers()
        if (futures := precision.more(results, found, options["until_ci"])) is None:
            break
        console.say(f"an interval is {precision.widest(found)[0]:.3f} wide: on to {futures} futures")
        scenario, options = _read(None, precision.go_on(options, results, futures))
    document = answers.document_of(results, found, time.perf_counter() - began)
    answers.keep(results.path, document, console)
    _tell(document, console)
    if (written := report.add(looked, document, scenario, model.worlds, console)) is not None:
        console.say(f"report: {written}")
    if document["arms"][1:]:
        console.say(f"other arms: {', '.join(document['arms'][1:])} (diarchy ask {results.path} --arms NAME)")
    return _ending(results, document, console, precision.missed(found, options["until_ci"]))


def _only_looked_at(options: dict[str, Any]) -> bool:
    """Whether a store is resumed as it stands: if nothing is missing, it keeps its answers."""
    given = ("weights", "until_ci", "only")
    return options["resume"] and not _overrides(options) and not any(options[name] for name in given)


def _tell(document: dict[str, Any], console: Console) -> None:
    """The answers, and what they took."""
    if console.json:
        console.document(document)
    else:
        answers.show(document, console)
    answers.closing(document, console)


def _understood(
    case: str | None, options: dict[str, Any], faults: Said
) -> tuple[Scenario, dict[str, Any], dict[str, float]]:
    """The scenario to run, the options and the weights; or all that is wrong with them and with the case."""
    from diarchy.ensemble.store import check_free
    from diarchy.scenario.find import parse_overrides

    asked: dict[str, Any] = dict(options)
    overrides, weights = _overrides(options), {}
    with faults.trying():
        scenario, options = _read(case, options)
        with faults.trying():
            weights = _weights(scenario, options["weights"])
        with faults.trying():
            _check_only(options["only"], scenario.run.futures)
        _model(scenario)
    if asked["out"] is not None and not asked["resume"]:
        with faults.trying():
            check_free(asked["out"], asked["force"])
    if faults and (case is None or asked["branch"] is not None):
        parse_overrides(overrides, faults)
    elif faults:
        with faults.trying():
            look_over_case(str(case), overrides=overrides)
    faults.raise_if_any()
    return scenario, options, weights


def _check_only(runs: tuple[int, ...], futures: int) -> None:
    """Refuse futures that the run does not have."""
    from diarchy.errors import DesignError, Fault

    if outside := [run for run in runs or () if run >= futures]:
        allowed = f"0 to {futures - 1}"
        raise DesignError([Fault(f"no run {run} in this design", "--only", allowed) for run in outside])


def _read(case: str | None, options: dict[str, Any]) -> tuple[Scenario, dict[str, Any]]:
    """The scenario to run, and the options with what a store to finish was run with."""
    from diarchy.ensemble.store import is_store
    from diarchy.scenario.read import read

    overrides = _overrides(options)
    options |= {"switch": 0, "origin": options["branch"]}
    if options["resume"] and case is not None and options["out"] is None:
        options["out"] = RESULTS / Path(case).name
    _check_together(case, options)
    if options["branch"] is not None:
        return _branch(case, overrides, options)
    if options["resume"] and (case is None or is_store(options["out"])):
        scenario, said = read_again(options["out"], overrides, case)
        named = {text.partition("=")[0]: text for text in (*said.get("overrides", ()), *overrides)}
        kept = {"only": options["only"] or said.get("only"), "overrides": list(named.values())}
        switch = max(said.get("switched", {}).values(), default=0)
        return scenario, {**options, **kept, "switch": switch, "origin": _origin(options["out"], said)}
    assert case is not None  # checked above
    return read(case, overrides), {**options, "overrides": overrides}


def _origin(out: Path, said: dict[str, Any]) -> Path | None:
    """The store that a branch continues; named as seen from the branch's, so that both can be moved."""
    branched = said.get("branched_from")
    return None if branched is None else Path(os.path.normpath(out.resolve() / branched))


def _check_together(case: str | None, options: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    branch = options["branch"] is not None
    resume, wrong = options["resume"], []
    if branch != (options["at"] is not None) or (branch and resume):
        wrong.append("--branch STORE and --at DATE go together, and without --resume.")
    if options["until_ci"] and (branch or options["only"]):
        wrong.append("--until-ci adds futures: it goes without --branch and --only.")
    if resume and options["force"]:
        wrong.append("--resume finishes a store and --force replaces it: choose one.")
    if resume and options["out"] is None:
        wrong.append("--resume takes the store to finish: --out STORE.")
    if case is None and not branch and not resume:
        wrong.append("Missing argument 'CASE': `diarchy list cases` shows what is installed.")
    if wrong:
        raise click.UsageError(" ".join(wrong))


def _branch(
    case: str | None, overrides: list[str], options: dict[str, Any]
) -> tuple[Scenario, dict[str, Any]]:
    """The scenario of the store that is continued, under other arms, and the step at which they part."""
    from diarchy.errors import DesignError, Fault

    overrides = [*overrides, "run.hypotheses=none"]
    scenario, said = read_again(options["branch"], overrides, case)
    try:
        days = (dt.date.fromisoformat(options["at"]) - scenario.run.start).days
    except ValueError:
        days = 0
    if not 0 < days < scenario.run.days:
        last = scenario.run.start + dt.timedelta(days=scenario.run.days - 1)
        allowed = f"{scenario.run.start + dt.timedelta(days=1)} to {last}"
        raise DesignError([Fault(f"arms cannot part at '{options['at']}'", "--at", allowed)])
    kept = {"only": said.get("only"), "switch": round(days / scenario.run.step)}
    named = {text.partition("=")[0]: text for text in (*said.get("overrides", ()), *overrides)}
    return scenario, {**options, **kept, "overrides": list(named.values())}


def _overrides(options: dict[str, Any]) -> list[str]:
    """What the command line says, in the form of --set."""
    settings = {name: options[name] for name in ("futures", "seed", "days", "start", "arms", "hypotheses")}
    return [
        *options["changes"],
        *(f"run.{name}={value}" for name, value in settings.items() if value is not None),
    ]


def _weights(scenario: Scenario, text: str | None) -> dict[str, float]:
    """Prior weight of base and of each hypothesis that is run; empty when none is."""
    from diarchy.questions.structure import BASE, read_weights

    named = scenario.run.hypotheses
    weights = {BASE: 1.0, **{name: scenario.hypotheses[name].weight for name in named}} if named else {}
    return read_weights(text, weights) if text else weights


def _run(
    scenario: Scenario, weights: dict[str, float], options: dict[str, Any], console: Console
) -> tuple[Model, Results]:
    """Wire, sample and run."""
    from diarchy.ensemble.design import sample
    from diarchy.ensemble.run import run as run_ensemble
    from diarchy.ensemble.twins import with_copies
    from diarchy.questions.question import questions_of, records
    from diarchy.scenario.claims import tables_beside

    settings = scenario.run
    model = with_copies(_model(scenario))
    questions = questions_of(scenario, model)
    design = sample(model, settings.futures, settings.seed, settings.repeats, settings.design)
    console.details(model.notes)
    out = options["out"] or _free(RESULTS / scenario.case, options["force"])
    with Progress("off" if console.quiet else options["progress"]) as progress:
        results = run_ensemble(
            model,
            design,
            out,
            (*records(questions), *scenario.keep),
            options["workers"] or 0,
            block=options["block"],
            only=options["only"] or None,
            planned={} if options["only"] else _planned(scenario, model),
            beside=records(question for question in questions if question.minus_arm),
            force=options["force"],
            resume=options["resume"],
            dask=options["dask"],
            switch=options["switch"],
            origin=options["origin"],
            progress=progress,
            notify=console.say,
            provenance=_provenance(scenario, model, weights, {**options, "out": out}),
            questions={key: dict(spec.raw) for key, spec in scenario.questions.items()},
            inputs={**scenario.files, **tables_beside(scenario.folder)},
        )
    return model, results


def _model(scenario: Scenario) -> Model:
    """The model of all worlds that are run."""
    from diarchy.scenario.compose import wire

    return wire(scenario, (*scenario.run.arms, *scenario.run.hypotheses, *scenario.beside()))


def _planned(scenario: Scenario, model: Model) -> dict[str, int]:
    """How many of the first futures rival theories, and what stands beside them, take."""
    from diarchy.model import is_beside

    futures = scenario.run.futures
    beside = {name: scenario.run.part(futures) for name in model.arms if is_beside(name)}
    return scenario.run.planned(futures) | beside


def _provenance(
    scenario: Scenario, model: Model, weights: dict[str, float], options: dict[str, Any]
) -> dict[str, Any]:
    """What a store says of where it comes from."""
    from diarchy.describe import assumptions

    branched = {}
    if options["origin"]:
        branched = {"branched_from": os.path.relpath(options["origin"].resolve(), options["out"].resolve())}
    return {
        "assumptions": assumptions(model.worlds),
        "case": scenario.case,
        "scenario": scenario.name,
        "title": scenario.title,
        "scenario_sha256": scenario.sha256,
        "evidence": sorted(scenario.sources),
        "hypotheses": {name: _theory(scenario, name, weight) for name, weight in weights.items()},
        "set": {name: list(prior.numbers) for name, prior in scenario.from_command_line.priors.items()},
        "overrides": options["overrides"],
        "only": options["only"],
        **branched,
    }


def _theory(scenario: Scenario, name: str, weight: float) -> dict[str, Any]:
    """What a store says of one theory."""
    theory = scenario.hypotheses.get(name)
    return {
        "weight": weight,
        "holder": theory.holder if theory else "",
        "summary": theory.summary if theory else "the case as it stands",
    }


def _free(folder: Path, force: bool) -> Path:
    """The default folder, or the next free one with a number, so that a command can be repeated."""
    if force or not folder.exists():
        return folder
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(path for path in numbered if not path.exists())


def _look_over(results: Results) -> Looked:
    """What answers and report are made of; too many failed futures are no fault of the input."""
    from diarchy.report.seen import look_over

    try:
        return look_over(results)
    except ResultsError as error:
        if results.attrs.get("failed"):
            raise FuturesFailed(error.faults) from error
        raise


def _ending(results: Results, document: dict[str, Any], console: Console, missed: str) -> int | None:
    """The next command, and the exit code."""
    if results.interrupted:
        console.say("interrupted: the answers are of the futures that were finished")
        return INTERRUPTED
    if document["failed"]:
        console.say(f"{document['failed']} futures left the bounds of a state and are not counted")
        return FUTURES_FAILED
    if missed:
        console.say(missed)
        return FUTURES_FAILED
    console.then(f"diarchy report {results.path} --open", "look at the answers")
    return None
