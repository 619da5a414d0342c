"""What is trained on is what is analysed."""

import torch

from pe_models.bundle import ModelBundle
from pe_models.imaging.anatomy.lungs import segment_lungs
from pe_models.pipeline.nets_at_work import NetsAtWork
from pe_models.preprocess import hu_tensor
from pe_models.training.answers.predict import predict_crop
from pe_models.training.store import Store


def test_a_study_is_cropped_for_training_as_the_pipeline_crops_it(
    cut_bundle: ModelBundle, array_store: Store
) -> None:
    at_work = NetsAtWork(cut_bundle, torch.device("cpu"))
    for study in array_store.studies:
        volume = array_store.volume(study)
        lungs = segment_lungs(volume.hu, volume.geometry)
        crop = predict_crop(at_work.nets.localizer, array_store, study, cut_bundle.preprocessing)
        assert crop == at_work.localize(volume, hu_tensor(volume.hu), lungs)
