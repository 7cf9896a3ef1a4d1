from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import FhirCase


@tagged("post_install", "-at_install")
class TestKeys(FhirCase):
    """Who may come in, and what the key lets in."""

    def test_without_key(self):
        answer = self.call("GET", "/Patient", key=False)
        self.assertOutcome(answer, 401, "login")
        self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_wrong_keys(self):
        prefix = self.client.key_ids.prefix
        for key in ("x", f"hcrm_{prefix}_", f"hcrm_{prefix}_wrong", self.key + "x", "hcrm__", "é"):
            answer = self.call("GET", "/Patient", key=key.encode().decode("latin-1"))
            self.assertOutcome(answer, 401, "login")

    def test_basic_is_no_bearer(self):
        answer = self.call("GET", "/Patient", key=False, Authorization=f"Basic {self.key}")
        self.assertOutcome(answer, 401, "login")

    def test_session_is_no_key(self):
        self.authenticate("admin", "admin")
        self.assertOutcome(self.call("GET", "/Patient", key=False), 401, "login")

    def test_revoked_expired_archived(self):
        key = self.client.key_ids
        self.assertEqual(self.call("GET", "/Patient").status_code, 200)
        key.expires_on = fields.Date.add(fields.Date.today(), days=-1)
        self.assertEqual(self.call("GET", "/Patient").status_code, 401)
        key.expires_on = fields.Date.today()
        self.assertEqual(self.call("GET", "/Patient").status_code, 200)
        self.client.active = False
        self.assertEqual(self.call("GET", "/Patient").status_code, 401)
        self.client.active = True
        key.action_revoke()
        self.assertEqual(key.state, "revoked")
        self.assertEqual(self.call("GET", "/Patient").status_code, 401)

    def test_only_the_digest_is_kept(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT row_to_json(k)::text FROM hcrm_fhir_key k")
        for (row,) in self.env.cr.fetchall():
            self.assertNotIn(self.key.split("_", 2)[2], row)

    def test_use_is_noted(self):
        self.assertFalse(self.client.last_used_at)
        self.call("GET", "/Patient")
        self.client.invalidate_recordset()
        self.assertTrue(self.client.key_ids.last_used_at)

    def test_scopes(self):
        _client, key = self.make_client("reader", scopes="system/Patient.rs system/Encounter.read")
        self.assertEqual(self.call("GET", "/Patient", key=key).status_code, 200)
        self.assertEqual(self.call("GET", "/Encounter", key=key).status_code, 200)
        self.assertOutcome(self.call("GET", "/Observation", key=key), 403, "forbidden")
        self.assertOutcome(self.call("GET", "/Observation/1", key=key), 403, "forbidden")
        answer = self.call("GET", "/Patient?_revinclude=Observation:patient", key=key)
        self.assertOutcome(answer, 403, "forbidden")

    def test_rate(self):
        _client, key = self.make_client("slow", rate_per_minute=2)
        statuses = [self.call("GET", "/Patient?_count=1", key=key).status_code for _one in range(5)]
        self.assertIn(429, statuses)  # the minute may change meanwhile
        self.assertEqual(statuses[:2], [200, 200])
        answer = self.call("GET", "/Patient", key=key)
        if answer.status_code == 429:
            self.assertOutcome(answer, 429, "throttled")
            self.assertEqual(answer.headers["Retry-After"], "60")

    def test_own_hospital_only(self):
        other = self.env["res.company"].create({"name": "Other hospital"})
        partner = self.make_person(number="K-1")
        ours = self.make_encounter(partner)
        theirs = self.make_encounter(partner, company_id=other.id)
        hidden = self.make_person("王五", company_id=other.id)
        self.assertEqual(self.ids(f"/Encounter?patient={partner.id}"), [ours.id])
        self.assertEqual(self.call("GET", f"/Encounter/{theirs.id}").status_code, 404)
        self.assertEqual(self.call("GET", f"/Patient/{hidden.id}").status_code, 404)
        self.assertFalse(self.ids(f"/Patient?_id={hidden.id}"))

    def test_client_is_checked(self):
        with self.assertRaises(ValidationError):
            self.client.scopes = "Patient.read"
        with self.assertRaises(ValidationError):
            self.client.user_id = self.env.ref("base.user_admin")
        with self.assertRaises(ValidationError):
            self.client.sender_id.company_id = self.env["res.company"].create({"name": "B"})
            self.client._check_hospital()

    def test_dialog(self):
        dialog = self.env["hcrm.fhir.key.create"].create({"client_id": self.client.id})
        key = dialog.action_create_key()["context"]["default_key"]
        self.assertEqual(self.call("GET", "/Patient", key=key).status_code, 200)
        self.assertEqual(self.client.valid_key_count, 2)
        dialog.expires_on = "2020-01-01"
        with self.assertRaises(UserError):
            dialog.action_create_key()

    def test_only_administrators_make_keys(self):
        user = self.client.user_id
        with self.assertRaises(AccessError):
            self.env["hcrm.fhir.key.create"].with_user(user).create({"client_id": self.client.id})
        with self.assertRaises(AccessError):
            self.client.key_ids.with_user(user).action_revoke()
