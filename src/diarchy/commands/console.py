"""What a command says and where: data to standard output, everything else to standard error."""

from __future__ import annotations

import functools
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from diarchy.commands.usage import Command, Said, said_so_far
from diarchy.errors import STEERING, ResultsError, nearest

#: Exit codes; 0 is done.
OUR_FAULT, WRONG_INPUT, FUTURES_FAILED, INTERRUPTED = 1, 2, 4, 130
#: Columns to lay out for when standard output is no terminal and COLUMNS is not set.
PIPE_WIDTH = 100
#: Below this many columns the answer table leaves out what is also in --json.
NARROW = 110
#: What moves a cursor, turns the reading direction or does more to a terminal than set a colour.
_STEERS = re.compile(rf"\x1b(?!\[[0-9;]*m)|[{STEERING}]")


class Commands(click.Group):
    """Commands of which the nearest is told where one is misspelt."""

    command_class = Command

    def resolve_command(self, ctx: click.Context, args: list[str]):
        word, known = args[0], self.list_commands(ctx)
        if word not in known and not word.startswith("-"):
            near = nearest(word, known)
            hint = f" Did you mean '{near}'?" if near else f" Commands: {', '.join(known)}."
            raise click.UsageError(f"No such command '{word}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


class FuturesFailed(ResultsError):
    """So many futures failed that no question is answered; the input was taken all the same."""

    exit_code = FUTURES_FAILED


@dataclass(frozen=True)
class Console:
    """How a command speaks.

    Parameters
    ----------
    json : documents for programs instead of tables.
    quiet : nothing on standard error but faults.
    verbose : details on standard error.
    faults : what is wrong with the command so far; raised before any work.
    """

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    faults: Said = field(default_factory=Said)

    def say(self, text: str) -> None:
        """A line for the person at the terminal."""
        if not self.quiet:
            click.echo(printable(text), err=True)

    def details(self, lines: Iterable[str]) -> None:
        """Lines for who asked for more."""
        if self.verbose and not self.quiet:
            for line in lines:
                click.echo(printable(line), err=True)

    def then(self, command: str, why: str) -> None:
        """The command that people use next."""
        self.say(f"next: {command}  ({why})")

    def data(self, text: str) -> None:
        """Data as text."""
        click.echo(printable(text))

    def document(self, content: Mapping[str, Any]) -> None:
        """Data as one JSON document."""
        click.echo(as_json(content))

    def table(self, title: str, rows: Sequence[Mapping[str, Any]], wrap: Sequence[str] = ()) -> None:
        """Records as a table that fits the terminal; the columns named in `wrap` give way first."""
        from rich import box
        from rich.table import Table

        if not rows:
            click.echo(f"{title}: none")
            return
        columns = list(rows[0])
        table = Table(
            title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for column in columns:
            keep = bool(wrap) and column not in wrap
            table.add_column(column.replace("_", " "), no_wrap=keep, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(row[column]) for column in columns))
        draw(table)


def printable(text: str) -> str:
    """A text as a terminal may have it: what would steer it is spelt out, but for colours and new lines.

    Stores and reports of strangers may hold anything.
    """
    return _STEERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def as_json(content: Mapping[str, Any]) -> str:
    """A JSON document that standard output can hold; what its encoding lacks is escaped.

    Not every terminal speaks UTF-8, and the name of a file need not be text.
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, default=str)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(content, allow_nan=False, default=str)
    return text


def _cell(value: Any) -> str:
    """A value as table text; rich's markup is not for data."""
    from rich.markup import escape

    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return escape(", ".join(map(str, value)))
    return escape(str(value))


def columns() -> int:
    """How many columns standard output has."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return PIPE_WIDTH
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def draw(renderable: Any) -> None:
    """Print something of rich's to standard output; NO_COLOR and TERM=dumb are obeyed."""
    from rich.console import Console as Rich

    console = Rich(file=sys.stdout, width=max(columns(), 40), highlight=False, emoji=False)
    with console.capture() as capture:
        console.print(renderable)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    click.echo(printable("\n".join(lines).strip("\n")))


def speaking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --json, -q and -v, and a `console` that obeys them."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
    @click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but faults.")
    @click.option(
        "-v", "--verbose", is_flag=True, help="Details on standard error; tracebacks of our own faults."
    )
    @functools.wraps(function)
    def command(*arguments: Any, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> Any:
        return function(*arguments, console=Console(as_json, quiet, verbose, said_so_far()), **options)

    return command


class Progress:
    """How far a run is: a bar on a terminal, else a line per tenth, or JSON lines, on standard error.

    Parameters
    ----------
    mode : 'auto', 'plain', 'json' or 'off'.
    """

    def __init__(self, mode: str):
        terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.mode = ("bar" if terminal else "plain") if mode == "auto" else mode
        self.tenth = 0
        self.bar: Any = None
        self.task: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, done: int, total: int, rate: float, left: float) -> None:
        """Tell that `done` of `total` futures are finished, at `rate` a second, with `left` seconds to go."""
        if self.mode == "off" or total <= 0:
            return
        if self.mode == "bar":
            self._bar(done, total, rate, left)
        elif self.mode == "json" or done * 10 // total > self.tenth:
            self.tenth = done * 10 // total
            self._line(done, total, rate, left)

    def _line(self, done: int, total: int, rate: float, left: float) -> None:
        """One line of text or JSON."""
        if self.mode == "json":
            soon = round(left, 1) if math.isfinite(left) else None
            fields = {"done": done, "total": total, "rate_per_s": round(rate, 2), "left_s": soon}
            click.echo(json.dumps({"schema": "diarchy/progress/1", **fields}), err=True)
        else:
            percent = f"{100 * done // total:3d} %"
            click.echo(
                f"{percent}  {done:,} of {total:,} futures, {rate:.0f} a second, {_left(left)}", err=True
            )

    def _bar(self, done: int, total: int, rate: float, left: float) -> None:
        """A moving bar with rate and time left."""
        if self.bar is None:
            self.bar, self.task = _new_bar(total)
        self.bar.update(self.task, completed=done, pace=f"{rate:.0f}/s, {_left(left)}")


def _left(seconds: float) -> str:
    """Time left in words; nothing is promised before the rate is known."""
    return f"{duration(seconds)} left" if math.isfinite(seconds) else "time left unknown"


def _new_bar(total: int) -> tuple[Any, Any]:
    """A started bar of rich's on standard error, and its task."""
    from rich.console import Console as Rich
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("futures"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        console=Rich(stderr=True),
        transient=True,
    )
    bar.start()
    return bar, bar.add_task("futures", total=total, pace="")


def duration(seconds: float) -> str:
    """A length of time for people.

    >>> duration(0.42), duration(75), duration(7300)
    ('0.4 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
