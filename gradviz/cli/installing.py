"""GradViz in the menu of the desktop, and out of it again."""

from __future__ import annotations

import shlex
import subprocess
import sys

import click

from gradviz.runs import desktop
from gradviz.runs.files import FileError

#: What there is instead on systems whose menus are made in another way.
INSTEAD = {
    "win32": "On Windows a shortcut does this: right-click the desktop, New > Shortcut, and give it the command below; "
    "to open a run, drop it on the window, or use File > Open.",
    "darwin": "On macOS a program in the Dock is a bundle, which this command does not make. Start GradViz with the command below; to open a run, drop it "
    "on the window, or use File > Open.",
}


def install(*, remove: bool, dry_run: bool) -> int:
    """Put the desktop's files where they belong for this user, or take them away; returns the exit status."""
    if sys.platform in INSTEAD:
        joined = subprocess.list2cmdline if sys.platform == "win32" else shlex.join
        raise FileError(f"{INSTEAD[sys.platform]}\n{joined(desktop.command())}")
    return _remove(dry_run=dry_run) if remove else _install(dry_run=dry_run)


def _drawn(drawing: str, size: int) -> bytes:
    from gradviz.ui.icons import png

    return png(drawing, size)


def _install(*, dry_run: bool) -> int:
    home = desktop.data_home()
    files = desktop.desktop_files(home, desktop.command(), _drawn)
    if not dry_run:
        desktop.write_all(files)
    for path in files:
        click.echo(f"{'Would write' if dry_run else 'Wrote'} {path}")
    if not dry_run:
        for sentence in desktop.read_anew(home):
            click.echo(sentence)
        click.echo("GradViz is in the menu, and a double click on a saved run opens it. `gradviz install-desktop --remove` takes it out again.")
    return 0


def _remove(*, dry_run: bool) -> int:
    home = desktop.data_home()
    paths = list(desktop.desktop_files(home, ("gradviz",), lambda _drawing, _size: b""))
    there = [path for path in paths if path.is_file()] if dry_run else desktop.remove_all(paths)
    for path in there:
        click.echo(f"{'Would remove' if dry_run else 'Removed'} {path}")
    if not there:
        click.echo(f"GradViz is not in the menu: none of its files is in {home}.")
    elif not dry_run:
        for sentence in desktop.read_anew(home):
            click.echo(sentence)
        desktop.remove_empty_folders(paths, home)
    return 0
