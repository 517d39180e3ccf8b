"""The command and its rules from a checkout, an editable install and an installed wheel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env=environment, cwd=cwd, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def environment_at(folder: Path) -> Path:
    """The Python of a new environment that sees the packages of this one, less those installed editable."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    (Path(site) / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def install(python: Path, *what: str | Path) -> None:
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, *what)


def rules_seen_by(python: Path, folder: Path) -> dict[str, object]:
    """What the installed command lists, and where the rules and the package lie."""
    command = python.parent / "orderlint"
    codes = [row["code"] for row in json.loads(run(command, "rules", "--format", "json", cwd=folder).stdout)]
    shipped = "from orderlint.engine.loader import shipped_folder; print(shipped_folder())"
    place = run(python, "-c", shipped, cwd=folder).stdout.strip()
    return {"codes": codes, "place": Path(place)}


def rules_of_the_checkout() -> list[str]:
    code = "from orderlint.selection import all_rules; print(*[rule.code for rule in all_rules()])"
    return run(
        sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); {code}"
    ).stdout.split()


def test_rules_from_a_checkout() -> None:
    assert {"OL001", "OL101", "OL102"} <= set(rules_of_the_checkout())


def test_rules_from_an_editable_install(tmp_path: Path) -> None:
    python = environment_at(tmp_path / "env")
    install(python, "-e", ROOT)
    assert rules_seen_by(python, tmp_path) == {"codes": rules_of_the_checkout(), "place": ROOT / "rules"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_rules_from_an_installed_wheel(tmp_path: Path, wheel: Path) -> None:
    python = environment_at(tmp_path / "env")
    install(python, wheel)
    seen = rules_seen_by(python, tmp_path)
    assert seen["codes"] == rules_of_the_checkout()
    assert ROOT not in Path(str(seen["place"])).parents
    assert run(python, "-m", "orderlint", "--version", cwd=tmp_path).stdout.startswith("orderlint ")


def test_the_wheel_holds_all_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    here = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*") if path.is_file()}
    missing = {name for name in here - names if "__pycache__" not in name}
    assert not missing
    rules = {f"orderlint/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "rules").rglob("*.toml")}
    assert rules <= names
