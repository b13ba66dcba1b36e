"""Help: what every mark on the screen means, and what GradViz is."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QMessageBox, QTextBrowser, QVBoxLayout, QWidget

from gradviz import __version__
from gradviz.runs.resources import resource


def show_explanation(parent: QWidget) -> QDialog:
    """Open the page that explains every mark on the screen, beside the running window."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("What am I seeing")
    dialog.resize(720, 640)
    text = QTextBrowser()
    text.setMarkdown(resource("help.md").read_text(encoding="utf-8"))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    rows = QVBoxLayout(dialog)
    rows.addWidget(text)
    rows.addWidget(buttons)
    dialog.show()
    return dialog


def show_about(parent: QWidget) -> QMessageBox:
    """Open the box with version and licence."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("About GradViz")
    box.setText(f"<b>GradViz {__version__}</b><br>See gradients vanish.")
    box.setInformativeText("Free software under the GNU General Public License, version 3 or later. It comes without any warranty.")
    box.open()
    return box
