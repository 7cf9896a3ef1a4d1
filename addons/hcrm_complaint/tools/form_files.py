"""Files that strangers send with a form: which we take, judged by what is in them."""

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
#: So much of a file tells what it is.
HEAD_BYTES = 64
MOST_FILES = 5
MOST_BYTES = 20 * 1024 * 1024
#: Of one form: what strangers send lies with a case for ever.
MOST_ALL = 40 * 1024 * 1024


def kind_of(content):
    """Return (mimetype, ending) of a file that we take, or None.

    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"PK\\x03\\x04"), kind_of(b"<script>alert(1)</script>")
    (('application/pdf', '.pdf'), None, None)
    """
    for mark, at, mimetype, ending in SIGNATURES:
        if content[at : at + len(mark)] == mark:
            return mimetype, ending
    return None
