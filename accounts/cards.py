"""Card numbers: `ML`, seven digits and a check digit (Luhn), so that a mistyped card is caught before a look-up."""

from __future__ import annotations

import re
import secrets

CARD = re.compile(r"ML\d{8}")
READ_BADLY = re.compile(r"ML\d{4,12}")


def luhn_digit(digits: str) -> str:
    """Return the check digit of a string of digits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  the digits' sum of a two-digit product
    return str(-total % 10)


def new_card_number() -> str:
    """Return a random card number; that it is free is the database's to say."""
    digits = f"{secrets.randbelow(9_000_000) + 1_000_000}"
    return f"ML{digits}{luhn_digit(digits)}"


def normalised(text: str) -> str:
    """Return what was typed or scanned as a card number: no spaces, capitals."""
    return re.sub(r"[\s-]", "", text).upper()


def looks_like_card(text: str) -> bool:
    """Whether `text` was meant to be a card number, even if digits are missing or wrong."""
    return bool(READ_BADLY.fullmatch(text))


def is_card_number(text: str) -> bool:
    """Whether `text` is a well-formed card number with a right check digit."""
    return bool(CARD.fullmatch(text)) and luhn_digit(text[2:-1]) == text[-1]
