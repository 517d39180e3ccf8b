"""Lowering of a libcst module to the standard library's `ast`, with exact positions, in one pass.

The result equals that of `ast.parse` on the newest Python, whatever Python runs, except that `col_offset` and
`end_col_offset` count code points instead of UTF-8 bytes. See `lowering_nodes` for nodes that `ast` may lack.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

# Imported for the entries they make in the dispatch tables.
from orderlint.source import (  # noqa: F401
    lowering_calls,
    lowering_definitions,
    lowering_displays,
    lowering_expressions,
    lowering_imports,
    lowering_strings,
)
from orderlint.source.lowering_blocks import statements
from orderlint.source.lowering_cursor import Cursor, lines

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["lower"]


def lower(module: cst.Module, text: str, path: str) -> ast.Module:
    """Lower a module parsed from `text`, whose newlines are all `\\n`; `path` is for errors.

    Raises InputError for what libcst lets pass and Python refuses.
    """
    c = Cursor(text, path, module.default_indent)
    lines(c, module.header)
    return ast.Module(statements(c, module.body), [])
