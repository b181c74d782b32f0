"""A crew: who dies is replaced, what it had is done again, and nobody is waited for in vain."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from diarchy.ensemble import crew as module
from diarchy.ensemble.crew import TRIES, Crew, WorkerDied
from diarchy.errors import DesignError

posix = pytest.mark.skipif(sys.platform == "win32", reason="kills as on POSIX")
LARGE = bytes(2**21)  # more than a line holds, so that it is sent only while somebody reads it


@pytest.fixture
def crew():
    made = Crew(2)
    yield made
    made.close()


def once(path, value):
    """Kill the worker that comes first, then give a value."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return value
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def prepared(path):
    """Prepare a worker; the first dies of it."""
    once(path, None)


def refuse():
    """Prepare nothing."""
    raise DesignError("it cannot be prepared")


def prepared_with(*_):
    """Prepare a worker with much."""


def fails(error):
    """Raise what it was given."""
    raise error


def stubborn():
    """Something that cannot be sent."""
    return lambda: None


def test_calls_are_answered_by_whoever_is_free(crew):
    assert [future.result() for future in [crew.submit(divmod, 7, n) for n in (2, 3, 4)]] == [
        (3, 1),
        (2, 1),
        (1, 3),
    ]
    assert list(crew.map(pow, [(2, 3), (3, 2)])) == [8, 9]
    assert crew.deaths == 0
    assert len(crew.there) <= 2


@posix
def test_a_call_whose_worker_dies_is_made_again(crew, tmp_path):
    assert crew.submit(once, str(tmp_path / "dead"), 7).result() == 7
    assert crew.deaths == 1


@posix
def test_a_worker_that_dies_while_it_is_prepared_is_replaced(tmp_path):
    crew = Crew(1, prepared, str(tmp_path / "dead"))
    assert crew.submit(os.getpid).result() > 0
    assert crew.deaths == 1
    crew.close()


@posix
def test_a_call_that_kills_every_worker_is_given_up_and_the_next_is_made(crew):
    with pytest.raises(WorkerDied):
        crew.submit(os.abort).result()
    assert crew.deaths == TRIES
    assert crew.submit(divmod, 7, 2).result() == (3, 1)


@posix
def test_a_worker_that_dies_between_two_calls_costs_nothing(crew):
    for pid in {crew.submit(os.getpid).result() for _ in range(4)}:
        os.kill(pid, signal.SIGKILL)
    for worker in crew.there:
        worker.process.join()
    assert crew.submit(divmod, 7, 2).result() == (3, 1)
    assert crew.deaths == 0


@posix
def test_a_worker_that_dies_before_it_has_read_what_it_is_given_is_replaced(monkeypatch):
    start = module._Worker.__init__
    born = []

    def killed_at_birth(worker):
        start(worker)
        born.append(worker)
        if len(born) == 1:
            worker.process.kill()

    monkeypatch.setattr(module._Worker, "__init__", killed_at_birth)
    crew = Crew(1, prepared_with, LARGE)
    assert crew.submit(len, LARGE).result(timeout=60) == len(LARGE)
    assert crew.deaths == 1
    crew.close()


def test_what_is_raised_in_a_worker_is_raised_here_and_says_where(crew):
    with pytest.raises(KeyError, match="nowhere") as caught:
        crew.submit(fails, KeyError("nowhere")).result()
    assert any("in fails" in note for note in caught.value.__notes__)
    assert crew.submit(divmod, 7, 2).result() == (3, 1)


def test_a_preparation_that_fails_is_told_by_each_call():
    crew = Crew(1, refuse)
    for _ in range(2):
        with pytest.raises(DesignError, match="cannot be prepared"):
            crew.submit(os.getpid).result()
    crew.close()


def test_what_cannot_travel_is_told_on_either_side(crew):
    with pytest.raises((AttributeError, TypeError), match=r"pickle|local"):
        crew.submit(lambda: None).result()
    with pytest.raises(TypeError, match="cannot be sent from a worker"):
        crew.submit(stubborn).result()
    assert crew.submit(divmod, 7, 2).result() == (3, 1)


def test_an_end_waits_for_nobody(tmp_path):
    crew = Crew(2)
    crew.submit(os.getpid).result()
    waiting = [crew.submit(time.sleep, 600) for _ in range(5)]
    begun = time.monotonic()
    crew.close()
    assert time.monotonic() - begun < 10.0
    assert all(future.done() for future in waiting)
    assert not any(worker.process.is_alive() for worker in crew.there)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc")
def test_an_end_leaves_no_process_and_no_thread():
    crew = Crew(2)
    found = {crew.submit(os.getpid).result() for _ in range(4)}
    crew.close()
    assert not any(thread.is_alive() for thread in crew.threads)
    assert not any(Path(f"/proc/{pid}").exists() for pid in found)
