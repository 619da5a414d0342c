"""Where objects may be sent: frozen values that check themselves."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from pe_models.errors import SendError

OWN_AE_TITLE: Final = "PEREADINGROOM"

_LONGEST_AE_TITLE: Final = 16
_LAST_PORT: Final = 65535
_ADDRESS: Final = (
    "The address begins with https:// (or http://) and names a host, such as "
    "https://pacs.example.org/dicom-web."
)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files for a peer that the system's own authorities do not vouch for.

    ``authority`` vouches for the peer; ``certificate`` with ``key`` says who we are, where the peer
    asks. None of them: the system's authorities, and no certificate of our own.
    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class DicomNode:
    """A peer for C-ECHO and C-STORE (PS3.7). Raises SendError for what no peer can be."""

    name: str
    host: str
    port: int
    called_ae: str
    calling_ae: str = OWN_AE_TITLE
    uses_tls: bool = False
    tls: TlsFiles = field(default_factory=TlsFiles)

    def __post_init__(self) -> None:
        _require_name(self.name)
        if not self.host or any(c.isspace() or c == "/" for c in self.host):
            raise SendError("The host is a name or an address, such as pacs.example.org.")
        if not 1 <= self.port <= _LAST_PORT:
            raise SendError(f"The port is a number from 1 to {_LAST_PORT}.")
        for title in (self.called_ae, self.calling_ae):
            _require_ae_title(title)

    @property
    def place(self) -> str:
        return f"{self.called_ae} at {self.host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        return self.uses_tls


@dataclass(frozen=True, slots=True)
class DicomWebServer:
    """A server for STOW-RS (PS3.18 10.5); ``url`` is its root, to which ``/studies`` is added.

    ``user`` with ``password`` are HTTP's basic authentication. Raises SendError for what no server
    can be, and where a password would travel readable to another machine.
    """

    name: str
    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: TlsFiles = field(default_factory=TlsFiles)

    def __post_init__(self) -> None:
        _require_name(self.name)
        parts = _split(self.url)
        if parts.username or parts.password:
            raise SendError("User and password have fields of their own, not the address.")
        if parts.query or parts.fragment:
            raise SendError("The address is the root of DICOMweb, without ? or #.")
        if ":" in self.user:
            raise SendError("A user's name has no colon (RFC 7617).")
        if self.user and not self.is_encrypted and not _is_this_machine(parts.hostname or ""):
            raise SendError("A password is sent by https only: change the address to https.")

    @property
    def place(self) -> str:
        return self.url

    @property
    def is_encrypted(self) -> bool:
        return _split(self.url).scheme == "https"


Destination = DicomNode | DicomWebServer


def to_record(destination: Destination) -> dict[str, Any]:
    """The destination as JSON keeps it."""
    tls = destination.tls
    files = {name: str(getattr(tls, name) or "") for name in ("authority", "certificate", "key")}
    match destination:
        case DicomNode():
            return {
                "kind": "dicom",
                "name": destination.name,
                "host": destination.host,
                "port": destination.port,
                "called_ae": destination.called_ae,
                "calling_ae": destination.calling_ae,
                "uses_tls": destination.uses_tls,
                "tls": files,
            }
        case DicomWebServer():
            return {
                "kind": "dicomweb",
                "name": destination.name,
                "url": destination.url,
                "user": destination.user,
                "password": destination.password,
                "tls": files,
            }


def from_record(record: Mapping[str, Any]) -> Destination:
    """The destination of a record. Raises SendError for one that is incomplete or impossible."""
    try:
        values = {key: value for key, value in record.items() if key != "kind"}
        tls = TlsFiles(**{k: Path(v) if v else None for k, v in values.pop("tls", {}).items()})
        match record["kind"]:
            case "dicom":
                return DicomNode(**values, tls=tls)
            case "dicomweb":
                return DicomWebServer(**values, tls=tls)
            case _:
                raise KeyError("kind")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SendError("A destination's record is damaged; set it up anew.") from error


def _require_name(name: str) -> None:
    if not name.strip():
        raise SendError("A destination needs a name.")


def _require_ae_title(title: str) -> None:
    """PS3.5 6.2, AE: 16 characters at most, no backslash or control character, not only blanks."""
    is_plain = title.isascii() and title.isprintable() and "\\" not in title
    if not title.strip() or len(title) > _LONGEST_AE_TITLE or not is_plain:
        raise SendError("An AE title has 1 to 16 plain characters.")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:  # a port that is no number
        raise SendError(_ADDRESS) from error
    if not is_sound or any(c.isspace() for c in url) or not url.isascii():
        raise SendError(_ADDRESS)
    return parts


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
