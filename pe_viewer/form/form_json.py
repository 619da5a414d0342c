"""CtpaForm and SignOff as JSON objects and back: how a draft is kept, and how reports give them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from pe_viewer.form.answers import (
    Acuity,
    BolusQuality,
    Degree,
    Incidental,
    Language,
    Level,
    Presence,
    Reflux,
    Septum,
    Sign,
    Source,
)
from pe_viewer.form.ctpa_form import CtpaForm, Diameter, Override
from pe_viewer.form.sign_off import Addendum, SignOff
from pe_viewer.form.sites import ArterialSite, Occlusion


def form_to_dict(form: CtpaForm) -> dict[str, Any]:
    """Every field by its name, in the order of ``CtpaForm``; null where not answered."""
    return {
        **{name: getattr(form, name) for name in _SCALARS},
        "sites": {site.value: how.value for site, how in form.sites.items()},
        "signs": [sign.value for sign in Sign if sign in form.signs],
        **{name: _diameter_to_dict(getattr(form, name)) for name in _DIAMETERS},
        "incidental": {kind.value: words for kind, words in form.incidental.items()},
        "overrides": [asdict(override) for override in form.overrides],
        "sources": {name: source.value for name, source in form.sources.items()},
    }


def form_from_dict(record: Mapping[str, Any]) -> CtpaForm:
    """Inverse of ``form_to_dict``; raises KeyError, TypeError or ValueError for anything else."""
    return CtpaForm(
        **{name: _maybe(kind, record[name]) for name, kind in _SCALARS.items()},
        sites={ArterialSite(s): Occlusion(how) for s, how in record["sites"].items()},
        signs=frozenset(Sign(sign) for sign in record["signs"]),
        **{name: _maybe(_diameter_of, record[name]) for name in _DIAMETERS},
        incidental={Incidental(k): str(words) for k, words in record["incidental"].items()},
        overrides=tuple(Override(**entry) for entry in record["overrides"]),
        sources={str(name): Source(source) for name, source in record["sources"].items()},
    )


def sign_off_to_dict(sign_off: SignOff) -> dict[str, Any]:
    """Times as ISO 8601 with their zone; null in a de-identified report."""
    return {
        "reader": sign_off.reader,
        "signed_at": _time_text(sign_off.signed_at),
        "n_viewed": sign_off.n_viewed,
        "n_slices": sign_off.n_slices,
        "bundle_sha256": sign_off.bundle_sha256,
        "organization": sign_off.organization,
        "addenda": [
            {"reader": a.reader, "written_at": _time_text(a.written_at), "text": a.text}
            for a in sign_off.addenda
        ],
    }


def sign_off_from_dict(record: Mapping[str, Any]) -> SignOff:
    """Inverse of ``sign_off_to_dict``; raises KeyError, TypeError or ValueError otherwise."""
    return SignOff(
        reader=str(record["reader"]),
        signed_at=_maybe(datetime.fromisoformat, record["signed_at"]),
        n_viewed=int(record["n_viewed"]),
        n_slices=int(record["n_slices"]),
        bundle_sha256=str(record["bundle_sha256"]),
        organization=str(record.get("organization", "")),  # not in records of early versions
        addenda=tuple(
            Addendum(str(a["reader"]), _maybe(datetime.fromisoformat, a["written_at"]), a["text"])
            for a in record["addenda"]
        ),
    )


_SCALARS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "language": Language,
    "bolus_hu": float,
    "bolus": BolusQuality,
    "motion": Degree,
    "beam_hardening": Degree,
    "presence": Presence,
    "level": Level,
    "acuity": Acuity,
    "strain": Presence,
    "septum": Septum,
    "reflux": Reflux,
    "infarct": Presence,
    "limitations": str,
    "impression": str,
    "model_words": str,
}
"""Fields of one value, and what makes it of its JSON."""

_DIAMETERS: Final = ("rv", "lv", "trunk")


def _maybe(make: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else make(value)


def _diameter_to_dict(diameter: Diameter | None) -> dict[str, Any] | None:
    return None if diameter is None else asdict(diameter)


def _diameter_of(record: Mapping[str, Any]) -> Diameter:
    slice_index = record["slice_index"]
    return Diameter(float(record["mm"]), None if slice_index is None else int(slice_index))


def _time_text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds")
