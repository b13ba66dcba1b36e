"""The verdict strip: the diagnosis of what is drawn, and theory beside the measurement, in words that stay where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from gradviz import Config, record
from gradviz.core.diagnosis import diagnose
from gradviz.core.logdomain import log_profile
from gradviz.core.training import Intervention
from gradviz.runs.moment import Moment
from gradviz.runs.presets import presets
from gradviz.runs.run import Run
from gradviz.ui.panels.verdict import VerdictStrip
from gradviz.ui.theme import DARK, LIGHT, Theme

#: What one layer passes on at w = 5, and |h*| there; theory.md, width 1.
FACTOR_AT_5, FIXED_POINT_AT_5 = 9.087415532632592e-4, 0.9999091217152424


@pytest.fixture
def strip(qtbot) -> Iterator[VerdictStrip]:
    """The strip in a window as narrow as it may be."""
    outer = QWidget()
    QVBoxLayout(outer).addWidget(shown := VerdictStrip())
    shown.apply_theme(LIGHT)
    outer.resize(900, 120)
    with qtbot.waitExposed(outer):
        outer.show()
    yield shown
    outer.close()
    outer.deleteLater()


def judge(strip: VerdictStrip, what: Config | Run, epoch: int | None = None, sample: int = 0) -> tuple[str, str]:
    """What the strip says of one epoch of a run, the last one unless another is named."""
    run = record(what) if isinstance(what, Config) else what
    strip.show_moment(Moment(run, run.newest if epoch is None else run.at(epoch), sample))
    return strip.verdict.text(), strip.theory.text()


def numbers(text: str) -> list[float]:
    """Every number of a sentence, as a program reads it."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    plain = re.sub(r"(?<![\d×])10(-\d+)", r"1e\1", plain).replace("×10", "e").replace(",", "")
    return [float(number) for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?", plain)]


def test_case_1b_says_which_layers_get_nothing_how_small_it_is_what_did_it_and_what_float32_would_hold(strip) -> None:
    config = presets()["notebook-1b"].config.replace(epochs=3)
    run = record(config)
    verdict, theory = judge(strip, run)
    assert verdict.startswith("Vanishing: ")
    sizes = np.abs(run.g[-1]).max(axis=0)
    below = int(np.flatnonzero(sizes[1:] < 1e-7)[-1]) + 1
    slopes, weights = np.log10(1 - np.tanh(5 * 0.9999091217152424) ** 2), np.log10(5)
    found = numbers(verdict)
    assert found[0] == pytest.approx(FACTOR_AT_5, rel=0.005)
    assert found[1] == pytest.approx(-1 / np.log10(FACTOR_AT_5), abs=0.006)
    assert f"from layer {below} down" in verdict
    decades = str(round(-np.log10(sizes[1]))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    assert f"10⁻{decades} at layer 1" in verdict
    (taken, given) = map(float, re.search(r"Saturation takes (\d+) decades, the weights give back (\d+)\.", verdict).groups())
    assert taken == pytest.approx(-98 * slopes, abs=2.5)
    assert given == pytest.approx(98 * weights, abs=0.6)
    in_float32 = record(config.replace(epochs=1, number_format="float32")).g[0]
    zero = int(np.flatnonzero(~in_float32[:, 1:].any(axis=0))[-1]) + 1
    assert f"float32 would hold exactly 0 from layer {zero} down" in verdict
    settled = next(number for number in numbers(theory) if number < 0.01)
    assert settled == pytest.approx(FACTOR_AT_5, rel=5e-4)
    assert f"{FIXED_POINT_AT_5:.5f}" in theory


def test_the_three_cases_of_the_notebook(strip) -> None:
    assert judge(strip, presets()["notebook-1a"].config)[0].startswith("Trains: the cost fell from 0.0725 to ")
    verdict, theory = judge(strip, presets()["notebook-1d"].config.replace(epochs=2))
    assert verdict.startswith("Vanishing: each layer passes on 0.89")
    assert re.search(r"The weights take 4\.\d decades", verdict), "99 layers of 0.9 are 4.5 decades"
    assert "signal shrinks" in verdict
    assert "0.9" in theory


def test_without_a_closed_form_the_strip_says_so(strip) -> None:
    _, theory = judge(strip, Config(initialization="normal", weight_scale=3.0, epochs=1))
    assert theory == "Theory: for these weights and this network there is no closed form to compare with."


@pytest.mark.parametrize(
    "config",
    [
        Config(activation="sigmoid", weight_scale=-30.0, layers=10),
        Config(inputs=tuple(np.linspace(-1.0, 1.0, 50)), targets=(0.5,) * 50),
        Config(activation="relu", inputs=(0.0, 0.5), targets=(0.0, 0.4)),
        Config(inputs=(0.0, 0.5), targets=(0.0, 0.5)),
    ],
    ids=["sigmoid", "fifty", "relu", "on-target"],
)
def test_verdict_and_theory_are_on_the_same_sample_whichever_is_shown(strip, config: Config) -> None:
    run = record(config.replace(epochs=1))
    profile = log_profile(config, run.w[0])
    verdict = diagnose(config, run.newest, profile, run.cost)
    said = {judge(strip, run, sample=sample) for sample in range(len(config.inputs))}
    assert len(said) == 1, "neither changes with the sample that the plots show"
    [(words, theory)] = said
    assert f" for x = {config.inputs[verdict.sample]:.3g}".replace("-", "−") in words
    [measured] = [numbers(part)[0] for part in theory.split("; ") if part.startswith("measured: ")]
    layers = config.layers - 2
    decades = -measured * layers if measured < 0.0 else (-measured if "power law" in theory else layers * np.log10(measured))
    assert decades == pytest.approx(layers * np.log10(verdict.factor_per_layer), rel=0.005, abs=0.005 * layers)


def test_the_weights_that_are_measured_are_the_trained_ones(strip) -> None:
    run = record(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=60))
    assert "; measured: " in judge(strip, run, epoch=0)[1]
    assert "; measured now: " in judge(strip, run, epoch=1)[1]


def test_the_verdict_is_on_the_epoch_that_is_drawn(strip) -> None:
    """A frame from the middle of a run is judged by the costs up to it, and not by how the run ended."""
    run = record(presets()["explodes"].config)
    assert run.ending.kind == "diverged"
    before, after = judge(strip, run, epoch=0)[0], judge(strip, run)[0]
    assert before.startswith("Exploding: ")
    assert after.startswith("Diverged at epoch ")
    trained = record(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=60))
    for epoch in (20, 40, 59):
        first, now = numbers(judge(strip, trained, epoch=epoch)[0])[:2]
        assert (first, now) == (pytest.approx(trained.cost[0], rel=0.01), pytest.approx(trained.cost[epoch], rel=0.01))


def test_the_learning_rate_in_force_is_the_one_that_is_judged(strip) -> None:
    run = record(Config(layers=10, weight_scale=0.9, learning_rate=0.5, epochs=6), [Intervention(3, "learning_rate", 1e-12)])
    assert judge(strip, run, epoch=2)[0].startswith("Trains: ")
    assert judge(strip, run, epoch=5)[0].startswith("Stalled")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_bad_news_is_in_the_colour_of_errors(strip, theme: Theme) -> None:
    strip.apply_theme(theme)
    for name, colour in (("notebook-1a", theme.text), ("notebook-1b", theme.error), ("notebook-1a", theme.text)):
        judge(strip, presets()[name].config.replace(epochs=1))
        assert strip.verdict.styleSheet() == f"color: {colour}"
        assert strip.theory.styleSheet() == f"color: {theme.faint}"
    judge(strip, presets()["notebook-1b"].config.replace(epochs=1))
    other = DARK if theme is LIGHT else LIGHT
    strip.apply_theme(other)
    assert strip.verdict.styleSheet() == f"color: {other.error}"


def test_cleared_it_says_nothing_and_takes_the_same_room(strip) -> None:
    judge(strip, presets()["notebook-1b"].config.replace(epochs=1))
    QApplication.processEvents()
    before = (strip.size(), strip.verdict.geometry(), strip.theory.geometry())
    strip.clear()
    QApplication.processEvents()
    assert (strip.verdict.text(), strip.theory.text(), strip.verdict.toolTip(), strip.theory.toolTip()) == ("", "", "", "")
    assert (strip.size(), strip.verdict.geometry(), strip.theory.geometry()) == before
    judge(strip, presets()["notebook-1b"].config.replace(epochs=1))
    assert strip.theory.toolTip()


@pytest.mark.parametrize("name", [name for name in presets() if name != "deep-2000"])
def test_a_verdict_has_room_in_its_two_lines_and_is_whole_in_its_tooltip(strip, name: str) -> None:
    run = record(presets()[name].config.replace(epochs=3))
    strip.parentWidget().resize(1260, 120)  # as in a window of 1280 x 800
    for frame in (run.at(0), run.newest):
        strip.show_moment(Moment(run, frame))
        QApplication.processEvents()
        for label in (strip.verdict, strip.theory):
            assert label.text() == label.sentence
            assert fits(label)
            assert label.text() in label.toolTip()


def fits(label: QLabel) -> bool:
    """Whether no letter is cut off."""
    wrap = Qt.TextFlag.TextWordWrap.value if label.wordWrap() else 0
    needed = label.fontMetrics().boundingRect(0, 0, label.width(), 1000, wrap, label.text())
    return needed.height() <= label.height() and needed.width() <= label.width() + 1  # the overhang of a letter


@pytest.mark.parametrize("name", ["notebook-1b", "underflow", "random-weights", "explodes", "deep-2000"])
def test_in_a_narrow_window_a_sentence_ends_in_an_ellipsis_and_no_letter_is_cut(strip, name: str) -> None:
    run = record(presets()[name].config.replace(epochs=1))
    strip.parentWidget().resize(1260, 120)
    judge(strip, run)
    whole = [(label.sentence, label.text()) for label in (strip.verdict, strip.theory)]
    shortened = 0
    for width in range(300, 1300, 29):
        strip.parentWidget().resize(width, 120)
        QApplication.processEvents()
        for label in (strip.verdict, strip.theory):
            assert fits(label), (width, label.text())
            assert label.toolTip().startswith(label.sentence)
            assert label.accessibleDescription() == label.sentence
            shown = label.text().replace("\n", " ")
            shortened += shown != label.sentence
            assert shown == label.sentence or (shown.endswith("…") and label.sentence.startswith(shown[:-1].rstrip()))
    assert shortened > 10
    strip.parentWidget().resize(1260, 120)
    QApplication.processEvents()
    assert [(label.sentence, label.text()) for label in (strip.verdict, strip.theory)] == whole


def test_two_lines_of_a_window_of_1280_pixels_hold_250_characters(strip) -> None:
    strip.parentWidget().resize(1260, 120)
    QApplication.processEvents()
    sentence = (judge(strip, presets()["underflow"].config.replace(epochs=1))[0] * 2)[:250]
    strip.verdict.say(sentence)
    assert strip.verdict.text() == sentence
    assert fits(strip.verdict)


@pytest.mark.parametrize("name", [name for name in presets() if name != "deep-2000"])
def test_a_hall_reads_whole_sentences_at_most_two_and_a_desk_all_of_them(strip, name: str) -> None:
    strip.parentWidget().resize(1260, 120)
    judge(strip, presets()[name].config.replace(epochs=3))
    whole = strip.verdict.sentence
    strip.project(True)
    strip.verdict.setStyleSheet("font-size: 16.5pt; font-weight: normal")  # on a screen of 1280 x 720 pixels
    QApplication.processEvents()
    words = strip.verdict.text()
    assert words
    assert whole == words or whole.startswith(f"{words} ")
    assert words.endswith((".", "!"))
    assert len(re.split(r"\. ", words)) <= 2
    assert fits(strip.verdict)
    assert not strip.theory.isVisible()
    strip.project(False)
    strip.verdict.setStyleSheet("")
    QApplication.processEvents()
    assert strip.verdict.text() == whole
    assert strip.theory.isVisible()


def test_a_hall_reads_the_second_sentence_where_there_is_room_for_it_and_of_a_first_one_without_room_its_beginning(strip) -> None:
    strip.project(True)
    strip.verdict.say("Trains: the cost fell from 0.5 to 0.1. All is well. Nothing else.")
    assert strip.verdict.text() == "Trains: the cost fell from 0.5 to 0.1. All is well."
    strip.verdict.say(f"Trains: the cost fell. {'And so on and on ' * 40}.")
    assert strip.verdict.text() == "Trains: the cost fell."
    strip.verdict.say("And so on and on " * 40)
    assert strip.verdict.text().endswith("…")
    assert fits(strip.verdict)


def test_a_long_sentence_does_not_widen_the_window(strip) -> None:
    window = strip.parentWidget()
    before = window.minimumSizeHint()
    judge(strip, presets()["underflow"].config.replace(epochs=1))
    QApplication.processEvents()
    assert window.minimumSizeHint() == before
    assert before.width() < 400
    assert window.width() == 900


def test_the_words_can_be_selected_and_are_named_for_who_cannot_see_them(strip) -> None:
    for label, name in ((strip.verdict, "Verdict"), (strip.theory, "Theory beside measurement")):
        assert label.accessibleName() == name
        assert label.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
        assert label.textFormat() is Qt.TextFormat.PlainText
    assert [label.objectName() for label in strip.findChildren(QLabel)] == ["verdict", "theory"]
