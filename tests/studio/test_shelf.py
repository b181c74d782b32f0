"""A page reaches what is on the shelf and nothing else."""

from __future__ import annotations

import os

import pytest

from diarchy.errors import ScenarioError
from diarchy.scenario.read import read
from diarchy.studio.shelf import Missing, Shelf, digest, files_of, with_changes

OUTSIDE = ("..", "../mine", "mine/../mine", "/etc", "", ".", "mine\0", "mine/case.yaml", "a" * 5000, "%2e%2e")


@pytest.fixture
def shelf(home):
    return Shelf(home)


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_case_or_store_elsewhere_is_not_found(shelf, name):
    with pytest.raises(Missing):
        shelf.case(name)
    with pytest.raises((Missing, ValueError)):
        shelf.store(name)


def test_own_cases_come_first_and_are_read_as_text(shelf):
    first = shelf.cases()[0]
    assert (first["id"], first["own"], first["title"]) == ("mine", True, "Mine")
    assert first["summary"] == "A case of my own."


def test_installed_cases_are_there_and_cannot_be_changed(shelf):
    names = [row["id"] for row in shelf.cases()]
    assert "kazakhstan-2022" in names
    with pytest.raises(ScenarioError, match="installed"):
        shelf.save("kazakhstan-2022", {"case.yaml": "x"}, {})


def test_a_copy_of_a_case_is_ones_own(shelf, home):
    shelf.new("kazakhstan-2022", "my-copy")
    folder, own = shelf.case("my-copy")
    assert read(folder).case == "my-copy"  # so that its results are its own
    assert own
    assert files_of(folder) == files_of(shelf.case("kazakhstan-2022")[0])
    assert not list(home.glob(".new-*"))


@pytest.mark.parametrize("name", ["../x", "X", "a b", "", ".hidden", "a" * 41, "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(shelf, home, name):
    before = sorted(home.rglob("*"))
    with pytest.raises(ScenarioError):
        shelf.new("kazakhstan-2022", name)
    assert sorted(home.rglob("*")) == before


def test_a_folder_that_is_there_is_not_overwritten(shelf):
    with pytest.raises(ScenarioError, match="there already"):
        shelf.new("kazakhstan-2022", "mine")


def test_saving_replaces_a_file_whole(shelf, home):
    was = digest((home / "mine" / "places.csv").read_text())
    assert shelf.save("mine", {"places.csv": "id\nb\n"}, {"places.csv": was}) == []
    assert (home / "mine" / "places.csv").read_text() == "id\nb\n"


def test_what_another_page_has_changed_is_not_overwritten(shelf, home):
    was = digest((home / "mine" / "places.csv").read_text())
    (home / "mine" / "places.csv").write_text("id\nother\n")
    assert shelf.save("mine", {"places.csv": "id\nb\n"}, {"places.csv": was}) == ["places.csv"]
    assert (home / "mine" / "places.csv").read_text() == "id\nother\n"


@pytest.mark.parametrize("file", ["../case.yaml", "/etc/passwd", "new.yaml", "case.yaml/../../x", "", "a\0"])
def test_a_file_that_the_case_does_not_have_is_not_written(shelf, home, file):
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    with pytest.raises(ScenarioError):
        shelf.save("mine", {file: "x"}, {})
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file()} == before


def test_a_link_out_of_the_case_is_not_shown(shelf, home, tmp_path):
    (tmp_path / "secret.yaml").write_text("secret")
    os.symlink(tmp_path / "secret.yaml", home / "mine" / "link.yaml")
    os.symlink(tmp_path, home / "elsewhere")
    assert files_of(home / "mine") == ["case.yaml", "places.csv"]
    assert "elsewhere" not in shelf.own()


def test_a_broken_manifest_is_left_out(shelf, home):
    for name, text in {"a": "{", "b": "[]", "c": '{"futures": "x"}', "d": '{"case": "mine"}'}.items():
        (home / "results" / name).mkdir(parents=True)
        (home / "results" / name / "manifest.json").write_text(text)
    assert [row["id"] for row in shelf.stores()] == ["d"]


def test_edited_files_go_into_a_copy(shelf, home, tmp_path):
    copy = with_changes(home / "mine", {"places.csv": "id\nz\n"}, tmp_path / "draft")
    assert (copy / "places.csv").read_text() == "id\nz\n"
    assert (home / "mine" / "places.csv").read_text() == "id\na\n"
