"""How far a person is in a lesson: what comes next, what counts as predicted, and the answers as a text for a teacher."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gradviz.lessons import progress as steps
from gradviz.lessons.answers import answers_text
from gradviz.lessons.progress import Progress
from gradviz.lessons.reading import lesson_from

LESSON = lesson_from(
    """
title = "Three steps"
summary = "For tests."
minutes = 5

[[steps]]
title = "One"
text = "Words alone."

[[steps]]
title = "Two"
text = "A *question* with choices."
set = { epochs = 1, weight_scale = 5 }

[steps.question]
ask = "What happens?"
options = ["It **vanishes**", "It explodes"]
right = 1
answer = "It vanishes."

[steps.turn]
task = "Make it train."
goal = [{ claim = "trains" }]
solution = { weight_scale = 1 }

[[steps]]
title = "Three"
text = "The same run again."

[steps.question]
ask = "Why?"
answer = "Because of saturation."
""",
    "three.toml",
)


@pytest.fixture
def begun() -> Progress:
    return Progress(LESSON, "three")


def test_a_step_without_an_experiment_or_a_question_is_over_at_once(begun: Progress) -> None:
    assert begun.experiment is None
    assert begun.due == "next"


def test_with_a_question_the_experiment_comes_first_then_the_answer_then_the_next_step(begun: Progress) -> None:
    two = steps.moved(begun, 1)
    assert two.due == "show"
    assert steps.shown(two).due == "answer"
    assert steps.revealed(steps.shown(two)).due == "next"


def test_a_step_that_trains_nothing_of_its_own_goes_on_with_the_run_before(begun: Progress) -> None:
    two, three = steps.moved(begun, 1), steps.moved(begun, 2)
    assert not two.goes_on
    assert three.goes_on
    assert three.experiment is two.experiment


def test_the_last_step_ends_the_lesson_and_there_is_nothing_beyond_it_or_before_the_first(begun: Progress) -> None:
    last = steps.revealed(steps.shown(steps.moved(begun, 99)))
    assert (last.at, last.due) == (2, "end")
    assert steps.moved(last, 1).at == 2
    assert steps.moved(begun, -1).at == 0


def test_what_is_predicted_after_the_answer_was_revealed_does_not_count(begun: Progress) -> None:
    two = steps.predicted(steps.moved(begun, 1), 2)
    assert two.prediction == 2
    assert steps.predicted(two, 1).prediction == 1
    assert steps.predicted(steps.revealed(two), 1).prediction == 2


def test_no_words_are_no_prediction(begun: Progress) -> None:
    three = steps.predicted(steps.moved(begun, 2), "saturated")
    assert three.prediction == "saturated"
    assert steps.predicted(three, "").prediction is None


def test_only_a_step_with_a_task_is_a_persons_turn_and_the_next_step_ends_it(begun: Progress) -> None:
    assert not steps.trying(begun, True).trying
    tries = steps.trying(steps.moved(begun, 1), True)
    assert tries.trying
    assert not steps.moved(tries, 1).trying


def test_the_first_way_to_the_goal_counts_and_a_solution_that_was_shown_before_it_is_told(begun: Progress) -> None:
    two = steps.moved(begun, 1)
    assert steps.reached(steps.reached(two, "weight_scale = 1.0"), "another").reached == {1: "weight_scale = 1.0"}
    assert steps.reached(steps.helped(two), "x").with_help == {1}
    assert steps.helped(steps.reached(two, "x")).with_help == frozenset()


def test_answers_are_a_text_that_says_what_was_predicted_what_is_right_and_what_was_done(begun: Progress) -> None:
    two = steps.revealed(steps.predicted(steps.moved(begun, 1), 2))
    two = steps.reached(two, "weight_scale = 1.0")
    three = steps.revealed(steps.predicted(steps.moved(two, 1), "The tails are flat,\nso φ′ is 0."))
    text = answers_text(three, "Ada", date(2026, 11, 23))
    assert text.splitlines() == [
        "Lesson: Three steps",
        "Name:   Ada",
        "Date:   2026-11-23",
        "",
        "0 of 1 question with choices predicted right; 1 answered in words; 1 of 1 task done.",
        "",
        "2. Two",
        "   What happens?",
        "     a) It vanishes",
        "     b) It explodes",
        "   Predicted: b) (not right: it is a)",
        "   Task: Make it train.",
        "   Done, with weight_scale = 1.0.",
        "",
        "3. Three",
        "   Why?",
        "   Answered: The tails are flat, so φ′ is 0.",
        "   The lesson says: Because of saturation.",
        "",
        text.splitlines()[-1],
    ]
    assert text.splitlines()[-1].startswith("Written by GradViz ")


def test_answers_do_not_give_away_what_has_not_been_revealed(begun: Progress) -> None:
    two = steps.predicted(steps.moved(begun, 1), 2)
    text = answers_text(replace(two, at=2))
    assert "Predicted: b)\n" in text
    assert "right" not in text.replace("predicted right", "")
    assert "The lesson says" not in text


def test_a_teacher_sees_what_was_answered_only_after_the_run(begun: Progress) -> None:
    early = steps.shown(steps.predicted(steps.moved(begun, 1), 2))
    assert "Predicted: b)" in answers_text(early)
    late = steps.predicted(early, 1)
    assert "Answered after the run: a)" in answers_text(late)
    assert "Predicted: a)" not in answers_text(late)
    again = steps.resumed(begun, steps.kept(late))
    assert again is not None
    assert "Answered after the run: a)" in answers_text(again)
    looked = steps.shown(steps.moved(begun, 2))  # the same run as before: whoever looks at it again may still predict
    assert steps.predicted(looked, "Because.").late == frozenset()


def test_a_verdict_would_tell_while_a_question_about_its_run_is_open(begun: Progress) -> None:
    assert not begun.would_be_told
    two = steps.moved(begun, 1)
    assert two.would_be_told
    two = steps.revealed(two)
    assert two.would_be_told, "the third step asks about the same run"
    three = steps.revealed(steps.moved(two, 1))
    assert not three.would_be_told
    assert not steps.moved(three, -1).would_be_told


def test_what_was_done_is_kept_from_one_start_to_the_next(begun: Progress) -> None:
    two = steps.reached(steps.revealed(steps.shown(steps.predicted(steps.moved(begun, 1), 2))), "weight_scale = 1.0")
    assert steps.resumed(begun, steps.kept(two)) == two
    three = steps.predicted(steps.helped(steps.moved(two, 1)), 'words, "quoted"')
    assert steps.resumed(begun, steps.kept(three)) == three


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"name": "three"}', '{"name": "other", "title": "Three steps", "at": 1}', '{"name": "three", "title": "Three steps", "at": 7}']
)
def test_what_is_not_of_this_lesson_is_not_gone_on_with(begun: Progress, text: str) -> None:
    assert steps.resumed(begun, text) is None


def test_a_lesson_of_which_nothing_was_done_begins_at_its_beginning(begun: Progress) -> None:
    assert steps.resumed(begun, steps.kept(begun)) is None
