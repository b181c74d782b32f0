"""The small town as a case that a test may spoil."""

from __future__ import annotations

import pytest
from smalltown import TOYS, Folder, find_toy

from diarchy import registry


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Folder:
    """The small case, with the toys as the installed mechanisms."""
    monkeypatch.setattr(registry, "find_mechanism", find_toy)
    monkeypatch.setattr(registry, "mechanism_names", lambda: list(TOYS))
    return Folder(tmp_path / "smalltown")
