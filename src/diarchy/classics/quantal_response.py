"""Quantal response equilibrium: players who err, more rarely the more an error costs.

P(a) is proportional to exp(lambda U_a), each against the other's mistakes. In asymmetric matching pennies
(one of the row player's wins pays X, all others 1) Nash play would not react to the player's own X;
quantal response does, as people do. Every choice of the mechanisms is one: `numerics.quantal_response`.

References
----------
mckelvey1995
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from diarchy.classics.frame import Check, Classic
from diarchy.numerics import logistic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Chance of the row player's first and the column player's first action by X and lambda.
KNOWN = {
    9.0: {1.0: (0.8936, 0.3128), 2.0: (0.8608, 0.1911), 3.0: (0.7954, 0.1453), 5.0: (0.7020, 0.1171),
          10.0: (0.6075, 0.1044)},
    4.0: {1.0: (0.7219, 0.3908), 3.0: (0.6823, 0.2509)},
}  # fmt: skip


def matching_pennies(prize: float, precision: float) -> tuple[float, float]:
    """Chances of the first action of row and column player [1].

    Row wins `prize` if both play their first, 1 if both play their second; column wins 1 otherwise.
    """

    def column(row: float) -> float:
        return logistic(precision * (1.0 - 2.0 * row))

    def excess(row: float) -> float:
        first = column(row)
        return row - logistic(precision * (prize * first - (1.0 - first)))

    row = brentq(excess, 0.0, 1.0, xtol=1e-14)
    return row, column(row)


def check(seeds: int) -> tuple[Check, ...]:
    """The table, and both ends of lambda."""
    again = ("mckelvey1995", "recomputed")
    rows = []
    for prize, table in KNOWN.items():
        for precision, known in table.items():
            for player, there, ours in zip("pq", known, matching_pennies(prize, precision), strict=True):
                rows.append(
                    Check(f"X = {prize:g}, lambda {precision:g}: {player}", there, ours, 1e-4, *again)
                )
        row, column = matching_pennies(prize, 1e5)
        rows.append(Check(f"X = {prize:g}, lambda without end: p", 0.5, row, 1e-3, "mckelvey1995", "derived"))
        rows.append(Check(f"X = {prize:g}, lambda without end: q", 1.0 / (1.0 + prize), column, 1e-3,
                          "mckelvey1995", "derived"))  # fmt: skip
    at_random = matching_pennies(9.0, 0.0)
    return (*rows, Check("lambda 0: p", 0.5, at_random[0], 0, "mckelvey1995", "derived"))


def figure(canvas: Figure) -> None:
    """From random play to Nash as lambda grows."""
    axes = canvas.subplots()
    precision = np.logspace(-2, 2, 200)
    for prize in KNOWN:
        play = np.array([matching_pennies(prize, lam) for lam in precision])
        axes.plot(play[:, 0], play[:, 1], label=f"X = {prize:g}")
        axes.plot([0.5], [1.0 / (1.0 + prize)], "k.", ms=6)
    axes.set(xlabel="row plays first", ylabel="column plays first",
             title="From random play (.5, .5) to Nash (dots)", xlim=(0.45, 1))  # fmt: skip
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="quantal-response",
    title="Quantal response equilibria for normal form games",
    about="Players err, more rarely the more it costs: play reacts to one's own stakes; Nash play does not.",
    references=("mckelvey1995",),
    mechanisms=("government", "patron", "security"),
    check=check,
    figure=figure,
    caveats=("lambda depends on the scale of payoffs: utilities are brought to [0, 1] before it is used.",),
)
