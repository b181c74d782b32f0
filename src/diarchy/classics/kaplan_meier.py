"""Kaplan and Meier's product-limit estimate, on the patients of Freireich and others.

How long something lasts when some are lost from sight: S(t) is the product over ends of 1 - d / n. The 21
patients given 6-MP in 1963 are the textbook's example. The same estimator tells how long foreign troops
stay (`patron`); when lifelines is installed, it is asked too.

References
----------
kaplan1958, freireich1963
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np

from diarchy.calibration.survival import kaplan_meier
from diarchy.classics.frame import Check, Classic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Weeks in remission of the patients given 6-MP; negative: still in remission when last seen.
WEEKS = (6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35)
KNOWN = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}


def _spells() -> tuple[np.ndarray, np.ndarray]:
    """Lengths [week], and whether the end was seen."""
    weeks = np.array(WEEKS)
    return np.abs(weeks), weeks > 0


def check(seeds: int) -> tuple[Check, ...]:
    """Shares still in remission, and the largest difference from lifelines."""
    length, ended = _spells()
    curve = kaplan_meier(length, ended)
    again = ("freireich1963", "recomputed")
    rows = [Check(f"in remission after week {week} [1]", share, curve.at(week), 5e-5, *again)
            for week, share in KNOWN.items()]  # fmt: skip
    rows.append(Check("median [week]", 23, curve.quantile(0.5), 0, *again))
    if importlib.util.find_spec("lifelines"):
        from lifelines import KaplanMeierFitter

        theirs = KaplanMeierFitter().fit(length, ended).predict(list(KNOWN)).to_numpy()
        apart = float(np.max(np.abs(theirs - [curve.at(week) for week in KNOWN])))
        rows.append(
            Check("largest difference from lifelines [1]", 0, apart, 1e-12, "kaplan1958", "recomputed")
        )
    return tuple(rows)


def figure(canvas: Figure) -> None:
    """The curve and its interval."""
    axes = canvas.subplots()
    curve = kaplan_meier(*_spells())
    days = np.concatenate([[0.0], curve.days])
    band = np.array([curve.interval(day) for day in days])
    axes.step(days, [curve.at(day) for day in days], where="post")
    axes.fill_between(days, band[:, 0], band[:, 1], step="post", alpha=0.25, label="90 % interval")
    lost = curve.days[curve.censored > 0]
    axes.plot(lost, [curve.at(day) for day in lost], "k|", label="last seen in remission")
    axes.set(xlabel="weeks", ylabel="share still in remission", ylim=(0, 1.02), title="6-MP, 21 patients")
    axes.legend(frameon=False)


CLASSIC = Classic(
    name="kaplan-meier",
    title="Nonparametric estimation from incomplete observations",
    about="How long stays last, when some are not over yet.",
    references=("kaplan1958", "freireich1963"),
    mechanisms=("patron",),
    check=check,
    figure=figure,
    caveats=("Who is lost from sight must not differ from who stays; troops that stay for decades do.",),
)
