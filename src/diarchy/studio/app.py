"""The studio's server: a page, its assets, and an interface of JSON documents behind the guard.

Whatever computes does so in a few threads, or in a job's own process, so that a slow request does not keep
the others waiting. A person's fault is answered with the same faults as on the command line.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from diarchy import __version__
from diarchy.errors import DiarchyError, Fault, Faults, ScenarioError
from diarchy.studio import documents, sketch
from diarchy.studio.guard import TooLarge
from diarchy.studio.jobs import OPEN, Job, Jobs
from diarchy.studio.shelf import Missing, Shelf, checked, with_changes

#: Requests that compute at the same time, and streams of events that are open at the same time.
MOST_AT_WORK, MOST_STREAMS = 2, 32
#: Seconds after which a stream says that it is still there.
HEARTBEAT = 15.0
#: Built front end, shipped with the package.
STATIC = Path(__file__).parent / "static"
MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2",
         ".png": "image/png", ".html": "text/html"}  # fmt: skip
#: Bounds of what a page may ask of a run; the command line has the same.
MOST_FUTURES, MOST_DAYS, MOST_ARMS = 10_000_000, 3650, 32
_NO_PAGE = (
    "<!doctype html><meta charset=utf-8><title>Diarchy studio</title><p>Open the address that the terminal "
    "printed: it carries the key of this studio."
)


class Studio:
    """The state of one server: what is on the shelf, the jobs, and how much is going on.

    Parameters
    ----------
    shelf : cases and results.
    jobs : the queue of runs.
    token : what the page sends with every request.
    """

    def __init__(self, shelf: Shelf, jobs: Jobs, token: str, static: Path = STATIC):
        self.shelf, self.jobs, self.token, self.static = shelf, jobs, token, static
        self.at_work = anyio.CapacityLimiter(MOST_AT_WORK)
        self.watching = anyio.CapacityLimiter(MOST_STREAMS)  # streams do not take the threads that compute
        self.streams = 0
        self.cookie = "diarchy-studio"
        self.bundles: dict[Path, tuple[float, Any]] = {}
        self.lock = threading.Lock()

    async def compute(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call something slow in one of a few threads."""
        return await anyio.to_thread.run_sync(partial(function, *arguments), limiter=self.at_work)

    # the page

    async def page(self, request: Request) -> Response:
        """The page itself, for who has the key: from the address at first, from its cookie after."""
        if request.query_params.get("token") == self.token:
            answer = Response(status_code=303, headers={"location": "/"})
            answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict")
            return answer
        if request.cookies.get(self.cookie) != self.token:
            return HTMLResponse(_NO_PAGE, status_code=401)
        index = self.static / "index.html"
        if not index.is_file():
            return HTMLResponse("<!doctype html><p>The front end is not built.", status_code=503)
        empty = '<meta name="diarchy-token" content="">'
        filled = f'<meta name="diarchy-token" content="{escape(self.token)}">'
        return HTMLResponse(index.read_text(encoding="utf-8").replace(empty, filled, 1))

    async def asset(self, request: Request) -> Response:
        """A file of the built front end, by its name alone."""
        name = request.path_params["name"]
        path = self.static / "assets" / name
        if Path(name).name != name or path.suffix not in MEDIA or not path.is_file():
            return faulty(404, "no such file")
        return Response(path.read_bytes(), media_type=MEDIA[path.suffix])

    # documents

    async def state(self, request: Request) -> Response:
        """What there is."""
        cases = await self.compute(self.shelf.cases)
        stores = await self.compute(self.shelf.stores)
        jobs = [job.document() for job in self.jobs.all.values()]
        return JSONResponse({"version": __version__, "cases": cases, "results": stores, "jobs": jobs})

    async def case(self, request: Request) -> Response:
        """One case."""
        name = request.path_params["case"]
        return JSONResponse(await self.compute(documents.case_document, self.shelf, name))

    async def case_sketch(self, request: Request) -> Response:
        """What the card of a case shows."""
        folder, _ = self.shelf.case(request.path_params["case"])
        return JSONResponse(await self.compute(sketch.of_case, folder))

    async def result_sketch(self, request: Request) -> Response:
        """What the card of a result shows."""
        store = self.shelf.store(request.path_params["result"])
        return JSONResponse(await self.compute(sketch.of_store, store))

    async def check(self, request: Request) -> Response:
        """The faults of files as edited."""
        asked = await body_of(request)
        name, texts = text_of(asked, "case"), files_in(asked)
        return JSONResponse(await self.compute(documents.check_changes, self.shelf, name, texts))

    async def new_case(self, request: Request) -> Response:
        """A copy of a case."""
        asked = await body_of(request)
        folder = await self.compute(self.shelf.new, text_of(asked, "from"), text_of(asked, "name"))
        return JSONResponse({"id": folder.name}, status_code=201)

    async def save(self, request: Request) -> Response:
        """Save files of an own case, unless another page has saved them since."""
        asked = await body_of(request)
        name, was = request.path_params["case"], asked.get("was")
        stale = await self.compute(
            self.shelf.save, name, files_in(asked), was if isinstance(was, dict) else {}
        )
        if stale:
            return faulty(409, f"changed elsewhere since it was opened: {', '.join(stale)}", "load it again")
        return JSONResponse(await self.compute(documents.case_document, self.shelf, name))

    # runs

    async def start(self, request: Request) -> Response:
        """Start a run."""
        asked = await body_of(request)
        job = await self.compute(self._start, asked)
        return JSONResponse(job.document(), status_code=202)

    def _start(self, asked: dict[str, Any]) -> Job:
        """Queue a run of a case, or of a case as edited."""
        name, texts, options = text_of(asked, "case"), files_in(asked), options_of(asked)
        folder, _ = self.shelf.case(name)
        checked(folder, texts)
        with self.lock:
            store = self.shelf.free(name)
            taken = {job.store for job in self.jobs.all.values()}
            while store in taken:
                store = store.with_name(f"{store.name}-next")
            target = str(folder)
            if texts:
                drafts = self.shelf.results / ".edited"
                drafts.mkdir(parents=True, exist_ok=True)
                target = str(with_changes(folder, texts, drafts / store.name))
            command = ("run", target, *options, "--json", "--progress", "json", "--out", str(store))
            return self.jobs.add(name, command, store)

    def _job(self, request: Request) -> Job:
        """The job that a request names."""
        job = self.jobs.find(request.path_params["job"])
        if job is None:
            raise Missing("no such run")
        return job

    async def job(self, request: Request) -> Response:
        """How far a run is."""
        return JSONResponse(self._job(request).document())

    async def stop(self, request: Request) -> Response:
        """Stop a run and keep what is finished."""
        job = self._job(request)
        self.jobs.stop(job)
        return JSONResponse(job.document())

    async def resume(self, request: Request) -> Response:
        """Finish what a stopped run has left, as a new job into the same store; all, if it had none yet."""
        job = self._job(request)
        if job.state != "stopped" and not (job.state == "failed" and job.store.is_dir()):
            return faulty(409, "only a run that was stopped can be resumed")
        fresh = [part for part in job.command if part != "--resume"]
        again = await self.compute(self.jobs.add, job.case, (*fresh, "--resume"), job.store)
        return JSONResponse(again.document(), status_code=202)

    async def events(self, request: Request) -> Response | _Released:
        """The document of a run, each time that it changes, until it has ended."""
        job = self._job(request)
        if self.streams >= MOST_STREAMS:
            return faulty(503, "too many pages are watching", "close one")
        self.streams += 1
        return _Released(StreamingResponse(self._stream(job), media_type="text/event-stream"), self._released)

    def _released(self) -> None:
        """One stream less."""
        self.streams -= 1

    async def _stream(self, job: Job) -> AsyncIterator[str]:
        """Server-sent events of a job."""
        seen = -1
        while True:
            if job.version == seen:
                waited = partial(self.jobs.wait, job, seen, HEARTBEAT)
                await anyio.to_thread.run_sync(waited, limiter=self.watching, abandon_on_cancel=True)
            if job.version == seen:
                yield ": still here\n\n"
                continue
            seen, document = job.version, job.document()
            yield f"data: {json.dumps(document)}\n\n"
            if document["state"] not in OPEN:
                return

    # results

    async def bundle(self, request: Request) -> Response:
        """A result as one document."""
        store = self.shelf.store(request.path_params["result"])
        return JSONResponse(await self.compute(self._bundle, store))

    def _bundle(self, store: Path) -> Any:
        """A bundle, made once for each state of its store."""
        from diarchy.report.kept import bundle_at

        when = (store / "manifest.json").stat().st_mtime
        with self.lock:
            made = self.bundles.get(store)
        if made is None or made[0] != when:
            made = (when, bundle_at(store))
            with self.lock:
                self.bundles = {store: made}  # the last one looked at; a bundle is some megabytes
        return made[1]

    async def export(self, request: Request) -> Response:
        """A result to take away."""
        store, form = self.shelf.store(request.path_params["result"]), request.path_params["form"]
        if form not in ("json", "csv", "citation", "report"):
            raise Missing("no such form")
        text, media, name = await self.compute(documents.export, store, form)
        return Response(
            text, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"'}
        )


class _Released:
    """An answer after which something is given back, however it ends.

    Parameters
    ----------
    answer : to send.
    release : called when it has been sent, or could not be.
    """

    def __init__(self, answer: Response, release: Callable[[], None]):
        self.answer, self.release = answer, release

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send it."""
        try:
            await self.answer(scope, receive, send)
        finally:
            self.release()


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises
    ------
    ScenarioError : it is something else.
    """
    try:
        asked = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise ScenarioError([Fault("the request is not JSON")]) from error
    if not isinstance(asked, dict):
        raise ScenarioError([Fault("the request is not a JSON object")])
    return asked


def text_of(asked: dict[str, Any], key: str) -> str:
    """A text that a request must have."""
    value = asked.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise ScenarioError([Fault(f"the request needs a text '{key}'")])
    return value


def files_in(asked: dict[str, Any]) -> dict[str, str]:
    """The edited files that a request carries: name -> text."""
    files = asked.get("files", {})
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise ScenarioError([Fault("'files' must hold texts by name")])
    return files


def options_of(asked: dict[str, Any]) -> tuple[str, ...]:
    """What a page says of a run, as options of the command line.

    Raises
    ------
    ScenarioError : every setting that is out of bounds.
    """
    faults, options = Faults(ScenarioError), []
    bounds = {"futures": (1, MOST_FUTURES), "days": (1, MOST_DAYS), "seed": (0, 2**63 - 1)}
    for key, (low, high) in bounds.items():
        value = asked.get(key)
        if value is None:
            continue
        if type(value) is int and low <= value <= high:
            options += [f"--{key}", str(value)]
        else:
            faults.add(f"'{key}' is out of bounds", allowed=f"a whole number, {low} to {high}")
    options += _worlds(asked, "arms", faults) + _worlds(asked, "hypotheses", faults)
    faults.raise_if_any()
    return tuple(options)


def _worlds(asked: dict[str, Any], key: str, faults: Faults) -> list[str]:
    """The arms or the hypotheses that a page chooses; no hypothesis is a choice too, no arm is not."""
    names = asked.get(key)
    if names is None:
        return []
    least = 1 if key == "arms" else 0
    if isinstance(names, list) and least <= len(names) <= MOST_ARMS and all(map(_is_arm, names)):
        return [f"--{key}", ",".join(names) or "none"]
    faults.add(f"'{key}' must list names of {key}")
    return []


def _is_arm(name: Any) -> bool:
    """Whether something may name an arm; whether there is one is for the run to say."""
    return isinstance(name, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name) is not None


def faulty(status: int, what: str, cure: str = "") -> JSONResponse:
    """One fault as an answer."""
    return JSONResponse({"faults": [vars(Fault(what, cure=cure))]}, status_code=status)


def _too_large() -> Response:
    """What goes on beyond its bound is not read to its end: the connection is closed."""
    answer = faulty(413, "the request is too large")
    answer.headers["connection"] = "close"
    return answer


def _of_user(request: Request, error: Exception) -> Response:
    """Faults of the person's, told as on the command line."""
    assert isinstance(error, DiarchyError)
    return JSONResponse({"faults": [vars(fault) for fault in error.faults]}, status_code=422)


def make_app(studio: Studio) -> Starlette:
    """The application; `Guard` goes around it."""
    routes = [
        Route("/", studio.page),
        Route("/assets/{name}", studio.asset),
        Route("/api/state", studio.state),
        Route("/api/cases", studio.new_case, methods=["POST"]),
        Route("/api/cases/{case}", studio.case),
        Route("/api/cases/{case}/sketch", studio.case_sketch),
        Route("/api/cases/{case}/files", studio.save, methods=["PUT"]),
        Route("/api/check", studio.check, methods=["POST"]),
        Route("/api/jobs", studio.start, methods=["POST"]),
        Route("/api/jobs/{job}", studio.job),
        Route("/api/jobs/{job}/events", studio.events),
        Route("/api/jobs/{job}/stop", studio.stop, methods=["POST"]),
        Route("/api/jobs/{job}/resume", studio.resume, methods=["POST"]),
        Route("/api/results/{result}/sketch", studio.result_sketch),
        Route("/api/results/{result}/bundle", studio.bundle),
        Route("/api/results/{result}/export/{form}", studio.export),
    ]
    return Starlette(
        routes=routes,
        exception_handlers={
            DiarchyError: _of_user,
            Missing: lambda request, error: faulty(404, str(error)),
            TooLarge: lambda request, error: _too_large(),
            ClientDisconnect: lambda request, error: Response(status_code=400),
            404: lambda request, error: faulty(404, "no such address"),
            405: lambda request, error: faulty(405, "not this way"),
            500: lambda request, error: faulty(500, f"a fault of Diarchy's own: {type(error).__name__}"),
        },
    )
