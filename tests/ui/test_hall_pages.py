"""The pages that are opened while a hall looks: in its letters, wholly on the screen, and at a desk as ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt6.QtCore import QEvent, QPoint, QRect, Qt, QUrl
from PyQt6.QtGui import QFontInfo
from PyQt6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton, QTextBrowser, QWidget

from gradviz.ui.help.about import show_licence
from gradviz.ui.help.balloon import Balloon
from gradviz.ui.projecting import SHAPE
from gradviz.ui.window import Window

Key = Qt.Key
#: What can be read in a screenshot that is 360 pixels high.
LEAST = 10 / 360
OPENERS = {"explanation": "seeing", "key_sheet": "keys", "about": "about", "welcome": "welcome", "describing": "describe"}
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support (raise|propagateSizeHints|grabbing the keyboard)", extend=True)


@pytest.fixture
def in_hall(open_window, press) -> Callable[[], Window]:
    """A window that a hall looks at."""

    def begin() -> Window:
        window = open_window("notebook-1b")
        press(Key.Key_P)
        QApplication.processEvents()
        return window

    return begin


def opened(window: Window, name: str) -> QDialog:
    window.actions_by_name[OPENERS[name]].trigger()
    QApplication.processEvents()
    found = window.findChild(QDialog, name)
    assert found is not None
    return found


def letters(page: QWidget) -> dict[str, int]:
    """The pixels that the letters of each part with words are high."""
    worded = [part for part in page.findChildren(QWidget) if part.isVisible() and isinstance(part, QLabel | QPushButton | QTextBrowser | QPlainTextEdit)]
    return {f"{type(part).__name__} {part.objectName()}": QFontInfo(part.font()).pixelSize() for part in (page, *worded)}


def least(window: Window) -> float:
    size = window.screen().size()
    return LEAST * min(size.height(), SHAPE * size.width()) - 0.5


@pytest.mark.parametrize("name", list(OPENERS))
def test_a_page_has_the_letters_of_the_hall_and_fits_its_screen(in_hall, name: str) -> None:
    window = in_hall()
    page = opened(window, name)
    for part, pixels in letters(page).items():
        assert pixels >= least(window), part
    assert page.width() <= window.width()
    assert page.height() <= window.height()
    page.close()


@pytest.mark.parametrize("name", list(OPENERS))
def test_a_page_has_the_letters_of_the_desk_before_and_after(open_window, name: str) -> None:
    window = open_window("notebook-1b")

    def seen() -> tuple[dict[str, int], QRect]:
        page = opened(window, name)
        found = letters(page), page.rect()
        page.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        return found

    before = seen()
    window.projecting.turn(True)
    assert min(seen()[0].values()) > min(before[0].values())
    window.projecting.turn(False)
    assert seen() == before


def test_a_page_that_was_opened_before_the_hall_looked_grows_with_it(open_window) -> None:
    window = open_window()
    page = opened(window, "explanation")
    before = QFontInfo(page.body.font()).pixelSize()
    window.actions_by_name["projector"].trigger()
    assert QFontInfo(page.body.font()).pixelSize() > before
    page.close()


def test_the_keys_are_as_large_as_plots_letters_and_need_no_scrolling_to_the_side(in_hall) -> None:
    window = in_hall()
    page = opened(window, "key_sheet")
    for size in ((1240, 680), (1880, 1040), (760, 500)):
        page.resize(*size)
        QApplication.processEvents()
        shown = page.body.sheet.shown
        assert QFontInfo(shown.font).pixelSize() >= least(window)
        assert page.body.horizontalScrollBar().maximum() == 0
        assert page.body.verticalScrollBar().maximum() >= shown.high - page.body.viewport().height() - 1
    page.close()


def test_a_text_of_a_licence_is_large_and_of_one_width(in_hall) -> None:
    window = in_hall()
    text = show_licence(window, QUrl("licenses/GPL-3.0.txt"))
    assert QFontInfo(text.body.font()).pixelSize() >= least(window)
    assert QFontInfo(text.body.font()).fixedPitch()
    text.close()


def test_the_balloon_of_what_is_this_holds_all_its_words_on_the_screen(in_hall) -> None:
    window = in_hall()
    window.actions_by_name["whats_this"].trigger()
    asking = window.helping.asking
    balloon: Balloon = asking.balloon
    panel = window.dashboard.panels["gradients"]
    for place in (QPoint(panel.width() // 2, panel.height() // 2), QPoint(panel.width() - 3, panel.height() - 3)):
        asking.explain(panel.viewport(), place)
        QApplication.processEvents()
        assert QFontInfo(balloon.label.font()).pixelSize() >= least(window)
        assert balloon.label.height() >= balloon.label.heightForWidth(balloon.label.width())
        assert window.screen().geometry().contains(balloon.geometry())
    asking.end()
