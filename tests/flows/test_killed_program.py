"""The whole program in a process of its own, killed: what is lost, and what comes back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication

from pe_models import places
from pe_viewer.services.single_instance import server_name

LOSS_S = 5.0
"""What a kill may cost at most (issue 6, part 8)."""

N_ACTS = 40
EVERY_MS = 250

READER = f"""
import sys, time
from pathlib import Path
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pe_viewer import app
from pe_viewer.main_window import MainWindow
application = app.make_application()
acts = [0]

def act():
    windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    if not windows or windows[0]._state.snapshot.volume is None:
        return
    if acts[0] == 0:
        QTest.keyClick(windows[0].views.slice_view, Qt.Key.Key_End)
    if acts[0] == {N_ACTS}:
        return
    slice_index = windows[0]._state.snapshot.slice_index
    QTest.keyClick(windows[0].views.slice_view, Qt.Key.Key_K)
    print(time.time(), slice_index, flush=True)
    QTest.keyClick(windows[0].views.slice_view, Qt.Key.Key_Up)
    acts[0] += 1

timer = QTimer()
timer.timeout.connect(act)
timer.start({EVERY_MS})
sys.exit(app.run([Path(word) for word in sys.argv[1:]]))
"""

AFTERWARDS = """
import json, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pe_viewer import app
from pe_viewer.main_window import MainWindow
application = app.make_application()

def look():
    windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    if not windows:
        return
    snapshot = windows[0]._state.snapshot
    is_idle = snapshot.series is None and not snapshot.scanning.is_running
    if snapshot.session is not None and is_idle:
        print(json.dumps({"has_ended": snapshot.session.has_ended}), flush=True)
        windows[0].views.welcome.session_requested.emit()
    if snapshot.volume is not None:
        told = {"slice_index": snapshot.slice_index, "marked": sorted(snapshot.review.key_slices)}
        print(json.dumps(told), flush=True)
        timer.stop()
        windows[0].close()

timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
sys.exit(app.run([]))
"""


@pytest.mark.long
@pytest.mark.parametrize("after_s", [6.3, 8.1])
def test_a_kill_costs_five_seconds_at_most_and_the_next_start_goes_on(
    write_ct: Callable[..., Any], tmp_path: Path, after_s: float
) -> None:
    write_ct(tmp_path / "ct", n_slices=60)
    acts: list[tuple[float, int]] = []
    command = [sys.executable, "-c", READER, str(tmp_path / "ct")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        for line in reader.stdout:
            at, slice_index = line.split()
            acts.append((float(at), int(slice_index)))
            if acts[-1][0] - acts[0][0] >= after_s:
                break
        killed_at = time.time()
        os.kill(reader.pid, signal.SIGKILL)
    due = {slice_index for at, slice_index in acts if killed_at - at >= LOSS_S}
    assert due, "nothing was old enough to count"

    again = subprocess.run(
        [sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, timeout=120, check=False
    )
    assert (again.returncode, again.stderr) == (0, "")
    offer, restored = (json.loads(line) for line in again.stdout.splitlines())
    assert offer == {"has_ended": False}
    assert due <= set(restored["marked"])
    assert restored["slice_index"] >= max(due), "the reader went toward the head"


@pytest.mark.long
def test_a_second_start_while_the_first_comes_up_opens_no_second_window(
    write_ct: Callable[..., Any], tmp_path: Path, qapp: QApplication
) -> None:
    write_ct(tmp_path / "ct")
    command = [sys.executable, "-m", "pe_viewer", str(tmp_path / "ct")]
    with subprocess.Popen(command) as first:
        door = QLocalSocket()
        while door.state() is not QLocalSocket.LocalSocketState.ConnectedState:
            assert first.poll() is None
            door.connectToServer(server_name(places.user_data()))
            door.waitForConnected(100)
        door.abort()
        second = subprocess.run(command, timeout=60, check=False, capture_output=True)
        assert (second.returncode, second.stderr) == (0, b"")
        assert first.poll() is None
        first.kill()
