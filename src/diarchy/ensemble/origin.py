"""See that a branch continues the futures of the store that it names, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diarchy.ensemble import store
from diarchy.ensemble.identity import GROWS, differences, is_grown
from diarchy.ensemble.jobs import Done
from diarchy.ensemble.journal import read_journal
from diarchy.ensemble.resume import said_before
from diarchy.ensemble.twins import BASE
from diarchy.errors import DesignError, Fault, Faults

#: What a branch must share with the store that it continues.
_SHARED = ("scenario_sha256", "seed", "design", "start", "step", "steps", "run_numbers", "software")


def comparison(origin: Path, said: Mapping[str, Any], out: Path) -> Callable[[Done], None]:
    """What sees that the base of a branch is, chunk by chunk, that of the store that it continues.

    Parameters
    ----------
    origin : the store that is continued.
    said : what is said of the branch; in the blocks of `origin`.
    out : the branch's store.

    Raises
    ------
    DesignError : the store is not there or not finished, or the branch is of another run.
    """
    if not store.is_store(origin):
        cure = "put it back there, or branch from it where it is now"
        raise DesignError([Fault("the store that the branch continues is not there", str(origin), cure=cure)])
    before, _ = said_before(origin)
    if is_grown({**said, "switched": {}}, before):  # the branch continues its first futures
        before = {**before, **{key: said.get(key) for key in GROWS}}
    entries, _ = read_journal(origin)
    faults = Faults(DesignError)
    shared = [{key: of.get(key) for key in _SHARED} for of in (before, said)]
    faults.found += [
        Fault(text, str(origin), cure="branch it as it was run") for text in differences(*shared)
    ]
    if sum(entry.arms[BASE].count for entry in entries.values()) < before["planned"][BASE]:
        faults.add("is not finished", str(origin), cure=f"`diarchy run --resume -o {origin}` first")
    faults.raise_if_any()

    def compare(done: Done) -> None:
        """Refuse a block whose base is another."""
        saved, share = entries[done.first].arms[BASE], done.shares[BASE]
        if saved.count != share.count:  # a last block that was filled up when the store grew
            return
        was, now = saved.chunks, share.chunks
        for array in sorted(was.keys() & now.keys()):
            if was[array] != now[array] and _stored(origin, array) == _stored(out, array):
                what = f"the saved futures do not come out again: {array} differs from run {done.first} on"
                raise DesignError([Fault(what, str(origin), cure="run both on one kind of machine")])

    return compare


def _stored(path: Path, array: str) -> tuple[str, Any]:
    """Type and chunks of an array; an arm that lacks a state makes it floats."""
    words = json.loads((path / store.ZARR / array / "zarr.json").read_text(encoding="utf-8"))
    return words["data_type"], words["chunk_grid"]
