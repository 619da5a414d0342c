"""Whoever opens an exported file opens that file alone: nothing in it is fetched from elsewhere."""

import io
import re
import zipfile

import pikepdf
import pytest

from pe_viewer.report.html.page import write_html
from pe_viewer.report.model import Report
from pe_viewer.report.pdf.document import write_pdf
from pe_viewer.report.slides.report import write_pptx

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_web_page_loads_nothing(signed_report: Report) -> None:
    page = write_html(signed_report).documents[0].content.decode()
    loads = r"""(?:src|href|action|data|poster)\s*=\s*["']?(?!["']?(?:data:|#))([^"'\s>]+)"""
    fetches = r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import)\s*\("

    assert re.findall(r"url\(\s*['\"]?(?!['\"]?(?:data:|#))([^)]+)", page) == []
    assert [found for found in re.findall(loads, page) if not found.startswith("data:")] == []
    assert re.findall(fetches, page) == []
    assert "@import" not in page


def test_the_slides_point_nowhere_outside(signed_report: Report) -> None:
    (document,) = write_pptx(signed_report).documents
    with zipfile.ZipFile(io.BytesIO(document.content)) as package:
        relations = [package.read(name) for name in package.namelist() if name.endswith(".rels")]

    assert len(relations) > 5
    assert [text for text in relations if b'TargetMode="External"' in text] == []


def test_the_pages_neither_link_nor_run_anything(signed_report: Report) -> None:
    (document,) = write_pdf(signed_report).documents
    with pikepdf.open(io.BytesIO(document.content)) as pdf:
        actions = [
            key
            for found in pdf.objects
            if isinstance(found, pikepdf.Dictionary | pikepdf.Stream)
            for key in ("/URI", "/JS", "/Launch", "/GoToR", "/SubmitForm", "/OpenAction", "/AA")
            if key in found
        ]

    assert actions == []
