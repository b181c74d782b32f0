"""Resume: exactly what is missing is run, damage is named and mended, and another run is refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toys
import xarray as xr
from toys import RECORD, toy_model

from diarchy.ensemble import store
from diarchy.ensemble.chunks import digest
from diarchy.ensemble.design import sample
from diarchy.ensemble.journal import read_journal
from diarchy.ensemble.results import open_results
from diarchy.ensemble.run import run
from diarchy.errors import DesignError, ResultsError
from diarchy.prior import fixed

FUTURES, SEED, BLOCK = 30, 7, 4
BLOCKS = list(range(0, FUTURES, BLOCK))


@pytest.fixture(scope="module")
def model():
    return toy_model()


@pytest.fixture(scope="module")
def design(model):
    return sample(model, FUTURES, SEED)


@pytest.fixture(scope="module")
def whole(model, design, tmp_path_factory):
    """An undisturbed store."""
    path = tmp_path_factory.mktemp("whole") / "s"
    return run(model, design, path, RECORD, block=BLOCK, inputs={"case.yaml": "a"})


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole.path, tmp_path / "s")
    return tmp_path / "s"


def resume(path, model, design, record=RECORD, workers=1, **more):
    """Finish a store; gives results, what was said, and the blocks that were run."""
    said, told = [], []
    tell = {"notify": said.append, "progress": lambda *a: told.append(a[0])}
    results = run(
        model, design, path, record, workers, resume=True, **{"inputs": {"case.yaml": "a"}, **tell, **more}
    )
    entries, kept, ran = read_journal(path)[0].values(), 0, []
    for entry in entries:
        ran += [entry.first] if kept >= told[0] else []
        kept += entry.count
    return results, said, ran


def assert_same_files(one: Path, other: Path):
    """Every file of the two Zarr groups holds the same bytes, but for when and where they were made."""
    files = [{str(f.relative_to(p)): f for f in p.rglob("*") if f.is_file()} for p in (one, other)]
    assert set(files[0]) == set(files[1])
    for name in files[0]:
        if not name.endswith("zarr.json"):
            assert files[0][name].read_bytes() == files[1][name].read_bytes(), name


def test_where_nothing_is_missing_no_worker_is_started(model, design, copy, monkeypatch):
    monkeypatch.setattr("diarchy.ensemble.run.Processes", lambda *_: pytest.fail("workers were started"))
    assert resume(copy, model, design, workers=2)[2] == []


@pytest.mark.parametrize("workers", [1, 2])
def test_exactly_what_is_missing_is_run(model, design, whole, tmp_path, workers):
    asked = iter([False, False, True])
    path = tmp_path / "s"
    first = run(model, design, path, RECORD, block=BLOCK, stop=lambda: next(asked, True))
    assert first.interrupted
    assert first.attrs["done"] == 16
    results, said, ran = resume(path, model, design, workers=workers, inputs={})
    assert said == []
    assert sorted(ran) == BLOCKS[2:]
    assert not results.interrupted
    assert results.attrs["engine_s"] > first.attrs["engine_s"]
    assert_same_files(path / "store.zarr", whole.path / "store.zarr")


def test_a_finished_store_is_left_as_it_is(model, design, copy):
    names = ("manifest.json", "journal.jsonl")
    before = [((copy / name).read_bytes(), (copy / name).stat().st_mtime_ns) for name in names]
    results, said, ran = resume(copy, model, design)
    assert (said, ran, results.interrupted) == ([], [], False)
    assert [((copy / name).read_bytes(), (copy / name).stat().st_mtime_ns) for name in names] == before


def test_nothing_to_resume_begins(model, design, whole, tmp_path):
    results, _, ran = resume(tmp_path / "s", model, design, block=BLOCK)
    assert ran == BLOCKS
    assert_same_files(results.path / "store.zarr", whole.path / "store.zarr")


def test_a_plan_is_finished_exactly(model, design, tmp_path):
    asked, plan = iter([False, True]), {"no-guards": 6}
    run(model, design, tmp_path / "s", RECORD, block=BLOCK, planned=plan, stop=lambda: next(asked, True))
    results, _, ran = resume(tmp_path / "s", model, design, planned=plan, inputs={})
    assert ran == BLOCKS[1:]
    assert not results.interrupted
    assert results.finished().sum(axis=1).tolist() == [FUTURES, 6]


def cut(path, share=0.5):
    """Keep the first part of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def flip(path, place=-1):
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


DAMAGE = {
    "flipped chunk": (lambda p: flip(p / "store.zarr/rumour.heard/c.0.2.0.0"),
                      "'store.zarr/rumour.heard/c.0.2.0.0' is damaged: its block is run again", [8]),
    "cut chunk": (lambda p: cut(p / "store.zarr/guards.turns/c.0.0.0.0"),
                  "guards.turns/c.0.0.0.0' is damaged", [0]),
    "lost chunk": (lambda p: (p / "store.zarr/status/c.1.1").unlink(), "status/c.1.1' is damaged", [4]),
    "lost array": (lambda p: shutil.rmtree(p / "store.zarr/rumour.mood"), "and 12 more like these", BLOCKS),
    "cut journal": (lambda p: cut(p / "journal.jsonl", 0.99), "1 line of 'journal.jsonl' damaged", [28]),
    "flipped journal": (lambda p: flip(p / "journal.jsonl", 60), "1 line of 'journal.jsonl' damaged", [0]),
    "lost journal": (lambda p: (p / "journal.jsonl").unlink(), None, BLOCKS),
    "cut manifest": (lambda p: cut(p / "manifest.json"), "'manifest.json' cannot be read", []),
    "lost manifest": (lambda p: (p / "manifest.json").unlink(), "'manifest.json' cannot be read", []),
    "cut group": (lambda p: cut(p / "store.zarr/zarr.json"),
                  "'store.zarr/zarr.json' was damaged and is mended", []),
    "flipped labels": (lambda p: flip(p / "store.zarr/town/c/0"), "'store.zarr/town/c/0' was damaged", []),
    "lost input": (lambda p: (p / "inputs/case.yaml").unlink(), "'inputs/case.yaml' was damaged", []),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named_and_only_its_blocks_are_run_again(model, design, whole, copy, kind):
    damage, message, blocks = DAMAGE[kind]
    damage(copy)
    results, said, ran = resume(copy, model, design)
    assert ran == blocks
    assert message is None or any(message in text for text in said), said
    assert not results.interrupted
    assert_same_files(copy / "store.zarr", whole.path / "store.zarr")
    assert resume(copy, model, design)[1:] == ([], [])


def test_manifest_and_group_gone_together_are_told(model, design, copy):
    cut(copy / "manifest.json")
    cut(copy / "store.zarr/zarr.json")
    with pytest.raises(DesignError, match=r"'manifest.json' cannot be read.*nor can 'store.zarr'.*--force"):
        resume(copy, model, design)


@pytest.mark.parametrize("plan", [{}, {"no-guards": 6}])
def test_a_store_grows_into_the_run_that_had_more_futures_from_the_start(model, design, tmp_path, plan):
    path, more = tmp_path / "s", sample(model, 42, SEED)
    grown = {name: count + 4 for name, count in plan.items()}
    run(model, design, path, RECORD, block=BLOCK, planned=plan, inputs={"case.yaml": "a"})
    results, said, ran = resume(path, model, more, planned=grown)
    assert (said, results.interrupted) == ([], False)
    assert ran == ([4, 8] if plan else []) + [28, 32, 36, 40]  # 28 had two futures; 4 and 8 lacked an arm's
    reference = run(model, more, tmp_path / "t", RECORD, block=BLOCK, planned=grown)
    assert_same_files(path / "store.zarr", reference.path / "store.zarr")
    assert (results.attrs["futures"], results.attrs["planned"]) == (42, reference.attrs["planned"])
    assert resume(path, model, more, planned=grown)[1:] == ([], [])


def test_a_store_of_fewer_futures_than_its_blocks_hold_grows_too(model, tmp_path):
    few, many = sample(model, 6, SEED), sample(model, 9, SEED)
    run(model, few, tmp_path / "s", RECORD, block=50)
    grown = resume(tmp_path / "s", model, many)[0]
    begun = run(model, many, tmp_path / "whole", RECORD, block=6, inputs={"case.yaml": "a"})
    assert_same_files(grown.path / "store.zarr", begun.path / "store.zarr")


def test_a_store_that_cannot_grow_is_refused(model, tmp_path):
    for name, few in (("hypercube", {"method": "lhs"}), ("one", {})):
        start, more = sample(model, 8, SEED, **few), sample(model, 12, SEED, **few)
        only = [0, 1, 2] if name == "one" else None
        run(model, start, tmp_path / name, RECORD, block=2, only=only)
        with pytest.raises(DesignError, match="design: futures was 8, is 12"):
            run(model, more, tmp_path / name, RECORD, resume=True)


OTHER = {
    "seed": (lambda m: (m, sample(m, FUTURES, SEED + 1)), {}, ["seed: was 7, is 8"]),
    "design": (lambda m: (m, sample(m, FUTURES, SEED, repeats=2)), {}, ["design: repeats was 4, is 2"]),
    "futures": (lambda m: (m, sample(m, 20, SEED)), {}, ["futures was 30, is 20", "run numbers: was"]),
    "record": (None, {"record": RECORD[:-1]}, ["recorded states: guards.turns was", "is absent"]),
    "arms": (lambda m: (toy_model(arms=("base",)), None), {}, ["arms: was base, no-guards, is base"]),
    "days": (lambda m: (toy_model(steps=8), None), {}, ["steps: was 12, is 8"]),
    "prior": (lambda m: (toy_model(rumour_spite=fixed(0.1)), None), {},
              ["model (facts, priors or axes): was"]),
    "files": (None, {"provenance": {"scenario_sha256": "b"}},
              ["text of the scenario's files: was absent, is b"]),
    "plan": (None, {"planned": {"no-guards": 3}}, ["futures of each arm: no-guards was 30, is 3"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHER)
def test_another_run_is_refused_with_what_differs(model, design, copy, kind):
    change, more, messages = OTHER[kind]
    other, its_design = change(model) if change else (model, design)
    before = (copy / "manifest.json").read_bytes()
    with pytest.raises(DesignError) as caught:
        resume(copy, other, its_design or sample(other, FUTURES, SEED), **more)
    for message in messages:
        assert message in str(caught.value)
    assert "run it as it was begun, or choose another folder" in str(caught.value)
    assert (copy / "manifest.json").read_bytes() == before


def test_other_software_is_refused(model, design, copy, monkeypatch):
    monkeypatch.setattr("diarchy.ensemble.identity._version", lambda package: f"{package} of tomorrow")
    with pytest.raises(DesignError, match=r"software: numpy was .*, is numpy of tomorrow"):
        resume(copy, model, design)


@pytest.mark.parametrize(
    ("schema", "message"), [("diarchy/results/9", "a newer version"), ("diarchy/results/1", "an older")]
)
def test_a_store_of_another_version_is_refused(model, design, copy, schema, message):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "schema": schema}))
    with pytest.raises(DesignError, match=f"was written by {message}"):
        resume(copy, model, design)


WRONG_KINDS = [
    ("seed", None), ("arms", []), ("arms", [[]]), ("planned", {"base": 30}), ("futures", -1),
    ("block", "abc"), ("block", 10**400), ("design", "abc"), ("states", 1), ("facts", {"base": 1}),
    ("watched", []), ("hypotheses", "abc"), ("overrides", [[]]), ("overrides", None),
    ("only", {"a": 1}), ("switched", None), ("engine_s", 10**400),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG_KINDS, ids=lambda said: str(said)[:20])
def test_a_signed_manifest_of_wrong_kinds_is_told_and_made_again(model, design, copy, name, value):
    said = store.read_manifest(copy)
    store.write_manifest(copy, {**said, name: value})
    with pytest.raises(ResultsError, match=f"'manifest.json' cannot be read: it cannot be so in .*{name}"):
        open_results(copy)
    _, told, ran = resume(copy, model, design)
    assert not ran
    assert "cannot be so in" in told[0]
    assert store.read_manifest(copy).keys() == said.keys()


def test_a_signed_manifest_that_lacks_what_readers_need_is_told(copy):
    said = store.read_manifest(copy)
    store.write_manifest(copy, {key: said[key] for key in said if key not in ("block", "facts")})
    with pytest.raises(ResultsError, match="it lacks block, facts"):
        open_results(copy)


ELSEWHERE = {"count": 4, "failed": 0, "cpu_s": 0.1, "chunks": {"../../mine": "a"}}


@pytest.mark.parametrize(
    "entry",
    [
        {"arms": []}, {"arms": {"base": 1}}, {"first": "1"}, {"first": -4}, {"first": 1e400},
        {"engine_s": []}, {"arms": {"base": {"count": "4", "failed": 0, "cpu_s": 0.1, "chunks": {}}}},
        {"arms": {"base": {"count": 4, "failed": 0, "cpu_s": 0.1, "chunks": [1]}}},
        {"arms": dict.fromkeys(("base", "no-guards"), ELSEWHERE)},
    ],
)  # fmt: skip
def test_a_signed_line_of_wrong_kinds_costs_its_block(model, design, whole, copy, entry):
    journal = copy / "journal.jsonl"
    first, *rest = journal.read_bytes().splitlines(keepends=True)
    said = json.loads(first.partition(b" ")[2])
    text = json.dumps({**said, **entry}).encode()
    journal.write_bytes(b"".join([digest(text).encode(), b" ", text, b"\n", *rest]))
    open_results(copy)
    assert resume(copy, model, design)[2] == [0]
    assert_same_files(copy / "store.zarr", whole.path / "store.zarr")


def test_a_reader_is_told_of_damage_when_it_matters(copy):
    flip(copy / "store.zarr/rumour.heard/c.0.2.0.0")
    (copy / "store.zarr/rumour.mood/c.1.3.0.0").unlink()
    results = open_results(copy)
    assert results.data["guards.posted"].values.shape == (2, FUTURES, 13, 3)
    with pytest.raises(
        ResultsError, match=r"'store.zarr/rumour.heard/c.0.2.0.0' is damaged; `diarchy run --resume"
    ):
        _ = results.data["rumour.heard"].values
    with pytest.raises(ResultsError, match=r"'store.zarr/rumour.mood/c.1.3.0.0' is missing"):
        _ = results.data["rumour.mood"].values


def test_a_reader_that_knows_no_journal_finds_a_flipped_chunk_too(copy):
    flip(copy / "store.zarr/rumour.heard/c.0.2.0.0")
    data = xr.open_zarr(copy / "store.zarr")
    with pytest.raises(ValueError, match="checksum"):
        data["rumour.heard"].load()


def test_a_block_that_is_not_in_the_journal_is_not_there(copy):
    lines = (copy / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (copy / "journal.jsonl").write_bytes(b"".join(lines[:3]))
    results = open_results(copy)
    assert results.interrupted
    assert results.attrs["done"] == 24
    assert results.finished().sum() == 24
    assert np.isnan(results.data["rumour.mood"].values[:, 12:]).all()


def test_what_a_killed_run_left_before_its_store_was_there_is_replaced(model, design, whole, tmp_path):
    path = tmp_path / "s"
    shutil.copytree(whole.path, path)
    for name in ("manifest.json", "journal.jsonl"):
        (path / name).unlink()
    results = run(model, design, path, RECORD, block=BLOCK)
    assert not results.interrupted
    assert not (path / "inputs").exists()


HOLD = """
import sys, time
from pathlib import Path
from diarchy.ensemble.store import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")
@pytest.mark.parametrize("how", [{"resume": True}, {"force": True}])
def test_two_runs_into_one_store(model, design, copy, how):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(copy)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        before = (copy / "journal.jsonl").read_bytes()
        with pytest.raises(
            DesignError, match=f"a run is writing there .process {other.pid} on .*; wait for it"
        ):
            run(model, design, copy, RECORD, block=BLOCK, **how)
        assert (copy / "journal.jsonl").read_bytes() == before
        other.kill()
    assert not run(
        model, design, copy, RECORD, block=BLOCK, **how
    ).interrupted  # a killed holder holds nothing


def test_a_store_that_is_read_elsewhere_needs_only_xarray(whole, tmp_path):
    moved = shutil.copytree(whole.path, tmp_path / "elsewhere")
    script = (
        "import sys, xarray as xr\n"
        f"data = xr.open_zarr({str(moved / 'store.zarr')!r})\n"
        "assert 'diarchy' not in sys.modules\n"
        "print(data.attrs['schema'], data.attrs['seed'], data['rumour.heard'].attrs['unit'],\n"
        "      data.attrs['parameter_units']['rumour.pace'], data.attrs['software']['numpy'] != '',\n"
        "      int((data['status'] == 0).sum()))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(toys.__file__).parent)}
    ran = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["diarchy/results/2", "7", "people", "1/day", "True", str(2 * FUTURES)]
