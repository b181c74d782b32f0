"""Serve the studio on this machine until Ctrl-C."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diarchy.errors import DesignError, Fault
from diarchy.studio import documents
from diarchy.studio.app import Studio, make_app
from diarchy.studio.guard import Guard
from diarchy.studio.jobs import Jobs
from diarchy.studio.shelf import Shelf

LOOPBACK = "127.0.0.1"
#: Connections that are served at the same time; more are told to come back.
MOST_CONNECTIONS = 256


def listen(port: int) -> socket.socket:
    """A socket on the loopback address; port 0 takes a free one.

    Raises
    ------
    DesignError : the port is taken or not allowed.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
    except OSError as error:
        sock.close()
        cure = "choose another --port; 0 takes a free one"
        raise DesignError([Fault(f"port {port} cannot be used: {error.strerror}", cure=cure)]) from error
    sock.set_inheritable(False)
    return sock


def configured(app: Any) -> Any:
    """How the server runs: quiet, bounded, one protocol, nothing said of itself."""
    import uvicorn

    return uvicorn.Config(
        app, log_level="critical", access_log=False, limit_concurrency=MOST_CONNECTIONS, server_header=False,
        timeout_graceful_shutdown=3, ws="none", lifespan="off",
    )  # fmt: skip


def serve(home: Path, port: int, started: Callable[[str, str], None], opened: str = "") -> None:
    """Serve until interrupted; runs under way are then stopped as by Ctrl-C, and kept.

    Parameters
    ----------
    home : the folder of the person's own cases and results.
    port : to listen on; 0 takes a free one.
    started : told the address with its key, and the address without.
    opened : where in the page to begin.
    """
    import uvicorn

    sock = listen(port)
    port = sock.getsockname()[1]
    token = secrets.token_urlsafe(32)
    jobs = Jobs(documents.narrowing)
    guarded = Guard(make_app(Studio(Shelf(home), jobs, token)), port, token)
    place = f"http://{LOOPBACK}:{port}/"
    started(f"{place}?token={token}{opened}", place)
    try:
        uvicorn.Server(configured(guarded)).run(sockets=[sock])
    except KeyboardInterrupt:
        pass
    finally:
        jobs.close()
        sock.close()
