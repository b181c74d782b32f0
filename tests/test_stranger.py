"""A second package brings a mechanism and a case through the same door as ours."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STRANGER = Path(__file__).parent / "stranger"


@pytest.fixture(scope="module")
def diarchy(tmp_path_factory):
    """The command line in an environment in which the stranger's package is installed."""
    place = tmp_path_factory.mktemp("stranger")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
        str(place / "site"),
        str(STRANGER),
    ]
    built = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if built.returncode:
        pytest.skip(f"pip cannot build the second package here: {built.stderr.strip().splitlines()[-1]}")
    paths = [str(place / "site"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}

    def call(*arguments):
        line = [sys.executable, "-m", "diarchy.cli", *arguments]
        return subprocess.run(line, capture_output=True, text=True, timeout=300, cwd=place, env=environment)

    return call


def test_is_listed_beside_ours(diarchy):
    listed = json.loads(diarchy("list", "--json").stdout)
    assert {"weather", "crowd"} <= {row["mechanism"] for row in listed["mechanisms"]}
    assert {"winter-2030", "kazakhstan-2022"} <= {row["case"] for row in listed["cases"]}


def test_its_case_has_no_fault(diarchy):
    done = diarchy("check", "winter-2030", "--strict")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("winter-2030: fine")


def test_its_mechanism_is_described(diarchy):
    done = diarchy("describe", "winter-2030", "--graph", "text")
    assert "weather pushes to crowd: curfew" in done.stdout, done.stderr


def test_runs_and_keeps_people_at_home(diarchy):
    done = diarchy("run", "winter-2030", "-n", "40", "-j", "2", "--json", "--progress", "off")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["failed"] == 0
    answers = {(answer["id"], answer["arm"]): answer for answer in document["answers"]}
    assert answers["bitter", "base"]["value"] is not None
    assert (
        answers["bitter", "no-weather"]["value"] is None
    )  # the arm cannot show it: its mechanism is dropped
    assert answers["kept_at_home", "base"]["value"] <= 0


def test_keeps_the_contract(diarchy):
    testing = pytest.importorskip("diarchy.testing")
    sys.path.insert(0, str(STRANGER / "src"))
    try:
        from diarchy_weather import WEATHER

        testing.check_mechanism(WEATHER)
    finally:
        sys.path.remove(str(STRANGER / "src"))
