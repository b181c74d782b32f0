"""A store on disk: a folder with one Zarr group, a manifest of what is done, and the files that were read.

Arrays are cut into chunks of one arm and one block of runs, whole in time and cells, so that two workers
never write the same file. A state that some arm does not have is stored as floats, NaN in that arm: no fill
value is ever a number that a reader could take for data. Whether a run is there is said by `status`, written
last.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from diarchy.engine import Block
from diarchy.ensemble.design import Design
from diarchy.errors import DesignError, Fault, Faults, nearest
from diarchy.mechanism import State
from diarchy.model import Model

SCHEMA = "diarchy/results/2"
ZARR, MANIFEST, INPUTS = "store.zarr", "manifest.json", "inputs"
#: What of the manifest changes while a run goes on, and is in the manifest alone.
PASSING = ("finished", "blocks")
#: `status` of a run that has not been run.
NOT_RUN = -1
_ZSTD_LEVEL = 1  # 3 takes half as long again and saves 6 %
_SPARE_BYTES = 16 * 2**20  # for metadata, manifest and answers beside the arrays


@dataclass(frozen=True)
class Column:
    """How one state is stored: its axes behind (arm, run, time), array type, fill value and words."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    fill: float
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """What a store holds, before anything is computed.

    Parameters
    ----------
    arms : names, in order.
    planned : of each arm, how many of the first runs it takes; the others are never run in it.
    runs, draws : (run,) run numbers, and the parameter draw of each.
    days : (time,) [day] since the start.
    block : runs in a chunk.
    coordinates : axis -> labels.
    columns : qualified state -> how it is stored.
    parameters : (arm, run, parameter) values, NaN where an arm lacks the parameter.
    names : the parameters in order.
    """

    arms: tuple[str, ...]
    planned: tuple[int, ...]
    runs: np.ndarray
    draws: np.ndarray
    days: np.ndarray
    block: int
    coordinates: dict[str, tuple[str, ...]]
    columns: dict[str, Column]
    parameters: np.ndarray
    names: tuple[str, ...]

    @property
    def bytes_per_run(self) -> int:
        """[byte] of one run of one arm in the store, before compression."""
        cells = (len(self.days) * int(np.prod(c.shape)) * c.dtype.itemsize for c in self.columns.values())
        return sum(cells) + 8 * len(self.names)

    @property
    def numbers_per_run(self) -> int:
        """Recorded numbers of one run of one arm, at least 1."""
        return max(1, len(self.days) * sum(int(np.prod(c.shape)) for c in self.columns.values()))

    @property
    def bytes_at_most(self) -> int:
        """[byte] that the whole store can take."""
        return self.bytes_per_run * self.futures + _SPARE_BYTES

    @property
    def futures(self) -> int:
        """Runs of all arms that are to be run."""
        return sum(self.planned)


def lay_out(
    model: Model,
    design: Design,
    record: Sequence[str],
    runs: np.ndarray,
    planned: Mapping[str, int] | None = None,
    block: int = 1,
) -> Layout:
    """Decide how the results of some runs will be stored.

    Parameters
    ----------
    model, design : what is run, with which parameters.
    record : qualified states to keep.
    runs : run numbers, ascending.
    planned : arm -> how many of the first runs it takes; all where it is not named.
    block : runs in a chunk.

    Raises
    ------
    DesignError : a state to record that no arm has, or a plan that does not fit.
    """
    counts = _counts(model, len(runs), planned or {})
    names = design.names
    parameters = np.full((len(model.arms), len(runs), len(names)), np.nan)
    for a, arm in enumerate(model.arms):
        values = design.values(arm, runs)
        for j, name in enumerate(names):
            if name in values:
                parameters[a, :, j] = values[name]
    coordinates: dict[str, tuple[str, ...]] = {}
    for one in model.arms.values():
        coordinates |= one.coordinates
    columns = _columns(model, record)
    return Layout(
        tuple(model.arms), counts, runs, design.draw_of(runs), model.calendar.days, block,
        coordinates, columns, parameters, names,
    )  # fmt: skip


def _counts(model: Model, runs: int, planned: Mapping[str, int]) -> tuple[int, ...]:
    """How many of the first runs each arm takes."""
    faults = Faults(DesignError)
    for name, count in planned.items():
        if name not in model.arms:
            faults.add(
                f"no arm '{name}' to plan", allowed=", ".join(model.arms), near=nearest(name, model.arms)
            )
        elif not 1 <= count <= runs:
            faults.add(f"{count} runs planned for arm '{name}'", allowed=f"1 to {runs}")
    faults.raise_if_any()
    return tuple(planned.get(name, runs) for name in model.arms)


def _columns(model: Model, record: Sequence[str]) -> dict[str, Column]:
    """How each state to record is stored."""
    faults, columns = Faults(DesignError), {}
    known = {name: (state, arm) for arm in model.arms.values() for name, state in arm.states().items()}
    for name in dict.fromkeys(record):
        if name not in known:
            faults.add(f"'{name}' cannot be recorded: no arm has such a state", near=nearest(name, known))
            continue
        state, arm = known[name]
        everywhere = all(name in other.states() for other in model.arms.values())
        dtype, fill = _stored_as(state, everywhere)
        attributes = {"unit": state.unit, "doc": state.doc, "levels": list(state.levels)}
        columns[name] = Column(state.dims, arm.shape(state.dims), np.dtype(dtype), fill, attributes)
    faults.raise_if_any()
    return columns


def _stored_as(state: State, everywhere: bool) -> tuple[type, float]:
    """Array type and fill value; counts and levels stay exact, also where NaN is needed."""
    if state.levels:
        return (np.int8, -1) if everywhere and len(state.levels) < 128 else (np.float32, np.nan)
    if state.whole:
        return (np.int64, np.iinfo(np.int64).min) if everywhere else (np.float64, np.nan)
    return np.float32, np.nan


def check_place(path: Path, layout: Layout, force: bool = False) -> None:
    """Refuse a folder that exists, cannot be written, or has no room, before anything is computed.

    Parameters
    ----------
    path : the store's folder to be.
    layout : what it will hold.
    force : whether an existing store may be replaced; nothing else is ever replaced.

    Raises
    ------
    DesignError : every fault found.
    """
    faults, where = Faults(DesignError), str(path)
    if path.is_symlink() or path.exists():
        if not (path.is_dir() and not path.is_symlink() and (is_store(path) or not any(path.iterdir()))):
            faults.add("is there and is not a store", where, cure="choose another folder with --out")
        elif is_store(path) and not force:
            faults.add(
                "a store is there already", where, cure="choose another folder with --out, or add --force"
            )
    parent = next((p for p in path.absolute().parents if p.exists()), Path("/"))
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
        free = shutil.disk_usage(parent).free
    except OSError as error:
        faults.add(f"cannot be written: {error.strerror}", where, cure="choose another folder with --out")
    else:
        if free < layout.bytes_at_most:
            need = f"{layout.bytes_at_most / 1e9:.2f} GB at most, {free / 1e9:.2f} GB free"
            faults.add(
                f"has too little room: {need}", where, cure="free some, or set fewer --futures or --arms"
            )
    faults.raise_if_any()


def is_store(path: Path) -> bool:
    """Whether a folder looks like a store, finished or not."""
    return (path / MANIFEST).is_file() and (path / ZARR).is_dir()


def create(
    path: Path, layout: Layout, said: Mapping[str, Any], inputs: Mapping[str, str], force: bool
) -> None:
    """Make the folder with empty arrays, coordinates, parameters and a first manifest.

    Parameters
    ----------
    path : as checked by `check_place`.
    layout : what it holds.
    said : what is said of the whole store; JSON values.
    inputs : file name -> text of what was read.
    force : whether to replace a store.

    Raises
    ------
    DesignError : it cannot be written, or has meanwhile appeared.
    """
    try:
        if force and not path.is_symlink() and is_store(path):
            shutil.rmtree(path)
        path.mkdir(parents=True, exist_ok=True)
        _create_arrays(path, layout, said)
        write_manifest(path, said)
        for name, text in inputs.items():
            copy = _inside(path / INPUTS, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error


def _inside(folder: Path, name: str) -> Path:
    """A file's place below a folder, whatever its name tries."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("..", "/")]
    return folder.joinpath(*parts)


def unwritable(path: Path, error: OSError, kept: str = "") -> DesignError:
    """The fault of a store that cannot be written, saying what is kept."""
    cure = f"free some room, or choose another folder with --out{'; ' if kept else ''}{kept}"
    return DesignError([Fault(f"cannot be written: {error.strerror or error}", str(path), cure=cure)])


def _create_arrays(path: Path, layout: Layout, said: Mapping[str, Any]) -> None:
    """The Zarr group with everything but the blocks."""
    import zarr
    from zarr.codecs import ZstdCodec

    lasting = {key: value for key, value in said.items() if key not in PASSING}
    group = zarr.create_group(path / ZARR, zarr_format=3, attributes=lasting)
    zstd = [ZstdCodec(level=_ZSTD_LEVEL)]
    for name, (data, dims, words) in _known(layout).items():
        group.create_array(name, data=data, dimension_names=dims, attributes=words, compressors=zstd)
    arms, runs = len(layout.arms), len(layout.runs)
    for name, column in _to_come(layout).items():
        group.create_array(
            name,
            shape=(arms, runs, *column.shape),
            chunks=(1, min(layout.block, runs), *column.shape),
            dtype=column.dtype,
            fill_value=column.fill,
            dimension_names=("arm", "run", *column.dims),
            attributes=column.attributes,
            compressors=zstd,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # metadata in one file, for xarray, is an extension of the format
        zarr.consolidate_metadata(group.store)


def _known(layout: Layout) -> dict[str, tuple[np.ndarray, tuple[str, ...], dict[str, Any]]]:
    """Arrays that are known before the run: name -> data, axes, attributes."""
    text = np.dtypes.StringDType()
    lacking = {"doc": "NaN where an arm lacks the parameter"}
    return {
        "arm": (np.array(layout.arms, text), ("arm",), {}),
        "run": (layout.runs, ("run",), {"doc": "run number; it keys the luck"}),
        "draw": (layout.draws, ("run",), {"doc": "the parameter draw that a run belongs to"}),
        "time": (layout.days, ("time",), {"unit": "day", "doc": "days since the start"}),
        "parameter": (np.array(layout.names, text), ("parameter",), {}),
        "parameters": (layout.parameters, ("arm", "run", "parameter"), lacking),
        **{axis: (np.array(labels, text), (axis,), {}) for axis, labels in layout.coordinates.items()},
    }


def _to_come(layout: Layout) -> dict[str, Column]:
    """Arrays that blocks fill: name -> how it is stored, with time among the axes."""
    times = len(layout.days)
    columns = {
        name: replace(column, dims=("time", *column.dims), shape=(times, *column.shape))
        for name, column in layout.columns.items()
    }
    failed_at = {"doc": "first offending step; -1 if none"}
    of_state = "otherwise 1 + place in `watched` of the state that went wrong"
    status = {"doc": f"-1 not run (or not planned: see `planned`), 0 fine, {of_state}"}
    columns["failed_at"] = Column((), (), np.dtype(np.int32), -1, failed_at)
    columns["status"] = Column((), (), np.dtype(np.int32), NOT_RUN, status)
    return columns


def write_block(path: Path, arm: int, first: int, block: Block) -> None:
    """Write the records of some neighbouring runs of one arm, and last that they are there.

    Parameters
    ----------
    path : the store's folder.
    arm, first : places of the arm and of the first run along the axes.
    block : what the engine left.

    Raises
    ------
    OSError : the disk is full or gone.
    """
    import zarr

    group = zarr.open_group(path / ZARR, mode="r+")
    place = (arm, slice(first, first + len(block.status)))
    with np.errstate(over="ignore", invalid="ignore"):  # a failed run may hold what float32 does not
        for name, values in block.records.items():
            _array(group, name)[place] = values.astype(_array(group, name).dtype)
    _array(group, "failed_at")[place] = block.failed_at.astype(np.int32)
    _array(group, "status")[place] = block.status.astype(np.int32)


def _array(group: Any, name: str) -> Any:
    """One array of the group; names hold dots but no slashes."""
    return group[name]


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the manifest in one move, so that a reader finds the old one or the new one, whole.

    Raises
    ------
    OSError : the disk is full or gone.
    """
    beside = path / f".{MANIFEST}.{os.getpid()}"
    try:
        beside.write_text(json.dumps(manifest, indent=1, allow_nan=False), encoding="utf-8")
        os.replace(beside, path / MANIFEST)
    finally:
        beside.unlink(missing_ok=True)
