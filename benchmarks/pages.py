"""Measure the report in a browser, and make its pictures.

``python -m benchmarks.pages STORE... [--pictures FOLDER]`` prints how long a page takes until it can be used,
how long from a step of the slider to the repainted map, and how large the report is. Needs Chromium and the
extra `browser`; pictures are made from the same page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

OPENINGS, KEYS = 5, 60
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 420, "height": 900}
#: Picture -> part of the address that shows it, and the size of the window.
PICTURES: dict[str, tuple[str, dict[str, int]]] = {
    "answers": ("s=answers&t=6", WIDE),
    "answers_dark": ("s=answers&t=6&c=dark", WIDE),
    "scenario": ("s=scenario&a=crowd.appeasement", WIDE),
    "compare": ("s=compare&vs=no-invitation", WIDE),
    "phone": ("s=answers&t=6", NARROW),
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


def measured(report: Path, chromium: Any) -> dict[str, Any]:
    """Times of one report in a browser [ms], and its size [byte]."""
    ready = []
    for _ in range(OPENINGS):
        page = chromium.new_page(viewport=WIDE)
        began = time.perf_counter()
        page.goto(report.as_uri())
        page.wait_for_selector("svg path.place")
        ready.append(1000 * (time.perf_counter() - began))
        page.close()
    page = chromium.new_page(viewport=WIDE)
    page.goto(report.as_uri())
    page.wait_for_selector("svg path.place")
    keys = sorted(page.evaluate(f"({_PRESS})(1)") for _ in range(KEYS))
    page.close()
    return {
        "report": str(report),
        "bytes": report.stat().st_size,
        "ready_ms": round(statistics.median(ready)),
        "slider_median_ms": round(statistics.median(keys), 1),
        "slider_p95_ms": round(keys[int(0.95 * len(keys))], 1),
    }


def pictures(report: Path, folder: Path, chromium: Any) -> list[Path]:
    """A picture of each screen."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, (view, size) in PICTURES.items():
        page = chromium.new_page(viewport=size)
        page.goto(f"{report.as_uri()}#{view}")
        page.wait_for_selector("main#main h2")
        page.wait_for_timeout(400)
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        page.close()
        _shrink(path)
        made.append(path)
    return made


def _shrink(path: Path) -> None:
    """A picture with a palette, a third of the size, where Pillow is there."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(path) as image:
        image.convert("RGB").quantize(128).save(path, optimize=True)


def main() -> None:
    """Measure, and print one JSON line a store."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stores", nargs="+", type=Path, help="stores with a report.html")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the first store's report")
    given = parser.parse_args()
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for store in given.stores:
            print(json.dumps(measured((store / "report.html").resolve(), chromium)))
        if given.pictures:
            for path in pictures((given.stores[0] / "report.html").resolve(), given.pictures, chromium):
                print(path)
        chromium.close()


if __name__ == "__main__":
    main()
