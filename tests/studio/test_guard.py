"""What is not from the person's own page is refused, and what is, is bounded."""

from __future__ import annotations

import contextlib
import socket

import pytest
from studio.conftest import TOKEN

from diarchy.studio.app import MOST_STREAMS
from diarchy.studio.guard import MOST_BODY, MOST_PATH

READ, CHANGE = ("GET", "/api/state"), ("POST", "/api/jobs")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:PORT", "127.0.0.1:1", "127.0.0.1", ""])
@pytest.mark.parametrize(("method", "path"), [READ, CHANGE, ("GET", "/")])
def test_a_rebound_name_is_refused(client, port, host, method, path):
    head = {"Host": host.replace("PORT", str(port))}
    assert client.request(method, path, headers=head).status_code in (400, 421)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:PORT", "http://127.0.0.1:1"]
)
@pytest.mark.parametrize(("method", "path"), [READ, CHANGE])
def test_a_foreign_origin_is_refused(client, port, origin, method, path):
    head = {"Origin": origin.replace("PORT", str(port))}
    assert client.request(method, path, headers=head).status_code == 403


def test_ones_own_origin_is_taken(client, port):
    assert client.get("/api/state", headers={"Origin": f"http://localhost:{port}"}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_calls_another_site_is_refused(client, site):
    assert client.get("/api/state", headers={"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
@pytest.mark.parametrize(("method", "path"), [READ, CHANGE, ("PUT", "/api/cases/mine/files")])
def test_without_the_token_nothing_is_told_or_changed(client, token, method, path):
    assert client.request(method, path, headers={"X-Diarchy-Token": token}).status_code == 401


def test_two_tokens_are_no_token(client):
    heads = [("X-Diarchy-Token", TOKEN), ("X-Diarchy-Token", "other")]
    assert client.get("/api/state", headers=heads).status_code == 401


def raw(port, *parts):
    """What a server answers to bytes as they are, up to where it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        for part in parts:
            sock.sendall(part)
        return b"".join(iter(lambda: sock.recv(65536), b""))


@pytest.mark.parametrize(("length", "status"), [(MOST_BODY + 1, 413), (10**9, 413), (10**30, 413), (-1, 400)])
def test_a_body_that_says_it_is_too_large_is_not_waited_for(port, length, status):
    head = f"POST /api/check HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Diarchy-Token: {TOKEN}\r\n"
    answer = raw(port, f"{head}Content-Length: {length}\r\n\r\n".encode())
    assert int(answer.split()[1]) in (status, 400)


def test_a_body_that_goes_on_is_cut_off(client):
    """A gigabyte in parts, of which the server takes no more than the bound."""
    sent = []

    def endless():
        for _ in range(10**9 // 65536):
            sent.append(1)
            yield b"x" * 65536

    httpx = pytest.importorskip("httpx")
    with contextlib.suppress(httpx.TransportError):  # it may have closed while this side was still sending
        assert client.post("/api/check", content=endless()).status_code == 413
    assert len(sent) * 65536 < 16 * MOST_BODY
    assert client.get("/api/state").status_code == 200


def test_a_thousand_streams_are_bounded_and_the_server_stays_alive(client, port, home):
    job = client.post("/api/jobs", json={"case": "mine"}).json()["id"]
    head = (
        f"GET /api/jobs/{job}/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Diarchy-Token: {TOKEN}\r\n\r\n"
    )
    socks = []
    try:
        for _ in range(1000):
            sock = socket.create_connection(("127.0.0.1", port), timeout=20)
            sock.sendall(head.encode())
            socks.append(sock)
        answers = [int(sock.recv(64).split()[1]) for sock in socks]
    finally:
        for sock in socks:
            sock.close()
    assert answers.count(200) <= MOST_STREAMS
    assert set(answers) == {200, 503}
    assert client.get("/api/state").status_code == 200


def test_a_long_address_is_refused(client):
    assert client.get("/api/" + "x" * MOST_PATH).status_code == 414


def test_every_answer_carries_the_policy(client):
    for path in ("/", "/api/state", "/assets/app-1.js", "/nothing"):
        heads = client.get(path).headers
        assert heads["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in heads["content-security-policy"]
        assert heads["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in heads
