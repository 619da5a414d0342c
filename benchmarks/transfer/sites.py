"""Sites: places in the pulmonary arteries of real CTs, found by looking; positions only, no pixels.

``sites.json`` names each by the SOP Instance UID of its slice, row and column. In LIDC-IDRI-0003
the arteries hold 430 HU and the veins 240, in LIDC-IDRI-0001 320 and 430 to 550; in rider-ctpa only
vessels that run beside a bronchus over several slices were taken. What could be a vein is left out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

from pe_models.errors import InputError
from pe_models.imaging.read import read_volume
from pe_models.imaging.scan import scan_folder
from pe_models.imaging.volume import Volume
from pe_models.phantom.spec import Level

SITES_FILE: Final = Path(__file__).with_name("sites.json")


@dataclass(frozen=True, slots=True)
class Place:
    """A voxel of a series, by the identity of its slice."""

    sop_instance_uid: str
    row: int
    col: int

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Self:
        return cls(str(record["sop_instance_uid"]), int(record["row"]), int(record["col"]))

    def index_in(self, volume: Volume) -> tuple[int, int, int]:
        """(slice, row, col). Raises InputError where the Volume has no such slice."""
        for index, stamp in enumerate(volume.origin.slices):
            if stamp.sop_instance_uid == self.sop_instance_uid:
                return index, self.row, self.col
        raise InputError(f"The series has no slice {self.sop_instance_uid}; get the data anew.")


@dataclass(frozen=True, slots=True)
class Site:
    """One place within an artery, of which ``level`` and ``side`` are known."""

    name: str
    series: str
    place: Place
    level: Level
    side: str
    vessel: str


class Source(Protocol):
    """A CT that clots are set into; ``artery_at`` lies where its arteries are wide."""

    @property
    def key(self) -> str: ...

    @property
    def artery_at(self) -> Place: ...

    def read(self, data: Path) -> Volume:
        """The Volume; ``data`` is the folder of the real CTs."""
        ...


@dataclass(frozen=True, slots=True)
class RealSource:
    """One real series: where it lies below the data's folder, and where its arteries are wide."""

    key: str
    folder: str
    series_uid: str
    artery_at: Place

    def read(self, data: Path) -> Volume:
        """The Volume. Raises InputError where the folder does not hold it."""
        for study in scan_folder(data / self.folder):
            for series in study.series:
                if series.series_uid == self.series_uid:
                    return read_volume(series)
        raise InputError(f"{self.folder} does not hold the series {self.series_uid}.")


@dataclass(frozen=True, slots=True)
class SiteList:
    """All series and their sites."""

    sources: tuple[Source, ...]
    sites: tuple[Site, ...]

    def of(self, source: Source) -> tuple[Site, ...]:
        return tuple(site for site in self.sites if site.series == source.key)


def read_sites(path: Path = SITES_FILE) -> SiteList:
    """Raises InputError where a site is of an unknown series or level."""
    record = json.loads(path.read_text(encoding="utf-8"))
    sources = tuple(
        RealSource(s["key"], s["folder"], s["series_uid"], Place.from_dict(s["artery_at"]))
        for s in record["series"]
    )
    return SiteList(sources, _sites(record["sites"], {source.key for source in sources}))


def _sites(records: Sequence[dict[str, Any]], known: set[str]) -> tuple[Site, ...]:
    sites: list[Site] = []
    for number, record in enumerate(records):
        if record["series"] not in known or record["level"] not in set(Level):
            raise InputError(f"Site {number} is of an unknown series or level: {record}")
        sites.append(
            Site(
                name=f"{record['series']}-{number:02d}",
                series=record["series"],
                place=Place.from_dict(record),
                level=Level(record["level"]),
                side=record["side"],
                vessel=record["vessel"],
            )
        )
    return tuple(sites)
