"""Faults of the user's: gathered, pointed at, answered with a cure, and raised once.

A phase (reading, wiring, designing, asking) collects every fault it can find in a `Faults` list and
raises one error that prints them all. The command line shows the text without a traceback, exit code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

#: What steers a terminal or turns the reading direction, as a class of a regular expression holds it; but for
#: ESC, which also begins colours.
STEERING = "\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"


class DiarchyError(Exception):
    """A fault that the user can mend; its text says what, where, what is allowed, and the cure."""

    phase = "using Diarchy"

    def __init__(self, faults: Iterable[Fault] | str):
        self.faults = (Fault(faults),) if isinstance(faults, str) else tuple(faults)
        super().__init__(self.text())

    def text(self) -> str:
        """All faults, one a line, headed by the phase in which they were found."""
        n = len(self.faults)
        head = f"{n} fault{'s' if n != 1 else ''} while {self.phase}:"
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])


class ScenarioError(DiarchyError):
    """What a case, scenario, question or evidence file says cannot be taken."""

    phase = "reading the scenario"


class ModelError(DiarchyError):
    """The mechanisms do not fit together, or do not fit the case."""

    phase = "wiring the model"


class DesignError(DiarchyError):
    """The run cannot be laid out as asked: futures, workers, output folder."""

    phase = "laying out the run"


class ResultsError(DiarchyError):
    """A store cannot be read, or does not hold what a question needs."""

    phase = "reading the results"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    what : the fault in one sentence.
    where : ``file:line`` or a qualified name; empty when there is no place.
    allowed : what would be accepted.
    near : the nearest right name, when a name is wrong.
    cure : what to do about it.
    """

    what: str
    where: str = ""
    allowed: str = ""
    near: str = ""
    cure: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: " if self.where else "", self.what]
        if self.allowed:
            parts.append(f"; allowed: {self.allowed}")
        if self.near:
            parts.append(f"; did you mean '{self.near}'?")
        if self.cure:
            parts.append(f"; {self.cure}")
        # A file's text stays on its line.
        return "".join(c if c.isprintable() else "?" for c in "".join(parts))


class Faults:
    """A list of faults that is raised at most once, at the end of a phase.

    >>> faults = Faults(ModelError)
    >>> faults.add("no such mechanism 'crowds'", near=nearest("crowds", ["crowd", "media"]))
    >>> len(faults)
    1
    """

    def __init__(self, error: type[DiarchyError]):
        self.error = error
        self.found: list[Fault] = []

    def __len__(self) -> int:
        return len(self.found)

    def add(self, what: str, where: str = "", allowed: str = "", near: str = "", cure: str = "") -> None:
        """Record one fault and go on looking."""
        self.found.append(Fault(what, where, allowed, near, cure))

    def take(self, error: DiarchyError) -> None:
        """Record the faults that another phase raised."""
        self.found.extend(error.faults)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Do something of which the faults are recorded, and go on behind it."""
        try:
            yield
        except DiarchyError as error:
            self.take(error)

    def raise_now(self) -> NoReturn:
        """Raise what was found, without repeats, in the order found."""
        raise self.error(dict.fromkeys(self.found))

    def raise_if_any(self) -> None:
        """Raise when something was found."""
        if self.found:
            self.raise_now()


class Gathered(Faults):
    """Faults of several phases: raised as the phase's own error where it was one, else as a general one.

    >>> faults = Gathered()
    >>> with faults.trying():
    ...     raise ModelError("no such mechanism")
    >>> len(faults), faults.error.__name__
    (1, 'ModelError')
    """

    def __init__(self) -> None:
        super().__init__(DiarchyError)

    def take(self, error: DiarchyError) -> None:
        """Record the faults that a phase raised, and whose they are."""
        self.error = type(error) if not self.found or type(error) is self.error else DiarchyError
        super().take(error)


def nearest(name: str, names: Iterable[str]) -> str:
    """The name most like `name`, or an empty string when none is close.

    >>> nearest("crowds", ["crowd", "media"])
    'crowd'
    """
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return close[0] if close else ""
