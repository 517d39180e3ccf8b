"""Where an operator comes from: the module path, class and source lines that exporters leave in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from orderlint.graph.model import Place
from orderlint.onnx.attributes import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from onnx import StringStringEntryProto

SCOPES = "pkg.torch.onnx.name_scopes"
CLASSES = "pkg.torch.onnx.class_hierarchy"
STACK = "pkg.torch.onnx.stack_trace"
REWRITES = "pkg.onnxscript.rewriter.rule_name"
INPUT_KIND = "pkg.torch.export.graph_signature.InputSpec.kind"
DOCUMENTATION = "doc_string"

QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
FRAME = re.compile(r'File "([^"\n]+)", line (\d{1,9})')
LEGACY_FRAME = re.compile(
    r"^(?:.*# )?([^\s:#()][^\n:#()]*\.py)(?:\((\d{1,9})\): |:(\d{1,9}):\d+)", re.MULTILINE
)
"""Frames that the TorchScript exporter writes if asked to: `net.py(12): forward` or `# net.py:12:0`."""

IN_TORCH = re.compile(
    r"(?:site|dist)-packages[/\\]torch[/\\]|[/\\]torch[/\\](?:nn|_\w+|onnx|jit|utils|fx)[/\\]"
)

TORCH_LAYERS = "torch.nn.modules."

MOST_FRAMES = 4
"""Source lines kept of one operator, from the innermost outwards."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where an operator comes from.

    `module`: dotted path of the module, None where the file does not say; `classes`: those of the modules
    around, outermost first; `call`: what was called there (`aten.relu.default`); `frames`: lines of user
    code, innermost first; `rewrites`: rules of the exporter's optimiser that made the operator; `site`: the
    innermost class that is not PyTorch's own and the path from it, the same for every instance of the class.
    """

    module: str | None = None
    classes: tuple[str, ...] = ()
    call: str = ""
    frames: tuple[Place, ...] = ()
    rewrites: str = ""
    site: str = ""

    @property
    def module_class(self) -> str:
        return self.classes[-1] if self.classes else ""

    @property
    def is_module(self) -> bool:
        """Whether the operator is what a layer of PyTorch does, not a call in a module of the user's."""
        return self.module_class.startswith(TORCH_LAYERS) and ".container." not in self.module_class


UNKNOWN_ORIGIN = Origin()


def metadata_of(entries: Iterable[StringStringEntryProto], documentation: object = "") -> Mapping[str, str]:
    """The metadata of a node or input by key, and its documentation string where there is none."""
    found = {text(entry.key): text(entry.value) for entry in entries}
    if not found and documentation:
        found[DOCUMENTATION] = text(documentation)
    return found


def origin_of(metadata: Mapping[str, str]) -> Origin:
    """What the metadata of a node say."""
    if not metadata:
        return UNKNOWN_ORIGIN
    scopes, classes = quoted(metadata.get(SCOPES, "")), quoted(metadata.get(CLASSES, ""))
    stack = metadata.get(STACK, "")
    frames = user_frames(stack) if stack else legacy_frames(metadata.get(DOCUMENTATION, ""))
    return Origin(
        scopes[-2] if len(scopes) > 1 else None,
        classes[:-1],
        classes[-1] if classes else "",
        frames,
        metadata.get(REWRITES, ""),
        _site(scopes, classes),
    )


def _site(scopes: tuple[str, ...], classes: tuple[str, ...]) -> str:
    modules = list(zip(scopes[:-1], classes[:-1], strict=False))
    own = [(scope, name) for scope, name in modules if not name.startswith(TORCH_LAYERS)]
    if not own:
        return ""
    scope, name = own[-1]
    return f"{name}:{modules[-1][0].removeprefix(scope).lstrip('.')}"


@lru_cache(maxsize=1024)
def quoted(listing: str) -> tuple[str, ...]:
    """The strings of a Python list as it is printed."""
    return tuple(match[1] or match[2] or "" for match in QUOTED.finditer(listing))


@lru_cache(maxsize=1024)
def user_frames(stack: str) -> tuple[Place, ...]:
    """The lines of a stack trace that are not PyTorch's own, innermost first."""
    places = [Place(path, int(line)) for path, line in FRAME.findall(stack) if not IN_TORCH.search(path)]
    return tuple(reversed(places))[:MOST_FRAMES]


@lru_cache(maxsize=1024)
def legacy_frames(documentation: str) -> tuple[Place, ...]:
    """The same of the documentation string that the TorchScript exporter writes, innermost first."""
    found = (
        (path.strip(), int(first or second)) for path, first, second in LEGACY_FRAME.findall(documentation)
    )
    return tuple(Place(path, line) for path, line in found if not IN_TORCH.search(path))[:MOST_FRAMES]
