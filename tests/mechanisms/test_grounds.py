"""Each mechanism names the published models under it, and each of these says which mechanisms use it."""

import importlib
import re

import pytest

from diarchy.classics import CLASSICS, find

USED = sorted({name for classic in CLASSICS for name in find(classic).mechanisms})


def test_the_search_finds_mechanisms():
    assert {"alignment", "authority", "crowd", "energy", "patron"} <= set(USED)


@pytest.mark.parametrize("mechanism", USED)
def test_a_mechanism_names_the_classics_that_it_uses(mechanism):
    said = importlib.import_module(f"diarchy.mechanisms.{mechanism}").__doc__ or ""
    _, _, named = said.partition("Published models under it")
    used = {find(name).name for name in CLASSICS if mechanism in find(name).mechanisms}
    assert set(re.findall(r"`([a-z-]+)`", named)) == used
