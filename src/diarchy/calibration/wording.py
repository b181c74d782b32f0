"""Free words of a case file as classes: what set the crisis off, and what kind of regime it met.

Both are onset facts. A class given by its own name is taken as it is; any other text is searched for the
words below, the earliest in the text wins, and of words that begin at the same place the longest.
"""

from __future__ import annotations

import math

TRIGGERS = ("price", "election", "leader", "repression", "other")
REGIMES = (
    "democracy",
    "electoral",
    "personal",
    "military",
    "party",
    "monarchy",
    "theocracy",
    "interim",
    "unknown",
)

#: Words that tell a trigger; prices have a column of their own, and their words count only when it is blank.
_PRICE_WORDS = ("price", "fuel", "subsid", "fare", "tariff", "tax", "petrol", "bread", "lpg", "work norms",
                "austerity", "rationing", "cost of living", "inflation")  # fmt: skip
_TRIGGER_WORDS = {
    "election": ("election", "electoral", "vote", "ballot", "referendum", "refusal to leave", "count of"),
    "leader": ("term limit", "third term", "fourth term", "fifth term", "another term", "coup", "power grab",
               "self-coup", "succession", "dissol", "president for life", "constitution"),
    "repression": ("arrest", "detention", "killing", "killed", "murder", "massacre", "assassinat", "torture",
                   "police abuse", "police brutality", "police violence", "self-immolation", "crackdown",
                   "repression", "death in custody", "shooting", "beating"),
}  # fmt: skip
_REGIME_WORDS = {
    "democracy": ("democracy", "democratic", "electoral democracy", "liberal", "parliamentary",
                  "constitutional monarchy"),
    "electoral": ("electoral", "hybrid", "competitive", "anocracy", "semi-", "illiberal"),
    "personal": ("personal", "sultan", "dictator", "strongman"),
    "military": ("military", "junta", "army"),
    "party": ("party", "communist", "one-party", "single-party", "dominant party", "socialist"),
    "monarchy": ("monarchy", "king", "emirate", "royal"),
    "theocracy": ("theocra", "islamic", "clerical"),
    "interim": ("interim", "transition", "provisional", "new state", "caretaker", "failed", "occupation"),
}  # fmt: skip

#: Polity scores that part autocracies, mixed regimes and democracies, as usual with that scale.
_DEMOCRACY_FROM, _AUTOCRACY_TO = 6, -6


def _first(text: str, words: dict[str, tuple[str, ...]]) -> str:
    """The class of the earliest of some words in a text, or an empty string."""
    best = (math.inf, 0, "")
    for name, some in words.items():
        for word in some:
            at = text.find(word)
            if at >= 0:
                best = min(best, (at, -len(word), name))
    return best[2]


def trigger_class(text: str, price: bool | None) -> str:
    """What set a crisis off.

    Parameters
    ----------
    text : the cell ``trigger``: a class or free words.
    price : the cell ``price_trigger``; None when blank, then the words decide.

    >>> trigger_class("LPG price x2", True), trigger_class("stolen election claim, mutiny", False)
    ('price', 'election')
    >>> trigger_class("oil strike wages", False), trigger_class("fuel subsidy cut", None)
    ('other', 'price')
    """
    text = text.casefold().strip()
    if price:
        return "price"
    if text in TRIGGERS and not (text == "price" and price is False):
        return text
    words = _TRIGGER_WORDS if price is False else {"price": _PRICE_WORDS, **_TRIGGER_WORDS}
    return _first(text, words) or "other"


def regime_class(text: str, polity: float) -> str:
    """The kind of regime at onset.

    Parameters
    ----------
    text : the cell ``regime``: a class or free words.
    polity : [-10, 10] score of the year before; decides where the words tell nothing.

    >>> regime_class("military-personal", -7.0), regime_class("electoral autocracy", 3.0)
    ('military', 'electoral')
    >>> regime_class("", 8.0), regime_class("", math.nan)
    ('democracy', 'unknown')
    """
    text = text.casefold().strip()
    if text in REGIMES[:-1]:
        return text
    found = _first(text, _REGIME_WORDS)
    if found or math.isnan(polity):
        return found or "unknown"
    if polity >= _DEMOCRACY_FROM:
        return "democracy"
    return "electoral" if polity > _AUTOCRACY_TO else "personal"
