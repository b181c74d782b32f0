"""Theories weighed day by day: Bayes' rule, no hindsight, retractions that leave no trace."""

import datetime as dt

import numpy as np
import pytest
import walks
from scipy import stats
from walks import END, START, kalman, seen, walk_model

from diarchy.ensemble.carry import Carrier
from diarchy.ensemble.design import sample
from diarchy.prior import fixed, normal
from diarchy.updating.reports import believed
from diarchy.updating.weighing import Theory, Weighing, posterior_weights, weight_ranges

STRONG = fixed(1.0)
VALUES = [1.5, 2.2, 3.0, 3.9]
REPORTS = [seen(day, value) for day, value in enumerate(VALUES, 1)]
DATES = [START + dt.timedelta(days=n) for n in range(len(VALUES))]


def weighed(reports, dates, n=200, seed=5, horizon=10, futures=None, **arms):
    """The days of a weighing of two theories: a walk with a push, and one without."""
    model = walk_model(horizon, **(arms or {"strong": STRONG}))
    design = sample(model, n, seed, repeats=1)
    theories = [Theory(name, 1.0, n, futures or n) for name in model.arms]
    with Carrier(model, seed, walks.record()) as carrier:
        return list(Weighing(design, theories, [END], carrier).days(reports, dates))


def test_bayes_rule_as_published():
    """science: prior one half each, a report with chances 0.8 and 0.3."""
    assert posterior_weights([0.5, 0.5], np.log([0.8, 0.3]))[0] == pytest.approx(0.727273, abs=5e-7)
    assert posterior_weights([0.5, 0.5], np.log([0.2, 0.7]))[0] == pytest.approx(0.222222, abs=5e-7)
    both = posterior_weights([0.5, 0.5], np.log([0.8 * 0.2, 0.3 * 0.7]))
    assert both.tolist() == pytest.approx(posterior_weights(both * 0 + 0.5, np.log([0.16, 0.21])).tolist())
    assert posterior_weights([1.0, 3.0], [-1000.0, -1000.0]).tolist() == pytest.approx([0.25, 0.75])


def test_a_weight_is_known_as_well_as_the_evidence():
    """Two theories: the log odds are normal, with the errors of both."""
    prior, logs, error = [0.5, 0.5], [-3.0, -4.0], [0.6, 0.8]
    half = stats.norm.ppf(0.95) * np.hypot(*error)
    expected = 1 / (1 + np.exp([-1 + half, -1 - half]))
    (low, high), second = weight_ranges(prior, logs, error)
    assert [low, high] == pytest.approx(expected, abs=0.02)
    assert second.tolist() == pytest.approx([1 - high, 1 - low])
    sure = weight_ranges(prior, logs, [0.0, 0.0])
    assert sure[:, 0].tolist() == sure[:, 1].tolist() == posterior_weights(prior, logs).tolist()


def test_weights_and_bayes_factors_are_those_of_the_kalman_filter():
    days = weighed(REPORTS, DATES, n=1500)
    for number, day in enumerate(days, 1):
        logs = [kalman(VALUES[:number], push)[2] for push in (None, STRONG)]
        exact = posterior_weights([0.5, 0.5], logs)
        assert day.weights["strong"] == pytest.approx(exact[1], abs=0.06)
        strong = day.standings[1]
        assert np.log(strong.bayes_factor) == pytest.approx(logs[1] - logs[0], abs=0.3)


def test_nothing_said_later_counts():
    later = [*REPORTS, seen(5, 40.0)]
    assert weighed(REPORTS, DATES) == weighed(later, DATES)


def test_a_day_alone_is_the_day_of_a_row_of_days():
    row, alone = weighed(REPORTS, DATES), weighed(REPORTS, DATES[-1:])
    assert row[-1].standings == alone[-1].standings
    assert row[-1].answers == alone[-1].answers


def test_a_report_taken_back_leaves_no_trace():
    wrong = seen(3, -30.0)
    back = walks.Report("back", None, 0.0, wrong.error, 1.0, DATES[3], DATES[3], retracts="day-03")
    with_it = [*REPORTS[:2], wrong, REPORTS[3], back]
    without = [*REPORTS[:2], REPORTS[3]]
    told, never = weighed(with_it, DATES), weighed(without, DATES)
    assert told[3].standings == never[3].standings
    assert told[3].answers == never[3].answers
    assert told[3].gone == ("day-03",)
    assert told[2].standings != never[2].standings


def test_a_report_that_comes_late_counts_as_if_in_time_from_then_on():
    late = [*REPORTS[:1], seen(2, VALUES[1], told=4), *REPORTS[2:]]
    assert weighed(late, DATES)[3].standings == weighed(REPORTS, DATES)[3].standings
    assert [len(day.reports) for day in weighed(late, DATES)] == [1, 1, 2, 4]


def test_believed_is_what_was_said_and_not_taken_back():
    back = walks.Report("back", None, 0.0, REPORTS[0].error, 1.0, DATES[2], DATES[2], retracts="day-02")
    held = [[report.id for report in believed([*REPORTS, back], day)] for day in DATES]
    assert held == [["day-01"], ["day-01", "day-02"], ["day-01", "day-03"], ["day-01", "day-03", "day-04"]]


def test_a_day_without_news_is_the_day_before():
    quiet = DATES[-1] + dt.timedelta(days=3)
    days = weighed(REPORTS, [DATES[-1], quiet])
    assert days[1].answers == days[0].answers
    assert days[1].news == ()


def test_a_report_that_no_theory_explains_is_named():
    days = weighed([*REPORTS[:2], seen(3, 60.0)], DATES[:3])
    assert any("'day-03' surprises all theories" in line for line in days[-1].warnings)
    assert not any("surprises" in line for line in days[0].warnings)


def test_weights_move_to_the_theory_that_made_the_reports_and_answers_are_calibrated():
    """Truths drawn from each theory in turn: on average its weight grows, and 90 % ranges hold 90 %."""
    arms = {"base": normal(0.0, 0.5), "strong": normal(1.2, 0.5)}
    rng, right, inside = np.random.default_rng(8), [], []
    for trial in range(80):
        name = ("base", "strong")[trial % 2]
        push, x, path = rng.normal(*arms[name].numbers), 0.0, []
        for _ in range(8):
            x = walks.MEMORY * x + push + walks.SHOCK * rng.standard_normal()
            path.append(x)
        reports = [seen(day, path[day - 1] + walks.SEEN * rng.standard_normal()) for day in range(1, 6)]
        last = weighed(reports, [reports[-1].report_date], n=150, seed=trial, horizon=8, **arms)[-1]
        right.append(last.weights[name])
        spread = last.answers[0].quantiles
        inside.append(spread[0.05] <= path[-1] <= spread[0.95])
    assert np.mean(right) > 0.5 + 3 * np.std(right) / np.sqrt(len(right))
    assert 0.80 <= np.mean(inside) <= 0.98
