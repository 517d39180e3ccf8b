"""Tie dropout to the mode of its module: `training=self.training`, and what amounts to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from orderlint.fixes.application import application
from orderlint.fixes.arguments import append, argument, has_stars, replace_value
from orderlint.fixes.changes import NotCleanError
from orderlint.fixes.methods import training_of
from orderlint.fixes.names import name_of
from orderlint.fixes.statements import assigned_name, function_of, reads, removed, simple_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from orderlint.fixes.case import Case
    from orderlint.fixes.changes import Change
    from orderlint.fixes.tree import Fragment

FUNCTIONS = {
    "Dropout": "dropout",
    "Dropout1d": "dropout1d",
    "Dropout2d": "dropout2d",
    "Dropout3d": "dropout3d",
    "AlphaDropout": "alpha_dropout",
    "FeatureAlphaDropout": "feature_alpha_dropout",
}
"""The function that does what each dropout module does; the rate is 0.5 by default in all of them."""

LOOSE = (cst.IfExp, cst.Lambda, cst.NamedExpr, cst.Yield)
"""Expressions that need parentheses before an `if … else`."""

TRAINING_POSITION = 2
"""Where `F.dropout(input, p, training, inplace)` and its like take their mode."""


def add_training_argument(case: Case) -> Iterable[Change]:
    """`F.dropout(x, p)` → `F.dropout(x, p, training=self.training)`."""
    file, fragment, call = case.call(case.first.used)
    if has_stars(call) or argument(call, "training", TRAINING_POSITION):
        raise NotCleanError("the mode may be given")
    training = training_of(file, fragment, call, case.files.is_module)
    return append(fragment, call, f"training={training}")


def tie_dropout_p(case: Case) -> Iterator[Change]:
    """`dropout_p=p` → `dropout_p=p if self.training else 0.0`."""
    file, fragment, call = case.call(case.first.used)
    position = 4 if case.first.op.endswith(".scaled_dot_product_attention") else None
    rate = argument(call, "dropout_p", position)
    if rate is None:
        raise NotCleanError("the rate is not given by name")
    text = fragment.code(rate.value)
    if rate.value.lpar or isinstance(rate.value, LOOSE):
        text = f"({text})"
    training = training_of(file, fragment, call, case.files.is_module)
    yield replace_value(fragment, rate, f"{text} if {training} else 0.0")


def use_functional_dropout(case: Case) -> Iterator[Change]:
    """`nn.Dropout(p)(x)` → `F.dropout(x, p, training=self.training)`."""
    file, fragment, built = case.call(case.first.built)
    function = FUNCTIONS.get(case.first.op.rpartition(".")[2])
    if function is None or has_stars(built):
        raise NotCleanError("no function does the same")
    training = training_of(file, fragment, built, case.files.is_module)
    prefix, imports = name_of(file, "torch.nn.functional")
    rest = [f"training={training}"]
    rest[:0] = _rate(fragment, built)
    inplace = argument(built, "inplace", 1)
    rest += [f"inplace={fragment.code(inplace.value)}"] if inplace else []
    yield from imports
    used = fragment.parents[built]
    if not isinstance(used, cst.Call):
        yield from _named(fragment, built, f"{prefix}.{function}", rest)
        return
    yield from _called(fragment, used, f"{prefix}.{function}", rest)


def _rate(fragment: Fragment, built: cst.Call) -> Iterator[str]:
    rate = argument(built, "p", 0)
    if rate is not None:
        yield fragment.code(rate.value) if rate.keyword is None else f"p={fragment.code(rate.value)}"


def _called(fragment: Fragment, used: cst.Call, function: str, rest: list[str]) -> Iterator[Change]:
    """Call the function where a module was called."""
    if not application(fragment, used, "torch.nn.Dropout") or "#" in fragment.code(used.func):
        raise NotCleanError("a comment would be lost")
    yield fragment.change(*fragment.outer(used.func), function)
    yield from append(fragment, used, ", ".join(rest))


def _named(fragment: Fragment, built: cst.Call, function: str, rest: list[str]) -> Iterator[Change]:
    """The same where the module was given a name first, and every use of the name is a call."""
    statement = simple_statement(fragment, built)
    name = assigned_name(statement, built)
    if name is None:
        raise NotCleanError("the module is neither called nor named")
    scope = function_of(fragment, built)
    stores = [target for target in fragment.all(cst.AssignTarget, scope) if _is(target.target, name)]
    calls = [call for call in fragment.all(cst.Call, scope) if _is(call.func, name)]
    if len(stores) != 1 or len(calls) != reads(fragment, name, scope) or not calls:
        raise NotCleanError("the name has other uses")
    for call in calls:
        yield from _called(fragment, call, function, rest)
    yield removed(fragment, statement)


def _is(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
