"""Whether a person's own table can be learned, asked before anything is trained; and a network that learns it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gradviz.core.config import Config, ConfigError
from gradviz.runs.csv_table import Stamp, Table, columns_of, read_table, stamp
from gradviz.runs.data import dataset
from gradviz.runs.files import FileError

#: What decides whether a table can be learned as a config asks, besides the table.
ASKED = ("csv_file", "csv_target", "loss", "samples", "batch_size", "normalization", "test_share")
#: Whole numbers from 0 or 1 on are taken for classes up to so many of them: more are likely counts.
COUNTED_CLASSES = 10
#: What learns a table in place of the notebook's chain: narrow and shallow enough that its gradient neither vanishes nor explodes.
FOR_A_TABLE: Mapping[str, Any] = {
    "width": 16,
    "layers": 10,
    "bias": "on",
    "initialization": "xavier",
    "output": "linear",
    "samples": 1000,
    "test_share": 0.2,
}


class TableCheck(msgspec.Struct, frozen=True):
    """What was found of a table: its columns, the loss that suits its target, and why it cannot be learned as was asked, if so.

    `asked` holds the values of ASKED; `refusal` a parameter's name and the sentence that belongs beside it; `loss` is empty where the
    target is not known; `found` is the file's stamp, None where there is no file. `complete` once the whole table has been read.
    """

    asked: tuple[Any, ...]
    columns: tuple[str, ...] = ()
    loss: str = ""
    refusal: tuple[str, str] | None = None
    found: Stamp | None = None
    complete: bool = False

    @property
    def path(self) -> Path:
        return Path(self.asked[0])

    def outdated(self) -> TableCheck:
        """What is still known of the table when its file has changed."""
        return msgspec.structs.replace(self, refusal=None, complete=False)

    def refused(self, name: str, sentence: str) -> TableCheck:
        return msgspec.structs.replace(self, refusal=(name, sentence))


def asked_of_table(values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What a config of these values asks of its table; None where it has none."""
    return tuple(values[name] for name in ASKED) if values["data"] == "csv" and values["csv_file"] else None


def glance(asked: tuple[Any, ...]) -> TableCheck:
    """What the beginning of a table tells: its columns, if it has any."""
    check = TableCheck(asked, found=stamp(Path(asked[0])))
    try:
        return msgspec.structs.replace(check, columns=columns_of(check.path))
    except FileError:  # the whole table is read next, and says so
        return check


def check_table(asked: tuple[Any, ...]) -> TableCheck:
    """Read all of a table, and find out whether it can be learned as is asked; what is wrong is in the answer."""
    check = msgspec.structs.replace(glance(asked), complete=True)
    try:
        # whatever the other parameters are, the answer is the same; a width of 2 goes with every normalization
        config = Config(data="csv", width=2, **dict(zip(ASKED, asked, strict=True)))
        check = msgspec.structs.replace(check, loss=suited_loss(read_table(check.path, config.csv_target)))
        dataset(config)
    except ConfigError as problem:
        return check.refused(problem.name, str(problem))
    except FileError as problem:  # the whole path stands in the field
        return check.refused("csv_file", str(problem).replace(f"'{check.path}'", f"'{check.path.name}'"))
    except MemoryError:
        return check.refused("csv_file", f"Cannot read '{check.path.name}': there is not enough memory for it; keep fewer of its lines.")
    return check


def suited_loss(table: Table) -> str:
    """cross_entropy where the target column holds classes, else mse: names are classes, and so are a few whole numbers that count from 0 or 1."""
    if np.isnan(table.numbers).all():
        return "cross_entropy"
    kinds = np.unique(table.numbers)
    counted = 2 <= len(kinds) <= COUNTED_CLASSES and kinds[0] in (0, 1) and bool((np.diff(kinds) == 1).all())
    return "cross_entropy" if counted else "mse"


def learning(path: Path, present: Config) -> Config:
    """The present config, changed so that it learns a table, the last column from the others; in place of a chain comes FOR_A_TABLE."""
    base = present if present.wide else Config().replace(**FOR_A_TABLE)
    return base.replace(data="csv", csv_file=str(path.absolute()), csv_target="")


def config_for(path: Path) -> Config:
    """A config for a table, with the loss that suits its last column; raises FileError where it is no table."""
    config = learning(path, Config())
    return config.replace(loss=suited_loss(read_table(Path(config.csv_file))))
