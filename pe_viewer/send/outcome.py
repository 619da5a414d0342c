"""How sending can fail: in a way that passes, or for good."""

from pe_models.errors import SendError


class Unreachable(SendError):
    """No answer, a broken connection, or a peer that is busy: worth another attempt later."""


class Refused(SendError):
    """The peer answered and does not want it; another attempt would be refused as well."""
