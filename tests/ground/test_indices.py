"""Power indices, the probabilistic Condorcet election and concentration, against published numbers."""

from fractions import Fraction

import numba
import numpy as np
import pytest

from diarchy.indices import (
    ELECTIONS,
    MOST_VOTERS,
    banzhaf,
    coalition_strength,
    condorcet,
    effective_number,
    herfindahl,
    ray_singer,
    shapley_shubik,
    swings,
    victory_chance,
)

SIX = [4, 4, 4, 2, 2, 1]  # votes of the European Economic Community of 1958; 12 of 17 decide
#: Coalition strengths of the reference run of the KTAB library, row against column.
REFERENCE = [[0, 12.099, 54.921], [10.333, 0, 27.079], [5.007, 55.047, 0]]


def test_check_15_the_six_of_1958_exactly():
    third = Fraction(7, 30)
    assert shapley_shubik(SIX, 12) == (third, third, third, Fraction(3, 20), Fraction(3, 20), 0)
    assert swings(SIX, 12).sum(axis=1).tolist() == [10, 10, 10, 6, 6, 0]
    fifth = Fraction(5, 21)
    assert banzhaf(SIX, 12) == (fifth, fifth, fifth, Fraction(1, 7), Fraction(1, 7), 0)


@pytest.mark.parametrize("veto", [True, False])
def test_check_15_the_security_council_exactly(veto):
    """Nine of fifteen with five vetoes, or the weights that mean the same."""
    game = ([1] * 15, 9, range(5)) if veto else ([7] * 5 + [1] * 10, 39)
    power = shapley_shubik(*game)
    assert power[0] == Fraction(421, 2145)
    assert power[14] == Fraction(4, 2145)
    assert sum(power) == 1
    assert swings(*game).sum(axis=1).tolist() == [848] * 5 + [84] * 10


def test_a_quota_may_have_to_be_exceeded():
    assert banzhaf([2, 1], 2) == (1, 0)
    assert banzhaf([2, 1], 2, strict=True) == (Fraction(1, 2), Fraction(1, 2))


def test_nobody_has_power_where_nothing_can_be_decided():
    assert banzhaf([1, 1], 5) == shapley_shubik([1, 1], 5) == (0, 0)


def test_a_vote_that_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match=f"at most {MOST_VOTERS}"):
        swings([1] * (MOST_VOTERS + 1), 3)
    with pytest.raises(ValueError, match="negative"):
        swings([1, -1], 1)


@pytest.mark.parametrize(
    ("election", "chances"),
    [
        ("conditional", [0.8659, 0.1241, 0.0100]),
        ("uniform", [0.6351, 0.2148, 0.1501]),
        ("incentive", [0.5094, 0.2796, 0.2110]),
    ],
)
def test_check_1_the_reference_run_of_the_condorcet_election(election, chances):
    assert condorcet(REFERENCE, election) == pytest.approx(chances, abs=5e-5)


@pytest.mark.parametrize("election", ELECTIONS)
def test_two_options_meet_as_their_strengths(election):
    assert condorcet([[0, 51.212], [19.714, 0]], election) == pytest.approx([0.8709, 0.1291], abs=5e-5)


def test_an_election_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="conditional, uniform, incentive"):
        condorcet(REFERENCE, "plurality")


@pytest.mark.parametrize(("exponent", "chance"), [(1, "2/3"), (2, "4/5"), (4, "16/17"), (8, "256/257")])
def test_check_2_victory_at_two_to_one(exponent, chance):
    assert victory_chance(2.0, 1.0, exponent) == pytest.approx(float(Fraction(chance)), abs=1e-15)
    assert victory_chance(0.0, 0.0, exponent) == 0.5


def test_strength_counts_only_those_who_gain():
    strength = np.zeros((2, 2))
    coalition_strength(np.array([2.0, 1.0]), np.array([[1.0, 0.0], [0.0, 0.5]]), strength)
    assert strength.tolist() == [[0.0, 2.0], [0.5, 0.0]]


@pytest.mark.parametrize(
    ("amounts", "hhi", "number", "con"),
    [
        ([0.5, 0.3, 0.2], 0.38, 2.631579, 0.264575),
        ([0.5, 0.5, 0, 0], 0.5, 2.0, 0.577350),
        ([1, 1, 1], 1 / 3, 3.0, 0.0),
        ([9, 0, 0], 1.0, 1.0, 1.0),
    ],
)
def test_check_22_concentration(amounts, hhi, number, con):
    each = np.array(amounts, dtype=float)
    assert herfindahl(each) == pytest.approx(hhi, abs=5e-7)
    assert effective_number(each) == pytest.approx(number, abs=5e-7)
    assert ray_singer(each) == pytest.approx(con, abs=5e-7)


def test_concentration_of_nothing_is_nothing():
    assert herfindahl(np.zeros(3)) == effective_number(np.zeros(3)) == ray_singer(np.zeros(1)) == 0.0


def test_kernels_are_compiled_into_those_that_call_them():
    """A mechanism calls them from compiled code, on arrays of its own."""

    @numba.njit
    def caller(amount):
        return effective_number(amount) + victory_chance(1.0, 1.0, 2.0)

    assert caller(np.ones(4)) == pytest.approx(4.5)
