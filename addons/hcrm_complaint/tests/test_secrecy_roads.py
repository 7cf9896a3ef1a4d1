from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import ComplaintCase

#: They read messages of service and must not see that this one is about a case.
OTHERS = ("nurse", "doctor", "department_head", "community_worker", "vip_desk", "marketing")
WORDS = "护士王某当众责骂我母亲"


@tagged("post_install", "-at_install")
class TestSecrecyRoads(ComplaintCase):
    """Who complained is not learned by any road around the case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer, cls.nurse = cls.users["officer"], cls.users["nurse"]
        # the person is everybody's own customer: nothing is hidden for want of a link to them
        cls._encounter(cls.wang, cls.cardiology)
        cls.wang.user_id = cls.users["vip_desk"]
        # somebody of the office is complained about, too
        cls.second = cls._user("second_officer", "hcrm_base.group_officer")
        cls.case = cls._complain(WORDS, staff=["T-nurse", "T-second_officer"])
        cls.rating = cls.env["rating.rating"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("hcrm.complaint"),
                "res_id": cls.case.id,
                "rating": 5,
                "feedback": WORDS,
                "consumed": True,
            }
        )

    def _assert_office_only(self, rows, others=OTHERS):
        """The office reads these rows; others, and the accused of the office, do not."""
        self.assertTrue(rows, "no row: nothing was tested")
        self.env.flush_all()
        here = Domain("id", "in", rows.ids)
        table = rows.browse().with_context(active_test=False)
        self.assertEqual(table.with_user(self.officer).search_count(here), len(rows))
        rows.with_user(self.officer).check_access("read")
        readers = [self.users[name] for name in others] + [self.second]
        for user in readers:
            seen = table.with_user(user)
            with self.subTest(user=user.login, model=rows._name):
                if not seen.has_access("read"):
                    continue
                self.assertFalse(seen.search_count(here))
                self.assertFalse(seen.search_read(here, ["id"]))
                self.assertFalse(seen._read_group(here, [], ["__count"])[0][0])
                with self.assertRaises(AccessError):
                    rows.with_user(user).read(["id"])

    def test_messages_about_the_case(self):
        sent = self.env["hcrm.communication"].search([("res_model", "=", "hcrm.complaint")])
        self._assert_office_only(sent)

    def test_other_messages_stay_readable(self):
        """Given a message of service about nothing, nurses read it as before."""
        other = self.env["hcrm.communication"]._ask(
            [
                {
                    "recipient_id": self.wang.id,
                    "purpose": "service",
                    "body": "【本院】发票已开出。",
                    "key": "other",
                    "channels": ["sms"],
                    "company_id": self.company.id,
                }
            ]
        )
        other = self.env["hcrm.communication"].search([("idempotency_key", "like", "other")])
        self.assertTrue(other)
        other.with_user(self.nurse).check_access("read")
        other.with_user(self.second).check_access("read")

    def test_holds(self):
        holds = self.env["hcrm.contact.hold"].search([("res_model", "=", "hcrm.complaint")])
        self._assert_office_only(holds)
        hold = self.env["hcrm.contact.hold"].create({"partner_id": self.wang.id, "code": "hold"})
        hold.with_user(self.nurse).check_access("read")

    def test_why_not_contacted(self):
        """Given an open complaint, staff without the right are told of a rule, not of which."""
        reasons = [["complaint", {"effect": "delay", "until": "2026-12-01 00:00:00"}]]
        for user in (self.nurse, self.users["marketing"], self.users["hcrm_admin"]):
            policy = self.env["hcrm.contact.policy"].with_user(user)
            with self.subTest(user=user.login):
                said = " ".join(policy._explain(reasons)) + policy._brief(reasons)
                self.assertNotIn("omplaint", said)
                self.assertIn("rule for messages", said)
        policy = self.env["hcrm.contact.policy"].with_user(self.officer)
        self.assertIn("Open complaint", " ".join(policy._explain(reasons)))

    def test_question_does_not_tell(self):
        """Given the question whether one may write to her, the answer is that of anybody."""
        other = self._person("李娜", phone="13800138002")
        self._encounter(other, self.cardiology)

        def ask(person):
            return (
                self.env["hcrm.contact.question"]
                .with_user(self.nurse)
                .create({"partner_id": person.id, "purpose": "survey", "channel": "sms"})
            )

        told, plain = ask(self.wang), ask(other)
        self.assertEqual((told.verdict, told.reasons), (plain.verdict, plain.reasons))
        self.assertTrue(told.verdict)

    def test_ratings(self):
        self._assert_office_only(self.rating, (*OTHERS, "employee", "analyst"))

    def test_badge(self):
        """The office and the VIP desk of the customer see a flag, nobody else does."""

        def flags(user):
            badges = self.wang.with_user(user)._hcrm_badges()[self.wang.id]
            return [one["label"] for one in badges if one["key"] == "complaint"]

        self.assertEqual(flags(self.officer), ["Open complaint"])
        self.assertEqual(flags(self.users["vip_desk"]), ["Open complaint"])
        for user in (self.nurse, self.users["department_head"], self.second):
            self.assertEqual(flags(user), [], user.login)
        # a customer of others is not read at all
        elsewhere = self._user("vip_elsewhere", "hcrm_base.group_vip_desk")
        elsewhere.employee_ids.department_id = self.oncology
        with self.assertRaises(AccessError):
            flags(elsewhere)

    def test_chatter_is_mailed_to_the_office_only(self):
        """Given mentions and followers of all kinds, officers not concerned are told, no others."""
        users = [self.users[name] for name in ("nurse", "department_head", "leader", "portal")]
        users.append(self.second)
        partners = self.wang
        for user in users:
            partners |= user.partner_id
        self.env["mail.followers"].sudo().create(
            [
                {"res_model": "hcrm.complaint", "res_id": self.case.id, "partner_id": one.id}
                for one in partners
            ]
        )
        # as core does when a handler is named: past message_subscribe
        self.case.with_user(self.officer).message_subscribe(
            [*partners.ids, self.users["service_manager"].partner_id.id]
        )
        comment = self.env.ref("mail.mt_comment")
        self.case.message_follower_ids.sudo().subtype_ids = comment
        message = self.case.with_user(self.officer).message_post(
            body="王秀英来电",
            message_type="comment",
            subtype_id=comment.id,
            partner_ids=partners.ids,
        )
        told = message.sudo().notification_ids.res_partner_id | message.sudo().partner_ids
        self.assertEqual(told, self.users["service_manager"].partner_id)
        for user in users:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                message.with_user(user).read(["body"])
            found = self.env["mail.message"].with_user(user)
            if user.share:
                continue
            here = [("model", "=", "hcrm.complaint"), ("body", "like", "王秀英")]
            self.assertFalse(found.search(here), user.login)

    def test_nobody_else_follows(self):
        self.case.with_user(self.officer).message_subscribe(
            (self.nurse | self.users["leader"] | self.second).partner_id.ids
        )
        followers = self.case.sudo().message_partner_ids
        self.assertFalse(followers & (self.nurse | self.users["leader"] | self.second).partner_id)

    def test_notified_on_purpose_but_never_the_accused(self):
        head = self.users["department_head"]
        asked = (head | self.nurse | self.second).partner_id
        told = self.case.message_notify(body="请处理", partner_ids=asked.ids)
        self.assertEqual(told.sudo().notification_ids.res_partner_id, head.partner_id)

    def test_activities(self):
        """Given a summary that names her, only the office and whoever has it read it."""
        self.case.sudo()._move("accepted")
        head = self.users["department_head"]
        self.case.with_user(head).check_access("read")
        activity = self.case.with_user(self.officer).activity_schedule(
            "mail.mail_activity_data_call",
            summary="回电王秀英",
            user_id=self.users["service_manager"].id,
        )
        self.env.flush_all()
        activity.with_user(self.officer).read(["summary"])
        for user in (head, self.nurse, self.users["leader"], self.second):
            with self.subTest(user=user.login):
                seen = self.env["mail.activity"].with_user(user)
                self.assertFalse(seen.search([("summary", "like", "王秀英")]))
                with self.assertRaises(AccessError):
                    activity.with_user(user).read(["summary"])

    def test_files(self):
        """Files of case, complainant and statement are not opened, listed or counted."""
        self.case.sudo()._move("accepted")
        rows = {
            "hcrm.complaint": self.case.id,
            "hcrm.complaint.complainant": self.case.complainant_ids.id,
            "hcrm.complaint.statement": self.case.statement_ids[:1].id,
        }
        for model, row_id in rows.items():
            file = self.env["ir.attachment"].create(
                {"name": "王秀英的信.txt", "raw": b"x", "res_model": model, "res_id": row_id}
            )
            file.with_user(self.officer).read(["name"])
            here = [("res_model", "=", model), ("name", "like", "王秀英")]
            for name in ("nurse", "department_head", "leader", "employee", "hcrm_admin"):
                user = self.users[name]
                files = self.env["ir.attachment"].with_user(user)
                with self.subTest(user=name, model=model):
                    try:
                        self.assertFalse(files.search_count(here))
                    except AccessError:  # pylint: disable=except-pass
                        pass  # whoever has no right to the model is told so
                    self.assertFalse(files.search_read([("name", "like", "王秀英")], ["name"]))
                    with self.assertRaises(AccessError):
                        file.with_user(user).read(["name", "raw"])
            with self.assertRaises(AccessError):
                file.with_user(self.second).read(["name"])
