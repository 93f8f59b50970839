"""``kozue serve`` and ``kozue mcp``: the doors that stay open."""

from __future__ import annotations


def serve(*, host: str = "127.0.0.1", port: int = 8765, browser: bool = False) -> None:
    """Open the web page and the REST interface on this machine.

    Prints an address with a one-time token; nothing is reachable without it, and nothing is
    asked of any other host.

    Parameters
    ----------
    host
        Address to listen on; the default is reachable from this machine only.
    port
        Port; 0 takes a free one.
    browser
        Open the page in the default browser.
    """
    from kozue.doors.rest import serve as run

    run(host=host, port=port, open_browser=browser)


def mcp(*, expose: str | None = None) -> None:
    """Serve AI agents over standard input and output (Model Context Protocol).

    Parameters
    ----------
    expose
        Also offer operations as tools of their own: 'all', or system names with commas.
    """
    from kozue.doors.mcp import serve as run

    run(expose=expose)
