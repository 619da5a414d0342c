"""A second start hands its paths to the first window; what a killed one left stops nobody."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from pytestqt.qtbot import QtBot

from pe_models.errors import PEError
from pe_viewer.services.single_instance import SingleInstance, StartRequest, server_name

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from pe_viewer.services.single_instance import SingleInstance, StartRequest
application = QCoreApplication([])
paths = tuple(Path(word) for word in sys.argv[3:])
request = StartRequest(paths, sys.argv[2] == "analyze")
sys.exit(0 if SingleInstance(Path(sys.argv[1])).hand_over(request) else 3)
"""

FIRST = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from pe_viewer.services.single_instance import SingleInstance
application = QCoreApplication([])
first = SingleInstance(Path(sys.argv[1]))
print(first.listen(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path) -> Iterator[SingleInstance]:
    instance = SingleInstance(tmp_path)
    assert instance.listen()
    yield instance
    instance.close()


@pytest.mark.parametrize("analyzes", [False, True])
def test_a_second_start_hands_over_what_it_was_asked_for_and_ends(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot, analyzes: bool
) -> None:
    words = ["CT of the day", "ünïcode"]
    asked = [str(tmp_path), "analyze" if analyzes else "", *words]
    with qtbot.waitSignal(first.start_requested) as told:
        second = subprocess.Popen([sys.executable, "-c", SECOND, *asked])
    qtbot.waitUntil(lambda: second.poll() is not None)
    assert second.returncode == 0
    paths = tuple(Path(word).absolute() for word in words)
    assert told.args == [StartRequest(paths, analyzes)]


def test_a_start_without_paths_asks_for_the_window_alone(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(first.start_requested) as told:
        second = subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path), ""])
    qtbot.waitUntil(lambda: second.poll() is not None)
    assert told.args == [StartRequest()]


def test_without_a_first_window_there_is_nobody_to_hand_over_to(
    qtbot: QtBot, tmp_path: Path
) -> None:
    assert not SingleInstance(tmp_path).hand_over(StartRequest((tmp_path,)))


def test_what_a_killed_window_left_stops_nobody(qtbot: QtBot, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FIRST, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"True\n"
        os.kill(killed.pid, signal.SIGKILL)
    after = SingleInstance(tmp_path)
    assert not after.hand_over(StartRequest((tmp_path,)))
    assert after.listen()
    after.close()


def test_a_window_that_hangs_is_told_in_words(
    first: SingleInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pe_viewer.services.single_instance._ANSWER_MS", 100)
    with pytest.raises(PEError, match="does not answer"):  # this test holds its event loop up
        SingleInstance(tmp_path).hand_over(StartRequest((tmp_path,)))


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\xff\n",
        b"{}\n",
        b"[1]\n",
        b"null\n",
        b'{"paths": [1], "analyzes": true}\n',
        b'{"paths": ["x"]}\n',
        b'{"paths": [], "analyzes": "no"}\n',
    ],
)
def test_what_no_start_of_ours_says_opens_nothing(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot, line: bytes
) -> None:
    given: list[object] = []
    first.start_requested.connect(given.append)
    stranger = QLocalSocket()
    stranger.connectToServer(server_name(tmp_path))
    assert stranger.waitForConnected(1000)
    with qtbot.waitSignal(stranger.disconnected):
        stranger.write(line)
    assert given == []


def test_another_folder_is_another_window(
    first: SingleInstance, tmp_path: Path, qtbot: QtBot
) -> None:
    assert not SingleInstance(tmp_path / "kiosk").hand_over(StartRequest())
    assert "kiosk" not in server_name(tmp_path / "kiosk")
