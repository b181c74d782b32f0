"""The journal of a store: one line for each block of runs that is there, with the checksum of every chunk.

What is complete is known from here alone. A line is written after the chunks of its block, at once and to the
disk, and carries a checksum of its own; so a line that was cut off, or a chunk that never reached the disk,
shows as what it is, and costs one block.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from diarchy.ensemble.chunks import chunk_name, digest
from diarchy.ensemble.kinds import named, number, whole
from diarchy.ensemble.layout import Layout

JOURNAL = "journal.jsonl"
_LONGEST_LINE = 4 * 2**20  # bytes; a longer one is not ours


@dataclass(frozen=True)
class Share:
    """What one arm took of a block.

    Parameters
    ----------
    count, failed : runs, and those of them that left the bounds of a state.
    cpu_s : [s] of computing.
    chunks : array -> checksum of its chunk; arrays without a chunk hold their fill value.
    """

    count: int
    failed: int
    cpu_s: float
    chunks: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One block that is there: the place of its first run, and what each arm took of it.

    `engine_s` is the wall clock of the computing up to here [s], over all goes at the store.
    """

    first: int
    engine_s: float
    arms: Mapping[str, Share]

    @property
    def count(self) -> int:
        """Runs of all arms."""
        return sum(share.count for share in self.arms.values())

    @property
    def failed(self) -> int:
        """Runs of all arms that left the bounds of a state."""
        return sum(share.failed for share in self.arms.values())


def checksums(entry: Entry, layout: Layout) -> Iterator[tuple[str, str]]:
    """The file of each chunk of a block, and its checksum; arms and arrays must be the layout's."""
    shelves, block = layout.shelves, entry.first // layout.chunk
    for arm, share in entry.arms.items():
        place = layout.arms.index(arm)
        for array, check in share.chunks.items():
            yield chunk_name(array, shelves[array], place, block), check


def line_of(entry: Entry) -> bytes:
    """A block as its line of the journal."""
    text = json.dumps(asdict(entry), allow_nan=False, separators=(",", ":"))
    return f"{digest(text.encode())} {text}\n".encode()


class Journal:
    """The journal, open for adding; one process writes it, the one that holds the store's lock."""

    def __init__(self, folder: Path):
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        self.file = os.open(folder / JOURNAL, flags, 0o644)
        size = os.fstat(self.file).st_size
        if size and os.pread(self.file, 1, size - 1) != b"\n":  # the last line was cut off: begin a new one
            os.write(self.file, b"\n")

    def add(self, entry: Entry) -> None:
        """Enter a block whose chunks are in their place.

        Raises
        ------
        OSError : the disk is full or gone.
        """
        line = line_of(entry)
        if os.write(self.file, line) != len(line):
            raise OSError("the journal took only part of a line")
        os.fsync(self.file)

    def close(self) -> None:
        """No more lines."""
        os.close(self.file)


def read_journal(folder: Path) -> tuple[dict[int, Entry], int]:
    """The blocks that are there, by the place of their first run, and how many lines are damaged.

    Raises
    ------
    OSError : it cannot be read.
    """
    entries: dict[int, Entry] = {}
    damaged = 0
    file = folder / JOURNAL
    if not file.exists():
        return entries, damaged
    if not file.is_file():  # a pipe would be waited for, a device has no end
        raise OSError("it is no plain file")
    with file.open("rb") as lines:
        while line := lines.readline(_LONGEST_LINE):
            try:
                entry = _parse(line)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                damaged += bool(line.strip())
                continue
            entries[entry.first] = entry
    return entries, damaged


def _parse(line: bytes) -> Entry:
    """One line; ValueError when it is not what was written."""
    check, _, text = line.rstrip(b"\n").partition(b" ")
    if digest(text).encode() != check:
        raise ValueError("the checksum does not fit")
    fields: dict[str, Any] = json.loads(text)
    arms = {arm: Share(**share) for arm, share in fields["arms"].items()}
    entry = Entry(fields["first"], fields["engine_s"], arms)
    if not (whole(entry.first) and number(entry.engine_s) and all(map(_is_one, arms.values()))):
        raise ValueError("it is no block")
    return entry


def _is_one(share: Share) -> bool:
    """Whether a share says what shares say: a checksum that fits does not tell who made it."""
    texts = named(lambda check: isinstance(check, str))(share.chunks)
    return texts and whole(share.count) and whole(share.failed) and number(share.cpu_s)
