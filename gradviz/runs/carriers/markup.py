"""SVG and HTML carry it in an element that nobody draws."""

from __future__ import annotations

import hashlib
import html
import re

ELEMENT, NAMESPACE = b"gradviz-recipe", b"urn:gradviz:recipe"

#: Possessive, as all of these: a stranger's file must not make the search go back and forth.
_PREFIX = rb"(?:[\w.-]++:)?"
_TAG = rb'\b(?=[^<>]*\bid="%b")[^<>]*+>' % ELEMENT
_IN_SVG = re.compile(
    rb"<%bmetadata%b\s*+<%bexperiment\b[^<>]*+>([^<]*+)</%bexperiment>\s*+</%bmetadata>(?:\r?\n)?" % (_PREFIX, _TAG, _PREFIX, _PREFIX, _PREFIX)
)
_IN_HTML = re.compile(rb"<script%b([^<]*+)</script>(?:\r?\n)?" % _TAG)
_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_ROOT = re.compile(rb"<%bsvg\b%b>" % (_PREFIX, _ATTRIBUTES))
_HEAD_OF_PAGE = re.compile(rb"<head\b%b>" % _ATTRIBUTES, re.IGNORECASE)


def _split_at(element: re.Pattern[bytes], content: bytes) -> tuple[bytes | None, bytes]:
    found = element.search(content)
    return (found[1], content[: found.start()] + content[found.end() :]) if found else (None, content)


def split_svg(content: bytes) -> tuple[bytes | None, bytes]:
    text, rest = _split_at(_IN_SVG, content)
    return None if text is None else html.unescape(text.decode()).encode(), rest


def insert_svg(content: bytes, text: bytes) -> bytes:
    escaped = html.escape(text.decode("ascii"), quote=False).encode()
    element = b'<metadata id="%b"><gradviz:experiment xmlns:gradviz="%b">%b</gradviz:experiment></metadata>\n' % (ELEMENT, NAMESPACE, escaped)
    return _inserted(_ROOT, content, element)


def split_html(content: bytes) -> tuple[bytes | None, bytes]:
    return _split_at(_IN_HTML, content)


def insert_html(content: bytes, text: bytes) -> bytes:
    """Without any <, which could end the element; JSON has another way to write it."""
    return _inserted(_HEAD_OF_PAGE, content, b'<script type="application/json" id="%b">%b</script>\n' % (ELEMENT, text.replace(b"<", rb"\u003c")))


def _inserted(behind: re.Pattern[bytes], content: bytes, element: bytes) -> bytes:
    found = behind.search(content)
    assert found is not None, "a picture or page of ours has a beginning"
    return content[: found.end()] + element + content[found.end() :]


def drawn(content: bytes) -> str:
    """However its lines end: a mail or a repository changes that."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()
