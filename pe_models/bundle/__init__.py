"""ModelBundle: all that inference needs, versioned and hashed. Read, checked and written here.

A bundle is a folder, or a zip of one: ``bundle.json``, one ``.safetensors`` a net (float16) and a
model card. ``bundle.json`` holds the SHA-256 of every other file and, as ``sha256``, that of its
own canonical text, so that one number names the whole bundle. Anything missing, changed or of an
unknown version is refused with its reason; nothing in a bundle is ever executed or unpickled.
Knows no torch: nets are made from a bundle in ``pe_models.nets.load``.
"""

from pe_models.bundle.files import (
    HEART_FILE,
    LOCALIZER_FILE,
    MANIFEST,
    MODEL_CARD,
    NET_FILES,
    SCHEMA_VERSION,
    SEQUENCE_FILE,
    SLICE_CLASSIFIER_FILE,
    ModelBundle,
    member_files,
    net_files_of,
    read_manifest,
    read_member,
    write_bundle,
)
from pe_models.bundle.in_use import (
    Change,
    Choice,
    bundle_in_use,
    history,
    promote,
    retire,
    roll_back,
)
from pe_models.bundle.shelf import (
    DEFAULT_BUNDLE,
    BundleListing,
    copy_bundle,
    find_bundle,
    import_bundle,
    list_bundles,
    load_bundle,
    remove_bundle,
)
from pe_models.bundle.spec import (
    Architecture,
    Attention,
    BundleCard,
    BundleSpec,
    HeartSpec,
    LocalizerLevels,
    Member,
    Preprocessing,
    SequenceArchitecture,
    SliceArchitecture,
    SliceHead,
    Windowing,
    preprocessing_from,
)

__all__ = [
    "DEFAULT_BUNDLE",
    "HEART_FILE",
    "LOCALIZER_FILE",
    "MANIFEST",
    "MODEL_CARD",
    "NET_FILES",
    "SCHEMA_VERSION",
    "SEQUENCE_FILE",
    "SLICE_CLASSIFIER_FILE",
    "Architecture",
    "Attention",
    "BundleCard",
    "BundleListing",
    "BundleSpec",
    "Change",
    "Choice",
    "HeartSpec",
    "LocalizerLevels",
    "Member",
    "ModelBundle",
    "Preprocessing",
    "SequenceArchitecture",
    "SliceArchitecture",
    "SliceHead",
    "Windowing",
    "bundle_in_use",
    "copy_bundle",
    "find_bundle",
    "history",
    "import_bundle",
    "list_bundles",
    "load_bundle",
    "member_files",
    "net_files_of",
    "preprocessing_from",
    "promote",
    "read_manifest",
    "read_member",
    "remove_bundle",
    "retire",
    "roll_back",
    "write_bundle",
]
