"""The bundle that a run began with: what it was, and which of its nets the run keeps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

import torch

from pe_models.bundle import Architecture, ModelBundle
from pe_models.errors import TrainingError
from pe_models.nets.load import Nets, load_nets
from pe_models.training.config import TrainConfig
from pe_models.training.files import read_json, write_json
from pe_models.training.run import RunFolder
from pe_models.training.weights.carry import save_finished
from pe_models.training.weights.heart import keep_heart
from pe_models.training.weights.nets import StageName, architecture_of, fresh_nets, net_of
from pe_models.training.weights.place_rules import keep_place_rules
from pe_models.training.weights.widening import places_in, widened

_HASH_DIGITS: Final = 12


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


def stages_before(stages: Collection[StageName]) -> tuple[StageName, ...]:
    """The stages before the first of ``stages``."""
    order = tuple(StageName)
    return order[: min(order.index(stage) for stage in stages)]


def begin_with(
    start: ModelBundle, stages: Collection[StageName], config: TrainConfig, run: RunFolder
) -> None:
    """``stages`` that the run has not are done, with the weights of ``start``; it is written down.

    Raises TrainingError where the run began with another bundle.
    """
    before = read_start(run)
    if before is not None and before.sha256 != start.sha256:
        raise TrainingError(
            f"The run began with bundle {before.name} {before.version}; give that one, or another "
            "folder."
        )
    kept = [stage for stage in StageName if stage in stages]
    kept = [stage for stage in kept if not run.checkpoint_file(stage).exists()]
    if before is None:
        keep_heart(start, run)
        keep_place_rules(start, run)
        write_json(run.start_file, asdict(_record(start, kept)))
    if kept:
        nets = fresh_nets(config)
        fill_from_bundle(nets, start, config)
        for stage in kept:
            _keep(stage, nets, config, run)


def fill_from_bundle(nets: Nets, start: ModelBundle, config: TrainConfig) -> None:
    """Puts the weights of ``start`` into ``nets``, which may see more slices and a window more.

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
        ours.sequence.load_state_dict(theirs.sequence.state_dict())


def fits(start: ModelBundle, config: TrainConfig) -> bool:
    """Whether a run of ``config`` can begin with the weights of ``start``."""
    return _places(start, config) is not None


def _places(start: ModelBundle, config: TrainConfig) -> tuple[int, ...] | None:
    """Where the channels of ``start`` lie among the run's; None where its nets do not fit."""
    if _of_weights(architecture_of(config)) != _of_weights(start.architecture):
        return None
    return places_in(config.preprocessing, start.preprocessing)


def _of_weights(architecture: Architecture) -> Architecture:
    """The same weights, whatever the nets see and heed."""
    members = [
        replace(
            m,
            slice_classifier=replace(m.slice_classifier, channels=1),
            sequence=replace(m.sequence, moved_by_others=False),
        )
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


def _keep(stage: StageName, nets: Nets, config: TrainConfig, run: RunFolder) -> None:
    for member in range(1 if stage is StageName.LOCALIZER else config.n_members):
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
