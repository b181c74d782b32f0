"""Results: read lazily, refused when damaged, silent when too many futures failed."""

import json
import shutil

import numpy as np
import pytest
import xarray as xr
from toys import RECORD, TOWNS, toy_model

from diarchy.ensemble.design import sample
from diarchy.ensemble.results import open_results
from diarchy.ensemble.run import run
from diarchy.ensemble.store import write_manifest
from diarchy.errors import ResultsError
from diarchy.prior import fixed, uniform


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    model = toy_model()
    path = tmp_path_factory.mktemp("kept") / "store"
    return run(model, sample(model, 10, 1), path, RECORD, questions=[{"id": "loud"}])


@pytest.fixture
def copy(kept, tmp_path):
    shutil.copytree(kept.path, tmp_path / "copy")
    return tmp_path / "copy"


def test_axes_are_labelled(kept):
    assert kept.arms == ("base", "no-guards")
    assert kept.data["town"].values.tolist() == list(TOWNS)
    assert kept.data["time"].values[[0, 1, -1]].tolist() == [0.0, 0.25, 3.0]
    assert kept.data["draw"].values.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    assert kept.data["rumour.heard"].dims == ("arm", "run", "time", "town")


def test_what_is_read_is_what_zarr_reads(kept, tmp_path):
    """Blocks of three of ten runs, and an arm of five: whole, in parts, one by one, and where nothing is."""
    model = toy_model()
    cut = run(model, sample(model, 10, 1), tmp_path / "s", RECORD, block=3, planned={"no-guards": 5})
    theirs = xr.open_zarr(
        cut.path / "store.zarr", consolidated=True, decode_times=False, mask_and_scale=False
    )
    parts = (
        {}, {"arm": 1}, {"arm": 0, "run": 7}, {"run": slice(2, 9)}, {"run": slice(1, 10, 4)},
        {"run": [8, 0, 3, 3]},
        {"arm": slice(0, 0)}, {"run": slice(4, 4)}, {"arm": [1, 0], "run": -1}, {"run": slice(9, None, -2)},
    )  # fmt: skip
    for name in (*RECORD, "parameters", "status", "failed_at"):
        ours = open_results(cut.path).data[name]
        assert ours.dtype == theirs[name].dtype
        assert ours.attrs == theirs[name].attrs
        for part in ({"time": 3}, {"time": slice(1, 6, 2)}, {"time": [4, 2]}, *parts):
            asked = {axis: place for axis, place in part.items() if axis in ours.dims}
            one, other = ours.isel(asked), theirs[name].isel(asked)
            np.testing.assert_array_equal(one.values, other.values)
            assert one.dims == other.dims


def test_parameters_come_back_exactly(kept):
    values = sample(toy_model(), 10, 1).values("base", range(10))
    assert set(kept.parameters.data_vars) == set(values)
    for name, column in values.items():
        assert np.array_equal(kept.parameters[name].sel(arm="base"), column)
    assert np.isnan(kept.parameters["guards.reach"].sel(arm="no-guards")).all()


def test_questions_facts_and_words_are_kept(kept):
    assert kept.questions == [{"id": "loud"}]
    assert kept.facts["rumour.people"] == kept.fact_total("rumour.people", "no-guards") == 1450.0
    assert kept.attrs["states"]["rumour.phase"]["levels"] == ["quiet", "loud"]
    assert kept.attrs["start"] == "2022-01-01"
    assert kept.attrs["days"] == 3.0
    assert not kept.interrupted


def test_fine_results_are_usable(kept):
    kept.check_usable()
    assert kept.usable().all()


def test_too_many_failures_are_named_with_what_replays_them(tmp_path):
    model = toy_model(rumour_spite=uniform(0.0, 1.0))
    results = run(model, sample(model, 40, 1), tmp_path / "s", RECORD)
    assert 0 < results.usable().sum() < 80
    with pytest.raises(ResultsError) as caught:
        results.check_usable()
    text = str(caught.value)
    assert "of 80 futures failed, more than 0.1%" in text
    assert "rumour.mood was not finite or out of bounds" in text
    run_number = int(text.partition(", run ")[2].partition(",")[0])
    spite = float(results.parameters["rumour.spite"].sel(arm="base", run=run_number))
    assert f"rumour.spite={spite!r}" in text
    assert f"--seed 1 --only {run_number};" in text
    alone = run(model, sample(model, 40, 1), tmp_path / "alone", RECORD, only=[run_number])
    step = int(text.partition(", step ")[2].partition(";")[0])
    assert alone.data["failed_at"].values.tolist() == [[step], [step]]


def test_few_failures_are_tolerated(tmp_path, monkeypatch):
    model = toy_model(rumour_spite=fixed(1.0))
    results = run(model, sample(model, 4, 1), tmp_path / "s", RECORD)
    monkeypatch.setattr("diarchy.ensemble.results.MAY_FAIL", 1.0)
    results.check_usable()


def test_nothing_finished_is_not_usable(tmp_path):
    model = toy_model()
    results = run(model, sample(model, 4, 1), tmp_path / "s", RECORD, stop=lambda: True)
    with pytest.raises(ResultsError, match="no future has finished"):
        results.check_usable()


def test_a_folder_that_is_not_a_store(tmp_path):
    with pytest.raises(ResultsError, match="is not a store"):
        open_results(tmp_path)
    with pytest.raises(ResultsError, match="is not there"):
        open_results(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("diarchy/results/3", "written by a newer version.*update diarchy"),
        ("diarchy/results/1", "written by an older version"),
        ("diarchy/case/1", "holds 'diarchy/case/1', not results"),
    ],
)
def test_another_version_says_so(copy, schema, message):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "schema": schema}))
    with pytest.raises(ResultsError, match=message):
        open_results(copy)


@pytest.mark.parametrize(
    "text", ["", '{"schema": "diarchy/results/2", "se', "[]", "\x00", '{"schema": "diarchy/results/2"}']
)
def test_a_truncated_manifest(copy, text):
    (copy / "manifest.json").write_text(text)
    with pytest.raises(ResultsError, match=r"'manifest.json' cannot be read.*--resume"):
        open_results(copy)


def test_missing_arrays(copy):
    shutil.rmtree(copy / "store.zarr" / "rumour.heard")
    (copy / "store.zarr" / "zarr.json").unlink()
    with pytest.raises(ResultsError, match=r"'store.zarr' cannot be read"):
        open_results(copy)


def test_an_array_that_the_manifest_names_and_the_store_lacks(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["states"]["rumour.echo"] = {}
    write_manifest(copy, manifest)
    with pytest.raises(ResultsError, match=r"lacks rumour\.echo"):
        open_results(copy)
