"""Findings and activation maps in the library: one of each bundle that looked at a series."""

import json
import logging
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from pe_models.findings import Crop, Findings, Heatmap
from pe_models.imaging.study import Series
from pe_models.tasks import task_for
from pe_models.tasks.summary import summary_scores
from pe_viewer.library.database import Database
from pe_viewer.library.entry import badge_kind_of
from pe_viewer.library.series_id import series_id

logger = logging.getLogger(__name__)

_FAST: Final = 1
_GRID: Final = np.dtype("<f2")
"""Half precision: 1 in 2,000, and a map is drawn in 256 colours."""

_NEWEST: Final = """
SELECT record, heatmaps FROM findings
WHERE (:bundle IS NULL OR bundle_sha256 = :bundle) AND (series_id = :series
    OR series_id IN (SELECT series_id FROM series WHERE images_id = :images))
ORDER BY made_at DESC LIMIT 1
"""

_MISSHAPEN: Final = (ValueError, KeyError, TypeError, zlib.error)


@dataclass(frozen=True, slots=True, eq=False)
class KeptAnalysis:
    """What a model said of one series, as it was kept."""

    findings: Findings
    heatmaps: tuple[Heatmap, ...]


class KeptFindings:
    """Keeps what models said. Any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self, series_key: str, study_key: str, findings: Findings, heatmaps: Sequence[Heatmap]
    ) -> None:
        """Keeps both in the place of what the same bundle said before. Raises LibraryError."""
        scores = summary_scores(findings, task_for(findings.task))
        row = (
            series_id(series_key),
            findings.bundle.sha256,
            study_key,
            zlib.compress(json.dumps(findings.to_dict()).encode(), _FAST),
            packed_heatmaps(heatmaps),
            badge_kind_of(findings),
            float(np.nan_to_num(scores).max(initial=0.0)),
            datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
            )

    def load(
        self, series: Series, bundle_sha256: str | None, images: str = ""
    ) -> KeptAnalysis | None:
        """What a bundle said of ``series``, here or of the same ``images`` elsewhere; of several
        bundles, for None, the newest.

        None where nothing is kept, where it cannot be read, and where the files now hold other
        slices. Raises LibraryError where the library itself cannot be read.
        """
        with self._database.reading() as connection:
            row = connection.execute(
                _NEWEST,
                {"series": series_id(series.key), "images": images, "bundle": bundle_sha256},
            ).fetchone()
        try:
            kept = None if row is None else _analysis_of(*row)
        except _MISSHAPEN as error:
            logger.warning("kept findings could not be read: %s", type(error).__name__)
            return None
        return kept if kept is not None and is_about(kept.findings, series) else None


def is_about(findings: Findings, series: Series) -> bool:
    """Whether ``findings`` speak of exactly these slices, in this order."""
    named = [(s.sop_instance_uid, s.frame_number) for s in findings.slices]
    return named == [(s.sop_instance_uid, s.frame_number) for s in series.slices]


def packed_heatmaps(heatmaps: Sequence[Heatmap]) -> bytes:
    """A line of JSON that describes each map, then all their values one after another."""
    head = [
        [h.slice_index, h.method, list(h.values.shape), _corners(h.crop)] for h in heatmaps
    ]  # fmt: skip
    values = b"".join(h.values.astype(_GRID).tobytes() for h in heatmaps)
    return zlib.compress(json.dumps(head).encode() + b"\n" + values, _FAST)


def unpacked_heatmaps(packed: bytes) -> tuple[Heatmap, ...]:
    """Inverse of ``packed_heatmaps``. Raises one of ``_MISSHAPEN`` for anything else."""
    head, _, values = zlib.decompress(packed).partition(b"\n")
    made, at = [], 0
    for slice_index, method, shape, crop in json.loads(head):
        count = int(np.prod(shape))
        grid = np.frombuffer(values, dtype=_GRID, count=count, offset=at).reshape(shape)
        at += count * _GRID.itemsize
        made.append(Heatmap(slice_index, grid.astype(np.float32), Crop(**crop), method))
    return tuple(made)


def _analysis_of(record: bytes, heatmaps: bytes) -> KeptAnalysis:
    told: Mapping[str, Any] = json.loads(zlib.decompress(record))
    return KeptAnalysis(Findings.from_dict(told), unpacked_heatmaps(heatmaps))


def _corners(crop: Crop) -> dict[str, int]:
    return {name: getattr(crop, name) for name in crop.__dataclass_fields__}
