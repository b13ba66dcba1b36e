"""Pictures as files: the right size, the curves and the words in them, and drawn without a screen."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QScrollArea

from gradviz import Config, record
from gradviz.cli import main
from gradviz.runs import store
from gradviz.runs.files import FileError
from gradviz.ui.pictures.files import image_of, png_of, save_picture
from gradviz.ui.pictures.scenes import scene_of
from gradviz.ui.plots.dashboard import PLACES, Dashboard
from gradviz.ui.theme import DARK, LIGHT, Theme

SVG = "{http://www.w3.org/2000/svg}"
TITLES = {
    "activations": ["Activations h"],
    "gradients": ["Gradients |g| = |∂C/∂u|"],
    "heatmap": ["log₁₀|g|"],
    "why": ["Factors of g[k]", "Running product"],
    "phase": ["Phase map"],
    "phi": ["φ and φ′"],
    "weights": ["Weights w", "Weight gradients |dw| = |∂C/∂w|"],
    "cost": ["Cost C = 1/(2m) Σ (y − h)²"],
}
TITLES["dashboard"] = [title for titles in TITLES.values() for title in titles]
#: The colour that each picture shows most of, besides its ground; the heat map's is that of its highest decades, the phase map's of its lowest.
INK = dict.fromkeys(TITLES, LIGHT.curves[0]) | {"heatmap": "#fde725", "phase": "#3a90fe", "phi": LIGHT.text}
#: The cells of the heat map and of the phase map are a bitmap in a drawing of vectors too; everything else is lines and letters.
BITMAPS = {"heatmap": 1, "phase": 1, "dashboard": 2}


@pytest.fixture
def dashboard(dashboard: Dashboard) -> Dashboard:
    """All panels with case 1(b) after ten epochs."""
    run = record(Config(weight_scale=5.0, epochs=10))
    dashboard.resize(1400, 1300)
    dashboard.begin_anew(run.config)
    dashboard.show_run(run, run.newest)
    dashboard.panels["phase"].plot.complete()
    QApplication.processEvents()
    return dashboard


@pytest.fixture(scope="session")
def saved_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "five.npz"
    store.save(record(Config(weight_scale=5.0, epochs=10)), path)
    return path


def near(image: QImage, colour: str, distance: int = 30) -> int:
    """How many pixels of a picture have about this colour."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits().asarray(image.sizeInBytes())
    pixels = np.frombuffer(bits, np.uint8).reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].astype(int)
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return int((np.abs(pixels - wanted).max(axis=2) <= distance).sum())


def words_in(path: Path) -> str:
    """The words in a PDF, as a reader of the page sees them."""
    result = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s+", " ", result.stdout)


@pytest.mark.parametrize(("name", "scale"), [(name, scale) for name in TITLES for scale in (1.0, 2.0, 3.0) if (name, scale) != ("dashboard", 3.0)])
def test_a_png_has_its_size_and_its_curves(dashboard, name: str, scale: float) -> None:
    widget = dashboard if name == "dashboard" else dashboard.panels[name]
    image = QImage.fromData(png_of(image_of(scene_of(dashboard, name, LIGHT), scale)))
    assert image.size() == widget.size() * scale
    assert near(image, LIGHT.plot) > (0.3 if name in ("heatmap", "phase", "why") else 0.5) * image.width() * image.height()
    # a line twice as thick covers four times the pixels of a picture twice as large
    assert near(image, INK[name]) > 60 * scale**2
    if name in ("activations", "dashboard"):
        assert near(image, LIGHT.curves[1]) > 30 * scale**2


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_picture_has_the_colours_of_the_screen(dashboard, theme: Theme) -> None:
    dashboard.apply_theme(theme)
    image = image_of(scene_of(dashboard, "dashboard", theme))
    assert near(image, theme.plot) > 0.5 * image.width() * image.height()
    assert near(image, theme.curves[0]) > 500
    assert near(image, theme.text) > 500


def test_taking_a_picture_leaves_the_screen_as_it_was(dashboard, tmp_path: Path) -> None:
    before = dashboard.grab().toImage()
    for ending in (".png", ".svg", ".pdf"):
        save_picture(scene_of(dashboard, "dashboard", LIGHT), tmp_path / f"p{ending}")
    QApplication.processEvents()
    assert dashboard.grab().toImage() == before


@pytest.mark.parametrize("name", TITLES)
def test_an_svg_holds_curves_and_letters_as_paths(dashboard, tmp_path: Path, name: str) -> None:
    save_picture(scene_of(dashboard, name, LIGHT), tmp_path / "p.svg")
    root = ElementTree.parse(tmp_path / "p.svg").getroot()
    widget = dashboard if name == "dashboard" else dashboard.panels[name]
    assert root.tag == f"{SVG}svg"
    assert (int(root.get("width")), int(root.get("height"))) == (widget.width(), widget.height())
    text = "".join(path.get("aria-label", "") for path in root.iter(f"{SVG}path")).replace("\xa0", " ").replace(" ", "")
    for title in TITLES[name]:
        assert title.replace(" ", "") in text
    assert not list(root.iter(f"{SVG}text"))  # letters are outlines: no viewer needs the font
    points = [len(re.findall(r"[ML]|(?<=\d) (?=-?\d)", path.get("d", ""))) for path in root.iter(f"{SVG}path")]
    points += [len(line.get("points", "").split()) for line in root.iter(f"{SVG}polyline")]
    assert max(points) >= {"cost": 10, "heatmap": 2}.get(name, 90)
    assert len(list(root.iter(f"{SVG}image"))) == BITMAPS.get(name, 0)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    colours = (tmp_path / "p.svg").read_text(encoding="utf-8").lower()
    assert name == "heatmap" or INK[name] in colours


@pytest.mark.parametrize("name", TITLES)
def test_a_pdf_is_a_page_of_vectors(dashboard, tmp_path: Path, name: str) -> None:
    save_picture(scene_of(dashboard, name, LIGHT), tmp_path / "p.pdf")
    contents = (tmp_path / "p.pdf").read_bytes()
    assert contents.startswith(b"%PDF")
    assert contents.count(b"/Subtype /Image") == BITMAPS.get(name, 0)
    widget = dashboard if name == "dashboard" else dashboard.panels[name]
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", contents)
    assert float(box[1]) == pytest.approx(widget.width() * 0.75, abs=1)
    assert float(box[2]) == pytest.approx(widget.height() * 0.75, abs=1)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (Debian package poppler-utils) is not installed")
@pytest.mark.parametrize("name", TITLES)
def test_a_pdf_holds_its_words_as_text(dashboard, tmp_path: Path, name: str) -> None:
    save_picture(scene_of(dashboard, name, LIGHT), tmp_path / "p.pdf")
    words = words_in(tmp_path / "p.pdf").replace(" ", "")
    for title in TITLES[name]:
        assert title.replace(" ", "") in words


@pytest.mark.parametrize("name", ["p", "p.bmp", "p.jpeg"])
def test_another_ending_is_a_sentence(dashboard, tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"it must be one of \.png, \.svg, \.pdf"):
        save_picture(scene_of(dashboard, "cost", LIGHT), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_without_a_visible_panel_there_is_no_picture(dashboard) -> None:
    dashboard.set_visible(())
    with pytest.raises(FileError, match="Every panel is hidden"):
        scene_of(dashboard, "dashboard", LIGHT)


@pytest.mark.parametrize("made", [True, False])
def test_a_hidden_panel_has_no_picture(open_dashboard, made: bool) -> None:
    dashboard = open_dashboard(PLACES if made else {"cost"})
    dashboard.set_visible({"cost"})
    with pytest.raises(FileError, match="The panel 'why' is hidden, so there is no picture of it; show it with the View menu"):
        scene_of(dashboard, "why", LIGHT)


def test_a_picture_of_the_dashboard_shows_what_is_shown(dashboard) -> None:
    """Without a column, its room goes to the other; without a panel, its room goes to those beside it."""
    whole = scene_of(dashboard, "dashboard", LIGHT)
    assert [panel.name for panel in whole.panels] == ["activations", "gradients", "heatmap", "together", "why", "phase", "phi", "cost", "weights", "difference"]
    dashboard.set_visible({"gradients", "heatmap"})
    QApplication.processEvents()
    left = scene_of(dashboard, "dashboard", LIGHT)
    assert [panel.name for panel in left.panels] == ["gradients", "heatmap"]
    assert (left.size.width(), left.size.height()) == (dashboard.width(), dashboard.height())
    gradients, heatmap = map(left.place, left.panels)
    assert gradients.bottom() < heatmap.top()
    assert (gradients.left(), gradients.top()) == (0, 0)
    assert heatmap.bottom() == dashboard.height()


@pytest.mark.parametrize("plot", TITLES)
def test_export_draws_at_the_size_asked_for(saved_run: Path, tmp_path: Path, plot: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p.png"
    assert main(["export", str(saved_run), "--plot", plot, "--size", "640x480", "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    image = QImage(str(out))
    assert image.size() == QSize(640, 480)
    assert near(image, INK[plot]) > 40


@pytest.mark.parametrize("size", ["200x150", "300x200"])
def test_export_of_more_panels_than_there_is_room_for_is_a_sentence(saved_run: Path, tmp_path: Path, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(saved_run), "--no-caption", "--size", size, "--out", str(tmp_path / "p.png")]) == 1
    assert "There is no room for" in capsys.readouterr().err
    assert not (tmp_path / "p.png").exists()


def test_in_a_narrow_picture_panels_stand_above_each_other(saved_run: Path, tmp_path: Path) -> None:
    assert main(["export", str(saved_run), "--plot", "gradients,cost", "--size", "500x700", "--no-caption", "--out", str(tmp_path / "p.png")]) == 0
    image = QImage(str(tmp_path / "p.png"))
    left, right = image.copy(0, 0, 90, 700), image.copy(410, 0, 90, 700)
    assert near(left, LIGHT.text, 60) > 200  # the labels of both axes, and none in the middle
    assert near(right, LIGHT.text, 60) < near(left, LIGHT.text, 60)


def test_a_picture_shows_all_panels_whichever_of_them_can_be_seen(dashboard) -> None:
    dashboard.resize(900, 450)
    QApplication.processEvents()
    places = []
    for moved in (0, 10_000):
        for area in dashboard.findChildren(QScrollArea):
            area.verticalScrollBar().setValue(moved)
        scene = scene_of(dashboard, "dashboard", LIGHT)
        places.append([scene.place(panel).getRect() for panel in scene.panels])
    assert places[0] == places[1]
    assert min(top for _, top, _, _ in places[0]) == 0
    assert scene.size.height() > 450


@pytest.mark.parametrize("plot", TITLES)
def test_export_writes_the_numbers_of_every_plot(saved_run: Path, tmp_path: Path, plot: str) -> None:
    out = tmp_path / "p.csv"
    assert main(["export", str(saved_run), "--plot", plot, "--epoch", "3", "--out", str(out)]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    expected = record(Config(weight_scale=5.0, epochs=10))
    assert {int(row[0]) for row in rows if row[1] != "cost"} == {"heatmap": set(range(10)), "cost": set()}.get(plot, {3})
    for epoch, quantity, sample, layer, value in rows:
        place = tuple(int(number) for number in (epoch, sample, layer) if number)
        assert float(value) == getattr(expected, quantity)[place]


@pytest.mark.parametrize("plot", ["cost", "why"])
def test_export_of_one_plot_makes_no_other(saved_run: Path, tmp_path: Path, plot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name, place in PLACES.items():
        monkeypatch.setitem(PLACES, name, place._replace(make=lambda name=name, make=place.make: (made.append(name), make())[1]))
    assert main(["export", str(saved_run), "--plot", plot, "--out", str(tmp_path / "p.png")]) == 0
    assert made == [plot]


def test_export_needs_no_screen(saved_run: Path, tmp_path: Path, python_environment: dict[str, str]) -> None:
    environment = {name: value for name, value in python_environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    for ending in (".png", ".svg", ".pdf", ".csv"):
        size = ["--size", "500x400"] * (ending != ".csv")
        arguments = ["export", str(saved_run), "--plot", "gradients", "--epoch", "3", *size, "--out", str(tmp_path / f"p{ending}")]
        code = f"import sys; from gradviz.cli import main; sys.exit(main({arguments!r}))"
        result = subprocess.run([sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert (result.returncode, result.stdout) == (0, f"Wrote {tmp_path / f'p{ending}'}.\n"), result.stderr
    assert QImage(str(tmp_path / "p.png")).size() == QSize(500, 400)
    assert 'aria-label="Gradients |g|' in (tmp_path / "p.svg").read_text(encoding="utf-8").replace("\xa0", " ")
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    rows = (tmp_path / "p.csv").read_text().splitlines()[1:]
    expected = record(Config(weight_scale=5.0, epochs=10)).g[3]
    assert len(rows) == 200
    for row in rows:
        epoch, quantity, sample, layer, value = row.split(",")
        assert (epoch, quantity) == ("3", "g")
        assert float(value) == expected[int(sample), int(layer)]
