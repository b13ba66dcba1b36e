"""What a lesson's file may say: its tables, their fields and their types, read from the very structs that the file becomes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec import inspect as types

from gradviz.lessons.claims import AnyClaim, Bounded, Claim
from gradviz.lessons.lesson import Lesson, Question, Step, Turn

#: The tables of a lesson's file, the outermost first.
TABLES: tuple[type[msgspec.Struct], ...] = (Lesson, Step, Question, Turn)


def _members(union: Any) -> tuple[type[Claim], ...]:
    return tuple(member for kind in get_args(union) for member in (_members(kind) if isinstance(kind, UnionType) else (kind,)))


#: Every claim by the name that a file calls it.
CLAIMS: Mapping[str, type[Claim]] = {str(kind.__struct_config__.tag): kind for kind in _members(AnyClaim)}


class Field(NamedTuple):
    """One field of a table: its name, what it may be in words, and what it is where a file does not say; None where it must."""

    name: str
    kind: str
    default: str | None


@cache
def fields(table: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of a table, in its order; of a claim without its name."""
    found = types.type_info(table)
    assert isinstance(found, types.StructType)
    return tuple(Field(field.encode_name, in_words(field.type), None if field.required else _default(field)) for field in found.fields)


def meaning(table: type[msgspec.Struct]) -> str:
    """What a table or a claim means: its docstring, and of a claim about a number that of its bounds, as one text."""
    parts = [inspect.getdoc(table) or ""]
    if issubclass(table, Bounded):
        parts.append(inspect.getdoc(Bounded) or "")
    return "\n\n".join(parts)


def called(table: type[msgspec.Struct]) -> str:
    """A table as a sentence names it: a step; the claim 'number'."""
    return f"the claim '{table.__struct_config__.tag}'" if issubclass(table, Claim) else f"a {table.__name__.lower()}"


def nearest(name: str, known: Sequence[str]) -> str:
    """A question for the name that was likely meant, with a space before it; empty where none is near."""
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""


# --- types in words ------------------------------------------------------------------------------------------------------------------------

PLAIN: Mapping[type[types.Type], str] = {
    types.StrType: "a text",
    types.IntType: "a whole number",
    types.FloatType: "a number",
    types.BoolType: "true or false",
    types.DictType: "a table of names and values",
    types.AnyType: "a value",
}


def in_words(kind: types.Type) -> str:
    """A type as a person reads it."""
    if isinstance(kind, types.UnionType):
        others = [one for one in kind.types if not isinstance(one, types.NoneType)]
        return "a claim" if len(others) > 1 else in_words(others[0])
    if isinstance(kind, types.LiteralType):
        return "one of " + ", ".join(f'"{value}"' for value in kind.values)
    if isinstance(kind, types.StructType):
        return f"a table, {called(kind.cls)}"
    if isinstance(kind, types.VarTupleType):
        return f"a list, each {in_words(kind.item_type).removeprefix('a table, ')}"
    if isinstance(kind, types.TupleType):
        return f"a list of {len(kind.item_types)}, each {in_words(kind.item_types[0])}"
    return PLAIN[type(kind)]


def _default(field: types.Field) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None or value in ("", (), {}):
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(list(value) if isinstance(value, tuple) else value)


# --- which table a place is in -------------------------------------------------------------------------------------------------------------


def table_at(path: Sequence[str | int], values: Any) -> type[msgspec.Struct] | None:
    """The kind of the table at this place of a file with these values; None where there is none, or no telling which."""
    kind: types.Type | None = types.type_info(Lesson)
    for part in path:
        kind = _part(_only(kind, values), part)
        values = _value(values, part)
    kind = _only(kind, values)
    return kind.cls if isinstance(kind, types.StructType) else None


def _part(kind: types.Type | None, part: str | int) -> types.Type | None:
    if isinstance(kind, types.StructType):
        return next((field.type for field in kind.fields if field.encode_name == part), None)
    return kind.item_type if isinstance(kind, types.VarTupleType) else None


def _only(kind: types.Type | None, values: Any) -> types.Type | None:
    """Of a choice the one that is meant; of claims the one that the table names."""
    if not isinstance(kind, types.UnionType):
        return kind
    others = [one for one in kind.types if not isinstance(one, types.NoneType)]
    if len(others) == 1:
        return others[0]
    name = _value(values, "claim")
    return next((one for one in others if isinstance(one, types.StructType) and one.tag == name), None)


def _value(values: Any, part: str | int) -> Any:
    try:
        return values[part]
    except (LookupError, TypeError):
        return None
