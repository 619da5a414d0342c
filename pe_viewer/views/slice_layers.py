"""What the slice view draws, as images that are kept until something in them changes."""

from dataclasses import dataclass

from PySide6.QtGui import QImage

from pe_models.imaging.geometry import Geometry
from pe_viewer.display.heat import overlay_rgba
from pe_viewer.display.orientation import Orientation, reading_orientation
from pe_viewer.display.placement import Frame
from pe_viewer.display.slice_image import render
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.qimages import grey_image, rgba_image


@dataclass(frozen=True, slots=True)
class _Kept:
    key: tuple[object, ...]
    image: QImage


class SliceLayers:
    """The CT and the overlay of the current slice, turned to the reading position.

    A key holds the objects themselves, not their ids, so that a freed array's id cannot match.
    """

    def __init__(self) -> None:
        self._slice: _Kept | None = None
        self._overlay: _Kept | None = None
        self._turned: tuple[Geometry, Orientation] | None = None

    def orientation(self, geometry: Geometry) -> Orientation:
        if self._turned is None or self._turned[0] is not geometry:
            self._turned = geometry, reading_orientation(geometry)
        return self._turned[1]

    def frame(self, geometry: Geometry) -> Frame:
        """What the placement needs to know of the slices."""
        turned = self.orientation(geometry)
        return Frame(
            shape=geometry.shape[1:],
            spacing_mm=geometry.spacing_mm[1:],
            flips_rows=turned.flips_rows,
            flips_cols=turned.flips_cols,
        )

    def slice_image(self, snapshot: ReviewSnapshot) -> QImage:
        """The current slice through the window; only where its condition is SHOWN."""
        pixels, geometry, index = snapshot.pixels, snapshot.geometry, snapshot.slice_index
        if pixels is None or geometry is None:
            raise ValueError("no pixels to draw")
        key = (pixels, index, snapshot.window, snapshot.is_inverted)
        if self._slice is None or not _is_same(self._slice.key, key):
            grey = render(pixels[index], snapshot.window, invert=snapshot.is_inverted)
            self._slice = _Kept(key, grey_image(self.orientation(geometry).turn(grey)))
        return self._slice.image

    def overlay_image(self, snapshot: ReviewSnapshot) -> QImage | None:
        """The activation map of the current slice; None where it is off or there is none."""
        geometry = snapshot.geometry
        heatmap = snapshot.heatmap_of(snapshot.slice_index)
        if not snapshot.overlay.is_visible or heatmap is None or geometry is None:
            return None
        key = (heatmap, geometry, snapshot.overlay.opacity)
        if self._overlay is None or not _is_same(self._overlay.key, key):
            rgba = overlay_rgba(heatmap, geometry.shape[1:], opacity=snapshot.overlay.opacity)
            self._overlay = _Kept(key, rgba_image(self.orientation(geometry).turn(rgba)))
        return self._overlay.image


def _is_same(old: tuple[object, ...], new: tuple[object, ...]) -> bool:
    """Identity for arrays and other large values, equality for the small ones."""
    return all(
        a is b or (isinstance(b, (int, float)) and a == b) for a, b in zip(old, new, strict=True)
    )
