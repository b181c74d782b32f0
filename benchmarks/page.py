"""Put what was measured into a page, between marks that the page keeps."""

from __future__ import annotations

from pathlib import Path


def taken(page: Path, mark: str) -> str:
    """What stands between two marks of a page."""
    text = page.read_text(encoding="utf-8")
    return text.partition(f"<!-- {mark} -->\n")[2].partition(f"<!-- /{mark} -->")[0]


def put(page: Path, mark: str, text: str) -> None:
    """Replace what stands between ``<!-- mark -->`` and ``<!-- /mark -->``.

    Raises
    ------
    SystemExit : the page lacks the marks.
    """
    first, last = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    whole = page.read_text(encoding="utf-8")
    if first not in whole or last not in whole:
        raise SystemExit(f"{page} has no marks {first} and {last}")
    before, _, rest = whole.partition(first)
    page.write_text(f"{before}{first}\n{text}\n{last}{rest.partition(last)[2]}", encoding="utf-8")
