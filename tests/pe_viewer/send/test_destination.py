"""Destinations check themselves, and keep on disk what they are."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pe_models.errors import SendError
from pe_viewer.send.destination import (
    Destination,
    DicomNode,
    DicomWebServer,
    TlsFiles,
    from_record,
    to_record,
)
from pe_viewer.send.destinations_file import DestinationsFile

NODE = DicomNode("PACS", "pacs.example.org", 104, "ARCHIVE", uses_tls=True)
WEB = DicomWebServer("Web", "https://pacs.example.org/dicom-web", "me", "secret")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "needs a name"),
        ({"host": ""}, "host"),
        ({"host": "a b"}, "host"),
        ({"port": 0}, "1 to 65535"),
        ({"port": 65536}, "1 to 65535"),
        ({"called_ae": ""}, "AE title"),
        ({"called_ae": "A" * 17}, "AE title"),
        ({"calling_ae": "A\\B"}, "AE title"),
        ({"called_ae": "ÄE"}, "AE title"),
    ],
)
def test_a_node_that_cannot_be_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(SendError, match=words):
        replace(NODE, **change)


@pytest.mark.parametrize(
    "url",
    ["", "pacs.example.org", "ftp://pacs/", "https://", "http://h:99999/", "http://h:0/",
     "https://me:secret@h/", "https://h/?a=b", "https://h/a b", "http://[::1/"],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(SendError):
        DicomWebServer("Web", url)


def test_a_password_never_travels_readable() -> None:
    with pytest.raises(SendError, match="https only"):
        DicomWebServer("Web", "http://pacs.example.org/", "me", "secret")
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert DicomWebServer("Web", f"http://{host}:8042/", "me", "secret").user == "me"


def test_a_password_is_in_no_text_of_a_destination() -> None:
    assert "secret" not in repr(WEB)


@pytest.mark.parametrize(
    "destination", [NODE, WEB, replace(NODE, tls=TlsFiles(Path("a.pem"), Path("b"), Path("c")))]
)
def test_a_destination_comes_back_from_its_record(destination: Destination) -> None:
    assert from_record(json.loads(json.dumps(to_record(destination)))) == destination


@pytest.mark.parametrize(
    "record", [{}, {"kind": "mail"}, {**to_record(NODE), "port": "x"}, {**to_record(NODE), "a": 1}]
)
def test_a_damaged_record_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(SendError):
        from_record(record)


def test_the_file_is_private_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "destinations.json"
    DestinationsFile(path).save([NODE, WEB])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = DestinationsFile(path)
    assert again.destinations == (NODE, WEB)
    assert (again.named("Web"), again.named("no")) == (WEB, None)


def test_two_of_one_name_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    file = DestinationsFile(tmp_path / "destinations.json")
    file.save([NODE])
    with pytest.raises(SendError, match="share a name"):
        file.save([NODE, replace(WEB, name="PACS")])
    assert DestinationsFile(tmp_path / "destinations.json").destinations == (NODE,)


@pytest.mark.parametrize("text", ["", "{", "3", '[{"kind": "dicom"}]', "[1]"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "destinations.json"
    path.write_text(text)

    assert DestinationsFile(path).destinations == ()
    assert path.with_suffix(".unreadable").read_text() == text
