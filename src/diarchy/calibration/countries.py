"""Countries by their many names, and what was known of each the year before a crisis.

The tables ship with the project; ``tables/README.md`` says where each figure comes from.
"""

from __future__ import annotations

import csv
import functools
import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLES = Path(__file__).parent / "tables"

#: Powers that could send troops anywhere, in the sense of the Correlates of War after 1945.
MAJOR_POWERS = ("USA", "RUS", "CHN", "FRA", "GBR")
#: An onset names at least, and at most, so many possible patrons.
FEWEST_PATRONS, MOST_PATRONS = 2, 4
#: A power that is not a major one can rescue only states that are clearly weaker. Judgement.
_CLEARLY_STRONGER = 1.5
#: A state younger than its crisis takes the first figures there are, if they come within so many years.
_NEW_STATE_YEARS = 5


@dataclass(frozen=True)
class Patron:
    """A power that could send troops.

    Parameters
    ----------
    name : its three-letter code.
    allied : whether a defence alliance binds it to the host.
    contiguous : whether they share a border on land.
    capability : [1] its material capability over the host's.
    distance : [1] between their ideal points in the UN's votes; nan where one has none.
    regional : whether region or past rule ties it to the host.
    """

    name: str
    allied: bool
    contiguous: bool
    capability: float
    distance: float
    regional: bool = False


@dataclass(frozen=True)
class Covariates:
    """What was known of a country the year before; nan where nothing was.

    Parameters
    ----------
    population : [people]
    gdp_pc : [2011 dollar] income per head.
    polity : [-10, 10] democracy score.
    cinc : [1] share of the world's material capability.
    ideal_point : [1] position in the UN's votes.
    """

    population: float = math.nan
    gdp_pc: float = math.nan
    polity: float = math.nan
    cinc: float = math.nan
    ideal_point: float = math.nan


@dataclass(frozen=True)
class _Tie:
    """Years over which a power was tied to a country, and how."""

    power: str
    first: int
    last: int
    allied: bool
    land: bool
    regional: bool


def _rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a shipped table."""
    with (_TABLES / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _plain(text: str) -> str:
    """A name without accents, case, punctuation and articles."""
    text = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c)).replace("'", "").replace("\u2019", "")
    return " ".join(word for word in re.split(r"[^a-z0-9]+", text) if word and word != "the")


@functools.cache
def _names() -> dict[str, str]:
    """Plain name, code or number -> three-letter code."""
    found: dict[str, str] = {}
    for row in _rows("names.csv"):
        for name in (row["iso3"], row["name"], *row["variants"].split(";"), *row["cow"].split(";")):
            if name.strip():
                found.setdefault(_plain(name), row["iso3"])
    return found


def country_names() -> Collection[str]:
    """The English names of all countries."""
    return [row["name"] for row in _rows("names.csv")]


def find_country(text: str) -> str | None:
    """The three-letter code of a country by name, variant, code or Correlates of War number.

    >>> [find_country(name) for name in ("Serbia (FRY)", "Korea, South", "705", "Atlantis")]
    ['SRB', 'KOR', 'KAZ', None]
    """
    names = _names()
    head, _, tail = text.partition(",")
    for form in (text, re.sub(r"\(.*?\)", " ", text), f"{tail} {head}"):
        if iso3 := names.get(_plain(form)):
            return iso3
    return None


@functools.cache
def _series() -> dict[str, dict[str, tuple[list[int], list[float]]]]:
    """Country -> covariate -> years in order, and values."""
    found: dict[str, dict[str, tuple[list[int], list[float]]]] = {}
    for row in _rows("countries.csv"):
        by_name = found.setdefault(row["iso3"], {})
        for name in Covariates.__dataclass_fields__:
            if row[name]:
                years, values = by_name.setdefault(name, ([], []))
                years.append(int(row["year"]))
                values.append(float(row[name]))
    return found


def _last_year(iso3: str, year: int) -> int:
    """The year before, or the first year of a state that is younger than its crisis."""
    years, _ = _series().get(iso3, {}).get("population", ([], []))
    young = bool(years) and year - 1 < years[0] <= year - 1 + _NEW_STATE_YEARS
    return years[0] if young else year - 1


def _value(iso3: str, name: str, year: int) -> float:
    """The latest value at or before a year; of figures that begin soon after it, the first."""
    years, values = _series().get(iso3, {}).get(name, ([], []))
    at = bisect_right(years, year)
    if at:
        return values[at - 1]
    return values[0] if years and years[0] <= year + _NEW_STATE_YEARS else math.nan


def covariates(iso3: str, year: int) -> Covariates:
    """What was known of a country at the start of a year: figures of the year before.

    Parameters
    ----------
    iso3 : three-letter code.
    year : of the onset; nothing of this year or later is used, unless a new state's figures begin later.
    """
    last = _last_year(iso3, year)
    return Covariates(**{name: _value(iso3, name, last) for name in Covariates.__dataclass_fields__})


@functools.cache
def _ties() -> dict[str, list[_Tie]]:
    """Country -> its ties to powers."""
    found: dict[str, list[_Tie]] = {}
    for row in _rows("dyads.csv"):
        allied, land, regional = (row[name] == "1" for name in ("allied", "land", "regional"))
        tie = _Tie(row["power"], int(row["first"]), int(row["last"]), allied, land, regional)
        found.setdefault(row["iso3"], []).append(tie)
    return found


def _known(value: float) -> float:
    """A number, or the one nan that equals itself in tuples, so that equal onsets compare equal."""
    return math.nan if math.isnan(value) else value


def _capability(power: Covariates, host: Covariates) -> float:
    """A power's capability over the host's; by people where an index is missing."""
    ratio = power.cinc / host.cinc if host.cinc > 0 else math.nan
    return _known(ratio if not math.isnan(ratio) else power.population / host.population)


def _ties_of(iso3: str, year: int) -> dict[str, tuple[bool, bool, bool]]:
    """Powers tied to a host in a year: alliance, border on land, region or past rule."""
    tied: dict[str, tuple[bool, bool, bool]] = {}
    for tie in _ties().get(iso3, []):
        if tie.first <= year <= tie.last:
            tied[tie.power] = (tie.allied, tie.land, tie.regional)
    return tied


@functools.cache
def patrons(iso3: str, year: int) -> tuple[Patron, ...]:
    """The powers that could send troops into a country, the most closely tied first.

    Powers that are stronger than the host and tied to it by a defence alliance, a border on land, region or
    past rule, at most `MOST_PATRONS`; where they are fewer than `FEWEST_PATRONS`, also the major powers that
    vote most like it. The choice knows nothing of who came.

    Parameters
    ----------
    iso3 : the host.
    year : of the onset; ties and figures are those of the year before.
    """
    host, tied = covariates(iso3, year), _ties_of(iso3, _last_year(iso3, year))
    found = []
    for name in {*MAJOR_POWERS, *tied} - {iso3}:
        power = covariates(name, year)
        ratio = _capability(power, host)
        if not ratio <= (1.0 if name in MAJOR_POWERS else _CLEARLY_STRONGER):
            allied, land, regional = tied.get(name, (False, False, False))
            distance = _known(abs(power.ideal_point - host.ideal_point))
            found.append(Patron(name, allied, land, ratio, distance, regional))
    near = sorted((p for p in found if p.name in tied), key=_rank)[:MOST_PATRONS]
    rest = sorted((p for p in found if p.name not in tied), key=_likeness)
    return (*near, *rest[: max(FEWEST_PATRONS - len(near), 0)])


def _rank(patron: Patron) -> tuple[float, str]:
    """Order of tied powers: each tie counts one, being a major power one, a tenfold strength a half."""
    strength = 0.0 if math.isnan(patron.capability) else math.log10(patron.capability) / 2
    ties = patron.allied + patron.contiguous + patron.regional
    return -(ties + (patron.name in MAJOR_POWERS) + strength), patron.name


def _likeness(patron: Patron) -> tuple[float, str]:
    """Order of powers without a tie: who votes most like the host."""
    return math.inf if math.isnan(patron.distance) else patron.distance, patron.name
