"""The source parsers: libcst's tree, lowered, equals Python's on every syntax form; one clear error for what
both refuse.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import libcst
import pytest

from orderlint.errors import InputError
from orderlint.source.lowering_table import EXPRESSIONS
from orderlint.source.parse import parse_source, parse_with_libcst

if TYPE_CHECKING:
    from types import ModuleType


def _lowering_check() -> ModuleType:
    script = Path(__file__).parent.parent / "benchmarks" / "lowering_check.py"
    spec = importlib.util.spec_from_file_location("lowering_check", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECK = _lowering_check()

_SNIPPETS = r"""
x
---
x = y = z
---
None, True, False, ..., __debug__
---
0, 00, 1_000, 0xFF, 0o17, 0b1_0, 10**100, 123456789012345678901234567890
---
1., .5, 1e3, 1_0.0_1e-1_0, 1e400, 1j, .5J, 0777j, 1_0j
---
'a', "b", '''c
d''', r'\d', u'e', b'f\x00\xff', rb'\d', Rb"x", U'y'
---
'\n\t\\\'\"\a\b\f\v\0\101\x41\u00e9\U0001F600\N{EM DASH}\
joined \d \8'
---
b'\x41\101\u0041\N{x}\777'
---
'a' "b" \
  'c'
---
x = ('a'   # first
     'b'
     r'\c' u'd')
---
b'a' b'b'
---
u'a' 'b'; 'a' u'b'
---
f'', f'a', f'{a}', f'a{b}c{d!r}e{f!s:>10}g{h:{i}.{j}}', f'{{}}{{{a}}}', rf'\d{a}\{b}'
f'\x41\N{EM DASH}{a}\n{{'
---
f'{a}' 'b' f'{c}d' "e"; 'x' f'y'; '' f'' ''
---
f'{a=}', f'{a = }', f'{a=!s}', f'{a=:>3}', f'{a + b = !r:^{w}}'
---
f'''{
a
}
  {b:>3} tail
'''
---
f'{lambda_(x)}{(lambda x: 1)}{x if y else z}{*a, b}{a, b}{ {1: 2}[1] }{f"{x}{1:{2}}"}{d["k"]}{x!r}{x:%H:%M}'
---
f'{x:}{yield_:{{}}}' if 0 else f"{x!r:{'>'}{10}}"
---
def f():
    f'{yield}{yield x}'
    await_ = f'{(yield)}'
---
a + b - c * d / e // f % g @ h ** i << j >> k & l ^ m | n
---
(a + b) * (c - (d))  +  ((e))
---
- a ** - b, +a, ~a, not a, not not a, - - a
---
a and b and c or d and e or f, (a and b) and c, a and (b and c), not a and b
---
a < b <= c > d >= e == f != g in h not in i is j is not k, a not   in b, a is    not b
---
a if b else c if d else e
---
(a := 1, b := 2), [c := 3], f(d := 4), (e := (g := 5))
---
lambda: 0
---
lambda a, b=1, /, c=2, *args, d, e=3, **kwargs: (a, b)
---
lambda *, a: a, lambda *a: a, lambda **k: k, lambda x, /: x, lambda x, : x
---
a.b.c, a . b . c, a.b().c[d].e, 1 .real, 1.0.real, "x".join(y), (a).b, (a.b).c
---
f(), f(a), f(a, b,), f(*a, *b), f(**a, **b), f(a, *b, c, d=1, *e, f=2, **g), f(a=b)(c)(d), f ( a )
---
f(x for x in y), f((x for x in y)), f(x for x in y if z), f(a, (x for x in y)), f( (x for x in y) )
---
a[b], a[b, c], a[b,], a[b:c], a[:], a[::], a[b:], a[:c], a[b:c:d], a[::d], a[b::], a[:c:], a[b:c, d], a[...]
---
a[ b : c ], a[ : ], a[b : , : ], a[ : , b :  : ], a[(b, c)], a[()], a[b:c,], a [ b ], a[lambda: 0:1]
---
(), (a,), (a, b), a, (b), ((a, b)), ((a), (b)), ( ), (a, b,), ((),)
---
x = 1,
y = 2 ,  # comment
z = (1,),
for i in 1, 2, : pass
---
[], [a], [a, b,], [*a, b, *c], [[a], [b]], [ ], [
  a,  # one

  b,
]
---
{a}, {a, b,}, {*a, b}, {}, {a: b}, {a: b, **c, d: e,}, { }, {**a}, {a : b}
---
[x for x in y], {x for x in y}, {k: v for k, v in y}, (x for x in y)
---
[x for x, in y for z in x if a if b for w in z if c], [ x  for  x  in  y  if  z ]
[(x, y) for x, (y, *z) in a]
---
[[x for x in y] for y in z if [w for w in y]], {k : v for k in a}, [x for x in (1, 2)]
---
async def f():
    [x async for x in y], {x: z async  for x in y async for z in x if await w}, (await x for x in y)
    await x, await  x ** 2, -await x
    async with a as b, c: pass
    async for x in y: pass
    else: pass
    async  with (a as b, c as d): pass
    return [await x async for x in y]
---
*a, b = c
---
a, *b = *c, d
---
[a, *b], (c, d), e.f, g[h] = i = j
---
(a) = b; (a, b) = c; ((a)) = b; [a] = b; (a), b = c
---
a += 1; a -= 1; a *= 1; a /= 1; a //= 1; a %= 1; a **= 1; a @= 1; a &= 1; a |= 1; a ^= 1; a <<= 1; a >>= 1
---
a.b += yield_; a[b] -= c, d
---
a: int; b: int = 1; d.e: int; f[g]: int = h; i: tuple = 1, 2; j: "str"
---
def f(): x: int = yield; y: int = yield 1
---
del a, b; del (a, b); del a; del (a); del a.b, c[d]; del (a), b; del [a, b]; del a,; del ((a, b))
---
pass; pass
---
if x: a; b;
---
if x: a ;  # comment
y
---
while x: break
else: pass
---
for x in y: continue
---
for x, y in z:
    pass
else:
    pass
---
for (x) in (y): pass
for x, in y,: pass
for x in *a, b: pass
for x.y[z] in w: pass
---
assert a; assert a, b; assert (a, b), c
---
raise
---
raise a; raise a from b; raise  a  from  b; raise
---
def f(): return; return 1; return  1, 2; return *a, b
---
def f():
    return  # nothing
    yield  # nothing
    x = yield  # nothing
    raise  # nothing
---
def f():
    global a, b; nonlocal_ = 1
    def g(): nonlocal nonlocal_, c
---
def f():
    yield; yield a; yield a, b; yield from c; x = yield; x = yield y; (yield); ( yield ); f((yield))
    x = yield  from  c
---
import a; import a.b.c; import a as b; import a.b as c, d, e as f; import a . b
---
from a import b; from a.b import c as d, e; from . import a; from .. import a
from .a import b; from ... a import b
from .... import c; from a import (b, c as d,); from a import *; from . a . b import (  # comment
    c,
)
---
if a: b
elif c: d
elif e: f
else: g
---
if a:
    b

# comment
elif c:
    d

  # comment
else:
    if e:
        f
    elif g: h
i
---
while a: b
---
try: a
except: b
---
try:
    a
except b:
    c
except (d, e) as f:
    g
else:
    h
finally:
    i
---
try: a
finally: b
---
with a: pass
with a as b: pass
with a as b, c as (d, e), f as g.h, i as j[k]: pass
with (a): pass
with (a) as b: pass
with (a, b): pass
with (a, b) as c: pass
with (a as b): pass
with (a as b, c,): pass
with (
    a as b,  # comment
    c,
): pass
with (yield_): pass
with (a), b: pass
with a(), (b): pass
with [a] as [b, c]: pass
---
def f(): pass
---
def f(a, b: int, c=1, d: int = 2, /, e=3, *args: int, g, h: int, i=4, j: int = 5, **kwargs: str) -> int: pass
---
def f(a, *, b): pass
def f(*, a, b=1): pass
def f(a, /): pass
def f(a, /, *, b): pass
def f(a, /, b, *c): pass
def f ( a , b = 1 , ) -> x : pass
def f(
    a,  # comment
    b: int = 1,
    *,
    c,
) -> (
    int
): pass
---
@a
@b.c(d)
# comment

@ e
def f(): pass
@g
class h: pass
@i
async def j(): pass
@(k := l)
def m(): pass
@n[o]
def p(): pass
---
async  def f(): pass
---
class A: pass
class B(): pass
class C(A, B, metaclass=D, **e): pass
class F(*g, h, i=j): pass
class L ( A , ) : pass
class M(
    A,  # comment
): x = 1; y = 2
---
class A:
    '''doc'''

    x: int = 1

    def f(self):
        # comment
        return self

    # trailing comment
y = 1
---
match a:
    case 1: pass
    case -1 | 2 if 0: pass
---
match a:
    case 1 | -1 | 1+2j | -1.5-2j | 'a' 'b' | b'c' | None | True | False: pass
    case a.b.c: pass
    case _: pass
---
match a, b:
    case x if x > 1: pass
    case (x): pass
    case ((x)) as y: pass
    case (1 | 2) as z: pass
    case 1 | 2 as z: pass
    case _: pass
---
match (a):
    case []: pass
    case [a]: pass
    case [a, b,]: pass
    case [a, *b, c]: pass
    case [*_]: pass
    case (): pass
    case (a,): pass
    case (a, b): pass
    case ((a, b)): pass
    case ([a, b]): pass
    case a, b: pass
    case a,: pass
    case a, *b , : pass
    case *a, b: pass
    case [(a, b), [c]]: pass
---
match a:
    case {}: pass
    case {'a': 1}: pass
    case {'a': x, b.c: y, -1: z, **rest}: pass
    case {1: _, ** rest , }: pass
    case ({ 'a' : 1 , }): pass
---
match a:
    case A(): pass
    case A(x): pass
    case A(x, y,): pass
    case A(x=1, y=B(z)): pass
    case a.B(x, y=2, ): pass
    case ( A ( x , y = 2 ) ): pass
---
match = case = type = _ = 1; match(case); match[case]; type(x); print(match, end='')
---
match x:
    # comment
    case 1:
        pass

    # comment
    case 2:

        pass
# end
---
a = b \
    + c
if a and \
   b:
    pass
c
x = [1, \
  2]
---
x = (  # comment
    # comment \
    1

    # more
    , 2
  )   # end
y
---
# only a comment
---

---


x


---
if a:
	b
	if c:
		d
e
---
if a:
  b
else:
        c
        d
---
é = 'ü' + f'{ß!r} ä' + x  # ö
---
ℌ = ﬁ.ℌ(ﬁ=1); import ﬁ.ﬁ as ﬁ
---
'日本語', '😀' + x
---
x = '''日
本''' + y; z
---
print("a" % b, file=c)
---
a = b if c else d, e
---
x = yield_ = await_ = async_ = 1
---
a = lambda x=(yield_): x
---
(a, b), c = d, (e, f)
---
(  # comment
  a
  .b
  .c(d)
  [e]
)
---
not(a)or(b)if(c)else(d)
---
a[b][c](d)(e).f = 1
---
x = {
    'a': [1, 2, {
        'b': (3, 4),
    }],
    **d,
}
---
self.a = nn.Sequential(nn.Conv2d(1, 2, kernel_size=3, bias=False), *[block(i) for i in range(3)], **{'a': 1})
---
if (n := len(a)) > 10: pass
---
def f(x: lambda: 0 = 1) -> (yield_): pass
"""
SNIPPETS = _SNIPPETS.split("\n---\n")

# What Python reads and libcst does not.
REFUSED_BY_LIBCST = ["(c): int = 2", "class F(i=j, *k): pass", "if a:\n    \\\n pass\n"]

FORM_FEEDS = ["\fa\n", "if a:\n\f    b\n\felse:\n    \f\n    c\n\f\nd\n\f@e\n\fclass F: pass\n"]

NEW_IN_311 = [
    "try: a\nexcept* b: c\nexcept  *  (d, e) as f:\n    g\nelse: h\nfinally: i\n",
    "a[*b], a[*b, c], a[ * b ], a[c, *b,]",
    "def f(*args: *Ts): pass",
]

NEW_IN_312 = [
    "type A = int; type B[T] = list[T]; type  C [ T : int , *Ts , **P ]  =  x",
    "def f[T, *U, **V](a: T) -> V: pass\nclass A[T: (int, str)](B): pass\nasync def g [ T ] (): pass",
    "f'{'a'}{f'{'b'}'}{x['y']}{\n1 # comment\n}'",
]

NEW_IN_313 = ["type A[T = int, *Ts = *tuple[int], **P = [int]] = x\nclass B[T: int = bool]: pass"]


def differences(source: str | bytes) -> str | None:
    source = source.encode() if isinstance(source, str) else source
    difference: str | None = CHECK.difference(CHECK.lowered(source, "x.py"), CHECK.expected(source))
    return difference


@pytest.mark.parametrize("snippet", [*SNIPPETS, *FORM_FEEDS])
def test_equals_ast(snippet: str) -> None:
    assert differences(snippet) is None
    assert differences(snippet + "\n") is None


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_equals_ast_in_a_block(snippet: str) -> None:
    if snippet.count("'''") or "\\\n" in snippet:
        pytest.skip("indentation would change a string")
    body = "\n".join(f"    {line}" for line in ["pass", *snippet.split("\n")])
    assert differences(f"if 1:\n{body}\nend\n") is None


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
@pytest.mark.parametrize("snippet", [s for s in SNIPPETS if "\n" in s])
def test_other_newlines(snippet: str, newline: str) -> None:
    assert differences(snippet.replace("\n", newline) + newline) is None


@pytest.mark.skipif(sys.version_info < (3, 11), reason="syntax of Python 3.11")
@pytest.mark.parametrize("snippet", NEW_IN_311)
def test_equals_ast_from_311(snippet: str) -> None:
    assert differences(snippet) is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
@pytest.mark.parametrize("snippet", NEW_IN_312)
def test_equals_ast_from_312(snippet: str) -> None:
    assert differences(snippet) is None


@pytest.mark.skipif(sys.version_info < (3, 13), reason="syntax of Python 3.13")
@pytest.mark.parametrize("snippet", NEW_IN_313)
def test_equals_ast_from_313(snippet: str) -> None:
    assert differences(snippet) is None


@pytest.mark.parametrize("source", REFUSED_BY_LIBCST)
def test_python_reads_more_than_libcst(source: str) -> None:
    assert CHECK.difference(parse_source(source.encode(), "x.py"), CHECK.expected(source.encode())) is None
    with pytest.raises(InputError, match="syntax error"):
        parse_with_libcst(source, "x.py")


def test_a_continued_blank_line_ends_a_block() -> None:
    module = parse_source(b"if a:\n    b\n\\\n\\\nc\n", "x.py")
    assert len(module.body) == 2  # libcst takes `c` into the block


def _sample() -> list[Path]:
    """Every 60th file of the standard library and its tests."""
    files = sorted(Path(os.__file__).parent.glob("*.py")) + sorted(Path(os.__file__).parent.glob("test/*.py"))
    return [file for file in files[::60] if not file.name.startswith("bad")]


@pytest.mark.parametrize("file", _sample(), ids=lambda file: file.stem)
def test_equals_ast_on_the_standard_library(file: Path) -> None:
    assert CHECK.check(file, [0.0, 0.0, 0.0]) is None


def test_newer_syntax_lowers_on_any_python() -> None:
    source = b"type A[T: int = bool, *Ts, **P] = T\ndef f[U](x: U): ...\nclass B[V]: ...\n"
    alias, function, cls = parse_source(source, "x.py").body
    assert type(alias).__name__ == "TypeAlias"
    assert [type(param).__name__ for param in alias.type_params] == ["TypeVar", "TypeVarTuple", "ParamSpec"]
    assert [param.name for param in alias.type_params] == ["T", "Ts", "P"]
    assert alias.type_params[0].default_value.id == "bool"
    assert [param.name for param in function.type_params] == ["U"]
    assert [param.name for param in cls.type_params] == ["V"]
    assert (alias.lineno, alias.col_offset, alias.end_col_offset) == (1, 0, 35)


def test_exception_groups_lower_on_any_python() -> None:
    (statement,) = parse_source(b"try: a\nexcept* b: c\n", "x.py").body
    assert type(statement).__name__ == "TryStar"
    assert statement.handlers[0].type.id == "b"


def test_strings_inside_formatted_strings_are_placed_exactly_by_libcst() -> None:
    expression = parse_with_libcst("x = f'é{a}b'\n", "x.py").body[0].value
    places = [(part.col_offset, part.end_col_offset) for part in expression.values]
    assert places == [(6, 7), (7, 10), (10, 11)]
    assert expression.values[1].value.col_offset == 8


def test_expressions_in_formatted_strings_are_placed_by_every_python() -> None:
    source = "x = f'''é {a.b}\n  {'ö' if c else d + e:>{w}}''' + y\n"
    names = [node for node in ast.walk(parse_source(source.encode(), "x.py")) if isinstance(node, ast.Name)]
    places = {node.id: (node.lineno, node.col_offset) for node in names}
    assert (places["x"], places["a"]) == ((1, 0), (1, 11))
    second = {name: column for name, (line, column) in places.items() if line == 2}
    assert second == {"c": 10, "d": 17, "e": 21, "w": 25, "y": 34}


def test_columns_count_code_points_of_what_lies_above_a_definition() -> None:
    source = "@f('é', x)  # ä\ndef g(a=1):  # ö\n    return a\n# ß\nclass A: 'ü'; x\n"
    assert CHECK.difference(parse_source(source.encode(), "x.py"), parse_with_libcst(source, "x.py")) is None


def test_columns_count_code_points() -> None:
    statement = parse_source("'é😀', x\n".encode(), "x.py").body[0]
    assert statement.value.elts[1].col_offset == 6


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (b"# coding: latin-1\nx = '\xe9'\n", "é"),
        (b"#!/usr/bin/python\n# -*- coding: cp1251 -*-\nx = '\xe9'\n", "й"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'\n", "é"),
        (b"\xef\xbb\xbf# coding: utf-8\nx = '\xc3\xa9'\n", "é"),
    ],
)
def test_encodings(source: bytes, value: str) -> None:
    statement = parse_source(source, "x.py").body[0]
    assert statement.value.value == value
    assert statement.col_offset == 0


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"x = '\xe9'\n", "x.py:1: cannot decode byte 0xe9 as utf-8"),
        (b"a\nb\nx = '\xe9'\n", "x.py:3: cannot decode byte 0xe9 as utf-8"),
        (b"# coding: nonsense\n", "x.py:1: cannot decode: unknown encoding: nonsense"),
        (b"# coding: hex\n00\n", "x.py:1: cannot decode: "),
        (b"\xef\xbb\xbf# coding: latin-1\n", "x.py:1: cannot decode: "),
        (b"a\nx = '\0'\n", "x.py:2: source contains null bytes"),
        (b"x = 1\nprint 'a'\n", "x.py:2:1: not Python 3 syntax: print statement"),
        (b"if 1:\n    print >>f, a\n    exec 'a'\n", "x.py:3:5: not Python 3 syntax: exec statement"),
        (b"raise A, 'b'\n", "x.py:1:1: not Python 3 syntax: `raise Type, value`"),
        (b"x = (1,\n", "x.py:1:5: syntax error: '(' was never closed"),
        (b"x = 1 +\n", "x.py:1:8: syntax error: invalid syntax"),
        (b"def f(:\n  pass\n", "x.py:1:7: syntax error: "),
        (b"if 1:\npass\n", "x.py:2:1: syntax error: expected an indented block"),
        (b"'abc\n", "x.py:1:1: syntax error: unterminated string literal"),
        (b"'a' b'b'\n", "x.py:1:9: syntax error: cannot mix bytes and nonbytes literals"),
        (b"x = '\\x1'\n", "x.py:1:5: truncated \\x escape in a string"),
        (b"x = '\\N{no such name}'\n", "x.py:1:5: unknown Unicode character name in the string escape"),
        ("x = b'é'\n".encode(), "x.py:1:"),
    ],
)
def test_errors(source: bytes, error: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_source(source, "x.py")
    assert str(caught.value).startswith(error)
    assert "\n" not in str(caught.value)


DEEP = {
    "parentheses": "(" * 10_000 + "a" + ")" * 10_000,
    "lists": "[" * 10_000 + "]" * 10_000,
    "open brackets": "(" * 10_000,
    "calls": "f(" * 10_000 + ")" * 10_000,
    "minus": "-" * 10_000 + "a",
    "not": "not " * 10_000 + "a",
    "sum": " + ".join("a" * 10_000),
    "lines of a sum": "(" + "\n + ".join("a" * 10_000) + ")",
    "power": "**".join("a" * 10_000),
    "and": " and ".join("a" * 10_000),
    "attributes": ".".join("a" * 10_000),
    "chained calls": "a" + "()" * 10_000,
    "subscripts": "a" + "[0]" * 10_000,
    "conditions": "a if b else " * 10_000 + "a",
    "lambdas": "lambda: " * 10_000 + "a",
    "elif": "if a: pass\n" + "elif b: pass\n" * 10_000,
    "import": "import " + ".".join("a" * 10_000),
    "formatted strings": 'f"{' * 10_000 + "a" + '}"' * 10_000,
    "formatted field": 'f"{' + "(" * 10_000 + "a" + ")" * 10_000 + '}"',
    "fields": "x = f'" + "{a}" * 100_000 + "'",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        parse_source(DEEP[name].encode(), "x.py")


@pytest.mark.parametrize(
    "source",
    [
        " + ".join("a" * 500),
        "not " * 500 + "a",
        "(" * 150 + "a" + ")" * 150,
        "a" + ".b()" * 300,
        "if a: pass\n" + "elif b: pass\n" * 500,
        "x = [" + ", ".join(["-a.b * f(1)"] * 5_000) + "]",
        "x = {" + ",\n".join(["'k': [1, (2, 3)]"] * 3_000) + "}",
        "x = (" + "\n".join(["'line'"] * 2_000) + ")",
        "x = '" + "(" * 50_000 + "'  # " + "(" * 1_000,
        'x = """\n' + "((( [[[ {{{\n" * 2_000 + '"""',
        "x = f'''" + "{{ ( " * 2_000 + "'''",
        "x = '" + "a" * 1_000_000 + "'",
    ],
    ids=lambda source: source[:20],
)
def test_large_but_shallow_source_is_parsed(source: str) -> None:
    assert len(parse_source(source.encode(), "x.py").body) >= 1


def test_deep_patterns_are_refused_to_libcst_alone() -> None:
    source = "match a:\n    case " + "[" * 20 + "]" * 20 + ": pass\n"
    assert parse_source(source.encode(), "x.py").body
    with pytest.raises(InputError, match=r"x\.py:2: nested too deeply"):
        parse_with_libcst(source, "x.py")


def test_unknown_syntax_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(EXPRESSIONS, libcst.Lambda)
    with pytest.raises(InputError, match=r"x\.py: syntax newer than this version of orderlint: Lambda"):
        parse_with_libcst("lambda: 0", "x.py")


def test_a_megabyte_on_one_line() -> None:
    source = "x = [" + "'é', a, " * 100_000 + "]"
    start = time.process_time()
    (statement,) = parse_source(source.encode(), "x.py").body
    assert time.process_time() - start < 10
    assert len(statement.value.elts) == 200_000
    assert statement.value.elts[-1].col_offset == len(source) - 4


def test_python_reads_without_libcst() -> None:
    program = (
        "import sys\n"
        "from orderlint.source.parse import parse_source\n"
        "assert parse_source(b'x = 1', 'x.py').body\n"
        "assert not {'libcst', 'tokenize'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-S", "-c", program], check=True, env=environment, timeout=60)


@pytest.mark.parametrize("refusal", [MemoryError(), RecursionError("deep"), SyntaxError("new")])
def test_libcst_reads_what_python_refuses(refusal: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(ast, "parse", refuse)
    assert parse_source(b"x = 1", "x.py").body
    problem = "syntax error: new" if isinstance(refusal, SyntaxError) else "nested too deeply"
    with pytest.raises(InputError, match=problem):
        parse_source(b"x = = 1", "x.py")


def test_characters_that_cannot_be_encoded_are_refused() -> None:
    with pytest.raises(InputError, match=r"x\.py: syntax error: .*surrogates not allowed"):
        parse_source(b"# coding: raw_unicode_escape\nx = '\\ud800'\n", "x.py")


def test_recursion_limit_is_restored() -> None:
    before = sys.getrecursionlimit()
    parse_source(b"x", "x.py")
    assert sys.getrecursionlimit() == before


def test_invalid_escapes_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (statement,) = parse_source(rb"'\d' f'\d{a}'", "x.py").body
    assert isinstance(statement, ast.Expr)
