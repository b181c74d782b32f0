"""Hassanpour's media disruption: cutting the net can disperse a protest without ending it.

Two cliques with thresholds of their own. Each person weighs the turnout of its clique and, while
connected, of the other; whoever joins goes to the largest crowd it hears of. Connected, all meet on the
one square that everybody hears of. Cut off, each clique sees only itself: where its own turnout is
enough, it gathers at home. So there are more sites and none is as large. Whether more people come depends
on which clique had been held back by the other's calm, and so the sign of that effect is an assumption in
`media`, not a result.

The parameters are ours: the paper's site counts for Egypt in January 2011 could not be obtained.

References
----------
hassanpour2014
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A site with less than this share of a clique is nobody's news [1].
SITE = 0.05
_SETTLED, _STEPS = 1e-12, 10_000


@dataclass(frozen=True)
class Cliques:
    """Two cliques of equal size.

    Parameters
    ----------
    means, spreads : of the normal thresholds in each, as shares of people out [1].
    mixing : weight of the other clique in what is seen while connected, up to one half [1].
    """

    means: tuple[float, float]
    spreads: tuple[float, float]
    mixing: float = 0.5


#: One clique bold, one timid: connection spreads the protest; and the other way round.
HELPS = Cliques((0.22, 0.55), (0.16, 0.35))
HINDERS = Cliques((0.30, 0.60), (0.20, 0.10))


def turnout(cliques: Cliques, cut: float) -> np.ndarray:
    """Share of each clique that is out in the end [1] when `cut` of what is seen of the other is lost."""
    other = cliques.mixing * (1.0 - cut)
    out = np.zeros(2)
    for _ in range(_STEPS):
        seen = (1.0 - other) * out + other * out[::-1]
        more = norm.cdf((seen - cliques.means) / np.array(cliques.spreads))
        if np.abs(more - out).max() < _SETTLED:
            break
        out = more
    return out


def sites(cliques: Cliques, cut: float) -> np.ndarray:
    """People at each clique's square, in units of a clique [1]: all go to the largest crowd they hear of."""
    out = turnout(cliques, cut)
    there = np.zeros(2)
    for mine in range(2):
        heard = out * np.where(np.arange(2) == mine, 1.0, 1.0 - cut)
        there[int(np.argmax(heard))] += out[mine]
    return there


def check(seeds: int) -> tuple[Check, ...]:
    """More sites, none as large; and both signs of the effect on turnout."""
    source = ("hassanpour2014", "ours")
    connected, apart = sites(HELPS, 0.0), sites(HELPS, 1.0)
    gained = float(turnout(HELPS, 1.0).sum() - turnout(HELPS, 0.0).sum())
    freed = float(turnout(HINDERS, 1.0).sum() - turnout(HINDERS, 0.0).sum())
    return (
        Check("connected: sites", 1, int((connected > SITE).sum()), 0, *source),
        Check("cut off: sites", 2, int((apart > SITE).sum()), 0, *source),
        Check(
            "largest site, cut off over connected [1]",
            (0.0, 0.99),
            float(apart.max() / connected.max()),
            0,
            *source,
        ),
        Check(
            "cut off, timid clique helped by the bold: people gained [1]", (-2.0, -0.1), gained, 0, *source
        ),
        Check(
            "cut off, bold clique held back by the timid: people gained [1]", (0.1, 2.0), freed, 0, *source
        ),
    )


def figure(canvas: Figure) -> None:
    """Sites and turnout as the connection is cut."""
    cuts = np.linspace(0, 1, 51)
    for axes, (name, cliques) in zip(
        canvas.subplots(1, 2, sharey=True),
        {"connection helps": HELPS, "connection hinders": HINDERS}.items(),
        strict=True,
    ):
        crowds = np.array([np.sort(sites(cliques, cut)) for cut in cuts])
        axes.plot(cuts, crowds[:, 1], label="largest site")
        axes.plot(cuts, crowds[:, 0], label="other site")
        axes.plot(cuts, crowds.sum(axis=1), color="0.5", ls=":", label="all")
        axes.set(xlabel="share of news cut off", title=name)
    canvas.axes[0].set_ylabel("people, in cliques")
    canvas.axes[0].legend(frameon=False)


CLASSIC = Classic(
    name="hassanpour",
    title="Media disruption and revolutionary unrest",
    about="Cutting the net disperses a protest: more sites, none as large.",
    references=("hassanpour2014",),
    mechanisms=("media",),
    check=check,
    figure=figure,
    caveats=(
        "A parameter set of our own, not the paper's; the sign of the effect on turnout is an assumption.",
    ),
)
