"""The experiment inside a picture: written into PNG, SVG, PDF, GIF and HTML beside what is drawn, and read from a stranger's file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from gradviz.runs.carriers import LARGEST, film, gif, markup, pdf, png
from gradviz.runs.files import FileError, explained
from gradviz.runs.recipe import Recipe, recipe_from_text

#: A picture beyond so many bytes is not read.
LARGEST_PICTURE = 200 * 2**20
#: So many bytes tell what kind of file it is.
_HEAD = 4096
_ASK = "Ask for the file itself, sent as a file and not as a photo, for the saved run (.npz), or for a link to the experiment."
_ALTERED = "This picture was changed after GradViz wrote it; the experiment inside is the one it was made from."


class Inside(NamedTuple):
    """What was found in a picture: the experiment, and whether what is drawn is no longer what was written beside it."""

    recipe: Recipe
    altered: bool

    @property
    def sentence(self) -> str:
        """What to say of the picture; empty where it is as it was written."""
        return _ALTERED if self.altered else ""


class _Kind(NamedTuple):
    """How one kind of file carries a text.

    split() gives the text, if there is one, and the file without it; insert() puts one into a file that has none; drawn() is the SHA-256 in hex of what
    such a file shows.
    """

    split: Callable[[bytes], tuple[bytes | None, bytes]]
    insert: Callable[[bytes, bytes], bytes]
    drawn: Callable[[bytes], str]


class _Wrapped(msgspec.Struct, frozen=True):
    """A recipe with the SHA-256 of what is drawn beside it; a film's recipe has none, and stands alone."""

    picture: str = ""
    recipe: msgspec.Raw = msgspec.Raw()


def with_recipe(content: bytes, ending: str, recipe: Recipe) -> bytes:
    """A picture's bytes with the experiment inside, all else as it was; ending is .png, .svg, .pdf, .gif or .html. Raises FileError for a recipe too long."""
    kind = KINDS[ending.lower()]
    _, rest = kind.split(content)
    wrapped = _Wrapped(kind.drawn(rest), msgspec.Raw(recipe.text.encode("ascii")))
    return kind.insert(rest, msgspec.json.encode(wrapped))


def recipe_in(path: Path) -> Inside:
    """The experiment inside a picture or film, whatever its name ends in; raises FileError with a sentence where there is none or it is damaged."""
    try:
        text, drawn = _found(path)
        if text is None:
            raise _foreign(path)
        wrapped = msgspec.json.decode(text, type=_Wrapped)
    except FileError:
        raise
    except OSError as problem:
        raise explained(problem, path, "read") from problem
    except MemoryError as problem:
        raise FileError(f"Cannot read '{path}': there is not enough memory for it.") from problem
    except Exception as problem:  # a stranger's bytes fail in any of the many ways that pictures and JSON know
        raise FileError(f"'{path}' cannot be read: it is damaged, or cut short. Ask for it again, or for the saved run (.npz).") from problem
    recipe = recipe_from_text(bytes(wrapped.recipe) or text, path)
    return Inside(recipe, bool(wrapped.picture) and wrapped.picture != drawn)


def _found(path: Path) -> tuple[bytes | None, str]:
    """The text inside, and the SHA-256 of what is drawn."""
    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would wait for ever
        raise FileError(f"Cannot read '{path}': it is not an ordinary file.")
    with path.open("rb") as file:
        begins = file.read(_HEAD)
        if film.is_film(begins):
            return film.text_in(path), ""
        size = path.stat().st_size
        if size > LARGEST_PICTURE:
            raise FileError(f"'{path}' is larger than any picture of GradViz: {size:,} bytes, where {LARGEST_PICTURE:,} is the most.")
        content = begins + file.read(size)  # so much memory is taken whatever is there
    ending = _ending(begins)
    if ending is None:
        raise FileError(f"'{path}' is no picture that GradViz writes: those are PNG, SVG, PDF, GIF, HTML, MP4 and WebM. {_ASK}")
    text, rest = KINDS[ending].split(content)
    if text is None or len(text) > LARGEST:
        return None, ""
    try:
        return text, KINDS[ending].drawn(rest)
    except Exception:  # cut short, or edited by something that knows more of its format than we do
        return text, "unknown"


def _foreign(path: Path) -> FileError:
    return FileError(
        f"'{path}' holds no experiment of GradViz: it was not written by it, or another program (a chat, an editor, a screenshot) has taken it out. {_ASK}"
    )


def _ending(begins: bytes) -> str | None:
    """The kind of picture, by how it begins."""
    if begins.startswith(png.SIGNATURE):
        return ".png"
    if begins.startswith((b"GIF87a", b"GIF89a")):
        return ".gif"
    if b"%PDF-" in begins[:1024]:
        return ".pdf"
    start = begins.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return ".html"
    return ".svg" if start.startswith(b"<") and b"svg" in start else None


KINDS: dict[str, _Kind] = {
    ".png": _Kind(png.split, png.insert, png.drawn),
    ".svg": _Kind(markup.split_svg, markup.insert_svg, markup.drawn),
    ".pdf": _Kind(pdf.split, pdf.insert, pdf.drawn),
    ".gif": _Kind(gif.split, gif.insert, gif.drawn),
    ".html": _Kind(markup.split_html, markup.insert_html, markup.drawn),
}
#: What may hold an experiment.
ENDINGS = (*KINDS, ".mp4", ".webm")
