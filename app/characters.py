"""Characters as a reader counts them, a letter with its marks or a family of emoji as one; and the initials of a name."""

import unicodedata

JOINER = "\u200d"
JOINERS = {JOINER, "\u200c"}
NOBODY = "·"


def clusters(text: str) -> list[str]:
    """The characters as a reader counts them (Unicode annex 29, without the Hangul jamo that NFC has composed)."""
    found: list[str] = []
    for char in text:
        if found and _joins(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def initials(name: str) -> str:
    """What stands in a person's disc: the first letters of the first and the last word where the script has capitals.

    In every other script the first character alone: of a Chinese name that is the family name, and two letters of
    Arabic side by side would join into another word. A name without any letter shows its first sign.
    """
    words = [letter for word in name.split() if (letter := _letter(word))]
    if not words:
        return next(iter(clusters(name.strip())), NOBODY)
    first, last = words[0], words[-1]
    has_two = len(words) > 1 and _has_capitals(first) and _has_capitals(last)
    return _capital(first) + (_capital(last) if has_two else "")


def _letter(word: str) -> str:
    """The first letter or figure of a word, past quotes and signs."""
    return next((char for char in clusters(word) if unicodedata.category(char[0])[0] in "LN"), "")


def _has_capitals(letter: str) -> bool:
    return letter.upper() != letter.lower()


def _capital(letter: str) -> str:
    return letter.upper() if len(letter.upper()) == len(letter) else letter


def _joins(before: str, char: str) -> bool:
    if unicodedata.category(char) in ("Mn", "Me", "Mc") or char in JOINERS or _is_skin_tone(char):
        return True
    if before.endswith(JOINER):
        return unicodedata.category(char) == "So"
    return _is_flag_half(char) and len(before) == 1 and _is_flag_half(before)


def _is_skin_tone(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
