"""The outside view of a crisis: base rates, a logistic regression, persistence.

What somebody would say who knows the record of other crises and nothing of mechanisms. Every score of the
model is beside these. A crisis that is asked about is never among those that answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diarchy.calibration.library import Onset, Outcome
from diarchy.calibration.survival import science
from diarchy.calibration.wording import REGIMES
from diarchy.errors import DesignError, Fault, nearest

#: Permanent members of the Security Council, as powers that could send troops.
GREAT_POWERS = frozenset({"RUS", "USA", "CHN", "FRA", "GBR"})
#: Jeffreys' prior: half a case for and half a case against.
JEFFREYS = 0.5
#: Prior variances of a coefficient to choose from [1]: from nearly none to a wide one.
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
#: Parts in which the strength is tried, where enough cases are of the rarer kind.
FOLDS = 5
#: With fewer cases of the rarer kind there is nothing to regress on, and the base rate answers.
FEWEST = 5


def at_least(bound: float) -> Callable[[Outcome], float]:
    """Whether at least so many died."""
    return lambda outcome: _known(outcome.deaths, outcome.deaths >= bound)


def out_within(days: float) -> Callable[[Outcome], float]:
    """Whether the leader or regime was out within so many days of onset."""
    return lambda outcome: _known(outcome.out_days, outcome.out_days <= days)


def peak_above(share: float) -> Callable[[Outcome], float]:
    """Whether the largest turnout was above a share of the population."""
    return lambda outcome: _known(outcome.peak_share, outcome.peak_share > share)


def _gone_within(days: float) -> Callable[[Outcome], float]:
    """Whether the troops were gone within so many days; unknown where none came, or sight was lost before."""

    def answer(outcome: Outcome) -> float:
        if outcome.helped != 1 or (outcome.stay_censored and outcome.stay_days < days):
            return math.nan
        return _known(outcome.stay_days, outcome.stay_days <= days and not outcome.stay_censored)

    return answer


def _known(value: float, answer: bool) -> float:
    """An answer as a number, unknown where what it rests on is unknown."""
    return math.nan if math.isnan(value) else float(answer)


@dataclass(frozen=True)
class Asked:
    """A question that is put to every crisis of the library.

    Parameters
    ----------
    text : the question.
    answer : 1 or 0 from an outcome, nan where unknown or not asked.
    status_quo : the answer when nothing changes; nan where no state can persist.
    """

    text: str
    answer: Callable[[Outcome], float]
    status_quo: float


#: What the score asks: "within" and "at least" include the bound, "above" does not.
QUESTIONS: dict[str, Asked] = {
    "out_30d": Asked("Is the leader or regime out within 30 days of onset?", out_within(30), 0.0),
    "out_90d": Asked("Is the leader or regime out within 90 days of onset?", out_within(90), 0.0),
    "out_180d": Asked("Is the leader or regime out within 180 days of onset?", out_within(180), 0.0),
    "disobeyed": Asked(
        "Do the security forces not fully obey?", lambda outcome: float(outcome.disobeyed), 0.0
    ),
    "deaths_25": Asked("Do at least 25 people die?", at_least(25), math.nan),
    "deaths_100": Asked("Do at least 100 people die?", at_least(100), math.nan),
    "helped": Asked("Do foreign troops come on the government's side?", lambda o: float(o.helped), 0.0),
    "peak_01pct": Asked("Is the peak above 0.1 % of the population?", peak_above(0.001), math.nan),
    "peak_1pct": Asked("Is the peak above 1 % of the population?", peak_above(0.01), math.nan),
    "stay_30d": Asked("If troops come, are they out within 30 days?", _gone_within(30), 0.0),
    "stay_180d": Asked("If troops come, are they out within 180 days?", _gone_within(180), 0.0),
}


def asked(question: str) -> Asked:
    """A question of the score by its id.

    Parameters
    ----------
    question : one of `QUESTIONS`.

    Returns
    -------
    The question.

    Raises
    ------
    DesignError
        For an id that is none.
    """
    if question not in QUESTIONS:
        known = ", ".join(QUESTIONS)
        fault = Fault(f"no question '{question}'", allowed=known, near=nearest(question, QUESTIONS))
        raise DesignError([fault])
    return QUESTIONS[question]


def answer_of(outcome: Outcome, question: str) -> float:
    """What came of a crisis, as the answer to a question.

    Parameters
    ----------
    outcome : what came of it.
    question : one of `QUESTIONS`.

    Returns
    -------
    1 or 0; nan where unknown, or where the question does not arise (no troops came).
    """
    return asked(question).answer(outcome)


def answers_of(outcomes: Sequence[Outcome], question: str) -> np.ndarray:
    """`answer_of` for many crises (crisis,)."""
    return np.array([answer_of(outcome, question) for outcome in outcomes], float)


def base_rate(outcomes: Sequence[Outcome], question: str, leave_out: int | None = None) -> tuple[float, int]:
    """How often it happened in the other crises.

    Parameters
    ----------
    outcomes : what came of the crises of the library.
    question : one of `QUESTIONS`.
    leave_out : place of the crisis that is asked about; None where it is not in the library.

    Returns
    -------
    The share, with half a case for and half a case against, so that it is never 0 or 1 [1]; and the number of
    crises with a known answer.
    """
    answers = answers_of(outcomes, question)
    if leave_out is not None:
        answers = np.delete(answers, leave_out)
    known = answers[~np.isnan(answers)]
    return float((known.sum() + JEFFREYS) / (len(known) + 2 * JEFFREYS)), len(known)


def persistence(onsets: Sequence[Onset], question: str) -> np.ndarray:
    """The forecast that nothing changes.

    Parameters
    ----------
    onsets : the crises asked about.
    question : one of `QUESTIONS`.

    Returns
    -------
    The leader stays in office, the forces obey, no troops come, troops that came stay: 0 (crisis,) [1]. nan
    for sizes (deaths, turnout), where there is no state that could persist.
    """
    return np.full(len(onsets), asked(question).status_quo)


def covariates(onsets: Sequence[Onset]) -> tuple[np.ndarray, tuple[str, ...]]:
    """What a regression is given of each crisis: facts of its first day, and no outcome.

    Parameters
    ----------
    onsets : the crises.

    Returns
    -------
    Covariates, nan where unknown (crisis, covariate), and their names. Each regime class is a column of 0
    and 1; all have one, as the prior on coefficients makes a class of reference needless.
    """
    names = ["log_population", "log_gdp_pc", "polity", "price_shock", "year", "allied", "contiguous"]
    names += [f"regime_{name}" for name in REGIMES]
    rows = []
    for onset in onsets:
        powers = [patron for patron in onset.patrons if patron.name in GREAT_POWERS]
        income = math.log(onset.gdp_pc) if onset.gdp_pc > 0 else math.nan
        facts = (math.log(onset.population), income, onset.polity, onset.price_shock, onset.date.year)
        ties = (any(power.allied for power in powers), any(power.contiguous for power in powers))
        rows.append([*facts, *ties, *(onset.regime == name for name in REGIMES)])
    return np.array(rows, float).reshape(len(onsets), len(names)), tuple(names)


def logistic(onsets: Sequence[Onset], outcomes: Sequence[Outcome], question: str) -> np.ndarray:
    """What a regression on the other crises says of each.

    Parameters
    ----------
    onsets : the crises of the library.
    outcomes : what came of them, in the same order.
    question : one of `QUESTIONS`.

    Returns
    -------
    Probability for each crisis, from all others with a known answer (crisis,) [1].

    Raises
    ------
    DesignError
        When scikit-learn is not installed.

    Notes
    -----
    Logistic regression with a normal prior on the coefficients of standardised covariates; unknown covariates
    take the mean, and an indicator tells that they were unknown. The prior's variance is chosen anew for each
    crisis, by cross-validation among the others, and so are mean and spread of the covariates: nothing of the
    crisis asked about enters. With fewer than five known cases of either kind, the base rate answers.
    """
    values, answers = covariates(onsets)[0], answers_of(outcomes, question)
    others = ~np.eye(len(onsets), dtype=bool)
    return np.array([_predict(values[o], answers[o], values[[i]])[0] for i, o in enumerate(others)])


def logistic_of(
    onsets: Sequence[Onset], outcomes: Sequence[Outcome], question: str, strangers: Sequence[Onset]
) -> np.ndarray:
    """What a regression on the library says of crises that are not in it.

    Parameters
    ----------
    onsets : the crises of the library.
    outcomes : what came of them, in the same order.
    question : one of `QUESTIONS`.
    strangers : the crises asked about.

    Returns
    -------
    Probability for each stranger (crisis,) [1].

    Raises
    ------
    DesignError
        When scikit-learn is not installed.
    """
    answers = answers_of(outcomes, question)
    return _predict(covariates(onsets)[0], answers, covariates(strangers)[0])


def _predict(values: np.ndarray, answers: np.ndarray, asked_of: np.ndarray) -> np.ndarray:
    """Fit on rows with a known answer and give the probability of others."""
    known = ~np.isnan(answers)
    values, answers = values[known], answers[known]
    rarer = int(min(answers.sum(), len(answers) - answers.sum()))
    if rarer < FEWEST:
        share = (answers.sum() + JEFFREYS) / (len(answers) + 2 * JEFFREYS)
        return np.full(len(asked_of), share)
    x, new = _standardised(values, asked_of)
    model = _regression(_strength(x, answers, min(FOLDS, rarer))).fit(x, answers)
    return np.asarray(model.predict_proba(new)[:, 1])


def _regression(strength: float) -> Any:
    """A logistic regression whose coefficients have a prior of this variance; the intercept is free."""
    return science("sklearn.linear_model").LogisticRegression(C=strength, solver="newton-cholesky")


def _strength(x: np.ndarray, answers: np.ndarray, folds: int) -> float:
    """The prior variance that predicts left-out parts best, by log score."""
    selection = science("sklearn.model_selection")
    parts = list(selection.StratifiedKFold(folds, shuffle=True, random_state=0).split(x, answers))
    scores = []
    for strength in STRENGTHS:
        total = 0.0
        for inside, outside in parts:
            chance = _regression(strength).fit(x[inside], answers[inside]).predict_proba(x[outside])
            total += float(np.log(chance[np.arange(len(outside)), answers[outside].astype(int)]).sum())
        scores.append(total)
    return STRENGTHS[int(np.argmax(scores))]


def _standardised(values: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean 0 and spread 1 over the first rows; unknown is the mean, and is told by an indicator."""
    gaps = np.isnan(values).any(axis=0)
    count = np.maximum((~np.isnan(values)).sum(axis=0), 1)
    mean = np.nansum(values, axis=0) / count
    parts = []
    for rows in (values, others):
        parts.append(np.hstack([np.where(np.isnan(rows), mean, rows), np.isnan(rows)[:, gaps]]))
    centre, spread = parts[0].mean(axis=0), parts[0].std(axis=0)
    spread[spread == 0] = np.inf  # the same in all crises: tells nothing
    return (parts[0] - centre) / spread, (parts[1] - centre) / spread
