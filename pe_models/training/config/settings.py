"""``key=value`` settings of a configuration."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from pe_models.errors import TrainingError
from pe_models.training.config.run import TrainConfig


def with_settings(config: TrainConfig, settings: Iterable[str]) -> TrainConfig:
    """``config`` with ``key=value`` settings; keys are dotted, as ``slice.steps``.

    Raises TrainingError for an unknown key or a value of another type.
    """
    for setting in settings:
        key, separator, text = setting.partition("=")
        if not separator:
            raise TrainingError(f"A setting is key=value; {setting!r} is not.")
        config = _with(config, key.split("."), text, key)
    return config


def _with(value: Any, path: list[str], text: str, key: str) -> Any:
    names = [item.name for item in fields(value)]
    if path[0] not in names:
        raise TrainingError(f"There is no setting {key!r}; at that place are {', '.join(names)}.")
    current = getattr(value, path[0])
    if is_dataclass(current) == (len(path) == 1):
        raise TrainingError(f"{key!r} is not a single setting.")
    try:
        new = _with(current, path[1:], text, key) if path[1:] else _parsed(text, current)
        return replace(value, **{path[0]: new})
    except (TypeError, ValueError) as error:
        raise TrainingError(f"Setting {key}={text}: {error}") from error


def _parsed(text: str, current: object) -> object:
    """``text`` as the type that the setting has now; ``none`` and numbers where it has none."""
    if text == "none":
        return None
    if current is None:
        return int(text) if text.isdigit() else float(text)
    if isinstance(current, tuple):
        items = text.split(",") if text else []
        return tuple(int(item) if item.isdigit() else item for item in items)
    if isinstance(current, Enum):
        return type(current)(text)
    if isinstance(current, bool):
        if text not in ("true", "false"):
            raise ValueError("it is true or false")
        return text == "true"
    if isinstance(current, int | float):
        return type(current)(text)
    return text
