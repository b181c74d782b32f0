"""The probabilistic Condorcet election of the KTAB library: which of several settlements an elite ends at.

Each actor backs the option that it prefers in each pair with w (u_i - u_j); the coalitions c meet with
chances p_ij = c_ij^e / (c_ij^e + c_ji^e). Three ways to make a lottery of the pairs: the chance to beat
all others, given that one does (conditional), and two Markov elections in which a favourite is challenged
evenly (uniform) or by what that promises (incentive). `authority` settles between four orders of rule by
the first.

References
----------
wise2015
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from diarchy.classics.frame import Check, Classic
from diarchy.indices import ELECTIONS, condorcet, victory_chance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Coalition strengths of the library's reference run, row against column.
REFERENCE = ((0.0, 12.099, 54.921), (10.333, 0.0, 27.079), (5.007, 55.047, 0.0))
#: What it prints for them.
PUBLISHED = {
    "uniform": (0.6351, 0.2148, 0.1501),
    "incentive": (0.5094, 0.2796, 0.2110),
    "conditional": (0.8659, 0.1241, 0.0100),
}
PAIRS = {(0, 1): 0.5782, (0, 2): 0.9918, (1, 2): 0.1948}
TWO = ((0.0, 51.212), (19.714, 0.0))
#: Chance of a coalition twice as strong, by exponent.
TWICE = {1: Fraction(2, 3), 2: Fraction(4, 5), 4: Fraction(16, 17), 8: Fraction(256, 257)}


def check(seeds: int) -> tuple[Check, ...]:
    """Victory chances, the reference run, two options."""
    source = "wise2015"
    rows = [Check(f"twice as strong, exponent {e}", float(p), victory_chance(2.0, 1.0, e), 1e-15, source)
            for e, p in TWICE.items()]  # fmt: skip
    for (i, j), chance in PAIRS.items():
        ours = victory_chance(REFERENCE[i][j], REFERENCE[j][i], 2.0)
        rows.append(Check(f"{i + 1} beats {j + 1}", chance, ours, 5e-5, source))
    for election in ELECTIONS:
        found = condorcet(REFERENCE, election)
        rows += [Check(f"{election}: option {i + 1}", p, float(found[i]), 5e-5, source)
                 for i, p in enumerate(PUBLISHED[election])]  # fmt: skip
    return (*rows, Check("two options: the first", 0.8709, float(condorcet(TWO)[0]), 5e-5, source))


def figure(canvas: Figure) -> None:
    """The reference run under the three elections."""
    axes = canvas.subplots()
    for n, election in enumerate(ELECTIONS):
        axes.bar([i + 0.27 * (n - 1) for i in range(3)], condorcet(REFERENCE, election), 0.25, label=election)
    axes.set_xticks(range(3), ["option 1", "option 2", "option 3"])
    axes.set(ylabel="chance", title="One table of coalitions, three elections")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="condorcet-election",
    title="KTAB's probabilistic Condorcet election",
    about="Coalitions meet in pairs; how the pairs become a lottery matters as much as the coalitions.",
    references=("wise2015",),
    mechanisms=("authority",),
    check=check,
    figure=figure,
    caveats=("Votes are in proportion to what is at stake; the exponent is a choice, not an estimate.",),
)
