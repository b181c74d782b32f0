"""Base rates come out of the open data as they ship."""

import datetime as dt
from dataclasses import astuple
from pathlib import Path

import pytest

from diarchy.base_rates import BASE_RATES, read_base_rates
from diarchy.calibration.recompute import (
    FILES,
    RawDataError,
    campaigns,
    main,
    protests,
    recompute,
    table_text,
)
from diarchy.calibration.spells import deployment_spells, intervention_spells
from diarchy.calibration.survival import read_stays

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PROTEST = {
    "country": "Kazakhstan",
    "protesterviolence": "0.0",
    "killings": "0",
    "accomodation": "0",
    "ignore": "1",
    "price increases_tax_policy": "0",
    "removal_of_politician": "0",
    "start_date": "2011-05-01",
    "end_date": "2011-05-01",
}
CAMPAIGN = {
    "NONVIOL": "1.0",
    "VIOL": "0.0",
    "REGCHANGE": "1.0",
    "ONGOING": "0.0",
    "EYEAR": "2005.0",
    "SUCCESS": "1.0",
    "DEFECT": "1.0",
    "REGAID": "",
    "PERCENTAGEPOPULARPARTICIPATION": "",
    "DURATION": "30.0",
}
DEPLOYMENT = {
    "host": "Tonga",
    "invited": "yes",
    "purpose": "stabilise_riot",
    "start": "2006-11-18",
    "end": "2006-12-02",
    "censored": "0",
}


def close(ours, theirs):
    """Whether two lines say the same, numbers but for the digits that do not ship."""
    return all(
        a == pytest.approx(b, rel=1e-3) if isinstance(a, float) else a == b
        for a, b in zip(astuple(ours), astuple(theirs), strict=True)
    )


@pytest.fixture(scope="module")
def computed():
    if not all((DATA / place).is_file() for place in FILES.values()):
        pytest.skip("the open data do not lie beside the project")
    pytest.importorskip("lifelines", reason="needs the extra 'science'")
    return recompute(DATA)


def test_base_rates_come_out_as_they_ship(computed):
    shipped = list(read_base_rates().values())
    assert [line.id for line in computed[0]] == [line.id for line in shipped]
    for ours, theirs in zip(computed[0], shipped, strict=True):
        assert close(ours, theirs)


def test_the_table_of_stays_comes_out_as_it_ships(computed):
    shipped = [line for lines in read_stays().values() for line in lines]
    assert len(computed[1]) == len(shipped)
    for ours, theirs in zip(computed[1], shipped, strict=True):
        assert close(ours, theirs)


@pytest.mark.parametrize(
    ("key", "value", "n"),
    [
        ("lethal.all", 0.054, 15239),
        ("lethal.price", 0.051, 1414),
        ("lethal.price_violent", 0.133, 474),
        ("lethal.removal", 0.087, 1889),
        ("lethal.price_removal", 0.132, 91),
        ("accommodation.price", 0.144, 1414),
        ("accommodation.price_removal", 0.220, 91),
        ("ignored.price", 0.493, 1414),
        ("lethal.post_soviet_violent", 0.106, 180),
        ("lethal.kazakhstan", 0.045, 88),
        ("success.nonviolent_1990", 0.650, 100),
        ("success.nonviolent_2010", 0.493, 69),
        ("success.violent_1990", 0.236, 55),
        ("success.defection", 0.814, 43),
        ("success.no_defection", 0.520, 98),
        ("success.foreign_aid", 0.522, 46),
        ("success.no_foreign_aid", 0.653, 95),
        ("success.small", 0.556, 54),
        ("success.large", 0.929, 14),
        ("stay.invited.30", 0.91, 55),
        ("stay.invited.90", 0.82, 55),
    ],
)
def test_rates_known_from_an_independent_count(key, value, n):
    line = read_base_rates()[key]
    assert line.value == pytest.approx(value, abs=0.0051 if n == 55 else 0.00051)
    assert line.n == n
    assert line.low < line.value < line.high


def test_every_line_has_a_source_and_an_interval_that_holds_it():
    for line in read_base_rates().values():
        assert line.source
        assert line.n > 0
        assert line.low <= line.value <= line.high


def test_shares_of_protests():
    deadly = {**PROTEST, "killings": "1", "price increases_tax_policy": "1", "end_date": "2011-05-03"}
    rates = {line.id: line for line in protests([PROTEST, PROTEST, PROTEST, deadly])}
    assert (rates["lethal.all"].value, rates["lethal.all"].n) == (0.25, 4)
    assert (rates["lethal.price"].value, rates["lethal.price"].n) == (1, 1)
    assert rates["protest_days.0.5"].value == 1
    assert rates["protest_days.0.95"].value == 3


def test_a_campaign_that_goes_on_is_no_failure():
    going_on = {**CAMPAIGN, "ONGOING": "1.0", "SUCCESS": "0.0"}
    rates = {line.id: line for line in campaigns([CAMPAIGN, going_on], [CAMPAIGN])}
    assert (rates["success.nonviolent_1990"].value, rates["success.nonviolent_1990"].n) == (1, 1)
    assert rates["success.no_foreign_aid"].n == 1
    assert rates["success.small"].n == 0  # participation unknown


def test_interventions_that_went_on_when_the_collection_closed_are_censored():
    row = {"direction": "1", "target": "500", "start": "19880101", "end": "19880130"}
    found = intervention_spells(
        [
            row,
            {**row, "end": "88888888"},
            {**row, "end": "19881231"},
            {**row, "start": "20050101", "end": "20060110"},
            {**row, "start": "19880130"},
            {**row, "start": "19700331", "end": "10720718"},
            {**row, "direction": "3"},
        ]
    )
    assert [(spell.days, spell.ended) for spell in found] == [
        (29, True),
        (365, False),
        (365, False),
        (374, True),
        (0.5, True),
        (840, True),
    ]


def test_what_was_not_known_at_the_freeze_is_not_told():
    later = {**DEPLOYMENT, "host": "Kazakhstan", "start": "2022-01-06", "end": "2022-01-19"}
    open_ended = {
        **DEPLOYMENT,
        "host": "Mali",
        "purpose": "restore_gov",
        "start": "2021-12-01",
        "end": "2022-08-15",
    }
    found = deployment_spells([DEPLOYMENT, later, open_ended], dt.date(2021, 12, 31))
    assert [(spell.host, spell.days, spell.ended) for spell in found] == [
        ("Tonga", 14, True),
        ("Mali", 30, False),
    ]
    assert deployment_spells([later], None)[0].days == 13


def test_no_line_that_is_frozen_knows_of_the_case_that_ships():
    rates = read_base_rates()
    assert rates["stay.invited_frozen.14"].value > rates["stay.invited.14"].value
    assert rates["survives.partial.frozen"].n == rates["survives.partial"].n - 1


def test_all_missing_files_are_named_at_once(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert all(Path(place).name in said for place in FILES.values())
    assert "Traceback" not in said


def test_a_file_with_other_columns_is_a_fault(tmp_path):
    for place in FILES.values():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RawDataError, match="not as expected"):
        recompute(tmp_path)


def test_a_file_that_is_no_text_or_too_large_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr("diarchy.calibration.recompute.MAX_BYTES", 10)
    (tmp_path / "mm").mkdir()
    (tmp_path / FILES["protests"]).write_text("a" * 11, encoding="utf-8")
    (tmp_path / FILES["crises"]).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RawDataError) as raised:
        recompute(tmp_path)
    assert "too large" in str(raised.value)
    assert "not UTF-8" in str(raised.value)


def test_the_tables_have_been_written_by_this_code(computed):
    folder = BASE_RATES.parent
    for name, lines in (("base_rates.csv", computed[0]), ("stays.csv", computed[1])):
        head = (folder / name).read_text(encoding="utf-8").splitlines()[0]
        assert table_text(lines).splitlines()[0] == head
