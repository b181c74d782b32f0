"""Everything that is wrong with a command is told at once; nothing is written, nothing on standard output."""

import os

import pytest

from diarchy import cli
from diarchy.commands import usage
from diarchy.commands.console import WRONG_INPUT
from diarchy.errors import DesignError, DiarchyError, Gathered, ModelError
from diarchy.places import why_unwritable
from diarchy.scenario import schema

KAZ = "kazakhstan-2022"


@pytest.fixture
def refused(capsys, tmp_path, monkeypatch):
    """Call a command that is to be refused in an empty folder; what it said."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.txt").write_text("no folder")
    (tmp_path / "d").mkdir()

    def call(line):
        before = sorted(path.name for path in tmp_path.rglob("*"))
        assert cli.call(line.split()) == WRONG_INPUT
        said = capsys.readouterr()
        assert said.out == ""
        assert "Traceback" not in said.err
        assert sorted(path.name for path in tmp_path.rglob("*")) == before
        return said.err

    return call


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"run {KAZ} --days 99999999 --arms bsae", ("at most 3650", "'base'")),
        (f"run {KAZ} --start 2022-13-01 --set crowd.pol=3% -o f.txt", ("1..12", "'crowd.pool'", "a store")),
        (f"run {KAZ} --set crowd.pol=3% --weights oribt=2 --only 5000", ("'crowd.pool'", "'orbit'", "5000")),
        ("run kazakstan --days 0 -n 0", (f"'{KAZ}'", "'--days'", "'--futures'")),
        (f"run {KAZ} --dayz 5 -n 0 --progress loud", ("'--days'", "'--futures'", "'loud'")),
        (f"run {KAZ} --until-ci nan --start 9999-12-31", ("nan is not", "beyond the year")),
        (f"run {KAZ} --seed {2**70}", ("run.seed", "at most 9223372036854775807")),
        (f"run {KAZ} -n 0 -o {'a' * 300}", ("'--futures'", "'--out'", "too long a path")),
        (f"report {'a' * 300} --figures gif", ("'STORE'", "too long a path")),
        (f"fit -o {'a/' * 300} --draws 1", ("'--draws'", "'--out'", "too long a path")),
        (f"run {KAZ} --resume --force --until-ci 2", ("choose one", "0<x<=1")),
        ("run --resume -o nostore --set bad", ("there is no store", "'bad' sets nothing")),
        ("compare one two --arms a,b", ("two arms of one", "one: is not there", "two: is not there")),
        ("report gone -o d --figures gif --add none.json --bundle f.txt/x",
         ("'gif'", "gone: is not there", "d: is a folder", "none.json", "'f.txt' is no folder")),
        ("why gone wave --top 0 -n 1", ("'--top'", "'--futures'", "gone: is not there")),
        ("evidence nocase --verdict wrong --kind odd --store x",
         ("'wrong'", "'odd'", "--store goes with --asked", "'nocase'")),
        (f"evidence {KAZ} --asked --about nothing --store gone", ("no filter", "gone", "'nothing'")),
        ("cite nocase --document none.txt --make none.csv", ("'nocase'", "none.txt", "none.csv")),
        (f"update {KAZ} --until x --from y --observed none.csv --hypotheses limtd --set crowd.pol=1",
         ("'x' is not a date", "'y' is not a date", "none.csv", "'limited'", "'crowd.pool'")),
        (f"update {KAZ} --ask wvae --weights orbt=1", ("'wave'", "'orbit'")),
        (f"update {KAZ} --ask ,", ("no question ''; allowed: wave,",)),
        ("coverage nocase --store gone -n 0", ("'--futures'", "'nocase'", "gone")),
        (f"coverage {KAZ} --set crowd.pol=1 -o f.txt", ("'crowd.pool'", "not a store")),
        ("score --cases none.csv --work f.txt -n 0", ("'--futures'", "none.csv", "f.txt: cannot keep")),
        (f"score -n {2**70} --draws {2**70}", ("'--futures'", "'--draws'", "2<=x<=10000000")),
        (f"fit --draws {2**70} --leave-out XX", ("'--draws'", "2<=x<=10000000", "'XX'")),
        (f"leverage nocase --seed {2**70}", ("'--seed'", "'nocase'")),
        ("fit --leave-out XX --out d --figures f.txt --work f.txt --draws 1",
         ("'--draws'", "'XX'", "d: is a folder", "folder for figures", "cannot keep answers")),
        ("classic grannovetter --figure BAD --seeds 0", ("'--seeds'", "'granovetter'", "'BAD'")),
        ("describe nocase --graph y", ("'y'", "'nocase'")),
        ("leverage nocase --samples 1", ("'--samples'", "'nocase'")),
        ("studio nocase --port 99999", ("'--port'", "'nocase'")),
        ("check one/case.yaml two/case.yaml", ("one/case.yaml", "two/case.yaml")),
        ("list caes --json=1", ("--json",)),
    ],
)  # fmt: skip
def test_all_faults_of_a_command_are_told_at_once(refused, line, told):
    said = refused(line)
    assert [text for text in told if text not in said] == []


def test_a_wrong_figure_is_told_before_the_model_is_run(refused):
    assert "'BAD'" in refused("classic kuran --figure BAD")


def test_values_of_unknown_options_are_not_taken_for_arguments(refused):
    said = refused("ask --nope value --arms")
    assert "value" not in said.replace("--nope value", "")


def test_one_fault_of_an_option_alone_shows_how_the_command_is_used(refused):
    assert "Usage: diarchy new case" in refused("new case --nope x")


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left(tmp_path):
    assert why_unwritable(tmp_path / "a" / "b") == ""
    assert os.listdir(tmp_path) == []
    (tmp_path / "file").write_text("")
    assert "no folder" in why_unwritable(tmp_path / "file" / "below")
    assert why_unwritable(tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert "no folder" in why_unwritable(tmp_path / "link" / "x")


def test_a_read_only_folder_is_told(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("permissions do not hold root back")
    tmp_path.chmod(0o500)
    assert "ermission" in why_unwritable(tmp_path)
    tmp_path.chmod(0o700)


def test_gathered_faults_keep_their_phase_where_it_is_one():
    faults = Gathered()
    with faults.trying():
        raise ModelError("first")
    with faults.trying():
        raise ModelError("second")
    with pytest.raises(ModelError, match="2 faults while wiring"):
        faults.raise_now()
    with faults.trying():
        raise DesignError("third")
    with pytest.raises(DiarchyError, match="3 faults while using"):
        faults.raise_now()


def test_bounds_are_those_of_a_scenario():
    assert (usage.MOST_FUTURES, usage.MOST_SEED) == (schema.MOST_FUTURES, schema.MOST_SEED)
