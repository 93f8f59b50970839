"""Write docs/third-party.md: what Kozue's core stands on, with licences, from the installed packages."""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).parent


def core_distributions() -> dict[str, importlib.metadata.Distribution]:
    """Return the distributions that the core needs, by following their metadata."""
    found: dict[str, importlib.metadata.Distribution] = {}
    queue = ["kozue"]
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        for line in found[name].requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                queue.append(requirement.name)
    return found


def licence(metadata: importlib.metadata.PackageMetadata) -> str:
    """Return the licence in a few words: the expression, the classifiers, or the field's first line."""
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    if classifiers:
        return ", ".join(sorted({line.rpartition(" :: ")[2] for line in classifiers}))
    return (metadata.get("License") or "not stated").strip().splitlines()[0][:80]


def page() -> str:
    """Return the page as Markdown."""
    lines = [
        "# What Kozue stands on",
        "",
        "Made by `make licences` from the installed packages; versions differ by machine, so they are left out.",
        "",
        "## Python",
        "",
        "| package | licence | what it is |",
        "|---|---|---|",
    ]
    for name, distribution in sorted(core_distributions().items()):
        if name != "kozue":
            summary = (distribution.metadata.get("Summary") or "").replace("|", "/")
            lines.append(
                f"| {distribution.metadata['Name']} | {licence(distribution.metadata)} | {summary} |"
            )
    lines += ["", "## JavaScript, in the web page", "", "| package | licence |", "|---|---|"]
    lock = json.loads((HERE.parent / "package-lock.json").read_text(encoding="utf-8"))
    for place, entry in sorted(lock["packages"].items()):
        if place and not entry.get("dev"):
            lines.append(
                f"| {place.removeprefix('node_modules/')} | {entry.get('license', 'see its files')} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (HERE / "third-party.md").write_text(page(), encoding="utf-8")
    sys.stdout.write(page())
