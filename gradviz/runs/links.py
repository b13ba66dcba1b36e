"""An experiment as one line of text that survives a chat: what differs from the defaults, what was changed on the way, and the epoch that is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.interventions import Intervention, in_order
from gradviz.runs.files import FileError
from gradviz.runs.fingerprint import DIGEST
from gradviz.runs.recipe import LONGEST_NAME, Recipe, public, said

SCHEME = "gradviz:"
BEGINNING = "gradviz:run"
LONGEST_LINK = 2000
#: A longer name is left out: the line should be short.
LONGEST_NAME_IN_LINK = 60
#: What a link says besides parameters; `at` may come again and again.
WORDS = ("name", "at", "table", "epoch", "done")
#: A link ends where a chat or a page would have put something around it.
_LINK = re.compile(r"gradviz:[^\s<>\"'`|\\^{}“”‘’«»„‚‹›]*", re.IGNORECASE)
_PUNCTUATION = ".,;:!?)]*"
#: What quote() leaves alone and a chat may not: emphasis.
_EMPHASIS = str.maketrans({"_": "%5F", "~": "%7E"})


# --- writing -------------------------------------------------------------------------------------------------------------------------------


def link_of(recipe: Recipe) -> str:
    """The recipe as one line; raises FileError where it would be too long for one."""
    config = public(recipe.config)
    parts = [f"name={_words(recipe.name)}"] if 0 < len(recipe.name) <= LONGEST_NAME_IN_LINK else []
    for name, parameter in PARAMETERS.items():
        value = parameter.format(getattr(config, name))
        if value != parameter.format(parameter.default):
            parts.append(f"{name}={_value(name, value)}")
    parts += [f"at={change.epoch}:{_place(change.parameter)}={_changed_to(change)}" for change in recipe.interventions]
    if recipe.table:
        parts.append(f"table={recipe.table}")
    if recipe.epoch != config.epochs - 1:
        parts.append(f"epoch={recipe.epoch}")
    if recipe.epochs_done != recipe.epoch + 1:
        parts.append(f"done={recipe.epochs_done}")
    link = "?".join([BEGINNING, "&".join(parts)]) if parts else BEGINNING
    if len(link) > LONGEST_LINK:
        raise FileError(
            f"The link would have {len(link):,} characters, too long for a line ({LONGEST_LINK:,} at most): there are {len(recipe.interventions):,} changes "
            f"and {len(config.inputs):,} samples in it. Save a picture or the run instead; both hold the experiment."
        )
    return link


def _value(name: str, text: str) -> str:
    kind = PARAMETERS[name].kind
    if kind is str and not PARAMETERS[name].choices:
        return _words(text)
    return quote(_shortest(text.replace(" ", "")), safe=",")


def _changed_to(change: Intervention) -> str:
    value = change.value if isinstance(change.value, str) else repr(change.value)
    return quote(_shortest(value), safe="")


def _shortest(number: str) -> str:
    return number.replace("e+", "e").removesuffix(".0")


def _place(parameter: str) -> str:
    return quote(parameter, safe="")


def _words(text: str) -> str:
    """Any text; a full stop at its end would be taken for the sentence's."""
    coded = quote(text, safe="", errors="replace").translate(_EMPHASIS)
    return f"{coded[:-1]}%2E" if coded.endswith(".") else coded


# --- reading -------------------------------------------------------------------------------------------------------------------------------


def holds_link(text: str) -> bool:
    """Whether there is something in the text that begins as a link does."""
    return _LINK.search(text) is not None


def read_link(text: str) -> Recipe:
    """The recipe of the first link in a text, whatever stands around it; raises FileError with a sentence for one that is wrong."""
    link = _found(text)
    try:
        return _recipe(*_parts(link))
    except ConfigError as problem:
        raise FileError(f"The link cannot be opened: {problem}") from problem


def _found(text: str) -> str:
    """The link's part behind gradviz:run, without the question mark."""
    links = [found[0].rstrip(_PUNCTUATION) for found in _LINK.finditer(text[: 10 * LONGEST_LINK])]
    links = [link for link in links if len(link) > len(SCHEME)]
    ours = next((link for link in links if re.fullmatch(rf"{BEGINNING}(\?.*)?", link, re.IGNORECASE)), None)
    if ours is None:
        found = f"'{said(links[0])[:60]}' is no link to an experiment" if links else f"There is no link in '{said(text)[:60]}'"
        raise FileError(f"{found}; one begins with {BEGINNING}?, such as {BEGINNING}?weight_scale=5&epochs=1000&epoch=312.")
    if len(ours) > LONGEST_LINK:
        raise FileError(f"The link has {len(ours):,} characters; it must have {LONGEST_LINK:,} at most.")
    return ours[len(BEGINNING) + 1 :]


def _parts(link: str) -> tuple[dict[str, str], list[Intervention]]:
    """What it says by name, and its changes in their order."""
    values: dict[str, str] = {}
    changes = []
    for part in filter(None, link.replace("&amp;", "&").split("&")):
        name, equals, coded = part.partition("=")
        name, text = _decoded(name), _decoded(coded)
        if not equals:
            raise FileError(f"The link says '{name[:60]}' without a value; it must be a name, = and a value, such as weight_scale=5.")
        if name not in PARAMETERS and name not in WORDS:
            raise FileError(f"The link says '{name[:60]}', which is no parameter; the parameters are {', '.join(PARAMETERS)}; beside them {', '.join(WORDS)}.")
        if name in values:
            raise FileError(f"The link says {name} twice, '{values[name][:60]}' and '{text[:60]}'; only `at` may come more than once.")
        if name == "at":
            changes.append(Intervention.parse(text))
        else:
            values[name] = text
    return values, changes


def _decoded(text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise FileError(f"The link holds '{text[:60]}', which is no text; its bytes behind % must be UTF-8.") from None
    if said(decoded) != decoded.strip():
        raise FileError(f"The link holds '{text[:60]}', with a character that cannot be shown; it must be printable text.")
    return decoded


def _recipe(values: dict[str, str], changes: list[Intervention]) -> Recipe:
    config = public(Config(**{name: PARAMETERS[name].parse(text) for name, text in values.items() if name in PARAMETERS}))
    for change in changes:
        change.check_for(config)
    epoch = _whole(values, "epoch", 0, config.epochs - 1, config.epochs - 1)
    done = _whole(values, "done", epoch + 1, config.epochs, epoch + 1)
    name = _checked(values, "name", lambda text: len(text) <= LONGEST_NAME, f"a text of {LONGEST_NAME:,} characters at most")
    table = _checked(values, "table", lambda text: DIGEST.fullmatch(text) is not None, "a SHA-256 of 64 digits from 0 to f")
    return Recipe(config, tuple(in_order(changes)), epoch, done, name.strip(), table=table, written_by="")


def _whole(values: dict[str, str], name: str, least: int, most: int, default: int) -> int:
    if name not in values:
        return default
    text = values[name]
    number: Any = int(text) if re.fullmatch(r"[0-9]{1,12}", text.strip()) else -1
    if not least <= number <= most:
        raise ConfigError(name, f"{name} is '{text[:60]}'; it must be a whole number from {least:,} to {most:,}.")
    return int(number)


def _checked(values: dict[str, str], name: str, allowed: Callable[[str], bool], must_be: str) -> str:
    text = values.get(name, "")
    if text and not allowed(text):
        raise ConfigError(name, f"{name} is '{text[:60]}'; it must be {must_be}.")
    return text
