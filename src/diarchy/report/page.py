"""A report: the front end, the bundle and its plain part in one HTML file that needs nothing else.

The file opens from disk with no network. Its policy lets run only the scripts that it was written with, by
their hashes, and lets nothing be fetched. The bundle is data in a block that no browser executes, escaped so
that no text of a case can end the block.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diarchy.errors import Fault, ResultsError
from diarchy.places import why_no_file, why_unwritable, write_whole
from diarchy.report.bundle import text_of
from diarchy.report.plain import plain, text

#: The built front end, which the studio serves too.
STATIC = Path(__file__).parents[1] / "studio" / "static"
#: The file of a store that holds its report.
REPORT = "report.html"
#: What stands before the bundle in it.
BLOCK = '<script type="application/json" id="bundle">'
#: Tells the style sheets that scripts run, before anything is drawn; undone when the front end cannot start.
_SWITCH = "document.documentElement.className='js'"
#: Characters that could end a block of data, or a line of a script, and how JSON writes them otherwise.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embedded(document: Mapping[str, Any]) -> str:
    """JSON text that can stand in an HTML block of data.

    >>> embedded({"schema": "</script><script>"})
    '{"schema":"\\\\u003c/script\\\\u003e\\\\u003cscript\\\\u003e"}'
    """
    told = text_of(document)
    for character, escape in _ESCAPES.items():
        told = told.replace(character, escape)
    return told


@functools.cache
def _front_end() -> tuple[str, str, str]:
    """Script, style and font of the built front end."""
    try:
        script = (STATIC / "assets" / "app.js").read_text(encoding="utf-8")
        style = (STATIC / "assets" / "app.css").read_text(encoding="utf-8")
        font = (STATIC / "assets" / "inter.woff2").read_bytes()
    except OSError as error:
        fault = Fault(f"the built front end is not there: {error.filename}", cure="install diarchy again")
        raise ResultsError([fault]) from error
    inside = f"data:font/woff2;base64,{base64.b64encode(font).decode()}"
    return script, style.replace("./inter.woff2", inside), f"'sha256-{_sha256(script)}'"


def _sha256(content: str) -> str:
    """The hash by which a policy knows a script or a style."""
    return base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode()


def page(bundle: Mapping[str, Any]) -> str:
    """A report as one HTML text.

    Parameters
    ----------
    bundle : of schema ``diarchy/bundle/1``.
    """
    script, style, known = _front_end()
    style += (Path(__file__).with_name("plain.css")).read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {known} 'sha256-{_sha256(_SWITCH)}'; "
        f"style-src 'sha256-{_sha256(style)}'; font-src data:; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{text(policy)}">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="Diarchy {text(bundle["version"])}">',
            f"<title>{text(bundle['title'])} - Diarchy</title>",
            f"<style>{style}</style>",
            f"<script>{_SWITCH}</script>",
            "</head>",
            "<body>",
            "<!-- With Svelte (MIT), d3 (ISC) and Inter (OFL 1.1); their licences ship with Diarchy. -->",
            '<div id="app"></div>',
            f'<main class="plain">{plain(bundle)}</main>',
            f"{BLOCK}{embedded(bundle)}</script>",
            f'<script type="module">{script}</script>',
            "</body>",
            "</html>",
            "",
        ]
    )


def check_writable(path: Path, option: str = "--out") -> None:
    """Refuse a file that could not be written; nothing is written.

    Parameters
    ----------
    path : the file to be.
    option : the option that names it.

    Raises
    ------
    ResultsError : it is a folder, a device, a pipe or a link, or its folder cannot be written or made.
    """
    cure = f"name a file with {option}"
    if wrong := why_no_file(path):
        raise ResultsError([Fault(wrong, str(path), cure=cure)])
    if why := why_unwritable(path.parent):
        raise ResultsError([Fault(f"cannot be written: {why}", str(path), cure=cure)])


def write(path: Path, content: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    ResultsError : it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise ResultsError([Fault(what, str(path), cure="choose another place with --out")]) from error
