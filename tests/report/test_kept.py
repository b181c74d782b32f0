"""The bundle in a report is shown again while nothing that it was made from has changed."""

import os
import shutil

import pytest

from diarchy.report import bundle as bundles
from diarchy.report.kept import bundle_at, kept_bundle


@pytest.fixture
def copy(store, tmp_path):
    """A copy of the store, whose files may be touched."""
    return shutil.copytree(store, tmp_path / "copy")


@pytest.fixture
def made(monkeypatch):
    """Stores of which a bundle is made anew, one entry each time."""
    found = []
    monkeypatch.setattr(bundles, "bundle_of", lambda results: found.append(results.path) or {"made": True})
    return found


def test_what_a_run_left_is_shown_without_reading_its_futures(copy, bundle, made):
    assert bundle_at(copy) == kept_bundle(copy) == bundle
    assert made == []


@pytest.mark.parametrize("name", ["answers.json", "about.json", "shown/leverage.json", "journal.jsonl"])
def test_after_a_change_it_is_made_anew(copy, made, name):
    later = (copy / "report.html").stat().st_mtime_ns + 10**9
    os.utime(copy / name, ns=(later, later))
    assert bundle_at(copy) == {"made": True}
    assert made == [copy]


def test_a_report_of_another_version_or_none_is_not_taken(copy, made):
    text = (copy / "report.html").read_text(encoding="utf-8")
    (copy / "report.html").write_text(text.replace('"version":"', '"version":"0.0.0-', 1), encoding="utf-8")
    assert bundle_at(copy) == {"made": True}
    (copy / "report.html").unlink()
    assert bundle_at(copy) == {"made": True}
