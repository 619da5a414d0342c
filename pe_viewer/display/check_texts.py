"""What a check of the installation says, as text. No Qt."""

from typing import Final

from pe_models.checking.card import MOST_DRIFT, CheckCard

CARD_HEADS: Final = ("", "This check", "Stored", "")
HISTORY_HEADS: Final = (
    "When (UTC)",
    "Bundle",
    "Emboli found",
    "False flags",
    "Drift",
    "A slice",
    "",
)


def verdict_text(card: CheckCard) -> str:
    """The card's headline."""
    if card.is_first:
        return "First check of this bundle: its results are stored"
    return "Green: as it should be" if card.is_green else "Red: not as it should be"


def card_rows(card: CheckCard) -> list[tuple[str, str, str, str]]:
    """Figure, this check, stored, what is allowed."""
    usual = "" if card.usual_ms is None else f"{card.usual_ms:.0f} ms, usual here"
    return [
        (
            "Emboli found",
            f"{card.n_found} of {card.n_emboli}",
            _or_none(card.n_found_stored),
            "not fewer",
        ),
        (
            "False flags",
            f"{card.n_false_flags} on {card.n_studies} phantoms",
            _or_none(card.n_false_flags_stored),
            "not more",
        ),
        ("Numerical drift", drift_text(card), "0", f"up to {MOST_DRIFT}"),
        ("Time a slice", f"{card.ms_a_slice:.0f} ms", usual, "up to 3 times the usual"),
    ]


def history_row(card: CheckCard) -> tuple[str, ...]:
    """One line of the history, as HISTORY_HEADS."""
    colour = "first" if card.is_first else "green" if card.is_green else "red"
    return (
        card.time[:16].replace("T", " "),
        card.bundle,
        f"{card.n_found} of {card.n_emboli}",
        str(card.n_false_flags),
        drift_text(card),
        f"{card.ms_a_slice:.0f} ms",
        f"● {colour}",
    )


def drift_text(card: CheckCard) -> str:
    """The largest difference of a score, ``none`` where it is below what is stored."""
    if card.drift is None:
        return "not compared"
    return "none" if card.drift < 1e-6 else f"{card.drift:.1e}"


def kind_of(card: CheckCard) -> str:
    """The style of its colour: neutral for the first check of a bundle."""
    if card.is_first:
        return "dim"
    return "good" if card.is_green else "bad"


def _or_none(count: int | None) -> str:
    return "none yet" if count is None else str(count)
