"""How fast a film is made, beside matplotlib's animation of the same curves at the same size, through an encoder with the same settings."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradviz.benchmarks import windows
from gradviz.benchmarks.measuring import Goal, Measure, Reading, in_words, shortest_turns
from gradviz.benchmarks.missing import Missing
from gradviz.runs.presets import presets
from gradviz.runs.run import Run, record

EXPERIMENT = "notebook-1a"
FPS, WIDTH, HEIGHT, DPI = 30, 1280, 720, 100
#: No picture takes longer than another: the rival's time is per frame.
RIVAL_FRAMES, ROUNDS = 50, 2


class Seconds(NamedTuple):
    """What a frame takes: ours, with all that comes before the first; matplotlib's FuncAnimation; and its writer in a loop without one."""

    ours: float
    animated: float
    looped: float


def against_matplotlib() -> Reading:
    """How many times faster a film of two panels is made than matplotlib's animation of the same curves."""
    for package, wheel in (("matplotlib", "matplotlib"), ("av", "'gradviz[film]'")):
        if importlib.util.find_spec(package) is None:
            raise Missing(f"the Python package '{package}' is not installed (pip install {wheel})")
    seconds = Seconds(*json.loads(windows.in_a_process("films.print_seconds()")))
    loop = f"{in_words(seconds.looped)} ({seconds.looped / seconds.ours:.1f}x) by its writer in a loop, which draws a picture once and not twice"
    ours, animated, epochs = in_words(seconds.ours), in_words(seconds.animated), presets()[EXPERIMENT].config.epochs
    detail = f"each of {epochs:,} frames takes {ours}, by matplotlib's FuncAnimation {animated}, and {loop}; {WIDTH}x{HEIGHT}, H.264 by the same encoder"
    return Reading(seconds.animated / seconds.ours, detail)


def print_seconds(epochs: int | None = None, rival_frames: int = RIVAL_FRAMES, rounds: int = ROUNDS) -> None:
    """Print, as JSON, the fields of Seconds."""
    from gradviz.ui.app import without_screen

    application = without_screen()
    config = presets()[EXPERIMENT].config
    run = record(config if epochs is None else config.replace(epochs=epochs))
    with tempfile.TemporaryDirectory() as folder:
        rival = Rival(run, rival_frames)
        turns: dict[str, Callable[[], object]] = {
            "ours": lambda: film(run, Path(folder, "ours.mp4")),
            "animated": lambda: rival.animate(Path(folder, "animated.mp4")),
            "looped": lambda: rival.loop(Path(folder, "looped.mp4")),
        }
        seconds = shortest_turns(turns, rounds)
    frames = {"ours": len(run.frames), "animated": rival_frames, "looped": rival_frames}
    print(json.dumps([seconds[name] / frames[name] for name in Seconds._fields]))
    del application


def film(run: Run, path: Path) -> None:
    """Our film: activations and gradients, one epoch a frame."""
    from gradviz.ui.films import film as films
    from gradviz.ui.films.options import FilmOptions
    from gradviz.ui.pictures.drawing import View

    for _ in films.film(FilmOptions(fps=FPS), View(run, name=EXPERIMENT), path):
        pass


class Rival:
    """The like as matplotlib's pages make it: two plots with grids, the second in decades, a title with the epoch, and set_ydata() for each frame."""

    def __init__(self, run: Run, frames: int) -> None:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot

        self.run, self.frames = run, frames
        self.figure, (above, below) = pyplot.subplots(2, 1, figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
        layers, sizes = np.arange(run.config.layers), np.abs(run.g[:, :, 1:])
        self._activations = above.plot(layers, run.h[0].T)
        self._gradients = below.plot(layers[1:], sizes[0].T)
        above.set_ylim(-1.1, 1.1)
        below.set_yscale("log")
        below.set_ylim(sizes[sizes > 0.0].min() / 10.0, sizes.max() * 10.0)
        for plot in (above, below):
            plot.set_xlabel("layer k")
            plot.grid()
        self._sizes = sizes
        self._title = self.figure.suptitle("")

    def show(self, epoch: int) -> list[Any]:
        """Give the curves an epoch's numbers."""
        for curves, values in ((self._activations, self.run.h[epoch]), (self._gradients, self._sizes[epoch])):
            for curve, row in zip(curves, values, strict=True):
                curve.set_ydata(row)
        self._title.set_text(f"{EXPERIMENT}, epoch {epoch:,} of {self.run.config.epochs:,}")
        return [*self._activations, *self._gradients, self._title]

    def animate(self, path: Path) -> None:
        """By FuncAnimation.save(), as everybody does."""
        from matplotlib.animation import FuncAnimation

        FuncAnimation(self.figure, self.show, frames=self.frames, blit=False).save(str(path), writer=_writer()(fps=FPS), dpi=DPI)

    def loop(self, path: Path) -> None:
        """By the writer's own grab_frame()."""
        writer = _writer()(fps=FPS)
        with writer.saving(self.figure, str(path), DPI):
            for epoch in range(self.frames):
                self.show(epoch)
                writer.grab_frame()


def _writer() -> Any:
    """A writer of matplotlib that hands frames to the encoder that our film has, with the same settings: an ffmpeg of its own would be told others."""
    from matplotlib.animation import AbstractMovieWriter

    from gradviz.ui.films.encoders import CODECS, KEY_SECONDS, THREADS

    av: Any = importlib.import_module("av")

    class Writer(AbstractMovieWriter):
        def setup(self, fig: Any, outfile: Any, dpi: float | None = None) -> None:
            super().setup(fig, outfile, dpi)
            codec = CODECS[Path(outfile).suffix]
            self._container = av.open(outfile, "w", format=codec.container)
            self._stream = self._container.add_stream(codec.name, rate=FPS, options=dict(codec.settings))
            self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            self._stream.codec_context.thread_type, self._stream.codec_context.thread_count = "FRAME", THREADS
            self._stream.codec_context.gop_size = KEY_SECONDS * FPS
            self._reformatter = av.video.reformatter.VideoReformatter()

        def grab_frame(self, **options: Any) -> None:
            buffer = io.BytesIO()
            self.fig.savefig(buffer, format="rgba", dpi=self.dpi, **options)
            pixels = np.frombuffer(buffer.getbuffer(), np.uint8).reshape(HEIGHT, WIDTH, 4)
            frame = av.VideoFrame.from_numpy_buffer(pixels, "rgba")
            self._container.mux(self._stream.encode(self._reformatter.reformat(frame, format="yuv420p")))

        def finish(self) -> None:
            self._container.mux(self._stream.encode(None))
            self._container.close()

    return Writer


MEASURES: tuple[Measure, ...] = (Measure("film", "a film of 1,000 epochs, matplotlib's animation against ours", Goal(True, 10, "x"), against_matplotlib),)
