"""Serve the demonstration system beside all others: ``python demo_server.py PORT TOKEN``."""

from __future__ import annotations

import sys

import kozue_demo

from kozue.core.registry import get_registry
from kozue.doors.rest import serve

if __name__ == "__main__":
    get_registry().add_module(kozue_demo)
    serve(port=int(sys.argv[1]), token=sys.argv[2])
