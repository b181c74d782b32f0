"""Transit games: what a pipeline is worth to those who could do without it.

A coalition earns the best flow over what its members own; the Shapley value is what a member adds on
average. A lone transit country takes a third of the pie; a bypass leaves it a third of the bypass's cost,
a second route halves the rent. The toy of the line to China (T sells one unit at cost 1 through K, R buys
at 2, C half a unit at 3) has the red line in one number: Russia's part falls from 1/3 to 5/24 of a larger
pie.

References
----------
shapley1953, hubert2011
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic
from diarchy.games import shapley
from diarchy.networks import Market, Network, Node, Route, coalition_values

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pie(*routes: Route) -> Network:
    """A producer P and a buyer B with a pie of 1 between them, and routes from 'well' to 'town'."""
    return Network((Node("well", ("P",), 1.0), Node("town", ("B",))), routes, (Market("town", 1.0, 1.0),))


def _pipe(owner: str, capacity: float = 1.0) -> Route:
    """A route of one owner."""
    return Route(f"pipe of {owner}", "well", "town", capacity, (owner,))


#: The pies, by what runs between producer and buyer.
PIES = {
    "one transit": pie(_pipe("T")),
    "a bypass at cost 1/4": pie(_pipe("T"), Route("bypass", "well", "town", 1.0, cost=0.25)),
    "two complements, 3/4 and 1/4": pie(_pipe("S", 0.75), _pipe("T", 0.25)),
    "two full substitutes": pie(_pipe("S"), _pipe("T")),
}
KNOWN = {
    "one transit": {"P": "1/3", "B": "1/3", "T": "1/3"},
    "a bypass at cost 1/4": {"P": "11/24", "B": "11/24", "T": "1/12"},
    "two complements, 3/4 and 1/4": {"P": "1/3", "B": "1/3", "S": "1/4", "T": "1/12"},
    "two full substitutes": {"P": "5/12", "B": "5/12", "S": "1/12", "T": "1/12"},
    "no line to China": {"T": "1/3", "K": "1/3", "C": "0", "R": "1/3"},
    "with the line": {"T": "13/24", "K": "13/24", "C": "5/24", "R": "5/24"},
}


def china_line(capacity: float) -> Network:
    """The toy of the line to China, of some capacity."""
    nodes = (Node("T", ("T",), 1.0, 1.0), Node("K", ("K",)), Node("C", ("C",)), Node("R", ("R",)))
    routes = (Route("in", "T", "K", 1.0), Route("west", "K", "R", 1.0), Route("line", "K", "C", capacity))
    return Network(nodes, routes, (Market("C", 0.5, 3.0), Market("R", 1.0, 2.0)))


def worth(network: Network) -> dict[str, Fraction]:
    """Shapley value of each player, exactly: values of these toys are whole numbers of quarters."""
    values = [Fraction(float(x)) for x in coalition_values(network)]
    return dict(zip(network.players, shapley(values), strict=True))


def check(seeds: int) -> tuple[Check, ...]:
    """Every player of every toy, as fractions."""
    games = {**PIES, "no line to China": china_line(0.0), "with the line": china_line(0.5)}
    rows = []
    for name, network in games.items():
        found = worth(network)
        rows += [Check(f"{name}: {player}", Fraction(value), found[player], 0, "shapley1953", "derived")
                 for player, value in KNOWN[name].items()]  # fmt: skip
    return tuple(rows)


def figure(canvas: Figure) -> None:
    """What each player of the toy is worth as the line grows."""
    axes = canvas.subplots()
    capacities = np.linspace(0.0, 0.5, 26)
    values = np.array([shapley(coalition_values(china_line(c))) for c in capacities])
    names = {"T": "producer", "K": "transit", "C": "China", "R": "Russia"}
    for i, player in enumerate(china_line(0.5).players):
        axes.plot(capacities, values[:, i], label=names[player], ls="--" if player == "K" else "-")
    axes.set(xlabel="capacity of the line to China", ylabel="Shapley value", title="Who gains by a bypass")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="transit-games",
    title="Investment options and bargaining power in the gas network",
    about="A route's rent is what the others would lose without it: bypasses cut it, whether used or not.",
    references=("shapley1953", "hubert2011"),
    mechanisms=("energy",),
    check=check,
    figure=figure,
    caveats=(
        "Toys with exact answers. The published tables for Eurasian gas could not be obtained.",
        "Side payments, full information, no time: an index of leverage, not a forecast of prices.",
    ),
)
