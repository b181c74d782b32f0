"""The public face: six nouns and five verbs, imported when first used."""

import subprocess
import sys

import pytest

import diarchy


@pytest.mark.parametrize("name", [name for name in diarchy.__all__ if name != "__version__"])
def test_every_public_name_is_there(name):
    thing = getattr(diarchy, name)
    assert thing.__name__ == name
    assert thing.__doc__


def test_importing_is_quick():
    code = (
        "import sys, diarchy; print([m for m in ('numpy', 'numba', 'click', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'oracle'"):
        _ = diarchy.oracle
    assert set(dir(diarchy)) == set(diarchy.__all__)
