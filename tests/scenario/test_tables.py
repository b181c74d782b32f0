"""Tables align exactly, or say on which line they do not."""

from __future__ import annotations

import pytest

from diarchy.errors import ScenarioError
from diarchy.scenario.read import read
from diarchy.scenario.tables import MAX_ROWS


def faults_of(folder) -> str:
    """The text of the error that reading raises."""
    with pytest.raises(ScenarioError) as error:
        read(folder.root)
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("200", "two hundred", "places.csv:2", "column 'young': expected a number"),
        ("200", "", "places.csv:2", "column 'young' is empty"),
        ("200", '"2,000"', "places.csv:2", "has a comma"),
        ("200", "1e999", "places.csv:2", "column 'young'"),
        ("200", "nan", "places.csv:2", "expected a number"),
        ("A-2", "A-1", "places.csv:3", "'A-1' is given twice (first on line 2)"),
        ("A-2", "", "places.csv:3", "column 'id' is empty"),
        ("A-2", "a b", "places.csv:3", "'a b' is not a label"),
        ("60,100,200", "60,100", "places.csv:2", "the row has 4 cells, the header 5"),
        ("price,old", "old,old", "places.csv:1", "column 'old' is named twice"),
        ("price,old", "prize,old", "case.yaml:10", "did you mean 'price'?"),
        ('"Lower', 'x"Lower', "places.csv:3", "the row has"),
        ('"Lower', '"\x1b[31mLower', "places.csv:3", "a cell holds the character U+001B"),
        ('river"', "river", "places.csv:3", "not readable as a table"),
    ],
)
def test_each_bad_cell_has_its_line(folder, old, new, where, words):
    if "did you mean" in words:
        folder.change("places.csv", old, new)
        assert f"{where}: 'places.csv' has no column 'price'" in faults_of(folder)
        return
    folder.change("places.csv", old, new)
    found = faults_of(folder)
    assert f"{where}: " in found
    assert words in found


def test_an_empty_table_is_a_fault(folder):
    folder.write("places.csv", "")
    assert "places.csv:1: the table is empty" in faults_of(folder)
    folder.write("places.csv", "id,name,price,old,young\n")
    assert "'places.csv' has no rows" in faults_of(folder)


def test_a_table_that_cannot_be_read_is_one_fault_however_often_it_is_named(folder):
    (folder.root / "places.csv").write_bytes(b"id,name,price,old,young\nA-1,\xff,1,1,1\n")
    with pytest.raises(ScenarioError) as error:
        read(folder.root)
    (fault,) = error.value.faults
    assert fault.what == "'places.csv' is not UTF-8 text (line 2); save it as UTF-8"


def test_rows_are_bounded(folder):
    rows = "".join(f"A-{i},x,1,1,1\n" for i in range(MAX_ROWS + 1))
    folder.write("places.csv", "id,name,price,old,young\n" + rows)
    assert f"the table is too large; allowed: {MAX_ROWS} rows" in faults_of(folder)


def test_a_second_table_must_have_every_label(folder):
    folder.write("prices.csv", "id,price\nA-1,5\nA-3,6\n")
    folder.change("case.yaml", "table: places.csv, columns: [price]", "table: prices.csv, columns: [price]")
    found = faults_of(folder)
    assert "prices.csv:3: 'A-3' is no label of 'place'" in found
    assert "case.yaml:10: 'prices.csv' has no row for 'A-2'" in found


def test_a_second_table_may_come_in_any_order(folder):
    folder.write("prices.csv", "id,price\nA-2,6\nA-1,5\n")
    folder.change("case.yaml", "table: places.csv, columns: [price]", "table: prices.csv, columns: [price]")
    fact = read(folder.root).from_case.facts["bread.price"]
    assert fact.cells == (5.0, 6.0)
    assert fact.cell_where == ("prices.csv:3", "prices.csv:2")


def test_columns_named_like_labels_align_by_name(folder):
    folder.change("case.yaml", "columns: [old, young]", "columns: [young, old]")
    assert read(folder.root).from_case.facts["street.people"].cells == (100.0, 200.0, 300.0, 400.0)


def test_columns_must_be_one_for_each_label(folder):
    folder.change("case.yaml", "columns: [old, young]", "columns: [old]")
    assert "case.yaml:12: columns old do not fit 'group'" in faults_of(folder)


def test_a_byte_order_mark_is_no_part_of_the_header(folder):
    text = (folder.root / "places.csv").read_text()
    (folder.root / "places.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read(folder.root).coordinates["place"] == ("A-1", "A-2")


def names_a_place(folder, cells=("A-2", ""), axis="place", form="table: links.csv, columns: [to]"):
    """A fact whose cells name labels of an axis."""
    folder.write("links.csv", f"id,to\nA-1,{cells[0]}\nA-2,{cells[1]}\n")
    fact = f"  bread.next: {{by: [place], {form}, labels_of: {axis}, judgement: toy}}\n"
    folder.change("case.yaml", "facts:\n", f"facts:\n{fact}")


def test_cells_may_name_labels_of_an_axis(folder):
    names_a_place(folder)
    assert read(folder.root).from_case.facts["bread.next"].cells == (1.0, -1.0)


def test_a_cell_that_names_no_label_has_its_line_and_the_nearest(folder):
    names_a_place(folder, ("A-22", "A-1"))
    said = faults_of(folder)
    assert "links.csv:2: column 'to': 'A-22' is no label of 'place'" in said
    assert "did you mean 'A-2'?" in said


def test_labels_are_of_an_axis_that_is_there_and_in_a_table(folder):
    names_a_place(folder, axis="plaice")
    assert "no dimension 'plaice'" in faults_of(folder)
    folder.change("case.yaml", "labels_of: plaice", "labels_of: place")
    folder.change("case.yaml", "table: links.csv, columns: [to]", "value: 3")
    assert "'labels_of' needs 'table'" in faults_of(folder)
