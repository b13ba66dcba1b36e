"""Films of a run: one picture after the other is drawn and encoded, and no more than a few are held at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradviz.runs.files import writable_target, written_whole
from gradviz.ui.films.encoders import Sheet, check_encoder, encoder_for, even
from gradviz.ui.films.options import Epochs, FilmOptions, epochs_of
from gradviz.ui.films.palettes import Pixels
from gradviz.ui.films.stage import AxesMovedError, Stage, pixels_of
from gradviz.ui.pictures.drawing import View

#: So many pictures of a film, and its first and last one, say which colours a GIF needs.
SAMPLES = 6


class Progress(NamedTuple):
    """So many frames of so many are drawn."""

    done: int
    total: int


class Filmed(NamedTuple):
    """What was written: how many frames, of how many pixels, for how many seconds."""

    frames: int
    width: int
    height: int
    seconds: float


def film(options: FilmOptions, view: View, path: Path) -> Generator[Progress, None, Filmed]:
    """Film a run into a .gif, .mp4 or .webm, with the experiment inside; yields after each frame, and returns what was written.

    Nothing of the future is seen: what is drawn over epochs grows, as it does while a run trains. The file is written whole or not at all: when the
    generator is closed before its end, nothing is left. Raises FileError with a sentence for what cannot be filmed.
    """
    ending = path.suffix.lower()
    options.check(ending)
    check_encoder(ending)
    writable_target(path)
    epochs = epochs_of(view.run, options)
    yield Progress(0, len(epochs))
    width, height = size_of(options, ending)
    with Stage(options, view, epochs) as stage, written_whole(path) as beside:
        stage.choose_axes()
        try:
            yield from _encoded(stage, ending, beside)
        except AxesMovedError:
            stage.choose_axes(for_all=True)
            yield from _encoded(stage, ending, beside)
    return Filmed(len(epochs), width, height, len(epochs) / options.fps)


def size_of(options: FilmOptions, ending: str) -> tuple[int, int]:
    """The film's pixels: of an odd number one more, in the plots' ground, where colours are encoded by two and two."""
    width, height = options.picture.pixels
    return (width, height) if ending == ".gif" else (even(width), even(height))


def _encoded(stage: Stage, ending: str, beside: Path) -> Iterator[Progress]:
    """Draw and encode every frame."""
    sheet = Sheet(*size_of(stage.options, ending), stage.options.fps, stage.view.name or "GradViz", stage.comment)
    with stage.ready(), beside.open("wb") as file:
        samples = _samples(stage) if ending == ".gif" else []
        image = stage.image(sheet.width, sheet.height)
        pixels = pixels_of(image)
        done, total = 0, len(stage.epochs)
        with closing(encoder_for(ending, file, sheet, samples)) as encoder:
            for epoch, frames in _repeated(stage.epochs):
                stage.show(epoch)
                stage.paint(image)
                encoder.add(pixels, frames)
                for _ in range(frames):
                    done += 1
                    yield Progress(done, total)
            encoder.finish()


def _samples(stage: Stage) -> list[Pixels]:
    """Some pictures of the film, its first and last among them."""
    places = np.unique(np.linspace(0, len(stage.epochs) - 1, SAMPLES).astype(int))
    samples = []
    for epoch in stage.epochs[places]:
        stage.show(int(epoch))
        image = stage.image(*stage.options.picture.pixels)
        stage.paint(image)
        samples.append(pixels_of(image).copy())
    stage.begin()
    return samples


def _repeated(epochs: Epochs) -> Iterator[tuple[int, int]]:
    """Each epoch with how many frames it has in a row."""
    begins = np.flatnonzero(np.diff(epochs, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(epochs)], strict=True):
        yield int(epochs[begin]), int(end - begin)
