"""The tables of the documentation are rewritten from what commands say, all or none."""

import json
from pathlib import Path

import pytest

from diarchy.base_rates import read_base_rates
from diarchy.calibration import pages
from diarchy.calibration.pages import TABLES, PageError

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCORE = {
    "cases": 49, "draws": 512, "futures": 200, "elapsed_s": 600.0, "reading": "better: none",
    "questions": [
        {"id": "out_30d", "n": 49, "brier": 0.2, "brier_base": 0.19, "brier_logit": 0.21,
         "brier_survival": None, "skill": -0.05, "skill_interval": [-0.2, 0.1], "rate": 0.24,
         "forecast_rate": 0.3},
        {"id": "stay_30d", "n": 3, "brier": None, "brier_base": None, "brier_logit": None,
         "brier_survival": None, "skill": None, "skill_interval": None, "rate": None, "forecast_rate": None},
    ],
    "rates": [
        {"text": "anybody dies", "forecast": 0.83, "recorded": 0.96, "low": 0.88, "high": 0.99, "n": 49,
         "inside": False, "beside": [{"id": "lethal.all", "value": 0.054, "n": 15239}]},
    ],
}  # fmt: skip


def a_page(tmp_path, names):
    """Pages with marks and text around them."""
    (tmp_path / "concepts").mkdir(exist_ok=True)
    for name in names:
        path = tmp_path / TABLES[name][0]
        old = path.read_text(encoding="utf-8") if path.exists() else "before\n"
        path.write_text(f"{old}<!-- made by: {name} -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")


def test_tables_are_replaced_and_the_text_around_them_is_left(tmp_path):
    a_page(tmp_path, ("scores", "rates", "base_rates"))
    written = pages.rewrite(tmp_path, {"score": SCORE})
    assert {path.name for path in written} == {"scores.md", "rates.md", "base_rates.md"}
    text = (tmp_path / "concepts" / "scores.md").read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| `out_30d` | 49 | 0.200 | 0.190 | 0.210 |  | -0.05 (-0.20 to +0.10) | 0.24 | 0.30 |" in text
    assert "| `stay_30d` | 3 |  |" in text
    rates = (tmp_path / "concepts" / "rates.md").read_text(encoding="utf-8")
    assert (
        "| anybody dies | 83 % | 96 % | 88 % to 99 % | 49 | **no** | 5 % of 15,239 (`lethal.all`) |" in rates
    )
    again = [path.read_bytes() for path in written]
    pages.rewrite(tmp_path, {"score": SCORE})
    assert [path.read_bytes() for path in written] == again


def test_nothing_is_written_when_anything_is_wrong(tmp_path):
    a_page(tmp_path, ("scores", "base_rates"))
    before = {path: path.read_bytes() for path in (tmp_path / "concepts").iterdir()}
    with pytest.raises(PageError) as raised:
        pages.rewrite(tmp_path, {"score": {"questions": []}})
    told = str(raised.value)
    assert "rates.md" in told
    assert "no such page" in told
    assert "'scores' cannot be made" in told
    assert {path: path.read_bytes() for path in before} == before


def test_the_pages_have_their_marks_and_hold_every_base_rate():
    for name, (page, _, _) in TABLES.items():
        assert f"<!-- made by: {name} -->" in (DOCS / page).read_text(encoding="utf-8")
    page = (DOCS / "concepts" / "base_rates.md").read_text(encoding="utf-8")
    assert pages.base_rates({}) in page, "python -m diarchy.calibration.pages --docs docs"
    assert all(f"`{key}`" in page for key in read_base_rates())


def test_a_document_that_is_none_is_a_fault(tmp_path, capsys):
    (tmp_path / "score.json").write_text("[1, 2", encoding="utf-8")
    assert pages.main(["--docs", str(tmp_path), "--score", str(tmp_path / "score.json")]) == 2
    assert "score.json" in capsys.readouterr().err
    (tmp_path / "score.json").write_text(json.dumps(SCORE), encoding="utf-8")
    a_page(tmp_path, ("scores", "rates", "base_rates"))
    assert pages.main(["--docs", str(tmp_path), "--score", str(tmp_path / "score.json")]) == 0
    assert "scores.md" in capsys.readouterr().out
