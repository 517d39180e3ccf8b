"""Write the documentation pages of the rules, docs/rules/*.md, from the rule files (for developers).

python benchmarks/make_rule_pages.py          # say which pages are not current; exit status 1 if any
python benchmarks/make_rule_pages.py --write  # write them, and remove pages of rules that are gone
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from orderlint.report.page import page_lines
from orderlint.selection import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.engine.schema import Rule

FOLDER = Path(__file__).parent.parent / "docs/rules"


def pages() -> dict[str, str]:
    """The content of every page by its file name."""
    rules = all_rules()
    found = {page_name(rule): "\n".join(page_lines(rule)) + "\n" for rule in rules}
    return {"index.md": "\n".join(index_lines(rules)) + "\n", **found}


def page_name(rule: Rule) -> str:
    return f"{rule.code}-{rule.name}.md"


def index_lines(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield from ("# Rules", "", "One table a family; `orderlint explain CODE` shows a page in the terminal.")
    for family, members in groupby(rules, key=lambda rule: rule.family):
        yield from ("", f"## {family}", "", "| code | name | default | fix | reports |", "|--|--|--|--|--|")
        yield from (row(rule) for rule in members)


def row(rule: Rule) -> str:
    fix = "" if rule.fix is None else "safe" if rule.fix.safe else "unsafe"
    default = rule.severity if rule.enabled else "off"
    link = f"[{rule.code}]({page_name(rule)})"
    return f"| {link} | {rule.name} | {default} | {fix} | {' '.join(rule.what.split())} |"


def stale() -> list[str]:
    """The names of pages that are missing, differ from their rule, or have no rule."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        write()
        return 0
    names = stale()
    for name in names:
        print(f"not current: docs/rules/{name}")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
