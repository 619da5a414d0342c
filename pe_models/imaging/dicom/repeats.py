"""What repeats from header to header is built once."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, TypeVar

from pe_models.imaging.dicom.elements import Elements

_MOST_BUILT: Final = 4096

Built = TypeVar("Built")


class Repeats:
    """Remembers what was built from equal elements; for one thread, as long as one scan."""

    def __init__(self) -> None:
        self._built: dict[tuple[Any, ...], Any] = {}

    def once(
        self,
        build: Callable[..., Built],
        tags: Sequence[int],
        elements: Elements,
        *more: Hashable,
    ) -> Built:
        """``build(part, *more)``, where ``part`` are those of ``elements`` that are in ``tags``.

        Built anew only where these differ from all before. A ``build`` comes with the same
        ``tags`` each time; they name no sequences.
        """
        key = (build, *map(elements.get, tags), *more)
        try:
            return self._built[key]  # type: ignore[no-any-return]
        except KeyError:
            pass
        except TypeError:  # a damaged file has a sequence where a value belongs
            return build(_part(elements, tags), *more)
        if len(self._built) >= _MOST_BUILT:
            self._built.clear()
        built = self._built[key] = build(_part(elements, tags), *more)
        return built


def _part(elements: Elements, tags: Sequence[int]) -> Elements:
    return {tag: elements[tag] for tag in tags if tag in elements}
