import pytest

from diarchy.units import convert, known, read_quantity


def test_quantities_are_read_in_the_unit_asked_for():
    assert read_quantity("6 h", "day") == 0.25
    assert read_quantity("60 tenge/l", "local_currency/l") == 60.0
    assert read_quantity("2 %", "1") == 0.02
    assert read_quantity("1_000 people", "people") == 1000.0
    assert read_quantity(3, "day") == 3.0
    assert convert(2.0, "1/h", "1/day") == pytest.approx(48.0)


@pytest.mark.parametrize(
    "text", ["six h", "nan day", "1e999 day", "3 people", "3 florins", True, "", "1 9**9**9"]
)
def test_what_is_not_such_a_quantity_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read_quantity(text, "day")


def test_no_unit_makes_pint_compute():
    for bomb in ("9**9**9", "m**99", "m^2^9", "(m" + ")" * 50, "m" * 65):
        assert not known(bomb)
        with pytest.raises(ValueError, match="does not fit"):
            convert(1.0, bomb, "1")
