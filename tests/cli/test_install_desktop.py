"""`gradviz install-desktop`: what a Linux desktop reads, held against the desktop's own programs where they are there."""

from __future__ import annotations

import configparser
import io
import os
import shlex
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gradviz import Config, record
from gradviz.runs import desktop
from gradviz.runs.files import FileError
from gradviz.runs.store import save

Gradviz = Callable[..., Any]
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="desktop entries are Linux's")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data, in a folder of its own."""
    folder = tmp_path / "user data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def files_in(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else {}


def listed(out: str, verb: str) -> list[Path]:
    """The files that the command says it wrote or removed."""
    return [Path(line.removeprefix(f"{verb} ")) for line in out.splitlines() if line.startswith(f"{verb} ")]


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


def asked(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=60)


def test_it_lists_what_it_writes_and_each_of_these_is_there(gradviz: Gradviz, home: Path) -> None:
    said = gradviz("install-desktop")
    assert (said.status, said.err) == (0, "")
    written = listed(said.out, "Wrote")
    assert all(path.is_file() and home in path.parents for path in written)
    names = {str(path.relative_to(home)) for path in written}
    assert {"applications/gradviz.desktop", "metainfo/gradviz.metainfo.xml", "mime/packages/gradviz.xml"} < names
    assert {"icons/hicolor/scalable/apps/gradviz.svg", "icons/hicolor/16x16/mimetypes/application-x-gradviz-run.png"} < names
    assert len(names) == 3 + 2 * (1 + len(desktop.SIZES))


def test_every_icon_has_the_size_of_its_folder_and_shows_something(gradviz: Gradviz, home: Path) -> None:
    gradviz("install-desktop")
    icons = sorted((home / "icons" / "hicolor").glob("*/*/*.png"))
    sizes = {}
    for path in icons:
        with Image.open(path) as icon:
            size, _, _ = path.parts[-3].partition("x")
            assert icon.size == (int(size), int(size)), path
            colours = icon.convert("RGBA").getcolors(maxcolors=512 * 512)
            assert colours is not None
            assert len([colour for _, colour in colours if colour[3] > 200]) >= 8, f"{path} is empty or of one colour"
            sizes.setdefault(path.stem, set()).add(int(size))
    assert sizes == {"gradviz": set(desktop.SIZES), "application-x-gradviz-run": set(desktop.SIZES)}


def test_the_small_icons_are_drawn_with_fewer_and_thicker_marks(gradviz: Gradviz, home: Path) -> None:
    gradviz("install-desktop")
    shares = {}
    for size in (16, 512):
        with Image.open(home / "icons" / "hicolor" / f"{size}x{size}" / "apps" / "gradviz.png") as icon:
            pixels = np.asarray(icon.convert("RGBA")).astype(int)
        bright = (pixels[..., :3].max(axis=-1) > 140) & (pixels[..., 3] > 200)
        shares[size] = bright.mean()
    assert shares[16] > 1.3 * shares[512]


def test_twice_is_as_once_and_remove_takes_exactly_these_files_away(gradviz: Gradviz, home: Path) -> None:
    other = home / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("another program's")
    first = gradviz("install-desktop")
    once = files_in(home)
    assert gradviz("install-desktop").out == first.out
    assert files_in(home).keys() == once.keys()
    said = gradviz("install-desktop", "--remove")
    assert said.status == 0
    assert sorted(listed(said.out, "Removed")) == sorted(listed(first.out, "Wrote"))
    ours = set(listed(first.out, "Wrote"))
    left = files_in(home)
    assert left[other] == b"another program's"
    assert not ours & set(left)
    assert not [path for path in left if "gradviz" in path.name or b"gradviz" in left[path]], "what the desktop wrote knows of us no more"
    again = gradviz("install-desktop", "--remove")
    assert (again.status, listed(again.out, "Removed")) == (0, [])
    assert "not in the menu" in again.out


def test_where_no_program_of_the_desktop_is_there_nothing_else_is_left_behind(gradviz: Gradviz, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home.parent))
    said = gradviz("install-desktop")
    assert (said.status, said.err) == (0, "")
    assert "There is no update-mime-database on this machine, so the type of saved runs may be known only after the next login." in said.out
    assert "There is no update-desktop-database" in said.out
    assert sorted(files_in(home)) == sorted(listed(said.out, "Wrote"))
    gradviz("install-desktop", "--remove")
    assert list(home.iterdir()) == [], "no file, and no folder"


def test_a_dry_run_says_the_same_and_writes_nothing(gradviz: Gradviz, home: Path) -> None:
    dry = gradviz("install-desktop", "--dry-run")
    assert dry.status == 0
    assert not home.exists()
    real = gradviz("install-desktop")
    assert listed(dry.out, "Would write") == listed(real.out, "Wrote")
    before = files_in(home)
    dry = gradviz("install-desktop", "--remove", "--dry-run")
    assert sorted(listed(dry.out, "Would remove")) == sorted(listed(real.out, "Wrote"))
    assert files_in(home) == before


def test_a_folder_that_cannot_be_is_a_sentence_and_nothing_is_half_written(gradviz: Gradviz, home: Path) -> None:
    home.mkdir()
    (home / "metainfo").write_text("no folder")  # applications comes before it, mime after it
    said = gradviz("install-desktop")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith(f"Cannot make the folder '{home / 'metainfo'}': ")
    assert said.err.count("\n") == 1
    assert [path.name for path in home.iterdir()] == ["metainfo"]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_is_not_ours_to_write_is_a_sentence(gradviz: Gradviz, home: Path) -> None:
    home.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    said = gradviz("install-desktop")
    assert (said.status, said.out) == (1, "")
    assert str(home) in said.err
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("good", [0, 1, 5])
def test_a_disk_that_is_full_half_way_leaves_everything_as_it_was(gradviz: Gradviz, home: Path, monkeypatch: pytest.MonkeyPatch, good: int) -> None:
    entry = home / "applications" / "gradviz.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text("an older one")
    real, done = Path.replace, []

    def replace(path: Path, target: Path) -> Path:
        if len(done) == good:
            raise OSError(28, "No space left on device")
        done.append(target)
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    said = gradviz("install-desktop")
    assert (said.status, said.out) == (1, "")
    assert "No space left on device" in said.err
    assert len(done) == good
    assert files_in(home) == {entry: b"an older one"}
    assert [path.name for path in home.iterdir()] == ["applications"], "the folders that were made are gone too"


@pytest.mark.parametrize(("system", "words"), [("win32", "shortcut"), ("darwin", "Dock")])
def test_other_systems_get_a_sentence_on_what_there_is_instead(gradviz: Gradviz, home: Path, monkeypatch: pytest.MonkeyPatch, system: str, words: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    said = gradviz("install-desktop")
    assert (said.status, said.out) == (1, "")
    assert words in said.err
    assert desktop.command()[0] in said.err
    assert not home.exists()


def test_a_data_folder_that_is_not_absolute_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert desktop.data_home({"XDG_DATA_HOME": "relative/folder"}) == tmp_path / ".local" / "share"
    assert desktop.data_home({}) == tmp_path / ".local" / "share"
    assert desktop.data_home({"XDG_DATA_HOME": "/data"}) == Path("/data")


# the entry


def entry_of(home: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(home / "applications" / "gradviz.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_entry_starts_the_installation_that_wrote_it(gradviz: Gradviz, home: Path) -> None:
    gradviz("install-desktop")
    entry = entry_of(home)
    *start, field = shlex.split(entry["Exec"])
    assert field == "%f"
    assert entry["TryExec"] == start[0]
    assert Path(start[0]).is_absolute()
    done = asked(*start, "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "gradviz,")
    assert (entry["Terminal"], entry["Icon"], entry["MimeType"]) == ("false", "gradviz", "application/x-gradviz-run;")


def test_the_script_that_was_called_is_what_the_menu_calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "gradviz"
    script.write_text("#!/bin/sh\n")
    monkeypatch.setattr(sys, "argv", [str(script), "install-desktop"])
    assert desktop.command() != (str(script),), "one that cannot be started starts nothing"
    script.chmod(0o755)
    assert desktop.command() == (str(script),)
    monkeypatch.setattr(sys, "argv", ["gradviz"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3"))
    assert desktop.command() == (str(script),), "and so is the one beside this Python"


def unquoted(line: str) -> list[str]:
    """The arguments of an Exec line, read as the specification says; written from it, and not from what writes."""
    text, arguments, now, inside, begun = line.replace("\\\\", "\\"), [], "", False, False
    letters = iter(text)
    for letter in letters:
        if letter == '"':
            inside, begun = not inside, True
        elif letter == "\\" and inside:
            now += next(letters)
        elif letter == " " and not inside:
            arguments.append(now)
            now, begun = "", False
        else:
            now += letter
            begun = True
    if begun:
        arguments.append(now)
    return [argument.replace("%%", "%") for argument in arguments]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), min_size=1), min_size=1, max_size=4))
def test_what_is_quoted_reads_back(arguments: list[str]) -> None:
    assert unquoted(" ".join(map(desktop.quoted, arguments))) == arguments


@pytest.mark.parametrize("path", ["/opt/a\nb/gradviz", "/opt/a\x07b/gradviz"])
def test_a_path_that_no_entry_can_hold_is_a_sentence(path: str) -> None:
    with pytest.raises(FileError, match="no desktop entry can hold"):
        desktop.entry((path,))


@pytest.mark.parametrize(("path", "words"), [("/opt/a=b/gradviz", "an equals sign"), ("/opt/50%/gradviz", "a percent sign")])
def test_a_program_that_no_desktop_would_start_is_a_sentence(path: str, words: str) -> None:
    with pytest.raises(FileError, match=words):
        desktop.entry((path,))


@needs("gio")
def test_the_desktop_starts_it_from_a_folder_of_any_name_with_a_file_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / """it's a "very" $odd `folder` of (\\new) ünïts & more"""
    folder.mkdir()
    said = tmp_path / "said.txt"
    script = folder / "gradviz"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(said))}.part && mv {shlex.quote(str(said))}.part {shlex.quote(str(said))}\n')
    script.chmod(0o755)
    entry, run = tmp_path / "gradviz.desktop", tmp_path / 'my "run" 50%.npz'
    entry.write_text(desktop.entry((str(script), "two words", "50%")), encoding="utf-8")
    run.write_bytes(b"")
    done = asked("gio", "launch", entry, run)
    assert (done.returncode, done.stderr) == (0, "")
    for _ in range(1000):  # gio does not wait for what it has started
        if said.exists():
            break
        asked("true")
    assert said.read_text().splitlines() == ["two words", "50%", str(run)]


@needs("desktop-file-validate")
def test_the_desktops_own_check_of_the_entry_finds_nothing(gradviz: Gradviz, home: Path) -> None:
    gradviz("install-desktop")
    done = asked("desktop-file-validate", "--warn-kde", home / "applications" / "gradviz.desktop")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# its description


@needs("appstreamcli")
def test_software_centres_find_nothing_wrong_but_the_name_without_a_domain(gradviz: Gradviz, home: Path) -> None:
    gradviz("install-desktop")
    description = home / "metainfo" / "gradviz.metainfo.xml"
    done = asked("appstreamcli", "validate", "--no-net", "--no-color", "--override=cid-desktopapp-is-not-rdns=info", description)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {line.split()[2] for line in done.stdout.splitlines() if line[:2] in ("E:", "W:", "I:")}
    assert found == {"cid-desktopapp-is-not-rdns"}


def test_description_entry_and_type_name_each_other(gradviz: Gradviz, home: Path) -> None:
    gradviz("install-desktop")
    described = ElementTree.parse(home / "metainfo" / "gradviz.metainfo.xml").getroot()
    kind = ElementTree.parse(home / "mime" / "packages" / "gradviz.xml").getroot().find(f"{MIME}mime-type")
    assert kind is not None
    assert described.findtext("launchable") == "gradviz.desktop"
    assert f"{described.findtext('provides/mediatype')};" == entry_of(home)["MimeType"] == f"{kind.get('type')};"
    assert described.findtext("project_license") == "GPL-3.0-or-later"
    icon = kind.find(f"{MIME}icon")
    assert icon is not None
    assert (home / "icons" / "hicolor" / "scalable" / "mimetypes" / f"{icon.get('name')}.svg").is_file()


# the type of runs


@pytest.fixture
def archives(tmp_path: Path, data: Path) -> dict[str, Path]:
    """Files that end alike: saved runs, under this and that name, and archives that are none."""
    found = {"run": tmp_path / "run.npz", "unnamed": tmp_path / "unnamed", "arrays": tmp_path / "arrays.npz", "alike": tmp_path / "alike.npz"}
    save(record(Config(layers=3, epochs=2)), found["run"])
    shutil.copy(found["run"], found["unnamed"])
    np.savez(found["arrays"], a=np.zeros(3))
    np.savez(found["alike"], manifest=np.frombuffer(b'{"format":"somebody else\'s run"}', np.uint8), h=np.zeros(9))
    return {**found, "old": data / "run_of_version_1.npz"}


RUNS, OTHERS = ("run", "unnamed", "old"), ("arrays", "alike")


def test_the_magic_of_the_type_is_in_every_run_and_in_no_other_archive(archives: dict[str, Path], checkout: Path) -> None:
    kind = ElementTree.parse(checkout / "resources" / "desktop" / "gradviz.xml").getroot()
    matches = list(kind.iter(f"{MIME}match"))
    assert not list(kind.iter(f"{MIME}glob")), "an .npz is any archive of arrays"

    def holds(match: ElementTree.Element, content: bytes) -> bool:
        begin, _, end = match.attrib["offset"].partition(":")
        wanted = match.attrib["value"].encode().decode("unicode_escape").encode()
        return any(content.startswith(wanted, place) for place in range(int(begin), int(end or begin) + 1))

    for name, path in archives.items():
        content = path.read_bytes()
        assert all(holds(match, content) for match in matches) == (name in RUNS), name


@needs("update-mime-database", "gio")
@pytest.mark.usefixtures("home")
def test_the_desktop_knows_a_run_by_what_is_in_it_and_opens_it_with_gradviz(gradviz: Gradviz, archives: dict[str, Path]) -> None:
    gradviz("install-desktop")
    for name, path in archives.items():
        kind = asked("gio", "info", "-a", "standard::content-type", path).stdout.split()[-1]
        assert (kind == desktop.RUN_TYPE) == (name in RUNS), (name, kind)
    if shutil.which("update-desktop-database"):
        assert "gradviz.desktop" in asked("gio", "mime", desktop.RUN_TYPE).stdout
    gradviz("install-desktop", "--remove")
    assert "gradviz" not in asked("gio", "info", "-a", "standard::content-type", archives["run"]).stdout.split()[-1]


ASK_QT = """
import sys
from PyQt6.QtCore import QMimeDatabase
print(*(QMimeDatabase().mimeTypeForFile(path).name() for path in sys.argv[1:]))
"""


@needs("update-mime-database")
@pytest.mark.parametrize("names", [RUNS, OTHERS], ids=["runs", "others"])
@pytest.mark.usefixtures("home")
def test_so_does_a_desktop_that_is_made_with_qt(gradviz: Gradviz, archives: dict[str, Path], names: tuple[str, ...]) -> None:
    gradviz("install-desktop")
    kinds = asked(sys.executable, "-c", ASK_QT, *(archives[name] for name in names)).stdout.split()
    assert [kind == desktop.RUN_TYPE for kind in kinds] == [names is RUNS] * len(names)


def test_the_command_draws_its_icons_without_a_screen(tmp_path: Path, checkout: Path, python_environment: dict[str, str]) -> None:
    bare = {name: value for name, value in python_environment.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, str(checkout / "main.py"), "install-desktop"]
    done = subprocess.run(command, capture_output=True, check=False, env={**bare, "XDG_DATA_HOME": str(tmp_path)}, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    content = (tmp_path / "icons" / "hicolor" / "48x48" / "apps" / "gradviz.png").read_bytes()
    with Image.open(io.BytesIO(content)) as icon:
        assert icon.size == (48, 48)
