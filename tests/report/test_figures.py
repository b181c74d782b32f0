"""Figures for papers: drawn where matplotlib is, and a cure where it is not."""

import sys

import pytest

from diarchy.errors import ResultsError
from diarchy.report.figures import draw


def test_figures_are_drawn_alike_each_time(bundle, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra `figures` is not installed")
    first = draw(bundle, tmp_path / "a", ("svg",))
    assert [path.name for path in first] == ["answers.svg", "fans.svg", "map.svg"]
    second = draw(bundle, tmp_path / "b", ("svg",))
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert "Does anybody die?" in first[0].read_text(encoding="utf-8")


def test_a_missing_matplotlib_says_which_extra(bundle, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ResultsError, match=r"diarchy\[figures\]"):
        draw(bundle, tmp_path / "none", ("png",))
    assert not (tmp_path / "none").exists()
