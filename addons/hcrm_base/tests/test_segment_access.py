import json

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .segment_case import ILL, WOMEN, SegmentCase

SECRET = ("高血压", "I10")


@tagged("post_install", "-at_install")
class TestSegmentAccess(SegmentCase):
    """Each role sees of a segment what POLICY §2 gives it, along every road."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinical = cls._segment(
            "nurse",
            name="高血压",
            domain=ILL,
            purpose="高血压随访",
            public_name="随访人群甲",
            department_id=cls.cardiology.id,
        )
        cls.plain = cls._segment("service_manager", name="女性", domain=WOMEN)
        cls.env.ref("base.group_allow_export").user_ids = [
            (4, user.id) for user in cls.users.values() if not user.share
        ]
        (cls.clinical | cls.plain.with_user(cls.users["nurse"])).sudo()._refresh()

    def _told(self, role):
        """Return all that a role can read of the segments, as text."""
        segments = self._as(role, self.env["hcrm.segment"]).search([])
        names = list(segments.fields_get([], []))
        rows = segments.read(names)
        rows += segments.export_data(["name", "display_name", "public_name"])["datas"]
        rows += segments.name_search("", limit=None)
        rows += segments.formatted_read_group([], ["owner_id"], ["__count"])
        return json.dumps(rows, default=str, ensure_ascii=False)

    def test_who_knows_a_clinical_segment(self):
        for role in ("nurse", "doctor", "community_worker"):
            with self.subTest(role=role):
                segment = self._as(role, self.clinical)
                self.assertEqual((segment.name, segment.size_text), ("高血压", "3"))
                self.assertIn("I10", segment.domain)
                self.assertTrue(segment.refresh_ids)

    def test_name_and_size_for_the_others(self):
        """Given a clinical segment, these roles see a neutral name and a rough size."""
        for role in ("service_manager", "hcrm_admin", "officer", "vip_desk"):
            with self.subTest(role=role):
                told = self._told(role)
                self.assertIn("随访人群甲", told)
                for secret in SECRET:
                    self.assertNotIn(secret, told)
                segment = self._as(role, self.clinical)
                self.assertEqual((segment.size, segment.size_text), (0, "fewer than 10"))
                self.assertFalse(segment.member_ids)
                self.assertFalse(segment.refresh_ids)
                self.assertFalse(segment.trend)

    def test_no_write_to_what_is_not_known(self):
        for role in ("service_manager", "vip_desk", "analyst"):
            for values in ({"purpose": "x"}, {"name": "x"}, {"cadence": "hourly"}):
                with self.subTest(role=role, values=values), self.assertRaises(AccessError):
                    self._as(role, self.clinical).write(values)
            with self.assertRaises(AccessError):
                self._as(role, self.clinical).action_refresh()
            with self.assertRaises(AccessError):
                self._as(role, self.clinical).action_take_over()

    def test_marketing(self):
        """Marketing finds plain segments, and clinical ones once they are released."""
        told = self._told("marketing")
        self.assertIn("女性", told)
        self.assertNotIn("随访人群甲", told)
        self.clinical.action_release()
        told = self._told("marketing")
        self.assertIn("随访人群甲", told)
        for secret in (*SECRET, "female", "段"):
            self.assertNotIn(secret, told)
        segment = self._as("marketing", self.plain)
        self.assertEqual(segment.size_text, "fewer than 10")
        for model in ("hcrm.segment.member", "hcrm.segment.refresh", "hcrm.segment.pseudonym"):
            with self.assertRaises(AccessError):
                self._as("marketing", self.env[model]).search([])
        with self.assertRaises(AccessError):
            self._as("marketing", self.people).read(["segment_ids"])
        for name in ("department_id", "trend", "recent_entered"):
            with self.assertRaises(AccessError):
                segment.read([name])

    def test_marketing_reads_no_members_of_those_who_agreed(self):
        self.people.marketing_allowed = True
        partners = self._as("marketing", self.env["res.partner"])
        for path in ("segment_ids", "segment_member_ids.segment_id", "segment_ids.name"):
            with self.assertRaises(AccessError):
                partners.search([(path, "!=", False)])

    def test_names_are_no_oracle(self):
        """Searching answers by the name one sees; hidden columns are refused."""
        for role in ("service_manager", "officer", "vip_desk", "hcrm_admin"):
            segments = self._as(role, self.env["hcrm.segment"])
            mine = Domain("id", "=", self.clinical.id)
            for operator in ("=", "ilike", "like", "=like", "=ilike"):
                self.assertFalse(segments.search(mine & Domain("name", operator, "高血压")))
            self.assertFalse(segments.search(mine & Domain("display_name", "ilike", "高血")))
            self.assertTrue(segments.search(mine & Domain("name", "ilike", "人群甲")))
            self.assertTrue(segments.search(mine & Domain("name", "not ilike", "高血")))
            for column in ("name_stored", "domain_stored", "size_stored", "error_stored"):
                with self.assertRaises(AccessError):
                    segments.search([(column, "!=", False)])
                with self.assertRaises(AccessError):
                    segments.search([], order=column)
        nurse = self._as("nurse", self.env["hcrm.segment"])
        self.assertTrue(nurse.search([("name", "ilike", "高血"), ("id", "=", self.clinical.id)]))

    def test_a_clinical_segment_without_neutral_name(self):
        self.clinical.public_name = False
        segment = self._as("service_manager", self.clinical)
        self.assertEqual(segment.name, f"Clinical segment no. {segment.id}")

    def test_related_under_sudo_stays_masked(self):
        segment = self._as("service_manager", self.clinical)
        self.assertNotIn("高血压", segment.sudo().display_name)
        self.assertFalse(segment.sudo().domain)

    def test_members_one_may_read(self):
        """Given a plain segment of everybody, each role sees the members it may read."""
        everybody = self._segment(domain="[]", department_id=self.cardiology.id)
        everybody.action_refresh()
        self.people[9].user_id = self.users["vip_desk"]
        expected = {
            "service_manager": self.people,
            "doctor": self.people,
            "officer": self.people,
            "hcrm_admin": self.people,
            "community_worker": self.ill,
            "vip_desk": self.ill | self.people[9],
        }
        for role, people in expected.items():
            with self.subTest(role=role):
                members = self._as(role, self.env["hcrm.segment.member"])
                found = members.search([("segment_id", "=", everybody.id)]).partner_id
                self.assertEqual(found, people)
                mine = self._as(role, self.env["res.partner"]).search(
                    [("segment_ids", "in", everybody.ids)]
                )
                self.assertEqual(mine, people)

    def test_clinical_members(self):
        member = self.env["hcrm.segment.member"].search([("segment_id", "=", self.clinical.id)])[0]
        for role in ("service_manager", "hcrm_admin", "officer", "vip_desk"):
            with self.subTest(role=role):
                members = self._as(role, self.env["hcrm.segment.member"])
                self.assertFalse(members.search([("segment_id", "=", self.clinical.id)]))
                with self.assertRaises(AccessError):
                    self._as(role, member).read(["partner_id"])
                self.assertFalse(self._as(role, self.ill).segment_ids & self.clinical)
                partners = self._as(role, self.env["res.partner"])
                self.assertFalse(partners.search([("segment_ids", "in", self.clinical.ids)]))
        self.assertIn(self.clinical, self._as("nurse", self.ill).segment_ids)

    def test_reading_clinical_members_is_logged(self):
        """Given a nurse's look at the members, the log names the persons; of a plain one not."""
        logs = self.env["hcrm.access.log"]
        for segment, people in ((self.clinical, self.ill), (self.plain, self.ill[:0])):
            logs._flush_notes()
            before = logs.search([], order="id DESC", limit=1).id
            members = self._as("nurse", self.env["hcrm.segment.member"]).search(
                [("segment_id", "=", segment.id)]
            )
            members.read(["partner_id", "entered_at"])
            logs._flush_notes()
            new = logs.search([("id", ">", before), ("user_id", "=", self.users["nurse"].id)])
            told = {number for log in new for number in log.partner_ids or ()}
            self.assertEqual(told & set(self.people.ids), set(people.ids))

    def test_protected_members(self):
        """Behind glass is also that a protected person is in a clinical segment."""
        protected = self.ill[0]
        protected.is_protected = True
        nurse = self._as("nurse", protected)
        self.assertFalse(nurse.segment_ids & self.clinical)
        nurse._break_glass("looking after an emergency")
        self.assertIn(self.clinical, self._as("nurse", protected).segment_ids)

    def test_other_hospitals(self):
        other = self.env["res.company"].create({"name": "Second hospital"})
        self.users["nurse"].company_ids += other
        nurse = self._as("nurse", self.env["hcrm.segment"])
        abroad = nurse.with_company(other).with_context(allowed_company_ids=other.ids)
        segment = abroad.create({"name": "段", "domain": ILL, "company_id": other.id})
        segment.action_refresh()
        self.assertEqual(segment.size, 0, "facts of the first hospital are not asked")
        doctor = self._as("doctor", self.env["hcrm.segment"])
        self.assertNotIn(segment, doctor.search([]))

    def test_members_are_written_by_the_system(self):
        segment = self._segment()
        segment._add_members(self.people[:1])
        for role in ("service_manager", "nurse", "hcrm_admin"):
            members = self._as(role, self.env["hcrm.segment.member"])
            with self.assertRaises(AccessError):
                members.create({"segment_id": segment.id, "partner_id": self.people[1].id})
            with self.assertRaises(AccessError):
                self._as(role, segment.member_ids).write({"left_at": False})


@tagged("post_install", "-at_install")
class TestSegmentAnalyst(SegmentCase):
    """Analysts: rules over what tells about nobody, members without names."""

    def test_allowed_fields_only(self):
        for text in (
            "[('name', 'ilike', '段')]",
            "[('phone', '=', '13800138000')]",
            "[('birth_date', '=', '1950-03-01')]",
            "[('id', '=', 5)]",
            "[('encounter_ids', '!=', False)]",
            "[('kind_ids', 'any', [('code', '=', 'patient')])]",
            "[('kind_ids.code', '=', 'patient')]",
            "['!', ('user_id.name', '=', 'x')]",
            ILL,
        ):
            with self.subTest(rule=text), self.assertRaisesRegex(Exception, "may not ask for"):
                self.env["hcrm.segment"].with_user(self.users["analyst"]).create(
                    {"name": "x", "domain": text}
                )
        fields = self.env["hcrm.segment"].with_user(self.users["analyst"]).get_rule_fields()
        self.assertIn("age", fields)
        self.assertIsNone(self.env["hcrm.segment"].with_user(self.users["nurse"]).get_rule_fields())

    def test_size_and_pseudonyms(self):
        """Given twelve members, the analyst sees twelve codes and no person."""
        segment = self._segment("analyst", domain="[('age', '>', 1)]")
        segment.action_refresh()
        self.assertEqual(self._current(segment), self.people)
        mine = self._as("analyst", segment)
        self.assertEqual((mine.size, mine.size_text), (12, "12"))
        rows = self._as("analyst", self.env["hcrm.segment.pseudonym"]).search_read(
            [("segment_id", "=", segment.id)]
        )
        self.assertEqual(len({row["code"] for row in rows}), 12)
        self.assertNotIn("段0", json.dumps(rows, default=str, ensure_ascii=False))
        self.assertFalse({"partner_id", "partner"} & rows[0].keys())
        with self.assertRaises(AccessError):
            self._as("analyst", self.env["hcrm.segment.member"]).search([])

    def test_codes_of_two_segments_differ(self):
        """A code is kept from refresh to refresh, and is another one in another segment."""
        codes = []
        for name in "ab":
            segment = self._segment("analyst", name=name, domain="[('age', '>', 1)]")
            segment.action_refresh()
            rows = self._as("analyst", self.env["hcrm.segment.pseudonym"])
            codes.append(set(rows.search([("segment_id", "=", segment.id)]).mapped("code")))
            segment.action_refresh()
            again = set(rows.search([("segment_id", "=", segment.id)]).mapped("code"))
            self.assertEqual(codes[-1], again)
        self.assertFalse(codes[0] & codes[1])

    def test_few_members(self):
        """Below ten neither size nor members nor history are shown."""
        segment = self._segment("analyst", domain=WOMEN)
        segment.action_refresh()
        mine = self._as("analyst", segment)
        self.assertEqual((mine.size, mine.size_text), (0, "fewer than 10"))
        self.assertFalse(mine.refresh_ids)
        self.assertFalse(mine.trend)
        rows = self._as("analyst", self.env["hcrm.segment.pseudonym"])
        self.assertFalse(rows.search([("segment_id", "=", segment.id)]))
        self.assertNotIn("6", mine.action_refresh()["params"]["message"].replace("10", ""))
        text = f"[('city', '=', '段城'), {WOMEN[1:-1]}]"
        self.assertEqual(mine.preview_rule(text)["size"], "fewer than 10")

    def test_clinical_segments_as_marketing_sees_them(self):
        segment = self._segment("nurse", name="高血压", domain=ILL, public_name="随访人群甲")
        segment.action_refresh()
        segments = self._as("analyst", self.env["hcrm.segment"])
        self.assertNotIn(segment, segments.search([]))
        segment.action_release()
        row = segments.search([("id", "=", segment.id)])
        self.assertEqual((row.name, row.domain), ("随访人群甲", False))
        rows = self._as("analyst", self.env["hcrm.segment.pseudonym"])
        self.assertFalse(rows.search([("segment_id", "=", segment.id)]))

    def test_persons_of_other_hospitals(self):
        """Given persons known in another hospital only, an analyst's rule does not count them."""
        other = self.env["res.company"].create({"name": "Second hospital"})
        self.people[0].company_id = other
        segment = self._segment("analyst", domain="[('age', '>', 1)]")
        segment.action_refresh()
        self.assertEqual(self._current(segment), self.people[1:])


@tagged("post_install", "-at_install")
class TestSegmentSize(SegmentCase):
    """Sizes for those who may not know more tell of no single person."""

    def test_rough_and_rarely_renewed(self):
        text = "[('age', '>', 1)]"
        segment = self._segment(
            "nurse", name="x", domain=text, is_confidential=True, public_name="甲"
        )
        segment.action_refresh()
        manager = self._as("service_manager", segment)
        self.assertEqual((manager.size, manager.size_text), (10, "about 10"))
        for person in self.people:
            person.copy({"city": "段城"})
        segment.action_refresh()
        self.assertEqual(segment.size, 24)
        self.assertEqual(self._as("service_manager", segment).size, 10, "renewed once a week")
        segment.sudo().coarse_size_at = "2020-01-01 00:00:00"
        segment.action_refresh()
        self.assertEqual(self._as("service_manager", segment).size, 20)


@tagged("post_install", "-at_install")
class TestSegmentForOthers(SegmentCase):
    """What other addons call to address a segment."""

    def test_members_as_domain(self):
        segment = self._segment("nurse", domain=WOMEN, is_confidential=False)
        segment.action_refresh()
        women = self._current(segment)
        marketing = self._as("marketing", segment)
        partners = self.env["res.partner"]
        self.assertEqual(partners.search(marketing._member_domain()), women)
        agreed = women[:2]
        agreed.marketing_allowed = True
        own = self._as("marketing", partners).search(marketing._member_domain())
        self.assertEqual(own, agreed, "who addresses a segment sees no more persons by it")
        entered = self._current(segment)[:0]
        self.assertEqual(partners.search(segment._member_domain(self.env.cr.now())), entered)

    def test_only_segments_one_may_read(self):
        segment = self._segment("nurse", domain=ILL)
        segment.action_refresh()
        for role in ("marketing", "community_worker", "leader"):
            with self.assertRaises(AccessError):
                self._as(role, segment)._member_domain()
