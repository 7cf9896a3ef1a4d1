from odoo.tests import TransactionCase, new_test_user

from ..tools import policy_matrix

#: Those of POLICY §2 that a group of ours gives.
ROLES = tuple(role for role in policy_matrix.ROLES if role not in ("employee", "portal", "public"))


class HcrmCommon(TransactionCase):
    """One user per role in ``cls.users[role]``, two departments, a few persons.

    Besides the roles of POLICY §2: ``employee`` (no role), ``portal``, ``public``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, lang="en_US"))
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.cn")
        cls.cardiology, cls.oncology = cls.env["hr.department"].create(
            [{"name": "心内科", "code": "T-CAR"}, {"name": "肿瘤科", "code": "T-ONC"}]
        )
        cls.users = {role: cls._user(role, f"hcrm_base.group_{role}") for role in ROLES}
        cls.users["employee"] = cls._user("employee", "base.group_user")
        cls.users["portal"] = cls._user("portal", "base.group_portal")
        cls.users["public"] = cls.env.ref("base.public_user")
        cls.patient_kind = cls.env.ref("hcrm_base.kind_patient")

    @classmethod
    def _user(cls, name, groups):
        """Return a user of ``groups`` called ``name``; staff belong to cardiology."""
        user = new_test_user(cls.env, login=f"test_{name}", name=f"Test {name}", groups=groups)
        if not user.share:
            cls.env["hr.employee"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "department_id": cls.cardiology.id,
                    "staff_code": f"T-{name}",
                }
            )
        return user

    @classmethod
    def _person(cls, name="张伟丽", **vals):
        """Return a new customer, a patient unless ``kind_ids`` says otherwise."""
        vals.setdefault("kind_ids", [cls.patient_kind.id])
        return cls.env["res.partner"].create({"name": name, **vals})

    @classmethod
    def _encounter(cls, partner, department=None, **vals):
        return cls.env["hcrm.encounter"].create(
            {"partner_id": partner.id, "department_id": department and department.id, **vals}
        )
