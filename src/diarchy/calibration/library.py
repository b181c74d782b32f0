"""The library of crises: what was known at the onset of each, and apart from it, what came of it.

A case file is a table with one crisis a row; ``docs/concepts/library.md`` is its public schema. A run sees an
`Onset` and nothing else. An `Onset` is built from the onset columns alone, and from covariates of the year
before, so that no outcome can reach a run.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from diarchy.calibration.countries import Patron, country_names, covariates, find_country, patrons
from diarchy.calibration.outcomes import OUTCOME_COLUMNS, Outcome, read_outcome
from diarchy.calibration.wording import regime_class, trigger_class
from diarchy.errors import Faults, ScenarioError, nearest
from diarchy.scenario.files import CaseFolder, shown
from diarchy.scenario.tables import Table, check_columns, read_table

__all__ = ["Library", "Onset", "Outcome", "Patron", "read_library"]

#: The columns that a run needs. A file without one of them is refused.
ONSET_COLUMNS = ("case_id", "country", "start", "pop_m", "trigger", "price_trigger", "regime")

#: Columns of the schema that tell a reader more, and that nothing here reads.
_TOLD_COLUMNS = (
    "event", "end", "peak_k_low", "peak_k_high", "protester_violence_0_3", "lethal_force", "elite_split",
    "leader_at_onset", "outcome_class", "intervener", "invited", "troops", "net_shutdown",
    "shutdown_days", "conf", "notes", "navco13", "source",
)  # fmt: skip

#: The shipped library.
LIBRARY = Path(__file__).parent / "tables" / "cases.csv"

#: Covariates begin in 1946; earlier crises would have none.
_FIRST_ONSET = dt.date(1946, 1, 1)
_MOST_MILLIONS = 1500.0
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NO, _YES = ("0", "0.0", "no", "false"), ("1", "1.0", "yes", "true")
#: Searching the nearest of some hundred names takes milliseconds: not for thousands of wrong ones.
_MOST_NEAREST = 100
#: How alike a strange column and an absent one must be to be taken for a slip of the pen.
_ALMOST = 0.8


@dataclass(frozen=True)
class Onset:
    """What was known on the first day of a crisis.

    Parameters
    ----------
    id, country, iso3 : the row's id, the country as written, its three-letter code.
    date : the first day.
    population : [people] living in the country.
    regime : one of `wording.REGIMES`.
    trigger : one of `wording.TRIGGERS`.
    price_shock : whether a rise of prices or taxes set it off.
    polity : [-10, 10] democracy score of the year before; nan where unknown.
    gdp_pc : [2011 dollar] income per head of the year before; nan where unknown.
    patrons : the powers that could send troops, the nearest first.
    """

    id: str
    country: str
    iso3: str
    date: dt.date
    population: float
    regime: str
    trigger: str
    price_shock: bool
    polity: float
    gdp_pc: float
    patrons: tuple[Patron, ...]


@dataclass(frozen=True)
class Library:
    """Crises by their onsets, and in the same order what came of them, and the line of each."""

    onsets: tuple[Onset, ...]
    outcomes: tuple[Outcome, ...]
    where: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.onsets)

    def blanked(self, ids: Collection[str]) -> Library:
        """The library with nothing known of what came of some crises, by id."""
        outcomes = (
            Outcome() if onset.id in ids else outcome
            for onset, outcome in zip(self.onsets, self.outcomes, strict=True)
        )
        return Library(self.onsets, tuple(outcomes), self.where)

    def without(self, ids: Collection[str]) -> Library:
        """The library with some crises left out, by id."""
        kept = [i for i, onset in enumerate(self.onsets) if onset.id not in ids]
        return Library(
            tuple(self.onsets[i] for i in kept),
            tuple(self.outcomes[i] for i in kept),
            tuple(self.where[i] for i in kept),
        )


def read_library(
    path: Path | str | None = None, *, need_outcomes: bool = False, today: dt.date | None = None
) -> Library:
    """The crises of a case file, or of the shipped library.

    Parameters
    ----------
    path : a CSV file of the public schema; None reads the shipped one.
    need_outcomes : also refuse a file that lacks an outcome column, as scoring may ask.
    today : no date may be later; by default the day of reading.

    Raises
    ------
    ScenarioError
        With all faults of the file, each with its line.
    """
    faults = Faults(ScenarioError)
    file = Path(path).absolute() if path is not None else LIBRARY
    # The user names this file himself, so a link is followed; the rest is what any file of a case must be.
    file = file.resolve() if file.exists() else file
    table = read_table(CaseFolder(file.parent, faults), file, file.name)
    if table is None:
        faults.raise_now()
    _check_header(table, need_outcomes, faults)
    today = today or dt.date.today()
    reader = _Rows(table, today, faults)
    onsets, outcomes = [], []
    for i, row in enumerate(table.rows):
        onsets.append(reader.onset(i))
        outcomes.append(read_outcome(row, reader.start(i), today, table.at(i), faults))
    if not table.rows:
        faults.add("the table has no rows", f"{table.name}:1", cure="one crisis a row")
    faults.raise_if_any()
    found = tuple(onset for onset in onsets if onset is not None)
    return Library(found, tuple(outcomes), tuple(table.at(i) for i in range(len(found))))


def _check_header(table: Table, need_outcomes: bool, faults: Faults) -> None:
    """Every column that is needed, and no column that is almost one of the schema."""
    wanted = (*ONSET_COLUMNS, *OUTCOME_COLUMNS) if need_outcomes else ONSET_COLUMNS
    where = f"{table.name}:1"
    check_columns(table, wanted, where, faults)
    absent = [c for c in OUTCOME_COLUMNS if c not in table.columns and c not in wanted]
    strange = set(table.columns) - {*ONSET_COLUMNS, *OUTCOME_COLUMNS, *_TOLD_COLUMNS}
    for column in sorted(strange):
        for near in difflib.get_close_matches(column, absent, 1, _ALMOST):
            faults.add(f"column '{shown(column)}' is not of the schema", where, near=near,
                       cure="name it so, or name it otherwise")  # fmt: skip


class _Rows:
    """The onset facts of the rows of one table, and what is wrong with them."""

    def __init__(self, table: Table, today: dt.date, faults: Faults):
        self.table, self.today, self.faults = table, today, faults
        self.lines: dict[str, int] = {}
        self.unknown: dict[str, str] = {}
        self.starts: dict[int, dt.date | None] = {}

    def onset(self, row: int) -> Onset | None:
        """The onset of one row, from the onset columns only; None when something is wrong."""
        cells = {column: self.table.rows[row].get(column, "") for column in ONSET_COLUMNS}
        before = len(self.faults)
        name, iso3 = self._id(row, cells), self._country(row, cells)
        date, price = self.start(row), self._price(row, cells)
        population = self._population(row, cells)
        if iso3 is None or date is None:
            return None
        known = covariates(iso3, date.year)
        population = known.population if population is None else population
        if math.isnan(population) and len(self.faults) == before:
            self.faults.add("pop_m is blank, and no population is known", self.table.at(row),
                            cure="give the population in millions")  # fmt: skip
        trigger = trigger_class(cells["trigger"], price)
        onset = Onset(
            name, cells["country"], iso3, date, population, regime_class(cells["regime"], known.polity),
            trigger, trigger == "price", known.polity, known.gdp_pc, patrons(iso3, date.year),
        )  # fmt: skip
        return onset if len(self.faults) == before else None

    def start(self, row: int) -> dt.date | None:
        """The first day of a row's crisis; looked at once."""
        if row not in self.starts:
            self.starts[row] = self._start(row)
        return self.starts[row]

    def _start(self, row: int) -> dt.date | None:
        """The first day, or None and what is wrong with it."""
        if "start" not in self.table.columns:
            return None
        text, where = self.table.rows[row]["start"], self.table.at(row)
        try:
            if not _DAY.fullmatch(text):
                raise ValueError
            date = dt.date.fromisoformat(text)
        except ValueError:
            self.faults.add(f"start '{shown(text)}' is not a day", where, "YYYY-MM-DD")
            return None
        if date > self.today:
            self.faults.add(f"start {date} lies in the future", where, f"up to {self.today}")
            return None
        if date < _FIRST_ONSET:
            self.faults.add(f"start {date} is too early: covariates are missing", where, f"{_FIRST_ONSET} on")
            return None
        return date

    def _id(self, row: int, cells: Mapping[str, str]) -> str:
        """The row's id, given once."""
        name, where = cells["case_id"], self.table.at(row)
        if "case_id" not in self.table.columns:
            return name
        if not _ID.fullmatch(name):
            self.faults.add(f"case_id '{shown(name)}' is not an id", where,
                            "letters, digits, -, _ and ., at most 64")  # fmt: skip
        elif name in self.lines:
            self.faults.add(f"case_id '{name}' is given twice (first on line {self.lines[name]})", where)
        self.lines.setdefault(name, self.table.lines[row])
        return name

    def _country(self, row: int, cells: Mapping[str, str]) -> str | None:
        """The country's code, or None and the nearest country."""
        if "country" not in self.table.columns:
            return None
        text = cells["country"]
        iso3 = find_country(text)
        if iso3 is None:
            if text not in self.unknown:
                few = len(self.unknown) < _MOST_NEAREST
                self.unknown[text] = nearest(text, country_names()) if few else ""
            self.faults.add(f"unknown country '{shown(text)}'", self.table.at(row),
                            "an English name, a three-letter ISO code or a Correlates of War number",
                            self.unknown[text])  # fmt: skip
        return iso3

    def _price(self, row: int, cells: Mapping[str, str]) -> bool | None:
        """Whether prices set the crisis off; None when the cell is blank."""
        text = cells["price_trigger"].casefold()
        if text and text not in (*_NO, *_YES):
            self.faults.add(
                f"price_trigger '{shown(text)}' is neither yes nor no", self.table.at(row), "0, 1"
            )
        return (text in _YES) if text else None

    def _population(self, row: int, cells: Mapping[str, str]) -> float | None:
        """People in the country; None when the cell is blank."""
        text = cells["pop_m"]
        if not text:
            return None
        try:
            millions = float(text)
        except ValueError:
            millions = math.nan
        if not 0 < millions <= _MOST_MILLIONS:
            self.faults.add(f"pop_m '{shown(text)}' is not a population", self.table.at(row),
                            f"millions, above 0 and up to {_MOST_MILLIONS:g}")  # fmt: skip
            return math.nan
        return float(round(millions * 1e6))
