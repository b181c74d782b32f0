"""Spoilt files: taken, or refused with faults; never a traceback, a hang or a file written."""

import random
from pathlib import Path

import pytest
from benchmarks.fuzz import MOST_GROWTH_MB, Watchman, fuzz, plan, prepare, together
from benchmarks.wounds import wound
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from diarchy.calibration.library import read_library
from diarchy.errors import DiarchyError, Faults, ScenarioError
from diarchy.scenario.files import parse
from diarchy.scenario.read import read

MUTANTS, SEED = 200, 2


def troubles(tallies):
    return [one for tally in tallies.values() for one in tally.bad]


def test_a_few_hundred_mutants_are_taken_or_refused():
    quick = [(way, key) for way, key in plan(2 * MUTANTS, SEED) if way.share > 1][:MUTANTS]
    tallies, growth = fuzz(quick)
    assert troubles(tallies) == []
    assert growth < MOST_GROWTH_MB
    assert sum(t.taken + t.refused for t in tallies.values()) == MUTANTS
    assert min(t.mutants for t in tallies.values()) > 5
    assert sum(t.refused for t in tallies.values()) > MUTANTS / 2  # the wounds are real


@pytest.mark.slow
def test_ten_thousand_mutants_are_taken_or_refused():
    tallies, growth = together(10_000, 1, "", 2)
    assert troubles(tallies) == []
    assert growth < MOST_GROWTH_MB


def test_a_mutant_is_the_same_again_and_differs_from_its_file():
    whole = b"a,b\n1,2\n3,4\n"
    one, other = (wound(whole, "csv", random.Random(key)) for key in ("1:7", "1:8"))
    assert wound(whole, "csv", random.Random("1:7")) == one
    assert one not in (whole, other)


def test_the_watchman_sees_writing_and_leaving(tmp_path):
    watchman = Watchman()
    (tmp_path / "before").write_text("off duty")
    watchman.on_duty = True
    (tmp_path / "before").read_text()
    assert watchman.seen == []
    (tmp_path / "during").write_text("on duty")
    (tmp_path / "made").mkdir()
    watchman.on_duty = False
    assert len(watchman.seen) == 2


_words = some.text(max_size=12)
_scalars = some.none() | some.booleans() | some.integers() | some.floats() | _words
_trees = some.recursive(
    _scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(_words, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(some.text(max_size=300))
@example(":")  # a key that is none is a fault, and what else is there is read on
@example("a: 1")
def test_any_text_is_a_document_or_a_fault(text):
    faults = Faults(ScenarioError)
    document = parse(text, "any.yaml", faults)
    assert document is not None or faults.found
    assert document is None or isinstance(document.data, dict)


@settings(max_examples=60, deadline=None)
@given(some.lists(some.lists(_words, max_size=6), max_size=5))
def test_any_table_is_a_library_or_faults(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("library") / "cases.csv"
    file.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8", newline="")
    with pytest.raises(DiarchyError) as refused:
        read_library(file)
    assert refused.value.faults


@pytest.fixture(scope="module")
def new_case(tmp_path_factory):
    place = tmp_path_factory.mktemp("new")
    prepare(place)
    return place / "new-case"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=some.sampled_from(["case.yaml", "scenarios/base.yaml", "questions.yaml"]), tree=_trees,
       choice=some.integers(0, 10**6))  # fmt: skip
def test_any_value_under_a_key_is_taken_or_refused(new_case: Path, file, tree, choice):
    """One value of a good file becomes any tree of values."""
    import json

    path = new_case / file
    whole = path.read_text(encoding="utf-8")
    lines = whole.split("\n")
    keyed = [i for i, line in enumerate(lines) if ": " in line]
    at = keyed[choice % len(keyed)]
    lines[at] = f"{lines[at].partition(': ')[0]}: {json.dumps(tree)}"
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        read(new_case)
    except DiarchyError as error:
        if not error.faults:
            raise
    finally:
        path.write_text(whole, encoding="utf-8")
