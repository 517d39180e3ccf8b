"""Syntax nodes that the running Python's `ast` may lack: stand-ins, so that newer syntax lowers everywhere.

Import `TryStar`, `TypeAlias`, `TypeVar`, `ParamSpec` and `TypeVarTuple` from here instead of from `ast`.
Function and class definitions and type aliases always carry `type_params`, and type parameters
`default_value`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

__all__ = ["ParamSpec", "TryStar", "TypeAlias", "TypeVar", "TypeVarTuple", "type_param"]

_POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")


def _node(name: str, base: type[ast.AST], fields: tuple[str, ...]) -> type[ast.AST]:
    """The class `ast` has under this name, or a stand-in of the same shape."""
    found = getattr(ast, name, None)
    if found is not None:
        return found  # type: ignore[no-any-return]
    members = {"_fields": fields, "_attributes": _POSITION, "end_lineno": None, "end_col_offset": None}
    return type(name, (base,), {**members, "__module__": __name__})


if TYPE_CHECKING:

    class type_param(ast.AST):  # noqa: N801
        name: str
        bound: ast.expr | None
        default_value: ast.expr | None
        lineno: int
        col_offset: int
        end_lineno: int
        end_col_offset: int

    class TryStar(ast.stmt):
        body: list[ast.stmt]
        handlers: list[ast.ExceptHandler]
        orelse: list[ast.stmt]
        finalbody: list[ast.stmt]

    class TypeAlias(ast.stmt):
        name: ast.expr
        type_params: list[type_param]
        value: ast.expr

    class TypeVar(type_param): ...

    class ParamSpec(type_param): ...

    class TypeVarTuple(type_param): ...

else:
    type_param = _node("type_param", ast.AST, ())
    TryStar = _node("TryStar", ast.stmt, ("body", "handlers", "orelse", "finalbody"))
    TypeAlias = _node("TypeAlias", ast.stmt, ("name", "type_params", "value"))
    TypeVar = _node("TypeVar", type_param, ("name", "bound", "default_value"))
    ParamSpec = _node("ParamSpec", type_param, ("name", "default_value"))
    TypeVarTuple = _node("TypeVarTuple", type_param, ("name", "default_value"))
