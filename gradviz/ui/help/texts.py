"""What help says of each mark: data in the resources, looked up by the panel, the plot and the mark."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from gradviz.runs.resources import resource

#: The section of marks that mean the same on every plot.
EVERYWHERE = "plots"


class Text(NamedTuple):
    """What is said of a mark: what it is called, and some sentences on it."""

    title: str
    words: str


@cache
def sections() -> Mapping[str, Mapping[str, Text]]:
    """Texts by section and mark; of a panel with two plots each may have a section of its own, such as `why.sums`."""
    tables = tomllib.loads(resource("marks.toml").read_text(encoding="utf-8"))
    return {name: {mark: _text(said) for mark, said in table.items()} for name, table in tables.items()}


def _text(said: str) -> Text:
    """The title is what stands before the first full stop and a space."""
    title, _, words = said.partition(". ")
    return Text(title if words else said.rstrip("."), words)


def text_of(mark: str, *places: str) -> Text | None:
    """What the first of these sections that knows the mark says of it."""
    return next((sections()[place][mark] for place in places if mark in sections().get(place, {})), None)
