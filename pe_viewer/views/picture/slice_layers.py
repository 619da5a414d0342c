"""What the slice view draws, as images that are kept until something in them changes."""

from dataclasses import dataclass

from PySide6.QtGui import QImage

from pe_models.findings import Crop
from pe_models.imaging.geometry import Geometry
from pe_viewer.display.heat import drawn_box, overlay_rgba, scale_of
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.orientation import Orientation, view_orientation
from pe_viewer.display.placement import Frame
from pe_viewer.display.slice_image import render
from pe_viewer.state import ReviewSnapshot
from pe_viewer.views.picture.kept_image import KeptImage
from pe_viewer.views.qimages import grey_image, rgba_image


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """The map as large as the slice, and the pixels of the slice beyond which it is clear."""

    image: QImage
    box: Crop


class SliceLayers:
    """The CT and the overlay of the current slice, turned to the reading position."""

    def __init__(self) -> None:
        self._slice = KeptImage()
        self._overlay = KeptImage()
        self._turned: tuple[Geometry, tuple[int, bool], Orientation] | None = None

    def clear(self) -> None:
        """Lets go of the study's memory."""
        self._slice.clear()
        self._overlay.clear()

    def orientation(self, geometry: Geometry, view: ViewTransform) -> Orientation:
        """How slices lie in the view; the same object while nothing turns."""
        turns = view.quarter_turns, view.is_mirrored
        if self._turned is None or self._turned[0] is not geometry or self._turned[1] != turns:
            self._turned = geometry, turns, view_orientation(geometry, view)
        return self._turned[2]

    def frame(self, geometry: Geometry, view: ViewTransform) -> Frame:
        """What the placement needs to know of the slices."""
        turned = self.orientation(geometry, view)
        return Frame(
            shape=geometry.shape[1:],
            spacing_mm=geometry.spacing_mm[1:],
            flips_rows=turned.flips_rows,
            flips_cols=turned.flips_cols,
            is_transposed=turned.is_transposed,
        )

    def slice_image(self, snapshot: ReviewSnapshot) -> QImage:
        """The current slice through the window; only where its condition is SHOWN."""
        pixels, geometry, index = snapshot.pixels, snapshot.geometry, snapshot.slice_index
        if pixels is None or geometry is None:
            raise ValueError("no pixels to draw")

        turned = self.orientation(geometry, snapshot.view)

        def make() -> QImage:
            grey = render(pixels[index], snapshot.window, invert=snapshot.is_inverted)
            return grey_image(turned.turn(grey))

        made_from = (pixels, index, snapshot.window, snapshot.is_inverted, turned)
        return self._slice.image(made_from, make)

    def overlay(self, snapshot: ReviewSnapshot) -> Overlay | None:
        """The activation map of the current slice; None where none is to be drawn."""
        geometry, overlay, heatmap = snapshot.geometry, snapshot.overlay, snapshot.shown_heatmap
        if heatmap is None or geometry is None:
            return None
        least_logit = scale_of(heatmap.method).at(overlay.least_share)
        box = drawn_box(heatmap, least_logit)
        if box is None:
            return None
        turned = self.orientation(geometry, snapshot.view)

        def make() -> QImage:
            rgba = overlay_rgba(
                heatmap,
                geometry.shape[1:],
                opacity=overlay.opacity,
                least_logit=least_logit,
            )
            return rgba_image(turned.turn(rgba))

        return Overlay(self._overlay.image((heatmap, geometry, overlay, turned), make), box)
