"""Whether files can be written somewhere, asked before the work that they hold; and writing one whole."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

_EVERYBODY_READS = 0o644


def why_unwritable(folder: Path) -> str:
    """Why nothing can be written into a folder, or why it cannot be made; empty when it can.

    Nothing is left behind: a file without a name is opened and closed, since permissions alone do not tell of
    read-only disks.
    """
    places = (folder.absolute(), *folder.absolute().parents)
    there = next((place for place in places if place.exists() or place.is_symlink()), Path("/"))
    if not there.is_dir():
        return f"'{there.name}' is no folder"
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def write_whole(path: Path, content: str) -> None:
    """Write a file whole or not at all, and nothing but this file: the draft is new, whatever lies beside it.

    A file that is replaced keeps its permissions. Names of files need not be text: what cannot be written is
    escaped, as JSON would.

    Raises
    ------
    OSError : it cannot be written; no draft is left.
    """
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _EVERYBODY_READS
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(content)
        Path(draft).chmod(mode)
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


def why_no_file(path: Path) -> str:
    """Why no file can be put at a place, whatever its folder allows; empty when one can.

    Files are moved to their place when they are whole. That would take a device, a pipe or a link away: who
    writes to ``/dev/null`` as root would leave a plain file there.
    """
    if path.is_dir():
        return "is a folder, expected a file"
    if path.is_symlink():
        return "is a link, expected a plain file"
    return "is no plain file" if path.exists() and not path.is_file() else ""
