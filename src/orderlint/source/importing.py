"""Imports: modules are found on disk and interpreted when a name of theirs is first needed, never
imported.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from orderlint.graph import catalogue
from orderlint.source import budget, build_records, hosts, importer
from orderlint.source.frames import Frame
from orderlint.source.values import (
    ABSENT,
    External,
    Function,
    LazyImport,
    PythonModule,
    Raised,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.interpreter import Interpreter


# ---- statements --------------------------------------------------------------------------------------------


def import_statement(it: Interpreter, node: ast.Import, frame: Frame) -> None:
    for alias in node.names:
        top = alias.name.partition(".")[0]
        target = alias.name if alias.asname else top
        frame.node = node
        if frame.catches_import and not exists(it, alias.name):
            fails(it, frame, {alias.asname or top: alias.name})
            raise Raised("ModuleNotFoundError", None, f"No module named '{alias.name}'")
        from orderlint.source.statements import assign_name

        assign_name(it, alias.asname or top, LazyImport(target, None), frame)


def from_statement(it: Interpreter, node: ast.ImportFrom, frame: Frame) -> None:
    from orderlint.source.statements import assign_name

    name = absolute(frame.module, node)
    frame.node = node
    if frame.catches_import and not exists(it, name):
        fails(it, frame, {a.asname or a.name: f"{name}.{a.name}" for a in node.names})
        raise Raised("ModuleNotFoundError", None, f"No module named '{name}'")
    for alias in node.names:
        if alias.name == "*":
            star(it, name, frame)
            continue
        value = LazyImport(name, alias.name)
        if frame.catches_import and resolve(it, value, quiet=True) is ABSENT:
            fails(it, frame, {alias.asname or alias.name: f"{name}.{alias.name}"})
            raise Raised("ImportError", None, f"cannot import name '{alias.name}' from '{name}'")
        assign_name(it, alias.asname or alias.name, value, frame)


def fails(it: Interpreter, frame: Frame, names: dict[str, str]) -> None:
    """Note the names that an import, which the program catches, would have bound: a function that uses them
    all the same calls what is not there (an extension that was not compiled).
    """
    it.importer.failed_imports.setdefault(frame.module.name, {}).update(names)


def absolute(module: PythonModule, node: ast.ImportFrom) -> str:
    """The dotted name that a `from` statement imports from."""
    if not node.level:
        return node.module or ""
    package = module.package_name.split(".")
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def exists(it: Interpreter, name: str) -> bool:
    """Whether a module can be imported: of the standard library, modelled, or found on disk."""
    top = name.partition(".")[0]
    known = top in sys.stdlib_module_names or importer.modelled(name)
    return known or it.importer.find(name) is not None


def star(it: Interpreter, name: str, frame: Frame) -> None:
    """`from name import *`: looked through when a name is not found otherwise."""
    if frame.scope is not frame.module.scope:
        return
    if it.importer.find(name) is None:
        if not exists(it, name):
            it.importer.missing_stars.setdefault(frame.module.name, []).append(name)
    else:
        it.importer.stars.setdefault(frame.module.name, []).append(name)


# ---- resolution --------------------------------------------------------------------------------------------


def resolve(it: Interpreter, lazy: LazyImport, *, quiet: bool = False) -> Value:
    """The value that an import bound; ABSENT (if quiet) or an unfound external where there is none."""
    if lazy.name is None:
        return module_value(it, lazy.module)
    parent = module_value(it, lazy.module)
    try:
        if isinstance(parent, PythonModule):
            return it.resolve(member(it, parent, lazy.name, prefer_submodule=False))
        return it.getattr(parent, lazy.name)
    except Raised:
        if quiet:
            return ABSENT
        return External(f"{lazy.module}.{lazy.name}", found=False)


def module_value(it: Interpreter, name: str) -> Value:
    """What `import name` binds."""
    module = it.importer.find(name)
    if module is not None:
        return module
    host = hosts.module(name)
    if host is not None:
        return host
    known = name.partition(".")[0] in sys.stdlib_module_names or importer.modelled(name)
    return External(name, found=known)


def member(it: Interpreter, module: PythonModule, name: str, *, prefer_submodule: bool = True) -> Value:
    """`module.name`: a variable, a submodule, or what the module's `__getattr__` says."""
    sub = it.importer.find(f"{module.name}.{name}") if module.package else None
    if module.state == "new" and sub is not None and prefer_submodule:
        return sub
    it.importer.ensure(it, module)
    value = variable(it, module, name)
    if value is not ABSENT:
        return value
    if sub is not None:
        return sub
    if importer.modelled(module.name):
        return external_attribute(it, External(module.name), name)
    hook = module.scope.variables.get("__getattr__")
    if type(hook) is Function:
        return it.call(hook, [name])
    if name == "__dict__":
        return resolved_variables(it, module)
    if name == "__path__" and module.package:
        return []
    raise Raised("AttributeError", None, f"module '{module.name}' has no attribute '{name}'")


def variable(it: Interpreter, module: PythonModule, name: str) -> Value:
    """A variable of a module, its star imports included; ABSENT where there is none."""
    value = module.scope.variables.get(name, ABSENT)
    if type(value) is LazyImport:
        value = force(it, module.scope.variables, name, value)
    if it.recordings:
        build_records.note(it, value)
    if value is ABSENT and name != "__all__":
        value = through_stars(it, module, name)
    if value is ABSENT and not name.startswith("__") and type_checked_imports(it, module):
        return variable(it, module, name)
    if value is ABSENT and module.state == "running" and it.importer.define_early(it, module, name):
        return module.scope.variables.get(name, ABSENT)
    return value


def resolved_variables(it: Interpreter, module: PythonModule) -> dict[str, Value]:
    """`vars(module)`: its variables, those that it imports by name or by star included."""
    it.expose(module.scope.variables)
    bind_stars(it, module)
    for name in list(module.scope.variables):
        variable(it, module, name)
    return module.scope.variables


def type_checked_imports(it: Interpreter, module: PythonModule) -> bool:
    """Bind what a module imports under `if TYPE_CHECKING:`, where a name is not found otherwise.

    A package that puts an object of its own into `sys.modules` to import lazily tells type checkers there
    what it exports. Returns whether there was anything to bind.
    """
    if module.state != "done" or module.name in it.importer.typed or module.tree is None:
        return False
    it.importer.typed.add(module.name)
    blocks = [s for s in module.tree.body if isinstance(s, ast.If) and checks_types(s.test)]
    imports = [s for b in blocks for s in ast.walk(ast.Module(b.body, [])) if isinstance(s, ast.ImportFrom)]
    if not imports:
        return False
    frame = Frame(module, module.scope)
    known = dict(module.scope.variables)
    for statement in imports:
        from_statement(it, statement, frame)
    module.scope.variables.update(known)
    return True


def checks_types(test: ast.expr) -> bool:
    """`TYPE_CHECKING`, `typing.TYPE_CHECKING`, and either of them `or` something else."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(map(checks_types, test.values))
    return getattr(test, "id", getattr(test, "attr", None)) == "TYPE_CHECKING"


def replaces_itself(node: ast.If) -> bool:
    """`if TYPE_CHECKING: (imports) else: sys.modules[__name__] = …`: what the object put there gives for a
    name is what the imports say, so that they can be followed in its stead.
    """
    if not node.orelse or not checks_types(node.test):
        return False
    statements = [s for n in node.orelse for s in ast.walk(n) if isinstance(s, ast.Assign)]
    targets = [t.value for s in statements for t in s.targets if isinstance(t, ast.Subscript)]
    return any(isinstance(t, ast.Attribute) and t.attr == "modules" for t in targets)


def force(it: Interpreter, variables: dict[str, Value], name: str, lazy: LazyImport) -> Value:
    """Resolve a lazily imported variable; meanwhile it is not there, so that a package may import its own
    submodule.
    """
    del variables[name]
    try:
        value = resolve(it, lazy)
    except BaseException:
        variables[name] = lazy
        raise
    variables[name] = value
    return value


def through_stars(it: Interpreter, module: PythonModule, name: str) -> Value:
    """A name that a star import brings, the last one first.

    A module that asks back while it is looked through finds what the stars before its own had brought. A
    name that is nowhere is looked for again once there are more modules or stars.
    """
    importer = it.importer
    stars = importer.stars.get(module.name)
    if not stars or name.startswith("__"):
        return ABSENT
    searching, key = importer.searching, (module.name, name)
    if importer.missed.get(key) == importer.extent(stars):
        return ABSENT
    outer, cut, value = searching.get(key), importer.cut_searches, ABSENT
    try:
        if outer is not None:
            importer.cut_searches += 1
            return _through_stars(it, module, name, stars[:outer], again=True)
        value = _through_stars(it, module, name, stars, again=False)
        if value is ABSENT:
            importer.miss(key, stars, doubtful=cut != importer.cut_searches)
        return value
    finally:
        if outer is not None:
            searching[key] = outer
        else:
            del searching[key]
            if not searching:
                importer.end_search(found=value is not ABSENT)


def bind_stars(it: Interpreter, module: PythonModule, seen: frozenset[str] = frozenset()) -> None:
    """Bind every public name that star imports bring, for code that reads the namespace as a whole."""
    for source in it.importer.stars.get(module.name, ()):
        other = it.importer.find(source)
        if other is None or source in seen or other.state == "running":
            continue
        it.importer.ensure(it, other)
        bind_stars(it, other, seen | {module.name, source})
        exported = other.scope.variables.get("__all__", ABSENT)
        names = exported if isinstance(exported, (list, tuple)) else list(other.scope.variables)
        for name in names:
            if isinstance(name, str) and (names is exported or not name.startswith("_")):
                module.scope.variables.setdefault(name, LazyImport(source, name))


def _through_stars(
    it: Interpreter, module: PythonModule, name: str, stars: list[str], *, again: bool
) -> Value:
    key = (module.name, name)
    it.importer.searching[key] = 0
    for index, source in reversed(list(enumerate(stars))):
        it.importer.searching[key] = 0 if again else index
        other = it.importer.find(source)
        if other is None or other is module or other.state == "running":
            continue
        if other.state == "new" and not it.importer.may_define(other, name):
            continue
        it.importer.ensure(it, other)
        exported = other.scope.variables.get("__all__", ABSENT)
        public = name in exported if isinstance(exported, (list, tuple)) else not name.startswith("_")
        value = variable(it, other, name) if public else ABSENT
        if value is not ABSENT:
            module.scope.variables[name] = value
            return value
    return ABSENT


def external_attribute(it: Interpreter, value: External, name: str) -> Value:
    """An attribute of something that is not interpreted: a layer class, an operator, a submodule, or more of
    the same.
    """
    full = f"{value.name}.{name}"
    known = it.importer.settled.get(full, ABSENT)
    if known is not ABSENT and (value.found or known is not None):
        return External(full) if known is None else known
    home = it.importer.find("torch.nn")
    if home is not None and home.state == "new" and catalogue.canonical(full) in catalogue.layers():
        it.importer.ensure(it, home)  # the base class of every layer
    cls = it.importer.layer_class(full)
    if cls is not None:
        if home is None or home.state == "done":
            it.importer.settled[full] = cls
        return cls
    sub = it.importer.find(full)
    if sub is not None:
        return sub
    if not value.found:
        return External(full, found=False)
    constant = hosts.EXTERNAL_CONSTANTS.get(full, ABSENT)
    if constant is not ABSENT:
        return constant
    unknown = full not in catalogue.functions() and not name.startswith("_")
    if full in catalogue.functions() and not name[:1].isupper():
        it.importer.settled[full] = None
    if value.name == "torch.nn.functional" and unknown:
        raise Raised("AttributeError", None, f"module 'torch.nn.functional' has no attribute '{name}'")
    if (value.name == "torch.nn" or value.name.startswith("torch.nn.modules")) and name[:1].isupper():
        home = it.importer.find("torch.nn")
        if home is not None:
            it.importer.ensure(it, home)
            if name in home.scope.variables:
                return home.scope.variables[name]
    return External(full)


__all__ = ["budget", "from_statement", "import_statement", "resolve"]
