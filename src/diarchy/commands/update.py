"""`diarchy update`: weigh theories and futures by what had been reported by a day."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.answers import show
from diarchy.commands.console import Console, Progress, speaking
from diarchy.commands.usage import Place, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diarchy.errors import Faults
    from diarchy.model import Model
    from diarchy.questions.question import Question
    from diarchy.scenario.given import Scenario
    from diarchy.updating.reports import Report
    from diarchy.updating.weighing import Day, Standing, Theory

SCHEMA = "diarchy/update/1"
#: Futures of each theory that are weighed, and that then go on to the end, when CASE is no store.
FUTURES, FORECASTS = 100, 100
#: Answers in a line of the table by day.
KEY_ANSWERS = 5
PROGRESS = ("auto", "plain", "json", "off")
#: Options that are settings of the run.
_SETTINGS = ("futures", "seed", "hypotheses")


@command()
@click.argument("case", metavar="CASE|STORE")
@click.option(
    "--observed",
    type=Place(),
    help="Table of reports; the case's reports.csv if not given.",
)
@click.option(
    "--until",
    metavar="DATE",
    help="Day of which the evening is asked for; that of the last report if not given.",
)
@click.option("--by-day", is_flag=True, help="Every day from the first report to --until.")
@click.option("--from", "since", metavar="DATE", help="First day of --by-day.")
@click.option("--ask", "wanted", metavar="A,B", help="Questions to answer; all if not given.")
@click.option(
    "-n",
    "--futures",
    type=click.IntRange(2),
    help=f"Futures of each theory to weigh; {FUTURES}, or a store's.",
)
@click.option(
    "--forecasts",
    type=click.IntRange(2),
    help=f"How many of these go on to the end; {FORECASTS}, or all of a store's.",
)
@click.option("--seed", type=click.IntRange(0), help="Key of all luck; the same seed gives the same numbers.")
@click.option("--hypotheses", metavar="A,B", help="Theories to weigh beside base, or none; all if not given.")
@click.option("--weights", metavar="A=2,B=1", help="Prior weights of hypotheses and base; 1 if not given.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Fix a parameter; may be repeated."
)
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("--progress", type=click.Choice(PROGRESS), default="auto", help="How to show progress.")
@speaking
def update(case: str, console: Console, **options: Any) -> int | None:
    """Weigh the futures and hypotheses of CASE by reports, each from the day on which it was made.

    CASE is what `diarchy run` takes, or a store, which is then run again from its own files, futures and
    seed, and whose next report shows the weights. A report that was taken back counts no more from that day
    on; nothing reported later counts.
    """
    from diarchy.commands.stored import add_to_report
    from diarchy.questions.vocabulary import vocabulary_of_model
    from diarchy.updating.reports import read_reports

    began = time.perf_counter()
    faults = console.faults
    reports: tuple[Report, ...] = ()
    with faults.trying():
        scenario, sizes = _scenario(case, options)
        model, questions, rivals = _asked(scenario, sizes)
        with faults.trying():
            design, theories = _laid_out(scenario, model, rivals, sizes, options)
        with faults.trying():
            path = options["observed"] or _own_reports(case, scenario)
            vocabulary = vocabulary_of_model(model)
            reports = read_reports(path, vocabulary, scenario.run.start, {q.id: q for q in questions})
        with faults.trying():
            asked = _wanted(questions, options["wanted"])
        with faults.trying():
            dates = _dates(reports, scenario.run.start, options)
    if faults:
        _look_further(case, options, faults)
    faults.raise_if_any()
    days = _days(model, design, theories, asked, reports, dates, options, console)
    document = _document(scenario, design, theories, reports, days, time.perf_counter() - began)
    if (Path(case) / "manifest.json").is_file():
        add_to_report(Path(case), document, console)
    if console.json:
        console.document(document)
    else:
        _show(document, bool(options["by_day"]), console)
    for line in days[-1].warnings:
        console.say(f"warning: {line}")
    later = [report.id for report in reports if report.report_date > dates[-1]]
    if later:
        console.say(f"not used, since reported after {dates[-1]}: {len(later)} reports")
    return None


def _own_reports(case: str, scenario: Scenario) -> Path:
    """The reports that a case, or a store of it, brings."""
    from diarchy.errors import Fault, ScenarioError
    from diarchy.updating.reports import FILE

    path = scenario.folder / FILE
    if not path.is_file():
        fault = Fault(f"brings no '{FILE}'", case, cure="name a table of reports with --observed")
        raise ScenarioError([fault])
    return path


def _scenario(case: str, options: dict[str, Any]) -> tuple[Scenario, dict[str, int]]:
    """The scenario of a case, or of a store with how many futures each of its arms had."""
    from diarchy.scenario.read import read

    place = Path(case)
    settings = {name: options[name] for name in _SETTINGS}
    given = _overrides(options)
    if not (place / "manifest.json").is_file():
        apart = (
            [] if any(text.startswith("run.repeats") for text in options["changes"]) else ["run.repeats=1"]
        )
        futures = [] if options["futures"] else [f"run.futures={FUTURES}"]
        return read(case, [*given, *futures, *apart]), {}
    from diarchy.ensemble.results import open_results

    attrs = open_results(place).attrs
    kept = place / "inputs" / "scenarios" / f"{str(attrs['scenario']).rpartition('/')[2]}.yaml"
    fixed = [f"{name}={value[0]:.17g}" for name, value in (attrs.get("set") or {}).items()]
    own = {
        "seed": attrs["seed"],
        "start": attrs["start"],
        "days": round(attrs["days"]),
        "futures": attrs["futures"],
    }
    missing = [f"run.{name}={value}" for name, value in own.items() if settings.get(name) is None]
    scenario = read(kept, [*fixed, *given, *missing])
    sizes = {} if options["futures"] else {str(k): int(v) for k, v in attrs["planned"].items()}
    return scenario, sizes


def _look_further(case: str, options: dict[str, Any], faults: Faults) -> None:
    """What else is wrong when something is: with the case as a whole, and with what needs no case."""
    from diarchy.commands.check import look_over_case
    from diarchy.scenario.files import MAX_TABLE_BYTES, read_text

    if not (Path(case) / "manifest.json").is_file():
        with faults.trying():
            look_over_case(case, overrides=_overrides(options))
    for key, name in (("until", "--until"), ("since", "--from")):
        _date(options[key], name, faults)
    if (path := options["observed"]) is not None:
        fault, _ = read_text(path, path.name, MAX_TABLE_BYTES)
        if fault:
            faults.add(fault, path.name)


def _overrides(options: dict[str, Any]) -> list[str]:
    """What the command line says of the run and of parameters, in the form of --set."""
    said = {name: options[name] for name in _SETTINGS}
    return [
        *options["changes"],
        *(f"run.{name}={value}" for name, value in said.items() if value is not None),
    ]


def _asked(scenario: Scenario, sizes: dict[str, int]) -> tuple[Model, tuple[Question, ...], list[str]]:
    """Model, questions, and the rival theories that are weighed."""
    from diarchy.questions.question import questions_of
    from diarchy.scenario.compose import wire

    settings = scenario.run
    rivals = [name for name in settings.hypotheses if not sizes or name in sizes]
    # All arms that a run has: the columns of the design are the parameters of any arm.
    model = wire(scenario, (*settings.arms, *rivals))
    return model, questions_of(scenario, model), rivals


def _laid_out(
    scenario: Scenario, model: Model, rivals: Sequence[str], sizes: dict[str, int], options: dict[str, Any]
) -> tuple[Any, list[Theory]]:
    """Design and theories."""
    from diarchy.ensemble.design import sample
    from diarchy.questions.structure import BASE, read_weights
    from diarchy.updating.weighing import Theory

    settings = scenario.run
    weights = {BASE: 1.0, **{name: scenario.hypotheses[name].weight for name in rivals}}
    if options["weights"]:
        weights = read_weights(options["weights"], weights)
    design = sample(model, settings.futures, settings.seed, settings.repeats, settings.design)
    theories = []
    for name, weight in weights.items():
        futures = sizes.get(name, settings.futures)
        theories.append(
            Theory(name, weight, futures, options["forecasts"] or (futures if sizes else FORECASTS))
        )
    return design, theories


def _dates(reports: Sequence[Report], start: dt.date, options: dict[str, Any]) -> list[dt.date]:
    """The days to work out, ascending."""
    from diarchy.errors import Faults, ScenarioError

    faults = Faults(ScenarioError)
    said = {
        name: _date(options[key], name, faults) for key, name in (("until", "--until"), ("since", "--from"))
    }
    until = said["--until"] or max((report.report_date for report in reports), default=start)
    since = said["--from"] or min((report.report_date for report in reports), default=start)
    if said["--until"] and until < start:
        faults.add(f"{until} is before the run starts ({start})", "--until")
    if said["--from"] and since > until:
        faults.add(f"{since} is after --until ({until})", "--from")
    faults.raise_if_any()
    if not options["by_day"]:
        return [until]
    first = min(max(since, start), until)
    return [first + dt.timedelta(days=n) for n in range((until - first).days + 1)]


def _date(text: str | None, where: str, faults: Faults) -> dt.date | None:
    """A date of the command line."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        faults.add(f"'{text[:40]}' is not a date", where, "YYYY-MM-DD")
        return None


def _wanted(questions: Sequence[Question], text: str | None) -> list[Question]:
    """The questions asked for, in the order asked."""
    from diarchy.errors import Faults, ResultsError, nearest

    known = {question.id: question for question in questions if not question.minus_arm}
    if text is None:
        return list(known.values())
    faults, names = Faults(ResultsError), [part.strip() for part in text.split(",")]
    differences = {question.id for question in questions if question.minus_arm}
    for name in names:
        if name in differences:
            what = f"question '{name}' compares two worlds, and reports are of one"
            faults.add(what, "--ask", cure="ask it of a run: `diarchy ask STORE`")
        elif name not in known:
            faults.add(f"no question '{name[:64]}'", "--ask", ", ".join(known), nearest(name, known))
    faults.raise_if_any()
    return [known[name] for name in names]


def _days(
    model: Model, design: Any, theories: list[Theory], asked: Sequence[Question], reports: Sequence[Report],
    dates: list[dt.date], options: dict[str, Any], console: Console,
) -> list[Day]:  # fmt: skip
    """Each day worked out."""
    from diarchy.ensemble.carry import Carrier
    from diarchy.ensemble.layout import lay_out
    from diarchy.ensemble.ledger import rate_and_left
    from diarchy.questions.question import records
    from diarchy.updating.weighing import Weighing

    needed = {state for report in reports for series in report.series() for state in series.states()}
    layout = lay_out(model, design, sorted({*records(asked), *needed}), design.runs[:1])
    kept = {name: column.dtype for name, column in layout.columns.items()}
    workers = options["workers"] or len(os.sched_getaffinity(0))
    with (
        Progress("off" if console.quiet else options["progress"]) as progress,
        Carrier(model, design.seed, kept, workers) as carrier,
    ):
        began = time.perf_counter()

        def told(done: int, total: int) -> None:
            progress(done, total, *rate_and_left(done, total, time.perf_counter() - began))

        return list(Weighing(design, theories, asked, carrier, told).days(reports, dates))


def _document(
    scenario: Scenario, design: Any, theories: Sequence[Theory], reports: Sequence[Report], days: list[Day],
    elapsed: float,
) -> dict[str, Any]:  # fmt: skip
    """The whole as JSON values."""
    last = days[-1]
    holders = {name: theory.holder for name, theory in scenario.hypotheses.items()}
    return {
        "schema": SCHEMA,
        "version": __version__,
        "case": scenario.case,
        "title": scenario.title,
        "scenario_sha256": scenario.sha256,
        "seed": design.seed,
        "start": scenario.run.start.isoformat(),
        "until": last.date.isoformat(),
        "futures": design.futures,
        "arms": ["posterior", *(theory.name for theory in theories)],
        "elapsed_s": round(elapsed, 3),
        "reports": {
            "believed": list(last.reports),
            "later": [report.id for report in reports if report.report_date > last.date],
        },
        "hypotheses": [_standing(one, holders.get(one.name, "")) for one in last.standings],
        "days": [_day(day) for day in days],
        "warnings": list(last.warnings),
        "answers": [answer.to_json() for answer in last.answers],
    }


def _standing(standing: Standing, holder: str) -> dict[str, Any]:
    """How a theory stands, and what each lot of reports did to it."""
    return {**vars(standing), "holder": holder, "log": [vars(step) for step in standing.log]}


def _day(day: Day) -> dict[str, Any]:
    """One day as JSON values."""
    from diarchy.updating.posterior import POSTERIOR

    return {
        "date": day.date.isoformat(),
        "believed": len(day.reports),
        "news": list(day.news),
        "retracted": list(day.gone),
        "weights": day.weights,
        "weight_ranges": day.weight_ranges,
        "bayes_factors": {one.name: one.bayes_factor for one in day.standings},
        "effective": {one.name: one.effective for one in day.standings},
        "answers": {a.id: a.to_json() for a in day.answers if a.arm == POSTERIOR},
        "warnings": list(day.warnings),
    }


def _show(document: dict[str, Any], by_day: bool, console: Console) -> None:
    """The tables for people."""
    from diarchy.questions.wording import number

    rows = [
        {
            "theory": one["name"],
            "holder": one["holder"],
            "prior": f"{100 * one['prior']:.0f} %",
            "weight": f"{100 * one['weight']:.0f} % ({_span(one['weight_range'])})",
            "Bayes factor": number(one["bayes_factor"]),
            "log evidence": f"{one['log_evidence']:.1f} ± {one['error']:.1f}",
            "futures in effect": f"{one['effective']:.0f}",
        }
        for one in document["hypotheses"]
    ]
    if by_day:
        _show_days(document, console)
    told = f"{len(document['reports']['believed'])} reports believed on {document['until']}"
    console.table(f"{document['case']}: theories by {told}", rows, wrap=("holder",))
    console.data("")
    show(document, console, ["posterior"])


def _span(ends: Sequence[float]) -> str:
    """The range of a weight, in percent."""
    return "{:.0f}-{:.0f}".format(*(100 * end for end in ends))


def _show_days(document: dict[str, Any], console: Console) -> None:
    """A line a day: theories' weights in percent, and the first answers."""
    from diarchy.questions.wording import in_words

    rows = []
    for day in document["days"]:
        first = list(day["answers"].values())[:KEY_ANSWERS]
        news = f"{len(day['news'])}" + (f", {len(day['retracted'])} back" if day["retracted"] else "")
        rows.append(
            {
                "day": day["date"][5:],
                "news": news,
                **{
                    name: f"{100 * weight:.0f}\n{_span(day['weight_ranges'][name])}"
                    for name, weight in day["weights"].items()
                },
                **{a["id"]: in_words(a).removesuffix(" futures").removeprefix("about ") for a in first},
            }
        )
    console.table(f"{document['case']}: weights in percent and answers by day", rows)
    console.data("")
