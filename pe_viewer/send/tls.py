"""TLS as PS3.15 B.12 asks for it: at least 1.2, the peer's certificate and name checked."""

import ssl

from pe_viewer.send.destination import TlsFiles
from pe_viewer.send.outcome import Refused


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Raises Refused where a PEM file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=files.authority)
        if files.certificate is not None:
            context.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError) as error:
        raise Refused(
            "A certificate or key file of this destination cannot be read "
            f"({error.strerror or type(error).__name__}); choose it anew."
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
