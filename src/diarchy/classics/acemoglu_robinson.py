"""Acemoglu and Robinson's threat of revolution: when a concession now is enough, and when it is not believed.

The rich, a share delta of the people, hold a share theta of income. A revolution destroys a share mu; it
threatens in a period with chance q, and only then are concessions made, so they are worth something only
if threats recur. The poor's best tax tau earns them t = tau (theta - delta) - (1 - delta) C(tau), and
temporary concessions hold iff

    mu >= mu* = theta - (1 - beta (1 - q)) t.

With C = tau^2 / 2 the best tax is tau = (theta - delta) / (1 - delta). `government` makes a promise worth
the credibility that recurring threat lends it.

References
----------
acemoglu2006
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def best_tax(inequality: float, rich: float) -> float:
    """The tax that the poor would choose [1], at a cost of tau^2 / 2 a head."""
    return (inequality - rich) / (1.0 - rich)


def gain(inequality: float, rich: float) -> float:
    """What the best tax earns the poor [1]."""
    tax = best_tax(inequality, rich)
    return tax * (inequality - rich) - (1.0 - rich) * tax**2 / 2.0


def least_cost(inequality: float, rich: float, patience: float, threat: float) -> float:
    """mu*: the cost of revolution from which on temporary concessions prevent it [1].

    Parameters
    ----------
    inequality, rich : theta and delta, shares of income and of people [1].
    patience : beta, the discount factor [1].
    threat : q, the chance of a period with a threat [1].
    """
    return inequality - (1.0 - patience * (1.0 - threat)) * gain(inequality, rich)


def check(seeds: int) -> tuple[Check, ...]:
    """The worked example."""
    derived = ("acemoglu2006", "derived")
    return (
        Check("best tax at theta .6, delta .1", 0.555556, best_tax(0.6, 0.1), 5e-7, *derived),
        Check("what it earns", 0.138889, gain(0.6, 0.1), 5e-7, *derived),
        Check("mu* at beta .9, q .2", 0.561111, least_cost(0.6, 0.1, 0.9, 0.2), 5e-7, *derived),
    )


def figure(canvas: Figure) -> None:
    """Where concessions hold, over inequality and the persistence of the threat."""
    axes = canvas.subplots()
    inequality = np.linspace(0.2, 0.9, 100)
    for threat in (0.05, 0.2, 0.5, 1.0):
        edge = [least_cost(x, 0.1, 0.9, threat) for x in inequality]
        axes.plot(inequality, edge, label=f"threat in {threat:.0%} of periods")
    axes.plot(inequality, inequality, color="0.6", ls=":", label="no threat of revolution above")
    axes.set(xlabel="inequality theta", ylabel="cost of revolution mu",
             title="Concessions hold above each line: the oftener the threat, the lower")  # fmt: skip
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="acemoglu-robinson",
    title="The threat of revolution",
    about="A concession that can be taken back is believed only where threats recur.",
    references=("acemoglu2006",),
    mechanisms=("government",),
    check=check,
    figure=figure,
    caveats=("Elites act as one; the condition is re-derived from the book's set-up.",),
)
