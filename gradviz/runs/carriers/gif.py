"""GIF carries it in a comment, https://www.w3.org/Graphics/GIF/spec-gif89a.txt section 24."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from gradviz.runs.carriers import LARGEST, MARK

_APPLICATION, _COMMENT = b"\x21\xff", b"\x21\xfe"


def _end_of_colours(content: bytes, flags: int) -> int:
    """Where a table of colours ends that begins behind the byte of flags and what belongs to it."""
    return 3 * 2 ** ((content[flags] & 7) + 1) if content[flags] & 0x80 else 0


def _blocks(content: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """How each block begins (two bytes), where, where its pieces begin, and where it ends."""
    begins = 13 + _end_of_colours(content, 10)
    while begins < len(content) and content[begins] != 0x3B:
        picture = content[begins] == 0x2C
        pieces = begins + (11 + _end_of_colours(content, begins + 9) if picture else 2)
        ends = pieces
        while content[ends]:
            ends += content[ends] + 1
        yield content[begins : begins + 2], begins, pieces, ends + 1
        begins = ends + 1


def split(content: bytes) -> tuple[bytes | None, bytes]:
    for kind, begins, pieces, ends in _blocks(content):
        if kind == _COMMENT and ends - begins < 2 * LARGEST:
            text = _joined(content[pieces:ends])
            if text.startswith(b"{") and MARK in text:
                return text, content[:begins] + content[ends:]
    return None, content


def _joined(pieces: bytes) -> bytes:
    parts, place = [], 0
    while pieces[place]:
        parts.append(pieces[place + 1 : place + 1 + pieces[place]])
        place += pieces[place] + 1
    return b"".join(parts)


def insert(content: bytes, text: bytes) -> bytes:
    """Behind what says how often it repeats, which readers look for first; the older GIF87a knows no comments."""
    place = next((begins for kind, begins, _, _ in _blocks(content) if kind != _APPLICATION), 13 + _end_of_colours(content, 10))
    pieces = (text[first : first + 255] for first in range(0, len(text), 255))
    comment = _COMMENT + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
    return b"GIF89a" + content[6:place] + comment + content[place:]


def drawn(content: bytes) -> str:
    return hashlib.sha256(memoryview(content)[6:]).hexdigest()
