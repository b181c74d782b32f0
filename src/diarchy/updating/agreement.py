"""How well futures agree with a report: likelihoods that allow for error, for falsehood, and for surprise.

A report is right with probability `reliability`; then what it says differs from the truth by its error. A
wrong report says anything within twenty errors on either side alike. So no report rules a future out for
good, and one false report cannot make an ensemble forget all others.

    p(said | future) = reliability p(said | truth, error) + (1 - reliability) / (2 * 20 error)

on the scale on which the error is stated (the logarithm, for a lognormal one). For yes or no it is the
reliability where they agree, and one minus it where they do not.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from diarchy.questions.measures import Measured
from diarchy.updating.reports import Report

#: How many errors on either side a wrong report may be off.
FAR = 20.0
_SLACK = 1e-9  # an event on the edge of its tolerance is within it


def log_likelihood(report: Report, measured: Measured) -> np.ndarray:
    """Log probability (density) of what was said, given what each future shows (run,).

    Parameters
    ----------
    report : what was said.
    measured : what the rule gives in each future.

    Notes
    -----
    A future in which the quantity has no number, or in which a day has not come by the time that the report
    is settled, agrees with it only if the report is wrong.
    """
    right = report.reliability
    with np.errstate(divide="ignore"):  # a report that cannot be wrong leaves no room for other futures
        sure, doubt = np.log(right), np.log(1.0 - right)
        if report.is_event:
            agrees = (measured.value > 0) == (report.value > 0)
            likely = np.full(len(agrees), doubt)
            likely[agrees & measured.defined] = sure
            return likely
        off, there = _off(report, measured)
        size = report.error.size
        if report.error.form == "within":
            true = np.where(np.abs(off) <= size + _SLACK, -np.log(2 * size), -np.inf)
        else:
            true = -0.5 * (off / size) ** 2 - np.log(size * np.sqrt(2 * np.pi))
        return np.logaddexp(sure + np.where(there, true, -np.inf), doubt - np.log(2 * FAR * size))


def greatest(report: Report) -> float:
    """The greatest log probability (density) of what was said that any future can give."""
    right = report.reliability
    with np.errstate(divide="ignore"):
        if report.is_event:
            return float(np.log(max(right, 1.0 - right)))
        size = report.error.size
        peak = 1 / (2 * size) if report.error.form == "within" else 1 / (size * np.sqrt(2 * np.pi))
        return float(np.logaddexp(np.log(right * peak), np.log((1.0 - right) / (2 * FAR * size))))


def _off(report: Report, measured: Measured) -> tuple[np.ndarray, np.ndarray]:
    """How far what was said lies above each future, on the scale of the error; and where that has one."""
    there = measured.defined & measured.observed
    if report.error.form == "lognormal":
        there = there & (measured.value > 0)
        return np.log(report.value) - np.log(np.where(there, measured.value, 1.0)), there
    return report.value - measured.value, there


def chance_of_less(report: Report, measured: Measured) -> np.ndarray:
    """Probability that a right report would have said less than this one, given each future (run,)."""
    off, there = _off(report, measured)
    size = report.error.size
    flat = report.error.form == "within"
    below = np.clip((off / size + 1.0) / 2.0, 0.0, 1.0) if flat else ndtr(off / size)
    never = ~measured.observed & measured.defined  # it has not come: it would be said later, or never
    none = 1.0 if report.error.form == "lognormal" else 0.0  # nobody there: less would have been said
    return np.where(there, below, np.where(never, 0.0, none))


def surprise(report: Report, measured: Measured, weight: np.ndarray) -> float:
    """How surprising a report is to weighted futures: two-sided p-value, before it is taken into account.

    Parameters
    ----------
    report, measured : what was said, and what the futures show.
    weight : of each future, adding up to one (run,).

    Notes
    -----
    For yes or no, the probability of a right report that says the same.
    """
    if report.is_event:
        return float(weight @ ((measured.value > 0) == (report.value > 0)))
    less = float(weight @ chance_of_less(report, measured))
    return min(1.0, 2.0 * min(less, 1.0 - less))
