"""The process that draws for a window: pictures, films, hand-outs and tables, while the window goes on.

It reads orders from its standard input, one a line, and writes answers to its standard output. When the input ends, the window is gone: what is being made
is given up, and nothing half-written is left.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from gradviz.core.config import ConfigError
from gradviz.runs.files import FileError
from gradviz.ui.studio.orders import PREVIEW, Answer, AnyOrder, Cancel, FilmOrder, NumbersOrder, PictureOrder, ReportOrder, Sight, for_panel

if TYPE_CHECKING:
    from gradviz.ui.pictures.drawing import View

#: A process that draws gives way to one that trains and to the window, where the system knows such a thing.
NICENESS = 5


class Progress(NamedTuple):
    """So many of so many, and what is written when all are."""

    done: int
    total: int
    written: tuple[Path, ...] = ()


class Views:
    """What a window shows, read from its folder once for each time that it was written."""

    def __init__(self) -> None:
        self._read: tuple[str, int] | None = None
        self._view: View | None = None
        #: Where it has read from.
        self.folders: set[str] = set()

    def of(self, sight: Sight) -> View:
        """The view; raises FileError where what it is of is gone."""
        from gradviz.runs.session import load_session
        from gradviz.ui import pins
        from gradviz.ui.pictures.drawing import View

        if self._view is None or self._read != (sight.folder, sight.written):
            snapshot, lost = load_session(Path(sight.folder))
            if snapshot.live is None or lost:
                raise FileError(" ".join(lost) or "There is nothing to draw yet; it comes with the first epoch.")
            kept: pins.Pins = ()
            for pin in snapshot.pins:
                kept = pins.pinned(kept, pin.run, pin.name)
                kept = pins.changed(kept, kept[-1].key, colour=pin.colour, visible=pin.visible)
            self._view, self._read = View(snapshot.live, pins=kept), (sight.folder, sight.written)
            self.folders.add(sight.folder)
        return View(self._view.run, sight.epoch, sight.name, self._view.pins, sight.panels, sight.sample, sight.trails, sight.settings)


def picture(order: PictureOrder, view: View) -> Iterator[Progress]:
    """One picture of all panels, or one of each."""
    from gradviz.ui.pictures.files import preview_of, save_view

    path = Path(order.path)
    groups = [((name,), for_panel(path, name)) for name in order.panels] if order.each else [(order.panels, path)]
    yield Progress(0, len(groups))
    for done, (panels, place) in enumerate(groups, 1):
        if order.preview:
            preview_of(view, panels, order.options, place, PREVIEW)
        else:
            save_view(view, panels, order.options, place)
        yield Progress(done, len(groups), tuple(written for _, written in groups[:done]))


def numbers(order: NumbersOrder, view: View) -> Iterator[Progress]:
    """A table."""
    from gradviz.runs.table_files import write_table

    yield Progress(0, 1)
    write_table(view.run, view.frame, order.what, Path(order.path), order.form, order.quantities)
    yield Progress(1, 1, (Path(order.path),))


def film(order: FilmOrder, view: View) -> Iterator[Progress]:
    """A film, frame by frame."""
    from gradviz.ui.films.film import film as filmed
    from gradviz.ui.films.options import FilmOptions

    path = Path(order.path)
    for progress in filmed(msgspec.structs.replace(msgspec.convert(order.film, FilmOptions), panels=order.panels), view, path):
        yield Progress(progress.done, progress.total, (path,) * (progress.done == progress.total))


def report(order: ReportOrder, view: View) -> Iterator[Progress]:
    """A hand-out, figure by figure."""
    from gradviz.ui.reports.report import Wish, views_of, write_report

    path = Path(order.path)
    for step in write_report(path, views_of(view), Wish(question=order.question, paper=order.paper)):
        yield Progress(step.done, step.total, (path,) * (step.done == step.total))


MAKERS: Mapping[type, Callable[[Any, View], Iterator[Progress]]] = {PictureOrder: picture, NumbersOrder: numbers, FilmOrder: film, ReportOrder: report}


class Desk:
    """Takes orders one after the other, and answers them."""

    def __init__(self, answer: Callable[[Answer], None]) -> None:
        self._answer = answer
        self._views = Views()
        self._cancelled: set[int] = set()
        self._closed = threading.Event()

    def tidy(self) -> None:
        """The window is gone, perhaps without a word: so is what it handed over."""
        for folder in self._views.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def cancel(self, number: int) -> None:
        """Give up an order, now or when its turn comes; any thread may."""
        self._cancelled.add(number)

    def close(self) -> None:
        """Give up everything; any thread may."""
        self._closed.set()

    def make(self, order: AnyOrder) -> None:
        """Make what is ordered, saying how far it is; what goes wrong becomes a sentence."""
        try:
            written = self._made(order)
        except (FileError, ConfigError) as problem:
            self._answer(Answer(order.number, problem=str(problem)))
        except ImportError as problem:
            self._answer(Answer(order.number, problem=f"This needs a part that is not installed: {problem}.", details=traceback.format_exc()))
        except MemoryError:
            self._answer(Answer(order.number, problem="There is not enough memory for this; choose a smaller size, or fewer epochs."))
        except Exception as problem:
            sentence = f"It could not be made: {type(problem).__name__}: {problem}."
            self._answer(Answer(order.number, problem=sentence, details=traceback.format_exc()))
        else:
            self._answer(Answer(order.number, 1, 1, tuple(map(str, written)), cancelled=written == ()))

    def _made(self, order: AnyOrder) -> tuple[Path, ...]:
        """The files that were written; none where it was given up."""
        written: tuple[Path, ...] = ()
        steps = MAKERS[type(order)](order, self._views.of(order.sight))
        try:
            for progress in steps:
                written = progress.written
                if progress.done < progress.total and (order.number in self._cancelled or self._closed.is_set()):
                    return ()  # but not when all is written: what it replaced is gone then
                self._answer(Answer(order.number, progress.done, progress.total))
        finally:
            if hasattr(steps, "close"):
                steps.close()
        return written


def main() -> int:
    """Answer orders until the input ends."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    from gradviz.ui.app import application

    app = application()
    out = sys.stdout.buffer
    lock = threading.Lock()

    def answer(said: Answer) -> None:
        with lock:
            out.write(msgspec.json.encode(said) + b"\n")
            out.flush()

    desk = Desk(answer)
    orders: queue.Queue[AnyOrder | None] = queue.Queue()
    threading.Thread(target=_read, args=(desk, orders), name="orders", daemon=True).start()
    while (order := orders.get()) is not None:
        desk.make(order)
        app.processEvents()
    desk.tidy()
    return 0


def _read(desk: Desk, orders: queue.Queue[AnyOrder | None]) -> None:
    """Put every order into the queue, and cancel at once what is cancelled."""
    decoder = msgspec.json.Decoder(AnyOrder | Cancel)
    for line in sys.stdin.buffer:
        said = decoder.decode(line)
        if isinstance(said, Cancel):
            desk.cancel(said.number)
        else:
            orders.put(said)
    desk.close()
    orders.put(None)


if __name__ == "__main__":
    raise SystemExit(main())
