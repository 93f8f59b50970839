"""What must not be possible over HTTP."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kozue.doors.rest.uploads import Uploads, known_suffix, label


def test_without_the_token_nothing_is_told(stranger):
    for path in ("/api/operations", "/api/runs", "/api/openapi.json", "/ui/", "/ui/runs", "/"):
        response = stranger.get(path, follow_redirects=False)
        assert response.status_code == 401, path
        assert "toy" not in response.text
    assert stranger.post("/api/toy/length", json={"records": ["C"]}).status_code == 401
    assert stranger.get("/api/health").json()["status"] == "ok"


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic abc", "Bearer ", "Bearer é"])
def test_a_wrong_token(stranger, header):
    response = stranger.get("/api/runs", headers={"Authorization": header.encode("utf-8")})
    assert response.status_code == 401
    assert "bearer" in response.headers["www-authenticate"].lower()


def test_the_printed_address_sets_a_cookie_that_scripts_cannot_read(stranger, token):
    response = stranger.get(f"/?token={token}", follow_redirects=False)
    assert response.status_code == 200
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert token not in response.text
    assert stranger.get("/ui/").status_code == 200


def test_a_foreign_host_is_refused(client):
    for host in ("evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "localhost.evil.example"):
        response = client.get("/api/runs", headers={"Host": host})
        assert response.status_code == 403, host
    for host in ("localhost:8765", "127.0.0.1:1", "[::1]:8765"):
        assert client.get("/api/runs", headers={"Host": host}).status_code == 200, host


def test_a_foreign_page_is_refused(client):
    for origin in ("http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8765"):
        response = client.post("/api/toy/length", json={"records": ["C"]}, headers={"Origin": origin})
        assert response.status_code == 403, origin
    own = client.post("/api/toy/length", json={"records": ["C"]}, headers={"Origin": "http://127.0.0.1:8765"})
    assert own.status_code == 200
    assert client.get("/api/runs", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_every_response_carries_the_policy_and_none_opens_to_other_sites(client):
    for path in ("/ui/", "/api/runs", "/api/nothing", "/ui/static/js/app.js"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\windows\\system32",
        "/abs/olute.csv",
        "a\x00b.csv",
        "<img src=x onerror=alert(1)>.csv",
        "",
    ],
)
def test_an_upload_name_is_only_a_label(client, kozue_home, name):
    response = client.post("/api/files", files={"file": (name or "x", b"smiles\nCC\n")})
    assert response.status_code == 201
    body = response.json()
    assert "/" not in body["name"]
    assert "\\" not in body["name"]
    kept = sorted(path for path in kozue_home.rglob("*") if path.is_file())
    assert {path.parent for path in kept} == {kozue_home / "uploads"}
    assert all(path.name.startswith(body["id"]) for path in kept)


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_no_name_leaves_the_folder(name):
    suffix = known_suffix(name)
    assert "/" not in suffix
    assert ".." not in suffix
    assert label(name)


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_no_identifier_is_a_path(tmp_path_factory, name):
    from kozue.core.errors import UnknownNameError

    uploads = Uploads(tmp_path_factory.getbasetemp() / "uploads", 100)
    with pytest.raises(UnknownNameError):
        uploads.get(name)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.CSV", ".csv"),
        ("b.sdf.gz", ".sdf.gz"),
        ("c.exe", ""),
        ("set.tar.gz", ".tar.gz"),
        ("x.php.csv", ".csv"),
        ("", ""),
    ],
)
def test_only_suffixes_that_readers_know_are_kept(name, suffix):
    assert known_suffix(name) == suffix


def test_a_zip_of_one_table_is_read(client):
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.csv", "smiles\nCCO\nCC\n")
    file = client.post("/api/files", files={"file": ("set.zip", packed.getvalue())}).json()["id"]
    preview = client.get(f"/api/files/{file}/preview", params={"operation": "toy.length"})
    assert [record["smiles"] for record in preview.json()["records"]] == ["CCO", "CC"]


def test_an_upload_over_the_limit_leaves_nothing_behind(toys, kozue_home):
    from fastapi.testclient import TestClient

    from kozue.core.registry import Registry
    from kozue.doors.rest import create_app
    from kozue.doors.rest.services import ServerLimits

    registry = Registry()
    registry.add_module(toys)
    app = create_app(registry=registry, limits=ServerLimits(upload_bytes=5000, body_bytes=2000))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        told = client.post("/api/files", files={"file": ("big.csv", b"x" * 20_000)})
        untold = client.post(
            "/api/toy/length", content=iter([b"x" * 1500] * 3), headers={"Content-Type": "application/json"}
        )
    assert told.status_code == 413
    assert "/api/files" in told.json()["hint"]
    assert untold.status_code == 413
    assert not list((kozue_home / "uploads").glob("*")) if (kozue_home / "uploads").exists() else True


def test_files_are_previewed_and_forgotten(client):
    made = client.post(
        "/api/files", files={"file": ("m.csv", b"Structure,Compound name\nCCO,ethanol\nCC,ethane\n")}
    ).json()
    preview = client.get(f"/api/files/{made['id']}/preview", params={"operation": "toy.length"}).json()
    assert preview["format"] == "csv"
    assert preview["column_map"]["smiles"] == "Structure"
    assert [record["smiles"] for record in preview["records"]] == ["CCO", "CC"]
    assert client.delete(f"/api/files/{made['id']}").status_code == 204
    assert client.get(f"/api/files/{made['id']}").status_code == 404


def test_html_in_a_molecule_name_stays_text(client):
    name = "<img src=x onerror=alert(1)>"
    answer = client.post("/api/toy/length", json={"records": [{"smiles": "C", "name": name}]})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["records"][0]["name"] == name
    run = client.post(
        "/api/runs", json={"operation": "toy.length", "records": [{"smiles": "C", "name": name}]}
    ).json()["id"]
    assert name not in client.get(f"/ui/runs/{run}").text
