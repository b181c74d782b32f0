"""Kills at every moment of a run's life, by count and not by luck: the parent's and its workers'.

An audit hook, in each process from its first line on, counts what the process does (imports, files opened,
moved, made) and kills it at a given count. So the moments of starting, loading, compiling, writing and
closing are all hit, each again by the same number. What docs/design/faults.md says of it is printed by
`PYTHONPATH=tests python tests/ensemble/test_moments.py 40`.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import toys
from doomed import Doomed
from test_resume import assert_same_files

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="kills as on Linux")
JOB = Doomed(futures=48, seed=7, block=4, steps=12)
#: What Python's multiprocessing says in a process whose parent dies before it is told its task: no line of
#: ours has run in it yet.
ORPHANED = "EOFError: Ran out of input\n"
HOOK = """
import os, signal, sys
WHO, AT, FOLDER = os.environ["DIE_WHO"], int(os.environ["DIE_AT"]), os.environ["DIE_IN"]
AM = "worker" if "--multiprocessing-fork" in sys.orig_argv else "parent"
KEPT = os.open(f"{FOLDER}/{AM}.{os.getpid()}", os.O_WRONLY | os.O_CREAT)
COUNTED = {"import", "open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}
count = 0

def hook(event, _):
    global count
    if event not in COUNTED or count < 0:
        return
    count += 1
    if not AT:
        os.pwrite(KEPT, str(count).encode(), 0)
    elif count == AT and AM == WHO:
        count = -1
        try:
            os.close(os.open(f"{FOLDER}/dead", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

if not any("resource_tracker" in word for word in sys.orig_argv):
    sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return JOB.undisturbed(tmp_path_factory.mktemp("whole") / "s")


class Stage:
    """A folder with the hook and the job, to make runs in that die at a given count."""

    def __init__(self, folder, cold=False):
        self.folder, self.cold, self.made = folder, cold, 0
        self.most = {}
        (folder / "hook").mkdir(parents=True)
        (folder / "hook" / "sitecustomize.py").write_text(HOOK)
        (folder / "job.py").write_text(JOB.script())

    def run(self, out, who, at, workers):
        """Output and exit status of a run once none of its processes is left; what was counted; who died."""
        self.made += 1
        notes = self.folder / f"notes{self.made}"
        notes.mkdir()
        paths = os.pathsep.join([str(self.folder / "hook"), str(Path(toys.__file__).parent)])
        env = {**os.environ, "PYTHONPATH": paths, "DIE_WHO": who, "DIE_AT": str(at), "DIE_IN": str(notes)}
        if self.cold:
            env["NUMBA_CACHE_DIR"] = str(notes / "cache")
        process = subprocess.Popen(
            [sys.executable, str(self.folder / "job.py"), str(out), str(workers)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, start_new_session=True,
        )  # fmt: skip
        try:
            said = process.communicate(timeout=90)[0]  # the end of the last process that holds the pipe
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        files = [(file.name.split(".")[0], file.read_text()) for file in notes.glob("*.*")]
        counts = {who: [int(text) for mine, text in files if mine == who and text] for who, _ in files}
        return said, process.returncode, counts, (notes / "dead").exists()

    def counts(self, workers):
        """How much a parent and a worker do in a run that nobody disturbs: the least of the workers, but the
        one that compiles where somebody has to."""
        if workers not in self.most:
            counts = self.run(self.folder / f"counted{workers}", "nobody", 0, workers)[2]
            self.most[workers] = {who: (max if self.cold else min)(found) for who, found in counts.items()}
        return self.most[workers]


def sweep(stage, whole, who, workers, moments):
    """Runs that are killed at so many moments, spread over all that who dies does; how many died."""
    most, died = stage.counts(workers)[who], 0
    for i in range(moments):
        at, out = 1 + (2 * i + 1) * most // (2 * moments), stage.folder / f"{who}{workers}.{i}"
        said, status, _, dead = stage.run(out, who, at, workers)
        died += dead
        orphaned = said.count(ORPHANED) if dead and who == "parent" else 0
        assert said.count("Traceback") == orphaned <= 1, (who, at, said)
        assert status == (-signal.SIGKILL if dead and who == "parent" else 0), (who, at, said)
        if status:
            said, status, *_ = stage.run(out, "nobody", 1, workers)
            assert status == 0, (who, at, said)
        assert_same_files(out / "store.zarr", whole.path / "store.zarr")
        assert not (out / ".partial").exists()
    return died


def test_a_kill_at_any_moment_loses_nothing(whole, tmp_path):
    stage = Stage(tmp_path / "stage")
    assert sweep(stage, whole, "worker", 2, 3) == 3
    assert sweep(stage, whole, "parent", 2, 2) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("who", "workers"), [("worker", 2), ("worker", 3), ("parent", 2), ("parent", 3)])
def test_a_kill_at_each_of_forty_moments_loses_nothing(whole, tmp_path, who, workers):
    assert sweep(Stage(tmp_path / "stage"), whole, who, workers, 40) > 30


@pytest.mark.slow
@pytest.mark.parametrize("who", ["worker", "parent"])
def test_a_kill_while_all_is_compiled_loses_nothing(whole, tmp_path, who):
    assert sweep(Stage(tmp_path / "stage", cold=True), whole, who, 2, 8) > 5


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        reference = JOB.undisturbed(Path(place) / "whole")
        plans = [(False, who, workers) for who in ("worker", "parent") for workers in (2, 3)]
        for cold, who, workers in [*plans, (True, "worker", 2), (True, "parent", 2)]:
            moments, begun = int(sys.argv[1]) // (10 if cold else 1), time.monotonic()
            stage = Stage(Path(place) / f"{who}{workers}{cold}", cold)
            died = sweep(stage, reference, who, workers, moments)
            told = "cold" if cold else "warm", who, f"{workers} workers", f"{moments} moments", f"{died} died"
            print(*told, f"{time.monotonic() - begun:.0f} s", sep=", ", flush=True)
