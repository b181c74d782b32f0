"""Running: the same bits however the work is cut, and a readable store however it ends."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toys
from toys import RECORD, bomb_model, toy_model

from diarchy.ensemble import store
from diarchy.ensemble.design import sample
from diarchy.ensemble.journal import read_journal
from diarchy.ensemble.parcel import pack
from diarchy.ensemble.results import open_results
from diarchy.ensemble.run import run
from diarchy.errors import DesignError

FUTURES, SEED = 60, 7


@pytest.fixture(scope="module")
def model():
    return toy_model()


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    """All futures in one process and one block."""
    return run(
        model, sample(model, FUTURES, SEED), tmp_path_factory.mktemp("whole") / "s", RECORD, block=1000
    )


def assert_same(one, other):
    """Every array of two stores holds the same bits."""
    assert set(one.data.variables) == set(other.data.variables)
    for name in one.data.variables:
        assert one.data[name].dtype == other.data[name].dtype
        assert np.array_equal(
            one.data[name].values, other.data[name].values, equal_nan=one.data[name].dtype.kind == "f"
        )


@pytest.mark.parametrize(("workers", "block"), [(1, 7), (1, 64), (2, 7), (2, None)])
def test_workers_and_blocks_change_no_bit(model, whole, tmp_path, workers, block):
    design = sample(model, FUTURES, SEED)
    assert_same(run(model, design, tmp_path / "s", RECORD, workers, block=block), whole)


def test_one_run_alone_is_that_run_of_the_ensemble(model, whole, tmp_path):
    alone = run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, only=[41])
    assert alone.data["run"].values.tolist() == [41]
    assert alone.data["draw"].values.tolist() == [10]
    for name in (*RECORD, "parameters", "status"):
        assert np.array_equal(alone.data[name].sel(run=41), whole.data[name].sel(run=41), equal_nan=True)


def test_another_seed_has_other_luck(model, whole, tmp_path):
    other = run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, seed=SEED + 1)
    assert np.array_equal(other.data["parameters"], whole.data["parameters"], equal_nan=True)
    assert not np.array_equal(other.data["rumour.mood"], whole.data["rumour.mood"])


def test_progress_ends_with_everything_done(model, tmp_path):
    told = []
    run(model, sample(model, 8, 1), tmp_path / "s", RECORD, block=3, progress=lambda *a: told.append(a))
    assert [done for done, *_ in told] == [0, 6, 12, 16]
    assert told[0][3] == float("inf")
    assert told[-1][1:2] == (16,)
    assert told[-1][3] == 0.0


def test_a_manifest_says_what_is_done(model, tmp_path):
    results = run(
        model, sample(model, 10, 1), tmp_path / "s", RECORD, block=4, provenance={"case": "toy", "seed": 3}
    )
    manifest = json.loads((tmp_path / "s" / "manifest.json").read_text())
    entries, damaged = read_journal(tmp_path / "s")
    assert [(e.first, e.count, e.failed, list(e.arms)) for e in entries.values()] == [
        (0, 8, 0, ["base", "no-guards"]), (4, 8, 0, ["base", "no-guards"]), (8, 4, 0, ["base", "no-guards"]),
    ]  # fmt: skip
    assert damaged == 0
    assert manifest["finished"]
    assert manifest["done"] == 20
    assert results.attrs["case"] == "toy"
    assert results.attrs["seed"] == 1  # provenance cannot contradict the run
    assert results.attrs["engine_s"] <= results.attrs["elapsed_s"]
    assert results.attrs["peak_memory_mb"] > 10


def interrupting(times, after=1):
    """A progress callback that sends Ctrl-C when some runs are done."""
    sent = []

    def tell(done, total, rate, left):
        if done >= after and not sent:
            for _ in range(times):
                sent.append(os.kill(os.getpid(), signal.SIGINT))

    return tell


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_keeps_what_is_finished(model, whole, tmp_path, workers, times):
    before = signal.getsignal(signal.SIGINT)
    design = sample(model, FUTURES, SEED)
    results = run(model, design, tmp_path / "s", RECORD, workers, block=5, progress=interrupting(times))
    assert results.interrupted
    assert signal.getsignal(signal.SIGINT) is before
    done = results.finished()
    assert 5 <= done.sum() < 2 * FUTURES
    first, reference = results.data["rumour.heard"].values, whole.data["rumour.heard"].values
    assert np.array_equal(first[done], reference[done])
    assert results.attrs["done"] <= done.sum()


def test_ctrl_c_while_computing_twice_gives_the_block_up(tmp_path, monkeypatch):
    model = toy_model()

    def advance(*_):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("should have been broken off")

    monkeypatch.setattr("diarchy.ensemble.engines.try_out", lambda *_: None)
    monkeypatch.setattr("diarchy.ensemble.twins.advance", advance)
    results = run(model, sample(model, 4, 1), tmp_path / "s", RECORD)
    assert results.interrupted
    assert not results.finished().any()


def test_a_terminal_s_ctrl_c_reaches_workers_without_noise(tmp_path):
    script = (
        "import os, signal, toys\n"
        "from diarchy.ensemble.design import sample\n"
        "from diarchy.ensemble.run import run\n"
        "model = toys.toy_model()\n"
        "tell = lambda done, *_: done and os.killpg(0, signal.SIGINT)\n"
        "design = sample(model, 200, 1)\n"
        f"r = run(model, design, {str(tmp_path / 's')!r}, toys.RECORD, 2, block=4, progress=tell)\n"
        "print(r.interrupted, 0 < r.attrs['done'] < 400)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(toys.__file__).parent)}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "True True\n", "")


def test_stop_finishes_what_is_under_way(model, tmp_path):
    asked = iter([False, True])
    results = run(
        model, sample(model, 20, 1), tmp_path / "s", RECORD, block=4, stop=lambda: next(asked, True)
    )
    assert results.interrupted
    assert results.attrs["done"] == 8


def test_a_full_disk_is_told_and_finished_blocks_are_kept(model, tmp_path, monkeypatch):
    put, blocks = store.put, []

    def full(path, name, data):
        blocks.append("status/c." in name)
        if sum(blocks) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(path, name, data)

    monkeypatch.setattr(store, "put", full)
    with pytest.raises(DesignError, match=r"No space left on device; free some room.*; the 8 of 40 futures"):
        run(model, sample(model, 20, 1), tmp_path / "s", RECORD, block=4)
    kept = open_results(tmp_path / "s")
    assert kept.interrupted
    assert kept.usable().sum() == 8


def test_workers_that_die_at_their_start_are_told(tmp_path):
    model = bomb_model()
    with pytest.raises(
        DesignError,
        match=r"died at their start, 3 times; set fewer --workers.*__main__",
    ):
        run(model, sample(model, 8, 1), tmp_path / "s", ["bomb.fuse"], 2, block=2)
    assert not (tmp_path / "s").exists()


def test_workers_that_cannot_be_started_are_told(model, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
    with pytest.raises(DesignError, match=r"workers cannot be started.*unavailable; set --workers 1"):
        run(model, sample(model, 8, 1), tmp_path / "s", RECORD, 2, block=2)


def test_a_mechanism_that_cannot_travel_is_refused(model):
    def local(now, p, u, inflow, next):
        """Nobody can import this."""

    with pytest.raises(DesignError, match=r"cannot be sent to a worker.*put it in a module"):
        pack(local)
    assert b"toys" in pack(model)


def test_faults_of_the_request_are_told_together(model, tmp_path):
    with pytest.raises(DesignError) as caught:
        run(model, sample(model, 4, 1), tmp_path / "s", RECORD, workers=-1, seed=-3, block=0, only=[9])
    assert str(caught.value).startswith("4 faults")
    assert "no run 9 in this design; allowed: 0 to 3" in str(caught.value)


def test_slow_compiling_is_said(model, tmp_path, monkeypatch):
    monkeypatch.setattr("diarchy.ensemble.compiling._SAY_AFTER", 0.0)
    said = []
    run(model, sample(model, 4, 1), tmp_path / "s", RECORD, notify=said.append)
    assert len(said) == 1
    assert said[0].startswith("compiling the mechanisms")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_arm_may_take_only_the_first_runs(model, whole, tmp_path, workers):
    design, told = sample(model, FUTURES, SEED), []
    results = run(
        model, design, tmp_path / "s", RECORD, workers, block=7, planned={"no-guards": 10},
        progress=lambda *a: told.append(a),
    )  # fmt: skip
    assert not results.interrupted
    assert told[-1][:2] == (70, 70)
    assert results.planned().sum(axis=1).tolist() == [FUTURES, 10]
    assert np.array_equal(results.finished(), results.planned())
    there = results.planned()
    for name in RECORD:
        ours, theirs = results.data[name].values[there], whole.data[name].values[there]
        assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f")


def test_a_plan_that_does_not_fit_is_refused(model, tmp_path):
    with pytest.raises(DesignError) as caught:
        run(model, sample(model, 4, 1), tmp_path / "s", RECORD, planned={"no-guard": 2, "base": 5})
    assert "no arm 'no-guard' to plan" in str(caught.value)
    assert "did you mean 'no-guards'" in str(caught.value)
    assert "5 runs planned for arm 'base'; allowed: 1 to 4" in str(caught.value)
