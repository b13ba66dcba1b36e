"""PNG carries it in a chunk of text, https://www.w3.org/TR/png-3/#11iTXt."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator

from gradviz.runs.carriers import LARGEST

KEYWORD = b"gradviz"
#: From so many bytes on the text is packed.
_PACKED_FROM = 4096
SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Those that say what is drawn.
_DRAWN_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each chunk, and where it begins and ends, its length and its check sum included."""
    begins = len(SIGNATURE)
    while begins + 12 <= len(content):
        length = int.from_bytes(content[begins : begins + 4])
        yield content[begins + 4 : begins + 8], begins, min(begins + 12 + length, len(content))
        begins += 12 + length


def split(content: bytes) -> tuple[bytes | None, bytes]:
    text, rest, copied = None, [], 0
    for kind, begins, ends in _chunks(content):
        if kind in _TEXTS and content.startswith(KEYWORD + b"\0", begins + 8):
            text = text or _TEXTS[kind](content[begins + 8 + len(KEYWORD) + 1 : ends - 4])
            rest.append(content[copied:begins])
            copied = ends
    return text, b"".join([*rest, content[copied:]])


def insert(content: bytes, text: bytes) -> bytes:
    packed = len(text) > _PACKED_FROM
    body = b"iTXt" + KEYWORD + b"\0" + bytes([packed, 0]) + b"\0\0" + (zlib.compress(text) if packed else text)
    place = next(begins for kind, begins, _ in _chunks(content) if kind == b"IDAT")
    return content[:place] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + content[place:]


def drawn(content: bytes) -> str:
    found = hashlib.sha256()
    for kind, begins, ends in _chunks(content):
        if kind in _DRAWN_CHUNKS:
            found.update(memoryview(content)[begins + 8 : ends - 4])
    return found.hexdigest()


def _unpacked(packed: bytes) -> bytes:
    """At most so much as a recipe may have, however much a stranger has packed."""
    return zlib.decompressobj().decompress(packed, LARGEST + 1)


def _international(body: bytes) -> bytes:
    """The text of an iTXt chunk: behind two flags, a language and a translated keyword."""
    text = body[2:].split(b"\0", 2)[2]
    return _unpacked(text) if body[0] else text


#: Another program may have written ours as a text chunk of another kind.
_TEXTS: dict[bytes, Callable[[bytes], bytes]] = {b"iTXt": _international, b"zTXt": lambda body: _unpacked(body[1:]), b"tEXt": bytes}
