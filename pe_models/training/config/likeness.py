"""Which preset a bundle was made with, and which runs can begin with it. Loads without torch."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from pe_models.bundle import Architecture, Member, ModelBundle, Preprocessing, RefinerArchitecture
from pe_models.training.config.presets import PRESETS
from pe_models.training.config.run import TrainConfig

_Part = TypeVar("_Part")
_Pairs = Sequence[tuple[Callable[[_Part], object], Callable[[TrainConfig], object]]]
"""What a part of a bundle says of itself, and where a configuration says the same."""

_OF_ALL: Final[_Pairs[Architecture]] = (
    (lambda nets: nets.localizer_backbone, lambda config: config.localizer_backbone),
    (lambda nets: len(nets.members), lambda config: config.n_members),
)
_OF_A_MEMBER: Final[_Pairs[Member]] = (
    (lambda member: member.slice_classifier.backbone, lambda config: config.slice_backbone),
    (lambda member: member.slice_classifier.head, lambda config: config.slice_head),
    (lambda member: member.slice_classifier.width, lambda config: config.head_width),
    (lambda member: member.sequence.bottleneck, lambda config: config.bottleneck),
    (lambda member: member.sequence.hidden, lambda config: config.hidden),
    (lambda member: member.sequence.steps, lambda config: config.sequence_steps),
    (lambda member: member.sequence.masks_padding, lambda config: config.masks_padding),
    (lambda member: member.sequence.attention, lambda config: config.attention),
)
_OF_A_REFINER: Final[_Pairs[RefinerArchitecture]] = (
    (lambda refiner: refiner.widths, lambda config: config.refiner_widths),
    (lambda refiner: refiner.window, lambda config: config.refiner_window),
)
"""Channels and lengths of embeddings follow from these and from the preprocessing."""


def preset_like(bundle: ModelBundle) -> str | None:
    """The preset whose nets and preprocessing are those of ``bundle``; None where none has them.

    Presets that differ in how they train alone leave equal bundles: the first of them is named.
    """
    alike = (
        name
        for name, config in PRESETS.items()
        if config.preprocessing == bundle.preprocessing
        and _has_nets_of(bundle, config)
        and config.refines == (bundle.architecture.refiner is not None)
    )
    return next(alike, None)


def may_begin_with(bundle: ModelBundle, config: TrainConfig) -> bool:
    """Whether a run of ``config`` has the nets of ``bundle``, and sees what they see or more."""
    sees = places_in(config.preprocessing, bundle.preprocessing)
    return sees is not None and _has_nets_of(bundle, config)


def places_in(wide: Preprocessing, narrow: Preprocessing) -> tuple[int, ...] | None:
    """Where the channels of ``narrow`` lie among those of ``wide``; None where some are missing."""
    more = wide.reach - narrow.reach
    if more < 0 or wide.windows[: len(narrow.windows)] != narrow.windows:
        return None
    return tuple(
        window * wide.n_slices + more + index
        for window in range(len(narrow.windows))
        for index in range(narrow.n_slices)
    )


def _has_nets_of(bundle: ModelBundle, config: TrainConfig) -> bool:
    """Whether ``config`` makes the nets of ``bundle``, whatever they see, and a refiner more at
    most.
    """
    nets = bundle.architecture
    if nets.refiner is not None and not _agree(_OF_A_REFINER, nets.refiner, config):
        return False
    return _agree(_OF_ALL, nets, config) and all(
        _agree(_OF_A_MEMBER, member, config.of_member(index))
        for index, member in enumerate(nets.members)
    )


def _agree(pairs: _Pairs[_Part], part: _Part, config: TrainConfig) -> bool:
    return all(said(part) == set_to(config) for said, set_to in pairs)
