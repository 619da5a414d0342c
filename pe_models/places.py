"""Where things lie: shipped resources, and the user's data, cache and bundles.

The only module that knows. In a wheel the resources are ``pe_models/_resources`` (put there by the
build); in a checkout they are the folder ``resources`` itself. ``PE_HOME`` moves everything that
belongs to the user below one folder, which is how tests and kiosks keep apart.
"""

import os
from pathlib import Path

import appdirs

APP_NAME = "pe-reading-room"
_HOME_VARIABLE = "PE_HOME"


def resources() -> Path:
    """Folder of the shipped resources (style sheet, fonts, presets, texts, bundles)."""
    package = Path(__file__).resolve().parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def shipped_bundles() -> Path:
    return resources() / "bundles"


def user_data() -> Path:
    """Folder of what must not be lost: library, reviews, imported bundles. Mode 0700."""
    return _private_folder("data", appdirs.user_data_dir(APP_NAME, appauthor=False))


def user_cache() -> Path:
    """Folder of what may be deleted at any time. Mode 0700."""
    return _private_folder("cache", appdirs.user_cache_dir(APP_NAME, appauthor=False))


def user_logs() -> Path:
    return _private_folder("logs", appdirs.user_log_dir(APP_NAME, appauthor=False))


def user_bundles() -> Path:
    folder = user_data() / "bundles"
    folder.mkdir(exist_ok=True)
    return folder


def settings_file() -> Path:
    return _private_folder("config", appdirs.user_config_dir(APP_NAME, appauthor=False)) / (
        "settings.json"
    )


def _private_folder(kind: str, default: str) -> Path:
    home = os.environ.get(_HOME_VARIABLE)
    folder = Path(home) / kind if home else Path(default)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
