"""A recipe trains to the same bits, and comes back from text and link as it was; anything else is answered with a sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradviz import Config, __version__, record
from gradviz.core.config import PARAMETERS, ConfigError
from gradviz.core.frames import PROFILED, Ask, Frames
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.fingerprint import fingerprint_of
from gradviz.runs.presets import presets
from gradviz.runs.provenance import MadeWith
from gradviz.runs.recipe import LARGEST_TEXT, Recipe, recipe_for, recipe_from_link, recipe_from_text, recipe_of
from gradviz.runs.run import Run, training

SMALL = Config(layers=4, epochs=30)
WIDE = Config(layers=4, width=3, bias="on", initialization="normal", data="moons", samples=12, test_share=0.25, loss="cross_entropy", epochs=20)
CHANGES = [Intervention(5, "learning_rate", 0.5), Intervention(9, "w[2]*", 0.9), Intervention(9, "w[1]", -1.0)]


def trained(recipe: Recipe) -> Run:
    return finished(recipe.train())


def finished(steps: Generator[int, None, Run]) -> Run:
    try:
        while True:
            next(steps)
    except StopIteration as end:
        run: Run = end.value
        return run


def stopped(config: Config, frames: int, looked_at: frozenset[str] | None = None) -> Run:
    """A run that a person stopped after about so many frames."""
    run = Run(config)
    epochs = training(config)
    run.append(next(epochs))
    while run.observed < frames:
        run.append(epochs.send(Ask(2, looked_at=looked_at)))
    epochs.close()
    return run


def assert_same_bits(one: Frames | None, other: Frames | None) -> None:
    assert one is not None
    assert other is not None
    for name, column in one.columns().items():
        assert column.tobytes() == getattr(other, name).tobytes(), name


# --- trained again -------------------------------------------------------------------------------------------------------------------------


def test_a_chain_with_changes_on_the_way_is_trained_to_the_same_bits() -> None:
    run = record(SMALL, CHANGES)
    recipe = recipe_of(run, 12)
    again = trained(recipe)
    assert (recipe.epoch, recipe.epochs_done, again.epochs_done) == (12, 30, 30)
    assert again.interventions == run.interventions
    assert again.ending == run.ending
    assert_same_bits(again.frames, run.frames)
    assert recipe.same_numbers(again) is True
    assert recipe.difference(again) == ""


@pytest.mark.parametrize("epoch", [0, 4, 8, None])
def test_a_wide_run_is_the_same_whatever_had_been_looked_at(epoch: int | None) -> None:
    run = stopped(WIDE.replace(observe_every=2, batch_size=4), 7, looked_at=frozenset())
    recipe = recipe_of(run, epoch)
    again = trained(recipe)
    assert again.epochs_done == run.epochs_done
    assert recipe.same_numbers(again) is True
    shown, frame = again.at_or_before(recipe.epoch), run.at(recipe.epoch)
    assert frame is not None
    assert shown.epoch[-1] == recipe.epoch
    assert not np.isnan(shown.h[..., 1:]).any(), "the shown epoch can be drawn with all its percentiles"
    assert np.isnan(frame.h[:, 1:, 1:]).any() == (recipe.epoch not in (0, WIDE.epochs - 1)), "else this test proves nothing"


def test_a_run_that_was_stopped_can_go_on_to_the_same_end() -> None:
    run = stopped(SMALL.replace(observe_every=3), 4)
    again = trained(recipe_of(run))
    assert again.epochs_done == run.epochs_done < SMALL.epochs
    assert again.can_go_on
    for frames in again.go_on():
        again.append(frames)
    assert_same_bits(again.frames, record(SMALL.replace(observe_every=3)).frames)


@pytest.mark.parametrize("done", [1, 2, 11, 12, 13, 29])
@pytest.mark.parametrize("config", [SMALL.replace(observe_every=5), WIDE.replace(observe_every=4, epochs=30)])
def test_it_is_trained_exactly_as_far_as_it_was_recorded(config: Config, done: int) -> None:
    recipe = Recipe(config, (), 0, done)
    run = trained(recipe)
    whole = record(config)
    assert (run.epochs_done, run.ending, run.can_go_on) == (done, None, True)
    assert run.epoch.tolist() == [epoch for epoch in whole.epoch.tolist() if epoch < done]
    assert run.cost.tolist() == whole.cost[: len(run.cost)].tolist()


def test_changes_that_were_still_to_come_are_made_when_it_goes_on() -> None:
    recipe = Recipe(SMALL, tuple(CHANGES), 6, 7)
    run = trained(recipe)
    assert run.interventions == CHANGES[:1]
    assert recipe.planned == tuple(CHANGES[1:])
    for frames in run.go_on(recipe.planned):
        run.append(frames)
    assert run.interventions == CHANGES
    assert_same_bits(run.frames, record(SMALL, CHANGES).frames)


def test_a_run_that_diverged_diverges_again() -> None:
    run = record(presets()["explodes"].config)
    assert run.ending is not None
    assert run.ending.kind == "diverged"
    recipe = recipe_of(run)
    again = trained(recipe)
    assert again.ending == run.ending
    assert recipe.same_numbers(again) is True
    assert not again.can_go_on


def test_training_says_how_far_it_is_and_can_be_left() -> None:
    steps = recipe_of(record(SMALL), 12).train()
    assert list(steps) == [1, 13, 30], "the first epoch, up to the shown one, up to the last"
    steps = recipe_for(presets()["deep-1000"].config).train()
    assert next(steps) == 1
    steps.close()
    assert list(steps) == []


def test_a_run_without_any_frame_has_a_recipe_too() -> None:
    recipe = recipe_of(Run(SMALL))
    assert (recipe.epoch, recipe.epochs_done, recipe.fingerprint) == (0, 0, None)
    assert recipe_from_text(recipe.text, "x") == recipe
    assert trained(recipe).epochs_done == 0


def test_the_epoch_shown_is_the_last_one_that_is_kept() -> None:
    run = record(SMALL.replace(observe_every=7))
    assert [recipe_of(run, epoch).epoch for epoch in (-3, 0, 6, 7, 20, 28, 29, 10_000, None)] == [0, 0, 0, 7, 14, 28, 29, 29, 29]


def test_a_config_alone_is_trained_to_its_end_and_shows_that() -> None:
    recipe = recipe_for(SMALL, "small", ["cost"])
    run = trained(recipe)
    assert (run.epochs_done, recipe.epoch, recipe.name, recipe.shows) == (30, 29, "small", ("cost",))
    assert recipe.same_numbers(run) is None, "nobody knows what they were"


def test_a_network_that_no_machine_can_train_is_refused_before_anything_is() -> None:
    recipe = recipe_from_link("gradviz:run?layers=100000&width=10000&initialization=he")
    with pytest.raises(ConfigError, match="the training needs"):
        next(recipe.train())


# --- the same numbers ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["h", "g", "dw", "w", "cost"])
def test_one_bit_of_one_number_makes_another_fingerprint(name: str) -> None:
    frame = record(SMALL).newest
    columns = {other: column.copy() for other, column in frame.columns().items()}
    columns[name].view(np.int64).flat[-1] ^= 1
    assert fingerprint_of(type(frame)(**columns)) != fingerprint_of(frame)


def test_one_nan_is_like_another_and_what_was_not_looked_at_does_not_count() -> None:
    frame = record(WIDE).newest
    columns = {name: column.copy() for name, column in frame.columns().items()}
    assert np.isnan(columns["accuracy"]).sum() == 0
    for name in PROFILED:
        columns[name][:, 1:] = np.nan
    assert fingerprint_of(type(frame)(**columns)) == fingerprint_of(frame)
    one, other = (with_nan(columns, bits) for bits in (0x7FF8000000000000, 0x7FF8000000000001))
    assert one["ratio"].tobytes() != other["ratio"].tobytes()
    assert fingerprint_of(type(frame)(**one)) == fingerprint_of(type(frame)(**other)) != fingerprint_of(frame)


def with_nan(columns: dict[str, Any], bits: int) -> dict[str, Any]:
    ratio = columns["ratio"].copy()
    ratio.view(np.int64)[0, 1] = bits
    assert np.isnan(ratio[0, 1])
    return {**columns, "ratio": ratio}


def test_other_numbers_are_said_with_both_costs_and_why_a_machine_may_round_otherwise() -> None:
    run = record(SMALL)
    recipe = recipe_of(run, made_with=MadeWith("1.26.0", "0.60.0", "arm64"))
    other = record(SMALL.replace(learning_rate=0.2))
    assert recipe.same_numbers(other) is False
    said = recipe.difference(other)
    assert "epoch 29 is not the same to the last bit" in said
    assert repr(float(run.cost[-1])).replace("-", "−") in said
    assert repr(float(other.cost[-1])).replace("-", "−") in said
    assert "recorded with numpy 1.26.0, numba 0.60.0 on arm64, and this is" in said


def test_a_run_that_ends_before_the_shown_epoch_has_not_the_same_numbers() -> None:
    run = record(SMALL)
    recipe = recipe_of(run)
    assert recipe.same_numbers(run.before(10)) is False
    assert "not reached" in recipe.difference(run.before(10))


def test_where_the_shown_epoch_was_thinned_out_nobody_knows() -> None:
    run = record(SMALL.replace(epochs=200))
    recipe = recipe_of(run, 51)
    thin = finished(recipe.train(memory=4000))
    assert thin.stride > 1
    assert thin.at(51) is None
    assert recipe.same_numbers(thin) is None
    assert thin.at_or_before(recipe.epoch).epoch[-1] < 51


# --- text ----------------------------------------------------------------------------------------------------------------------------------


def a_recipe() -> Recipe:
    return recipe_of(record(SMALL, CHANGES), 12, 'émile </script> & "co" ]]> 100 %', ["gradients", "cost"])


def test_the_text_is_one_line_of_ascii_with_the_whole_config() -> None:
    recipe = a_recipe()
    said = json.loads(recipe.text)
    assert recipe.text.isascii()
    assert "\n" not in recipe.text
    assert (said["format"], said["version"], said["written_by"]) == ("gradviz recipe", 1, f"gradviz {__version__}")
    assert said["config"].keys() == PARAMETERS.keys(), "a default may be another one in a later version"
    assert said["interventions"] == [msgspec.to_builtins(change) for change in CHANGES]
    assert float(said["fingerprint"]["cost"]) == record(SMALL, CHANGES).cost[12]
    assert recipe_from_text(recipe.text, "x") == recipe
    assert recipe_from_text(json.dumps(said, indent=2, sort_keys=True), "x") == recipe, "another program may write the same JSON otherwise"


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_byte_changed_in_the_text_is_refused_or_harmless(place: int, byte: int) -> None:
    recipe = a_recipe()
    text = bytearray(recipe.text.encode())
    text[place % len(text)] = byte
    try:
        back = recipe_from_text(bytes(text), "x.png")
    except FileError:
        return
    assert back == recipe


def forged(**changes: Any) -> str:
    """A text that somebody changed who knows how the SHA-256 is made."""
    said = json.loads(a_recipe().text) | changes
    said = {name: value for name, value in said.items() if name != "sha256" and value is not None}
    canonical = json.dumps(said, separators=(",", ":"), sort_keys=True)
    return json.dumps({**said, "sha256": hashlib.sha256(canonical.encode()).hexdigest()})


def test_a_forger_who_changes_nothing_is_understood() -> None:
    assert recipe_from_text(forged(), "x") == a_recipe()


CONFIG = SMALL.as_dict()
FORGERIES: dict[str, tuple[dict[str, Any], str]] = {
    "another format": ({"format": "gradviz run"}, "'x.png' holds no experiment of GradViz"),
    "a newer version": ({"version": 2, "written_by": "gradviz 9\x1b[31m"}, r"written by gradviz 9 \[31m in format version 2.*A newer GradViz opens it"),
    "a field that nobody knows": ({"colour": "red"}, "damaged: .*colour"),
    "a parameter that nobody knows": ({"config": {**CONFIG, "dropout": 0.5}}, "does not know: 'dropout'"),
    "a value that is not allowed": ({"config": {**CONFIG, "layers": 1}}, "layers is 1; it must be a whole number from 2"),
    "a value of another kind": ({"config": {**CONFIG, "layers": {"a": []}}}, "layers is .*; it must be a whole number"),
    "a change that cannot be": ({"interventions": [{"epoch": 99, "parameter": "learning_rate", "value": 1}]}, "the last epoch is 29"),
    "a change of what cannot change": ({"interventions": [{"epoch": 1, "parameter": "layers", "value": 9}]}, "cannot change while a training runs"),
    "an epoch that is not trained": ({"epoch": 30}, "it shows an epoch that it does not train"),
    "a negative epoch": ({"epoch": -1}, "it shows an epoch that it does not train"),
    "more epochs than there are": ({"epochs_done": 31}, "it shows an epoch that it does not train"),
    "an epoch between two": ({"epoch": 1.5}, "damaged: .*int"),
    "a name without end": ({"name": "x" * 201}, "its words are longer than any"),
    "a name that a terminal obeys": ({"name": "x\x1b[2J"}, "its words cannot be printed"),
    "panels without end": ({"shows": ["a"] * 51}, "its words are longer than any"),
    "a table's SHA-256 that is none": ({"table": "../../secret"}, "what it says of its table"),
    "a fingerprint that is none": ({"fingerprint": {"cost": "1", "numbers": "0"}}, "what it says of its numbers"),
    "a cost that is no number": ({"fingerprint": {"cost": "much", "numbers": "0" * 64}}, "what it says of its numbers"),
    "no config": ({"config": None}, "damaged: .*config"),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_what_no_recipe_says_is_a_sentence(kind: str) -> None:
    changes, sentence = FORGERIES[kind]
    with pytest.raises(FileError, match=sentence) as refused:
        recipe_from_text(forged(**changes), "x.png")
    assert len(str(refused.value)) < 700
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format":1}', "[" * 100_000, '{"a":' * 100_000, "\ud800", b"\xff\xfe", "x" * (LARGEST_TEXT + 1)])
def test_what_is_no_recipe_at_all_is_a_sentence(text: str | bytes) -> None:
    with pytest.raises(FileError, match=r"'x\.png'"):
        recipe_from_text(text, "x.png")


def test_a_recipe_that_no_picture_can_hold_is_a_sentence() -> None:
    recipe = Recipe(SMALL, tuple(Intervention(5, "learning_rate", 0.1 + number / 7) for number in range(20_000)), 0, 30)
    with pytest.raises(FileError, match="20,000 changes and 2 samples are more than a picture can hold; save the run"):
        _ = recipe.text


def test_a_config_of_an_older_version_has_the_defaults_of_what_it_did_not_know() -> None:
    older = {name: value for name, value in CONFIG.items() if name not in ("tied_weights", "decay")}
    assert recipe_from_text(forged(config=older), "x").config == SMALL


def test_a_name_that_no_line_can_show_is_made_one() -> None:
    recipe = recipe_of(record(SMALL), name="a\nb\x1b[31m" + "x" * 300)
    assert recipe.name.startswith("a b [31mxxx")
    assert len(recipe.name) == 200
    assert recipe_from_text(recipe.text, "x") == recipe


# --- a table of one's own ------------------------------------------------------------------------------------------------------------------


def a_table(folder: Path, first: str = "0") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "my table.csv"
    path.write_text(f"a,b,kind\n{first},1,x\n1,0,y\n0.5,1,x\n1,0.25,y\n")
    return path


def on_a_table(path: Path) -> Config:
    return Config(layers=4, width=3, bias="on", initialization="xavier", loss="cross_entropy", data="csv", csv_file=str(path), epochs=4)


def test_neither_text_nor_link_says_where_somebodys_table_is(tmp_path: Path) -> None:
    private = a_table(tmp_path / "private")
    recipe = recipe_of(record(on_a_table(private)))
    unused = recipe_of(record(SMALL.replace(csv_file=str(private))))
    for text in (recipe.text, recipe.link, unused.text, unused.link, Recipe(SMALL.replace(csv_file=r"C:\private\t.csv"), (), 0, 1).text):
        assert "private" not in text
    assert recipe_from_text(recipe.text, "x").config.csv_file == "my table.csv"
    assert recipe.table == hashlib.sha256(private.read_bytes()).hexdigest() == recipe_from_link(recipe.link).table


def test_the_table_is_found_in_the_folders_that_are_named_and_gives_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = record(on_a_table(a_table(tmp_path / "there")))
    received = recipe_from_text(recipe_of(run).text, "x")
    monkeypatch.chdir(tmp_path)
    a_table(tmp_path, first="0.75")  # of the same name, but another one
    found = received.with_table([tmp_path / "nowhere", tmp_path, tmp_path / "there"])
    assert Path(found.config.csv_file) == tmp_path / "there" / "my table.csv"
    assert found.same_numbers(trained(found)) is True
    assert found.text == received.text


def test_a_table_that_is_not_there_or_is_another_one_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    received = recipe_from_text(recipe_of(record(on_a_table(a_table(tmp_path / "there")))).text, "x")
    with pytest.raises(FileError, match=r"learns a table, 'my table\.csv', which is not here"):
        received.with_table([tmp_path])
    with pytest.raises(FileError, match=r"learns a table, 'my table\.csv', which is not here"):
        next(received.train())
    a_table(tmp_path, first="0.75")
    with pytest.raises(FileError, match="is not the one that the experiment learned"):
        received.with_table([tmp_path])
    with pytest.raises(FileError, match="is not the one that the experiment learned"):
        next(received.train())


def test_a_strangers_table_is_looked_for_by_its_name_alone(tmp_path: Path) -> None:
    secret = a_table(tmp_path / "secret")
    said = forged(config=on_a_table(secret).as_dict() | {"epochs": 30}, interventions=[])
    with pytest.raises(FileError, match="which is not here"):
        recipe_from_text(said, "x").with_table([tmp_path])
    assert recipe_from_link(f"gradviz:run?{on_a_link(secret)}").config.csv_file == "my table.csv"


def on_a_link(table: Path) -> str:
    return f"width=3&initialization=xavier&loss=cross_entropy&data=csv&csv_file={str(table).replace(' ', '%20')}"


# --- links ---------------------------------------------------------------------------------------------------------------------------------

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "layers": st.integers(2, 60),
        "width": st.integers(1, 5),
        "activation": st.sampled_from(PARAMETERS["activation"].choices),
        "initialization": st.sampled_from(PARAMETERS["initialization"].choices),
        "weight_scale": FLOATS,
        "learning_rate": POSITIVE,
        "clip_at": POSITIVE,
        "seed": st.integers(0, 2**32 - 1),
        "optimizer": st.sampled_from(PARAMETERS["optimizer"].choices),
        "epochs": st.integers(1, 10**9),
        "observe_every": st.integers(1, 100),
        "data": st.sampled_from(["samples", "moons", "spirals"]),
        "csv_file": st.sampled_from(["", "a b.csv", "100%.csv", "x&y=z.csv", "_é_.csv."]),
        "csv_target": st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=20),
    },
)
NAMES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u00a0"), max_size=60).map(
    lambda text: "".join(letter for letter in text if letter.isprintable()).strip()
)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    values = draw(CONFIGS)
    samples = draw(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=4))
    try:
        config = Config(**values, inputs=tuple(x for x, _ in samples), targets=tuple(y for _, y in samples))
    except ConfigError:
        assume(False)
        raise
    epoch = draw(st.integers(0, config.epochs - 1))
    changes = [
        Intervention(draw(st.integers(0, config.epochs - 1)), parameter, draw(POSITIVE))
        for parameter in draw(st.lists(st.sampled_from(["learning_rate", "clip_at", "w*", f"w[{config.layers - 1}]*"]), max_size=4))
    ]
    return Recipe(config, tuple(sorted(changes, key=lambda change: change.epoch)), epoch, draw(st.integers(epoch + 1, config.epochs)), draw(NAMES))


@given(recipes(), st.sampled_from(["{}", "  {}\n", "<{}>", '"{}"', "`{}`", "**{}**", "see {}.", "Try ({}), it vanishes!", "[it]({})", "“{}”"]))
def test_a_link_comes_back_as_the_same_experiment_from_whatever_is_around_it(recipe: Recipe, around: str) -> None:
    link = recipe.link
    assert link.isascii()
    assert not set(link) & set(" *[]<>()`~|\"'\\^{}")
    assert link[-1] not in ".,;:!?"
    for back in (recipe_from_link(around.format(link)), recipe_from_link(link.replace("&", "&amp;")), recipe_from_link(link.replace("gradviz:", "GradViz:"))):
        assert back.config == recipe.config
        assert [str(value) for value in back.config.as_dict().values()] == [str(value) for value in recipe.config.as_dict().values()], "−0 is not 0"
        assert back.interventions == recipe.interventions
        assert (back.epoch, back.epochs_done, back.name) == (recipe.epoch, recipe.epochs_done, recipe.name)
        assert back.fingerprint is None
    assert recipe_from_text(recipe.text, "x") == recipe


def test_a_link_says_only_what_is_not_as_usual() -> None:
    changed = Recipe(Config(weight_scale=5, learning_rate=1e20), (Intervention(200, "learning_rate", 0.5), Intervention(9, "w[12]*", 2.0)), 312, 1000)
    assert changed.link == "gradviz:run?weight_scale=5&learning_rate=1e20&at=200:learning_rate=0.5&at=9:w%5B12%5D%2A=2&epoch=312&done=1000"
    assert dict(parse_qsl(changed.link.partition("?")[2]))["at"] == "9:w[12]*=2", "as every other program reads it"
    assert recipe_for(Config()).link == "gradviz:run"
    assert recipe_from_link("gradviz:run") == msgspec.structs.replace(recipe_for(Config()), written_by="")
    assert Recipe(Config(), (), 5, 6).link == "gradviz:run?epoch=5"


def test_a_link_as_a_person_types_it_is_understood() -> None:
    typed = recipe_from_link("gradviz:run?weight_scale=1e+1&epochs=1e4&at=2_000:w[12]*=.9 and more")
    assert (typed.config.weight_scale, typed.config.epochs) == (10.0, 10_000)
    assert typed.interventions == (Intervention(2000, "w[12]*", 0.9),)


LINKS = {
    "nothing here": "There is no link in 'nothing here'; one begins with gradviz:run",
    "": "There is no link in ''",
    "gradviz:": "There is no link in 'gradviz:'",
    "gradviz:walk?epoch=3": "'gradviz:walk?epoch=3' is no link to an experiment; one begins with gradviz:run",
    "gradviz:runs?epoch=3": "'gradviz:runs?epoch=3' is no link to an experiment",
    "gradviz:run?speed=3": "says 'speed', which is no parameter; the parameters are layers, ",
    "gradviz:run?epoch": "says 'epoch' without a value",
    "gradviz:run?layers=1": "layers is 1; it must be a whole number from 2 to 100,000",
    "gradviz:run?layers=3&layers=4": "says layers twice, '3' and '4'",
    "gradviz:run?weight_scale=nan": "weight_scale is nan; it must be a finite number",
    "gradviz:run?weight_scale=1%zz": "weight_scale is '1%zz'; it must be a finite number",
    "gradviz:run?activation=step": "activation is 'step'; it must be one of tanh",
    "gradviz:run?epoch=1000": "epoch is '1000'; it must be a whole number from 0 to 999",
    "gradviz:run?epoch=-1": "epoch is '-1'; it must be a whole number from 0 to 999",
    "gradviz:run?epoch=9&done=9": "done is '9'; it must be a whole number from 10 to 1,000",
    "gradviz:run?at=5": "'5' is not an intervention; it must be EPOCH:NAME=VALUE",
    "gradviz:run?at=5:w[100]=1": "with 100 layers, those with weights are 1 to 99",
    "gradviz:run?table=x": "table is 'x'; it must be a SHA-256",
    "gradviz:run?name=%ff": "'%ff', which is no text",
    "gradviz:run?name=a%1b[2Jb": "a character that cannot be shown",
    "gradviz:run?inputs=1,2,3": "targets has 2 values; it must have as many as inputs",
    f"gradviz:run?name={'x' * 300}": "it must be a text of 200 characters at most",
    f"gradviz:run?name={'x' * 3000}": "The link has 3,017 characters; it must have 2,000 at most",
}


@pytest.mark.parametrize("link", LINKS)
def test_what_is_wrong_with_a_link_is_a_sentence(link: str) -> None:
    with pytest.raises(FileError, match=re.escape(LINKS[link])) as refused:
        recipe_from_link(link)
    assert str(refused.value).isprintable()


@given(st.text(max_size=60).map(lambda text: "gradviz:run?" + text) | st.text(max_size=60))
def test_any_text_is_a_link_or_a_sentence(text: str) -> None:
    try:
        back = recipe_from_link(text)
    except FileError:
        return
    assert recipe_from_link(back.link) == back


def test_a_link_that_would_be_too_long_for_a_line_is_a_sentence() -> None:
    numbers = tuple(number / 7 for number in range(100))
    recipe = recipe_for(Config(inputs=numbers, targets=numbers))
    with pytest.raises(FileError, match=r"too long for a line \(2,000 at most\): there are 0 changes and 100 samples.* Save a picture or the run"):
        _ = recipe.link


def test_a_long_name_is_left_out_of_a_link() -> None:
    assert recipe_for(Config(), "x" * 61).link == "gradviz:run"
    assert recipe_for(Config(), "why it vanishes.").link == "gradviz:run?name=why%20it%20vanishes%2E"
    assert recipe_for(Config(), "_a_ ~b~").link == "gradviz:run?name=%5Fa%5F%20%7Eb%7E", "a chat would take these for emphasis"
