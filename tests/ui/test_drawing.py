"""Pictures drawn away from the screen: their size, their words, and lines as thick at 300 dots per inch as on the screen."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from PyQt6.QtGui import QImage

from gradviz import Config, __version__, record
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.moment import Moment
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.recipe import Recipe
from gradviz.runs.run import Run
from gradviz.ui import pins
from gradviz.ui.pictures.captions import caption_of
from gradviz.ui.pictures.drawing import Drawing, View
from gradviz.ui.pictures.files import content_of, image_of, png_of, save_view
from gradviz.ui.pictures.options import LEAST_HEIGHT, LEAST_WIDTH, LONGEST_SIDE, MOST_PIXELS, PRESETS, Options, sized
from gradviz.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def run() -> Run:
    """Case 1(b) after 40 epochs."""
    return record(Config(weight_scale=5.0, epochs=40))


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), image.width(), 4)[:, :, [2, 1, 0, 3]].astype(int)


def near(picture: np.ndarray, colour: str, distance: int = 30) -> np.ndarray:
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return (np.abs(picture[:, :, :3] - wanted).max(axis=2) <= distance) & (picture[:, :, 3] > 200)


def picture_of(run: Run, panels: tuple[str, ...], options: Options, **view: object) -> np.ndarray:
    with Drawing(panels, options) as drawing:
        drawing.show(View(run, panels=panels, **view))
        return pixels(image_of(drawing, options.ratio, options.pixels, options.dpi))


# sizes


@pytest.mark.parametrize(("text", "pixels", "inches"), [
    ("1280x720", (1280, 720), (1280 / 96, 7.5)), ("16x9cm", (1890, 1063), (16 / 2.54, 9 / 2.54)), ("160 x 90 mm", (1890, 1063), (16 / 2.54, 9 / 2.54)),
    ("6x4in", (1800, 1200), (6, 4)), ("slide", (1920, 1080), (20, 11.25)), ("Column", (1004, 1063), (8.5 / 2.54, 9 / 2.54)),
])  # fmt: skip
def test_a_size_is_said_in_words(text: str, pixels: tuple[int, int], inches: tuple[float, float]) -> None:
    options = sized(text).check()
    assert options.pixels == pixels
    assert options.inches == pytest.approx(inches)


@pytest.mark.parametrize("text", ["", "1280", "1280x", "-3x4", "1280*720", "axb", "1e3x1e3", "huge"])
def test_what_is_no_size_is_a_sentence(text: str) -> None:
    with pytest.raises(FileError, match=re.escape(f"'{text}' is no size; it must be WIDTHxHEIGHT")):
        sized(text)


@pytest.mark.parametrize(("options", "words"), [
    (Options(100_000, 100_000), "would have 100,000 x 100,000 pixels; it may have 30,000 on a side and 120 million in all"),
    (Options(0, 100), "both must be more than 0"), (Options(math.nan, 100), "both must be more than 0"), (Options(math.inf, 100), "both must be more than 0"),
    (Options(dpi=5), "resolution (dpi) is 5; it must be from 36 to 1200"), (Options(points=100), "letter size (points) is 100; it must be from 4 to 48"),
    (Options(scale=20), "scale is 20; it must be from 0.25 to 8"), (Options(300, 200, points=24), "it needs 200 x 150"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_a_sentence(options: Options, words: str) -> None:
    with pytest.raises(FileError, match=re.escape(words)):
        options.check()


@given(
    width=st.floats(1, 40_000), height=st.floats(1, 40_000), unit=st.sampled_from(["px", "cm"]), dpi=st.floats(36, 1200), scale=st.floats(0.25, 8),
    points=st.floats(4, 48),
)  # fmt: skip
def test_what_is_allowed_has_room_and_fits_into_memory(width: float, height: float, unit: str, dpi: float, scale: float, points: float) -> None:
    options = Options(width, height, unit, dpi, scale, points)
    try:
        options.check()
    except FileError:
        return
    across, down = options.pixels
    assert across * down <= MOST_PIXELS
    assert max(across, down) <= LONGEST_SIDE
    assert options.layout[0] >= LEAST_WIDTH
    assert options.layout[1] >= LEAST_HEIGHT
    # the layout, enlarged, covers the picture, and no more than a pixel of it is lost
    assert options.layout[0] * options.ratio >= across - 1e-3
    assert (options.layout[0] - 1) * options.ratio < across


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_drawn(run, name: str) -> None:
    options = PRESETS[name].options
    picture = picture_of(run, ("gradients",), options)
    assert picture.shape == (options.pixels[1], options.pixels[0], 4)
    assert near(picture, LIGHT.curves[0]).sum() > 60 * options.ratio**2


# lines and letters


@pytest.mark.parametrize("scale", [0.5, 2.0, 3.125])
def test_lines_are_as_thick_on_paper_at_every_resolution(run, scale: float) -> None:
    """Ink covers as much of the picture: curves, letters, axes."""
    shares = []
    for dpi in (96.0, 96.0 * scale):
        picture = picture_of(run, ("gradients",), Options(20, 14, "cm", dpi, caption=False))
        shares.append((255 - picture[:, :, 0].mean(), 255 - picture[:, :, 2].mean()))  # blue curves take the red away, orange ones the blue
    assert shares[1] == pytest.approx(shares[0], rel=0.1)


def test_letters_of_twice_the_points_are_twice_as_large(run) -> None:
    heights = []
    for points in (9.0, 18.0):
        picture = picture_of(run, ("gradients",), Options(1600, 1000, points=points, caption=False, title=True))
        rows = np.flatnonzero((picture[: int(8 * points), :, :3].max(axis=2) < 100).any(axis=1))
        first = rows[: np.flatnonzero(np.diff(rows) > 2)[0] + 1]  # the title's own line
        heights.append(len(first))
    assert heights[1] / heights[0] == pytest.approx(2.0, abs=0.2)


def test_a_png_knows_its_resolution(run, tmp_path: Path) -> None:
    save_view(View(run, panels=("cost",)), ("cost",), Options(10, 8, "cm", 300), tmp_path / "c.png")
    image = QImage(str(tmp_path / "c.png"))
    assert (image.width(), image.height()) == (1181, 945)
    assert image.dotsPerMeterX() == image.dotsPerMeterY() == round(300 / 0.0254)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_picture_has_a_ground_or_none(run, theme) -> None:
    whole = picture_of(run, ("gradients", "cost"), Options(900, 700, theme=theme.name))
    assert (whole[:, :, 3] == 255).all()
    assert near(whole, theme.plot, 3).mean() > 0.6
    clear = picture_of(run, ("gradients", "cost"), Options(900, 700, theme=theme.name, transparent=True))
    assert (clear[:, :, 3] == 0).mean() > 0.6
    assert near(clear, theme.curves[0]).sum() > 200
    # and a PNG keeps it
    assert QImage.fromData(png_of(QImage(4, 4, QImage.Format.Format_RGB32))).hasAlphaChannel() is False


# words


def test_the_caption_says_what_was_done_and_what_came_of_it() -> None:
    run = record(Config(weight_scale=0.9, epochs=30), interventions=[Intervention(10, "learning_rate", 0.5)])
    caption = caption_of(Moment(run, run.at(20)), "notebook-1d")
    assert caption.title == "notebook-1d, epoch 20 of 30"
    text = str(caption)
    for words in ("layers l = 100", "activation tanh", "weight scale σ = 0.9", "learning rate α = 0.1", "learning rate = 0.5 from epoch 10", __version__):
        assert words in text
    moment = Moment(run, run.at(20))
    assert moment.verdict.sentence in text
    assert "each layer passes on 0.9" in text  # as theory has it: |w| phi'(0) = 0.9
    assert moment.compared in text


def test_the_caption_tells_nobody_how_somebodys_folders_are_called(tmp_path: Path) -> None:
    table = tmp_path / "secret folder" / "table.csv"
    table.parent.mkdir()
    table.write_text("a,b,y\n1,2,3\n2,3,4\n4,5,6\n")
    run = record(Config(layers=4, width=8, data="csv", csv_file=str(table), epochs=3, initialization="xavier"))
    text = str(caption_of(Moment(run, run.newest)))
    assert "table.csv" in text
    assert "secret" not in text


def test_the_words_of_a_caption_can_be_selected_in_a_pdf(run, tmp_path: Path) -> None:
    save_view(View(run, name="a & <b>", panels=("gradients",)), ("gradients",), Options(title=True), tmp_path / "g.pdf")
    page = PdfReader(tmp_path / "g.pdf").pages[0]
    words = re.sub(r"\s+", "", page.extract_text())
    for wanted in ("a & <b>, epoch 39 of 40", "Gradients |g|", "weight scale σ = 5", "Vanishing", f"GradViz {__version__}"):
        assert re.sub(r"\s+", "", wanted) in words
    assert float(page.mediabox.width) == pytest.approx(1280 * 0.75, abs=1)
    assert float(page.mediabox.height) == pytest.approx(720 * 0.75, abs=1)


def test_without_caption_and_title_the_plots_have_all_the_room(run) -> None:
    heights = []
    for options in (Options(caption=False), Options(), Options(title=True)):
        with Drawing(("cost",), options) as drawing:
            drawing.show(View(run, panels=("cost",)))
            heights.append(drawing.dashboard.height())
    assert heights[0] == 720
    assert 720 > heights[1] > heights[2] > 560


def test_a_caption_that_leaves_no_room_is_a_sentence(run) -> None:
    with Drawing(("cost",), Options(220, 160)) as drawing, pytest.raises(FileError, match="The caption would leave no room for the plots"):
        drawing.show(View(run, panels=("cost",)))


def test_a_panel_that_is_none_is_a_sentence() -> None:
    with pytest.raises(FileError, match="There is no panel 'costs'; the panels are activations, gradients"):
        Drawing(("cost", "costs"), Options())


def test_without_an_epoch_there_is_nothing_to_draw() -> None:
    with Drawing(("cost",), Options()) as drawing, pytest.raises(FileError, match="There is nothing to draw yet"):
        drawing.show(View(Run(Config())))


# what is looked at


def test_what_a_person_has_chosen_is_drawn(run, open_dashboard) -> None:
    """Another gradient, another scale and another part of the axis, as the panel on the screen has them."""
    dashboard = open_dashboard({"gradients", "cost"})
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.at(7))
    gradients, cost = dashboard.panels["gradients"], dashboard.panels["cost"]
    gradients.choice.setCurrentIndex(gradients.choice.findData("dw"))
    cost.choose_scale("decades")
    cost.plot.item.vb.setRange(xRange=(3.0, 21.0), padding=0)
    cost.plot.by_hand = True
    settings = {name: panel.view() for name, panel in dashboard.shown.items()}
    with Drawing(("gradients", "cost"), Options()) as drawing:
        drawing.show(View(run, 7, panels=("gradients", "cost"), settings=settings))
        drawn = drawing.dashboard.panels
        assert drawn["gradients"].quantity.name == "dw"
        assert np.array_equal(drawn["gradients"].plot.values, gradients.plot.values)
        assert drawn["gradients"].plot.covered == gradients.plot.covered
        assert drawn["cost"].plot.scale.name == "decades"
        assert drawn["cost"].plot.item.vb.viewRange()[0] == pytest.approx([3.0, 21.0])
        assert drawing.moment.epoch == 7


def test_pinned_runs_are_behind_it_and_named(run) -> None:
    other = record(Config(weight_scale=0.9, epochs=40))
    with Drawing(("gradients",), Options()) as drawing:
        drawing.show(View(run, pins=pins.pinned((), other, "shrinks"), panels=("gradients",)))
        assert [ghost.name for ghost in drawing.moment.ghosts] == ["shrinks"]
        assert "Behind it: shrinks." in drawing.caption.paragraphs
        assert drawing.dashboard.panels["gradients"].plot.behind.shown


def test_what_can_be_done_with_the_mouse_is_not_said_on_paper(run) -> None:
    for name, words in (("weights", "drag a weight"), ("phase", "a click"), ("together", "pin a run with Ctrl+P")):
        with Drawing((name,), Options(900, 600)) as drawing:
            drawing.show(View(run, panels=(name,)))
            svg = content_of(drawing, ".svg").decode()
        assert words not in svg


def trained(recipe: Recipe) -> Run:
    """What training it again gives."""
    steps = recipe.train()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_experiment_is_inside_and_its_numbers_come_back(run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a picture, {{}} ∂ #1{ending}"
    save_view(View(run, 11, "mine", panels=("gradients", "why")), ("gradients", "why"), Options(), path)
    recipe, altered = recipe_in(path)
    assert (recipe.name, recipe.epoch, recipe.shows, altered) == ("mine", 11, ("gradients", "why"), False)
    again = trained(recipe)
    assert recipe.same_numbers(again) is True
    assert again.g.tobytes() == run.g.tobytes()


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (Debian package poppler-utils) is not installed")
def test_a_pdf_has_sharp_cells_and_no_other_bitmap(run, tmp_path: Path) -> None:
    save_view(View(run, panels=("heatmap", "gradients")), ("heatmap", "gradients"), Options(), tmp_path / "h.pdf")
    listed = subprocess.run(["pdfimages", "-list", str(tmp_path / "h.pdf")], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert len([line for line in listed if "smask" not in line]) == 1  # the cells; the bar of their colours is a gradient
    assert not [line for line in listed if "jpeg" in line]


def test_on_paper_every_curve_is_named_where_it_takes_a_line_of_its_own(run) -> None:
    """On the screen the mouse says which curve is which; in a column of a paper nothing else would."""
    options = sized("column")
    with Drawing(("gradients",), options) as drawing:
        drawing.show(View(run, panels=("gradients",)))
        plot = drawing.dashboard.panels["gradients"].plot
        title = plot.item.titleLabel.text.replace("&nbsp;", " ")
        for label in ("x = −0.5", "x = 0.5", "theory"):
            assert label in title
        assert "<br>" in title
        # and both lines are above the axis
        bottom = plot.item.titleLabel.item.sceneBoundingRect().bottom()
        assert bottom <= plot.item.vb.sceneBoundingRect().top() + 4


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (Debian package poppler-utils) is not installed")
@pytest.mark.parametrize("name", [*PRESETS, "192 dpi and a title"])
def test_a_pdf_shows_what_a_png_shows(run, tmp_path: Path, name: str) -> None:
    """At every size: axes, ticks and grounds of labels where the curves are."""
    options = PRESETS[name].options if name in PRESETS else Options(1500, 1100, dpi=192, title=True)
    panels = ("gradients", "phase") if name in ("slide", "192 dpi and a title") else ("gradients",)
    with Drawing(panels, options) as drawing:
        drawing.show(View(run, panels=panels))
        (tmp_path / "p.pdf").write_bytes(content_of(drawing, ".pdf", options))
        ours = image_of(drawing, options.ratio, options.pixels).scaled(drawing.width, drawing.height)
    tool = ["pdftoppm", "-png", "-singlefile", "-scale-to-x", str(ours.width()), "-scale-to-y", str(ours.height())]
    subprocess.run([*tool, str(tmp_path / "p.pdf"), str(tmp_path / "p")], check=True, capture_output=True)
    theirs = pixels(QImage(str(tmp_path / "p.png")))[:, :, :3].astype(float)
    mine = pixels(ours)[:, :, :3].astype(float)
    # shades of edges differ from program to program: places are compared, a few pixels wide
    rough = [
        picture[: picture.shape[0] // 6 * 6, : picture.shape[1] // 6 * 6].reshape(picture.shape[0] // 6, 6, -1, 6, 3).mean((1, 3)) for picture in (mine, theirs)
    ]
    apart = np.abs(rough[0] - rough[1]).max(axis=2)
    assert (apart > 60).mean() < 0.004
