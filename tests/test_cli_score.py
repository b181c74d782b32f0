"""`score` and `fit`: their documents, their tables, what they keep, and what they refuse."""

import csv
import json
from collections import Counter

import pytest

pytest.importorskip("sklearn", reason="score and fit need the extra `science`")

from diarchy import cli, posterior
from diarchy.calibration import fit, library
from diarchy.calibration.outcomes import OUTCOME_COLUMNS
from diarchy.calibration.outside import QUESTIONS
from diarchy.calibration.rates import LINES
from diarchy.calibration.rungs import RUNGS
from diarchy.calibration.score import Score
from diarchy.commands.console import INTERRUPTED, WRONG_INPUT
from diarchy.commands.fit import learned
from diarchy.commands.score import in_library, left_out, reading

SHIPPED = library.LIBRARY
FEW = ["--draws", "4", "--futures", "4", "-j", "1"]
CASES = ("HUN1956", "TUN2011", "CHL2019", "BLR2020", "KAZ2022", "KEN2024")
SCORED = {
    "id", "n", "unknown", "brier", "brier_base", "brier_logit", "skill", "skill_interval", "log_score",
    "rate", "forecast_rate", "bins",
}  # fmt: skip


def rows_of(ids):
    """Rows of the shipped library."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["case_id"] in ids]


def write(path, rows):
    """A case file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A library of a few crises, and one folder for what is kept of them."""
    folder = tmp_path_factory.mktemp("library")
    return write(folder / "cases.csv", rows_of(CASES)), folder / "work"


@pytest.fixture
def work(small, monkeypatch, tmp_path):
    """That library in place of the shipped one; a working folder of its own."""
    monkeypatch.setattr(library, "LIBRARY", small[0])
    monkeypatch.chdir(tmp_path)
    return small[1]


def test_the_library_is_scored_leaving_one_out(work, capsys):
    assert cli.call(["score", *FEW, "--work", str(work), "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["schema"] == "diarchy/scores/1"
    assert (found["mode"], found["cases"], found["futures"], found["draws"]) == ("leave-one-out", 6, 4, 4)
    assert [one["id"] for one in found["questions"]] == list(QUESTIONS)
    assert all(one.keys() >= SCORED for one in found["questions"])
    assert all(one["n"] + one["unknown"] == 6 for one in found["questions"])
    assert [one["id"] for one in found["forecasts"]] == list(CASES)
    assert set(found["forecasts"][0]) == {"id", *RUNGS}
    assert all(one[q] is None or 0 < one[q] < 1 for one in found["forecasts"] for q in RUNGS)
    assert [one["id"] for one in found["rates"]] == [line.id for line in LINES]
    assert all(
        one["inside"] is not None for one in found["rates"] if one["n"] and one["forecast"] is not None
    )
    assert str(work) in said.err
    assert said.err.count("1 of 2, simulated: 6 of 6 cases") == 2  # two waves

    assert cli.call(["score", *FEW, "--work", str(work)]) == 0
    table = capsys.readouterr().out
    assert all(question in table for question in QUESTIONS)
    assert "better than the base rate: " in table
    assert "how often, in the futures and on record" in table


def test_a_file_of_cases_is_scored(work, tmp_path, capsys, monkeypatch):
    shipped = tmp_path / "posterior.csv"
    posterior.write_posterior(
        shipped, {"crowd.pool": (0.5, 0.9, 1.0, 1.0)}, "diarchy fit --leave-out KAZ2022 (x)"
    )
    monkeypatch.setattr(posterior, "SHIPPED", shipped)
    known, mine = rows_of(("KAZ2022", "HUN1956")), rows_of(("EGY2011", "UKR2014"))
    blank = mine[1] | dict.fromkeys(OUTCOME_COLUMNS, "")
    renamed = known[0] | {"case_id": "HUN-again"}
    path = write(tmp_path / "mine.csv", [known[1], renamed, mine[0], blank])
    arguments = ["score", "--cases", str(path), "--futures", "4", "--work", str(work)]
    assert cli.call([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["mode"], found["cases"], found["fitted_parameters"]) == ("cases", 4, 1)
    assert found["in_library"] == ["KAZ2022", "HUN-again"]
    assert found["seen_by_fit"] == ["HUN-again"]
    assert all(one["n"] + one["unknown"] == 4 for one in found["questions"])
    assert found["questions"][0]["unknown"] == 1
    assert [one["id"] for one in found["forecasts"]] == ["KAZ2022", "HUN-again", "EGY2011", "UKR2014"]

    assert cli.call(arguments) == 0
    table = capsys.readouterr().out
    assert "UKR2014" in table
    assert "seen by the fit: HUN-again" in table


def test_faults_of_a_file_are_told_all_at_once_by_line(work, tmp_path, capsys):
    rows = rows_of(("EGY2011", "UKR2014", "TUN2011"))
    rows[0] |= {"country": "Egyptt"}
    rows[1] |= {"start": "2999-01-01"}
    rows[2] |= {"pop_m": "many"}
    path = write(tmp_path / "mine.csv", rows)
    assert cli.call(["score", "--cases", str(path), "--work", str(work)]) == WRONG_INPUT
    said = capsys.readouterr().err
    assert all(f"mine.csv:{line}: " in said for line in (2, 3, 4))
    assert "Egypt'" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("case_id,country,strat\nA,Kenya,2024-06-18\n", "start"),
        ("case_id,country,start,pop_m,trigger,price_trigger,regime\n", "no rows"),
        ("A,Kenya\n" * 10_000, "mine.csv"),
    ],
    ids=["a column is missing", "empty", "far too many rows"],
)
def test_a_strange_file_is_refused(work, tmp_path, capsys, text, told):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    assert cli.call(["score", "--cases", str(path), "--work", str(work), "--json"]) == WRONG_INPUT
    said = capsys.readouterr()
    assert told in said.err
    assert json.loads(said.out)["schema"] == cli.FAULTS_SCHEMA


def test_no_file_at_all_is_refused(work, capsys):
    assert cli.call(["score", "--cases", "nowhere.csv", "--work", str(work)]) == WRONG_INPUT
    assert "nowhere.csv" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["score", "fit"])
def test_what_was_simulated_outlives_an_interrupt(command, work, tmp_path, capsys, monkeypatch):
    ran = []
    honest = fit.run_onset

    def stopped(onset, *rest):
        if len(ran) == 2:
            raise KeyboardInterrupt
        ran.append(onset.id)
        return honest(onset, *rest)

    monkeypatch.setattr(fit, "run_onset", stopped)
    folder = tmp_path / "kept"
    assert cli.call([command, "--draws", "2", "-j", "1", "--work", str(folder)]) == INTERRUPTED
    said = capsys.readouterr()
    assert said.out == ""
    assert f"kept in {folder}" in said.err
    assert len(list(folder.glob("*.npz"))) == 2
    monkeypatch.setattr(fit, "run_onset", lambda onset, *rest: ran.append(onset.id) or honest(onset, *rest))
    assert cli.call(["fit", "--draws", "2", "-j", "1", "--work", str(folder), "-q"]) == 0
    assert Counter(ran) == dict.fromkeys(CASES, 2)  # two waves, and nothing twice in either


def test_answers_of_another_model_are_not_mixed_in(work, tmp_path, capsys):
    (tmp_path / "made-by.json").write_text('{"made_by": "another"}', encoding="utf-8")
    assert cli.call(["score", "--work", str(tmp_path)]) == WRONG_INPUT
    assert "another version" in capsys.readouterr().err


def test_without_a_folder_it_is_told_where_answers_are_kept(work, tmp_path, capsys):
    assert cli.call(["fit", "--draws", "2", "-j", "1", "--leave-out", "none"]) == 0
    folders = list((tmp_path / "results" / "score").iterdir())
    assert len(folders) == 1
    assert folders[0].name in capsys.readouterr().err
    assert len(list(folders[0].glob("*.npz"))) == 12  # two waves


def test_the_fit_is_written_and_can_be_read(work, tmp_path, capsys):
    out = tmp_path / "fitted.csv"
    arguments = ["fit", "--draws", "4", "-j", "1", "--work", str(work), "--out", str(out)]
    assert cli.call([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["cases"], found["left_out"]) == ("diarchy/fit/1", 5, ["KAZ2022"])
    assert found["not_identified"] == sum(not one["identified"] for one in found["parameters"])
    assert {one["rung"] for one in found["predictive"]} <= set(RUNGS)
    assert 0 <= found["not_identified"] <= len(found["parameters"])
    ranks = [one["information"] for one in found["parameters"]]
    assert ranks == sorted(ranks, reverse=True)
    read = posterior.read_posterior(out)
    assert set(read) == {one["name"] for one in found["parameters"]}
    head = out.read_text(encoding="utf-8").splitlines()[:2]
    assert all(line.startswith("# ") for line in head)
    assert "diarchy fit --draws 4 --leave-out KAZ2022" in head[1]
    assert left_out(out) == {"KAZ2022"}

    before = out.read_bytes()
    assert cli.call(arguments) == WRONG_INPUT
    assert "--force" in capsys.readouterr().err
    assert cli.call([*arguments, "--force"]) == 0
    assert "were not identified" in capsys.readouterr().out
    assert out.read_bytes() == before  # the same command, the same table


def test_unknown_cases_to_leave_out_are_told_all_at_once(work, capsys):
    wrong = ["--leave-out", "KAZ2023", "--leave-out", "XYZ"]
    assert cli.call(["fit", *wrong, "--work", str(work)]) == WRONG_INPUT
    said = capsys.readouterr().err
    assert "'KAZ2023'" in said
    assert "did you mean 'KAZ2022'" in said
    assert "'XYZ'" in said


def test_a_fit_on_nothing_or_to_nowhere_is_refused(work, tmp_path, capsys):
    everybody = [word for name in CASES for word in ("--leave-out", name)]
    nowhere = ["--out", str(tmp_path / "no" / "posterior.csv")]
    assert cli.call(["fit", *everybody, *nowhere, "--work", str(work)]) == WRONG_INPUT
    said = capsys.readouterr().err
    assert "no case is left" in said
    assert "no such folder" in said


def test_learning_is_measured_from_the_prior():
    assert learned(0.0, 1.0) == 0.0
    assert learned(1.0, 1.0) == pytest.approx(0.5)
    assert learned(0.0, 0.5) > 0.0


def test_the_reading_claims_no_more_than_the_intervals():
    plain = {"n": 9, "unknown": 0, "skill": 0.1}
    scores = [
        Score("a", skill_interval=(0.01, 0.2), **plain),
        Score("b", skill_interval=(-0.1, 0.2), **plain),
        Score("c", skill_interval=(-0.3, -0.1), **plain),
        Score("d", 2, 7),
    ]
    assert reading(scores) == (
        "better than the base rate: a; worse than the base rate: c; "
        "no skill shown either way: b; too few known answers: d"
    )
    assert reading(scores[1:2]) == "better than the base rate: none; no skill shown either way: b"


def test_known_cases_are_found_by_id_or_by_country_and_day(work):
    shipped = library.read_library()
    assert in_library(shipped, shipped.onsets) == {name: name for name in CASES}
    assert in_library(shipped.without(CASES[:3]), shipped.onsets[:3]) == {}


@pytest.mark.slow
def test_the_whole_library_is_scored(tmp_path, capsys):
    """What the documentation shows, as a person would make it: all crises, all draws, within half an hour."""
    arguments = ["score", "--work", str(tmp_path / "work"), "--json"]
    assert cli.call(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["elapsed_s"] < 30 * 60
    assert len(found["forecasts"]) == found["cases"] == len(library.read_library())
    scored = [one for one in found["questions"] if one["skill"] is not None]
    assert len(scored) >= 9
    assert all(0 <= one["brier"] <= 1 for one in scored)
    assert all(one["skill_interval"][0] <= one["skill"] <= one["skill_interval"][1] for one in scored)


def test_figures_that_cannot_be_written_are_refused_before_the_work(work, tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    given = ["fit", "--work", str(work), "-o", str(tmp_path / "p.csv"), "--figures", str(tmp_path / "taken")]
    assert cli.call(given) == WRONG_INPUT
    said = capsys.readouterr().err
    assert "cannot be a folder for figures" in said
    assert "simulated" not in said
