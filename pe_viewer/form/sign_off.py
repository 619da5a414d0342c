"""SignOff: that a reader stands by a report, and what was added to it afterwards. Frozen."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Addendum:
    """Words added after sign-off; what was signed stays. Name and time as in ``SignOff``."""

    reader: str
    written_at: datetime | None
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("an addendum without words")


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signed, when, and having looked at how much. After it form and decisions are locked.

    ``signed_at`` is aware of its time zone. In a de-identified report ``reader`` is "" and the
    times are None. ``bundle_sha256`` is the bundle whose findings the reader had seen, "" without
    one. ``n_viewed`` of ``n_slices`` had been on screen. ``organization`` is for whom the
    signature verifies the report, by the site's settings (PS3.3 C.17.2); "" verifies nothing.
    """

    reader: str
    signed_at: datetime | None
    n_viewed: int = 0
    n_slices: int = 0
    bundle_sha256: str = ""
    organization: str = ""
    addenda: tuple[Addendum, ...] = ()

    def __post_init__(self) -> None:
        if self.signed_at is not None and self.signed_at.tzinfo is None:
            raise ValueError("the time of a sign-off needs its time zone")
        if not 0 <= self.n_viewed <= self.n_slices:
            raise ValueError(f"{self.n_viewed} of {self.n_slices} slices viewed")

    def with_addendum(self, addendum: Addendum) -> "SignOff":
        return replace(self, addenda=(*self.addenda, addendum))

    def without_identity(self) -> "SignOff":
        """For de-identified reports; the words of addenda stay as they were typed."""
        addenda = tuple(replace(a, reader="", written_at=None) for a in self.addenda)
        return replace(self, reader="", signed_at=None, organization="", addenda=addenda)
