"""What the drivers share: arguments, and a call that must be refused."""
import sys

URL, *REST = sys.argv[1:]


def refused(call, *words):
    """The client raises, and what it says holds these words."""
    try:
        call()
    except Exception as error:
        text = f"{error} {getattr(error, 'text', '')} {getattr(error, 'body', '')} {getattr(getattr(error, 'response', None), 'text', '')}"
        for word in words:
            assert word in text, f"{word!r} is not in {text!r}"
        return
    raise AssertionError(f"it was not refused: {words}")
