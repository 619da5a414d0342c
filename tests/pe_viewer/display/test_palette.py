"""The colours: readable, and the model's are not the reader's."""

import pytest

from pe_viewer.display.palette import PALETTE, rgb

TEXTS = ("text", "dim_text", "model", "reader", "good", "bad")
SURFACES = ("view", "ground", "panel", "raised")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [channel / 255 for channel in rgb(colour)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("surface", SURFACES)
def test_text_is_readable_on_every_surface(text: str, surface: str) -> None:
    pair = sorted(luminance(getattr(PALETTE, name)) for name in (text, surface))
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_the_model_and_the_reader_have_colours_of_their_own() -> None:
    assert PALETTE.model != PALETTE.reader
    assert rgb(PALETTE.model)[0] > rgb(PALETTE.model)[2]  # amber
    assert rgb(PALETTE.reader)[2] > rgb(PALETTE.reader)[0]  # cyan
