"""Opaque page marks: what the search was and where the next page begins, signed.

A page goes on behind a value and an id, so rows that come or go meanwhile shift nothing.
"""

import base64
import hashlib
import hmac
import json

from .errors import bad_request


def seal(state, secret):
    """Return the mark of ``state`` (JSON); only who knows ``secret`` can make one.

    >>> unseal(seal({"q": [["name", "张"]], "id": 7}, "s"), "s")
    {'q': [['name', '张']], 'id': 7}
    >>> unseal(seal({"id": 7}, "other"), "s")
    Traceback (most recent call last):
    ...
    odoo.addons.hcrm_fhir.tools.errors.FhirError: this page mark is not one of ours: search anew
    """
    body = json.dumps(state, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_sign(body, secret) + body).decode().rstrip("=")


def unseal(mark, secret):
    """Return the state of a mark; 400 for any other text."""
    try:
        raw = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    except ValueError:
        raw = b""
    signature, body = raw[:16], raw[16:]
    if not body or not hmac.compare_digest(signature, _sign(body, secret)):
        raise bad_request("this page mark is not one of ours: search anew")
    return json.loads(body)


def _sign(body, secret):
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()[:16]
