import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import policy_matrix
from .access_case import NOISE, SCOPES
from .test_access_roads import RoadsCase


@tagged("post_install", "-at_install")
class TestTimelineAccess(RoadsCase):
    """The timeline tells each role what a search of each model tells it: no more, no less."""

    def test_timeline_is_what_searches_give(self):
        """Given marked rows of every model about five persons, for every role."""
        wrong, shown = [], set()
        for role in policy_matrix.ROLES:
            secrets = self.secrets(role)
            for scope in SCOPES:
                person = self.persons[scope].with_user(self.users[role])
                told, text = self._told(person)
                wanted = self._searched(person) if told is not None else None
                if told != wanted:
                    wrong.append(f"{role}, {scope}: {told} is told, {wanted} is found")
                if found := secrets.search(text):
                    wrong.append(f"{role}, {scope}: {found.group()} is told")
                shown |= {(role, kind) for kind, _id in told or ()}
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
        # it does tell: clinicians all kinds, the desk no clinical one
        kinds = set(self.env["res.partner"]._hcrm_timeline_models())
        self.assertGreaterEqual({kind for role, kind in shown if role == "nurse"}, CLINICAL)
        self.assertFalse({kind for role, kind in shown if role == "officer"} & CLINICAL)
        self.assertFalse({role for role, _kind in shown} & {"analyst", "leader", "public"})
        self.assertGreaterEqual(kinds, CLINICAL)

    def _told(self, person):
        """Return ({(kind, id)}, everything told as text); (None, refusal) without the person."""
        try:
            with mute_logger(*NOISE):
                page = person.get_timeline(limit=100)
        except AccessError as error:
            return None, str(error)
        found, lines = set(), list(page["lines"])
        for line in page["lines"]:
            if not line["id"]:
                lines += person.get_timeline_day(line["kind"], line["day"])
        found = {(line["kind"], line["id"]) for line in lines if line["id"]}
        return found, json.dumps([page, lines], ensure_ascii=False)

    def _searched(self, person):
        found = set()
        for name in person._hcrm_timeline_models():
            model = person.env[name]
            if not model.has_access("read"):
                continue
            for link in model._hcrm.partner:
                if model._has_field_access(model._fields[link], "read"):
                    found |= {(name, row) for row in model.search([(link, "=", person.id)]).ids}
        return found


CLINICAL = {
    "hcrm.diagnosis",
    "hcrm.observation",
    "hcrm.prescription",
    "hcrm.immunization",
}
