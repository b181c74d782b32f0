"""Published models, one file each under its literature name, reproduced to their own numbers.

They vouch for the mechanisms: a mechanism's docstring names the classic whose equation it borrows, and
`diarchy classic NAME` prints the numbers of the literature beside ours. Pages are imported when asked for.
"""

from __future__ import annotations

import importlib

from diarchy.classics.frame import Classic
from diarchy.errors import DiarchyError, Fault, nearest

#: Each classic by the name that the command takes: its module, and what it is.
CLASSICS = {
    "epstein": ("epstein", "Civil violence I: rebellion against a central authority"),
    "epstein-ethnic": (
        "epstein_ethnic",
        "Civil violence II: two groups and a force between them",
    ),
}


def find(name: str) -> Classic:
    """One classic by its name.

    Raises
    ------
    DiarchyError : there is none of that name.
    """
    if name not in CLASSICS:
        allowed, near = ", ".join(CLASSICS), nearest(name, CLASSICS)
        raise DiarchyError([Fault(f"there is no classic '{name}'", allowed=allowed, near=near)])
    module = importlib.import_module(f"diarchy.classics.{CLASSICS[name][0]}")
    return module.CLASSIC
