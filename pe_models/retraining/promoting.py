"""The candidate of a retraining comes into use, where the gate lets it."""

from pe_models.bundle import ModelBundle, load_bundle, promote
from pe_models.errors import BundleError, DatasetError
from pe_models.retraining.folder import RetrainFolder
from pe_models.training.files import read_json


def promote_candidate(retraining: RetrainFolder) -> ModelBundle:
    """Raises BundleError where the gate refused it, or it is not the bundle that was compared."""
    decision = retraining.decision()
    if decision is None:
        raise BundleError("This retraining was not compared yet; let it come to its end first.")
    if not decision.passes:
        raise BundleError("The gate refused this candidate; the bundle in use stays.")
    bundle = load_bundle(retraining.bundle)
    if bundle.sha256 != _compared_sha256(retraining):
        raise BundleError(
            "The candidate was changed since it was compared; carry out the retraining again."
        )
    return promote(bundle, reason="passed the gate")


def _compared_sha256(retraining: RetrainFolder) -> str:
    try:
        return str(read_json(retraining.gate_file)["candidate"]["sha256"])
    except (DatasetError, KeyError, TypeError) as error:
        raise BundleError("What was compared is not known any more.") from error
