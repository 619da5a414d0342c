"""Which task suits a Volume, told from its pixels, and why."""

from dataclasses import dataclass

from pe_models.errors import RefusedError
from pe_models.imaging.anatomy.lungs import segment_lungs
from pe_models.imaging.anatomy.skull import shows_a_head
from pe_models.imaging.volume import Volume, VolumeKind
from pe_models.tasks import HEMORRHAGE, PE, PNEUMONIA, Task


@dataclass(frozen=True, slots=True)
class ChosenTask:
    """A task, and in a sentence why it suits."""

    task: Task
    reason: str


def choose_task(volume: Volume) -> ChosenTask:
    """The task that suits ``volume``: lungs, a head, or a radiograph are seen in it.

    Body part and protocol as the files state them are often wrong, and are not asked. What shows
    neither is left to PE, which says why it refuses it.
    """
    if volume.kind is VolumeKind.RAW and volume.n_slices == 1:
        return ChosenTask(PNEUMONIA, "It is one picture without Hounsfield units: a radiograph.")
    if volume.kind is VolumeKind.RAW:
        return ChosenTask(PE, "It has no Hounsfield units.")
    if not segment_lungs(volume.hu, volume.geometry).is_empty:
        return ChosenTask(PE, "Its slices show lungs.")
    if shows_a_head(volume.hu, volume.geometry):
        return ChosenTask(HEMORRHAGE, "Its slices show a brain within a skull, and no lungs.")
    return ChosenTask(PE, "Its slices show neither lungs nor a head.")


def require_suitable(task: Task, volume: Volume) -> None:
    """Raises RefusedError where ``volume`` is not what a task of pictures judges.

    PE refuses what is no chest by itself.
    """
    chosen = choose_task(volume)
    if chosen.task is not task:
        raise RefusedError(
            f"This series is nothing for the task {task.title.lower()}: {chosen.reason} Choose "
            "another series or another bundle."
        )
