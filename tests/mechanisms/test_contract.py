"""Every built-in mechanism, alone, against the contract."""

import pytest

from diarchy import registry
from diarchy.testing import check_mechanism

BUILT_IN = ("authority", "crowd", "economy", "government", "media", "outsiders", "patron", "security")


@pytest.mark.parametrize("name", BUILT_IN)
def test_contract(name):
    check_mechanism(registry.find_mechanism(name))


def test_no_built_in_mechanism_is_left_out():
    ours = {e.name for e in registry._entries(registry.MECHANISMS).values() if e.value.startswith("diarchy.")}
    assert ours == set(BUILT_IN)
