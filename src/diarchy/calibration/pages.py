"""The tables of the documentation, rewritten from what the commands say.

    diarchy score --json > score.json
    diarchy fit --force --out src/diarchy/posterior.csv --json > fit.json
    diarchy coverage kazakhstan-2022 --json > coverage.json
    python -m diarchy.calibration.pages --docs docs --score score.json --fit fit.json --coverage coverage.json

A table stands between ``<!-- made by: NAME -->`` and ``<!-- end -->``; the text around it is left alone. A
file that is not given leaves its tables as they are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from diarchy.base_rates import read_base_rates
from diarchy.errors import DiarchyError, Fault, Faults

Document = Mapping[str, Any]


class PageError(DiarchyError):
    """A page or a document that is missing, or is not what it should be."""

    phase = "while rewriting the documentation"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def _told(value: float | None, form: str = ".3f") -> str:
    """A number, or nothing."""
    return "" if value is None else format(value, form)


def _percent(value: float | None) -> str:
    """A share."""
    return "" if value is None else f"{100 * value:.0f} %"


def scores(document: Document) -> str:
    """Scores by question, and what they show."""
    columns = ("question", "n", "Brier", "base rate", "logistic", "stays elsewhere", "skill (90 %)", "came",
               "forecast")  # fmt: skip
    rows = []
    for one in document["questions"]:
        low, high = one["skill_interval"] or (None, None)
        skill = "" if low is None else f"{one['skill']:+.2f} ({low:+.2f} to {high:+.2f})"
        numbers = (one["brier"], one["brier_base"], one["brier_logit"], one["brier_survival"])
        shares = (_told(one[name], ".2f") for name in ("rate", "forecast_rate"))
        rows.append((f"`{one['id']}`", str(one["n"]), *map(_told, numbers), skill, *shares))
    made = f"{document['cases']} crises, {document['draws']} draws for each wave of the fits, "
    made += f"{document['futures']} futures for each forecast, {document['elapsed_s'] / 60:.0f} minutes"
    return f"{_table(columns, rows)}\n\n{made}: {document['reading']}"


def rates(document: Document) -> str:
    """How often, in the futures, on record and in open data."""
    rows = []
    for one in document["rates"]:
        bounds = "" if one["low"] is None else f"{_percent(one['low'])} to {_percent(one['high'])}"
        inside = {None: "", True: "yes", False: "**no**"}[one["inside"]]
        beside = "; ".join(f"{_percent(b['value'])} of {b['n']:,} (`{b['id']}`)" for b in one["beside"])
        rows.append((one["text"], _percent(one["forecast"]), _percent(one["recorded"]), bounds, str(one["n"]),
                     inside, beside))  # fmt: skip
    return _table(("what", "forecast", "on record", "90 %", "n", "inside", "open data"), rows)


def identifiability(document: Document) -> str:
    """Every parameter: how far it moved, and whether anything was learned of it."""
    rows = []
    for one in document["parameters"]:
        effects = sorted(one["effects"].items(), key=lambda item: -abs(item[1]))[:1]
        most = "; ".join(f"{name} {effect:+.2f}" for name, effect in effects if abs(effect) >= 0.1)
        rows.append((f"`{one['name']}`", f"{one['prior_median']:.3g}", f"{one['posterior_median']:.3g}",
                     one["unit"], f"{one['shift']:+.2f}", f"{one['scale']:.2f}", f"{one['information']:.3f}",
                     most, "yes" if one["identified"] else "no"))  # fmt: skip
    columns = ("parameter", "prior median", "posterior median", "unit", "shift", "scale", "learned [nat]",
               "class moved most", "identified")  # fmt: skip
    told = (
        f"{document['not_identified']} of {len(rows)} were not identified, from {document['cases']} crises."
    )
    return f"{told}\n\n{_table(columns, rows)}"


def predictive(document: Document) -> str:
    """Shares in drawn libraries, before and after the fit, and on record."""
    rows = []
    for one in document["predictive"]:
        bands = (f"{_percent(low)} to {_percent(high)}" for low, _, high in (one["prior"], one["posterior"]))
        inside = "yes" if one["inside"] else "**no**"
        rows.append((f"`{one['rung']}`", str(one["n"]), *bands, _percent(one["recorded"]), inside))
    return _table(("rung", "n", "prior (90 %)", "posterior (90 %)", "on record", "inside"), rows)


def coverage(document: Document) -> str:
    """Targets one by one, and how many lie inside."""
    start = dt.date.fromisoformat(document["start"])

    def number(value: float | None, unit: str) -> str:
        if value is None or math.isinf(value):
            return "never"
        if unit == "day":
            return f"{start + dt.timedelta(days=math.floor(value)):%d %b}"
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

    def band(found: Document | None, unit: str) -> tuple[str, str]:
        if found is None:
            return "too few", "**no**"
        span = f"{number(found['low'], unit)} to {number(found['high'], unit)}"
        return span, "yes" if found["inside"] else "**no**"

    rows = [
        (one["text"], number(one["observed"], one["unit"]), *band(one["all"], one["unit"]),
         *band(one["given"], one["unit"]))
        for one in document["targets"]
    ]  # fmt: skip
    counts = (document["summary"][which] for which in ("all", "given"))
    inside = ["{inside} of {targets} inside".format(**count) for count in counts]
    told = f"{document['futures']} futures: {inside[0]}; of those with a wave, {inside[1]}."
    columns = ("target", "observed", "all futures", "inside", "with a wave", "inside")
    return f"{_table(columns, rows)}\n\n{told}"


def base_rates(_: Document) -> str:
    """The table of base rates that ships."""
    rows = []
    for line in read_base_rates().values():
        bounds = f"{line.low:.3g} to {line.high:.3g}"
        rows.append((f"`{line.id}`", line.quantity, line.condition, f"{line.value:.3g}", bounds, line.unit,
                     f"{line.n:,}", line.source))  # fmt: skip
    return _table(("id", "what", "among", "value", "90 %", "unit", "n", "source"), rows)


#: Each table: its page, the document that it is made from, and how.
TABLES: Mapping[str, tuple[str, str, Callable[[Document], str]]] = {
    "scores": ("concepts/scores.md", "score", scores),
    "rates": ("concepts/rates.md", "score", rates),
    "identifiability": ("concepts/identifiability.md", "fit", identifiability),
    "predictive": ("concepts/identifiability.md", "fit", predictive),
    "coverage": ("concepts/coverage.md", "coverage", coverage),
    "base_rates": ("concepts/base_rates.md", "", base_rates),
}


def rewrite(docs: Path, documents: Mapping[str, Document]) -> list[Path]:
    """Rewrite the tables of which the documents are given, and those that need none.

    Parameters
    ----------
    docs : folder of the documentation.
    documents : what the commands said, by command.

    Returns
    -------
    The pages that were written.

    Raises
    ------
    PageError : a page without its marks, or a document that lacks something; then nothing is written.
    """
    faults = Faults(PageError)
    texts: dict[Path, str] = {}
    for name, (page, command, make) in TABLES.items():
        if command and command not in documents:
            continue
        path = docs / page
        try:
            text = texts[path] if path in texts else path.read_text(encoding="utf-8")
            texts[path] = _between(text, name, make(documents.get(command, {})))
        except OSError:
            faults.add("no such page", str(path))
        except (KeyError, TypeError, ValueError) as error:
            faults.add(f"'{name}' cannot be made ({error!r})", str(path))
    faults.raise_if_any()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _between(text: str, name: str, table: str) -> str:
    """A page with what stands between the marks of a table replaced."""
    begin, end = f"<!-- made by: {name} -->", "<!-- end -->"
    parts = re.split(f"({re.escape(begin)}).*?({re.escape(end)})", text, flags=re.S)
    if len(parts) != 4:
        raise ValueError(f"the page has no single pair of marks {begin} and {end}")
    return f"{parts[0]}{begin}\n\n{table}\n\n{end}{parts[3]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite the pages; 0 done, 2 for faults."""
    parser = argparse.ArgumentParser(prog="python -m diarchy.calibration.pages", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--docs", type=Path, required=True, help="folder of the documentation")
    for command in ("score", "fit", "coverage"):
        parser.add_argument(f"--{command}", type=Path, help=f"what `diarchy {command} --json` said")
    options = parser.parse_args(arguments)
    try:
        given = {name: getattr(options, name) for name in ("score", "fit", "coverage")}
        documents = {name: _read(path) for name, path in given.items() if path is not None}
        for path in rewrite(options.docs, documents):
            print(path)
    except DiarchyError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _read(path: Path) -> Document:
    """One document."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise PageError([Fault(f"no document of a command ({error})", str(path))]) from None


if __name__ == "__main__":
    sys.exit(main())
