"""What came of the crises of the library, as base rates: by rung, by trigger, by the flagship's freeze."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from diarchy.base_rates import BaseRate
from diarchy.calibration.library import Library
from diarchy.calibration.outcomes import Outcome
from diarchy.calibration.rungs import RUNGS
from diarchy.calibration.spells import FROZEN
from diarchy.calibration.survival import clopper_pearson, kaplan_meier

#: The rungs whose shares are in the table.
LIBRARY_RUNGS = {
    "out_30d": "P(leader or regime out within 30 days)",
    "out_90d": "P(leader or regime out within 90 days)",
    "out_180d": "P(leader or regime out within 180 days)",
    "disobeyed": "P(some forces do not obey)",
    "deaths_25": "P(at least 25 die)",
    "deaths_100": "P(at least 100 die)",
    "asked": "P(the government asks for foreign troops)",
    "helped": "P(foreign troops come on the government's side)",
    "conceded": "P(the government gives in on something)",
    "peak_01pct": "P(peak above 0.1 % of the population)",
    "peak_1pct": "P(peak above 1 % of the population)",
}
SOURCE, CAVEAT = "case-library", "chosen crises; coded afterwards"
SPANS = (("", dt.date.max, "onset up to 2024"), (".frozen", FROZEN, "onset before 2022"))
TRIGGERS = (("", "crises of the library"), (".price", "crises set off by prices"))


def library_rates(library: Library) -> list[BaseRate]:
    """Shares of the library's crises, and the median of their dead.

    Parameters
    ----------
    library : the crises.

    Returns
    -------
    Lines of the table, of all crises and of those that prices set off, up to now and before the flagship.
    """
    rates = []
    for mark, until, span in SPANS:
        for key, among in TRIGGERS:
            some = [
                outcome
                for onset, outcome in zip(library.onsets, library.outcomes, strict=True)
                if onset.date <= until and (onset.price_shock or not key)
            ]
            condition = f"{among}; {span}"
            rates += [_share(rung, f"{key}{mark}", condition, some) for rung in LIBRARY_RUNGS]
            rates.append(_median_dead(f"library.deaths{key}{mark}", condition, some))
    return rates


def _share(rung: str, mark: str, condition: str, outcomes: Sequence[Outcome]) -> BaseRate:
    """How often a rung was reached."""
    known = [answer for outcome in outcomes if not math.isnan(answer := RUNGS[rung](outcome))]
    share = sum(known) / len(known) if known else math.nan
    low, high = clopper_pearson(share, len(known))
    return BaseRate(f"library.{rung}{mark}", LIBRARY_RUNGS[rung], condition, share, low, high, "1",
                    len(known), SOURCE, CAVEAT)  # fmt: skip


def _median_dead(name: str, condition: str, outcomes: Sequence[Outcome]) -> BaseRate:
    """The median of the dead, with an interval from the binomial band of the distribution."""
    dead = [outcome.deaths for outcome in outcomes if not math.isnan(outcome.deaths)]
    curve = kaplan_meier(dead, [True] * len(dead))
    low, high = curve.quantile_interval(0.5)
    return BaseRate(name, "median of the dead", condition, curve.quantile(0.5), low, high, "people",
                    curve.n, SOURCE, CAVEAT)  # fmt: skip
