"""What WeChat and WeCom send to our address: who proves to be them, and what it says.

Both sign with SHA-1 over their sorted parts and encrypt with AES-256-CBC; the clear text is sixteen
random bytes, a length, the message and the number of the account it is for.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

BLOCK = 32
LONGEST = 65_536


class ForgeryError(Exception):
    """This is not from the platform, or not for us."""


def sign(*parts):
    """Return the signature of parts.

    >>> sign("QDG6eK", "1409659589", "263014780", ECHO)
    '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3'
    """
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 their choice


def is_signed(told, *parts):
    """True where ``told`` is the signature of ``parts``; takes as long for any answer."""
    return hmac.compare_digest(sign(*parts).encode(), (told or "").encode())


def decrypt(key, cipher_text, receiver):
    """Return the message in ``cipher_text``, which must be for ``receiver``.

    :param key: EncodingAESKey: 43 characters of the platform's console
    :raises ForgeryError: anything that the platform would not have sent

    The example of WeCom's own documents:

    >>> key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    >>> decrypt(key, ECHO, "wx5823bf96d3bd56c7")
    '1616140317555161061'
    >>> decrypt(key, ECHO, "wx0000000000000000")
    Traceback (most recent call last):
    ...
    ForgeryError: for another account
    """
    try:
        secret = aes_key(key)
        raw = base64.b64decode(cipher_text, validate=True)
        worker = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
        padded = worker.update(raw) + worker.finalize()
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise ForgeryError("not encrypted with our key")
        plain = padded[16:-pad]
        [size] = struct.unpack(">I", plain[:4])
        message, account = plain[4 : 4 + size], plain[4 + size :]
        if len(message) != size:
            raise ForgeryError("cut short")
        text = message.decode()
    except (ValueError, IndexError, binascii.Error, struct.error) as error:
        raise ForgeryError("not encrypted with our key") from error
    if not hmac.compare_digest(account, receiver.encode()):
        raise ForgeryError("for another account")
    return text


def encrypt(key, message, receiver):
    """Return ``message`` as the platform would send it.

    >>> key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    >>> decrypt(key, encrypt(key, "退订", "wx1"), "wx1")
    '退订'
    """
    secret, body = aes_key(key), message.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(body)) + body + receiver.encode()
    pad = BLOCK - len(plain) % BLOCK
    worker = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(worker.update(plain + bytes([pad]) * pad) + worker.finalize()).decode()


def aes_key(key):
    """Return the 32 bytes of an EncodingAESKey.

    :raises ValueError: it is none

    >>> len(aes_key("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"))
    32
    """
    found = base64.b64decode(f"{key}=")
    if len(key) != 43 or len(found) != 32:
        raise ValueError("an EncodingAESKey has 43 characters")
    return found


def read_xml(body):
    """Return {name: text} of the elements of a flat document: no entities, no DTD, nothing big.

    :raises ForgeryError: for anything else

    >>> read_xml(b"<xml><MsgId>1</MsgId><Content><![CDATA[<R>]]></Content></xml>")
    {'MsgId': '1', 'Content': '<R>'}
    >>> read_xml(b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>')
    Traceback (most recent call last):
    ...
    ForgeryError: no plain document
    """
    if isinstance(body, str):
        body = body.encode()
    if len(body) > LONGEST:
        raise ForgeryError("too big")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ForgeryError("no plain document") from error
    if root.getroottree().docinfo.doctype:
        raise ForgeryError("no plain document")
    return {
        child.tag: "".join(child.itertext()).strip() for child in root if isinstance(child.tag, str)
    }


ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
