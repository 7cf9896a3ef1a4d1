from .consent_case import NOW, ConsentCase


class PolicyCase(ConsentCase):
    """Candidates about the person, by SMS, unless said otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["hcrm.contact.policy"]

    def _decide(self, at=NOW, **values):
        [decision] = self._decide_all([values], at)
        return decision

    def _decide_all(self, rows, at=NOW):
        rows = [
            {
                "ref": number,
                "company_id": self.company.id,
                "subject_id": self.person.id,
                "purpose": "care",
                "channel": "sms",
                **row,
            }
            for number, row in enumerate(rows, start=1)
        ]
        found = self.policy._decide(self.policy._candidates(rows), at)
        return sorted(found, key=lambda one: one["ref"])

    def assertVerdict(self, decision, verdict, *codes):
        told = [code for code, values in decision["reasons"] if values["effect"] != "allow"]
        self.assertEqual((decision["verdict"], told), (verdict, list(codes)))
