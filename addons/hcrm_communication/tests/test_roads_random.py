import random

from odoo import Command
from odoo.tests import tagged

from .roads_common import MailRoadCase

ROUNDS, SEED = 60, 20261122


@tagged("post_install", "-at_install")
class TestRoadsRandom(MailRoadCase):
    """Whatever is sent to whomever by whatever road: at the far end arrives nothing for a person
    who said no, nothing twice, and everything for those who did not."""

    def test_nobody_who_said_no(self):
        self.chance = random.Random(SEED)
        people = self.li | self.wang
        for number in range(6):
            people |= self._create_person(f"客户{number}", email=f"c{number}@example.org")
        self.staff = [user.email for user in (self.nurse, self.officer)]
        for number in range(ROUNDS):
            refused = people.browse(self.chance.sample(people.ids, self.chance.randint(0, 4)))
            meant = people.browse(self.chance.sample(people.ids, self.chance.randint(1, 3)))
            road = self.chance.choice(("_by_mail", "_by_partner", "_by_server", "_by_chatter"))
            with self.subTest(seed=SEED, round=number, road=road), self._refusing(*refused):
                getattr(self, road)(meant, f"round {number}")
                arrived = [to for to, _mail in self._of_customers(self.sink.take())]
                self.assertFalse(arrived, "beside the outbox")
                arrived = [to for to, _mail in self._leave()]
                expected = [one.email_normalized for one in meant - refused]
                self.assertEqual(sorted(self._of_people(arrived)), sorted(expected))

    def _of_people(self, arrived):
        return [to for to in arrived if to not in self.staff]

    def _spell(self, partner):
        """Write an address as people do."""
        address = partner.email_normalized
        local, _at, domain = address.partition("@")
        return self.chance.choice(
            (
                address,
                address.upper(),
                f"{local}+tag@{domain}",
                f'"{partner.name}, x" <{address}>',
                f" {address} ",
            )
        )

    def _by_mail(self, meant, subject):
        everybody = [*(self._spell(one) for one in meant), *self.staff]
        self.chance.shuffle(everybody)
        cut = self.chance.randint(0, len(everybody))
        self._create_mail(
            email_to=", ".join(everybody[:cut]),
            email_cc=", ".join(everybody[cut:]),
            subject=subject,
        ).send()

    def _by_partner(self, meant, subject):
        self._create_mail(recipient_ids=[Command.set(meant.ids)], subject=subject)
        self.env["mail.mail"].process_email_queue()

    def _by_server(self, meant, subject):
        addresses = [self._spell(one) for one in meant]
        server = self.env["ir.mail_server"]
        place = self.chance.choice(("email_to", "email_cc", "email_bcc"))
        values = {"email_to": [self.staff[0]], place: addresses}
        server.send_email(
            server._build_email__("care@hospital.example", subject=subject, body="x", **values)
        )

    def _by_chatter(self, meant, subject):
        self.nurse.partner_id.message_post(
            body=subject, partner_ids=meant.ids, message_type="comment"
        )
