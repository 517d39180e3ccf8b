"""Compare Python's parser, and libcst with the lowering, on every Python file below the directories given.

    PYTHONPATH=src python benchmarks/lowering_check.py DIRECTORY…

Prints each difference, files that only Python's parser accepts, and the CPU time per MB of either.
"""

from __future__ import annotations

import ast
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.errors import InputError
from orderlint.source.parse import count_code_points, decode, parse_with_libcst

if TYPE_CHECKING:
    from collections.abc import Iterator

# Before Python 3.12, `ast` places the parts of a formatted string at the string itself (of one inside
# another, at the outer one), and a tuple without parentheses as if it had them.
EXACT_STRINGS = sys.version_info >= (3, 12)
PARTS = (ast.JoinedStr, ast.FormattedValue, ast.Constant, ast.Tuple)


def expected(source: bytes) -> ast.Module:
    """What `ast.parse` makes of the source, with columns in code points."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = ast.parse(source)
    return count_code_points(module, decode(source, "<source>"))


def lowered(source: bytes, path: str) -> ast.Module:
    """What libcst and the lowering make of the source."""
    return parse_with_libcst(decode(source, path), path)


def outline(node: object, indent: str = "", placed: bool = True) -> Iterator[str]:
    """The tree, a line for each node and value: two trees are equal exactly if these lines are.

    `placed`: also for the parts of strings.
    """
    if isinstance(node, ast.AST):
        position = ""
        if hasattr(node, "lineno") and (placed or not isinstance(node, PARTS)):
            position = f" {node.lineno}:{node.col_offset}-{node.end_lineno}:{node.end_col_offset}"  # type: ignore[attr-defined]
        yield f"{indent}{type(node).__name__}{position}"
        inside = placed and (EXACT_STRINGS or not isinstance(node, ast.JoinedStr))
        for field in node._fields:
            if field not in ("kind", "type_comment"):
                yield f"{indent} .{field}"
                value = getattr(node, field, None)
                if isinstance(node, ast.JoinedStr):
                    value = [
                        part for part in node.values if getattr(part, "value", None) != ""
                    ]  # as from 3.12.2 on
                yield from outline(value, indent + "  ", inside)
    elif isinstance(node, list):
        for index, element in enumerate(node):
            yield f"{indent}[{index}]"
            yield from outline(element, indent + "  ", placed)
    else:
        yield f"{indent}{type(node).__name__} {node!r}"


def difference(ours: ast.Module, theirs: ast.Module) -> str | None:
    """The first line in which two trees differ."""
    for mine, other in zip(outline(ours), outline(theirs), strict=False):
        if mine != other:
            return f"{mine.strip()}  instead of  {other.strip()}"
    return None


def check(path: Path, seconds: list[float]) -> str | None:
    """What is wrong with the lowering of one file."""
    source = path.read_bytes()
    start = time.process_time()
    try:
        theirs = expected(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
    middle = time.process_time()
    try:
        ours = lowered(source, str(path))
    except InputError as error:
        return f"refused: {error}"
    seconds[0] += time.process_time() - middle
    seconds[1] += middle - start
    seconds[2] += len(source) / 1e6
    return difference(ours, theirs)


def main(directories: list[str]) -> int:
    """Check every file; the exit status is 1 if any differs."""
    seconds = [0.0, 0.0, 0.0]
    files = wrong = 0
    for directory in directories:
        for path in sorted(Path(directory).rglob("*.py")):
            files += 1
            problem = check(path, seconds)
            if problem:
                wrong += 1
                print(f"{path}: {problem}", flush=True)
    ours, theirs, size = seconds[0], seconds[1], seconds[2] or 1
    pace = f"libcst {ours / size:.2f} s/MB, ast.parse {theirs / size:.2f} s/MB"
    print(f"{files} files, {wrong} differ; {seconds[2]:.1f} MB; {pace}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
