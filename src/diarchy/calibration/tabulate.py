"""The tables of covariates, made anew from the open data sets: countries by year, and ties to powers.

``python -m diarchy.calibration.tabulate --data DIR`` reads the raw files in a folder, and says how what comes
out differs from the tables that ship; ``--write`` replaces them. The raw files do not ship: licences differ,
and a few derived columns are all that is needed. ``tables/README.md`` says what is taken from where; what is
judgement and no data set is in ``tables/regions.csv`` and in the constants below.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from diarchy.errors import DiarchyError, Faults

#: The raw files, by what they hold, under the folder that the user names.
FILES = {
    "capabilities": "cow/cow_nmc.csv",
    "contiguity": "cow/cow_contiguity.csv",
    "alliances": "cow/atop_alliance.csv.gz",
    "incomes": "misc/cw_gdppop.csv",
    "democracy": "misc/cw_democracy_polity_vdem_euds.csv",
    "votes": "un_votes/ideal_points_all_apr2020.csv",
}
MAX_BYTES = 200_000_000
TABLES = Path(__file__).parent / "tables"
FIRST, LAST = 1946, 2022  # years of countries.csv
SPELLS_FROM, STILL, WATCHED_TO = 1945, 9999, 2024  # years of dyads.csv
SESSION = 1945  # session s of the General Assembly counts as this year + s
#: Polity on V-Dem's electoral democracy over 9,562 country-years (r2 = 0.81), for years without a score.
POLITY_AT_ZERO, POLITY_PER_INDEX = -8.66, 23.15
POLITY_LAST, POLITY_BOUND = 2018, 10.0
#: Years to which ties were coded; those that held then are taken to hold on.
ALLIES_TO, BORDERS_TO = 2018, 2016
#: Alliances that the data carry on: both left the Collective Security Treaty in 1999.
LEFT_TREATY, LEFT_IN, TREATY_POWERS = ("AZE", "GEO"), 1999, {"RUS", "UZB"}
#: Bound by occupation before 1955. Judgement.
OCCUPIED = (("DDR", "RUS", 1949, 1954),)
#: Borders of territories that are no states in the data.
ADDED_BORDERS = (("ESH", "MAR", 1975), ("HKG", "CHN", 1997), ("MAC", "CHN", 1997), ("PSE", "ISR", 1967))
#: A regional power whose ties the data have in full; the others are those of ``regions.csv``.
BORDERS_ONLY = ("UKR",)
COUNTRY_COLUMNS = ("population", "gdp_pc", "polity", "cinc", "ideal_point")
TIES = ("allied", "land", "regional")
MOST_SHOWN = 20

Row = Mapping[str, str]
Years = dict[tuple[str, str], set[int]]


class RawDataError(DiarchyError):
    """A raw file that is missing, or is not what it should be."""

    phase = "while reading the raw data"


def read_raw(folder: Path) -> dict[str, list[Row]]:
    """All raw files of a folder, all faults at once."""
    faults, raw = Faults(RawDataError), {}
    for name, place in FILES.items():
        path = folder / place
        try:
            raw[name] = list(_rows(path))
        except FileNotFoundError:
            faults.add("no such file", str(path))
        except (OSError, ValueError, csv.Error) as error:
            faults.add(f"cannot be read ({error})", str(path))
    faults.raise_if_any()
    return raw


def _rows(path: Path) -> Iterator[Row]:
    """Rows of a CSV file, packed or not."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES:,} bytes")
    data = path.read_bytes()
    if path.suffix == ".gz":
        with gzip.open(io.BytesIO(data)) as packed:
            data = packed.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ValueError(f"unpacks to more than {MAX_BYTES:,} bytes")
    yield from csv.DictReader(io.StringIO(data.decode("latin-1"), newline=""))


def names() -> dict[str, list[int]]:
    """Three-letter code -> Correlates of War numbers, the later listed the stronger."""
    with (TABLES / "names.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["iso3"]: [int(code) for code in row["cow"].split(";") if code] for row in rows}


def _number(row: Row | None, column: str) -> float:
    """A cell as a number, nan where there is none."""
    text = "" if row is None else row.get(column) or ""
    return float(text) if text else math.nan


def _by_country_year(rows: Sequence[Row]) -> dict[tuple[int, int], Row]:
    """Rows by Correlates of War number and year."""
    return {(int(float(row["ccode"])), int(float(row["year"]))): row for row in rows}


def countries(raw: Mapping[str, Sequence[Row]]) -> list[dict[str, str]]:
    """Rows of countries.csv."""
    capability, income, democracy = (
        _by_country_year(raw[name]) for name in ("capabilities", "incomes", "democracy")
    )
    votes = {(int(row["ccode"]), SESSION + int(row["session"])): row for row in raw["votes"]}
    found = []
    for iso3, codes in sorted(names().items()):
        polity = _Polity()
        for year in range(FIRST, LAST + 1):
            power, money, vote, rule = (
                _at(table, codes, year) for table in (capability, income, votes, democracy)
            )
            people = 1e3 * _number(power, "tpop")
            people = people if people > 0 else 1e6 * _number(money, "pwtpop")
            cells = (
                _digits(people / 1e3, None, "000"), _digits(_number(money, "mrgdppc"), 3),
                polity.cell(rule, year), _digits(_number(power, "cinc"), 3),
                "" if vote is None else f"{float(vote['IdealPoint']):.2f}",
            )  # fmt: skip
            if any((*cells, polity.known)):
                row = dict(zip(COUNTRY_COLUMNS, cells, strict=True))
                found.append({"iso3": iso3, "year": str(year)} | row)
    return found


def _at(table: Mapping[tuple[int, int], Row], codes: Sequence[int], year: int) -> Row | None:
    """The row of a country's year; of two numbers that it had in that year, the later listed."""
    return next((table[code, year] for code in reversed(codes) if (code, year) in table), None)


def _digits(value: float, digits: int | None, after: str = "") -> str:
    """A number in so many digits, or whole; empty where there is none."""
    if math.isnan(value):
        return ""
    return f"{round(value)}{after}" if digits is None else f"{float(f'{value:.{digits}g}'):.10g}"


class _Polity:
    """Polity scores of one country in the order of years, carried on by an index of democracy."""

    def __init__(self) -> None:
        self.last = self.index = math.nan
        self.shown = ""
        self.known = False

    def cell(self, row: Row | None, year: int) -> str:
        """The score of a year; empty where it is the last one shown, or is not known."""
        score, index = _number(row, "polity2"), _number(row, "v2x_polyarchy")
        if math.isnan(score):
            score = POLITY_AT_ZERO + POLITY_PER_INDEX * index
            if year > POLITY_LAST and not math.isnan(self.last):
                score = self.last + POLITY_PER_INDEX * (index - self.index)
        self.known = not math.isnan(score)
        if not self.known:
            return ""
        score = min(max(score, -POLITY_BOUND), POLITY_BOUND)
        self.last, self.index = score, index
        told = f"{round(score, 1):g}"
        shown, self.shown = self.shown, told
        return "" if told == shown else told


def dyads(raw: Mapping[str, Sequence[Row]], regions: Sequence[Row]) -> list[dict[str, str]]:
    """Rows of dyads.csv: spells of years over which a power's ties to a country were the same."""
    of_code = {code: iso3 for iso3, codes in names().items() for code in codes}
    allied = _alliances(raw["alliances"], of_code)
    land, water = (_borders(raw["contiguity"], of_code, types) for types in (("1",), ("2", "3", "4")))
    for host, power, first in ADDED_BORDERS:
        land[host, power].update(range(first, WATCHED_TO + 1))
    powers = {*BORDERS_ONLY, *(row["power"] for row in regions)}
    for row in regions:
        water[row["iso3"], row["power"]].update(range(int(row["first"]), _end(row) + 1))
    ties = (allied, land, water)
    found = []
    for host, power in sorted(set().union(*ties)):
        if power in powers:
            found += _spells(host, power, [years.get((host, power), set()) for years in ties])
    return found


def _end(row: Row) -> int:
    """Last year of a spell, no later than is watched."""
    return min(int(row["last"]), WATCHED_TO)


def _alliances(rows: Sequence[Row], of_code: Mapping[int, str]) -> Years:
    """Years of an obligation to defend, both ways."""
    found: Years = defaultdict(set)
    for row in rows:
        if _number(row, "atop_defense") == 1:
            _both_ways(found, row, of_code, range(year := int(float(row["year"])), year + 1))
    _carry_on(found, ALLIES_TO)
    for (host, power), years in found.items():
        if {host, power} & set(LEFT_TREATY) and {host, power} & TREATY_POWERS:
            years.difference_update(range(LEFT_IN + 1, WATCHED_TO + 1))
    for host, power, first, last in OCCUPIED:
        found[host, power].update(range(first, last + 1))
    return found


def _borders(rows: Sequence[Row], of_code: Mapping[int, str], types: Sequence[str]) -> Years:
    """Years of a border of some types, both ways."""
    found: Years = defaultdict(set)
    for row in rows:
        if f"{_number(row, 'conttype'):g}" in types:
            years = range(int(row["stdate"][:4]), int(row["enddate"][:4]) + 1)
            _both_ways(found, row, of_code, years)
    _carry_on(found, BORDERS_TO)
    return found


def _both_ways(found: Years, row: Row, of_code: Mapping[int, str], years: range) -> None:
    """Years of a pair, whichever of the two is the host."""
    one, other = (of_code.get(int(float(row[column]))) for column in ("ccode1", "ccode2"))
    if one and other and one != other:
        found[one, other].update(years)
        found[other, one].update(years)


def _carry_on(found: Years, coded_to: int) -> None:
    """What held in the last year that was coded holds on."""
    for years in found.values():
        if coded_to in years:
            years.update(range(coded_to + 1, WATCHED_TO + 1))


def _spells(host: str, power: str, ties: Sequence[set[int]]) -> list[dict[str, str]]:
    """Spells of one pair; a spell that reaches the last year that is watched still holds."""
    spells: list[tuple[int, int, tuple[str, ...]]] = []
    for year in range(SPELLS_FROM, WATCHED_TO + 1):
        held = tuple(str(int(year in years)) for years in ties)
        if "1" not in held:
            continue
        if spells and spells[-1][1] == year - 1 and spells[-1][2] == held:
            spells[-1] = (spells[-1][0], year, held)
        else:
            spells.append((year, year, held))
    return [
        {"iso3": host, "power": power, "first": str(first),
         "last": str(STILL if last == WATCHED_TO else last)} | dict(zip(TIES, held, strict=True))
        for first, last, held in spells
    ]  # fmt: skip


def tabulate(folder: Path) -> dict[str, str]:
    """Both tables as texts, by file name.

    Parameters
    ----------
    folder : of the raw files.

    Raises
    ------
    RawDataError : a raw file is missing, or is not what it should be.
    """
    raw = read_raw(folder)
    with (TABLES / "regions.csv").open(encoding="utf-8", newline="") as stream:
        regions = list(csv.DictReader(stream))
    try:
        made = {"countries.csv": countries(raw), "dyads.csv": dyads(raw, regions)}
    except (KeyError, ValueError, TypeError) as error:
        raise RawDataError(f"a raw file is not as expected: {error!r}") from None
    return {name: _text(rows) for name, rows in made.items()}


def _text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare what raw data give with what ships, or write it; 0 fine or written, 1 differs, 2 for faults."""
    parser = argparse.ArgumentParser(prog="python -m diarchy.calibration.tabulate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the raw files")
    parser.add_argument("--write", action="store_true", help="replace the tables that ship")
    options = parser.parse_args(arguments)
    try:
        texts = tabulate(options.data)
    except DiarchyError as error:
        print(error, file=sys.stderr)
        return 2
    differing = 0
    for name, text in texts.items():
        old = set((TABLES / name).read_text(encoding="utf-8").splitlines())
        changed = [line for line in text.splitlines() if line not in old]
        differing += text != (TABLES / name).read_text(encoding="utf-8")
        print(f"{name}: {len(text.splitlines()) - 1} lines, {len(changed)} differ from what ships")
        print("\n".join(changed[:MOST_SHOWN]))
        if options.write:
            (TABLES / name).write_text(text, encoding="utf-8")
    return 0 if options.write or not differing else 1


if __name__ == "__main__":
    sys.exit(main())
