"""One retraining from its order to the gate: gather, train, export, compare, decide.

Every step finds what an earlier attempt left, so that a run which was stopped or killed is carried
out again from its folder and loses at most one checkpoint interval. The bundle in use is read,
never written: promotion is the reader's.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pe_models.bundle import ModelBundle, bundle_in_use
from pe_models.errors import DatasetError, TrainingError
from pe_models.evaluation.cohort_source import CohortSource
from pe_models.evaluation.gate import GateDecision, StudySet, decide
from pe_models.evaluation.sources import KeptInMemory, StudySource
from pe_models.evaluation.store_source import StoreSource
from pe_models.parallel import background_threads
from pe_models.phantom.fixed_cohort import read_fixed_cohort
from pe_models.pipeline import use_threads
from pe_models.progress import Cancelled, CancelToken, OnProgress, Progress, ignore_progress
from pe_models.retraining.comparing import Compared, compare_on
from pe_models.retraining.faithful import write_faithfulness
from pe_models.retraining.folder import RetrainFolder, lock_file, safety_cohort
from pe_models.retraining.gathering import compared_keys, gather
from pe_models.retraining.order import RetrainOrder, Start
from pe_models.retraining.planning import plan
from pe_models.retraining.rates import Rates, Stopwatch, peak_memory_bytes
from pe_models.retraining.settling import other_nets, settled
from pe_models.retraining.summary import DataSummary, summarise
from pe_models.retraining.usage import UsageMeter
from pe_models.training.config import TrainConfig, preset, with_settings
from pe_models.training.export.bundle import export_bundle
from pe_models.training.files import is_disk_full, read_json, write_json
from pe_models.training.road.memory import train_within_memory
from pe_models.training.road.train import TrainOptions, train
from pe_models.training.run import RunReporter, RunState, StopRequested
from pe_models.training.run.lock import RunLock
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.classes import PatientClass, class_of, patients_of
from pe_models.training.weights.nets import StageName, stages_of
from pe_models.training.weights.start import begin_with, fits


def carry_out(
    retraining: RetrainFolder,
    *,
    safety: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> RunState:
    """Carries out the order of ``retraining``; DONE, or STOPPED where it was asked to stop.

    ``safety`` is a cohort of another file than the shipped one, for tests.

    Raises TrainingError where another one runs, and PEError where it cannot go on; ``run.json``
    then says so, and what was done stays.
    """
    with RunLock(lock_file()), RunLock(retraining.lock_file):
        reporter = RunReporter(retraining.run, on_progress, cancel or CancelToken())
        reporter.begin()
        try:
            _Circle(retraining, reporter, safety or safety_cohort()).walk()
        except (StopRequested, Cancelled):
            reporter.end(RunState.STOPPED)
            return RunState.STOPPED
        except KeyboardInterrupt:
            reporter.end(RunState.INTERRUPTED)
            raise
        except OSError as error:
            failure = _disk_failure(error)
            with suppress(OSError):  # not even that may find room; whoever looks sees a dead run
                reporter.end(RunState.FAILED, str(failure))
            raise failure from error
        except Exception as error:
            reporter.end(RunState.FAILED, str(error))
            raise
        reporter.end(RunState.DONE)
    return RunState.DONE


class _Circle:
    """What the steps of one retraining share."""

    def __init__(self, retraining: RetrainFolder, reporter: RunReporter, safety: Path) -> None:
        self._retraining, self._reporter, self._safety = retraining, reporter, safety
        self._order = retraining.order()
        self._cancel = _AskedToStop(reporter)
        self._stopwatch = Stopwatch()
        self._meter = UsageMeter.on(self._order.device, retraining.usage_file)
        self._stage = ""

    def walk(self) -> None:
        """Leaves what it measured of its own speed, whether it comes to its end or not."""
        use_threads(background_threads())
        try:
            self._walk()
        finally:
            self._measure_rates()

    def _walk(self) -> None:
        _require_ready(plan(self._order))
        in_use = bundle_in_use()
        self._settle(in_use)
        store = gather(self._retraining, self._order, self._report, self._cancel)
        compared, trained = self._sets(store)
        self._train(replace(store, studies=trained), in_use)
        candidate = self._export()
        held_out = StoreSource(replace(store, studies=compared))
        cohort = read_fixed_cohort(self._safety)
        safety = KeptInMemory(CohortSource(cohort, background_threads()))
        found = {
            StudySet.HELD_OUT: self._compare(held_out, in_use, candidate, "held-out"),
            StudySet.SAFETY: self._compare(safety, in_use, candidate, "safety"),
        }
        positive = [study.name for study in cohort.studies if study.spec.is_positive]
        write_faithfulness(
            safety, positive, {"a": in_use, "b": candidate},
            out=self._retraining.comparison / "safety", device=self._order.device,
            on_progress=self._report, cancel=self._cancel,
        )  # fmt: skip
        decision = decide(
            {studies: c.comparison for studies, c in found.items()},
            {studies: c.n_newly_refused for studies, c in found.items()},
        )
        self._write_decision(decision, in_use, candidate)

    def _settle(self, in_use: ModelBundle) -> None:
        """The order names its preset from now on, whatever comes into use meanwhile."""
        order = settled(self._order, in_use)
        require_start(order, in_use)
        if order != self._order:
            self._retraining.write_order(order)
        self._order = order

    def _sets(self, store: Store) -> tuple[tuple[StudyRecord, ...], tuple[StudyRecord, ...]]:
        """Studies to compare on and studies to train on, chosen before training."""
        summary = summarise(store.studies, plan(self._order).sources)
        write_json(self._retraining.summary_file, summary.to_dict())
        for failed in store.failed:
            self._reporter.say(f"Study ...{failed.study} is left out: {failed.reason}")
        _require_ready(summary)
        path = self._retraining.sets_file
        keys = compared_keys(store.studies, read_json(path)["compared"] if path.exists() else ())
        compared = tuple(study for study in store.studies if study.key in keys)
        trained = tuple(study for study in store.studies if study.key not in keys)
        sets = {"compared": [s.key for s in compared], "trained": [s.key for s in trained]}
        write_json(path, sets)
        return compared, trained

    def _train(self, store: Store, in_use: ModelBundle) -> None:
        config = config_of(self._order, store.studies)
        start = in_use if self._order.start is Start.IN_USE else None
        if start is not None:
            changed = stages_that_change(self._order, config, store.studies)
            kept = set(stages_of(config)) - set(changed)
            begin_with(start, kept, config, self._retraining.training)
        options = TrainOptions(self._order.device, resume=True, start=start)
        stages = stages_of(config)

        def attempt(config: TrainConfig) -> RunState:
            folder = self._retraining.training.folder
            return train(
                stages, store, folder, config, options,
                on_progress=self._report, cancel=self._cancel,
            )  # fmt: skip

        state = train_within_memory(
            attempt, config, stage_now=lambda: self._stage, on_halved=self._say_halved
        )
        if state is not RunState.DONE:
            raise StopRequested

    def _export(self) -> ModelBundle:
        return export_bundle(
            self._retraining.training,
            self._retraining.bundle,
            name=self._retraining.name,
            version="1",
        )

    def _compare(
        self, source: StudySource, in_use: ModelBundle, candidate: ModelBundle, name: str
    ) -> Compared:
        return compare_on(
            source,
            in_use,
            candidate,
            out=self._retraining.comparison / name,
            device=self._order.device,
            stage=name,
            on_progress=self._report,
            cancel=self._cancel,
        )

    def _write_decision(
        self, decision: GateDecision, in_use: ModelBundle, candidate: ModelBundle
    ) -> None:
        bundles = {
            role: {"name": b.name, "version": b.version, "sha256": b.sha256}
            for role, b in (("in_use", in_use), ("candidate", candidate))
        }
        write_json(self._retraining.gate_file, {**bundles, "decision": decision.to_dict()})

    def _measure_rates(self) -> None:
        phantoms = self._order.phantoms
        path = self._retraining.rates_file
        rates = Rates(
            preset=self._order.preset,
            matrix=0 if phantoms is None else phantoms.matrix,
            seconds=self._stopwatch.seconds(),
            peak_bytes=peak_memory_bytes(),
            measured=datetime.now(UTC).date().isoformat(),
        )
        rates.merged(Rates.read(path)).write(path)

    def _report(self, progress: Progress) -> None:
        self._stage = progress.stage
        self._stopwatch.note(progress)
        self._reporter.report(progress)
        self._meter.note()
        if self._reporter.hold():
            self._stopwatch.resume()

    def _say_halved(self, stage: str, batch_size: int) -> None:
        self._reporter.say(
            f"Stage {stage} ran out of memory; it goes on with batches of {batch_size}."
        )


class _AskedToStop(CancelToken):
    """Is cancelled once the run was asked to stop, by file or from here."""

    __slots__ = ("_reporter",)

    def __init__(self, reporter: RunReporter) -> None:
        super().__init__()
        self._reporter = reporter

    @property
    def is_cancelled(self) -> bool:
        return self._reporter.is_to_stop


def _disk_failure(error: OSError) -> TrainingError:
    mend = "make room on the disk" if is_disk_full(error) else "mend that"
    return TrainingError(
        f"A file could not be written or read ({error.strerror or type(error).__name__}). What was "
        f"done is kept: {mend}, then go on."
    )


def require_start(order: RetrainOrder, in_use: ModelBundle) -> None:
    """Raises TrainingError where the weights of ``in_use`` do not fit what is to be trained."""
    config = with_settings(preset(order.preset), order.settings)
    if order.start is Start.IN_USE and not fits(in_use, config):
        raise other_nets(order, in_use)


def stages_that_change(
    order: RetrainOrder, config: TrainConfig, studies: Sequence[StudyRecord]
) -> tuple[StageName, ...]:
    """Those that the order names. A refiner is trained with its slice net where one of ``studies``
    says where its clots are; else it stays as it is.
    """
    asked = {stage for stage in stages_of(config) if stage.value in order.stages}
    if StageName.SLICE in asked and any(
        study.has_labels and study.is_positive for study in studies
    ):
        asked.add(StageName.REFINER)
    return tuple(stage for stage in stages_of(config) if stage in asked)


def config_of(order: RetrainOrder, studies: Sequence[StudyRecord]) -> TrainConfig:
    """The order's configuration; at least one patient of each class is kept to calibrate on."""
    config = with_settings(preset(order.preset), order.settings)
    classes = Counter(class_of(own) for own in patients_of(studies).values())
    least = min(classes[PatientClass.WITH_PE], classes[PatientClass.WITHOUT_PE])
    share = max(config.held_out_fraction, 1.0 / least)
    return replace(config, held_out_fraction=share)


def _require_ready(summary: DataSummary) -> None:
    if not summary.is_ready:
        raise DatasetError(" ".join(summary.problems))
