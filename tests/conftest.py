"""What every test starts from."""

import pytest


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch):
    """No width of somebody's terminal, nor the one that a test process is given: that of a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
