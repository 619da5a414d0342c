"""The preferences sheet: filled from the settings, kept whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from pe_viewer.app import make_preferences
from pe_viewer.settings import Settings, SettingsFile
from pe_viewer.state import ReviewState
from pe_viewer.views.preferences.preferences_page import PreferencesPage
from pe_viewer.views.preferences.preferences_sheet import PreferencesSheet

Sheet = Callable[[Settings], PreferencesSheet]


@pytest.fixture
def opened_with(shown: Callable[..., Any]) -> Sheet:
    def open_sheet(settings: Settings) -> PreferencesSheet:
        file = SettingsFile(None)
        file.save(settings)
        sheet: PreferencesSheet = shown(make_preferences(ReviewState(), file), 720, 560)
        sheet.show_settings()
        return sheet

    return open_sheet


def keep(sheet: PreferencesSheet) -> dict[str, object] | None:
    """What was asked to be kept; None where the sheet refused."""
    asked: list[dict[str, object]] = []
    sheet.preferences_requested.connect(asked.append)
    button(sheet, "Keep").click()
    return asked[0] if asked else None


def button(sheet: QWidget, text: str) -> QPushButton:
    return next(b for b in sheet.findChildren(QPushButton) if b.text() == text)


def test_what_was_not_touched_is_kept_as_it_was(opened_with: Sheet, tmp_path: Path) -> None:
    """Every field that the pages know, each with another value than its default."""
    settings = Settings(
        analyze_on_open=True,
        second_reader=True,
        bundle="mine",
        device="cpu",
        overlay_method="grad-cam",
        overlay_opacity=0.25,
        overlay_least=0.5,
        reader_name="Dr. Müller",
        report_language="de",
        report_formats=("pdf", "json"),
        export_folder=tmp_path,
        restores_session=True,
        verifying_organization="St. Ida",
    )
    asked = keep(opened_with(settings))
    assert asked == {name: getattr(settings, name) for name in asked or {}}
    assert len(asked or {}) == 13


def test_a_bundle_that_is_gone_is_named_and_not_dropped_in_silence(opened_with: Sheet) -> None:
    sheet = opened_with(Settings(bundle="gone"))
    texts = [box.currentText() for box in sheet.findChildren(QWidget) if hasattr(box, "findData")]
    assert "gone (not found)" in texts


def test_a_report_without_any_format_is_refused_with_its_page_in_view(opened_with: Sheet) -> None:
    sheet = opened_with(Settings())
    page = next(p for p in sheet.pages if p.title == "Reports")
    for box in page.findChildren(QCheckBox):
        box.setChecked(False)
    assert keep(sheet) is None
    assert sheet.isVisible()
    assert page.isVisible()
    assert sheet._problem.text() == "Choose at least one format"


def test_a_folder_that_is_not_there_is_refused(opened_with: Sheet, tmp_path: Path) -> None:
    sheet = opened_with(Settings(export_folder=tmp_path / "gone"))
    assert keep(sheet) is None
    assert sheet._problem.text() == "There is no such folder for reports"


def test_cancelled_changes_are_gone_when_the_sheet_opens_again(opened_with: Sheet) -> None:
    sheet = opened_with(Settings(reader_name="Dr. Roe"))
    name = sheet.pages[0]._name  # type: ignore[attr-defined]
    name.setText("Dr. Doe")
    button(sheet, "Cancel").click()
    sheet.show_settings()
    assert name.text() == "Dr. Roe"


def test_a_page_of_another_part_is_shown_and_told_when_to_keep(shown: Callable[..., Any]) -> None:
    class Destinations(PreferencesPage):
        title = "Elsewhere"
        kept = 0

        def keep(self) -> None:
            self.kept += 1

    page = Destinations()
    sheet = shown(PreferencesSheet(Settings, (page,)), 720, 560)
    sheet.show_settings()
    assert page.isVisible()
    assert keep(sheet) == {}
    assert page.kept == 1
