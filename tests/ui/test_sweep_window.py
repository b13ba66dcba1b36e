"""The sweep's dialog and its map: what is entered, how it fills in, what a cell says, and what a click opens."""

from __future__ import annotations

import csv
import itertools
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gradviz.core.config import PARAMETERS, Config
from gradviz.runs.files import FileError
from gradviz.runs.pools import Processes
from gradviz.runs.sweep_points import Index, Point, Result, Task, measured, work
from gradviz.runs.sweeps import Axis, Sweep, points
from gradviz.ui.dialogs.sweep import SweepDialog
from gradviz.ui.dialogs.sweep_picture import picture
from gradviz.ui.plots.sweep_axes import labels
from gradviz.ui.plots.sweep_colours import colour_table
from gradviz.ui.plots.sweep_map import SweepMap, roomiest
from gradviz.ui.plots.sweep_shades import BROKEN, COLOURS, NONE, ZERO, Shades
from gradviz.ui.theme import DARK, LIGHT, Theme
from gradviz.ui.worker import Worker

PATIENCE = 60_000
SMALL = Config(layers=20, epochs=30)

Opener = Callable[..., SweepDialog]


class Thread:
    """A pool of one thread of this process, which can be held up after so many points."""

    def __init__(self, most: int | None = None) -> None:
        self.go_on = Event()
        self._left = most
        self._executor: ThreadPoolExecutor | None = None

    def open(self) -> Executor:
        self._executor = ThreadPoolExecutor(1)
        submit = self._executor.submit
        self._executor.submit = lambda _function, task: submit(self._work, task)  # type: ignore[assignment,method-assign]
        return self._executor

    def _work(self, task: Task) -> Result:
        if self._left is not None:
            self._left -= len(task.points)
            if self._left < 0:
                self.go_on.wait()
        return work(task)

    def workers(self) -> int:
        return 1

    def whole(self) -> bool:
        return True

    def close(self) -> None:
        self.go_on.set()
        assert self._executor is not None
        self._executor.shutdown(cancel_futures=True)

    def lost(self, problem: BaseException) -> FileError | None:  # noqa: ARG002
        return None


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Iterator[Opener]:
    """Opens the dialog on a small experiment; closes it after the test."""
    opened: list[SweepDialog] = []

    def open_one(config: Config = SMALL, theme: Theme = LIGHT, parent: QWidget | None = None, pool: Callable[[], Any] = Thread) -> SweepDialog:
        dialog = SweepDialog(parent, config, theme, pool)
        opened.append(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    yield open_one
    for dialog in opened:
        if not sip.isdeleted(dialog):
            dialog.close()


@pytest.fixture
def swept(qtbot: QtBot) -> Callable[[SweepDialog], SweepDialog]:
    """Presses Start, and waits until all points are there."""

    def wait(dialog: SweepDialog) -> SweepDialog:
        dialog.start.click()
        qtbot.waitUntil(lambda: not dialog.running, timeout=PATIENCE)
        return dialog

    return wait


def enter(dialog: SweepDialog, row: int, name: str, low: str = "", high: str = "", count: str = "", values: str = "") -> None:
    chosen = dialog.form.rows[row]
    chosen.choose(name)
    for field, text in ((chosen.low, low), (chosen.high, high), (chosen.count, count), (chosen.values, values)):
        if text:
            field.setText(text)


def few(dialog: SweepDialog) -> SweepDialog:
    """Five weight scales by three depths."""
    enter(dialog, 0, "weight_scale", "0.5", "3", "5")
    enter(dialog, 1, "layers", "2", "20", "3")
    return dialog


def place_of(shown: SweepMap, index: Index) -> QPointF:
    assert shown._item is not None
    view = QPointF(index[0], index[1] if len(index) > 1 else 0)
    return QPointF(shown._item.vb.mapViewToScene(view))


def click(shown: SweepMap, index: Index) -> None:
    viewport = shown.viewport()
    assert viewport is not None
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=shown.mapFromScene(place_of(shown, index)))


# --- what is entered ------------------------------------------------------------------------------------------------------------------------


def test_it_opens_with_a_sweep_that_can_be_started(open_dialog: Opener) -> None:
    dialog = open_dialog()
    wanted = dialog.form.wanted()
    assert wanted is not None
    assert [(axis.name, len(axis.values)) for axis in wanted.axes] == [("weight_scale", 41), ("layers", 21)]
    assert wanted.base == SMALL
    assert dialog.form.what.text() == "41 × 21 runs of 30 epochs"
    assert dialog.start.isEnabled()
    assert not dialog.save.isEnabled()


@pytest.mark.parametrize("name", list(PARAMETERS))
def test_every_parameter_can_be_chosen_and_begins_with_values_that_it_can_have(open_dialog: Opener, name: str) -> None:
    dialog = open_dialog(Config(csv_file="a.csv"))
    dialog.form.rows[1].choose("")
    dialog.form.rows[0].choose(name)
    wanted = dialog.form.wanted()
    assert wanted is not None, dialog.form.rows[0].problem.text() + dialog.form.problem.text()
    assert [axis.name for axis in wanted.axes] == [name]


@pytest.mark.parametrize(
    ("row", "field", "text", "says"),
    [
        (0, "low", "half", "weight_scale is 'half'; it must be a finite number."),
        (0, "count", "many", "weight_scale is to take 'many' values; it must be a whole number, 2 or greater."),
        (0, "count", "1", "weight_scale is to take 1 values from 0.5 to 3; it must be 2 to 1,000,000."),
        (1, "high", "1e6", "layers is 1000000; it must be a whole number from 2 to 100,000."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_before_start(open_dialog: Opener, type_into: Any, row: int, field: str, text: str, says: str) -> None:
    dialog = open_dialog()
    line = getattr(dialog.form.rows[row], field)
    before = line.text()
    type_into(line, text)
    assert dialog.form.rows[row].problem.text().replace("\u200b", "") == says
    assert dialog.form.rows[row].problem.isVisible()
    assert not dialog.form.rows[1 - row].problem.isVisible()
    assert not dialog.start.isEnabled()
    type_into(line, before)
    assert not dialog.form.rows[row].problem.isVisible()
    assert dialog.start.isEnabled()


def test_the_list_is_searched_by_any_part_of_a_name(open_dialog: Opener) -> None:
    dialog = open_dialog()
    box = dialog.form.rows[0].parameter
    box.setEditText("rate")
    assert dialog.form.rows[0].problem.text() == "There is no parameter 'rate'; type a part of its name, and choose it from the list."
    assert not dialog.start.isEnabled()
    completer = box.completer()
    completer.setCompletionPrefix("RATE")
    found = [completer.completionModel().index(row, 0).data() for row in range(completer.completionCount())]
    assert [text.rpartition("(")[2] for text in found] == ["learning_rate)", "decay)", "final_rate)"]
    box.setEditText(found[0])
    assert dialog.form.rows[0].axis() == Axis.between("learning_rate", 0.001, 10.0, 41, log=True)
    assert dialog.start.isEnabled()


def test_words_are_typed_as_a_list_and_a_switch_makes_room_for_them(open_dialog: Opener) -> None:
    dialog = open_dialog()
    enter(dialog, 1, "activation", values="tanh, relu")
    assert dialog.form.rows[1].axis().values == ("tanh", "relu")
    assert not dialog.form.rows[1].low.isVisible()
    enter(dialog, 1, "activation", values="tanh, rleu")
    assert dialog.form.rows[1].problem.text().startswith("activation is 'rleu'; it must be one of tanh, sigmoid,")
    assert not dialog.start.isEnabled()


def test_epochs_and_the_whole_sweep_are_checked_too(open_dialog: Opener, type_into: Any) -> None:
    dialog = open_dialog()
    type_into(dialog.form.epochs, "0")
    assert dialog.form.problem.text() == "epochs is 0; it must be a whole number from 1 to 1,000,000,000."
    assert not dialog.start.isEnabled()
    dialog.form.rows[0].choose("epochs")
    assert not dialog.form.epochs.isEnabled(), "it is swept over"
    assert dialog.start.isEnabled()
    dialog.form.rows[1].choose("epochs")
    assert dialog.form.problem.text() == "epochs is swept over twice; it can have one value at a time."


# --- filling in -----------------------------------------------------------------------------------------------------------------------------


def test_real_processes_fill_the_map_with_what_each_run_comes_to(open_dialog: Opener, swept: Any) -> None:
    dialog = swept(few(open_dialog(pool=lambda: Processes(2))))
    plan, shades = dialog.plan, dialog.map.shades
    assert plan is not None
    assert len(dialog.found) == plan.count == 15
    words = {code: word for word, code in shades.words.items()}
    for index in np.ndindex(5, 3):
        (verdict,) = measured(plan.config_at(index), ("verdict",))
        assert words[int(shades.codes[index])] == verdict
        assert dialog.found[index].values[plan.measures.index("verdict")] == verdict
    assert dialog.said.text().startswith("15 points in ")
    assert dialog.progress.value() == 15
    assert not multiprocessing.active_children()


def test_another_measure_of_the_same_runs_is_drawn_at_once(open_dialog: Opener, swept: Any) -> None:
    dialog = swept(few(open_dialog()))
    dialog.form.measure.setCurrentIndex(dialog.form.measure.findData("cost_last"))
    shades = dialog.map.shades
    assert dialog.plan is not None
    expected = [[measured(dialog.plan.config_at((column, row)), ("cost_last",))[0] for row in range(3)] for column in range(5)]
    np.testing.assert_array_equal(shades.values, expected)
    dialog.form.measure.setCurrentIndex(dialog.form.measure.findData("epochs_to_learn"))
    assert dialog.said.text() == "'epochs to a hundredth of the first cost' needs every epoch observed; start again to have it."
    swept(dialog)
    assert dialog.map.shades.measure == "epochs_to_learn"


def test_cancelling_keeps_what_is_done_and_it_can_start_again(open_dialog: Opener, swept: Any, qtbot: QtBot) -> None:
    held = Thread(4)
    pools = iter([held, Thread()])
    dialog = few(open_dialog(pool=lambda: next(pools)))
    dialog.start.click()
    qtbot.waitUntil(lambda: len(dialog.found) >= 1, timeout=PATIENCE)
    assert dialog.start.text() == "&Cancel"
    dialog.start.click()
    qtbot.waitUntil(lambda: not dialog.running, timeout=PATIENCE)
    done = len(dialog.found)
    assert 1 <= done < 15
    assert dialog.said.text() == f"Cancelled after {done} of 15 points; what was done is kept."
    assert int(dialog.map.shades.done.sum()) == done
    assert dialog.save.isEnabled()
    swept(dialog)
    assert len(dialog.found) == 15


def test_a_pool_that_cannot_begin_is_a_sentence(open_dialog: Opener, swept: Any) -> None:
    class Broken(Thread):
        def open(self) -> Executor:
            raise FileError("There are no processes to be had.")

    dialog = swept(few(open_dialog(pool=Broken)))
    assert dialog.said.text() == "The sweep broke off after 0 of 15 points: There are no processes to be had."
    assert dialog.start.isEnabled()


def test_closing_it_or_its_window_ends_what_is_being_trained(open_dialog: Opener, open_window: Any, qtbot: QtBot) -> None:
    window = open_window(Config(layers=3))
    dialog = few(open_dialog(Config(epochs=1_000_000_000), parent=window, pool=lambda: Processes(1)))
    dialog.form.epochs.setText("1000000000")
    dialog.start.click()
    worker = dialog._worker
    assert isinstance(worker, Worker)
    qtbot.waitUntil(lambda: bool(multiprocessing.active_children()), timeout=PATIENCE)
    window.close()
    qtbot.waitUntil(lambda: worker.isFinished() and not multiprocessing.active_children(), timeout=PATIENCE)
    assert sip.isdeleted(dialog) or not dialog.isVisible()


# --- the map --------------------------------------------------------------------------------------------------------------------------------


def plan_of(*shape: int, measures: tuple[str, ...] = ("verdict", "cost_last", "decades_per_layer")) -> Sweep:
    names = ("weight_scale", "learning_rate")
    axes = tuple(Axis(name, tuple(1.0 + place for place in range(count))) for name, count in zip(names, shape, strict=False))
    return Sweep(Config(epochs=10), axes, measures)


def point(index: Index, verdict: str = "trains", cost: float | None = 1.0, pace: float | None = 0.0) -> Point:
    return Point(index, "done", (verdict, cost, pace))


def test_a_cell_that_waits_has_the_colour_of_the_nearest_that_had_its_turn() -> None:
    plan = plan_of(9, 9)
    shades = Shades(plan, "verdict")
    kinds = ("trains", "dead", "stalled", "diverged")
    corners = dict(zip(list(points(plan))[:4], kinds, strict=True))
    assert (shades.codes == 0).all()
    shades.add(point(index, kind) for index, kind in corners.items())
    for index in np.ndindex(9, 9):
        if 4 not in index:
            nearest = min(corners, key=lambda corner: max(abs(np.subtract(corner, index))) + sum(abs(np.subtract(corner, index))) / 100)
            assert shades.codes[index] == shades.words[corners[nearest]]
    shades.add([point((4, 4), "exploding")])
    assert shades.codes[4, 4] == shades.words["exploding"]
    assert shades.codes[8, 8] == shades.words[corners[8, 8]]


def test_when_all_are_done_every_cell_is_its_own() -> None:
    plan = plan_of(7, 5)
    shades = Shades(plan, "cost_last")
    costs = {index: 10.0 ** -(index[0] + 7 * index[1]) for index in points(plan)}
    for index, cost in costs.items():
        shades.add([point(index, cost=cost)])
    decades = np.log10([[costs[column, row] for row in range(5)] for column in range(7)])
    assert shades.covered is not None
    expected = 1 + np.clip((decades - shades.covered.low) * COLOURS / shades.covered.span, 0, COLOURS - 1).astype(int)
    np.testing.assert_array_equal(shades.codes, expected)


def test_zero_nan_and_no_number_have_colours_and_words_of_their_own() -> None:
    shades = Shades(plan_of(5), "cost_last")
    shades.add([point((0,), cost=0.0), point((1,), cost=float("inf")), point((2,), cost=float("nan")), point((3,), cost=None), point((4,), cost=1e-3)])
    assert shades.codes[:4].tolist() == [ZERO, BROKEN, BROKEN, NONE]
    assert 1 <= shades.codes[4] <= COLOURS
    assert [word for _, word in shades.legend().words] == ["zero", "NaN, ∞", "no number"]
    table = colour_table(shades, LIGHT)
    assert len({table[code] for code in (0, ZERO, BROKEN, NONE)}) == 4


def test_the_scale_only_widens_and_in_round_steps() -> None:
    shades = Shades(plan_of(30), "cost_last")
    ranges = []
    for place in range(30):
        shades.add([point((place,), cost=10.0**-place)])
        ranges.append(shades.covered)
    assert all(later.low <= earlier.low and later.high >= earlier.high for earlier, later in itertools.pairwise(ranges))  # type: ignore[union-attr]
    assert len(set(ranges)) < 20
    assert all(end == round(end) for covered in ranges for end in covered)  # type: ignore[union-attr]


def test_decades_per_layer_have_the_phase_maps_colours_from_blue_over_none_to_yellow() -> None:
    shades = Shades(plan_of(5), "decades_per_layer")
    shades.add(point((place,), pace=pace) for place, pace in enumerate((-np.inf, -0.1, 0.0, 0.1, 7.0)))
    codes = shades.codes.astype(int)
    assert (np.diff(codes) > 0).all()
    assert (codes[0], codes[-1]) == (1, COLOURS)
    assert [tick.text for tick in shades.legend().ticks] == ["≥+0.5", "+0.1", "+0.02", "0", "−0.02", "−0.1", "≤−0.5"]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_verdicts_look_alike(theme: Theme) -> None:
    shades = Shades(plan_of(2), "verdict")
    table = colour_table(shades, theme)
    colours = {table[code] for code in shades.words.values()}
    assert len(colours) == len(shades.words) == 10
    assert table[0] not in colours, "what waits is none of them"


def drawn(on_screen: Any, plan: Sweep, measure: str, found: list[Point], size: tuple[int, int] = (640, 480)) -> SweepMap:
    shown = on_screen(SweepMap(), *size)
    shown.begin(plan, measure)
    shown.add(found)
    QApplication.processEvents()
    return shown  # type: ignore[no-any-return]


def test_a_region_has_its_word_on_it_where_there_is_room(on_screen: Any) -> None:
    plan = plan_of(20, 20)
    found = [point(index, "vanishing" if index[0] < 8 else "dead" if index == (19, 19) else "trains") for index in points(plan)]
    shown = drawn(on_screen, plan, "verdict", found)
    assert sorted(shown.words_written) == ["trains", "vanishing"]
    for text in shown._words:
        index = (round(text.pos().x()), round(text.pos().y()))
        assert text.toPlainText() == ("vanishing" if index[0] < 8 else "trains")
    assert [word for _, word in shown.shades.legend().words] == ["trains", "vanishing", "dead"]  # type: ignore[union-attr]


def test_the_roomiest_place_is_far_from_others() -> None:
    inside = np.zeros((11, 21), bool)
    inside[:, :9] = True
    assert roomiest(inside, (1.0, 1.0)) == (4.0, 5.0)
    assert roomiest(inside, (6.0, 1.0)) is None
    assert roomiest(np.ones((1, 5), bool), (0.4, 0.4)) == (2.0, 0.0)


def test_numbers_along_one_parameter_are_a_curve_with_a_dot_for_each_run(on_screen: Any) -> None:
    costs = [1.0, 0.1, 0.0, 1e-5, float("inf"), None]
    shown = drawn(on_screen, plan_of(6), "cost_last", [point((place,), cost=cost) for place, cost in enumerate(costs)])
    across, heights = shown._curve.getData()
    assert across.tolist() == [0, 1, 3]
    np.testing.assert_allclose(heights, [0.0, -1.0, -5.0])
    dots = dict(zip(*shown._dots.getData(), strict=True))
    assert sorted(dots) == [0, 1, 2, 3, 4]
    assert dots[2] < -5.0, "zero has a lane below the decades"
    assert dots[4] > 0.0, "infinity has one above"


def test_words_along_one_parameter_are_a_strip(on_screen: Any) -> None:
    shown = drawn(on_screen, plan_of(6), "verdict", [point((place,), "dead" if place < 3 else "trains") for place in range(6)])
    assert not shown.drawn_as_curve
    assert sorted(shown.words_written) == ["dead", "trains"]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_each_cell_is_painted_where_its_values_stand(on_screen: Any, theme: Theme) -> None:
    plan = plan_of(4, 3)
    shown = on_screen(SweepMap(), 640, 480)
    shown.begin(plan, "verdict")
    shown.add([point(index, "trains" if sum(index) % 2 else "dead") for index in points(plan)])
    shown.apply_theme(theme)
    QApplication.processEvents()
    image = shown.grab().toImage()
    table = colour_table(shown.shades, theme)
    for index in points(plan):
        place = shown.mapFromScene(place_of(shown, index) + QPointF(-20, -25))  # beside the words
        code = shown.shades.words["trains" if sum(index) % 2 else "dead"]
        assert image.pixelColor(place).rgb() == table[code], index


def test_labels_are_the_values_or_round_ones_between_them() -> None:
    assert labels(Axis("activation", ("tanh", "relu")), 8) == [(0.0, "tanh"), (1.0, "relu")]
    assert labels(Axis("weight_scale", (0.5, 3.0, 1.0)), 8) == [(0.0, "0.5"), (1.0, "3"), (2.0, "1")]
    rounds = labels(Axis.between("weight_scale", 0.5, 3.0, 101), 6)
    assert [text for _, text in rounds] == ["0.5", "1", "1.5", "2", "2.5", "3"]
    assert [place for place, _ in rounds] == pytest.approx([0, 20, 40, 60, 80, 100])
    powers = labels(Axis.between("learning_rate", 1e-5, 1e4, 91, log=True), 10)
    assert [text for _, text in powers] == ["10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1", "10", "100", "1,000", "10⁴"]
    assert [place for place, _ in powers] == pytest.approx(list(range(0, 91, 10)))
    assert all(float(text) == int(text) for _, text in labels(Axis.between("layers", 2, 20, 19), 7))
    assert labels(Axis("csv_file", ("a-very-long-name-of-a-table.csv",)), 3)[0][1] == "a-very-long-n…"


# --- the mouse ------------------------------------------------------------------------------------------------------------------------------


def test_hovering_says_what_a_point_came_to(open_dialog: Opener, swept: Any) -> None:
    dialog = swept(few(open_dialog()))
    assert dialog.plan is not None
    dialog.map._on_mouse_moved(place_of(dialog.map, (4, 2)))
    run = dict(zip(dialog.plan.measures, measured(dialog.plan.config_at((4, 2)), dialog.plan.measures), strict=True))
    said = dialog.reading.text()
    assert said.startswith(f"Weight scale 3, layers 20: {run['verdict']}, last cost 0.1")
    assert said.endswith("Click to open its run.")
    assert dialog.map._ring.getData()[0].tolist() == [4]
    dialog.map._on_mouse_moved(QPointF(1, 1))
    assert dialog.reading.text() == ""
    assert not len(dialog.map._ring.getData()[0])


def test_a_point_that_waits_says_so(open_dialog: Opener, qtbot: QtBot) -> None:
    dialog = few(open_dialog(pool=lambda: Thread(2)))
    dialog.start.click()
    qtbot.waitUntil(lambda: bool(dialog.found), timeout=PATIENCE)
    waiting = next(index for index in points(dialog.plan) if index not in dialog.found)  # type: ignore[arg-type]
    assert "not trained yet; the colour is the nearest point's." in dialog.describe(waiting)


def test_a_click_opens_the_run_of_its_point(open_dialog: Opener, swept: Any, qtbot: QtBot) -> None:
    dialog = swept(few(open_dialog()))
    with qtbot.waitSignal(dialog.config_chosen, timeout=PATIENCE) as chosen:
        click(dialog.map, (1, 2))
    assert chosen.args == [SMALL.replace(weight_scale=1.125, layers=20)]


def test_a_point_that_cannot_be_says_why_and_opens_nothing(open_dialog: Opener, swept: Any, qtbot: QtBot) -> None:
    dialog = open_dialog(Config(layers=4, epochs=3))
    enter(dialog, 0, "normalization", values="none, layer")
    enter(dialog, 1, "width", "1", "2", "2")
    swept(dialog)
    assert dialog.describe((1, 0)).startswith("Normalization layer, width 1: impossible. normalization is layer, and width is 1:")
    with qtbot.assertNotEmitted(dialog.config_chosen):
        click(dialog.map, (1, 0))
    assert dialog.reading.text().startswith("normalization is layer, and width is 1:")


# --- files ----------------------------------------------------------------------------------------------------------------------------------


def test_what_is_done_is_saved_as_table_arrays_and_picture(open_dialog: Opener, swept: Any, tmp_path: Path) -> None:
    dialog = swept(few(open_dialog()))
    for name in ("sweep.csv", "sweep.npz", "sweep.png"):
        dialog.save_as(tmp_path / name)
        assert dialog.said.text() == f"Saved {tmp_path / name}"
    with (tmp_path / "sweep.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 15
    with np.load(tmp_path / "sweep.npz", allow_pickle=False) as arrays:
        assert arrays["verdict"].shape == (5, 3)
    assert QImage(str(tmp_path / "sweep.png")).width() > 600
    dialog.save_as(tmp_path / "sweep.gif")
    assert dialog.said.text() == "'sweep.gif' has no ending that says what to write; it must be one of .csv, .npz, .png."
    dialog.save_as(tmp_path / "none" / "sweep.csv")
    assert dialog.said.text().startswith("Cannot write '")


def test_a_picture_has_a_map_for_each_measure_in_the_themes_colours() -> None:
    plan = plan_of(4, 3)
    found = {index: point(index) for index in points(plan)}
    one, three = picture(plan, found, ("verdict",), DARK), picture(plan, found, plan.measures, DARK)
    assert three.width() > 2.5 * one.width()
    assert three.height() == one.height()
    assert one.pixelColor(2, 2).name() == DARK.plot
    assert pg.mkColor(DARK.curves[2]).name() in {one.pixelColor(x, one.height() // 3).name() for x in range(0, one.width(), 7)}
