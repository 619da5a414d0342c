"""What is exported or sent, where to, and the page on which destinations are set up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from pe_viewer.report.choice import DICOM_FORMATS, ExportChoice
from pe_viewer.report.export import WRITERS
from pe_viewer.send.destination import DicomNode, DicomWebServer
from pe_viewer.send.parcel import Parcel, ParcelState, SendChoice
from pe_viewer.settings import Settings
from pe_viewer.state import ReviewSnapshot, ReviewState
from pe_viewer.views.preferences.destinations_page import DestinationsPage
from pe_viewer.views.sheets.export_sheet import DEIDENTIFY, ExportSheet
from pe_viewer.views.sheets.send_sheet import (
    DEFAULT_FORMATS,
    NOT_ENCRYPTED,
    SendSheet,
    parcel_lines,
)

Shown = Callable[..., Any]

# the offscreen platform has no window manager to tell a dialog's size to
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PACS = DicomNode("PACS", "pacs.example.org", 104, "ARCHIVE")
WEB = DicomWebServer("Research", "https://dicom.example.org/dicom-web", "me", "secret")


def click(place: Any, text: str) -> None:
    next(b for b in place.findChildren(QPushButton) if b.text() == text).click()


def said(place: Any) -> str:
    return "\n".join(part.text() for part in place.findChildren(QLabel) if part.isVisible())


def box(place: Any, text: str) -> QCheckBox:
    return next(b for b in place.findChildren(QCheckBox) if b.text() == text)


@pytest.fixture
def make_export(shown: Shown) -> Callable[[Settings], tuple[ExportSheet, list[ExportChoice]]]:
    def make(settings: Settings) -> tuple[ExportSheet, list[ExportChoice]]:
        sheet: ExportSheet = shown(ExportSheet(lambda: settings), 640, 560)
        asked: list[ExportChoice] = []
        sheet.export_requested.connect(asked.append)
        sheet.ask()
        return sheet, asked

    return make


def test_every_format_can_be_chosen_and_all_are_at_first(make_export: Any, tmp_path: Path) -> None:
    sheet, asked = make_export(Settings(export_folder=tmp_path))
    click(sheet, "Export")
    assert set(asked[0].formats) == set(WRITERS)
    assert (asked[0].folder, asked[0].is_deidentified) == (tmp_path, False)


def test_the_formats_of_the_preferences_are_chosen(make_export: Any, tmp_path: Path) -> None:
    sheet, asked = make_export(Settings(export_folder=tmp_path, report_formats=("pdf", "sr")))
    box(sheet, DEIDENTIFY).click()
    click(sheet, "Export")
    assert asked == [ExportChoice(tmp_path, ("pdf", "sr"), is_deidentified=True)]


def test_without_a_folder_or_a_format_it_says_what_is_missing(
    make_export: Any, tmp_path: Path
) -> None:
    sheet, asked = make_export(Settings())
    click(sheet, "Export")
    assert "Choose the folder" in said(sheet)
    sheet._folder.set_folder(tmp_path)
    click(sheet, "None")
    click(sheet, "Export")
    assert "at least one format" in said(sheet)
    assert asked == []


def test_names_are_left_in_only_for_the_export_that_asked_for_it(
    make_export: Any, tmp_path: Path
) -> None:
    sheet, _ = make_export(Settings(export_folder=tmp_path))
    box(sheet, DEIDENTIFY).click()
    sheet.ask()
    assert not box(sheet, DEIDENTIFY).isChecked()


@pytest.fixture
def state(opened: ReviewSnapshot) -> ReviewState:
    return ReviewState(replace(opened, destinations=(PACS, WEB)))


@pytest.fixture
def send_sheet(state: ReviewState, shown: Shown) -> SendSheet:
    sheet: SendSheet = shown(SendSheet(state), 480, 640)
    sheet.ask()
    return sheet


def test_what_every_archive_shows_is_sent_to_the_destination_chosen(
    send_sheet: SendSheet,
) -> None:
    asked: list[SendChoice] = []
    send_sheet.send_requested.connect(asked.append)
    click(send_sheet, "Send")
    destination = send_sheet.findChild(QComboBox)
    assert isinstance(destination, QComboBox)
    destination.setCurrentIndex(1)
    box(send_sheet, DEIDENTIFY).click()
    click(send_sheet, "Send")
    assert asked == [
        SendChoice("PACS", DEFAULT_FORMATS),
        SendChoice("Research", DEFAULT_FORMATS, is_deidentified=True),
    ]
    assert set(DEFAULT_FORMATS) < set(DICOM_FORMATS)


def test_a_way_that_others_can_read_is_told(send_sheet: SendSheet) -> None:
    assert f"ARCHIVE at pacs.example.org:104. {NOT_ENCRYPTED}" in said(send_sheet)
    destination = send_sheet.findChild(QComboBox)
    assert isinstance(destination, QComboBox)
    destination.setCurrentIndex(1)
    assert "https://dicom.example.org/dicom-web." in said(send_sheet)
    assert NOT_ENCRYPTED not in said(send_sheet)


def test_nothing_chosen_is_not_sent(send_sheet: SendSheet) -> None:
    asked: list[SendChoice] = []
    send_sheet.send_requested.connect(asked.append)
    send_sheet._formats.choose_none()
    click(send_sheet, "Send")
    assert asked == []
    assert "at least one kind" in said(send_sheet)


def parcel(number: int, state: ParcelState, message: str = "") -> Parcel:
    return Parcel(number, "PACS", "sr", Path("a.dcm"), state, 1, 1000.0, 1000.0, message)


def test_what_is_on_its_way_can_be_tried_again_or_given_up(
    send_sheet: SendSheet, state: ReviewState
) -> None:
    asked: list[str] = []
    send_sheet.retry_requested.connect(lambda: asked.append("retry"))
    send_sheet.removal_requested.connect(lambda: asked.append("give up"))
    click(send_sheet, "Try again now")
    assert asked == [], "nothing waits"
    state.update(parcels=(parcel(1, ParcelState.WAITING, "No answer."),))
    assert "PACS: 1 object waiting" in said(send_sheet)
    assert "No answer." in said(send_sheet)
    click(send_sheet, "Try again now")
    click(send_sheet, "Give up")
    assert asked == ["retry", "give up"]


def test_parcels_of_one_fate_share_a_line() -> None:
    parcels = [
        parcel(1, ParcelState.SENT),
        parcel(2, ParcelState.SENT),
        parcel(3, ParcelState.REFUSED, "Too large."),
    ]
    refused, sent = parcel_lines(parcels)
    assert refused == "PACS: 1 object not taken: Too large."
    assert sent.startswith("PACS: 2 objects sent, the last at ")


@pytest.fixture
def page(state: ReviewState, shown: Shown) -> DestinationsPage:
    page: DestinationsPage = shown(DestinationsPage(state), 560, 560)
    page.fill(Settings())
    return page


def kept(page: DestinationsPage) -> list[Any]:
    asked: list[Any] = []
    page.destinations_requested.connect(asked.append)
    page.keep()
    return list(asked[0])


def line(page: DestinationsPage, name: str) -> QLineEdit:
    return next(part for part in page.findChildren(QLineEdit) if part.accessibleName() == name)


def test_destinations_untouched_are_kept_as_they_were(page: DestinationsPage) -> None:
    assert page.problem() == ""
    assert kept(page) == [PACS, WEB]


def test_one_is_added_changed_and_removed(page: DestinationsPage, qtbot: QtBot) -> None:
    click(page, "Add")
    assert "needs a name" in page.problem()
    for name, text in (("Name", "Backup"), ("Host", "10.0.0.7"), ("Its AE title", "BACKUP")):
        qtbot.keyClicks(line(page, name), text)
    assert page.problem() == ""
    names = page.findChild(QListWidget)
    assert isinstance(names, QListWidget)
    assert names.item(2).text() == "Backup"
    names.setCurrentRow(0)
    click(page, "Remove")
    assert kept(page) == [WEB, DicomNode("Backup", "10.0.0.7", 104, "BACKUP")]


def test_names_are_not_shared(page: DestinationsPage) -> None:
    line(page, "Name").setText("Research")
    assert page.problem() == "Two destinations share a name"


def test_a_password_is_never_shown(page: DestinationsPage) -> None:
    names = page.findChild(QListWidget)
    assert isinstance(names, QListWidget)
    names.setCurrentRow(1)
    password = line(page, "Password")
    assert password.isVisibleTo(page)
    assert password.text() == "secret"
    assert "secret" not in password.displayText()
    assert not line(page, "Host").isVisibleTo(page), "a server has no AE title and no port"


def test_a_destination_is_tested_before_it_is_kept(page: DestinationsPage) -> None:
    asked: list[Any] = []
    page.test_requested.connect(asked.append)
    line(page, "Host").setText("other.example.org")
    click(page, "Test")
    assert asked == [replace(PACS, host="other.example.org")]
    assert "Asking…" in said(page)
    page.show_answer("No answer from ARCHIVE", False)
    assert "No answer from ARCHIVE" in said(page)
    line(page, "Host").setText("")
    click(page, "Test")
    assert len(asked) == 1
    assert "The host is a name" in said(page)
