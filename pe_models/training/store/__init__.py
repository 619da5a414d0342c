"""The prepared store: one memory-mapped array of HU a study, and a record beside it.

``STORE/studies/KEY.npy`` is int16 ``[slice, row, col]``, slice 0 most inferior, turned so that
rows run toward posterior and cols toward the patient's left; ``KEY.json`` its record, written last.
Where the tissues are known, ``KEY.labels.npy`` holds a TissueLabel a voxel and ``KEY.places.npy``
where to look. An array may hold a part of its slices only, to save disk; ``KEY.whole.npy`` then has
the few whole ones that the Localizer sees. KEY is a hash, so that no file name carries a UID.
``STORE/index.json`` names the whole studies and what failed.
"""

from pe_models.training.store.classes import Label
from pe_models.training.store.folder import Store, open_store, open_stores, read_record
from pe_models.training.store.paths import key_of
from pe_models.training.store.records import (
    Box,
    Embolus,
    FailedStudy,
    LookalikePlace,
    StudyRecord,
)

__all__ = [
    "Box",
    "Embolus",
    "FailedStudy",
    "Label",
    "LookalikePlace",
    "Store",
    "StudyRecord",
    "key_of",
    "open_store",
    "open_stores",
    "read_record",
]
