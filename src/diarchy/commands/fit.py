"""`diarchy fit`: what the library of crises says of the shared parameters."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.commands.score import interrupted, telling, workplace
from diarchy.commands.usage import MOST_FUTURES, Place, command
from diarchy.places import why_no_file, why_unwritable

if TYPE_CHECKING:
    from diarchy.calibration.library import Library
    from diarchy.calibration.predictive import Check
    from diarchy.ensemble.design import Design

SCHEMA = "diarchy/fit/1"
#: The flagship's own crisis: it is the test, so the fit must not see it.
FLAGSHIP = "KAZ2022"
NOBODY = "none"
#: A parameter that moved less and was narrowed less than this was not identified.
LITTLE_SHIFT, WIDE_SCALE = 0.1, 0.95  # as in the picture of `calibration.figures`
MOST_SHOWN = 20


@dataclass(frozen=True)
class Found:
    """What a fit found: for programs, for the table, and for the pictures."""

    document: dict[str, Any]
    rows: dict[str, tuple[float, ...]]
    checks: list[Check]
    design: Design


@command()
@click.option("--draws", type=click.IntRange(2, MOST_FUTURES), help="Draws of each case; 512 if not given.")
@click.option("--work", type=Place(), help="Folder of what is kept; in results/score if not given.")
@click.option(
    "--leave-out",
    multiple=True,
    metavar="ID",
    help=f"A case that the fit must not see; may be repeated. {FLAGSHIP} if not given; '{NOBODY}': no case.",
)
@click.option(
    "-o",
    "--out",
    type=Place(),
    default="posterior.csv",
    show_default=True,
    help="The table.",
)
@click.option(
    "--figures",
    type=Place(),
    metavar="DIR",
    help="Draw prior against posterior and the predictive checks into this folder.",
)
@click.option("-j", "--workers", type=click.IntRange(1), help="Processes; one a core if not given.")
@click.option("--force", is_flag=True, help="Replace a table that is there.")
@speaking
def fit(console: Console, **options: Any) -> int | None:
    """Fit the parameters that all cases share on the library of crises, and write them as a table.

    What is simulated is kept, and `diarchy score` uses it too; after Ctrl-C, the same command goes on from
    there.
    """
    began = time.perf_counter()
    from diarchy.calibration.library import read_library
    from diarchy.calibration.survival import science

    whole, out = read_library(), options["out"]
    names: tuple[str, ...] = ()
    with console.faults.trying():
        names = _left_out(options["leave_out"], whole)
    with console.faults.trying():
        _check(len(whole) - len(names), out, options["figures"], options["force"])
    with console.faults.trying():
        science("sklearn.linear_model")  # a lack of it is told before the work, not after
    work = workplace(whole, options["work"], console)
    try:
        found = _fit(whole, names, options, work, console)
    except KeyboardInterrupt:
        return interrupted(work, console)
    document, rows = found.document, found.rows
    _write(out, document, rows)
    if options["figures"] is not None:
        document["figures"] = [str(path) for path in _draw(options["figures"], found)]
    document |= {"out": str(out), "elapsed_s": round(time.perf_counter() - began, 1)}
    if console.json:
        console.document(document)
    else:
        _show(document, console)
    console.then("diarchy score", "how well the library is forecast, each case by the others")
    return None


def _left_out(given: tuple[str, ...], library: Library) -> tuple[str, ...]:
    """The cases to leave out, each known."""
    from diarchy.errors import DesignError, Faults, nearest

    names = tuple(name for name in given or (FLAGSHIP,) if name != NOBODY)
    known, faults = [onset.id for onset in library.onsets], Faults(DesignError)
    for name in names:
        if name not in known:
            faults.add(f"no case '{name}' to leave out", near=nearest(name, known))
    faults.raise_if_any()
    return tuple(dict.fromkeys(names))


def _check(cases: int, out: Path, figures: Path | None, force: bool) -> None:
    """What would go wrong at the end is refused at the start."""
    from diarchy.errors import DesignError, Faults

    faults = Faults(DesignError)
    if not cases:
        faults.add("no case is left to fit on", cure="leave fewer out")
    if wrong := why_no_file(out):
        faults.add(wrong, str(out), cure="name a file with --out")
    elif out.exists() and not force:
        faults.add("is there already", str(out), cure="--force replaces it")
    if not out.parent.is_dir():
        faults.add("no such folder", str(out.parent))
    elif why := why_unwritable(out.parent):
        faults.add(f"cannot be written: {why}", str(out.parent), cure="choose another --out")
    if figures is not None and (why := why_unwritable(figures)):
        faults.add(f"cannot be a folder for figures: {why}", str(figures), cure="choose another --figures")
    faults.raise_if_any()


def _fit(
    library: Library, names: tuple[str, ...], options: dict[str, Any], work: Path, console: Console
) -> Found:
    """Simulate, fit, check, and lay out what was found.

    The cases left out are simulated too, so that the score can use what is kept; what came of them is not
    known to the weighing.
    """
    from diarchy.calibration.fit import DRAWS, SEED, table, two_waves, weigher
    from diarchy.calibration.predictive import check
    from diarchy.calibration.thin import thin_model
    from diarchy.ensemble.design import sample

    draws = options["draws"] or DRAWS
    wave = two_waves(library, draws, SEED, work, telling(console, "simulated"), options["workers"] or 0)
    design = sample(thin_model(library.onsets[0]), draws, SEED, repeats=1)
    weighed = weigher(library.blanked(names), wave)
    posterior = weighed.weigh()
    checks = check(weighed, posterior)
    rows = table(posterior, design)
    classes = tuple(posterior.effects)
    units = {name: parameter.unit for name, parameter in design.model.parameters().items()}
    parameters: list[dict[str, Any]] = [
        {"name": name, "shift": shift, "scale": scale, "effects": dict(zip(classes, effects, strict=True)),
         "prior_median": before, "posterior_median": after,
         "unit": units[name], "information": learned(shift, scale), "identified": identified(shift, scale)}
        for name, (shift, scale, before, after, *effects) in rows.items()
    ]  # fmt: skip
    parameters.sort(key=lambda row: -row["information"])
    blank = sum(not row["identified"] for row in parameters)
    document = {
        "schema": SCHEMA, "version": __version__, "cases": len(library) - len(names), "left_out": list(names),
        "draws": draws, "seed": SEED, "classes": list(classes), "not_identified": blank,
        "parameters": parameters, "predictive": [one.to_json() for one in checks],
    }  # fmt: skip
    return Found(document, rows, checks, design)


def identified(shift: float, scale: float) -> bool:
    """Whether the library says anything of a parameter."""
    return abs(shift) >= LITTLE_SHIFT or scale <= WIDE_SCALE


def learned(shift: float, scale: float) -> float:
    """How much was learned of a parameter [nat]: the posterior's divergence from the prior."""
    return 0.5 * (shift**2 + scale**2 - 1.0) - math.log(scale)


def _draw(folder: Path, found: Found) -> list[Path]:
    """The pictures of what was found."""
    from diarchy.calibration.figures import Moved, draw
    from diarchy.calibration.rungs import TEXTS

    declared = found.design.model.parameters()
    priors = next(iter(found.design.model.arms.values())).priors
    moved = [
        Moved(name, declared[name], priors[name], shift, scale, learned(shift, scale))
        for name, (shift, scale, *_) in found.rows.items()
    ]
    return draw(folder, moved, found.checks, TEXTS)


def _write(out: Path, document: Mapping[str, Any], rows: Mapping[str, tuple[float, ...]]) -> None:
    """The table with a head that says how it was made, read back to see that it can be used."""
    from diarchy.errors import DesignError, Fault
    from diarchy.posterior import read_posterior, write_posterior

    omitted = "".join(f" --leave-out {name}" for name in document["left_out"] or [NOBODY])
    without = ", ".join(document["left_out"]) or "nothing"
    lines = [
        f"Shifts and scales of the declared priors, fitted on the case library with {without} left out.",
        f"Made by: diarchy fit --draws {document['draws']}{omitted} (diarchy {document['version']}, "
        f"{document['cases']} cases, {document['draws']} draws, seed {document['seed']}).",
    ]
    try:
        write_posterior(out, rows, "\n".join(lines), document["classes"])
    except OSError as error:
        raise DesignError([Fault(f"cannot be written: {error.strerror}", str(out))]) from None
    read_posterior(out)


def _show(document: Mapping[str, Any], console: Console) -> None:
    """What was learned most of, and of how many nothing."""
    parameters = document["parameters"]
    title = (
        f"fitted on {document['cases']} cases, without {', '.join(document['left_out']) or 'leaving any out'}"
    )
    rows = [
        {
            "parameter": row["name"],
            "prior median": f"{row['prior_median']:.3g}",
            "posterior median": f"{row['posterior_median']:.3g}",
            "unit": row["unit"],
            "shift": f"{row['shift']:+.2f}",
            "scale": f"{row['scale']:.2f}",
        }
        for row in parameters[:MOST_SHOWN]
    ]
    console.table(title, rows)
    console.data("")
    checks = document["predictive"]
    missed = [one["rung"] for one in checks if not one["inside"]]
    told = f"; not {', '.join(missed)}" if missed else ""
    console.data(
        f"predictive check: {len(checks) - len(missed)} of {len(checks)} shares on record in the 90 % band "
        f"of drawn libraries{told}"
    )
    console.data(
        f"{document['not_identified']} of {len(parameters)} parameters were not identified "
        f"(moved by less than {LITTLE_SHIFT:g}, scale above {WIDE_SCALE:g}); all are in {document['out']}"
    )
