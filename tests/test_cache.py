"""The cache of lowered programs: true to what was stored, harmless when damaged, bounded, safe to share."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import threading
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from orderlint.errors import InputError
from orderlint.source import cache as cache_module
from orderlint.source import cache_format
from orderlint.source.cache import Cache, cache_directory
from orderlint.source.parse import parse_source

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = [
    b"",
    b"x = 1",
    b"def f(a, /, b=1, *c: int, d, e=2, **g) -> None:\n    '''doc'''\n    return f'{a!r:>{b}} {c=}'\n",
    b"x = [1, 1.5, 1e400, 2j, b'\\x00\\xff', ..., None, True, -0.0, 10**30, 123456789012345678901234567890]",
    "x = 'é😀', '\\ud800', u'kind'\n".encode(),
    b"global_ = {**a, 'b': c}\ndef f():\n    global x, y\n    lambda: (yield)\n",
    b"match a:\n    case A(b, c={'k': [1, *_], **r}) | None: pass\n",
    b"type A[T: int = bool, *Ts, **P] = T\ndef f[U](x: U): ...\ntry: a\nexcept* b: c\n",
    b"import a.b as c\nfrom . import d\nasync def f():\n    async with a as b: await c\n",
    b"async def f(): return [x async for x in y if z]\n",
]


def shape(module: ast.Module) -> object:
    """Everything a program holds, also the attributes that this Python's `ast.dump` does not know."""

    def outline(value: object) -> object:
        if isinstance(value, ast.AST):
            return type(value), {name: outline(inner) for name, inner in vars(value).items()}
        if isinstance(value, list):
            return [outline(inner) for inner in value]
        return type(value), repr(value)

    return outline(module)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(directory=tmp_path / "cache")


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running Python reads nothing, as if all were newer syntax."""

    def refuse(*_: object) -> None:
        raise SyntaxError("newer syntax")

    monkeypatch.setattr(ast, "parse", refuse)


@pytest.mark.parametrize("source", SOURCES)
def test_a_program_survives_the_round_trip(source: bytes, cache: Cache) -> None:
    assert cache.load(source) is None
    module = parse_source(source, "x.py")
    cache.store(source, module)
    loaded = cache.load(source)
    assert loaded is not None
    assert shape(loaded) == shape(module)


def test_contexts_and_operators_stay_shared(cache: Cache) -> None:
    source = b"a + b + c"
    cache.store(source, parse_source(source, "x.py"))
    loaded = cache.load(source)
    assert loaded is not None
    assert len({id(node.ctx) for node in ast.walk(loaded) if isinstance(node, ast.Name)}) == 1


def test_a_deep_program_survives_the_round_trip(cache: Cache) -> None:
    source = " + ".join("a" * 2_000).encode()
    cache.store(source, parse_source(source, "x.py"))
    loaded = cache.load(source)
    assert loaded is not None
    assert sum(isinstance(node, ast.BinOp) for node in ast.walk(loaded)) == 1_999


@pytest.mark.usefixtures("refused")
def test_libcst_reads_a_source_once(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    first = parse_source(b"x = 1", "x.py", cache)
    monkeypatch.setattr("orderlint.source.parse.parse_with_libcst", None)
    assert shape(parse_source(b"x = 1", "y.py", cache)) == shape(first)


def test_what_python_reads_is_not_kept(cache: Cache) -> None:
    assert parse_source(b"x = 1", "x.py", cache).body
    assert not cache.directory.exists()


def test_errors_are_not_cached(cache: Cache) -> None:
    for path in ("a.py", "b.py"):
        with pytest.raises(InputError, match=path):
            parse_source(b"x = (", path, cache)
    assert not cache.directory.exists()


def test_a_disabled_cache_does_nothing(tmp_path: Path) -> None:
    cache = Cache(enabled=False, directory=tmp_path / "cache")
    cache.store(b"x", parse_source(b"x", "x.py"))
    assert cache.load(b"x") is None
    assert not (tmp_path / "cache").exists()


def test_the_directory_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORDERLINT_CACHE_DIR", str(tmp_path))
    assert cache_directory() == tmp_path
    monkeypatch.delenv("ORDERLINT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory().name


def entries(cache: Cache) -> list[Path]:
    return sorted(file for file in cache.directory.rglob("*") if file.suffix == ".program")


def stored(groups: object) -> bytes:
    return zlib.compress(json.dumps(groups).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        zlib.compress(b"garbage"),
        zlib.compress(b"[" * 100_000),
        stored({}),
        stored([]),
        stored([["Module", [], 1, []]])[:-3],
        stored([["Name", [], 1, []]]),
        stored([["parse", [], 1, []]]),
        stored([["NodeVisitor", [], 1, []]]),
        stored([["sys", [], 1, []]]),
        stored([["Module", ["body"], 1, [["l", [1], [99]]]]]),
        stored([["Module", ["__class__"], 1, [["v", ["x"]]]]]),
        stored([["Module", "body", 1, 5]]),
    ],
)
@pytest.mark.usefixtures("refused")
def test_damaged_and_foreign_entries_are_misses(content: bytes, cache: Cache) -> None:
    parse_source(b"x", "x.py", cache)
    (entry,) = entries(cache)
    entry.write_bytes(content)
    assert cache.load(b"x") is None
    assert parse_source(b"x", "x.py", cache).body
    assert cache.load(b"x") is not None


def test_other_versions_are_misses(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store(b"x", parse_source(b"x", "x.py"))
    monkeypatch.setattr(cache_module, "FORMAT", cache_format.FORMAT + 1)
    assert cache.load(b"x") is None
    monkeypatch.undo()
    monkeypatch.setattr(cache_module, "__version__", "next")
    assert cache.load(b"x") is None


@pytest.mark.usefixtures("refused")
def test_a_cache_that_cannot_be_written_is_tolerated(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    cache = Cache(directory=tmp_path / "cache")
    assert parse_source(b"x", "x.py", cache).body
    assert cache.load(b"x") is None
    assert cache.clean() == 0


def test_a_failed_write_leaves_nothing_behind(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache.store(b"x", parse_source(b"x", "x.py"))
    assert [file for file in cache.directory.rglob("*") if file.is_file()] == []


@pytest.mark.usefixtures("refused")
def test_values_that_cannot_be_stored_are_tolerated(cache: Cache) -> None:
    source = b"x = 0x" + b"f" * 10_000
    assert parse_source(source, "x.py", cache).body
    assert cache.load(source) is None


def test_clean_deletes_entries_and_nothing_else(cache: Cache) -> None:
    for number in range(5):
        cache.store(b"%d" % number, parse_source(b"x", "x.py"))
    (entries(cache)[0].parent / "foreign.txt").write_text("kept")
    size = sum(entry.stat().st_size for entry in entries(cache))
    assert cache.clean() == size
    assert entries(cache) == []
    assert len(list(cache.directory.rglob("foreign.txt"))) == 1
    assert cache.clean() == 0


def test_clean_of_a_cache_that_never_was(tmp_path: Path) -> None:
    assert Cache(directory=tmp_path / "nothing").clean() == 0


def test_pruning_keeps_what_was_used_last(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    module = parse_source(b"x", "x.py")
    sources = [b"%d" % number for number in range(10)]
    long_ago = time.time() - 100 * cache_module.DAY
    for age, source in enumerate(sources):
        cache.store(source, module)
        os.utime(cache._entry(source), (long_ago + age, long_ago + age))
    assert cache.load(sources[0]) is not None
    size = entries(cache)[0].stat().st_size
    monkeypatch.setattr(cache_module, "MAX_BYTES", 5 * size)
    os.utime(cache.directory / "CACHEDIR.TAG", (long_ago, long_ago))
    fresh = Cache(directory=cache.directory)
    fresh.store(b"new", module)
    kept = [source for source in [*sources, b"new"] if fresh.load(source) is not None]
    assert kept == [sources[0], sources[8], sources[9], b"new"]


def test_pruning_is_rare(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MAX_BYTES", 0)
    module = parse_source(b"x", "x.py")
    for number in range(3):
        Cache(directory=cache.directory).store(b"%d" % number, module)
    assert len(entries(cache)) == 3


def test_concurrent_writers_and_readers(cache: Cache) -> None:
    module = parse_source(SOURCES[2], "x.py")
    expected = shape(module)
    wrong: list[object] = []

    def work() -> None:
        for _ in range(30):
            Cache(directory=cache.directory).store(SOURCES[2], module)
            loaded = cache.load(SOURCES[2])
            if loaded is None or shape(loaded) != expected:
                wrong.append(loaded)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [file.suffix for file in cache.directory.rglob("*") if file.is_file()].count(".tmp") == 0


def test_a_hit_does_not_import_libcst(cache: Cache) -> None:
    cache.store(b"x = 1", parse_source(b"x = 1", "x.py"))
    program = (
        "import ast, sys\n"
        "from orderlint.source.cache import Cache\n"
        "from orderlint.source.parse import parse_source\n"
        "def refuse(*_): raise SyntaxError('newer syntax')\n"
        "ast.parse = refuse\n"
        "assert parse_source(b'x = 1', 'x.py', Cache()).body\n"
        "assert 'libcst' not in sys.modules\n"
    )
    environment = {
        **os.environ,
        "ORDERLINT_CACHE_DIR": str(cache.directory),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=60)
