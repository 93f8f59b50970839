"""A real server and a real browser; every page is watched for foreign requests and console errors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHOTS = HERE.parents[1] / "test-artifacts"
TOKEN = "secret-of-the-browser"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


def pytest_collection_modifyitems(items):
    """Mark everything here, so that it runs only where a browser is wanted."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip."""
    found = os.environ.get("KOZUE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("there is no Chromium; install one or name it in KOZUE_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """Return the server's own Kozue folder."""
    return tmp_path_factory.mktemp("browser-home")


@pytest.fixture(scope="session")
def server(home) -> Iterator[str]:
    """Start a server in a process of its own and return its address."""
    paths = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "KOZUE_HOME": str(home), "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "demo_server.py"), "0", TOKEN],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"the server said {line!r}"
        yield found.group(0)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def browser(chromium):
    """Start the browser once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Watched:
    """A page and what it did.

    Parameters
    ----------
    page : playwright Page
        Logged in.
    address : str
        Of the server.
    requests, complaints : list of str
        Everything asked for, and every console error.
    script_bytes : dict of str to int
        JavaScript received, by address.
    """

    page: object
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    script_bytes: dict[str, int] = field(default_factory=dict)

    def open(self, path: str) -> None:
        """Open a page of ours and wait until it is quiet."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def shoot(self, name: str, **options) -> None:
        """Keep a picture for people to look at."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", **options)

    @property
    def foreign(self) -> list[str]:
        """Requests to other hosts."""
        own = (self.address, "data:", "blob:")
        return [asked for asked in self.requests if not asked.startswith(own)]


@pytest.fixture
def watch(browser, server):
    """Return a function that opens a watched page; whatever happens on it is checked at the end."""
    opened: list[tuple[object, Watched]] = []

    def make(dark=False, language="en-US", width=1440, height=900) -> Watched:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=language,
            accept_downloads=True,
        )
        page = context.new_page()
        watched = Watched(page, server)
        page.on("request", lambda request: watched.requests.append(request.url))
        page.on("response", lambda response: weigh(watched, response))
        page.on("console", lambda said: said.type == "error" and watched.complaints.append(said.text))
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        page.goto(f"{server}/?token={TOKEN}")
        page.wait_for_url("**/ui/")
        opened.append((context, watched))
        return watched

    yield make
    for context, watched in opened:
        context.close()
        assert watched.foreign == []
        assert watched.complaints == []


def weigh(watched: Watched, response) -> None:
    """Note the size of a script."""
    if "javascript" in response.headers.get("content-type", "") and response.status == 200:
        watched.script_bytes[response.url] = int(response.headers.get("content-length", 0))
