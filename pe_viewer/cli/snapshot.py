"""``pe-viewer snapshot``: the window as a person would see it after analysis, as pictures."""

import argparse
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer

from pe_models.cli import DONE, output
from pe_models.errors import ExportError, InputError, PEError
from pe_viewer.app import Room, make_application, make_room
from pe_viewer.services.analysis import AnalysisWorker
from pe_viewer.settings import SettingsFile
from pe_viewer.state import Activity, Phase, ReviewSnapshot

SIZE_PX: Final = (1600, 1000)

_SETTLE_MS: Final = 250
"""The views draw thumbnails when the event loop is idle; this is long enough for all of them."""


def run(args: argparse.Namespace) -> int:
    """Raises PEError where the path holds nothing, is refused, or cannot be analysed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop runs no Python handler
    application = make_application()
    room = make_room(SettingsFile(None), AnalysisWorker(bundle=args.bundle, device=args.device))
    try:
        room.window.resize(*SIZE_PX)
        room.window.show()
        _open(room, args.path, args.series)
        _require_slice(room, args.slice)
        _analyze(room)
        files = _take_pictures(room, args.out, args.slice)
    finally:
        room.close()
    del application
    _say_result(args.progress, files)
    return DONE


def _open(room: Room, path: Path, series_uid: str | None) -> None:
    opening = room.controller.opening
    opening.open_path(path)
    wait_for(room, lambda s: not s.scanning.is_running)
    _raise_if_failed(room.state.snapshot.scanning)
    if series_uid is not None:
        opening.open_series(series_uid)
        shown = room.state.snapshot.series
        if shown is None or shown.series_uid != series_uid:
            raise InputError("No series here has that UID: 'pe-models scan PATH' lists them.")
    wait_for(room, lambda s: not s.loading.is_running)
    _raise_if_failed(room.state.snapshot.loading)


def _require_slice(room: Room, slice_index: int | None) -> None:
    n_slices = room.state.snapshot.n_slices
    if slice_index is not None and not 0 <= slice_index < n_slices:
        raise InputError(f"There is no slice {slice_index}: indices are 0 to {n_slices - 1}.")


def _analyze(room: Room) -> None:
    room.controller.analysing.analyze()
    wait_for(room, lambda s: not s.analysis.is_running)
    _raise_if_failed(room.state.snapshot.analysis)


def _take_pictures(room: Room, out: Path, slice_index: int | None) -> tuple[Path, ...]:
    snapshot = room.state.snapshot
    if slice_index is not None:
        room.controller.navigation.go_to(slice_index)
    elif snapshot.flags:
        surest = max(snapshot.flags, key=lambda flag: flag.score)
        room.controller.navigation.go_to(surest.peak)
    overlay = replace(snapshot.overlay, is_visible=True)
    return (
        _save_picture(room, out / "window.png"),
        _save_picture(room, out / "window-overlay.png", overlay=overlay),
    )


def _save_picture(room: Room, path: Path, **look: object) -> Path:
    before = {name: getattr(room.state.snapshot, name) for name in look}
    room.state.update(**look)
    _settle()
    picture = room.window.grab().toImage()
    room.state.update(**before)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"The folder cannot be made: {error.strerror}.") from error
    if not picture.save(str(path)):
        path.unlink(missing_ok=True)
        raise ExportError(f"{path.name} could not be written. Choose another folder or make room.")
    return path


def wait_for(room: Room, is_met: Callable[[ReviewSnapshot], bool]) -> None:
    """Runs the event loop until the snapshot meets the condition."""
    loop = QEventLoop()

    def check(old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if is_met(new):
            loop.quit()

    room.state.changed.connect(check)
    try:
        if not is_met(room.state.snapshot):
            loop.exec()
    finally:
        room.state.changed.disconnect(check)


def _settle() -> None:
    loop = QEventLoop()
    QTimer.singleShot(_SETTLE_MS, loop.quit)
    loop.exec()


def _raise_if_failed(activity: Activity) -> None:
    if activity.phase is not Phase.DONE:
        raise PEError(activity.message or "This was stopped before it was done.")


def _say_result(mode: str, files: tuple[Path, ...]) -> None:
    if mode == output.ProgressMode.JSON:
        output.finish(mode, files=[str(path) for path in files])
        return
    for path in files:
        output.say(str(path))
