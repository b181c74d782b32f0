"""The report: one file, a strict policy, and texts of a case that stay texts."""

import hashlib
import json
import os
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest

import diarchy
from diarchy import cli
from diarchy.report.bundle import bundle_of
from diarchy.report.page import STATIC, page

MEGABYTE = 1_000_000
REFERENCE = re.compile(r"""(?:src|href|action|poster|data)\s*=|url\(|@import""")


class Reader(HTMLParser):
    """Elements, attributes and texts as a browser takes them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.blocks, self.texts, self.inside = [], [], {}, [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self.inside = f"{tag}#{dict(attrs).get('id') or dict(attrs).get('type') or ''}"

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        self.blocks[self.inside] = self.blocks.get(self.inside, "") + data
        self.texts.append(data)


@pytest.fixture(scope="module")
def report(store):
    return (store / "report.html").read_text(encoding="utf-8")


def test_a_run_writes_a_report_that_is_one_small_file(report):
    assert len(report.encode()) < 1.4 * MEGABYTE
    read = Reader(report)
    assert {"link", "img", "iframe", "object", "embed", "base", "form"}.isdisjoint(read.tags)
    assert [a for a in read.attributes if a[1] in ("src", "href", "action")] == []
    assert not any(name.startswith("on") or name == "style" for _, name, _ in read.attributes)


def test_its_policy_knows_its_scripts_and_style_and_lets_nothing_out(report):
    read = Reader(report)
    policy = next(
        value for tag, name, value in read.attributes if tag == "meta" and "default-src" in (value or "")
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    for block in re.findall(r"<script(?: type=\"module\")?>(.*?)</script>", report, re.S) + re.findall(
        r"<style>(.*?)</style>", report, re.S
    ):
        digest = b64encode(hashlib.sha256(block.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_its_data_are_the_bundle(report, bundle):
    assert json.loads(Reader(report).blocks["script#bundle"]) == bundle


def test_it_can_be_read_without_scripts(report, bundle):
    texts = " ".join(Reader(report).texts)
    rivals = {arm["id"] for arm in bundle["arms"] if arm["kind"] == "hypothesis"}
    assert rivals
    for answer in bundle["answers"]:
        assert bundle["questions"][answer["id"]]["text"] in texts
        assert answer["arm"] in rivals or answer["said"]["answer"] in texts
    assert "Who can block how much" in texts
    assert "Hypotheses side by side" in texts
    assert "<svg" in report.split('<main class="plain">')[1].split("</main>")[0]
    assert "imply no endorsement" in texts


def test_markup_in_a_case_is_text(hostile, breaking):
    report = (hostile / "report.html").read_text(encoding="utf-8")
    assert breaking not in report
    assert "<img" not in report
    read = Reader(report)
    assert read.tags.count("script") == 3  # the switch, the data, the front end
    assert "img" not in read.tags
    data = json.loads(read.blocks["script#bundle"])
    assert data["title"] == breaking
    assert data["claims"][0]["paraphrase"] == breaking
    assert breaking in " ".join(read.texts)  # as text, whole


def test_the_command_writes_where_it_is_told(store, tmp_path, capsys):
    out = tmp_path / "deep" / "mine.html"
    assert (
        cli.call(["report", str(store), "-o", str(out), "--bundle", str(tmp_path / "b.json"), "--json"]) == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "diarchy/report/1"
    assert said["bytes"] == out.stat().st_size
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))["case"] == "kazakhstan-2022"
    assert out.read_text(encoding="utf-8") == page(bundle_of(diarchy.open_results(store)))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "is not there"),
        (["{store}", "--figures", "gif"], "no format 'gif'"),
        (["{store}", "-o", "{store}"], "is a folder"),
        (["{store}", "-o", "{store}/manifest.json/x.html"], "cannot be written"),
    ],
)
def test_wrong_input_is_said_and_writes_nothing(store, tmp_path, capsys, arguments, said):
    before = sorted(store.rglob("*"))
    assert cli.call(["report", *(a.format(store=store) for a in arguments)]) == 2
    assert said in capsys.readouterr().err
    assert sorted(store.rglob("*")) == before


@pytest.mark.parametrize("option", ["-o", "--bundle"])
def test_a_pipe_or_a_link_is_not_replaced_by_a_file(store, tmp_path, capsys, option):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(tmp_path / "target.html")
    for place, said in ((pipe, "is no plain file"), (link, "is a link")):
        assert cli.call(["report", str(store), option, str(place)]) == 2
        assert said in capsys.readouterr().err
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert not link.exists()


def test_a_device_is_not_read_for_a_document(store, capsys):
    assert cli.call(["report", str(store), "--add", "/dev/null"]) == 2
    assert "/dev/null: cannot be read: 'null' is not a plain file" in capsys.readouterr().err


def test_the_built_front_end_is_made_from_the_sources_beside_it():
    """A change of the sources without a new build is found without Node."""
    built = json.loads((STATIC / "build.json").read_text(encoding="utf-8"))
    for name, digest in built["files"].items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name
    there = {p.relative_to(STATIC).as_posix() for p in STATIC.rglob("*") if p.is_file()}
    assert set(built["files"]) == there - {"build.json"}
    top = Path(__file__).parents[2]
    if not (top / "frontend").is_dir():
        pytest.skip("the sources of the front end are not here")
    own = ["index.html", "package.json", "package-lock.json", "svelte.config.js", "tsconfig.json",
           "vite.config.ts", "seal.mjs", "../src/diarchy/report/bundle.schema.json"]  # fmt: skip
    names = [
        p.relative_to(top / "frontend").as_posix()
        for p in (top / "frontend" / "src").rglob("*")
        if p.is_file()
    ]
    whole = hashlib.sha256()
    for name in sorted([*own, *names]):
        whole.update(name.encode() + b"\0" + (top / "frontend" / name).read_bytes() + b"\0")
    assert whole.hexdigest() == built["sources"], "run `npm ci && npm run build` in frontend/"


def test_the_built_front_end_asks_nobody():
    script = (STATIC / "assets" / "app.js").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://[\w.-]+", script))
    assert hosts <= {
        "http://www.w3.org",
        "https://svelte.dev",
        "https://json-schema.org",
    }  # names, never fetched
    assert "</script" not in script.lower()
