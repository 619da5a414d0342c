"""What crosses between the window's process and the inference worker: JSON lines, one message each.

The worker is ``python -m pe_models serve``. It reads requests on standard input and writes events
on standard output; logging goes to standard error. HU never cross as text: the window's process
puts them in shared memory (``parallel.SharedArray``) and sends a ``VolumeReference``, which the
worker attaches to for as long as the job runs. The maker keeps the segment until the closing event.

Every message has a ``request_id`` that the window's process chose (1, 2, ...); an event carries the
id of the request that it answers, and 0 where it answers none.

=========  ==========================  ========================================================
request    closed by                   meaning
=========  ==========================  ========================================================
Analyze    Done, Failed or Cancelled   the pipeline on one Volume; Progress and Coarse come before
Explain    Done, Failed or Cancelled   one activation map of a Volume that has Findings
Describe   Ready or Failed             which bundle and device the worker uses
Cancel     -                           stops the Analyze or Explain of the same ``request_id``
Shutdown   -                           ends the worker after the running job is cancelled
=========  ==========================  ========================================================

On its start the worker sends ``Ready`` with id 0 once the nets are loaded, or ``Failed`` with id 0
and stays, so that a later request can be answered. Requests run one at a time, in order. A Cancel
that comes after the closing event has no effect. End of file on standard input ends the worker.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pe_models.errors import WorkerError
from pe_models.findings import BundleStamp, Crop, Findings, Heatmap
from pe_models.imaging.geometry import Geometry
from pe_models.imaging.volume import SliceStamp, Volume, VolumeKind, VolumeOrigin
from pe_models.imaging.warnings import WarningCode
from pe_models.progress import Progress

NO_REQUEST: Final = 0
"""The ``request_id`` of an event that answers no request."""


class WireError(WorkerError):
    """A line that is no message of this protocol. ``request_id`` is 0 where it has none."""

    def __init__(self, message: str, request_id: int = NO_REQUEST) -> None:
        super().__init__(message)
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class VolumeReference:
    """A Volume whose HU lie in shared memory: int16, C order, of the Geometry's shape."""

    segment_name: str
    geometry: Geometry
    origin: VolumeOrigin
    kind: VolumeKind = VolumeKind.HU
    missing_slices: frozenset[int] = frozenset()

    @classmethod
    def to(cls, volume: Volume, segment_name: str) -> "VolumeReference":
        """Refers to ``volume``, whose ``hu`` is the array of that segment."""
        return cls(segment_name, volume.geometry, volume.origin, volume.kind, volume.missing_slices)

    def volume_over(self, hu: NDArray[np.int16]) -> Volume:
        """The Volume over ``hu`` [slice, row, col], without copying."""
        return Volume(
            hu, self.geometry, self.origin, kind=self.kind, missing_slices=self.missing_slices
        )


@dataclass(frozen=True, slots=True)
class Analyze:
    request_id: int
    volume: VolumeReference


@dataclass(frozen=True, slots=True)
class Explain:
    """One map over the ``crop`` of the Findings of ``volume``, made by the bundle of that hash.

    ``method`` is one of ``Ready.methods``; "" is the bundle's own.
    """

    request_id: int
    volume: VolumeReference
    crop: Crop
    bundle_sha256: str
    slice_index: int
    method: str = ""


@dataclass(frozen=True, slots=True)
class Describe:
    request_id: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """``request_id`` is that of the request to be stopped."""

    request_id: int


@dataclass(frozen=True, slots=True)
class Shutdown:
    request_id: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The nets are loaded: which bundle, on which device (``cpu``, ``cuda:0``).

    ``methods`` name the maps that it can make, its own first.
    """

    request_id: int
    bundle: BundleStamp
    device: str
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progressed:
    request_id: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Coarse:
    """Early scores of some slices, before the sequence net; drawn as coarse, never kept.

    ``slice_indices`` and ``scores`` (in [0, 1]) go together.
    """

    request_id: int
    slice_indices: tuple[int, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """``findings`` is None for an Explain, whose answer is the one Heatmap."""

    request_id: int
    findings: Findings | None
    heatmaps: tuple[Heatmap, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """``message`` is for the reader: what, where, and what to do."""

    request_id: int
    message: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    request_id: int


Request = Analyze | Explain | Describe | Cancel | Shutdown
Event = Ready | Progressed | Coarse | Done | Failed | Cancelled


def encode(message: Request | Event) -> str:
    """One line of JSON, without the line's end."""
    codec = _CODECS[type(message)]
    record = {"type": codec.name, "id": message.request_id, **codec.to_fields(message)}
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def decode_request(line: str) -> Request:
    """Inverse of ``encode``. Raises WireError for anything else."""
    request: Request = _decode(line, _REQUESTS)
    return request


def decode_event(line: str) -> Event:
    """Inverse of ``encode``. Raises WireError for anything else."""
    event: Event = _decode(line, _EVENTS)
    return event


Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class _Codec(Generic[Message]):
    """How the fields of one message beside its id become JSON, and back."""

    name: str
    kind: type[Message]
    to_fields: Callable[[Message], Mapping[str, Any]]
    from_fields: Callable[[int, Mapping[str, Any]], Message]


def _decode(line: str, codecs: Mapping[str, _Codec[Any]]) -> Any:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise WireError(f"a line that is not JSON came from the other process: {error}") from None
    if not isinstance(record, dict) or not isinstance(record.get("id"), int):
        raise WireError("a message without an id came from the other process")
    request_id = record["id"]
    codec = codecs.get(str(record.get("type")))
    if codec is None:
        raise WireError(f"unknown message {record.get('type')!r}", request_id)
    try:
        return codec.from_fields(request_id, record)
    except (KeyError, TypeError, ValueError) as error:
        text = f"message {codec.name!r} is malformed: {type(error).__name__}: {error}"
        raise WireError(text, request_id) from None


def _no_fields(message: object) -> Mapping[str, Any]:
    return {}


def _codecs(*codecs: _Codec[Any]) -> dict[str, _Codec[Any]]:
    return {codec.name: codec for codec in codecs}


def _volume_record(reference: VolumeReference) -> dict[str, Any]:
    geometry, origin = reference.geometry, reference.origin
    return {
        "segment_name": reference.segment_name,
        "shape": geometry.shape,
        "spacing_mm": geometry.spacing_mm,
        "origin_mm": geometry.origin_mm,
        "directions": geometry.directions,
        "study_uid": origin.study_uid,
        "series_uid": origin.series_uid,
        "slices": [
            (s.sop_instance_uid, s.instance_number, s.frame_number, s.position_mm)
            for s in origin.slices
        ],
        "slice_thickness_mm": origin.slice_thickness_mm,
        "warning_codes": sorted(origin.warning_codes),
        "kind": reference.kind,
        "missing_slices": sorted(reference.missing_slices),
    }


def _volume_reference(record: Mapping[str, Any]) -> VolumeReference:
    slice_axis, row_axis, col_axis = (_triple(axis) for axis in record["directions"])
    n_slices, rows, cols = record["shape"]
    return VolumeReference(
        segment_name=record["segment_name"],
        geometry=Geometry(
            shape=(n_slices, rows, cols),
            spacing_mm=_triple(record["spacing_mm"]),
            origin_mm=_triple(record["origin_mm"]),
            directions=(slice_axis, row_axis, col_axis),
        ),
        origin=VolumeOrigin(
            study_uid=record["study_uid"],
            series_uid=record["series_uid"],
            slices=tuple(SliceStamp(*stamp) for stamp in record["slices"]),
            slice_thickness_mm=record["slice_thickness_mm"],
            warning_codes=frozenset(WarningCode(code) for code in record["warning_codes"]),
        ),
        kind=VolumeKind(record["kind"]),
        missing_slices=frozenset(record["missing_slices"]),
    )


def _triple(values: Any) -> tuple[float, float, float]:
    first, second, third = values
    return float(first), float(second), float(third)


def _heatmap_record(heatmap: Heatmap) -> dict[str, Any]:
    values = np.ascontiguousarray(heatmap.values, dtype=_GRID_DTYPE)
    return {
        "slice_index": heatmap.slice_index,
        "grid": values.shape,
        "values": base64.b64encode(values.tobytes()).decode("ascii"),
        "crop": _crop_record(heatmap.crop),
        "method": heatmap.method,
    }


def _crop_record(crop: Crop) -> tuple[int, int, int, int]:
    return crop.row_min, crop.row_max, crop.col_min, crop.col_max


def _heatmap(record: Mapping[str, Any]) -> Heatmap:
    flat = np.frombuffer(base64.b64decode(record["values"], validate=True), dtype=_GRID_DTYPE)
    values = flat.reshape(record["grid"]).astype(np.float32)
    return Heatmap(record["slice_index"], values, Crop(*record["crop"]), record["method"])


_GRID_DTYPE: Final = np.dtype("<f2")
"""Activation values cross as float16: about 0.001 of a logit near 1, far below what a map shows."""

_REQUESTS: Final = _codecs(
    _Codec(
        "analyze",
        Analyze,
        lambda m: {"volume": _volume_record(m.volume)},
        lambda i, f: Analyze(i, _volume_reference(f["volume"])),
    ),
    _Codec(
        "explain",
        Explain,
        lambda m: {
            "volume": _volume_record(m.volume),
            "crop": _crop_record(m.crop),
            "bundle_sha256": m.bundle_sha256,
            "slice_index": m.slice_index,
            "method": m.method,
        },
        lambda i, f: Explain(
            i,
            _volume_reference(f["volume"]),
            Crop(*f["crop"]),
            f["bundle_sha256"],
            f["slice_index"],
            f["method"],
        ),
    ),
    _Codec("describe", Describe, _no_fields, lambda i, f: Describe(i)),
    _Codec("cancel", Cancel, _no_fields, lambda i, f: Cancel(i)),
    _Codec("shutdown", Shutdown, _no_fields, lambda i, f: Shutdown(i)),
)

_EVENTS: Final = _codecs(
    _Codec(
        "ready",
        Ready,
        lambda m: {
            "bundle": {name: getattr(m.bundle, name) for name in BundleStamp.__slots__},
            "device": m.device,
            "methods": m.methods,
        },
        lambda i, f: Ready(i, BundleStamp(**f["bundle"]), f["device"], tuple(f["methods"])),
    ),
    _Codec(
        "progress",
        Progressed,
        lambda m: {
            "stage": m.progress.stage,
            "done": m.progress.done,
            "total": m.progress.total,
            "metrics": dict(m.progress.metrics),
        },
        lambda i, f: Progressed(i, Progress(f["stage"], f["done"], f["total"], f["metrics"])),
    ),
    _Codec(
        "coarse",
        Coarse,
        lambda m: {"slice_indices": m.slice_indices, "scores": m.scores},
        lambda i, f: Coarse(i, tuple(f["slice_indices"]), tuple(f["scores"])),
    ),
    _Codec(
        "done",
        Done,
        lambda m: {
            "findings": None if m.findings is None else m.findings.to_dict(),
            "heatmaps": [_heatmap_record(heatmap) for heatmap in m.heatmaps],
        },
        lambda i, f: Done(
            i,
            None if f["findings"] is None else Findings.from_dict(f["findings"]),
            tuple(_heatmap(record) for record in f["heatmaps"]),
        ),
    ),
    _Codec(
        "failed", Failed, lambda m: {"message": m.message}, lambda i, f: Failed(i, f["message"])
    ),
    _Codec("cancelled", Cancelled, _no_fields, lambda i, f: Cancelled(i)),
)

_CODECS: Final[dict[type, _Codec[Any]]] = {
    codec.kind: codec for codec in (*_REQUESTS.values(), *_EVENTS.values())
}
