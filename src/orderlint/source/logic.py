"""and, or, not and conditional expressions, on values that may be open."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source import branches, training_rates
from orderlint.source.frames import source_text
from orderlint.source.values import (
    NOT_TRAINING,
    TRAINING,
    Raised,
    Symbol,
    Test,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from orderlint.source.frames import Frame
    from orderlint.source.interpreter import Interpreter


def bool_operation(it: Interpreter, node: ast.BoolOp, frame: Frame) -> Value:
    return boolean(it, node.values, isinstance(node.op, ast.And), frame)


def boolean(it: Interpreter, operands: list[ast.expr], is_and: bool, frame: Frame) -> Value:
    """`and`/`or` over operands, short-circuit; an unknown operand keeps both possibilities."""
    value = it.eval(operands[0], frame)
    if len(operands) == 1:
        return value
    frame.node = operands[0]
    text = source_text(operands[0]) if not isinstance(value, bool) else ""
    truth = it.truth(value, text)
    if truth is (not is_and):
        return value
    if not isinstance(truth, Test):
        rest = boolean(it, operands[1:], is_and, frame)
        return _with_flag(it, value, rest, is_and)
    try:
        with it.under(truth.when_true if is_and else truth.when_false):
            rest = boolean(it, operands[1:], is_and, frame)
            rest_truth = it.truth(rest, source_text(operands[1])) if logical(rest) else None
    except Raised:  # so that this operand decides: the program itself gets past it
        return not is_and if logical(value) else value
    if logical(value) and rest_truth is not None:
        from orderlint.source.truth import combine

        return combine([truth, rest_truth], all_=is_and, text=text)
    when, otherwise = (truth.when_true, truth.when_false) if is_and else (truth.when_false, truth.when_true)
    if is_and and type(value) is Symbol:
        value = value.default if not value.default else 0.0
    return branches.join(when, rest, otherwise, value)


def _with_flag(it: Interpreter, value: Value, rest: Value, is_and: bool) -> Value:
    """`self.training and p > 0`: keeps the flag where the rest holds."""
    if value is TRAINING and is_and and logical(rest):
        truth = it.truth(rest)
        return TRAINING if truth is True else (truth if truth is False else rest)
    if value is NOT_TRAINING and not is_and and rest is False:
        return NOT_TRAINING
    return rest


def logical(value: Value) -> bool:
    return isinstance(value, (bool, Test, Unknown, Symbol)) or value is TRAINING or value is NOT_TRAINING


def implies_training(it: Interpreter, test: ast.expr, holds: bool, frame: Frame) -> bool:
    """Whether a condition that holds (or fails) says that the model is in train mode.

    `self.training and p > 0` does where it holds, `not self.training or p == 0` where it fails.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return implies_training(it, test.operand, not holds, frame)
    if isinstance(test, ast.BoolOp):
        parts = [implies_training(it, part, holds, frame) for part in test.values]
        return any(parts) if isinstance(test.op, ast.And) is holds else all(parts)
    if not isinstance(test, (ast.Name, ast.Attribute)):
        return False
    flag = it.eval(test, frame)
    return flag is TRAINING if holds else flag is NOT_TRAINING


def conditional(it: Interpreter, node: ast.IfExp, frame: Frame) -> Value:
    saw, it.saw_training = it.saw_training, False
    value = it.eval(node.test, frame)
    frame.node = node.test
    truth = value if type(value) is bool else it.truth(value, source_text(node.test))
    train, it.saw_training = it.saw_training, saw
    if not isinstance(truth, Test):
        return guarded(it, node.body if truth else node.orelse, frame, train)
    then = train and implies_training(it, node.test, True, frame)
    other = train and implies_training(it, node.test, False, frame)
    forked = branches.fork(
        it,
        truth,
        lambda: guarded(it, node.body, frame, then),
        lambda: guarded(it, node.orelse, frame, other),
        frame.scope,
        values=True,
    )
    left, right = forked.then, forked.other
    if isinstance(left, Raised):
        if isinstance(right, Raised):
            raise left
        return right
    if isinstance(right, Raised):
        return left
    return branches.join(truth.when_true, left, truth.when_false, right)


def guarded(it: Interpreter, node: ast.expr, frame: Frame, train: bool) -> Value:
    """The value of an expression, reached only in train mode if `train`; a number is then of that mode."""
    guard = frame.train_guard
    frame.train_guard = guard or train
    try:
        value = it.eval(node, frame)
        return training_rates.tie(value) if train else value
    finally:
        frame.train_guard = guard
