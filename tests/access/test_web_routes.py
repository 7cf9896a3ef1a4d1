"""The web client's own routes: exports, vCard, pictures, chatter, reports."""

import json
import urllib.parse

import pytest

from tests.access.forbidden import secrets
from tests.access.material import ROLES
from tests.support.browser import Browser

MASKED = ("officer", "hcrm_admin", "marketing", "analyst", "leader", "portal", "department_head")


def _export(browser, kind, model, ids, fields):
    data = {
        "model": model,
        "fields": [{"name": name, "label": name, "type": "char"} for name in fields],
        "ids": ids,
        "domain": [],
        "groupby": [],
        "import_compat": False,
        "context": {},
    }
    form = {"data": json.dumps(data), "csrf_token": browser.csrf()}
    return browser.open(f"/web/export/{kind}", urllib.parse.urlencode(form).encode())


def _thread(browser, model, row):
    params = {"thread_model": model, "thread_id": row, "fetch_params": {"limit": 30}}
    return browser.rpc("/mail/thread/messages", params)


@pytest.mark.parametrize("role", ROLES)
def test_routes(role, hospital, stranger, policy_matrix):
    """No route gives a role what its cells forbid about a stranger."""
    browser, forbidden = Browser(hospital.url, hospital.db, role), secrets(policy_matrix, role)
    person, encounter = stranger["res.partner"], stranger["hcrm.encounter"]
    pages = {
        "vcard": browser.open(f"/web/partner/vcard?partner_ids={person}"),
        "old vcard": browser.open(f"/web_enterprise/partner/{person}/vcard"),
        "image": browser.open(f"/web/image/res.partner/{person}/avatar_128"),
        "content": browser.open(f"/web/content/res.partner/{person}/phone_stored"),
        "diagnosis as content": browser.open(
            f"/web/content/hcrm.diagnosis/{stranger['hcrm.diagnosis']}/code"
        ),
        "csv of persons": _export(
            browser, "csv", "res.partner", [person], ["name", "phone", "identifier_ids/value"]
        ),
        "csv of diagnoses by person": _export(
            browser, "csv", "res.partner", [person], ["encounter_ids/diagnosis_ids/code"]
        ),
        "csv of hidden phone": _export(browser, "csv", "res.partner", [person], ["phone_stored"]),
        "csv of diagnoses": _export(
            browser, "csv", "hcrm.encounter", [encounter], ["diagnosis_ids/code", "reason"]
        ),
        "report": browser.open(f"/report/html/hcrm_base.any/{person}"),
        "form in debug mode": browser.open(f"/odoo/res.partner/{person}?debug=1"),
    }
    for name, model in (("person", "res.partner"), ("encounter", "hcrm.encounter")):
        told = _thread(browser, model, stranger[model])
        pages[f"chatter of {name}"] = json.dumps(told, ensure_ascii=False).encode()
    call = {"model": "res.partner", "method": "read", "args": [[person], ["name"]], "kwargs": {}}
    told = browser.rpc("/web/dataset/call_kw", call)
    pages["refusal in debug mode"] = json.dumps(told, ensure_ascii=False).encode()
    leaks = [
        f"{name}: {found.group()}"
        for name, body in pages.items()
        if (found := forbidden.search(body.decode(errors="replace")))
    ]
    assert not leaks, leaks


def test_export_masks(hospital, stranger):
    """An officer's file holds the stranger, with the phone masked."""
    browser = Browser(hospital.url, hospital.db, "officer")
    body = _export(browser, "csv", "res.partner", [stranger["res.partner"]], ["name", "phone"])
    text = body.decode()
    assert "ZQ:res.partner:other" in text
    assert "****" in text


@pytest.mark.parametrize("role", MASKED)
def test_spreadsheet_file(role, hospital, stranger):
    """An XLSX export is a zip: unpacked, it holds no full number."""
    import io
    import zipfile

    browser = Browser(hospital.url, hospital.db, role)
    body = _export(browser, "xlsx", "res.partner", [stranger["res.partner"]], ["name", "phone"])
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            text = "".join(book.read(name).decode(errors="replace") for name in book.namelist())
        assert "13800001111" not in text
