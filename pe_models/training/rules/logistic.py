"""Logistic regression with a ridge, as every rule that weighs a few numbers is fitted."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

_RIDGE: Final = 1.0
"""Weight of the squared coefficients beside the summed cross-entropy: that of one example."""


def logistic_weights(rows: Floats, truth: NDArray[np.int_]) -> Floats:
    """Weights (class, number + 1), the constant last; those of the first class are 0 of two.

    Least summed cross-entropy with a ridge on all but the constants.
    """
    n_classes = int(truth.max()) + 1
    design = np.column_stack([rows, np.ones(len(rows))])
    one_hot = np.eye(n_classes)[truth]
    is_two = n_classes == 2
    free = slice(1, None) if is_two else slice(None)

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = np.zeros((n_classes, design.shape[1]))
        weights[free] = flat.reshape(-1, design.shape[1])
        logits = design @ weights.T
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        slope = (np.exp(logs) - one_hot).T @ design
        ridge = weights.copy()
        ridge[:, -1] = 0.0
        value = -(one_hot * logs).sum() + 0.5 * _RIDGE * (ridge**2).sum()
        return float(value), (slope + _RIDGE * ridge)[free].ravel()

    n_free = n_classes - 1 if is_two else n_classes
    found = minimize(loss, np.zeros(n_free * design.shape[1]), jac=True, method="L-BFGS-B")
    weights = np.zeros((n_classes, design.shape[1]))
    weights[free] = found.x.reshape(-1, design.shape[1])
    return weights
