"""The dialogs for pictures and numbers: what is entered, what cannot be, the preview, and what is ordered in the end."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QImage
from PyQt6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog, QFileDialog, QLabel, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from still_studio import StillStudio

from gradviz import Config, record
from gradviz.runs.files import FileError
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.table_files import write_table
from gradviz.ui.dialogs import file_kinds
from gradviz.ui.dialogs.film import FilmDialog
from gradviz.ui.dialogs.number_box import NumberBox
from gradviz.ui.dialogs.numbers import NumbersDialog, kinds
from gradviz.ui.dialogs.picture import PictureDialog, height_for
from gradviz.ui.dialogs.picture_form import PictureForm, in_words
from gradviz.ui.dialogs.preview import DRAWING, GREYS, SQUARE, PreviewPane
from gradviz.ui.dialogs.report import ReportDialog
from gradviz.ui.pictures.options import PRESETS, Options
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.studio.orders import NumbersOrder, PictureOrder
from gradviz.ui.theme import DARK, LIGHT
from gradviz.ui.window import Window

PATIENCE = 60_000
#: A small picture is drawn soon.
SMALL = Options(600, 400)

Opener = Callable[..., Any]


@pytest.fixture
def window(open_window, wait_for) -> Window:
    """Case 1(b) after 30 epochs."""
    opened = open_window(record(Config(weight_scale=5.0, epochs=30)))
    wait_for(lambda: set(opened.dashboard.shown) == opened.dashboard.visible)
    return opened


@pytest.fixture
def studio(window: Window, tmp_path: Path) -> StillStudio:
    """In place of the window's own: what is ordered can be looked at, and no process begins."""
    still = StillStudio(window.saving.sight, tmp_path)
    window.saving._studio = still  # type: ignore[assignment]
    return still


@pytest.fixture
def open_dialog(window: Window, qtbot: QtBot) -> Opener:
    """Opens a dialog as the window's actions do; closing the window closes it."""

    def open_one(kind: type[QDialog] = PictureDialog, *name: str) -> Any:
        asks = {
            PictureDialog: window.saving.ask_for_picture,
            NumbersDialog: window.saving.ask_for_numbers,
            FilmDialog: window.saving.ask_for_film,
            ReportDialog: window.saving.ask_for_report,
        }
        asks[kind](*(name or ("dashboard",) * (kind in (PictureDialog, NumbersDialog))))
        dialog = next(found for found in window.findChildren(kind) if found.isVisible())
        qtbot.waitExposed(dialog)
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow, timeout=PATIENCE)
        return dialog

    return open_one


@pytest.fixture
def choose_file(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[Any, ...]]]:
    """Answers the system's dialog for files, and the question whether one may be replaced; returns what was asked."""

    def answer(name: str | Path, kind: str = "", *, replace: bool = True) -> list[tuple[Any, ...]]:
        asked: list[tuple[Any, ...]] = []

        def question(*words: Any) -> QMessageBox.StandardButton:
            asked.append(words)
            return QMessageBox.StandardButton.Yes if replace else QMessageBox.StandardButton.No

        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(name), kind))
        monkeypatch.setattr(QMessageBox, "question", question)
        return asked

    return answer


def choose(box: QComboBox, data: str) -> None:
    assert box.findData(data) >= 0, data
    box.setCurrentIndex(box.findData(data))


def enter(form: PictureForm, **numbers: float | str) -> None:
    """Type numbers into the fields."""
    for name, value in numbers.items():
        line = form.numbers[name].lineEdit()
        assert line is not None
        line.setText(str(value))
        line.textEdited.emit(str(value))


def plain(text: str) -> str:
    """Without the places to break in long words."""
    return text.replace("\u200b", "")


# --- the form -------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def form(on_screen) -> PictureForm:
    """By itself."""
    made = PictureForm(LIGHT)
    made.apply_theme = lambda _theme: None  # type: ignore[attr-defined]
    return on_screen(made, 330, 420)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", PRESETS)
def test_a_size_by_its_name_fills_the_fields(form: PictureForm, name: str) -> None:
    choose(form.size_choice, name)
    assert form.wanted() == PRESETS[name].options


@pytest.mark.parametrize(("field", "value"), [("width", 900), ("height", 444), ("dpi", 150), ("scale", 2), ("points", 11)])
def test_who_changes_a_number_has_a_size_of_his_own(form: PictureForm, field: str, value: float, type_into) -> None:
    choose(form.size_choice, "slide")
    type_into(form.numbers[field], str(value))
    assert form.size_choice.currentText() == "Own size"
    assert form.wanted() == msgspec.structs.replace(PRESETS["slide"].options, **{field: value})


def test_words_and_colours_are_no_part_of_a_size(form: PictureForm) -> None:
    choose(form.size_choice, "slide")
    choose(form.colours, "dark")
    for name in ("transparent", "title"):
        form.words[name].click()
    form.words["caption"].click()
    assert form.size_choice.currentData() == "slide"
    assert form.wanted() == msgspec.structs.replace(PRESETS["slide"].options, theme="dark", transparent=True, title=True, caption=False)


def test_colours_as_in_the_window_are_those_of_its_theme(qtbot: QtBot) -> None:
    for theme in (LIGHT, DARK):
        form = PictureForm(theme)
        qtbot.addWidget(form)
        choose(form.colours, "window")
        wanted = form.wanted()
        assert wanted is not None
        assert wanted.theme == theme.name


@given(st.integers(700, 9000), st.integers(700, 9000), st.sampled_from([96, 150, 300]))
def test_another_unit_leaves_the_picture_as_large_as_it_was(qapp, width: int, height: int, dpi: int) -> None:  # noqa: ARG001 - widgets need an application
    form = PictureForm(LIGHT)
    enter(form, width=width, height=height, dpi=dpi)
    before = Options(width, height, dpi=dpi)
    choose(form.unit, "cm")
    in_centimetres = form.options()
    assert in_centimetres.unit == "cm"
    assert in_centimetres.width == pytest.approx(width / dpi * 2.54, abs=0.006)
    assert np.abs(np.subtract(in_centimetres.pixels, before.pixels)).max() <= 0.006 * dpi / 2.54 + 1
    choose(form.unit, "px")
    assert form.options() == msgspec.structs.replace(before, width=round(in_centimetres.inches[0] * dpi), height=round(in_centimetres.inches[1] * dpi))
    form.deleteLater()


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("width", "wide", "The width is 'wide'; it must be a number from 1 to 30,000."),
        ("height", "0", "The height is '0'; it must be a number from 1 to 30,000."),
        ("width", "100000", "The width is '100000'; it must be a number from 1 to 30,000."),
        ("dpi", "9", "The resolution (dpi) is '9'; it must be a number from 36 to 1,200."),
        ("scale", "nan", "The scale is 'nan'; it must be a number from 0.25 to 8."),
        ("points", "", "The letter size (points) is ''; it must be a number from 4 to 48."),
    ],
)
def test_what_cannot_be_is_marked_and_said(form: PictureForm, type_into, field: str, text: str, says: str) -> None:
    before = form.wanted()
    box = form.numbers[field]
    old = box.lineEdit().text()  # type: ignore[union-attr]
    type_into(box, text or " ")
    assert form.wanted() is None
    assert plain(form.problem.text()) == says
    assert form.problem.isVisible()
    assert {name for name, other in form.numbers.items() if other.marked} == {field}
    assert box.accessibleDescription() == says
    type_into(box, old)
    assert form.wanted() == before
    assert not form.problem.isVisible()
    assert not box.marked


def test_a_picture_that_is_too_large_in_all_marks_both_sides(form: PictureForm) -> None:
    enter(form, width=20_000, height=20_000)
    assert form.wanted() is None
    assert plain(form.problem.text()).startswith("The picture would have 20,000 x 20,000 pixels; it may have 30,000 on a side and 120 million in all.")
    assert {name for name, box in form.numbers.items() if box.marked} == {"width", "height"}


def test_a_field_that_is_wrong_has_a_frame(on_screen) -> None:
    box = NumberBox("width", (1, 10))
    box.apply_theme = lambda _theme: None  # type: ignore[attr-defined]
    on_screen(box, 90, 24)
    corner = QPoint(1, box.height() // 2)
    box.mark("The width is 99; it must be a number from 1 to 10.", LIGHT.error)
    assert QColor(box.grab().toImage().pixel(corner)).name() == LIGHT.error
    box.mark("", LIGHT.error)
    assert QColor(box.grab().toImage().pixel(corner)).name() != LIGHT.error


def test_arrows_step_a_number_within_its_bounds(on_screen, qtbot: QtBot) -> None:
    box = NumberBox("scale", (0.25, 2.0), 0.5)
    box.apply_theme = lambda _theme: None  # type: ignore[attr-defined]
    on_screen(box, 90, 24)
    box.show_number(1.0)
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, *[Qt.Key.Key_Down] * 5):
        qtbot.keyClick(box, key)
        seen.append(box.number())
    assert seen == [1.5, 2.0, 2.0, 1.5, 1.0, 0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(1920, 1080, dpi=144, points=15), "1,920 × 1,080 pixels, 33.9 × 19.1 cm at 144 dpi, letters 15 pt"),
        (PRESETS["column"].options, "1,004 × 1,063 pixels, 8.5 × 9.0 cm at 300 dpi, letters 7 pt"),
        (Options(960, 480, scale=2.0), "1,920 × 960 pixels, 25.4 × 12.7 cm at 192 dpi, letters 9 pt"),
    ],
)
def test_the_size_is_said_in_dots_and_on_paper(options: Options, words: str) -> None:
    assert in_words(options) == words


# --- the preview ----------------------------------------------------------------------------------------------------------------------------


def test_the_preview_is_what_is_written(window: Window, open_dialog: Opener, choose_file, qtbot: QtBot, tmp_path: Path) -> None:
    """Dot by dot, where the picture is no larger than the preview."""
    dialog = open_dialog(PictureDialog, "gradients")
    enter(dialog.form, width=600, height=400, scale=1)
    qtbot.waitUntil(lambda: dialog.preview.image.width() == 600 and not dialog.preview.word, timeout=PATIENCE)
    shown = dialog.preview.image.convertToFormat(QImage.Format.Format_RGB32)
    choose_file(tmp_path / "gradients.png")
    written: list[list[str]] = []
    window.saving.studio.made.connect(lambda _number, paths: written.append(paths))
    dialog.save.click()
    qtbot.waitUntil(lambda: bool(written), timeout=PATIENCE)
    assert written == [[str(tmp_path / "gradients.png")]]
    assert QImage(written[0][0]).convertToFormat(QImage.Format.Format_RGB32) == shown
    assert recipe_in(tmp_path / "gradients.png").recipe.config == window.run.config
    assert window.messages.text.text() == f"Saved {tmp_path / 'gradients.png'}"


def test_a_preview_is_asked_for_when_nothing_changes_any_more(open_dialog: Opener, studio: StillStudio, qtbot: QtBot) -> None:
    dialog = open_dialog()
    for width in (500, 510, 520):
        enter(dialog.form, width=width, height=400, scale=1)
    qtbot.waitUntil(lambda: bool(studio.orders), timeout=PATIENCE)
    (order,) = studio.orders.values()
    assert isinstance(order, PictureOrder)
    assert order.preview
    assert order.options == Options(520, 400)
    assert dialog.preview.word == DRAWING


def image_file(path: Path, colour: str, size: tuple[int, int] = (60, 40)) -> str:
    image = QImage(*size, QImage.Format.Format_ARGB32)
    image.fill(QColor(colour))
    image.save(str(path))
    return str(path)


def test_a_stale_answer_is_no_preview(open_dialog: Opener, studio: StillStudio, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog()
    qtbot.waitUntil(lambda: len(studio.orders) == 1, timeout=PATIENCE)
    enter(dialog.form, width=700)
    qtbot.waitUntil(lambda: len(studio.orders) == 2, timeout=PATIENCE)
    assert 1 in studio.given_up
    studio.made.emit(1, [image_file(tmp_path / "old.png", "red")])
    assert dialog.preview.image.isNull()
    assert dialog.preview.word == DRAWING
    studio.made.emit(2, [image_file(tmp_path / "new.png", "blue")])
    assert QColor(dialog.preview.image.pixel(5, 5)).name() == "#0000ff"
    assert dialog.preview.word == ""
    assert not list(tmp_path.glob("*.png")), "a preview leaves no file"


def test_the_old_preview_stays_until_the_new_one_comes(open_dialog: Opener, studio: StillStudio, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = open_dialog()
    qtbot.waitUntil(lambda: len(studio.orders) == 1, timeout=PATIENCE)
    studio.made.emit(1, [image_file(tmp_path / "one.png", "red")])
    enter(dialog.form, width=700)
    qtbot.waitUntil(lambda: dialog.preview.word == DRAWING, timeout=PATIENCE)
    assert not dialog.preview.image.isNull()
    studio.failed.emit(2, "The caption would leave no room for the plots.", "")
    assert dialog.preview.word == "The caption would leave no room for the plots."


def test_the_preview_stays_at_the_epoch_at_which_the_dialog_was_opened(open_window, studio_in, qtbot: QtBot) -> None:
    window = open_window(record(Config(epochs=30)))
    studio = studio_in(window)
    window.saving.ask_for_picture("dashboard")
    (dialog,) = window.findChildren(PictureDialog)
    qtbot.waitUntil(lambda: len(studio.orders) == 1, timeout=PATIENCE)
    window.looking.look(moved_to(window, 3))
    qtbot.waitUntil(lambda: window.dashboard.moment.epoch == 3, timeout=PATIENCE)
    enter(dialog.form, width=700)
    qtbot.waitUntil(lambda: len(studio.orders) == 2, timeout=PATIENCE)
    assert [order.sight.epoch for order in studio.orders.values()] == [29, 29]


def moved_to(window: Window, epoch: int) -> Any:
    from gradviz.ui import playhead

    return playhead.moved(window.now.head, epoch, window.newest)


@pytest.fixture
def studio_in(tmp_path: Path) -> Callable[[Window], StillStudio]:
    """Puts a still studio into a window."""

    def put(window: Window) -> StillStudio:
        still = StillStudio(window.saving.sight, tmp_path)
        window.saving._studio = still  # type: ignore[assignment]
        return still

    return put


def test_where_there_is_no_ground_there_are_squares(on_screen) -> None:
    pane = PreviewPane(LIGHT)
    pane.apply_theme = lambda _theme: None  # type: ignore[attr-defined]
    on_screen(pane, 300, 220)
    clear = QImage(200, 100, QImage.Format.Format_ARGB32)
    clear.fill(Qt.GlobalColor.transparent)
    pane.show_image(clear, dark=False)
    seen = pane.grab().toImage()
    corner = pane.place.topLeft() + QPoint(3, 3)
    colours = [QColor(seen.pixel(corner + QPoint(step * SQUARE, row * SQUARE))).name() for row in range(2) for step in range(4)]
    assert colours == [GREYS[1], GREYS[0], GREYS[1], GREYS[0], GREYS[0], GREYS[1], GREYS[0], GREYS[1]]
    clear.fill(QColor("#123456"))
    pane.show_image(clear, dark=False)
    assert QColor(pane.grab().toImage().pixel(corner)).name() == "#123456"


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(280, 1500), st.integers(200, 900))
def test_a_preview_fits_keeps_its_shape_and_is_never_enlarged(qapp, width: int, height: int, across: int, down: int) -> None:  # noqa: ARG001
    pane = PreviewPane(LIGHT)
    pane.resize(across, down)
    pane.image = QImage(width, height, QImage.Format.Format_RGB32)
    place = pane.place
    assert pane.rect().contains(place) or min(place.width(), place.height()) <= 1
    assert place.width() <= width
    assert place.height() <= height
    assert abs(place.width() * height - place.height() * width) <= max(width, height)
    pane.deleteLater()


# --- what it shows --------------------------------------------------------------------------------------------------------------------------


def test_the_dashboard_its_panels_all_and_each_can_be_chosen(window: Window, open_dialog: Opener, studio: StillStudio) -> None:
    dialog = open_dialog()
    names = [dialog.what.itemData(place) for place in range(dialog.what.count())]
    assert names == ["dashboard", *window.dashboard.shown, "all", "each"]
    found = {}
    for name in names:
        choose(dialog.what, name)
        found[name] = dialog.panels
    assert found["dashboard"] == found["each"] == tuple(window.dashboard.shown)
    assert found["gradients"] == ("gradients",)
    assert found["all"] == tuple(name for name in PLACES if name not in ("together", "difference"))
    window.comparing.pin()
    assert dialog.panels == found["each"]
    choose(dialog.what, "all")
    assert dialog.panels == tuple(PLACES)
    assert studio.closed is False


def test_a_panels_menu_opens_it_on_that_panel(open_dialog: Opener, studio: StillStudio, qtbot: QtBot) -> None:
    dialog = open_dialog(PictureDialog, "heatmap")
    assert dialog.chosen == "heatmap"
    qtbot.waitUntil(lambda: bool(studio.orders), timeout=PATIENCE)
    assert studio.newest.panels == ("heatmap",)


def test_a_picture_too_low_for_its_panels_says_so(open_dialog: Opener, studio: StillStudio) -> None:
    dialog = open_dialog()
    choose(dialog.form.size_choice, "slide")
    assert "little room" not in dialog.facts.text()
    choose(dialog.what, "all")
    assert "There is little room for so many panels" in dialog.facts.text()
    choose(dialog.form.size_choice, "usual")
    assert "little room" not in dialog.facts.text()
    assert dialog.form.options().height >= height_for(dialog.panels)
    assert not studio.closed


# --- saving ---------------------------------------------------------------------------------------------------------------------------------


def saved(studio: StillStudio) -> list[Any]:
    return [order for order in studio.orders.values() if not getattr(order, "preview", False)]


@pytest.mark.parametrize(
    ("name", "kind", "ending"),
    [
        ("a", "PNG picture (*.png)", "a.png"),
        ("scale-0.9", "PDF page (*.pdf)", "scale-0.9.pdf"),
        ("a.svg", "PNG picture (*.png)", "a.svg"),
        ("a.PNG", "", "a.PNG"),
    ],
)
def test_the_chosen_kind_completes_a_name(open_dialog: Opener, studio: StillStudio, choose_file, tmp_path: Path, name: str, kind: str, ending: str) -> None:
    dialog = open_dialog(PictureDialog, "gradients")
    enter(dialog.form, width=600, height=400, scale=1)
    asked = choose_file(tmp_path / name, kind)
    dialog.save.click()
    (order,) = saved(studio)
    assert Path(order.path) == tmp_path / ending
    assert (order.panels, order.options, order.each) == (("gradients",), Options(600, 400), False)
    assert not dialog.isVisible()
    assert asked == []


def test_a_file_that_is_there_is_asked_about_once_and_may_stay(open_dialog: Opener, studio: StillStudio, choose_file, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("old")
    dialog = open_dialog()
    asked = choose_file(tmp_path / "a", "PNG picture (*.png)", replace=False)
    dialog.save.click()
    assert [words[2] for words in asked] == ["There is already a file 'a.png'. Replace it?"]
    assert saved(studio) == []
    assert dialog.isVisible()
    asked = choose_file(tmp_path / "a", "PNG picture (*.png)")
    dialog.save.click()
    assert len(asked) == 1
    assert len(saved(studio)) == 1


def test_each_panel_by_itself_asks_about_the_files_that_will_be_written(open_dialog: Opener, studio: StillStudio, choose_file, tmp_path: Path) -> None:
    for name in ("p.png", "p-gradients.png", "p-cost.png"):
        (tmp_path / name).write_text("old")
    dialog = open_dialog()
    choose(dialog.what, "each")
    asked = choose_file(tmp_path / "p.png")
    dialog.save.click()
    assert [words[2] for words in asked] == ["2 of the files are there already, such as 'p-gradients.png'. Replace them?"]
    (order,) = saved(studio)
    assert order.each


def test_where_nothing_can_be_written_the_dialog_stays_and_says_so(open_dialog: Opener, studio: StillStudio, choose_file, tmp_path: Path) -> None:
    dialog = open_dialog()
    choose_file(tmp_path / "none" / "a.png")
    dialog.save.click()
    assert plain(dialog.said.text()) == f"Cannot write '{tmp_path / 'none' / 'a.png'}': there is no folder '{tmp_path / 'none'}'."
    assert dialog.isVisible()
    assert saved(studio) == []


def test_what_cannot_be_can_neither_be_saved_nor_copied(open_dialog: Opener, studio: StillStudio, type_into) -> None:
    dialog = open_dialog()
    assert dialog.save.isEnabled()
    assert dialog.copy.isEnabled()
    type_into(dialog.form.numbers["dpi"], "many")
    assert not dialog.save.isEnabled()
    assert not dialog.copy.isEnabled()
    assert saved(studio) == []


def test_what_is_copied_is_the_same_picture(open_dialog: Opener, studio: StillStudio) -> None:
    dialog = open_dialog(PictureDialog, "cost")
    enter(dialog.form, width=600, height=400, scale=1)
    dialog.copy.click()
    (order,) = saved(studio)
    assert (order.panels, order.options, Path(order.path).suffix) == (("cost",), SMALL, ".png")
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    clipboard.setText("something new")
    assert dialog.said.text() == "The picture is on the clipboard."
    assert dialog.isVisible()


def test_the_next_dialog_has_what_was_chosen_in_the_last(open_dialog: Opener, studio: StillStudio, window: Window, type_into) -> None:
    dialog = open_dialog()
    choose(dialog.what, "each")
    choose(dialog.form.size_choice, "a4")
    type_into(dialog.form.numbers["points"], "12.5")
    choose(dialog.form.colours, "window")
    dialog.form.words["transparent"].click()
    before = dialog.form.options()
    dialog.reject()
    window.settings.sync()
    again = open_dialog()
    assert again.chosen == "each"
    assert again.form.options() == before
    assert again.form.colours.currentData() == "window"
    assert again.form.size_choice.currentData() == "own"
    assert before == msgspec.structs.replace(PRESETS["a4"].options, points=12.5, transparent=True)
    assert saved(studio) == []


def test_settings_that_are_no_picture_are_as_if_there_were_none(open_dialog: Opener, studio: StillStudio, window: Window) -> None:
    usual = open_dialog().form.options()
    window.findChild(PictureDialog).reject()
    for name, value in {"width": "wide", "height": "-3", "dpi": "1e9"}.items():
        window.settings.setValue(f"picture/{name}", value)
    assert open_dialog().form.options() == usual
    assert saved(studio) == []


def test_the_keyboard_reaches_everything_and_enter_saves(open_dialog: Opener, studio: StillStudio, choose_file, press, tmp_path: Path) -> None:
    dialog = open_dialog(PictureDialog, "cost")
    dialog.what.setFocus()
    reached = []
    for _ in range(30):
        focused = QApplication.focusWidget()
        if focused in reached:
            break
        reached.append(focused)
        press(Qt.Key.Key_Tab)
    names = {widget.accessibleName() or widget.text().replace("&", "") for widget in reached}
    assert names >= {"What the picture shows", "Size", "Width", "Height", "Unit of width and height", "Resolution (dpi)", "Scale", "Letter size (points)"}
    assert names >= {"Colours", "Transparent ground", "Title above the plots", "Save…", "Copy", "Close"}
    choose_file(tmp_path / "a.png")
    dialog.form.numbers["width"].setFocus()
    press(Qt.Key.Key_Return)
    assert [Path(order.path).name for order in saved(studio)] == ["a.png"]
    assert not dialog.isVisible()


def test_escape_closes(open_dialog: Opener, studio: StillStudio, press) -> None:
    dialog = open_dialog()
    dialog.what.setFocus()
    press(Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert saved(studio) == []


def test_the_window_takes_its_dialog_with_it(open_dialog: Opener, studio: StillStudio, window: Window) -> None:
    dialog = open_dialog()
    window.close()
    assert not dialog.isVisible()
    assert saved(studio) == []


# --- how they look --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [PictureDialog, NumbersDialog, FilmDialog, ReportDialog])
def test_a_dialog_fits_a_small_screen_and_cuts_no_word_off(window: Window, open_dialog: Opener, studio: StillStudio, kind: type[QDialog]) -> None:
    window.resize(1280, 800)
    dialog = open_dialog(kind)
    assert dialog.width() <= 1280
    assert dialog.height() <= 760
    assert dialog.minimumSizeHint().width() <= dialog.width()
    assert dialog.minimumSizeHint().height() <= dialog.height()
    for part in dialog.findChildren(QWidget):
        if part.isVisible() and isinstance(part, QCheckBox | QPushButton | QLabel) and not (isinstance(part, QLabel) and part.wordWrap()):
            assert part.width() >= part.sizeHint().width(), part.text()
        if part.isVisible() and isinstance(part, QComboBox):
            text = part.fontMetrics().horizontalAdvance(part.currentText())
            assert text <= part.width() - 24, part.currentText()
    assert not studio.closed


# --- numbers --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "form"), list(itertools.product(("gradients", "cost", "heatmap", "dashboard", "run"), ("long", "wide"))))
def test_the_first_rows_are_those_of_the_table(window: Window, open_dialog: Opener, studio: StillStudio, tmp_path: Path, what: str, form: Any) -> None:
    dialog = open_dialog(NumbersDialog)
    choose(dialog.what, what)
    choose(dialog.form, form)
    moment = window.dashboard.moment
    panel = window.dashboard.shown.get(what)
    write_table(moment.run, moment.frame, what, tmp_path / "t.csv", form, panel.quantities if panel else None)
    with (tmp_path / "t.csv").open(encoding="ascii", newline="") as file:
        head, *rows = itertools.islice(csv.reader(file), 8)
    table = dialog.table
    assert [table.horizontalHeaderItem(column).text() for column in range(table.columnCount())] == head
    assert len(rows) >= 7
    assert [[table.item(row, column).text() for column in range(len(head))] for row in range(len(rows))] == rows
    assert not studio.orders


def test_numbers_are_ordered_as_they_are_chosen(open_dialog: Opener, studio: StillStudio, choose_file, tmp_path: Path) -> None:
    dialog = open_dialog(NumbersDialog, "gradients")
    choose(dialog.form, "wide")
    choose_file(tmp_path / "n", kinds()[".json"])
    dialog.save.click()
    (order,) = studio.orders.values()
    assert isinstance(order, NumbersOrder)
    assert (order.what, order.form, Path(order.path)) == ("gradients", "wide", tmp_path / "n.json")
    assert not dialog.isVisible()
    again = open_dialog(NumbersDialog)
    assert again.form.currentData() == "wide"


def test_a_kind_that_needs_what_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "openpyxl" else find(name))
    assert kinds()[".xlsx"] == "Excel workbook, needs openpyxl (*.xlsx)"
    assert kinds()[".csv"] == "CSV table (*.csv)"


@pytest.mark.parametrize("kinds", [file_kinds.PICTURE_KINDS, file_kinds.TABLE_KINDS, file_kinds.FILM_KINDS, file_kinds.REPORT_KINDS])
def test_every_kind_of_file_completes_a_name_with_its_own_ending(kinds: dict[str, str]) -> None:
    for ending, kind in kinds.items():
        assert file_kinds.completed(Path("case 1.5"), kinds, kind).name == f"case 1.5{ending}"
        assert f"(*{ending})" in kind


def test_before_the_first_epoch_every_dialog_says_that_there_is_nothing(window: Window, studio: StillStudio, monkeypatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(window.dashboard, "moment", None)
    dialogs = [NumbersDialog(window.saving, window, window.dashboard, "dashboard"), FilmDialog(window.saving, window, window.dashboard)]
    for dialog in dialogs:
        qtbot.addWidget(dialog)
    assert dialogs[0].said.text() == "There are no numbers yet; they come with the first epoch."
    assert not dialogs[0].save.isEnabled()
    assert plain(dialogs[1].problem.text()) == "There is nothing to film yet; it comes with the first epoch."
    assert not dialogs[1].make.isEnabled()
    with pytest.raises(FileError):
        window.saving.sight()
    assert not studio.orders
    for dialog in dialogs:
        dialog.reject()
