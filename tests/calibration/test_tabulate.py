"""The tables of covariates come out of the open data as they ship."""

import shutil
from pathlib import Path

import pytest

from diarchy.calibration import tabulate
from diarchy.calibration.tabulate import FILES, RawDataError

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ABSENT = not all((DATA / place).exists() for place in FILES.values())


@pytest.mark.skipif(ABSENT, reason="the raw data do not ship")
def test_the_tables_that_ship_are_made_by_this_code():
    for name, text in tabulate.tabulate(DATA).items():
        assert (tabulate.TABLES / name).read_text(encoding="utf-8") == text, name


def a_country(**columns):
    """Raw rows of one country, number 705, over a few years."""
    rows = {name: [] for name in FILES}
    for year, cells in columns.get("years", {}).items():
        head = {"ccode": "705.0", "year": f"{year}.0"}
        rows["capabilities"].append(head | {"tpop": cells.get("tpop", ""), "cinc": cells.get("cinc", "")})
        rows["incomes"].append(head | {"mrgdppc": cells.get("income", ""), "pwtpop": cells.get("pwt", "")})
        rows["democracy"].append(
            head | {"polity2": cells.get("polity", ""), "v2x_polyarchy": cells.get("index", "")}
        )
    return rows


def table(**columns):
    """Rows of countries.csv for it, by year."""
    return {int(row["year"]): row for row in tabulate.countries(a_country(**columns)) if row["iso3"] == "KAZ"}


def test_figures_are_rounded_and_an_estimate_stands_in_for_a_missing_count():
    found = table(
        years={1995: {"tpop": "15816.4", "cinc": "0.0034567", "income": "8123.4"}, 1996: {"pwt": "15.5774"}}
    )
    assert found[1995]["population"] == "15816000"
    assert (found[1995]["cinc"], found[1995]["gdp_pc"]) == ("0.00346", "8120")
    assert found[1996]["population"] == "15577000"
    assert 1997 not in found


def test_a_score_is_shown_when_it_changes_and_carried_on_by_the_index():
    found = table(years={
        2017: {"polity": "-6.0", "index": "0.23"}, 2018: {"polity": "-6.0", "index": "0.23"},
        2019: {"index": "0.33"}, 2020: {"index": "0.95"},
    })  # fmt: skip
    assert [found[year]["polity"] for year in (2017, 2018, 2019, 2020)] == ["-6", "", "-3.7", "10"]


def test_a_year_without_a_score_before_the_last_is_read_off_the_index():
    found = table(years={1995: {"index": "0.5"}})
    assert found[1995]["polity"] == f"{tabulate.POLITY_AT_ZERO + 0.5 * tabulate.POLITY_PER_INDEX:.1f}"


def a_tie(years, **columns):
    """Raw rows of Kazakhstan (705) and Russia (365)."""
    pair = {"ccode1": "705.0", "ccode2": "365.0"}
    rows = a_country()
    rows["alliances"] = [pair | {"year": f"{year}.0", "atop_defense": "1.0"} for year in years]
    rows["contiguity"] = [pair | {"conttype": "1.0"} | columns] if columns else []
    regions = [{"iso3": "KGZ", "power": "RUS", "first": "1991", "last": "9999"}]
    found = tabulate.dyads(rows, regions)
    return [tuple(row.values())[2:] for row in found if (row["iso3"], row["power"]) == ("KAZ", "RUS")]


def test_ties_are_spells_and_those_that_held_when_coding_ended_hold_on():
    assert a_tie(range(2000, 2003)) == [("2000", "2002", "1", "0", "0")]
    assert a_tie(range(2000, 2019)) == [("2000", "9999", "1", "0", "0")]
    both = a_tie(range(2000, 2003), stdate="1991-12-25", enddate="2016-12-01")
    assert both == [
        ("1991", "1999", "0", "1", "0"),
        ("2000", "2002", "1", "1", "0"),
        ("2003", "9999", "0", "1", "0"),
    ]


def test_faults_of_raw_files_are_told_at_once(tmp_path, capsys):
    (tmp_path / "cow").mkdir()
    (tmp_path / FILES["alliances"]).write_bytes(b"not packed")
    with pytest.raises(RawDataError) as raised:
        tabulate.tabulate(tmp_path)
    assert str(raised.value).count("no such file") == len(FILES) - 1
    assert "cannot be read" in str(raised.value)
    assert tabulate.main(["--data", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_writing_replaces_what_differs(tmp_path, monkeypatch, capsys):
    for name in ("countries.csv", "dyads.csv"):
        shutil.copy(tabulate.TABLES / name, tmp_path / name)
    made = dict.fromkeys(("countries.csv", "dyads.csv"), "iso3,year\nKAZ,2000\n")
    monkeypatch.setattr(tabulate, "TABLES", tmp_path)
    monkeypatch.setattr(tabulate, "tabulate", lambda folder: made)
    assert tabulate.main(["--data", "."]) == 1
    assert "KAZ,2000" in capsys.readouterr().out
    assert tabulate.main(["--data", ".", "--write"]) == 0
    assert tabulate.main(["--data", "."]) == 0
