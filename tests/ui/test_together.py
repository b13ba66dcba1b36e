"""Several runs trained in lockstep: which ones, that all are shown at one epoch however slow one of them is, and the dialog that asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gradviz import Config, record
from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.interventions import Intervention
from gradviz.runs import machine
from gradviz.runs.presets import presets
from gradviz.runs.run import PROFILE_MEMORY, Run
from gradviz.ui.companions import (
    AHEAD,
    Companions,
    Named,
    check_memory,
    in_print,
    newest,
    observed_between,
    together,
    typed,
    with_companions,
)
from gradviz.ui.dialogs.together import TogetherDialog, suggested
from gradviz.ui.live import Live
from gradviz.ui.pins import changed, pinned, removed
from gradviz.ui.plots.bands import RMS
from gradviz.ui.theme import DARK, LIGHT
from gradviz.ui.worker import wait_for_all

NOTHING = frozenset[str]()
SHORT = Config(layers=8, epochs=60)
#: An epoch of it takes more than a hundred times as long as one of the chain beside it.
SLOW = Config(layers=200, width=40, data="moons", samples=40, epochs=12)


class Table:
    """What the window does at each tick, for runs that lie side by side, and which epochs they were shown at."""

    def __init__(self, experiments: Sequence[Named], count: int = 40, memory: int = PROFILE_MEMORY) -> None:
        (_, first), *others = experiments
        self.count = count
        self.pins = with_companions((), others, memory)
        self.companions = Companions()
        self.live = Live(Run(first), Run(first).go_on())
        self.companions.begin(self.pins)
        self.drawn: list[int] = []
        #: Whether no run may be farther ahead than was asked for.
        self.bounded = True

    @property
    def runs(self) -> list[Run]:
        return [self.live.run, *(pin.run for pin in self.pins)]

    def start(self) -> None:
        self.live.start()
        self.companions.start()

    def tick(self) -> None:
        """Take what came, look at what is drawn, and ask for more."""
        self.live.take()
        self.companions.take()
        self.look()
        self.companions.ask(self.count, NOTHING, self.live)

    def look(self) -> None:
        going = [run for run, works in zip(self.runs, self.works, strict=True) if works]
        epoch = self.companions.shown_epoch(self.live)
        if going and self.bounded:
            slowest = min(newest(run) for run in going)
            strides = max(run.config.observe_every for run in going)
            assert all(newest(run) - slowest <= self.count * strides for run in going)
        if epoch < 0:
            return
        frames = [run.at_or_before(epoch) for run in self.runs]
        for run, frame in zip(self.runs, frames, strict=True):
            assert (frame is not None and frame.epoch[-1] == epoch) or (run not in going and newest(run) < epoch)
        if not self.drawn or self.drawn[-1] != epoch:
            self.drawn.append(epoch)

    @property
    def works(self) -> list[bool]:
        """Of each run whether it has not ended."""
        lives = [self.live, *(self.companions._lives.get(pin.run) for pin in self.pins)]
        return [live is not None and live.works and live.run.ending is None for live in lives]

    def over(self) -> bool:
        self.tick()
        return not any(self.works)


@pytest.fixture
def lay() -> Iterator[Callable[..., Table]]:
    """Lays experiments side by side and starts them; lets their workers end after the test."""
    laid: list[Table] = []

    def lay_out(*what: Any, **how: Any) -> Table:
        table = Table(*what, **how)
        laid.append(table)
        table.start()
        return table

    yield lay_out
    for table in laid:
        table.live.retire()
        table.companions.retire()
    wait_for_all()


def named(*configs: Config) -> list[Named]:
    return [Named(f"run {place}", config) for place, config in enumerate(configs)]


def assert_same_bits(run: Run, config: Config) -> None:
    alone = record(config)
    assert np.array_equal(run.epoch, alone.epoch)
    for name in run.newest.SCORES:
        assert run.score(name).tobytes() == alone.score(name).tobytes()
    for name in ("h", "g", "dw", "w"):
        rows = (slice(None), RMS) if config.wide else ()
        assert getattr(run.frames, name)[rows].tobytes() == getattr(alone.frames, name)[rows].tobytes()
    assert run.ending == alone.ending


# which runs


def test_the_same_experiment_with_each_value_and_the_first_is_the_live_one() -> None:
    found = together(SHORT, "weight_scale", (0.9, 1, 5))
    assert [name for name, _ in found] == ["weight_scale = 0.9", "weight_scale = 1", "weight_scale = 5"]
    assert [config for _, config in found] == [SHORT.replace(weight_scale=scale) for scale in (0.9, 1.0, 5.0)]


def test_a_value_that_is_there_twice_makes_one_run() -> None:
    assert [config.layers for _, config in together(SHORT, "layers", (10, 20, 10, 20))] == [10, 20]
    assert [config.weight_scale for _, config in together(SHORT, "weight_scale", (1, 2, 1.0))] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("parameter", "values", "sentence"),
    [
        ("weight_scale", (1.0,), "weight_scale has 1 value; it takes 2 to 6, a run for each."),
        ("weight_scale", (1.0, 1.0), "weight_scale has 1 value that differs; it takes 2 to 6, a run for each."),
        ("seed", range(7), "seed has 7 values; it takes 2 to 6, a run for each."),
        ("layers", (10, 1), "layers is 1; it must be a whole number from 2 to 100,000."),
        ("depth", (1, 2), "There is no parameter 'depth'; the parameters are layers,"),
        ("loss", ("mse", "cross_entropy"), "loss is cross_entropy, which needs two classes or more"),
    ],
)
def test_what_cannot_be_is_a_sentence(parameter: str, values: Sequence[Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as problem:
        together(SHORT, parameter, values)
    assert str(problem.value).startswith(sentence)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_name_has_all_digits_of_its_value_and_no_more(value: float) -> None:
    said = in_print(PARAMETERS["weight_scale"], value)
    mantissa, _, power = said.replace("−", "-").partition("×10")
    exponent = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert float(f"{mantissa}e{exponent or 0}") == value
    assert len(mantissa.lstrip("-").lstrip("0.").replace(".", "")) <= max(6, len(repr(value)))


@pytest.mark.parametrize(("name", "value", "said"), [("layers", 10_000, "10,000"), ("inputs", (-0.5, 0.25), "−0.5, 0.25"), ("activation", "relu", "relu")])
def test_values_are_called_as_in_print(name: str, value: Any, said: str) -> None:
    assert in_print(PARAMETERS[name], value) == said


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6), st.sampled_from([", ", ",", "; ", " , "]))
def test_values_are_read_as_they_are_typed(values: list[float], between: str) -> None:
    text = between.join(map(repr, values)).replace("-", "−")
    assert typed(PARAMETERS["weight_scale"], text) == tuple(values)


def test_values_with_commas_of_their_own_stand_between_semicolons() -> None:
    assert typed(PARAMETERS["inputs"], "-0.5, 0.5; 1, 2;") == ((-0.5, 0.5), (1.0, 2.0))


def test_runs_that_each_fit_may_be_too_much_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available", lambda: 2 * 1024**3)
    large = Config(width=700, layers=60, data="moons", epochs=10)  # some 1.3 GB
    check_memory([Named("alone", large)])
    check_memory(together(SHORT, "seed", range(6)))
    with pytest.raises(ConfigError, match=r"^The 2 runs need \d\.\d GB together, and this machine has 2\.0 GB for them; take fewer values\.$"):
        check_memory(together(large, "seed", (1, 2)))
    with pytest.raises(ConfigError, match=r"^width is 9,000, and the training needs"):
        check_memory(together(large, "width", (10, 9000)))


def test_companions_take_the_place_of_those_before_and_share_the_memory_with_the_live_one() -> None:
    kept = pinned((), record(SHORT), "kept")
    first = with_companions(kept, together(SHORT, "seed", (1, 2, 3))[1:], 3000)
    second = with_companions(first, together(SHORT, "weight_scale", (1, 2, 3, 4))[1:], 3000)
    assert [(pin.name, pin.trains) for pin in second] == [("kept", False), *((f"weight_scale = {scale}", True) for scale in (2, 3, 4))]
    assert {pin.run.memory for pin in first[1:]} == {1000}
    assert {pin.run.memory for pin in second[1:]} == {750}
    assert len({pin.colour for pin in second}) == 4
    assert [pin.run.config.weight_scale for pin in second[1:]] == [2.0, 3.0, 4.0]


@given(st.integers(1, 50), st.integers(1, 12), st.integers(0, 60), st.integers(-5, 70))
def test_epochs_to_be_observed_are_counted(epochs: int, every: int, after: int, last: int) -> None:
    observed = {*range(0, epochs, every), epochs - 1}
    config = Config(layers=3, epochs=epochs, observe_every=every)
    assert observed_between(config, after, last) == sum(after < epoch <= last for epoch in observed)


# in lockstep


LYING = {
    "the notebook's three": named(*(presets()[name].config.replace(epochs=200) for name in ("notebook-1a", "notebook-1b", "notebook-1d"))),
    "one diverges": named(SHORT, Config(layers=8, epochs=60, activation="identity", weight_scale=3.0, learning_rate=5.0), SHORT.replace(seed=1)),
    "the live one ends first": named(SHORT.replace(epochs=7), SHORT, SHORT.replace(epochs=30)),
    "other cadences": named(SHORT, SHORT.replace(observe_every=7), SHORT.replace(observe_every=5, epochs=51)),
    "a slow one beside the live": named(SHORT.replace(layers=2, epochs=12), SLOW),
    "a slow live one": named(SLOW, SHORT.replace(layers=2, epochs=40)),
}


@pytest.mark.parametrize("which", LYING)
@pytest.mark.parametrize("count", [1, 40])
def test_all_are_shown_at_one_epoch_whoever_is_slow_and_each_is_bit_for_bit_as_alone(lay: Any, wait_for: Any, which: str, count: int) -> None:
    table = lay(LYING[which], count)
    wait_for(table.over)
    table.look()
    assert table.drawn == sorted(table.drawn)
    assert table.drawn[-1] == max(newest(run) for run in table.runs)
    for run, (_, config) in zip(table.runs, LYING[which], strict=True):
        assert_same_bits(run, config)
    assert table.companions.problems() == []


def test_one_that_is_slow_lets_the_others_wait_a_few_epochs_ahead_of_it(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT.replace(layers=2, epochs=1000), SLOW), count=500)
    ahead: list[int] = []

    def over() -> bool:
        table.tick()
        ahead.append(newest(table.runs[0]) - newest(table.runs[1]))
        return newest(table.runs[1]) >= 6

    wait_for(over)
    assert max(ahead) <= 4 * AHEAD


def test_nothing_is_to_be_shown_before_every_run_has_its_first_epoch(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT, SHORT.replace(seed=1)))
    wait_for(lambda: table.live.take() or len(table.live.run.newest))
    assert table.companions.shown_epoch(table.live) == -1
    wait_for(lambda: table.companions.take())
    assert table.companions.shown_epoch(table.live) == 0


def test_a_step_is_one_epoch_of_each(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT, SHORT.replace(weight_scale=5.0)))

    def all_at(epoch: int) -> bool:
        table.live.take()
        table.companions.take()
        return [newest(run) for run in table.runs] == [epoch, epoch]

    for epoch in range(4):
        wait_for(lambda epoch=epoch: all_at(epoch))
        table.companions.ask_more(1, NOTHING, table.live)
        table.companions.ask_more(0, NOTHING, table.live)
    wait_for(lambda: all_at(4))
    table.companions.pause()
    table.companions.ask_more(1, NOTHING, table.live)
    wait_for(lambda: all_at(5))


def test_where_profiles_have_been_thinned_out_an_epoch_is_shown_that_all_have_kept(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT.replace(epochs=3000), SHORT.replace(layers=40, epochs=3000)), count=97, memory=400_000)
    wait_for(table.over)
    table.look()
    assert table.runs[1].stride > 8
    assert len(table.drawn) > 20


def test_a_run_that_breaks_off_is_said_once_by_its_name_and_the_others_go_on(lay: Any, wait_for: Any, tmp_path: Any) -> None:
    missing = Config(data="csv", csv_file=str(tmp_path / "gone.csv"), epochs=5)
    table = lay(named(SHORT, missing, SHORT.replace(seed=1)))
    wait_for(table.over)
    (sentence,) = table.companions.problems()
    assert sentence.startswith("run 1: the training broke off after 0 epochs: ")
    assert "gone.csv" in sentence
    assert table.companions.problems() == []
    assert [run.epochs_done for run in table.runs] == [60, 0, 60]


def test_back_where_the_live_run_was_changed_all_are_shown_and_wait_for_it(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT.replace(epochs=500), SHORT.replace(epochs=500, seed=1)), count=10)

    def at(epoch: int) -> bool:
        table.tick()
        return newest(table.live.run) >= epoch

    wait_for(lambda: at(100))
    table.live.retire()
    branched = table.live.run.before(30)
    table.live = Live(branched, branched.go_on([Intervention(30, "learning_rate", 0.5)]))
    table.companions.pause()
    table.live.start()
    waiting = newest(table.runs[1])
    assert table.companions.shown_epoch(table.live) == 29
    table.drawn, table.bounded = [], False
    wait_for(lambda: at(60))
    assert newest(table.runs[1]) <= waiting + 2 * AHEAD + 40
    wait_for(table.over)
    assert table.drawn == sorted(table.drawn)
    assert table.runs[1].epochs_done == 500


def test_a_renamed_pin_trains_on_and_one_that_is_taken_away_stops(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT, SHORT.replace(seed=1), SHORT.replace(seed=2)))
    wait_for(lambda: table.tick() or min(newest(run) for run in table.runs) >= 5)
    one, other = (table.companions._lives[pin.run] for pin in table.pins)
    table.pins = removed(changed(table.pins, table.pins[0].key, name="mine"), table.pins[1].key)
    table.companions.begin(table.pins)
    table.companions.start()
    assert not other.works
    assert len(table.companions) == 1
    wait_for(table.over)
    assert table.companions._lives[table.pins[0].run] is one
    assert_same_bits(table.pins[0].run, SHORT.replace(seed=1))


def test_a_companion_goes_on_bit_for_bit_where_it_was_stopped(lay: Any, wait_for: Any) -> None:
    table = lay(named(SHORT, SHORT.replace(seed=1, initialization="normal")), count=3)
    wait_for(lambda: table.tick() or newest(table.runs[1]) >= 20)
    table.companions.retire()
    assert not table.companions.work
    table.companions.begin(table.pins)
    table.companions.start()
    wait_for(table.over)
    assert_same_bits(table.runs[1], SHORT.replace(seed=1, initialization="normal"))


# the dialog


@pytest.fixture
def open_dialog(qtbot: QtBot) -> Iterator[Callable[..., TogetherDialog]]:
    """Opens the dialog on a config, with a list of what it asks for; closes it after the test."""
    opened: list[TogetherDialog] = []

    def open_one(config: Config = SHORT, theme: Any = LIGHT) -> TogetherDialog:
        dialog = TogetherDialog(None, config, theme)
        opened.append(dialog)
        dialog.asked = []
        dialog.chosen.connect(lambda *what: dialog.asked.append(what))
        with qtbot.waitExposed(dialog):
            dialog.show()
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        return dialog

    yield open_one
    for dialog in opened:
        if not sip.isdeleted(dialog):
            dialog.close()


def test_enter_starts_the_values_that_are_offered(open_dialog: Any, press: Any) -> None:
    dialog = open_dialog()
    assert dialog.values.text() == "0.9, 1, 5"
    assert dialog.outlook.text() == "3 runs, epoch by epoch: weight_scale = 0.9 as the live run; beside it 1; 5."
    press(Qt.Key.Key_Return)
    assert dialog.asked == [(SHORT, "weight_scale", (0.9, 1.0, 5.0))]
    assert not dialog.isVisible()


def test_escape_starts_nothing(open_dialog: Any, press: Any) -> None:
    dialog = open_dialog()
    press(Qt.Key.Key_Escape)
    assert dialog.asked == []
    assert not dialog.isVisible()


def test_one_click_is_the_notebooks_comparison(open_dialog: Any, qtbot: QtBot) -> None:
    dialog = open_dialog(SHORT.replace(weight_scale=3.0, activation="relu"))
    qtbot.mouseClick(dialog.notebook, Qt.MouseButton.LeftButton)
    ((config, parameter, values),) = dialog.asked
    assert [config.replace(**{parameter: value}) for value in values] == [presets()[name].config for name in ("notebook-1a", "notebook-1b", "notebook-1d")]
    assert values == (1.0, 5.0, 0.9)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.9, abc", "weight_scale is 'abc'; it must be a finite number."),
        ("0.9", "weight_scale has 1 value; it takes 2 to 6, a run for each."),
        ("", "weight_scale has 0 values; it takes 2 to 6, a run for each."),
        ("1,2,3,4,5,6,7", "weight_scale has 7 values; it takes 2 to 6, a run for each."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_does_not_start(open_dialog: Any, type_into: Any, press: Any, text: str, sentence: str) -> None:
    dialog = open_dialog(theme=DARK)
    type_into(dialog.values, text or " ")
    assert dialog.problem.text() == sentence
    assert not dialog.start.isEnabled()
    press(Qt.Key.Key_Return)
    assert dialog.asked == []
    assert dialog.isVisible()
    type_into(dialog.values, "1, 2")
    assert dialog.problem.text() == ""
    assert dialog.start.isEnabled()


def test_a_parameter_is_found_by_a_part_of_its_name(open_dialog: Any) -> None:
    dialog = open_dialog()
    line, completer = dialog.parameter.lineEdit(), dialog.parameter.completer()
    completer.setCompletionPrefix("learning")
    assert [completer.completionModel().index(row, 0).data() for row in range(completer.completionCount())] == ["Learning rate (learning_rate)"]
    line.setText("learning")
    assert dialog.problem.text() == "There is no parameter 'learning'; choose one from the list."
    assert not dialog.start.isEnabled()
    line.setText("Learning_Rate")
    assert dialog.values.text() == "0.05, 0.1, 0.2"
    dialog.accept()
    assert dialog.asked == [(SHORT, "learning_rate", (0.05, 0.1, 0.2))]


def test_words_are_ticked_with_the_keyboard(open_dialog: Any, press: Any) -> None:
    dialog = open_dialog()
    dialog.parameter.setCurrentText("Activation (activation)")
    assert [box.text() for box in dialog.words if box.isChecked()] == ["tanh", "sigmoid"]
    relu = dialog.words[2]
    relu.setFocus()
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_Return)
    assert dialog.asked == [(SHORT, "activation", ("tanh", "sigmoid", "relu"))]


def test_one_word_is_too_few(open_dialog: Any) -> None:
    dialog = open_dialog()
    dialog.parameter.setCurrentText("Activation (activation)")
    dialog.words[1].setChecked(False)
    assert dialog.problem.text() == "activation has 1 value; it takes 2 to 6, a run for each."
    assert not dialog.start.isEnabled()


def test_of_a_parameter_that_does_nothing_now_it_is_said_what_wakes_it(open_dialog: Any) -> None:
    dialog = open_dialog()
    dialog.parameter.setCurrentText("Momentum (momentum)")
    assert dialog.help.text().endswith("Asleep: it acts only where Optimizer is momentum, nesterov, adam or adamw.")
    dialog.parameter.setCurrentText("Layers (layers)")
    assert "Asleep" not in dialog.help.text()


def test_what_the_machine_cannot_train_is_refused_before_anything_is_made(open_dialog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available", lambda: 2 * 1024**3)
    dialog = open_dialog(Config(width=700, layers=60, data="moons", epochs=10))
    assert dialog.problem.text().startswith("The 3 runs need ")
    assert not dialog.start.isEnabled()


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_can_be_chosen_and_says_what_to_enter(open_dialog: Any, name: str) -> None:
    dialog = open_dialog()
    parameter = PARAMETERS[name]
    dialog.parameter.setCurrentText(f"{parameter.title} ({name})")
    QApplication.processEvents()
    assert dialog.help.text().startswith(parameter.help)
    assert bool(dialog.words) == bool(parameter.choices)
    assert dialog.problem.text() or dialog.start.isEnabled()
    if parameter.kind in (int, float):
        for value in typed(parameter, suggested(SHORT, parameter)):
            SHORT.replace(**{name: value})
