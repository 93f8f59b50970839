"""The agents' door: six entry tools over the registry, by the Model Context Protocol."""

from __future__ import annotations

from kozue.doors.mcp.server import make_server, serve

__all__ = ["make_server", "serve"]
