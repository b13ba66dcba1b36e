"""What GradViz is: versions, licences, and how to cite it, all of which can be copied into a bug report."""

from __future__ import annotations

import html
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from PyQt6.QtCore import PYQT_VERSION_STR, QSize, QSysInfo, QUrl, qVersion
from PyQt6.QtGui import QFont, QGuiApplication
from PyQt6.QtWidgets import QTextBrowser, QWidget

from gradviz import __version__
from gradviz.runs.resources import resource
from gradviz.ui.help.citation import citation
from gradviz.ui.help.page import Page, text_page

SIZE, LICENCE_SIZE = QSize(760, 680), QSize(720, 640)
#: The packages whose version matters where numbers or pictures are wrong.
PACKAGES = ("pyqtgraph", "numpy", "numba", "msgspec", "pillow")
#: Licences that come with GradViz: what they are of, their name, and their text among the resources.
LICENCES = (
    ("GradViz", "GNU General Public License, version 3 or later (GPL-3.0-or-later)", "licenses/GPL-3.0.txt"),
    ("The font DejaVu Sans", "Bitstream Vera and Arev licences", "fonts/LICENSE.txt"),
    (
        "The handwritten digits (E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository)",
        "Creative Commons Attribution 4.0 (CC BY 4.0)",
        "licenses/CC-BY-4.0.txt",
    ),
)
DIGITS = ("Where the digits are from, and what was changed", "digits.txt")


def versions() -> list[tuple[str, str]]:
    """What runs here, by name and version, GradViz first."""
    own = [("GradViz", __version__), ("Python", f"{platform.python_version()} ({platform.python_implementation()})")]
    qt = [("Qt", qVersion() or "unknown"), ("PyQt", PYQT_VERSION_STR)]
    screen = [("Screen", f"{QGuiApplication.platformName()}, {_screens()}")]
    system = [("System", f"{QSysInfo.prettyProductName()}, {platform.system()} {platform.release()}, {platform.machine()}")]
    return [*own, *qt, *((name, _version(name)) for name in PACKAGES), *system, *screen]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _screens() -> str:
    sizes = (f"{screen.geometry().width()} × {screen.geometry().height()} at {screen.devicePixelRatio():g}" for screen in QGuiApplication.screens())
    return ", ".join(sizes)


def as_text() -> str:
    """All of it as plain text."""
    cited = citation()
    lines = [*(f"{name}: {number}" for name, number in versions()), "", *(f"{what}: {licence}" for what, licence, _ in LICENCES)]
    return "\n".join([*lines, "", "How to cite:", cited.text, "", cited.bibtex, ""])


def as_html() -> str:
    """The page."""
    cited = citation()
    licences = "".join(f'<li>{html.escape(what)}: <a href="{path}">{html.escape(licence)}</a></li>' for what, licence, path in (*LICENCES, ("", *DIGITS)))
    return (
        f"<h1>GradViz {__version__}</h1><p>{html.escape(cited.abstract)}</p>"
        "<p>Free software. It comes without any warranty; you may pass it on and change it under the terms of its licence.</p>"
        f"<h2>Licences</h2><ul>{licences.replace('<li>: ', '<li>')}</ul>"
        f"<h2>How to cite</h2><p>{html.escape(cited.text)}</p><pre style='white-space: pre-wrap'>{html.escape(cited.bibtex)}</pre>"
        f"<h2>Versions</h2>{_table(versions())}"
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f'<tr><td style="padding-right: 16px">{html.escape(name)}</td><td>{html.escape(number)}</td></tr>' for name, number in rows)
    return f"<table>{cells}</table>"


def show_about(parent: QWidget) -> Page[QTextBrowser]:
    """Open the page with versions, licences and how to cite, beside the running window."""
    page = text_page(parent, "about", "About GradViz")
    page.body.setHtml(as_html())
    page.body.anchorClicked.connect(lambda address: show_licence(page, address))
    page.add_button("Copy all", "Copy versions, licences and the citation as plain text, for a bug report", lambda: _copy(as_text()))
    page.add_button("Copy BibTeX", "Copy the citation for a BibTeX file", lambda: _copy(citation().bibtex))
    page.add_button("Licence…", "Read the GNU General Public License", lambda: show_licence(page, QUrl(LICENCES[0][2])))
    page.open_beside(SIZE)
    return page


def show_licence(parent: QWidget, address: QUrl) -> Page[QTextBrowser]:
    """Open the text of a licence, which is among the resources."""
    path = resource(address.path())
    page = text_page(parent, "licence", path.stem)
    letters = QFont("DejaVu Sans Mono")
    letters.setStyleHint(QFont.StyleHint.Monospace)
    page.body.setFont(letters)
    page.body.setPlainText(path.read_text(encoding="utf-8"))
    page.open_beside(LICENCE_SIZE)
    return page


def _copy(text: str) -> None:
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
