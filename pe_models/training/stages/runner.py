"""StageRunner: what every stage of one run stands on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lightning_fabric import Fabric

from pe_models.progress import Progress
from pe_models.training.answers.features import has_features, write_features
from pe_models.training.answers.maps import describe_study
from pe_models.training.answers.predict import SliceNetAt
from pe_models.training.batches.parts import Part
from pe_models.training.config.run import TrainConfig
from pe_models.training.config.stage import StageConfig
from pe_models.training.loop.ranks import heed_together
from pe_models.training.loop.steps import Stage, own_parts, train_stage
from pe_models.training.run import RunFolder, RunReporter
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.maps import has_maps, write_maps


@dataclass(frozen=True, slots=True, eq=False)
class StageRunner:
    """The data and the folder of a run, its processes, and who hears of it."""

    store: Store
    run: RunFolder
    config: TrainConfig
    fabric: Fabric
    reporter: RunReporter
    resume: bool = False
    is_compiled: bool = False
    more_crops: Store | None = None
    """Further labelled studies, for crops of a dense slice net and blocks of a refiner alone."""

    def train(self, stage: Stage, config: StageConfig, checkpoint_file: Path) -> None:
        """Trains ``stage``; its weights are then in ``checkpoint_file``, for all processes."""
        train_stage(
            stage,
            config,
            fabric=self.fabric,
            reporter=self.reporter,
            checkpoint_file=checkpoint_file,
            seed=self.config.seed,
            resume=self.resume,
            is_compiled=self.is_compiled,
        )

    def parts(self, config: StageConfig) -> tuple[Part, ...]:
        """What this process computes of each batch."""
        return own_parts(self.fabric, config)

    def write_features(
        self,
        net: SliceNetAt,
        studies: tuple[StudyRecord, ...],
        folder: Path,
        *,
        newer_than: Path,
    ) -> None:
        """What ``net`` says of every slice, but for studies whose features are newer than that.

        With a Refiner to come, what it says of every cell too.
        """
        for study in self.each_study("features", studies):
            if self.resume and self._is_described(study, folder, newer_than):
                continue
            if self.config.refines:
                features, maps = describe_study(net, study, self.config.refiner_window)
                write_maps(self.run.maps_folder, study, maps)
            else:
                features = net.features(study)
            write_features(folder, study, features)
        self.fabric.barrier()

    def write_maps(
        self, net: SliceNetAt, studies: tuple[StudyRecord, ...], *, newer_than: Path
    ) -> None:
        """What ``net`` says of every cell, but for studies whose maps are newer than that."""
        for study in self.each_study("maps", studies):
            if self.lacks_maps(study, newer_than=newer_than):
                _, maps = describe_study(net, study, self.config.refiner_window)
                write_maps(self.run.maps_folder, study, maps)
        self.fabric.barrier()

    def lacks_maps(self, study: StudyRecord, *, newer_than: Path) -> bool:
        """Whether its maps are to be made: all anew, but for those of a run that goes on."""
        return not (self.resume and has_maps(self.run.maps_folder, study, of=newer_than))

    def _is_described(self, study: StudyRecord, folder: Path, newer_than: Path) -> bool:
        has_maps_too = not self.config.refines or has_maps(
            self.run.maps_folder, study, of=newer_than
        )
        return has_maps_too and has_features(folder, study, of=newer_than)

    def each_study(self, what: str, studies: tuple[StudyRecord, ...]) -> Iterator[StudyRecord]:
        """This process's share of ``studies``. Raises StopRequested between two of them."""
        n_ranks = self.fabric.world_size
        for first in range(0, len(studies), n_ranks):
            heed_together(self.fabric, self.reporter)
            self.reporter.report(Progress(what, first, len(studies)))
            yield from studies[first : first + n_ranks][self.fabric.global_rank :][:1]
        self.reporter.report(Progress(what, len(studies), len(studies)))
