"""Power indices: votes are not power.

The Banzhaf index of a voter is its share of all swings (coalitions that it turns from losing to winning),
the Shapley-Shubik index the share of all orders of joining in which it is pivotal. Luxembourg had a vote
in the Council of 1958, and no power. `authority` reads each office's share of control off the Banzhaf
index, with quota and veto.

References
----------
banzhaf1965, shapley1954, penrose1946
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from diarchy.classics.frame import Check, Classic
from diarchy.indices import banzhaf, shapley_shubik, swings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Votes in the Council of the European Economic Community of 1958; 12 of 17 decide.
SIX = {"France": 4, "Germany": 4, "Italy": 4, "Belgium": 2, "Netherlands": 2, "Luxembourg": 1}
SIX_QUOTA = 12
#: The Security Council since 1965: nine of fifteen, five of them with a veto.
COUNCIL, COUNCIL_QUOTA, PERMANENT = [1] * 15, 9, range(5)


def check(seeds: int) -> tuple[Check, ...]:
    """Both indices of both bodies, as fractions."""
    votes, exact = list(SIX.values()), ("shapley1954", "derived")
    orders, share = shapley_shubik(votes, SIX_QUOTA), banzhaf(votes, SIX_QUOTA)
    turned = swings(votes, SIX_QUOTA).sum(axis=1)
    known = {
        "France": (Fraction(7, 30), Fraction(5, 21), 10),
        "Belgium": (Fraction(3, 20), Fraction(1, 7), 6),
        "Luxembourg": (Fraction(0), Fraction(0), 0),
    }
    rows = []
    for member, (pivots, index, swung) in known.items():
        i = list(SIX).index(member)
        rows += [
            Check(f"1958, {member}: Shapley-Shubik", pivots, orders[i], 0, *exact),
            Check(f"1958, {member}: swings", swung, int(turned[i]), 0, "banzhaf1965", "derived"),
            Check(f"1958, {member}: Banzhaf", index, share[i], 0, "banzhaf1965", "derived"),
        ]
    council = shapley_shubik(COUNCIL, COUNCIL_QUOTA, PERMANENT)
    normal = banzhaf(COUNCIL, COUNCIL_QUOTA, PERMANENT)
    turned = swings(COUNCIL, COUNCIL_QUOTA, PERMANENT).sum(axis=1)
    for who, i, pivots, swung, part in (
        ("permanent", 0, Fraction(421, 2145), 848, 0.166929),
        ("elected", 14, Fraction(4, 2145), 84, 0.016535),
    ):
        rows += [
            Check(f"Security Council, {who}: Shapley-Shubik", pivots, council[i], 0, *exact),
            Check(f"Security Council, {who}: swings", swung, int(turned[i]), 0, "banzhaf1965", "derived"),
            Check(
                f"Security Council, {who}: Banzhaf", part, float(normal[i]), 5e-7, "banzhaf1965", "derived"
            ),
        ]
    return tuple(rows)


def figure(canvas: Figure) -> None:
    """Votes and power of the six."""
    axes = canvas.subplots()
    votes = list(SIX.values())
    series = {
        "votes": [v / sum(votes) for v in votes],
        "Shapley-Shubik": [float(x) for x in shapley_shubik(votes, SIX_QUOTA)],
        "Banzhaf": [float(x) for x in banzhaf(votes, SIX_QUOTA)],
    }
    for n, (name, shares) in enumerate(series.items()):
        axes.bar([i + 0.27 * (n - 1) for i in range(len(SIX))], shares, 0.25, label=name)
    axes.set_xticks(range(len(SIX)), list(SIX))
    axes.set(ylabel="share", title="The Council of 1958: votes are not power")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="power-indices",
    title="Weighted voting doesn't work; evaluating the distribution of power in a committee system",
    about="A vote counts by how often it turns the outcome: Luxembourg's never did.",
    references=("banzhaf1965", "shapley1954", "penrose1946"),
    mechanisms=("authority",),
    check=check,
    figure=figure,
    caveats=("Every coalition counts alike: what people want, and informal ties, are left out.",),
)
