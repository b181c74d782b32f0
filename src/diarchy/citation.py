"""Where in a text a claim was made, without the text: fingerprints of passages, and finding them again.

A case is shared without the analysis that it was made from. What a claim carries instead is a `Locator`: how
far into the text its passage begins, how many words it has, and keyed hashes of some of its word triples.
Whoever owns a copy of the text can find the passage in it.

What is robust: words are compared, so line breaks, punctuation, quotation marks, case, accents and
hyphenation do not matter, and a changed word spoils one triple of several.

What the hashes keep, and what they do not. Triples do not overlap, stand in no order, cover a part of the
passage, and are cut to 20 bits: of the billion or so word triples of English about a thousand fit each hash.
So no sentence can be read off a locator or put together from it alone. Who guesses a passage whole can
confirm the guess, and a case's key, derived from its name, only makes work done for one case useless for
another. That is protection from copying, not from a person who already has the text.

References
----------
broder1997
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: Words hashed together.
SHINGLE = 3
#: Bits kept of each hash, and hexadecimal digits to write them.
BITS, DIGITS = 20, 5
#: Fewest and most hashes of a locator.
FEWEST, MOST = 4, 24
#: Fewest and most words of a passage: four triples, and a long paragraph.
SHORTEST, LONGEST = FEWEST * SHINGLE, 400
#: A passage counts as found when this share of its hashes is there, and at least this many.
ENOUGH, AT_LEAST = 0.5, 3
#: How much longer than the passage the window may be in which its hashes are looked for: words added.
STRETCH, SLACK = 1.25, 4

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u0060\u00b4]")
_JOINED = re.compile("(?<=\\w)[-\u2010\u2011]\\s*\\n\\s*(?=\\w)|(?<=\\w)[-\u2010\u2011](?=\\w)|\u00ad\\s*")
_WORD = re.compile(r"[^\W_]+(?:\0+[^\W_]+)*")
_LOCATOR = re.compile(rf"([01]\.\d{{4}}) ([1-9]\d{{0,3}})((?: [0-9a-f]{{{DIGITS}}})+)")


@dataclass(frozen=True)
class Locator:
    """The fingerprint of a passage.

    Parameters
    ----------
    position : share of the text's words that come before the passage.
    words : how many words the passage has.
    hashes : of some of its word triples, sorted; their order in the passage is not kept.
    """

    position: float
    words: int
    hashes: tuple[int, ...]

    def __str__(self) -> str:
        return " ".join([f"{self.position:.4f}", str(self.words), *(f"{h:0{DIGITS}x}" for h in self.hashes)])


@dataclass(frozen=True)
class Text:
    """A text as words.

    Parameters
    ----------
    source : the text as it was read.
    words : normalised, in order.
    spans : (word, 2) where each word begins and ends in `source`.
    hashes : (word,) of the triple that begins at each word; the last two begin none.
    """

    source: str
    words: tuple[str, ...]
    spans: np.ndarray
    hashes: np.ndarray

    def passage(self, first: int, last: int) -> str:
        """The source from one word to another, both included, on one line."""
        begin, end = int(self.spans[first, 0]), int(self.spans[last, 1])
        return " ".join(self.source[begin:end].split())

    def sentences(self, first: int, last: int, most: int = 12) -> tuple[int, int]:
        """Words `first` to `last`, with up to `most` more on either side to begin and end a sentence."""
        before = range(first, max(first - most, -1), -1)
        beyond = range(last, min(last + most, len(self.words)))
        begin = next((word for word in before if self._ends(word - 1)), first)
        return begin, next((word for word in beyond if self._ends(word)), last)

    def _ends(self, word: int) -> bool:
        """Whether a word ends a sentence or a paragraph, or the text begins behind it."""
        if word < 0:
            return True
        end = int(self.spans[word, 1])
        following = int(self.spans[word + 1, 0]) if word + 1 < len(self.words) else len(self.source)
        between = self.source[end:following]
        return word + 1 == len(self.words) or "\n\n" in between or any(c in between for c in ".!?\u2026")

    def line(self, word: int) -> int:
        """The line, from 1, that a word stands on."""
        return self.source.count("\n", 0, int(self.spans[word, 0])) + 1


@dataclass(frozen=True)
class Found:
    """A passage found in a text: its words from `first` to `last`, and the share of the hashes met."""

    first: int
    last: int
    similarity: float


def read_locator(text: str) -> Locator:
    """A locator from its written form.

    Raises
    ------
    ValueError : it is not one.

    >>> str(read_locator("0.1250 14 0a1b2 0c3d4 1e5f6 2a7b8"))
    '0.1250 14 0a1b2 0c3d4 1e5f6 2a7b8'
    """
    match = _LOCATOR.fullmatch(text)
    if match is None:
        raise ValueError("not a locator")
    hashes = tuple(int(h, 16) for h in match[3].split())
    found = Locator(float(match[1]), int(match[2]), hashes)
    if not (FEWEST <= len(hashes) <= MOST and SHORTEST <= found.words <= LONGEST and found.position <= 1):
        raise ValueError("out of bounds")
    if list(hashes) != sorted(set(hashes)):
        raise ValueError("its hashes are not in order")
    return found


def normalise(text: str) -> str:
    """A text with the apostrophes and hyphens inside its words marked, as long as the one given.

    The length is kept so that places in the one are places in the other. Marks that must join the parts of a
    word become NUL, which `_fold` takes out.
    """
    for joint in (_APOSTROPHES, _JOINED):
        text = joint.sub(lambda match: "\0" * len(match[0]), text)
    return text


def _fold(word: str) -> str:
    """A word without case, accents and joints."""
    if word.isascii():
        return word.replace("\0", "").lower()
    apart = unicodedata.normalize("NFKD", word.replace("\0", "").casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def read_text(source: str, key: str) -> Text:
    """A text as words and hashes.

    Parameters
    ----------
    source : the text.
    key : keys the hashes; the name of the case.
    """
    plain = normalise(source)
    places = [match.span() for match in _WORD.finditer(plain)]
    words = tuple(_fold(plain[begin:end]) for begin, end in places)
    spans = np.array(places, dtype=np.int64).reshape(-1, 2)
    return Text(source, words, spans, shingles(words, key))


def shingles(words: Sequence[str], key: str) -> np.ndarray:
    """Keyed hashes of each triple of words (word,), shorter by two than the words."""
    keyed = hashlib.blake2b(digest_size=4, key=key.encode()[:64], person=b"diarchy-locator")
    shift = 32 - BITS
    hashes = np.empty(max(len(words) - SHINGLE + 1, 0), dtype=np.int64)
    for i in range(len(hashes)):
        one = keyed.copy()
        one.update(" ".join(words[i : i + SHINGLE]).encode())
        hashes[i] = int.from_bytes(one.digest()) >> shift
    return hashes


def locate(text: Text, first: int, last: int) -> Locator:
    """The locator of a passage: its words from `first` to `last`, both included.

    Triples are taken from the smallest hash up, leaving out what shares a word with one taken; so which are
    kept depends on nothing but the words, and no two can be chained.

    Raises
    ------
    ValueError : too short, too long, or too repetitive to be told from others.
    """
    words = last - first + 1
    if not SHORTEST <= words <= LONGEST:
        raise ValueError(f"a passage has {SHORTEST} to {LONGEST} words, this one {words}")
    taken: list[int] = []
    for place in np.argsort(text.hashes[first : last - SHINGLE + 2], kind="stable"):
        if len(taken) < MOST and all(abs(int(place) - other) >= SHINGLE for other in taken):
            taken.append(int(place))
    hashes = tuple(sorted({int(text.hashes[first + place]) for place in taken}))
    if len(hashes) < FEWEST:
        raise ValueError(f"a locator needs {FEWEST} different triples, this passage gives {len(hashes)}")
    return Locator(round(first / len(text.words), 4), words, hashes)


def find(text: Text, locators: Mapping[str, Locator]) -> dict[str, Found | None]:
    """Each passage in a text, or None where it is not.

    Parameters
    ----------
    text : hashed with the key that the locators were made with.
    locators : by id.

    Notes
    -----
    The window of `STRETCH` times the passage's words that holds most of its different hashes; of several,
    the one nearest to where the passage was. A passage counts as found from half of its hashes on, three at
    least: by chance a window of 30 words of another text holds one given hash with probability 3e-5.
    """
    order = np.argsort(text.hashes, kind="stable")
    ranked = text.hashes[order]
    return {name: _find_one(text, locator, order, ranked) for name, locator in locators.items()}


def _find_one(text: Text, locator: Locator, order: np.ndarray, ranked: np.ndarray) -> Found | None:
    """One passage."""
    wanted = np.array(locator.hashes)
    low, high = np.searchsorted(ranked, wanted), np.searchsorted(ranked, wanted, side="right")
    hits = sorted((int(place), k) for k in range(len(wanted)) for place in order[low[k] : high[k]])
    need = max(AT_LEAST, int(np.ceil(ENOUGH * len(wanted))))
    home = locator.position * len(text.words)
    best: tuple[int, float, int, int] | None = None
    for met, first, last in _windows(hits, int(STRETCH * locator.words) + SLACK):
        candidate = (met, -abs(first - home), first, last + SHINGLE - 1)
        if met >= need and (best is None or candidate > best):
            best = candidate
    if best is None:
        return None
    first, last = _widened(best[2], best[3], locator.words, len(text.words))
    return Found(first, last, best[0] / len(wanted))


def _windows(hits: Sequence[tuple[int, int]], reach: int) -> Iterator[tuple[int, int, int]]:
    """For each hit (word, which hash), the tightest window of less than `reach` words that ends there.

    Yields how many different hashes it holds, and its first and last hit.
    """
    inside: dict[int, int] = {}
    left = 0
    for last, k in hits:
        inside[k] = inside.get(k, 0) + 1
        while last - hits[left][0] >= reach or inside[hits[left][1]] > 1:
            inside[hits[left][1]] -= 1
            left += 1
        yield sum(n > 0 for n in inside.values()), hits[left][0], last


def _widened(first: int, last: int, words: int, total: int) -> tuple[int, int]:
    """The words met, with as many on either side as the passage lacks."""
    lacking = max(0, words - (last - first + 1))
    before = min(first, (lacking + 1) // 2)
    return first - before, min(total - 1, last + lacking - before)
