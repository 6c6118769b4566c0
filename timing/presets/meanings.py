"""What the fields and words of the regulations mean: the texts that stand below them in the source.

Python keeps the docstrings of functions and types but not of fields and members of enumerations, so
they are read from the source of the module.
"""

import ast
import inspect
from collections.abc import Mapping
from enum import EnumType
from functools import cache
from types import ModuleType
from typing import get_args, get_type_hints

from timing.core import preset


def field_meanings() -> Mapping[str, str]:
    """Return the meaning of each field of `Preset`."""
    return _attributes(preset)["Preset"]


def words() -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return, by name of the enumeration, what it says and each of its words with its meaning."""
    texts = _attributes(preset)
    kinds = {
        name: kind for name, kind in vars(preset).items() if isinstance(kind, EnumType) and name in texts
    }
    return {
        name: (inspect.getdoc(kind) or "", {kind[key].value: text for key, text in texts[name].items()})
        for name, kind in kinds.items()
    }


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields of `Preset` that hold words of an enumeration, given by name."""
    wanted = getattr(preset, kind)
    hints = get_type_hints(preset.Preset)
    return tuple(name for name, hint in hints.items() if hint is wanted or wanted in get_args(hint))


@cache
def _attributes(module: ModuleType) -> dict[str, dict[str, str]]:
    """By class: the text that follows each attribute of its body."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            texts = found.setdefault(node.name, {})
            for statement, after in zip(node.body, node.body[1:], strict=False):
                name, text = _name(statement), _text(after)
                if name and text:
                    texts[name] = text
    return found


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""


def _text(statement: ast.stmt) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
        case _:
            return ""
