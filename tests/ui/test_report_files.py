"""Hand-outs as files: whole and self-contained, the run's own numbers in them, on both papers, for every kind of run, and the same bytes each time."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.core.diagnosis import diagnose
from gradviz.core.logdomain import log_profile
from gradviz.runs.files import FileError
from gradviz.runs.notebook_exercise import CASES, exercise
from gradviz.runs.picture_files import recipe_in
from gradviz.runs.recipe import recipe_of
from gradviz.runs.run import Run
from gradviz.ui.pictures.drawing import View
from gradviz.ui.pins import changed, pinned
from gradviz.ui.reports.content import parts_of, report_on
from gradviz.ui.reports.html import Step
from gradviz.ui.reports.pages import Box, paged
from gradviz.ui.reports.report import Wish, views_of, write, write_report

VOID = {"meta", "link", "br", "hr", "img", "input"}
EVIL = "<script>alert(\"x\")</script> & 'quotes' <b>é \N{PILE OF POO}"
ENDINGS = (".html", ".pdf")


class Page(HTMLParser):
    """A page of HTML as a browser would take it apart, complaining of what is not closed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[tuple[str, str]] = []
        self.feed(path.read_text("utf-8-sig"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _ in attrs}), attrs
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append((self.open[-1] if self.open else "", data))

    @property
    def words(self) -> str:
        return " ".join("".join(text for tag, text in self.text if tag not in ("style", "script")).split())

    def tags(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def cells(self) -> list[str]:
        return [text for tag, text in self.text if tag in ("td", "th")]


def made(path: Path, views: Sequence[View], wish: Wish | None = None) -> list[Step]:
    steps = list(write_report(path, views, wish or Wish()))
    QApplication.processEvents()
    return steps


def words_in(path: Path) -> str:
    result = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s+", " ", result.stdout)


needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (Debian package poppler-utils) is not installed")


@pytest.fixture(scope="module")
def saturated() -> Run:
    return record(Config(weight_scale=5.0, epochs=30))


@pytest.fixture(scope="module")
def three(saturated: Run) -> list[View]:
    others = [record(Config(weight_scale=scale, epochs=30)) for scale in (1.0, 0.9)]
    return [View(run, name=name) for run, name in zip([saturated, *others], ["five", "one", "nine tenths"], strict=True)]


#: Whatever a person may have trained.
AWKWARD = {
    "diverged": [Config(activation="identity", weight_scale=1.1, epochs=20)],
    "one epoch": [Config(layers=6, epochs=1)],
    "no hidden layer": [Config(layers=2, epochs=3)],
    "wide": [Config(layers=8, width=12, initialization="normal", data="moons", samples=40, loss="cross_entropy", epochs=4)],
    "wide with everything": [
        Config(layers=8, width=12, initialization="he", activation="relu", normalization="batch", residual="plain", data="moons", samples=40, epochs=3)
    ],
    "deeper than the floats": [Config(layers=300, weight_scale=5.0, epochs=2)],
    "no theory": [Config(layers=12, initialization="normal", weight_scale=4.0, epochs=5)],
    "dead": [Config(layers=8, activation="relu", inputs=(-0.5,), targets=(-0.5,), epochs=4)],
    "fifty samples": [Config(layers=5, epochs=3, inputs=tuple(np.linspace(-1, 1, 50)), targets=tuple(np.linspace(-1, 1, 50)))],
    "six": [
        *(Config(layers=layers, weight_scale=scale, epochs=epochs) for layers, scale, epochs in ((30, 1.0, 8), (30, 5.0, 8), (20, 0.9, 5), (12, 1.1, 8))),
        Config(layers=10, activation="identity", weight_scale=9.0, epochs=9),
        Config(layers=8, width=12, initialization="normal", data="moons", samples=40, loss="cross_entropy", epochs=4),
    ],
}


@pytest.mark.parametrize("kind", AWKWARD)
def test_every_kind_of_run_has_a_whole_page_and_whole_paper(tmp_path: Path, kind: str) -> None:
    views = [View(record(config), name=f"{EVIL} {number}") for number, config in enumerate(AWKWARD[kind])]
    for ending in ENDINGS:
        made(tmp_path / f"r{ending}", views)
    page = Page(tmp_path / "r.html")
    assert EVIL in page.words
    assert len(page.tags("figure")) == 5 * len(views) + 3 * (len(views) > 1)
    assert [tag for tag, _ in page.elements if tag in ("script", "b")].count("script") == 1  # the experiment inside
    assert not any(word in drawing["aria-label"] for drawing in page.tags("svg") for word in ("nan", "inf ", "e+", "e-0"))
    content = (tmp_path / "r.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Subtype /Image") <= 4 * len(views)  # heat maps and what is behind them: everything else is lines and letters


def test_a_page_loads_nothing_and_runs_nothing(tmp_path: Path, three: list[View]) -> None:
    made(tmp_path / "r.html", three)
    page = Page(tmp_path / "r.html")
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href", "data", "srcset", "action", "poster"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,"))
        assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", " ".join(attributes.values())))
    style = "".join(text for tag, text in page.text if tag == "style")
    assert "@import" not in style
    assert "url(" not in style
    assert [script["type"] for script in page.tags("script")] == ["application/json"]


def test_names_inside_a_page_are_its_own(tmp_path: Path, three: list[View]) -> None:
    """Each drawing's clips and gradients are called differently, and are those that it uses."""
    made(tmp_path / "r.html", three)
    page = Page(tmp_path / "r.html")
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names)) > 20
    used = {name for _, attributes in page.elements for value in attributes.values() for name in re.findall(r"url\(#([^)]*)\)", value)}
    assert used
    assert used <= set(names)


def test_a_page_can_be_listened_to(tmp_path: Path, three: list[View]) -> None:
    made(tmp_path / "r.html", three)
    page = Page(tmp_path / "r.html")
    assert page.tags("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    drawings = page.tags("svg")
    assert len(drawings) == 18
    assert all(drawing["role"] == "img" and len(drawing["aria-label"]) > 40 for drawing in drawings)
    assert len({drawing["aria-label"] for drawing in drawings}) == 18
    assert len(page.tags("caption")) == len(page.tags("table"))
    assert {attributes["scope"] for attributes in page.tags("th")} == {"col", "row"}


def test_the_numbers_are_those_of_the_run(tmp_path: Path, saturated: Run) -> None:
    view = View(saturated, 12, "five")
    made(tmp_path / "r.html", [view])
    page = Page(tmp_path / "r.html")
    verdict = diagnose(saturated.config, saturated.at(12), log_profile(saturated.config, saturated.w[12]), saturated.cost[:13])
    assert verdict.sentence in page.words
    assert "h[k], epoch 0" in page.words
    assert "g[k], epoch 12" in page.words
    for layer, g in ((1, saturated.g[12, 0, 1]), (99, saturated.g[12, 0, 99])):
        exponent = int(np.floor(np.log10(abs(g))))
        printed = f"{g / 10.0**exponent:.4g}".replace("-", "−") + "×10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        assert printed in page.cells, layer
    assert f"|g| is {abs(saturated.g[12, 0, 99]) * 1e5:.4g}×10⁻⁵ at layer 99" in page.words
    assert f"|h| is 0.5 at the input, {abs(saturated.h[12, 0, 49]):.4g} at layer 49" in page.words
    assert f"The cost goes from {saturated.cost[0]:.8g}"[:36] in page.words
    assert "instead of 1" in page.cells
    assert page.cells[page.cells.index("Fixed point |h*|, and |h| at layer 98") + 1] == "0.9999"


def test_theory_and_measurement_differ_by_what_is_said(saturated: Run) -> None:
    """Of 98 factors the first few are not settled: 0.0056 % a layer, 0.0024 decades in all; in the middle they agree to twelve digits."""
    report = report_on(parts_of([View(saturated, name="five")]))
    table = next(table for table in report.tables if table.title.startswith("What theory says"))
    assert [row[0] for row in table.rows] == [
        "Each layer passes on, mean of 98",
        "Layer 50 passes on",
        "Decades from the output back to layer 1",
        "|h| at layer 50",
        "Fixed point |h*|, and |h| at layer 98",
    ]
    assert table.rows[1][1] == table.rows[1][2] == "9.087×10⁻⁴"  # 5 (1 - h*^2) = 9.087415532632592e-4
    assert table.rows[1][-1] == "to 12 digits"
    u = np.arctanh(saturated.h[0, 0, 1:])
    product = float(np.log10(5.0 / np.cosh(np.where(np.isfinite(u), u, 0.0)) ** 2)[1:].sum())
    assert float(table.rows[2][2].replace("−", "-")) == pytest.approx(product, abs=5e-3)


def test_several_runs_are_compared(three: list[View]) -> None:
    report = report_on(parts_of(three), question="Which scale is best?")
    assert report.title == "Comparison of 3 runs"
    assert next(iter(list(report.texts)[1:])) == "Which scale is best?"
    differences = next(table for table in report.tables if table.title == "In what the runs differ")
    assert differences.rows == (("Weight scale σ", "5.0", "1.0", "0.9"),)
    results = {row[0]: row[1:] for table in report.tables if table.title.startswith("What becomes") for row in table.rows}
    assert results["Verdict"] == ("vanishing", "trains", "vanishing")
    assert results["Each layer passes on, theory at the start"] == ("9.100×10⁻⁴", "0.9594", "0.8944")
    assert results["|g| is below 10⁻⁷ from here down"] == ("layer 98", "no layer", "no layer")
    assert [figure.panel for figure in report.figures[:3]] == ["gradients", "together", "cost"]
    assert all(figure.behind == (1, 2) for figure in report.figures[:3])
    shared = next(table for table in report.tables if table.title.startswith("All parameters"))
    assert [shared.rows[row] for row in shared.strong] == [("Weight scale σ", "5 *", "1", "0.9 *")]


def test_each_run_is_compared_at_the_epoch_that_is_shown_of_it(tmp_path: Path, saturated: Run, three: list[View]) -> None:
    """Whichever was recorded farther, and whichever comes first."""
    views = [View(saturated, 4, "early"), View(three[1].run, 20, "late")]
    made(tmp_path / "r.html", views)
    page = Page(tmp_path / "r.html")
    assert "4 of 30" in page.cells
    assert "20 of 30" in page.cells
    label = page.tags("svg")[0]["aria-label"]
    assert "A: At epoch 4 |g|" in label
    assert "B: At epoch 20 |g|" in label
    assert "Run B is drawn in broad lines" in label
    side_by_side = next(text for text in (drawing["aria-label"] for drawing in page.tags("svg")) if "side by side" in text)
    assert "The first plot is run B" in side_by_side
    painted = [attributes.get("aria-label", "") for tag, attributes in page.elements if tag == "path"]
    assert any("(epoch 4, its last)" in text.replace("\N{NO-BREAK SPACE}", " ") for text in painted)


def test_pinned_runs_can_be_told_apart_without_colours(tmp_path: Path, three: list[View]) -> None:
    made(tmp_path / "r.html", three)
    page = Page(tmp_path / "r.html")
    first = page.elements[: next(place for place, (tag, attributes) in enumerate(page.elements) if attributes.get("id") == "figure-2")]
    lines = {attributes["stroke-dasharray"] for _, attributes in first if float(attributes.get("stroke-width", 0)) > 1 and "stroke-dasharray" in attributes}
    assert len(lines) >= 3  # the second sample's, and those of two runs
    assert "B ╌╌ and C ┄┄" in page.tags("svg")[0]["aria-label"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_experiment_is_inside(tmp_path: Path, saturated: Run, ending: str) -> None:
    path = tmp_path / f"r{ending}"
    made(path, [View(saturated, 12, "five")])
    inside = recipe_in(path)
    assert not inside.altered
    assert (inside.recipe.config, inside.recipe.epoch, inside.recipe.name) == (saturated.config, 12, "five")
    assert inside.recipe.fingerprint == recipe_of(saturated, 12).fingerprint


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_runs_give_the_same_bytes_and_no_date(tmp_path: Path, three: list[View], ending: str) -> None:
    for name in ("one", "other"):
        made(tmp_path / f"{name}{ending}", three)
    one, other = ((tmp_path / f"{name}{ending}").read_bytes() for name in ("one", "other"))
    assert one == other
    assert re.search(rb"\(D:\d|CreateDate=\"\d|ModifyDate=\"\d", one) is None


@pytest.mark.parametrize(("paper", "size"), [("", (595, 842)), ("a4", (595, 842)), ("letter", (612, 792))])
def test_paper_is_as_large_as_asked_for(tmp_path: Path, saturated: Run, paper: str, size: tuple[int, int]) -> None:
    for ending in ENDINGS:
        made(tmp_path / f"r{ending}", [View(saturated)], Wish(paper=paper))
    boxes = re.findall(rb"/MediaBox \[ ?[\d.]+ [\d.]+ ([\d.]+) ([\d.]+) ?\]", (tmp_path / "r.pdf").read_bytes())
    assert boxes
    assert all((round(float(wide)), round(float(tall))) == size for wide, tall in boxes)
    style = "".join(text for tag, text in Page(tmp_path / "r.html").text if tag == "style")
    assert re.search(r"@page \{(?: size: (\S+) portrait;)? margin", style)[1] == {"": None, "a4": "A4", "letter": "letter"}[paper]


@needs_pdftotext
def test_the_words_of_a_pdf_can_be_selected_and_searched(tmp_path: Path, three: list[View]) -> None:
    made(tmp_path / "r.pdf", three, Wish("Three scales", "In what do they differ?"))
    words = words_in(tmp_path / "r.pdf")
    assert words.startswith("Three scales In what do they differ?")  # no ligatures
    pages = re.findall(r"Three scales (\d+) of (\d+)", words)
    assert [int(page) for page, _ in pages] == list(range(1, int(pages[0][1]) + 1))
    for view in three:
        verdict = diagnose(view.run.config, view.run.newest, log_profile(view.run.config, view.run.w[-1]), view.run.cost)
        assert verdict.sentence[:60] in words
    for number in range(1, 19):
        assert f"Figure {number}. " in words


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (Debian package poppler-utils) is not installed")
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_nothing_is_printed_outside_of_the_margins(tmp_path: Path, three: list[View], paper: str) -> None:
    from PyQt6.QtGui import QImage

    made(tmp_path / "r.pdf", three, Wish(paper=paper))
    subprocess.run(["pdftoppm", "-r", "48", "-gray", "-png", str(tmp_path / "r.pdf"), str(tmp_path / "p")], check=True)
    pictures = sorted(tmp_path.glob("p-*.png"))
    assert len(pictures) > 5
    for path in pictures:
        image = QImage(str(path)).convertToFormat(QImage.Format.Format_Grayscale8)
        pixels = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8).reshape(image.height(), -1)[:, : image.width()]
        rows, columns = np.nonzero(pixels < 200)
        assert columns.min() >= 26  # of 28 dots
        assert columns.max() <= image.width() - 26
        assert rows.min() >= 26


# --- writing -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_report_that_is_given_up_leaves_nothing_and_the_old_file_as_it_was(tmp_path: Path, saturated: Run, ending: str, after: int) -> None:
    path = tmp_path / f"r{ending}"
    path.write_text("old")
    steps = write_report(path, [View(saturated)])
    for _ in range(after):
        next(steps)
    steps.close()
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "old"


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_says_how_far_it_is(tmp_path: Path, saturated: Run, ending: str) -> None:
    steps = made(tmp_path / f"r{ending}", [View(saturated)])
    assert [step.done for step in steps] == [0, 1, 2, 3, 4, 5]
    assert {step.total for step in steps} == {5}
    assert [step.what for step in steps[:2]] == ["Figure 1: Gradients by layer", "Figure 2: Activations by layer"]


def test_what_cannot_be_reported_is_a_sentence(tmp_path: Path, saturated: Run) -> None:
    with pytest.raises(FileError, match="these are 7"):
        next(write_report(tmp_path / "r.pdf", [View(saturated)] * 7))
    with pytest.raises(FileError, match="comes with the first epoch"):
        next(write_report(tmp_path / "r.pdf", [View(Run(Config()))]))
    assert list(tmp_path.iterdir()) == []


def test_what_a_window_shows_is_its_run_and_the_pins_that_are_seen(saturated: Run, three: list[View]) -> None:
    pins = pinned(pinned((), three[1].run, "one"), three[2].run, "nine tenths")
    found = views_of(View(saturated, 3, "live", changed(pins, 1, visible=False)))
    assert [(view.name, view.run, view.epoch) for view in found] == [("live", saturated, 3), ("nine tenths", three[2].run, None)]


def test_the_notebooks_exercise_is_a_page_and_paper(tmp_path: Path) -> None:
    runs = [record(Config(weight_scale=scale, epochs=50)) for scale in (1.0, 5.0, 0.9)]
    report = exercise(runs)
    views = [View(run, name=letter) for run, letter in zip(runs, CASES, strict=True)]
    for ending in ENDINGS:
        list(write(tmp_path / f"r{ending}", report, views, recipe_of(runs[0])))
    page = Page(tmp_path / "r.html")
    assert len(page.tags("svg")) == 14
    assert "Theory says the same: the fixed point h* = tanh(5 h*) is 0.9999091" in page.words
    assert recipe_in(tmp_path / "r.pdf").recipe.config == runs[0].config


# --- pages ---------------------------------------------------------------------------------------------------------------------------------


def box(height: float, *, keep: bool = False, above: float = 0.0, head: Box | None = None) -> Box:
    return Box(height, lambda _painter: None, above, keep, head)


@given(st.lists(st.tuples(st.floats(1, 90), st.floats(0, 20), st.booleans()), min_size=1, max_size=60))
def test_boxes_are_on_pages_in_their_order_and_none_is_cut(parts: list[tuple[float, float, bool]]) -> None:
    boxes = [box(height, keep=keep, above=above) for height, above, keep in parts]
    pages = paged(boxes, 100.0)
    assert [id(found) for page in pages for _, found in page.placed] == [id(made) for made in boxes]
    for page in pages:
        bottom = 0.0
        for top, found in page.placed:
            assert top >= bottom - 1e-9
            bottom = top + found.height
        assert bottom <= 100.0 + 1e-9
        assert page.placed[0][0] == 0.0


def test_a_heading_goes_with_what_follows_it() -> None:
    pages = paged([box(60), box(20, keep=True), box(30)], 100.0)
    assert [[found.height for _, found in page.placed] for page in pages] == [[60], [20, 30]]


def test_a_table_that_goes_on_has_its_head_again() -> None:
    head = box(10, keep=True)
    pages = paged([head, *(box(30, head=head) for _ in range(5))], 100.0)
    assert [[found.height for _, found in page.placed] for page in pages] == [[10, 30, 30, 30], [10, 30, 30]]
    assert all(page.placed[0][1] is head for page in pages)
