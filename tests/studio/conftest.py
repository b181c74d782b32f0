"""A studio of its own in an empty folder, with an own case, a page that shows its key, and made-up runs."""

from __future__ import annotations

import textwrap
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from diarchy.studio import jobs as jobs_module
from diarchy.studio.app import Studio, make_app
from diarchy.studio.guard import Guard
from diarchy.studio.jobs import Jobs
from diarchy.studio.serve import configured, listen
from diarchy.studio.shelf import Shelf

TOKEN = "key-of-the-test"

#: Speaks as `diarchy run` does: progress as JSON lines, Ctrl-C finishes and leaves with 130.
RUNNER = """
import json, pathlib, signal, sys, time
mode, store = sys.argv[1], pathlib.Path(sys.argv[2])
asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(1))
if mode == "refuse":
    print(json.dumps({"faults": [{"what": "no such arm", "where": "base.yaml:3"}]}))
    sys.exit(2)
store.mkdir(parents=True, exist_ok=True)
steps = 3 if mode == "quick" else 2000
print("starting", file=sys.stderr, flush=True)
for done in range(1, steps + 1):
    told = {"schema": "diarchy/progress/1", "done": done, "total": steps, "rate_per_s": 50.0, "left_s": 1.0}
    print(json.dumps(told), file=sys.stderr, flush=True)
    if asked:
        sys.exit(130)
    time.sleep(0.02)
"""


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A folder with one own case, and nothing else."""
    folder = tmp_path / "home"
    (folder / "mine").mkdir(parents=True)
    (folder / "mine" / "case.yaml").write_text("title: Mine\nsummary: >\n  A case\n  of my own.\n")
    (folder / "mine" / "places.csv").write_text("id\na\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def static(tmp_path) -> Path:
    """A built front end of one page and one script."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<meta name="diarchy-token" content=""><div id="app"></div>')
    (folder / "assets" / "app-1.js").write_text("/* */")
    (folder / "secret.txt").write_text("not for pages")
    return folder


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """Makes jobs run the script above; the first word of a command says how it goes."""
    script = tmp_path / "runner.py"
    script.write_text(textwrap.dedent(RUNNER))
    start = jobs_module._start

    def started(command):
        place = command[command.index("--out") + 1] if "--out" in command else command[1]
        mode = command[0] if command[0] in ("quick", "slow", "refuse") else "slow"
        return start((mode, place))

    popen = jobs_module.subprocess.Popen

    def with_script(arguments, **options):
        return popen([arguments[0], str(script), *arguments[3:]], **options)

    monkeypatch.setattr(jobs_module.subprocess, "Popen", with_script)
    monkeypatch.setattr(jobs_module, "_start", started)


@pytest.fixture
def jobs(runner):
    """A queue that is closed at the end."""
    queue = Jobs()
    yield queue
    queue.close()


@pytest.fixture
def port(home, static, jobs):
    """A server that listens, as `diarchy studio` starts it: its port."""
    sock = listen(0)
    number = sock.getsockname()[1]
    app = Guard(make_app(Studio(Shelf(home), jobs, TOKEN, static)), number, TOKEN)
    server = uvicorn.Server(configured(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield number
    server.should_exit = True
    thread.join(10)
    sock.close()


@pytest.fixture
def client(port):
    """A browser page of the person's own, with the key."""
    httpx = pytest.importorskip("httpx")
    head = {"X-Diarchy-Token": TOKEN}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=head, timeout=30) as client:
        yield client
