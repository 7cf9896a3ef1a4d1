"""A signature drawn on a screen: a picture that somebody unknown sends."""

import base64
import binascii
import io

from PIL import Image, UnidentifiedImageError

HEAD = "data:image/png;base64,"
#: As the page sends it: characters; in points: width and height.
MOST_CHARS, MOST_WIDTH, MOST_HEIGHT = 400_000, 3000, 1500
#: Fewer dark points than this are a slip of the finger.
LEAST_INK = 150
DARK = 128

#: What Pillow says of a picture that is none, or that claims a size beyond all reason.
BROKEN = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError,
)  # fmt: skip


def read(sent):
    """Return the drawing as a plain PNG of our own making, or None if it is none.

    What was sent is drawn anew: nothing but points comes through.

    >>> picture = Image.new("RGBA", (300, 100))
    >>> empty = HEAD + base64.b64encode(_write(picture)).decode()
    >>> picture.paste((0, 0, 60, 255), (20, 20, 120, 30))
    >>> signed = HEAD + base64.b64encode(_write(picture)).decode()
    >>> read(signed)[:4], read(empty), read("javascript:alert(1)"), read(HEAD + "AAAA"), read(None)
    (b'\\x89PNG', None, None, None, None)
    """
    sent = str(sent or "")
    if not sent.startswith(HEAD) or len(sent) > MOST_CHARS:
        return None
    try:
        content = base64.b64decode(sent[len(HEAD) :], validate=True)
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.width > MOST_WIDTH or picture.height > MOST_HEIGHT:
                return None
            drawn = picture.convert("RGBA")
    except (binascii.Error, *BROKEN):
        return None
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    plain = paper.convert("L")
    if sum(plain.histogram()[:DARK]) < LEAST_INK:
        return None
    return _write(plain)


def _write(picture):
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()
