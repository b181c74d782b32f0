"""Faults that really happen: workers and parents killed at random, disks that fill up, folders that refuse.

`PYTHONPATH=tests python tests/ensemble/test_faults.py 100` prints the table of docs/design/faults.md.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import toys
from doomed import Doomed
from test_resume import assert_same_files
from toys import RECORD, toy_model

from diarchy.ensemble.design import sample
from diarchy.ensemble.journal import read_journal
from diarchy.ensemble.results import open_results
from diarchy.ensemble.run import run
from diarchy.errors import DesignError

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kills and mounts as on Linux")
FUTURES, SEED, BLOCK, STEPS = 240, 7, 4, 200
BLOCKS = FUTURES // BLOCK
LONGEST = 2.5  # seconds that a run may live before something is killed; it takes about as long
JOB = Doomed(FUTURES, SEED, BLOCK, STEPS)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return JOB.undisturbed(tmp_path_factory.mktemp("whole") / "s")


def start(script, out, workers=2):
    """The run in a process of its own, with its workers in its group."""
    env = {**os.environ, "PYTHONPATH": str(Path(toys.__file__).parent)}
    command = [sys.executable, str(script), str(out), str(workers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env,
                            start_new_session=True)  # fmt: skip


def children(pid):
    """Processes that a process has started and that still run."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = {int(child) for task in tasks for child in (task / "children").read_text().split()}
    except (OSError, ValueError):
        return []
    return [child for child in found if b"spawn_main" in command_of(child)]


def command_of(pid):
    """What a process was started with; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def ended(process, luck):
    """Let a run live for a random while, then kill it or one of its workers; what was killed, and when."""
    began, moment = time.monotonic(), luck.uniform(0.0, LONGEST)
    while process.poll() is None and time.monotonic() - began < moment:
        time.sleep(0.005)
    victim, workers = luck.choice(["parent", "worker"]), []
    while victim == "worker" and process.poll() is None and not (workers := children(process.pid)):
        time.sleep(0.005)  # workers live for a part of a run only
    if process.poll() is not None:
        return "nobody", moment
    if workers:
        end(luck.choice(workers))
        return "worker", moment
    process.kill()
    return "parent", moment


def end(pid):
    """SIGKILL to a process that may just have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_and_resume(folder, whole, kills, seed):
    """Runs that are killed at random moments and resumed, until so many kills are done; what there was."""
    luck, script = random.Random(seed), folder / "job.py"
    counts = dict.fromkeys(("parent", "worker", "nobody", "blocks", "stores"), 0)
    script.write_text(JOB.script())
    entries = {}
    while counts["parent"] + counts["worker"] < kills:
        out = folder / f"s{counts['stores']}"
        process = start(script, out)
        who, _ = ended(process, luck)
        said = process.communicate(timeout=120)[0]
        counts[who] += 1
        now = read_journal(out)[0] if out.exists() else {}
        assert {first: now.get(first) for first in entries} == entries, "a block was lost or run twice"
        counts["blocks"] += len(now) - len(entries)
        entries = now
        if who != "parent":
            assert process.returncode == 0, said
            assert_whole(out, whole)
            shutil.rmtree(out)
            counts["stores"], entries = counts["stores"] + 1, {}
    out = folder / f"s{counts['stores']}"
    if out.exists():
        process = start(script, out)
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 0, said
        assert_whole(out, whole)
        counts["stores"] += 1
    return counts


def assert_whole(out, whole):
    """Nothing is lost, nothing is there twice, every byte is that of the undisturbed store."""
    lines = (out / "journal.jsonl").read_bytes().splitlines()
    firsts = sorted(read_journal(out)[0])
    assert firsts == list(range(0, FUTURES, BLOCK))
    assert len([line for line in lines if line]) - BLOCKS <= 1  # a line that was cut off may be left
    assert not (out / ".partial").exists()
    assert_same_files(out / "store.zarr", whole.path / "store.zarr")


@linux
def test_a_few_kills_and_resumes_lose_nothing(whole, tmp_path):
    counts = kill_and_resume(tmp_path, whole, 2, seed=1)
    assert counts["parent"] + counts["worker"] >= 2


@linux
@pytest.mark.slow
def test_a_hundred_kills_and_resumes_lose_nothing(whole, tmp_path):
    counts = kill_and_resume(tmp_path, whole, 100, seed=2022)
    assert counts["parent"] > 20
    assert counts["worker"] > 20


@linux
@pytest.mark.parametrize("when", [0, 40, 2 * FUTURES])
def test_workers_killed_before_during_and_after_the_work_are_replaced(whole, tmp_path, when):
    model, killed, said = toy_model(steps=STEPS), [], []

    def kill(done, *_):
        if done >= when and not killed:
            killed.extend(children(os.getpid()))
            for worker in killed:
                end(worker)

    results = run(
        model,
        sample(model, FUTURES, SEED),
        tmp_path / "s",
        RECORD,
        2,
        block=BLOCK,
        progress=kill,
        notify=said.append,
    )
    assert len(killed) == 2
    assert when != 40 or any("a worker process died" in text and "run again" in text for text in said)
    assert not results.interrupted
    assert_same_files(results.path / "store.zarr", whole.path / "store.zarr")


@contextmanager
def mounted(folder, options):
    """A small file system in memory; skips where none may be mounted."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no file system can be mounted: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@linux
@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_fills_up_is_told_and_the_run_goes_on_elsewhere(whole, tmp_path, monkeypatch, workers):
    model = toy_model(steps=STEPS)
    design = sample(model, FUTURES, SEED)
    monkeypatch.setattr("diarchy.ensemble.store.check_place", lambda *_: None)  # it would have said so before
    with mounted(tmp_path / "small", "size=1500k") as small:
        with pytest.raises(
            DesignError, match=r"cannot be written: No space left.*futures that were finished.*resume"
        ):
            run(model, design, small / "s", RECORD, workers, block=BLOCK)
        kept = open_results(small / "s")
        assert kept.interrupted
        assert 0 < kept.attrs["done"] < 2 * FUTURES
        assert kept.finished().sum() == kept.attrs["done"]
        shutil.copytree(small / "s", tmp_path / "s")
    results = run(model, design, tmp_path / "s", RECORD, block=BLOCK, resume=True)
    assert_same_files(results.path / "store.zarr", whole.path / "store.zarr")


@linux
def test_a_file_system_that_is_read_only_is_refused_before_work(tmp_path):
    model = toy_model()
    with mounted(tmp_path / "sealed", "ro,size=1m") as sealed, pytest.raises(DesignError) as caught:
        run(model, sample(model, 4, 1), sealed / "s", RECORD)
    assert "cannot be written: Read-only file system; choose another folder" in str(caught.value)


def test_a_clock_that_jumps_moves_nothing(tmp_path, monkeypatch):
    """The calendar clock, set back a year in mid-run, is asked only for the date of creation."""
    model, now = toy_model(), time.time
    clock = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: now() - 3e7 * next(clock))
    results = run(model, sample(model, 12, 1), tmp_path / "s", RECORD, block=BLOCK)
    monkeypatch.undo()
    other = run(model, sample(model, 12, 1), tmp_path / "t", RECORD, block=BLOCK)
    assert 0 <= results.attrs["engine_s"] <= results.attrs["elapsed_s"] < 60
    assert_same_files(results.path / "store.zarr", other.path / "store.zarr")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        begun, reference = time.monotonic(), JOB.undisturbed(Path(place) / "whole")
        for chosen in map(int, sys.argv[2:] or ["2022"]):
            (Path(place) / str(chosen)).mkdir()
            table = kill_and_resume(Path(place) / str(chosen), reference, int(sys.argv[1]), chosen)
            print(chosen, table, f"{time.monotonic() - begun:.0f} s", flush=True)
