"""PDF carries it as an attachment."""

from __future__ import annotations

import hashlib
import io
import logging
from typing import Any

#: Beyond these a PDF is none of ours, and unpacking it would take a stranger's time: pages, their packed bytes, and the bytes of one page unpacked.
MOST_PAGES, LARGEST_PDF, LARGEST_PAGE = 200, 50 * 2**20, 20 * 2**20
ATTACHMENT = "experiment.json"
WHAT_IT_IS = "The experiment that GradViz made this of"


def split(content: bytes) -> tuple[bytes | None, bytes]:
    found = _reader(content).attachments.get(ATTACHMENT, [])
    return (bytes(found[-1]) if found else None), content


def insert(content: bytes, text: bytes) -> bytes:
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, TextStringObject

    reader = _reader(content)
    writer = PdfWriter(clone_from=reader)
    writer.pdf_header = reader.pdf_header
    attached = writer.add_attachment(ATTACHMENT, text)
    attached.subtype = NameObject("/application/json")
    attached.description = TextStringObject(WHAT_IT_IS)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def drawn(content: bytes) -> str:
    """What every page draws, unpacked."""
    found = hashlib.sha256()
    pages = _reader(content).pages
    if len(pages) > MOST_PAGES or len(content) > LARGEST_PDF:
        return "more than GradViz draws"
    for page in pages:
        lines = page.get_contents()
        data = lines.get_data() if lines is not None else b""
        if len(data) > LARGEST_PAGE:
            return "more than GradViz draws"
        found.update(b"page\n" + data)
    return found.hexdigest()


def _reader(content: bytes) -> Any:
    from pypdf import PdfReader  # when it is used: it takes longer than all else here

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it finds wrong with a stranger's file is said in a sentence of ours
    return PdfReader(io.BytesIO(content))
