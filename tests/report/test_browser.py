"""The report and the studio in a real browser: every screen, by keyboard, in both themes and two widths.

A request that leaves the machine, a script error or a dialog fails a test. Skipped where there is no Chromium
or no playwright (`pip install 'diarchy[browser]'`). Run with `pytest -m slow tests/report/test_browser.py`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from diarchy import cli

sync_api = pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine", allow_module_level=True)

pytestmark = pytest.mark.slow

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--no-default-browser-check"]  # fmt: skip
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
#: Place on the slider of the sixth day; the small run is shown in steps of six hours.
SIXTH = 24
SCREENS = ("answers", "scenario", "compare")
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 420, "height": 900}


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@contextmanager
def watched(browser, home="file:", **options):
    """A page of which every outside request, error and dialog is a failure."""
    context = browser.new_context(**options)
    page = context.new_page()
    troubles = []
    page.on(
        "request", lambda r: None if r.url.startswith((home, "data:", "blob:")) else troubles.append(r.url)
    )
    page.on("websocket", lambda w: troubles.append(w.url))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
    page.on("dialog", lambda d: (troubles.append(d.message), d.dismiss()))
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert troubles == []


def violations(page):
    """What axe has to say, by rule and place."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in frontend/")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(v["id"], [n["target"] for n in v["nodes"]][:5], v["nodes"][0]["failureSummary"]) for v in found]


def until(page, expression, seconds=20):
    """Wait until something is true of the page, whose policy forbids what playwright would do."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        page.wait_for_timeout(50)


def opened(page, store, view=""):
    """Open a report, and wait until it is drawn."""
    page.goto(f"{(store / 'report.html').as_uri()}#{view}")
    page.wait_for_selector("main#main h2, main#main h3")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "420"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_fits_and_axe_finds_nothing(browser, store, screen, theme, size):
    with watched(browser, viewport=size, color_scheme=theme) as page:
        opened(page, store, f"s={screen}&t={SIXTH}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert ("dark" in page.evaluate("document.documentElement.className")) == (theme == "dark")
        assert violations(page) == []


def test_the_slider_moves_everything_by_keyboard(browser, store):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store)
        reached = []
        for _ in range(200):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.id"))
            if reached[-1] == "time":
                break
        assert reached[-1] == "time"
        for _ in range(SIXTH):
            page.keyboard.press("ArrowRight")
        assert "5 Jan 2022" in page.text_content("output")
        assert page.get_by_text("In how many of 100 futures, on 5 Jan 2022").count() >= 2  # map and board
        assert page.get_by_text("5 Jan 2022: median").count() == 1
        assert page.get_by_text("By 5 Jan 2022").count() == 1
        until(page, f"location.hash.includes('t={SIXTH}')")


def test_the_map_is_walked_by_arrow_keys(browser, store):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store, f"t={SIXTH}")
        page.focus("svg [role=button][tabindex='0']")
        first = page.evaluate("document.activeElement.id")
        page.keyboard.press("ArrowRight")
        second = page.evaluate("document.activeElement.id")
        assert first.startswith("place-")
        assert second not in ("", first)
        label = page.get_attribute(f"#{second}", "aria-label")
        assert re.fullmatch(r".+: \d+ in 100 futures", label)
        assert page.text_content(".picked") == label


def test_one_future_is_played_with_reasons_by_keyboard(browser, store, bundle):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store, "t=32")
        page.focus("article.kind button")
        page.keyboard.press("Enter")
        run = bundle["kinds"][0]["medoid"]
        assert page.locator(".played ol > li").count() == len(bundle["played"][str(run)]["events"])
        assert page.locator("path.own").count() == 1
        until(page, f"location.hash.includes('run={run}')")


def test_a_link_shows_the_same_view(browser, store):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store, "s=answers&t=36&arm=no-invitation&q=wave&c=dark")
        assert "8 Jan 2022" in page.text_content("output")
        assert page.input_value("#arm") == "no-invitation"
        assert page.locator("#d-wave").is_visible()
        assert "dark" in page.evaluate("document.documentElement.className")
        page.reload()
        assert "8 Jan 2022" in page.text_content("output")


def test_what_is_seen_can_be_taken_away(browser, store, bundle):
    with watched(browser, viewport=WIDE, accept_downloads=True) as page:
        opened(page, store, f"t={SIXTH}")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save all answers as CSV").click()
        rows = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
        assert len(rows) == 1 + len(bundle["answers"])
        for name, magic in (
            (r"^Save People marching or rioting, more .* as SVG", b"<svg"),
            (r".*more .* as PNG", b"\x89PNG"),
        ):
            with page.expect_download() as saved:
                page.get_by_role("button", name=re.compile(name)).click()
            assert Path(saved.value.path()).read_bytes().startswith(magic)
        page.click("text=Share")
        assert bundle["scenario_sha256"][:16] in page.input_value("dialog textarea")
        with page.expect_download() as saved:
            page.click("text=All data (JSON)")
        assert (
            json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))["schema"] == "diarchy/bundle/1"
        )
        assert violations(page) == []


def test_every_chart_has_a_table(browser, store):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store)
        toggles = page.get_by_role("button", name="Table", exact=True)
        count = toggles.count()
        assert count >= 4
        for i in range(count):
            toggles.nth(i).click()
        assert page.locator("main .tablewrap table").count() == count
        assert violations(page) == []


def test_theories_and_leverage_are_side_by_side(browser, store, bundle):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store, "s=compare")
        card = page.locator("section.card", has=page.get_by_role("heading", name="Hypotheses side by side"))
        rivals = [arm for arm in bundle["arms"] if arm["kind"] == "hypothesis"]
        row = card.locator("li", has_text="Do foreign troops arrive?")
        assert row.locator("circle").count() == len(rivals) + 1
        page.get_by_role("button", name="Orbit", exact=False).first.press("Enter")
        assert row.locator("circle").count() == len(rivals)
        chart = page.locator("section.card", has=page.get_by_role("heading", name="Who can block how much"))
        worlds = bundle["leverage"]["worlds"]
        assert chart.locator("text.world").count() == len(worlds)
        assert chart.locator("text.share").count() == len(worlds) * len(worlds[0]["owners"])
        assert "33 %" in chart.locator("text.share").all_text_contents()  # Russia, as it is


@pytest.fixture(scope="module")
def with_all(store, tmp_path_factory):
    """The store with what why, update and score have found."""
    folder = shutil.copytree(store, tmp_path_factory.mktemp("all") / "store")
    row = {"n": 49, "brier": 0.18, "brier_base": 0.2}
    found = [
        {"schema": "diarchy/why/1", "question": "wave", "unit": "probability",
         "drivers": {"why": "", "parameters": [
             {"parameter": "crowd.backlash", "share": 0.3, "interval": [0.1, 0.5], "low": 0.2, "high": 0.7,
              "clear": True, "grade": "judged", "weakness": 0.5, "claims": ["c04"]}]},
         "ablation": {"worlds": [{"arm": "without-media", "summary": "No news.", "difference": -0.2,
                                  "interval": [-0.3, -0.1], "clear": True}]},
         "signals": {"theories": {"signals": [
             {"text": "a wave", "day": day, "information": 0.2, "clear": True} for day in (3.0, 4.0)]}}},
        {"schema": "diarchy/update/1", "until": "2022-01-06", "hypotheses": [
            {"name": "orbit", "prior": 0.2, "weight": 0.7},
            {"name": "limited", "prior": 0.2, "weight": 0.1}]},
        {"schema": "diarchy/scores/1", "reading": "better on one", "cases": 49, "questions": [
            {"id": "out_30d", "text": "Out in a month?", "skill": 0.1, "skill_interval": [-0.1, 0.3]} | row,
            {"id": "disobeyed", "skill": 0.4, "skill_interval": [0.2, 0.6]} | row]},
    ]  # fmt: skip
    files = []
    for i, document in enumerate(found):
        (folder / f"{i}.json").write_text(json.dumps(document), encoding="utf-8")
        files += ["--add", str(folder / f"{i}.json")]
    assert cli.call(["report", str(folder), *files, "-q"]) == 0
    return folder


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "420"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_others_found_out_is_shown_and_axe_finds_nothing(browser, with_all, theme, size):
    with watched(browser, viewport=size, color_scheme=theme) as page:
        opened(page, with_all, "s=compare")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for name in (
            "What drives the answer",
            "Track record",
            "Hypotheses side by side",
            "Who can block how much",
        ):
            assert page.get_by_role("heading", name=name).count() == 1
        record = page.locator("section.card", has=page.get_by_role("heading", name="Track record"))
        assert record.locator("li.clear").all_text_contents()[0].startswith("disobeyed")
        assert page.get_by_text("a wave", exact=True).count() == 1  # once, on the day on which it tells most
        assert violations(page) == []


def test_texts_of_a_case_stay_texts(browser, hostile, breaking):
    for screen in SCREENS:
        with watched(browser, viewport=WIDE) as page:
            opened(page, hostile, f"s={screen}")
            assert page.text_content("h1") == breaking
            assert page.locator("main img").count() == 0


def test_without_scripts_and_on_paper_the_plain_part_is_read(browser, store):
    with watched(browser, java_script_enabled=False) as page:
        page.goto((store / "report.html").as_uri())
        assert page.locator(".plain h1").is_visible()
        assert page.locator(".plain table").first.is_visible()
    with watched(browser) as page:
        opened(page, store)
        assert not page.locator(".plain").is_visible()
        page.emulate_media(media="print")
        assert page.locator(".plain h1").is_visible()
        assert not page.locator("#app").is_visible()


def test_damaged_data_leave_the_plain_part(browser, store, tmp_path):
    text = (store / "report.html").read_text(encoding="utf-8")
    (tmp_path / "report.html").write_text(text.replace('"days":[', '"days":["x",', 1), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector(".plain h1", state="visible")
    page.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory, store):
    """A running studio with one result; its address with the key."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(store, home / "results" / "kept")
    told = subprocess.Popen(
        [sys.executable, "-m", "diarchy.cli", "studio", "--no-browser", "--port", "0"],
        cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    lines = []
    for line in told.stdout:
        lines.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line):
            break
    else:
        pytest.fail("the studio did not start: " + "".join(lines))
    yield found[0]
    told.send_signal(signal.SIGINT)
    told.wait(timeout=60)
    told.stdout.close()


@contextmanager
def in_studio(browser, address, **options):
    """A page of the studio, let in by its key."""
    home = address.partition("?")[0]
    with watched(browser, home, viewport=WIDE, **options) as page:
        page.goto(address)
        page.wait_for_selector("text=Kazakhstan, January 2022")
        yield page


def chance_moves(difference):
    """Whether a difference is of chances, and not nought."""
    return difference["unit"] == "probability" and difference["value"] != 0


def test_any_two_arms_are_compared_and_turned_round(browser, store, bundle):
    with watched(browser, viewport=WIDE) as page:
        opened(page, store, "s=compare")
        first, second = (page.get_by_label(f"{which} arm") for which in ("First", "Second"))
        moved = [(d["from"], d["arm"]) for d in bundle["differences"] if "from" in d and chance_moves(d)]
        one, other = max(moved, key=moved.count)
        second.select_option(other)
        first.select_option(one)
        told = "[...document.querySelectorAll('.rows:not(.asked) .d b')].map((b) => b.textContent)"
        shown = page.evaluate(told)
        until(page, "location.hash.includes('of=')")
        first.select_option(other)  # which stands on the other side: the two are turned round
        assert second.input_value() == one
        turned = page.evaluate(told)
        assert shown
        assert [text[1:] for text in turned] == [text[1:] for text in shown]
        assert all(one != other for one, other in zip(turned, shown, strict=True))
        assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screens_of_the_studio_are_clean(browser, studio, theme):
    with in_studio(browser, studio, color_scheme=theme) as page:
        assert violations(page) == []
        page.get_by_role("button", name="Open Kazakhstan").last.click()
        page.wait_for_selector("text=assumptions.")
        assert violations(page) == []
        page.get_by_role("link", name="Run", exact=True).click()
        page.wait_for_selector("text=Futures of each arm")
        assert violations(page) == []
        for width in (420, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_result_is_opened_and_a_file_too(browser, studio, store):
    with in_studio(browser, studio) as page:
        page.wait_for_selector("article.result svg path")
        assert page.locator("article.result dd").count() == 3
        page.get_by_role("button", name="Open kept").click()
        page.wait_for_selector("#answers-title")
        assert page.locator("article.card").count() > 20
        page.get_by_role("link", name="Start").click()
        page.set_input_files("#open-file", store / "report.html")
        page.wait_for_selector("#answers-title")
        page.get_by_role("link", name="Start").click()
        page.set_input_files(
            "#open-file", {"name": "x.json", "mimeType": "application/json", "buffer": b'{"schema": 1}'}
        )
        page.wait_for_selector("[role=alert]")
        assert "is missing" in page.text_content("[role=alert]")


def test_an_address_opens_a_result_or_a_case_and_a_reload_stays(browser, studio):
    with in_studio(browser, studio) as page:
        home = page.url.partition("#")[0]
        page.goto("about:blank")
        page.goto(f"{home}#result=kept")
        page.wait_for_selector("#answers-title")
        page.get_by_role("link", name="Compare").click()
        page.wait_for_selector("#arms-title")
        until(page, "location.hash.includes('result=kept') && location.hash.includes('s=compare')")
        page.reload()
        page.wait_for_selector("#arms-title")
        page.goto("about:blank")
        page.goto(f"{home}#case=kazakhstan-2022")
        page.wait_for_selector("text=assumptions.")


def test_a_case_is_copied_edited_by_form_and_text_and_checked(browser, studio):
    with in_studio(browser, studio) as page:
        page.get_by_role("button", name=re.compile("New from this.*Kazakhstan")).click()
        page.fill("form input", "my-crisis")
        page.get_by_role("button", name="Make").click()
        page.wait_for_selector("text=assumptions.")
        page.get_by_label("Find an assumption").fill("crowd.backlash")
        page.get_by_role("button", name=re.compile("^crowd.backlash")).click()
        page.fill("section.card form input", "0.04")
        page.get_by_role("button", name="Set", exact=True).click()
        page.wait_for_selector("dd:has-text('fixed(0.04)')")
        page.get_by_role("button", name=re.compile("^Text")).click()
        area = page.locator("textarea")
        assert "crowd.backlash: {value: 0.04" in area.input_value()
        good = area.input_value()
        area.fill(good.replace("mechanisms: [economy,", "mechanisms: [economie,"))
        page.wait_for_selector("button.fault:has-text('economie')")
        assert "scenarios/base.yaml:" in page.text_content("button.fault")
        assert page.get_by_role("button", name="Save", exact=True).is_disabled()
        area.fill(good)
        page.wait_for_selector("button.fault", state="detached")
        page.wait_for_selector("text=Not saved: scenarios/base.yaml")
        page.get_by_role("link", name="Start").click()
        page.get_by_role("link", name="Scenario").click()  # what was edited is still there
        page.wait_for_selector("text=Not saved: scenarios/base.yaml")
        page.get_by_role("button", name=re.compile("^Text")).click()
        area.fill(good.replace("days: 90", "days: 8"))
        page.get_by_role("button", name="Run it with the changes").click()
        page.wait_for_selector("text=With the changes that are not saved")
        until(page, "document.querySelector('.fields label:nth-child(2) input').value === '8'")
        page.get_by_label("With the changes that are not saved").uncheck()
        until(page, "document.querySelector('.fields label:nth-child(2) input').value === '90'")
        page.get_by_label("With the changes that are not saved").check()
        until(page, "document.querySelector('.fields label:nth-child(2) input').value === '8'")
        page.get_by_label("Futures of each arm").fill("8")
        page.get_by_role("button", name="None of the hypotheses").click()
        page.get_by_role("button", name="Run 8 futures").click()
        page.set_default_timeout(90_000)
        page.get_by_role("button", name="See the answers").click()
        page.wait_for_selector("#answers-title")
        page.get_by_role("link", name="Scenario").click()
        page.get_by_label("Find an assumption").fill("crowd.backlash")
        page.wait_for_selector("dd:has-text('fixed(0.04)')")
        page.get_by_role("button", name="Undo all").click()
        page.wait_for_selector("dd:has-text('fixed(0.04)')", state="detached")
        page.get_by_role("button", name=re.compile("^Text")).click()
        page.get_by_label("Text of scenarios/base.yaml").fill(good)
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_selector("text=Saved")


def test_a_run_is_watched_through_a_reload_stopped_resumed_and_seen(browser, studio):
    with in_studio(browser, studio) as page:
        page.get_by_role("button", name="Open Kazakhstan").last.click()
        page.wait_for_selector("text=assumptions.")
        page.get_by_role("button", name="Run it").click()
        page.get_by_label("Futures of each arm").fill("1500")
        page.get_by_label("Days").fill("12")
        page.get_by_label("No-invitation").press("Space")
        page.get_by_role("button", name="None of the hypotheses").click()
        assert page.locator("fieldset input:checked").count() == 1  # base
        page.get_by_role("button", name="Run 1,500 futures").click()
        page.set_default_timeout(90_000)
        page.wait_for_selector("[role=status]:has-text('Running')")  # what ran before may still be shown
        until(page, "document.querySelector('progress')?.value > 0", 90)
        page.reload()
        page.get_by_role("link", name="Run", exact=True).click()
        page.wait_for_selector("progress")
        page.get_by_role("button", name="Stop and keep").click()
        page.get_by_role("button", name="Resume").click()
        page.get_by_role("button", name="See the answers").click()
        page.wait_for_selector("#answers-title")
        assert "1,500 futures" in page.text_content("header")
