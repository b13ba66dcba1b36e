"""From a picture, a link or the clipboard back to the experiment: the same epoch, the same changes, the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QApplication, QToolButton

from gradviz import Config, record
from gradviz.core.interventions import Intervention
from gradviz.runs.presets import presets
from gradviz.runs.recipe import recipe_from_link, recipe_of
from gradviz.runs.run import Run
from gradviz.ui.pictures.drawing import View
from gradviz.ui.pictures.files import save_view
from gradviz.ui.pictures.options import Options
from gradviz.ui.studio.orders import FilmOrder, PictureOrder, ReportOrder
from gradviz.ui.window import Window

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def run() -> Run:
    """Case 1(a), its learning rate turned and a weight dragged on the way."""
    return record(Config(epochs=60), interventions=[Intervention(20, "learning_rate", 0.5), Intervention(30, "w[50]", -1.0)])


@pytest.fixture
def picture(run, tmp_path: Path) -> Path:
    """A picture of epoch 40 of it."""
    path = tmp_path / "Größe ∂C, a picture.png"
    save_view(View(run, 40, "mine", panels=("gradients", "weights")), ("gradients", "weights"), Options(600, 500), path)
    return path


@pytest.fixture
def opened(wait_for):
    """Waits until what was asked for is on the plots."""

    def wait(window: Window) -> None:
        wait_for(lambda: not window.reopening.busy)
        wait_for(lambda: window.dashboard.moment is not None and window.dashboard.moment.run is window.run)

    return wait


def says(window: Window) -> str:
    return window.messages.text.text() if window.messages.isVisible() else ""


def assert_is(window: Window, run: Run, epoch: int) -> None:
    """The window shows this run at this epoch, to the last bit, in its plots too."""
    assert window.run.config == run.config
    assert window.run.interventions == run.interventions
    assert window.run.epochs_done == run.epochs_done
    for name in ("cost", "h", "g", "dw", "w"):
        assert getattr(window.run, name).tobytes() == getattr(run, name).tobytes()
    assert window.dashboard.moment.epoch == epoch
    assert np.array_equal(window.dashboard.panels["gradients"].plot.values, run.at(epoch).g[-1][:, 1:])


def drop(window: Window, mime: QMimeData) -> bool:
    """Drag something over the window and let it go; whether it was taken."""
    where = QPointF(window.rect().center())
    actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), actions, mime, buttons, keys)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(window, QDropEvent(where, actions, mime, buttons, keys))
    return enter.isAccepted()


def test_a_dropped_picture_opens_its_experiment_at_its_epoch(open_window, opened, run, picture: Path) -> None:
    window = open_window("notebook-1b")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(picture))])
    assert drop(window, mime)
    opened(window)
    assert_is(window, run, 40)
    assert window.windowTitle() == "mine — GradViz"
    assert "weights" in window.dashboard.shown  # the picture shows it
    assert says(window) == "This is epoch 40, as in the picture: trained again, and the numbers are the same to the last bit."
    assert window.opening._recent() == [str(picture)]


def test_a_picture_goes_from_one_clipboard_to_the_next(open_window, opened, wait_for, press, run) -> None:
    """Ctrl+C in one window, Ctrl+V in another: the picture itself carries the experiment."""
    first = open_window(run)
    first.saving.copy_picture("gradients")
    wait_for(lambda: says(first) == "A picture is on the clipboard.")
    second = open_window("notebook-1d")
    press(Key.Key_V, CONTROL)
    opened(second)
    assert_is(second, run, 59)


def test_a_link_is_one_line_that_opens_the_experiment(open_window, opened, press, run) -> None:
    first = open_window(run)
    first.timeline.epoch_wanted.emit(33)
    press(Key.Key_C, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    link = QApplication.clipboard().text()
    assert "\n" not in link
    assert len(link) < 200
    recipe = recipe_from_link(link)
    assert (recipe.config, recipe.epoch, list(recipe.interventions)) == (run.config, 33, run.interventions)
    QApplication.clipboard().setText(f"look at this:\n> <{link}>\nwhat do you think?")
    second = open_window("notebook-1d")
    press(Key.Key_V, CONTROL)
    opened(second)
    assert_is(second, run, 33)


def test_a_run_that_was_stopped_goes_on_as_it_would_have(open_window, opened, wait_for, press, tmp_path: Path) -> None:
    whole = record(Config(epochs=60), interventions=[Intervention(20, "learning_rate", 0.5), Intervention(50, "learning_rate", 0.01)])
    part = whole.before(45)
    part.interventions = list(whole.interventions)  # the last change is still to come
    save_view(View(part, 44), ("cost",), Options(600, 500), tmp_path / "part.svg")
    window = open_window("notebook-1b")
    window.opening.open(tmp_path / "part.svg")
    opened(window)
    assert window.run.epochs_done == 45
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.timeline.phase.text() == "Finished")
    assert window.run.g.tobytes() == whole.g.tobytes()
    assert window.run.interventions == whole.interventions


def test_a_foreign_picture_is_a_sentence_and_the_experiment_stays(open_window, wait_for, tmp_path: Path) -> None:
    from PyQt6.QtGui import QImage

    window = open_window("notebook-1b")
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.save(str(tmp_path / "holiday.png"))
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photograph")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    for name in ("holiday.png", "broken.pdf", "missing.svg", "holiday.jpg"):
        window.opening.open(tmp_path / name)
        wait_for(lambda: not window.reopening.busy)
        assert name in says(window)
    assert window.run.config.weight_scale == 5.0
    assert window.opening._recent() == []


def test_a_picture_that_was_painted_over_opens_and_says_so(open_window, opened, run, picture: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    kept = PngInfo()
    with Image.open(picture) as image:
        for key, text in image.text.items():
            kept.add_itxt(key, text)
        image.paste((255, 0, 0), (0, 0, 50, 50))
        image.save(picture, pnginfo=kept)
    window = open_window("notebook-1b")
    window.opening.open(picture)
    opened(window)
    assert_is(window, run, 40)
    assert "This picture was changed after GradViz wrote it" in says(window)


@pytest.mark.parametrize("text", ["", "nothing", "gradviz:run?layers=many", "gradviz:run?colour=red", "gradviz:fly?epoch=3"])
def test_what_is_no_link_is_a_sentence(open_window, wait_for, press, text: str) -> None:
    window = open_window("notebook-1b")
    QApplication.clipboard().setText(text)
    press(Key.Key_V, CONTROL)
    wait_for(lambda: not window.reopening.busy)
    assert says(window).endswith((".", "?"))
    assert window.run.config.weight_scale == 5.0


def test_what_takes_long_can_be_stopped(open_window, wait_for, qtbot) -> None:
    window = open_window("notebook-1b")
    window.opening.open_link("gradviz:run?layers=2000&weight_scale=0.9&epochs=900000000&epoch=800000000")
    wait_for(lambda: "of 800,000,001 epochs" in says(window))
    stop = next(button for button in window.messages.findChildren(QToolButton) if button.text() == "Stop")
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert says(window) == "Stopped; the experiment on the plots is the one from before."
    assert not window.reopening.busy
    assert window.run.config.weight_scale == 5.0


def test_what_is_chosen_meanwhile_stays(open_window, wait_for) -> None:
    """What a person chose last counts, though something else was being trained again."""
    window = open_window("notebook-1b")
    window.opening.open_link("gradviz:run?layers=2000&weight_scale=0.9&epochs=900000000&epoch=800000000")
    wait_for(lambda: "of 800,000,001 epochs" in says(window))
    window.open(presets()["notebook-1d"])
    assert not window.reopening.busy
    assert window.run.config.weight_scale == 0.9
    assert window.run.config.layers == 100


def test_a_pasted_page_with_a_link_in_it_is_opened(open_window, opened, press) -> None:
    """As a mail program copies it: the link is behind words."""
    window = open_window("notebook-1b")
    mime = QMimeData()
    mime.setText("see this")
    mime.setHtml('<p>see <a href="gradviz:run?weight_scale=2&amp;epochs=20&amp;epoch=7">this</a></p>')
    QApplication.clipboard().setMimeData(mime)
    press(Key.Key_V, CONTROL)
    opened(window)
    assert (window.run.config.weight_scale, window.run.config.epochs, window.dashboard.moment.epoch) == (2.0, 20, 7)


def test_a_link_to_what_no_machine_has_memory_for_is_a_sentence(open_window, wait_for) -> None:
    window = open_window("notebook-1b")
    window.opening.open_link("gradviz:run?layers=100000&width=100000")
    wait_for(lambda: not window.reopening.busy)
    assert says(window)
    assert window.run.config.weight_scale == 5.0


@pytest.mark.parametrize(("name", "words"), [("copy_numpy", "import numpy as np"), ("copy_pytorch", "import torch")])
def test_the_experiment_is_copied_as_code(open_window, run, name: str, words: str) -> None:
    window = open_window(run)
    window.findChild(QAction, name).trigger()
    code = QApplication.clipboard().text()
    compile(code, "copied", "exec")
    assert words in code
    assert "is on the clipboard" in says(window)


def test_a_recipe_names_what_is_on_the_plots(open_window, run) -> None:
    window = open_window(run)
    window.timeline.epoch_wanted.emit(12)
    assert window.sharing.recipe() == recipe_of(run, 12, "", tuple(window.dashboard.shown))


@pytest.mark.parametrize("name", ["picture.png", "picture.svg", "picture.pdf", "film.gif", "film.mp4", "film.webm", "report.html", "report.pdf"])
def test_whatever_the_window_writes_leads_back(open_window, opened, wait_for, run, tmp_path: Path, name: str) -> None:
    """Written by the process that draws for a window, opened in another one: the same experiment at the same epoch with the same numbers."""
    path, panels = tmp_path / name, ("gradients", "cost")
    first = open_window(run)
    first.timeline.epoch_wanted.emit(35)
    studio, heard = first.saving.studio, []
    studio.made.connect(lambda _number, written: heard.append(written))
    makes = {
        "picture": lambda number, sight: PictureOrder(number, sight, str(path), panels, Options(700, 600)),
        "film": lambda number, sight: FilmOrder(number, sight, str(path), panels, {"every": 20, "picture": {"width": 480.0, "height": 400.0}}),
        "report": lambda number, sight: ReportOrder(number, sight, str(path)),
    }
    studio.order(makes[path.stem])
    wait_for(lambda: not studio.busy)
    assert heard == [[str(path)]]
    second = open_window("notebook-1d")
    second.opening.open(path)
    opened(second)
    assert_is(second, run, 59 if path.stem == "film" else 35)
    assert "to the last bit" in says(second)


def test_in_a_field_the_keys_copy_and_paste_what_is_in_it(open_window, press) -> None:
    """Ctrl+V opens what is on the clipboard, but not while a person types a number."""
    window = open_window("notebook-1b")
    field = window.parameters.findChild(QAbstractSpinBox, "layers")
    field.setFocus()
    QApplication.clipboard().setText("37")
    press(Key.Key_A, CONTROL)
    press(Key.Key_V, CONTROL)
    assert field.text() == "37"
    assert not says(window)
    press(Key.Key_A, CONTROL)
    press(Key.Key_C, CONTROL)
    assert QApplication.clipboard().text() == "37"
    assert not says(window)
