"""Kinds of futures: found where they are planted, the same every time, and honest where there are none."""

import numpy as np
import pytest

from diarchy.questions.question import Question
from diarchy.report.kinds import _cluster, _distance, _from_id, _scaled


def test_ranks_put_ties_in_the_middle_and_fill_the_scale():
    assert _scaled(np.array([0.0, 1.0, 0.0, 1.0])).tolist() == [0, 1, 0, 1]
    assert _scaled(np.array([5.0, 1.0, 100.0])).tolist() == [0.5, 0, 1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_kinds_are_found(seed):
    luck = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0.1], [1, 0, 0.9], [0, 1, 0.5]])
    truth = luck.integers(0, 3, 150)
    points = np.clip(centres[truth] + luck.normal(0, 0.05, (150, 3)), 0, 1)
    distance = _distance(points, points)
    scores = {k: _cluster(distance, k)[1] for k in (2, 3, 4, 5)}
    assert max(scores, key=scores.get) == 3
    medoids, _ = _cluster(distance, 3)
    nearest = distance[:, medoids].argmin(axis=1)
    assert all(len(set(truth[nearest == k])) == 1 for k in range(3))


def test_the_same_futures_give_the_same_kinds(bundle):
    assert bundle["kinds"]
    assert sum(kind["share"] for kind in bundle["kinds"]) == pytest.approx(1)
    shares = [kind["share"] for kind in bundle["kinds"]]
    assert shares == sorted(shares, reverse=True)
    assert bundle["played"].keys() == {str(kind["medoid"]) for kind in bundle["kinds"]}


def test_kinds_are_named_in_the_words_of_the_case(bundle):
    labels = ", ".join(kind["label"] for kind in bundle["kinds"])
    assert "mass wave" in labels
    assert "90d" not in labels


def test_without_words_of_the_case_the_id_is_read():
    assert _from_id(Question("north_wave", "?", chance=object())) == ("north wave", "no north wave")
    assert _from_id(Question("deaths", "?", amount=object())) == ("much deaths", "little deaths")


def test_a_played_future_tells_what_happened_in_order_and_why(store, bundle):
    import diarchy

    for run, played in bundle["played"].items():
        days = [event["day"] for event in played["events"]]
        assert days == sorted(days)
        street = (
            diarchy.open_results(store).data["crowd.street"].sel(arm="base").isel(run=int(run)).sum("place")
        )
        peaks = [e for e in played["events"] if e["sort"] == "peak" and e["state"] == "crowd.street"]
        for event in peaks:
            assert f"{int(street.max()):,}" in event["text"]
    reasons = [w for p in bundle["played"].values() for e in p["events"] for w in e["why"]]
    assert reasons
    assert all(reason["now"] != reason["before"] for reason in reasons)
