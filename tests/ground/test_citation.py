"""Fingerprints of passages: made, written, found again in spoilt copies, and not found where they are not."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diarchy.citation import (
    BITS,
    FEWEST,
    MOST,
    SHINGLE,
    SHORTEST,
    find,
    locate,
    read_locator,
    read_text,
    shingles,
)

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
KEY = "a-case"


def prose(words: int, seed: int, vocabulary: int = 3000) -> str:
    """Sentences of made-up words whose frequencies fall off as those of a language do."""
    luck = random.Random(seed)
    lexicon = ["".join(luck.choices(SYLLABLES, k=luck.choice((1, 2, 2, 3)))) for _ in range(vocabulary)]
    weights = [1 / (rank + 3) for rank in range(vocabulary)]
    text = luck.choices(lexicon, weights, k=words)
    sentences = [text[i : i + 17] for i in range(0, words, 17)]
    return "\n".join(" ".join(s).capitalize() + "." for s in sentences)


TEXT = read_text(prose(4000, 1), KEY)
PASSAGES = {f"p{i}": (i, i + 17 + (i % 5) * 7) for i in range(20, 3900, 60)}
LOCATORS = {name: locate(TEXT, *place) for name, place in PASSAGES.items()}


def test_every_passage_is_found_where_it_is():
    for name, found in find(TEXT, LOCATORS).items():
        first, last = PASSAGES[name]
        assert found is not None, name
        assert found.similarity == 1
        assert abs(found.first - first) <= last - first - SHORTEST // 2
        assert found.last - found.first == last - first


def test_a_locator_is_written_and_read_back():
    for locator in LOCATORS.values():
        assert read_locator(str(locator)) == locator
        assert FEWEST <= len(locator.hashes) <= MOST


@pytest.mark.parametrize(
    "text",
    ["", "0.5", "0.5000 14", "0.5000 14 0a1b2", "0.5000 14 1 2 3 4", "1.2000 14 0a1b2 0c3d4 1e5f6 2a7b8",
     "0.5000 11 0a1b2 0c3d4 1e5f6 2a7b8", "0.5000 14 0c3d4 0a1b2 1e5f6 2a7b8",
     "0.5000 14 0a1b2 0a1b2 1e5f6 2a7b8",
     "0.5000 9999 0a1b2 0c3d4 1e5f6 2a7b8", "0.5000 14 " + " ".join(f"{i:05x}" for i in range(MOST + 1))],
)  # fmt: skip
def test_what_is_no_locator_is_refused(text):
    with pytest.raises(ValueError, match=r"locator|bounds|order"):
        read_locator(text)


def test_triples_kept_do_not_overlap_and_do_not_tell_their_order():
    first, last = PASSAGES["p20"]
    kept = [i for i in range(first, last - 1) if int(TEXT.hashes[i]) in LOCATORS["p20"].hashes]
    assert len(kept) == len(LOCATORS["p20"].hashes)
    assert min(b - a for a, b in itertools.pairwise(kept)) >= SHINGLE
    assert SHINGLE * len(kept) < last - first + 1  # a part of the passage is in no hash
    assert list(LOCATORS["p20"].hashes) == sorted(LOCATORS["p20"].hashes)


def test_a_hash_fits_many_triples():
    """Cut to 20 bits, a hash cannot be turned back: a million triples share each with about one other."""
    words = [f"w{i}" for i in range(60_000)]
    counts = np.bincount(shingles(words, KEY), minlength=2**BITS)
    assert len(counts) == 2**BITS
    expected = len(words) ** 2 / 2 / 2**BITS
    assert (counts * (counts - 1) / 2).sum() == pytest.approx(expected, rel=0.1)


def test_another_case_has_other_hashes():
    assert not set(shingles(TEXT.words[:300], "one")) & set(shingles(TEXT.words[:300], "two"))


def spoil(text: str, seed: int, share: float = 0.02) -> str:
    """Other line breaks, curly quotes, capitals, hyphens over line ends, a share of the words changed."""
    luck = random.Random(seed)
    words = [luck.choice(SYLLABLES) * 2 if luck.random() < share else word for word in text.split()]
    for i, word in enumerate(words):
        if len(word) > 5 and luck.random() < 0.02:
            words[i] = f"{word[:3]}-\n{word[3:]}"
        elif luck.random() < 0.02:
            words[i] = f"\u201c{word.upper()}\u201d"
    lines, line = [], []
    for word in words:
        line.append(word)
        if len(" ".join(line)) > luck.choice((40, 70, 200)):
            lines.append(" ".join(line))
            line = []
    return "\r\n".join([*lines, " ".join(line)])


@pytest.mark.parametrize("seed", range(10))
def test_nine_of_ten_are_found_in_a_spoilt_copy(seed):
    found = find(read_text(spoil(TEXT.source, seed), KEY), LOCATORS)
    assert sum(place is not None for place in found.values()) >= 0.93 * len(LOCATORS)


@pytest.mark.parametrize("seed", range(2, 7))
def test_none_is_found_in_another_text_of_the_same_vocabulary(seed):
    luck = random.Random(seed)
    words = list(TEXT.words) * 10
    luck.shuffle(words)
    assert set(find(read_text(" ".join(words), KEY), LOCATORS).values()) == {None}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("it's the state\u2019s own", "its the states own"),
        ("well-known multi\u2010vector", "wellknown multivector"),
        ("inter-\nvention and co-\r\noperation", "intervention and cooperation"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\u201cquoted\u201d \u2018word\u2019", "quoted word"),
        ("Caf\u00e9 STRASSE stra\u00dfe", "cafe strasse strasse"),
        ("\ufb01re", "fire"),
        ("2,500 men -- or so", "2 500 men or so"),
    ],
)
def test_what_does_not_matter(one, other):
    assert read_text(one, KEY).words == read_text(other, KEY).words


@given(st.text(max_size=300))
def test_any_text_is_taken(source):
    text = read_text(source, KEY)
    assert len(text.spans) == len(text.words)
    assert all("\0" not in word for word in text.words)
    find(text, dict(itertools.islice(LOCATORS.items(), 3)))


def test_of_two_copies_the_one_nearer_to_where_it_was_is_found():
    doubled = read_text(TEXT.source + "\n" + TEXT.source, KEY)
    early, late = find(doubled, {name: LOCATORS[name] for name in ("p800", "p3200")}).values()
    assert early is not None
    assert late is not None
    assert early.first < len(TEXT.words) < late.first


def test_a_passage_must_be_long_and_varied_enough():
    with pytest.raises(ValueError, match="12 to 400 words"):
        locate(TEXT, 0, 10)
    with pytest.raises(ValueError, match="different triples"):
        locate(read_text("again " * 30, KEY), 0, 29)


def test_a_text_that_repeats_itself_takes_no_long_time():
    word = TEXT.words[PASSAGES["p20"][0]]
    began = time.perf_counter()
    text = read_text((word + " ") * 100_000 + TEXT.source, KEY)
    assert all(find(text, LOCATORS).values())
    assert time.perf_counter() - began < 10


def test_a_passage_is_told_as_sentences_with_its_line():
    text = read_text("One two. Three four five\nsix seven eight. Nine ten.", KEY)
    assert text.passage(*text.sentences(3, 4)) == "Three four five six seven eight"
    assert text.line(5) == 2
