"""A bundle's spec to its JSON object and back; what older versions left out is filled in."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pe_models.bundle.spec import (
    Architecture,
    Attention,
    BundleCard,
    BundleSpec,
    HeartSpec,
    LocalizerLevels,
    Member,
    Preprocessing,
    RefinerArchitecture,
    SequenceArchitecture,
    SliceArchitecture,
    SliceHead,
    Windowing,
)
from pe_models.calibration import Calibration, ZoneThresholds
from pe_models.heart.calibration import HeartCalibration
from pe_models.heart.strain import StrainRule
from pe_models.imaging.window import Window
from pe_models.placing.rules import PlaceRules


def plain(value: Any) -> Any:
    """A dataclass as dictionaries, without copying what is none."""
    if hasattr(value, "__dataclass_fields__"):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def spec_from(record: Mapping[str, Any]) -> BundleSpec:
    return BundleSpec(
        name=record["name"],
        version=record["version"],
        task=record["task"],
        created=record["created"],
        preprocessing=preprocessing_from(record["preprocessing"]),
        architecture=architecture_from(record["architecture"]),
        labels=tuple(record["labels"]),
        flag_threshold=record["flag_threshold"],
        calibration=Calibration.from_dict(record["calibration"]),
        zones=None if record["zones"] is None else ZoneThresholds.from_dict(record["zones"]),
        card=BundleCard(**record["card"]),
        heart=heart_from(record.get("heart")),
        places=_places_from(record.get("places")),
    )


def heart_from(record: Mapping[str, Any] | None) -> HeartSpec | None:
    """Inverse of ``plain``. Raises KeyError, TypeError or ValueError."""
    if record is None:
        return None
    calibration, strain = record["calibration"], record.get("strain")
    return HeartSpec(
        width=record["width"],
        preprocessing=preprocessing_from(record["preprocessing"]),
        trained_on=record["trained_on"],
        calibration=None if calibration is None else HeartCalibration.from_dict(calibration),
        strain=None if strain is None else StrainRule.from_dict(strain),
    )


def preprocessing_from(record: Mapping[str, Any]) -> Preprocessing:
    """Preprocessing from its JSON object. Raises KeyError, TypeError or ValueError."""
    levels = record.get("localizer_levels", LocalizerLevels.IN_LUNGS)
    wide = record.get("wide_window")
    return Preprocessing(
        **{
            **record,
            "window": Window(**record["window"]),
            "wide_window": None if wide is None else Window(**wide),
            "windowing": Windowing(record.get("windowing", Windowing.FIXED)),
            "localizer_levels": LocalizerLevels(levels),
        }
    )


def architecture_from(record: Mapping[str, Any]) -> Architecture:
    """Inverse of ``plain``; before version 3 a bundle has one slice net."""
    first = _member_from(record)
    others = tuple(_member_from(other) for other in record.get("others", ()))
    return Architecture(
        record["localizer_backbone"],
        first.slice_classifier,
        first.sequence,
        others,
        refiner_architecture_from(record.get("refiner")),
    )


def slice_architecture_from(record: Mapping[str, Any]) -> SliceArchitecture:
    """Inverse of ``plain``; a record of version 1 names no head and is pooled."""
    head = SliceHead(record.get("head", SliceHead.POOLED))
    return SliceArchitecture(**{**record, "head": head})


def refiner_architecture_from(record: Mapping[str, Any] | None) -> RefinerArchitecture | None:
    """Inverse of ``plain``; None of a bundle that has none."""
    if record is None:
        return None
    return RefinerArchitecture(tuple(record["widths"]), Window(**record["window"]))


def sequence_architecture_from(record: Mapping[str, Any]) -> SequenceArchitecture:
    attention = Attention(record.get("attention", Attention.CONTENT))
    return SequenceArchitecture(**{**record, "attention": attention})


def _places_from(record: Mapping[str, Any] | None) -> PlaceRules | None:
    return None if record is None else PlaceRules.from_dict(record)


def _member_from(record: Mapping[str, Any]) -> Member:
    return Member(
        slice_architecture_from(record["slice_classifier"]),
        sequence_architecture_from(record["sequence"]),
    )
