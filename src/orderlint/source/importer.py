"""The importer: modules found on disk, parsed once and kept for the models of one run."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from orderlint.errors import InputError
from orderlint.graph import catalogue
from orderlint.graph.model import ALWAYS
from orderlint.source import documents, layer_classes, nearby, star_exports
from orderlint.source.effects import Verdicts
from orderlint.source.frames import Frame
from orderlint.source.reads import Reads
from orderlint.source.values import (
    ABSENT,
    Class,
    LazyImport,
    PythonModule,
    Raised,
    Scope,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderlint.source.interpreter import Interpreter


LIBRARY = Path(__file__).with_name("library")
"""Bundled models, in Python, of the parts of torch that are made of other parts; one file a module."""


EXTERNAL = frozenset({"torch", "numpy", "einops"}) | documents.READERS
"""Packages that are modelled by the catalogue and the bundled library, even where they are installed."""


def modelled(name: str) -> bool:
    """Whether a dotted name lies in such a package (`torchvision` does not)."""
    return name.partition(".")[0] in EXTERNAL


Extent: TypeAlias = tuple[int, int, int]
"""How many stars a module has, and how many modules have run and have bound what they import for types."""


class Importer:
    """Finds, parses and keeps modules; shared by the models of one run."""

    def __init__(
        self,
        roots: list[str],
        parse: Callable[[bytes, str], ast.Module],
        user_layers: Mapping[str, str] | None = None,
        overlay: Mapping[str, bytes] | None = None,
    ) -> None:
        self.roots = [Path(r) for r in roots]
        self.parse = parse
        self.overlay = overlay or {}
        self.modules: dict[str, PythonModule | None] = {}
        self.beside: Path | None = None  # the folder of the file that is linted
        self.nearby: dict[tuple[Path, str], PythonModule | None] = {}
        self.layer_classes: dict[str, Class] = {}
        self.settled: dict[str, Class | None] = {}  # layers and functions by full name; None: a function
        self.user_layers = dict(user_layers or {})
        self.loaded: list[PythonModule] = []
        self.forced: set[str] = set()
        self.stars: dict[str, list[str]] = {}
        self.missing_stars: dict[str, list[str]] = {}
        self.failed_imports: dict[str, dict[str, str]] = {}
        self.typed: set[str] = set()
        self.lazy: set[str] = set()
        self.started: set[ast.stmt] = set()
        self.costly: set[ast.AST | None] = set()
        self.searching: dict[tuple[str, str], int] = {}  # names looked for through stars, and in which star
        self.cut_searches = 0  # those that asked back, and so saw only some of a module's stars
        self.missed: dict[
            tuple[str, str], Extent
        ] = {}  # names that no star brings, and among how many modules
        self.doubtful: list[tuple[str, str]] = []  # those missed by a search that asked back
        self._texts: dict[str, bytes] = {}
        self._listings: dict[Path, frozenset[str]] = {}
        self.verdicts = Verdicts()
        self.namespaces: dict[int, dict[str, Value]] = {}  # variables that the program has as dictionaries
        self.parsed = 0  # bytes of the programs that it keeps
        self.data: dict[str, object] = {}  # data files that the program read
        self.reads = Reads()

    # ---- finding -------------------------------------------------------------------------------------------

    def find(self, name: str) -> PythonModule | None:
        """The module of this dotted name, not yet run; None where there is no such file."""
        if name not in self.modules:
            self.modules[name] = self._find(name)
        found = self.modules[name]
        return found if found is not None or self.beside is None else nearby.find(self, self.beside, name)

    def _find(self, name: str) -> PythonModule | None:
        if not name or name.startswith("."):
            return None
        bundled = LIBRARY / f"{name}.py"
        if f"{name}.py" in self._names(LIBRARY):
            return PythonModule(
                name,
                str(bundled),
                any(n.startswith(f"{name}.") for n in self._names(LIBRARY)),
                scope_of(name, bundled),
                library=True,
            )
        if modelled(name) or name.partition(".")[0] in sys.stdlib_module_names:
            return None
        parts = name.split(".")
        for root in self.roots:
            found = self.below(root, parts)
            if found is not None:
                path, package = found
                return PythonModule(name, str(path) if path else None, package, scope_of(name, path))
        return None

    def below(self, root: Path, parts: list[str]) -> tuple[Path | None, bool] | None:
        folder = root
        for part in parts[:-1]:
            if part not in self._names(folder):
                return None
            folder = folder / part
        names = self._names(folder)
        last = parts[-1]
        if last in names and "__init__.py" in self._names(folder / last):
            return folder / last / "__init__.py", True
        if f"{last}.py" in names:
            return folder / f"{last}.py", False
        if last in names and self._names(folder / last):
            return None if not any(n.endswith(".py") for n in self._names(folder / last)) else (None, True)
        return None

    def _names(self, folder: Path) -> frozenset[str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(p.name for p in folder.iterdir())
            except OSError:
                self._listings[folder] = frozenset()
            self.reads.folder(str(folder), self._listings[folder])
        return self._listings[folder]

    def content(self, path: str) -> bytes:
        """The text of a file: the overlay's, else the disk's."""
        content = self.overlay.get(path)
        return Path(path).read_bytes() if content is None else content

    # ---- running -------------------------------------------------------------------------------------------

    def load(self, it: Interpreter, name: str) -> PythonModule | None:
        """The module of this name, run."""
        module = self.find(name)
        if module is not None:
            self.ensure(it, module)
        return module

    def ensure(self, it: Interpreter, module: PythonModule) -> None:
        """Run a module's statements if they have not run; one that fails leaves the rest of the module to
        run.
        """
        if module.state != "new":
            return
        module.state = "running"
        if module.path is not None and module.tree is None:
            try:
                self.read(module, self.content(module.path))
            except (InputError, OSError) as error:
                self.reads.sound = False
                it.unresolve(f"module {module.name}: {error}")
                module.tree = ast.Module([], [])
        self.run(it, module)
        module.state = "done"
        self.loaded.append(module)

    def read(self, module: PythonModule, source: bytes) -> None:
        """Give a module the program of its source.

        Raises:
            InputError: it cannot be decoded or parsed.
        """
        if module.path is not None:
            self.reads.file(module.path, source)
        module.tree = self.parse(source, module.path or module.name)
        module.source_hash = hash(source)
        self.parsed += len(source)

    def may_define(self, module: PythonModule, name: str) -> bool:
        """Whether a module that has not run yet could bind a name, or import it by star, by its text."""
        if module.path is None:
            return False
        if module.path not in self._texts:
            try:
                self._texts[module.path] = Path(module.path).read_bytes()
                self.reads.file(module.path, self._texts[module.path])
            except OSError:
                self._texts[module.path], self.reads.sound = b"", False
        text = self._texts[module.path]
        return star_exports.may_bind(text, name)

    def run(self, it: Interpreter, module: PythonModule, only: list[ast.stmt] | None = None) -> None:
        """Run a module's statements, or some of them ahead of their turn; each runs once."""
        from orderlint.source.statements import TABLE

        it.taint()
        saved = it.path, it.trails, it.modules, it.saw_training
        it.path, it.trails, it.modules = ALWAYS, [], []
        limit, before, it.step_limit = it.step_limit, it.steps, it.allowed_steps
        frame = Frame(module, module.scope)
        try:
            with it.framed(frame):
                body = module.tree.body if module.tree else []
                for statement in body if only is None else only:
                    if statement in self.started:
                        continue
                    self.started.add(statement)
                    try:
                        handler = TABLE.get(type(statement))
                        if handler:
                            handler(it, statement, frame)
                    except Raised as raised:
                        self.failed(module, statement, raised)
        finally:
            it.path, it.trails, it.modules, it.saw_training = saved
            it.step_limit = min(it.allowed_steps, limit + it.steps - before)

    def define_early(self, it: Interpreter, module: PythonModule, name: str) -> bool:
        """Define a class or function of a module that is still running, for a module that it imports.

        Modules run here when a name of theirs is needed, which need not be Python's order: there the one that
        defines would have run first. Returns whether there was such a definition.
        """
        body = module.tree.body if module.tree is not None else []
        kinds = (ast.ClassDef, ast.FunctionDef)
        found = [s for s in body if isinstance(s, kinds) and s.name == name and s not in self.started]
        if not found:
            return False
        imports = [s for s in body[: body.index(found[0])] if isinstance(s, (ast.Import, ast.ImportFrom))]
        self.run(it, module, [*imports, found[0]])
        return True

    def failed(self, module: PythonModule, statement: ast.stmt, raised: Raised) -> None:
        """Names that a failed statement would have bound are unknown, with the reason."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                module.scope.variables.setdefault(
                    node.id, Unknown(f"{raised} at line {statement.lineno} of {module.name}")
                )
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node is statement:
                module.scope.variables.setdefault(
                    node.name, Unknown(f"{raised} at line {statement.lineno} of {module.name}")
                )

    # ---- names that no star brings -------------------------------------------------------------------------

    def extent(self, stars: list[str]) -> Extent:
        """What a search through the stars of a module can reach: it only ever grows."""
        return len(stars), len(self.loaded), len(self.typed)

    def miss(self, key: tuple[str, str], stars: list[str], *, doubtful: bool) -> None:
        """Keep that a name is not among a module's stars; `doubtful`: some were not looked through again."""
        self.missed[key] = self.extent(stars)
        if doubtful:
            self.doubtful.append(key)

    def end_search(self, *, found: bool) -> None:
        """At the end of a whole search: one that found the name may have passed by it where it asked back."""
        for key in self.doubtful if found else ():
            self.missed.pop(key, None)
        self.doubtful.clear()

    # ---- pending -------------------------------------------------------------------------------------------

    def force_pending(self, it: Interpreter) -> bool:
        """Run the modules that loaded modules import but have not needed: they may register something.

        Returns whether anything ran.
        """
        before = len(self.loaded)
        top = {m.name.partition(".")[0] for m in self.loaded if not m.library}
        for _ in range(4):
            names = [n for m in list(self.loaded) for n in pending(self, m) if n not in self.forced]
            names = [n for n in dict.fromkeys(names) if n.partition(".")[0] in top]
            if not names or len(self.loaded) > 2_000:
                break
            for name in names:
                self.forced.add(name)
                self.load(it, name)
        return len(self.loaded) > before

    # ---- layers --------------------------------------------------------------------------------------------

    def layer_class(self, name: str) -> Class | None:
        """The class of a catalogue layer."""
        name = catalogue.aliases().get(name, name)
        if name in self.layer_classes:
            return self.layer_classes[name]
        spec = catalogue.layers().get(name)
        if spec is None:
            return None
        made = layer_classes.make_class(self, spec)
        self.layer_classes[name] = made
        return made


def pending(importer: Importer, module: PythonModule) -> list[str]:
    """The modules that a module imports by names not needed so far, and the package that runs before it."""
    if module.name in importer.lazy:  # what it exports is imported by those who need it
        return []
    package = module.name.rpartition(".")[0]
    names = [package] if package else []
    names += [v.module for v in module.scope.variables.values() if type(v) is LazyImport]
    for value in module.scope.variables.values():
        if (
            type(value) is LazyImport
            and value.name is not None
            and importer.find(f"{value.module}.{value.name}")
        ):
            names.append(f"{value.module}.{value.name}")
    return names + importer.stars.get(module.name, [])


def scope_of(name: str, path: Path | None) -> Scope:
    """The variables that a module starts with; a folder without an `__init__.py` has no `__file__`."""
    file = {"__file__": os.path.abspath(path)} if path is not None else {}
    return Scope("module", None, {"__name__": name, **file, "__all__": ABSENT})
