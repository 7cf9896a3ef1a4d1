r"""From the bytes of a request to a resource that is valid FHIR R4.

``fhir.resources`` checks structure, types and cardinality. It holds R4B (4.3.0); for the resources
served here R4B has the same elements as R4 (4.0.1), which ``tests/test_r4.py`` checks element by
element against HL7's own definitions. Codes are checked where they are mapped.

>>> read_json(b'{"a": [1, {"b": "\xe5\xbc\xa0"}]}')
{'a': [1, {'b': '张'}]}
>>> read_json(b'{"a": NaN}')
Traceback (most recent call last):
...
odoo.addons.hcrm_fhir.tools.errors.FhirError: the body is not valid JSON: NaN is no number in JSON
"""

import json
import re
from functools import cache

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from .errors import FhirError, Issue, bad_request

MAX_DEPTH = 60
MAX_ISSUES = 20
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.IGNORECASE)


def read_json(body, content_type=""):
    """Return the JSON object in ``body``; refuses what PostgreSQL or a reader could choke on."""
    text = _decode(body, content_type)
    try:
        told = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise bad_request("the body is nested too deeply", "structure") from None
    except ValueError as error:
        reason = getattr(error, "msg", None) or str(error)
        place = f" (line {error.lineno}, column {error.colno})" if hasattr(error, "lineno") else ""
        raise bad_request(f"the body is not valid JSON: {reason}{place}", "structure") from None
    if not isinstance(told, dict):
        raise bad_request("the body is not a JSON object", "structure")
    _check_texts(told)
    return told


def _decode(body, content_type):
    told = _CHARSET.search(content_type or "")
    if told and told[1].lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise FhirError(415, "not-supported", "FHIR is sent as UTF-8")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_request(f"the body is not UTF-8 (byte {error.start})", "structure") from None


def _no_constant(name):
    raise ValueError(f"{name} is no number in JSON")


def _check_texts(told):
    """Refuse NUL, half characters and endless nesting."""
    waiting = [(told, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise bad_request(f"the body is nested deeper than {MAX_DEPTH} levels", "structure")
        if isinstance(value, dict):
            waiting += [(one, depth + 1) for pair in value.items() for one in pair]
        elif isinstance(value, list):
            waiting += [(one, depth + 1) for one in value]
        elif isinstance(value, str):
            _check_text(value)


def _check_text(text):
    if "\0" in text:
        raise bad_request("a text holds a NUL character", "value")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("a text holds half a character (a lone surrogate)", "value") from None


@cache
def _model(resource_type):
    return get_fhir_model_class(resource_type)


def validate(resource, resource_type):
    """Raise FhirError unless ``resource`` is a valid resource of the type.

    >>> validate({"resourceType": "Patient", "gender": 7}, "Patient")
    Traceback (most recent call last):
    ...
    odoo.addons.hcrm_fhir.tools.errors.FhirError: Patient.gender: Input should be a valid string
    """
    told = resource.get("resourceType") if isinstance(resource, dict) else None
    if told != resource_type:
        raise bad_request(f"resourceType should be {resource_type}", "invalid", "resourceType")
    try:
        _model(resource_type).model_validate(resource)
    except ValidationError as error:
        raise _refusal(error, resource_type) from None
    except Exception as error:
        # the library's own look-ups fail on resource types it does not know
        raise bad_request(
            f"this is not a valid {resource_type} ({type(error).__name__})", "structure"
        ) from None


def _refusal(error, resource_type):
    issues = [_issue(one, resource_type) for one in error.errors()[:MAX_ISSUES]]
    first = issues[0]
    return FhirError(400, "", f"{first.expression}: {first.text}", issues=issues)


def _issue(one, resource_type):
    """The library's message without the value it was about."""
    code = "required" if one["type"].endswith("missing") else "structure"
    text = one["msg"].removeprefix("Value error, ").split("\n")[0]
    return Issue(code, text, _path(resource_type, one["loc"]))


def _path(resource_type, location):
    """Return a FHIRPath.

    >>> _path("Patient", ("name", 0, "given"))
    'Patient.name[0].given'
    """
    path = resource_type
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path
