"""Runs of the studio: one at a time, stopped as by Ctrl-C, resumed, and survived when they die."""

from __future__ import annotations

import os
import signal
import time

import pytest

from diarchy.errors import DesignError
from diarchy.studio.jobs import MOST_LINES, MOST_WAITING, Jobs

SOON = 20.0  # seconds that a test waits at most


def until(job, states, jobs=None):
    ends = time.monotonic() + SOON
    while job.state not in states:
        assert time.monotonic() < ends, job.document()
        time.sleep(0.01)
    return job


def test_a_run_tells_how_far_it_is_and_ends(jobs, tmp_path):
    job = until(jobs.add("mine", ("quick", str(tmp_path / "a")), tmp_path / "a"), ("done",))
    document = job.document()
    assert (document["done"], document["total"], document["result"]) == (3, 3, "a")
    assert document["said"] == ["starting"]
    assert document["faults"] == []


def test_one_runs_and_the_next_waits(jobs, tmp_path):
    first = until(jobs.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a"), ("running",))
    second = jobs.add("mine", ("quick", str(tmp_path / "b")), tmp_path / "b")
    time.sleep(0.1)
    assert second.state == "queued"
    jobs.stop(first)
    until(first, ("stopped",))
    until(second, ("done",))


def test_stopping_keeps_what_is_finished(jobs, tmp_path):
    job = until(jobs.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a"), ("running",))
    while job.done < 2:
        time.sleep(0.01)
    jobs.stop(job)
    assert until(job, ("stopped",)).document()["result"] == "a"
    assert job.faults == []


def test_a_run_that_waits_is_dropped_when_stopped(jobs, tmp_path):
    until(jobs.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a"), ("running",))
    waiting = jobs.add("mine", ("quick", str(tmp_path / "b")), tmp_path / "b")
    jobs.stop(waiting)
    assert waiting.state == "stopped"
    assert not (tmp_path / "b").exists()


def test_the_faults_of_a_refused_run_are_told(jobs, tmp_path):
    job = until(jobs.add("mine", ("refuse", str(tmp_path / "a")), tmp_path / "a"), ("failed",))
    assert job.document()["faults"] == [{"what": "no such arm", "where": "base.yaml:3"}]
    assert job.document()["result"] is None


def test_a_run_that_is_killed_is_told_and_can_be_resumed(jobs, tmp_path):
    job = until(jobs.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a"), ("running",))
    while job.done < 2:
        time.sleep(0.01)
    os.kill(job.process.pid, signal.SIGKILL)
    until(job, ("stopped",))
    assert "killed" in job.faults[0]["what"]
    assert "resumed" in job.faults[0]["cure"]
    until(jobs.add("mine", ("quick", str(tmp_path / "a")), tmp_path / "a"), ("done",))


def test_two_runs_into_one_store_are_refused(jobs, tmp_path):
    jobs.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a")
    with pytest.raises(DesignError, match="under way"):
        jobs.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a")


def test_the_queue_is_bounded(jobs, tmp_path):
    for number in range(MOST_WAITING + 1):
        jobs.add("mine", ("slow", str(tmp_path / str(number))), tmp_path / str(number))
    with pytest.raises(DesignError, match="too many"):
        jobs.add("mine", ("slow", str(tmp_path / "more")), tmp_path / "more")


def test_what_a_run_says_is_bounded(jobs, tmp_path):
    job = until(jobs.add("mine", ("quick", str(tmp_path / "a")), tmp_path / "a"), ("done",))
    for number in range(2 * MOST_LINES):
        with jobs.changed:
            jobs._hear(job, f"line {number}")
    assert len(job.said) == MOST_LINES


def test_closing_stops_what_runs(runner, tmp_path):
    queue = Jobs()
    job = until(queue.add("mine", ("slow", str(tmp_path / "a")), tmp_path / "a"), ("running",))
    queue.close()
    assert job.process.poll() is not None


def test_while_it_runs_the_main_answer_narrows(runner, tmp_path):
    points = iter(range(100))
    queue = Jobs(lambda store: {"futures": next(points), "value": 0.5})
    job = until(queue.add("mine", ("quick", str(tmp_path / "a")), tmp_path / "a"), ("done",))
    queue.close()
    assert [point["futures"] for point in job.document()["narrowing"]] == [0, 1, 2]


def test_who_waits_is_told_of_a_change(jobs, tmp_path):
    job = jobs.add("mine", ("quick", str(tmp_path / "a")), tmp_path / "a")
    assert jobs.wait(job, 0, SOON) > 0
