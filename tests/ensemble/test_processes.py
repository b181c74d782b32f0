"""Worker processes: ready before there is work, and without compiling what is compiled already."""

import os
import subprocess
import sys
from types import MappingProxyType

import pytest
import toys
from toys import RECORD, liar_model, toy_model

from diarchy.ensemble.design import sample
from diarchy.ensemble.identity import software
from diarchy.ensemble.jobs import Task, first_job
from diarchy.ensemble.layout import lay_out
from diarchy.ensemble.processes import Processes
from diarchy.ensemble.run import run
from diarchy.errors import DesignError, ModelError

KERNELS = (toys.settle_rumour, toys.push_guards, toys.settle_guards)


def counted():
    """In a worker: which it is, how many kernels came from the cache on disk, how many it has compiled."""
    hits = sum(sum(kernel.stats.cache_hits.values()) for kernel in KERNELS)
    misses = sum(sum(kernel.stats.cache_misses.values()) for kernel in KERNELS)
    return os.getpid(), hits, misses


def heavy():
    """In a worker: packages that only the parent needs."""
    return sorted({"zarr", "xarray", "pandas", "scipy.stats", "pint", "pydantic", "rich"} & set(sys.modules))


def processes(model, said=MappingProxyType({})):
    """Two workers for a model that is run with some software."""
    design = sample(model, 8, 1)
    layout = lay_out(model, design, RECORD, design.runs, block=2)
    task = Task(model, 1, RECORD, layout.shelves, 2, layout.names, dict(said), None)
    return Processes(task, first_job(design, layout), 2, lambda: "", lambda _: None)


def test_workers_compile_nothing_that_is_compiled():
    processes(toy_model()).close()  # compiles where the cache is cold
    workers = processes(toy_model())
    workers.ready()
    found = {workers.crew.submit(counted).result() for _ in range(8)}
    workers.close()
    assert all(hits >= len(KERNELS) and misses == 0 for _, hits, misses in found)


def test_workers_hold_nothing_that_only_the_parent_needs():
    workers = processes(toy_model())
    workers.ready()
    found = workers.crew.submit(heavy).result()
    workers.close()
    assert found == []


def test_a_worker_of_a_program_that_was_changed_meanwhile_computes_nothing():
    model = toy_model()
    workers = processes(model, software(model))
    workers.ready()
    workers.close()
    workers = processes(model, software(model) | {"source": "of yesterday"})
    with pytest.raises(DesignError, match="source changed while the run went on"):
        workers.ready()
    workers.close()


def test_a_mechanism_that_lies_is_told_before_there_is_a_store(tmp_path):
    model = liar_model()
    with pytest.raises(ModelError, match=r"liar.start gives more, which it does not declare"):
        run(model, sample(model, 8, 1), tmp_path / "s", ["liar.word"], 2, block=2)
    assert not (tmp_path / "s").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_the_very_first_worker_is_deaf_to_ctrl_c_from_its_start():
    script = (
        "import multiprocessing, signal, time\n"
        "from pathlib import Path\n"
        "from diarchy.ensemble.crew import starting\n"
        "process = multiprocessing.get_context('spawn').Process(target=time.sleep, args=(60,))\n"
        "with starting():\n"
        "    process.start()\n"
        "status = Path(f'/proc/{process.pid}/status').read_text().splitlines()\n"
        "held = int(next(line.split()[1] for line in status if line.startswith('SigBlk')), 16)\n"
        "print(bool(held >> signal.SIGINT - 1 & 1))\n"
        "process.kill()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "True\n"
