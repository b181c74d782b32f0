"""Score forecasts of past crises against what came of them, beside a base rate and a logistic regression.

Each case is forecast from its onset facts alone, with parameters fitted on the other cases. Brier score and
log score are means over cases with a known answer; skill is one minus the Brier score over that of the
leave-one-out base rate, with a bootstrap interval over cases. Where the interval holds 0, no skill is shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diarchy.calibration.emulator import Wave
from diarchy.calibration.fit import SEED, design_under, weigher
from diarchy.calibration.hands import each
from diarchy.calibration.library import Library, Onset
from diarchy.calibration.outside import (
    QUESTIONS,
    answers_of,
    base_rate,
    logistic,
    logistic_of,
    persistence,
)
from diarchy.calibration.rungs import answers_of_futures
from diarchy.calibration.survival import science, stay_of
from diarchy.calibration.thin import ARM, run_onset
from diarchy.calibration.weighing import Fit

SCHEMA = "diarchy/scores/1"
FUTURES = 200
JEFFREYS = 0.5  # half a future for and against, so that a share of no future is not certainty
BOOTSTRAPS, LEVEL = 2000, 0.90
BINS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)  # edges of the reliability bins
SURE = 1e-6  # no chance is nearer to 0 or 1 in a log score, or one surprise would be all of it
FEWEST = 5  # with fewer known answers a score says nothing

#: Questions about stays, and the day of the table of stays that answers them.
STAYS_OF = {"stay_30d": 30.0, "stay_180d": 180.0}
STAY_CLASS = "support"
#: Forecasts of others for the cases with a known answer: base rate, logistic regression, status quo.
Outside = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Score:
    """How well one question was forecast.

    Parameters
    ----------
    id : question.
    n, unknown : cases with and without a known answer (or to which the question does not apply).
    brier, brier_base, brier_logit, brier_status_quo, brier_survival : mean squared errors; None where not to
        be had. The last is of the share of comparable stays that were over, and of stays only.
    log_score, log_score_base : mean surprise [nat].
    skill, skill_interval : against the base rate, with a bootstrap interval.
    rate, forecast_rate : share of yes, and mean forecast.
    bins : reliability: (from, to, n, mean forecast, share of yes).
    """

    id: str
    n: int
    unknown: int
    brier: float | None = None
    brier_base: float | None = None
    brier_logit: float | None = None
    brier_status_quo: float | None = None
    brier_survival: float | None = None
    log_score: float | None = None
    log_score_base: float | None = None
    skill: float | None = None
    skill_interval: tuple[float, float] | None = None
    rate: float | None = None
    forecast_rate: float | None = None
    bins: tuple[tuple[float, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def forecast(
    onset: Onset,
    posterior: Mapping[str, tuple[float, float]],
    futures: int = FUTURES,
    seed: int = SEED,
    keep: Path | None = None,
) -> dict[str, float]:
    """The chance of yes on each rung (`rungs`), from onset facts alone; nan where no future has an answer.

    Parameters
    ----------
    onset : the case.
    posterior : shift and scale by parameter.
    futures : how many.
    seed : of design and luck.
    keep : a folder to keep the chances in, by all that they follow from.
    """
    path = _kept(keep, onset, posterior, futures, seed)
    if path is not None and path.exists():
        return {question: float(chance) for question, chance in json.loads(path.read_text("utf-8")).items()}
    chances = _chances(onset, posterior, futures, seed)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(chances), "utf-8")
        part.replace(path)
    return chances


def _kept(
    keep: Path | None, onset: Onset, posterior: Mapping[str, tuple[float, float]], futures: int, seed: int
) -> Path | None:
    """Where a forecast is kept: a change of the case's facts or of the fit is another file."""
    if keep is None:
        return None
    whole = repr((onset, sorted(posterior.items()), futures, seed))
    return keep / f"{onset.id}-forecast-{hashlib.sha256(whole.encode()).hexdigest()[:16]}.json"


def _chances(
    onset: Onset, posterior: Mapping[str, tuple[float, float]], futures: int, seed: int
) -> dict[str, float]:
    """`forecast`, simulated."""
    design = design_under(onset, posterior, futures, seed)
    came = answers_of_futures(run_onset(onset, design.values(ARM, range(futures)), range(futures), seed))
    return {name: _smoothed(answers) for name, answers in came.items()}


def _smoothed(answers: np.ndarray) -> float:
    """The share of yes among the futures with an answer; nan where there is none."""
    known = answers[np.isfinite(answers)]
    return float((known.sum() + JEFFREYS) / (len(known) + 2 * JEFFREYS)) if len(known) else float("nan")


def posterior_of(fit: Fit, regime: str) -> dict[str, tuple[float, float]]:
    """Shift and scale by parameter under one class of regime."""
    shift = fit.shift + fit.effects.get(regime, 0.0)
    return {n: (float(a), float(b)) for n, a, b in zip(fit.names, shift, fit.scale, strict=True)}


def leave_one_out(
    library: Library,
    wave: Wave,
    futures: int = FUTURES,
    tell: Callable[[int, int], None] | None = None,
    keep: Path | None = None,
    workers: int = 1,
) -> list[dict[str, float]]:
    """Forecasts of every case, each with parameters fitted on the others."""
    weighed = weigher(library, wave)
    cases = (
        (onset, posterior_of(weighed.weigh([i]), onset.regime), futures, SEED, keep)
        for i, onset in enumerate(library.onsets)
    )
    return each(forecast, cases, len(library), workers, tell)


def forecast_all(
    onsets: Sequence[Onset],
    posterior: Callable[[str], Mapping[str, tuple[float, float]]],
    futures: int = FUTURES,
    tell: Callable[[int, int], None] | None = None,
    keep: Path | None = None,
    workers: int = 1,
) -> list[dict[str, float]]:
    """Forecasts of every case under one fit, which gives a posterior to each class of regime."""
    cases = ((onset, posterior(onset.regime), futures, SEED, keep) for onset in onsets)
    return each(forecast, cases, len(onsets), workers, tell)


def score(library: Library, forecasts: Sequence[Mapping[str, float]]) -> list[Score]:
    """Score forecasts of a library's own cases beside what the other cases say.

    Parameters
    ----------
    library : the cases, and what came of them.
    forecasts : of each case, chance by question; nan where there is none.

    Returns
    -------
    A score for each question. Base rate and logistic regression leave out the case that they speak of.
    """

    def outside(question: str) -> Outside:
        def said(known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            places = (int(i) for i in np.nonzero(known)[0])
            base = np.array([base_rate(library.outcomes, question, i)[0] for i in places])
            logit = logistic(library.onsets, library.outcomes, question)[known]
            return base, logit, persistence(library.onsets, question)[known]

        return said

    return [_score(question, library, forecasts, outside(question)) for question in QUESTIONS]


def score_cases(
    library: Library, strangers: Library, forecasts: Sequence[Mapping[str, float]]
) -> list[Score]:
    """Score forecasts of other cases beside what a library says.

    Parameters
    ----------
    library : the cases from which base rate and logistic regression are learned.
    strangers : the cases asked about, and what came of them where it is known.
    forecasts : of each stranger, chance by question; nan where there is none.

    Returns
    -------
    A score for each question.
    """

    def outside(question: str) -> Outside:
        def said(known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            base = np.full(int(known.sum()), base_rate(library.outcomes, question)[0])
            logit = logistic_of(library.onsets, library.outcomes, question, strangers.onsets)[known]
            return base, logit, persistence(strangers.onsets, question)[known]

        return said

    return [_score(question, strangers, forecasts, outside(question)) for question in QUESTIONS]


def _score(
    question: str, cases: Library, forecasts: Sequence[Mapping[str, float]], outside: Outside
) -> Score:
    """One question."""
    came, chance = answers_of(cases.outcomes, question), np.array([f[question] for f in forecasts])
    known = np.isfinite(came) & np.isfinite(chance)
    n = int(known.sum())
    if n < FEWEST:
        return Score(question, n, len(came) - n)
    y, p = came[known], chance[known]
    base, logit, still = outside(known)
    skill, interval = _skill(_brier(p, y), _brier(base, y))
    brier, brier_base, brier_logit, brier_still, brier_survival = (
        _mean(_brier(chance, y)) for chance in (p, base, logit, still, _survival(question, n))
    )
    return Score(
        question, n, len(came) - n, brier, brier_base, brier_logit, brier_still, brier_survival,
        _surprise(p, y), _surprise(base, y), skill, interval, _mean(y), _mean(p), _bins(p, y),
    )  # fmt: skip


def _survival(question: str, n: int) -> np.ndarray:
    """The share of comparable stays that were over by then; nan for what is no stay."""
    if question not in STAYS_OF:
        return np.full(n, np.nan)
    return np.full(n, 1.0 - stay_of(STAY_CLASS, STAYS_OF[question]).staying)


def _brier(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared error of each chance; nan where there is none."""
    score = science("scoringrules").brier_score
    return np.asarray(score(y, p)) if np.isfinite(p).all() else np.full(len(y), np.nan)


def _mean(values: np.ndarray) -> float | None:
    """The mean, None where it is not known."""
    value = float(np.mean(values)) if len(values) else np.nan
    return round(value, 4) if np.isfinite(value) else None


def _surprise(p: np.ndarray, y: np.ndarray) -> float | None:
    """Mean log score [nat]."""
    return _mean(np.asarray(science("scoringrules").log_score(y, np.clip(p, SURE, 1 - SURE))))


def _skill(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, tuple[float, float]]:
    """One minus the ratio of the mean scores, with a bootstrap interval over cases."""
    rng = np.random.default_rng(SEED)
    picks = rng.integers(0, len(ours), (BOOTSTRAPS, len(ours)))
    drawn = 1.0 - ours[picks].mean(axis=1) / np.maximum(theirs[picks].mean(axis=1), 1e-12)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return round(float(1.0 - ours.mean() / theirs.mean()), 4), (round(float(low), 4), round(float(high), 4))


def _bins(p: np.ndarray, y: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Reliability by bins of the forecast; empty bins are left out."""
    place = np.clip(np.digitize(p, BINS[1:-1]), 0, len(BINS) - 2)
    rows = []
    for b in range(len(BINS) - 1):
        here = place == b
        if here.any():
            rows.append((BINS[b], BINS[b + 1], int(here.sum()), float(p[here].mean()), float(y[here].mean())))
    return tuple(rows)
