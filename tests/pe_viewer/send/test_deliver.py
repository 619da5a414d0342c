"""From the outbox to a DICOM node or a DICOMweb server, with every way in which that can fail."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydicom.uid import ComprehensiveSRStorage, ParametricMapStorage

from pe_models.errors import SendError
from pe_models.progress import Cancelled, CancelToken, Progress, ignore_progress
from pe_viewer.send.deliver import Delivery, deliver, try_connection
from pe_viewer.send.destination import Destination, DicomNode, DicomWebServer, TlsFiles
from pe_viewer.send.outbox import Outbox
from pe_viewer.send.outcome import Refused, Unreachable
from tests.pe_viewer.send.conftest import free_port, server_context

if TYPE_CHECKING:
    from tests.pe_viewer.send.conftest import MakeObject, NodeScp, WebScp

MakeScp = Callable[..., "NodeScp"]
MakeWeb = Callable[..., "WebScp"]


@pytest.fixture
def outbox(tmp_path: Path, make_object: "MakeObject") -> Outbox:
    """Three SRs for "archive" and "web" each."""
    made = Outbox(tmp_path / "outbox")
    for name in ("archive", "web"):
        objects = [("sr", make_object(number)) for number in (1, 2, 3)]
        made.put(name, "1.2.3.10", objects, now=0.0)
    return made


def round_of(outbox: Outbox, *destinations: Destination) -> Delivery:
    known = {destination.name: destination for destination in destinations}
    return deliver(outbox, known.get, ignore_progress, CancelToken())


def only(outbox: Outbox, name: str) -> Outbox:
    """The outbox without what goes elsewhere."""
    for parcel in outbox.parcels():
        if parcel.destination != name:
            outbox.mark_sent(parcel, now=0.0)
    return outbox


def states(outbox: Outbox, name: str) -> list[str]:
    return [str(p.state) for p in outbox.parcels() if p.destination == name]


def test_all_that_is_due_arrives_at_both_kinds_of_peers(
    outbox: Outbox, make_scp: MakeScp, make_web: MakeWeb
) -> None:
    node, web = make_scp(), make_web()
    delivery = round_of(outbox, node.node, web.server)

    assert delivery == Delivery(n_sent=6)
    assert node.stored == web.stored == ["1.2.3.1", "1.2.3.2", "1.2.3.3"]
    assert round_of(outbox, node.node, web.server) == Delivery()


def test_progress_counts_what_has_arrived(outbox: Outbox, make_scp: MakeScp) -> None:
    seen: list[Progress] = []
    node = make_scp().node
    deliver(only(outbox, "archive"), lambda name: node, seen.append, CancelToken())

    assert [(p.done, p.total) for p in seen] == [(1, 3), (2, 3), (3, 3)]


def test_a_peer_that_is_not_there_is_tried_again_later(outbox: Outbox) -> None:
    node = DicomNode("archive", "localhost", free_port(), "PACS")
    web = DicomWebServer("web", f"http://localhost:{free_port()}/")
    delivery = round_of(outbox, node, web)

    assert (delivery.n_sent, delivery.n_waiting) == (0, 6)
    assert "No answer" in delivery.message
    assert all(p.n_attempts == 1 and p.due_at > time.time() for p in outbox.parcels())


def test_a_connection_that_breaks_midway_loses_and_repeats_nothing(
    outbox: Outbox, make_scp: MakeScp
) -> None:
    scp = make_scp()
    scp.aborts_after = 1
    first = round_of(only(outbox, "archive"), scp.node)
    assert (first.n_sent, first.n_waiting) == (1, 2)

    scp.aborts_after = None
    outbox.retry(now=0.0)
    assert round_of(outbox, scp.node) == Delivery(n_sent=2)
    assert scp.stored == ["1.2.3.1", "1.2.3.2", "1.2.3.3"]


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (0xA700, "waiting", "no room or is busy"),
        (0xC000, "refused", "refused it (status C000)"),
        (0xA900, "refused", "status A900"),
        (0x0122, "refused", "objects of this kind"),
        (0xB000, "sent", ""),
    ],
)
def test_a_status_of_dicom_is_an_outcome(
    outbox: Outbox, make_scp: MakeScp, status: int, state: str, words: str
) -> None:
    scp = make_scp()
    scp.statuses = [0, status]
    delivery = round_of(only(outbox, "archive"), scp.node)

    assert states(outbox, "archive")[1] == state
    assert states(outbox, "archive")[0] == "sent"
    assert words in delivery.message


def test_one_object_that_is_not_wanted_does_not_hold_up_the_others(
    outbox: Outbox, make_scp: MakeScp, make_object: "MakeObject"
) -> None:
    outbox.put("archive", "1.2", [("pmap", make_object(9, ParametricMapStorage))], now=0.0)
    scp = make_scp([ComprehensiveSRStorage])
    delivery = round_of(only(outbox, "archive"), scp.node)

    assert (delivery.n_sent, delivery.n_refused) == (3, 1)
    assert "objects of this kind" in delivery.message


def test_an_object_that_has_gone_is_refused_alone(
    outbox: Outbox, make_scp: MakeScp, make_web: MakeWeb
) -> None:
    for parcel in outbox.parcels()[1::3]:
        parcel.file.unlink()
    delivery = round_of(outbox, make_scp().node, make_web().server)

    assert (delivery.n_sent, delivery.n_refused) == (4, 2)
    assert "no longer there" in delivery.message


def test_a_title_that_the_peer_does_not_know_is_refused_with_what_to_do(
    outbox: Outbox, make_scp: MakeScp
) -> None:
    node = make_scp(requires="SOMEONE").node
    with pytest.raises(Refused, match="may not know the title PEREADINGROOM"):
        try_connection(node)
    assert round_of(only(outbox, "archive"), node).n_refused == 3
    try_connection(replace(node, calling_ae="SOMEONE"))


def test_a_destination_that_was_removed_is_named(outbox: Outbox) -> None:
    delivery = round_of(outbox)

    assert (delivery.n_refused, delivery.message) == (6, "This destination is no longer set up.")


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ((503, {}), "waiting", "busy or disturbed"),
        ((401, {}), "refused", "another user or password"),
        ((404, {}), "refused", "no DICOMweb at this address"),
        ((409, {}), "refused", "did not store"),
        ((307, {}), "refused", "points elsewhere"),
        ((418, {}), "refused", "HTTP 418"),
        (
            (202, {"00081198": {"Value": [{"00081197": {"Value": [0x0110]}}]}}),
            "refused",
            "reason 0110",
        ),
        ((202, {"00081198": {"Value": []}}), "sent", ""),
    ],
)
def test_an_answer_of_http_is_an_outcome(
    outbox: Outbox, make_web: MakeWeb, answer: tuple[int, Any], state: str, words: str
) -> None:
    scp = make_web()
    scp.answers = [answer]
    delivery = round_of(only(outbox, "web"), scp.server)

    assert states(outbox, "web")[0] == state
    assert words in delivery.message


def test_user_and_password_are_given_and_nothing_else_that_names_us(
    outbox: Outbox, make_web: MakeWeb
) -> None:
    scp = make_web(user="me", password="sécret")
    round_of(only(outbox, "web"), scp.server)
    _, path, headers = scp.requests[0]

    assert path == "/dicom-web/studies"
    assert headers["Authorization"] == "Basic bWU6c8OpY3JldA=="
    assert set(headers) == {
        "Host", "Accept-Encoding", "Accept", "Authorization", "Content-Type", "Content-Length",
    }  # fmt: skip


def test_the_test_button_asks_for_no_patient(make_scp: MakeScp, make_web: MakeWeb) -> None:
    scp, web = make_scp(), make_web()
    try_connection(scp.node)
    try_connection(web.server)

    assert scp.stored == []
    assert web.requests[0][1] == "/dicom-web/studies?StudyInstanceUID=2.25.0&limit=1"
    with pytest.raises(Unreachable):
        try_connection(replace(scp.node, port=free_port()))


def test_tls_is_spoken_where_the_authority_is_known(
    outbox: Outbox, make_scp: MakeScp, make_web: MakeWeb, tls_files: tuple[Path, Path]
) -> None:
    known = TlsFiles(authority=tls_files[0])
    scp = make_scp(context=server_context(tls_files))
    web = make_web(context=server_context(tls_files), tls=known)
    node = replace(scp.node, uses_tls=True, tls=known)

    assert round_of(outbox, node, web.server) == Delivery(n_sent=6)


def test_a_peer_whose_certificate_nobody_vouches_for_gets_nothing(
    outbox: Outbox, make_scp: MakeScp, make_web: MakeWeb, tls_files: tuple[Path, Path]
) -> None:
    scp, web = make_scp(context=server_context(tls_files)), make_web(server_context(tls_files))
    delivery = round_of(outbox, replace(scp.node, uses_tls=True), web.server)

    assert (delivery.n_sent, scp.stored, web.stored) == (0, [], [])


def test_a_certificate_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    files = TlsFiles(authority=tmp_path / "no.pem")
    node = DicomNode("archive", "localhost", 104, "PACS", uses_tls=True, tls=files)
    with pytest.raises(SendError, match="certificate or key file"):
        try_connection(node)


def test_what_was_sent_before_a_stop_stays_sent(outbox: Outbox, make_scp: MakeScp) -> None:
    scp, cancel = make_scp(), CancelToken()

    def stop_after_one(progress: Progress) -> None:
        cancel.cancel()

    with pytest.raises(Cancelled):
        deliver(only(outbox, "archive"), lambda name: scp.node, stop_after_one, cancel)
    assert states(outbox, "archive") == ["sent", "waiting", "waiting"]


def test_a_peer_that_never_answers_does_not_hang_for_ever(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pe_viewer.send.dimse.CONNECT_S", 0.2)
    monkeypatch.setattr("pe_viewer.send.stow.ANSWER_S", 0.2)
    with socket.create_server(("localhost", 0)) as silent:
        port = silent.getsockname()[1]
        delivery = round_of(
            outbox,
            DicomNode("archive", "localhost", port, "PACS"),
            DicomWebServer("web", f"http://localhost:{port}/"),
        )

    assert delivery.n_waiting == 6


def test_no_thread_is_left_behind(outbox: Outbox, make_scp: MakeScp) -> None:
    node = make_scp().node
    before = {t for t in threading.enumerate() if t.is_alive()}
    round_of(only(outbox, "archive"), node)
    deadline = time.monotonic() + 5
    while left := {t for t in threading.enumerate() if t.is_alive()} - before:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def test_an_attempt_that_nobody_answers_leaves_no_socket_open() -> None:
    """In a process of its own, which says on standard error what was left to be collected."""
    script = (
        "import gc, sys\n"
        "from pe_viewer.send.deliver import try_connection\n"
        "from pe_viewer.send.destination import DicomNode\n"
        "from pe_viewer.send.outcome import Unreachable\n"
        "try:\n"
        "    try_connection(DicomNode('archive', 'localhost', int(sys.argv[1]), 'PACS'))\n"
        "except Unreachable:\n"
        "    pass\n"
        "gc.collect()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", script, str(free_port())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
