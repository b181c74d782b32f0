"""Case files: what a run may see, what it may not, and what is wrong with a stranger's table."""

import csv
import dataclasses
import datetime as dt
import io
import math
import random

import pytest

from diarchy.calibration.countries import country_names, covariates, find_country, patrons
from diarchy.calibration.library import LIBRARY, ONSET_COLUMNS, read_library
from diarchy.calibration.outcomes import OUTCOME_COLUMNS
from diarchy.calibration.wording import REGIMES, TRIGGERS, regime_class, trigger_class
from diarchy.errors import ScenarioError

TODAY = dt.date(2025, 1, 1)
ROW = {
    "case_id": "A1",
    "country": "Kenya",
    "start": "2024-06-18",
    "pop_m": "55",
    "trigger": "tax rises",
    "price_trigger": "1",
    "regime": "democracy",
}


def write(path, rows, columns=None):
    """A case file with these rows."""
    text = io.StringIO()
    out = csv.DictWriter(text, columns or list(rows[0]), extrasaction="ignore")
    out.writeheader()
    out.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def read_one(tmp_path, **cells):
    """Onset and outcome of one row."""
    library = read_library(write(tmp_path / "cases.csv", [ROW | cells]), today=TODAY)
    return library.onsets[0], library.outcomes[0]


def faults_of(path, **options):
    """The lines of the error that a file raises."""
    with pytest.raises(ScenarioError) as caught:
        read_library(path, today=TODAY, **options)
    return [str(fault) for fault in caught.value.faults]


@pytest.fixture(scope="module")
def library():
    """The shipped crises."""
    return read_library()


@pytest.fixture(scope="module")
def shipped():
    """The shipped table as dicts."""
    with LIBRARY.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_no_outcome_reaches_an_onset(tmp_path, library, shipped):
    known = [row | {c: "" for c in row if c not in ONSET_COLUMNS} for row in shipped]
    blanked = read_library(write(tmp_path / "blank.csv", known))
    assert blanked.onsets == library.onsets
    assert all(math.isnan(o.out_days) and math.isnan(o.helped) for o in blanked.outcomes)
    assert read_library(write(tmp_path / "bare.csv", shipped, ONSET_COLUMNS)).onsets == library.onsets


def test_outcomes_of_other_cases_change_no_onset(tmp_path, library, shipped):
    others = random.Random(1).sample(shipped, len(shipped))
    mixed = [
        {c: (row if c in ONSET_COLUMNS else other)[c] for c in row}
        for row, other in zip(shipped, others, strict=True)
    ]
    for row in mixed:  # another case's fall may lie before this one's start
        row["leader_out_date"] = ""
    swapped = read_library(write(tmp_path / "mixed.csv", mixed))
    assert swapped.onsets == library.onsets
    assert repr(swapped.outcomes) != repr(library.outcomes)


def test_the_shipped_library_is_whole(library, shipped):
    assert len(library) == len(shipped) == len(library.outcomes) == len(library.where)
    for onset, outcome, where in zip(library.onsets, library.outcomes, library.where, strict=True):
        assert onset.regime in REGIMES
        assert onset.trigger in TRIGGERS
        assert onset.price_shock == (onset.trigger == "price")
        assert onset.gdp_pc > 0, onset.id
        assert -10 <= onset.polity <= 10 or onset.id == "TON2006"  # no score exists for Tonga
        assert 2 <= len(onset.patrons) <= 4, onset.id
        assert all(p.capability > 1 and p.name != onset.iso3 for p in onset.patrons)
        assert not math.isnan(outcome.out_days + outcome.disobeyed + outcome.helped), onset.id
        assert where.startswith("cases.csv:")


def test_cases_can_be_left_out(library):
    rest = library.without({"KAZ2022"})
    assert len(rest) == len(library) - 1
    assert "KAZ2022" not in [onset.id for onset in rest.onsets]
    assert rest.where[-1] == library.where[-1]


def test_kazakhstan_2022(library):
    at = [onset.id for onset in library.onsets].index("KAZ2022")
    onset, outcome = library.onsets[at], library.outcomes[at]
    assert (onset.iso3, onset.date, onset.trigger) == ("KAZ", dt.date(2022, 1, 2), "price")
    assert onset.population == 19.5e6
    russia = onset.patrons[0]
    assert (russia.name, russia.allied, russia.contiguous) == ("RUS", True, True)
    assert (outcome.out_days, outcome.disobeyed, outcome.deaths) == (math.inf, 1.0, 238.0)
    assert (outcome.helped, outcome.stay_days, outcome.stay_censored) == (1.0, 13.0, False)
    assert outcome.peak_share == pytest.approx(0.00256)


@pytest.mark.parametrize(
    ("case", "helped"),
    [("GDR1953", 1), ("HUN1956", 1), ("SYR2011", 0), ("GMB2017", 0), ("UKR2014", 0), ("TON2006", 1)],
)
def test_help_is_for_the_government_and_in_time(library, case, helped):
    at = [onset.id for onset in library.onsets].index(case)
    assert library.outcomes[at].helped == helped
    assert math.isnan(library.outcomes[at].stay_days) == (not helped)


def test_only_onset_columns_are_needed(tmp_path):
    onset, outcome = read_one(tmp_path)
    assert (onset.iso3, onset.trigger, onset.regime) == ("KEN", "price", "democracy")
    assert all(math.isnan(v) for k, v in dataclasses.asdict(outcome).items() if k != "stay_censored")


def test_blank_onset_cells_come_from_the_tables(tmp_path):
    onset, _ = read_one(tmp_path, pop_m="", regime="", trigger="", price_trigger="")
    assert onset.population == covariates("KEN", 2024).population
    assert (onset.regime, onset.trigger, onset.price_shock) == ("democracy", "other", False)


def test_outcome_cells(tmp_path):
    _, outcome = read_one(
        tmp_path, leader_outcome="fled", leader_out_date="2024-07-18", security_defection="partial",
        foreign_mil="1", side="gov", int_start="2024-06-20", int_end="2024-12-31+", peak_k_best="55",
    )  # fmt: skip
    assert (outcome.out_days, outcome.disobeyed, outcome.helped) == (30.0, 1.0, 1.0)
    assert (outcome.stay_days, outcome.stay_censored) == (194.0, True)
    assert outcome.peak_share == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        ({"leader_outcome": "survived"}, math.inf),
        ({"leader_outcome": "survived", "leader_out_date": "2024-11-23"}, 158.0),
        ({"leader_outcome": "survived", "days_to_leader_out": "5"}, 5.0),
    ],
)
def test_the_day_of_the_fall(tmp_path, cells, days):
    assert read_one(tmp_path, **cells)[1].out_days == days


def test_a_fall_without_a_day_is_unknown(tmp_path):
    assert math.isnan(read_one(tmp_path, leader_outcome="fled")[1].out_days)


def test_covariates_are_those_of_the_year_before():
    assert covariates("TUN", 2011).polity == -4.0  # not the better score after the fall
    assert covariates("KAZ", 2022).population == 19744000
    assert covariates("KAZ", 2030).population == 20035000  # the last year holds on


def test_ties_are_those_of_the_year_before():
    assert "RUS" in [p.name for p in patrons("ARM", 2018) if p.allied]
    assert not any(p.allied for p in patrons("GEO", 2008) if p.name == "RUS")
    assert patrons("USA", 2020) == () or all(p.capability > 1 for p in patrons("USA", 2020))


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("Burma", "MMR"), ("Côte d'Ivoire", "CIV"), ("Serbia (FRY)", "SRB"), ("Korea, South", "KOR"),
        ("the Gambia", "GMB"), ("USSR", "RUS"), ("DRC", "COD"), ("705", "KAZ"), ("kaz", "KAZ"),
        ("Türkiye", "TUR"), ("Bosnia & Herzegovina", "BIH"), ("GDR", "DDR"), ("Atlantis", None), ("", None),
    ],
)  # fmt: skip
def test_countries_by_many_names(name, iso3):
    assert find_country(name) == iso3


def test_country_names_are_distinct():
    assert all(find_country(name) for name in country_names())
    assert len({find_country(name) for name in country_names()}) == len(country_names())


def test_words_become_classes():
    assert trigger_class("fifth term", False) == "leader"
    assert trigger_class("Tunisia, police abuse", False) == "repression"
    assert trigger_class("election", None) == "election"
    assert trigger_class("price", False) == "other"
    assert regime_class("personal communist", math.nan) == "personal"
    assert regime_class("word unknown", -9.0) == "personal"
    assert regime_class("word unknown", 0.0) == "electoral"


def test_all_faults_at_once_and_by_line(tmp_path):
    rows = [
        ROW,
        ROW | {"case_id": "A2", "country": "Kazakstan"},
        ROW | {"case_id": "A3", "start": "2031-01-01"},
        ROW | {"pop_m": "many"},
        ROW | {"case_id": "A5", "start": "1 May 1990", "price_trigger": "perhaps"},
        ROW | {"case_id": "A6", "start": "1901-01-01"},
        ROW | {"case_id": "A/7", "pop_m": "55000000"},
    ]
    rows = [row | {"deaths_best": "some" if row["case_id"] == "A6" else "1"} for row in rows]
    said = faults_of(write(tmp_path / "mine.csv", rows))
    for line, words in [
        (3, "unknown country 'Kazakstan'"), (3, "did you mean 'Kazakhstan'?"), (4, "lies in the future"),
        (5, "case_id 'A1' is given twice (first on line 2)"), (5, "pop_m 'many'"), (6, "'1 May 1990'"),
        (6, "'perhaps'"), (7, "too early"), (7, "deaths_best 'some'"), (8, "'A/7'"), (8, "millions"),
    ]:  # fmt: skip
        assert any(f.startswith(f"mine.csv:{line}: ") and words in f for f in said), (line, words, said)
    assert len(said) == 10


@pytest.mark.parametrize("column", ONSET_COLUMNS)
def test_a_missing_column_and_the_other_faults(tmp_path, column):
    columns = [c for c in ROW if c != column]
    rows = [ROW | {"country": "Atlantis"}, ROW | {"case_id": "A2", "start": "2031-01-01"}]
    said = faults_of(write(tmp_path / "mine.csv", rows, columns))
    assert f"'mine.csv' has no column '{column}'" in said[0]
    assert said[0].startswith("mine.csv:1: ")
    assert any("Atlantis" in f for f in said) == (column != "country")
    assert any("future" in f for f in said) == (column != "start")


def test_outcomes_may_be_asked_for(tmp_path):
    said = faults_of(write(tmp_path / "mine.csv", [ROW]), need_outcomes=True)
    assert len(said) == len(OUTCOME_COLUMNS)


def test_a_misspelt_outcome_column_is_not_lost_in_silence(tmp_path):
    (said,) = faults_of(write(tmp_path / "mine.csv", [ROW | {"death_best": "3", "remark": "x"}]))
    assert "death_best" in said
    assert "did you mean 'deaths_best'?" in said


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"leader_out_date": "2023-01-01"}, "before the start"),
        ({"leader_out_date": "2031-01-01"}, "lies in the future"),
        ({"int_start": "soon"}, "int_start 'soon' is not a day"),
        ({"foreign_mil": "2"}, "foreign_mil '2'"),
        ({"deaths_best": "-3"}, "deaths_best '-3'"),
        ({"peak_pct": "101"}, "peak_pct '101'"),
        ({"days_to_leader_out": "nan?"}, "days_to_leader_out 'nan?'"),
    ],
)
def test_outcomes_that_say_nothing(tmp_path, cells, words):
    (said,) = faults_of(write(tmp_path / "mine.csv", [ROW | cells]))
    assert words in said
    assert said.startswith("mine.csv:2: ")


def test_too_many_rows(tmp_path):
    rows = [ROW | {"case_id": f"A{i}"} for i in range(10_000)]
    (said,) = faults_of(write(tmp_path / "mine.csv", rows))
    assert "too large" in said
    assert "5000 rows" in said


def test_thousands_of_wrong_names_are_told_quickly(tmp_path):
    rows = [ROW | {"case_id": f"A{i}", "country": f"Land {i}"} for i in range(4_000)]
    assert len(faults_of(write(tmp_path / "mine.csv", rows))) == 4_000


def test_files_that_are_no_case_files(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    assert "empty" in faults_of(tmp_path / "empty.csv")[0]
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in faults_of(tmp_path / "binary.csv")[0]
    assert "no file 'none.csv'" in faults_of(tmp_path / "none.csv")[0]
    assert "folder" in faults_of(tmp_path)[0]
    (tmp_path / "header.csv").write_text(",".join(ONSET_COLUMNS) + "\n")
    assert "no rows" in faults_of(tmp_path / "header.csv")[0]


def test_a_library_can_forget_what_came_of_some():
    whole = read_library()
    some = whole.blanked(["KAZ2022"])
    place = [onset.id for onset in whole.onsets].index("KAZ2022")
    assert some.onsets == whole.onsets
    blank = some.outcomes[place]
    assert all(math.isnan(x) for x in (blank.deaths, blank.out_days, blank.helped, blank.asked))
    assert not math.isnan(whole.outcomes[place].deaths)
    pairs = list(zip(some.outcomes, whole.outcomes, strict=True))
    assert all(one is other for i, (one, other) in enumerate(pairs) if i != place)
