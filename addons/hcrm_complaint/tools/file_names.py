"""Names of files that strangers send."""

import os
import re
import unicodedata

LONGEST = 80
#: Stands for bytes that were no UTF-8.
LOST = "\ufffd"


def plain(name, ending=None):
    """Return a name without folders, control characters and what systems do not like.

    :param ending: of what is in the file, if that is known; else the name keeps its own

    >>> plain("../../etc/passwd\\x00.jpg", ".pdf"), plain("检查单.JPG", ".jpg"), plain("", ".png")
    ('passwd.pdf', '检查单.jpg', 'file.png')
    >>> plain("C:\\\\x\\\\y.pdf"), plain("../../etc/passwd"), plain(None), plain("a\\u202egpj.exe")
    ('y.pdf', 'passwd', 'file', 'agpj.exe')

    What an old browser sent in another encoding cannot be read any more:

    >>> plain("\\ufffd\\ufffd\\u0535\\ufffd.pdf", ".pdf"), plain("a\\ufffd.jpg")
    ('file.pdf', 'a.jpg')
    """
    name = unicodedata.normalize("NFC", str(name or "")).replace("\\", "/").rpartition("/")[2]
    if name.count(LOST) > 1:  # the few characters that came through say nothing
        name = "file" + os.path.splitext(name)[1]
    name = name.replace(LOST, "")
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C")
    stem, own = os.path.splitext(re.sub(r'[<>:"|?*]', "_", name))
    own = own.strip(" ") if own.strip(" .") else ""
    return (stem.strip(" .")[:LONGEST] or "file") + (own[:12] if ending is None else ending)
