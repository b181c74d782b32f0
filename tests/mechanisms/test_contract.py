"""Every built-in mechanism, alone, against the contract."""

import pytest

from diarchy import registry
from diarchy.testing import check_mechanism

BUILT_IN = (
    "affront", "alignment", "authority", "border", "crowd", "economy", "energy", "government", "media",
    "outsiders", "patron", "security",
)  # fmt: skip
#: What made-up facts would not be: a well, a line and a town as a network.
FACTS = {
    "energy": {
        "supply": [1.0, 0.0, 0.0], "node_owner": [0, 1, 2], "origin": [0, 1, 0], "destination": [1, 2, 2],
        "route_owner": [-1, -1, 1], "capacity": [1.0, 1.0, 0.5], "carriage": [0.0, 0.0, 0.1],
        "market_node": [2, 2, 2], "amount": [0.5, 0.5, 0.5], "price": [3.0, 2.0, 1.0],
        "production_cost": [0.5, 0.0, 0.0], "carried": [0.5, 0.5, 0.5], "valve": [1, 0, 1],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", BUILT_IN)
def test_contract(name):
    check_mechanism(registry.find_mechanism(name), FACTS.get(name))


def test_contract_of_energy_without_a_network_that_makes_sense():
    """Facts at random: nothing is solved, `vet` says why, and the contract holds all the same."""
    check_mechanism(registry.find_mechanism("energy"))


def test_no_built_in_mechanism_is_left_out():
    ours = {e.name for e in registry._entries(registry.MECHANISMS).values() if e.value.startswith("diarchy.")}
    assert ours == set(BUILT_IN)
