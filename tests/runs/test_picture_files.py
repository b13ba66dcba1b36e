"""An experiment goes into a picture and comes out again, as programs that are not ours see it too; a stranger's file is answered with a sentence."""

from __future__ import annotations

import html.parser
import io
import json
import shutil
import struct
import subprocess
import sys
import tracemalloc
import xml.etree.ElementTree
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, PngImagePlugin
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from gradviz import Config, record
from gradviz.core.interventions import Intervention
from gradviz.runs.files import FileError
from gradviz.runs.picture_files import ENDINGS, KINDS, LARGEST_PICTURE, recipe_in, with_recipe
from gradviz.runs.recipe import Recipe, recipe_of

NAME = 'émile </script> & "co" ]]> --> <b> 100 %'
PICTURES = (".png", ".svg", ".pdf", ".gif", ".html")


@cache
def recipe() -> Recipe:
    return recipe_of(record(Config(layers=4, epochs=30), [Intervention(5, "learning_rate", 0.5)]), 12, NAME, ["gradients"])


@cache
def long_recipe() -> Recipe:
    """As of a person who has turned the knob again and again."""
    return recipe_of(record(Config(layers=4, epochs=2000), [Intervention(epoch, "learning_rate", 0.1 + epoch / 7) for epoch in range(2000)]))


def drawing(colour: str = "white") -> Image.Image:
    image = Image.new("RGB", (60, 40), colour)
    ImageDraw.Draw(image).line([(0, 0), (59, 39)], fill="black")
    return image


def png(**options: Any) -> bytes:
    file = io.BytesIO()
    drawing().save(file, "PNG", **options)
    return file.getvalue()


def gif(frames: int = 3, **options: Any) -> bytes:
    file = io.BytesIO()
    drawing().save(file, "GIF", save_all=True, append_images=[drawing(colour) for colour in ("red", "blue")[: frames - 1]], **options)
    return file.getvalue()


def svg() -> bytes:
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40" data-odd="a > b">\n'
        b'<title>GradViz</title>\n<rect width="100%" height="100%" fill="#fff"/>\n<text x="5" y="20">\xc3\xa9</text>\n</svg>\n'
    )


def page() -> bytes:
    return b'<!DOCTYPE html>\n<html lang="en">\n<head data-odd="a > b"><title>Report</title></head>\n<body><p>Hello</p></body>\n</html>\n'


def pdf() -> bytes:
    writer = pypdf.PdfWriter()
    sheet = writer.add_blank_page(200, 100)
    lines = DecodedStreamObject()
    lines.set_data(b"BT /F1 24 Tf 20 40 Td (Vanishing) Tj ET")
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"), NameObject("/BaseFont"): NameObject("/Helvetica")}
    )
    sheet[NameObject("/Contents")] = writer._add_object(lines.flate_encode())
    sheet[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
    writer.add_metadata({"/Title": "GradViz", "/Producer": "Qt 6.10.2"})
    writer.pdf_header = "%PDF-1.4"
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


CONTENTS = {".png": png, ".svg": svg, ".pdf": pdf, ".gif": gif, ".html": page}


def written(folder: Path, ending: str, what: Recipe | None = None) -> Path:
    path = folder / f"picture{ending}"
    path.write_bytes(with_recipe(CONTENTS[ending](), ending, what or recipe()))
    return path


# --- there and back ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", PICTURES)
@pytest.mark.parametrize("which", [recipe, long_recipe])
def test_the_experiment_comes_back_whatever_the_file_is_called(tmp_path: Path, ending: str, which: Any) -> None:
    path = written(tmp_path, ending, which())
    for name in (path.name, "WhatsApp Image (1).jpeg"):
        path = path.rename(tmp_path / name)
        inside = recipe_in(path)
        assert inside.recipe == which()
        assert not inside.altered
        assert inside.sentence == ""


@pytest.mark.parametrize("ending", [".png", ".svg", ".gif", ".html"])
def test_all_else_in_the_file_is_as_it_was_byte_for_byte(ending: str) -> None:
    before = CONTENTS[ending]().replace(b"GIF87a", b"GIF89a")  # the older one knows no comments
    after = with_recipe(before, ending, recipe())
    place = next(place for place in range(len(before)) if before[place] != after[place])
    added = len(after) - len(before)
    assert any(after[:first] + after[first + added :] == before for first in range(max(0, place - 300), place + 1))


@pytest.mark.parametrize("ending", [".png", ".svg", ".gif", ".html"])
def test_a_file_that_has_an_experiment_gets_the_new_one_in_its_place(ending: str) -> None:
    first = with_recipe(CONTENTS[ending](), ending, long_recipe())
    assert with_recipe(first, ending, recipe()) == with_recipe(CONTENTS[ending](), ending, recipe())


def test_every_kind_that_is_written_is_tested_here() -> None:
    assert set(KINDS) == set(PICTURES) == set(CONTENTS)
    assert {*PICTURES, ".mp4", ".webm"} == set(ENDINGS)


# --- as other programs see it --------------------------------------------------------------------------------------------------------------


def assert_it_is_ours(text: str, what: Recipe) -> None:
    assert json.loads(text)["recipe"] == json.loads(what.text)


@pytest.mark.parametrize("which", [recipe, long_recipe])
@pytest.mark.parametrize("options", [{}, {"dpi": (300, 300)}, {"optimize": True}])
def test_pillow_reads_the_text_of_the_png_and_sees_the_same_pixels(which: Any, options: dict[str, Any]) -> None:
    image = Image.open(io.BytesIO(with_recipe(png(**options), ".png", which())))
    assert isinstance(image, PngImagePlugin.PngImageFile)
    image.load()  # checks every check sum
    assert_it_is_ours(image.text["gradviz"], which())
    np.testing.assert_array_equal(np.asarray(image), np.asarray(drawing()))
    assert ("dpi" in image.info) == ("dpi" in options)


def test_the_svg_is_well_formed_and_its_first_child_is_the_metadata() -> None:
    root = xml.etree.ElementTree.fromstring(with_recipe(svg(), ".svg", recipe()))
    first, title, *_ = root
    assert (first.tag, title.tag) == ("{http://www.w3.org/2000/svg}metadata", "{http://www.w3.org/2000/svg}title")
    (ours,) = first
    assert ours.tag == "{urn:gradviz:recipe}experiment"
    assert ours.text is not None
    assert_it_is_ours(ours.text, recipe())


def test_the_pdf_has_an_attachment_and_keeps_its_title_and_its_words() -> None:
    reader = pypdf.PdfReader(io.BytesIO(with_recipe(pdf(), ".pdf", recipe())), strict=True)
    assert list(reader.attachments) == ["experiment.json"]
    assert_it_is_ours(reader.attachments["experiment.json"][0].decode(), recipe())
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.producer, reader.pdf_header) == ("GradViz", "Qt 6.10.2", "%PDF-1.4")
    assert [sheet.extract_text() for sheet in reader.pages] == ["Vanishing"]


@pytest.mark.skipif(shutil.which("pdfdetach") is None, reason="needs poppler")
def test_poppler_takes_the_attachment_out_of_the_pdf(tmp_path: Path) -> None:
    path = written(tmp_path, ".pdf")
    said = subprocess.run(["pdfdetach", "-savefile", "experiment.json", "-o", tmp_path / "out.json", path], capture_output=True, text=True, check=True)
    assert said.stderr == ""
    assert_it_is_ours((tmp_path / "out.json").read_text(), recipe())
    assert subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout.strip() == "Vanishing"


@pytest.mark.parametrize("options", [{}, {"loop": 0, "duration": 40}, {"frames": 1}, {"comment": b"made by hand"}])
def test_pillow_reads_the_comment_of_the_gif_and_sees_the_same_film(options: dict[str, Any]) -> None:
    before, after = (Image.open(io.BytesIO(content)) for content in (gif(**options), with_recipe(gif(**options), ".gif", recipe())))
    for comment in (before.info.pop("comment", b""), b""):
        assert after.info.get("comment", b"").endswith(comment) or comment == b""
    assert_it_is_ours(after.info["comment"].decode().partition("made by hand")[0].strip(), recipe())
    assert {name: value for name, value in after.info.items() if name not in ("comment", "version")} == {
        name: value for name, value in before.info.items() if name != "version"
    }
    assert after.n_frames == before.n_frames == options.get("frames", 3)
    for number in range(after.n_frames):
        before.seek(number)
        after.seek(number)
        np.testing.assert_array_equal(np.asarray(after.convert("RGB")), np.asarray(before.convert("RGB")))


class Scripts(html.parser.HTMLParser):
    """What stands in a page's scripts, and the elements that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"] and not self.scripts[-1][1]:
            self.scripts[-1] = (self.scripts[-1][0], data)


def test_the_page_has_one_script_more_that_nobody_runs() -> None:
    after = Scripts(with_recipe(page(), ".html", recipe()).decode())
    assert after.tags == ["html", "head", "script", "title", "body", "p"]
    ((attributes, text),) = after.scripts
    assert attributes == {"type": "application/json", "id": "gradviz-recipe"}
    assert_it_is_ours(text, recipe())


# --- changed, cut short, foreign -----------------------------------------------------------------------------------------------------------


def painted_over(content: bytes, ending: str) -> bytes:
    """The picture with something else drawn, and the experiment left inside."""
    if ending == ".png":
        file, text = io.BytesIO(), PngImagePlugin.PngInfo()
        image = Image.open(io.BytesIO(content))
        assert isinstance(image, PngImagePlugin.PngImageFile)
        text.add_text("gradviz", image.text["gradviz"])  # as an image editor keeps it: in a chunk of another kind
        drawing("red").save(file, "PNG", pnginfo=text)
        return file.getvalue()
    if ending == ".pdf":
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
        writer.add_blank_page(10, 10)
        file = io.BytesIO()
        writer.write(file)
        return file.getvalue()
    if ending == ".gif":
        file = io.BytesIO()
        drawing("red").save(file, "GIF", comment=Image.open(io.BytesIO(content)).info["comment"])
        return file.getvalue()
    return content.replace(b"GradViz</title>", b"Vanished</title>").replace(b"Hello", b"Goodbye")


@pytest.mark.parametrize("ending", PICTURES)
def test_a_picture_that_somebody_painted_over_says_so_and_gives_the_experiment(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending)
    changed = painted_over(path.read_bytes(), ending)
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    inside = recipe_in(path)
    assert inside.recipe == recipe()
    assert inside.altered
    assert inside.sentence == "This picture was changed after GradViz wrote it; the experiment inside is the one it was made from."


def test_a_pdf_that_another_program_saved_without_changing_it_is_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, ".pdf")
    writer = pypdf.PdfWriter(clone_from=path)
    writer.compress_identical_objects()
    writer.write(path)
    assert not recipe_in(path).altered


@pytest.mark.parametrize("ending", [".svg", ".html"])
def test_other_ends_of_lines_are_no_change(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, ending)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert recipe_in(path).recipe == recipe()
    assert not recipe_in(path).altered


def test_an_svg_that_an_editor_wrote_anew_still_holds_the_experiment(tmp_path: Path) -> None:
    path = written(tmp_path, ".svg")
    xml.etree.ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    tree = xml.etree.ElementTree.parse(path)
    xml.etree.ElementTree.indent(tree)
    tree.write(path, encoding="utf-8")
    assert b"ns0:experiment" in path.read_bytes() or b"ns1:experiment" in path.read_bytes(), "the prefix is the editor's"
    assert recipe_in(path).recipe == recipe()


@pytest.mark.parametrize("ending", PICTURES)
def test_a_foreign_picture_says_what_to_ask_for(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"x{ending}"
    path.write_bytes(CONTENTS[ending]())
    with pytest.raises(FileError, match=r"holds no experiment of GradViz: it was not written by it, or another program .* Ask for the file itself"):
        recipe_in(path)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0\0\x10JFIF", b"<xml/>", b"\0" * 5000])
def test_what_is_no_picture_of_ours_at_all_says_which_are(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(FileError, match=r"'.*x\.png' is no picture that GradViz writes: those are PNG, SVG, PDF"):
        recipe_in(tmp_path / "x.png")


@pytest.mark.parametrize("ending", PICTURES)
def test_a_picture_cut_short_is_a_sentence_or_says_that_it_was_changed(tmp_path: Path, ending: str) -> None:
    whole, path = written(tmp_path, ending).read_bytes(), tmp_path / "cut"
    end = whole.rstrip().rfind(b"IEND") - 4 if ending == ".png" else len(whole.rstrip()) - 1
    found = []
    for length in range(0, end, 5):
        path.write_bytes(whole[:length])
        try:
            inside = recipe_in(path)
        except FileError:
            continue
        assert inside.recipe == recipe()
        found.append(inside.altered)
    assert all(found)
    assert (len(found) > 5) == (ending != ".pdf"), "what is left of a picture leads to its experiment; a PDF's contents stand at its end"


@pytest.mark.parametrize("ending", PICTURES)
@settings(max_examples=150)
@given(place=st.integers(0, 2**31), byte=st.integers(0, 255))
def test_whatever_byte_is_changed_the_experiment_is_the_right_one_or_refused(
    tmp_path_factory: pytest.TempPathFactory, ending: str, place: int, byte: int
) -> None:
    content = bytearray(with_recipe(CONTENTS[ending](), ending, recipe()))
    content[place % len(content)] = byte
    path = tmp_path_factory.mktemp("changed") / "x"
    path.write_bytes(content)
    try:
        inside = recipe_in(path)
    except FileError as problem:
        said = str(problem)
    else:
        assert inside.recipe == recipe()
        return
    assert said.endswith(".")


@pytest.mark.parametrize("begins", [b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%PDF-1.4\n", b"<svg>", b"<!DOCTYPE html>", b"\0\0\0\x20ftypisom", b"\x1a\x45\xdf\xa3"])
@settings(max_examples=40)
@given(rest=st.binary(max_size=300))
def test_whatever_follows_a_pictures_first_bytes_is_a_sentence(tmp_path_factory: pytest.TempPathFactory, begins: bytes, rest: bytes) -> None:
    path = tmp_path_factory.mktemp("odd") / "x"
    path.write_bytes(begins + rest)
    with pytest.raises(FileError):
        recipe_in(path)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_a_text_that_unpacks_without_end_is_not_unpacked(tmp_path: Path, kind: bytes) -> None:
    bomb = zlib.compress(b" " * 50_000_000)
    body = b"gradviz\0\0" + bomb if kind == b"zTXt" else b"gradviz\0\x01\0\0\0" + bomb
    content = png()
    (tmp_path / "x.png").write_bytes(content[:33] + chunk(kind, body) + content[33:])
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match="holds no experiment"):
            recipe_in(tmp_path / "x.png")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        b"<svg>" + b"<metadata " + b'id="gradviz-recipe" ' * 100_000,
        b"<html>" + b"<script " + b'id="gradviz-recipe" ' * 100_000,
        b"<svg>" + b"<" + b"a" * 5_000_000,
    ],
)
def test_a_page_that_is_made_to_be_searched_for_ever_is_not(tmp_path: Path, content: bytes) -> None:
    """A search that goes back and forth takes as many steps as the square of their length: minutes."""
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(FileError, match="holds no experiment"):
        recipe_in(tmp_path / "x")


def test_a_picture_larger_than_any_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.png").open("wb") as file:
        file.write(png())
        file.truncate(LARGEST_PICTURE + 1)
    with pytest.raises(FileError, match=r"is larger than any picture of GradViz: 209,715,201 bytes, where 209,715,200"):
        recipe_in(tmp_path / "x.png")


def test_what_is_not_there_or_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"Cannot read .*: No such file"):
        recipe_in(tmp_path / "x.png")
    with pytest.raises(FileError, match=r"Cannot read .*: Is a directory"):
        recipe_in(tmp_path)


# --- films ---------------------------------------------------------------------------------------------------------------------------------


def film(path: Path, **metadata: str) -> Path:
    av = pytest.importorskip("av")
    codec = "libx264" if path.suffix == ".mp4" else "libvpx-vp9"
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        stream = container.add_stream(codec, rate=10, width=64, height=48, pix_fmt="yuv420p")
        for colour in (0, 100, 200):
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), colour, np.uint8), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_the_experiment_is_in_a_films_comment(tmp_path: Path, ending: str) -> None:
    inside = recipe_in(film(tmp_path / f"x{ending}", comment=recipe().text))
    assert inside.recipe == recipe()
    assert not inside.altered
    with pytest.raises(FileError, match="holds no experiment"):
        recipe_in(film(tmp_path / f"foreign{ending}", comment="made on a holiday"))


def test_without_the_library_that_reads_films_it_is_said_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "x.mp4").write_bytes(b"\0\0\0\x20ftypisom")
    with pytest.raises(FileError, match="needs the Python package 'av'"):
        recipe_in(tmp_path / "x.mp4")
