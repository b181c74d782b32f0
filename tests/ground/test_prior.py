import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from diarchy.prior import FORMS, Prior, beta, fixed, lognormal, normal, uniform

EACH = [fixed(0.4), uniform(0.1, 0.9), normal(0.5, 0.2), lognormal(0.3, 2.0), beta(0.4, 10)]


def test_every_form_is_tried():
    assert {p.form for p in EACH} == set(FORMS)


@pytest.mark.parametrize("prior", EACH, ids=lambda p: p.form)
def test_quantiles_are_monotone_within_the_bounds_and_invert_the_distribution(prior):
    u = np.linspace(0.001, 0.999, 101)
    x = prior.quantile(u, 0.05, 0.95)
    assert np.all(np.diff(x) >= 0)
    assert np.all((x >= 0.05) & (x <= 0.95))
    if not prior.is_fixed:
        low, high = prior.chance_below(0.05), prior.chance_below(0.95)
        back = [(prior.chance_below(v) - low) / (high - low) for v in x]
        assert back == pytest.approx(u, abs=1e-9)


def test_what_the_numbers_mean():
    assert lognormal(3.0, 2.0).quantile(0.5) == pytest.approx(3.0)
    assert lognormal(3.0, 2.0).quantile(0.95) == pytest.approx(6.0)
    assert beta(0.3, 10).quantile(np.linspace(0.0005, 0.9995, 1000)).mean() == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(
    ("form", "numbers"),
    [("cauchy", (0, 1)), ("uniform", (1, 1)), ("normal", (0, 0)), ("lognormal", (1, 0.5)), ("beta", (1.2, 3)),
     ("fixed", (float("nan"),)), ("uniform", (1,))],
)  # fmt: skip
def test_nonsense_is_refused(form, numbers):
    with pytest.raises(ValueError, match=r"prior|needs|finite"):
        Prior(form, numbers)


@given(some.floats(-5, 5))
def test_a_fixed_value_out_of_bounds_is_refused(value):
    if 0 <= value <= 1:
        assert fixed(value).quantile(0.3, 0, 1) == value
    else:
        with pytest.raises(ValueError, match="outside"):
            fixed(value).quantile(0.3, 0, 1)


def test_a_prior_with_nothing_within_the_bounds_is_refused():
    with pytest.raises(ValueError, match="nothing within"):
        uniform(2, 3).quantile(0.5, 0, 1)


def test_a_fit_moves_and_narrows_a_prior_within_its_bounds():
    u = np.linspace(0.001, 0.999, 201)
    prior = lognormal(0.3, 2.0)
    after = prior.fitted(0.5, 0.4)
    assert np.array_equal(prior.fitted(0.0, 1.0).quantile(u, 0.05, 0.95), prior.quantile(u, 0.05, 0.95))
    assert after.quantile(0.5, 0.05, 0.95) > prior.quantile(0.5, 0.05, 0.95)
    assert np.ptp(after.quantile(u, 0.05, 0.95)) < np.ptp(prior.quantile(u, 0.05, 0.95))
    assert np.all((after.quantile(u, 0.05, 0.95) >= 0.05) & (after.quantile(u, 0.05, 0.95) <= 0.95))
    assert fixed(0.4).fitted(1.0, 0.5) == fixed(0.4)
    assert str(after) == "lognormal(0.3, 2) fitted by (+0.50, 0.40)"
