"""Pictures become films: GIF by Pillow, H.264 in MP4 and VP9 in WebM by PyAV. Each picture is encoded as it comes, and only where it differs. No Qt here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import ModuleType
from typing import IO, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gradviz.runs.files import FileError
from gradviz.ui.films.palettes import MOST_COLOURS, Pixels, cells, nearest, palette_of

#: Rows that are converted together; even, for 4:2:0 halves their colours.
BAND = 16
#: A player can jump to a moment once in so many seconds.
KEY_SECONDS = 2
#: An encoder that can works in threads of its own, which hold no interpreter lock: while it encodes one picture, the next ones are drawn.
THREADS = 4
#: The last picture of a GIF stays so many seconds longer, before it begins again; other players stop there.
HOLD = 1.0
#: A GIF's index for pixels that stay as they are; the others are colours.
UNCHANGED = MOST_COLOURS
#: A GIF counts hundredths of a second, in two bytes.
TICKS, LONGEST = 100, 65_535


class Sheet(NamedTuple):
    """What is true of the whole film: pixels across and down, frames a second, its title, and the experiment as text."""

    width: int
    height: int
    fps: float
    title: str
    comment: str


class Encoder(Protocol):
    """Takes pictures one after the other; close() gives up what finish() has not completed."""

    def add(self, picture: Pixels, frames: int) -> None:
        """Show this picture for so many frames."""

    def finish(self) -> None:
        """Write what is left."""

    def close(self) -> None:
        """Let everything go."""


class Codec(NamedTuple):
    """An encoder's name, its file format, and what it is told: to be quick. A film of lines is small all the same, and they stay sharp."""

    name: str
    container: str
    settings: Mapping[str, str]


CODECS = {
    ".mp4": Codec("libx264", "mp4", {"preset": "ultrafast", "crf": "18"}),
    ".webm": Codec("libvpx-vp9", "webm", {"deadline": "realtime", "cpu-used": "8", "crf": "16", "b:v": "0", "tune-content": "screen", "lag-in-frames": "0"}),
}


def encoder_for(ending: str, file: IO[bytes], sheet: Sheet, samples: Sequence[Pixels]) -> Encoder:
    """The encoder for a file of this ending; the samples are pictures of the film, which a GIF takes its colours from."""
    return GifEncoder(file, sheet, samples) if ending == ".gif" else VideoEncoder(file, CODECS[ending], sheet)


def check_encoder(ending: str) -> None:
    """Raise FileError where this machine cannot make such a film, before any work is done for it."""
    if ending in CODECS:
        name, av = CODECS[ending].name, _pyav()
        if name not in av.codecs_available:
            raise FileError(f"The Python package 'av' is there, but without the encoder {name}: install the one from PyPI, or make a .gif.")


def _pyav() -> ModuleType:
    try:
        import av
    except ImportError as problem:
        raise FileError(
            f"MP4 and WebM need the Python package 'av', which {sys.executable} does not have: pip install 'gradviz[film]'. A .gif needs no more."
        ) from problem
    module: ModuleType = av
    return module


def even(pixels: int) -> int:
    """This many pixels or one more: 4:2:0 has one colour for each two by two."""
    return pixels + pixels % 2


# --- MP4 and WebM --------------------------------------------------------------------------------------------------------------------------


class VideoEncoder:
    """Frames of constant length, 4:2:0 as every player knows it, in the colours of BT.709."""

    def __init__(self, file: IO[bytes], codec: Codec, sheet: Sheet) -> None:
        av = _pyav()
        self._fault: type[Exception] = av.error.FFmpegError
        rate = Fraction(sheet.fps).limit_denominator(1001)
        self._container = av.open(file, "w", format=codec.container)
        self._container.metadata.update(title=sheet.title, comment=sheet.comment)
        self._stream: Any = self._container.add_stream(codec.name, rate=rate, options=dict(codec.settings))
        self._stream.width, self._stream.height, self._stream.pix_fmt = sheet.width, sheet.height, "yuv420p"
        context = self._stream.codec_context
        context.time_base = 1 / rate
        context.thread_type, context.thread_count = "FRAME", THREADS
        context.gop_size = max(1, round(KEY_SECONDS * sheet.fps))
        self._planes = Planes(sheet.width, sheet.height)
        self._planes.tag(context)
        self._shown = 0

    def add(self, picture: Pixels, frames: int) -> None:
        self._planes.take(picture)
        for _ in range(frames):
            self._planes.frame.pts = self._shown
            self._shown += 1
            self._write(self._planes.frame)

    def finish(self) -> None:
        self._write(None)
        self._close()

    def _write(self, frame: Any) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except self._fault as problem:
            if isinstance(problem, OSError):
                raise
            raise FileError(f"The film cannot be encoded: {problem}.") from problem

    def _close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def close(self) -> None:
        with contextlib.suppress(OSError, self._fault):  # the file that it cannot end is on its way out
            self._close()


class Planes:
    """A picture in 4:2:0 that follows pictures of Qt; of each only the rows that differ from those before are converted."""

    def __init__(self, width: int, height: int) -> None:
        from av import VideoFrame
        from av.video import reformatter

        self._colours = reformatter
        self._reformatter = reformatter.VideoReformatter()
        self.frame = VideoFrame(width, height, "yuv420p")
        self.tag(self.frame)
        self._parts = [_array(plane) for plane in self.frame.planes]
        self._before: Pixels = np.zeros((height, width), np.uint32)
        self._tops = [*range(0, height - BAND, BAND), height - BAND]

    def tag(self, what: Any) -> None:
        """Say of a frame or an encoder what its numbers mean."""
        what.colorspace = self._colours.Colorspace.ITU709
        what.color_range = self._colours.ColorRange.MPEG
        what.color_primaries = self._colours.ColorPrimaries.BT709
        what.color_trc = self._colours.ColorTrc.BT709

    def take(self, picture: Pixels) -> None:
        """Be this picture."""
        changed = (picture.view(np.uint64) != self._before.view(np.uint64)).any(axis=1)
        for top in self._tops:
            rows = slice(top, top + BAND)
            if changed[rows].any():
                self._before[rows] = picture[rows]
                self._convert(picture[rows], top)

    def _convert(self, band: Pixels, top: int) -> None:
        from av import VideoFrame

        pixels = band.view(np.uint8).reshape(len(band), -1, 4)
        converted = self._reformatter.reformat(
            VideoFrame.from_numpy_buffer(pixels, "bgra"),
            format="yuv420p",
            dst_colorspace=self._colours.Colorspace.ITU709,
            dst_color_range=self._colours.ColorRange.MPEG,
            interpolation=self._colours.Interpolation.BILINEAR,
            threads=1,
        )
        for part, plane, rows in zip(self._parts, converted.planes, (1, 2, 2), strict=True):
            part[top // rows : (top + BAND) // rows] = _array(plane)


def _array(plane: Any) -> NDArray[np.uint8]:
    """A plane's numbers (height, width)."""
    rows: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


# --- GIF -----------------------------------------------------------------------------------------------------------------------------------


class Waiting(NamedTuple):
    """What is to be drawn over the pictures before, where, and from which tick on: how long it stays is known when the next one comes."""

    indexes: NDArray[np.uint8]
    corner: tuple[int, int]
    begins: int


class GifEncoder:
    """One palette for the whole film and no dithering, so that nothing flickers; of each picture the part that differs, and of that the pixels that do."""

    def __init__(self, file: IO[bytes], sheet: Sheet, samples: Sequence[Pixels]) -> None:
        from PIL import GifImagePlugin, Image

        self._file, self._sheet = file, sheet
        self._image, self._plugin = Image, GifImagePlugin
        palette = palette_of(samples)
        self._table = nearest(palette)
        self._before: Pixels | None = None
        self._waiting: Waiting | None = None
        self._frames = 0
        page = Image.new("P", (sheet.width, sheet.height))
        page.putpalette(np.vstack([palette, np.zeros((256 - len(palette), 3), np.uint8)]).tobytes())
        header, _ = GifImagePlugin.getheader(page, info={"loop": 0, "comment": sheet.comment.encode()})
        file.writelines(header)

    def add(self, picture: Pixels, frames: int) -> None:
        changed = np.ones(picture.shape, bool) if self._before is None else picture != self._before
        down, across = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if len(down):
            self._write()
            part = slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1)
            indexes = np.where(changed[part], self._table[cells(picture[part])], np.uint8(UNCHANGED))
            self._waiting = Waiting(indexes, (int(across[0]), int(down[0])), self._tick)
            if self._before is None:
                self._before = picture.copy()
            else:
                self._before[part] = picture[part]
        self._frames += frames

    @property
    def _tick(self) -> int:
        """The hundredth of a second in which the next picture begins: not every rate is a whole number of them."""
        return round(TICKS * self._frames / self._sheet.fps)

    def _write(self, hold: float = 0.0) -> None:
        """Write what waits, as long as it was to be seen."""
        if self._waiting is None:
            return
        indexes, corner, begins = self._waiting
        stays = self._tick + round(TICKS * hold) - begins
        while stays > 0:
            ticks = min(stays, LONGEST)
            stays -= ticks
            image = self._image.fromarray(indexes)
            self._file.writelines(self._plugin.getdata(image, corner, duration=ticks * 1000 // TICKS, transparency=UNCHANGED, disposal=1))
        self._waiting = None

    def finish(self) -> None:
        self._write(HOLD)
        self._file.write(b";")

    def close(self) -> None:
        self._waiting = None
