"""Flagged runs as moving pictures: animated WebP, with the words and the notice on each frame."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from pe_models import NOTICE
from pe_viewer.report import content
from pe_viewer.report.content.phrases import phrases_of
from pe_viewer.report.drawing.key_images import overlay_picture, plain_picture
from pe_viewer.report.drawing.picture import Picture, to_image
from pe_viewer.report.model import Clip, Report
from pe_viewer.report.writer import Document, Rendering

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH_PX: Final = 560
FONT_PX: Final = 12
FRAME_MS: Final = 125
"""Eight slices a second: slow enough to follow one artery."""

_QUALITY: Final = 75
_FASTEST: Final = 0
"""WebP's effort, 0 to 6: the others take two to four times as long for a tenth of the size."""


def write_cine(report: Report) -> Rendering:
    """``-flag<number>.webp`` for each clip, ``-flag<number>-overlay.webp`` beside it with its maps.

    Each runs from the head toward the feet and begins again. What made it stands in its XMP.
    """
    documents: list[Document] = []
    for clip in report.clips:
        ending = f"-flag{clip.flag_number}"
        plain = (plain_picture(report, frame) for frame in clip.frames)
        documents.append(Document(f"{ending}.webp", _animation(report, plain)))
        if any(frame.heatmap is not None for frame in clip.frames):
            frames = _overlay_frames(report, clip)
            documents.append(Document(f"{ending}-overlay.webp", _animation(report, frames)))
    return Rendering(tuple(documents), tuple(_omitted(report)))


def _overlay_frames(report: Report, clip: Clip) -> list[Picture]:
    """The clip under its maps. A frame without one says so, where its colour bar would stand."""
    pictures = [
        (overlay_picture(report, frame), plain_picture(report, frame)) for frame in clip.frames
    ]
    without = phrases_of(report)("no activation map")
    return [
        overlay or replace(plain, position=f"{plain.position}   {without}")
        for overlay, plain in pictures
    ]


def _omitted(report: Report) -> list[str]:
    n_flags = len(report.numbered_flags)
    if not report.clips:
        return [f"cine: {'the pixels were not available' if n_flags else 'nothing flagged'}"]
    left = n_flags - len(report.clips)
    return [f"cine: {left} of {n_flags} flagged runs, as only the first move"] if left else []


def _animation(report: Report, pictures: Iterable[Picture]) -> bytes:
    images = [_to_pillow(to_image(p, width_px=WIDTH_PX, font_px=FONT_PX)) for p in pictures]
    return encode(images, content.software_line(report))


def encode(images: Sequence["Image"], software: str) -> bytes:
    """The images as one endless WebP, with the notice and ``software`` in its XMP packet."""
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=list(images[1:]),
        duration=FRAME_MS,
        loop=0,
        quality=_QUALITY,
        method=_FASTEST,
        kmin=0,
        kmax=1,  # each frame whole: between key frames WebP leaves pixels that differ little
        xmp=_xmp(software),
    )
    return buffer.getvalue()


def _to_pillow(image: QImage) -> "Image":
    from PIL import Image

    return Image.fromarray(_rgb(image))


def _rgb(image: QImage) -> NDArray[np.uint8]:
    """The pixels (row, col, rgb) of an opaque image. Qt pads its lines to four bytes."""
    converted = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(converted.constBits(), dtype=np.uint8)
    lines = lines.reshape(converted.height(), converted.bytesPerLine())
    pixels = lines[:, : 3 * converted.width()]
    return pixels.reshape(converted.height(), converted.width(), 3).copy()


def _xmp(software: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f"xmp:CreatorTool={quoteattr(software)} photoshop:Instructions={quoteattr(NOTICE)}/>"
        "</rdf:RDF></x:xmpmeta>"
    ).encode()
