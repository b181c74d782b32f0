"""`diarchy evidence` and `diarchy cite`: claims as a user sees them, and passages in a user's own copy."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from diarchy import cli
from diarchy.citation import find, read_text
from diarchy.commands.console import WRONG_INPUT
from diarchy.scenario.claims import read_dossier

CASE = "kazakhstan-2022"
DOCUMENTS = sorted((Path(__file__).resolve().parents[2] / "shared" / "document").glob("*.txt"))
with_document = pytest.mark.skipif(not DOCUMENTS, reason="the document is not shipped")

#: On the same events with many of the same names, in our own words: nothing of it is anybody's passage.
SAME_TOPIC = """\
In January 2022 Kazakhstan went through the gravest unrest since independence. It began in
Zhanaozen, an oil town in the Mangystau region, where motor gas cost twice as much after New Year.
Within days there were crowds in nearly every regional capital, and in Almaty public buildings
burned. President Kassym-Jomart Tokayev took over the Security Council from Nursultan Nazarbayev,
sacked Karim Massimov, the head of the National Security Committee, and appealed to the Collective
Security Treaty Organization (CSTO) for peacekeepers. Vladimir Putin agreed within hours. About two
thousand soldiers from Russia, Belarus, Armenia, Tajikistan and Kyrgyzstan guarded airports and
power stations and left before the month was over. Antony Blinken, the US secretary of state,
wondered aloud why they were wanted and warned that Russians seldom go home soon. Theresa Fallon
spoke of the Belt and Road initiative, of oil sold to China and of Moscow's leverage over pipelines;
Maxim Suchkov of a limited mandate that protects infrastructure, unlike Hungary and Czechoslovakia
in Soviet times; Cholpon Orozobekova of two clans, those of Nazarbayev and Tokayev, and of people
who wanted another regime. Officials called the rioters terrorists and bandits, and the order was to
fire without warning. Khodorkovsky's years in prison, the Eurasian Economic Union, the Russian
population of the northern provinces, Syria, Iraq, Afghanistan, Moldova and South Ossetia were all
brought up. Hundreds died and thousands were arrested. A month later the state's multi-vector policy
stood the test of the war in Ukraine: no troops and no recognition from Astana.
"""


def run(capsys, *arguments) -> dict:
    """The document that a command prints."""
    assert cli.call([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_evidence_covers_the_contradictions_and_both_figures_stand(capsys):
    found = run(capsys, "evidence", CASE, "--about", "troops_peak")
    assert found["schema"] == "diarchy/evidence/1"
    claims = {claim["id"]: claim for claim in found["claims"]}
    announced, stationed = claims["c01"], claims["c02"]
    assert "2,500" in announced["paraphrase"]
    assert "ceiling" in announced["better"]
    assert "3,500" in stationed["paraphrase"]
    assert "pool" in stationed["better"]
    assert all("2,030" in claim["better"] for claim in (announced, stationed))
    assert announced["against"] == ["c02"]
    assert stationed["against"] == ["c01"]


@pytest.mark.parametrize(
    ("options", "right"),
    [
        (["--verdict", "slip"], lambda claim: claim["verdict"] == "slip"),
        (["--kind", "question"], lambda claim: claim["kind"] == "question"),
        (["--speaker", "fallon"], lambda claim: claim["speaker"] == "Theresa Fallon"),
        (["--about", "hypothesis:sticky"], lambda claim: "hypothesis:sticky" in claim["bears_on"]),
    ],
)
def test_claims_are_chosen(capsys, options, right):
    every, some = (run(capsys, "evidence", CASE, *more)["claims"] for more in ([], options))
    assert some == [claim for claim in every if right(claim)]
    assert 3 < len(some) < len(every)


def test_evidence_for_people_counts_and_says_what_answers_a_question(capsys):
    assert cli.call(["evidence", CASE]) == 0
    said = capsys.readouterr().out
    forecast = "Russian troops, once in, are hard to get out again"
    assert f"c17  Antony Blinken: {forecast} [forecast, contradicted]" in said
    assert re.search(r"q-stay .*\[question\]\n(?:.*\n)?  answered  troops_out_30d, stay_days", said)
    counts = re.findall(r"(\d+) (confirmed|imprecise|contradicted|opinion|slip)\b,", said)
    assert sum(int(n) for n, _ in counts) == 87
    assert said.endswith(" 16 questions\n")


def test_a_wrong_name_is_answered_by_the_nearest(capsys):
    assert cli.call(["evidence", CASE, "--about", "troops_pek"]) == WRONG_INPUT
    assert "did you mean 'troops_peak'?" in capsys.readouterr().err


@pytest.fixture(scope="module")
def dossier():
    return read_dossier(CASE)


def test_every_claim_has_a_locator(dossier):
    assert [key for key, claim in dossier.claims.items() if not claim.locator] == []


@pytest.fixture(scope="module")
def original() -> str:
    """The analysis, where it is at hand."""
    return DOCUMENTS[0].read_text(encoding="utf-8")


@with_document
def test_cite_finds_every_passage_in_the_document_as_it_is(capsys, dossier):
    told = run(capsys, "cite", CASE, "--document", str(DOCUMENTS[0]))
    assert told["schema"] == "diarchy/citations/1"
    found = [c for c in told["citations"] if c["found"]]
    assert [c["id"] for c in told["citations"]] == list(dossier.claims)
    assert len(found) == told["found"] == told["of"]
    for citation in found:
        assert citation["similarity"] == 1
        assert abs(citation["position"] - citation["expected"]) < 0.003
        assert citation["line"] >= 1
        assert citation["passage"]


def spoilt(text: str, seed: int) -> str:
    """Other line breaks and quotes, hyphens at some line ends, two words of a hundred replaced."""
    luck = random.Random(seed)
    words = text.translate(str.maketrans({"\u2019": "'", '"': "\u201d", "'": "\u2019"})).split()
    lexicon = sorted({w for w in words if w.isalpha()})
    words = [luck.choice(lexicon) if luck.random() < 0.02 else w for w in words]
    broken, width = [], 0
    for word in words:
        if width + len(word) > 60 and len(word) > 7 and word.isalpha():
            broken.append(f"{word[:4]}-\r\n{word[4:]} ")
            width = len(word) - 4
            continue
        broken.append(word + ("\r\n" if width > 60 else " "))
        width = 0 if width > 60 else width + len(word) + 1
    return "".join(broken)


@with_document
@pytest.mark.parametrize("seed", range(8))
def test_cite_finds_nine_of_ten_in_a_spoilt_copy(original, dossier, seed):
    copy = spoilt(original, seed)
    assert sum(a != b for a, b in zip(copy.split(), original.split(), strict=False)) > 40
    found = find(read_text(copy, CASE), dossier.locators())
    assert sum(place is not None for place in found.values()) >= 0.9 * len(found)


@with_document
def test_cite_shows_what_is_missing_from_half_a_document(capsys, original, tmp_path):
    half = tmp_path / "half.txt"
    half.write_text(original[: len(original) // 2], encoding="utf-8")
    assert cli.call(["cite", CASE, "--document", str(half)]) == 0
    said = capsys.readouterr().out
    assert "  we say   Moscow sent 2,500 men\n  they say" in said
    assert re.search(r"found \d\d of 103 passages\nnot found: c05, Theresa Fallon", said)


@with_document
def test_no_claim_in_our_words_shares_eight_words_in_a_row_with_the_document(original, dossier):
    theirs = read_text(original, "").words
    runs = {theirs[i : i + 8] for i in range(len(theirs) - 7)}
    for claim in dossier.claims.values():
        for text in (claim.paraphrase, claim.better):
            ours = read_text(text, "").words
            assert not runs & {ours[i : i + 8] for i in range(len(ours) - 7)}, claim.id


def test_nothing_is_found_in_a_text_on_the_same_events_in_other_words(capsys, tmp_path, dossier):
    file = tmp_path / "other.txt"
    file.write_text(SAME_TOPIC, encoding="utf-8")
    assert run(capsys, "cite", CASE, "--document", str(file))["found"] == 0
    own_words = " ".join(f"{claim.paraphrase}. {claim.better}" for claim in dossier.claims.values())
    assert set(find(read_text(own_words, CASE), dossier.locators()).values()) == {None}
    assert cli.call(["cite", CASE, "--document", str(file)]) == 0
    assert "nothing was found: is this the analysis" in capsys.readouterr().out


def test_nothing_is_found_in_a_long_unrelated_text(dossier):
    """Half a million words from the vocabulary of the same topic, so that triples could meet by chance."""
    luck, lexicon = random.Random(5), SAME_TOPIC.split()
    text = " ".join(luck.choices(lexicon, k=500_000))
    assert set(find(read_text(text, CASE), dossier.locators()).values()) == {None}


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"caf\xe9", "not UTF-8"), (b"\x7fELF\0\0", "is not text"), (None, "is a folder")],
)
def test_a_wrong_document_is_refused(capsys, tmp_path, content, words):
    file = tmp_path / "copy.txt"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    assert cli.call(["cite", CASE, "--document", str(file)]) == WRONG_INPUT
    said = capsys.readouterr()
    assert words in said.err
    assert "copy.txt" in said.err
    assert said.out == ""


def test_every_question_of_the_analysis_is_answered_by_one_of_the_case(capsys, dossier):
    assert cli.call(["evidence", CASE, "--asked"]) == 0
    head, line, *rows = capsys.readouterr().out.strip().split("\n")
    assert head.startswith("| the analysis asks | the case asks | rule |")
    assert set(line) == set("| -")
    asked = {claim.paraphrase for claim in dossier.claims.values() if claim.kind == "question"}
    assert {row.split(" | ")[0].removeprefix("| ") for row in rows} == asked
    assert not [row for row in rows if "| nothing |" in row]


def test_the_questions_are_a_document_too(capsys, dossier):
    found = run(capsys, "evidence", CASE, "--asked")
    assert found["schema"] == "diarchy/asked/1"
    asked = {claim.id for claim in dossier.claims.values() if claim.kind == "question"}
    assert {row["claim"] for row in found["rows"]} == asked
    assert {row["id"] for row in found["rows"]} <= set(dossier.scenario.questions)


@pytest.mark.parametrize(
    ("more", "words"), [(["--store", "x"], "goes with --asked"), (["--asked", "--kind", "fact"], "no filter")]
)
def test_options_that_do_nothing_together_are_refused(capsys, more, words):
    assert cli.call(["evidence", CASE, *more]) == WRONG_INPUT
    assert words in capsys.readouterr().err
