"""What each value of a program carries: constants, noise, indices and masks, or data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orderlint.onnx.folding import fold, is_integer_cast
from orderlint.onnx.layer_kinds import starts_features
from orderlint.onnx.program import PHI, UNKNOWN, Role
from orderlint.onnx.provenance import INPUT_KIND

if TYPE_CHECKING:
    from orderlint.onnx.catalogue import Catalogue
    from orderlint.onnx.program import Constant, Operator, Program, Value

MOST_PASSES = 8
"""Passes over a program with loops: each carries roles around every loop once, and roles only ever rise."""

PARAMETER_NAME = re.compile(r"(?:^|[._/])(?:weight|bias|kernel|gamma|beta|embeddings?|scale)(?:_\w+)?$")
"""Names of weights, for operators that would as well take data where they take a weight."""

PARAMETER_KINDS = ("PARAMETER", "BUFFER", "CONSTANT_TENSOR")
"""Graph inputs that are no input of the user, as `torch.export` calls them."""


def assign_roles(program: Program, catalogue: Catalogue) -> None:
    """Set `role` and `constant` of every value of the program."""
    _find_parameters(program, catalogue)
    for _ in range(MOST_PASSES if _has_loops(program) else 1):
        changed = False
        for operator in program.operators:
            changed |= _assign(operator, catalogue)
        if not changed:
            return


def _has_loops(program: Program) -> bool:
    """Whether some value is read before it is made."""
    return any(
        value is not None and value.producer is not None and value.producer.index > operator.index
        for operator in program.operators
        if operator.op_type == PHI
        for value in operator.inputs
    )


def _find_parameters(program: Program, catalogue: Catalogue) -> None:
    """Weights that were left out of the file stand among the inputs of the graph."""
    for value in program.inputs:
        told = value.metadata.get(INPUT_KIND, "").rsplit(".", 1)[-1]
        if told in PARAMETER_KINDS or (not told and _is_read_as_parameter(value, catalogue)):
            value.role = Role.CONSTANT
    program.inputs = [value for value in program.inputs if value.is_data]


def _is_read_as_parameter(value: Value, catalogue: Catalogue) -> bool:
    named = PARAMETER_NAME.search(value.name) is not None
    return bool(value.uses) and all(
        catalogue.is_parameter(use, position, named=named)
        for use in value.uses
        for position, read in enumerate(use.inputs)
        if read is value
    )


def _assign(operator: Operator, catalogue: Catalogue) -> bool:
    """Set the roles of the results of one operator; whether one of them rose."""
    role = _role(operator, catalogue)
    changed = False
    for position, value in enumerate(operator.outputs):
        own = min(role, Role.CUT) if position and catalogue.is_first_only(operator) else role
        if own > value.role:
            value.role, changed = own, True
    if role is Role.CONSTANT and operator.outputs:
        operator.outputs[0].constant = _agreed(operator) if operator.op_type == PHI else fold(operator)
    return changed


def _role(operator: Operator, catalogue: Catalogue) -> Role:
    inputs = operator.inputs[:1] if operator.plain_type == "CastLike" else operator.inputs
    carried = max((value.role for value in inputs if value is not None), default=Role.CONSTANT)
    given = catalogue.results(operator)
    if given is Role.RANDOM:
        drawn = operator.plain_type in ("Bernoulli", "Multinomial") and carried >= Role.CUT
        return Role.CUT if drawn else Role.RANDOM
    if given is not None:
        return min(given, carried)
    if carried is Role.DATA and operator.plain_type == "Cast" and is_integer_cast(operator):
        return Role.CUT
    if carried is Role.CUT and starts_features(catalogue.kind(operator), operator):
        return Role.DATA
    return carried


def _agreed(phi: Operator) -> Constant:
    """What all the places agree on that a value may come from."""
    known = [value.constant for value in phi.inputs if value is not None]
    return known[0] if known and all(each == known[0] for each in known) else UNKNOWN
