"""The bundle that a run began with: what it was, and which of its nets the run keeps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Final, Self

import torch

from pe_models.bundle import Architecture, ModelBundle
from pe_models.errors import TrainingError
from pe_models.nets.load import Nets, load_nets
from pe_models.training.config import TrainConfig, places_in
from pe_models.training.files import read_json, write_json
from pe_models.training.run import RunFolder
from pe_models.training.weights.carry import save_finished
from pe_models.training.weights.heart import forget_heart, keep_heart
from pe_models.training.weights.nets import (
    NO_REFINER,
    StageName,
    architecture_of,
    fresh_nets,
    net_of,
    stages_of,
)
from pe_models.training.weights.place_rules import forget_place_rules, keep_place_rules
from pe_models.training.weights.widening import widened

_HASH_DIGITS: Final = 12
_OF_MEMBERS: Final = (StageName.SLICE, StageName.SEQUENCE)
"""Stages that train a net of each member."""
_AFTER_SLICES: Final = {StageName.REFINER, StageName.SEQUENCE}
"""Stages whose nets a bundle without a refiner cannot give to a run with one."""


@dataclass(frozen=True, slots=True)
class RunStart:
    """Which bundle a run began with. ``kept`` are the stages whose weights it never changed."""

    name: str
    version: str
    sha256: str
    trained_on: str
    kept: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For a model card."""
        kept = f", whose {' and '.join(self.kept)} nets are kept" if self.kept else ""
        return (
            f"bundle {self.name} {self.version} (SHA-256 {self.sha256[:_HASH_DIGITS]}){kept}, "
            f"trained on {self.trained_on}"
        )

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        return cls(**{**record, "kept": tuple(record["kept"])})


def stages_before(stages: Collection[StageName], config: TrainConfig) -> tuple[StageName, ...]:
    """The stages of a run before the first of ``stages``. Raises TrainingError for one that it has
    not.
    """
    order = stages_of(config)
    if not set(stages) <= set(order):
        raise TrainingError(NO_REFINER)
    return order[: min(order.index(stage) for stage in stages)]


def refuse_other_start(
    run: RunFolder,
    start: ModelBundle | None,
    stages: Collection[StageName],
    config: TrainConfig,
    *,
    resume: bool,
) -> None:
    """Raises TrainingError where ``stages`` would begin otherwise than the run did.

    That is with another bundle, or with none where no checkpoint says how to go on. A sequence net
    may begin anew: its slice net is the bundle's child even so.
    """
    before = read_start(run)
    if _is_anew(stages, resume=resume):
        return
    if before is None:
        if start and resume and any(run.checkpoint_file(stage).exists() for stage in stages):
            raise TrainingError(
                "The run began with no bundle; go on without --from, or train into another folder."
            )
        return
    if start is not None:
        _require_equal(before, start)
        return
    for stage in (StageName.LOCALIZER, StageName.SLICE, StageName.REFINER):
        if stage in stages and not (resume and _is_begun(run, stage, config)):
            raise TrainingError(
                f"The run began with bundle {before.name} {before.version}, and so does its stage "
                f"{stage}: give that one with --from, or train into another folder."
            )


def begin_anew(stages: Collection[StageName], run: RunFolder) -> None:
    """What the run keeps of a bundle goes where ``stages`` are trained from their beginning.

    All of it goes with the first stage: the heart and the rules for places were fitted for the
    nets that the run began with.
    """
    before = read_start(run)
    if before is not None:
        for stage in set(before.kept) & set(stages):
            for path in takewhile(Path.exists, map(partial(run.checkpoint_file, stage), count())):
                path.unlink()
        kept = tuple(stage for stage in before.kept if stage not in stages)
        write_json(run.start_file, asdict(replace(before, kept=kept)))
    if _is_anew(stages, resume=False):
        forget_heart(run)
        forget_place_rules(run)
        run.start_file.unlink(missing_ok=True)


def begin_with(
    start: ModelBundle, stages: Collection[StageName], config: TrainConfig, run: RunFolder
) -> None:
    """``stages`` that the run has not are done, with the weights of ``start``; it is written down.

    Raises TrainingError where the run began with another bundle, or where that one has no net to
    keep for a stage.
    """
    before = read_start(run)
    missing = [s for s in StageName if s in stages and not run.checkpoint_file(s).exists()]
    if config.refines and start.architecture.refiner is None and _AFTER_SLICES & set(missing):
        raise TrainingError(
            f"Bundle {start.name} has no refiner, and its sequence net reads none: train stage "
            "refiner first, and stage sequence after it."
        )
    if before is None:
        keep_heart(start, run)
        keep_place_rules(start, run)
    else:
        _require_equal(before, start)
    known = () if before is None else before.kept
    kept = [stage for stage in StageName if stage in missing or stage in known]
    write_json(run.start_file, asdict(_record(start, kept)))
    if missing:
        nets = fresh_nets(config)
        fill_from_bundle(nets, start, config)
        for stage in missing:
            _keep(stage, nets, config, run)


def fill_from_bundle(nets: Nets, start: ModelBundle, config: TrainConfig) -> None:
    """Puts the weights of ``start`` into ``nets``, which may see more slices and a window more, and
    have a Refiner more: that one and the sequence net then begin anew.

    Raises TrainingError where the architecture differs in anything else.
    """
    places = _places(start, config)
    if places is None:
        raise TrainingError(
            f"Bundle {start.name} has another architecture than preset {config.preset}."
        )
    given = load_nets(start, torch.device("cpu"))
    nets.localizer.load_state_dict(given.localizer.state_dict())
    for ours, theirs in zip(nets.members, given.members, strict=True):
        weights = widened(theirs.slice_classifier.state_dict(), ours.slice_classifier, places)
        ours.slice_classifier.load_state_dict(weights)
        if (nets.refiner is None) == (given.refiner is None):
            ours.sequence.load_state_dict(theirs.sequence.state_dict())
    if nets.refiner is not None and given.refiner is not None:
        nets.refiner.load_state_dict(given.refiner.state_dict())


def fits(start: ModelBundle, config: TrainConfig) -> bool:
    """Whether a run of ``config`` can begin with the weights of ``start``."""
    return _places(start, config) is not None


def _places(start: ModelBundle, config: TrainConfig) -> tuple[int, ...] | None:
    """Where the channels of ``start`` lie among the run's; None where its nets do not fit."""
    ours = architecture_of(config)
    if ours.refiner is not None and start.architecture.refiner is None:
        ours = architecture_of(replace(config, refiner_widths=()))
    if _of_one_channel(ours) != _of_one_channel(start.architecture):
        return None
    return places_in(config.preprocessing, start.preprocessing)


def _of_one_channel(architecture: Architecture) -> Architecture:
    """The same nets, whatever they see."""
    members = [
        replace(m, slice_classifier=replace(m.slice_classifier, channels=1))
        for m in architecture.members
    ]
    first, others = members[0], tuple(members[1:])
    return replace(
        architecture,
        slice_classifier=first.slice_classifier,
        sequence=first.sequence,
        others=others,
    )


def read_start(run: RunFolder) -> RunStart | None:
    """None where the run began with no bundle. Raises DatasetError for a damaged record."""
    return RunStart.from_dict(read_json(run.start_file)) if run.start_file.exists() else None


def _is_anew(stages: Collection[StageName], *, resume: bool) -> bool:
    """Whether the run begins from its first stage."""
    return StageName.LOCALIZER in stages and not resume


def _is_begun(run: RunFolder, stage: StageName, config: TrainConfig) -> bool:
    """Whether each net of ``stage`` has a checkpoint."""
    members = range(config.n_members if stage in _OF_MEMBERS else 1)
    return all(run.checkpoint_file(stage, member).exists() for member in members)


def _require_equal(before: RunStart, start: ModelBundle) -> None:
    if before.sha256 != start.sha256:
        raise TrainingError(
            f"The run began with bundle {before.name} {before.version}; give that one, or another "
            "folder."
        )


def _keep(stage: StageName, nets: Nets, config: TrainConfig, run: RunFolder) -> None:
    for member in range(config.n_members if stage in _OF_MEMBERS else 1):
        net, path = net_of(nets, stage, member), run.checkpoint_file(stage, member)
        save_finished(path, net, stage.value, getattr(config, stage.value))


def _record(start: ModelBundle, kept: Sequence[StageName]) -> RunStart:
    return RunStart(
        start.name,
        start.version,
        start.sha256,
        start.card.trained_on,
        tuple(stage.value for stage in kept),
    )
