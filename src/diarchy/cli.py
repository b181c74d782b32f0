"""The command line: data to standard output, everything else to standard error.

Exit codes: 0 done; 1 a fault of ours; 2 wrong usage or input that cannot be taken; 4 finished, but futures
failed; 130 interrupted, with what was finished saved. Only click is imported here, so that ``--help`` answers
at once; each command is imported when it is called.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from diarchy import __version__
from diarchy.commands.console import INTERRUPTED, OUR_FAULT, WRONG_INPUT, Commands, as_json, printable
from diarchy.errors import DiarchyError, Fault

FAULTS_SCHEMA = "diarchy/faults/1"

#: Each command: where it lives, and what it is for. In the order of the work.
COMMANDS = {
    "list": ("listing:list_things", "What there is: cases, mechanisms, results."),
    "run": ("run:run", "Run a case and print its answers: the main job."),
    "ask": ("ask:ask", "Answer again from a store, without running again."),
    "report": ("report:report", "A store as one HTML file to look at and to share."),
    "why": ("why:why", "What an answer hangs on, and what to look for."),
    "compare": ("compare:compare", "Two stores: changed assumptions, then changed answers."),
    "evidence": ("evidence:evidence", "What the analysis claims, and how each claim held up."),
    "cite": ("cite:cite", "Each claim beside its passage in your own copy of the analysis."),
    "update": ("update:update", "Weigh hypotheses and futures by what has been reported."),
    "coverage": ("targets:coverage", "Observed numbers beside the bands of a case's futures."),
    "check": ("check:check", "Look for faults in case and scenario files."),
    "score": ("score:score", "Score past crises beside base rates: the library, or a file of cases."),
    "fit": ("fit:fit", "Fit the shared parameters on the library of crises."),
    "classic": ("classic:classic", "Published models: their numbers beside ours, and their figures."),
    "describe": ("describe:describe", "A case's model as tables, graph or ODD text."),
    "leverage": ("leverage:leverage", "Who can block whose exports: a case's network of routes."),
    "studio": ("studio:studio", "Edit, run and explore in a browser, on this machine only."),
    "new": ("new:new", "Write a working skeleton of a case or a mechanism."),
    "doctor": ("doctor:doctor", "Versions, cores, memory, caches, disk: what the machine offers."),
}

_FIRST_STEPS = """\b
First steps:
  diarchy list                    what is installed
  diarchy run kazakhstan-2022     answers of the flagship case
  diarchy describe kazakhstan-2022
"""


class _Commands(Commands):
    """Commands that are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(f"diarchy.commands.{module}"), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    epilog=_FIRST_STEPS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", message="diarchy %(version)s")
@click.pass_context
def diarchy(context: click.Context) -> None:
    """Turn a written analysis of a political crisis into a running model that answers its questions."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    # What a terminal cannot show is spelt out, as it is on standard error: no answer is lost to a name.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(call(list(sys.argv[1:] if arguments is None else arguments)))


def call(arguments: list[str]) -> int:
    """Run the command line; every way of going wrong becomes a sentence and an exit code."""
    try:
        code = diarchy.main(args=arguments, prog_name="diarchy", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SystemExit:  # click's way of leaving when the reader of a pipe has gone: it has what it wanted
        return 0
    except BrokenPipeError:  # the same, seen at the last flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except DiarchyError as error:
        _refuse(error.text(), error.phase, error.faults, arguments)
        return getattr(error, "exit_code", WRONG_INPUT)
    except click.ClickException as error:
        return _refuse_usage(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except Exception as error:  # what is left is a bug of ours
        return _own_up(error, arguments)


def _refuse_usage(error: click.ClickException, arguments: list[str]) -> int:
    """Say how the command line was wrong."""
    context = getattr(error, "ctx", None)
    usage = f"{context.get_usage()}\n" if context else ""
    cure = f"`{context.command_path} --help` shows what it takes" if context else ""
    message = error.format_message()
    text = f"{usage}error: {message}" + (f"\n{cure}" if cure else "")
    _refuse(text, "reading the command line", (Fault(message, cure=cure),), arguments)
    return WRONG_INPUT


def _refuse(text: str, phase: str, faults: Sequence[Fault], arguments: list[str]) -> None:
    """Print a user's faults, for people and, with --json, for programs too."""
    click.echo(printable(text), err=True)
    if "--json" in arguments:
        found = [vars(fault) for fault in faults]
        document = {"schema": FAULTS_SCHEMA, "version": __version__, "phase": phase, "faults": found}
        click.echo(as_json(document))


def _own_up(error: Exception, arguments: list[str]) -> int:
    """Say that the fault is ours; the traceback only on request."""
    first_line = next(iter(str(error).splitlines()), "")
    click.echo(printable(f"a fault of Diarchy's own: {type(error).__name__}: {first_line}"), err=True)
    if "-v" in arguments or "--verbose" in arguments:
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True)
    else:
        click.echo("add -v to see where it happened, and please report it", err=True)
    return OUR_FAULT


if __name__ == "__main__":
    main()
