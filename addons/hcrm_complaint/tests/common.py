from odoo.addons.hcrm_base.tests.common import HcrmCommon


class ComplaintCase(HcrmCommon):
    """A complaint office, two department desks, one who complains."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.env["hcrm.complaint"]
        cls.desks = cls.env["hcrm.complaint.desk"]
        cls.office = cls.desks._find_offices(cls.company)[cls.company]
        cls.wang = cls._person("王秀英", phone="13800138001")
        cls.oncology_head = cls._user("oncology_head", "hcrm_base.group_department_head")
        cls.oncology_head.employee_ids.department_id = cls.oncology
        cls.cardiology_desk = cls.desks._find_for_department(cls.cardiology)
        cls.oncology_desk = cls.desks._find_for_department(cls.oncology)

    @classmethod
    def _complain(cls, text="排队三个小时，没有人理我。", **values):
        """Return a case that came in."""
        request = {
            "kind": "complaint",
            "channel": "visit",
            "text": text,
            "partner_id": cls.wang.id,
            "department_id": cls.cardiology.id,
            **values,
        }
        return cls.cases._take_in([request])
