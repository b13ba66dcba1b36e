"""The themes' colours, measured: contrast, and distance for every kind of colour vision; ColorAide, which knows nothing of GradViz, does the arithmetic."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from coloraide import Color
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QColor, QIcon
from PyQt6.QtWidgets import QApplication

from gradviz import Config, record
from gradviz.runs.sweeps import Axis, Sweep
from gradviz.ui import pins, theme
from gradviz.ui.dialogs.picture_form import PictureForm
from gradviz.ui.layout import THEMES as OFFERED
from gradviz.ui.plots import colour_bar, phase_bar
from gradviz.ui.plots.dots import shades
from gradviz.ui.plots.heat_image import COLOURS, LANES
from gradviz.ui.plots.kinds import KINDS, WIDE_KINDS
from gradviz.ui.plots.panel import MOST_CURVES
from gradviz.ui.plots.phase_marks import MARKS
from gradviz.ui.plots.plot import DASH_SIGNS, DASHES, SMOOTH_POINTS
from gradviz.ui.plots.sweep_colours import LANES as SWEEP_LANES
from gradviz.ui.plots.sweep_colours import OTHERS, SHADES
from gradviz.ui.plots.sweep_colours import colour_table as sweep_table
from gradviz.ui.plots.sweep_shades import NONE, VERDICTS, Shades
from gradviz.ui.state import Phase
from gradviz.ui.theme import DARK, LIGHT, THEMES, Theme

#: All kinds of cones, and one kind missing: Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), severity 1.
VISIONS = (None, "protan", "deutan", "tritan")
#: Two colours nearer than this in CIEDE2000 must not be the only difference between what means different things.
DISTINCT = 10.0
every_theme = pytest.mark.parametrize("of", THEMES.values(), ids=THEMES)


def demands_more(of: Theme) -> bool:
    return of.name.startswith("contrast-")


@cache
def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    return float(Color(one).contrast(other, method="wcag21"))


@cache
def seen(colour: str, vision: str | None) -> Color:
    found = Color(colour)
    return (found.filter(vision, method="machado") if vision else found).convert("srgb-linear").clip()


@cache
def distance(one: str, other: str, vision: str | None) -> float:
    return float(seen(one, vision).delta_e(seen(other, vision), method="2000", space="lab-d65"))


def least_distance(one: str, other: str) -> float:
    """How far apart two colours are for whom they are nearest."""
    return min(distance(one, other, vision) for vision in VISIONS)


def lightness(colour: str, vision: str | None) -> float:
    return float(seen(colour, vision).convert("lab-d65")["lightness"])


def named(codes: Iterable[int]) -> list[str]:
    return [QColor.fromRgb(code).name() for code in codes]


# the authority


@pytest.mark.parametrize(("one", "other", "found"), [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
])  # fmt: skip
def test_distances_are_those_that_sharma_wu_and_dalal_published(one, other, found: float) -> None:
    first, second = Color("lab-d65", one), Color("lab-d65", other)
    assert first.delta_e(second, method="2000", space="lab-d65") == pytest.approx(found, abs=5e-5)


@pytest.mark.parametrize(("vision", "red"), [
    ("protan", (0.152286, 0.114503, -0.003882)), ("deutan", (0.367322, 0.280085, -0.011820)), ("tritan", (1.255528, -0.078411, 0.004733)),
])  # fmt: skip
def test_vision_is_simulated_with_the_matrices_that_machado_published(vision: str, red: tuple[float, ...]) -> None:
    found = Color("color(srgb-linear 1 0 0)").filter(vision, method="machado", space="srgb-linear")
    assert found.coords() == pytest.approx(red, abs=1e-4)


# contrast


@every_theme
def test_text_can_be_read_on_every_ground_it_stands_on(of: Theme) -> None:
    least = 7.0 if demands_more(of) else 4.5
    grounds = (of.window, of.field, of.plot)
    pairs = [(text, ground) for text in (of.text, of.faint, of.error, of.warning) for ground in grounds]
    pairs += [(of.accent, of.window), (of.accent, of.field), (of.plot, of.accent)]
    pairs += [(of.window, of.accent)]  # the letters of what is chosen in a menu
    too_faint = {pair: contrast(*pair) for pair in pairs if contrast(*pair) < least}
    assert not too_faint
    assert all(3.0 <= contrast(of.disabled, ground) < contrast(of.faint, ground) for ground in grounds), "disabled words are fainter, and can be read"


@every_theme
def test_marks_stand_out_from_their_ground(of: Theme) -> None:
    least = 4.5 if demands_more(of) else 3.0
    marks = (*of.curves, *of.pins, *shades(of.name), of.accent, of.faint)
    assert {mark: contrast(mark, of.plot) for mark in marks if contrast(mark, of.plot) < least} == {}
    assert min(contrast(of.border, ground) for ground in (of.window, of.field)) >= 3.0
    assert min(contrast(of.accent, ground) for ground in (of.window, of.field)) >= 3.0, "the ring of the focus"


@every_theme
def test_icons_are_seen_also_where_they_are_disabled(of: Theme) -> None:
    for mode, least in ((QIcon.Mode.Normal, 4.5), (QIcon.Mode.Disabled, 3.0)):
        image = theme.icon("run", of).pixmap(64, 64, mode).toImage()
        solid = {image.pixelColor(x, y).name() for x in range(64) for y in range(64) if image.pixelColor(x, y).alpha() == 255}
        assert solid, mode
        assert max(contrast(colour, of.window) for colour in solid) >= least


# lines


def test_of_a_dozen_curves_no_two_have_the_same_colour_and_dashes() -> None:
    for of in THEMES.values():
        assert len({(number % len(of.curves), number % len(DASHES)) for number in range(MOST_CURVES)}) == MOST_CURVES
    assert len(DASHES) == len(DASH_SIGNS) == len({tuple(dash or ()) for dash in DASHES}) == len(set(DASH_SIGNS))


@every_theme
@pytest.mark.parametrize("panel", ["activations", "gradients"])
def test_lines_of_a_plot_differ_in_dashes_or_thickness_where_their_colours_are_near(dashboard, of: Theme, panel: str) -> None:
    dashboard.apply_theme(of)
    config = Config(layers=5, epochs=1, inputs=tuple(np.linspace(-1, 1, MOST_CURVES)), targets=(0.0,) * MOST_CURVES)
    found: pins.Pins = ()
    for number in range(pins.COLOURS):
        found = pins.pinned(found, record(config.replace(seed=number + 1)), f"run {number}")
    run = record(config)
    dashboard.begin_anew(run.config)
    dashboard.show_pins(found)
    dashboard.show_run(run, run.newest)
    QApplication.processEvents()
    plot = dashboard.panels[panel].plot
    pens = [curve.opts["pen"] for curve in (*plot._curves, *(drawn.curve for drawn in plot.behind._drawn))]
    assert len(pens) == MOST_CURVES + pins.COLOURS
    looks = [(pen.color().name(), pen.widthF(), tuple(pen.dashPattern()) if pen.style() == Qt.PenStyle.CustomDashLine else ()) for pen in pens]
    alike = [(one, other) for one, other in itertools.combinations(looks, 2) if one[1:] == other[1:]]
    assert alike, "with a dozen curves dashes alone do not do"
    assert {pair: least_distance(pair[0][0], pair[1][0]) for pair in alike if least_distance(pair[0][0], pair[1][0]) < DISTINCT} == {}


def test_curves_of_more_points_than_pens_can_dash_have_gaps_of_their_own_and_keep_their_spikes(dashboard) -> None:
    plot = dashboard.panels["activations"].plot
    dashboard.apply_theme(LIGHT)
    count = 20 * SMOOTH_POINTS
    values = np.zeros((4, count))
    values[:, count // 3] = 0.75
    plot.set_layers(count)
    plot.show_curves(np.arange(count), values, ("a", "b", "c", "d"))
    drawn = [heights for _, heights in plot.drawn()]
    gaps = [np.isnan(heights).sum() for heights in drawn]
    assert gaps[0] == 0
    assert len(set(gaps)) == 4
    assert min(gaps[1:]) > 20
    assert [np.nanmax(heights) for heights in drawn] == [0.75] * 4


@every_theme
@pytest.mark.parametrize("kinds", [KINDS, WIDE_KINDS], ids=["chain", "wide"])
def test_kinds_of_factors_differ_in_filling_sign_and_dashes(of: Theme, kinds) -> None:
    for one, other in itertools.combinations(kinds, 2):
        assert one.fill != other.fill
        assert one.glyph != other.glyph
        assert one.dash != other.dash
        ground = QColor(of.plot)
        filled = [_mixed(QColor(of.curves[kind.colour]), ground, kind.fill) for kind in (one, other)]
        assert least_distance(*filled) >= DISTINCT


def _mixed(colour: QColor, ground: QColor, share: float) -> str:
    parts = zip(colour.getRgb()[:3], ground.getRgb()[:3], strict=True)
    return QColor(*[round(share * top + (1 - share) * below) for top, below in parts]).name()


# maps


def test_every_verdict_on_the_phase_map_has_a_shape_and_a_sign_of_its_own() -> None:
    assert len({mark.symbol for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.glyph for mark in MARKS.values()}) == len(MARKS)


@every_theme
def test_cells_of_different_verdicts_are_different_for_everybody(of: Theme) -> None:
    found = SHADES[of.ground]
    assert set(found) == set(VERDICTS)
    shades_ = Shades(Sweep(Config(layers=3), (Axis("weight_scale", (0.5, 1.0)),), ("verdict",)), "verdict")
    table = named(sweep_table(shades_, of))
    drawn = {word: table[code] for word, code in shades_.words.items()} | {"nothing yet": table[0]}
    assert {word: drawn[word] for word in found} == found
    near = {pair: least_distance(*(drawn[word] for word in pair)) for pair in itertools.combinations(drawn, 2)}
    assert {pair: apart for pair, apart in near.items() if apart < DISTINCT} == {}
    assert table[NONE] == found["impossible"], "neither is a network"


def test_other_words_of_a_sweep_have_colours_that_are_different_for_everybody() -> None:
    assert {pair: least_distance(*pair) for pair in itertools.combinations(OTHERS, 2) if least_distance(*pair) < DISTINCT} == {}


@every_theme
def test_lanes_of_a_heat_map_are_in_no_colour_of_its_scale_nor_near_each_other(of: Theme) -> None:
    table = named(colour_bar.colour_table(of))
    lanes, scale = {LANES[code].word: table[code] for code in LANES}, table[1 : COLOURS + 1]
    ground = {"ground": of.plot}
    for (_, one), (_, other) in itertools.combinations((lanes | ground).items(), 2):
        assert least_distance(one, other) >= DISTINCT
    for colour in (*lanes.values(), *SWEEP_LANES.values()):
        assert min(least_distance(colour, step) for step in scale[::10]) >= DISTINCT


@pytest.mark.parametrize("vision", VISIONS)
def test_the_scale_of_a_heat_map_grows_lighter_all_the_way_for_everybody(vision: str | None) -> None:
    scale = named(colour_bar.colour_table(LIGHT))[1 : COLOURS + 1]
    assert np.diff([lightness(colour, vision) for colour in scale[::10]]).min() > 1.0
    for one, other in itertools.combinations(scale[::62], 2):
        assert distance(one, other, vision) >= DISTINCT


@every_theme
@pytest.mark.parametrize("vision", VISIONS)
def test_the_phase_map_diverges_from_the_grounds_shade_to_ends_that_nobody_takes_for_each_other(of: Theme, vision: str | None) -> None:
    scale = named(phase_bar.colour_table(of))
    heights = np.array([lightness(colour, vision) for colour in scale[::8]])
    middle = len(heights) // 2
    towards = 1.0 if of.ground == "light" else -1.0
    assert (towards * np.diff(heights[: middle + 1]) > 0).all()
    assert (towards * np.diff(heights[middle:]) < 0).all()
    assert distance(scale[0], scale[-1], vision) >= 3 * DISTINCT


# which theme it is


def test_every_theme_can_be_chosen_by_its_name() -> None:
    assert [name for name, _ in OFFERED] == ["system", *THEMES]
    assert len({text for _, text in OFFERED}) == len(OFFERED)
    for name, found in THEMES.items():
        assert found.name == name
        assert theme.named(name) is theme.chosen(name) is found
    assert theme.named("no theme") is LIGHT


class Hints:
    """A system's wishes."""

    def __init__(self, dark: bool, contrast: bool) -> None:
        self._dark, self._contrast = dark, contrast

    def colorScheme(self) -> Qt.ColorScheme:
        return Qt.ColorScheme.Dark if self._dark else Qt.ColorScheme.Light

    def accessibility(self) -> Hints:
        return self

    def contrastPreference(self) -> object:
        return Qt.ContrastPreference.HighContrast if self._contrast else Qt.ContrastPreference.NoPreference


@pytest.mark.skipif(not hasattr(Qt, "ContrastPreference"), reason="Qt knows of the wish for contrast from 6.10 on")
@pytest.mark.parametrize(("dark", "more", "name"), [
    (False, False, "light"), (True, False, "dark"), (False, True, "contrast-light"), (True, True, "contrast-dark"),
])  # fmt: skip
def test_the_systems_colours_are_those_that_it_wants_with_contrast_where_it_wants_that(monkeypatch, dark: bool, more: bool, name: str) -> None:
    monkeypatch.setattr(theme.QGuiApplication, "styleHints", lambda: Hints(dark, more))
    assert theme.chosen("system") is THEMES[name]
    assert theme.chosen("dark") is DARK, "what a person has chosen counts"


@pytest.mark.skipif(not hasattr(Qt, "ContrastPreference"), reason="Qt knows of the wish for contrast from 6.10 on")
def test_a_window_that_is_come_back_to_takes_up_the_wish_for_contrast(open_window, monkeypatch) -> None:
    window = open_window("notebook-1b")
    assert window.theme is LIGHT
    monkeypatch.setattr(theme.QGuiApplication, "styleHints", lambda: Hints(False, True))
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    assert window.theme is THEMES["contrast-light"]


@every_theme
def test_a_picture_as_in_the_window_has_the_ground_of_the_window(open_window, qtbot, of: Theme) -> None:
    window = open_window("notebook-1b")
    window.use_theme(of.name)
    form = PictureForm(of)
    qtbot.addWidget(form)
    form.colours.setCurrentIndex(form.colours.findData("window"))
    found = form.options()
    assert found.theme == of.ground
    assert theme.named(found.theme).plot == {"light": LIGHT, "dark": DARK}[of.ground].plot


# no flashing


def test_the_verdict_changes_no_more_than_three_times_in_any_second_while_it_runs(open_window, wait_for, monkeypatch) -> None:
    window = open_window("notebook-1b")
    wait_for(lambda: window.dashboard.moment is not None)
    shown: list[float] = []
    now = 0.0
    monkeypatch.setattr(window.verdict, "show_moment", lambda _moment: shown.append(now))
    window._timer.stop()
    begun = window._judged_at + 1.0
    window.state = replace(window.state, phase=Phase.RUNNING)
    for tick in range(600):
        now = begun + tick / 60
        window._judged = None
        window._judge(now)
    assert len(shown) > 5
    for begin in shown:
        assert sum(begin <= at < begin + 1.0 for at in shown) <= 3
    window.state = replace(window.state, phase=Phase.PAUSED)
