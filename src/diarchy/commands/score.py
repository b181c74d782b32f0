"""`diarchy score`: how well past crises are forecast, beside base rates and a logistic regression."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import INTERRUPTED, Console, duration, speaking
from diarchy.commands.listing import RESULTS
from diarchy.commands.usage import MOST_FUTURES, Place, command
from diarchy.places import why_unwritable

if TYPE_CHECKING:
    from diarchy.calibration.library import Library, Onset
    from diarchy.calibration.score import Score

#: Of so few cases the forecasts are shown beside each other; of more they are in --json.
FEW_CASES = 6
#: [s] A case that took less was not run, but found in the folder of kept answers.
_FOUND = 0.05
#: In the head of a table of fitted parameters: the command that made it, with the cases it has not seen.
_LEFT_OUT = re.compile(r"--leave-out (\S+)")


@command()
@click.option("--cases", type=Place(), metavar="FILE", help="Score the crises of a CSV file instead.")
@click.option(
    "-n",
    "--futures",
    type=click.IntRange(1, MOST_FUTURES),
    help="Futures of each forecast; 200 if not given.",
)
@click.option(
    "--draws",
    type=click.IntRange(2, MOST_FUTURES),
    help="Draws of each case for the fits; 512 if not given. Not for --cases.",
)
@click.option("--work", type=Place(), help="Folder of what is kept; in results/score if not given.")
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@speaking
def score(console: Console, cases: Path | None, **options: Any) -> int | None:
    """Score forecasts of past crises against what came of them.

    Without --cases: every crisis of the library, each forecast with parameters fitted on all others. With
    --cases: the crises of a file, under the fitted parameters that ship; docs/concepts/library.md has its
    columns. What is simulated is kept; after Ctrl-C, the same command goes on from there.
    """
    began = time.perf_counter()
    from diarchy.calibration.library import read_library
    from diarchy.calibration.survival import science

    library, strangers = read_library(), None
    with console.faults.trying():
        strangers = read_library(cases) if cases is not None else None
    with console.faults.trying():
        science("sklearn.linear_model")  # a lack of it is told before the work, not after
    work = workplace(library, options["work"], console)
    try:
        if strangers is None:
            document = _leave_one_out(library, work, options, console)
        else:
            document = _cases(library, strangers, work, options, console)
    except KeyboardInterrupt:
        return interrupted(work, console)
    document["elapsed_s"] = round(time.perf_counter() - began, 1)
    if console.json:
        console.document(document)
    else:
        _show(document, console)
    return None


def workplace(library: Library, folder: Path | None, console: Console) -> Path:
    """The folder in which answers are kept, and said where it is; the last thing before the work.

    Raises
    ------
    DiarchyError : it cannot be had; with all that has been found wrong before.
    """
    from diarchy.calibration.kept import claim, fingerprint

    made_by = fingerprint(library.onsets)
    work = folder if folder is not None else RESULTS / "score" / made_by
    if why := why_unwritable(work):
        console.faults.add(f"cannot keep answers: {why}", str(work), cure="name another with --work")
    console.faults.raise_if_any()
    if not claim(work, made_by):
        console.say(f"{work} does not say what made its answers: they are taken as they are")
    console.say(f"what is simulated is kept in {work}")
    return work


def interrupted(work: Path, console: Console) -> int:
    """Say where the work stands."""
    console.say(f"interrupted: what was simulated is kept in {work}; the same command goes on from there")
    return INTERRUPTED


def telling(console: Console, doing: str) -> Callable[[int, int], None]:
    """Tell cases done and time left on standard error, a line per tenth."""
    took: list[float] = []
    last, tenth = time.perf_counter(), 0

    def tell(done: int, total: int) -> None:
        nonlocal last, tenth
        now = time.perf_counter()
        if now - last > _FOUND:
            took.append(now - last)
        last, tenth = now, 0 if done == 1 else tenth  # a second round tells its tenths too
        if done * 10 // total > tenth:
            tenth = done * 10 // total
            left = (total - done) * sum(took) / len(took) if took else 0.0
            console.say(f"{doing}: {done} of {total} cases, {duration(left)} left")

    return tell


def _leave_one_out(library: Library, work: Path, options: dict[str, Any], console: Console) -> dict[str, Any]:
    """The library, each case with parameters fitted on the others."""
    from diarchy.calibration.fit import DRAWS, SEED, two_waves
    from diarchy.calibration.score import FUTURES, leave_one_out
    from diarchy.calibration.score import score as score_library

    draws, futures = options["draws"] or DRAWS, options["futures"] or FUTURES
    console.say(f"1 of 2: {len(library)} cases, {draws} draws each; 2 of 2: {futures} futures each")
    workers = options["workers"] or 0
    wave = two_waves(library, draws, SEED, work, telling(console, "1 of 2, simulated"), workers)
    tell = telling(console, "2 of 2, forecast")
    forecasts = leave_one_out(library, wave, futures, tell, work, workers)
    console.say("scoring beside base rate and logistic regression, each without the case that it speaks of")
    scores = score_library(library, forecasts)
    made = {"mode": "leave-one-out", "cases": len(library), "futures": futures, "draws": draws, "seed": SEED}
    return _document(made, scores, library, forecasts)


def _cases(
    library: Library, strangers: Library, work: Path, options: dict[str, Any], console: Console
) -> dict[str, Any]:
    """A file of cases, under the parameters that ship."""
    from diarchy.calibration.fit import SEED
    from diarchy.calibration.score import FUTURES, forecast_all, score_cases
    from diarchy.posterior import SHIPPED, read_posterior

    if options["draws"]:
        console.say("--draws is not used: the fitted parameters that ship are")
    fitted, futures = len(read_posterior()), options["futures"] or FUTURES
    if not fitted:
        console.say("no fitted parameters ship: forecasts are under the declared priors")
    tell = telling(console, "forecast")
    workers = options["workers"] or 0
    forecasts = forecast_all(
        strangers.onsets, lambda regime: read_posterior(regime=regime), futures, tell, work, workers
    )
    scores = score_cases(library, strangers, forecasts)
    known = in_library(library, strangers.onsets)
    missed = left_out(SHIPPED)
    made = {
        "mode": "cases", "cases": len(strangers), "futures": futures, "seed": SEED,
        "fitted_parameters": fitted, "in_library": list(known),
        "seen_by_fit": [mine for mine, theirs in known.items() if fitted and theirs not in missed],
    }  # fmt: skip
    return _document(made, scores, strangers, forecasts)


def in_library(library: Library, onsets: Sequence[Onset]) -> dict[str, str]:
    """The ids of cases that the library has too, by id or by country and day, and their ids there."""
    ids = {onset.id for onset in library.onsets}
    days = {(onset.iso3, onset.date): onset.id for onset in library.onsets}
    found = {}
    for onset in onsets:
        same = onset.id if onset.id in ids else days.get((onset.iso3, onset.date))
        if same is not None:
            found[onset.id] = same
    return found


def left_out(path: Path) -> set[str]:
    """Cases that a table of fitted parameters says it has not seen."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {name for line in lines if line.startswith("#") for name in _LEFT_OUT.findall(line)}


def _document(
    made: dict[str, Any],
    scores: Sequence[Score],
    cases: Library,
    forecasts: Sequence[dict[str, float]],
) -> dict[str, Any]:
    """Scores and forecasts for programs."""
    from diarchy.calibration.outside import QUESTIONS
    from diarchy.calibration.rates import rates
    from diarchy.calibration.score import LEVEL, SCHEMA

    chances = [
        {"id": onset.id, **{q: round(p, 4) if math.isfinite(p) else None for q, p in row.items()}}
        for onset, row in zip(cases.onsets, forecasts, strict=True)
    ]
    return {
        "schema": SCHEMA, "version": __version__, **made, "interval_level": LEVEL, "reading": reading(scores),
        "questions": [{"text": QUESTIONS[found.id].text, **found.to_json()} for found in scores],
        "rates": [rate.to_json() for rate in rates(cases.outcomes, forecasts)], "forecasts": chances,
    }  # fmt: skip


def reading(scores: Sequence[Score]) -> str:
    """What the scores show, in a sentence that claims no more than the intervals do."""
    kinds: dict[str, list[str]] = {"shown": [], "worse": [], "open": [], "few": []}
    for found in scores:
        if found.skill_interval is None:
            kind = "few"
        else:
            low, high = found.skill_interval
            kind = "shown" if low > 0 else "worse" if high < 0 else "open"
        kinds[kind].append(found.id)
    say = {
        "shown": "better than the base rate: {}",
        "worse": "worse than the base rate: {}",
        "open": "no skill shown either way: {}",
        "few": "too few known answers: {}",
    }
    parts = [text.format(", ".join(kinds[kind]) or "none") for kind, text in say.items()]
    return "; ".join(part for kind, part in zip(say, parts, strict=True) if kinds[kind] or kind == "shown")


def _show(document: dict[str, Any], console: Console) -> None:
    """The table, the reading, and what to mind."""
    title = f"{document['mode']}: {document['cases']} cases, {document['futures']} futures each"
    console.table(title, [_row(found) for found in document["questions"]])
    console.data("")
    console.data(f"{document['reading']} (90 % intervals of the skill over cases)")
    console.data("")
    rows = [_rate_row(rate) for rate in document["rates"]]
    console.table("how often, in the futures and on record", rows, wrap=("what", "open_data"))
    if document["mode"] == "cases":
        _show_cases(document, console)
    console.then("diarchy score --json", "reliability bins, log scores and the forecast of each case")


def _row(found: dict[str, Any]) -> dict[str, Any]:
    """One question as a line of the table."""
    interval = found["skill_interval"]
    return {
        "question": found["id"],
        "n": f"{found['n']} of {found['n'] + found['unknown']}",
        "Brier": _three(found["brier"]),
        "base rate": _three(found["brier_base"]),
        "logistic": _three(found["brier_logit"]),
        "skill": "" if found["skill"] is None else f"{found['skill']:+.2f}",
        "90 %": "" if interval is None else f"{interval[0]:+.2f}, {interval[1]:+.2f}",
        "came": _percent(found["rate"]),
        "forecast": _percent(found["forecast_rate"]),
    }


def _rate_row(rate: dict[str, Any]) -> dict[str, Any]:
    """One rate as a line of the table; open data as share, cases and the line of the table of base rates."""
    record = "" if rate["recorded"] is None else _percent(rate["recorded"])
    bounds = "" if rate["low"] is None else f"{_percent(rate['low'])} to {_percent(rate['high'])}"
    beside = "; ".join(f"{_percent(b['value'])} of {b['n']:,} ({b['id']})" for b in rate["beside"])
    return {"what": rate["text"], "forecast": _percent(rate["forecast"]), "record": record, "90 %": bounds,
            "n": rate["n"], "inside": rate["inside"], "open_data": beside}  # fmt: skip


def _three(value: float | None) -> str:
    """A score."""
    return "" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    """A share."""
    return "" if value is None else f"{100 * value:.0f} %"


def _show_cases(document: dict[str, Any], console: Console) -> None:
    """Forecasts of a few cases side by side, and which cases were not new."""
    if document["cases"] <= FEW_CASES:
        rows = [
            {
                "question": found["id"],
                **{row["id"]: _percent(row[found["id"]]) for row in document["forecasts"]},
            }
            for found in document["questions"]
        ]
        console.data("")
        console.table("forecasts", rows)
    if document["in_library"]:
        console.data("")
        seen = ", ".join(document["seen_by_fit"]) or "none"
        console.data(f"not new: {', '.join(document['in_library'])} stand in the library that base rate and "
                     f"regression are learned on; seen by the fit: {seen}")  # fmt: skip
