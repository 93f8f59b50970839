"""Suites: the goal figures that tests prove, counted and timed; coverage of the rooms that must not fail.

Doors, quiet-wrong, schemathesis, web, cluster, cancel, fast tier. ``python benchmarks/suites.py quick`` leaves out
what takes more than some minutes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness

ROOT = Path(__file__).parent.parent
FAST = ["-m", "not slow and not browser and not cluster"]
ROOMS = ("core", "io", "run", "doors")


def run_tests(arguments, environment=None, prefix=()):
    """Run pytest and return passed, failed, skipped, seconds and what was printed."""
    command = [*prefix, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, capture_output=True, text=True
    )
    seconds = time.monotonic() - began
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last)}
    failed = counts.get("failed", 0) + counts.get("error", 0) + (done.returncode not in (0, 1))
    return counts.get("passed", 0), failed, counts.get("skipped", 0), seconds, done.stdout


def row(what, must, arguments, environment=None, prefix=()):
    passed, failed, skipped, seconds, _ = run_tests(arguments, environment, prefix)
    return {
        "what": what,
        "passed": passed,
        "failed": failed,
        "skipped": skipped,
        "seconds": seconds,
        "must": must,
    }


def coverage_rows(folder):
    """Run the fast tier with coverage and return a row for it and one for each room."""
    report = Path(folder) / "coverage.json"
    arguments = ["-n", "2", "--dist", "worksteal", *FAST]
    passed, failed, skipped, seconds, _ = run_tests(arguments)
    rows = [
        {
            "what": "fast tier on 2 cores",
            "passed": passed,
            "failed": failed,
            "skipped": skipped,
            "seconds": seconds,
            "must": "<= 300 s",
        }
    ]
    run_tests([*arguments, "--cov", f"--cov-report=json:{report}"])
    files = json.loads(report.read_text())["files"]
    for room in ROOMS:
        found = [entry["summary"] for name, entry in files.items() if f"kozue/{room}/" in name]
        hit = sum(entry["covered_lines"] + entry["covered_branches"] for entry in found)
        all_of = sum(entry["num_statements"] + entry["num_branches"] for entry in found)
        rows.append(
            {"what": f"lines and branches covered in {room}", "value": hit / all_of, "must": ">= 0.9"}
        )
    return rows


def main():
    quick = "quick" in sys.argv[1:]
    doors = ["tests/contract/test_doors.py", "tests/browser/test_same_answer.py", "-m", ""]
    rows = [row("every operation through five doors on its example", "100 %", doors)]
    every = {} if quick else {"KOZUE_EVERY_INPUT": "1"}
    quiet = ["tests/contract/test_quiet_wrong.py", "-m", ""]
    rows.append(row("quiet-wrong: operations x broken inputs x doors", "0 failures", quiet, every))
    schema = ["tests/doors/test_rest_schema.py", "-m", ""]
    examples = {"KOZUE_SCHEMA_EXAMPLES": "15" if quick else "60"}
    rows.append(row("schemathesis, all checks, all operations", "0 failures", schema, examples))
    web = ["tests/browser", "-m", "browser"]
    rows.append(
        row("web in Chromium: foreign requests, console errors, JavaScript, 100,000 rows", "0 failures", web)
    )
    if shutil.which("unshare"):
        inside = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
        cluster = ["tests/cluster", "-m", "cluster"]
        rows.append(
            row("inline = Ray; a worker, then a node of two killed", "0 failures", cluster, prefix=inside)
        )
    rows.append(row("inline = pool; dead workers; cancel", "0 failures", ["tests/run", "-m", ""]))
    if not quick:
        with tempfile.TemporaryDirectory() as folder:
            rows += coverage_rows(folder)
    met = all(not entry.get("failed") for entry in rows) and all(
        entry.get("value", 1) >= 0.9 for entry in rows
    )
    met = met and all(entry["seconds"] <= 300 for entry in rows if entry["what"].startswith("fast tier"))
    harness.write(
        "suites", rows, None, "every suite without a failure; fast tier <= 5 min; coverage >= 90 %", met
    )


if __name__ == "__main__":
    main()
