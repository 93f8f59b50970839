"""Write the README's table of systems from the registry, so that it cannot lie."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kozue.core.registry import get_registry

README = Path(__file__).parent.parent / "README.md"
MARKS = re.compile(r"(<!-- systems: [^>]*-->\n).*?(<!-- /systems -->)", re.DOTALL)


def table() -> str:
    """Return the table as Markdown."""
    registry = get_registry()
    lines = ["| system | what it does | operations |", "|---|---|---|"]
    for system in registry.systems.values():
        verbs = ", ".join(f"`{op.verb}`" for op in registry.of_system(system.name))
        title = f"[{system.title.en}]({system.page})" if system.page else system.title.en
        lines.append(f"| {title} | {system.purpose.en}<br>{system.purpose.ja} | {verbs} |")
    return "\n".join(lines) + "\n"


def updated(text: str) -> str:
    """Return the README's text with the table of today."""
    return MARKS.sub(lambda marks: marks.group(1) + table() + marks.group(2), text)


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(table())
