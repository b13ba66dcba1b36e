"""A run without its frames: all that makes its numbers again, small enough to travel inside a picture or a line of text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import msgspec

from gradviz import __version__
from gradviz.core.config import PARAMETERS, Config, ConfigError
from gradviz.core.frames import HISTOGRAM, PROFILED, Ask
from gradviz.core.interventions import Intervention, in_order
from gradviz.runs.files import FileError
from gradviz.runs.fingerprint import DIGEST, Fingerprint, fingerprint_of
from gradviz.runs.machine import fitting
from gradviz.runs.provenance import MadeWith, table_digest, this_machine
from gradviz.runs.run import PROFILE_MEMORY, Run, training
from gradviz.runs.store import LONGEST_TEXT, Head

FORMAT = "gradviz recipe"
VERSION = 1
#: The bytes of a recipe as text; what claims to be longer is none.
LARGEST_TEXT = 2**20
LONGEST_NAME = 200
MOST_SHOWN = 50


class Recipe(msgspec.Struct, frozen=True):
    """All that makes a run's numbers again, and which of its epochs is shown.

    `interventions` are those of the whole run, `epochs_done` is how far it was recorded, `shows` names the panels of the picture, `table` is the SHA-256
    in hex of a person's own table (empty where none is learned, or it is not known), and `fingerprint` says what the shown epoch's numbers were.
    Text and link name the table without its folder: a picture that travels tells nobody how somebody's folders are called.
    """

    config: Config
    interventions: tuple[Intervention, ...]
    epoch: int
    epochs_done: int
    name: str = ""
    shows: tuple[str, ...] = ()
    made_with: MadeWith = MadeWith()
    table: str = ""
    fingerprint: Fingerprint | None = None
    written_by: str = f"gradviz {__version__}"

    @property
    def text(self) -> str:
        """One line of ASCII that recipe_from_text() reads; raises FileError where it would be too long."""
        whole = _as_object(self)
        text = _dumped({**whole, "sha256": _digest(whole)})
        if len(text) > LARGEST_TEXT:
            changes, samples = len(self.interventions), len(self.config.inputs)
            raise FileError(f"{changes:,} changes and {samples:,} samples are more than a picture can hold; save the run as a file (.npz).")
        return text

    @property
    def link(self) -> str:
        """One short line for a chat, which recipe_from_link() reads; raises FileError where it would be too long for one."""
        from gradviz.runs.links import link_of

        return link_of(self)

    @property
    def planned(self) -> tuple[Intervention, ...]:
        """The changes that are still to come when it has been trained as far as it was recorded: Run.go_on() takes them."""
        return tuple(change for change in self.interventions if change.epoch >= self.epochs_done)

    @property
    def table_name(self) -> str:
        """The name, without a folder, of the person's own table that is learned; empty where none is."""
        return _file_name(self.config.csv_file) if self.config.data == "csv" else ""

    def with_table(self, folders: Iterable[Path]) -> Recipe:
        """The same recipe, its table found where the config says or in one of these folders; raises FileError where it is not, or is another one."""
        if not self.table_name:
            return self
        named = Path(self.config.csv_file)
        beside = [folder / self.table_name for folder in folders]
        there = [place for place in ([named, *beside] if named.parent.name else [*beside, named]) if _is_file(place)]
        for place in there:
            found = msgspec.structs.replace(self, config=self.config.replace(csv_file=str(place)))
            if found.table_problem() is None:
                return found
        if there:
            raise self._other_table(there[0])
        raise self._no_table()

    def table_problem(self) -> FileError | None:
        """Why its table cannot be learned from where the config says: it is not there, or is another one; None where it can, or none is learned."""
        if not self.table_name:
            return None
        place = Path(self.config.csv_file)
        if not _is_file(place):
            return self._no_table()
        return self._other_table(place) if self.table and table_digest(self.config) != self.table else None

    def _no_table(self) -> FileError:
        return FileError(
            f"The experiment learns a table, '{self.table_name}', which is not here: pictures and links name a table, they do not hold it. "
            "Put it beside the picture or into the folder that you are in, and try again."
        )

    def _other_table(self, place: Path) -> FileError:
        return FileError(f"The table '{place}' is not the one that the experiment learned: it has the same name, but holds something else.")

    def train(self, memory: int = PROFILE_MEMORY) -> Generator[int, None, Run]:
        """Train it as far as it was recorded, yielding the epochs done so far, and return the run, which can go on where the original could.

        Raises ConfigError or FileError where this machine cannot, or its data cannot be had.
        """
        fitting(self.config)
        problem = self.table_problem()
        if problem is not None:
            raise problem
        run = Run(self.config, memory=memory)
        epochs = training(self.config, self.interventions)
        try:
            while run.ending is None and run.epochs_done < self.epochs_done:
                run.append(epochs.send(self._ask(run.epochs_done)) if len(run.newest) else next(epochs))
                yield min(run.epochs_done, self.epochs_done)
        finally:
            epochs.close()
        return run.before(self.epochs_done) if run.epochs_done > self.epochs_done else run

    def _ask(self, done: int) -> Ask:
        """Frames up to the shown epoch, and then to the end: the last of those that are asked for is looked at with everything that a picture may show."""
        every = self.config.observe_every
        last = self.epoch if done <= self.epoch else self.epochs_done - 1
        return Ask(max(1, last // every - (done - 1) // every), looked_at=frozenset({*PROFILED, HISTOGRAM}))

    def same_numbers(self, run: Run) -> bool | None:
        """Whether the shown epoch has the recorded numbers, bit for bit; None where that is not known: a link has no fingerprint."""
        frame = run.at(self.epoch)
        if self.fingerprint is None or (frame is None and run.epochs_done > self.epoch):
            return None
        return frame is not None and fingerprint_of(frame) == self.fingerprint

    def difference(self, run: Run) -> str:
        """A sentence where the shown epoch's numbers are not those recorded; empty where they are, or nobody knows."""
        if self.fingerprint is None or self.same_numbers(run) is not False:
            return ""
        from gradviz.runs.replay import rounding
        from gradviz.runs.store import Saved

        frame = run.at(self.epoch)
        here = "not reached" if frame is None else fingerprint_of(frame).cost
        costs = "" if here == self.fingerprint.cost else f" (its cost was {self.fingerprint.cost}, and is {here})".replace("-", "−")
        return f"Trained again, epoch {self.epoch:,} is not the same to the last bit{costs}. {rounding(Saved(run, self.made_with, self.table))}"


def recipe_of(run: Run, epoch: int | None = None, name: str = "", shows: Iterable[str] = (), *, made_with: MadeWith | None = None, table: str = "") -> Recipe:
    """What makes a run again, with one of its epochs to be shown (or the last kept before it): the newest where none is given.

    `made_with` and `table` are those of a run that was loaded; else this machine's, and the table as it is now.
    """
    frame = (run.newest if epoch is None else run.at_or_before(max(epoch, 0))) or run.newest
    kept = len(frame) > 0
    return Recipe(
        run.config,
        tuple(in_order(run.interventions)),
        int(frame.epoch[-1]) if kept else 0,
        run.epochs_done,
        said(name)[:LONGEST_NAME],
        tuple(shows)[:MOST_SHOWN],
        made_with or this_machine(run.config),
        table or table_digest(run.config),
        fingerprint_of(frame) if kept else None,
    )


def recipe_for(config: Config, name: str = "", shows: Iterable[str] = ()) -> Recipe:
    """What trains a config to its end and shows the last epoch."""
    return Recipe(config, (), config.epochs - 1, config.epochs, said(name)[:LONGEST_NAME], tuple(shows)[:MOST_SHOWN], table=table_digest(config))


def recipe_from_link(text: str) -> Recipe:
    """The recipe of the first link in a text, whatever stands around it; raises FileError with a sentence for one that is wrong."""
    from gradviz.runs.links import read_link

    return read_link(text)


# --- text ----------------------------------------------------------------------------------------------------------------------------------


class _Text(Head, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The recipe as JSON."""

    config: dict[str, Any]
    interventions: list[Intervention]
    epoch: int
    epochs_done: int
    name: str
    shows: list[str]
    made_with: MadeWith
    table: str
    fingerprint: Fingerprint | None
    sha256: str


def recipe_from_text(text: str | bytes, where: str | Path) -> Recipe:
    """The recipe that a text holds; raises FileError with a sentence on the file or text called `where` for one that is foreign, newer, altered or damaged."""
    if len(text) > LARGEST_TEXT:
        raise _damaged(where, "it is longer than any")
    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
        head = msgspec.convert(found, Head)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise _damaged(where, "it cannot be read") from problem
    if head.format != FORMAT:
        raise FileError(f"'{where}' holds no experiment of GradViz, but something else.")
    if head.version > VERSION:
        raise FileError(
            f"The experiment in '{where}' was written by {said(head.written_by)[:60]} in format version {head.version:,}; this GradViz, {__version__}, "
            f"reads up to version {VERSION}. A newer GradViz opens it."
        )
    if found.pop("sha256", None) != _digest(found):
        raise _damaged(where, "it is not what was written")
    return _recipe(found, where)


def _recipe(found: dict[str, Any], where: str | Path) -> Recipe:
    try:
        told = msgspec.convert({**found, "sha256": ""}, _Text)
        unknown = sorted(told.config.keys() - PARAMETERS.keys())
        if unknown:
            by = f"The experiment in '{where}' was written by {said(told.written_by)[:60]}"
            raise FileError(f"{by} and has a parameter that this GradViz, {__version__}, does not know: '{said(unknown[0])[:60]}'.")
        config = public(Config(**told.config))
        for change in told.interventions:
            change.check_for(config)
    except ConfigError as problem:
        raise FileError(f"'{where}' holds a config or a change that no run can have: {problem}") from problem
    except msgspec.ValidationError as problem:
        raise _damaged(where, str(problem).rstrip(".")[:200]) from problem
    _check(told, config, where)
    interventions, shows = tuple(in_order(told.interventions)), tuple(told.shows)
    return Recipe(config, interventions, told.epoch, told.epochs_done, told.name, shows, told.made_with, told.table, told.fingerprint, told.written_by)


def _check(told: _Text, config: Config, where: str | Path) -> None:
    """Raise FileError for what no recipe says."""
    words = [told.name, told.written_by, *told.shows]
    impossible = {
        "it shows an epoch that it does not train": not 0 <= told.epoch < max(1, told.epochs_done) or told.epochs_done > config.epochs,
        "its words are longer than any": max(map(len, words)) > LONGEST_NAME or len(str(told.made_with)) > LONGEST_TEXT or len(told.shows) > MOST_SHOWN,
        "its words cannot be printed": any(text != said(text) for text in (*words, str(told.made_with))),
        "what it says of its table is none": told.table != "" and DIGEST.fullmatch(told.table) is None,
        "what it says of its numbers is none": told.fingerprint is not None and not told.fingerprint.possible,
    }
    for detail, found in impossible.items():
        if found:
            raise _damaged(where, detail)


def _as_object(recipe: Recipe) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(recipe, config=public(recipe.config)))
    plain["written_by"] = f"gradviz {__version__}"
    return {"format": FORMAT, "version": VERSION, "written_by": plain.pop("written_by"), **plain}


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(_dumped(values, in_order=True).encode()).hexdigest()


def _dumped(values: dict[str, Any], *, in_order: bool = False) -> str:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":"), sort_keys=in_order)


def said(text: str) -> str:
    """A stranger's text on one line, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _file_name(path: str) -> str:
    """The name without its folder, of whichever system it is, and without bytes that are no text."""
    return PureWindowsPath(PurePosixPath(path).name).name.encode("utf-8", "replace").decode()


def public(config: Config) -> Config:
    """The config without the folder of a person's own table."""
    name = _file_name(config.csv_file)
    return config if name == config.csv_file else config.replace(csv_file=name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _damaged(where: str | Path, detail: str) -> FileError:
    return FileError(f"The experiment in '{where}' was altered after it was written, or is damaged: {detail}.")
