"""Arguments of a call: found, added, replaced and taken out, with their comments and line breaks kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.changes import Change, NotCleanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderlint.fixes.tree import Fragment

AFTER_ITEM = re.compile(r"(?P<comma>[ \t]*,)?(?P<comment>[ \t]*#[^\r\n]*)?")
"""What may stand behind an item on its line."""


def has_stars(call: cst.Call) -> bool:
    """Whether the call unpacks anything, so that what it is given cannot be read off."""
    return any(arg.star for arg in call.args)


def argument(call: cst.Call, keyword: str, position: int | None = None) -> cst.Arg | None:
    """The argument given by keyword or by position (0-based); None if it is not given."""
    for index, arg in enumerate(call.args):
        if arg.star:
            position = None  # whatever is unpacked may fill the positions behind
        elif index == position if arg.keyword is None else arg.keyword.value == keyword:
            return arg
    return None


def append(fragment: Fragment, call: cst.Call, text: str) -> Iterator[Change]:
    """Add an argument behind the others, on a line of its own where the last one has that."""
    close = fragment.span(call)[1] - 1
    if not call.args:
        yield fragment.change(close, close, text)
        return
    source = fragment.source.text
    start, end = fragment.span(call.args[-1])[0], _end(fragment, call.args[-1])
    match = AFTER_ITEM.match(source, end, close)
    assert match is not None  # every part is optional
    line = fragment.source.line_start(start)
    indent = source[line:start]
    if indent.strip() or source[match.end() : close].strip(" \t") == "":
        yield fragment.change(end, end, f", {text}")
        return
    if not match["comma"]:
        yield fragment.change(end, end, ",")
    new = f"{fragment.source.newline}{indent}{text}{',' if match['comma'] else ''}"
    yield fragment.change(match.end(), match.end(), new)


def replace_value(fragment: Fragment, arg: cst.Arg, text: str) -> Change:
    """Give an argument another value."""
    return fragment.change(*fragment.outer(arg.value), text)


def remove_argument(fragment: Fragment, call: cst.Call, arg: cst.Arg) -> Change:
    """Take an argument out.

    Raises:
        NotCleanError: a comment would go with it.
    """
    index = next(number for number, other in enumerate(call.args) if other is arg)
    return remove_item(fragment, call.args, index)


def remove_item(fragment: Fragment, items: Sequence[cst.CSTNode], index: int) -> Change:
    """Take one of several items with commas between them out: its lines if it has them for itself.

    Raises:
        NotCleanError: a comment would go with it.
    """
    source = fragment.source.text
    start, end = fragment.span(items[index])[0], _end(fragment, items[index])
    match = AFTER_ITEM.match(source, end)
    assert match is not None  # every part is optional
    line = fragment.source.line_start(start)
    if not source[line:start].strip() and source[match.end() : fragment.source.line_end(match.end())] == "":
        return fragment.change(line, fragment.source.next_line(match.end()), "")
    if index + 1 < len(items):
        gap = (start, fragment.span(items[index + 1])[0])
    elif index:
        gap = (_end(fragment, items[index - 1]), end)
    else:
        gap = (start, end + len(match["comma"] or ""))
    if "#" in source[end : gap[1]] or "#" in source[gap[0] : start]:
        raise NotCleanError("a comment would be lost")
    return fragment.change(*gap, "")


def _end(fragment: Fragment, item: cst.CSTNode) -> int:
    """Where an item ends, before the comma that libcst counts among its parts."""
    if isinstance(item, cst.Arg | cst.Element):
        return fragment.outer(item.value)[1]
    return fragment.span(item)[1]


def comment_behind(fragment: Fragment, item: cst.CSTNode) -> tuple[int, int]:
    """Start and end of the comment behind an item on its last line, blanks before it too; maybe empty."""
    match = AFTER_ITEM.match(fragment.source.text, _end(fragment, item))
    assert match is not None  # every part is optional
    return match.span("comment") if match["comment"] else (match.end(), match.end())


def binds_tightly(node: cst.BaseExpression) -> bool:
    """Whether an expression can stand anywhere without parentheses of its own."""
    return isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.SimpleString)


def atom(fragment: Fragment, node: cst.BaseExpression) -> str:
    """The text of an expression so that anything may be put before or behind it."""
    text = fragment.code(node)
    return text if binds_tightly(node) else f"({text})"
