"""Options that several commands take, and how they become a configuration."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, Any, TypeVar

import click

from orderlint.config import Config, load_config
from orderlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Command = TypeVar("Command", bound=Callable[..., Any])


def following_options(command: Command) -> Command:
    """Options on how models are followed."""
    folder = click.Path(exists=True, file_okay=False)
    options = (
        _option(
            "--search-path",
            "Look imports up in this folder first.",
            metavar="DIR",
            type=folder,
            multiple=True,
        ),
        _option(
            "--assume",
            "Fix a constructor parameter, by name or Class.name.",
            metavar="NAME=VALUE",
            multiple=True,
            callback=_assumptions,
        ),
        _option(
            "--all-configs",
            "Treat every flag and choice with a default as unknown, not rates alone.",
            is_flag=True,
        ),
    )
    return _decorated(command, options)


def config_options(command: Command) -> Command:
    """Options on which configuration is read."""
    file = click.Path(exists=True, dir_okay=False)
    options = (
        _option(
            "--config",
            "Read this configuration, not the nearest one.",
            "config_file",
            metavar="FILE",
            type=file,
        ),
        _option("--isolated", "Read no configuration.", is_flag=True),
    )
    return _decorated(command, options)


def _option(name: str, text: str, *parameter: str, **settings: Any) -> Callable[[Any], Any]:
    return click.option(name, *parameter, help=text, **settings)


def _decorated(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def read_config(config_file: str | None, isolated: bool, **options: Any) -> Config:
    """The configuration in force, with the options of the command line over it.

    Raises:
        UsageError: the configuration is wrong.
    """
    config = Config() if isolated else load_config(config_file)
    for folder in config.search_path:
        if not os.path.isdir(folder):
            raise UsageError(f"{config.origins['search_path']}: search-path: {folder}: no such folder")
    return config.with_options(options)


def _assumptions(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, object]:
    """`drop_rate=0.2` as a name and a Python literal; what is no literal is a string."""
    assumed: dict[str, object] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or not name.strip():
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE")
        assumed[name.strip()] = _literal(text.strip())
    return assumed


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def selectors(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """`OL101,OL102` and repeated options as one tuple."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
