"""Claims beside a case: every name in them is there, or a fault says where and what is near."""

from __future__ import annotations

import pytest

from diarchy.citation import locate, read_text
from diarchy.errors import ScenarioError
from diarchy.scenario.check import check
from diarchy.scenario.claims import read_dossier, write_locators
from diarchy.scenario.document import MAX_DOCUMENT_BYTES, read_document
from diarchy.scenario.passages import locate_passages

EVIDENCE = """\
id,speaker,role,paraphrase,kind,verdict,better,as_of,source,bears_on,against,locator
c1,A. Person,baker,"Bread grew dear, and more",figure,imprecise,70,2022-01-03,census,street.courage;crowd,c2,
c2,B. Person,miller,Bread stayed cheap,figure,contradicted,70,2022,census,bread.cost;hypothesis:hunger,,
q1,A. Person,baker,Will there be a crowd?,question,opinion,,,,,,
"""


@pytest.fixture
def claimed(folder):
    """The small case with claims, one of them a question that is answered."""
    folder.write("evidence.csv", EVIDENCE)
    folder.change("questions.yaml", "text: Is there a crowd?", "text: Is there a crowd?\n    asks: [q1]")
    return folder


def test_claims_are_read_with_all_that_they_say(claimed):
    claim, other, asked = read_dossier(claimed.root).claims.values()
    assert (claim.paraphrase, claim.better, claim.as_of) == ("Bread grew dear, and more", "70", "2022-01-03")
    assert claim.against == (other.id,)
    assert claim.bears_on == ("street.courage", "crowd")
    assert asked.kind == "question"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("street.courage", "street.corage", "evidence.csv:2: claim 'c1' bears on 'street.corage', which is "
         "nothing here; allowed: a qualified name of the model, a question or hypothesis:NAME; did you mean "
         "'street.courage'?"),
        (";crowd,", ";crowds,", "did you mean 'crowd'?"),
        ("2022-01-03,census", "2022-01-03,censsus", "evidence.csv:2: claim 'c1' names source 'censsus', "
         "which the case does not have; did you mean 'census'?"),
        (",c2,\n", ",c3,\n", "evidence.csv:2: claim 'c1' stands against 'c3', which is no claim here"),
        ("2022-01-03", "3 January", "evidence.csv:2: as_of '3 January' is not a date"),
        (",c2,\n", ",c2,0.5000 14 zz\n", "evidence.csv:2: locator '0.5000 14 zz' cannot be read"),
        ("q1,A. Person", "q2,A. Person", "questions.yaml:5: question 'crowd' answers 'q1', which is no claim "
         "of kind 'question' in evidence.csv"),
        ("question,opinion", "opinion,opinion", "question 'crowd' answers 'q1', which is no claim of kind"),
        ("c2,B. Person", "c1,B. Person", "evidence.csv:3: 'c1' is given twice (first on line 2)"),
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_is_a_fault(claimed, old, new, words):
    claimed.change("evidence.csv", old, new)
    for act in (read_dossier, check):
        with pytest.raises(ScenarioError) as error:
            act(claimed.root)
        assert words in str(error.value)


@pytest.mark.parametrize("text", ['id,"speaker', "id,speaker\nc1,A. Person\n"])
def test_what_refers_to_claims_that_cannot_be_read_is_not_faulted(claimed, text):
    claimed.write("evidence.csv", text)
    for act in (read_dossier, check):
        with pytest.raises(ScenarioError) as error:
            act(claimed.root)
        assert {fault.where for fault in error.value.faults} == {"evidence.csv:1"}


def test_all_faults_come_at_once(claimed):
    claimed.change("evidence.csv", "street.courage", "street.corage")
    claimed.change("evidence.csv", "2022-01-03,census", "2022-01-03,censsus")
    with pytest.raises(ScenarioError) as error:
        read_dossier(claimed.root)
    assert len(error.value.faults) == 2


def test_a_case_need_not_have_claims(folder):
    dossier = read_dossier(folder.root)
    assert dossier.claims == {}
    assert dossier.locators() == {}


DOCUMENT = " ".join(f"word{i} of the text" for i in range(60))


@pytest.fixture
def passages(tmp_path):
    """A table that quotes one passage, and the document that it is in."""
    path = tmp_path / "passages.csv"
    path.write_text('id,begins,ends\nc1,"Word3, of",WORD9\n', encoding="utf-8")
    return path


def test_locators_go_into_the_table_and_leave_the_rest(claimed, passages):
    before = read_dossier(claimed.root)
    text = read_text(DOCUMENT, "smalltown")
    made = locate_passages(passages, text, before.claims)
    assert made == {"c1": locate(text, 12, 36)}
    write_locators(before.file, made)
    after = read_dossier(claimed.root)
    assert after.locators() == made
    assert [line.rpartition(",")[0] for line in before.file.read_text(encoding="utf-8").splitlines()[1:]] == [
        line.rpartition(",")[0] for line in EVIDENCE.splitlines()[1:]
    ]
    write_locators(before.file, made)
    assert read_dossier(claimed.root).claims == after.claims


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("c9,word3 of,word9", "passages.csv:2: no claim 'c9'"),
        ("c1,of the text,word9", "'c1': its beginning stands 60 times"),
        ("c1,word9,word3", "'c1': its end does not stand behind its beginning"),
        ("c1,word3,word4", "'c1': a passage has 12 to 400 words, this one 5"),
        ("c1,,word4", "'c1': its beginning stands 0 times"),
    ],
)
def test_passages_that_cannot_be_placed_are_faults(claimed, passages, row, words):
    passages.write_text(f"id,begins,ends\n{row}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        locate_passages(passages, read_text(DOCUMENT, "smalltown"), read_dossier(claimed.root).claims)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n\t\n", "is empty"),
        (b"caf\xe9 au lait", "is not UTF-8 text (line 1)"),
        ("sixteen bits".encode("utf-16"), "is not UTF-8 text"),
        (b"text\0text", "is not text"),
        (bytes(range(1, 32)) * 9, "is not text"),
        (b"%PDF-1.7 and so on", "is a PDF, expected plain text; save its text as a plain UTF-8 file"),
        (b"PK\x03\x04 and so on", "is a zipped document"),
    ],
)
def test_what_is_no_plain_text_is_refused(tmp_path, content, words):
    file = tmp_path / "copy.txt"
    file.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"copy\.txt") as error:
        read_document(file)
    assert words in str(error.value)


def test_a_document_of_200_megabytes_is_refused_unread(tmp_path, monkeypatch):
    file = tmp_path / "copy.txt"
    with file.open("wb") as stream:
        stream.truncate(200_000_000)
    monkeypatch.setattr(type(file), "open", None)  # reading would fail
    with pytest.raises(ScenarioError, match=r"has 200\.0 MB; a document may have 8\.4 MB"):
        read_document(file)
    assert MAX_DOCUMENT_BYTES < 10_000_000


def test_missing_documents_folders_and_devices_are_refused(tmp_path):
    for path, words in ((tmp_path / "none.txt", "no file"), (tmp_path, "is a folder"), ("/dev/zero", "no")):
        with pytest.raises(ScenarioError, match=words):
            read_document(tmp_path / path)


def test_marks_at_the_beginning_are_no_text(tmp_path):
    file = tmp_path / "copy.txt"
    file.write_bytes("\ufeffOne word.".encode())
    assert read_document(file) == "One word."
