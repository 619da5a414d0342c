"""The road of a run: localizer, crops, slice, features, sequence, calibration."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import torch
from lightning_fabric import Fabric

from pe_models.errors import TrainingError
from pe_models.findings import Crop
from pe_models.nets.load import Nets, SliceNet, to_inference
from pe_models.training.answers.calibrate import calibrate, mean_scores
from pe_models.training.answers.features import (
    FeatureFolder,
    read_crops,
    read_features,
    write_crops,
)
from pe_models.training.answers.mistakes import (
    find_mistakes,
    mistakes_file,
    read_mistakes,
    write_mistakes,
)
from pe_models.training.answers.predict import predict_crop, slice_net_at
from pe_models.training.batches.crop_sampler import Source
from pe_models.training.files import write_json
from pe_models.training.loop.ranks import first_alone, summed
from pe_models.training.road.out_of_fold import FoldPlan, write_out_of_fold
from pe_models.training.road.refining import train_refiner, write_refined
from pe_models.training.road.splitting import write_split
from pe_models.training.road.told_cohort import told_cohort
from pe_models.training.stages.dense import SliceStudies, slice_stage
from pe_models.training.stages.localizer import LocalizerStage
from pe_models.training.stages.runner import StageRunner
from pe_models.training.stages.sequence import SequenceStage
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.cohort import describe_cohort
from pe_models.training.store.places import Places
from pe_models.training.store.split import Split
from pe_models.training.weights.nets import (
    StageName,
    fill_from_checkpoint,
    net_of,
    refiner_of,
)
from pe_models.training.weights.start import read_start


class Road:
    """The stages of one run, one after the other; ``fresh`` makes the nets that they begin with."""

    def __init__(self, runner: StageRunner, fresh: Callable[[], Nets], split: Split) -> None:
        self._runner, self._fresh, self._nets = runner, fresh, fresh()
        self._store, self._run, self._config = runner.store, runner.run, runner.config
        self._split = split
        self._studies = {study.key: study for study in runner.store.studies}

    def begin(self, stages: Collection[StageName]) -> None:
        """Writes down on what ``stages`` are trained."""
        with first_alone(self._runner.fabric) as is_first:
            if is_first:
                write_split(self._run, self._split)
                write_json(
                    self._run.cohort_file, told_cohort(self._runner, self._split, stages).to_dict()
                )

    def train(self, stage: StageName) -> None:
        steps: Mapping[StageName, Callable[[], None]] = {
            StageName.LOCALIZER: self._localizer,
            StageName.SLICE: self._slices,
            StageName.REFINER: self._refine,
            StageName.SEQUENCE: self._sequences,
        }
        steps[stage]()

    def keep(self, stage: StageName) -> None:
        """What follows from ``stage``, whose net is the bundle's: crops, features."""
        runner = self._runner
        self._runner = replace(runner, resume=True)
        self.train(stage)
        self._runner = runner

    def out_of_fold(self, member: int, n_folds: int, *, anew: bool = False) -> FeatureFolder:
        """Embeddings of the training studies by nets that did not see them.

        Those that are there already stay, unless they are to be made ``anew``.
        """
        folder = self._run.out_of_fold_of(member, n_folds)
        own = read_features(self._run.features_of(member), self._store.studies)
        plan = FoldPlan(
            n_folds=n_folds,
            member=member,
            train=self._train_studies,
            held_out=self._held_out_studies,
            crops=read_crops(self._run.boxes_file),
            own=own,
            fresh=lambda: self._fresh().members[member].slice_classifier,
        )
        write_out_of_fold(replace(self._runner, resume=not anew), plan, folder)
        return read_features(folder, self._train_studies)

    def _localizer(self) -> None:
        if not self._is_kept(StageName.LOCALIZER):
            self._train_localizer()
        net, params = self._filled(StageName.LOCALIZER).localizer, self._config.preprocessing
        crops = {
            study.key: predict_crop(net, self._store, study, params)
            for study in self._runner.each_study("crops", self._store.studies)
        }
        crops = _gathered(self._runner.fabric, crops, self._store)
        with first_alone(self._runner.fabric) as is_first:
            if is_first:
                write_crops(self._run.boxes_file, crops)

    def _train_localizer(self) -> None:
        stage = LocalizerStage(
            self._nets.localizer,
            self._store,
            train=self._train_studies,
            held_out=self._held_out_studies,
            config=self._config,
            device=self._device,
        )
        n_boxes = sum(len(study.boxes) for study in self._train_studies)
        checkpoint_file = self._run.checkpoint_file(StageName.LOCALIZER)
        self._runner.train(stage, self._config.localizer.over(n_boxes), checkpoint_file)

    def _slices(self) -> None:
        for member in range(self._config.n_members):
            self._slice(member)
            if self._config.out_of_fold:
                anew = not self._runner.resume
                self.out_of_fold(member, self._config.out_of_fold, anew=anew)

    def _slice(self, member: int) -> None:
        crops = read_crops(self._run.boxes_file)
        if not self._is_kept(StageName.SLICE):
            self._train_slice(member, crops)
        net = self._filled(StageName.SLICE, member).members[member].slice_classifier
        self._runner.write_features(
            slice_net_at(net, self._store, crops, self._config.preprocessing, self._device),
            self._store.studies,
            self._run.features_of(member),
            newer_than=self._run.checkpoint_file(StageName.SLICE, member),
        )
        if self._config.refines:
            self._write_more_maps(net)

    def _write_more_maps(self, net: SliceNet) -> None:
        """What the slice net says of every cell of further studies, for the refiner."""
        params, localizer = self._config.preprocessing, self._filled(StageName.LOCALIZER).localizer
        runner, newer_than = self._runner, self._run.checkpoint_file(StageName.SLICE)
        for store, studies in self._more_crops:
            labelled = tuple(study for study in studies if study.has_labels)
            lacking = [s for s in labelled if runner.lacks_maps(s, newer_than=newer_than)]
            crops = {s.key: predict_crop(localizer, store, s, params) for s in lacking}
            at = slice_net_at(net, store, crops, params, self._device)
            runner.write_maps(at, labelled, newer_than=newer_than)

    def _train_slice(self, member: int, crops: Mapping[str, Crop]) -> None:
        studies = SliceStudies(
            self._store, self._train_studies, self._held_out_studies, crops, self._more_crops
        )
        config = self._config.of_member(member)
        config = replace(config, slice=config.slice.over(_n_slices(self._train_studies)))
        net = self._nets.members[member].slice_classifier
        if config.crops.at_mistakes:
            studies = replace(studies, mistakes=self._mistakes(net, member))
        checkpoint_file = self._run.checkpoint_file(StageName.SLICE, member)
        parts = self._runner.parts(config.slice)
        with slice_stage(net, studies, config, self._device, parts) as stage:
            self._runner.train(stage, config.slice, checkpoint_file)

    def _mistakes(self, net: SliceNet, member: int) -> Mapping[str, Places]:
        """What the net that the slice stage begins with takes for clots, by training study."""
        if not self._run.start_file.exists():
            raise TrainingError(
                "Mistakes are those of a bundle that the run begins with (--from); set "
                "crops.at_mistakes=0 for a run that begins with none."
            )
        runner, folder = self._runner, self._run.mistakes_of(member)
        params = self._config.preprocessing
        reader = slice_net_at(net, self._store, {}, params, self._device).reader
        sources: tuple[Source, ...] = ((self._store, self._train_studies), *self._more_crops)
        labelled = [(store, s) for store, studies in sources for s in studies if s.has_labels]
        store_of = {study.key: store for store, study in labelled}
        studies = tuple(study for _, study in labelled)
        for study in runner.each_study("mistakes", studies):
            if not (runner.resume and mistakes_file(folder, study).exists()):
                found = find_mistakes(reader, store_of[study.key], study, params)
                write_mistakes(folder, study, found)
        runner.fabric.barrier()
        return {study.key: read_mistakes(folder, study) for study in studies}

    def _refine(self) -> None:
        refiner = refiner_of(self._nets)
        checkpoint_file = self._run.checkpoint_file(StageName.REFINER)
        if not self._is_kept(StageName.REFINER):
            more = [study for _, studies in self._more_crops for study in studies]
            train, held_out = (*self._train_studies, *more), self._held_out_studies
            train_refiner(self._runner, refiner, train, held_out, checkpoint_file)
        self._filled(StageName.REFINER)
        write_refined(self._runner, refiner, newer_than=checkpoint_file)

    def _is_kept(self, stage: StageName) -> bool:
        """Whether its net is that of the bundle that the run began with: not a bit of it changes.

        How many steps its checkpoint counts says nothing: those of epochs follow from the studies.
        """
        start = read_start(self._run)
        return start is not None and stage in start.kept

    @property
    def _more_crops(self) -> tuple[Source, ...]:
        more = self._runner.more_crops
        return () if more is None else ((more, more.studies),)

    def _sequences(self) -> None:
        members = range(self._config.n_members)
        features = [self._features_of(member) for member in members]
        for member in members:
            if not self._is_kept(StageName.SEQUENCE):
                self._train_sequence(member, features[member])
            self._filled(StageName.SEQUENCE, member)
        with first_alone(self._runner.fabric) as is_first:
            if is_first:
                self._calibrate(features)

    def _features_of(self, member: int) -> FeatureFolder:
        """What the sequence net reads: a refiner adds to what its slice net writes."""
        run, studies = self._run, self._store.studies
        if self._config.refines:
            return read_features(run.refined_folder, studies, stage=StageName.REFINER)
        return read_features(run.features_of(member), studies)

    def _calibrate(self, features: Sequence[FeatureFolder]) -> None:
        """On what all members together say of the held-out studies."""
        nets = [member.sequence for member in self._nets.members]
        fitted = calibrate(
            [mean_scores(nets, features, study) for study in self._held_out_studies],
            self._held_out_studies,
            calibrated_on=describe_cohort(self._store, self._split).kind,
            is_wanted=self._config.calibrates,
        )
        write_json(self._run.calibration_file, fitted.to_dict())

    def _train_sequence(self, member: int, features: FeatureFolder) -> None:
        config, n_folds = self._config, self._config.out_of_fold
        config = replace(config, sequence=config.sequence.over(len(self._train_studies)))
        stage = SequenceStage(
            self._nets.members[member].sequence,
            self.out_of_fold(member, n_folds) if n_folds else features,
            train=self._train_studies,
            held_out=self._held_out_studies,
            held_out_features=features,
            config=config,
            device=self._device,
        )
        checkpoint_file = self._run.checkpoint_file(StageName.SEQUENCE, member)
        self._runner.train(stage, config.sequence, checkpoint_file)

    def _filled(self, stage: StageName, member: int = 0) -> Nets:
        """The nets in inference mode, that of ``stage`` with the weights it kept."""
        fill_from_checkpoint(net_of(self._nets, stage, member), self._run, stage, member)
        return to_inference(self._nets, self._device)

    @property
    def _device(self) -> torch.device:
        return self._runner.fabric.device

    @property
    def _train_studies(self) -> tuple[StudyRecord, ...]:
        return tuple(self._studies[key] for key in self._split.train)

    @property
    def _held_out_studies(self) -> tuple[StudyRecord, ...]:
        return tuple(self._studies[key] for key in self._split.held_out)


def _n_slices(studies: tuple[StudyRecord, ...]) -> int:
    return sum(study.n_slices for study in studies)


def _gathered(fabric: Fabric, crops: Mapping[str, Crop], store: Store) -> dict[str, Crop]:
    """The crops of all studies, of which each process brings its own."""
    table = torch.zeros(len(store.studies), 4, dtype=torch.int64)
    for place, study in enumerate(store.studies):
        if study.key in crops:
            crop = crops[study.key]
            edges = (crop.row_min, crop.row_max, crop.col_min, crop.col_max)
            table[place] = torch.tensor(edges)
    rows = summed(fabric, table).tolist()
    return {study.key: Crop(*row) for study, row in zip(store.studies, rows, strict=True)}
