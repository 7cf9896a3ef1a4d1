"""Files that strangers send with a form: which we take, judged by what is in them."""

import os
import re
import unicodedata

#: A phone's photograph or recording, a scanned page. Archives and office files are not: they can
#: hide programs, and unfold to any size.
SIGNATURES = (
    (b"%PDF-", 0, "application/pdf", ".pdf"),
    (b"\xff\xd8\xff", 0, "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", ".png"),
    (b"WEBP", 8, "image/webp", ".webp"),
    (b"ftypheic", 4, "image/heic", ".heic"),
    (b"ftypmif1", 4, "image/heic", ".heic"),
    (b"#!AMR", 0, "audio/amr", ".amr"),
    (b"ID3", 0, "audio/mpeg", ".mp3"),
    (b"WAVE", 8, "audio/x-wav", ".wav"),
    (b"OggS", 0, "audio/ogg", ".ogg"),
    (b"ftypM4A", 4, "audio/mp4", ".m4a"),
    (b"ftyp", 4, "video/mp4", ".mp4"),
)
MOST_FILES = 5
MOST_BYTES = 20 * 1024 * 1024
NAME_CHARS = 80


def kind_of(content):
    """Return (mimetype, ending) of a file that we take, or None.

    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"PK\\x03\\x04"), kind_of(b"<script>alert(1)</script>")
    (('application/pdf', '.pdf'), None, None)
    """
    for mark, at, mimetype, ending in SIGNATURES:
        if content[at : at + len(mark)] == mark:
            return mimetype, ending
    return None


def plain_name(name, ending):
    """Return a harmless file name with the ending of what is in it.

    >>> plain_name("../../etc/passwd\\x00.jpg", ".pdf"), plain_name("检查单.JPG", ".jpg")
    ('passwd.pdf', '检查单.jpg')
    >>> plain_name("", ".png")
    'file.png'
    """
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    stem = os.path.splitext(re.sub(r'[<>:"|?*]', "_", name))[0].strip(" .")[:NAME_CHARS]
    return (stem or "file") + ending
