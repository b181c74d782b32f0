"""A store on disk: a folder with one Zarr group, a manifest, a journal, and the files that were read.

Every file is written beside its place and moved there whole, so that a reader finds the old one, the new one
or none. Whether a block of runs is there is said by the journal; a manifest says what the store is. One
process at a time may write, the one that holds the lock; the system frees it when the process ends, however
it ends.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from diarchy.ensemble.chunks import digest
from diarchy.ensemble.journal import JOURNAL
from diarchy.ensemble.kinds import check_kinds
from diarchy.ensemble.layout import Layout
from diarchy.errors import DesignError, Fault, Faults, ResultsError
from diarchy.places import why_no_file, why_unwritable

SCHEMA = "diarchy/results/2"
ZARR, MANIFEST, INPUTS, LOCK = "store.zarr", "manifest.json", "inputs", ".lock"
#: What of the manifest changes while a run goes on, and is in the manifest alone.
PASSING = ("finished", "checksum")
_BESIDE = ".partial"  # where files are written before they are moved to their place
_OURS = {ZARR, MANIFEST, INPUTS, LOCK, JOURNAL, _BESIDE}
_LARGEST_MANIFEST = 64 * 2**20  # bytes; a larger one is not ours
_counter = itertools.count()


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
    faults, free = Faults(DesignError), 0
    with faults.trying():
        free = check_free(path, force)
    if not faults and free < layout.bytes_at_most:
        need = f"{layout.bytes_at_most / 1e9:.2f} GB at most, {free / 1e9:.2f} GB free"
        cure = "free some, or set fewer --futures or --arms"
        faults.add(f"has too little room: {need}", str(path), cure=cure)
    faults.raise_if_any()


def check_free(path: Path, force: bool = False) -> int:
    """Refuse a folder that exists or cannot be written; how much room it has [byte].

    Raises
    ------
    DesignError : every fault found.
    """
    faults, where = Faults(DesignError), str(path)
    elsewhere = "choose another folder with --out"
    if path.is_symlink() or path.exists():
        if not (path.is_dir() and not path.is_symlink() and (is_store(path) or _never_begun(path))):
            faults.add("is there and is not a store", where, cure=elsewhere)
        elif is_store(path) and not force:
            cure = f"{elsewhere}, or add --resume to finish it, or --force to replace it"
            faults.add("a store is there already", where, cure=cure)
    if why := why_unwritable(path if path.is_dir() else path.parent):
        faults.add(f"cannot be written: {why}", where, cure=elsewhere)
    faults.raise_if_any()
    return shutil.disk_usage(next(place for place in (path, *path.absolute().parents) if place.is_dir())).free


def is_store(path: Path) -> bool:
    """Whether a folder looks like a store, finished or not, whole or not."""
    return (path / ZARR).is_dir() and any((path / name).is_file() for name in (MANIFEST, JOURNAL))


def _never_begun(path: Path) -> bool:
    """Whether a folder is empty, or what is left of a run that ended before its store was there."""
    there = {file.name for file in path.iterdir()}
    return not there or (LOCK in there and there <= _OURS and not there & {MANIFEST, JOURNAL})


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a folder for writing; it is made if it is not there.

    Where the system or the file system has no locks, it is not held.

    Raises
    ------
    DesignError : another process holds it, or it cannot be written.
    """
    _refuse_others(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with suppress(ImportError):
            import fcntl

            with suppress(OSError):
                _lock(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB, path)
        with suppress(OSError):  # who holds it is good to know, also on a full disk, and no more than that
            os.ftruncate(file, 0)
            os.pwrite(file, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        os.close(file)


def _refuse_others(path: Path) -> None:
    """Refuse a store whose lock or journal is no file of its own: they are written where they lie, wherever
    a link leads, and whatever waits at the other end of a pipe.

    Raises
    ------
    DesignError : naming them.
    """
    faults = Faults(DesignError)
    for name in (LOCK, JOURNAL):
        if wrong := why_no_file(path / name):
            faults.add(
                f"'{name}' {wrong}",
                str(path),
                cure=f"a store is written by `diarchy run` alone: remove '{name}'",
            )
    faults.raise_if_any()


def _lock(flock: Any, file: int, how: int, path: Path) -> None:
    """Take the lock, or say who has it."""
    try:
        flock(file, how)
    except BlockingIOError:
        holder = os.pread(file, 200, 0).decode(errors="replace") or "another process"
        cure = "wait for it or stop it, or choose another folder with --out"
        raise DesignError([Fault(f"a run is writing there ({holder})", str(path), cure=cure)]) from None


def create(
    path: Path, files: Mapping[str, bytes], said: Mapping[str, Any], inputs: Mapping[str, str], force: bool
) -> None:
    """Fill a locked folder with everything but the blocks; the manifest is last, and makes it a store.

    Parameters
    ----------
    path : as checked by `check_place`.
    files : of the Zarr group, by name.
    said : what is said of the whole store; JSON values.
    inputs : file name -> text of what was read.
    force : whether to replace a store.

    Raises
    ------
    DesignError : it cannot be written, or a store has meanwhile appeared.
    """
    if is_store(path) and not force:
        raise DesignError([Fault("a store has meanwhile appeared", str(path), cure="choose another --out")])
    try:
        (path / MANIFEST).unlink(missing_ok=True)  # first, so that half of a store is never taken for one
        for left in sorted((file for file in path.iterdir() if file.name != LOCK), key=_turn):
            _remove(left)
        for name, data in files.items():
            put(path, f"{ZARR}/{name}", data)
        for name, data in copies(inputs).items():
            put(path, name, data)
        write_manifest(path, said)
    except OSError as error:
        raise unwritable(path, error) from error


def lasting(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a store once and for all; the Zarr group says it too."""
    return {key: value for key, value in said.items() if key not in PASSING}


def _turn(file: Path) -> int:
    """When a file of a store is deleted: at each moment, what is left is known as a store or as its rest."""
    return 2 if file.name in _OURS - {JOURNAL} else int(file.name == JOURNAL)


def _remove(path: Path) -> None:
    """Delete a file or a folder of a store, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copies(inputs: Mapping[str, str]) -> dict[str, bytes]:
    """Files that were read, by their places in a store."""
    return {f"{INPUTS}/{_inside(name)}": text.encode() for name, text in inputs.items()}


def _inside(name: str) -> PurePosixPath:
    """A file's place below a folder, whatever its name tries."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("..", "/")]
    return PurePosixPath(*parts)


def put(path: Path, name: str, data: bytes) -> None:
    """Write one file of a store in one move: a reader finds the old one, the new one or none.

    Raises
    ------
    OSError : the disk is full or gone.
    """
    place, beside = path / name, path / _BESIDE / f"{os.getpid()}.{next(_counter)}"
    beside.parent.mkdir(exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside.write_bytes(data)
        os.replace(beside, place)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def sweep(path: Path) -> None:
    """Remove what writers left that were killed."""
    shutil.rmtree(path / _BESIDE, ignore_errors=True)


def unwritable(path: Path, error: OSError, kept: str = "") -> DesignError:
    """The fault of a store that cannot be written, saying what is kept."""
    cure = f"free some room, or choose another folder with --out{'; ' if kept else ''}{kept}"
    return DesignError([Fault(f"cannot be written: {error.strerror or error}", str(path), cure=cure)])


def other_version(path: Path, schema: str) -> Fault:
    """A store that another version of the program wrote."""
    kind, _, number = schema.rpartition("/")
    ours = SCHEMA.rpartition("/")
    if kind != ours[0] or not number.isdigit():
        return Fault(f"holds '{schema}', not results", str(path), allowed=SCHEMA)
    newer = int(number) > int(ours[2])
    cure = "update diarchy" if newer else "run it again, or open it with the version that wrote it"
    age = "a newer" if newer else "an older"
    return Fault(f"was written by {age} version ('{schema}')", str(path), SCHEMA, cure=cure)


def damaged(folder: Path, what: str) -> ResultsError:
    """A store that is not what was written."""
    cure = f"`diarchy run --resume -o {folder}` makes again what is damaged"
    return ResultsError([Fault(what, str(folder), cure=cure)])


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the manifest; it carries a checksum of itself.

    Raises
    ------
    OSError : the disk is full or gone.
    """
    signed = {**manifest, "checksum": _checksum(manifest)}
    put(path, MANIFEST, json.dumps(signed, indent=1, allow_nan=False).encode())


def _checksum(manifest: Mapping[str, Any]) -> str:
    """Of what a manifest says but for its own checksum, however it is laid out."""
    said = {key: value for key, value in manifest.items() if key != "checksum"}
    return digest(json.dumps(said, sort_keys=True, allow_nan=False).encode())


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a store, of whatever version; checked when it is of this one.

    Raises
    ------
    OSError, ValueError : it cannot be read, or is not what was written.
    """
    file = path / MANIFEST
    if file.stat().st_size > _LARGEST_MANIFEST:
        raise ValueError("it is too large")
    if not file.is_file():  # a pipe would be waited for
        raise ValueError("it is no plain file")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(manifest, dict) or "schema" not in manifest:
        raise ValueError("it is no manifest")
    if manifest["schema"] == SCHEMA and manifest.get("checksum") != _checksum(manifest):
        raise ValueError("it is not what was written: the checksum does not fit")
    _check_kinds(manifest)
    return manifest


def _check_kinds(said: Mapping[str, Any]) -> None:
    """Refuse what readers of this version could not take; of another version, nothing is known."""
    if said.get("schema") == SCHEMA:
        check_kinds(said)


def read_group(path: Path) -> dict[str, Any]:
    """What the Zarr group says of itself: the manifest but for what passes.

    Raises
    ------
    OSError, ValueError : it cannot be read.
    """
    try:
        said = dict(json.loads((path / ZARR / "zarr.json").read_text(encoding="utf-8"))["attributes"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("it is no Zarr group") from error
    _check_kinds(said)
    return said
