"""The effect analysis of expressions: what one may stand for, and whether computing it changes anything."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from orderlint.graph import catalogue
from orderlint.source import effect_calls
from orderlint.source.effect_values import (
    CALLABLE,
    ELEMENTS,
    FRESH,
    HELD,
    NONE,
    PLAIN,
    Abstract,
    Attached,
    Code,
    Fresh,
    Held,
    Known,
    Many,
    Method,
    Mixed,
    Nested,
    NotHarmlessError,
    Parent,
    Plain,
    PlainMethod,
    Prepared,
    Row,
    constant_of,
    element,
    holds_code,
    join,
    known,
    only_plain,
)
from orderlint.source.values import (
    ABSENT,
    Class,
    ClassMethod,
    Function,
    Native,
    Property,
    StaticMethod,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderlint.source.effect_statements import Activation
    from orderlint.source.effects import Analysis

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


def constant(a: Analysis, node: ast.Constant, at: Activation) -> Abstract:
    return known(node.value)


def name(a: Analysis, node: ast.Name, at: Activation) -> Abstract:
    value = at.lookup(node.id)
    return a.named(node.id, at) if value is None else value


def attribute(a: Analysis, node: ast.Attribute, at: Activation) -> Abstract:
    return member(a, a.value(node.value, at), node.attr)


def member(a: Analysis, owner: Abstract, name: str) -> Abstract:
    """`owner.name`."""
    match owner:
        case Code(value):
            return a.attribute_of_code(value, name)
        case Plain() | Known():
            return of_plain(owner, name)
        case Held():
            return of_held(a, name)
        case Fresh():
            return Method(name) if name in effect_calls.CONTAINER_METHODS else unfit(name)
        case Many() | Row():
            return Method(name) if name in effect_calls.READING_METHODS else unfit(name)
        case Mixed() if a.pure:
            return of_table(name)
        case Prepared(function, _, _) if a.pure and name in ("func", "args", "keywords"):
            return function if name == "func" else HELD
        case Parent(Code(cls)):
            return of_parent(a, cls, name)
    raise NotHarmlessError(f"attribute {name} of code")


def unfit(name: str) -> Abstract:
    raise NotHarmlessError(f"attribute {name} of a container")


def of_plain(owner: Abstract, name: str) -> Abstract:
    """An attribute of a number, a text or a tensor: its data, its shape, or a method."""
    spec = catalogue.functions().get(f"torch.Tensor.{name}")
    if spec is not None and not spec.params:
        return owner if name in ("data", "T", "mT", "H", "mH", "real", "imag", "grad") else PLAIN
    if name in ("data", "grad"):
        return owner
    return PlainMethod(owner, name) if spec is not None or hasattr(str, name) else PLAIN


def of_held(a: Analysis, name: str) -> Abstract:
    """An attribute of anything within reach: whatever objects that have it hold, or a method of theirs."""
    if a.pure:
        return of_table(name)
    hook = a.hooked()
    kinds = [] if name not in a.world.attributes else [a.world.attributes[name]]
    kinds += [of_class(a, value, name) for value in a.world.methods(name)]
    if catalogue.functions().get(f"torch.Tensor.{name}") is not None and not a.world.has(name):
        kinds.append(of_plain(ELEMENTS if a.world.elements else PLAIN, name))
    if name in effect_calls.READING_METHODS and not kinds:
        return Method(name)
    if name in ("__class__", "__name__", "training", "__dict__", "_modules", "_parameters", "_buffers"):
        kinds.append(HELD if name != "training" else PLAIN)
    if not kinds and a.world.unknown:
        return PLAIN
    if not kinds and not hook:
        raise NotHarmlessError(f"nothing within reach has {name}")
    out = kinds[0] if kinds else HELD
    for kind in kinds[1:]:
        out = join(out, kind)
    return join(out, HELD) if hook and type(out) is not Method else out


def of_table(name: str) -> Abstract:
    """An attribute of a constant, of code or of a table, where nothing else is within reach."""
    if name in ("__name__", "__qualname__", "__module__"):
        return PLAIN
    if name in effect_calls.READING_METHODS or hasattr(str, name):
        return Method(name)
    raise NotHarmlessError(f"attribute {name} of what may be code")


def of_class(a: Analysis, value: Value, name: str) -> Abstract:
    """An attribute that a class defines, as one of its objects shows it."""
    if type(value) is Function or (type(value) is Native and value.binds):
        return Method(name)
    if type(value) is Property and not value.cached and type(value.getter) is Function:
        return a.run(value.getter, [HELD], {})
    if type(value) is StaticMethod:
        return Code(value.function)
    if type(value) in (ClassMethod, Property):
        raise NotHarmlessError(f"{name} is computed")
    return a.world.abstract(value)


def of_parent(a: Analysis, cls: Value, name: str) -> Abstract:
    """`super().name`: of every class within reach that derives from the method's."""
    found = a.world.next_methods(cls, name) if type(cls) is Class else []
    if not found and name == "__getattribute__":
        return PlainMethod(HELD, name)
    if len(found) == 1 and type(found[0]) is Function:
        return Attached(Code(found[0]), HELD)
    raise NotHarmlessError(f"super().{name}")


def subscript(a: Analysis, node: ast.Subscript, at: Activation) -> Abstract:
    owner, key = a.value(node.value, at), a.value(node.slice, at)
    index = constant_of(key)
    if type(owner) is Row and type(index) is int:
        return owner.items[index] if -len(owner.items) <= index < len(owner.items) else unfit("index")
    if owner == HELD:
        a.all_methods("__getitem__", [HELD, key])
    return owner if type(owner) is Many and isinstance(node.slice, ast.Slice) else element(owner)


def slice_(a: Analysis, node: ast.Slice, at: Activation) -> Abstract:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            a.value(part, at)
    return PLAIN


def bool_operation(a: Analysis, node: ast.BoolOp, at: Activation) -> Abstract:
    """`and`, `or`: the first operand that decides, or any that may be it."""
    stops = isinstance(node.op, ast.Or)
    out: Abstract | None = None
    for operand in node.values:
        value = a.value(operand, at)
        truth = truth_of(value)
        if truth is (not stops) and operand is not node.values[-1]:
            continue
        out = value if out is None else join(out, value)
        if truth is stops:
            break
    return out if out is not None else NONE


def unary(a: Analysis, node: ast.UnaryOp, at: Activation) -> Abstract:
    value = a.value(node.operand, at)
    if isinstance(node.op, ast.Not):
        truth = truth_of(value)
        return PLAIN if truth is None else known(not truth)
    number = constant_of(value)
    if isinstance(node.op, ast.USub) and type(number) in (int, float):
        return known(-number)
    return combined(a, node.op, value, PLAIN)


def binary(a: Analysis, node: ast.BinOp, at: Activation) -> Abstract:
    return combined(a, node.op, a.value(node.left, at), a.value(node.right, at))


def combined(a: Analysis, op: ast.AST, left: Abstract, right: Abstract) -> Abstract:
    """The value of an operator, which makes a new one of any it is given."""
    if holds_code(left) or holds_code(right):
        raise NotHarmlessError("an operator on code")
    if HELD in (left, right) and a.world.operators:
        raise NotHarmlessError("a class defines operators")
    if only_plain(left) and only_plain(right):
        return PLAIN if not (type(left) is Many or type(right) is Many) else Many(PLAIN)
    return FRESH if FRESH in (left, right) else HELD


def compare(a: Analysis, node: ast.Compare, at: Activation) -> Abstract:
    left = a.value(node.left, at)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = a.value(comparator, at)
        if HELD in (left, right) and not isinstance(op, (ast.Is, ast.IsNot)):
            a.all_methods("__contains__", [HELD, HELD])
            if a.world.operators:
                raise NotHarmlessError("a class defines comparisons")
        truth = compared(op, left, right)
        if len(node.ops) > 1 or truth is None:
            left = right
            continue
        return known(truth)
    return PLAIN


def compared(op: ast.cmpop, left: Abstract, right: Abstract) -> bool | None:
    """Whether a comparison holds; None where it cannot be told."""
    if isinstance(op, (ast.Is, ast.IsNot)):
        same = identical(left, right)
        return same if same is None or isinstance(op, ast.Is) else not same
    first, second = constant_of(left), constant_of(right)
    if first is ... or second is ...:
        return None
    try:
        return bool(COMPARISONS[type(op)](first, second))
    except TypeError:
        raise NotHarmlessError("a comparison of unlike values") from None


def identical(left: Abstract, right: Abstract) -> bool | None:
    """Whether two values are one, for None, truth values and what is none of them."""
    if right != NONE and type(right) is not Known:
        return None
    if type(left) is Known and type(right) is Known:
        return left == right if NONE in (left, right) or right.kind is bool else None
    return False if right == NONE and type(left) not in (Plain, Held) else None


def conditional(a: Analysis, node: ast.IfExp, at: Activation) -> Abstract:
    truth = a.truth(node.test, at)
    if truth is not None:
        return a.value(node.body if truth else node.orelse, at)
    return join(a.value(node.body, at), a.value(node.orelse, at))


def truth_of(value: Abstract) -> bool | None:
    """Whether a value counts as true; None where it cannot be told."""
    if type(value) is Known:
        return bool(value.value)
    if type(value) is Row:
        return bool(value.items)
    return True if type(value) in CALLABLE else None


def tuple_(a: Analysis, node: ast.Tuple, at: Activation) -> Abstract:
    if any(isinstance(item, ast.Starred) for item in node.elts):
        return list_(a, node, at)
    return Row(tuple(a.value(item, at) for item in node.elts))


def list_(a: Analysis, node: ast.List | ast.Tuple | ast.Set, at: Activation) -> Abstract:
    for item in node.elts:
        if holds_code(a.value(item, at)) and not a.pure:
            raise NotHarmlessError("a list of functions")
    return FRESH


def dict_(a: Analysis, node: ast.Dict, at: Activation) -> Abstract:
    for part in [*node.keys, *node.values]:
        if part is not None and holds_code(a.value(part, at)) and not a.pure:
            raise NotHarmlessError("a dictionary of functions")
    return FRESH


def comprehension(a: Analysis, node: Value, at: Activation) -> Abstract:
    """A comprehension: its variables are its own."""
    from orderlint.source.effect_statements import Activation, bind

    inner = Activation(at.where, {}, at, owner=at.owner)
    for generator in node.generators:
        item = iterated(a, a.value(generator.iter, inner))
        bind(a, generator.target, item, inner)
        for test in generator.ifs:
            a.truth(test, inner)
    parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    values = [a.value(part, inner) for part in parts]
    if any(map(holds_code, values)):
        raise NotHarmlessError("a list of functions")
    return FRESH if isinstance(node, ast.DictComp) else Many(values[0])


def iterated(a: Analysis, value: Abstract) -> Abstract:
    """What iterating over a value gives; a class of the program may say how."""
    if value == HELD:
        a.all_methods("__iter__", [HELD])
    return element(value)


def lambda_(a: Analysis, node: ast.Lambda, at: Activation) -> Abstract:
    return Nested(node, at)


def text(a: Analysis, node: ast.JoinedStr | ast.FormattedValue, at: Activation) -> Abstract:
    for part in node.values if isinstance(node, ast.JoinedStr) else [node.value]:
        a.value(part, at)
    return PLAIN


def walrus(a: Analysis, node: ast.NamedExpr, at: Activation) -> Abstract:
    value = at.variables[node.target.id] = a.value(node.value, at)
    return value


def yield_(a: Analysis, node: ast.Yield | ast.YieldFrom, at: Activation) -> Abstract:
    """The interpreter runs a generator to its end at once: what it yields is what its call gives."""
    value = a.value(node.value, at) if node.value is not None else NONE
    if isinstance(node, ast.YieldFrom):
        value = iterated(a, value)
    if holds_code(value) or value == FRESH:
        raise NotHarmlessError("yields code")
    at.result.append(value)
    return PLAIN


TABLE: dict[type[ast.expr], Callable[[Analysis, Value, Activation], Abstract]] = {
    ast.Constant: constant,
    ast.Name: name,
    ast.Attribute: attribute,
    ast.Subscript: subscript,
    ast.Slice: slice_,
    ast.Call: effect_calls.call,
    ast.BoolOp: bool_operation,
    ast.UnaryOp: unary,
    ast.BinOp: binary,
    ast.Compare: compare,
    ast.IfExp: conditional,
    ast.Tuple: tuple_,
    ast.List: list_,
    ast.Set: list_,
    ast.Dict: dict_,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: comprehension,
    ast.Lambda: lambda_,
    ast.JoinedStr: text,
    ast.FormattedValue: text,
    ast.NamedExpr: walrus,
    ast.Yield: yield_,
    ast.YieldFrom: yield_,
}

__all__ = ["ABSENT", "TABLE", "truth_of"]
