"""Lines that the window says too, in the language of the page."""

from pe_viewer.report.content.phrases import Phrases


def of_window(words: str, say: Phrases) -> str:
    """A line of the window's, which begins large in some places and small in others."""
    small = words[:1].lower() + words[1:]
    tried = ((words, say.like_window(words)), (small, say.like_window(small)))
    return next((found for english, found in tried if found != english), words)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
