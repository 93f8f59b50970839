"""Run the server on this machine and say where it is."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import webbrowser

from kozue.core.errors import InputError
from kozue.doors.rest.security import LOCAL_HOSTS


def serve(
    host: str = "127.0.0.1",
    port: int = 8765,
    open_browser: bool = False,
    token: str | None = None,
    allowed_hosts: tuple[str, ...] = (),
) -> None:
    """Serve the REST and web doors until interrupted.

    Parameters
    ----------
    host : str
        Address to listen on; anything but this machine's own lets others in who know the token.
    port : int
        Port; 0 takes a free one.
    open_browser : bool, default False
        Open the start page.
    token : str, optional
        The secret; a new one is made by default.
    allowed_hosts : tuple of str
        Further names under which the server may be called, for example behind a proxy.

    Raises
    ------
    InputError
        If the port is taken.
    """
    import uvicorn

    from kozue.doors.rest.app import create_app

    token = token or secrets.token_urlsafe(24)
    names = {*LOCAL_HOSTS, *allowed_hosts, f"[{host}]" if ":" in host else host}
    app = create_app(token=token, allowed_hosts=names)
    listener = listen(host, port)
    port = listener.getsockname()[1]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/?token={token}"
    print(f"Kozue is at {address}\nPress Ctrl-C to stop. Runs go on without the server.", flush=True)
    if host not in LOCAL_HOSTS and host != "::1":
        print("Warning: reachable from other machines, without encryption.", file=sys.stderr, flush=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2)
    )
    server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything is printed, so that the printed one is right.

    Raises
    ------
    InputError
        If it cannot be bound.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise InputError(
            f"The address {host}:{port} cannot be used: {error.strerror}.", "Choose another one with --port."
        ) from error
    listener.listen(128)
    return listener
