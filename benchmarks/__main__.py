"""Measure and print tables: ``python -m benchmarks [NAME ...] [--futures N] [--json] [--page PAGE]``.

Absolute times are of one machine on one day; compare ratios. The first run after a change compiles, so each
benchmark of the engine is warmed up before it is timed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import flagship, kernels, luck, many, profile  # noqa: F401 - each enters its benchmarks
from benchmarks.page import put, taken
from benchmarks.registry import BENCHMARKS, Measure, benchmark

SCHEMA = "diarchy/benchmarks/1"


@benchmark
def epstein(futures: int) -> list[Measure]:
    """Epstein's civil violence on a grid: citizen-steps a second, beside Mesa's own example."""
    from benchmarks.epstein import rows

    return [Measure(*row) for row in rows(mesa_large=True)]


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    about = "; ".join(f"{name}: {measure.__doc__}" for name, measure in BENCHMARKS.items())
    parser.add_argument("names", nargs="*", metavar="NAME", help=about)
    parser.add_argument("--futures", type=int, default=1000, help="of the flagship (1000)")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--page", type=Path, help="put these tables in their places in this page")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if asked.futures < 1:
        parser.error("--futures takes 1 or more")
    measures = {}
    for name in asked.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr)
        measures[name] = BENCHMARKS[name](asked.futures)
    if asked.json:
        found = {name: [asdict(row) for row in rows] for name, rows in measures.items()}
        print(
            json.dumps({"schema": SCHEMA, **machine(), "futures": asked.futures, "measures": found}, indent=1)
        )
    else:
        print("\n\n".join(_plain(name, rows) for name, rows in measures.items()))
    if asked.page:
        tables = _tables(taken(asked.page, "benchmarks")) | written(measures, asked.futures)
        put(asked.page, "benchmarks", "\n".join(tables[name] for name in BENCHMARKS if name in tables))


def _plain(name: str, rows: list[Measure]) -> str:
    """A table for a terminal."""
    lines = [f"{name}: {BENCHMARKS[name].__doc__}"]
    lines += [f"  {row.name:<30}{row.value:>10.3g} {row.unit:<16}{row.note}" for row in rows]
    return "\n".join(lines)


def _tables(text: str) -> dict[str, str]:
    """The tables that a page has, by their names."""
    parts = re.split(r"^(?=### )", text, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0].removeprefix("### "): part.rstrip("\n") + "\n" for part in parts}


def written(measures: dict[str, list[Measure]], futures: int) -> dict[str, str]:
    """Tables for a page, each with where and when it was measured."""
    told = machine()
    where = f"{told['date']}, version {told['version']}, Python {told['python']}, {told['system']}"
    tables = {}
    for name, rows in measures.items():
        lines = [
            f"### {name}",
            "",
            f"{BENCHMARKS[name].__doc__} {where}, {futures} futures where not said.",
            "",
        ]
        lines += ["| what | value | unit | beside |", "|---|---|---|---|"]
        lines += [f"| {row.name} | {row.value:.3g} | {row.unit} | {row.note} |" for row in rows]
        tables[name] = "\n".join(lines) + "\n"
    return tables


def machine() -> dict[str, str]:
    """Where and when this was measured."""
    import diarchy

    return {
        "date": dt.date.today().isoformat(),
        "version": diarchy.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }


if __name__ == "__main__":
    main()
