"""`pathlib.Path`, `open`, `glob` and what `os` says about files, within the bounds of data files."""

from __future__ import annotations

import io
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from orderlint.source import data_files
from orderlint.source.values import Iteration, Native, Raised, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.interpreter import Interpreter

Args = list[Value]
Keywords = dict[str, Value]


class SourcePath(type(PurePath())):  # type: ignore[misc]  # the class of this system's paths
    """A path of the interpreted program: Python's own arithmetic of paths, without its access to files."""


class OpenText(io.StringIO):
    """A text file that is open for reading."""

    def write(self, _: str) -> int:
        raise io.UnsupportedOperation("not writable")


class OpenBytes(io.BytesIO):
    """A binary file that is open for reading."""

    def write(self, _: object) -> int:
        raise io.UnsupportedOperation("not writable")


def open_(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`open(file, mode)`: the content of a file that is read; one that is written is unknown."""
    mode = args[1] if len(args) > 1 else kwargs.get("mode", "r")
    if not isinstance(mode, str) or not set(mode) <= set("rbtU"):
        return Unknown("a file that is written")
    file = it.resolve(args[0] if args else kwargs.get("file"))
    data = data_files.content(it, file)
    if isinstance(data, Unknown):
        return data
    return OpenBytes(data) if "b" in mode else OpenText(decoded(data, kwargs))


def decoded(data: bytes, kwargs: Keywords) -> str:
    errors = kwargs.get("errors")
    errors = errors if errors in ("ignore", "replace") else "strict"
    try:
        text = data.decode("utf-8-sig", errors)
    except UnicodeDecodeError as error:
        raise Raised("UnicodeDecodeError", None, "the file is no UTF-8") from error
    return text.replace("\r\n", "\n")


def read_text(it: Interpreter, path: Value, args: Args, kwargs: Keywords) -> Value:
    data = data_files.content(it, path)
    return data if isinstance(data, Unknown) else decoded(data, kwargs)


def read_bytes(it: Interpreter, path: Value, args: Args, kwargs: Keywords) -> Value:
    return data_files.content(it, path)


def real(it: Interpreter, path: Value, args: Args, kwargs: Keywords) -> Value:
    return SourcePath(os.path.realpath(path))


def absolute(it: Interpreter, path: Value, args: Args, kwargs: Keywords) -> Value:
    return SourcePath(os.path.abspath(path))


def same(it: Interpreter, path: Value, args: Args, kwargs: Keywords) -> Value:
    return path


def search(it: Interpreter, path: SourcePath, pattern: Value, *, deep: bool) -> Value:
    """`path.glob(pattern)` and `path.rglob(pattern)`."""
    if not isinstance(pattern, str) or os.path.isabs(pattern):
        return Unknown("a search for files of an unknown pattern")
    found = data_files.matching(it, str(path / "**" / pattern if deep else path / pattern))
    return found if isinstance(found, Unknown) else Iteration(iter([SourcePath(name) for name in found]))


def children(it: Interpreter, path: SourcePath, args: Args, kwargs: Keywords) -> Value:
    found = data_files.names(it, path)
    return found if isinstance(found, Unknown) else Iteration(iter([path / name for name in found]))


METHODS: dict[str, Callable[[Interpreter, Value, Args, Keywords], Value]] = {
    "exists": lambda it, path, _, __: data_files.state(it, path, "exists"),
    "is_file": lambda it, path, _, __: data_files.state(it, path, "file"),
    "is_dir": lambda it, path, _, __: data_files.state(it, path, "folder"),
    "open": lambda it, path, args, kwargs: open_(it, [path, *args], kwargs),
    "read_text": read_text,
    "read_bytes": read_bytes,
    "resolve": real,
    "absolute": absolute,
    "expanduser": same,
    "glob": lambda it, path, args, _: search(it, path, args[0], deep=False),
    "rglob": lambda it, path, args, _: search(it, path, args[0], deep=True),
    "iterdir": children,
    "mkdir": lambda *_: None,
    "stat": lambda *_: Unknown("the state of a file"),
}
"""Methods of `pathlib.Path` that ask the disk."""


def glob(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`glob.glob(pattern, recursive=…)`."""
    pattern = data_files.path_text(args[0]) if args else None
    if pattern is None:
        return Unknown("a search for files of an unknown pattern")
    return data_files.matching(it, pattern, recursive=kwargs.get("recursive") is True)


def get_variable(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`os.getenv(name, default)`: the default, as where the variable is not set."""
    return args[1] if len(args) > 1 else kwargs.get("default")


def package_folder(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """`importlib.resources.files(package)`: the folder of a package, by its name or as a module."""
    package = args[0] if args else it.frames[-1].module.package_name
    name = package if isinstance(package, str) else getattr(package, "name", None)
    module = it.importer.find(name) if isinstance(name, str) else None
    if module is None or module.path is None:
        return Unknown("the files of a package that is not found")
    return SourcePath(os.path.dirname(os.path.abspath(module.path)))


def resource(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    """The path of a file of a package, as `importlib.resources.path(package, name)` gives it."""
    folder, name = package_folder(it, args[:1], {}), data_files.path_text(args[1]) if len(args) > 1 else None
    return folder / name if isinstance(folder, SourcePath) and name else Unknown("a file of a package")


def resource_bytes(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    path = resource(it, args, {})
    return path if isinstance(path, Unknown) else data_files.content(it, path)


def resource_text(it: Interpreter, args: Args, kwargs: Keywords) -> Value:
    path = resource(it, args, {})
    return path if isinstance(path, Unknown) else read_text(it, path, [], kwargs)


FUNCTIONS: dict[str, Callable[[Interpreter, Args, Keywords], Value]] = {
    "io.open": open_,
    "glob.glob": glob,
    "glob.iglob": glob,
    "os.path.exists": lambda it, args, _: data_files.state(it, args[0], "exists"),
    "os.path.isfile": lambda it, args, _: data_files.state(it, args[0], "file"),
    "os.path.isdir": lambda it, args, _: data_files.state(it, args[0], "folder"),
    "os.path.expanduser": lambda it, args, _: args[0],
    "os.listdir": lambda it, args, _: data_files.names(it, args[0]),
    "os.getcwd": lambda it, args, _: os.getcwd(),
    "os.getenv": get_variable,
    "os.makedirs": lambda it, args, _: None,
    "pathlib.Path.cwd": lambda it, args, _: SourcePath(os.getcwd()),
    "pathlib.Path.home": lambda it, args, _: Unknown("the user's folder"),
    "importlib.resources.files": package_folder,
    "importlib.resources.path": resource,
    "importlib.resources.as_file": lambda it, args, _: args[0],
    "importlib.resources.read_text": resource_text,
    "importlib.resources.open_text": lambda it, args, kwargs: open_(it, [resource(it, args, {})], kwargs),
    "importlib.resources.read_binary": resource_bytes,
    "pkgutil.get_data": resource_bytes,
    "pkg_resources.resource_filename": lambda it, args, _: _as_text(resource(it, args, {})),
    "pkg_resources.resource_string": resource_bytes,
}


def _as_text(path: Value) -> Value:
    return str(path) if isinstance(path, SourcePath) else path


SPECIAL: dict[str, Value] = {
    name: Native(name, function, binds=False) for name, function in FUNCTIONS.items()
} | {
    "pathlib.Path": SourcePath,
    "pathlib.PurePath": SourcePath,
    "pathlib.PosixPath": SourcePath,
    "pathlib.PurePosixPath": SourcePath,
    "os.PathLike": os.PathLike,
}
"""What the standard library has for files, by dotted name."""

PURE = frozenset(
    ["abspath", "realpath", "normpath", "isabs", "relpath", "commonpath", "commonprefix", "splitdrive"]
)
"""Functions of `os.path` that compute with names; of the disk they see only where links lead."""
