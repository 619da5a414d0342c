"""Against a real server: Debian's Orthanc on loopback, by DIMSE, by DICOMweb, and killed midway."""

import base64
import json
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pe_models.progress import CancelToken, Progress, ignore_progress
from pe_viewer.send.deliver import Delivery, deliver, try_connection
from pe_viewer.send.destination import Destination, DicomNode, DicomWebServer, TlsFiles
from pe_viewer.send.outbox import Outbox
from pe_viewer.send.outcome import Refused, Unreachable
from tests.pe_viewer.send.conftest import free_port

if TYPE_CHECKING:
    from tests.pe_viewer.send.conftest import MakeObject

pytestmark = pytest.mark.long

_PLUGIN = "libOrthancDicomWeb.so"
_START_S = 60.0
N_OBJECTS = 30


class Orthanc:
    """One server with its own folder; ``start`` and ``kill`` it as often as a test wants."""

    def __init__(self, folder: Path, tls: tuple[Path, Path]) -> None:
        program = shutil.which("Orthanc")
        plugins = list(Path("/usr").glob(f"*/orthanc/plugins/{_PLUGIN}"))
        if program is None or not plugins:
            pytest.skip("Orthanc is missing (Debian packages orthanc and orthanc-dicomweb)")
        self._program, self._folder = program, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.dicom_port, self.http_port = free_port(), free_port()
        settings = {
            "StorageDirectory": str(folder / "db"), "IndexDirectory": str(folder / "db"),
            "HttpPort": self.http_port, "DicomPort": self.dicom_port, "DicomAet": "ORTHANC",
            "DicomCheckCalledAet": True, "RemoteAccessAllowed": True,
            "DicomAlwaysAllowEcho": True, "DicomAlwaysAllowStore": True,
            "AuthenticationEnabled": True, "RegisteredUsers": {"me": "secret"},
            "Plugins": [str(plugins[0])], "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            "DicomTlsEnabled": False, "SslEnabled": False, "OverwriteInstances": True,
        }  # fmt: skip
        settings |= _tls_settings(tls, folder) if tls else {}
        (folder / "orthanc.json").write_text(json.dumps(settings))

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, str(self._folder / "orthanc.json")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_S
        while self._instances() is None:
            assert self._process.poll() is None, "Orthanc did not start"
            assert time.monotonic() < deadline, "Orthanc does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def n_instances(self) -> int:
        instances = self._instances()
        assert instances is not None
        return len(instances)

    @property
    def node(self) -> DicomNode:
        return DicomNode("archive", "localhost", self.dicom_port, "ORTHANC")

    @property
    def web(self) -> DicomWebServer:
        url = f"http://localhost:{self.http_port}/dicom-web/"
        return DicomWebServer("web", url, "me", "secret")

    def _instances(self) -> list[str] | None:
        request = urllib.request.Request(f"http://localhost:{self.http_port}/instances")
        token = base64.b64encode(b"me:secret").decode()
        request.add_header("Authorization", f"Basic {token}")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                found: list[str] = json.load(answer)
                return found
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None


def _tls_settings(tls: tuple[Path, Path], folder: Path) -> dict[str, Any]:
    certificate, key = tls
    return {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(certificate),
        "DicomTlsPrivateKey": str(key),
        "DicomTlsTrustedCertificates": str(certificate),
        "DicomTlsRemoteCertificateRequired": False,
    }


@pytest.fixture
def make_orthanc(tmp_path: Path) -> Iterator[Callable[..., Orthanc]]:
    running: list[Orthanc] = []

    def make(*tls: Path) -> Orthanc:
        folder = tmp_path / f"orthanc-{len(running)}"
        folder.mkdir()
        running.append(Orthanc(folder, tls))  # type: ignore[arg-type]
        running[-1].start()
        return running[-1]

    yield make
    for server in running:
        server.kill()


@pytest.fixture
def outbox(tmp_path: Path, make_object: "MakeObject") -> Outbox:
    made = Outbox(tmp_path / "outbox")
    objects = [("sr", make_object(number)) for number in range(N_OBJECTS)]
    for name in ("archive", "web"):
        made.put(name, "1.2.3.10", objects, now=0.0)
    return made


def round_of(outbox: Outbox, *destinations: Destination, **named: Any) -> Delivery:
    known = {destination.name: destination for destination in destinations}
    return deliver(outbox, known.get, named.get("on_progress", ignore_progress), CancelToken())


def only(outbox: Outbox, name: str) -> Outbox:
    for parcel in outbox.parcels():
        if parcel.destination != name:
            outbox.mark_sent(parcel, now=0.0)
    return outbox


def test_both_ways_lead_to_it(make_orthanc: Callable[..., Orthanc], outbox: Outbox) -> None:
    server = make_orthanc()
    try_connection(server.node)
    try_connection(server.web)

    assert round_of(outbox, server.node, server.web) == Delivery(n_sent=2 * N_OBJECTS)
    assert server.n_instances == N_OBJECTS


def test_a_wrong_title_and_a_wrong_password_are_told(
    make_orthanc: Callable[..., Orthanc],
) -> None:
    server = make_orthanc()
    with pytest.raises(Refused, match="another title"):
        try_connection(DicomNode("archive", "localhost", server.dicom_port, "SOMEONE"))
    with pytest.raises(Refused, match="another user or password"):
        try_connection(DicomWebServer("web", server.web.url, "me", "wrong"))


@pytest.mark.parametrize("name", ["archive", "web"])
def test_a_server_killed_midway_has_everything_in_the_end(
    make_orthanc: Callable[..., Orthanc], outbox: Outbox, name: str
) -> None:
    server = make_orthanc()

    def kill_midway(progress: Progress) -> None:
        if progress.done == N_OBJECTS // 2:
            server.kill()

    first = round_of(only(outbox, name), server.node, server.web, on_progress=kill_midway)
    assert (first.n_sent, first.n_waiting) == (N_OBJECTS // 2, N_OBJECTS // 2)
    with pytest.raises(Unreachable):
        try_connection(server.node)

    server.start()
    outbox.retry(now=0.0)
    assert round_of(outbox, server.node, server.web) == Delivery(n_sent=N_OBJECTS // 2)
    assert server.n_instances == N_OBJECTS


def test_tls_is_spoken_where_it_asks_for_it(
    make_orthanc: Callable[..., Orthanc], outbox: Outbox, tls_files: tuple[Path, Path]
) -> None:
    server = make_orthanc(*tls_files)
    known = TlsFiles(authority=tls_files[0])
    node = DicomNode("archive", "localhost", server.dicom_port, "ORTHANC", uses_tls=True, tls=known)
    try_connection(node)

    assert round_of(only(outbox, "archive"), node) == Delivery(n_sent=N_OBJECTS)
    assert server.n_instances == N_OBJECTS
    with pytest.raises(Unreachable):
        try_connection(server.node)
