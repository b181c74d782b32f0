"""The interface of the studio, as a page uses it."""

from __future__ import annotations

import json
import time

import pytest
from studio.conftest import TOKEN

from diarchy.studio.app import options_of

SOON = 20.0


def wait(client, job, states):
    ends = time.monotonic() + SOON
    while (document := client.get(f"/api/jobs/{job}").json())["state"] not in states:
        assert time.monotonic() < ends, document
        time.sleep(0.02)
    return document


def test_the_page_is_for_who_has_the_key(client):
    assert client.get("/").status_code == 401
    assert TOKEN not in client.get("/").text
    assert client.get("/?token=wrong").status_code == 401
    first = client.get(f"/?token={TOKEN}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert f'content="{TOKEN}"' in client.get("/").text  # the client keeps the cookie: a reload works


@pytest.mark.parametrize("name", ["../index.html", "..%2findex.html", "%2e%2e/secret.txt", "secret.txt", "",
                                  "app-1.js/..", "..\\index.html", "nothing.js"])  # fmt: skip
def test_an_asset_is_named_not_reached(client, name):
    assert client.get(f"/assets/{name}").status_code == 404


def test_an_asset_is_served(client):
    answer = client.get("/assets/app-1.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")


def test_state_lists_what_there_is(client):
    told = client.get("/api/state").json()
    assert [row["id"] for row in told["cases"]][:1] == ["mine"]
    assert (told["results"], told["jobs"]) == ([], [])


def test_a_faulty_case_is_shown_with_its_faults(client):
    told = client.get("/api/cases/mine").json()
    assert told["assumptions"] is None
    assert told["faults"][0]["what"]
    assert [file["name"] for file in told["files"]] == ["case.yaml", "places.csv"]


def test_a_case_is_shown_with_its_evidence_and_checked_as_edited(client):
    assert client.post("/api/cases", json={"from": "kazakhstan-2022", "name": "copy"}).status_code == 201
    told = client.get("/api/cases/copy").json()
    assert told["faults"] == []
    assert sum(told["counts"].values()) == len(told["assumptions"]) > 100
    scenario = next(file for file in told["files"] if file["name"] == "scenarios/base.yaml")
    broken = scenario["text"].replace("futures: 1000", "futures: many")
    asked = {"case": "copy", "files": {"scenarios/base.yaml": broken}}
    found = client.post("/api/check", json=asked).json()["faults"]
    assert [(fault["file"], fault["line"]) for fault in found] == [("scenarios/base.yaml", 8)]
    saved = {"files": {"scenarios/base.yaml": broken}, "was": {"scenarios/base.yaml": scenario["sha256"]}}
    assert client.put("/api/cases/copy/files", json=saved).status_code == 200
    assert client.put("/api/cases/copy/files", json=saved).status_code == 409  # the other tab


def test_a_run_from_start_to_resume(client, home):
    asked = {"case": "mine", "futures": 20, "seed": 3, "days": 10, "arms": ["base"]}
    job = client.post("/api/jobs", json=asked).json()["id"]
    wait(client, job, ("running",))
    assert client.post(f"/api/jobs/{job}/resume").status_code == 409
    while client.get(f"/api/jobs/{job}").json()["done"] < 2:
        time.sleep(0.02)
    assert client.post(f"/api/jobs/{job}/stop").json()["state"] == "stopping"
    assert wait(client, job, ("stopped",))["result"] == "mine"
    again = client.post(f"/api/jobs/{job}/resume").json()
    assert again["id"] != job
    assert [row["id"] for row in client.get("/api/state").json()["jobs"]] == [job, again["id"]]


def test_the_events_of_a_run_go_on_to_its_end(client):
    job = client.post("/api/jobs", json={"case": "mine"}).json()["id"]
    wait(client, job, ("running",))
    client.post(f"/api/jobs/{job}/stop")
    lines = [line for line in client.get(f"/api/jobs/{job}/events").text.splitlines() if line[:5] == "data:"]
    assert json.loads(lines[-1].removeprefix("data: "))["state"] == "stopped"


def test_a_run_of_edited_files_leaves_the_case_as_it_was(client, home):
    client.post("/api/jobs", json={"case": "mine", "files": {"places.csv": "id\nz\n"}})
    assert (home / "mine" / "places.csv").read_text() == "id\na\n"
    drafts = list((home / "results" / ".edited").rglob("places.csv"))
    assert [draft.read_text() for draft in drafts] == ["id\nz\n"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"case": 3},
        {"case": "mine", "futures": 0},
        {"case": "mine", "futures": 10**9},
        {"case": "mine", "futures": True},
        {"case": "mine", "days": "90; rm"},
        {"case": "mine", "seed": -1},
        {"case": "mine", "arms": "base"},
        {"case": "mine", "arms": ["--force"]},
        {"case": "mine", "arms": [{}]},
        {"case": "mine", "arms": []},
        {"case": "mine", "hypotheses": "orbit"},
        {"case": "mine", "hypotheses": ["--force"]},
        {"case": "mine", "files": []},
        {"case": "mine", "files": {"../x": "y"}},
        {"case": "mine", "files": {"places.csv": 3}},
    ],
)
def test_a_run_that_cannot_be_is_refused_with_faults(client, asked, home):
    answer = client.post("/api/jobs", json=asked)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["what"]
    assert client.get("/api/state").json()["jobs"] == []


def test_worlds_are_chosen_by_name_and_no_hypothesis_is_a_choice():
    assert options_of({"arms": ["base", "no-purge"]}) == ("--arms", "base,no-purge")
    assert options_of({"hypotheses": ["orbit", "limited"]}) == ("--hypotheses", "orbit,limited")
    assert options_of({"hypotheses": []}) == ("--hypotheses", "none")
    assert options_of({}) == ()


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b"\xff", b"[" * 100_000, b"3"])
def test_what_is_no_document_is_refused(client, body):
    for path in ("/api/check", "/api/jobs", "/api/cases"):
        assert client.post(path, content=body).status_code == 422


@pytest.mark.parametrize("evil", ["..", "%2e%2e", "..%2f..%2fetc", "%00", "a%20b"])
def test_no_parameter_leads_out(client, evil):
    paths = ("/api/cases/{}", "/api/cases/{}/sketch", "/api/results/{}/sketch",
             "/api/jobs/{}", "/api/results/{}/bundle", "/api/results/{}/export/csv",
             "/api/results/x/export/{}", "/api/jobs/{}/events")  # fmt: skip
    for path in paths:
        assert client.get(path.format(evil)).status_code in (404, 405)
    for key in ("case", "from", "name"):
        for path in ("/api/check", "/api/jobs", "/api/cases"):
            base = {"case": "mine", "from": "mine", "name": "copy-of-mine"}
            answer = client.post(path, json={**base, key: "../../etc"})
            assert answer.status_code in (201, 202, 200, 404, 422)
            assert "root:" not in answer.text


def test_the_wrong_way_to_ask_is_told(client):
    assert client.get("/api/check").status_code == 405
    assert client.get("/api/nothing").json()["faults"][0]["what"] == "no such address"
    assert client.get("/nothing").status_code == 404


def test_a_run_that_was_stopped_before_it_had_a_store_is_begun_by_resume(client, home):
    client.post("/api/jobs", json={"case": "mine"})
    waiting = client.post("/api/jobs", json={"case": "mine"}).json()["id"]
    assert client.post(f"/api/jobs/{waiting}/stop").json()["state"] == "stopped"
    assert not (home / "results" / "mine-next").exists()
    again = client.post(f"/api/jobs/{waiting}/resume")
    assert again.status_code == 202
    assert again.json()["state"] == "queued"
