"""A person's answers as a plain text, for a teacher to read: no network, no account."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import date

from gradviz import __version__
from gradviz.lessons.lesson import Question, Step
from gradviz.lessons.progress import Progress

WIDTH = 88


def letter(option: int) -> str:
    """An option, counted from 1, as a letter."""
    return chr(ord("a") + option - 1)


def answers_text(progress: Progress, name: str = "", day: date | None = None) -> str:
    """What was predicted, what is right, and which tasks were done, step by step."""
    lesson = progress.lesson
    lines = [
        f"Lesson: {lesson.title}",
        f"Name:   {name}",
        f"Date:   {(day or date.today()).isoformat()}",
        "",
        *_wrapped(_score(progress)),
        "",
    ]
    for number, step in enumerate(lesson.steps):
        asked = [*_question(step.question, number, progress)] if step.question else []
        done = [*_task(step, number, progress)] if step.turn else []
        if asked or done:
            lines += [f"{number + 1}. {step.title}", *asked, *done, ""]
    return "\n".join([*lines, f"Written by GradViz {__version__} from the lesson '{progress.name}'.", ""])


def _score(progress: Progress) -> str:
    steps = progress.lesson.steps
    choices = {number: step.question for number, step in enumerate(steps) if step.question and step.question.options}
    right = sum(progress.predictions.get(number) == question.right for number, question in choices.items())
    words = sum(step.question is not None and not step.question.options and isinstance(progress.predictions.get(n), str) for n, step in enumerate(steps))
    tasks = sum(step.turn is not None for step in steps)
    parts = [f"{right} of {len(choices)} question{'s' * (len(choices) != 1)} with choices predicted right"] if choices else []
    parts += [f"{words} answered in words"] if words else []
    parts += [f"{len(progress.reached)} of {tasks} task{'s' * (tasks != 1)} done"] if tasks else []
    return f"{'; '.join(parts)}." if parts else "This lesson asks nothing."


def _question(question: Question, number: int, progress: Progress) -> Iterator[str]:
    prediction, is_revealed = progress.predictions.get(number), number in progress.revealed
    predicted = "Answered after the run" if number in progress.late else "Predicted"
    yield from _wrapped(question.ask, "   ")
    for option, words in enumerate(question.options, 1):
        yield from _wrapped(f"{letter(option)}) {words}", "     ")
    if prediction is None:
        yield "   Predicted: nothing."
    elif isinstance(prediction, int):
        verdict = "" if not is_revealed else (" (right)" if prediction == question.right else f" (not right: it is {letter(question.right)})")
        yield f"   {predicted}: {letter(prediction)}){verdict}"
    else:
        yield from _wrapped(f"Answered: {prediction}", "   ")
        yield from _wrapped(f"The lesson says: {question.answer}", "   ") if is_revealed else ()


def _task(step: Step, number: int, progress: Progress) -> Iterator[str]:
    assert step.turn is not None, "only a step with a task is asked"
    yield from _wrapped(f"Task: {step.turn.task}", "   ")
    how = progress.reached.get(number)
    helped = ", after its solution had been shown" if number in progress.with_help else ""
    yield from _wrapped(f"Done{helped}, with {how}." if how is not None else f"Not done{helped}.", "   ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    plain = " ".join(text.replace("**", "").replace("*", "").split())
    return textwrap.wrap(plain, WIDTH, initial_indent=indent, subsequent_indent=indent + "  " * bool(indent)) or [indent.rstrip()]
