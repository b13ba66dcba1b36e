"""From a picture or a link back to the experiment: it is trained again beside the window, as far as it was, and then shown at the epoch of the picture."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QTimer

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError
from gradviz.ui import playhead
from gradviz.ui import state as states
from gradviz.ui.plots.dashboard import PLACES

if TYPE_CHECKING:  # what trains comes when the window is up
    from concurrent.futures import Future, ThreadPoolExecutor

    from gradviz.runs.recipe import Recipe
    from gradviz.runs.run import Run
    from gradviz.ui.window import Window

#: Milliseconds between looks at how far it is; what takes less than so many seconds needs no words.
LOOKS, UNSAID = 30, 0.4


class Wanted(NamedTuple):
    """An experiment to be trained again, and what is to be said of where it comes from."""

    recipe: Recipe
    remark: str = ""


class _Training:
    """One experiment being found and trained again in a thread: how far it is, and how to stop it."""

    def __init__(self, find: Callable[[], Wanted], then: Callable[[], None], memory: int) -> None:
        self.then = then
        self.began = time.monotonic()
        self.wanted: Wanted | None = None
        self.done = 0
        self.stopped = threading.Event()
        self._find, self._memory = find, memory
        self.result: Future[Run | None] | None = None

    def train(self) -> Run | None:
        """The run; None where it was stopped."""
        self.wanted = self._find()  # a stranger's file may take its time
        steps = self.wanted.recipe.train(self._memory)
        try:
            while not self.stopped.is_set():
                self.done = next(steps)
        except StopIteration as end:
            run: Run = end.value
            return run
        finally:
            steps.close()
        return None


class Reopening:
    """Trains experiments again and hands them to the window; the newest one that was asked for counts."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._trainer: ThreadPoolExecutor | None = None
        self._training: _Training | None = None
        self._look = QTimer()
        self._look.setInterval(LOOKS)
        self._look.timeout.connect(self._on_look)

    @property
    def busy(self) -> bool:
        """Whether an experiment is being trained again."""
        return self._training is not None

    def open(self, find: Callable[[], Wanted], then: Callable[[], None] = lambda: None) -> None:
        """Show the experiment that is found, in a thread, as soon as it is there, and then do this; what is wrong with it is said in the strip."""
        self.stop()
        self._training = _Training(find, then, self._window.memory)
        if self._trainer is None:
            from concurrent.futures import ThreadPoolExecutor

            self._trainer = ThreadPoolExecutor(1, "reopening")
        self._training.result = self._trainer.submit(self._training.train)
        self._look.start()

    def stop(self) -> None:
        """Give up what is being trained again; the experiment on the plots stays."""
        if self._training is not None:
            self._training.stopped.set()
            self._training = None
            self._look.stop()

    def close(self) -> None:
        """The window closes."""
        self.stop()
        if self._trainer is not None:
            self._trainer.shutdown(wait=True)

    def _on_look(self) -> None:
        training = self._training
        assert training is not None, "it is looked at while one is trained"
        assert training.result is not None, "it has been begun"
        if training.result.done():
            self._training = None
            self._look.stop()
            self._take(training)
        elif time.monotonic() - training.began > UNSAID:
            sentence = "Reading the file…"
            if training.wanted is not None:
                recipe = training.wanted.recipe
                sentence = f"Training '{recipe.name or 'the experiment'}' again: {training.done:,} of {recipe.epochs_done:,} epochs."
            if self._window.messages.text.text() != sentence:
                self._window.messages.offer(sentence, Stop=self._on_stop)

    def _on_stop(self) -> None:
        self.stop()
        self._window.messages.say("Stopped; the experiment on the plots is the one from before.")

    def _take(self, training: _Training) -> None:
        assert training.result is not None, "it has been begun"
        messages = self._window.messages
        try:
            run = training.result.result()
        except (FileError, ConfigError) as problem:
            messages.complain(str(problem))
            return
        except Exception as problem:
            messages.complain(f"The experiment cannot be trained again: {problem}", problem)
            return
        if run is None or training.wanted is None:
            return
        recipe, remark = training.wanted
        self._show(run, recipe)
        training.then()
        different = recipe.difference(run)
        if different or remark:
            messages.complain(" ".join(filter(None, [remark, different])))
        elif recipe.same_numbers(run):
            messages.say(f"This is epoch {recipe.epoch:,}, as in the picture: trained again, and the numbers are the same to the last bit.")

    def _show(self, run: Run, recipe: Recipe) -> None:
        """The run where it stood, looked at where the picture did, with the changes that were still to come."""
        window = self._window
        window.open(run, recipe.name)
        if recipe.planned:
            window.show_state(replace(states.opened(run, window.now, recipe.name), made=recipe.planned))
        window.choosing.ask_for(tuple(name for name in recipe.shows if name in PLACES))
        if len(run.newest) and recipe.epoch < run.newest.epoch[-1]:
            window.looking.look(playhead.moved(window.now.head, recipe.epoch, int(run.newest.epoch[-1])))
