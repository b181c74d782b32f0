"""What a store's files hold, as bytes by their names.

Nothing here touches the disk, so that one place (`store`) decides how files come to be there, and a block can
be encoded on one machine and written on another. Encoding depends on nothing but the values: the same block
gives the same bytes.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from diarchy.ensemble.layout import Column, Layout
from diarchy.errors import Fault, ModelError

_ZSTD_LEVEL = 1  # 3 takes half as long again and saves 6 %
_FLAT = {"name": "default", "separator": "."}  # a folder for each array, none for each block
_CHECKSUM = 4  # bytes of CRC-32C at the end of a chunk
_DIGEST_BYTES = 8  # against accidents, not against forgers


def digest(data: bytes) -> str:
    """A checksum of some bytes."""
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def chunk_name(array: str, column: Column, arm: int, block: int) -> str:
    """The file of one chunk, from the group's folder."""
    return f"{array}/c.{arm}.{block}{'.0' * len(column.shape)}"


def _codecs() -> list[Any]:
    """Compression, and a checksum of Zarr's own that any reader checks."""
    from zarr.codecs import Crc32cCodec, ZstdCodec

    return [ZstdCodec(level=_ZSTD_LEVEL), Crc32cCodec()]


def as_written(encoding: Mapping[str, Any]) -> bool:
    """Whether an array's values lie in its chunks as `decode` takes them."""
    codecs = encoding.get("compressors"), encoding.get("filters"), encoding.get("shards")
    return codecs == (tuple(_codecs()), (), None) and np.dtype(encoding["dtype"]).byteorder != ">"


def decode(data: bytes, dtype: np.dtype) -> np.ndarray:
    """The values of one chunk; its bytes must have been checked, Zarr's own checksum is not looked at."""
    from numcodecs.zstd import decompress

    return np.frombuffer(decompress(data[:-_CHECKSUM]), dtype)


def skeleton(layout: Layout, said: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of the group but for the blocks: metadata, labels, run numbers.

    Parameters
    ----------
    layout : what the store holds.
    said : what is said of the whole; the group's attributes.
    """
    import zarr
    from zarr.storage import MemoryStore

    memory = MemoryStore()
    group = zarr.create_group(memory, zarr_format=3, attributes=dict(said))
    for name, (data, dims, words) in _known(layout).items():
        group.create_array(name, data=data, dimension_names=dims, attributes=words, compressors=_codecs())
    for name, column in layout.shelves.items():
        _create(group, name, column, (len(layout.arms), len(layout.runs)), layout.chunk)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # metadata in one file, for xarray, is an extension of the format
        zarr.consolidate_metadata(memory)
    return _taken(memory)


def _known(layout: Layout) -> dict[str, tuple[np.ndarray, tuple[str, ...], dict[str, Any]]]:
    """Arrays that are known before the run: name -> data, axes, attributes."""
    text = np.dtypes.StringDType()
    return {
        "arm": (np.array(layout.arms, text), ("arm",), {}),
        "run": (layout.runs, ("run",), {"doc": "run number; it keys the luck"}),
        "draw": (layout.draws, ("run",), {"doc": "the parameter draw that a run belongs to"}),
        "time": (layout.days, ("time",), {"unit": "day", "doc": "days since the start"}),
        "parameter": (np.array(layout.names, text), ("parameter",), {}),
        **{axis: (np.array(labels, text), (axis,), {}) for axis, labels in layout.coordinates.items()},
    }


def _create(group: Any, name: str, column: Column, shape: tuple[int, int], chunk: int) -> Any:
    """An empty array with chunks of one arm and some runs."""
    return group.create_array(
        name,
        shape=(*shape, *column.shape),
        chunks=(1, chunk, *(max(1, n) for n in column.shape)),
        dtype=column.dtype,
        fill_value=column.fill,
        dimension_names=("arm", "run", *column.dims),
        attributes=column.attributes,
        compressors=_codecs(),
        chunk_key_encoding=_FLAT,
    )


def _taken(memory: Any) -> dict[str, bytes]:
    """What a store in memory holds, as plain bytes."""
    return {name: buffer.to_bytes() for name, buffer in memory._store_dict.items()}


class Encoder:
    """Turns the arrays of one block of one arm into chunks: the bytes that Zarr would write, without the
    machinery that takes Zarr longer than the compression does.

    Parameters
    ----------
    shelves : array -> how it is stored.
    chunk : runs in a chunk; a block of fewer runs is filled up.
    """

    def __init__(self, shelves: Mapping[str, Column], chunk: int):
        from numcodecs.zstd import Zstd

        self.shelves, self.chunk, self.zstd = dict(shelves), chunk, Zstd(level=_ZSTD_LEVEL)

    def encode(self, arrays: Mapping[str, np.ndarray]) -> dict[str, bytes]:
        """Array -> its chunk; one that holds nothing but its fill value has none.

        Parameters
        ----------
        arrays : array -> (run, ...), of no more runs than a chunk has.
        """
        chunks = {}
        for name, values in arrays.items():
            column = self.shelves[name]
            if column.dtype == np.int32 and values.dtype != np.int32:
                _check_fits(name, values[arrays["status"] == 0] if "status" in arrays else values)
            whole = np.full((self.chunk, *column.shape), column.fill, column.dtype.newbyteorder("<"))
            with np.errstate(over="ignore", invalid="ignore"):  # a failed run may hold what fits nowhere
                whole[: len(values)] = values
            if not _is_blank(whole, column.fill):
                chunks[name] = self._packed(whole)
        return chunks

    def _packed(self, whole: np.ndarray) -> bytes:
        """Compressed, and the checksum of what came out (see `_codecs`)."""
        import google_crc32c

        data = bytes(self.zstd.encode(whole))
        return data + google_crc32c.value(data).to_bytes(4, "little")


def _check_fits(name: str, values: np.ndarray) -> None:
    """Refuse counts that four bytes do not hold: the layout takes them for less than the people there are.

    Raises
    ------
    ModelError : there are more.
    """
    limits = np.iinfo(np.int32)
    if values.size and (values.max() > limits.max or values.min() <= limits.min):
        most = f"{values.max():,.0f}, more than the case has people"
        raise ModelError([Fault(f"{name} counts {most}", cure="mend the mechanism that moves them")])


def _is_blank(whole: np.ndarray, fill: float) -> bool:
    """Whether an array holds nothing but its fill value."""
    return bool(np.isnan(whole).all() if math.isnan(fill) else (whole == fill).all())
