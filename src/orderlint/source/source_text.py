"""`inspect.getsource` and its kin: the text of what a file defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.source.values import (
    Bound,
    Class,
    Function,
    Instance,
    Native,
    PythonModule,
    Raised,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    import ast

    from orderlint.source.interpreter import Interpreter


def source(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`inspect.getsource(object)`: the lines of its definition, decorators included."""
    found = lines(it, args, kwargs)
    return found if type(found) is Unknown else "".join(found[0])


def lines(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`inspect.getsourcelines(object)`: the lines, and the number of the first one."""
    value = it.resolve(args[0]) if args else None
    while isinstance(value, Bound):
        value = value.function
    if type(value) is Unknown:
        return Unknown("the source of an unknown object")
    if isinstance(value, Instance):
        raise Raised("TypeError", None, "module, class, method, function or code object was expected")
    path, node = where(value)
    if path is None:
        raise Raised("OSError", None, "source code not available")
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise Raised("OSError", None, "could not get source code") from error
    it.importer.reads.file(path, content)
    text = content.decode("utf-8", "replace").splitlines(keepends=True)
    if node is None:
        return text, 0
    first = min(getattr(n, "lineno", 1) for n in [node, *getattr(node, "decorator_list", [])])
    return text[first - 1 : getattr(node, "end_lineno", None)], first


def where(value: Value) -> tuple[str | None, ast.AST | None]:
    """The file that defines something, and the definition; a module is its whole file."""
    if isinstance(value, PythonModule):
        return value.path, None
    if isinstance(value, Function) and not value.module.library:
        return value.module.path, value.node
    if isinstance(value, Class) and value.place is not None and not value.library:
        return value.place.path, value.node
    return None, None


def file_of(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`inspect.getfile(object)`."""
    value = it.resolve(args[0]) if args else None
    if type(value) is Unknown:
        return Unknown("the file of an unknown object")
    path, _ = where(value.function if isinstance(value, Bound) else value)
    if path is None:
        raise Raised("TypeError", None, "a class or function of Python's own has no file")
    return path


def made_from_spec(it: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`importlib.util.module_from_spec`: code written when the program runs is not known; where the program
    can do without, it does.
    """
    if any(frame.catches_import for frame in it.frames):
        raise Raised("ImportError", None, "a module that is loaded from a file of its own")
    return Unknown("a module that is loaded from a file of its own")


SPECIAL: dict[str, Value] = {
    "inspect.getsource": Native("inspect.getsource", source, binds=False),
    "inspect.getsourcelines": Native("inspect.getsourcelines", lines, binds=False),
    "inspect.getfile": Native("inspect.getfile", file_of, binds=False),
    "inspect.getsourcefile": Native("inspect.getsourcefile", file_of, binds=False),
    "importlib.util.module_from_spec": Native("importlib.util.module_from_spec", made_from_spec, binds=False),
}

__all__ = ["SPECIAL"]
