"""Measure report and studio in a browser, and make their pictures.

``python -m benchmarks.pages STORE... [--pictures FOLDER]`` prints, a line of JSON a store: how long the
report takes from opening to a map that can be used, how long from a step of the slider to the repainted map,
how large it is, how long the studio takes to start and to open the same result. Needs Chromium and the extra
`browser`. The pictures are of every screen of a studio that holds the first store; for that of a run in
progress, one is started.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPENINGS, KEYS = 5, 60
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 420, "height": 900}
#: Colours of a picture's palette: enough for the map's shades and smooth letters.
COLOURS = 256
#: Of the run that is pictured while it goes on: futures, and the part that is done when the picture is taken.
RUN_FUTURES, RUN_PART = 600, 0.5
PATIENCE_MS = 180_000


@dataclass(frozen=True)
class Picture:
    """One picture.

    Parameters
    ----------
    view : part of the address that shows it.
    size : of the window.
    card : heading of the one card that is pictured; empty for the whole window.
    wait : what must be there.
    """

    view: str
    size: dict[str, int]
    card: str = ""
    wait: str = "svg path.place"


PICTURES: dict[str, Picture] = {
    "start": Picture("s=start", WIDE, wait="article:not(.result) svg path"),
    "scenario": Picture("s=scenario&a=crowd.appeasement", WIDE, wait=".three"),
    "answers": Picture("s=answers&t=6", WIDE),
    "answers_dark": Picture("s=answers&t=6&c=dark", WIDE),
    "kinds": Picture("s=answers&t=6", WIDE, card="Kinds of futures"),
    "compare": Picture("s=compare&vs=no-invitation", WIDE, wait="#arms-title"),
    "hypotheses": Picture("s=compare", WIDE, card="Hypotheses side by side", wait="#arms-title"),
    "leverage": Picture("s=compare", WIDE, card="Who can block how much", wait="#arms-title"),
    "phone": Picture("s=answers&t=6", NARROW),
    "phone_dark": Picture("s=compare&c=dark", NARROW, wait="#arms-title"),
}
#: Takes a step on the slider and waits until what it changes has been laid out again.
_PRESS = """async (key) => {
  const slider = document.getElementById("time"), began = performance.now();
  slider.value = String((Number(slider.value) + key) % Number(slider.max));
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  const at = document.querySelector("output").textContent;
  for (let frame = 0; frame < 60 && document.querySelector("output").textContent === at; frame++)
    await new Promise((done) => setTimeout(done, 0));
  document.querySelector("svg path.place").getBoundingClientRect();
  const repainted = performance.now();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return repainted - began;
}"""


def report_times(report: Path, chromium: Any) -> dict[str, Any]:
    """Times of one report in a browser [ms], and its size [byte]."""
    ready = [_opened(chromium, report.as_uri()) for _ in range(OPENINGS)]
    page = chromium.new_page(viewport=WIDE)
    page.goto(report.as_uri())
    page.wait_for_selector("svg path.place")
    keys = sorted(page.evaluate(f"({_PRESS})(1)") for _ in range(KEYS))
    page.close()
    return {
        "bytes": report.stat().st_size,
        "ready_ms": round(statistics.median(ready)),
        "slider_median_ms": round(statistics.median(keys), 1),
        "slider_p95_ms": round(keys[int(0.95 * len(keys))], 1),
    }


def _opened(browser: Any, address: str) -> float:
    """Time from opening an address to a map that can be used [ms]."""
    page = browser.new_page()
    page.set_viewport_size(WIDE)
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("svg path.place", timeout=PATIENCE_MS)
    taken = 1000 * (time.perf_counter() - began)
    page.close()
    return taken


@contextmanager
def studio(store: Path) -> Iterator[tuple[str, str, float]]:
    """A studio in an empty folder that holds one result.

    Yields
    ------
    address with its key, name of the result, and time from the command to its address [ms].
    """
    with tempfile.TemporaryDirectory(prefix="diarchy-pages-") as home:
        shutil.copytree(store, Path(home) / "results" / store.name)
        began = time.perf_counter()
        command = [sys.executable, "-m", "diarchy.cli", "studio", "--no-browser", "--json"]
        told = subprocess.Popen(
            command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert told.stdout is not None
        try:
            found = (re.search(r"http://[^\"\s]+", line) for line in told.stdout)
            said = next(filter(None, found), None)
            if said is None:
                raise SystemExit("the studio did not start")
            yield said[0], store.name, 1000 * (time.perf_counter() - began)
        finally:
            told.send_signal(signal.SIGINT)
            told.wait(timeout=60)
            told.stdout.close()


def studio_times(store: Path, chromium: Any) -> dict[str, Any]:
    """Start of the server, and opening the result in it, at first and again [ms]."""
    with studio(store) as (address, name, started):
        context = chromium.new_context(viewport=WIDE)
        context.new_page().goto(address)  # leaves the key with the browser
        place = f"{address.partition('?')[0]}#result={name}"
        first, again = _opened(context, place), _opened(context, place)
        context.close()
    return {
        "server_ms": round(started),
        "studio_first_ms": round(first),
        "studio_again_ms": round(again),
    }


def pictures(store: Path, folder: Path, chromium: Any) -> list[Path]:
    """A picture of every screen of a studio that holds the store."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with studio(store) as (address, name, _):
        context = chromium.new_context()
        context.new_page().goto(address)
        home = address.partition("?")[0]
        for title, picture in PICTURES.items():
            page = context.new_page()
            page.set_viewport_size(picture.size)
            page.goto(f"{home}#result={name}&{picture.view}")
            page.wait_for_selector(picture.wait, timeout=PATIENCE_MS)
            page.wait_for_timeout(600)
            made.append(_taken(page, folder / f"{title}.png", picture.card))
            page.close()
        made.append(_run_pictured(context, f"{home}#result={name}&s=run", folder / "run.png"))
        context.close()
    return made


def _run_pictured(context: Any, address: str, path: Path) -> Path:
    """A picture of a run that is under way, with the first answer narrowing."""
    page = context.new_page()
    page.set_viewport_size(WIDE)
    page.goto(address)
    page.wait_for_selector("fieldset input:enabled", timeout=PATIENCE_MS)
    page.get_by_label("Futures of each arm").fill(str(RUN_FUTURES))
    page.get_by_role("button", name=f"Run {RUN_FUTURES:,} futures").click()
    done = "(() => { const p = document.querySelector('progress'); return p ? p.value / p.max : 0; })()"
    drawn = "document.querySelectorAll('svg.chart circle').length > 1"
    ends = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < ends and page.evaluate(done) < 1.0:
        if page.evaluate(done) >= RUN_PART and page.evaluate(drawn):
            break
        page.wait_for_timeout(50)
    _taken(page, path)
    page.close()
    return path


def _taken(page: Any, path: Path, card: str = "") -> Path:
    """A picture of a window, or of the one card with a heading, with a palette."""
    if card:
        heading = page.get_by_role("heading", name=card)
        page.locator("section.card", has=heading).first.screenshot(path=path)
    else:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=path)
    _shrink(path)
    return path


def _shrink(path: Path) -> None:
    """A picture with a palette, a third of the size, where Pillow is there."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(path) as image:
        image.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=2).save(path, optimize=True)


def main() -> None:
    """Measure, and print one JSON line a store; then make the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stores", nargs="+", type=Path, help="stores with a report.html")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the first store")
    given = parser.parse_args()
    for store in given.stores:
        if not (store / "report.html").is_file():
            parser.error(f"{store} has no report.html: `diarchy report {store}` writes it")
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for store in given.stores:
            times = report_times((store / "report.html").resolve(), chromium)
            print(json.dumps({"store": store.name} | times | studio_times(store, chromium)), flush=True)
        if given.pictures:
            for path in pictures(given.stores[0], given.pictures, chromium):
                print(path)
        chromium.close()


if __name__ == "__main__":
    main()
