"""What linting a tree costs, beside linters run on such trees today: processor time and peak memory.

    python benchmarks/peers.py TREE…                 # beside torchfix, flake8, pylint, ruff on the PATH
    python benchmarks/peers.py TREE… --bin ENV/bin   # or in this folder
    python benchmarks/peers.py TREE… --only orderlint,torchfix

orderlint runs twice, with an empty cache and again with what the first run kept. Every tool runs in one
process where it lets one say so, one after another, in a folder of its own so that no configuration is
found. CPU is the user and system time of a process and of all that it waited for; memory is that of the
largest of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PEERS = {
    "torchfix": ["torchfix", "--select=ALL"],
    "flake8": ["flake8", "--isolated", "--jobs=1"],
    "pylint": ["pylint", "--rcfile=", "--jobs=1", "--persistent=no", "--recursive=yes"],
    "ruff": ["ruff", "check", "--isolated", "--no-cache", "--select=ALL", "--quiet"],
}
"""The commands of the peers, each on all its rules."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor time, seconds that passed, megabytes at the peak, and the exit status."""

    cpu: float
    wall: float
    memory: float
    status: int


def run(command: list[str], folder: str, **environment: str) -> Cost:
    """Run a command with its output thrown away, and say what it cost."""
    start = os.times().elapsed
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
    return Cost(
        usage.ru_utime + usage.ru_stime,
        os.times().elapsed - start,
        usage.ru_maxrss / unit,
        process.returncode,
    )


def commands(tree: str, only: set[str], folder: str | None) -> dict[str, list[str]]:
    """The commands to run on a tree, orderlint's first; a peer that is not installed is left out."""
    own = [sys.executable, "-m", "orderlint", tree, "--jobs", "1", "--isolated"]
    out = {"orderlint, cold": own, "orderlint, warm": own} if "orderlint" in only else {}
    for name, command in PEERS.items():
        program = shutil.which(command[0], path=folder)
        if name in only and program:
            out[name] = [program, *command[1:], tree]
        elif name in only:
            print(f"{name}: not found, left out", file=sys.stderr)
    return out


def compare(tree: Path, only: set[str], programs: str | None) -> dict[str, Cost]:
    """What each tool costs on one tree."""
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        return {
            name: run(command, folder, ORDERLINT_CACHE_DIR=cache)
            for name, command in commands(str(tree.resolve()), only, programs).items()
        }


def table(tree: Path, costs: dict[str, Cost]) -> str:
    """A table in Markdown; the last column is the processor time in relation to torchfix's."""
    files = sorted(tree.rglob("*.py"))
    size = sum(f.stat().st_size for f in files) / 1e6
    lines = [
        f"{tree.name}: {len(files)} files, {size:.1f} MB\n",
        "| Tool | CPU, s | Wall, s | Peak memory, MB | Exit | CPU / TorchFix |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    base = costs.get("torchfix")
    for name, cost in costs.items():
        ratio = f"{cost.cpu / base.cpu:.3f}" if base else ""
        lines.append(
            f"| {name} | {cost.cpu:.2f} | {cost.wall:.1f} | {cost.memory:.0f} | {cost.status} | {ratio} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("trees", nargs="+", type=Path)
    parser.add_argument("--bin", help="folder in which the peers are installed")
    parser.add_argument("--only", default="orderlint," + ",".join(PEERS), help="tools to run, with commas")
    arguments = parser.parse_args()
    for tree in arguments.trees:
        print(table(tree, compare(tree, set(arguments.only.split(",")), arguments.bin)), end="\n\n")


if __name__ == "__main__":
    main()
