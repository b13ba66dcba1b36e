"""The command line's door: it turns whatever goes wrong into one sentence and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence

FAILED, BAD_USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns 0, 1 for a failure, 2 for bad usage, 130 after Ctrl-C. Never a traceback for what a person did."""
    try:
        import click

        from gradviz.cli.commands import gradviz
        from gradviz.core.config import ConfigError
        from gradviz.runs.files import FileError
    except ImportError as problem:
        return _complain(_missing(problem))
    try:
        status = gradviz.main(args=None if arguments is None else list(arguments), prog_name="gradviz", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except ConfigError as problem:
        return _complain(str(problem), BAD_USAGE)
    except FileError as problem:
        return _complain(str(problem))
    except ImportError as problem:
        return _complain(_missing(problem))
    except MemoryError:
        return _complain("There is not enough memory for this run; use fewer layers or samples, or observe fewer epochs (observe_every).")
    except (KeyboardInterrupt, click.Abort):
        return _complain("Stopped.", INTERRUPTED)
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        sys.stderr.close()
        return FAILED
    except OSError as problem:  # one that belongs to no file of ours, such as a full disk behind `> result.json`
        return _complain(f"The operating system refused: {problem}.")
    return status if isinstance(status, int) else 0


def _complain(sentence: str, status: int = FAILED) -> int:
    print(sentence, file=sys.stderr)
    return status


def _missing(problem: ImportError) -> str:
    if isinstance(problem, ModuleNotFoundError) and problem.name and not problem.name.startswith("gradviz"):
        what = f"GradViz needs the Python package '{problem.name.partition('.')[0]}', which {sys.executable} does not have."
        return f"{what}\nInstall everything it needs from its own folder with:  python3 -m venv .venv && .venv/bin/pip install -e ."
    library = str(problem).partition(":")[0]
    return (
        f"GradViz cannot load a part that it needs: {problem}.\n"
        f"On Debian or Ubuntu the system packages that Qt needs come with:  sudo apt-get install {DEBIAN_PACKAGES}"
        if library.endswith(".so") or ".so." in library
        else f"GradViz cannot load a part that it needs: {problem}.\nInstall it anew from its own folder with:  .venv/bin/pip install --force-reinstall -e ."
    )


DEBIAN_PACKAGES = (
    "libgl1 libegl1 libfontconfig1 libdbus-1-3 libxkbcommon0 libglib2.0-0 fonts-dejavu-core "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"
)
