"""PDF carries it as an attachment."""

from __future__ import annotations

import hashlib
import io
import logging
from typing import Any

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
    for page in _reader(content).pages:
        lines = page.get_contents()
        found.update(b"page\n" + (lines.get_data() if lines is not None else b""))
    return found.hexdigest()


def _reader(content: bytes) -> Any:
    from pypdf import PdfReader  # when it is used: it takes longer than all else here

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it finds wrong with a stranger's file is said in a sentence of ours
    return PdfReader(io.BytesIO(content))
