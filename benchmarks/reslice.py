"""Planes and slabs through a series: ours beside SimpleITK's Resample, linear, on the same voxels.

    python -m benchmarks.reslice [FOLDER] [--rounds 5]

FOLDER holds one series, which is read once; a phantom if left out. The work is some planes in a
row, as a reader scrolls. A slab is Resample onto as many planes as we sample, and their projection.
Prints the median and spread in ms a picture, the ratio to ours, and by how many HU the pictures
differ where both show something. Programs take turns, in both orders.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813
from numpy.typing import NDArray

from benchmarks.shared.subject import add_folder, best_series, folder_or_phantom
from benchmarks.shared.timing import OURS, Work, alternated, show, warmed_up
from pe_models import parallel
from pe_models.imaging.read import read_volume
from pe_models.imaging.reslice import reslice
from pe_models.imaging.reslicing.plane import Plane, PlaneAxis
from pe_models.imaging.reslicing.slab import THIN, Projection, Slab
from pe_models.imaging.reslicing.voxels import Voxels
from pe_models.imaging.volume import Volume

STEPS = 5
STEP_MM = 1.0
OUTSIDE_HU = -32768
SLABS = {
    "thin": THIN,
    "10 mm MIP": Slab(10.0, Projection.MIP),
    "10 mm MinIP": Slab(10.0, Projection.MINIP),
    "10 mm mean": Slab(10.0, Projection.MEAN),
}
PROJECT: dict[Projection, Callable[[NDArray[np.int16]], NDArray[np.floating]]] = {
    Projection.MIP: lambda layers: layers.max(axis=0),
    Projection.MINIP: lambda layers: layers.min(axis=0),
    Projection.MEAN: lambda layers: layers.mean(axis=0),
}


@dataclass(frozen=True)
class Case:
    """One kind of picture, at each place that is scrolled to."""

    name: str
    planes: list[Plane]
    slab: Slab


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_folder(parser)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    volume = read_volume(best_series(folder_or_phantom(args.folder)))
    print(
        f"{' x '.join(map(str, volume.hu.shape))} voxels, {parallel.usable_cores()} cores; "
        f"SimpleITK {sitk.Version.VersionString()}"
    )
    peer = Peer(volume)
    for case in cases(volume):
        compare(case, Voxels.of(volume), peer, args.rounds)


def cases(volume: Volume) -> list[Case]:
    middle = volume.geometry.to_patient_mm((np.asarray(volume.hu.shape) - 1) / 2)
    through = tuple((middle - STEPS / 2 * STEP_MM).tolist())
    found: list[Case] = []
    for kind, make in (
        ("axial", Plane.axial),
        ("coronal", Plane.coronal),
        ("sagittal", Plane.sagittal),
    ):
        straight = make(volume.geometry, through)
        turned = straight.turned(PlaneAxis.ROW, 20).turned(PlaneAxis.COL, 15)
        for name, plane in ((kind, straight), (f"{kind}, turned twice", turned)):
            planes = [plane.moved(step * STEP_MM) for step in range(STEPS)]
            found.extend(Case(f"{name}, {thick}", planes, slab) for thick, slab in SLABS.items())
    return found


class Peer:
    """SimpleITK's Resample; the image is made once, and it uses its own threads."""

    def __init__(self, volume: Volume) -> None:
        geometry = volume.geometry
        self._step_mm = min(geometry.spacing_mm)
        self._image = sitk.GetImageFromArray(volume.hu)
        self._image.SetSpacing(geometry.spacing_mm[::-1])
        self._image.SetOrigin(geometry.origin_mm)
        self._image.SetDirection(np.asarray(geometry.directions)[::-1].T.ravel().tolist())

    def picture(self, plane: Plane, slab: Slab) -> NDArray[np.int16]:
        offsets_mm = slab.offsets_mm(self._step_mm)
        step_mm = slab.thickness_mm / len(offsets_mm) or 1.0
        axes = np.stack((plane.col_direction, plane.row_direction, plane.normal), axis=1)
        resample = sitk.ResampleImageFilter()
        resample.SetInterpolator(sitk.sitkLinear)
        resample.SetSize((plane.shape[1], plane.shape[0], len(offsets_mm)))
        resample.SetOutputSpacing((plane.spacing_mm, plane.spacing_mm, step_mm))
        resample.SetOutputOrigin((plane.origin_mm + offsets_mm[0] * plane.normal).tolist())
        resample.SetOutputDirection(axes.ravel().tolist())
        resample.SetDefaultPixelValue(OUTSIDE_HU)
        resampled = resample.Execute(self._image)
        # A view of (layer, row, col), valid while its image lives.
        layers: NDArray[np.int16] = sitk.GetArrayViewFromImage(resampled)
        if len(offsets_mm) == 1:
            return np.array(layers[0], np.int16)
        return np.asarray(np.rint(PROJECT[slab.projection](layers)), np.int16)


def compare(case: Case, voxels: Voxels, peer: Peer, rounds: int) -> None:
    rivals: dict[str, Work] = {
        OURS: lambda: [reslice(voxels, plane, case.slab) for plane in case.planes],
        "SimpleITK": lambda: [peer.picture(plane, case.slab) for plane in case.planes],
    }
    warmed_up(rivals)
    show(case.name, alternated(rivals, rounds=rounds), per=len(case.planes), unit="picture")
    if voxels.padding is None:  # Resample takes padding for air
        print(f"  pictures differ by at most {difference(case, voxels, peer)} HU")


def difference(case: Case, voxels: Voxels, peer: Peer) -> int:
    """The greatest, in whole HU, where the whole slab lies in the volume."""
    plane = case.planes[0]
    own, other = reslice(voxels, plane, case.slab), peer.picture(plane, case.slab)
    is_whole = own.is_there & (other > OUTSIDE_HU)
    for offset_mm in (-case.slab.thickness_mm / 2, case.slab.thickness_mm / 2):
        is_whole &= reslice(voxels, plane.moved(offset_mm)).is_there
    return int(np.abs(own.hu.astype(np.int32) - other)[is_whole].max(initial=0))


if __name__ == "__main__":
    main()
