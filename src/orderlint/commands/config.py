"""`orderlint config`: what is in force, and where each value came from."""

from __future__ import annotations

import json
from typing import Any

import click

from orderlint.commands.options import config_options, read_config
from orderlint.config import explain_config
from orderlint.config_keys import config_schema
from orderlint.report.result import shown_path


@click.command("config")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--schema", is_flag=True, help="Print the JSON schema of the configuration instead.")
@config_options
def command(style: str, schema: bool, **options: Any) -> None:
    """Show the configuration in force and where each value came from."""
    if schema:
        click.echo(json.dumps(config_schema(), indent=2))
        return
    rows = explain_config(read_config(**options))
    if style == "json":
        values = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
        return
    width = max(len(key) for key, _, _ in rows)
    for key, value, origin in rows:
        named = origin in ("default", "command line")
        click.echo(f"{key:<{width}} = {_toml(value)}  # {origin if named else shown_path(origin)}")


def _toml(value: object) -> str:
    """A value as TOML spells it; one that is not set is an empty string."""
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case tuple() | list():
            return f"[{', '.join(_toml(item) for item in value)}]"
        case dict():
            return (
                "{"
                + ", ".join(f"{json.dumps(str(name))} = {_toml(item)}" for name, item in value.items())
                + "}"
            )
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
