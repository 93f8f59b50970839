"""Web door: pages generated from the registry, served below ``/ui`` beside the REST door.

Templates are Jinja2 with autoescape on; scripts are small ES modules with JSDoc types; texts are in
``locales/*.toml``. A page asks no other host for anything.
"""

from __future__ import annotations

from kozue.doors.web.pages import mount_pages

__all__ = ["mount_pages"]
