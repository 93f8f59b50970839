"""Light: what the help text costs, and what an installation weighs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "docs")]

from licences import core_distributions  # noqa: E402 - the path to it is set above

import harness  # noqa: E402

HEAVY = ("torch", "rdkit", "sklearn", "lightgbm")


def help_cost():
    """Return CPU seconds and MB of ``kozue --help``: the median of five, after one to warm up."""
    command = [str(Path(sys.executable).parent / "kozue"), "--help"]
    costs = sorted((harness.measure(command) for _ in range(6)), key=lambda cost: cost.cpu_s)[1:]
    code = "import sys\nfrom kozue.doors.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += f"print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = harness.measure([sys.executable, "-c", code]).output.splitlines()[-1]
    return costs[2].cpu_s, max(cost.peak_mb for cost in costs), loaded


def wheels_mb(names):
    """Return the size of the wheels of exactly the installed versions, and of our own, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        pins = [f"{d.metadata['Name']}=={d.version}" for name, d in names.items() if name != "kozue"]
        pip = [sys.executable, "-m", "pip", "--quiet"]
        subprocess.run([*pip, "download", "--no-deps", "-d", folder, *pins], check=True)
        others = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
        subprocess.run([*pip, "wheel", "--no-deps", "-w", f"{folder}/own", str(ROOT)], check=True)
        own = sum(path.stat().st_size for path in Path(folder, "own").iterdir()) / 1e6
    return others, own


def main():
    cpu, peak, loaded = help_cost()
    names = core_distributions()
    others, own = wheels_mb(names)
    rows = [
        {"what": "kozue --help, CPU", "value": cpu, "unit": "s", "must": "<= 0.5"},
        {"what": "kozue --help, peak memory", "value": peak, "unit": "MB", "must": "<= 80"},
        {"what": "heavy modules loaded by it", "value": loaded, "must": "[]"},
        {"what": "distributions of the core", "value": len(names), "must": "<= 85"},
        {"what": "their wheels", "value": others, "unit": "MB", "must": "<= 500"},
        {"what": "our own wheel", "value": own, "unit": "MB", "must": "<= 60"},
    ]
    met = cpu <= 0.5 and peak <= 80 and loaded == "[]" and len(names) <= 85 and others <= 500 and own <= 60
    harness.write(
        "light",
        rows,
        None,
        "help <= 0.5 CPU s and 80 MB; <= 85 distributions, <= 500 MB of wheels, own <= 60 MB",
        met,
    )


if __name__ == "__main__":
    main()
