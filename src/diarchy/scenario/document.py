"""The reader's own copy of the analysis that a case was made from: read as plain text, within bounds."""

from __future__ import annotations

from pathlib import Path

from diarchy.errors import Fault, ScenarioError
from diarchy.scenario.files import read_text, shown

#: [byte] A long book has some 3 MB; finding passages needs about 60 times the size in memory.
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
#: How files begin that are documents but no plain text.
_FORMATS = {"%PDF": "a PDF", "PK\x03\x04": "a zipped document (docx, odt, epub)", "{\\rtf": "rich text"}
_CURE = "save its text as a plain UTF-8 file"
#: Share of control characters from which a file is no text.
_CONTROLS = 0.01


def read_document(path: Path) -> str:
    """The text of a document.

    Raises
    ------
    ScenarioError : missing, a folder, empty, too large, not UTF-8, or not text.
    """
    name = shown(str(path), 200)
    fault, text = read_text(path, path.name, MAX_DOCUMENT_BYTES, "a document")
    if text is None:
        cure = _CURE if "UTF-8" in fault else "cut it, or name the right file" if " MB" in fault else ""
        raise ScenarioError([Fault(fault.removesuffix("; save it as UTF-8"), name, cure=cure)])
    for start, kind in _FORMATS.items():
        if text.startswith(start):
            raise ScenarioError([Fault(f"is {kind}, expected plain text", name, cure=_CURE)])
    controls = sum(text.count(chr(code)) for code in range(32) if chr(code) not in "\t\n\r\f\v")
    if "\0" in text or controls > _CONTROLS * len(text):
        raise ScenarioError([Fault("is not text", name, cure=_CURE)])
    if not text.strip():
        raise ScenarioError([Fault("is empty", name, cure="name the file with the document's text")])
    return text
