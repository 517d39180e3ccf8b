"""Generated fix cases: small modules with one fault each, fixed, linted again, and run in torch before and
after.

    python benchmarks/fix_cases.py --cases 500 --seed 0

A case passes if the finding is gone, no other came, and both modules give a tensor of the same shape. It ends
with status 1 if a case fails, and says which.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from orderlint.config import Config
from orderlint.discovery import input_of_file
from orderlint.fixing.passes import fix
from orderlint.fixing.run import Run
from orderlint.linter import make_context

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
SEQUENTIAL = (
    "class Net(nn.Sequential):\n    def __init__(self):\n        super().__init__(\n{items}        )\n"
)
FORWARD = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n{built}\n"
    "    def forward(self, x):\n{used}        return x\n"
)


def listed(*items: str) -> str:
    return SEQUENTIAL.format(items="".join(f"            {item},\n" for item in items))


def applied(*layers: tuple[str, str]) -> str:
    built = "".join(f"        self.{name} = {call}\n" for name, call in layers)
    return FORWARD.format(built=built, used="".join(f"        x = self.{name}(x)\n" for name, _ in layers))


def used(built: str, *lines: str) -> str:
    return FORWARD.format(built=f"        {built}\n", used="".join(f"        {line}\n" for line in lines))


def case(rng: random.Random) -> tuple[str, str, int]:
    """A program, the rule whose fault it has, and how many features its input has."""
    n, p = rng.choice([4, 8, 12, 16]), rng.choice([0.2, 0.3, 0.5, 0.7])
    note = rng.choice(["", "  # note", "  # p"])
    fc = f"self.fc = nn.Linear({n}, {n})"
    act = rng.choice(["nn.ReLU()", "nn.ReLU(inplace=False)"])
    layers = [f"nn.Dropout({p})", f"nn.BatchNorm1d({n})"]
    comma = rng.choice(["p=", ""])
    attend = f"x = F.scaled_dot_product_attention(x[None], x[None], x[None], dropout_p={p})[0]"
    kinds = {
        "OL101": lambda: rng.choice(
            [
                listed(f"nn.Linear({n}, {n}, bias=False)", *layers),
                applied(("fc", f"nn.Linear({n}, {n}, bias=False)"), ("drop", layers[0]), ("norm", layers[1])),
            ]
        ),
        "OL110": lambda: used(fc, f"x = F.dropout(x, {comma}{p}){note}", "x = self.fc(x)"),
        "OL111": lambda: used(fc, f"x = nn.Dropout({comma}{p})(x){note}", "x = self.fc(x)"),
        "OL112": lambda: used(fc, f"{attend}{note}", "x = self.fc(x)"),
        "OL301": lambda: rng.choice(
            [
                listed(f"nn.Linear({n}, {n})", layers[1], act),
                applied(("fc", f"nn.Linear({n}, {n})"), ("norm", layers[1]), ("act", act)),
            ]
        ),
        "OL405": lambda: rng.choice(
            [
                listed(f"nn.Linear({n}, {n})", act, act, f"nn.Linear({n}, 2)"),
                applied(("a", f"nn.Linear({n}, {n})"), ("b", act), ("c", act), ("d", f"nn.Linear({n}, 2)")),
            ]
        ),
        "OL501": lambda: used(
            f"self.layers = [nn.Linear({n}, {n}) for _ in range({rng.randint(1, 3)})]",
            "for layer in self.layers:",
            "    x = torch.tanh(layer(x))",
        ),
    }
    code = rng.choice(sorted(kinds))
    return HEAD + kinds[code](), code, n


def shape_of(source: str, features: int) -> tuple[int, ...]:
    import torch

    names: dict[str, Any] = {"__name__": "case"}
    exec(compile(source, "<case>", "exec"), names)
    torch.manual_seed(0)
    return tuple(names["Net"]()(torch.randn(4, features)).shape)


def failure(source: str, code: str, features: int, folder: Path) -> str | None:
    """What is wrong with a case after its fix; None if nothing is."""
    file = folder / "net.py"
    file.write_text(source)
    config = Config(select=(code,), root=str(folder))
    every = Config(root=str(folder))
    first = fix(Run([input_of_file(str(file))], make_context(every, fixes=True), jobs=1), lambda _: False)
    run = Run([input_of_file(str(file))], make_context(config, fixes=True), jobs=1)
    outcome = fix(run, lambda diagnostic: diagnostic.fix is not None)
    if not outcome.before.diagnostics or outcome.after.diagnostics or not outcome.changed:
        return f"{len(outcome.before.diagnostics)} findings before, {len(outcome.after.diagnostics)} after"
    fixed = next(iter(outcome.changed.values()))[1]
    file.write_bytes(fixed)
    last = fix(Run([input_of_file(str(file))], make_context(every, fixes=True), jobs=1), lambda _: False)
    had, has = (Counter(item.code for item in one.before.diagnostics) for one in (first, last))
    if has - had:
        return f"came: {dict(has - had)}"
    if source.count("#") != fixed.decode().count("#"):
        return "a comment is gone"
    before, after = shape_of(source, features), shape_of(fixed.decode(), features)
    return None if before == after else f"shapes {before} and {after}"


def failures(cases: int, seed: int) -> tuple[list[str], Counter[str]]:
    """What is wrong, a text a failing case; and how many cases there were of each rule."""
    rng, found, rules = random.Random(seed), [], Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(cases):
            source, code, features = case(rng)
            rules[code] += 1
            problem = failure(source, code, features, Path(folder))
            if problem:
                found.append(f"case {number} ({code}): {problem}\n{source}")
    return found, rules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found, rules = failures(arguments.cases, arguments.seed)
    for text in found:
        print(text)
    print(f"{arguments.cases - len(found)} of {arguments.cases} cases pass; {dict(sorted(rules.items()))}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
