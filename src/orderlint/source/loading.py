"""Running the file that is linted: a limit met on the way leaves the classes after it unreached."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from orderlint.source.values import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderlint.source.interpreter import Interpreter
    from orderlint.source.values import PythonModule


def load(it: Interpreter, module: PythonModule) -> str | None:
    """Run a module's statements, as far as the budget goes: why not all have run, or None."""
    try:
        it.importer.ensure(it, module)
    except BudgetExceededError as error:
        reason = f"importing {module.name} takes {error}"
    except RecursionError:
        reason = f"importing {module.name} nests calls too deeply"
    except MemoryError:
        reason = f"importing {module.name} needs more memory than there is"
    else:
        return None
    it.unresolve(reason)
    return reason


def unreached(module: PythonModule) -> Iterator[ast.ClassDef]:
    """The derived classes of a module that no variable holds: they may be models."""
    held = module.scope.variables
    for statement in module.tree.body if module.tree else ():
        if isinstance(statement, ast.ClassDef) and statement.bases and statement.name not in held:
            yield statement
