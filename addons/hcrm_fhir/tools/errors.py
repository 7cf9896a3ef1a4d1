"""What a FHIR request is refused with: an HTTP status and the issues of an OperationOutcome."""

import logging
from typing import NamedTuple


class Issue(NamedTuple):
    """One issue; ``code`` is of http://hl7.org/fhir/issue-type, ``expression`` a FHIRPath."""

    code: str
    text: str
    expression: str = ""
    severity: str = "error"


class FhirError(Exception):
    """A request that cannot be served; the texts quote no patient's record.

    :param status: HTTP status
    :param headers: dict of HTTP headers that go with the refusal
    """

    loglevel = logging.INFO  # the caller's fault: no traceback in Odoo's log

    def __init__(self, status, code, text, expression="", headers=None, issues=None):
        super().__init__(text)
        self.status = status
        self.issues = issues or [Issue(code, text, expression)]
        self.headers = headers or {}

    def at(self, place):
        """Return the same refusal said of an entry of a bundle.

        >>> FhirError(422, "invalid", "no", "Patient.name").at("Bundle.entry[3]").issues[0][2]
        'Bundle.entry[3].resource.name'
        """
        issues = [
            issue._replace(expression=_within(place, issue.expression)) for issue in self.issues
        ]
        return FhirError(self.status, "", str(self), headers=self.headers, issues=issues)


def _within(place, expression):
    head, dot, rest = expression.partition(".")
    if not head or head == "Bundle":
        return expression or place
    return f"{place}.resource{dot}{rest}"


def not_found(text, code="not-found"):
    """404: there is no such thing here."""
    return FhirError(404, code, text)


def invalid(text, expression="", code="value"):
    """422: well formed, but not what can be kept."""
    return FhirError(422, code, text, expression)


def bad_request(text, code="invalid", expression=""):
    """400: the request itself is wrong."""
    return FhirError(400, code, text, expression)


def outcome(issues):
    """Return the OperationOutcome of the issues.

    >>> outcome([Issue("not-found", "gone")])["issue"]
    [{'severity': 'error', 'code': 'not-found', 'diagnostics': 'gone'}]
    """
    found = []
    for issue in issues:
        row = {"severity": issue.severity, "code": issue.code, "diagnostics": issue.text}
        if issue.expression:
            row["expression"] = [issue.expression]
        found.append(row)
    return {"resourceType": "OperationOutcome", "issue": found}
