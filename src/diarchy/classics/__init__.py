"""Published models, one file each under its literature name, reproduced to their own numbers.

They vouch for the mechanisms: a mechanism's docstring names the classic whose equation it borrows, and
`diarchy classic NAME` prints the numbers of the literature beside ours. Pages are imported when asked
for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from diarchy.errors import DiarchyError, Fault, nearest

if TYPE_CHECKING:
    from diarchy.classics.frame import Classic

#: Each classic by the name that the command takes, and what it is; the module has the name with underscores.
CLASSICS = {
    "epstein": "Civil violence I: rebellion against a central authority",
    "epstein-ethnic": "Civil violence II: two groups and a force between them",
    "granovetter": "Thresholds: who joins depends on how many have",
    "watts": "Cascades on random networks",
    "kuran": "Preference falsification: revolutions surprise",
    "hassanpour": "Media disruption: cutting the net disperses a protest",
    "regime-change": "Global games: Morris-Shin, Angeletos-Hellwig-Pavan, Angeletos-Werning",
    "edmond": "Propaganda in a global game",
    "acemoglu-robinson": "The threat of revolution: when concessions hold",
    "svolik": "Power-sharing: how dictators fall",
    "power-indices": "Banzhaf and Shapley-Shubik",
    "quantal-response": "Matching pennies with players who err",
    "compromise-mean": "Positions weighted by capability and salience",
    "scholz": "Bueno de Mesquita's group decision model, unravelled",
    "condorcet-election": "KTAB's probabilistic Condorcet election",
    "transit-games": "What a pipeline is worth: Shapley values of networks",
    "kaplan-meier": "How long stays last, when some are not over",
    "concentration": "Herfindahl-Hirschman, Laakso-Taagepera, Ray-Singer",
    "alliance-similarity": "Tau-b and S of alliance portfolios",
    "proper-scores": "Brier, log and baseline scores; expected information",
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
    return importlib.import_module(f"diarchy.classics.{name.replace('-', '_')}").CLASSIC
