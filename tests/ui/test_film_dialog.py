"""The dialogs for films and hand-outs: what is chosen, how long it will be, and how something is made beside the window, or given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot
from still_studio import StillStudio

from gradviz import Config, record
from gradviz.runs.picture_files import recipe_in
from gradviz.ui.dialogs import making
from gradviz.ui.dialogs.film import FilmDialog, length_in_words
from gradviz.ui.dialogs.making import MakingDialog, TickList, in_words
from gradviz.ui.dialogs.report import ReportDialog
from gradviz.ui.films.options import FilmOptions
from gradviz.ui.pictures.options import PRESETS, Options
from gradviz.ui.studio.orders import FilmOrder, ReportOrder
from gradviz.ui.window import Window

PATIENCE = 60_000
EPOCHS = 100


@pytest.fixture
def window(open_window, wait_for) -> Window:
    """Case 1(b) after 100 epochs."""
    opened = open_window(record(Config(weight_scale=5.0, epochs=EPOCHS)))
    wait_for(lambda: set(opened.dashboard.shown) == opened.dashboard.visible)
    return opened


@pytest.fixture
def studios(window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[StillStudio]:
    """Every studio that is begun, the window's own first; none of them starts a process."""
    begun = [StillStudio(window.saving.sight, tmp_path)]
    window.saving._studio = begun[0]  # type: ignore[assignment]

    def begin(shown: Any) -> StillStudio:
        begun.append(StillStudio(shown, tmp_path))
        return begun[-1]

    monkeypatch.setattr(making, "Studio", begin)
    return begun


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a person answers: `file` to where, and `yes` to a question; `asked` is what was asked."""
    said: dict[str, Any] = {"file": "", "yes": True, "asked": []}

    def question(*words: Any) -> QMessageBox.StandardButton:
        said["asked"].append(words[2])
        return QMessageBox.StandardButton.Yes if said["yes"] else QMessageBox.StandardButton.No

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(said["file"]), ""))
    monkeypatch.setattr(QMessageBox, "question", question)
    return said


@pytest.fixture
def film(window: Window, studios: list[StillStudio]) -> FilmDialog:
    """The dialog for a film, in which nothing is really made."""
    assert len(studios) == 1
    window.saving.ask_for_film()
    return window.findChild(FilmDialog)  # type: ignore[no-any-return]


@pytest.fixture
def real(window: Window, answers: dict[str, Any], qtbot: QtBot) -> Iterator[Callable[[type[MakingDialog], Path], MakingDialog]]:
    """Opens a dialog, and makes something for which there is a process."""
    opened: list[MakingDialog] = []

    def make(kind: type[MakingDialog], path: Path) -> MakingDialog:
        {FilmDialog: window.saving.ask_for_film, ReportDialog: window.saving.ask_for_report}[kind]()
        dialog: MakingDialog = window.findChild(kind)
        opened.append(dialog)
        answers["file"] = path
        qtbot.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
        assert dialog.running, dialog.said.text()
        return dialog

    yield make
    for dialog in opened:
        dialog._number = 0
        dialog.reject()


def choose(box: QComboBox, data: str) -> None:
    assert box.findData(data) >= 0, data
    box.setCurrentIndex(box.findData(data))


def tick(ticks: TickList, value: object, *, on: bool) -> None:
    items = [ticks.item(row) for row in range(ticks.count())]
    (item,) = [item for item in items if item.data(Qt.ItemDataRole.UserRole) == value]
    item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


def plain(text: str) -> str:
    """Without the places to break in long words."""
    return text.replace("\u200b", "")


# --- what a film is -------------------------------------------------------------------------------------------------------------------------


def test_it_opens_with_a_film_of_activations_and_gradients_an_epoch_a_frame(film: FilmDialog) -> None:
    assert film.wanted() == FilmOptions(last=EPOCHS - 1, first=0, every=1)
    assert film.facts.text() == "100 frames, 3.3 s; 1,280 × 720 pixels"
    assert film.make.isEnabled()


@pytest.mark.parametrize(
    ("time", "pace", "amount", "fps", "says"),
    [
        ("linear", "every", "10", "30", "11 frames, 0.4 s"),
        ("linear", "seconds", "4", "25", "100 frames, 4.0 s"),
        ("linear", "speed", "10", "30", "298 frames, 9.9 s"),
        ("log", "seconds", "20", "50", "1,000 frames, 20 s"),
    ],
)
def test_how_long_it_will_be_is_said_before(film: FilmDialog, type_into, time: str, pace: str, amount: str, fps: str, says: str) -> None:
    choose(film.time, time)
    choose(film.pace, pace)
    type_into(film.numbers["amount"], amount)
    type_into(film.numbers["fps"], fps)
    assert film.facts.text() == f"{says}; 1,280 × 720 pixels"
    wanted = film.wanted()
    assert wanted is not None
    paces = {name: getattr(wanted, name) for name in ("every", "seconds", "speed")}
    assert paces == {**dict.fromkeys(paces), pace: float(amount)}
    assert (wanted.time, wanted.fps) == (time, float(fps))


def test_in_logarithmic_time_only_the_length_can_be_chosen(film: FilmDialog) -> None:
    choose(film.time, "log")
    assert film.pace.currentData() == "seconds"
    assert not film.pace.isEnabled()
    assert film.wanted() is not None
    choose(film.time, "linear")
    assert film.pace.isEnabled()


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("first", "a", "The first epoch is 'a'; it must be a whole number from 0 to 99."),
        ("last", "100", "The last epoch is '100'; it must be a whole number from 0 to 99."),
        ("last", "9.5", "The last epoch is '9.5'; it must be a whole number from 0 to 99."),
        ("fps", "61", "The number of frames a second is '61'; it must be a number from 1 to 60."),
        ("amount", "1.5", "A frame is to be 1.5 epochs; it must be a whole number of them."),
        ("amount", "0", "The pace is '0'; it must be a number from 0.001 to 1e+09."),
    ],
)
def test_what_cannot_be_is_said_and_cannot_be_made(film: FilmDialog, type_into, field: str, text: str, says: str) -> None:
    type_into(film.numbers[field], text)
    assert plain(film.problem.text()) == says
    assert film.problem.isVisible()
    assert not film.make.isEnabled()
    assert film.facts.text() == ""


def test_epochs_the_wrong_way_round_are_a_sentence(film: FilmDialog, type_into) -> None:
    type_into(film.numbers["first"], "50")
    type_into(film.numbers["last"], "20")
    assert plain(film.problem.text()) == "The film would begin at epoch 50 and end before it, at epoch 20."


def test_a_film_without_a_panel_is_none(film: FilmDialog) -> None:
    for name in ("activations", "gradients"):
        tick(film.panels, name, on=False)
    assert plain(film.problem.text()) == "A film needs a panel; tick one."
    assert not film.make.isEnabled()
    tick(film.panels, "cost", on=True)
    assert film.wanted() == FilmOptions(("cost",), 0, EPOCHS - 1, every=1)


def test_space_ticks_a_panel(film: FilmDialog, qtbot: QtBot) -> None:
    film.panels.setFocus()
    film.panels.setCurrentRow(2)
    qtbot.keyClick(film.panels, Qt.Key.Key_Space)
    assert film.chosen == ("activations", "gradients", "heatmap")


def test_a_film_is_made_of_pixels(film: FilmDialog) -> None:
    sizes = [film.form.size_choice.itemData(place) for place in range(film.form.size_choice.count())]
    assert sizes == ["usual", *(name for name, preset in PRESETS.items() if preset.options.unit == "px"), "own"]
    for name in ("dpi", "scale"):
        assert not film.form.numbers[name].isVisible()
    assert not film.form.words["transparent"].isVisible()
    choose(film.form.size_choice, "usual")
    wanted = film.wanted()
    assert wanted is not None
    assert wanted.picture.pixels == (wanted.picture.width, wanted.picture.height)


def test_its_preview_is_its_last_frame(film: FilmDialog, studios: list[StillStudio], type_into, qtbot: QtBot) -> None:
    type_into(film.numbers["last"], "42")
    qtbot.waitUntil(lambda: bool(studios[0].orders), timeout=PATIENCE)
    order = studios[0].newest
    assert (order.preview, order.sight.epoch, order.panels, order.options) == (True, 42, ("activations", "gradients"), Options(title=True, caption=False))


@pytest.mark.parametrize(("seconds", "words"), [(3.33, "3.3 s"), (33.3, "33 s"), (119.4, "119 s"), (200, "3 min 20 s")])
def test_a_length_is_said_as_exactly_as_it_is_of_use(seconds: float, words: str) -> None:
    assert length_in_words(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.1, "about 1 s"), (33.3, "about 33 s"), (200, "about 3 min"), (7000, "about 1.9 h")])
def test_what_is_left_is_told_roughly(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_the_next_film_begins_as_the_last_one_did(film: FilmDialog, window: Window, type_into) -> None:
    tick(film.panels, "cost", on=True)
    choose(film.time, "log")
    type_into(film.numbers["amount"], "7")
    type_into(film.numbers["fps"], "24")
    type_into(film.numbers["first"], "5")
    choose(film.form.size_choice, "slide")
    before = film.wanted()
    assert before is not None
    film.reject()
    window.saving.ask_for_film()
    again = next(found for found in window.findChildren(FilmDialog) if found.isVisible())
    assert again.wanted() == msgspec.structs.replace(before, first=0)


# --- making it ------------------------------------------------------------------------------------------------------------------------------


def begin(dialog: MakingDialog, studios: list[StillStudio], answers: dict[str, Any], path: Path) -> StillStudio:
    """Press Make, and return the studio in which it is made."""
    answers["file"] = path
    dialog.make.click()
    assert dialog.running
    return studios[-1]


def test_what_is_chosen_is_ordered_of_a_studio_of_its_own(film: FilmDialog, studios: list[StillStudio], answers, tmp_path: Path) -> None:
    wanted = film.wanted()
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    assert studio is not studios[0]
    (order,) = studio.orders.values()
    assert isinstance(order, FilmOrder)
    assert msgspec.convert(order.film, FilmOptions) == wanted
    assert (order.panels, Path(order.path)) == (("activations", "gradients"), tmp_path / "f.gif")


def test_it_says_how_far_it_is_and_how_long_it_takes(film: FilmDialog, studios: list[StillStudio], answers, monkeypatch, tmp_path: Path) -> None:
    now = [100.0]
    monkeypatch.setattr(making.time, "perf_counter", lambda: now[0])
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    said = []
    for seconds, done in ((0, 0), (8, 1), (9, 11), (9.1, 12), (10, 21), (14, 100)):
        now[0] = 100.0 + seconds
        studio.progressed.emit(1, done, 100)
        said.append(film.said.text())
    assert said == [
        "0 of 100 frames.",
        "1 of 100 frames.",  # the eight seconds before the first frame are no measure of the others
        "11 of 100 frames, about 9 s left.",
        "11 of 100 frames, about 9 s left.",  # words that change ten times a second cannot be read
        "21 of 100 frames, about 8 s left.",
        "21 of 100 frames, about 8 s left.",
    ]
    assert (film.bar.value(), film.bar.maximum()) == (100, 100)


def test_a_film_that_begins_anew_is_measured_anew(film: FilmDialog, studios: list[StillStudio], answers, monkeypatch, tmp_path: Path) -> None:
    now = [100.0]
    monkeypatch.setattr(making.time, "perf_counter", lambda: now[0])
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    for seconds, done in ((0, 1), (50, 50), (51, 1), (52, 11)):
        now[0] = 100.0 + seconds
        studio.progressed.emit(1, done, 100)
    assert film.said.text() == "11 of 100 frames, about 9 s left."


def test_while_it_is_made_nothing_can_be_changed_and_afterwards_all(film: FilmDialog, studios: list[StillStudio], answers, tmp_path: Path) -> None:
    path = tmp_path / "f.gif"
    studio = begin(film, studios, answers, path)
    assert not film.fields.isEnabled()
    assert not film.make.isEnabled()
    assert film.bar.isVisible()
    path.write_bytes(bytes(2_345_678))
    studio.made.emit(1, [str(path)])
    assert plain(film.said.text()) == f"Saved {path} (2.3 MB)."
    assert film.fields.isEnabled()
    assert film.make.isEnabled()
    assert not film.bar.isVisible()
    assert not film.cancel.isVisible()


def test_a_failure_is_its_sentence(film: FilmDialog, studios: list[StillStudio], answers, tmp_path: Path) -> None:
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    studio.failed.emit(1, "There is no room left on the disk.", "Traceback")
    assert film.said.text() == "There is no room left on the disk."
    assert film.said.toolTip() == "Traceback"
    assert film.make.isEnabled()


def test_cancel_gives_it_up_and_the_dialog_stays(film: FilmDialog, studios: list[StillStudio], answers, qtbot: QtBot, tmp_path: Path) -> None:
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    qtbot.mouseClick(film.cancel, Qt.MouseButton.LeftButton)
    assert studio.given_up == [1]
    studio.cancelled.emit(1)
    assert film.said.text() == "The film was given up; nothing was written."
    assert film.isVisible()
    assert film.make.isEnabled()


def test_closing_asks_whether_to_give_it_up(film: FilmDialog, studios: list[StillStudio], answers, qtbot: QtBot, tmp_path: Path) -> None:
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    answers["yes"] = False
    qtbot.keyClick(film, Qt.Key.Key_Escape)
    assert answers["asked"] == ["The film is still being made. Give it up?"]
    assert film.isVisible()
    assert film.running
    assert not studio.closed
    answers["yes"] = True
    film.close()
    assert not film.isVisible()
    assert studio.closed


def test_closing_asks_nothing_where_nothing_is_made(film: FilmDialog, studios: list[StillStudio], answers) -> None:
    film.close()
    assert answers["asked"] == []
    assert not film.isVisible()
    assert studios[-1].closed


def test_the_window_takes_the_dialog_and_what_it_makes_with_it(film: FilmDialog, studios: list[StillStudio], answers, window: Window, tmp_path: Path) -> None:
    studio = begin(film, studios, answers, tmp_path / "f.gif")
    window.close()
    assert answers["asked"] == []
    assert studio.closed
    assert not film.isVisible()


@pytest.mark.parametrize(
    ("name", "fps", "says"),
    [
        ("none/f.gif", 30, "Cannot write '{path}': there is no folder '{path.parent}'."),
        ("f.gif", 60, "The film would have 60 frames a second; in a .gif file it can be from 1 to 50."),
    ],
)
def test_what_cannot_begin_says_so(film: FilmDialog, studios: list[StillStudio], answers, type_into, tmp_path: Path, name: str, fps: int, says: str) -> None:
    type_into(film.numbers["fps"], str(fps))
    answers["file"] = tmp_path / name
    film.make.click()
    assert plain(film.said.text()) == says.format(path=tmp_path / name)
    assert not film.running
    assert not studios[-1].orders


def test_a_film_is_really_made_while_the_window_lives(real, window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    """Read by Pillow: as many pictures as were said, of their size, and the experiment inside."""
    pytest.importorskip("PIL")
    window.settings.setValue("film/fps", 20)
    window.settings.setValue("film/pace", "every")
    window.settings.setValue("film/amount", 10)
    for name, value in {"size": "own", "width": 480, "height": 420}.items():
        window.settings.setValue(f"film/{name}", value)
    dialog = real(FilmDialog, tmp_path / "f.gif")
    assert dialog.facts.text() == "11 frames, 0.6 s; 480 × 420 pixels"  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not dialog.running, timeout=PATIENCE)
    assert plain(dialog.said.text()).startswith(f"Saved {tmp_path / 'f.gif'} (")
    with Image.open(tmp_path / "f.gif") as image:
        assert (image.n_frames, image.size, image.info["duration"]) == (11, (480, 420), 50)
    assert recipe_in(tmp_path / "f.gif").recipe.config == window.run.config


def test_a_film_that_is_really_given_up_leaves_nothing(real, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = real(FilmDialog, tmp_path / "f.gif")
    qtbot.waitUntil(lambda: dialog.bar.value() > 2, timeout=PATIENCE)
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.running, timeout=PATIENCE)
    assert dialog.said.text() == "The film was given up; nothing was written."
    assert list(tmp_path.glob("*f*.gif")) == []


# --- hand-outs ------------------------------------------------------------------------------------------------------------------------------


def test_a_report_is_on_the_runs_that_are_ticked(window: Window, studios: list[StillStudio], answers, type_into, tmp_path: Path) -> None:
    for _ in range(2):
        window.comparing.pin()
    window.saving.ask_for_report()
    dialog = window.findChild(ReportDialog)
    assert dialog.chosen == (0, 1, 2)
    tick(dialog.runs, 1, on=False)
    type_into(dialog.question, "Why does nothing reach layer 1?")
    choose(dialog.paper, "letter")
    studio = begin(dialog, studios, answers, tmp_path / "r.pdf")
    (order,) = studio.orders.values()
    assert isinstance(order, ReportOrder)
    assert (order.question, order.paper, Path(order.path)) == ("Why does nothing reach layer 1?", "letter", tmp_path / "r.pdf")
    (snapshot,) = studio.snapshots
    assert snapshot.live.config == window.run.config
    assert [pin.name for pin in snapshot.pins] == [window.dashboard.pins[1].name]
    studio.cancelled.emit(1)


def test_without_the_live_run_the_first_pinned_one_takes_its_place(window: Window, studios: list[StillStudio], answers, tmp_path: Path) -> None:
    for _ in range(2):
        window.comparing.pin()
    window.saving.ask_for_report()
    dialog = window.findChild(ReportDialog)
    tick(dialog.runs, 0, on=False)
    studio = begin(dialog, studios, answers, tmp_path / "r.html")
    (snapshot,) = studio.snapshots
    assert snapshot.name == studio.newest.sight.name == window.dashboard.pins[0].name
    assert len(snapshot.pins) == 1
    assert studio.newest.sight.epoch is None
    studio.cancelled.emit(1)


def test_a_report_on_no_run_or_on_too_many_is_a_sentence(window: Window, studios: list[StillStudio]) -> None:
    for _ in range(6):
        window.comparing.pin()
    window.saving.ask_for_report()
    dialog = window.findChild(ReportDialog)
    assert len(dialog.chosen) == 6
    tick(dialog.runs, 6, on=True)
    assert dialog.problem.text() == "A report is on 1 to 6 runs; 7 are ticked."
    assert not dialog.make.isEnabled()
    for place in range(7):
        tick(dialog.runs, place, on=False)
    assert dialog.problem.text() == "A report is on 1 to 6 runs; none is ticked."
    tick(dialog.runs, 0, on=True)
    assert dialog.make.isEnabled()
    assert len(studios) == 2


def test_a_report_is_really_made(real, window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = real(ReportDialog, tmp_path / "r.html")
    qtbot.waitUntil(lambda: not dialog.running, timeout=PATIENCE)
    assert plain(dialog.said.text()).startswith(f"Saved {tmp_path / 'r.html'} (")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert recipe_in(tmp_path / "r.html").recipe.config == window.run.config
