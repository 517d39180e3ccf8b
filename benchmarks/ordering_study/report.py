"""Write docs/evidence.md and its plots: the text of evidence.md.in with tables made from the result files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from . import closed_form
from .configurations import PARTS
from .plain_net import CONTROLS, ORDERS
from .plot import dot_plot
from .residual_net import PLACES
from .result_files import Row, path_of, read
from .statistics import bootstrap
from .tables import (
    agreement_table,
    by_rate,
    correlation_table,
    markdown,
    orders_table,
    places_table,
    rates,
    shift_table,
)

TEMPLATE = Path(__file__).with_name("evidence.md.in")
CLOSED_FORM = "closed-form"


def write_report(results: Path, docs: Path) -> None:
    """Fill the template's `{{table part rate}}` places and draw a plot for each part that has results."""
    parts = {part: rows for part in PARTS if (rows := read(path_of(part, results)))}
    form = path_of(CLOSED_FORM, results)
    if not form.exists():
        closed_form.run(form)
    (docs / "plots").mkdir(parents=True, exist_ok=True)
    for part, rows in parts.items():
        if rates(rows):
            (docs / "plots" / f"{part}.svg").write_text(plot(part, rows), encoding="utf-8")
    filled = re.sub(r"\{\{(.+?)\}\}", lambda match: fill(match[1], parts, form), TEMPLATE.read_text("utf-8"))
    (docs / "evidence.md").write_text(filled, encoding="utf-8")


def fill(request: str, parts: dict[str, list[Row]], form: Path) -> str:
    """What stands for a place in the template: the name of a table, then its arguments."""
    name, *arguments = request.split()
    return TABLES[name](parts, form, *arguments)


Table = Callable[..., str]


def _orders(parts: dict[str, list[Row]], _: Path, part: str, rate: str) -> str:
    rows = parts.get(part, [])
    return orders_table(rows, rate) if rate in rates(rows) else "(not run)"


def _places(parts: dict[str, list[Row]], _: Path, part: str) -> str:
    return places_table(parts[part]) if rates(parts.get(part, [])) else "(not run)"


def _plain(parts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {part: rows for part, rows in parts.items() if rows[0].configuration.net == "plain"}


def _form(_: dict[str, list[Row]], form: Path) -> str:
    return markdown(
        ("case", "rate", "closed form", "measured", "spread over channels"), closed_form.table(form)
    )


def _run(parts: dict[str, list[Row]], _: Path) -> str:
    """What the result files hold."""
    body = []
    for part, rows in parts.items():
        seeds = len({row.outcome.seed for row in rows})
        configurations = len({row.configuration for row in rows})
        epochs = sorted({row.epochs for row in rows})
        minutes = sum(row.outcome.cpu_seconds for row in rows) / 60
        trained = [str(len(rows)), f"{minutes:.1f}"]
        body.append([part, str(configurations), str(seeds), "/".join(map(str, epochs)), *trained])
    return markdown(("part", "configurations", "seeds", "epochs", "networks trained", "CPU minutes"), body)


TABLES: dict[str, Table] = {
    "orders": _orders,
    "places": _places,
    "correlation": lambda parts, _: correlation_table(_plain(parts)),
    "agreement": lambda parts, _: agreement_table(_plain(parts)),
    "shift": lambda parts, _: shift_table(_plain(parts)),
    "closed-form": _form,
    "run": _run,
}


def plot(part: str, rows: list[Row]) -> str:
    """The part's test losses, one panel a rate; arrangements by their mean over all rates, best first."""
    losses = by_rate(rows, "test_loss")
    always = losses.get("0", {})
    panels = {
        f"p = {rate}": {name: bootstrap(values) for name, values in (losses[rate] | always).items()}
        for rate in rates(rows)
    }
    known = PLACES if rows[0].configuration.net != "plain" else (*ORDERS, *CONTROLS)
    names = [name for name in known if all(name in panel for panel in panels.values())]
    names.sort(key=lambda name: sum(panel[name].mean for panel in panels.values()))
    label = "test loss: mean over seeds, 95 % bootstrap interval; grey: controls"
    return dot_plot(PARTS[part].title, label, panels, names, {*CONTROLS, PLACES[0]})
