"""Files are written whole, and none but the one that is named."""

import pytest

from diarchy.places import write_whole


def test_a_draft_is_never_a_file_that_lies_there(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    for name in (".answers.json", "answers.part", "answers.json"):
        (tmp_path / name).symlink_to(mine)
    write_whole(tmp_path / "answers.json", "{}")
    assert mine.read_text() == "mine"
    assert (tmp_path / "answers.json").read_text() == "{}"
    assert not (tmp_path / "answers.json").is_symlink()


def test_what_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def broken(*_):
        raise OSError("no")

    monkeypatch.setattr("diarchy.places.os.replace", broken)
    with pytest.raises(OSError, match="no"):
        write_whole(tmp_path / "answers.json", "{}")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path):
    file = tmp_path / "case.yaml"
    write_whole(file, "a")
    assert file.stat().st_mode & 0o777 == 0o644
    file.chmod(0o600)
    write_whole(file, "b")
    assert file.stat().st_mode & 0o777 == 0o600
