"""Stores: refused before any work when they cannot be had, exact and plain to read when they can."""

import errno
import os
import shutil
from collections import namedtuple

import numpy as np
import pytest
import xarray as xr
from toys import RECORD, toy_model

from diarchy.ensemble import layout, store
from diarchy.ensemble.chunks import Encoder, _create, chunk_name
from diarchy.ensemble.design import sample
from diarchy.ensemble.layout import Column
from diarchy.ensemble.results import open_results
from diarchy.ensemble.run import run
from diarchy.errors import DesignError, ModelError, ResultsError

INPUTS = {"case.yaml": "a", "scenarios/base.yaml": "b", "/etc/../../evil.yaml": "c"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    model, path = toy_model(), tmp_path_factory.mktemp("made") / "deep" / "store"
    return run(model, sample(model, 6, 1), path, RECORD, inputs=INPUTS, block=4)


@pytest.fixture
def never_run(monkeypatch):
    """Computing is an error: faults must be found before."""

    def advance(*_):
        raise AssertionError("computed before the place was checked")

    for module in ("jobs", "twins"):
        monkeypatch.setattr(f"diarchy.ensemble.{module}.advance", advance)


def start(path, futures=4, record=RECORD, **more):
    model = toy_model()
    return run(model, sample(model, futures, 1), path, record, **more)


def test_an_existing_store_is_kept_unless_forced(tmp_path):
    made = start(tmp_path / "store")
    with pytest.raises(
        DesignError,
        match=r"a store is there already; choose.*or add --resume.*or --force",
    ):
        start(made.path)
    (made.path / "answers.json").write_text("{}")
    assert start(made.path, 3, force=True).data.sizes["run"] == 3
    assert not (made.path / "answers.json").exists()


@pytest.mark.parametrize("turn", range(5))
def test_a_store_that_is_half_replaced_can_be_replaced_again(made, tmp_path, monkeypatch, turn):
    path, remove, gone = tmp_path / "s", store._remove, []
    shutil.copytree(made.path, path)
    (path / "report.html").touch()
    (path / "answers.json").touch()

    def broken_off(file):
        if len(gone) == turn:
            raise KeyboardInterrupt
        gone.append(file)
        remove(file)

    with monkeypatch.context() as patch:
        patch.setattr(store, "_remove", broken_off)
        with pytest.raises(KeyboardInterrupt):
            start(path, force=True)
    assert not start(path, force=True).interrupted


@pytest.mark.usefixtures("never_run")
def test_nothing_but_a_store_is_ever_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DesignError, match="is there and is not a store"):
        start(tmp_path, force=True)
    with pytest.raises(DesignError, match="is there and is not a store"):
        start(tmp_path / "thesis.txt", force=True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.usefixtures("never_run")
def test_a_link_is_not_followed(made, tmp_path):
    (tmp_path / "link").symlink_to(made.path)
    with pytest.raises(DesignError, match="is there and is not a store"):
        start(tmp_path / "link", force=True)


@pytest.mark.usefixtures("never_run")
def test_a_place_that_cannot_be_written_is_refused_before_computing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DesignError, match="cannot be written: 'file' is no folder; choose another folder"):
        start(tmp_path / "file" / "store")


@pytest.mark.parametrize("name", [".lock", "journal.jsonl"])
def test_what_a_store_links_to_is_not_written(made, tmp_path, name):
    shutil.copytree(made.path, tmp_path / "s")
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "s" / name).unlink()
    (tmp_path / "s" / name).symlink_to(tmp_path / "mine.txt")
    with (
        pytest.raises(DesignError, match=f"'{name}' is a link, .*remove '{name}'"),
        store.locked(tmp_path / "s"),
    ):
        pass
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_in_the_place_of_a_journal_is_not_waited_for(made, tmp_path):
    shutil.copytree(made.path, tmp_path / "s")
    (tmp_path / "s" / "journal.jsonl").unlink()
    os.mkfifo(tmp_path / "s" / "journal.jsonl")
    with pytest.raises(ResultsError, match="it is no plain file"):
        open_results(tmp_path / "s")
    with pytest.raises(DesignError, match="no plain file"), store.locked(tmp_path / "s"):
        pass


def test_a_full_disk_keeps_nobody_from_holding_a_store(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", full)
    with store.locked(tmp_path / "s"):
        assert (tmp_path / "s" / store.LOCK).exists()


@pytest.mark.usefixtures("never_run")
def test_too_little_room_is_refused_before_computing(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10**6))
    with pytest.raises(DesignError, match=r"has too little room: 0\.02 GB at most, 0\.00 GB free"):
        start(tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.usefixtures("never_run")
def test_a_state_that_nobody_has_is_refused(tmp_path):
    with pytest.raises(DesignError, match=r"'rumour\.herd' cannot be recorded.*did you mean 'rumour\.heard'"):
        start(tmp_path / "store", record=["rumour.herd"])


def test_an_empty_folder_is_taken(tmp_path):
    assert start(tmp_path).path == tmp_path


def test_arrays_are_exact_and_nothing_fills_in_for_data(made):
    kinds = {name: made.data[name].dtype for name in RECORD}
    assert kinds["rumour.heard"] == np.int32  # 1,450 people live there
    assert kinds["rumour.phase"] == np.int8
    assert kinds["guards.turns"] == np.float64  # a count that an arm lacks: exact to 2**53, and NaN there
    assert kinds["guards.alert"] == kinds["rumour.mood"] == np.float32
    guards = made.data["guards.turns"]
    assert np.isnan(guards.sel(arm="no-guards")).all()
    assert not np.isnan(guards.sel(arm="base")).any()


def test_counts_take_eight_bytes_where_there_may_be_more_people(monkeypatch, tmp_path):
    small = start(tmp_path / "small")
    monkeypatch.setattr(layout, "_most", lambda model, unit: 8e9)
    large = start(tmp_path / "large")
    assert large.data["rumour.heard"].dtype == np.int64
    assert np.array_equal(large.data["rumour.heard"].values, small.data["rumour.heard"].values)
    monkeypatch.undo()
    with pytest.raises(DesignError, match=r"types of stored numbers: rumour\.heard was int64, is int32"):
        start(large.path, resume=True)
    assert np.array_equal(open_results(large.path).data["rumour.heard"], small.data["rumour.heard"])


def test_a_count_that_four_bytes_do_not_hold_is_refused_and_not_wrapped():
    column = Column((), (), np.dtype(np.int32), np.iinfo(np.int32).min, {})
    encoder = Encoder({"x": column, "status": column}, 2)
    fine, failed = np.array([0, 0]), np.array([0, 3])
    many = np.array([5, 2**31])
    with pytest.raises(ModelError, match="x counts 2,147,483,648"):
        encoder.encode({"x": many, "status": fine})
    assert encoder.encode({"x": many, "status": failed})["x"]  # what a failed run holds is never read
    assert encoder.encode({"x": many - 1, "status": fine})["x"]


def test_chunks_are_one_arm_and_one_block(made, tmp_path):
    import zarr

    start(tmp_path / "s", 10, block=4)
    array = zarr.open_group(tmp_path / "s" / "store.zarr", mode="r")["rumour.heard"]
    assert array.chunks == (1, 4, 13, 3)
    assert array.metadata.zarr_format == 3
    assert "zstd" in str(array.compressors[0]).lower()


@pytest.mark.parametrize(
    ("dtype", "fill", "shape"), [("f4", np.nan, (3, 2)), ("i8", np.iinfo(np.int64).min, (5,)), ("i4", -1, ())]
)
def test_a_chunk_is_what_zarr_itself_would_write(tmp_path, dtype, fill, shape):
    import zarr

    column = Column(tuple("abc"[: len(shape)]), shape, np.dtype(dtype), fill, {})
    luck = np.random.default_rng(1)
    whole = luck.integers(0, 9, (4, *shape)).astype(dtype)
    blank = np.full((4, *shape), fill, dtype)
    group = zarr.create_group(tmp_path / "z", zarr_format=3)
    theirs = _create(group, "x", column, (1, 8), 4)
    theirs[0, :4], theirs[0, 4:] = whole, blank
    ours = Encoder({"x": column}, 4)
    assert ours.encode({"x": whole})["x"] == (tmp_path / "z" / chunk_name("x", column, 0, 0)).read_bytes()
    assert ours.encode({"x": blank}) == {}
    assert not (tmp_path / "z" / chunk_name("x", column, 0, 1)).exists()
    part = ours.encode({"x": whole[:1]})["x"]
    (tmp_path / "z" / chunk_name("x", column, 0, 1)).write_bytes(part)
    assert np.array_equal(theirs[0, 4:5], whole[:1])
    assert np.array_equal(theirs[0, 5:], blank[1:], equal_nan=np.dtype(dtype).kind == "f")


def test_xarray_opens_the_store_alone(made):
    data = xr.open_zarr(made.path / "store.zarr")
    assert data["rumour.heard"].dims == ("arm", "run", "time", "town")
    assert data["rumour.heard"].attrs["unit"] == "people"
    assert data.attrs["schema"] == "diarchy/results/2"
    assert data["rumour.phase"].attrs["levels"] == ["quiet", "loud"]
    assert float(data["rumour.heard"].sel(arm="base", town="north", time=0.0).sum()) == 0.0


def test_what_was_read_is_kept(made):
    kept = {str(f.relative_to(made.path)): f.read_text() for f in (made.path / "inputs").rglob("*.yaml")}
    assert kept == {"inputs/case.yaml": "a", "inputs/scenarios/base.yaml": "b", "inputs/etc/evil.yaml": "c"}


def test_the_estimate_is_an_upper_bound(tmp_path):
    model = toy_model()
    laid_out = layout.lay_out(model, sample(model, 50, 1), RECORD, np.arange(50))
    start(tmp_path / "s", 50)
    taken = sum(file.stat().st_size for file in (tmp_path / "s").rglob("*") if file.is_file())
    assert taken < laid_out.bytes_at_most


@pytest.mark.parametrize(
    ("futures", "workers", "jobs"),
    [(1, 2, 1), (75, 2, 2), (300, 2, 8), (1000, 1, 8), (1000, 2, 16), (64, 1, 2)],
)
def test_every_worker_gets_as_many_jobs(futures, workers, jobs):
    model = toy_model()
    laid_out = layout.lay_out(model, sample(model, futures, 1), RECORD, np.arange(futures))
    assert -(-futures // layout.block_size(model, laid_out, workers)) == jobs


def test_a_block_is_small_enough_for_cache_and_memory(monkeypatch):
    model = toy_model()
    laid_out = layout.lay_out(model, sample(model, 10_000, 1), RECORD, np.arange(10_000))
    monkeypatch.setattr(layout, "_CACHE_BYTES", 100 * model.arms["base"].bytes_per_run)
    assert layout.block_size(model, laid_out, 2) == 100
    monkeypatch.setattr(layout, "_RECORD_BYTES", 7 * 8 * laid_out.numbers_per_run)
    assert layout.block_size(model, laid_out, 2) == 7
