"""What every test starts from."""

import pytest
from hypothesis import settings

# A first example compiles kernels or waits for a busy machine: time says nothing about what is right.
settings.register_profile("diarchy", deadline=None)
settings.load_profile("diarchy")


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    """No width of somebody's terminal, nor the one that a test process is given: that of a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
