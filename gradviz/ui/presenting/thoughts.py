"""A presenter's notes as they were typed, a thought a line, as Markdown whose paragraphs are those thoughts. No Qt here."""

from __future__ import annotations

import re

#: A line that ends so has ended a thought; one that does not is typed on in the next line.
ENDED = re.compile(r"[.?!:…][”’\"')*_]*$")
#: An entry of a list; what belongs to the lines before it, as a quotation, a table or an indented line does; and what the hall may ask.
ENTRY, BELONGS, ASKED = re.compile(r"\s*([-*+]|\d+[.)])\s"), re.compile(r"[\s>|]"), re.compile(r"^(Typical questions?:)")


def paragraphs(notes: str) -> str:
    """Let every thought begin a paragraph, which a single line break does not in Markdown; what the hall may ask is marked in bold, to be found at a glance."""
    lines: list[str] = []
    for line in notes.strip().splitlines():
        if lines and _parted(lines[-1], line):
            lines.append("")
        lines.append(ASKED.sub(r"**\1**", line))
    return "\n".join(lines)


def _parted(before: str, line: str) -> bool:
    """Whether a thought begins with this line, after one that is not empty."""
    if not before.strip() or not line.strip():
        return False
    if ENTRY.match(line):
        return not (ENTRY.match(before) or BELONGS.match(before))
    return not BELONGS.match(line) and bool(ENDED.search(before.rstrip()) or ASKED.match(line))
