"""The colours: readable, and the model's are not the reader's."""

import numpy as np
import pytest
from numpy.typing import NDArray

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


# Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision
# deficiency, IEEE TVCG 2009;15:1291, severity 1.0: linear RGB as seen with each deficiency.
SEEN_BY = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}  # fmt: skip
JUST_SEEN = 2.3
"""CIE76 difference that is just noticeable (Mahy et al., Color Res. Appl. 1994;19:105)."""


def lab(colour: str, seen_by: tuple[tuple[float, ...], ...] | None = None) -> NDArray[np.float64]:
    """CIELAB (D65) of a colour of the palette, as it is or with a deficiency."""
    levels = np.asarray(rgb(colour)) / 255.0
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    if seen_by is not None:
        linear = np.clip(np.asarray(seen_by) @ linear, 0.0, 1.0)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    ratio = to_xyz @ linear / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("deficiency", SEEN_BY)
@pytest.mark.parametrize("pair", [("model", "reader"), ("model", "model_dim"), ("model", "ground")])
def test_what_the_track_tells_apart_is_told_apart_without_all_colours(
    deficiency: str, pair: tuple[str, str]
) -> None:
    one, other = (lab(getattr(PALETTE, name), SEEN_BY[deficiency]) for name in pair)
    assert np.linalg.norm(one - other) > 10 * JUST_SEEN
