"""Every goal figure, one script after the other: ``make bench``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SKIPPED = {"design_baselines.py", "design_checks.py", "design_runs.py", "harness.py", "run_all.py"}


def main():
    wanted = sys.argv[1:]
    scripts = [path for path in sorted(HERE.glob("*.py")) if path.name not in SKIPPED]
    failed = []
    for script in scripts:
        if wanted and script.stem not in wanted:
            continue
        began = time.monotonic()
        code = subprocess.run([sys.executable, str(script)], cwd=HERE.parent).returncode
        sys.stdout.write(f"({script.name}: {time.monotonic() - began:.0f} s)\n\n")
        if code:
            failed.append(script.name)
    sys.stdout.write("## All figures\n\n")
    for path in sorted((HERE / "out").glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        verdict = {True: "met", False: "MISSED", None: "-"}[kept["met"]]
        sys.stdout.write(f"- {kept['name']}: {verdict} ({kept['goal']})\n")
    if failed:
        sys.exit(f"These scripts did not end well: {', '.join(failed)}")


if __name__ == "__main__":
    main()
