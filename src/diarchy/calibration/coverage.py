"""Coverage: which observed numbers lie inside the band of what the futures say would have been reported.

The band is the central 90 % of the posterior predictive distribution: the number that each future gives, with
the error of the observation on top. It is given for all futures, and for those with the event on which dates
depend (a mass wave). A number that the end of the run cut short, such as the day of what never happened, is
beyond every observed one; a future in which a number has no meaning drops out, and is counted.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from diarchy.calibration.targets import Target, Targets, standing
from diarchy.questions.measures import Measure
from diarchy.questions.outcomes import Outcome, gather
from diarchy.questions.question import Question
from diarchy.questions.vocabulary import Answerable, vocabulary_of_results

SCHEMA, ARM, GIVEN = "diarchy/coverage/1", "base", "given"
LEVEL = 0.90
FEWEST = 20  # futures; fewer have no 5 % quantile
SEED = 20220109


@dataclass(frozen=True)
class Band:
    """What futures say would have been reported.

    Parameters
    ----------
    low, high : 5 % and 95 % quantiles; infinite where it did not happen within the run [unit of the target].
    inside : whether the observed number lies between them.
    rank : share of futures below the observed number, ties counted half.
    n : futures with a number, cut short or not.
    never : share of these that were cut short.
    """

    low: float
    high: float
    inside: bool
    rank: float
    n: int
    never: float

    def to_json(self) -> dict[str, Any]:
        """Plain values; None for what did not happen within the run."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {k: None if isinstance(v, float) and math.isinf(v) else v for k, v in values.items()}


@dataclass(frozen=True)
class Covered:
    """One target beside its bands; a band is None where fewer than `FEWEST` futures have a number."""

    target: Target
    all: Band | None
    given: Band | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        target = self.target
        return {
            "id": target.id,
            "text": target.text,
            "unit": target.rule.unit,
            "observed": target.observed,
            "error": {target.error.form: target.error.size} if target.error.form else None,
            "event_date": target.event_date.isoformat(),
            "report_date": target.report_date.isoformat(),
            "source": list(target.source),
            "all": self.all.to_json() if self.all else None,
            "given": self.given.to_json() if self.given else None,
        }


@dataclass(frozen=True)
class Summary:
    """How many targets have a band, and how many lie inside; a target without a band is not inside."""

    targets: int
    with_band: int
    inside: int

    @property
    def share(self) -> float:
        """Share of all targets inside."""
        return self.inside / self.targets if self.targets else 0.0


def coverage(results: Answerable, targets: Targets, arm: str = ARM) -> tuple[Covered, ...]:
    """Compare futures with what was observed.

    Parameters
    ----------
    results : of an ensemble that recorded what the targets need.
    targets : of the case; those whose report was taken back do not count.
    arm : the world that is compared.

    Raises
    ------
    ResultsError : too many futures failed, or none has finished.
    """
    results.check_usable()
    counted = standing(targets.targets)
    asked = [Question(t.id, t.text, amount=cast(Measure, t.rule)) for t in counted]
    condition = Question(GIVEN, GIVEN, chance=targets.given)
    outcomes = gather(results, vocabulary_of_results(results), [*asked, condition], arm)
    wave = outcomes[GIVEN].counted & (outcomes[GIVEN].value > 0)
    return tuple(
        Covered(
            t,
            _band(t, outcomes[t.id], outcomes[t.id].counted),
            _band(t, outcomes[t.id], outcomes[t.id].counted & wave),
        )
        for t in counted
    )


def _band(target: Target, outcome: Outcome, use: np.ndarray) -> Band | None:
    """The band of some futures; each future's error of observation is the same in every band."""
    if use.sum() < FEWEST:
        return None
    rng = np.random.default_rng([SEED, zlib.crc32(target.id.encode())])
    true = np.where(outcome.observed, outcome.value, np.inf)
    seen = target.error.seen(true, rng)[use]
    low = float(np.quantile(seen, (1 - LEVEL) / 2, method="inverted_cdf"))
    high = float(np.quantile(seen, (1 + LEVEL) / 2, method="inverted_cdf"))
    rank = float(np.mean(seen < target.observed) + 0.5 * np.mean(seen == target.observed))
    never = float(np.mean(~outcome.observed[use]))
    return Band(low, high, low <= target.observed <= high, rank, int(use.sum()), never)


def summary(covered: Sequence[Covered], which: str = "all") -> Summary:
    """How many targets lie inside.

    Parameters
    ----------
    covered : all targets.
    which : 'all' futures, or those 'given' the event.
    """
    bands = [band for c in covered if (band := getattr(c, which)) is not None]
    return Summary(len(covered), len(bands), sum(band.inside for band in bands))
