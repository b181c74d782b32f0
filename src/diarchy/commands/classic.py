"""`diarchy classic`: published models, their numbers beside ours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from diarchy import __version__
from diarchy.commands.console import Console, columns, speaking
from diarchy.commands.usage import Place, command

if TYPE_CHECKING:
    from diarchy.classics.frame import Check, Classic

LIST_SCHEMA, SCHEMA = "diarchy/classics/1", "diarchy/classic/1"
SEEDS = 20
#: Below this many columns the table leaves out what is also in --json.
_WIDE = 90
_PREFACE = """# Classics

Published models under the mechanisms, each reproduced to its own numbers. This page is what
`diarchy classic --markdown` prints; `diarchy classic NAME --figure FILE.png` draws the figure of one.

The reference is a number that was *published*, *recomputed* by an independent program from the published
equations, *derived* from them on paper, *recalled* (of the literature, but quoted from memory), or *ours*
(of a parameter set of our own, kept so that a change is noticed). A number that does not reproduce says
why; the tests hold it to not reproducing, so that the record stays true in both directions.
"""


@command()
@click.argument("name", required=False)
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=SEEDS, show_default=True, help="Of a model with luck."
)
@click.option("--figure", type=Place(), metavar="FILE", help="Draw the figure, as .png or .svg.")
@click.option("--markdown", is_flag=True, help="As a page of documentation; of all models without NAME.")
@speaking
def classic(name: str | None, seeds: int, figure: Path | None, markdown: bool, console: Console) -> None:
    """Run the published model NAME and print its numbers beside ours; without NAME, list them.

    A number that does not reproduce says why. Where luck is involved, ours are over --seeds runs.
    """
    from diarchy.classics import CLASSICS, find

    page: Classic | None = None
    if name is None and figure is not None:
        console.faults.add("a figure is of one model", cure="name it: `diarchy classic` lists them")
    with console.faults.trying():
        page = find(name) if name is not None else None
    if figure is not None:
        from diarchy.classics.figures import check_place

        with console.faults.trying():
            check_place(figure)
    console.faults.raise_if_any()
    if name is None and markdown:
        console.data(_PREFACE)
        for each in CLASSICS:
            _write_page(find(each), find(each).check(seeds), seeds, console)
    elif page is None:
        _list(CLASSICS, console)
    else:
        _say_effort(page, seeds, console)
        checks = page.check(seeds)
        if markdown:
            _write_page(page, checks, seeds, console)
        else:
            _show(page, checks, seeds, console)
        _draw(page, figure, console)


def _list(classics: dict[str, str], console: Console) -> None:
    """What there is."""
    if console.json:
        rows = [{"name": name, "what": what} for name, what in classics.items()]
        console.document({"schema": LIST_SCHEMA, "version": __version__, "classics": rows})
        return
    rows = [{"classic": name, "what": what} for name, what in classics.items()]
    console.table("Published models", rows, wrap=("what",))
    console.then("diarchy classic epstein", "its published numbers beside ours")


def _say_effort(page: Classic, seeds: int, console: Console) -> None:
    """Warn before what may take a minute."""
    if page.random:
        console.say(f"running {page.title} over {_seeds(seeds)}; --seeds sets how many")


def _seeds(count: int) -> str:
    """So many seeds, in words."""
    return f"{count} seed" + "s" * (count != 1)


def _show(page: Classic, checks: tuple[Check, ...], seeds: int, console: Console) -> None:
    """One model as a table, or as JSON."""
    if console.json:
        console.document(_document(page, checks, seeds))
        return
    rows = [
        {
            "number": check.name,
            check.basis if same_basis(checks) else "reference": said(check.published),
            "ours": said(check.ours),
            "within": within(check),
            "reproduces": check.reproduces,
            "basis": check.basis,
        }
        for check in checks
    ]
    hidden = {"basis"} if same_basis(checks) else set()
    hidden |= {"basis", "within"} if columns() < _WIDE else set()
    rows = [{key: value for key, value in row.items() if key not in hidden} for row in rows]
    console.table(f"{page.title} ({', '.join(page.references)})", rows, wrap=("number",))
    console.data("")
    console.data(page.about)
    console.data(verdict(checks))
    for check in checks:
        if check.gap:
            console.data(f"  not: {check.name}: {check.gap}")
    for caveat in page.caveats:
        console.data(f"  mind: {caveat}")


def same_basis(checks: tuple[Check, ...]) -> bool:
    """Whether all numbers come from the same kind of place, so that the column's head can say it."""
    return len({check.basis for check in checks}) == 1


def verdict(checks: tuple[Check, ...]) -> str:
    """How many of the numbers reproduce."""
    return f"{sum(check.reproduces for check in checks)} of {len(checks)} numbers reproduce"


def said(value: Any) -> str:
    """A number, fraction or range as text.

    >>> said(Fraction(7, 30)), said(0.0197588), said((95, 125)), said((1, float("inf")))
    ('7/30', '0.0197588', '95 to 125', '1 or more')
    """
    if isinstance(value, tuple):
        low, high = value
        return f"{said(low)} or more" if high == float("inf") else f"{said(low)} to {said(high)}"
    if isinstance(value, Fraction):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def within(check: Check) -> str:
    """How close ours must come."""
    if check.tolerance:
        return f"{check.tolerance:.3g}"
    return "range" if isinstance(check.published, tuple) else "exact"


def _document(page: Classic, checks: tuple[Check, ...], seeds: int) -> dict[str, Any]:
    """One model as JSON values."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "name": page.name,
        "title": page.title,
        "about": page.about,
        "references": list(page.references),
        "mechanisms": list(page.mechanisms),
        "seeds": seeds if page.random else None,
        "reproduce": sum(check.reproduces for check in checks),
        "checks": [check.to_json() for check in checks],
        "caveats": list(page.caveats),
    }


def _write_page(page: Classic, checks: tuple[Check, ...], seeds: int, console: Console) -> None:
    """One model as Markdown."""
    used = f" Used by `{'`, `'.join(page.mechanisms)}`." if page.mechanisms else " No mechanism uses it."
    luck = f" Over {_seeds(seeds)}." if page.random else ""
    sources = ", ".join(page.references)
    lines = [f"## {page.name}", "", f"*{page.title}* ({sources}). {page.about}{used}{luck}", ""]
    lines += ["| number | reference | ours | within | basis | reproduces |", "|---|---|---|---|---|---|"]
    for check in checks:
        outcome = "yes" if check.reproduces else f"**no**: {check.gap}" if check.gap else "**no**"
        cells = (check.name, said(check.published), said(check.ours), within(check), check.basis, outcome)
        lines.append("| " + " | ".join(cells) + " |")
    console.data("\n".join([*lines, "", *(f"- {caveat}" for caveat in page.caveats), ""]))


def _draw(page: Classic, figure: Path | None, console: Console) -> None:
    """Save the figure."""
    if figure is not None:
        from diarchy.classics.figures import save

        save(page, figure)
        console.say(f"figure: {figure}")
