"""The split of a run: chosen when it begins; what is trained into it later goes by the same one."""

from collections.abc import Collection

from pe_models.errors import DatasetError
from pe_models.training.config import TrainConfig
from pe_models.training.files import read_json, write_json
from pe_models.training.run import RunFolder
from pe_models.training.store import Store, StudyRecord
from pe_models.training.store.folder import refuse_other_salts
from pe_models.training.store.split import Split, split_by_patient
from pe_models.training.weights.nets import StageName
from pe_models.training.weights.start import read_start


def split_of(
    run: RunFolder,
    store: Store,
    config: TrainConfig,
    stages: Collection[StageName],
    *,
    resume: bool,
) -> Split:
    """How ``stages`` are to be trained; nothing is written.

    Where nets stay that were trained before, on the split of the run: a study that they were
    trained on must never be held out. Studies that have gone since are left out of it. Raises
    DatasetError for other studies or another split, and where too few patients are left.
    """
    fraction = 0.0 if config.is_final else config.held_out_fraction
    split = split_by_patient(store.studies, held_out_fraction=fraction, name=config.split)
    if not run.split_file.exists() or not (resume or _stay(run, stages)):
        return split
    before = _read_split(run)
    if _keys(before) == _keys(split) and set(before.train) == set(split.train):
        return split
    left = _left_of(before, store)
    has_sides = (bool(left.train), bool(left.held_out)) == (True, bool(before.held_out))
    is_known = has_sides and _keys(left) == _keys(split)
    if not is_known or not _is_wanted(run, config, has_gone=left != before):
        raise DatasetError(
            f"The run in {run.folder} was trained on other studies, or on another split of them. "
            "Give the same --data and --split, or train into another folder."
        )
    return left


def write_split(run: RunFolder, split: Split) -> None:
    write_json(run.split_file, {"train": list(split.train), "held_out": list(split.held_out)})


def refuse_shared_patients(store: Store, more: Store | None) -> None:
    """Raises DatasetError: one who is held out must not come back in the crops of another store."""
    if more is None:
        return
    known = {name for study in store.studies for name in _names(study)}
    shared = {study.group for study in more.studies if known & _names(study)}
    if shared:
        raise DatasetError(
            f"{len(shared)} patients are in both stores; further crops come from other patients."
        )
    refuse_other_salts(store.salt, more.salt)


def _read_split(run: RunFolder) -> Split:
    record = read_json(run.split_file)
    return Split(tuple(record["train"]), tuple(record["held_out"]))


def _stay(run: RunFolder, stages: Collection[StageName]) -> bool:
    """Whether nets that the run has trained stay while ``stages`` are trained anew."""
    start = read_start(run)
    kept = () if start is None else start.kept
    others = [stage for stage in StageName if stage not in stages and stage not in kept]
    return any(run.checkpoint_file(stage).exists() for stage in others)


def _left_of(split: Split, store: Store) -> Split:
    here = {study.key for study in store.studies}
    return Split(
        tuple(key for key in split.train if key in here),
        tuple(key for key in split.held_out if key in here),
    )


def _is_wanted(run: RunFolder, config: TrainConfig, *, has_gone: bool) -> bool:
    """Whether ``config`` asks for the split of the run; fewer studies may ask for another share."""
    before = run.config()
    if (before.split, before.is_final) != (config.split, config.is_final):
        return False
    return has_gone or before.held_out_fraction == config.held_out_fraction


def _keys(split: Split) -> set[str]:
    return {*split.train, *split.held_out}


def _names(study: StudyRecord) -> frozenset[str]:
    """What a study and its patient may be known again by."""
    return frozenset((study.group, study.key, study.study_uid))
