"""Peers in this process, on loopback: a DICOM node and a DICOMweb server that keep what comes."""

import io
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import Verification

from pe_viewer.send.destination import DicomNode, DicomWebServer

MakeObject = Callable[..., bytes]


@pytest.fixture
def make_object() -> MakeObject:
    """A tiny SR as the bytes of a DICOM file; ``number`` ends its UID."""
    return _make_object


def _make_object(number: int, sop_class: str = ComprehensiveSRStorage) -> bytes:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = sop_class, f"1.2.3.{number}"
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.10", "1.2.3.20"
    made.PatientName, made.PatientID, made.Modality = "MÜLLER^ÄNNE", "ID-4711", "SR"
    made.SpecificCharacterSet = "ISO_IR 192"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@dataclass
class NodeScp:
    """What the node got; ``statuses`` are answered in their order, then 0000."""

    node: DicomNode
    stored: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    aborts_after: int | None = None

    def on_store(self, event: Any) -> int:
        if self.aborts_after is not None and len(self.stored) >= self.aborts_after:
            event.assoc.abort()
            return 0xC211
        status = self.statuses.pop(0) if self.statuses else 0
        if status in (0, 0xB000):
            self.stored.append(str(event.request.AffectedSOPInstanceUID))
        return status


@pytest.fixture
def tls_files(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing (Debian package openssl)")
    certificate, key = tmp_path / "peer.crt", tmp_path / "peer.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def server_context(tls_files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls_files)
    return context


@pytest.fixture
def make_scp() -> Iterator[Callable[..., NodeScp]]:
    """Starts a node that takes ``classes`` (all of storage by default)."""
    running = []

    def make(
        classes: list[str] | None = None,
        *,
        title: str = "PACS",
        requires: str = "",
        context: ssl.SSLContext | None = None,
    ) -> NodeScp:
        entity = AE(ae_title=title)
        entity.require_called_aet = True
        if requires:
            entity.require_calling_aet = [requires]
        entity.add_supported_context(Verification)
        for sop_class in classes or [c.abstract_syntax for c in AllStoragePresentationContexts]:
            entity.add_supported_context(sop_class)
        port = free_port()
        scp = NodeScp(DicomNode("archive", "localhost", port, "PACS"))
        server = entity.start_server(
            ("localhost", port),
            block=False,
            evt_handlers=[(evt.EVT_C_STORE, scp.on_store)],
            ssl_context=context,
        )
        running.append(server)
        return scp

    yield make
    for server in running:
        server.shutdown()


def free_port() -> int:
    with socket.create_server(("localhost", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass
class WebScp:
    """What the web server got; ``answers`` (HTTP status, JSON) are given in their order."""

    server: DicomWebServer
    stored: list[str] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scp: ClassVar[WebScp]

    def do_GET(self) -> None:
        self._note()
        self._answer(*(self.scp.answers.pop(0) if self.scp.answers else (200, [])))

    def do_POST(self) -> None:
        self._note()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.scp.answers:
            self._answer(*self.scp.answers.pop(0))
            return
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        (part,) = BytesParser().parsebytes(head + body).get_payload()
        assert part.get_content_type() == "application/dicom"
        dataset = dcmread(io.BytesIO(part.get_payload(decode=True)))
        self.scp.stored.append(str(dataset.SOPInstanceUID))
        self._answer(200, {})

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""

    def _note(self) -> None:
        self.scp.requests.append((self.command, self.path, dict(self.headers.items())))

    def _answer(self, status: int, record: object) -> None:
        body = json.dumps(record).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if 300 <= status < 400:
            self.send_header("Location", "http://elsewhere.invalid/")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def make_web() -> Iterator[Callable[..., WebScp]]:
    """Starts a DICOMweb server; ``context`` makes it https."""
    running = []

    def make(context: ssl.SSLContext | None = None, **changes: Any) -> WebScp:
        handler = type("Handler", (_Handler,), {})
        server = ThreadingHTTPServer(("localhost", 0), handler)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        url = f"{scheme}://localhost:{server.server_address[1]}/dicom-web/"
        handler.scp = WebScp(DicomWebServer("web", url, **changes))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        running.append((server, thread))
        return handler.scp

    yield make
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
