"""Hostile source through the real command line: nothing of it runs, time and memory stay bounded."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CPU_SECONDS = 30
MEMORY_BYTES = 4 * 2**30
HEAD = """\
import ast, collections, copy, functools, itertools, json, math, re
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.norm = nn.BatchNorm1d(8)
"""
TAIL = """
    def forward(self, x):
        return self.norm(self.drop(x))
"""
BODIES = {
    "endless-loop": "while True: pass",
    "long-loop": "for i in range(10**12): pass",
    "long-list": "a = list(range(10**12))",
    "long-comprehension": "a = [i for i in range(10**12)]",
    "long-conversions": "\n".join(
        f"a = {call}(range(10**11))"
        for call in ("sum", "max", "sorted", "set", "dict.fromkeys", "list", "print", "any", "math.prod")
    ),
    "long-unpacking": "a, *b = range(10**11)\nprint(*range(10**11))\nb += range(10**11)",
    "membership": "a = 1.5 in range(10**11)",
    "many-copies": "a = [0] * 900000\nkept = []\nfor i in range(4096):\n    kept.append(a[:])",
    "text": 'a = "x" * 10**10',
    "list": "a = [0] * 10**10\nb = (0,) * 10**10\nc = [0]\nc *= 10**10",
    "power": "a = 10 ** 10 ** 9\nb = pow(10, 10**9)\nc = 1 << 10**10",
    "regex-nested": "a = re.match('(a+)+$', 'a' * 40 + 'b')",
    "regex-alternatives": "p = re.compile('(a|aa)+$')\na = p.match('a' * 60 + 'b')",
    "regex-long": "a = re.search('.*.*.*.*.*=', 'a' * 5000)",
    "regex-group": "a = re.sub('(.*)*x', '', 'a' * 60)\nb = re.split('(a|b|ab)*c', 'ab' * 40)",
    "percent": 'a = "%1000000000d" % 1\nb = b"%1000000000d" % 1\nc = "%*d" % (10**9, 1)',
    "format": "a = format(1, '1000000000d')\nb = '{:1000000000d}'.format(1)\nc = '{:{}}'.format(1, 10**9)",
    "f-string": "n = 10**9\na = f'{1:1000000000}'\nb = f'{1:{n}}'",
    "justify": "a = 'x'.ljust(10**10)\nb = str.zfill('x', 10**9)\nc = '\\t'.expandtabs(10**9)",
    "product": "a = list(itertools.product(range(10**6), repeat=10**6))",
    "permutations": "a = list(itertools.permutations(range(20)))\nb = itertools.permutations(range(10**10))",
    "combinations": "a = max(itertools.combinations(range(40), 20))",
    "repeat": "a = list(itertools.repeat(0, 10**12))\nb = ''.join(itertools.repeat('a', 10**11))",
    "count": "a = max(itertools.count())\nb = set(itertools.count())\nc = math.fsum(itertools.count())",
    "slice-of-count": "a = next(itertools.islice(itertools.count(), 10**11, None))",
    "group": "a = list(itertools.groupby(itertools.repeat(1)))\nb = functools.reduce(max, range(10**11))",
    "factorial": "a = math.factorial(10**7)\nb = math.comb(10**7, 5 * 10**6)",
    "digits": "a = int('9' * 10**6)\nb = int('9' * 10**6, 7)",
    "bytes": "a = (1).to_bytes(2 * 10**9, 'big')\nb = bytes(10**10)",
    "parsers": "a = json.loads('[' * 90000 + ']' * 90000)\nb = ast.literal_eval('-' * 90000 + '1')",
    "deep": "a = []\nfor i in range(4000): a = [a]\nb = copy.deepcopy(a)\nc = str(a)\nd = a == b",
    "contains-itself": "a = []\na.append(a)\nb = copy.deepcopy(a)\nc = str(a)",
    "doubling-text": "a = 'a'\nfor i in range(60): a = a + a\nb = 'a'\nfor i in range(60): b = f'{b}{b}'",
    "doubling-replace": "a = 'a'\nfor i in range(60): a = a.replace('a', 'aa')",
    "doubling-list": "a = [1]\nfor i in range(60): a.extend(a)\nb = (1,)\nfor i in range(60): b = (*b, *b)",
    "shared-lists": "a = []\nfor i in range(100): a = [a, a]\nb = copy.deepcopy(a)\nc = str(a)\nd = f'{a}'",
    "shared-tuples": "a = ()\nfor i in range(100): a = (a, a)\nb = {a: 1}",
    "recursion": "self.__init__()",
    "recursive-function": "def f(n): return f(n + 1) + f(n + 2)\nf(0)",
    "recursive-lambda": "f = lambda g: g(g)\nf(f)",
    "builds-itself": "self.inner = Net()",
    "endless-generator": "def g():\n    while True: yield 1\na = list(g())",
}
MODULES = {
    "recursive-forward": HEAD + "\n    def forward(self, x):\n        return self.forward(self.drop(x))\n",
    "endless-forward": HEAD + "\n    def forward(self, x):\n        while True: x = self.drop(x)\n",
    "regex-in-class": "import re\nclass A:\n    m = re.match('(a+)+$', 'a' * 40 + 'b')\n" + HEAD + TAIL,
    "endless-module": "while True: pass\n" + HEAD + TAIL,
    "endless-decorator": "def d(c):\n    while True: pass\n@d\nclass A: pass\n" + HEAD + TAIL,
    "metaclass": "class M(type):\n    def __new__(m, n, b, d):\n        while True: pass\n"
    "    def __getattr__(c, n): return getattr(c, n + 'a')\n    def __mro_entries__(s, b): return (s,)\n"
    "class A(metaclass=M): pass\nA.x\n" + HEAD + TAIL,
    "own-base": "from torch import nn\nclass A(A, nn.Module): pass\nclass B(nn.Module, nn.Module): pass\n"
    + HEAD
    + TAIL,
    "imports-itself": "import main\nfrom main import *\nfrom main import Net as Other\n" + HEAD + TAIL,
    "self-made-attributes": HEAD + "        self.q = self.nothing\n"
    "\n    def __getattr__(self, n):\n        return getattr(self, n + 'a')\n" + TAIL,
    "one-line": "a = 1; " * 140_000 + "\n" + HEAD + TAIL,
    "one-text": "a = '" + "x" * 10**6 + "'\n" + HEAD + TAIL,
    "one-name": "a" * 10**6 + " = 1\n" + HEAD + TAIL,
}
UNREADABLE = {
    "parentheses": "a = " + "(" * 100_000 + "1" + ")" * 100_000 + "\n" + HEAD + TAIL,
    "signs": "a = " + "-" * 100_000 + "1\n" + HEAD + TAIL,
    "f-strings": "a = " + "f'{" * 2000 + "1" + "}'" * 2000 + "\n" + HEAD + TAIL,
    "null": HEAD + TAIL + "x = 1\0\n",
    "huge": HEAD + TAIL + "X = [\n" + "    1234,\n" * 3_000_000 + "]\n",
}


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "ORDERLINT_CACHE_DIR": str(folder / ".cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "orderlint", "--jobs", "1", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=limits,
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert "internal error" not in done.stderr + done.stdout
    assert done.returncode >= 0, f"killed by signal {-done.returncode}"
    return done


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_constructor_is_bounded(tmp_path: Path, name: str) -> None:
    (tmp_path / "main.py").write_text(HEAD + textwrap.indent(BODIES[name], " " * 8) + "\n" + TAIL)
    done = lint(tmp_path, "main.py")
    assert done.returncode in (0, 1), done.stderr
    assert "1 input" in done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_a_hostile_module_is_bounded(tmp_path: Path, name: str) -> None:
    (tmp_path / "main.py").write_text(MODULES[name])
    done = lint(tmp_path, "main.py")
    assert done.returncode in (0, 1), done.stderr


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_parsed_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "main.py").write_text(UNREADABLE[name])
    (tmp_path / "good.py").write_text(HEAD + TAIL)
    done = lint(tmp_path, "main.py", "good.py")
    assert done.returncode == 3
    assert "main.py" in done.stderr
    assert "good.py:8:21: warning[OL101]" in done.stdout


def test_nothing_of_a_tree_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    write = f"open({str(marker)!r}, 'w').close()\n"
    effects = (
        f"import os\n{write}os.system('touch {marker}')\n"
        f"class M(type):\n    def __new__(m, *a):\n        {write}        return type.__new__(m, *a)\n"
        f"class E(metaclass=M):\n    def __reduce__(self):\n        return (os.system, ('touch {marker}',))\n"
        f"import copy, pickle\ncopy.deepcopy(E())\npickle.loads(pickle.dumps(E()))\n"
        f'exec({write!r})\neval(\'__import__("os").system("touch {marker}")\')\n'
    )
    package = tmp_path / "tree" / "package"
    package.mkdir(parents=True)
    for name in ("setup", "conftest", "sitecustomize", "usercustomize", "torch", "libcst"):
        (tmp_path / "tree" / f"{name}.py").write_text(effects)
    (package / "__init__.py").write_text(effects)
    (package / "net.py").write_text(f"{effects}import conftest\nimport setup\n{HEAD}        {write}{TAIL}")
    done = lint(tmp_path / "tree", "package", "setup.py", "conftest.py", "sitecustomize.py")
    assert done.returncode in (0, 1)
    assert "net.py" in done.stdout
    assert not marker.exists()


def test_symlink_loops_and_circular_imports_end(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.py").write_text(f"from {other} import *\nimport {other}\n{HEAD}{TAIL}")
    done = lint(tmp_path, ".")
    assert done.returncode in (1, 3)
    assert done.stdout.count("warning[OL101]") == 3


def test_a_mutated_file_never_crashes(tmp_path: Path) -> None:
    choose = random.Random(6)
    files = sorted((ROOT / "tests" / "fixtures").rglob("*.py"))
    for number in range(150):
        lines = choose.choice(files).read_text().splitlines(keepends=True)
        for _ in range(3):
            first, second = choose.randrange(len(lines)), choose.randrange(len(lines))
            change = choose.choice(("delete", "duplicate", "swap"))
            if change == "swap":
                lines[first], lines[second] = lines[second], lines[first]
            elif change == "duplicate":
                lines.insert(second, lines[first])
            elif len(lines) > 1:
                del lines[first]
        (tmp_path / f"mutant{number}.py").write_text("".join(lines))
    done = lint(tmp_path, ".")
    assert done.returncode in (1, 3)
    assert "150 inputs" in done.stdout


def test_a_module_that_never_ends_is_no_fault_of_ours(tmp_path: Path) -> None:
    hostile = "".join(f"{'    ' * d}for i{d} in range(4000):\n" for d in range(3)) + "            a = 1\n"
    (tmp_path / "net.py").write_text(HEAD + TAIL + "\n" + hostile + "\n\nclass After(Net):\n    pass\n")
    done = lint(tmp_path, "-v", "net.py")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "net.py:8:21: warning[OL101]" in done.stdout
    assert "After not followed: importing net takes more than 8,000,000 steps" in done.stdout
    assert "1 model followed, 0 partly, 1 not" in done.stdout


def test_recursion_that_nothing_known_ends_is_cut(tmp_path: Path) -> None:
    merge = """
def merge(one, two):
    for key, new in two.items():
        old = one.get(key)
        if isinstance(new, dict):
            if isinstance(old, tuple):
                alias, others = old
                others = others.copy()
                merge(others, new)
                old = (alias, others)
            else:
                old = {} if old is None else old.copy()
                merge(old, new)
        else:
            old = new
        one[key] = old

"""
    call = "merge({}, json.loads(input()))\n"
    (tmp_path / "main.py").write_text(merge + HEAD + " " * 8 + call + TAIL)
    done = lint(tmp_path, "-v", "main.py")
    assert done.returncode == 1
    assert "warning[OL101]" in done.stdout
    assert "merge calls itself under conditions that are not known" in " ".join(done.stdout.split())
