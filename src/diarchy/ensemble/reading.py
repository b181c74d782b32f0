"""Read the chunks of a store as its journal has them: what it does not know is not there, damage is told.

So a reader never takes the block of a run that was cut off for data, nor a damaged chunk for numbers, nor a
missing one for its fill value; and each chunk is checked when it is used, in the same pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, WrapperStore

from diarchy.ensemble.chunks import digest
from diarchy.ensemble.journal import Entry
from diarchy.ensemble.store import ZARR
from diarchy.errors import Fault, ResultsError


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
        check = self._check(array, place)
        if check is None:
            return None
        found = await self._store.get(key, prototype)
        if found is None or digest(found.to_bytes()) != check:
            raise damaged(self.path, f"'{ZARR}/{key}' is {'missing' if found is None else 'damaged'}")
        return found

    def _check(self, array: str, place: str) -> str | None:
        """The checksum of a chunk."""
        arm, block = place.split(".")[:2]
        entry = self.entries.get(int(block) * self.chunk)
        share = entry.arms.get(self.arms[int(arm)]) if entry else None
        return share.chunks.get(array) if share else None


def damaged(folder: Path, what: str) -> ResultsError:
    """A store that is not what was written."""
    cure = f"`diarchy run --resume -o {folder}` makes again what is damaged"
    return ResultsError([Fault(what, str(folder), cure=cure)])
