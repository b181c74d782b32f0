"""Files are somebody else's: bounded, confined, plain data, and never a traceback."""

from __future__ import annotations

import pytest

from diarchy.errors import Faults, ScenarioError
from diarchy.scenario.files import MAX_YAML_BYTES, CaseFolder, parse
from diarchy.scenario.read import read

SCENARIO = "scenarios/base.yaml"


def faults_of(folder) -> str:
    """The text of the error that reading raises."""
    with pytest.raises(ScenarioError) as error:
        read(folder.root)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "case.yaml:1", "the file is empty"),
        ("# nothing\n", "case.yaml:1", "the file is empty"),
        ("- a\n- b\n", "case.yaml:1", "found a sequence"),
        ("a: [1, 2\nb: 3\n", "case.yaml:2", "not readable as YAML"),
        ("a: 1\n\tb: 2\n", "case.yaml:2", "not readable as YAML"),
        ("a: 1\n---\nb: 2\n", "case.yaml:2", "another document"),
        ("a: *nowhere\n", "case.yaml:1", "undefined alias"),
        ("a: 1\nb: 2\na: 3\n", "case.yaml:3", "key 'a' is given twice (first on line 1)"),
        ("a: 1\nb: !!python/object/apply:os.getcwd []\n", "case.yaml:2", "a case is plain data"),
        ("a: !thing {b: 1}\n", "case.yaml:1", "remove the tag"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "case.yaml:3", "merge keys"),
        ("a: &x [*x]\n", "case.yaml:1", "an alias holds itself"),
        ("? [a, b]\n: 1\n", "case.yaml:1", "a key must be a plain word"),
        ("a: .nan\n", "case.yaml:1", "must be finite"),
        ("a: " + "9" * 5000 + "\n", "case.yaml:1", "too many digits"),
        ("a: 2022-02-30\n", "case.yaml:1", "is not a value"),
        ('a: 1\nb: "\\ud800"\n', "case.yaml:2", "it holds the character U+D800, which cannot be printed"),
        ('a: "\\e[31m"\n', "case.yaml:1", "the character U+001B"),
        ("a: x\u202ey\n", "case.yaml:1", "the character U+202E"),
        ("a: [" + "1," * 60_000 + "]\n", "case.yaml:1", "the file holds too many values"),
        ("a: \x00\n", "case.yaml:1", "characters that are not text"),
        ("a: " + "[" * 30 + "]" * 30 + "\n", "case.yaml:1", "nested too deeply"),
        ("a: 1\nb: {c: [" + "{d: [" * 12 + "]}" * 12 + "]}\n", "case.yaml:2", "nested too deeply"),
        ("a: " + "[" * 5000 + "\n", "case.yaml:1", "nested too deeply"),
        ("".join(f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
         .replace("*a", "lol"), "case.yaml:1", "unfolds into too many values"),
    ],
)  # fmt: skip
def test_unreadable_yaml_is_one_line_with_its_place(folder, text, where, words):
    folder.write("case.yaml", text)
    found = faults_of(folder)
    assert f"{where}: " in found
    assert words in found
    assert all(c.isprintable() for c in found.replace("\n", ""))


def test_a_comment_may_stand_wherever_yaml_allows_one():
    faults = Faults(ScenarioError)
    document = parse("summary: # in words\n  A town.\n\ntitle: A\n", "case.yaml", faults)
    assert document is not None
    assert document.data == {"summary": "A town.", "title": "A"}
    assert document.at("title") == "case.yaml:4"
    assert not faults


def test_an_anchor_that_is_set_again_is_yaml_and_says_nothing(recwarn):
    faults = Faults(ScenarioError)
    document = parse("a: &x 1\nb: &x 2\nc: *x\n", "case.yaml", faults)
    assert document is not None
    assert document.data == {"a": 1, "b": 2, "c": 2}
    assert not faults
    assert not recwarn.list


def test_a_file_of_50_mb_is_refused_unopened(folder, monkeypatch):
    with (folder.root / "case.yaml").open("wb") as stream:
        stream.truncate(50_000_000)
    opened = []
    real = type(folder.root).open
    monkeypatch.setattr(
        type(folder.root), "open", lambda self, *a, **k: opened.append(self.name) or real(self, *a, **k)
    )
    found = faults_of(folder)
    assert "'case.yaml' has 50.0 MB" in found
    assert "case.yaml" not in opened
    assert "base.yaml" in opened


def test_text_that_is_not_utf8_names_its_line(folder):
    (folder.root / "case.yaml").write_bytes(b"schema: x\ntitle: \xff\n")
    assert "'case.yaml' is not UTF-8 text (line 2)" in faults_of(folder)


def test_a_folder_in_place_of_a_file(folder):
    (folder.root / "questions.yaml").unlink()
    (folder.root / "questions.yaml").mkdir()
    assert "scenarios/base.yaml:10: 'questions.yaml' is a folder, expected a file" in faults_of(folder)


@pytest.mark.parametrize("target", ["../../outside.yaml", "/etc/hostname", "../../../etc/hostname"])
def test_paths_do_not_leave_the_case(folder, target):
    (folder.root.parent / "outside.yaml").write_text("a: 1\n")
    folder.change(SCENARIO, "questions: ../questions.yaml", f"questions: {target}")
    assert f"scenarios/base.yaml:10: '{target}' leads out of the case folder" in faults_of(folder)


def test_a_case_elsewhere_cannot_be_extended(folder):
    folder.change(SCENARIO, "extends: ../case.yaml", "extends: ../../case.yaml")
    assert "scenarios/base.yaml:2: '../../case.yaml' leads out of the case folder" in faults_of(folder)


def test_tables_do_not_leave_the_case(folder):
    (folder.root.parent / "outside.csv").write_text("id,price\nA-1,1\n")
    folder.change(
        "case.yaml", "table: places.csv, columns: [price]", "table: ../outside.csv, columns: [price]"
    )
    assert "case.yaml:10: '../outside.csv' leads out of the case folder" in faults_of(folder)


def test_links_do_not_leave_the_case(folder):
    outside = folder.root.parent / "outside.csv"
    outside.write_text("id,name,price,old,young\nA-1,secret,1,1,1\n")
    (folder.root / "places.csv").unlink()
    (folder.root / "places.csv").symlink_to(outside)
    found = faults_of(folder)
    assert "'places.csv' leads out of the case folder" in found
    assert "secret" not in found


def test_a_circle_of_links_is_a_fault(folder):
    (folder.root / "places.csv").unlink()
    (folder.root / "places.csv").symlink_to(folder.root / "places.csv")
    assert "places.csv" in faults_of(folder)


def test_a_link_inside_the_case_is_fine(folder):
    (folder.root / "places.csv").rename(folder.root / "towns.csv")
    (folder.root / "places.csv").symlink_to(folder.root / "towns.csv")
    assert read(folder.root).coordinates["place"] == ("A-1", "A-2")


def test_lines_of_keys_items_and_nested_places():
    faults = Faults(ScenarioError)
    document = parse("a:\n  b: [1,\n    2]\nc: yes\n", "x.yaml", faults)
    assert document.data == {"a": {"b": [1, 2]}, "c": "yes"}
    assert document.at("a", "b") == "x.yaml:2"
    assert document.at("a", "b", 1) == "x.yaml:3"
    assert document.at("a", "b", 7, "deeper") == "x.yaml:2"
    assert document.at("nothing") == "x.yaml:1"


def test_scalars_are_those_of_yaml_1_2():
    document = parse(
        "a: 0o17\nb: 1e3\nc: on\nd: true\ne: ~\nf: 007\ng: 6 h\nh: 0x1F\n", "x", Faults(ScenarioError)
    )
    assert document.data == {
        "a": 15,
        "b": 1000.0,
        "c": "on",
        "d": True,
        "e": None,
        "f": 7,
        "g": "6 h",
        "h": 31,
    }


def test_size_is_bounded_even_when_it_grows_after_it_was_asked(folder):
    faults = Faults(ScenarioError)
    path = folder.root / "case.yaml"
    path.write_text("#" * (MAX_YAML_BYTES + 1))
    assert CaseFolder(folder.root, faults).document(path) is None
    assert "a file of a case may have 0.5 MB" in str(faults.found[0])
