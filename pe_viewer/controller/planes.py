"""The planes beside the slices: their layout, the crosshair, the slab, and when they are cut."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer

from pe_models.errors import InputError
from pe_models.imaging.geometry import Triple
from pe_models.imaging.reslice import Reslice
from pe_models.imaging.reslicing.slab import Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_viewer.display.crosshair import (
    centre_mm,
    middle_of_slice,
    nearest_voxel,
    on_slice,
    stepped,
)
from pe_viewer.display.looks import ViewTransform
from pe_viewer.display.planes import (
    PlaneKind,
    next_slab,
    plane_through,
    require_drawable,
    side_kinds,
    slab_text,
    why_no_planes,
)
from pe_viewer.jobs import Job
from pe_viewer.services.planes import PlaneRequest, PlaneService
from pe_viewer.state import ReviewSnapshot, ReviewState

_WHILE_LOADING_MS: Final = 150
"""Slices come thirty times a second; decoding them must not wait for pictures of them."""


class Planes(QObject):
    """Answers what is asked of the planes and keeps them true to slice, crosshair and slab.

    One job at a time; when it ends, what is wanted then is cut. What was wanted between is not.
    """

    def __init__(self, state: ReviewState, service: PlaneService) -> None:
        super().__init__()
        self._state = state
        self._service = service
        self._job: Job | None = None
        self._is_wide = False
        self._was_asked = False
        self._cut_from: Voxels | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WHILE_LOADING_MS)
        self._timer.timeout.connect(self._take_voxels)
        state.changed.connect(self._on_changed)

    def toggle_planes(self) -> None:
        """Shows or hides the planes; where there can be none, says why."""
        snapshot = self._state.snapshot
        refusal = "" if snapshot.series is None else why_no_planes(snapshot.series)
        if refusal and not snapshot.shows_planes:
            self._state.update(notice=refusal)
        elif snapshot.series is not None:
            self._was_asked = True
            self._state.update(shows_planes=not snapshot.shows_planes, notice="")

    def set_wide(self, is_wide: bool) -> None:
        """A wide window shows the planes, until the reader has shown or hidden them."""
        self._is_wide = is_wide
        self._follow_width()

    def set_slab(self, slab: Slab) -> None:
        self._state.update(slab=slab)

    def cycle_slab(self) -> None:
        """The next thickness, where planes are shown."""
        snapshot = self._state.snapshot
        if snapshot.shows_planes:
            slab = next_slab(snapshot.slab)
            self._state.update(slab=slab, notice=f"Planes: {slab_text(slab)}")

    def put_crosshair(self, point_mm: Triple) -> None:
        """Onto the nearest voxel; its slice is shown."""
        snapshot = self._state.snapshot
        if snapshot.voxels is not None:
            voxel = nearest_voxel(snapshot.voxels, point_mm)
            point_mm = centre_mm(snapshot.voxels, voxel)
            self._state.update(crosshair_mm=point_mm, slice_index=voxel[0], notice="")

    def step_plane(self, kind: PlaneKind, steps: int) -> None:
        """``steps`` voxels toward left, back or head, or the other way where negative."""
        snapshot = self._state.snapshot
        if snapshot.voxels is not None and snapshot.crosshair_mm is not None:
            self.put_crosshair(stepped(snapshot.voxels, snapshot.crosshair_mm, kind.axis, steps))

    def set_view(self, kind: PlaneKind, view: ViewTransform) -> None:
        """Zoom and pan of one plane."""
        self._state.update(plane_views={**self._state.snapshot.plane_views, kind: view})

    def _follow_width(self) -> None:
        series = self._state.snapshot.series
        if series is not None and not self._was_asked:
            self._state.update(shows_planes=self._is_wide and not why_no_planes(series))

    def _on_changed(self, old: ReviewSnapshot, new: ReviewSnapshot) -> None:
        if new.series is not old.series and self._is_wide:
            self._follow_width()
        if new.geometry is not old.geometry:
            self._state.update(crosshair_mm=None, plane_views={})
        names = ("shows_planes", "geometry", "pixels", "volume")
        if any(getattr(old, name) is not getattr(new, name) for name in names):
            self._take_voxels()
        elif new.loaded is not old.loaded and new.shows_planes and not self._timer.isActive():
            self._timer.start()
        if new.slice_index != old.slice_index:
            self._follow_slice()
        if any(getattr(old, name) is not getattr(new, name) for name in ("crosshair_mm", "slab")):
            self._cut()

    def _take_voxels(self) -> None:
        """What is loaded by now, to cut from; nothing where no planes are shown."""
        self._timer.stop()
        voxels, refusal = _voxels_of(self._state.snapshot)
        if voxels is None:
            self._cut_from = None
            self._state.update(voxels=None, reslices={}, planes_refusal=refusal)
            return
        self._state.update(voxels=voxels, planes_refusal="")
        self._follow_slice()
        self._cut()

    def _follow_slice(self) -> None:
        snapshot = self._state.snapshot
        voxels, index = snapshot.voxels, snapshot.slice_index
        if voxels is None:
            return
        if snapshot.crosshair_mm is None:
            self._state.update(crosshair_mm=middle_of_slice(voxels, index))
        else:
            self._state.update(crosshair_mm=on_slice(voxels, snapshot.crosshair_mm, index))

    def _cut(self) -> None:
        """Starts what is wanted and not there, unless a job runs that will come back to it."""
        request = None if self._job is not None else self._wanted()
        if request is not None:
            self._job = self._service.cut(request)
            self._job.succeeded.connect(partial(self._on_cut, request))
            self._job.failed.connect(self._on_failed)
            self._job.cancelled.connect(self._on_cancelled)

    def _wanted(self) -> PlaneRequest | None:
        snapshot = self._state.snapshot
        voxels, point_mm, slab = snapshot.voxels, snapshot.crosshair_mm, snapshot.slab
        if voxels is None or point_mm is None:
            return None
        made = snapshot.reslices if voxels is self._cut_from else {}
        geometry = voxels.geometry
        planes = {kind: plane_through(kind, geometry, point_mm) for kind in side_kinds(geometry)}
        wanted = {
            kind: plane
            for kind, plane in planes.items()
            if kind not in made or (made[kind].plane, made[kind].slab) != (plane, slab)
        }
        return PlaneRequest(voxels, wanted, slab) if wanted else None

    def _on_cut(self, request: PlaneRequest, made: Mapping[PlaneKind, Reslice]) -> None:
        self._job = None
        snapshot = self._state.snapshot
        if snapshot.voxels is not None and snapshot.voxels.hu is request.voxels.hu:
            self._cut_from = request.voxels
            self._state.update(reslices={**snapshot.reslices, **made}, planes_refusal="")
        self._cut()

    def _on_failed(self, message: str) -> None:
        self._job = None
        self._state.update(reslices={}, planes_refusal=message)

    def _on_cancelled(self) -> None:
        self._job = None


def _voxels_of(snapshot: ReviewSnapshot) -> tuple[Voxels | None, str]:
    """What planes can be cut from now, or why none can be; "" where nothing is there yet."""
    series, pixels, loaded = snapshot.series, snapshot.pixels, snapshot.loaded
    if not snapshot.shows_planes or series is None:
        return None, ""
    refusal = why_no_planes(series)
    if refusal or pixels is None or loaded is None:
        return None, refusal
    try:
        if snapshot.volume is not None:
            voxels = Voxels.of(snapshot.volume)
        else:
            voxels = Voxels.loading(series, pixels, loaded)
        require_drawable(voxels)
    except InputError as error:
        return None, str(error)
    return voxels, ""
