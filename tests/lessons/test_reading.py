"""What is wrong with a lesson's file is one sentence, with the line and the field; whatever is done to the file, there is never anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.lessons.course import course_files
from gradviz.lessons.explaining import LISTS_OF_TABLES
from gradviz.lessons.fields import CLAIMS, TABLES, fields
from gradviz.lessons.lesson import Lesson
from gradviz.lessons.reading import LessonError, is_lesson, lesson_from, read_lesson
from gradviz.runs.resources import resource

LESSON = '''title = "A lesson"
summary = "For tests."
minutes = 5
sources = ["Somebody (2017): something"]

[[steps]]
title = "Words alone"
text = """
Two lines,
[[steps]] one of which looks like a step.
"""

[[steps]]
title = "A run"
text = "One sentence."
preset = "notebook-1b"
set = { epochs = 20, layers = 30 }
changes = ["5:learning_rate=0.5"]
epoch = 3
speed = "slow"
panels = ["gradients", "cost"]
look_at = "cost"
quantity = "dw"
beside = true
claims = [
    { claim = "vanishing", cause = "saturation" },
    { claim = "number", of = "g", layer = 1, below = 1e-9 },
    { claim = "flat", of = "w", within = 2.0, layers = [1, 29] },
]

[steps.question]
ask = "Which one?"
options = ["This", "That"]
right = 2
answer = "That."

[steps.turn]
task = "Make it train."
goal = [{ claim = "trains" }]
start = { weight_scale = 0.9 }
solution = { layers = 5 }
hint = "Fewer."
'''


def refusal(old: str, new: str) -> LessonError:
    """What is said of the lesson with one thing in it replaced."""
    assert LESSON.count(old) == 1, f"{old!r} is to stand in the lesson once"
    with pytest.raises(LessonError) as caught:
        lesson_from(LESSON.replace(old, new), "mine.toml")
    return caught.value


def line(text: str) -> int:
    """The number of the one line that has this in it."""
    (found,) = [number for number, said in enumerate(LESSON.splitlines(), 1) if text in said]
    return found


def test_a_lesson_is_read() -> None:
    lesson = lesson_from(LESSON, "mine.toml")
    assert [step.title for step in lesson.steps] == ["Words alone", "A run"]
    assert lesson.steps[1].claims[1].words == "|g| of layer 1 is below 10⁻⁹."
    assert lesson.steps[1].turn is not None


@pytest.mark.parametrize(
    ("old", "new", "where", "field", "said"),
    [
        ('title = "A run"', 'titel = "A run"', 'title = "A run"', "step 2, titel", "Did you mean 'title'? A step may have title, text"),
        ("right = 2", "wright = 2", "right = 2", "step 2, question, wright", "Did you mean 'right'? A question may have ask, answer, options, right;"),
        ("hint =", "tip =", "hint =", "step 2, turn, tip", "there is no field 'tip' here. A turn may have task, goal, start, solution, may_change, hint;"),
        ("minutes = 5", "minuts = 5", "minutes = 5", "minuts", "Did you mean 'minutes'? A lesson may have title, summary"),
        ("within = 2.0", "wihtin = 2.0", '"flat"', "step 2, claims 3, wihtin", "Did you mean 'within'? The claim 'flat' may have of, within"),
        ('"vanishing"', '"vanishes"', '"vanishing"', "step 2, claims 1, claim", "Did you mean 'vanishing'? The claims are vanishing,"),
        ('claim = "vanishing", ', "", '"vanishing"', "step 2, claims 1", "the field claim is missing."),
        ("minutes = 5", 'minutes = "five"', "minutes = 5", "minutes", "it is 'five'; it must be a whole number."),
        ("beside = true", "beside = 1", "beside = true", "step 2, beside", "it is 1; it must be true or false."),
        ("epoch = 3", "epoch = 3.5", "epoch = 3", "step 2, epoch", "it is 3.5; it must be a whole number."),
        ("epoch = 3", "epoch = 20", "epoch = 3", "step 2, epoch", "epoch is 20; the experiment has epochs 0 to 19."),
        ('speed = "slow"', 'speed = "snail"', "speed", "step 2, speed", 'it is \'snail\'; it must be one of "fast", "normal", "slow".'),
        ("[1, 29]", "[1, 2, 3]", '"flat"', "step 2, claims 3, layers", "it is [1, 2, 3]; it must be a list of 2."),
        ('panels = ["gradients", "cost"]', 'panels = "cost"', "panels", "step 2, panels", "it is 'cost'; it must be a list in [ ]."),
        ('"gradients", "cost"', '"gradient", "cost"', "panels", "step 2, panels 1", "there is no panel 'gradient'; they are activations, gradients"),
        ('"gradients", "cost"', '"why", "phi", "heatmap", "cost"', "panels", "step 2, panels", "shows 4 panels; 2 are as many as a hall can read beside"),
        ('look_at = "cost"', 'look_at = "why"', "look_at", "step 2, look_at", "looks at 'why', which is none of its panels."),
        ('quantity = "dw"', 'quantity = "db"', "quantity", "step 2, quantity", "there is no gradient 'db'; they are du, dh, dw, ratio, end."),
        ("notebook-1b", "notebook-1c", "preset", "step 2, preset", "there is no preset 'notebook-1c'; they are notebook-1a"),
        ("layers = 30", "layer = 30", "layers = 30", "step 2, set, layer", "There is no parameter 'layer'"),
        ("layers = 30", "layers = 1", "layers = 30", "step 2, set, layers", "layers is 1; it must be a whole number from 2 to 100,000."),
        ("5:learning_rate=0.5", "5:learning_rate", "changes", "step 2, changes 1", "5:learning_rate"),
        ("right = 2", "right = 3", "right = 2", "step 2, question, right", "has 2 options, and right is 3; it counts them from 1."),
        ('of = "g"', 'of = "G"', '"number"', "step 2, claims 2, of", "names 'G', which is none of h,"),
        (", below = 1e-9", "", '"number"', "step 2, claims 2", "says nothing of its number; give near"),
        ("weight_scale = 0.9", 'weight_scale = "small"', "start =", "step 2, turn, start, weight_scale", "weight_scale is 'small';"),
        ("layers = 5", "layers = 0", "solution =", "step 2, turn, solution, layers", "layers is 0;"),
        ("minutes = 5", "minutes = five", "minutes = 5", "", "it is not TOML: invalid value."),
        ('hint = "Fewer."', 'hint = "Fewer.', "hint", "", "it is not TOML:"),
        ('title = "A lesson"\n', "", 'title = "A lesson"', "", "the field title is missing."),
        ('title = "A lesson"', "title = 2020-01-01", 'title = "A lesson"', "title", "it is 2020-01-01; it must be a text in quotes."),
        ('title = "A lesson"', "title = { a = [true, nan] }", 'title = "A lesson"', "title", "it is { a = [true, nan] }; it must be a text in quotes."),
        ('title = "A lesson"', 'title = " "', 'title = "A lesson"', "title", "title is empty; it must have words in it."),
        ('summary = "For tests."', 'summary = ""', "summary", "summary", "summary is empty; it must have words in it."),
        ('title = "A run"', 'title = ""', 'title = "A run"', "step 2, title", "title is empty;"),
        ('text = "One sentence."', 'text = ""', 'text = "One sentence."', "step 2, text", "text is empty;"),
        ('ask = "Which one?"', 'ask = ""', 'ask = "Which', "step 2, question, ask", "ask is empty;"),
        ('answer = "That."', 'answer = ""', "answer =", "step 2, question, answer", "answer is empty;"),
        ('task = "Make it train."', 'task = ""', "task =", "step 2, turn, task", "task is empty;"),
        ("minutes = 5", "minutes = -5", "minutes = 5", "minutes", "minutes is −5; it must be a whole number from 1 to 600."),
        ("minutes = 5", "minutes = 0", "minutes = 5", "minutes", "minutes is 0; it must be a whole number from 1 to 600."),
        ("minutes = 5", "minutes = 5.5", "minutes = 5", "minutes", "it is 5.5; it must be a whole number."),
        ('options = ["This", "That"]', 'options = ["This"]', "options", "step 2, question, options", "has 1 option; it must have 2 to 6, or none"),
        ('options = ["This", "That"]', 'options = ["a", "b", "c", "d", "e", "f", "g"]', "options", "step 2, question, options", "has 7 options; it must"),
        ('options = ["This", "That"]', 'options = ["This", "This "]', "options", "step 2, question, options 2", "'This ' is among the options already."),
        ('options = ["This", "That"]', 'options = ["This", ""]', "options", "step 2, question, options 2", "an option is empty;"),
        ('options = ["This", "That"]\n', "", "options", "step 2, question, right", "says which option is right, and has no options."),
        ('goal = [{ claim = "trains" }]', "goal = []", "goal =", "step 2, turn, goal", "goal is empty; it must have a claim that says when the task is done."),
        ('hint = "Fewer."', 'may_change = ["width", "depth"]', "hint", "step 2, turn, may_change 2", "There is no parameter 'depth'"),
        ('"gradients", "cost"', '"cost", "cost"', "panels", "step 2, panels 2", "names 'cost' twice; once is enough."),
        ("beside = true", 'decades = ["cost", "cost"]', "beside", "step 2, decades 2", "names 'cost' twice; once is enough."),
        ("layers = 30 }", "layers = 30, observe_every = 2 }", "epoch = 3", "step 2, epoch", "epoch is 3; only one in 2 epochs is observed here, such as 2."),
        ("layers = [1, 29]", "layers = [1, 30]", '"flat"', "step 2, claims 3, layers 2", "there are 30 layers, and |w| is of layers 1 to 29; 30 is none of"),
        ("layers = [1, 29]", "layers = [-31, -1]", '"flat"', "step 2, claims 3, layers 1", "there are 30 layers, and |w| is of layers 1 to 29; −31 is none"),
        ("layers = [1, 29]", "layers = [0, 29]", '"flat"', "step 2, claims 3, layers 1", "|w| is of layers 1 to 29; 0 is none of them."),
        ("layers = [1, 29]", "layers = [9, 2]", '"flat"', "step 2, claims 3, layers", "goes from layer 9 to layer 2, which is below it; name the lower one"),
        ("layers = [1, 29]", "layers = [29, -1]", '"flat"', "step 2, claims 3, layers", "layer 29 alone is always like itself; name two layers."),
        ('of = "g", layer = 1', 'of = "g", layer = 99', '"number"', "step 2, claims 2, layer", "there are 30 layers"),
        ('of = "g", layer = 1', 'of = "g", sample = 2, layer = 1', '"number"', "step 2, claims 2, sample", "sample is 2; there are 2 samples, counted"),
        ('of = "g", layer = 1', 'of = "g", sample = -1, layer = 1', '"number"', "step 2, claims 2, sample", "sample is −1; there are 2 samples"),
        ('of = "g", layer = 1', 'of = "w", sample = 1, layer = 1', '"number"', "step 2, claims 2, sample", "sample is 1; |w| is not one sample's, so leave"),
        ('of = "g", layer = 1', 'of = "cost", sample = 1', '"number"', "step 2, claims 2, sample", "sample is 1; the cost is not one sample's"),
        ('of = "g", layer = 1', 'of = "dead", layer = 1', '"number"', "step 2, claims 2, of", "share of dead units is measured in wide networks only"),
        ('goal = [{ claim = "trains" }]', 'goal = [{ claim = "zero", layers = [1, 29] }]', "goal =", "step 2, turn, goal 1, layers 2", "there are 5 layers"),
        ("start = { weight_scale = 0.9 }", "start = [{ a = 1 }]", "start =", "step 2, turn, start", "start is a table; write [steps.turn.start]."),
        ("[steps.question]", "[[steps.question]]", "[steps.question]", "step 2, question", "question is a table; write [steps.question]."),
        ("[steps.turn]", "[[steps.turn]]", "[steps.turn]", "step 2, turn", "turn is a table; write [steps.turn]."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_its_field(old: str, new: str, where: str | None, field: str, said: str) -> None:
    problem = refusal(old, new)
    assert (problem.line, problem.field) == (line(where) if where else 0, field)
    assert said in str(problem)
    assert str(problem).startswith(f"In 'mine.toml'{f', line {problem.line}' if where else ''}")


def test_what_a_file_may_say_is_pointed_to_by_a_command() -> None:
    for old, new in (("hint =", "tip ="), ('"vanishing"', '"vanishes"')):
        assert str(refusal(old, new)).endswith("; `gradviz lessons format` explains them.")


def test_the_fields_that_are_told_to_be_lists_of_tables_are_those_that_are() -> None:
    kinds = {field.name: field.kind for table in TABLES for field in fields(table)}
    assert {name for name, kind in kinds.items() if kind in ("a list, each a claim", "a list, each a step")} == LISTS_OF_TABLES


def test_a_sample_of_a_wide_network_is_refused_for_its_numbers_are_of_all_samples() -> None:
    wide = LESSON.replace("layers = 30 }", 'layers = 30, width = 4, initialization = "normal" }')
    assert lesson_from(wide, "mine.toml").steps
    with pytest.raises(LessonError, match="in a wide network a number is of all samples together") as caught:
        lesson_from(wide.replace("below = 1e-9", "below = 1e-9, sample = 1"), "mine.toml")
    assert (caught.value.line, caught.value.field) == (line('"number"'), "step 2, claims 2, sample")


def test_a_lesson_without_steps_or_with_claims_on_nothing_is_refused() -> None:
    with pytest.raises(LessonError, match="at least one step"):
        lesson_from('title = "t"\nsummary = "s"\nminutes = 5\nsteps = []\n', "mine.toml")
    problem = refusal('[[steps]] one of which looks like a step.\n"""', '"""\nclaims = [{ claim = "trains" }]')
    assert (problem.line, problem.field) == (6, "step 1")
    assert "before there is an experiment" in str(problem)


def test_steps_in_one_list_have_their_lines_as_well() -> None:
    text = 'title = "t"\nsummary = "s"\nminutes = 5\nsteps = [\n  { title = "a", text = "b" },\n  { title = "a",\n    txet = "b" },\n]\n'
    with pytest.raises(LessonError) as caught:
        lesson_from(text.replace(",\n    ", ", "), "mine.toml")
    assert (caught.value.line, caught.value.field) == (6, "step 2, txet")


def test_a_long_lesson_says_in_an_instant_what_is_wrong_with_its_last_step() -> None:
    head, step = LESSON.split('[[steps]]\ntitle = "A run"')
    steps = ('[[steps]]\ntitle = "A run"' + step) * 40
    with pytest.raises(LessonError) as caught:
        lesson_from(head + steps.removesuffix('hint = "Fewer."\n') + 'hnit = "Fewer."\n', "mine.toml")
    assert caught.value.line == (head + steps).count("\n")
    assert caught.value.field == "step 41, turn, hnit"


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + LESSON.replace("\n", "\r\n").encode())
    assert is_lesson(path)
    assert read_lesson(path).steps[1].title == "A run"
    path.write_bytes(path.read_bytes().replace(b"speed", b"spede"))
    with pytest.raises(LessonError) as caught:
        read_lesson(path)
    assert caught.value.line == line("speed")


# --- whatever is done to it ----------------------------------------------------------------------------------------------------------------

FIRST, TEMPLATE = course_files()[0].read_text(encoding="utf-8"), resource("templates/lesson.toml").read_text(encoding="utf-8")
VALUES = ["9" * 20, "0", "-1", "1e400", "nan", "inf", '""', '"a"', "[]", "[[]]", "{}", "{ a = 1 }", "true", "1979-05-27", "[1, 'a']", "'''"]
NAMES = sorted({field.name for table in (*TABLES, *CLAIMS.values()) for field in fields(table)} | {"claim", "layers", "weight_scale", "steps", "tsep"})


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A good lesson with up to three things done to it that a hand in a text editor may do."""
    lines = draw(st.sampled_from([LESSON, FIRST, TEMPLATE])).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        lines[place : place + 1] = draw(st.sampled_from(HANDS))(draw, lines[place])
    return "\n".join(lines)


HANDS = [
    lambda _draw, _line: [],
    lambda _draw, line: [line, line],
    lambda draw, line: [re.sub(r"=.*", f"= {draw(st.sampled_from(VALUES))}", line, count=1)],
    lambda draw, line: [re.sub(r"= *[^,}\]]+", f"= {draw(st.sampled_from(VALUES))} ", line)],
    lambda draw, line: [re.sub(r"\w+(?= =)", draw(st.sampled_from(NAMES)), line, count=1)],
    lambda draw, line: [line[: draw(st.integers(0, len(line)))]],
    lambda draw, line: [line + draw(st.text(max_size=3))],
    lambda draw, line: [line, f"{draw(st.sampled_from(NAMES))} = {draw(st.sampled_from(VALUES))}"],
    lambda draw, line: [draw(st.sampled_from(["[[steps]]", "[steps.turn]", "[steps.question]", "[steps]", "[[steps.claims]]", "[steps.set]"])), line],
]


def read(text: str) -> Lesson | LessonError:
    try:
        return lesson_from(text, "mine.toml")
    except LessonError as problem:
        return problem


@settings(max_examples=300)
@given(text=broken())
def test_whatever_is_done_to_a_lesson_it_is_one_or_a_sentence_on_a_line_of_the_file(text: str) -> None:
    found = read(text)
    if isinstance(found, LessonError):
        assert 0 <= found.line <= text.count("\n") + 1
        assert str(found).startswith("In 'mine.toml'")
        assert str(found).endswith("."), str(found)
        assert "\n" not in str(found)
        assert found.line or not found.field, "what is wrong with a field has a line"
        said = str(found).partition("; it must be")[2]
        assert not re.search(r"\| null|\b(object|array|str|int|float|datetime|Expected)\b", said), str(found)
