"""What is wrong with a command line: every option's fault at once, and those of the files that it names.

click stops at the first option that it cannot take. Here the others are looked at too, and a command that
gathers goes on, with the options' defaults, to look at cases, stores and names as well: a person then mends
everything in one go. Such a command raises `Console.faults` before it does any work.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from diarchy.errors import DiarchyError, Fault, Gathered

#: Where the faults of the options lie in click's context.
_KEY = "diarchy.faults"


#: What a scenario takes at most of futures, and as a seed; the schema that says so takes long to import.
MOST_FUTURES, MOST_SEED = 10_000_000, 2**63 - 1
#: Folders within folders of a path; the system's calls that make them give up at a thousand.
_DEEPEST = 200


class Place(click.Path):
    """A file or folder that need not be there; a name that the system could not take is a fault."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        path: Any = super().convert(value, param, ctx)
        try:
            os.lstat(path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG or len(Path(path).parts) > _DEEPEST:
                self.fail(f"'{str(value)[:40]}...' is too long a path.", param, ctx)
        return path


class Share(click.FloatRange):
    """A number above 0 and up to 1. A comparison lets what is no number pass; here it does not."""

    def __init__(self) -> None:
        super().__init__(0, 1, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{number} is not in the range {self._describe_range()}.", param, ctx)
        return number


class UsageFaults(DiarchyError):
    """The command line cannot be taken."""

    phase = "reading the command line"


class Said(Gathered):
    """The faults of a command: of its options, and of what they name."""

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Do something of which the faults, click's too, are recorded, and go on behind it."""
        with super().trying():
            try:
                yield
            except click.UsageError as error:
                raise UsageFaults([_fault(error)]) from None


class Command(click.Command):
    """A command that tells all options that it cannot take."""

    #: Whether it goes on to look for other faults, and raises `Console.faults` before its work.
    gathers = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the command line, or find everything that is wrong with it."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            return self._go_on(ctx, given, error)

    def _go_on(self, ctx: click.Context, given: Sequence[str], first: click.UsageError) -> list[str]:
        """Go on behind a fault, where that can be; else raise it with all others."""
        known, unknown = self._known(ctx, given)
        wrong = self._wrong(ctx, known, bool(unknown))
        errors = [*unknown, *wrong.values()]
        faults = Said()
        for error in errors or [first]:
            faults.take(UsageFaults([_fault(error)]))
        # Without a path there is nothing to look at.
        missing = any(isinstance(error, click.MissingParameter) or _is_place(error) for error in errors)
        if not self.gathers or unknown or missing or not errors:
            if len(faults) == 1:
                raise first
            faults.raise_now()
        rest = self._with_defaults(ctx, known, wrong)
        ctx.meta[_KEY] = faults
        return rest

    def _known(self, ctx: click.Context, given: Sequence[str]) -> tuple[list[str], list[click.UsageError]]:
        """The words without options that do not exist, and what is wrong with these."""
        known, unknown = list(given), list[click.UsageError]()
        while True:
            try:
                self.make_parser(ctx).parse_args(list(known))
                return known, unknown
            except click.NoSuchOption as error:
                unknown.append(error)
                left = [word for word in known if word.partition("=")[0] != error.option_name]
                if len(left) == len(known):  # letters written together, such as -xyz
                    return [], unknown
                known = left
            except click.UsageError as error:
                return [], [*unknown, error]

    def _wrong(self, ctx: click.Context, known: Sequence[str], astray: bool) -> dict[str, click.UsageError]:
        """Parameter -> why its value cannot be taken.

        Parameters
        ----------
        known : words of which each option exists.
        astray : whether others did not: their values may lie among the arguments, which are then left alone.
        """
        wrong: dict[str, click.UsageError] = {}
        opts, rest, _ = self.make_parser(ctx).parse_args(list(known))
        for parameter in self.get_params(ctx):
            try:
                parameter.process_value(ctx, parameter.consume_value(ctx, opts)[0])
            except click.UsageError as error:
                if not (astray and isinstance(parameter, click.Argument)):
                    error.ctx, wrong[str(parameter.name)] = ctx, error
                    if isinstance(error, click.BadParameter):
                        error.param = error.param or parameter
        if rest and not astray and not wrong:
            return {"": click.UsageError(f"Got unexpected extra arguments ({' '.join(rest)})", ctx)}
        return wrong

    def _with_defaults(
        self, ctx: click.Context, known: Sequence[str], wrong: dict[str, click.UsageError]
    ) -> list[str]:
        """Take the command line with defaults for what is wrong."""
        ctx.params.clear()
        ctx.resilient_parsing = True
        try:
            rest = super().parse_args(ctx, list(known))
        finally:
            ctx.resilient_parsing = False
        for parameter in self.get_params(ctx):
            if parameter.name in wrong:
                default = getattr(parameter, "default", None)
                plain = default if isinstance(default, (bool, int, float, str)) else None
                ctx.params[parameter.name] = () if parameter.multiple or parameter.nargs == -1 else plain
        return rest


class Gathering(Command):
    """A command that looks beyond its options: it raises `Console.faults` before its work."""

    gathers = True


def command(**settings: Any) -> Callable[..., Any]:
    """A command that tells all its faults at once; see `Command`."""
    return click.command(cls=Gathering, **settings)


def said_so_far() -> Said:
    """The faults of the options of the command that is called now."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_KEY, Said()) if context else Said()


def _is_place(error: click.UsageError) -> bool:
    """Whether a path is at fault."""
    return isinstance(getattr(getattr(error, "param", None), "type", None), Place)


def _fault(error: click.UsageError) -> Fault:
    """A fault of click's as one of ours."""
    context = error.ctx
    cure = f"`{context.command_path} --help` shows what it takes" if context else ""
    return Fault(error.format_message().removesuffix("."), cure=cure)
