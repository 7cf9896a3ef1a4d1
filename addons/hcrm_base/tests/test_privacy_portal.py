import io
import re
import zipfile

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_privacy_request import PrivacyCommon

PASSWORD = "test_portal"


class PortalCommon(HttpCase, PrivacyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls.users["portal"]
        cls.portal.write({"password": PASSWORD, "lang": "en_US"})
        cls.me = cls.portal.partner_id
        cls.me.write({"city": "杭州", "phone": "13800007777"})
        cls._encounter(cls.me, cls.cardiology)
        cls.env.cr.execute("DELETE FROM hcrm_rate_count")

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.authenticate(self.portal.login, PASSWORD)

    def _kind(self, code):
        return self.env.ref(f"hcrm_base.privacy_kind_{code}")

    def _post(self, path, **values):
        page = self.url_open(f"/my/privacy/ask?kind={self._kind('access').id}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return self.url_open(path, data={"csrf_token": token, **values})

    def _ask(self, code, person=None, **values):
        person = person or self.me
        return self._post("/my/privacy/ask", kind=self._kind(code).id, person=person.id, **values)

    def _mine(self):
        return self.env["hcrm.privacy.request"].search([("create_uid", "=", self.portal.id)])

    def _child(self, **vals):
        """Return a child of whom the portal user is a parent who decides."""
        child = self._person("小顾", birth_date="2020-01-02", phone="13800009999")
        self.env["hcrm.relationship"].create(
            {
                "partner_id": child.id,
                "related_partner_id": self.me.id,
                "relation": "parent",
                "may_consent": True,
                **vals,
            }
        )
        self.env.flush_all()
        return child


@tagged("post_install", "-at_install")
class TestPrivacyPortal(PortalCommon):
    def test_page(self):
        """What is kept by kind, who looked, what can be asked for."""
        page = self.url_open("/my/privacy").text
        self.assertIn("/my/access-log", page)
        self.assertIn("hcrm_privacy_summary", page)
        for code in ("access", "correct", "erase", "object", "explain"):
            self.assertIn(f'data-kind="{code}"', page)
        self.assertIn("/my/privacy", self.url_open("/my/home").text)

    def test_needs_a_login(self):
        self.authenticate(None, None)
        response = self.url_open("/my/privacy", allow_redirects=False)
        self.assertIn(response.status_code, (302, 303))

    def test_ask_and_withdraw(self):
        response = self._ask("object", description="<b>No</b> advertising")
        request = self._mine()
        self.assertEqual(len(request), 1)
        self.assertTrue(response.url.endswith(f"/my/privacy/{request.id}"))
        self.assertEqual((request.partner_id, request.requester), (self.me, "self"))
        self.assertEqual((request.channel, request.identity_method), ("portal", "portal"))
        self.assertIn(request.name, response.text)
        self.assertIn("&lt;b&gt;No", response.text)
        self.assertIn(request.name, self.url_open("/my/privacy").text)
        self._post(f"/my/privacy/{request.id}/withdraw")
        self.env.invalidate_all()
        self.assertEqual(request.state, "withdrawn")

    def test_double_click(self):
        """Asked twice is asked once; the database refuses a second one, too."""
        self._ask("object")
        self._ask("object")
        request = self._mine()
        self.assertEqual(len(request), 1)
        requests = self.env["hcrm.privacy.request"].with_user(self.portal)
        with self.assertRaises(UserError), mute_logger("odoo.sql_db"):
            requests._portal_make(self.me.sudo(), self._kind("object"), "", {})
        self._post(f"/my/privacy/{request.id}/withdraw")
        self._post(f"/my/privacy/{request.id}/withdraw")
        self._ask("object")
        self.assertEqual(len(self._mine()), 2, "after the first is closed, one may ask again")

    def test_what_is_not_mine_is_not_there(self):
        """A guessed id answers as one that does not exist."""
        other = self._request(description="SECRETTEXT")
        missing = self.url_open(f"/my/privacy/{other.id + 100000}")
        self.assertEqual(missing.status_code, 404)
        found = self.url_open(f"/my/privacy/{other.id}")
        self.assertEqual(found.status_code, 404)
        self.assertNotIn("SECRETTEXT", found.text)
        for path in ("withdraw", "document", "data"):
            with self.subTest(path=path):
                response = self._post(f"/my/privacy/{other.id}/{path}", password=PASSWORD)
                self.assertEqual(response.status_code, 404)
        self.env.invalidate_all()
        self.assertEqual(other.state, "new")
        self.assertEqual(self.url_open(f"/hcrm/privacy/{other.id}/data").status_code, 404)

    def test_others_persons_are_not_shown(self):
        """Whoever's number is typed into the address, the page is about oneself."""
        stranger = self._person("陌生人", phone="13912340000")
        page = self.url_open(f"/my/privacy?person={stranger.id}").text
        self.assertNotIn("陌生人", page)
        kind = self._kind("correct").id
        page = self.url_open(f"/my/privacy/ask?kind={kind}&person={stranger.id}").text
        self.assertNotIn("139 1234 0000", page)
        self._ask("object", person=stranger)
        self.assertFalse(self._mine())

    def test_corrections(self):
        page = self.url_open(f"/my/privacy/ask?kind={self._kind('correct').id}").text
        self.assertIn("138 0000 7777", page, "the person sees the own number in full")
        self._ask("correct", city="宁波", birth_date="not a day")
        self.assertFalse(self._mine(), "a wrong value is told, nothing is recorded")
        self._ask("correct", city="宁波", is_protected="1", zip="")
        request = self._mine()
        self.assertEqual(request.correction_ids.mapped("field_name"), ["city"])
        page = self.url_open(f"/my/privacy/{request.id}").text
        self.assertIn("宁波", page)
        self._ask("correct")
        self.assertEqual(len(self._mine()), 1)

    def test_one_hospital_is_not_asked_for(self):
        for page in ("/my/privacy", f"/my/privacy/ask?kind={self._kind('copy').id}"):
            self.assertNotIn("hcrm_hospital", self.url_open(page).text)
            self.assertNotIn("hcrm_privacy_hospitals", self.url_open(page).text)

    def test_two_hospitals(self):
        """A person whom two hospitals know chooses which of them is asked, and may ask both."""
        other = self.env["res.company"].create({"name": "第二医院"})
        strange = self.env["res.company"].create({"name": "第三医院"})
        self.env["hcrm.diagnosis"].create(
            {"code": "I10", "name": "x", "company_id": other.id, "partner_id": self.me.id}
        )
        manager = new_test_user(
            self.env,
            login="test_manager_there",
            groups="hcrm_base.group_service_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.env.flush_all()
        page = self.url_open("/my/privacy").text
        self.assertIn("第二医院", page)
        self.assertNotIn("第三医院", page)
        self.assertIn(
            "第二医院", self.url_open(f"/my/privacy/ask?kind={self._kind('copy').id}").text
        )
        self._ask("copy", hospital=other.id)
        request = self._mine()
        self.assertEqual((request.company_id, request.user_id), (other, manager))
        self.assertEqual(request.sudo().activity_ids.user_id, manager)
        self._ask("copy", hospital=self.company.id)
        self._ask("copy", hospital=other.id)
        self.assertEqual(self._mine().mapped("company_id"), self.company | other)
        self.assertEqual(len(self._mine()), 2)
        response = self._ask("object", hospital=strange.id)
        self.assertIn("alert-danger", response.text)
        self.assertEqual(len(self._mine()), 2)
        there = self.url_open(f"/my/privacy?hospital={other.id}").text
        self.assertNotEqual(there.count("list-group-item"), 0)
        self.assertIn("/my/privacy", self.url_open(f"/my/privacy/{request.id}").url)

    def test_empty_correction(self):
        response = self._ask("correct", description=" ")
        self.assertFalse(self._mine())
        self.assertIn("alert-danger", response.text)

    def test_download(self):
        """Not before it is released; then with the password, as an export in the log."""
        self._ask("copy")
        request = self._mine()
        request.with_user(self.manager).action_check_identity()
        request.with_user(self.manager).action_start()
        request.sudo()._build_package()
        request.with_user(self.second_manager).action_release_package()
        self.env.flush_all()
        path = f"/my/privacy/{request.id}"
        self.assertEqual(self._post(f"{path}/data", password=PASSWORD).status_code, 404)
        request.with_user(self.manager).action_done()
        self.env.flush_all()
        self.assertIn("hcrm_privacy_fetch", self.url_open(path).text)
        wrong = self._post(f"{path}/data", password="wrong")
        self.assertIn("alert-danger", wrong.text)
        response = self._post(f"{path}/data", password=PASSWORD)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        with zipfile.ZipFile(io.BytesIO(response.content)) as files:
            self.assertIn("138 0000 7777", files.read("data.json").decode())
        document = self._post(f"{path}/document", password=PASSWORD)
        self.assertIn("attachment", document.headers["Content-Disposition"])
        self.env["hcrm.access.log"]._flush_notes()
        self.env.invalidate_all()
        self.assertTrue(request.package_fetched_at)
        line = self.env["hcrm.access.log"].search([("res_model", "=", request._name)], limit=1)
        self.assertEqual((line.kind, line.user_id), ("export", self.portal))
        self.assertNotIn("hcrm_privacy_copies", self.url_open(path).text, "nobody else took it")

    def test_who_took_the_copy_is_told(self):
        """Given a manager handed the file over, the person reads who, when and why."""
        self._ask("copy")
        request = self._mine()
        request.with_user(self.manager).action_check_identity()
        request.with_user(self.manager).action_start()
        request.sudo()._build_package()
        request.with_user(self.second_manager).action_release_package()
        self.env.flush_all()
        handover = (
            self.env["hcrm.privacy.handover"]
            .with_user(self.manager)
            .create({"request_id": request.id, "part": "data", "reason": "Printer at home broke"})
        )
        path = handover.action_fetch()["url"]
        self.env.flush_all()
        self.assertEqual(self.url_open(path).status_code, 404, "the person has another road")
        self.authenticate("test_service_manager", "test_service_manager")
        response = self.url_open(path)
        with zipfile.ZipFile(io.BytesIO(response.content)) as files:
            self.assertIn("138 0000 7777", files.read("data.json").decode())
        with mute_logger("odoo.http"):
            again = self.url_open(path)
        self.assertNotEqual(again.status_code, 200, "a reason is good for one time")
        self.env["hcrm.access.log"]._flush_notes()
        self.authenticate(self.portal.login, PASSWORD)
        for page in (f"/my/privacy/{request.id}", "/my/access-log"):
            text = self.url_open(page).text
            self.assertIn("Printer at home broke", text, page)
            self.assertIn(self.manager.name, text)

    def test_password_is_not_guessed(self):
        self._ask("copy")
        request = self._mine()
        request.with_user(self.manager).action_check_identity()
        request.with_user(self.manager).action_start()
        request.sudo()._build_package()
        request.with_user(self.second_manager).action_release_package()
        request.with_user(self.manager).action_done()
        self.env.flush_all()
        for _try in range(5):
            self._post(f"/my/privacy/{request.id}/data", password="wrong")
        response = self._post(f"/my/privacy/{request.id}/data", password=PASSWORD)
        self.assertIn("alert-danger", response.text, "also the right one waits now")

    def test_flood(self):
        """Ten a day are enough, whatever becomes of them."""
        for _number in range(12):
            self._ask("object")
            for request in self._mine().filtered(lambda one: not one.closed_at):
                self._post(f"/my/privacy/{request.id}/withdraw")
            self.env.invalidate_all()
        self.assertEqual(len(self._mine()), 10)

    def test_explanation_and_refusal_are_shown(self):
        self._ask("explain")
        request = self._mine().with_user(self.manager)
        request.action_check_identity()
        request.action_start()
        request.refusal_ground_id = self.env.ref("hcrm_base.privacy_ground_answered")
        request.refusal_text = "Answered last week."
        request.action_refuse()
        self.env.flush_all()
        self.assertIn("Answered last week.", self.url_open(f"/my/privacy/{request.id}").text)


@tagged("post_install", "-at_install")
class TestPrivacyPortalGuardian(PortalCommon):
    """B3: for a child under 14 the guardian asks."""

    def test_parent_asks_for_a_child(self):
        child = self._child()
        page = self.url_open(f"/my/privacy?person={child.id}").text
        self.assertIn("小顾", page)
        self._ask("access", person=child)
        request = self._mine()
        self.assertEqual((request.partner_id, request.requester), (child, "guardian"))
        self.assertTrue(request.authority_evidence)
        self.assertIn("小顾", self.url_open(f"/my/privacy/{request.id}").text)

    def test_who_does_not_decide_does_not_ask(self):
        for change in (
            {"may_consent": False},
            {"relation": "grandparent", "may_consent": False},
            {"date_end": "2021-01-01"},
            {"active": False},
        ):
            with self.subTest(change=change):
                child = self._child()
                link = child.relationship_ids
                link.write(change)
                self.env.flush_all()
                self._ask("access", person=child)
                self.assertFalse(self._mine())
                child.relationship_ids.active = False

    def test_from_14_on_the_child_asks(self):
        """Also what was asked before is closed to the parent then."""
        child = self._child()
        self._ask("access", person=child)
        request = self._mine()
        self.assertEqual(self.url_open(f"/my/privacy/{request.id}").status_code, 200)
        child.birth_date = "2008-01-02"
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/my/privacy/{request.id}").status_code, 404)
        self.assertNotIn("小顾", self.url_open("/my/privacy").text)

    def test_the_other_parent_is_not_shown(self):
        """What was asked for the child at the desk or by the other parent stays theirs."""
        child = self._child()
        theirs = self._request(
            partner_id=child.id,
            requester="guardian",
            requester_name="父亲",
            authority_evidence="Household register",
        )
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/my/privacy/{theirs.id}").status_code, 404)
        self.assertNotIn(theirs.name, self.url_open("/my/privacy").text)

    def test_a_guardian_is_no_staff(self):
        """Given a guardian downloaded it, the ward does not read that the hospital took a copy."""
        ward = new_test_user(self.env, login="test_ward", groups="base.group_portal")
        ward.write({"password": "test_ward", "lang": "en_US"})
        ward.partner_id.write({"kind_ids": self.patient_kind.ids, "birth_date": "1970-01-02"})
        self._child().relationship_ids.write(
            {"partner_id": ward.partner_id.id, "relation": "guardian"}
        )
        self.env.flush_all()
        self._ask("copy", person=ward.partner_id)
        request = self._mine().with_user(self.manager)
        request.action_check_identity()
        request.action_start()
        request.sudo()._build_package()
        request.with_user(self.second_manager).action_release_package()
        self.env["hcrm.privacy.handover"].with_user(self.manager).create(
            {"request_id": request.id, "reason": "Printer at home broke"}
        )._fetch()
        request.action_done()
        self.env.flush_all()
        fetched = self._post(f"/my/privacy/{request.id}/data", password=PASSWORD)
        self.assertEqual(fetched.headers["Cache-Control"], "no-store")
        self.env["hcrm.access.log"]._flush_notes()
        self.manager.active = False  # who has left the hospital took it all the same
        self.env.flush_all()
        copies = request.with_user(ward)._portal_copies()
        self.assertEqual([copy["who"] for copy in copies], [self.manager.name])
        self.authenticate("test_ward", "test_ward")
        page = self.url_open(f"/my/privacy/{request.id}").text
        self.assertIn("Printer at home broke", page)
        self.assertIn("Printer at home broke", self.url_open("/my/access-log").text)
        logs = self.env["hcrm.access.log"].with_user(ward).search([("kind", "=", "export")])
        did = {line["who"]: line["did"] for line in logs._prepare_portal_lines()}
        self.assertEqual(did[self.portal.name], "Exported")
        self.assertEqual(did[self.manager.name], "Took a copy of all your data in hand")


@tagged("post_install", "-at_install")
class TestPrivacyTours(PortalCommon):
    def test_manager_decides_corrections(self):
        """In a browser: one line accepted, one refused with its reason, the request closed."""
        request = self._request("correct", partner_id=self.me.id)
        self.env["hcrm.privacy.correction"].create(
            [
                {"request_id": request.id, "field_name": "city", "wished": "宁波"},
                {"request_id": request.id, "field_name": "zip", "wished": "315000"},
            ]
        )
        address = f"/odoo/privacy-requests/{request.id}"
        self.start_tour(address, "hcrm_manager_decides_corrections", login="test_service_manager")
        self.env.invalidate_all()
        self.assertEqual(self.me.city, "宁波")
        self.assertFalse(self.me.zip)
        self.assertEqual(request.state, "done")

    def test_person_asks_on_the_portal(self):
        self.start_tour("/my/privacy", "hcrm_person_asks_on_the_portal", login="test_portal")
        request = self._mine()
        self.assertEqual(request.correction_ids.wished, "宁波")
        self.assertEqual(request.state, "withdrawn")
