"""The timeline: what a person clicks, drags and types on it, and what it says of the epoch on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QColor, QHelpEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gradviz import Config, record
from gradviz.core.conditions import Condition, Met
from gradviz.core.frames import Ending, Frames, columns_for
from gradviz.core.interventions import Intervention
from gradviz.core.words import short
from gradviz.runs.presets import Preset
from gradviz.runs.run import Run
from gradviz.ui import playhead
from gradviz.ui import state as states
from gradviz.ui.panels.speed_field import speed_of, words_for
from gradviz.ui.panels.timeline import PREPARING, READY, Timeline
from gradviz.ui.panels.track import EDGE, Track
from gradviz.ui.panels.track_marks import MIDDLE
from gradviz.ui.playhead import Playhead
from gradviz.ui.state import Phase, State
from gradviz.ui.theme import DARK, LIGHT

EPOCHS, DONE = 1000, 845
LEFT = Qt.MouseButton.LeftButton
SIGNALS = ("epoch_wanted", "followed", "stepped", "play_toggled", "speed_chosen", "loop_chosen", "bookmark_toggled", "pauses_requested")


@pytest.fixture(scope="module")
def whole() -> Run:
    return record(Config(layers=4, epochs=EPOCHS))


class Bench:
    """A timeline that is answered as the window answers it, without a window; `said` is what it asked for, in order."""

    def __init__(self, timeline: Timeline, run: Run) -> None:
        self.timeline, self.track, self.run = timeline, timeline.track, run
        self.state: State = replace(states.opened(Preset("test", "Test", "", run.config)), phase=Phase.RUNNING)
        self.said: list[tuple[str, Any]] = []
        for name in SIGNALS:
            getattr(timeline, name).connect(lambda *values, name=name: self.said.append((name, *values)))
        transitions = {
            "epoch_wanted": lambda epoch: playhead.moved(self.head, epoch, self.newest),
            "followed": lambda: playhead.followed(self.head),
            "stepped": lambda by: playhead.stepped(self.head, self.run, by),
            "play_toggled": lambda: playhead.played(self.head, self.newest),
            "speed_chosen": lambda speed: playhead.at_speed(self.head, speed),
            "loop_chosen": lambda loop: playhead.looped(self.head, loop),
            "bookmark_toggled": lambda epoch: playhead.bookmarked(self.head, epoch),
        }
        for name, transition in transitions.items():
            getattr(timeline, name).connect(lambda *values, transition=transition: self.look(transition(*values)))
        self.show()

    @property
    def head(self) -> Playhead:
        return self.state.head

    @property
    def newest(self) -> int:
        return int(self.run.newest.epoch[-1])

    def show(self, **changes: Any) -> None:
        self.state = replace(self.state, epochs_done=self.run.epochs_done, **changes)
        self.timeline.show_state(self.state)
        self.timeline.show_run(self.run)

    def look(self, head: Playhead) -> None:
        self.show(head=head)

    def at(self, epoch: float, height: float = MIDDLE) -> QPoint:
        """Where on the track an epoch is."""
        return QPointF(self.track.place(epoch), height).toPoint()

    def button(self, name: str) -> Any:
        return self.timeline.buttons[name]


@pytest.fixture
def bench(on_screen, whole: Run) -> Bench:
    """A timeline as wide as a window of 1280 pixels has it, of a run that is on its way."""
    timeline = on_screen(Timeline(), 1272, 50)
    timeline.complete()
    timeline.activateWindow()
    made = Bench(timeline, whole.before(DONE))
    QApplication.processEvents()
    return made


def drag(track: Track, *places: QPoint, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, release: bool = True) -> None:
    QTest.mousePress(track, LEFT, modifier, places[0])
    for place in places[1:]:
        QTest.mouseMove(track, place)
    if release:
        QTest.mouseRelease(track, LEFT, modifier, places[-1])


def pixel(track: Track) -> float:
    """So many epochs is a pixel."""
    return EPOCHS / (track.width() - 2 * EDGE)


# words


def test_it_says_which_epoch_is_on_the_screen_and_where_the_newest_is(bench: Bench) -> None:
    assert bench.timeline.epochs.text() == "845 of 1,000 epochs"
    bench.look(Playhead(cursor=312))
    assert bench.timeline.epochs.text() == "epoch 312 of 1,000, live at 844"
    assert bench.track.accessibleDescription() == "epoch 312 of 1,000, live at 844"


def test_where_profiles_are_thinned_out_it_says_the_epoch_that_is_drawn(bench: Bench, whole: Run) -> None:
    thinned = Run(whole.config, memory=whole.profile_bytes // 4)
    for begin in range(0, EPOCHS, 50):
        thinned.append(whole.frames.rows(slice(begin, begin + 50)))
    assert thinned.stride > 1
    bench.run = thinned
    cursor = int(thinned.frames.epoch[5]) + 1
    bench.look(Playhead(cursor=cursor))
    assert bench.timeline.epochs.text() == f"epoch {cursor - 1} of 1,000, live at 999"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phase": Phase.PREPARING}, PREPARING),
        ({"phase": Phase.RUNNING}, "Running"),
        ({"phase": Phase.PAUSED}, "Paused"),
        ({"phase": Phase.PAUSED, "base": Run(Config(epochs=9)), "opened_run": True}, "Recorded: 0 of 9 epochs. Space goes on."),
        ({"phase": Phase.FINISHED, "ending": Ending("done", "Done.")}, "Finished"),
        ({"phase": Phase.FINISHED, "ending": Ending("stopped", "Stopped after 4 of 100 epochs.")}, "Stopped"),
        ({"phase": Phase.FINISHED, "ending": Ending("stopped", "Recorded so far."), "opened_run": True}, "Recorded so far."),
        ({"phase": Phase.FINISHED, "ending": Ending("diverged", "Diverged at epoch 3.")}, "Diverged at epoch 3."),
    ],
)
def test_a_word_says_what_the_experiment_does(bench: Bench, changes: dict[str, Any], words: str) -> None:
    bench.show(**changes)
    assert bench.timeline.phase.text() == bench.timeline.phase.toolTip() == words


def test_before_anything_is_trained_it_is_ready(bench: Bench, whole: Run) -> None:
    bench.run = whole.before(1)
    bench.show(phase=Phase.PAUSED)
    assert bench.timeline.phase.text() == READY


@pytest.mark.parametrize("width", [1272, 1912])
@pytest.mark.parametrize("epochs", [1000, 10**9])
def test_words_that_change_move_nothing_and_nothing_is_cut_off(on_screen, width: int, epochs: int) -> None:
    timeline = on_screen(Timeline(), width, 50)
    timeline.complete()
    state = states.opened(Preset("test", "Test", "", Config(epochs=epochs)))
    places = set()
    for done, head in ((1, Playhead()), (epochs // 2, Playhead(cursor=epochs // 3)), (epochs, Playhead()), (epochs, Playhead(cursor=epochs - 2))):
        for phase in (Phase.PREPARING, Phase.RUNNING):
            for rates in ((None, None), (999_999.0, 60.0)):
                timeline.show_state(replace(state, epochs_done=done, head=head, phase=phase))
                timeline.show_rates(*rates)
                QApplication.processEvents()
                places.add((timeline.track.geometry().getRect(), timeline.height(), timeline.width()))
                for label in (timeline.epochs, timeline.speed, timeline.frames):
                    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert len(places) == 1
    assert timeline.width() == width
    assert timeline.track.width() > 700
    right = max(button.geometry().right() for button in timeline.buttons.values())
    assert right < timeline.track.x(), "no button lies on the track"


def test_a_sentence_that_is_too_long_ends_in_dots_and_is_whole_in_the_tooltip(bench: Bench) -> None:
    sentence = "Diverged at epoch 3: " + "a very long reason, " * 20
    bench.show(phase=Phase.FINISHED, ending=Ending("diverged", sentence))
    QApplication.processEvents()
    assert bench.timeline.width() == 1272
    assert bench.timeline.phase.toolTip() == sentence


@pytest.mark.parametrize(("rates", "words"), [((0.04, 0.0), ("0.04 epochs/s", "0 frames/s")), ((12345.6, 59.7), ("12,346 epochs/s", "60 frames/s"))])
def test_a_slow_rate_is_not_nought(bench: Bench, rates: tuple[float, float], words: tuple[str, str]) -> None:
    bench.timeline.show_rates(*rates)
    assert (bench.timeline.speed.text(), bench.timeline.frames.text()) == words
    bench.timeline.show_rates(None, None)
    assert (bench.timeline.speed.text(), bench.timeline.frames.text()) == ("", "")


# the track under the mouse


def test_a_drag_goes_to_every_epoch_under_the_mouse(bench: Bench) -> None:
    drag(bench.track, bench.at(600), bench.at(300), bench.at(100))
    wanted = [epoch for name, epoch in bench.said if name == "epoch_wanted"]
    assert wanted == pytest.approx([600, 300, 100], abs=pixel(bench.track))
    assert bench.head.cursor == wanted[-1]


def test_a_drag_beyond_what_is_recorded_ends_at_the_newest_and_follows(bench: Bench) -> None:
    drag(bench.track, bench.at(100), bench.at(990))
    assert bench.said[-1] == ("epoch_wanted", 844)
    assert bench.head.live
    drag(bench.track, bench.at(100), QPoint(-300, MIDDLE))
    assert bench.head.cursor == 0


def test_the_recorded_part_grows_under_the_handle_which_stays_while_it_is_held(bench: Bench, whole: Run) -> None:
    drag(bench.track, bench.at(600), bench.at(300), release=False)
    held = bench.head.cursor
    place = bench.track.place(held)
    bench.run = whole.before(950)
    bench.show()
    assert bench.head.cursor == held
    assert bench.track.place(bench.track.epoch) == place
    QTest.mouseMove(bench.track, bench.at(900))
    assert bench.head.cursor == pytest.approx(900, abs=pixel(bench.track)), "an epoch that was not recorded when the drag began"
    QTest.mouseRelease(bench.track, LEFT, pos=bench.at(900))


def long_run(done: int) -> Run:
    """A run of 10^9 epochs so far; its frame and its costs are made up."""
    config = Config(layers=3, epochs=10**9)
    frame = Frames(**{**columns_for(config, 1), "epoch": np.array([done - 1])})
    return Run.restored(config, frame, {"epoch": np.array([0, done - 1]), "cost": np.ones(2)}, [], None, 1, done)


def test_a_longer_line_waits_until_the_handle_is_let_go(on_screen) -> None:
    timeline = on_screen(Timeline(), 1272, 50)
    timeline.complete()
    state = states.opened(Preset("test", "Test", "", Config(epochs=10**9)))

    def show(done: int, head: Playhead) -> None:
        timeline.show_state(replace(state, epochs_done=done, head=head, phase=Phase.RUNNING))
        timeline.show_run(long_run(done))

    track = timeline.track
    show(900, Playhead())
    wanted: list[int] = []
    timeline.epoch_wanted.connect(wanted.append)
    drag(track, QPointF(track.place(700), MIDDLE).toPoint(), QPointF(track.place(500), MIDDLE).toPoint(), release=False)
    place = track.place(500)
    show(1_100_000, Playhead(cursor=wanted[-1]))
    assert track.place(500) == place, "what is held does not move away"
    QTest.mouseRelease(track, LEFT, pos=QPoint(round(place), MIDDLE))
    assert track.place(500) < EDGE + 1
    QTest.mouseClick(track, LEFT, pos=QPointF(track.place(1_000_000), MIDDLE).toPoint())
    assert wanted[-1] == pytest.approx(1_000_000, rel=0.01)
    show(345_678_901, Playhead())
    assert timeline.epochs.text() == "345,678,901 of 1,000,000,000 epochs"
    QTest.mouseClick(track, LEFT, pos=QPointF(track.place(300_000_000), MIDDLE).toPoint())
    assert wanted[-1] == pytest.approx(300_000_000, rel=0.01)


def test_a_click_on_the_handle_alone_moves_nothing(bench: Bench) -> None:
    bench.look(Playhead(cursor=312))
    QTest.mouseClick(bench.track, LEFT, pos=bench.at(312) + QPoint(4, 0))
    assert bench.said == []
    drag(bench.track, bench.at(312) + QPoint(4, 0), bench.at(412) + QPoint(4, 0))
    assert bench.head.cursor == pytest.approx(412, abs=2 * pixel(bench.track))


def test_a_double_click_follows_the_newest_epoch(bench: Bench) -> None:
    bench.look(Playhead(cursor=312))
    QTest.mouseDClick(bench.track, LEFT, pos=bench.at(500))
    assert ("followed",) in bench.said
    assert bench.head.live


def test_the_other_buttons_of_the_mouse_do_nothing(bench: Bench) -> None:
    QTest.mouseClick(bench.track, Qt.MouseButton.RightButton, pos=bench.at(300))
    assert bench.said == []


def test_before_anything_is_recorded_nothing_can_be_wanted(on_screen) -> None:
    timeline = on_screen(Timeline(), 1272, 50)
    timeline.complete()
    said: list[int] = []
    timeline.epoch_wanted.connect(said.append)
    timeline.show_state(states.opened(Preset("test", "Test", "", Config())))
    QTest.mouseClick(timeline.track, LEFT, pos=QPoint(100, MIDDLE))
    timeline.track.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_PageDown):
        QTest.keyClick(timeline.track, key)
    assert said == []
    assert timeline.track.reading(QPointF(100, MIDDLE)) == "Nothing is recorded yet"
    assert not any(timeline.buttons[name].isEnabled() for name in ("step_back", "play", "step_forward", "live", "loop", "bookmark"))


# keys


@pytest.mark.parametrize(
    ("key", "cursor"),
    [
        (Qt.Key.Key_Left, 311),
        (Qt.Key.Key_Right, 313),
        (Qt.Key.Key_PageUp, 312 - 84),
        (Qt.Key.Key_PageDown, 312 + 84),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, None),
    ],
)
def test_with_the_focus_keys_move_the_epoch(bench: Bench, qtbot: QtBot, key: Qt.Key, cursor: int | None) -> None:
    bench.look(Playhead(cursor=312))
    bench.track.setFocus()
    qtbot.keyClick(bench.track, key)
    assert bench.head.cursor == cursor


def test_keys_with_a_modifier_are_somebody_elses(bench: Bench, qtbot: QtBot) -> None:
    bench.look(Playhead(cursor=312))
    bench.track.setFocus()
    qtbot.keyClick(bench.track, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert bench.head.cursor == 312


# marks


def test_marks_near_each_other_are_one_with_a_count_and_say_what_they_are(bench: Bench) -> None:
    changes = [Intervention(200, "learning_rate", 0.5), Intervention(202, "w[2]*", 1.5), Intervention(600, "learning_rate", 0.1)]
    bench.run.interventions = list(changes)
    bench.look(Playhead(bookmarks=(400,)))
    bench.timeline.show_met((Met(500, "Paused at epoch 500: you asked for it.", ()),))
    groups = {(group.kind, len(group.marks)): group.words for group in bench.track.groups}
    assert groups == {
        ("intervention", 2): f"{changes[0]}\n{changes[1]}",
        ("intervention", 1): str(changes[2]),
        ("bookmark", 1): "Bookmark at epoch 400",
        ("pause", 1): "Paused at epoch 500: you asked for it.",
    }
    assert bench.track.reading(QPointF(bench.at(201, MIDDLE + 8))) == groups["intervention", 2]
    assert bench.track.reading(QPointF(bench.at(400, 4))) == "Bookmark at epoch 400"


def test_a_thousand_changes_at_one_place_say_how_many_more_there_are(bench: Bench) -> None:
    bench.run.interventions = [Intervention(300, "w[2]*", 1.01)] * 1000
    bench.show()
    (group,) = bench.track.groups
    assert len(group.marks) == 1000
    assert group.words.endswith("\nand 994 more")


def test_another_change_is_marked_when_the_run_has_it_and_goes_with_its_branch(bench: Bench) -> None:
    bench.run.interventions = [Intervention(200, "learning_rate", 0.5)]
    bench.show()
    bench.run.interventions.append(Intervention(700, "learning_rate", 0.1))
    bench.show()
    assert [group.marks[0].epoch for group in bench.track.groups] == [200, 700]
    bench.run = bench.run.before(600)
    bench.show()
    assert [group.marks[0].epoch for group in bench.track.groups] == [200]


def test_a_click_on_a_mark_goes_to_its_very_epoch(bench: Bench) -> None:
    bench.look(Playhead(bookmarks=(401,)))
    QTest.mouseClick(bench.track, LEFT, pos=bench.at(401, 3) + QPoint(3, 0))
    assert bench.head.cursor == 401


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_what_is_marked_is_seen_in_its_colour(bench: Bench, theme) -> None:
    bench.timeline.apply_theme(theme)
    bench.run.interventions = [Intervention(200, "learning_rate", 0.5)]
    bench.look(Playhead(cursor=312, bookmarks=(400,)))
    bench.timeline.show_met((Met(500, "Paused.", ()),))
    image = bench.track.grab().toImage()
    ratio = image.width() / bench.track.width()

    def seen(epoch: int, height: int) -> set[str]:
        place = bench.at(epoch, height)
        return {QColor(image.pixel(round((place.x() + dx) * ratio), round((place.y() + dy) * ratio))).name() for dx in range(-4, 8) for dy in range(-2, 2)}

    assert theme.warning in seen(200, MIDDLE + 9)
    assert theme.text in seen(400, 4)
    assert theme.error in seen(500, 7)
    assert theme.accent in seen(312, MIDDLE)
    assert theme.accent not in seen(950, MIDDLE), "that is not trained yet"
    assert theme.field in seen(950, MIDDLE)


# what is under the mouse


def test_hovering_says_the_epoch_and_its_cost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _where, text, _widget: said.append(text))
    monkeypatch.setattr(QToolTip, "isVisible", lambda: bool(said))
    place = bench.at(312)
    QTest.mouseMove(bench.track, bench.at(100))
    assert said == [], "only where the mouse rests"
    QApplication.sendEvent(bench.track, QHelpEvent(QHelpEvent.Type.ToolTip, place, bench.track.mapToGlobal(place)))
    (words,) = said
    epoch = int(words.removeprefix("epoch ").split(",")[0])
    assert epoch == pytest.approx(312, abs=pixel(bench.track))
    assert words == f"epoch {epoch}, cost {short(float(bench.run.cost[epoch]), 4)}"
    QTest.mouseMove(bench.track, bench.at(950))
    assert said[-1].endswith(", not trained yet")


# the loop


def test_shift_and_a_drag_choose_a_loop_whose_ends_can_be_dragged(bench: Bench) -> None:
    near = pixel(bench.track)
    drag(bench.track, bench.at(400), bench.at(200), modifier=Qt.KeyboardModifier.ShiftModifier)
    assert bench.head.loop == pytest.approx((200, 400), abs=near)
    drag(bench.track, bench.at(bench.head.loop[1]), bench.at(600))
    assert bench.head.loop == pytest.approx((200, 600), abs=near)
    drag(bench.track, bench.at(bench.head.loop[0]), bench.at(700))
    assert bench.head.loop == pytest.approx((600, 700), abs=near), "one end may pass the other"
    assert bench.head.live, "no epoch was wanted"
    begin, end = bench.head.loop
    assert bench.track.reading(QPointF(bench.at(begin, MIDDLE - 6))) == f"Loop from epoch {begin} to {end}; drag its ends to change it"


def test_the_loop_button_goes_round_about_the_epoch_on_the_screen_or_no_more(bench: Bench, qtbot: QtBot) -> None:
    bench.look(Playhead(cursor=400))
    qtbot.mouseClick(bench.button("loop"), LEFT)
    begin, end = bench.head.loop
    assert begin < 400 < end
    assert bench.button("loop").isChecked()
    qtbot.mouseClick(bench.button("loop"), LEFT)
    assert bench.head.loop is None
    assert not bench.button("loop").isChecked()
    for cursor in (0, None):
        bench.look(Playhead(cursor=cursor))
        qtbot.mouseClick(bench.button("loop"), LEFT)
        begin, end = bench.head.loop
        assert 0 <= begin < end <= 844


# buttons


def test_steps_live_and_bookmarks_are_buttons(bench: Bench, qtbot: QtBot) -> None:
    assert [bench.button(name).isEnabled() for name in ("step_back", "step_forward", "live")] == [True, False, False]
    qtbot.mouseClick(bench.button("step_back"), LEFT)
    qtbot.mouseClick(bench.button("step_back"), LEFT)
    assert bench.head.cursor == 842
    assert [bench.button(name).isEnabled() for name in ("step_back", "step_forward", "live")] == [True, True, True]
    qtbot.mouseClick(bench.button("step_forward"), LEFT)
    assert bench.head.cursor == 843
    qtbot.mouseClick(bench.button("bookmark"), LEFT)
    assert (bench.head.bookmarks, bench.button("bookmark").isChecked()) == ((843,), True)
    qtbot.mouseClick(bench.button("step_back"), LEFT)
    assert not bench.button("bookmark").isChecked()
    qtbot.mouseClick(bench.button("live"), LEFT)
    assert bench.head.live


def test_play_back_and_pause_are_other_words_and_another_picture_than_those_of_the_training(bench: Bench, qtbot: QtBot) -> None:
    play = bench.button("play")
    pictures = [play.icon().pixmap(18).toImage()]
    assert (play.accessibleName(), play.toolTip().split(":")[0]) == ("Play back", "Play back")
    qtbot.mouseClick(play, LEFT)
    assert bench.head.playing
    pictures.append(play.icon().pixmap(18).toImage())
    assert play.accessibleName() == "Pause playing back"
    assert pictures[0] != pictures[1]


def test_pauses_are_asked_for_and_counted(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.button("pauses"), LEFT)
    assert bench.said == [("pauses_requested",)]
    bench.show(pauses=(Condition("zero"), Condition("not_finite")))
    assert bench.button("pauses").isChecked()
    assert bench.button("pauses").toolTip().endswith("now 2")
    bench.show(pauses=())
    assert not bench.button("pauses").isChecked(), "a click alone is no condition"


def test_every_part_has_a_name_for_who_cannot_see_it(bench: Bench) -> None:
    for part in (bench.track, bench.timeline.play_speed, *bench.timeline.buttons.values()):
        assert part.accessibleName()
    assert bench.track.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_another_experiment_begins_with_an_empty_line(bench: Bench) -> None:
    bench.run.interventions = [Intervention(200, "learning_rate", 0.5)]
    bench.show()
    bench.timeline.show_met((Met(500, "Paused.", ()),))
    anew = replace(bench.state, experiment=bench.state.experiment + 1, epochs_done=0, head=Playhead(), phase=Phase.PREPARING)
    bench.timeline.show_state(anew)
    assert bench.track.groups == ()
    assert bench.track.reading(QPointF(100, MIDDLE)) == "Nothing is recorded yet"


def test_ticks_that_change_no_pixel_paint_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch, whole: Run) -> None:
    painted: list[int] = []
    bench.look(Playhead(cursor=312))
    monkeypatch.setattr(bench.track, "update", lambda *_: painted.append(1))
    for _ in range(50):
        bench.show()
    assert painted == []
    bench.run = whole.before(900)
    bench.show()
    assert painted


# the speed


@pytest.mark.parametrize(
    ("text", "speed"),
    [("30", 30.0), ("−30/s", -30.0), ("-2.5", -2.5), ("1,000", 1000.0), ("1e4", 1e4), (" 5 epochs/s ", 5.0), ("7 epochs a second", 7.0), ("0.5 / s", 0.5)],
)
def test_any_number_is_a_speed(text: str, speed: float) -> None:
    assert speed_of(text) == speed
    assert speed_of(words_for(speed)) == speed


@pytest.mark.parametrize("text", ["", "fast", "0", "nan", "inf", "3 4", "-"])
def test_what_is_no_speed_is_a_sentence_with_what_was_written(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^The speed of playing back is '{text}'; it must be a number .* −30 to go backwards\.$"):
        speed_of(text)


def test_a_speed_is_typed_or_chosen_from_the_list(bench: Bench, type_into: Any) -> None:
    field = bench.timeline.play_speed
    assert field.currentText() == "30/s"
    type_into(field, "120")
    assert bench.head.speed == 120.0
    assert field.currentText() == "120", "a text stays as it was typed"
    field.setCurrentIndex(0)
    assert bench.head.speed == -30.0
    bench.look(replace(bench.head, speed=5.0))
    assert field.currentText() == "5/s"


def test_a_wrong_speed_stays_as_it_was_typed_in_red_and_says_why(bench: Bench, type_into: Any) -> None:
    field = bench.timeline.play_speed
    type_into(field, "quick")
    bench.look(Playhead(cursor=312, speed=bench.head.speed))
    assert field.currentText() == "quick"
    assert "must be a number of epochs a second" in field.toolTip()
    line = field.lineEdit()
    assert line.palette().color(line.palette().ColorRole.Text).name() == LIGHT.error
    assert bench.head.speed == 30.0
    type_into(field, "40")
    assert line.palette().color(line.palette().ColorRole.Text).name() == LIGHT.text
    assert bench.head.speed == 40.0


# in the window


def test_in_the_window_the_focused_track_keeps_its_keys(open_window, press, wait_for) -> None:
    """The window has shortcuts on the arrows: one press must be one step."""
    window = open_window(Config(layers=4, epochs=30))
    press(Qt.Key.Key_3)
    press(Qt.Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    window.timeline.track.setFocus()
    press(Qt.Key.Key_Left)
    press(Qt.Key.Key_Left)
    assert window.state.head.cursor == 27
    press(Qt.Key.Key_Right)
    assert window.state.head.cursor == 28
    press(Qt.Key.Key_Home)
    assert window.timeline.epochs.text() == "epoch 0 of 30, live at 29"
    press(Qt.Key.Key_End)
    assert window.state.head.live


def test_in_the_window_an_earlier_epoch_is_dragged_to_while_the_training_goes_on(open_window, press, wait_for) -> None:
    window = open_window(Config(layers=4, epochs=10**9))
    track = window.timeline.track
    press(Qt.Key.Key_3)
    press(Qt.Key.Key_Space)
    wait_for(lambda: window.state.epochs_done > 300)
    places = [QPointF(track.place(epoch), MIDDLE).toPoint() for epoch in (200, 100)]
    drag(track, *places)
    cursor, done = window.state.head.cursor, window.state.epochs_done
    assert 0 < cursor < 300
    wait_for(lambda: window.state.epochs_done > done + 300)
    assert window.state.head.cursor == cursor
    assert window.dashboard.moment.epoch == window.run.at_or_before(cursor).epoch[-1]
    assert window.state.phase is Phase.RUNNING
