"""A lesson in the window: what its steps show on the plots, what is predicted before, what is checked, and a person's turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QFileDialog, QInputDialog
from pytestqt.qtbot import QtBot

from gradviz.lessons.course import course
from gradviz.lessons.lesson import PANELS
from gradviz.runs.presets import presets
from gradviz.ui.lessons.step import StepPage
from gradviz.ui.plots.dashboard import PLACES
from gradviz.ui.plots.gradients import GradientPanel
from gradviz.ui.state import Phase, Speed
from gradviz.ui.teaching import IN_A_LESSON, WITHHELD, WITHHELD_LONGER
from gradviz.ui.window import Window
from tests.ui.conftest import OpenWindow, WaitFor

LESSON = """
title = "Three ways to start a chain"
summary = "The notebook's scales."
minutes = 6

[[steps]]
title = "Every weight is 1"
text = "The cost falls to **0**."
notes = "Say hello."
preset = "notebook-1a"
set = { epochs = 60 }
speed = "fast"
panels = ["activations", "gradients"]
look_at = "gradients"
claims = [{ claim = "trains", within = 60 }]

[[steps]]
title = "Every weight is 5"
text = "Nothing else changes."
preset = "notebook-1b"
set = { epochs = 40 }
speed = "fast"
epoch = 0
beside = true
panels = ["gradients", "why"]
look_at = "why"
claims = [{ claim = "vanishing" }, { claim = "trains", within = 10 }]

[steps.question]
ask = "What happens at layer 1?"
options = ["It explodes", "It vanishes"]
right = 2
answer = "Each layer passes on 0.0009."

[steps.turn]
task = "Make it train."
goal = [{ claim = "trains", within = 40 }]
solution = { weight_scale = 1.0 }
hint = "Start smaller."

[[steps]]
title = "In your own words"
text = "The same run again, at its end."
panels = ["weights", "activations"]
decades = ["activations"]

[steps.question]
ask = "Why does patience not help?"
answer = "The steps are smaller than the spacing of the numbers."

[[steps]]
title = "A knob on the way"
text = "At epoch 20 the learning rate becomes 0."
preset = "notebook-1a"
set = { epochs = 50 }
changes = ["20:learning_rate=1e-30"]
speed = "fast"
claims = [{ claim = "number", of = "cost", above = 1e-4 }]
"""


#: Its first step asks before it shows anything.
ASKS_FIRST = """
title = "A guess"
summary = "One question."
minutes = 1

[[steps]]
title = "What will it do?"
text = "Every weight is 1."
preset = "notebook-1a"
set = { epochs = 30 }
speed = "fast"
panels = ["cost"]

[steps.question]
ask = "Does it train?"
options = ["Yes", "No"]
right = 1
answer = "Yes."
"""


@pytest.fixture
def lesson_file(tmp_path: Path) -> Path:
    path = tmp_path / "three.toml"
    path.write_text(LESSON, encoding="utf-8")
    return path


@pytest.fixture
def taught(open_window: OpenWindow, lesson_file: Path, wait_for: WaitFor) -> Window:
    window = open_window()
    assert window.teaching.open_file(lesson_file)
    wait_for(lambda: window.run.epochs_done >= 1 and window.run.config.epochs == 60)
    return window


@pytest.fixture
def key(qtbot: QtBot) -> Callable[[Window, Qt.Key], None]:
    """Press a key in the window, wherever the focus is."""

    def press(window: Window, which: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focused = QApplication.focusWidget()
        qtbot.keyClick(focused or window, which, modifier)

    return press


def step_page(window: Window) -> StepPage:
    return window.teaching.panel.step


def gradients(window: Window) -> GradientPanel:
    panel = window.dashboard.panels["gradients"]
    assert isinstance(panel, GradientPanel)
    return panel


def shown_me(window: Window, wait_for: WaitFor) -> None:
    """The step's experiment was run to its end, and its claims were checked."""
    window.actions_by_name["show_me"].trigger()
    wait_for(lambda: window.run.ending is not None and window.now.phase is Phase.FINISHED)
    wait_for(lambda: all(claim.holds is not None for claim in window.teaching._claims))


def test_the_panels_that_a_lesson_may_show_are_those_of_the_window() -> None:
    assert set(PANELS) == set(PLACES)


def test_without_a_lesson_its_keys_do_nothing(open_window: OpenWindow) -> None:
    window = open_window()
    assert [name for name in IN_A_LESSON if window.actions_by_name[name].isEnabled()] == []


def test_a_step_without_a_question_is_ready_to_run_with_its_panels_and_the_one_to_look_at(taught: Window) -> None:
    assert taught.dashboard.visible == {"activations", "gradients"}
    assert taught.now.phase is Phase.PAUSED
    assert taught.run.epochs_done == 1
    assert taught.now.speed is Speed.FAST
    page = step_page(taught)
    assert "Every weight is 1" in page.title.text()
    assert "Gradients" in page.look_at.text()
    assert "Step 1 of 4" in page.place.text()
    assert page.claims.text().count("○") == 1
    assert not taught.side.isVisible()


def test_show_me_runs_to_the_end_and_holds_the_claims_against_that_run(taught: Window, wait_for: WaitFor) -> None:
    shown_me(taught, wait_for)
    assert taught.run.epochs_done == 60
    assert step_page(taught).claims.text().count("✓") == 1
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.due == "next"


def test_a_step_with_a_question_shows_nothing_before_it_is_asked_for(taught: Window, wait_for: WaitFor) -> None:
    shown_me(taught, wait_for)
    before = taught.run
    taught.actions_by_name["lesson_next"].trigger()
    assert taught.run is before
    assert taught.dashboard.visible == {"activations", "gradients"}
    page = step_page(taught)
    assert page.question.isVisible()
    assert not page.question.answer.isVisible()
    assert not page.claims.isVisible()


def test_after_show_me_the_epoch_to_look_at_is_on_the_plots_beside_the_run_of_the_step_before(taught: Window, wait_for: WaitFor) -> None:
    shown_me(taught, wait_for)
    taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    assert taught.dashboard.visible == {"gradients", "why"}
    wait_for(lambda: taught.dashboard.moment is not None and taught.dashboard.moment.epoch == 0)
    assert [pin.name for pin in taught.now.pins] == ["Every weight is 1"]
    plot = gradients(taught).plot
    assert np.abs(plot.values[0, 0]) < 1e-300  # the notebook's 6.4e-301 at layer 1
    assert plot.covered is not None
    assert plot.covered.low <= -301.0


def test_claims_are_told_only_with_the_answer_and_one_that_does_not_hold_says_so(taught: Window, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    page = step_page(taught)
    assert not page.claims.isVisible()
    taught.actions_by_name["answer"].trigger()
    assert page.claims.text().count("✓") == 1
    assert page.claims.text().count("✗") == 1


def test_a_prediction_is_kept_and_the_answer_says_whether_it_was_right(taught: Window, qtbot: QtBot, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    page = step_page(taught)
    qtbot.mouseClick(page.question.labels[0], Qt.MouseButton.LeftButton)
    assert page.question.options[0].isChecked()
    taught.actions_by_name["answer"].trigger()
    wait_for(lambda: taught.run.ending is not None)
    assert "✗ Not as predicted: it is b)" in page.question.answer.text()
    assert not page.question.options[0].isEnabled()
    taught.actions_by_name["lesson_back"].trigger()
    taught.actions_by_name["lesson_next"].trigger()
    assert page.question.options[0].isChecked()


def test_page_down_alone_leads_through_the_lesson(taught: Window, wait_for: WaitFor, key: Callable[..., None]) -> None:
    seen = []
    for _ in range(9):
        progress = taught.teaching.progress
        assert progress is not None
        seen.append((progress.at, progress.due))
        key(taught, Qt.Key.Key_PageDown)
        wait_for(lambda: taught.now.phase in (Phase.FINISHED, Phase.PAUSED) and not taught.now.runs)
    assert seen == [(0, "show"), (0, "next"), (1, "show"), (1, "answer"), (1, "next"), (2, "show"), (2, "answer"), (2, "next"), (3, "show")]


def test_a_step_that_goes_on_shows_the_same_run_at_its_end_without_training_it_again(taught: Window, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    run = taught.run
    taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    assert taught.run is run
    wait_for(lambda: taught.dashboard.moment is not None and taught.dashboard.moment.epoch == 39)
    assert taught.dashboard.visible == {"weights", "activations"}
    assert taught.dashboard.panels["activations"].plots[0].scale.name == "decades"
    taught.actions_by_name["lesson_back"].trigger()
    assert gradients(taught).plot.scale.name == "decades"
    taught.actions_by_name["lesson_back"].trigger()
    assert taught.dashboard.panels["activations"].plots[0].scale.name == "linear"


def test_what_a_lesson_plans_to_change_on_the_way_is_part_of_the_run(taught: Window, wait_for: WaitFor) -> None:
    for _ in range(3):
        taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    assert [str(change) for change in taught.run.interventions] == ["20: learning_rate = 1×10⁻³⁰"]
    assert taught.run.cost[49] == taught.run.cost[21]
    assert step_page(taught).claims.text().count("✓") == 1


def test_in_a_persons_turn_the_fields_are_there_and_the_goal_is_checked_on_the_persons_own_run(taught: Window, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["your_turn"].trigger()
    wait_for(lambda: taught.run.epochs_done >= 1)
    assert taught.side.isVisible()
    page = step_page(taught)
    assert "Make it train." in page.task.text()
    assert "Start smaller." in page.hint.text()
    wait_for(lambda: page.goals.text().count("○") == 1)
    taught.try_values({"weight_scale": 1.0})
    taught.actions_by_name["run"].trigger()
    wait_for(lambda: page.goals.text().count("✓") == 2)
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.reached == {1: "weight_scale = 1.0"}
    assert "You did it" in taught.messages.text.text()


def test_a_goal_counts_for_the_task_s_own_experiment_alone(taught: Window, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["your_turn"].trigger()
    page = step_page(taught)
    assert "Nothing is changed but weight scale." in page.goals.text()
    taught.open(presets()["notebook-1a"])
    taught.actions_by_name["run"].trigger()
    wait_for(lambda: taught.run.ending is not None and page.goals.text().count("✓") == 1)
    assert "✗ Changed, though it is to stay: epochs." in page.goals.text()
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.reached == {}


def test_a_goal_that_the_run_has_missed_is_crossed_and_a_solution_can_be_shown(taught: Window, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["your_turn"].trigger()
    wait_for(lambda: taught.run.epochs_done >= 1)
    taught.actions_by_name["run"].trigger()
    page = step_page(taught)
    wait_for(lambda: page.goals.text().count("✗") == 1 and page.goals.text().count("✓") == 1)
    assert taught.actions_by_name["show_me"].text() == "Show a solution"
    taught.actions_by_name["show_me"].trigger()
    wait_for(lambda: page.goals.text().count("✓") == 2)
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.with_help == {1}
    assert taught.run.config.weight_scale == 1.0


def test_back_from_a_persons_turn_is_the_step_that_it_belongs_to(taught: Window) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["your_turn"].trigger()
    taught.actions_by_name["lesson_back"].trigger()
    assert taught.teaching.progress is not None
    assert (taught.teaching.progress.at, taught.teaching.progress.trying) == (1, False)
    assert not taught.side.isVisible()


def test_closing_the_lesson_brings_back_the_panels_and_the_fields_and_opening_it_again_the_step(taught: Window) -> None:
    usual = {name for name, place in PLACES.items() if place.usual}
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["lessons"].trigger()
    assert taught.dashboard.visible == usual
    assert taught.side.isVisible()
    assert taught.now.speed is Speed.NORMAL
    assert not taught.actions_by_name["lesson_next"].isEnabled()
    taught.actions_by_name["lessons"].trigger()
    assert "Step 2 of 4" in step_page(taught).place.text()


def test_the_verdict_keeps_silent_while_a_question_is_open_that_it_would_answer(taught: Window, wait_for: WaitFor) -> None:
    shown_me(taught, wait_for)
    wait_for(lambda: taught.verdict.verdict.sentence.startswith("Trains"))
    taught.actions_by_name["lesson_next"].trigger()
    assert taught.verdict.verdict.sentence == WITHHELD
    shown_me(taught, wait_for)
    assert taught.verdict.verdict.sentence == WITHHELD
    assert WITHHELD in taught.verdict.verdict.toolTip()
    assert taught.verdict.theory.sentence == ""
    taught.actions_by_name["answer"].trigger()
    assert taught.verdict.verdict.sentence == WITHHELD_LONGER, "the next step asks about the same run"
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["answer"].trigger()
    wait_for(lambda: taught.verdict.verdict.sentence.startswith("Vanishing"))
    taught.actions_by_name["lesson_back"].trigger()
    assert taught.verdict.verdict.sentence.startswith("Vanishing")
    taught.actions_by_name["lessons"].trigger()
    assert taught.verdict.verdict.sentence.startswith("Vanishing"), "the lesson is closed"


def test_plots_of_another_experiment_are_held_back_until_the_lesson_shows_its_own(open_window: OpenWindow, tmp_path: Path, wait_for: WaitFor) -> None:
    path = tmp_path / "asks.toml"
    path.write_text(ASKS_FIRST, encoding="utf-8")
    window = open_window()
    wait_for(lambda: window.run.epochs_done >= 1)
    before = window.run
    assert window.teaching.open_file(path)
    assert window.dashboard.held_back
    assert not any(panel.isVisible() for panel in window.dashboard.panels.values())
    assert window.run is before
    shown_me(window, wait_for)
    assert not window.dashboard.held_back
    assert window.dashboard.panels["cost"].isVisible()
    assert window.run.config.epochs == 30


def test_whoever_runs_something_sees_it_and_so_does_who_closes_the_lesson(
    open_window: OpenWindow, tmp_path: Path, wait_for: WaitFor, key: Callable[..., None]
) -> None:
    path = tmp_path / "asks.toml"
    path.write_text(ASKS_FIRST, encoding="utf-8")
    window = open_window()
    wait_for(lambda: window.run.epochs_done >= 1)
    assert window.teaching.open_file(path)
    key(window, Qt.Key.Key_Space)
    assert not window.dashboard.held_back
    assert window.teaching.open_file(path)
    assert window.dashboard.held_back
    window.actions_by_name["lessons"].trigger()
    assert not window.dashboard.held_back


def test_who_comes_back_to_a_step_finds_its_run_its_claims_and_what_stood_beside_it(taught: Window, wait_for: WaitFor) -> None:
    shown_me(taught, wait_for)
    taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    taught.actions_by_name["answer"].trigger()
    for _ in range(2):
        taught.actions_by_name["lesson_next"].trigger()
    wait_for(lambda: taught.run.config.epochs == 50)  # another experiment, with nothing beside it
    assert taught.now.pins == ()
    for _ in range(2):
        taught.actions_by_name["lesson_back"].trigger()
    wait_for(lambda: taught.run.config.weight_scale == 5.0 and taught.run.ending is not None)
    wait_for(lambda: step_page(taught).claims.text().count("✓") == 1)
    assert step_page(taught).claims.text().count("✗") == 1
    assert [pin.name for pin in taught.now.pins] == ["Every weight is 1"]
    assert taught.now.pins[0].run.epochs_done == 60
    wait_for(lambda: taught.dashboard.moment is not None and taught.dashboard.moment.epoch == 0)


def test_a_step_that_is_run_again_in_a_hurry_leaves_the_next_one_its_own_speed(taught: Window, lesson_file: Path, wait_for: WaitFor) -> None:
    head, first, *_others, last = LESSON.split("[[steps]]")
    slow = first.replace("epochs = 60", "epochs = 100000").replace('speed = "fast"', 'speed = "slow"')
    lesson_file.write_text("[[steps]]".join([head, slow, last]), encoding="utf-8")
    taught.teaching.open_file(lesson_file)
    taught.actions_by_name["show_me"].trigger()
    assert taught.now.speed is Speed.SLOW
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["lesson_back"].trigger()
    wait_for(lambda: taught.run.config.epochs == 100000 and taught.run.epochs_done > 1)
    assert taught.now.speed is Speed.FAST
    taught.actions_by_name["lesson_next"].trigger()
    shown_me(taught, wait_for)
    assert taught.run.config.epochs == 50
    assert taught.now.speed is Speed.FAST, "as the file has it"


def test_the_epoch_to_look_at_stays_on_the_plots_while_the_run_goes_on(taught: Window, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    drawn = []
    show = taught.dashboard.show_run
    taught.dashboard.show_run = lambda *what, **how: (drawn.append(how["epoch"]), show(*what, **how))  # type: ignore[method-assign]
    shown_me(taught, wait_for)
    assert taught.run.epochs_done == 40
    assert set(drawn) == {0}


def test_by_keyboard_a_turn_begins_in_the_field_that_solves_it_and_return_gives_the_keys_back(
    taught: Window, wait_for: WaitFor, qtbot: QtBot, key: Callable[..., None]
) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    key(taught, Qt.Key.Key_Y)
    field = taught.parameters.rows["weight_scale"].field
    wait_for(lambda: taught.run.epochs_done >= 1 and field.isVisible())
    assert field.hasFocus()
    field.selectAll()
    qtbot.keyClicks(field, "1.0")
    key(taught, Qt.Key.Key_Return)
    assert taught.dashboard.hasFocus()
    key(taught, Qt.Key.Key_Space)
    wait_for(lambda: step_page(taught).goals.text().count("✓") == 2)
    key(taught, Qt.Key.Key_PageDown)
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.at == 2


def test_page_down_in_a_field_goes_on_in_the_lesson(taught: Window, key: Callable[..., None]) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    key(taught, Qt.Key.Key_Y)
    key(taught, Qt.Key.Key_PageDown)
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.at == 2
    assert taught.now.entered["weight_scale"] == 5.0


def test_from_the_step_tab_leads_to_its_choices_and_space_chooses_one(taught: Window, qtbot: QtBot, key: Callable[..., None]) -> None:
    taught.activateWindow()
    qtbot.waitUntil(taught.isActiveWindow)
    taught.actions_by_name["lesson_next"].trigger()
    page = step_page(taught)
    assert page.place.hasFocus()
    qtbot.waitUntil(page.question.options[0].isVisible)
    for _ in range(9):
        key(taught, Qt.Key.Key_Tab)
        if page.question.options[0].hasFocus():
            break
    assert page.question.options[0].hasFocus()
    key(taught, Qt.Key.Key_Space)
    assert page.question.options[0].isChecked()
    key(taught, Qt.Key.Key_Down)
    assert page.question.options[1].isChecked()
    assert taught.now.phase is Phase.PAUSED, "Space has run nothing"
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.predictions == {1: 2}


def test_space_presses_the_step_s_buttons_and_the_focus_goes_along(taught: Window, qtbot: QtBot, wait_for: WaitFor, key: Callable[..., None]) -> None:
    taught.activateWindow()
    qtbot.waitUntil(taught.isActiveWindow)
    taught.actions_by_name["lesson_next"].trigger()
    page = step_page(taught)
    page.buttons["show_me"].setFocus()
    key(taught, Qt.Key.Key_Space)
    wait_for(lambda: taught.run.ending is not None and taught.run.config.epochs == 40)
    assert page.buttons["answer"].hasFocus()
    key(taught, Qt.Key.Key_Space)
    assert page.question.answer.isVisible()
    assert page.buttons["lesson_next"].hasFocus()
    key(taught, Qt.Key.Key_Space)
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.at == 2
    qtbot.mouseClick(page.buttons["lesson_back"], Qt.MouseButton.LeftButton)
    assert not page.buttons["lesson_back"].hasFocus()


def test_the_lesson_stays_as_wide_as_it_is_from_step_to_step(taught: Window, wait_for: WaitFor) -> None:
    taught.resize(1280, 800)
    widths = set()
    for _ in range(10):
        wait_for(lambda: taught.now.phase in (Phase.FINISHED, Phase.PAUSED) and not taught.now.runs)
        for _ in range(5):
            QApplication.processEvents()
        widths.add(taught.left.width())
        taught.actions_by_name["lesson_on"].trigger()
    assert len(widths) == 1


def test_at_the_end_the_answers_can_be_saved(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "asks.toml"
    path.write_text(ASKS_FIRST, encoding="utf-8")
    window = open_window()
    window.teaching.open_file(path)
    qtbot.mouseClick(step_page(window).question.labels[0], Qt.MouseButton.LeftButton)
    assert window.teaching.progress is not None
    while window.teaching.in_step:
        window.actions_by_name["lesson_on"].trigger()
    target = tmp_path / "answers.txt"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Ada", True))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(target), ""))
    assert window.actions_by_name["save_answers"].isEnabled()
    qtbot.mouseClick(window.messages.choices[0], Qt.MouseButton.LeftButton)
    assert "Predicted: a) (right)" in target.read_text(encoding="utf-8")


def test_the_end_of_a_lesson_leads_to_the_next_one(open_window: OpenWindow, wait_for: WaitFor, key: Callable[..., None]) -> None:
    window = open_window()
    names = list(course())
    window.teaching.open(course()[names[1]], names[1])
    for _ in range(len(course()[names[1]].steps) - 1):
        window.actions_by_name["lesson_next"].trigger()
    assert window.teaching.progress is not None
    while window.teaching.progress.due != "end":
        key(window, Qt.Key.Key_PageDown)
        wait_for(lambda: window.now.phase in (Phase.FINISHED, Phase.PAUSED) and not window.now.runs)
    key(window, Qt.Key.Key_PageDown)
    assert not window.teaching.in_step
    assert window.teaching.panel.course.list.currentRow() == 2


def test_a_lesson_with_a_mistake_is_a_sentence_with_its_line_and_what_was_there_stays(open_window: OpenWindow, lesson_file: Path) -> None:
    window = open_window()
    lesson_file.write_text(LESSON.replace('preset = "notebook-1b"', 'preset = "notebook-1z"'), encoding="utf-8")
    window.opening.open(lesson_file)
    line = LESSON.splitlines().index('preset = "notebook-1b"') + 1
    assert f"In 'three.toml', line {line}, step 2, preset: there is no preset 'notebook-1z'" in window.messages.text.text()
    assert window.run.config.weight_scale == 1.0
    assert not window.teaching.is_open


def test_a_lesson_opens_like_any_other_file_and_is_among_the_last_ones(open_window: OpenWindow, lesson_file: Path) -> None:
    window = open_window()
    window.opening.open(lesson_file)
    assert window.teaching.in_step
    assert window.settings.value("recent")[0].endswith("three.toml")


def test_answers_are_saved_as_a_plain_text(taught: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, wait_for: WaitFor) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    qtbot.mouseClick(step_page(taught).question.labels[1], Qt.MouseButton.LeftButton)
    taught.actions_by_name["answer"].trigger()
    wait_for(lambda: taught.run.ending is not None)
    taught.actions_by_name["lesson_next"].trigger()
    qtbot.keyClicks(step_page(taught).question.field, "Because of rounding.")
    target = tmp_path / "answers"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_arguments: ("Ada", True))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (str(target), ""))
    taught.actions_by_name["save_answers"].trigger()
    text = target.with_suffix(".txt").read_text(encoding="utf-8")
    assert "Name:   Ada" in text
    assert "Predicted: b) (right)" in text
    assert "Answered: Because of rounding." in text
    assert "answers.txt" in taught.messages.text.text()


def test_the_course_can_be_chosen_from_with_the_keyboard_alone(open_window: OpenWindow, qtbot: QtBot, key: Callable[..., None]) -> None:
    window = open_window()
    key(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    page = window.teaching.panel.course
    qtbot.waitUntil(page.list.hasFocus)
    assert page.list.count() >= 1
    assert page.summary.text()
    key(window, Qt.Key.Key_Return)
    assert window.teaching.in_step
    assert window.teaching.progress is not None
    assert window.teaching.progress.name == "01-notebook"


def test_letters_that_are_typed_into_a_prediction_start_nothing(taught: Window, qtbot: QtBot) -> None:
    for _ in range(2):
        taught.actions_by_name["lesson_next"].trigger()
    field = step_page(taught).question.field
    field.setFocus()
    qtbot.keyClicks(field, "Do Any Numbers Yield? Press R 1 2 3 B")
    assert field.toPlainText() == "Do Any Numbers Yield? Press R 1 2 3 B"
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.at == 2
    assert taught.teaching.progress.prediction == "Do Any Numbers Yield? Press R 1 2 3 B"


def test_a_lesson_goes_on_where_it_was_left_after_another_start_unless_a_person_wants_to_begin_anew(
    taught: Window, open_window: OpenWindow, lesson_file: Path, qtbot: QtBot
) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    qtbot.mouseClick(step_page(taught).question.labels[0], Qt.MouseButton.LeftButton)
    taught.close()
    again = open_window()
    again.teaching.open_file(lesson_file)
    assert "Step 2 of 4" in step_page(again).place.text()
    assert step_page(again).question.options[0].isChecked()
    assert "goes on at step 2 of 4" in again.messages.text.text()
    qtbot.mouseClick(again.messages.choices[0], Qt.MouseButton.LeftButton)
    assert "Step 1 of 4" in step_page(again).place.text()
    again.actions_by_name["lesson_next"].trigger()
    assert not step_page(again).question.options[0].isChecked()


def test_what_was_answered_in_one_lesson_is_there_after_another_one(taught: Window, lesson_file: Path, tmp_path: Path, qtbot: QtBot) -> None:
    other = tmp_path / "asks.toml"
    other.write_text(ASKS_FIRST, encoding="utf-8")
    taught.teaching.open_file(other)
    qtbot.mouseClick(step_page(taught).question.labels[1], Qt.MouseButton.LeftButton)
    taught.teaching.open_file(lesson_file)
    taught.actions_by_name["lesson_next"].trigger()
    taught.teaching.open_file(other)
    assert step_page(taught).question.options[1].isChecked(), "an answer at the very first step counts too"
    assert taught.messages.isVisible()
    taught.actions_by_name["lesson_on"].trigger()
    assert not taught.messages.isVisible(), "whoever goes on has decided"


def test_a_hall_begins_where_the_lesson_does(taught: Window, lesson_file: Path) -> None:
    taught.actions_by_name["lesson_next"].trigger()
    taught.actions_by_name["projector"].trigger()
    taught.teaching.open_file(lesson_file)
    assert taught.teaching.progress is not None
    assert taught.teaching.progress.at == 0
    assert not taught.messages.isVisible()
    taught.actions_by_name["lesson_on"].trigger()
    taught.actions_by_name["projector"].trigger()
    taught.teaching.open_file(lesson_file)
    assert taught.teaching.progress.at == 1, "the talk has left a person's own answers as they were"


def test_claims_are_open_again_where_another_run_is_on_the_plots(taught: Window, wait_for: WaitFor) -> None:
    shown_me(taught, wait_for)
    page = step_page(taught)
    assert page.claims.text().count("✓") == 1
    taught.open(presets()["notebook-1b"])
    wait_for(lambda: page.claims.text().count("○") == 1)
    taught.actions_by_name["undo"].trigger()
    wait_for(lambda: page.claims.text().count("○") == 1 and taught.run.config.epochs == 60)
    shown_me(taught, wait_for)
    assert page.claims.text().count("✓") == 1
    taught.actions_by_name["reset"].trigger()
    wait_for(lambda: page.claims.text().count("○") == 1)


@pytest.mark.parametrize(
    "keys",
    [("projector", "lessons", "lessons", "projector"), ("projector", "lessons", "projector", "lessons"), ("lessons", "projector", "lessons", "projector")],
)
def test_lesson_and_hall_give_back_the_panels_of_before_in_any_order(taught: Window, keys: tuple[str, ...]) -> None:
    taught.actions_by_name["lessons"].trigger()
    before = taught.dashboard.visible
    assert len(before) > 3
    for name in keys:
        taught.actions_by_name[name].trigger()
        QApplication.processEvents()
    assert taught.dashboard.visible == before


def test_a_lesson_that_the_dialog_opened_is_among_the_last_files(open_window: OpenWindow, lesson_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = open_window()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(lesson_file), ""))
    window.actions_by_name["open_lesson"].trigger()
    assert window.teaching.in_step
    assert window.opening._recent() == [str(lesson_file.resolve())]
