"""Cohort: on what a run was trained, in numbers and in words for a model card."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from pe_models.training.store.folder import Store
from pe_models.training.store.split import Split


@dataclass(frozen=True, slots=True)
class Cohort:
    """Counts of the studies trained on and of those held out; ``generators`` made the phantoms.

    ``n_more`` studies gave crops to the slice net, ``n_more_refined`` blocks to the refiner, and
    nothing to the other nets.
    """

    is_phantom: bool
    n_train: int
    n_train_positive: int
    n_train_slices: int
    n_held_out: int
    n_held_out_positive: int
    generators: tuple[str, ...] = ()
    n_more: int = 0
    n_more_refined: int = 0

    @property
    def kind(self) -> str:
        """As ``calibrated_on`` of Findings says it."""
        return "phantoms" if self.is_phantom else "held-out studies of the user's own data"

    @property
    def trained_on(self) -> str:
        made_by = "".join(f", {name}" for name in self.generators)
        what = (
            f"phantoms (synthetic CTPA{made_by})"
            if self.is_phantom
            else "studies of the user's own data"
        )
        more = f"; the slice net also on crops of {self.n_more} more" if self.n_more else ""
        if self.n_more_refined:
            more += f"; the refiner also on blocks of {self.n_more_refined} more"
        return (
            f"{self.n_train} {what}, {self.n_train_positive} of them positive, "
            f"{self.n_train_slices} slices{more}"
        )

    def with_more_of(self, earlier: Self, counts: Collection[str]) -> Self:
        """The same, with what nets of an ``earlier`` stage learnt from beside, by ``counts``."""
        return replace(
            self,
            is_phantom=self.is_phantom and earlier.is_phantom,
            generators=tuple(sorted({*self.generators, *earlier.generators})),
            **{name: getattr(earlier, name) for name in counts},
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        return cls(**{**record, "generators": tuple(record.get("generators", ()))})


def describe_cohort(
    store: Store, split: Split, *, more_crops: Store | None = None, counts: Collection[str] = ()
) -> Cohort:
    """A store is of phantoms where every study came with a phantom's truth.

    ``counts`` are the fields that count the studies of ``more_crops``.
    """
    more = () if more_crops is None else more_crops.studies
    studies = {study.key: study for study in store.studies}
    train = [studies[key] for key in split.train]
    held_out = [studies[key] for key in split.held_out]
    return Cohort(
        is_phantom=all(study.emboli is not None for study in (*store.studies, *more)),
        n_train=len(train),
        n_train_positive=sum(study.has_pe is True for study in train),
        n_train_slices=sum(study.n_slices for study in train),
        n_held_out=len(held_out),
        n_held_out_positive=sum(study.has_pe is True for study in held_out),
        generators=tuple(sorted({s.generator for s in (*train, *held_out, *more) if s.generator})),
        **dict.fromkeys(counts, len(more)),
    )
