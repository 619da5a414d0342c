"""The model bundles at hand, for the reader to choose from. Their manifests alone are read."""

from pe_models.bundle import DEFAULT_BUNDLE, history, list_bundles
from pe_models.errors import BundleError
from pe_models.tasks import DEFAULT_TASK


def name_in_use() -> str:
    """The bundle that is used where none is chosen; "" where what says so cannot be read."""
    try:
        choices = history()
    except BundleError:
        return ""
    return f"{choices[-1].name} {choices[-1].version}" if choices else DEFAULT_BUNDLE


def bundles_at_hand() -> tuple[tuple[str, str], ...]:
    """Words and name of every bundle that can be used, each name once: the user's come first."""
    usable = (entry.bundle for entry in list_bundles(DEFAULT_TASK) if entry.bundle is not None)
    by_name: dict[str, str] = {}
    for bundle in usable:
        by_name.setdefault(bundle.name, f"{bundle.name} {bundle.version}")
    return tuple((words, name) for name, words in by_name.items())
