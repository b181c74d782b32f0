"""Take up a store that a run has left: see that it is the same run, mend what is damaged, list what is there.

Everything that can be made again is: metadata and labels from the layout, the manifest from the group's
attributes, blocks by computing. So damage costs its repair and is told, and never the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diarchy.ensemble import store
from diarchy.ensemble.chunks import digest, skeleton
from diarchy.ensemble.identity import GROWS, check_same, is_grown
from diarchy.ensemble.journal import JOURNAL, Entry, checksums, line_of, read_journal
from diarchy.ensemble.layout import Layout
from diarchy.errors import DesignError, Fault

_SHOWN = 5  # damaged files that are named one by one


def said_before(path: Path) -> tuple[dict[str, Any], str]:
    """What a store says of its run, and what is wrong with its manifest, if anything.

    Raises
    ------
    DesignError : neither manifest nor Zarr group can be read, or another version wrote them.
    """
    trouble = ""
    try:
        said = store.read_manifest(path)
    except (OSError, ValueError) as error:
        trouble = f"'{store.MANIFEST}' cannot be read: {error}"
        try:
            said = store.read_group(path)
        except (OSError, ValueError) as other:
            what = f"{trouble}; nor can '{store.ZARR}': {other}"
            cure = "run it again with --force: its blocks cannot be told from another run's"
            raise DesignError([Fault(what, str(path), cure=cure)]) from other
    if (schema := str(said.get("schema"))) != store.SCHEMA:
        raise DesignError([store.other_version(path, schema)])
    return said, trouble


def take_up(
    path: Path,
    layout: Layout,
    now: Mapping[str, Any],
    inputs: Mapping[str, str],
    notify: Callable[[str], None],
) -> tuple[dict[str, Any], dict[int, Entry]]:
    """Go on with a locked store.

    Parameters
    ----------
    path : the store.
    layout : of the run that goes on, in the store's blocks.
    now, inputs : what is said of that run, and the files that it was read from.
    notify : told what was damaged and is made again.

    Returns
    -------
    what the manifest says (`finished` where nothing is to be done), and the blocks that are there and whole.

    Raises
    ------
    DesignError : the store is of another run, or cannot be mended.
    """
    said, trouble = said_before(path)
    check_same(said, now, path)
    grown = is_grown(said, now)
    if grown:
        said = {**said, **{key: now[key] for key in GROWS if key in now}}
    lasting = store.lasting({key: value for key, value in said.items() if key in now})
    troubles = [trouble] if trouble else []
    try:
        store.sweep(path)
        files = {f"{store.ZARR}/{name}": data for name, data in skeleton(layout, lasting).items()}
        for name, data in {**files, **store.copies(inputs)}.items():
            if not _holds(path / name, digest(data)):
                if not grown:
                    troubles.append(f"'{name}' was damaged and is mended")
                store.put(path, name, data)
        whole = _whole(path, layout, troubles)
        done = said.get("finished") and sum(entry.count for entry in whole.values()) == layout.futures
        if done and not troubles and not grown:  # left as it is, with what its run took
            return said, whole
        store.write_manifest(path, {**lasting, "finished": False})
    except OSError as error:
        raise store.unwritable(path, error) from error
    for text in troubles[:_SHOWN]:
        notify(text)
    if len(troubles) > _SHOWN:
        notify(f"and {len(troubles) - _SHOWN} more like these")
    return lasting, whole


def _whole(path: Path, layout: Layout, troubles: list[str]) -> dict[int, Entry]:
    """The blocks that the journal has and whose chunks are what it says; then it has no others.

    A block that was begun with fewer runs than it has now, because the store has grown, is run again.
    """
    entries, lines = read_journal(path)
    if lines:
        troubles.append(f"{lines} line{'s' * (lines > 1)} of '{JOURNAL}' damaged or cut off")
    whole, known = {}, layout.shelves.keys()
    for first, entry in entries.items():
        if {arm: share.count for arm, share in entry.arms.items()} != layout.counts(first):
            continue
        if any(share.chunks.keys() - known for share in entry.arms.values()):
            continue
        names = {f"{store.ZARR}/{name}": check for name, check in checksums(entry, layout)}
        bad = [name for name, check in names.items() if not _holds(path / name, check)]
        troubles += [f"'{name}' is damaged: its block is run again" for name in bad]
        if not bad:
            whole[first] = entry
    if lines or len(whole) < len(entries):
        store.put(path, JOURNAL, b"".join(line_of(entry) for entry in whole.values()))
    return whole


def _holds(file: Path, check: str) -> bool:
    """Whether a file is there and is what its checksum says."""
    try:
        return digest(file.read_bytes()) == check
    except FileNotFoundError:
        return False
