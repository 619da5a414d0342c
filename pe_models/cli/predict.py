"""`pe-models predict`: what a picture net says of one slice or radiograph."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pe_models import NOTICE
from pe_models.cli.output import finish, given_path, plain, say, say_json

if TYPE_CHECKING:
    from pe_models.pipeline.predicting import Prediction


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("predict", help="scores and map of one slice or radiograph")
    parser.add_argument("path", type=given_path, help="a DICOM, JPEG or PNG file")
    parser.add_argument("--bundle", required=True, metavar="B", help="of a task of single pictures")
    parser.add_argument("--out", type=Path, metavar="DIR", help="leave picture, map and scores")
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Says what is on the picture. Raises InputError where there is none."""
    from pe_models.bundle import load_picture_bundle
    from pe_models.pipeline.predicting import predict_picture, write_prediction

    bundle = load_picture_bundle(args.bundle)
    prediction = predict_picture(args.path, bundle, device=args.device)
    if args.out is not None:
        write_prediction(args.out, prediction)
    if args.json:
        say_json({"notice": NOTICE, "bundle": bundle.name, **prediction.to_dict()})
    else:
        say("\n".join(_lines(prediction)))
    finish(args.progress, named=prediction.named)
    return 0


def _lines(prediction: "Prediction") -> list[str]:
    scores = [
        f"  {label:<18} {score:.3f}{'  *' if label in prediction.on else ''}"
        for label, score in prediction.scores.items()
    ]
    return [plain(f"Model: {prediction.named}"), *scores, NOTICE]
