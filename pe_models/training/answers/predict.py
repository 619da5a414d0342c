"""What trained nets say of prepared studies: crops, features, raw scores."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pe_models.bundle import Preprocessing
from pe_models.findings import Crop
from pe_models.nets.inference import SliceReader
from pe_models.nets.load import SliceNet
from pe_models.nets.localizer import Localizer, union_crop
from pe_models.nets.sequence import SequenceNet
from pe_models.preprocess import hu_tensor, localizer_inputs, localizer_slices, slice_inputs
from pe_models.training.store import Store, StudyRecord

_BATCH_ON_CPU = 8
_BATCH_ON_CUDA = 64


@torch.inference_mode()
def predict_crop(
    localizer: Localizer, store: Store, study: StudyRecord, params: Preprocessing
) -> Crop:
    """The Crop of the study's array that the pipeline would look at.

    The Localizer's box, joined with that of the segmented lungs where the store keeps it.
    """
    indices = localizer_slices(study.n_slices, study.lung_slices, params)
    hu = hu_tensor(store.whole_slices(study, indices))
    boxes = localizer(localizer_inputs(hu, range(len(hu)), params).to(_device(localizer)))
    rows, cols = study.slice_px
    chosen = union_crop(boxes, rows=rows, cols=cols, margin=params.crop_margin)
    if study.lung_box is not None:
        chosen = chosen.joined(study.lung_box)
    return study.within_array(chosen)


@dataclass(frozen=True, slots=True, eq=False)
class SliceNetAt:
    """A slice net in inference mode and what it looks at."""

    reader: SliceReader
    store: Store
    crops: Mapping[str, Crop]
    params: Preprocessing

    @property
    def device(self) -> torch.device:
        return _device(self.reader.net)

    def features(self, study: StudyRecord) -> NDArray[np.float32]:
        """Embeddings (slice, embedding) of every slice."""
        return slice_features(self.reader, self.store, study, self.crops[study.key], self.params)


def slice_net_at(
    net: SliceNet,
    store: Store,
    crops: Mapping[str, Crop],
    params: Preprocessing,
    device: torch.device,
) -> SliceNetAt:
    """``net`` moved to ``device`` and out of training mode."""
    ready = net.to(device).to(memory_format=torch.channels_last).eval()
    return SliceNetAt(SliceReader.of(ready), store, crops, params)


@torch.inference_mode()
def slice_features(
    reader: SliceReader, store: Store, study: StudyRecord, crop: Crop, params: Preprocessing
) -> NDArray[np.float32]:
    """Embeddings (slice, embedding) of every slice."""
    device = _device(reader.net)
    hu = hu_tensor(np.array(store.hu(study))).to(device)
    outputs = reader.each(
        batches_of(study.n_slices, device),
        lambda indices: _inputs(hu, indices, study, crop, params),
    )
    return torch.cat([output.embedding.cpu() for output in outputs]).numpy()


@torch.inference_mode()
def slice_logits(
    reader: SliceReader,
    store: Store,
    study: StudyRecord,
    crop: Crop,
    params: Preprocessing,
    *,
    step: int = 1,
) -> NDArray[np.float32]:
    """Logits of every ``step``-th slice."""
    device = _device(reader.net)
    hu = hu_tensor(store.hu(study)).to(device)
    chosen = list(range(0, study.n_slices, step))
    outputs = reader.each(
        batches_of(len(chosen), device),
        lambda part: _inputs(hu, [chosen[i] for i in part], study, crop, params),
    )
    return torch.cat([output.logit for output in outputs]).float().cpu().numpy()


@torch.inference_mode()
def sequence_scores(
    net: SequenceNet, features: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Raw scores in [0, 1] of one study: image (slice,) and exam (label,)."""
    x = torch.from_numpy(features)[None].to(_device(net))
    output = net(x, torch.tensor([len(features)]))
    image, exam = output.image_logit[0].double(), output.exam_logit[0].double()
    return torch.sigmoid(image).cpu().numpy(), torch.sigmoid(exam).cpu().numpy()


def _inputs(
    hu: Tensor, indices: list[int], study: StudyRecord, crop: Crop, params: Preprocessing
) -> Tensor:
    """Windowed and resized on the device of ``hu``."""
    x = slice_inputs(hu, indices, crop=crop, spacing_mm=study.spacing_mm, params=params)
    return x.contiguous(memory_format=torch.channels_last)


def batches_of(n: int, device: torch.device) -> Iterator[list[int]]:
    """The indices below ``n``, as many at a time as ``device`` takes well."""
    size = _BATCH_ON_CUDA if device.type == "cuda" else _BATCH_ON_CPU
    for first in range(0, n, size):
        yield list(range(first, min(n, first + size)))


def _device(net: torch.nn.Module) -> torch.device:
    return next(net.parameters()).device
