"""Downloads over https that go on where they were cut and are checked before use."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from pathlib import Path
from typing import IO, Any

from kozue.core.errors import DataError

PIECE = 1 << 16
TIMEOUT_S = 60
TRIES = 3
# Plain http is fine within this machine only, where nobody can change what passes.
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def refuse_unsafe(url: str) -> None:
    """Allow https only.

    Raises
    ------
    DataError
        For any other scheme.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise DataError(f"{url[:200]!r} is not an https address, so nothing is downloaded from it.")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """Check the new address, and ask for the same range there."""
        refuse_unsafe(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class ResumingDownloader:
    """A downloader for pooch that keeps what arrived of a cut download and asks only for the rest.

    Parameters
    ----------
    part : pathlib.Path
        Where the unfinished file is kept.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self.tag = part.with_name(part.name + ".etag")

    def __call__(self, url: str, output_file: Any, pooch: Any, check_only: bool = False) -> None:
        """Download to ``output_file``, as pooch asks.

        Raises
        ------
        DataError
            If the server cannot be reached or does not give the file.
        """
        refuse_unsafe(url)
        for attempt in range(TRIES):
            try:
                self._fetch(url)
                break
            except (OSError, http.client.HTTPException) as error:
                lasting = isinstance(error, urllib.error.HTTPError) and error.code in (401, 403, 404, 410)
                if lasting or attempt == TRIES - 1:
                    raise DataError(f"{url} cannot be downloaded: {error}.") from error
                time.sleep(0.2 * 2**attempt)
        target = Path(output_file)
        self.part.replace(target)
        self.tag.unlink(missing_ok=True)

    def _fetch(self, url: str) -> None:
        """Ask for the file, or for what is still missing of it."""
        have = self.part.stat().st_size if self.part.exists() else 0
        tag = self.tag.read_text(encoding="utf-8") if self.tag.exists() else ""
        request = urllib.request.Request(url, headers={"User-Agent": "kozue", "Accept-Encoding": "identity"})
        if have and tag:
            # If-Range makes the server send the whole file when it has changed since.
            request.add_header("Range", f"bytes={have}-")
            request.add_header("If-Range", tag)
        opener = urllib.request.build_opener(_SafeRedirects())
        with opener.open(request, timeout=TIMEOUT_S) as response:
            resumed = response.status == 206 and _starts_at(response.headers.get("Content-Range", "")) == have
            if response.status == 206 and not resumed:
                self.part.unlink(missing_ok=True)
                raise OSError("the server sent another part of the file than was asked for")
            self.tag.write_text(response.headers.get("ETag") or "", encoding="utf-8")
            length = response.headers.get("Content-Length")
            expected = (have if resumed else 0) + int(length) if length and length.isdigit() else None
            with self.part.open("ab" if resumed else "wb") as out:
                while piece := response.read(PIECE):
                    out.write(piece)
        arrived = self.part.stat().st_size
        if expected is not None and arrived != expected:
            raise OSError(f"the connection was cut after {arrived:,} of {expected:,} bytes")


def _starts_at(content_range: str) -> int | None:
    """Return the first byte of ``bytes 100-199/200``.

    >>> _starts_at("bytes 100-199/200")
    100
    """
    first = content_range.removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else None
