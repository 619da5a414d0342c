"""Sending from the window: nothing without a destination, and all of it, in the end, with one."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pe_viewer.controller.sending import NO_DESTINATION
from pe_viewer.send.destination import DicomNode
from pe_viewer.send.parcel import ParcelState, SendChoice
from pe_viewer.state import Phase
from tests.pe_viewer.send.conftest import free_port, make_scp  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pe_viewer.conftest import Bench, WriteCt
    from tests.pe_viewer.send.conftest import NodeScp

    MakeScp = Callable[..., NodeScp]

CHOICE = SendChoice("archive", ("key", "gsps"))


def opened(bench: "Bench", write_ct: "WriteCt", tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    bench.open(tmp_path / "ct")
    bench.analyze()


def test_without_a_destination_nothing_is_asked_and_nothing_is_made(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    opened(bench, write_ct, tmp_path)
    asked: list[str] = []
    bench.controller.sending.sheet_needed.connect(lambda: asked.append("asked"))
    bench.controller.sending.begin()
    bench.controller.sending.ask()

    assert (asked, bench.state.snapshot.notice) == ([], NO_DESTINATION)
    assert not (home / "data" / "outbox").exists()


def test_what_is_chosen_arrives(
    bench: "Bench",
    write_ct: "WriteCt",
    tmp_path: Path,
    make_scp: "MakeScp",  # noqa: F811
) -> None:
    scp = make_scp()
    opened(bench, write_ct, tmp_path)
    bench.controller.sending.keep_destinations([scp.node])
    bench.controller.sending.send(CHOICE)
    bench.wait(lambda s: s.sending.phase is Phase.DONE and bool(s.parcels))

    parcels = bench.state.snapshot.parcels
    assert {p.state for p in parcels} == {ParcelState.SENT}
    assert len(scp.stored) == len(parcels) >= 2
    assert bench.state.snapshot.notice == f"{len(parcels)} objects sent"


def test_a_peer_that_is_away_gets_it_when_it_is_back(
    bench: "Bench",
    write_ct: "WriteCt",
    tmp_path: Path,
    make_scp: "MakeScp",  # noqa: F811
) -> None:
    opened(bench, write_ct, tmp_path)
    sending = bench.controller.sending
    sending.keep_destinations([DicomNode("archive", "localhost", free_port(), "PACS")])
    sending.send(CHOICE)
    bench.wait(lambda s: s.sending.phase is Phase.DONE and bool(s.parcels))
    assert "to be tried again. No answer" in bench.state.snapshot.notice
    assert {p.state for p in bench.state.snapshot.parcels} == {ParcelState.WAITING}

    scp = make_scp()
    sending.keep_destinations([scp.node])
    sending.retry()
    bench.wait(lambda s: all(p.state is ParcelState.SENT for p in s.parcels))
    assert len(scp.stored) == len(bench.state.snapshot.parcels)


def test_what_waits_can_be_given_up(
    bench: "Bench", write_ct: "WriteCt", tmp_path: Path, home: Path
) -> None:
    opened(bench, write_ct, tmp_path)
    sending = bench.controller.sending
    sending.keep_destinations([DicomNode("archive", "localhost", free_port(), "PACS")])
    sending.send(CHOICE)
    bench.wait(lambda s: s.sending.phase is Phase.DONE and bool(s.parcels))
    sending.give_up()
    bench.wait(lambda s: s.parcels == ())
    assert list((home / "data" / "outbox").glob("*.dcm")) == []


def test_a_test_answers_in_words(bench: "Bench", make_scp: "MakeScp") -> None:  # noqa: F811
    answers: list[tuple[str, bool]] = []
    bench.controller.sending.tested.connect(lambda *answer: answers.append(answer))
    bench.controller.sending.test(make_scp().node)
    bench.wait(lambda s: len(answers) == 1)
    bench.controller.sending.test(DicomNode("no", "localhost", free_port(), "PACS"))
    bench.wait(lambda s: len(answers) == 2)

    assert answers[0] == ("It answers", True)
    assert "No answer" in answers[1][0]
    assert not answers[1][1]


def test_destinations_of_one_name_are_refused_in_the_notice(bench: "Bench") -> None:
    node = DicomNode("archive", "localhost", 104, "PACS")
    bench.controller.sending.keep_destinations([node, node])
    assert "share a name" in bench.state.snapshot.notice
    assert bench.state.snapshot.destinations == ()


def test_an_export_opens_no_socket(write_ct: "WriteCt", tmp_path: Path) -> None:
    """In a process of its own, where any connection or look-up of a name ends the program."""
    write_ct(tmp_path / "ct")
    script = (
        "import sys, pathlib\n"
        "events = ('socket.connect', 'socket.getaddrinfo', 'socket.sendto', 'socket.bind')\n"
        "def refuse(event, arguments):\n"
        "    if event in events:\n"
        "        sys.exit(f'a socket was used: {event}')\n"
        "sys.addaudithook(refuse)\n"
        "from PySide6.QtGui import QGuiApplication\n"
        "application = QGuiApplication(['x'])\n"
        "from pe_models.progress import CancelToken, ignore_progress\n"
        "from pe_models.imaging.reading.loading_order import LoadingOrder\n"
        "from pe_viewer.display.fonts import register_fonts\n"
        "from pe_viewer.services.reports import ReportRequest, write_report\n"
        "from pe_viewer.services.studies import load_series, scan_paths\n"
        "register_fonts()\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "study = scan_paths([folder], ignore_progress, CancelToken()).studies[0]\n"
        "series = study.series[0]\n"
        "order = LoadingOrder(series.n_slices)\n"
        "opened = load_series(series, order, None, ignore_progress, CancelToken())\n"
        "request = ReportRequest(study, opened.series, opened.volume)\n"
        "print(len(write_report(request, pathlib.Path(sys.argv[2]), ('all',)).files))\n"
        "opened.buffer.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "ct"), str(tmp_path / "out")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) >= 5
    assert json.loads(next((tmp_path / "out").glob("json-*")).read_text())["findings"] is None


def test_the_socket_test_can_fail() -> None:
    seen: list[str] = []
    sys.addaudithook(
        lambda event, arguments: seen.append(event) if event[:7] == "socket." else None
    )
    with socket.create_server(("localhost", 0)):
        pass
    assert "socket.bind" in seen
