"""Makes the README's picture anew: the real window, case 1(b), on whatever screen there is. Run: python tests/readme_picture.py"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QSettings, QTimer

from gradviz.runs.presets import presets
from gradviz.runs.resources import resource
from gradviz.ui.app import application
from gradviz.ui.window import Window

EPOCHS = 300


def main() -> int:
    app = application()
    with tempfile.TemporaryDirectory() as folder:
        window = Window(presets()["notebook-1b"], settings=QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat))
        window.use_theme("light")
        window.resize(1280, 800)
        window.show()
        window.actions_by_name["run"].trigger()
        timer = QTimer(window)
        path = resource("pictures/window.png")

        def look() -> None:
            if window.run.epochs_done < EPOCHS:
                return
            timer.stop()
            window.actions_by_name["run"].trigger()
            QTimer.singleShot(200, keep)

        def keep() -> None:
            saved = window.grab().save(str(path))
            window.close()
            app.exit(0 if saved else 1)

        timer.timeout.connect(look)
        timer.start(20)
        status = app.exec()
        sip.delete(window)
    print(f"Wrote {path}.")
    return status


if __name__ == "__main__":
    sys.exit(main())
