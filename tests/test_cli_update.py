"""`diarchy update` as a user meets it: the flagship's reports, a store without reports, faults, one seed."""

import json
import shutil
from pathlib import Path

import pytest

from diarchy import cli
from diarchy.commands.console import WRONG_INPUT
from diarchy.registry import find_case
from diarchy.report.added import added

FEW = ["--days", "8"]
HEAD = "id,quantity,window,value,error,reliability,event_date,report_date,retracts,source,note\n"


def document(capsys):
    """What standard output holds."""
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """A table without reports."""
    path = tmp_path_factory.mktemp("reports") / "none.csv"
    path.write_text(HEAD)
    return str(path)


def test_a_run_without_reports_is_the_run_bit_for_bit(nothing, tmp_path, capsys):
    out = str(tmp_path / "store")
    assert cli.call(["run", "kazakhstan-2022", "-n", "20", "-j", "1", *FEW, "-o", out, "--json", "-q"]) == 0
    run = document(capsys)
    assert (Path(out) / "inputs" / "reports.csv").is_file()  # so that the store alone can be updated
    assert cli.call(["update", out, "--observed", nothing, "-j", "1", "--json", "-q"]) == 0
    updated = document(capsys)
    assert updated["scenario_sha256"] == run["scenario_sha256"]
    theories = [one["name"] for one in updated["hypotheses"]]
    assert theories == ["base", "orbit", "limited", "purge", "sticky", "external"]
    assert all(one["weight"] == pytest.approx(1 / 6) for one in updated["hypotheses"])
    same = ("value", "quantiles", "n", "kind", "unit", "note")
    ran = {(a["id"], a["arm"]): a for a in run["answers"]}
    compared = 0
    for answer in updated["answers"]:
        if answer["arm"] == "posterior":
            continue
        before = ran[answer["id"], answer["arm"]]
        assert {key: answer[key] for key in same} == {key: before[key] for key in same}
        for bar in ("monte_carlo", "parameter"):
            assert answer["interval"][bar] == before["interval"][bar]
        compared += 1
    assert compared > 100
    assert [one["id"] for one in added(Path(out))["hypotheses"]["hypotheses"]] == theories


def test_a_case_without_reports_says_what_to_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.call(["new", "case", "tide", "-q"]) == 0
    assert cli.call(["update", "./tide", "-n", "8"]) == 2
    assert "brings no 'reports.csv'; name a table of reports with --observed" in capsys.readouterr().err


def update(*more, observed=None, until="2022-01-04"):
    """A small update of the flagship."""
    given = ["--observed", observed] if observed else []
    few = ["-n", "16", "--forecasts", "8", "--hypotheses", "orbit", "--ask", "wave,deaths", "-q"]
    return cli.call(["update", "kazakhstan-2022", *given, "--until", until, *few, *more])


def test_the_flagships_reports_are_read_and_weigh(capsys):
    assert update("-j", "1", "--json", "--by-day", "--from", "2022-01-02") == 0
    found = document(capsys)
    assert found["schema"] == "diarchy/update/1"
    assert [day["date"] for day in found["days"]] == ["2022-01-02", "2022-01-03", "2022-01-04"]
    assert found["days"][0]["weights"] == {"base": 0.5, "orbit": 0.5}
    assert found["days"][1]["news"] == ["square-3-january"]
    assert "not-dead-9-january" in found["reports"]["later"]
    assert sum(found["days"][2]["weights"].values()) == pytest.approx(1.0)
    assert set(found["days"][2]["answers"]) == {"wave", "deaths"}
    # No hindsight: the last day alone, on two processes, gives the same bits.
    assert update("-j", "2", "--json") == 0
    alone = document(capsys)
    assert alone["answers"] == found["answers"]
    assert alone["hypotheses"] == found["hypotheses"]
    assert {"reports", "log_evidence", "surprise", "accepted"} <= alone["hypotheses"][0]["log"][0].keys()


def test_tables_for_people(capsys):
    assert update("-j", "1", "--by-day", "--weights", "orbit=3", until="2022-01-03") == 0
    said = capsys.readouterr().out
    assert "weights in percent and answers by day" in said
    assert "75 %" in said
    assert "Bayes factor" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--until", "2021-12-01"], "is before the run starts (2021-12-30)"),
        (["--until", "soon"], "'soon' is not a date"),
        (["--from", "2022-01-09", "--by-day"], "is after --until"),
        (["--ask", "waves"], "did you mean 'wave'"),
        (["--ask", "help_needed"], "question 'help_needed' compares two worlds"),
        (["--weights", "orbits=1"], "did you mean 'orbit'"),
        (["--observed", "/nowhere/reports.csv"], "no file 'reports.csv'"),
    ],
)
def test_faults_of_the_command_line(capsys, arguments, message):
    assert update(*arguments) == WRONG_INPUT
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err


def test_a_fault_in_the_table_has_its_line_and_changes_nothing(tmp_path, capsys):
    path = tmp_path / "reports.csv"
    shutil.copy(find_case("kazakhstan-2022") / "reports.csv", path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join([lines[0], lines[1].replace("2022-01-03,2022-01-03", "2021-12-03,2022-01-03"), *lines[2:]])
    )
    assert update("--json", observed=str(path)) == WRONG_INPUT
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert fault["where"] == "reports.csv:2"
    assert "before the run starts" in fault["what"]
