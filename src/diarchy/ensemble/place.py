"""Where results go: a store that is begun, or one that is there and is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from diarchy.ensemble import store
from diarchy.ensemble.chunks import skeleton
from diarchy.ensemble.identity import check_same
from diarchy.ensemble.journal import Entry, read_journal
from diarchy.ensemble.layout import Layout
from diarchy.ensemble.resume import said_before, take_up


@dataclass(frozen=True)
class Place:
    """A folder for results.

    Parameters
    ----------
    path : the store's folder.
    force : whether a store that is there may be replaced.
    resume : whether a store that is there is finished.
    inputs : file name -> text of what was read, kept with the results.
    """

    path: Path
    force: bool
    resume: bool
    inputs: Mapping[str, str]

    @cached_property
    def said(self) -> dict[str, Any] | None:
        """What the store that is to be finished says of its run; None where one is begun.

        Raises
        ------
        DesignError : it cannot be read, or another version wrote it.
        """
        return said_before(self.path)[0] if self.resume and store.is_store(self.path) else None

    def check(self, layout: Layout, said: Mapping[str, Any]) -> None:
        """Refuse a place that cannot take these results, before anything is computed.

        Raises
        ------
        DesignError : every fault found.
        """
        if self.said is None:
            store.check_place(self.path, layout, self.force)
        else:
            check_same(self.said, said, self.path)

    def left(self, layout: Layout) -> int:
        """How many blocks the store lacks, by its journal before it is locked: work for so many workers."""
        there = 0
        if self.said is not None:
            with suppress(OSError):  # told when the store is taken up
                there = len(read_journal(self.path)[0])
        return -(-len(layout.runs) // layout.block) - there

    def files(self, layout: Layout, said: Mapping[str, Any]) -> dict[str, bytes]:
        """What a new store holds before the first block."""
        return skeleton(layout, store.lasting(said)) if self.said is None else {}

    @contextmanager
    def held(
        self, layout: Layout, said: dict[str, Any], files: Mapping[str, bytes], notify: Callable[[str], None]
    ) -> Iterator[tuple[dict[str, Any], dict[int, Entry]]]:
        """The store, locked: what its manifest says, and the blocks that are there.

        Raises
        ------
        DesignError : another process holds it, or it cannot be written or mended.
        """
        with store.locked(self.path):
            if self.said is None:
                store.create(self.path, files, said, self.inputs, self.force)
                yield said, {}
            else:
                yield take_up(self.path, layout, said, self.inputs, notify)
