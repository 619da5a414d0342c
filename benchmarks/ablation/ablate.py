"""What each mend of the winner's recipe gives, on phantoms: with and without, over several seeds.

    python -m benchmarks.ablation.ablate --data STORE --out FOLDER [--mends padding,steps]
        [--seeds 1,2,3] [--set key=value] [--device cuda]

Goes on where it stopped. ``FOLDER/effects.json`` holds every figure, ``effects.md`` the table.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.ablation.arms import Arms
from benchmarks.ablation.effect import FIGURES, Effect, effects
from benchmarks.ablation.mends import MENDS, SMALL
from pe_models import NOTICE
from pe_models.errors import InputError
from pe_models.training.config import with_settings
from pe_models.training.road.train import TrainOptions
from pe_models.training.store import open_store

Effects = Mapping[str, Mapping[str, Effect]]
"""Of each mend, by figure."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="STORE")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--mends", default=",".join(MENDS), help="names, by commas")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="key=value")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    args = parser.parse_args(argv)
    arms = Arms(
        open_store(args.data),
        args.out,
        with_settings(SMALL, args.settings),
        TrainOptions(device=args.device),
    )
    seeds = [int(seed) for seed in args.seeds.split(",")]
    found: dict[str, Mapping[str, Effect]] = {}
    for name in mends_of(args.mends):
        found[name] = effects([arms.pair(MENDS[name], seed) for seed in seeds])
        write(found, args.out, n_seeds=len(seeds))
        print(f"{name}: {verdict(found[name])}", flush=True)


def mends_of(text: str) -> list[str]:
    """Raises InputError for a name that is none."""
    names = text.split(",")
    strange = [name for name in names if name not in MENDS]
    if strange:
        raise InputError(f"There is no mend {strange[0]!r}; there are {', '.join(MENDS)}.")
    return names


def verdict(found: Mapping[str, Effect]) -> str:
    """The figures in which the two arms clearly differ, in words."""
    clear = [
        f"{FIGURES[name]} {effect.difference:+.3f} ({effect.low:+.3f} to {effect.high:+.3f})"
        for name, effect in found.items()
        if effect.is_clear
    ]
    return "; ".join(clear) or "no clear effect"


def write(found: Effects, folder: Path, *, n_seeds: int) -> None:
    record = {
        name: {figure: asdict(effect) for figure, effect in of_mend.items()}
        for name, of_mend in found.items()
    }
    (folder / "effects.json").write_text(json.dumps(record, indent=1) + "\n")
    (folder / "effects.md").write_text(table(found, n_seeds=n_seeds))


def table(found: Effects, *, n_seeds: int) -> str:
    """Each mend's difference in each figure, with its 95 % interval; a clear one in bold."""
    lines = [
        f"Mended minus not, means of {n_seeds} seeds on the same held-out phantoms. {NOTICE}",
        "",
        "| | mend | " + " | ".join(FIGURES.values()) + " |",
        "|---" * (2 + len(FIGURES)) + "|",
    ]
    for name, of_mend in found.items():
        cells = [_cell(of_mend.get(figure)) for figure in FIGURES]
        lines.append(f"| {MENDS[name].letter} | {MENDS[name].title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(effect: Effect | None) -> str:
    if effect is None:
        return "-"
    text = f"{effect.difference:+.3f} ({effect.low:+.3f} to {effect.high:+.3f})"
    return f"**{text}**" if effect.is_clear else text


if __name__ == "__main__":
    main()
