"""A picture net whose scores are probabilities at the prevalence of the pictures to choose by.

A step draws each kind as often as none, so that a fresh net names all of them too often. A Platt
map a label mends that; it becomes part of the net's last layer, so that maps keep its scale.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from pe_models.calibration import fit_calibration
from pe_models.nets.pictures import PictureNet
from pe_models.nets.pictures.inference import picture_scores
from pe_models.training.pictures.arrays import PictureArrays
from pe_models.training.pictures.train import TrainedPictures


def calibrate_pictures(
    trained: TrainedPictures, arrays: PictureArrays, part: NDArray[np.intp]
) -> None:
    """Changes the net's last layer, by pictures that it was not trained on.

    A label of which those hold one class alone stays as it was.
    """
    labels = arrays.table.task.labels
    scores = picture_scores(trained.net, arrays.small[part], trained.params, torch.device("cpu"))
    truth = arrays.table.labels[part]
    held_out = {label: (scores[:, k], truth[:, k]) for k, label in enumerate(labels)}
    calibration = fit_calibration(held_out, calibrated_on="pictures to choose by")
    for k, label in enumerate(labels):
        platt = calibration.labels.get(label)
        if platt is not None:
            _rescale(trained.net, k, platt.slope, platt.intercept)


def _rescale(net: PictureNet, label: int, slope: float, intercept: float) -> None:
    with torch.no_grad():
        net.head.weight[label] *= slope
        net.head.bias[label] *= slope
        net.head.bias[label] += intercept
