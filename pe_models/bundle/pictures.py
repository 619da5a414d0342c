"""PictureSpec: what a bundle of one picture net says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pe_models.bundle.spec import PLAIN_NAME, BundleCard
from pe_models.imaging.window import Window
from pe_models.tasks import PictureInput


@dataclass(frozen=True, slots=True)
class PictureArchitecture:
    """``net`` is one of ours or a timm backbone; ``width`` a share of its original channels."""

    net: str
    width: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.width <= 4.0:
            raise ValueError(f"a net {self.width} times as wide as the original")


@dataclass(frozen=True, slots=True)
class PictureSpec:
    """A bundle but for its files, of a task whose pictures are judged one by one.

    ``thresholds`` are by label: from there on a label is named.
    """

    name: str
    version: str
    task: str
    created: str
    picture: PictureInput
    architecture: PictureArchitecture
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    calibrated_on: str
    card: BundleCard

    def __post_init__(self) -> None:
        if not PLAIN_NAME.fullmatch(self.name):
            raise ValueError(f"bundle name {self.name!r} is not of letters, digits, '.', '_', '-'")
        if set(self.thresholds) != set(self.labels):
            raise ValueError("thresholds and labels differ")


def picture_spec_from(record: Mapping[str, Any]) -> PictureSpec:
    """Inverse of ``spec.plain``. Raises KeyError, TypeError or ValueError."""
    picture = record["picture"]
    windows = tuple(Window(**window) for window in picture["windows"])
    return PictureSpec(
        name=record["name"],
        version=record["version"],
        task=record["task"],
        created=record["created"],
        picture=PictureInput(**{**picture, "windows": windows}),
        architecture=PictureArchitecture(**record["architecture"]),
        labels=tuple(record["labels"]),
        thresholds={str(label): float(value) for label, value in record["thresholds"].items()},
        calibrated_on=record["calibrated_on"],
        card=BundleCard(**record["card"]),
    )
