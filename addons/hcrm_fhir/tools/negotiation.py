"""Content types: FHIR JSON and nothing else."""

from .errors import FhirError

CONTENT_TYPE = "application/fhir+json; fhirVersion=4.0; charset=utf-8"
_JSON = ("application/fhir+json", "application/json", "application/json+fhir", "text/json")
_ANY = ("*/*", "application/*", "text/*")
FORM = "application/x-www-form-urlencoded"


def check_accept(accept, wanted_format):
    """Raise 406 unless JSON is acceptable; ``_format`` overrules the header.

    >>> check_accept("text/html,application/xhtml+xml,*/*;q=0.8", "")
    >>> check_accept("application/fhir+xml", "json")
    >>> check_accept("application/fhir+xml", "")
    Traceback (most recent call last):
    ...
    odoo.addons.hcrm_fhir.tools.errors.FhirError: only application/fhir+json is spoken here
    """
    if wanted_format:
        told = (
            wanted_format.replace(" ", "+").split(";")[0].strip().lower()
        )  # a + is a blank in URLs
        if told == "json" or told in _JSON:
            return
    else:
        offers = [_offer(part) for part in accept.split(",") if part.strip()]
        if not offers or any(name in (*_JSON, *_ANY) and quality for name, quality in offers):
            return
    raise FhirError(406, "not-supported", "only application/fhir+json is spoken here")


def _offer(part):
    name, *parameters = [piece.strip().lower() for piece in part.split(";")]
    quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    return name, quality.strip("0.") != ""


def check_content(mimetype, *, is_form=False):
    """Raise 415 unless the body is JSON, or a form where a form is asked for.

    >>> check_content("application/xml")
    Traceback (most recent call last):
    ...
    odoo.addons.hcrm_fhir.tools.errors.FhirError: send application/fhir+json
    """
    wanted = (FORM, "") if is_form else _JSON
    if mimetype.lower() not in wanted:
        name = FORM if is_form else "application/fhir+json"
        raise FhirError(415, "not-supported", f"send {name}")
