"""Whether files can be written somewhere, asked before the work that they are to hold."""

from __future__ import annotations

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
