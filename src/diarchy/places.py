"""Whether files can be written somewhere, asked before the work that they hold; and writing one whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


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

    Raises
    ------
    OSError : it cannot be written; no draft is left.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
        Path(draft).chmod(0o644)
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
