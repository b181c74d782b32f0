"""The bundle that a run has left in its report, so that to look again is not to compute again.

A report embeds its bundle. While nothing that it was made from has changed since, that bundle is what would
be made now: of ten thousand futures at once, instead of after twenty seconds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diarchy import __version__
from diarchy.errors import DiarchyError
from diarchy.report.about import ABOUT
from diarchy.report.added import SHOWN
from diarchy.report.check import check
from diarchy.report.page import BLOCK, REPORT

#: The largest report that is looked at [byte].
LARGEST = 32 * 2**20


def bundle_at(store: Path) -> dict[str, Any]:
    """The bundle of a store: the kept one if it still holds, else made anew.

    Raises
    ------
    ResultsError : it cannot be made.
    """
    from diarchy.ensemble.results import open_results
    from diarchy.report.bundle import bundle_of

    kept = kept_bundle(store) if is_newest(store) else None
    if kept is not None and kept["version"] == __version__:
        return kept
    return bundle_of(open_results(store))


def kept_bundle(store: Path) -> dict[str, Any] | None:
    """The bundle in a store's report, whenever that was made; None where there is none that can be shown."""
    try:
        if (store / REPORT).stat().st_size > LARGEST:
            return None
        _, found, rest = (store / REPORT).read_text(encoding="utf-8").partition(BLOCK)
        if not found:
            return None
        bundle = json.loads(rest.partition("<")[0])
        check(bundle)
    except (DiarchyError, OSError, ValueError, RecursionError):
        return None
    return bundle


def is_newest(store: Path) -> bool:
    """Whether a store's report is no older than anything that it was made from."""
    sources = [store / name for name in ("manifest.json", "journal.jsonl", "answers.json", ABOUT)]
    sources += sorted((store / SHOWN).glob("*.json"))
    try:
        made = (store / REPORT).stat().st_mtime_ns
        return all(source.stat().st_mtime_ns <= made for source in sources if source.exists())
    except OSError:
        return False
