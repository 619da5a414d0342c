"""STOW-RS (PS3.18 10.5) over the standard library's HTTP: no proxies, no redirects followed."""

import base64
import http.client
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pe_viewer.send.destination import DicomWebServer
from pe_viewer.send.dimse import ANSWER_S, OnStored
from pe_viewer.send.outcome import Refused, Unreachable
from pe_viewer.send.tls import client_context

_NO_STUDY: Final = "2.25.0"
"""A UID that no study has: the question whether the server is there asks for no patient."""

_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_REASONS: Final[Mapping[int, str]] = {
    401: "it wants another user or password",
    403: "this user may not store there",
    404: "there is no DICOMweb at this address",
    409: "it did not store the object",
    413: "the object is too large for it",
    415: "it does not take DICOM files",
}
_MOST_OF_ANSWER: Final = 1_000_000


def ask(server: DicomWebServer) -> None:
    """Asks whether the server is there and lets us in. Raises Unreachable or Refused."""
    with _connection(server) as connection:
        query = f"/studies?StudyInstanceUID={_NO_STUDY}&limit=1"
        status, _ = _exchange(connection, server, "GET", query)
    if status not in (200, 204):
        raise _problem(status)


def store(server: DicomWebServer, files: Sequence[Path], on_stored: OnStored) -> dict[int, Refused]:
    """Sends ``files`` one after another; the places of those that the server does not want.

    Raises Unreachable where the connection breaks; what ``on_stored`` named by then is stored.
    """
    refused: dict[int, Refused] = {}
    with _connection(server) as connection:
        for place, file in enumerate(files):
            try:
                _store_one(connection, server, file)
            except Refused as error:
                refused[place] = error
            else:
                on_stored(place)
    return refused


def _store_one(connection: http.client.HTTPConnection, server: DicomWebServer, file: Path) -> None:
    boundary = secrets.token_hex(16)
    try:
        body = _multipart(file.read_bytes(), boundary)
    except OSError as error:
        raise Refused("An object to be sent is no longer there.") from error
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    headers = {"Content-Type": kind}
    status, answer = _exchange(connection, server, "POST", "/studies", headers, body)
    if status not in (200, 202):
        raise _problem(status)
    failure = _failure_in(answer)
    if failure is not None:
        raise Refused(f"The server did not store it (reason {failure:04X}).")


def _multipart(content: bytes, boundary: str) -> bytes:
    """One part of RFC 2387."""
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join((head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))


def _failure_in(answer: bytes) -> int | None:
    """The FailureReason (0008,1197) of an answer of DICOM JSON; None where nothing failed."""
    try:
        failed = json.loads(answer)["00081198"]["Value"]
        return int(failed[0]["00081197"]["Value"][0]) if failed else None
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def _exchange(
    connection: http.client.HTTPConnection,
    server: DicomWebServer,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, bytes]:
    root = urlsplit(server.url).path.rstrip("/")
    sent = {"Accept": "application/dicom+json", **_authorization(server), **(headers or {})}
    try:
        connection.request(method, f"{root}{path}", body=body, headers=sent)
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_OF_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"No answer from {server.place} ({_named(error)}).") from error


def _authorization(server: DicomWebServer) -> dict[str, str]:
    if not server.user:
        return {}
    token = base64.b64encode(f"{server.user}:{server.password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {token}"}


@contextmanager
def _connection(server: DicomWebServer) -> Iterator[Any]:
    parts = urlsplit(server.url)
    if server.is_encrypted:
        context = client_context(server.tls)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=ANSWER_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_S)
    try:
        yield connection
    finally:
        connection.close()


def _problem(status: int) -> Unreachable | Refused:
    if status in _PASSING:
        return Unreachable(f"The server is busy or disturbed (HTTP {status}).")
    if 300 <= status < 400:
        return Refused(f"The server points elsewhere (HTTP {status}); set its address anew.")
    reason = _REASONS.get(status, "it gave no reason we know")
    return Refused(f"The server refused it: {reason} (HTTP {status}).")


def _named(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
