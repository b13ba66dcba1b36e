"""Films as an independent reader sees them: how many frames, how long, what is in them; and what is left when one is not made."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QFontMetricsF, QImage, QPainter

from gradviz.core.config import Config
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.run import Run, record
from gradviz.ui import pins
from gradviz.ui.films import film as films
from gradviz.ui.films import stage as film_stage
from gradviz.ui.films.film import Filmed, Progress, film, size_of
from gradviz.ui.films.options import ENDINGS, FilmOptions, epochs_of
from gradviz.ui.films.stage import Stage, pixels_of, telling_epochs
from gradviz.ui.pictures.drawing import TITLE_POINTS, Drawing, View
from gradviz.ui.pictures.options import Options, sized
from gradviz.ui.theme import DARK, LIGHT, plot_font

av = pytest.importorskip("av")
pytestmark = pytest.mark.usefixtures("qapp")

SMALL = Options(480, 320, title=True, caption=False)
#: One chain whose activations and gradients move far in a few epochs.
MOVING = Config(layers=12, epochs=30, weight_scale=1.4, learning_rate=0.5)


@pytest.fixture(scope="module")
def run() -> Run:
    return record(MOVING)


@pytest.fixture(scope="module")
def wide() -> Run:
    return record(Config(layers=6, width=8, epochs=12, data="digits", samples=20, loss="cross_entropy", learning_rate=0.05))


def made(options: FilmOptions, view: View, path: Path) -> Filmed:
    """Film to the end; what was written."""
    steps = film(options, view, path)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def frames_of(path: Path) -> list[np.ndarray]:
    """What an independent reader sees in each frame: red, green and blue (height, width, 3)."""
    if path.suffix == ".gif":
        with Image.open(path) as image:
            return [np.asarray(frame.convert("RGB")).astype(int) for frame in each(image)]
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]


def each(image: Image.Image) -> Iterator[Image.Image]:
    for number in range(image.n_frames):
        image.seek(number)
        yield image


def distance(pixels: np.ndarray, colour: str) -> np.ndarray:
    return np.abs(pixels - [int(colour[place : place + 2], 16) for place in (1, 3, 5)]).max(axis=-1)


def picture(image: QImage) -> np.ndarray:
    """Red, green and blue (height, width, 3)."""
    return pixels_of(image).view(np.uint8).reshape(image.height(), image.width(), 4)[:, :, [2, 1, 0]].astype(int)


# what independent readers say


def test_a_gif_has_its_frames_its_durations_and_begins_again(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    assert made(FilmOptions(picture=SMALL), View(run), path) == (30, 480, 320, 1.0)
    with Image.open(path) as image:
        durations = [frame.info["duration"] for frame in each(image)]
        assert image.size == (480, 320)
        assert image.info["loop"] == 0
    assert len(durations) == 30
    assert sum(durations) == 2000, "one second of 30 frames, and the last picture stays for another"
    assert set(durations[:-1]) == {30, 40}, "a thirtieth of a second is no whole number of hundredths"


@pytest.mark.parametrize(("ending", "codec", "container"), [(".mp4", "h264", "mp4"), (".webm", "vp9", "webm")])
def test_a_video_has_its_frames_its_rate_and_what_every_player_knows(run: Run, tmp_path: Path, ending: str, codec: str, container: str) -> None:
    path = tmp_path / f"film{ending}"
    assert made(FilmOptions(picture=SMALL, fps=12.0), View(run), path) == (30, 480, 320, 2.5)
    with av.open(str(path)) as read:
        stream = read.streams.video[0]
        context = stream.codec_context
        assert container in read.format.name
        assert (context.name, context.pix_fmt, stream.width, stream.height) == (codec, "yuv420p", 480, 320)
        assert stream.average_rate == 12
        assert read.duration == pytest.approx(2.5e6, abs=1e5)
        times = [frame.time for frame in read.decode(stream)]
        assert (int(context.colorspace), int(context.color_range)) == (1, 1), "BT.709, and black is 16"
    np.testing.assert_allclose(times, np.arange(30) / 12, atol=2e-3)


@pytest.mark.parametrize("ending", ENDINGS)
def test_odd_numbers_of_pixels_become_even_where_the_encoding_needs_it(run: Run, tmp_path: Path, ending: str) -> None:
    path, options = tmp_path / f"film{ending}", FilmOptions(panels=("activations",), picture=sized("401x301", theme="dark"), last=2)
    filmed = made(options, View(run), path)
    expected = (401, 301) if ending == ".gif" else (402, 302)
    assert (filmed.width, filmed.height) == size_of(options, ending) == expected
    for frame in frames_of(path):
        assert frame.shape[:2] == expected[::-1]
        for edge in (frame[-1], frame[:, -1]):
            assert distance(edge, DARK.plot).max() < 12


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_experiment_is_inside_and_opens_at_the_last_epoch(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"film{ending}"
    changed = record(MOVING.replace(epochs=15), [Intervention(4, "learning_rate", 0.01)])
    made(FilmOptions(picture=SMALL, last=11, panels=("cost",)), View(changed, name="turned down"), path)
    recipe = recipe_in(path).recipe
    assert (recipe.config, recipe.interventions, recipe.epoch, recipe.epochs_done) == (changed.config, tuple(changed.interventions), 11, 15)
    assert (recipe.name, recipe.shows) == ("turned down", ("cost",))
    assert recipe.same_numbers(changed)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_curves_are_where_the_numbers_say_in_every_frame_and_nowhere_else(run: Run, tmp_path: Path, ending: str, theme: Any) -> None:
    options = FilmOptions(panels=("activations",), picture=Options(640, 400, theme=theme.name, title=True, caption=False))
    path = tmp_path / f"film{ending}"
    made(options, View(run), path)
    frames = frames_of(path)
    layers = np.arange(2, 12)
    with Stage(options, View(run), epochs_of(run, options)) as stage:
        stage.choose_axes()
        plot = stage.drawing.dashboard.panels["activations"].plots[0]
        vb, above = plot.item.vb, stage.drawing.above
        at = {(layer, height): vb.mapViewToScene(QPointF(layer, height)) for layer in layers for height in run.h[:, 0, layer]}
    for epoch, frame in enumerate(frames):
        for layer in layers:
            place = at[layer, run.h[epoch, 0, layer]]
            x, y = round(place.x()), round(place.y() + above)
            assert distance(frame[y - 2 : y + 3, x - 1 : x + 2], theme.curves[0]).min() < 60, (epoch, layer)
            elsewhere = [at[layer, height].y() + above for height in run.h[:, 0, layer] if abs(at[layer, height].y() + above - y) > 12]
            column = distance(frame[:, x - 1 : x + 2], theme.curves[0]).min(axis=1)
            assert all(column[round(other) - 2 : round(other) + 3].min() > 60 for other in elsewhere), f"a ghost of another epoch in {epoch} at {layer}"


def test_a_gif_has_the_themes_own_colours_without_dithering(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    made(FilmOptions(panels=("activations", "heatmap"), picture=sized("600x500", theme="dark"), last=9), View(run), path)
    for frame in frames_of(path):
        found = {tuple(colour) for colour in frame.reshape(-1, 3)}
        for colour in (DARK.plot, DARK.curves[0], DARK.line):
            assert tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5)) in found
        assert distance(frame, "#440154").min() < 24, "the scale's dark violet is on the bar, in few pixels"
        corner = frame[-4:, -4:]
        assert (corner == corner[0, 0]).all()


# pictures


@pytest.mark.parametrize(
    ("panels", "options"),
    [
        (("activations", "gradients"), SMALL),
        (("activations", "gradients", "heatmap", "why", "phi", "cost", "weights"), sized("1200x900", theme="dark", caption=True, title=True)),
        (("together", "difference", "gradients"), sized("900x700", points=14, title=True, caption=False)),
    ],
)
@pytest.mark.parametrize("kind", ["chain", "wide"])
def test_a_frame_is_the_picture_of_its_epoch(run: Run, wide: Run, kind: str, panels: tuple[str, ...], options: Options) -> None:
    shown = run if kind == "chain" else wide
    view = View(shown, name="test", pins=pins.pinned((), record(MOVING.replace(weight_scale=0.7)), "pinned"))
    with Stage(FilmOptions(panels=panels, picture=options), view, np.arange(12)) as stage:
        stage.choose_axes()
        image = stage.image(*options.pixels)
        with stage.ready():
            for epoch in range(8):
                stage.show(epoch)
                stage.paint(image)
        drawn, whole = picture(image), QImage(*options.pixels, QImage.Format.Format_RGB32)
        painter = QPainter(whole)
        painter.scale(options.ratio, options.ratio)
        stage.drawing.paint(painter, options.ratio)
        painter.end()
    different = np.abs(drawn - picture(whole)).max(axis=2)
    assert (different > 60).mean() < 1e-3, "only where a curve lies over the grid"


def test_a_ground_that_changes_is_painted_anew(run: Run) -> None:
    with Stage(FilmOptions(picture=SMALL), View(run), np.arange(3)) as stage:
        stage.choose_axes()
        image = stage.image(480, 320)
        axis = stage.drawing.dashboard.panels["gradients"].plots[0].item.getAxis("left")
        with stage.ready():
            stage.paint(image)
            before = picture(image)
            axis.setLabel("another label")
            stage.paint(image)
            after = picture(image)
            assert (before != after).any()
            axis.setTextPen("#ff0000")
            stage.paint(image)
            assert (distance(picture(image), "#ff0000") < 60).any()


def test_nothing_of_the_future_is_seen(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    made(FilmOptions(panels=("cost", "heatmap"), picture=sized("800x360")), View(run), path)
    frames = frames_of(path)
    coloured = [np.flatnonzero((distance(frame[30:, 480:], LIGHT.curves[0]) < 20).any(axis=0)) for frame in frames]
    widths = [int(columns[-1] - columns[0]) for columns in coloured]
    assert all(later >= earlier for earlier, later in pairwise(widths)), "the cost grows"
    assert widths[3] < 0.2 * widths[-1]
    cells = [(frame[60:300, 90:330].std(axis=2) > 20).any(axis=0).mean() for frame in frames]
    assert cells[3] < 0.25 < 0.9 < cells[-1]


@pytest.mark.parametrize("panels", [("activations", "gradients", "cost"), ("why", "weights", "phi"), ("heatmap",)])
def test_axes_stay_where_they_are(run: Run, panels: tuple[str, ...]) -> None:
    with Stage(FilmOptions(panels=panels, picture=sized("900x600")), View(run), np.arange(30)) as stage:
        stage.choose_axes()
        plots = [plot for panel in stage.drawing.dashboard.panels.values() for plot in panel.plots]
        seen = [plot.item.vb.viewRange() for plot in plots]
        titles = [plot.item.getAxis("left").labelText for plot in plots]
        for epoch in range(30):
            stage.show(epoch)
            assert [plot.item.vb.viewRange() for plot in plots] == seen
            assert [plot.item.getAxis("left").labelText for plot in plots] == titles


def test_all_that_is_shown_lies_within_the_decades(run: Run, wide: Run) -> None:
    for shown, below in ((run, 0.0), (wide, 2.0)):
        with Stage(FilmOptions(panels=("gradients",), picture=SMALL), View(shown), epochs_of(shown, FilmOptions())) as stage:
            stage.choose_axes()
            low, high = stage.drawing.dashboard.panels["gradients"].plots[0].covered
        sizes = np.abs(shown.frames.g[:, 0, 1:] if shown is wide else shown.g[:, :, 1:])
        decades = np.log10(sizes[sizes > 0])
        assert low <= decades.min() - below
        assert decades.max() <= high
        assert high - low < decades.max() - decades.min() + 20, "no more room than that"


def test_an_epoch_that_needs_more_room_begins_the_film_again_on_wider_axes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_stage, "telling_epochs", lambda _run, epochs: epochs[:1])
    there_and_back = [Intervention.parse("10:w*=4"), Intervention.parse("15:w*=0.25")]
    run = record(Config(layers=8, epochs=25, learning_rate=1e-6), there_and_back)
    seen: list[list[object]] = []

    def show(stage: Stage, epoch: int, shown: Any = Stage.show) -> None:
        seen.append([epoch])
        shown(stage, epoch)
        seen[-1] += stage._seen()

    monkeypatch.setattr(Stage, "show", show)
    path = tmp_path / "film.mp4"
    done = [progress.done for progress in film(FilmOptions(panels=("weights",), picture=SMALL), View(run), path)]
    assert done == [*range(11), *range(1, 26)]
    assert len(frames_of(path)) == 25
    filmed = seen[-25:]
    assert [epoch for epoch, *_ in filmed] == list(range(25))
    assert all(ranges == filmed[0][1:] for _, *ranges in filmed)


def test_the_most_telling_epochs_are_those_with_the_least_and_the_greatest_numbers() -> None:
    frames = record(Config(layers=4, epochs=400)).frames
    columns = {name: column.copy() for name, column in frames.columns().items()}
    columns["g"][217, 0, 2], columns["w"][333, 1], columns["dw"][101, 2], columns["h"][62, 1, 3] = 1e-200, 1e9, 0.0, np.nan
    run = Run(Config(layers=4, epochs=400))
    run.append(type(frames)(**columns))
    found = telling_epochs(run, np.arange(400))
    assert {0, 399, 217, 333, 101, 62} <= set(found)
    assert len(found) < 100
    assert set(telling_epochs(run, np.array([5, 5, 9]))) <= {5, 9}


# words


def test_the_epoch_is_counted_without_moving_what_stands_around_it() -> None:
    run = record(Config(layers=3, epochs=1200))
    metrics = QFontMetricsF(plot_font(TITLE_POINTS, bold=True))
    with Stage(FilmOptions(picture=SMALL), View(run, name="notebook-1b"), np.arange(1200)) as stage:
        titles = [stage._title(epoch) for epoch in (0, 9, 10, 312, 999, 1000, 1199)]
    assert titles[3] == "notebook-1b, epoch \u2007\u2008312 of 1,200"
    widths = [metrics.horizontalAdvance(title) for title in titles]
    assert max(widths) - min(widths) < 0.5


def test_each_frame_says_its_epoch_also_without_the_experiments_name(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    made(FilmOptions(panels=("phi",), picture=replaced(SMALL, title=False), first=3, last=12), View(run, name="a name"), path)
    frames = frames_of(path)
    heads = [frame[5:30] for frame in frames]
    assert all((one != other).any() for one, other in pairwise(heads))
    with Stage(FilmOptions(picture=replaced(SMALL, title=False)), View(run, name="a name"), np.arange(3)) as stage:
        assert stage._title(2) == "Epoch 2 of 30"


def replaced(options: Options, **values: object) -> Options:
    return msgspec.structs.replace(options, **values)


def test_the_caption_says_of_which_epoch_its_verdict_is(run: Run) -> None:
    options = FilmOptions(picture=sized("1000x600", caption=True, title=True), first=2, last=20)
    view = View(run, name="test", pins=pins.pinned((), run, "another"))
    with Stage(options, view, epochs_of(run, options)) as stage:
        stage.choose_axes()
        before = stage.drawing.caption
        assert before.paragraphs[0].startswith("test, epochs 2 to 20 of 30: ")
        assert before.paragraphs[1] == "Behind it: another."
        assert before.paragraphs[2].startswith("At epoch 20, where the film ends: ")
        with Drawing(("phi",), SMALL) as still:
            still.show(View(run, 20))
            assert still.moment is not None
            assert before.paragraphs[2].endswith(still.moment.verdict.sentence)
        stage.show(5)
        assert stage.drawing.caption is before


# pace


def test_an_epoch_that_is_seen_for_long_is_one_picture_of_a_gif_and_many_frames_of_a_video(run: Run, tmp_path: Path) -> None:
    options = FilmOptions(picture=SMALL, speed=5.0, fps=20.0, last=3)
    for ending, count in ((".gif", 4), (".mp4", 13)):
        path = tmp_path / f"film{ending}"
        assert made(options, View(run), path).frames == 13
        assert len(frames_of(path)) == count
    with Image.open(tmp_path / "film.gif") as image:
        assert [frame.info["duration"] for frame in each(image)] == [200, 200, 200, 1050]
    frames = frames_of(tmp_path / "film.mp4")
    changes = [np.abs(one - other)[5:30].max() for one, other in pairwise(frames)]
    assert [number for number, change in enumerate(changes, 1) if change > 100] == [4, 8, 12], "where the title counts on"


def test_a_thinned_run_shows_what_is_kept(tmp_path: Path) -> None:
    thinned = Run(MOVING.replace(epochs=400), memory=40_000)
    for start in range(0, 400, 50):
        thinned.append(record(MOVING.replace(epochs=400)).frames.rows(slice(start, start + 50)))
    assert thinned.stride > 1
    options = FilmOptions(picture=SMALL)
    path = tmp_path / "film.gif"
    assert made(options, View(thinned), path).frames == len(thinned.frames)
    np.testing.assert_array_equal(epochs_of(thinned, options), thinned.frames.epoch)


def test_progress_counts_every_frame(run: Run, tmp_path: Path) -> None:
    steps = list(film(FilmOptions(picture=SMALL, seconds=2.0, fps=10.0), View(run), tmp_path / "film.gif"))
    assert steps == [Progress(done, 20) for done in range(21)]


# what goes wrong


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("frames", [0, 1, 12])
def test_a_film_that_is_given_up_leaves_the_old_file_and_nothing_else(run: Run, tmp_path: Path, ending: str, frames: int) -> None:
    path = tmp_path / f"film{ending}"
    path.write_bytes(b"old")
    steps = film(FilmOptions(picture=SMALL), View(run), path)
    for _ in range(frames + 1):
        next(steps)
    steps.close()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_full_disk_is_a_sentence_and_leaves_the_old_file(run: Run, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.RawIOBase):
        """Takes no more than some kilobytes."""

        def __init__(self, file: IO[bytes]) -> None:
            self._file = file

        def write(self, data: Any) -> int:
            if self._file.tell() + len(data) > 6000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self._file.write(data)

        def seek(self, place: int, whence: int = 0) -> int:
            return self._file.seek(place, whence)

        def tell(self) -> int:
            return self._file.tell()

        def writable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

    real = films.encoder_for
    monkeypatch.setattr(films, "encoder_for", lambda ending, file, *others: real(ending, Full(file), *others))
    path = tmp_path / f"film{ending}"
    path.write_bytes(b"old")
    with pytest.raises(FileError, match=rf"Cannot write '.*film\{ending}': No space left on device"):
        made(FilmOptions(picture=SMALL), View(run), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_vanishes_is_a_sentence(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    steps = film(FilmOptions(picture=SMALL), View(run), folder / "film.gif")
    next(steps)
    folder.rmdir()
    with pytest.raises(FileError, match="there is no folder"):
        next(steps)


@pytest.mark.parametrize("name", ["a film, 100 % of it; é ∂.mp4", "%03d.mp4", "http:x.webm", "-y.gif"])
def test_a_name_may_have_any_signs(run: Run, tmp_path: Path, name: str) -> None:
    made(FilmOptions(picture=SMALL, last=2), View(run, name=name), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert recipe_in(tmp_path / name).recipe.name == name


def test_without_pyav_a_video_is_a_sentence_and_a_gif_is_made(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    for ending in (".mp4", ".webm"):
        with pytest.raises(FileError, match=r"pip install 'gradviz\[film\]'"):
            next(film(FilmOptions(picture=SMALL), View(run), tmp_path / f"film{ending}"))
    made(FilmOptions(picture=SMALL, last=2), View(run), tmp_path / "film.gif")
    assert (tmp_path / "film.gif").stat().st_size > 1000


def test_an_encoder_that_is_missing_is_a_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"gif"})
    with pytest.raises(FileError, match="without the encoder libx264"):
        next(film(FilmOptions(picture=SMALL), View(run), tmp_path / "film.mp4"))


def test_a_panel_that_is_none_is_a_sentence_and_no_file(run: Run, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no panel 'graditens'"):
        made(FilmOptions(panels=("graditens",), picture=SMALL), View(run), tmp_path / "film.gif")
    assert not list(tmp_path.iterdir())


def test_what_is_chosen_in_the_window_is_in_the_film(run: Run) -> None:
    settings = {"activations": {"choices": {}, "switches": {}, "plots": [{"scale": "linear", "covered": [-3.0, 3.0], "seen": [[2.0, 8.0], [-0.5, 0.5]]}]}}
    with Stage(FilmOptions(panels=("activations",), picture=SMALL), replace(View(run), settings=settings), np.arange(30)) as stage:
        stage.choose_axes()
        plot = stage.drawing.dashboard.panels["activations"].plots[0]
        for epoch in (0, 29):
            stage.show(epoch)
            assert plot.item.vb.viewRange() == [[2.0, 8.0], [-0.5, 0.5]]
