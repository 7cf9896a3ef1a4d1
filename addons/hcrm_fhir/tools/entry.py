"""One thing to do: an entry of a bundle, or a request by itself."""

from dataclasses import dataclass, field

from .errors import FhirError, bad_request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True, eq=False)
class Entry:
    """What is to be done, and what came of it."""

    method: str
    resource_type: str
    resource: dict | None = None
    place: str = ""  # Bundle.entry[3]; empty for a request by itself
    full_url: str = ""
    fhir_id: str = ""
    condition: str = ""  # query of a conditional create or update
    if_match: str = ""
    url: str = ""

    told_at: object = None  # when its system knew it, where that is not now

    # what is found out before it is written
    record_id: int = 0
    key: str = ""
    components: dict = field(default_factory=dict)  # code → row id of a panel's components

    # what came of it
    status: int = 0
    answer: dict | None = None  # the resource as it is now
    error: FhirError | None = None
    warnings: list = field(default_factory=list)

    @property
    def is_settled(self):
        """True when nothing is to be written any more."""
        return bool(self.status or self.error)


def read_bundle(bundle, max_entries):
    """Return the entries of a valid batch or transaction.

    >>> row = {"request": {"method": "POST", "url": "Patient"}, "resource": {}}
    >>> [entry] = read_bundle({"type": "batch", "entry": [row]}, 5)
    >>> entry.method, entry.resource_type, entry.place
    ('POST', 'Patient', 'Bundle.entry[0]')
    """
    if bundle.get("type") not in ("batch", "transaction"):
        raise bad_request("send a Bundle of type transaction or batch", "value", "Bundle.type")
    rows = bundle.get("entry") or []
    if len(rows) > max_entries:
        text = f"more than {max_entries} entries: send them in several bundles"
        raise FhirError(413, "too-costly", text, "Bundle.entry")
    return [_read_row(number, row) for number, row in enumerate(rows)]


def _read_row(number, row):
    place = f"Bundle.entry[{number}]"
    request = row.get("request") or {}
    method, url = request.get("method", ""), request.get("url", "")
    if method not in METHODS:
        raise bad_request("what to do is not told", "required", f"{place}.request.method")
    if method in ("POST", "PUT") and not isinstance(row.get("resource"), dict):
        raise bad_request("the resource is missing", "required", f"{place}.resource")
    path, _mark, query = url.partition("?")
    resource_type, _slash, fhir_id = path.strip("/").partition("/")
    if not resource_type:
        raise bad_request("the address is missing", "required", f"{place}.request.url")
    return Entry(
        method=method,
        resource_type=resource_type,
        resource=row.get("resource"),
        place=place,
        full_url=row.get("fullUrl") or "",
        fhir_id=fhir_id,
        condition=query if method == "PUT" else request.get("ifNoneExist") or "",
        if_match=request.get("ifMatch") or "",
        url=url,
    )


def check_unique(entries):
    """Refuse a transaction that tells two things of one resource.

    >>> check_unique([Entry("PUT", "Patient", fhir_id="1"), Entry("PUT", "Patient", fhir_id="1")])
    Traceback (most recent call last):
    ...
    odoo.addons.hcrm_fhir.tools.errors.FhirError: Patient/1 is told twice
    """
    seen = set()
    for entry in entries:
        names = [entry.full_url] if entry.method == "POST" and entry.full_url else []
        if entry.method == "PUT":
            names = [entry.url or f"{entry.resource_type}/{entry.fhir_id}"]
        for name in names:
            if name in seen:
                raise bad_request(f"{name[:100]} is told twice", "duplicate", entry.place)
            seen.add(name)
