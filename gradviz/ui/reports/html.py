"""A hand-out as one page of HTML: no network, no script, no font of its own; plots are drawings inside it, all other letters are text."""

from __future__ import annotations

import html
import re
from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from gradviz import __version__
from gradviz.runs.reports import SHORT, Figure, Report, Table
from gradviz.runs.resources import resource
from gradviz.ui.pictures.drawing import Drawing, View
from gradviz.ui.pictures.files import svg_of
from gradviz.ui.pictures.options import Options
from gradviz.ui.pins import Pins, pinned

#: A plot is so many pixels of a screen wide, which are printed as wide as a page's text: letters of 9 points are 8 to 9 there.
WIDTH = 680
_NAMES = re.compile(r'(?<=\bid=")([^"]+)(?=")|(?<=url\(#)([^)]+)(?=\))')


class Step(NamedTuple):
    """So many of so many figures are drawn, and what comes next."""

    done: int
    total: int
    what: str


def view_of(figure: Figure, views: Sequence[View], letters: Sequence[str]) -> View:
    """What a figure of the report on these views looks at."""
    own = views[figure.run]
    pins: Pins = ()
    for place in figure.behind:
        view = views[place]
        shown = view.frame.epoch[-1]
        # the cost is drawn to its end; of profiles the epoch that is shown is the last there is
        pins = pinned(pins, view.run if figure.panel == "cost" else view.run.before(int(shown) + 1), letters[place])
    epoch = figure.epoch if figure.epoch is not None else int(own.frame.epoch[-1])
    return View(own.run, epoch, letters[figure.run], pins, (figure.panel,), own.sample, settings={figure.panel: figure.settings} if figure.settings else {})


def drawn(figure: Figure) -> Drawing:
    """The drawing of a figure, still empty."""
    return Drawing((figure.panel,), Options(WIDTH, figure.height, title=False, caption=False))


def page(report: Report, views: Sequence[View], letters: Sequence[str], paper: str = "") -> Generator[Step, None, bytes]:
    """The page as a file holds it, yielding before each figure; `paper` is the one that it asks a printer for, or empty for the one that is there."""
    figures, drawings = report.figures, {}
    for done, figure in enumerate(figures):
        yield Step(done, len(figures), f"Figure {figure.number}: {figure.title}")
        with drawn(figure) as drawing:
            drawing.show(view_of(figure, views, letters))
            drawings[figure.number] = _inline(svg_of(drawing), figure)
    text = _filled(report, drawings, paper)
    return b"\xef\xbb\xbf" + text.encode("utf-8", "replace")  # the mark says how it is coded before anything else does, however much stands above <meta>


def _filled(report: Report, drawings: Mapping[int, str], paper: str) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    blocks = [{"kind": type(block).__struct_config__.tag, **_fields(block)} for block in report.blocks]
    safe = {number: Markup(svg) for number, svg in drawings.items()}
    return environment.get_template("report.html").render(
        report=report, blocks=blocks, drawings=safe, paper={"a4": "A4"}.get(paper, paper), version=__version__
    )


def _fields(block: msgspec.Struct) -> dict[str, object]:
    """What the template knows of a block; a short table is not parted when it is printed."""
    fields = msgspec.structs.asdict(block)
    if isinstance(block, Figure):
        return fields | {"caption": block.caption}
    return fields | {"short": len(block.rows) <= SHORT} if isinstance(block, Table) else fields


def _inline(svg: str, figure: Figure) -> str:
    """A drawing as a part of a page: its names are its own there, and one sentence says what is seen."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<title>.*?</title>\n?", "", body, count=1, flags=re.DOTALL)
    body = _NAMES.sub(lambda found: f"f{figure.number}-{found[1] or found[2]}", body)
    label = html.escape(figure.label)
    return body.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
