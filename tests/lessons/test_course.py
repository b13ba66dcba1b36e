"""The course cannot lie: every step of every lesson is trained, and every claim holds; and each lesson can be given in front of a class."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from gradviz.core.config import Config
from gradviz.lessons.checking import check_lesson
from gradviz.lessons.claims import Number
from gradviz.lessons.course import course, course_files
from gradviz.lessons.lesson import PANELS, Lesson, Step, experiments
from gradviz.lessons.reading import is_lesson, read_lesson
from gradviz.runs.data import dataset
from gradviz.runs.files import FileError
from gradviz.runs.run import record

#: So many observed epochs a second are drawn at the speed Normal, and so long may a class be made to wait.
NORMAL, PATIENCE = 30.0, 20.0
#: What can be read from the last row, and is listened to.
MOST_WORDS = 65
#: An option of this many letters stands in one line beside the plots of a hall, or in two.
MOST_LETTERS = 45
#: So long is what stands beside a run in a plot.
MOST_OF_A_NAME = 14


def lessons() -> dict[str, Lesson | FileError]:
    """The lessons by name; one that cannot be read fails its own test, and not the collection of all."""
    found: dict[str, Lesson | FileError] = {}
    for path in course_files():
        try:
            found[path.stem] = read_lesson(path)
        except FileError as problem:
            found[path.stem] = problem
    return found


@pytest.fixture(params=lessons().items(), ids=lambda item: item[0])
def lesson(request: pytest.FixtureRequest) -> Lesson:
    found = request.param[1]
    if isinstance(found, FileError):
        pytest.fail(str(found))
    return found


def asked(lesson: Lesson) -> list[int]:
    """Which option is right, of every question that has some."""
    return [step.question.right for step in lesson.steps if step.question and step.question.options]


def test_every_claim_of_the_lesson_holds_on_the_run_that_its_step_shows(lesson: Lesson) -> None:
    found = list(check_lesson(lesson))
    assert len(found) >= len(lesson.steps)
    assert [f"step {one.step}, {one.part}: {one.claim} Measured: {one.measured}." for one in found if not one.holds] == []


def test_a_lesson_has_the_length_of_a_part_of_a_lecture(lesson: Lesson) -> None:
    assert 5 <= lesson.minutes <= 10
    assert 6 <= len(lesson.steps) <= 12
    assert lesson.summary
    assert lesson.sources


def test_the_presenter_has_notes_on_every_step(lesson: Lesson) -> None:
    assert [step.title for step in lesson.steps if len(step.notes.split()) < 8] == []


def test_the_texts_can_be_read_from_the_last_row(lesson: Lesson) -> None:
    texts = [text for step in lesson.steps for text in (step.text, step.question.answer if step.question else "", step.turn.task if step.turn else "")]
    assert [text for text in texts if len(text.split()) > MOST_WORDS] == []
    assert [step.title for step in lesson.steps if len(step.title) > 60] == []


def test_formulas_are_in_plain_letters(lesson: Lesson) -> None:
    said = " ".join(
        text for step in lesson.steps for text in (step.title, step.text, step.notes, *((step.question.ask, step.question.answer) if step.question else ()))
    )
    assert [sign for sign in ("\\", "$", "^", "sigma", "phi", " -0", "e-1") if sign in said] == []


def test_a_class_predicts_and_a_student_does_something(lesson: Lesson) -> None:
    assert len(asked(lesson)) >= 2
    assert 1 <= sum(step.turn is not None for step in lesson.steps) <= 2


def test_the_right_answer_is_not_always_in_the_same_place(lesson: Lesson) -> None:
    right = asked(lesson)
    assert len(set(right)) > 1
    assert max(map(right.count, right)) < len(right)


def test_the_right_answer_is_not_known_by_its_length(lesson: Lesson) -> None:
    questions = [step.question for step in lesson.steps if step.question and step.question.options]
    longest = [max(map(len, one.options)) == len(one.options[one.right - 1]) for one in questions]
    assert sum(longest) <= len(questions) / 2


def test_options_differ_none_is_empty_and_none_is_long(lesson: Lesson) -> None:
    for step in lesson.steps:
        if step.question and step.question.options:
            assert 2 <= len(step.question.options) <= 4
            assert len(set(step.question.options)) == len(step.question.options)
            assert all(option.strip() for option in step.question.options)
            assert [option for option in step.question.options if len(option) > MOST_LETTERS] == []


def test_every_step_that_trains_shows_something_and_claims_something(lesson: Lesson) -> None:
    for step, experiment in zip(lesson.steps, experiments(lesson), strict=True):
        if step.preset or step.set or step.changes:
            assert experiment is not None
            assert step.panels, step.title
            assert step.look_at, step.title
            assert step.claims, step.title


def test_no_demonstration_makes_a_class_wait(lesson: Lesson) -> None:
    waits = [(step.title, epochs_drawn(config) / NORMAL) for step, config in own_experiments(lesson) if step.speed == "normal"]
    assert [(title, seconds) for title, seconds in waits if seconds > PATIENCE] == []


def test_a_run_that_is_left_behind_has_a_name_that_a_legend_has_room_for(lesson: Lesson) -> None:
    names = [before.name for before, step in pairwise(lesson.steps) if step.beside]
    assert [name for name in names if not 0 < len(name) <= MOST_OF_A_NAME] == []


def own_experiments(lesson: Lesson) -> Iterator[tuple[Step, Config]]:
    for step, experiment in zip(lesson.steps, experiments(lesson), strict=True):
        if experiment is not None and (step.preset or step.set or step.changes):
            yield step, experiment.config


def epochs_drawn(config: Config) -> float:
    return config.epochs / config.observe_every


def test_the_lessons_are_numbered_without_a_gap() -> None:
    numbers = [int(name.partition("-")[0]) for name in course()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(is_lesson(path) for path in course_files())


def test_chance_is_as_frequent_as_the_commonest_digit_of_the_pictures_that_the_sixth_lesson_speaks_of() -> None:
    sixth = read_lesson(course_files()[5])
    (at,) = [number for number, step in enumerate(sixth.steps) if "Chance is not 10%" in step.text]
    experiment = experiments(sixth)[at]
    assert experiment is not None
    counts = dataset(experiment.config).targets.sum(axis=0)
    assert [digit for digit, count in enumerate(counts) if count == 12] == [1, 4, 7]
    assert (counts.max(), counts.sum()) == (12, 100)


def test_a_lesson_may_show_the_panels_that_the_window_has() -> None:
    pytest.importorskip("PyQt6.QtWidgets")
    from gradviz.ui.plots.dashboard import PLACES

    assert set(PANELS) == set(PLACES)


# --- the first lesson is the notebook's exercise -------------------------------------------------------------------------------------------

#: The cases by the scale of their weights, and each first cost as the notebook prints it.
CASES = {1.0: "1a", 5.0: "1b", 0.9: "1d"}
COSTS = {"1a": (0.07247484298514874, 4.66e-30), "1b": (0.12495456498704757, 0.12495372522078026), "1d": (0.12499436967189959, 0.12499397189001932)}


def printed(data: Path) -> dict[tuple[str, str, int], str]:
    """What the notebook printed of its first sample, by case, quantity and layer."""
    with (data / "notebook_tables.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sample"] == "0"]
    return {(row["case"], row["quantity"], int(row["layer"])): row["printed"].replace("e-0051", "e-005") for row in rows}  # its one damaged exponent


def last_digit(number: str) -> float:
    """One unit of the last digit of a number as it was printed."""
    mantissa, _, exponent = number.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def test_what_the_first_lesson_claims_of_the_first_epoch_is_what_the_notebook_printed(data: Path) -> None:
    tables, compared = printed(data), []
    first = read_lesson(course_files()[0])
    for step, experiment in zip(first.steps, experiments(first), strict=True):
        for claim in step.claims:
            if step.epoch != 0 or not isinstance(claim, Number) or claim.of not in ("h", "g") or claim.near is None or claim.layer is None:
                continue
            assert experiment is not None
            number = tables.get((CASES[experiment.config.weight_scale], claim.of, claim.layer % 100))
            if number is None:
                continue
            room = claim.within if claim.within is not None else claim.near * (claim.percent or 0.0) / 100.0
            assert abs(claim.near - abs(float(number))) <= room + last_digit(number), (step.title, claim.words, number)
            compared.append((claim.of, claim.layer, experiment.config.weight_scale))
    assert {scale for _, _, scale in compared} == set(CASES)
    assert len(compared) >= 10


def test_the_first_lesson_claims_the_notebooks_costs() -> None:
    first = read_lesson(course_files()[0])
    found: dict[str, dict[str, float]] = {}
    for step, experiment in zip(first.steps, experiments(first), strict=True):
        for claim in step.claims:
            if isinstance(claim, Number) and claim.of in ("cost", "first cost") and claim.near is not None:
                assert experiment is not None
                found.setdefault(CASES[experiment.config.weight_scale], {})[claim.of] = claim.near
    assert {case: (costs["first cost"], costs["cost"]) for case, costs in found.items()} == COSTS


def test_the_border_of_the_first_lessons_task_is_where_its_notes_say() -> None:
    fails, learns = (record(Config(weight_scale=scale, observe_every=5)) for scale in (0.92, 0.95))
    assert fails.cost[-1] > 0.5 * fails.cost[0]
    assert learns.epoch[learns.cost <= 0.01 * learns.cost[0]][0] <= 150


def test_the_template_is_not_among_the_course_and_reads_as_a_lesson(checkout: Path) -> None:
    template = checkout / "resources" / "templates" / "lesson.toml"
    assert tomllib.loads(template.read_text(encoding="utf-8"))["title"] not in {lesson.title for lesson in course().values()}
    assert [one for one in check_lesson(read_lesson(template)) if not one.holds] == []
