"""Serve the demonstration system beside all others: ``python demo_server.py PORT TOKEN``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "toys"))

import kozue_demo
import kozue_profiles

from kozue.core.registry import get_registry
from kozue.doors.rest import serve

if __name__ == "__main__":
    for module in (kozue_demo, kozue_profiles):
        get_registry().add_module(module)
    serve(port=int(sys.argv[1]), token=sys.argv[2])
