"""The particle filter is the Kalman filter where that is exact, and depends on nothing that it should not."""

import numpy as np
import pytest
import walks
from walks import PUSHED, kalman, seen, walk_model

from diarchy.ensemble.carry import Carrier
from diarchy.ensemble.design import sample
from diarchy.questions.measures import Measured
from diarchy.updating import sifting
from diarchy.updating.agreement import greatest, log_likelihood
from diarchy.updating.cloud import start
from diarchy.updating.sifting import Sieve, sift

VALUES = [1.2, 0.4, 2.5, 2.0, 3.1, 1.0, -0.5, 0.3]


def sifted(n, values=VALUES, push=None, seed=3, workers=1, order=1):
    """Futures of the walk, sifted by what was seen of it."""
    model = walk_model(len(VALUES) + 4, **({"base": push} if push else {}))
    design = sample(model, n, seed, repeats=1)
    reports = [seen(day, value) for day, value in enumerate(values, 1)][::order]
    with Carrier(model, seed, walks.record(), workers) as carrier:
        sieve = Sieve(carrier, design.names, 1.0, model.calendar.steps, seed)
        cloud = start(model.arms["base"], design.points, design.runs, design.draw_of(design.runs), n, n)
        return sift(cloud, reports, sieve)


@pytest.mark.parametrize("push", [None, PUSHED], ids=["known push", "unknown push"])
def test_the_filter_equals_the_kalman_filter_to_monte_carlo_error(push):
    n, seeds = 2000, 12
    mean, spread, evidence = kalman(VALUES, push)
    clouds = [sifted(n, push=push, seed=seed) for seed in range(seeds)]
    x = [cloud.path["walk.x"][:, -1] for cloud in clouds]
    means = np.array([cloud.weight @ at for cloud, at in zip(clouds, x, strict=True)])
    spreads = np.array([np.sqrt(c.weight @ (at - m) ** 2) for c, at, m in zip(clouds, x, means, strict=True)])
    logs = np.array([cloud.log_evidence for cloud in clouds])
    for found, exact in ((means, mean), (spreads, spread), (logs, evidence)):
        error = found.std(ddof=1) / np.sqrt(seeds)
        assert abs(found.mean() - exact) < 3.5 * error + 0.02
        assert error < 0.06
    assert np.median([cloud.evidence_error for cloud in clouds]) > 0.5 * logs.std(ddof=1)


def test_reports_in_any_order_and_any_number_of_workers_give_the_same_bits():
    one = sifted(100, push=PUSHED)
    for other in (sifted(100, push=PUSHED, order=-1), sifted(100, push=PUSHED, workers=2)):
        assert np.array_equal(one.scores, other.scores)
        assert np.array_equal(one.path["walk.x"], other.path["walk.x"])
        assert one.log_evidence == other.log_evidence


def test_a_move_keeps_or_renews_its_luck_and_parameters_follow_the_reports():
    """High values speak for a push: its scores move up, and never leave the prior's range."""
    cloud = sifted(400, values=[3.0, 5.0, 7.0, 8.0], push=PUSHED)
    scores = cloud.weight @ cloud.scores
    assert scores.max() > 0.5
    assert all(0 < one.accepted < 1 for one in cloud.log if one.stages > 1)
    assert cloud.strangers > 20


def test_a_report_that_nothing_explains_is_let_in_and_seen_to_surprise():
    cloud = sifted(100, values=[0.0, 40.0])
    assert cloud.log[1].surprise["day-02"] < 1e-6
    assert cloud.log[1].at_once < 5
    assert np.isfinite(cloud.log_evidence)


def test_giving_up_hopeless_moves_on_the_way_changes_nothing_but_the_work(monkeypatch):
    steps = [0]
    carry = Carrier.carry

    def counted(self, stretches, then=None):
        for stretch in (kept := list(stretches)):
            steps[0] += len(stretch.runs) * (stretch.last - stretch.first)
        return carry(self, kept, then)

    monkeypatch.setattr(Carrier, "carry", counted)
    given_up, work = sifted(200, push=PUSHED), steps[0]
    monkeypatch.setattr(sifting, "SLACK", np.inf)
    steps[0] = 0
    whole = sifted(200, push=PUSHED)
    assert np.array_equal(given_up.scores, whole.scores)
    assert np.array_equal(given_up.path["walk.x"], whole.path["walk.x"])
    assert given_up.log == whole.log
    assert work < 0.9 * steps[0]


def test_no_future_agrees_better_than_the_greatest():
    report = seen(1, 2.0)
    near = log_likelihood(report, Measured(np.array([2.0, 2.5, 9.0]), *np.ones((2, 3), dtype=bool)))
    assert near[0] == pytest.approx(greatest(report))
    assert (near <= greatest(report) + 1e-12).all()


def test_when_every_move_is_hopeless_the_futures_stay_as_they_are(monkeypatch):
    left, propose = [], sifting._proposed

    def seen_to_propose(*given):
        found = propose(*given)
        left.append(len(found[1]))
        return found

    monkeypatch.setattr(sifting, "_proposed", seen_to_propose)
    monkeypatch.setattr(sifting, "SHARES", (1.0,))
    monkeypatch.setattr(sifting, "SIZES", (1.0,))
    monkeypatch.setattr(sifting, "SAME_LUCK", 0.0)
    cloud = sifted(3, values=[0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0, 9.0], push=PUSHED, seed=11)
    assert 0 in left
    assert len(cloud.log) == 8
    assert np.isfinite(cloud.log_evidence)
