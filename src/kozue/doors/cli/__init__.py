"""The command line: ``kozue <system> <verb> INPUT``, made from the registry, and what manages runs."""

from __future__ import annotations

from kozue.doors.cli.app import main

__all__ = ["main"]
