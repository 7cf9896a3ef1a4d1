"""Files that came with an e-mail: how many, how large, and as what they may be opened."""

from email.message import EmailMessage

from . import file_names

#: Files of one e-mail, bytes of one file, bytes of all.
MOST, LARGEST, LARGEST_ALL = 10, 20 * 2**20, 40 * 2**20
#: What a browser may show or play, or an office program open; anything else is downloaded,
#: whatever it says it is.
SHOWN = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/tiff",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-",
    "application/vnd.openxmlformats-",
    "text/plain",
    "audio/",
    "video/",
)
#: A type of ours: Odoo would guess again behind one that everybody knows.
LOCKED = "application/x-download"


def take(attachments, guess):
    """Return ((name, mimetype, bytes), …) of what is kept, and how many were left out.

    :param attachments: (name, content, …) with text, bytes or a whole message as content
    :param guess: function that tells the type of bytes by their content

    >>> def guess(content): return "image/png" if content == b"png" else "text/html"
    >>> take([("a.png", b"png", {}), ("../b.html", "<script>", {}), ("", b"", {})], guess)
    ([('a.png', 'image/png', b'png'), ('b.html', 'application/x-download', b'<script>')], 0)
    >>> kept, left = take([(f"{n}.png", b"png", {}) for n in range(12)], guess)
    >>> len(kept), left
    (10, 2)
    """
    kept, left, total = [], 0, 0
    for name, content, *_info in attachments or ():
        content = _as_bytes(content)
        if not content:
            continue
        total += len(content)
        if len(kept) >= MOST or len(content) > LARGEST or total > LARGEST_ALL:
            left += 1
            continue
        told = guess(content)
        kept.append((file_names.plain(name), told if told.startswith(SHOWN) else LOCKED, content))
    return kept, left


def _as_bytes(content):
    if isinstance(content, EmailMessage):
        return content.as_bytes()
    if isinstance(content, str):
        return content.encode("utf-8", "replace")
    return content if isinstance(content, bytes) else b""
