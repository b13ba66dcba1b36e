"""What every mark on the screen means, on one page, with all keys at its end."""

from __future__ import annotations

from PyQt6.QtCore import QSize
from PyQt6.QtWidgets import QTextBrowser, QWidget

from gradviz.runs.resources import resource
from gradviz.ui.help.keys import groups
from gradviz.ui.help.page import Page, text_page

SIZE = QSize(900, 780)
#: Where the page's text has the table of keys.
KEYS = "{keys}"


def show_explanation(parent: QWidget) -> Page[QTextBrowser]:
    """Open the page that explains every mark on the screen, beside the running window."""
    page = text_page(parent, "explanation", "What am I seeing")
    page.body.setMarkdown(explanation())
    page.close_with("F1")
    page.open_beside(SIZE)
    return page


def explanation() -> str:
    """The page as Markdown; its table of keys is made from those that there are."""
    return resource("help.md").read_text(encoding="utf-8").replace(KEYS, _keys())


def _keys() -> str:
    rows = [f"| **{group.title}** | |\n" + "".join(f"| {key.keys} | {key.does} |\n" for key in group.keys) for group in groups()]
    return "| key | what it does |\n|---|---|\n" + "".join(rows)
