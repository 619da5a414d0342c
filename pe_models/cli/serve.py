"""``pe-models serve``: the inference worker. Started by the viewer, not by a person."""

import argparse


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "serve",
        description="The inference worker of the viewer: JSON lines on standard input and output.",
    )
    parser.add_argument("--bundle", default=None, help="name or folder of the model bundle")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from pe_models.serve import serve

    return serve(bundle=args.bundle, device=args.device)
