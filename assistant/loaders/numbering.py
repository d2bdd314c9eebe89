"""Labels of numbered lists: how a number is written in each style."""

_ROMAN = {
    1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl", 10: "x", 9: "ix", 5: "v", 4: "iv",
    1: "i",
}  # fmt: skip


def written(number: int, style: str) -> str:
    """Return a number in a style that Office names: ``decimal``, ``decimalZero``, ``lowerLetter``, ``upperRoman``."""
    if style.endswith("Letter") and 0 < number <= 26 * 20:
        text = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    elif style.endswith("Roman") and 0 < number < 4000:
        text = ""
        for value, sign in _ROMAN.items():
            text += sign * (number // value)
            number %= value
    else:
        return f"{number:02d}" if style == "decimalZero" else str(number)
    return text.upper() if style.startswith("upper") else text
