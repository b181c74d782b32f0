"""Dask: the same bits on a cluster, with a worker killed midway, and no work on a worker that differs."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import toys
from test_resume import assert_same_files
from toys import RECORD, toy_model

import diarchy
from diarchy.ensemble.cluster import Cluster
from diarchy.ensemble.design import sample
from diarchy.ensemble.run import run
from diarchy.errors import DesignError

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

FUTURES, SEED, BLOCK = 60, 7, 4
HERE = str(Path(toys.__file__).parent)


@pytest.fixture(scope="module")
def model():
    return toy_model()


@pytest.fixture(scope="module")
def whole(model, tmp_path_factory):
    return run(
        model, sample(model, FUTURES, SEED), tmp_path_factory.mktemp("whole") / "s", RECORD, block=BLOCK
    )


@pytest.fixture(scope="module")
def scheduler():
    """A scheduler of its own process, as on a cluster."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard",
               "--host", "127.0.0.1"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        line = next(line for line in process.stderr if "Scheduler at:" in line)
        yield line.split()[-1]
        process.kill()


def start_worker(address, folder, path=HERE):
    """A worker of its own process, without anybody who would start it again."""
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny",
               "--no-dashboard", "--local-directory", str(folder)]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": path}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=env)
    for line in process.stderr:
        if "Registered to" in line:
            return process
    raise AssertionError("no worker")


def test_dask_workers_here_give_the_same_bits(model, whole, tmp_path):
    results = run(model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, 2, block=BLOCK, dask="local")
    assert not results.interrupted
    assert_same_files(results.path / "store.zarr", whole.path / "store.zarr")


def test_a_worker_killed_midway_changes_no_bit(model, whole, scheduler, tmp_path):
    workers = [start_worker(scheduler, tmp_path / str(i)) for i in range(2)]
    killed = []

    def kill(done, *_):
        if done >= 24 and not killed:
            killed.append(done)
            workers[0].send_signal(signal.SIGKILL)

    try:
        results = run(
            model,
            sample(model, FUTURES, SEED),
            tmp_path / "s",
            RECORD,
            block=BLOCK,
            dask=scheduler,
            progress=kill,
        )
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert killed
    assert not results.interrupted
    assert len((tmp_path / "s" / "journal.jsonl").read_bytes().splitlines()) == FUTURES // BLOCK
    assert_same_files(results.path / "store.zarr", whole.path / "store.zarr")


def test_a_worker_killed_while_it_is_greeted_is_done_without(model, whole, scheduler, tmp_path, monkeypatch):
    workers, ready = [start_worker(scheduler, tmp_path / str(i)) for i in range(2)], Cluster.ready

    def killed_first(cluster):
        workers[0].kill()
        ready(cluster)

    monkeypatch.setattr(Cluster, "ready", killed_first)
    try:
        results = run(
            model, sample(model, FUTURES, SEED), tmp_path / "s", RECORD, block=BLOCK, dask=scheduler
        )
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert not results.interrupted
    assert_same_files(results.path / "store.zarr", whole.path / "store.zarr")


def test_a_worker_of_another_source_is_refused_before_work(model, scheduler, tmp_path):
    other = shutil.copytree(Path(diarchy.__file__).parent, tmp_path / "lib" / "diarchy",
                            ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    with (other / "numerics.py").open("a") as file:
        file.write("# another version\n")
    worker = start_worker(scheduler, tmp_path / "w", f"{tmp_path / 'lib'}{os.pathsep}{HERE}")
    try:
        with pytest.raises(
            DesignError, match=r"worker .*: source is [0-9a-f]+ there, [0-9a-f]+ here; install"
        ):
            run(model, sample(model, 8, SEED), tmp_path / "s", RECORD, block=BLOCK, dask=scheduler)
    finally:
        worker.kill()
        worker.communicate()
    assert not (tmp_path / "s").exists()


def test_nobody_at_the_address_is_told(model, tmp_path, monkeypatch):
    monkeypatch.setattr("diarchy.ensemble.cluster._ANSWER", 1.0)
    with pytest.raises(DesignError, match=r"no Dask workers at 'tcp://127.0.0.1:9'.*cluster.md"):
        run(model, sample(model, 8, SEED), tmp_path / "s", RECORD, block=BLOCK, dask="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "missing port number"),
        ("head", "missing port number in address 'head'"),
        ("tcp://head:x", "invalid literal"),
        ("tcp://head:99999", "there is no port 99999"),
        ("http://head:8786", "'http' is none of tcp, tls"),
        ("tls://head:8786", "Dask has no certificates here"),
    ],
)
def test_an_address_that_is_none_is_told_at_once(model, tmp_path, monkeypatch, address, why):
    monkeypatch.setattr("distributed.Client", None)  # one that fails hangs for a minute when Python ends
    with pytest.raises(DesignError, match=f"no Dask workers at '{address}': .*{why}.*cluster.md"):
        run(model, sample(model, 8, SEED), tmp_path / "s", RECORD, block=BLOCK, dask=address)
    assert not (tmp_path / "s").exists()


def test_without_dask_it_is_said_what_to_install(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DesignError, match=r"Dask is not installed.*pip install 'diarchy\[cluster\]'"):
        run(model, sample(model, 8, SEED), tmp_path / "s", RECORD, block=BLOCK, dask="local")
