"""What is compiled is kept, and kept no longer than what went into it."""

import importlib.util

import pytest

from diarchy import mechanism


@pytest.fixture
def written(tmp_path):
    """A function in a file of its own, as that of a mechanism is."""
    path = tmp_path / "tide_kernels.py"
    path.write_text("def settle(height):\n    return height + 1.0\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("tide_kernels", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.settle


def kept(function):
    """How many compiled forms of a function are on disk, and fresh."""
    return len(function._cache._cache_file._load_index())


def test_a_kernel_is_compiled_once_and_again_when_the_ground_under_it_changed(written, monkeypatch):
    first = mechanism.kernel(written)
    assert kept(first) == 0
    assert first(1.0) == 2.0
    assert kept(mechanism.kernel(written)) == 1
    monkeypatch.setattr(mechanism, "_ground", lambda: "another flows.py")
    assert kept(mechanism.kernel(written)) == 0
