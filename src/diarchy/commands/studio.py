"""`diarchy studio`: the workbench in a browser, served on this machine only."""

from __future__ import annotations

from pathlib import Path

import click

from diarchy import __version__
from diarchy.commands.console import Console, speaking
from diarchy.commands.usage import command


@command()
@click.argument("target", required=False, metavar="[CASE|STORE]")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one."
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@speaking
def studio(target: str | None, port: int, no_browser: bool, console: Console) -> None:
    """Edit cases, run them and explore their answers in a browser.

    The server listens on this machine only, and its address carries a key: without it, nothing is shown.
    Own cases are the folders here that have a case.yaml; results go to ./results. Ctrl-C stops it; a run
    under way is stopped, and what it has finished is kept.
    """
    from diarchy.studio.serve import serve

    opened = ""
    with console.faults.trying():
        opened = _opened(target) if target else ""
    console.faults.raise_if_any()

    def started(address: str, place: str) -> None:
        if console.json:
            console.document({"schema": "diarchy/studio/1", "version": __version__, "address": address})
        else:
            console.data(address)
        console.say(f"the studio is at {place}; Ctrl-C stops it")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(Path.cwd(), port, started, opened)


def _opened(target: str) -> str:
    """Where in the page a case or a store is.

    Raises
    ------
    DiarchyError : there is none of that name.
    """
    from diarchy.errors import DesignError, Fault, nearest
    from diarchy.studio.shelf import Missing, Shelf

    shelf = Shelf(Path.cwd())
    for kind, find in (("result", shelf.store), ("case", shelf.case)):
        try:
            find(Path(target).name)
            return f"#{kind}={Path(target).name}"
        except Missing:
            continue
    names = [row["id"] for row in (*shelf.cases(), *shelf.stores())]
    near = nearest(target, names)
    raise DesignError(
        [Fault(f"no case or result '{target[:64]}' here", near=near, cure="`diarchy list` shows them")]
    )
