"""Concentration: how many powers, routes or parties there really are.

The Herfindahl-Hirschman index is the sum of squared shares, the Laakso-Taagepera number of equal parts
its inverse, the Ray-Singer index CON its square root brought to 0 for equal parts and 1 for a monopoly.
`energy` reads the concentration of routes off them, `alignment` the polarity of the wider system and how
many-sided a policy is.

References
----------
hirschman1964, laakso1979, ray1973
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diarchy.classics.frame import Check, Classic
from diarchy.indices import effective_number, herfindahl, ray_singer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Kazakh oil exports of 2009 by route [Mt]: CPC, Atyrau-Samara, the line to China, Aktau, rail.
ROUTES = {"CPC": 27.5, "Atyrau-Samara": 17.5, "China": 7.7, "Aktau": 11.1, "rail": 4.0}
KNOWN = {
    (0.5, 0.3, 0.2): (0.38, 2.631579, 0.264575),
    (0.5, 0.5, 0.0, 0.0): (0.5, 2.0, 0.577350),
    (1.0, 1.0, 1.0): (1 / 3, 3.0, 0.0),
    (1.0, 0.0, 0.0): (1.0, 1.0, 1.0),
}


def check(seeds: int) -> tuple[Check, ...]:
    """Small systems, and the routes of 2009."""
    rows = []
    for shares, (index, number, spread) in KNOWN.items():
        parts, name = np.array(shares), ", ".join(f"{x:g}" for x in shares)
        rows += [
            Check(f"{name}: HHI", index, herfindahl(parts), 1e-12, "hirschman1964", "derived"),
            Check(
                f"{name}: effective number", number, effective_number(parts), 5e-7, "laakso1979", "derived"
            ),
            Check(f"{name}: CON", spread, ray_singer(parts), 5e-7, "ray1973", "derived"),
        ]
    routes = np.array(list(ROUTES.values()))
    return (
        *rows,
        Check("oil routes of 2009: HHI", 0.2743, herfindahl(routes), 5e-5, "hirschman1964", "recomputed"),
        Check("oil routes of 2009: effective number", 3.65, effective_number(routes), 5e-3, "laakso1979",
              "recomputed"),
    )  # fmt: skip


def figure(canvas: Figure) -> None:
    """The three indices of a system in which one part grows and three share the rest."""
    axes = canvas.subplots()
    largest = np.linspace(0.25, 1.0, 151)
    systems = [np.array([x, *[(1 - x) / 3] * 3]) for x in largest]
    for name, index in (("HHI", herfindahl), ("CON", ray_singer)):
        axes.plot(largest, [index(s) for s in systems], label=name)
    axes.plot(largest, [effective_number(s) / 4 for s in systems], label="effective number, of four")
    axes.set(xlabel="share of the largest of four", ylabel="index", title="Three readings of concentration")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="concentration",
    title="Concentration, polarity and effective numbers",
    about="Shares of unequal size are worth fewer equal ones.",
    references=("hirschman1964", "laakso1979", "ray1973"),
    mechanisms=("energy", "alignment"),
    check=check,
    figure=figure,
    caveats=("Shares of what is the question: capability, tonnes and votes give different poles.",),
)
