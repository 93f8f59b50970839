"""Facts that pages show about the installation and about calling an operation elsewhere."""

from __future__ import annotations

import json
import os
import platform
import shlex
from typing import Any

import kozue
from kozue.core.operation import Operation
from kozue.core.paths import home
from kozue.doors.rest.services import Services


def about_facts(services: Services) -> list[tuple[str, str]]:
    """Return (text key, value) pairs for the about page."""
    from kozue.run.description import library_versions

    versions = library_versions()
    libraries = ", ".join(
        f"{name} {number}" for name, number in versions.items() if name not in ("kozue", "python")
    )
    return [
        ("about.version", kozue.__version__),
        ("about.python", f"{versions['python']} · {platform.system()} {platform.machine()}"),
        ("about.cores", str(os.cpu_count() or 1)),
        ("about.operations", str(len(services.registry.operations))),
        ("about.libraries", libraries),
        ("about.home", str(home())),
        ("about.runs_folder", str(services.store.root)),
    ]


def call_examples(op: Operation) -> list[tuple[str, str]]:
    """Return (door, text) pairs: the same operation by the command line, Python and REST."""
    example = dict(op.example_settings)
    shell = "".join(f" {option}" for name, value in example.items() for option in _options(name, value))
    keywords = "".join(f", {name}={value!r}" for name, value in example.items())
    body: dict[str, Any] = {"settings": example} if example else {}
    file_name = "molecules.csv"
    if op.takes is not None:
        first = next(iter(op.takes.required), None)
        sample = "CC(=O)Oc1ccccc1C(=O)O" if first is not None and first.role == "molecule" else "…"
        file_name = "molecules.csv" if first is not None and first.role == "molecule" else "records.csv"
        body = {"records": [sample], **body}
    source = f" {file_name}" if op.takes is not None else ""
    argument = repr(file_name) if op.takes is not None else ""
    python = f"import kozue\n\ntable = kozue.{op.name}({(argument + keywords).removeprefix(', ')})"
    curl = (
        f"curl -X POST http://127.0.0.1:8765/api/{op.system}/{op.verb} \\\n"
        f"  -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body, ensure_ascii=False)}'"
    )
    return [
        ("command", f"kozue {op.system} {op.verb.replace('_', '-')}{source} -o out/{shell}"),
        ("python", python),
        ("rest", curl),
    ]


def _options(name: str, value: Any) -> list[str]:
    """Write a setting as the command line takes it: flags bare, lists as an option for each entry."""
    option = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return [option if value else option.replace("--", "--no-", 1)]
    entries = value if isinstance(value, (list, tuple)) else [value]
    return [f"{option} {shlex.quote(str(entry))}" for entry in entries]
