"""Runs over HTTP: start, watch, cancel, resume, read, download."""

from __future__ import annotations

import io
import json
import time

import pyarrow.parquet as pq
import pytest


def test_a_run_is_started_and_found_at_its_location(client, wait):
    made = client.post("/api/runs", json={"operation": "toy.length", "records": ["CCO"]})
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/runs/{made.json()['id']}"
    assert client.get(made.headers["location"]).json()["operation"] == "toy.length"
    assert wait(client, made.json()["id"])["state"] == "finished"
    listed = client.get("/api/runs").json()
    assert listed["total"] == 1
    assert "folder" not in listed["runs"][0]


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"operation": "toy.lenght", "records": ["C"]}, 404, "toy.length"),
        ({"operation": "toy.length"}, 422, "records"),
        ({"operation": "toy.length", "records": ["C"], "file_id": "0" * 32}, 422, "Give one"),
        ({"operation": "toy.length", "file_id": "../../etc/passwd"}, 404, "uploaded"),
        ({"operation": "toy.length", "input_of": "nothing"}, 404, "run"),
        ({"operation": "toy.length", "records": ["C"], "settings": {"at_most": "x"}}, 422, "at_most"),
        ({"operation": "toy.length", "records": ["C"], "engine": "warp"}, 422, "engine"),
    ],
)
def test_a_run_that_cannot_be_is_refused_before_it_starts(client, body, status, word):
    response = client.post("/api/runs", json=body)
    assert response.status_code == status
    assert word in json.dumps(response.json())
    assert client.get("/api/runs").json()["total"] == 0


def test_the_table_is_ordered_filtered_and_paged_on_the_server(client, finished_run):
    def page(**query):
        return client.get(f"/api/runs/{finished_run}/table", params=query).json()

    everything = page()
    assert everything["total"] == 6
    assert [record["length"] for record in everything["records"]] == [3, 8, None, 2, 1, 5]
    assert [record["length"] for record in page(order="length", descending=True)["records"]] == [
        8,
        5,
        3,
        2,
        1,
        None,
    ]
    assert page(filter="length>=3")["total"] == 3
    assert page(filter="smiles~cc")["total"] == 5
    assert page(filter="error_code!=")["total"] == 1
    assert [record["smiles"] for record in page(offset=1, limit=2)["records"]] == ["c1ccccc1", "C" * 30]
    assert {column["name"]: column["unit"] for column in everything["columns"]}["length"] == "letters"


@pytest.mark.parametrize(
    "query", [{"filter": "nothing"}, {"filter": "length>=many"}, {"limit": 0}, {"offset": -1}]
)
def test_a_table_query_that_cannot_be_used(client, finished_run, query):
    assert client.get(f"/api/runs/{finished_run}/table", params=query).status_code == 422


def test_a_misspelt_parameter_is_refused_and_not_dropped(client, finished_run):
    response = client.get(f"/api/runs/{finished_run}/table", params={"fliter": "length>=3"})
    assert response.status_code == 422
    assert "filter" in response.json()["hint"]


def test_an_unknown_column_is_a_problem_with_the_names(client, finished_run):
    response = client.get(f"/api/runs/{finished_run}/table", params={"order": "lenght"})
    assert response.status_code == 404
    assert "length" in response.json()["hint"]


def test_results_are_downloaded_in_every_format(client, finished_run):
    csv = client.get(f"/api/runs/{finished_run}/result.csv").text
    assert csv.count("\n") == 7
    parquet = client.get(f"/api/runs/{finished_run}/result.parquet").content
    assert pq.read_table(io.BytesIO(parquet)).num_rows == 6
    lines = client.get(f"/api/runs/{finished_run}/result.jsonl").text.strip().splitlines()
    assert json.loads(lines[0])["length"] == 3
    sdf = client.get(f"/api/runs/{finished_run}/result.sdf")
    assert sdf.text.count("$$$$") == 6
    assert client.get(f"/api/runs/{finished_run}/result.exe").status_code == 422


def test_the_report_gets_no_rights(client, finished_run):
    report = client.get(f"/api/runs/{finished_run}/report")
    assert report.status_code == 200
    assert report.headers["content-security-policy"].startswith("sandbox")


def test_events_end_with_the_run(client, finished_run):
    text = client.get(f"/api/runs/{finished_run}/events").text
    assert text.startswith("event: status\n")
    assert text.rstrip().endswith('data: {"state": "finished"}')


def test_a_run_is_cancelled_within_two_seconds_and_resumed(client, wait):
    body = {"operation": "toy.length", "records": ["C"] * 200, "settings": {"seconds": 0.4}}
    run = client.post("/api/runs", json=body).json()["id"]
    deadline = time.monotonic() + 30
    while not client.get(f"/api/runs/{run}").json()["done"] and time.monotonic() < deadline:
        time.sleep(0.1)
    began = time.monotonic()
    assert client.post(f"/api/runs/{run}/cancel").json()["state"] == "cancelled"
    assert time.monotonic() - began < 2
    assert client.get(f"/api/runs/{run}/table").status_code == 409
    assert client.post(f"/api/runs/{run}/cancel").status_code == 409
    assert client.post(f"/api/runs/{run}/resume").status_code == 200
    assert wait(client, run)["state"] == "finished"
    assert client.post(f"/api/runs/{run}/resume").status_code == 409


def test_a_job_shows_what_it_gave_beside_its_table(client, wait):
    run = client.post("/api/runs", json={"operation": "toy.total", "records": ["CCO", "CC"]}).json()["id"]
    assert wait(client, run)["state"] == "finished"
    extras = client.get(f"/api/runs/{run}/extras").json()
    assert len(extras["tables"]["squares"]) == 5
    assert "A line" in extras["figures"]


def test_a_run_takes_an_uploaded_file_and_another_takes_its_input(client, wait):
    file = client.post("/api/files", files={"file": ("mine.csv", b"smiles,name\nCCO,a\nCC,b\n")}).json()["id"]
    first = client.post("/api/runs", json={"operation": "toy.length", "file_id": file}).json()
    assert wait(client, first["id"])["n_ok"] == 2
    assert first["input"] == "mine.csv"
    again = {"operation": "toy.length", "input_of": first["id"], "settings": {"at_most": 2}}
    second = client.post("/api/runs", json=again).json()
    assert wait(client, second["id"])["n_failed"] == 1
    asked = client.get(f"/api/runs/{second['id']}/request").json()
    assert asked["settings"]["at_most"] == 2


def test_the_input_of_records_is_used_again(client, finished_run, wait):
    again = client.post("/api/runs", json={"operation": "toy.length", "input_of": finished_run}).json()
    assert wait(client, again["id"])["n_ok"] == 6


@pytest.mark.parametrize("identifier", ["..", "%2e%2e%2f%2e%2e", "0" * 26, "x"])
def test_a_run_id_is_never_a_path(client, identifier):
    assert client.get(f"/api/runs/{identifier}").status_code in (404, 307)
