"""Downloads from a local server: checked, resumed, recorded, and clear when they fail."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import threading
import zipfile

import pandas as pd
import pytest

import kozue.data.getting as getting
from kozue.core.errors import DataError
from kozue.data.catalogue import read_catalogue
from kozue.data.download import ResumingDownloader, refuse_unsafe
from kozue.data.prepare import content_hash, inchikey

TABLE = b"smiles,y\nCCO,1\nCCN,2\nc1ccccc1,3\n"
HASH = hashlib.sha256(TABLE).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves bytes by path; can cut the first answers short and records what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cuts = 0
        self.cut_at = 10
        self.asked: list[str | None] = []
        self.ranges = True
        self.redirect = ""

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.end_headers()
            return
        body = server.files.get(self.path.lstrip("/"))
        if body is None:
            self.send_error(404)
            return
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        start = 0
        wanted = self.headers.get("Range")
        if wanted and server.ranges and self.headers.get("If-Range") == tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.send_header("ETag", tag)
        self.end_headers()
        if server.cuts:
            server.cuts -= 1
            rest = rest[: server.cut_at]
        self.wfile.write(rest)


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def entry(server, monkeypatch):
    """Put a data set of one CSV into the catalogue; return a function that changes it."""
    monkeypatch.delenv("KOZUE_MIRROR", raising=False)

    def make(url="", sha256=HASH, prepare="", content="", rows=3, name="t.csv"):
        url = url or server.url("t.csv")
        text = f"""
[toy]
title = {{ en = "Toy", ja = "試し" }}
description = "d"
homepage = "https://example.org"
licence = "CC0-1.0"
citation = "c"
mirror = "toys/toy"
columns = [{{ name = "smiles" }}]
[[toy.files]]
name = "{name}"
sha256 = "{HASH}"
content = "{content}"
rows = {rows}
prepare = "{prepare}"
sources = [{{ name = "source-{name}", dataset = "a", url = "{url}", sha256 = "{sha256}" }}]
"""
        found = read_catalogue(text)["toy"]
        monkeypatch.setattr(getting, "find", lambda name: found)
        return found

    server.files["t.csv"] = TABLE
    return make


def test_downloads_once_and_keeps_it(server, entry):
    entry()
    path = getting.get("toy")["t.csv"]
    assert path.read_bytes() == TABLE
    assert getting.get("toy")["t.csv"] == path
    assert len(server.asked) == 1


def test_cut_download_goes_on_where_it_stopped(server, entry):
    entry()
    server.cuts = 2
    assert getting.get("toy")["t.csv"].read_bytes() == TABLE
    assert server.asked == [None, "bytes=10-", "bytes=20-"]


def test_cut_download_is_kept_for_the_next_call(server, entry):
    entry()
    server.cuts = 3
    with pytest.raises(DataError, match="cut after"):
        getting.get("toy")
    assert getting.get("toy")["t.csv"].read_bytes() == TABLE
    assert server.asked[-1] == "bytes=30-"


def test_server_without_ranges_starts_again(server, entry):
    entry()
    server.cuts, server.ranges = 1, False
    assert getting.get("toy")["t.csv"].read_bytes() == TABLE


def test_file_changed_between_two_tries_is_not_mixed(server, entry):
    entry(sha256="")
    server.cuts = 3
    with pytest.raises(DataError):
        getting.get("toy")
    server.files["t.csv"] = TABLE.upper()
    assert getting.get("toy")["t.csv"].read_bytes() == TABLE.upper()


def test_wrong_bytes_are_never_used(server, entry):
    entry()
    server.files["t.csv"] = b"<html>login</html>"
    with pytest.raises(DataError, match="not what was recorded"):
        getting.get("toy")
    server.files["t.csv"] = TABLE
    assert getting.get("toy")["t.csv"].read_bytes() == TABLE


def test_first_download_is_recorded_and_later_ones_compared(server, entry, kozue_home):
    entry(sha256="")
    path = getting.get("toy")["t.csv"]
    lock = json.loads((path.parent / "lock.json").read_text())
    assert lock["source-t.csv"]["sha256"] == hashlib.sha256(TABLE).hexdigest()
    path.unlink()
    server.files["t.csv"] = b"other"
    with pytest.raises(DataError, match="not what was recorded"):
        getting.get("toy")


def test_offline_says_what_to_do(entry):
    entry(url="https://127.0.0.1:9/t.csv")
    with pytest.raises(DataError) as caught:
        getting.get("toy")
    assert "KOZUE_MIRROR" in caught.value.hint and "toys/toy/t.csv" in caught.value.hint


def test_missing_at_the_publisher(server, entry):
    entry(url=server.url("gone.csv"))
    with pytest.raises(DataError, match="404"):
        getting.get("toy")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "url", ["http://example.org/a", "ftp://example.org/a", "file:///etc/passwd", "a.csv"]
)
def test_only_https(url, tmp_path):
    with pytest.raises(DataError, match="https"):
        refuse_unsafe(url)
    with pytest.raises(DataError, match="https"):
        ResumingDownloader(tmp_path / "x.part")(url, tmp_path / "x", None)


def test_redirect_to_another_scheme_is_refused(server, entry):
    entry()
    server.redirect = "ftp://127.0.0.1/t.csv"
    with pytest.raises(DataError, match="https"):
        getting.get("toy")


def test_mirror_comes_first(server, entry, tmp_path, monkeypatch):
    entry()
    folder = tmp_path / "toys" / "toy"
    folder.mkdir(parents=True)
    (folder / "t.csv").write_bytes(TABLE)
    monkeypatch.setenv("KOZUE_MIRROR", str(tmp_path))
    assert getting.get("toy")["t.csv"] == folder / "t.csv"
    assert server.asked == []


def test_table_is_made_from_the_source_and_checked(server, entry):
    table = pd.DataFrame({"dataset": "a", "smiles": ["CCO", "CCN", "c1ccccc1"], "y": [1, 2, 3]})
    entry(prepare="stacked", name="t.parquet", content=content_hash(table))
    made = pd.read_parquet(getting.get("toy")["t.parquet"])
    assert list(made.columns) == ["dataset", "smiles", "y"] and list(made["dataset"]) == ["a"] * 3
    assert len(server.asked) == 1


def test_table_that_is_not_the_recorded_one_is_refused_and_can_be_had_later(server, entry):
    table = pd.DataFrame({"dataset": "a", "smiles": ["CCO", "CCN", "c1ccccc1"], "y": [1, 2, 3]})
    entry(prepare="stacked", name="t.parquet", content=content_hash(table), sha256="")
    server.files["t.csv"] = b"<html>busy</html>"
    with pytest.raises(DataError, match="cannot be made"):
        getting.get("toy")
    server.files["t.csv"] = TABLE
    assert getting.get("toy")["t.parquet"].exists()


def test_made_table_that_was_changed_is_refused(entry):
    entry(prepare="stacked", name="t.csv")
    path = getting.get("toy")["t.csv"]
    path.write_bytes(path.read_bytes() + b"a,CCCC,4\n")
    with pytest.raises(DataError, match="has changed"):
        getting.get("toy")


def test_tdc_group_is_stacked_from_the_published_zip(server, entry):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, split, rows in (
            ("herg", "test", "d1,CCO,1\n"),
            ("ames", "train_val", "d2,CC(,0\n"),
            ("ames", "test", "d3,CCN,1\n"),
        ):
            archive.writestr(f"admet_group/{name}/{split}.csv", "Drug_ID,Drug,Y\n" + rows)
    server.files["admet_group.zip"] = content.getvalue()
    entry(url=server.url("admet_group.zip"), sha256="", prepare="tdc_group", name="t.parquet")
    made = pd.read_parquet(getting.get("toy")["t.parquet"])
    assert list(zip(made["dataset"], made["split"], strict=True)) == [
        ("ames", "train_val"),
        ("ames", "test"),
        ("herg", "test"),
    ]
    assert made["inchikey"].isna().tolist() == [True, False, False]
    assert made["inchikey"][2] == inchikey("OCC")


def test_content_hash_ignores_how_numbers_are_stored():
    whole = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    other = pd.DataFrame({"b": ["x", float("nan")], "a": [1.0, 2.0], "inchikey": ["k", "l"]})
    assert content_hash(whole) == content_hash(other)
    assert content_hash(whole) != content_hash(whole.assign(a=[2, 1]))
