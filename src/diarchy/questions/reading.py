"""Reading a question from a file: where one is, what exists, and what is wrong, gathered until the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diarchy.errors import Faults, nearest
from diarchy.questions.vocabulary import Vocabulary
from diarchy.units import read_quantity

#: How deep events may nest, and how many parts one question may have: files are untrusted, and an alias in a
#: file can stand for a tree of any size.
DEEPEST, LARGEST = 32, 500
#: No unit needs a power of a number, and some powers of numbers would never be done.
_POWER = re.compile(r"\*\*|\^")
#: ``file:line`` of a question, or a function of the words that lead to a part of it.
Where = str | Callable[..., str]


class Unreadable(Exception):
    """A part of a question could not be read; its fault is recorded, and reading goes on with the next."""


@dataclass
class _Budget:
    """Parts of one question read so far."""

    parts: int = 0
    spent: bool = False


@dataclass(frozen=True)
class Reading:
    """A place in a questions file, with what is needed to read it.

    Parameters
    ----------
    vocabulary : the names that exist.
    faults : where faults are gathered.
    question : id of the question.
    where : ``file:line`` of the question, or a function that gives it for words that lead to a part of it.
    path : words that lead to this place, such as ``("chance", "within", "event")``.
    """

    vocabulary: Vocabulary
    faults: Faults
    question: str
    where: Where = ""
    path: tuple[str, ...] = ()
    budget: _Budget = field(default_factory=_Budget)

    def into(self, *words: str) -> Reading:
        """The place one or more words further in."""
        self.budget.parts += 1
        place = Reading(
            self.vocabulary, self.faults, self.question, self.where, (*self.path, *words), self.budget
        )
        if len(place.path) > DEEPEST or self.budget.parts > LARGEST:
            if not self.budget.spent:
                self.fault(
                    f"more than {LARGEST} parts, or nested more than {DEEPEST} deep",
                    cure="split the question",
                )
            self.budget.spent = True
            raise Unreadable
        return place

    def attempt(self, read: Callable[..., Any], *given: Any) -> Any:
        """What a reader makes of a part, or None when it cannot; its faults are recorded."""
        try:
            return read(*given)
        except Unreadable:
            return None

    def fault(
        self, what: str, allowed: Iterable[str] = (), near: str = "", cure: str = "", field: str = ""
    ) -> None:
        """Record a fault of this place, or of one field of it, and go on."""
        label = f"question '{self.question}'" + (f", {'.'.join(self.path)}" if self.path else "")
        steps = (*self.path, field) if field else self.path
        where = self.where if isinstance(self.where, str) else self.where(*steps)
        self.faults.add(f"{label}: {what}", where, ", ".join(allowed), near, cure)

    def refuse(
        self, what: str, allowed: Iterable[str] = (), near: str = "", cure: str = "", field: str = ""
    ) -> Any:
        """Record a fault and give this part up."""
        self.fault(what, allowed, near, cure, field)
        raise Unreadable

    def mapping(self, spec: Any, form: str) -> Mapping[str, Any]:
        """A mapping with words as keys."""
        if not isinstance(spec, Mapping) or not spec:
            self.refuse(f"expected {form}, found {_shown(spec)}")
        return {str(key): value for key, value in spec.items()}

    def one_of(self, spec: Any, words: Iterable[str], kind: str) -> tuple[str, Any]:
        """The one word of a closed list, and what it is applied to."""
        known = list(words)
        fields = self.mapping(spec, f"one word for {kind}")
        for word in fields:
            if word not in known:
                self.fault(f"'{word}' is no {kind}", known, nearest(word, known), field=word)
        if any(word not in known for word in fields):
            raise Unreadable
        if len(fields) != 1:
            self.refuse(f"expected one {kind}, found {len(fields)}: {', '.join(fields)}",
                        cure="combine events with both or either")  # fmt: skip
        return next(iter(fields.items()))

    def known(self, fields: Mapping[str, Any], words: Iterable[str]) -> None:
        """Fault the fields that do not belong here; reading goes on."""
        allowed = list(words)
        for word in fields:
            if word not in allowed:
                self.fault(f"no field '{word}' here", allowed, nearest(word, allowed), field=word)

    def needed(self, fields: Mapping[str, Any], *words: str) -> None:
        """Fault the fields that are missing; then give up."""
        missing = [word for word in words if word not in fields]
        for word in missing:
            self.fault(f"'{word}' is missing")
        if missing:
            raise Unreadable

    def quantity(self, text: Any, unit: str, word: str) -> float:
        """A quantity in a unit."""
        try:
            if not isinstance(text, (str, int, float)):
                raise ValueError(f"expected a quantity in '{unit}', found {_shown(text)}")
            if isinstance(text, str) and _POWER.search(text):
                raise ValueError(f"'{text[:40]}' holds a power")
            return read_quantity(text, unit)
        except (ValueError, OverflowError) as error:
            return self.refuse(f"{word}: {error}", cure=f"give it in a unit that fits '{unit}'", field=word)

    def duration(self, text: Any, word: str) -> float:
        """A time that is not negative [day]."""
        days = self.quantity(text, "day", word)
        return days if days >= 0 else self.refuse(f"{word}: {text} is negative", ["0 d or more"], field=word)

    def name(self, given: Any, names: Iterable[str], kind: str, cure: str = "") -> str:
        """A name that must be one of some."""
        known = list(names)
        if not isinstance(given, str) or given not in known:
            near = nearest(given[:60], known) if isinstance(given, str) else ""
            self.refuse(f"no {kind} {_shown(given)}", known, near, cure)
        return given

    def names(self, given: Any) -> list[Any]:
        """One name or a list of names, as a list."""
        listed = list(given) if isinstance(given, (list, tuple)) else [given]
        return listed if listed else self.refuse("an empty list")


def _shown(spec: Any) -> str:
    """A value in a message: short, and safe to print."""
    if spec is None:
        return "nothing"
    if isinstance(spec, (Mapping, list, tuple)):
        return ("a mapping" if isinstance(spec, Mapping) else "a list") + f" of {len(spec)}"
    return f"'{str(spec)[:40]}'"
