"""Text made safe for a terminal."""


def printable(text: str) -> str:
    """Escape characters that would move the cursor, break the line, or cannot be encoded."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )
