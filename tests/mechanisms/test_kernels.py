"""What is compiled is kept, and kept no longer than what went into it."""

import importlib
import importlib.util
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from numba.core.errors import NumbaError

from diarchy import flows, jit, mechanism, numerics, randomness

Sea = namedtuple("Sea", ("level", "day"))


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
    monkeypatch.setattr(jit, "_ground", lambda: "another flows.py")
    assert kept(mechanism.kernel(written)) == 0


def test_a_kernel_is_compiled_again_when_another_file_of_its_package_changed(tmp_path, monkeypatch):
    """Which its function was compiled with, and of which numba knows nothing."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "shore"
    (package / "sea").mkdir(parents=True)
    for place in (package, package / "sea"):
        (place / "__init__.py").write_text("", encoding="utf-8")
    text = "from diarchy.mechanism import kernel\nfrom shore.waves import lift\n\n\n"
    text += "@kernel\ndef settle(height):\n    return lift(height)\n"
    (package / "sea" / "tide.py").write_text(text, encoding="utf-8")

    def settled(by):
        helper = "from diarchy.mechanism import piece\n\n\n@piece\ndef lift(height):\n    return height + "
        (package / "waves.py").write_text(helper + by, encoding="utf-8")
        for name in [name for name in sys.modules if name.partition(".")[0] == "shore"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        jit._package.cache_clear()  # a process of its own looks once
        return importlib.import_module("shore.sea.tide").settle

    first = settled("1.0")
    assert first(1.0) == 2.0
    assert kept(settled("1.0")) == 1
    second = settled("20.0")
    assert kept(second) == 0
    assert second(1.0) == 21.0


def test_only_packages_of_others_are_looked_through(tmp_path):
    (tmp_path / "alone.py").write_text("", encoding="utf-8")
    assert jit._package(tmp_path) == ""
    assert jit._package(Path(jit.__file__).parent / "mechanisms") == ""


@pytest.mark.parametrize("module", [flows, numerics, randomness])
def test_what_kernels_call_is_compiled_again_with_them(module):
    """Else a kernel that is compiled anew would take an old one of these from the cache into itself."""
    files = [f._cache._cache_file for f in vars(module).values() if hasattr(f, "overloads")]
    assert {file._source_stamp[1] for file in files} == {jit._ground()}


@mechanism.kernel
def rise(now, next):
    """Takes an array out of a view, and a row out of it."""
    for r in range(now.level.shape[0]):
        next[r] = now.level[r].sum() + now.day


@mechanism.kernel
def doubled(now, next):
    """Makes an array."""
    next[:] = 2.0 * now.level[:, 0]


def test_a_kernel_counts_no_references():
    rise(Sea(np.ones((2, 3)), 1.0), np.zeros(2))
    rise.recompile()  # what comes from the cache cannot be looked into
    (code,) = rise.inspect_llvm().values()
    assert "call void @NRT_incref" not in code
    assert "call void @NRT_decref" not in code


def test_the_code_for_views_is_named_once_and_is_that_of_their_types():
    wide, whole = Sea(np.ones((2, 3)), 1.0), Sea(np.ones((2, 3), np.int64), 1.0)
    out, other = np.zeros(2), np.zeros(2)
    code = mechanism.machine_code(rise, (wide, out))
    assert mechanism.machine_code(rise, (Sea(np.zeros((5, 2)), 0.0), np.ones(5))) is code
    assert mechanism.machine_code(rise, (whole, out)) is not code
    code(wide, out)
    mechanism.machine_code(rise, (whole, other))(whole, other)
    assert out.tolist() == other.tolist() == [4.0, 4.0]
    assert mechanism.machine_code(rise.py_func, (wide, out)) is rise.py_func


def test_a_kernel_that_makes_an_array_is_told():
    with pytest.raises(NumbaError) as caught:
        mechanism.machine_code(doubled, (Sea(np.ones((2, 3)), 1.0), np.zeros(2)))
    assert any("a kernel makes no arrays" in note for note in caught.value.__notes__)
