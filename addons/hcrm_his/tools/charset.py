"""Character sets of messages: MSH-18, the sender's default, or the one that fits."""

import re

from .hl7_reader import Hl7Error

#: HL7 table 0211 and what senders write instead, in lower case without blanks and punctuation.
CODECS = {
    "ascii": "ascii",
    "unicodeutf8": "utf-8",
    "utf8": "utf-8",
    "unicode": "utf-8",
    "gb18030": "gb18030",
    "gb180302000": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "big5": "big5",
    "88591": "latin-1",
    "iso88591": "latin-1",
}
FALLBACKS = ("utf-8", "gb18030")

_ODD = re.compile("[\u0250-\u07ff]")
_WIDE = re.compile("[\u0800-\U0010ffff]")


def codec_of(name):
    """Return the Python codec for a name of table 0211, None when there is none.

    >>> codec_of("UNICODE UTF-8"), codec_of("GB 18030-2000"), codec_of("8859/1"), codec_of("x")
    ('utf-8', 'gb18030', 'latin-1', None)
    """
    return CODECS.get("".join(char for char in (name or "").lower() if char.isalnum()))


def declared_in(head):
    """Return MSH-18 of a message's beginning, first repetition, "" when there is none.

    >>> declared_in("MSH|^~\\\\&||||||||||||||||UNICODE UTF-8~ASCII\\rPID|")
    'UNICODE UTF-8'
    """
    line = head.lstrip("\ufeff \t\r\n").replace("\n", "\r").split("\r", 1)[0]
    if len(line) < 5 or not line.startswith("MSH"):
        return ""
    fields = line.split(line[3])
    repeat = fields[1][1:2] if len(fields) > 1 else "~"
    return fields[17].split(repeat or "~", 1)[0].strip() if len(fields) > 17 else ""


def decode(body, default=None):
    """Return (text, codec) of a message; raises Hl7Error when its bytes do not fit.

    Without MSH-18 the sender's ``default`` is tried, then UTF-8, then GB18030.

    >>> decode("MSH|^~\\\\&|医院".encode("gb18030"))
    ('MSH|^~\\\\&|医院', 'gb18030')
    >>> decode(b"MSH|^~\\\\&||||||||||||||||ASCII|\\xe5")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    ...
    Hl7Error: MSH-18: the bytes are not ASCII as declared
    """
    # Bytes of GB18030 may look like separators: what is read here is checked again below.
    name = declared_in(body[:2048].decode("latin-1"))
    codec = codec_of(name)
    if not codec:
        text, codec = _guess(body, default)
        name = declared_in(text[:2048])
        codec_told = codec_of(name)
        if name and not codec_told:
            raise Hl7Error("unknown_charset", "MSH-18")
        if not codec_told or codec_told == codec:
            return text, codec
        codec = codec_told
    if codec != "utf-8" and _is_surely_utf8(body):
        codec = "utf-8"  # what is declared is not true, and would be read without an error
    try:
        return body.decode(codec), codec
    except UnicodeDecodeError:
        raise Hl7Error("charset_not_true", "MSH-18", charset=name) from None


def _guess(body, default):
    """Try the default, then UTF-8, then GB18030.

    Pairs of GB18030 bytes may be valid UTF-8 by chance ("医院" is); they then come out as letters
    that no name mixes (U+0250 to U+07FF), so that GB18030 is tried before believing it.
    """
    order = [codec_of(default), *FALLBACKS]
    texts = {codec: _try(body, codec) for codec in dict.fromkeys(order) if codec}
    for codec, text in texts.items():
        if text is None or (codec == "utf-8" and _is_odd(text) and texts["gb18030"]):
            continue
        return text, codec
    raise Hl7Error("charset_unclear", "MSH-18")


def _is_surely_utf8(body):
    """Tell whether the bytes are Chinese in UTF-8, which text in another character set is not.

    >>> _is_surely_utf8("张伟".encode()), _is_surely_utf8("张伟".encode("gb18030"))
    (True, False)
    """
    text = None if body.isascii() else _try(body, "utf-8")
    if text is None:
        return False
    others = [char for char in text if not char.isascii()]
    return len(others) > 1 and all("\u3000" <= char <= "\u9fff" for char in others)


def _try(body, codec):
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        return None


def _is_odd(text):
    return bool(_ODD.search(text)) and not _WIDE.search(text)
