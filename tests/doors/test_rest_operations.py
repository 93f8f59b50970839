"""Describing and asking operations over HTTP."""

from __future__ import annotations

import json
import threading

import pytest


def test_the_list_holds_every_operation_with_its_schema(client):
    listed = {entry["name"]: entry for entry in client.get("/api/operations").json()["operations"]}
    assert {"toy.length", "toy.total"} <= set(listed)
    length = listed["toy.length"]
    assert length["title"] == {"en": "Length", "ja": "長さ"}
    assert length["takes"][0]["role"] == "molecule"
    assert length["settings"]["properties"]["at_most"]["maximum"] == 1_000_000


def test_one_operation_is_described_and_an_unknown_one_is_a_problem(client):
    assert client.get("/api/operations/toy/length").json()["kind"] == "map"
    missing = client.get("/api/operations/toy/lenght")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert "toy.length" in missing.json()["hint"]


def test_an_answer_carries_counts_warnings_and_every_record_in_order(client):
    answer = client.post(
        "/api/toy/length", json={"records": ["CCO", "C" * 30, "CC"], "settings": {"at_most": 20}}
    ).json()
    assert (answer["n_in"], answer["n_ok"], answer["n_failed"]) == (3, 2, 1)
    assert [record["length"] for record in answer["records"]] == [3, None, 2]
    assert "20 are allowed" in answer["records"][1]["error_message"]
    assert any(warning["code"] == "failed_records" for warning in answer["warnings"])


def test_objects_keep_the_users_own_columns(client):
    answer = client.post(
        "/api/toy/length", json={"records": [{"smiles": "CCO", "batch": 7, "name": "ethanol"}]}
    ).json()
    assert answer["records"][0]["batch"] == 7
    assert answer["records"][0]["name"] == "ethanol"


def test_a_named_column_is_used(client):
    body = {"records": [{"structure text": "CCO"}], "columns": {"smiles": "structure text"}}
    assert client.post("/api/toy/length", json=body).json()["records"][0]["length"] == 3


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"records": ["CC"], "settings": {"at_mots": 3}}, 422, "at_most"),
        ({"records": ["CC"], "settings": {"at_most": 0}}, 422, "greater than or equal to 1"),
        ({"records": []}, 422, "records"),
        ({"records": [{"other": 1}]}, 422, "smiles"),
        ({"records": ["CC", {"smiles": "CC"}]}, 422, "record 2"),
        ({"records": ["CC"], "seed": -1}, 422, "seed"),
        ({"records": ["CC"], "unknown": 1}, 422, "unknown"),
        ({}, 422, "records"),
        ({"records": ["CC"] * 1001}, 413, "/api/runs"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(client, body, status, word):
    response = client.post("/api/toy/length", json=body)
    assert response.status_code == status
    problem = response.json()
    assert problem["status"] == status
    assert word in problem["detail"] + problem.get("hint", "")


def test_a_body_that_is_not_json(client):
    response = client.post(
        "/api/toy/length", content=b"{not json", headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 422
    assert "not JSON" in response.json()["detail"]


def test_a_job_gives_its_tables_and_summary(client):
    answer = client.post("/api/toy/total", json={"records": ["CCO", "CC"]}).json()
    assert answer["records"] == [{"total": 5}]
    assert answer["tables"]["squares"][2] == {"square": 4}


def test_infinite_and_missing_numbers_never_reach_json(client):
    text = client.post("/api/toy/noise", json={"records": ["CC"]}).text
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


def test_equal_seeds_give_equal_answers(client):
    def draw(seed):
        return client.post("/api/toy/noise", json={"records": ["CC", "CO"], "seed": seed}).json()["records"]

    assert draw(3) == draw(3) != draw(4)


@pytest.mark.parametrize(("form", "start"), [("csv", b"smiles"), ("jsonl", b"{"), ("parquet", b"PAR1")])
def test_the_answer_as_a_file(client, form, start):
    response = client.post(f"/api/toy/length?format={form}", json={"records": ["CCO"]})
    assert response.status_code == 200
    assert response.content.lstrip(b'\xef\xbb\xbf"').startswith(start)
    assert f"toy.length.{form}" in response.headers["content-disposition"]


def test_an_operation_that_breaks_is_a_problem_without_a_traceback(app, client):
    from fastapi.testclient import TestClient

    with TestClient(
        app, base_url="http://127.0.0.1:8765", headers=dict(client.headers), raise_server_exceptions=False
    ) as calm:
        response = calm.post("/api/toy/short", json={"records": ["CC", "CO"]})
    assert response.status_code == 500
    assert "Traceback" not in response.text


def test_more_questions_than_places_are_told_to_come_back(toys, kozue_home):
    from fastapi.testclient import TestClient

    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app
    from kozue.doors.rest.services import ServerLimits

    registry = Registry()
    registry.add_module(toys)
    app = create_app(registry=registry, limits=ServerLimits(inline_calls=1, inline_wait=0.05))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        slow = threading.Thread(
            target=client.post,
            args=("/api/toy/length",),
            kwargs={"json": {"records": ["C"], "settings": {"seconds": 1.5}}},
        )
        slow.start()
        threading.Event().wait(0.4)
        response = client.post("/api/toy/length", json={"records": ["C"]})
        slow.join()
    assert response.status_code == 429
    assert response.headers["retry-after"] == "1"


def test_a_wrong_method_names_the_right_ones(client):
    response = client.put("/api/runs")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


def test_models_and_data_are_listed(client):
    assert isinstance(client.get("/api/models").json()["models"], list)
    assert client.get("/api/models/no/such").status_code == 404
    data = client.get("/api/data").json()["data"]
    assert all(entry["licence"] for entry in data)


def test_molecules_are_drawn(client):
    drawn = client.get("/api/molecules/svg", params={"smiles": "CCO", "weights": "0.1,-0.2,0.3"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "<script" not in drawn.text
    assert client.get("/api/molecules/svg", params={"smiles": "not a molecule"}).status_code == 422
    assert (
        client.get("/api/molecules/svg", params={"smiles": "not a molecule", "mark": True}).status_code == 200
    )
    assert client.get("/api/molecules/svg", params={"smiles": "CCO", "weights": "nan"}).status_code == 422
    assert client.get("/api/molecules/svg", params={"smiles": "C" * 2001}).status_code == 422


def test_openapi_names_every_operation_once(client):
    schema = client.get("/api/openapi.json").json()
    names = [entry["operationId"] for path in schema["paths"].values() for entry in path.values()]
    assert len(names) == len(set(names))
    assert "toy_length" in names
