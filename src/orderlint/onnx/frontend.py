"""Entry point of the ONNX front end: a file to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderlint.collector import collector_paused
from orderlint.errors import InputError
from orderlint.graph.model import Model, Unresolved
from orderlint.onnx.attributes import text
from orderlint.onnx.catalogue import load
from orderlint.onnx.exports import exporter_of, facts_of, lost_in
from orderlint.onnx.flatten import StructureError, flatten, shown
from orderlint.onnx.lowering import lower
from orderlint.onnx.program import PLAIN
from orderlint.onnx.reader import find_damage, read_model
from orderlint.onnx.roles import assign_roles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onnx import ModelProto
    from orderlint.onnx.catalogue import Catalogue
    from orderlint.onnx.lowering import Lowering


def model_of_onnx(path: str, data: bytes | None = None, layers: Mapping[str, str] | None = None) -> Model:
    """The model in an ONNX file, or in `data` (`path` then only names it); weights are never read.

    `layers`: kinds of the user's own operators, by `Operator` or `domain.Operator`. The model's notes tell
    `exporter`, `producer` and `opset`; its facts what the export has lost (see `orderlint.onnx.exports`).

    Raises:
        InputError: it cannot be read, is no model, or its graph could not run; one line that says where.
    """
    proto = read_model(path, data)
    with collector_paused():
        return _model(path, data, proto, load(layers))


def _model(path: str, data: bytes | None, proto: ModelProto, catalogue: Catalogue) -> Model:
    try:
        program = flatten(proto)
    except StructureError as error:
        problem = InputError(path, f"not a valid ONNX graph: {error}")
        raise find_damage(path, data) or problem from None
    assign_roles(program, catalogue)
    state = lower(program, catalogue)
    reasons = [
        *(f"the call {shown(name)} is not inlined: too many calls" for name in program.opaque_calls),
        *state.gaps,
    ]
    return Model(
        entry=path,
        path=path,
        line=1,
        graph=state.graph,
        status="partial" if reasons else "complete",
        unresolved=[Unresolved(reason) for reason in reasons],
        facts=facts_of(path, proto, state),
        frontend="onnx",
        notes=_notes(proto, state),
    )


def _notes(proto: ModelProto, state: Lowering) -> dict[str, object]:
    versions = [each.version for each in proto.opset_import if text(each.domain) in PLAIN]
    return {
        "exporter": exporter_of(proto, state),
        "frozen_norms_folded": lost_in(proto, state).frozen,
        "producer": f"{text(proto.producer_name)} {text(proto.producer_version)}".strip(),
        "opset": versions[0] if versions else 1,
        "ir_version": proto.ir_version,
    }
