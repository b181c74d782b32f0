"""Read the chunks of a store as its journal has them: what it does not know is not there, damage is told.

So a reader never takes the block of a run that was cut off for data, nor a damaged chunk for numbers, nor a
missing one for its fill value; and each chunk is checked when it is used, in the same pass.

Arrays that are cut into blocks, in which nearly all bytes are, are decoded here: Zarr asks for every chunk
through an event loop in another thread, which takes as long as the decoding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, WrapperStore

from diarchy.ensemble.chunks import as_written, decode, digest
from diarchy.ensemble.journal import Entry
from diarchy.ensemble.store import MANIFEST, ZARR, damaged


class Checked(WrapperStore[LocalStore]):
    """The Zarr group of a store, read only.

    Parameters
    ----------
    path : the store's folder.
    said : what its manifest says.
    entries : the blocks that are there, by the place of their first run.
    """

    def __init__(self, path: Path, said: Mapping[str, Any], entries: Mapping[int, Entry]):
        super().__init__(LocalStore(path / ZARR, read_only=True))
        self.path, self.arms, self.entries = path, list(said["arms"]), entries
        self.chunk = min(int(said["block"]), int(said["futures"]))

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """A file's bytes; None for a chunk that the journal does not know.

        Raises
        ------
        ResultsError : a chunk is not what was written.
        """
        array, mark, place = key.partition("/c.")
        if not mark:
            return await self._store.get(key, prototype, byte_range)
        arm, block = place.split(".")[:2]
        found = self.chunk_of(array, key, int(arm), int(block))
        return None if found is None else prototype.buffer.from_bytes(found)

    def chunk_of(self, array: str, name: str, arm: int, block: int) -> bytes | None:
        """The bytes of one chunk, by its array, file, and place; None where the journal knows none.

        Raises
        ------
        ResultsError : it is not what was written.
        """
        entry = self.entries.get(block * self.chunk)
        share = entry.arms.get(self.arms[arm]) if entry else None
        check = share.chunks.get(array) if share else None
        if check is None:
            return None
        try:
            found = (self.path / ZARR / name).read_bytes()
        except OSError:
            raise damaged(self.path, f"'{ZARR}/{name}' is missing") from None
        if digest(found) != check:
            raise damaged(self.path, f"'{ZARR}/{name}' is damaged")
        return found


class Blocks(BackendArray):
    """An array that is cut into blocks, as xarray wants it: read when it is looked at, and only that part.

    Parameters
    ----------
    store : that it is read from.
    name : of the array.
    variable : as xarray has opened it.
    """

    def __init__(self, store: Checked, name: str, variable: xr.Variable):
        self.store, self.name, self.shape, self.dtype = store, name, variable.shape, variable.dtype
        self.fill = variable.encoding["fill_value"]

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        """The part that is asked for."""
        support = indexing.IndexingSupport.BASIC
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._part)

    def _part(self, key: tuple[Any, ...]) -> Any:
        """What numbers and slices, one an axis, take of it."""
        arms, runs = (np.atleast_1d(np.arange(n)[k]) for n, k in zip(self.shape[:2], key[:2], strict=True))
        if not len(arms) or not len(runs):
            return np.empty(self.shape, self.dtype)[key]
        blocks, inside = np.divmod(runs, self.store.chunk)
        rest = (slice(None), *key[2:])
        places = [(block, np.flatnonzero(blocks == block)) for block in np.unique(blocks)]
        rows = [
            [self._chunk(int(arm), int(block))[_span(inside[at])][rest] for block, at in places]
            for arm in arms
        ]
        whole = [row[0] if len(row) == 1 else np.concatenate(row) for row in rows]
        found = np.stack(whole) if len(whole) > 1 else whole[0][None]
        return found[tuple(0 if isinstance(k, (int, np.integer)) else slice(None) for k in key[:2])]

    def _chunk(self, arm: int, block: int) -> np.ndarray:
        """The values of one chunk."""
        shape = (self.store.chunk, *self.shape[2:])
        file = f"{self.name}/c.{arm}.{block}{'.0' * (len(shape) - 1)}"
        found = self.store.chunk_of(self.name, file, arm, block)
        if found is None:
            return np.full(shape, self.fill, self.dtype)
        values = decode(found, self.dtype)
        if values.size != math.prod(shape):
            raise damaged(self.store.path, f"'{ZARR}/{file}' does not hold a block as '{MANIFEST}' has it")
        return values.reshape(shape)


def _span(places: np.ndarray) -> slice:
    """Places that are evenly apart, as a slice."""
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    return slice(int(places[0]), int(places[-1]) + 1, step)


def _lazily(blocks: Blocks) -> indexing.MemoryCachedArray:
    """As xarray opens an array: read when looked at, kept when looked at whole, its reader's to change."""
    return indexing.MemoryCachedArray(indexing.CopyOnWriteArray(indexing.LazilyIndexedArray(blocks)))  # type: ignore[arg-type]


def in_blocks(data: xr.Dataset, store: Checked) -> xr.Dataset:
    """A dataset whose arrays that are cut into blocks are read here; what was written otherwise is left."""
    ours = {
        name: variable
        for name, variable in data.variables.items()
        if variable.dims[:2] == ("arm", "run") and as_written(variable.encoding)
    }
    read = {
        name: xr.Variable(old.dims, _lazily(Blocks(store, str(name), old)), old.attrs, old.encoding)
        for name, old in ours.items()
    }
    return data.assign(read)
