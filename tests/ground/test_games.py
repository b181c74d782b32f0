"""Shapley value and nucleolus of games given as tables, against published divisions."""

import pytest

from diarchy.games import nucleolus, shapley, shapley_sampled


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, [100 / 3, 100 / 3, 100 / 3]), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_the_nucleolus_divides_estates_as_the_talmud(estate, shares):
    """Aumann and Maschler (1985): claims of 100, 200 and 300 on estates of three sizes."""
    claims = (100, 200, 300)
    game = [max(estate - sum(c for i, c in enumerate(claims) if not mask >> i & 1), 0) for mask in range(8)]
    assert nucleolus(game) == pytest.approx(shares, abs=1e-6)


def test_the_nucleolus_refuses_a_game_in_which_joining_hurts():
    with pytest.raises(ValueError, match="zero-monotonic"):
        nucleolus([0, 1, 1, 0])


def test_a_table_that_is_no_game_is_refused():
    with pytest.raises(ValueError, match="power of 2"):
        shapley([0, 1, 2])
    with pytest.raises(ValueError, match="two orders"):
        shapley_sampled(lambda _: 0.0, 3, 1)
