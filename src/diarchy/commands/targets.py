"""`diarchy coverage`: are the observed numbers of a case inside the bands of its futures?"""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import INTERRUPTED, Console, Progress, speaking
from diarchy.commands.usage import Place, command
from diarchy.questions.wording import number

if TYPE_CHECKING:
    from diarchy.calibration.coverage import Band, Covered
    from diarchy.calibration.targets import Targets
    from diarchy.ensemble.results import Results
    from diarchy.scenario.given import Scenario

FUTURES = 400
PROGRESS = ("auto", "plain", "json", "off")


@command()
@click.argument("case")
@click.option("-n", "--futures", type=click.IntRange(1), default=FUTURES, show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Key of all luck; the same seed gives the same numbers.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Fix a parameter; may be repeated."
)
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("-o", "--out", type=Place(), help="Keep the store in this folder.")
@click.option("--store", type=Place(), help="Take the futures of a store kept before.")
@click.option("--progress", type=click.Choice(PROGRESS), default="auto", help="How to show progress.")
@speaking
def coverage(case: str, console: Console, **options: Any) -> int | None:
    """Compare futures of CASE with what was observed: the targets of its targets.yaml.

    For each target: the central 90 % of what the futures say would have been reported, over all futures and
    over those with a mass wave, and whether the observed number lies inside.
    """
    from diarchy.calibration import coverage as covering
    from diarchy.ensemble.results import open_results
    from diarchy.ensemble.store import check_free
    from diarchy.scenario.compose import wire
    from diarchy.scenario.read import read

    set_run = {"arms": "base", "futures": options["futures"], "seed": options["seed"]}
    changes = [f"run.{key}={value}" for key, value in set_run.items() if value is not None]
    with console.faults.trying():
        scenario = read(case, [*options["changes"], *changes])
        wire(scenario, ["base"])
    with console.faults.trying():
        if options["store"]:
            open_results(options["store"])
    with console.faults.trying():
        if options["out"] and not options["store"]:
            check_free(options["out"])
    console.faults.raise_if_any()
    with tempfile.TemporaryDirectory(prefix="diarchy-coverage-") as folder:
        results, targets = _futures(scenario, options, Path(folder) / "store", console)
        if results.interrupted and not results.finished().any():
            console.say("interrupted before a future was finished")
            return INTERRUPTED
        covered = covering.coverage(results, targets)
        document = _document(scenario, results, targets, covered)
    if console.json:
        console.document(document)
    else:
        _show(covered, document, console)
    return INTERRUPTED if document["interrupted"] else None


def _futures(
    scenario: Scenario, options: dict[str, Any], place: Path, console: Console
) -> tuple[Results, Targets]:
    """Results that hold what the targets need, run or opened, and the targets."""
    from diarchy.calibration.targets import read_targets
    from diarchy.errors import Faults, ScenarioError
    from diarchy.questions.vocabulary import vocabulary_of_model, vocabulary_of_results
    from diarchy.scenario.files import CaseFolder

    folder = CaseFolder(scenario.folder, Faults(ScenarioError))
    if options["store"]:
        from diarchy.ensemble.results import open_results

        results = open_results(options["store"])
        start = dt.date.fromisoformat(str(results.attrs["start"])[:10])
        return results, read_targets(folder, vocabulary_of_results(results), start, scenario.sources)
    from diarchy.scenario.compose import wire

    model = wire(scenario)
    targets = read_targets(folder, vocabulary_of_model(model), scenario.run.start, scenario.sources)
    return _run(scenario, model, targets, options, place, console), targets


def _run(
    scenario: Scenario, model: Any, targets: Targets, options: dict[str, Any], place: Path, console: Console
) -> Results:
    """Run the base world, recording what the targets need."""
    from diarchy.ensemble.design import sample
    from diarchy.ensemble.run import run

    settings = scenario.run
    design = sample(model, settings.futures, settings.seed, settings.repeats, settings.design)
    told = {"case": scenario.case, "scenario": scenario.name, "title": scenario.title,
            "scenario_sha256": scenario.sha256}  # fmt: skip
    record = sorted({state for series in targets.series() for state in series.states()})
    with Progress("off" if console.quiet else options["progress"]) as progress:
        return run(model, design, options["out"] or place, record, options["workers"] or 0, progress=progress,
                   notify=console.say, provenance=told, questions={}, inputs=scenario.files)  # fmt: skip


def _document(
    scenario: Scenario, results: Results, targets: Targets, covered: tuple[Covered, ...]
) -> dict[str, Any]:
    """The comparison as JSON values."""
    from diarchy.calibration import coverage as covering

    counts = {which: covering.summary(covered, which) for which in ("all", "given")}
    return {
        "schema": covering.SCHEMA,
        "version": __version__,
        "case": scenario.case,
        "start": str(results.attrs["start"])[:10],
        "seed": results.attrs["seed"],
        "futures": int(results.usable().sum()),
        "interrupted": results.interrupted,
        "level": covering.LEVEL,
        "retracted": [t.id for t in targets.targets if t.retracted_on is not None],
        "summary": {which: {**vars(count), "share": count.share} for which, count in counts.items()},
        "targets": [c.to_json() for c in covered],
    }


def _show(covered: tuple[Covered, ...], document: dict[str, Any], console: Console) -> None:
    """The comparison as a table."""
    start = dt.date.fromisoformat(document["start"])
    rows = [
        {
            "target": c.target.text,
            "observed": _told(c.target.observed, c.target.rule.unit, start),
            "all_futures": _span(c.all, c.target.rule.unit, start),
            "inside": c.all.inside if c.all else None,
            "with_a_wave": _span(c.given, c.target.rule.unit, start),
            "inside_": c.given.inside if c.given else None,
            "rank": f"{c.given.rank:.2f}" if c.given else None,
        }
        for c in covered
    ]
    console.table(f"{document['case']}: observed, and the central 90 % of futures", rows, wrap=("target",))
    for which, words in (("all", "all futures"), ("given", "futures with a wave")):
        count = document["summary"][which]
        console.data(
            f"{words}: {count['inside']} of {count['targets']} inside ({100 * count['share']:.0f} %)"
        )
    if document["retracted"]:
        console.say(f"not counted, since it was taken back: {', '.join(document['retracted'])}")


def _told(value: float, unit: str, start: dt.date) -> str:
    """A number; a day as month and day, never for what did not happen."""
    if math.isinf(value):
        return "never"
    return f"{start + dt.timedelta(days=math.floor(value)):%m-%d}" if unit == "day" else number(value)


def _span(band: Band | None, unit: str, start: dt.date) -> str:
    """The ends of a band."""
    if band is None:
        return "too few"
    return f"{_told(band.low, unit, start)} to {_told(band.high, unit, start)}"
