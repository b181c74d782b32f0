"""Base rates and survival tables, computed anew from the open data sets.

``python -m diarchy.calibration.recompute --data DIR`` reads the raw files in a folder, and says how what
comes out differs from the tables that ship; ``--write`` replaces them. The raw files do not ship: licences
differ, and nothing but counts is needed. ``docs/concepts/outside_view.md`` says where they come from.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from diarchy.base_rates import BASE_RATES, BaseRate
from diarchy.calibration.library import read_library
from diarchy.calibration.recorded import library_rates
from diarchy.calibration.spells import FROZEN, Group, Row, Spell, Test, days_between, groups
from diarchy.calibration.survival import (
    STAYS,
    Stay,
    clopper_pearson,
    kaplan_meier,
    life_table,
    weibull,
)
from diarchy.errors import DiarchyError, Faults

#: The raw files, by what they hold, under the folder that the user names.
FILES = {
    "protests": "mm/mm_master_1990_2020.csv",
    "campaigns": "navco/navco_1_3_list.tab",
    "campaigns_in_detail": "navco/navco_1_2_updated.tab",
    "interventions": "imi/imi_with_durations.csv",
    "deployments": "interventions.csv",
    "crises": "cases.csv",
}
#: Nothing here is larger than a few megabytes.
MAX_BYTES = 16 * 1024 * 1024
POST_SOVIET = frozenset({
    "Armenia", "Azerbaijan", "Belarus", "Georgia", "Kazakhstan", "Kyrgyzstan", "Moldova", "Russia",
    "Tajikistan", "Turkmenistan", "Ukraine", "Uzbekistan",
})  # fmt: skip
#: Lines of a difference that are printed.
MOST_SHOWN = 20
#: A run lasts some months: the law of stays that it needs is that of the first year [day].
FIRST_YEAR = 365.0


class RawDataError(DiarchyError):
    """A raw file is missing, or is not what it should be."""

    phase = "reading the open data"


def read_raw(folder: Path) -> dict[str, list[Row]]:
    """The raw files of a folder.

    Parameters
    ----------
    folder : where they lie, under the names of `FILES`.

    Returns
    -------
    Rows of each file, by what they hold.

    Raises
    ------
    RawDataError
        With every file that is missing, too large or no text.
    """
    faults, found = Faults(RawDataError), {}
    for name, place in FILES.items():
        path = folder / place
        if not path.is_file():
            faults.add("no such file", str(path), cure="docs/concepts/outside_view.md tells where to get it")
        elif path.stat().st_size > MAX_BYTES:
            faults.add("the file is too large", str(path), f"{MAX_BYTES} bytes")
        else:
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                faults.add("the file is not UTF-8 text", str(path))
                continue
            tabbed = path.suffix == ".tab"
            reader = (
                csv.DictReader(io.StringIO(text), delimiter="\t", doublequote=False, escapechar="\\")
                if tabbed
                else csv.DictReader(io.StringIO(text))
            )
            found[name] = list(reader)
    faults.raise_if_any()
    return found


def _on(column: str) -> Test:
    """Whether a column of numbers counts at least one."""
    return lambda row: float(row[column] or 0) >= 1


def _both(*tests: Test) -> Test:
    """Whether all of some things hold."""
    return lambda row: all(test(row) for test in tests)


def _rate(
    key: str, what: str, among: str, rows: Iterable[Row], hit: Test, source: str, caveat: str
) -> BaseRate:
    """The share of rows for which something holds."""
    hits = [hit(row) for row in rows]
    n = len(hits)
    share = sum(hits) / n if n else float("nan")
    low, high = clopper_pearson(share, n)
    return BaseRate(key, what, among, share, low, high, "1", n, source, caveat)


def _length(
    key: str, what: str, among: str, spells: Sequence[Spell], share: float, source: str, caveat: str
) -> BaseRate:
    """The day by which a share of the spells has ended."""
    curve = kaplan_meier([s.days for s in spells], [s.ended for s in spells])
    low, high = curve.quantile_interval(share)
    return BaseRate(key, what, among, curve.quantile(share), low, high, "day", curve.n, source, caveat)


def protests(rows: list[Row]) -> list[BaseRate]:
    """How states answered protests (Mass Mobilization).

    Parameters
    ----------
    rows : protests, one a row.

    Returns
    -------
    Lines of the table.
    """
    price, removal = _on("price increases_tax_policy"), _on("removal_of_politician")
    violent, killed = _on("protesterviolence"), _on("killings")
    lethal, given, ignored = "deaths by state violence", "accommodation", "no response"
    source, cleaned = "mass-mobilization-5.1", "events, not campaigns; about 1,900 empty rows dropped"
    lines = [
        ("lethal.all", lethal, "all protests", lambda row: True, killed, cleaned),
        ("lethal.price", lethal, "demand: prices or taxes", price, killed, ""),
        ("lethal.price_violent", lethal, "demand: prices or taxes; violent", _both(price, violent), killed,
         "violence is coded afterwards"),
        ("lethal.removal", lethal, "demand: removal of a politician", removal, killed, ""),
        ("lethal.price_removal", lethal, "demands: prices and removal", _both(price, removal), killed, "few"),
        ("lethal.post_soviet_violent", lethal, "12 post-Soviet states; violent",
         _both(lambda row: row["country"] in POST_SOVIET, violent), killed, "violence is coded afterwards"),
        ("lethal.kazakhstan", lethal, "Kazakhstan",
         lambda row: row["country"] == "Kazakhstan", killed, "few"),
        ("accommodation.all", given, "all protests", lambda row: True, _on("accomodation"), ""),
        ("accommodation.price", given, "demand: prices or taxes", price, _on("accomodation"), ""),
        ("accommodation.price_removal", given, "demands: prices and removal", _both(price, removal),
         _on("accomodation"), "few"),
        ("ignored.price", ignored, "demand: prices or taxes", price, _on("ignore"), ""),
    ]  # fmt: skip
    rates = [
        _rate(key, f"P({what})", among, filter(test, rows), hit, source, caveat)
        for key, what, among, test, hit, caveat in lines
    ]
    spells = [Spell(days_between(row["start_date"], row["end_date"]) + 1.0, True, "", row) for row in rows]
    for share in (0.5, 0.95, 0.99):
        rates.append(
            _length(f"protest_days.{share:g}", f"length of a protest, {share:g} quantile", "all protests",
                    spells, share, source, "an event, not a campaign; both days counted")
        )  # fmt: skip
    return rates


def campaigns(listed: list[Row], detailed: list[Row]) -> list[BaseRate]:
    """How often campaigns to change a regime succeeded (NAVCO).

    Parameters
    ----------
    listed : campaigns of version 1.3.
    detailed : campaigns of version 1.2, with defection, aid and participation.

    Returns
    -------
    Lines of the table.
    """
    rates = []
    ended = [row for row in listed if _on("REGCHANGE")(row) and not _on("ONGOING")(row)]
    for kind, word, first, last in (
        ("NONVIOL", "nonviolent", 1990, 2009), ("NONVIOL", "nonviolent", 2010, 2019),
        ("VIOL", "violent", 1990, 2009),
    ):  # fmt: skip
        some = [row for row in ended if _on(kind)(row) and first <= float(row["EYEAR"]) <= last]
        among = f"{word} campaigns for regime change that ended {first}-{last}"
        rates.append(_rate(f"success.{word}_{first}", "P(success)", among, some, _on("SUCCESS"), "navco-1.3",
                           "campaigns are large by definition"))  # fmt: skip
    peaceful = [row for row in detailed if _on("NONVIOL")(row) and _on("REGCHANGE")(row)]
    lines: list[tuple[str, str, Test]] = [
        ("defection", "forces defected", _on("DEFECT")),
        ("no_defection", "forces did not defect", lambda row: not _on("DEFECT")(row)),
        ("foreign_aid", "the regime had foreign aid", _on("REGAID")),
        ("no_foreign_aid", "the regime had no foreign aid", lambda row: not _on("REGAID")(row)),
        ("small", "peak below 0.25 % of the population", lambda row: _peak(row) < 0.0025),
        ("large", "peak above 3.5 % of the population", lambda row: _peak(row) > 0.035),
    ]
    for key, among, test in lines:
        rates.append(
            _rate(f"success.{key}", "P(success)", f"nonviolent campaigns for regime change; {among}",
                  filter(test, peaceful), _on("SUCCESS"), "navco-1.2",
                  "coded afterwards" + ("; few" if key == "large" else ""))
        )  # fmt: skip
    rates.append(_rate("defection.campaigns", "P(forces defect)", "nonviolent campaigns for regime change",
                       peaceful, _on("DEFECT"), "navco-1.2",
                       "campaigns are large by definition"))  # fmt: skip
    spells = [Spell(float(row["DURATION"]), True, "", row) for row in peaceful]
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        rates.append(
            _length(f"campaign_days.{share:g}", f"length of a campaign, {share:g} quantile",
                    "nonviolent campaigns for regime change", spells, share, "navco-1.2", "")
        )  # fmt: skip
    return rates


def _peak(row: Row) -> float:
    """Peak participation as a share of the population."""
    return float(row["PERCENTAGEPOPULARPARTICIPATION"] or "nan")


def crises(rows: list[Row]) -> list[BaseRate]:
    """How often leaders survived the crises of the own library.

    Parameters
    ----------
    rows : crises, one a row.

    Returns
    -------
    Lines of the table.
    """
    lines: list[tuple[str, str, Test]] = [
        ("no_defection", "forces all obeyed", lambda row: row["security_defection"] == "none"),
        ("partial", "forces obeyed in part", lambda row: row["security_defection"] == "partial"),
        ("defection", "army neutral or turned", lambda row: row["security_defection"] in ("neutral", "army")),
        ("price", "set off by prices", _on("price_trigger")),
    ]
    spans = (("", "9999", "onset up to 2024"), (".frozen", str(FROZEN), "onset before 2022"))
    return [
        _rate(f"survives.{key}{mark}", "P(leader survives)", f"{among}; {span}",
              [row for row in rows if test(row) and row["start"] <= until],
              lambda row: row["leader_outcome"].startswith("survived"), "case-library",
              "chosen crises; defection is coded afterwards")
        for mark, until, span in spans
        for key, among, test in lines
    ]  # fmt: skip


def stay_rates(some: list[Group]) -> list[BaseRate]:
    """Chances, medians and Weibull laws of stays.

    Parameters
    ----------
    some : classes of stays.

    Returns
    -------
    Lines of the table.
    """
    rates = []
    for group in some:
        name, words, source, caveat = group.name, group.words, group.source, group.caveat
        days, ended = [s.days for s in group.spells], [s.ended for s in group.spells]
        curve = kaplan_meier(days, ended)
        for day in (14, 30, 90, 180, 365, 1826):
            rates.append(BaseRate(f"stay.{name}.{day}", f"P(stay > {day} d)", words, curve.at(day),
                                  *curve.interval(day), "1", curve.n, source, caveat))  # fmt: skip
        rates.append(_length(f"stay.{name}.median", "median stay", words, group.spells, 0.5, source, caveat))
        for mark, horizon in (("", None), (".first_year", FIRST_YEAR)):
            law = weibull(days, ended, [s.host for s in group.spells], horizon)
            span = "first year" if horizon else "all years"
            note = f"{caveat}; intervals allow for dependence within a host"
            for what, value, bounds, unit in (
                ("shape", law.shape, law.shape_interval, "1"),
                ("scale", law.scale, law.scale_interval, "day"),
            ):  # fmt: skip
                rates.append(BaseRate(f"stay.{name}.{what}{mark}", f"Weibull {what} of stays, {span}", words,
                                      value, *bounds, unit, law.n, source, note))  # fmt: skip
    return rates


def recompute(folder: Path) -> tuple[list[BaseRate], list[Stay]]:
    """Base rates and the survival table from raw data.

    Parameters
    ----------
    folder : where the raw files lie, under the names of `FILES`.

    Returns
    -------
    The lines of both tables, as they ship.

    Raises
    ------
    RawDataError
        When a raw file is missing, or is not what it should be.
    DesignError
        When lifelines is not installed.
    """
    raw = read_raw(folder)
    try:
        some = groups(raw["interventions"], raw["deployments"])
        rates = [*protests(raw["protests"]), *campaigns(raw["campaigns"], raw["campaigns_in_detail"]),
                 *crises(raw["crises"]), *library_rates(read_library()), *stay_rates(some)]  # fmt: skip
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise RawDataError(f"a raw file is not as expected: {error!r}") from None
    table: list[Stay] = []
    for group in some:
        curve = kaplan_meier([s.days for s in group.spells], [s.ended for s in group.spells])
        table += life_table(curve, group.name, group.clock, group.source)
    return rates, table


def table_text(lines: Sequence[BaseRate] | Sequence[Stay]) -> str:
    """Lines as a table; numbers with four digits.

    Parameters
    ----------
    lines : base rates or stays.

    Returns
    -------
    CSV text.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in fields(lines[0])])
    for line in lines:
        writer.writerow([f"{cell:.4g}" if isinstance(cell, float) else cell for cell in astuple(line)])
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare what raw data give with what ships, or write it.

    Parameters
    ----------
    arguments : of the command line; by default those of the process.

    Returns
    -------
    0 when nothing differs or the tables were written, 1 when something differs, 2 for faults.
    """
    parser = argparse.ArgumentParser(prog="python -m diarchy.calibration.recompute", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the raw files")
    parser.add_argument("--write", action="store_true", help="replace the tables that ship")
    options = parser.parse_args(arguments)
    try:
        rates, stays = recompute(options.data)
    except DiarchyError as error:
        print(error, file=sys.stderr)
        return 2
    differing = 0
    for path, text in ((BASE_RATES, table_text(rates)), (STAYS, table_text(stays))):
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        changed = [line for line in text.splitlines() if line not in old.splitlines()]
        differing += old != text
        print(f"{path.name}: {len(text.splitlines()) - 1} lines, {len(changed)} differ from what ships")
        print("\n".join(changed[:MOST_SHOWN]))
        if options.write:
            path.write_text(text, encoding="utf-8")
    return 0 if options.write or not differing else 1


if __name__ == "__main__":
    sys.exit(main())
