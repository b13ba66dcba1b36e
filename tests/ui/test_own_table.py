"""A person's own table in the window: chosen, dropped or opened, refused beside its field before Run, and learned."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QFileDialog

from gradviz import Config
from gradviz.runs.csv_table import LARGEST_FILE
from gradviz.runs.presets import presets
from gradviz.runs.run import record
from gradviz.runs.store import load, save
from gradviz.runs.table_check import TableCheck, check_table, config_for
from gradviz.ui import table_reader
from gradviz.ui.state import Phase
from gradviz.ui.window import Window

Key = Qt.Key
FLOWERS = "petal,sepal,kind\n" + "".join(f"{place},{place * place % 7},{'rose' if place % 3 else 'lily'}\n" for place in range(20))
HOUSES = "rooms,price\n" + "".join(f"{place},{place * 1.5}\n" for place in range(30))
CHAIN = Config(layers=5, weight_scale=0.9, epochs=20)
NET = Config(width=4, layers=5, initialization="xavier", epochs=20, data="moons")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(text: str | bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return written


def says(window: Window) -> str:
    """What the message strip says; empty while it is hidden."""
    return window.messages.text.text() if window.messages.isVisible() else ""


def beside(window: Window) -> dict[str, str]:
    """The sentences beside the fields."""
    rows = window.parameters.rows
    return {name: rows[name].problem.text().replace("\u200b", "") for name in window.state.entered if rows[name].problem.isVisible()}


def enter(window: Window, **values: Any) -> None:
    """Enter values as the fields report them."""
    for name, value in values.items():
        window.parameters.value_entered.emit(name, value)


def columns(window: Window) -> list[str]:
    field = window.parameters.rows["csv_target"].field
    return [field.itemText(index) for index in range(field.count())]


def ready(window: Window) -> bool:
    return window.state.phase is Phase.PAUSED and window.state.waiting is None


# good tables


def test_a_table_chosen_in_the_dialog_fills_the_list_and_begins(open_window, wait_for, qtbot, monkeypatch, write) -> None:
    window = open_window(NET)
    path = str(write(FLOWERS))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    window.parameters.unfold(["data"])
    enter(window, data="csv")
    assert beside(window) == {"csv_file": "data is csv, and no table is chosen; csv_file must be the path of a CSV file."}
    assert columns(window) == []
    qtbot.mouseClick(window.parameters.rows["csv_file"].field.choose, Qt.MouseButton.LeftButton)
    assert beside(window) == {}
    assert columns(window) == ["last column", "petal", "sepal", "kind"]
    wait_for(lambda: ready(window) and window.run.config.csv_file == path)
    enter(window, data="xor")
    assert columns(window) == []


def test_a_target_chosen_in_the_list_is_learned(open_window, wait_for, press, write) -> None:
    window = open_window(NET.replace(data="csv", csv_file=str(write(HOUSES))))
    window.parameters.set_focus("csv_target")
    press(Key.Key_Down)
    wait_for(lambda: ready(window) and window.run.config.csv_target == "rooms")
    assert window.parameters.rows["csv_target"].field.text() == "rooms"
    window.dashboard.setFocus()
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.state.phase is Phase.FINISHED)
    assert window.run.cost.tobytes() == record(window.run.config).cost.tobytes()


def test_keys_typed_for_a_column_stay_there(open_window, type_into, press, write) -> None:
    window = open_window(NET.replace(data="csv", csv_file=str(write(HOUSES))))
    window.parameters.set_focus("csv_target")
    type_into(window.parameters.rows["csv_target"].field, "r 123")
    for key in (Key.Key_Space, Key.Key_R, Key.Key_Left, Key.Key_Right):
        press(key)
    assert window.parameters.rows["csv_target"].field.text() == "r 123 r"
    assert (window.state.phase, window.run.epochs_done, window.actions_by_name["normal"].isChecked()) == (Phase.PAUSED, 1, True)


# bad tables

BAD: dict[str, tuple[str | bytes, str]] = {
    "text": (
        FLOWERS.replace("2,4,", "2,four,"),
        "line 4 holds 'four' in column 'sepal', which is no number; only the target column, here 'kind', may hold text.",
    ),
    "gap": (FLOWERS.replace("2,4,", "2,,"), "line 4 has nothing in column 'sepal'; fill the gap, or delete the line."),
    "NaN": (FLOWERS.replace("2,4,", "2,nan,"), "line 4 holds 'nan' in column 'sepal', which is no finite number; fill it in, or delete the line."),
    "one row": ("petal,kind\n1,rose\n", "it has one line of data below the header; it takes two or more."),
    "no row": ("petal,kind\n", "it has no line of data below the header; it takes two or more."),
    "empty": ("", "it is empty."),
    "no header": ("1,2\n3,4\n", "its first line holds numbers; it must be a header line that names the columns."),
    "a spreadsheet": (b"PK\x03\x04\x00", "it is not a text file; a spreadsheet must be exported as CSV first."),
    "not UTF-8": ("größe,art\n1,2\n".encode("latin-1"), "line 1 is not UTF-8 text; save it as 'CSV UTF-8'."),
}


@pytest.mark.parametrize(("contents", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_table_is_a_sentence_beside_its_field_and_run_says_so(open_window, wait_for, press, type_into, write, contents, sentence: str) -> None:
    window = open_window(NET.replace(data="csv", csv_file=str(write(FLOWERS, "good.csv")), loss="cross_entropy"))
    run = window.run
    path = write(contents)
    window.parameters.set_focus("csv_file")
    type_into(window.parameters.rows["csv_file"].field.line, str(path))
    press(Key.Key_Return)
    said = beside(window)
    assert list(said) == ["csv_file"]
    assert said["csv_file"].startswith(("Cannot use 'table.csv': ", "Cannot read 'table.csv': "))
    assert said["csv_file"].endswith(sentence)
    assert not says(window)
    window.dashboard.setFocus()
    for key in (Key.Key_Space, Key.Key_R):
        press(key)
        assert says(window) == f"{said['csv_file']} Correct it, or restore the defaults; then the experiment can begin."
        assert QApplication.focusWidget() is window.parameters.rows["csv_file"].field.line
        window.dashboard.setFocus()
    assert window.run is run
    assert window.state.phase is Phase.PAUSED
    enter(window, csv_file=str(write(FLOWERS, "other.csv")))
    assert beside(window) == {}
    wait_for(lambda: ready(window) and window.run.config.csv_file.endswith("other.csv"))


def test_a_huge_file_and_none_at_all_are_sentences(open_window, tmp_path: Path) -> None:
    window = open_window(NET)
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    enter(window, data="csv", csv_file=str(tmp_path / "huge.csv"))
    assert beside(window) == {"csv_file": "Cannot read 'huge.csv': it has 64.0 MB, and a table may have 64 MB at most; keep fewer of its lines."}
    enter(window, csv_file=str(tmp_path / "none.csv"))
    assert beside(window) == {"csv_file": "Cannot read 'none.csv': No such file or directory."}
    enter(window, csv_file=str(tmp_path))
    assert beside(window)["csv_file"].endswith("it is a folder; choose a CSV file in it.")
    enter(window, data="moons")
    assert beside(window) == {}


ASKED_TOO_MUCH: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "no such column": (
        FLOWERS,
        {"csv_target": "colour"},
        {"csv_target": "csv_target is 'colour', and the table has no such column; its columns are 'petal', 'sepal', 'kind'."},
    ),
    "one class": (
        "a,kind\n1,rose\n2,rose\n",
        {},
        {"csv_target": "The target column 'kind' holds one class only, 'rose' in every line: there is nothing to learn; choose another column."},
    ),
    "numbers as classes": (
        HOUSES,
        {"loss": "cross_entropy"},
        {
            "loss": "loss is cross_entropy, and the target column 'price' holds 1.5 in line 3, which is no class; "
            "choose mse, or a target column of names or of whole numbers."
        },
    ),
    "large batches": (
        FLOWERS,
        {"batch_size": 21},
        {"batch_size": "batch_size is 21, and the table gives 20 samples to learn from; it must be 20 at most, or 0 for all of them."},
    ),
    "nothing to normalise": (
        "a,y\n1,2\n2,3\n",
        {"normalization": "batch", "test_share": 0.5},
        {"normalization": "normalization is batch, and the table gives one sample to learn from: less its own mean it is always 0."},
    ),
    "and something else": (
        "a,y\n1,2\n2,\n",
        {"warm_up": 99},
        {
            "csv_file": "Cannot use 'table.csv': line 3 has nothing in column 'y'; fill the gap, or delete the line.",
            "warm_up": "warm_up is 99 epochs, and the run has 20; it must be shorter than the run.",
        },
    ),
}


@pytest.mark.parametrize(("text", "changes", "sentences"), ASKED_TOO_MUCH.values(), ids=ASKED_TOO_MUCH)
def test_what_a_table_has_not_is_said_beside_the_field_that_asks(open_window, press, write, text: str, changes: dict, sentences: dict) -> None:
    window = open_window(NET)
    enter(window, data="csv", csv_file=str(write(text)), **changes)
    assert beside(window) == sentences
    press(Key.Key_Space)
    assert says(window).startswith(next(iter(sentences.values())))
    assert QApplication.focusWidget() is (
        window.parameters.rows[next(iter(sentences))].field.focusProxy() or window.parameters.rows[next(iter(sentences))].field
    )
    enter(window, data="moons", **{name: getattr(NET, name) for name in changes})
    assert beside(window) == {}


@pytest.mark.parametrize("by", ["coming back to the window", "Reset"])
def test_a_table_mended_in_its_file_is_taken_up(open_window, wait_for, press, write, by: str) -> None:
    window = open_window(NET)
    path = write("a,y\n1,2\n2,\n")
    enter(window, data="csv", csv_file=str(path))
    assert set(beside(window)) == {"csv_file"}
    write("a,y\n1,2\n2,3.5\n")
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange)) if by.startswith("coming") else press(Key.Key_R)
    assert beside(window) == {}
    assert not says(window)
    wait_for(lambda: ready(window) and window.run.config.csv_file == str(path))


def test_a_table_spoilt_in_its_file_is_found_out_before_run(open_window, wait_for, press, write) -> None:
    window = open_window(NET)
    path = write(HOUSES)
    enter(window, data="csv", csv_file=str(path))
    wait_for(lambda: ready(window) and window.run.config.data == "csv")
    run = window.run
    write(HOUSES + "9,\n")
    press(Key.Key_Space)
    assert "line 32 has nothing in column 'price'" in says(window)
    assert set(beside(window)) == {"csv_file"}
    assert (window.run, window.state.phase) == (run, Phase.PAUSED)
    write(HOUSES + "9,9\n")
    window.dashboard.setFocus()
    press(Key.Key_R)
    wait_for(lambda: window.run is not run and ready(window))


def test_in_mid_run_a_bad_table_waits_beside_its_field(open_window, wait_for, press, write) -> None:
    window = open_window(NET.replace(epochs=10**9))
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    run = window.run
    enter(window, data="csv", csv_file=str(write("a,y\n1,x\n2,\n")))
    assert set(beside(window)) == {"csv_file"}
    seen = run.epochs_done
    wait_for(lambda: run.epochs_done > seen + 3)
    press(Key.Key_R)
    assert "line 3 has nothing in column 'y'" in says(window)
    assert window.run is run


def test_a_recorded_run_plays_though_its_table_is_gone(open_window, wait_for, press, write, tmp_path: Path) -> None:
    path = write(HOUSES)
    save(record(NET.replace(data="csv", csv_file=str(path), epochs=3)), tmp_path / "kept.npz")
    path.unlink()
    window = open_window(load(tmp_path / "kept.npz"), ready=False)
    assert beside(window) == {"csv_file": "Cannot read 'table.csv': No such file or directory."}
    window.dashboard.setFocus()
    press(Key.Key_Space)
    assert window.state.head.playing
    wait_for(lambda: window.state.head.live)
    assert not says(window)


# opened and dropped


def drop(window: Window, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(200, 200), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, mime, buttons, keys))


def open_by_key(window: Window, path: Path) -> None:
    window.dashboard.setFocus()
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QFileDialog, "getOpenFileName", lambda *words: asked.append(words[3]) or (str(path), ""))
        window.actions_by_name["open"].trigger()
    assert "*.csv" in asked[0]


@pytest.mark.parametrize("by", [drop, open_by_key])
@pytest.mark.parametrize(("text", "loss"), [(FLOWERS, "cross_entropy"), (HOUSES, "mse")])
def test_a_table_dropped_or_opened_on_a_chain_brings_a_network_that_learns_it(open_window, wait_for, press, write, by, text: str, loss: str) -> None:
    window = open_window(CHAIN)
    path = write(text, "mine.csv")
    by(window, path)
    wait_for(lambda: ready(window) and window.run.config.data == "csv")
    assert window.windowTitle() == "mine — GradViz"
    assert window.run.config == config_for(path)
    assert (window.run.config.loss, window.run.config.width, window.run.config.csv_file) == (loss, 16, str(path))
    assert beside(window) == {}
    assert not says(window)
    press(Key.Key_3)
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 100)
    assert window.run.cost[99] < window.run.cost[0]


def test_a_table_dropped_on_a_wide_network_is_learned_by_that_network(open_window, wait_for, write) -> None:
    window = open_window(NET)
    path = write(FLOWERS)
    drop(window, path)
    wait_for(lambda: ready(window) and window.run.config.data == "csv")
    assert window.run.config == NET.replace(data="csv", csv_file=str(path), loss="cross_entropy")


def test_a_bad_table_dropped_is_said_twice_and_the_experiment_goes_on(open_window, wait_for, press, write) -> None:
    window = open_window(CHAIN.replace(epochs=10**9))
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    run = window.run
    drop(window, write(FLOWERS.replace("2,4,", "2,,")))
    assert beside(window)["csv_file"].endswith("line 4 has nothing in column 'sepal'; fill the gap, or delete the line.")
    assert says(window).startswith(beside(window)["csv_file"])
    assert columns(window) == ["last column", "petal", "sepal", "kind"]
    seen = run.epochs_done
    wait_for(lambda: run.epochs_done > seen + 3)
    write(FLOWERS)
    window.dashboard.setFocus()
    press(Key.Key_R)
    wait_for(lambda: ready(window) and window.run is not run)
    assert window.run.config.loss == "cross_entropy"


def test_a_config_file_with_a_bad_table_is_entered_and_says_why(open_window, wait_for, write, tmp_path: Path) -> None:
    path = write("a,y\n1,2\n2,\n")
    (tmp_path / "mine.toml").write_text(f"data = 'csv'\ncsv_file = '{path}'\nwidth = 3\n")
    window = open_window(CHAIN)
    window.opening.open(tmp_path / "mine.toml")
    assert beside(window) == {"csv_file": "Cannot use 'table.csv': line 3 has nothing in column 'y'; fill the gap, or delete the line."}
    assert says(window)
    assert window.run.config == CHAIN
    write("a,y\n1,2\n2,3\n")
    window.opening.open(tmp_path / "mine.toml")
    wait_for(lambda: ready(window) and window.run.config.data == "csv")
    assert window.windowTitle() == "mine — GradViz"


def test_the_window_opens_on_a_table_and_on_a_bad_one(open_window, write) -> None:
    good = open_window(config_for(write(HOUSES)))
    assert good.run.config.data == "csv"
    assert good.windowTitle() == "test — GradViz"
    bad = open_window(NET.replace(data="csv", csv_file=str(write("a,y\n1,1\n2,1\n", "bad.csv"))))
    assert bad.run.config == presets()["notebook-1a"].config
    assert "holds one number only, '1' in every line" in beside(bad)["csv_target"]
    assert says(bad)


# large tables


class Slow:
    """Reading that ends when it is told to, or with an error."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.begun: list[str] = []
        self.error: Exception | None = None

    def __call__(self, asked: tuple[Any, ...]) -> TableCheck:
        self.begun.append(Path(asked[0]).name)
        assert self.may_end.wait(60)
        if self.error is not None:
            raise self.error
        return check_table(asked)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """Every table is as if it were large, and reading takes as long as a test wants."""
    made = Slow()
    monkeypatch.setattr(table_reader, "AT_ONCE", 0)
    monkeypatch.setattr(table_reader, "PATIENCE", 0.0)
    monkeypatch.setattr(table_reader, "check_table", made)
    yield made
    made.may_end.set()


def test_while_a_large_table_is_read_the_window_goes_on_and_knows_its_columns(open_window, wait_for, press, slow, write) -> None:
    window = open_window(CHAIN.replace(epochs=10**9))
    press(Key.Key_Space)
    wait_for(lambda: window.run.epochs_done > 3)
    run = window.run
    drop(window, write(FLOWERS))
    wait_for(lambda: columns(window) == ["last column", "petal", "sepal", "kind"])
    assert says(window) == "Reading 'table.csv'…"
    seen = run.epochs_done
    wait_for(lambda: run.epochs_done > seen + 3)
    slow.may_end.set()
    wait_for(lambda: ready(window) and window.run.config.data == "csv")
    assert window.run.config.loss == "cross_entropy"
    assert not says(window)


def test_run_waits_for_a_large_table(open_window, wait_for, press, slow, write) -> None:
    window = open_window(NET)
    enter(window, data="csv", csv_file=str(write(HOUSES)))
    press(Key.Key_Space)
    assert window.actions_by_name["run"].text() == "Pause"
    assert window.run.config == NET
    slow.may_end.set()
    wait_for(lambda: window.run.config.data == "csv" and window.run.epochs_done > 3)


def test_a_large_bad_table_that_run_waited_for_is_said_in_the_strip(open_window, wait_for, press, slow, write) -> None:
    window = open_window(NET)
    enter(window, data="csv", csv_file=str(write(HOUSES + "9,\n")))
    press(Key.Key_Space)
    slow.may_end.set()
    wait_for(lambda: beside(window))
    assert says(window).startswith(beside(window)["csv_file"])
    assert (window.actions_by_name["run"].text(), window.run.config) == ("Run", NET)


def test_another_table_chosen_while_one_is_read_is_read_next(open_window, wait_for, slow, write) -> None:
    window = open_window(NET)
    enter(window, data="csv", csv_file=str(write(HOUSES + "9,\n", "first.csv")))
    wait_for(lambda: slow.begun == ["first.csv"])
    for name in ("second.csv", "third.csv"):
        enter(window, csv_file=str(write(HOUSES, name)))
    slow.may_end.set()
    wait_for(lambda: ready(window) and window.run.config.csv_file.endswith("third.csv"))
    assert slow.begun == ["first.csv", "third.csv"]
    assert beside(window) == {}


def test_an_error_while_a_table_is_read_is_a_sentence(open_window, wait_for, slow, write) -> None:
    window = open_window(NET)
    slow.error = RuntimeError("the cat sat on the disk")
    slow.may_end.set()
    enter(window, data="csv", csv_file=str(write(HOUSES)))
    wait_for(lambda: beside(window))
    assert beside(window) == {"csv_file": "The table cannot be read: the cat sat on the disk."}


def test_closed_while_a_table_is_read_no_thread_is_left(open_window, wait_for, slow, write) -> None:
    window = open_window(NET)
    enter(window, data="csv", csv_file=str(write(HOUSES)))
    wait_for(lambda: slow.begun)
    threading.Timer(0.05, slow.may_end.set).start()
    window.close()
    assert slow.may_end.is_set()


def test_a_long_name_does_not_widen_the_panel(open_window, write) -> None:
    window = open_window(NET)
    before = window.parameters.minimumSizeHint().width()
    enter(window, data="csv", csv_file=str(write("", "a" * 200 + ".csv")))
    assert "a" * 200 in beside(window)["csv_file"]
    assert window.parameters.minimumSizeHint().width() <= max(before, 290)
