"""Everything that a menu, a button or a key can start: one table, and the keys in one place."""

from __future__ import annotations

from typing import NamedTuple

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QAction, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar, QWidget


class Entry(NamedTuple):
    """One action: its name in the program, its words, its keys, its icon and what it does in a sentence."""

    name: str
    text: str
    keys: str
    icon: str
    help: str
    checkable: bool = False


TABLE = (
    Entry("run", "Run", "Space", "run", "Run or pause the training"),
    Entry("step", "Step", "Right", "step", "Train one more observed epoch, then pause"),
    Entry("back", "Step back", "Left", "", "Look at the epoch recorded before the one on the screen"),
    Entry("play", "Play back", "Shift+Space", "", "Play what is recorded from the epoch on the screen on, or pause; the training does what it does"),
    Entry("follow", "Follow the newest epoch", "End", "", "Look at the newest epoch again, and go along with it"),
    Entry("bookmark", "Bookmark this epoch", "Ctrl+B", "", "Mark the epoch on the screen on the timeline, or take the mark away"),
    Entry("bookmark_back", "Previous bookmark", "Ctrl+Shift+Left", "", "Look at the epoch of the bookmark before"),
    Entry("bookmark_on", "Next bookmark", "Ctrl+Shift+Right", "", "Look at the epoch of the next bookmark"),
    Entry("pauses", "Pause at…", "Ctrl+Shift+P", "", "Choose an epoch, a cost, a gradient or a verdict at which the training pauses by itself"),
    Entry("memory", "Memory for recording…", "", "", "Choose how much memory the recorded profiles of a run may take"),
    Entry("undo", "Undo change", "Ctrl+Z", "", "Take back the last change of a weight or parameter: the run as it was before, which goes on from there"),
    Entry("redo", "Redo change", "Ctrl+Shift+Z, Ctrl+Y", "", "Bring back the change that was undone, with all that came of it"),
    Entry("together", "Several runs together…", "Ctrl+T", "", "Train a run for each of several values of a parameter, in lockstep, side by side"),
    Entry("sweep", "Sweep…", "Ctrl+Shift+S", "", "Map what becomes of the experiment over one or two parameters; a click opens a point as a run"),
    Entry("pin", "Pin this run", "Ctrl+P", "", "Keep the run as it is behind the live one, on the same axes, to compare"),
    Entry("reset", "Reset", "R", "reset", "Go back to epoch 0 with the parameters as they are entered; does not start"),
    Entry("slow", "Slow", "1", "", "Two epochs a second, so that each can be seen", checkable=True),
    Entry("normal", "Normal", "2", "", "Up to 30 epochs a second", checkable=True),
    Entry("fast", "Fast", "3", "", "As many epochs as the screen follows", checkable=True),
    Entry("check", "Check gradient…", "Ctrl+G", "check", "Hold the weight gradient of every layer against finite differences, at the weights on the screen"),
    Entry("snapshot", "Snapshot…", "Ctrl+E", "snapshot", "Save a picture of the plots, with its caption and the experiment inside"),
    Entry("numbers", "Save numbers…", "Ctrl+Shift+E", "", "Save the numbers that a plot shows, or those of the whole run, as a table"),
    Entry("film", "Make a film…", "", "", "Save how the plots change from epoch to epoch, as a GIF, MP4 or WebM film"),
    Entry("report", "Report…", "", "", "Write a hand-out on this run and the pinned ones: plots, verdicts and tables in one HTML or PDF file"),
    Entry("copy", "Copy picture", "Ctrl+C", "", "Copy a picture of the panel under the mouse, or of all, to the clipboard, with the experiment inside"),
    Entry("copy_link", "Copy link", "Ctrl+Shift+C", "", "Copy one line of text that opens this experiment at this epoch, for a chat or the command line"),
    Entry("copy_numpy", "Copy as Python (NumPy)", "", "", "Copy a program that trains this experiment with NumPy alone"),
    Entry("copy_pytorch", "Copy as Python (PyTorch)", "", "", "Copy a program that trains this experiment with PyTorch"),
    Entry("paste", "Open from the clipboard", "Ctrl+V", "", "Open the link, the picture or the file that lies on the clipboard"),
    Entry("open", "Open…", "Ctrl+O", "", "Open a saved run, a picture, a config, or a table to learn"),
    Entry("save", "Save run…", "Ctrl+S", "", "Save the run with everything recorded"),
    Entry("preferences", "Preferences…", "Ctrl+,", "", "Choose how GradViz looks, what it shows and what it keeps"),
    Entry("quit", "Quit", "Ctrl+Q", "", "Close GradViz"),
    Entry("lessons", "Lessons", "Ctrl+L", "lesson", "Choose one of the lessons of the course, or open one from a file", checkable=True),
    Entry("open_lesson", "Open a lesson…", "", "", "Open a lesson that somebody wrote in a text editor"),
    Entry("lesson_on", "Go on in the lesson", "PgDown, N", "", "What comes next in the lesson: show it, reveal the answer, or the next step"),
    Entry("lesson_back", "Previous step", "PgUp, B", "", "The step of the lesson before this one"),
    Entry("lesson_next", "Next step", "Ctrl+PgDown", "", "The next step of the lesson, whatever of this one has not been shown"),
    Entry("show_me", "Show me", "D", "", "Run what this step of the lesson is about"),
    Entry("answer", "Show the answer", "A", "", "Reveal the answer to this step's question"),
    Entry("your_turn", "Your turn", "Y", "", "Try this step's experiment by yourself; the lesson says when its goal is reached"),
    Entry("save_answers", "Save answers…", "", "", "Save what was answered in the lesson as a plain text, for a teacher"),
    Entry("projector", "Projector", "P, F11", "projector", "Large type and thick lines on few panels, for a hall; again, or Escape, goes back", checkable=True),
    Entry("notes", "Presenter notes", "Ctrl+Shift+N", "", "Show the lesson's notes for the presenter, on a second screen where there is one", checkable=True),
    Entry("describe", "Describe in words", "Ctrl+D", "", "Say in plain words what every plot shows now"),
    Entry("seeing", "What am I seeing", "F1", "", "Explain every mark on the screen"),
    Entry("whats_this", "What is this?", "Shift+F1", "", "Click on anything on the screen to read what it is; from the keyboard, of what has the focus"),
    Entry("keys", "Keys", "?", "", "All keys on one sheet"),
    Entry("welcome", "Welcome", "", "", "The notebook's three cases to start with"),
    Entry("about", "About GradViz", "", "", "Versions, licence, and how to cite"),
)


def make_actions(parent: QWidget) -> dict[str, QAction]:
    """The table's actions by name, with their keys and tooltips, added to the window."""
    actions = {}
    for entry in TABLE:
        action = QAction(entry.text, parent)
        action.setObjectName(entry.name)
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys.split(", ") if keys])
        action.setCheckable(entry.checkable)
        keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        action.setToolTip(f"{entry.help} ({keys})" if keys else entry.help)
        action.setStatusTip(entry.help)
        parent.addAction(action)
        actions[entry.name] = action
    return actions


#: The keys that a focused widget needs for itself, though the window has a shortcut on them.
_OWN_KEYS: tuple[tuple[tuple[type[QWidget], ...], frozenset[Qt.Key]], ...] = (
    ((QAbstractButton, QComboBox, QAbstractItemView), frozenset({Qt.Key.Key_Space})),
    ((QAbstractSlider, QAbstractSpinBox, QComboBox, QTabBar, QLineEdit), frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down})),
    ((QAbstractSpinBox, QLineEdit), frozenset({Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_R, Qt.Key.Key_Space})),
)


class FocusKeepsItsKeys(QObject):
    """An event filter: Space presses a focused button and arrows move a focused field, instead of starting the window's shortcuts."""

    def watch(self, window: QWidget) -> None:
        """Filter what the fields and buttons in the window get; a filter on the whole application would see every event there is."""
        kinds = {kind for kinds, _keys in _OWN_KEYS for kind in kinds}
        for widget in window.findChildren(QWidget):
            if isinstance(widget, tuple(kinds)):
                widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride or event.modifiers() not in _PLAIN:
            return False
        own = any(isinstance(watched, kinds) and event.key() in keys for kinds, keys in _OWN_KEYS)
        if own:
            event.accept()
        return own


_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
