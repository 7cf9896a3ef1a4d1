from .common import HcrmCommon

WOMEN = "[('sex', '=', 'female')]"
ILL = "[('encounter_ids.diagnosis_ids.code', '=like', 'I10%')]"


class SegmentCase(HcrmCommon):
    """Twelve persons: six women; the first three of all have hypertension, seen in cardiology."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in cls.users.values():
            user.lang = "en_US"  # refusals are noted in the language of the owner
        cls.people = cls.env["res.partner"].create(
            [
                {
                    "name": f"段{number:02}",
                    "kind_ids": [cls.patient_kind.id],
                    "sex": "female" if number % 2 else "male",
                    "birth_date": f"{1950 + number}-03-01",
                    "area_code": "330106",
                    "city": "段城",
                }
                for number in range(12)
            ]
        )
        cls.ill = cls.people[:3]
        for person in cls.ill:
            encounter = cls._encounter(person, cls.cardiology)
            cls.env["hcrm.diagnosis"].create(
                {
                    "partner_id": person.id,
                    "encounter_id": encounter.id,
                    "code": "I10.x00",
                    "name": "高血压",
                }
            )
        cls.env.flush_all()

    @classmethod
    def _segment(cls, role="service_manager", **vals):
        """Return a new segment of ``role``, seen by its owner."""
        vals.setdefault("name", "段")
        if "domain" in vals:
            vals["domain"] = f"[('city', '=', '段城'), {vals['domain'][1:-1]}]"
            vals.setdefault("kind", "rule")
        vals.setdefault("kind", "fixed")
        return cls.env["hcrm.segment"].with_user(cls.users[role]).create(vals)

    def _as(self, role, records):
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(self.users[role]).sudo(False)

    def _current(self, segment):
        """Return the persons in the segment now, whoever may know it."""
        domain = [("segment_id", "=", segment.id), ("left_at", "=", False)]
        return self.env["hcrm.segment.member"].search(domain).partner_id

    def _history(self, segment):
        """Return what was logged of the segment, newest first."""
        return self.env["hcrm.segment.refresh"].search([("segment_id", "=", segment.id)])
