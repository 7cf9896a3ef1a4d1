import io
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools import gateway as gateways
from ..tools.fax.pages import NoDocument, make_tiff
from ..tools.gateway import ACCEPTED, LATER, UNKNOWN, Outcome, Report
from .common import CommunicationCase, RecordingGateway

NUMBER = "+862155550777"


def make_pdf(text="prescription"):
    """A document."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, text)
    canvas.save()
    return out.getvalue()


class Line(RecordingGateway):
    """Takes every fax, and says later what a test tells it."""

    code = "asterisk_fax"
    channel = "fax"
    ends = []

    forgotten = []
    asked = []
    answer = Outcome(ACCEPTED)

    def reports(self, handed):
        """What was told, of whichever message."""
        return list(self.ends)

    def forget(self, reports):
        """Keep what nobody needs any more."""
        self.forgotten.extend((one.ref, one.attempt) for one in reports)

    def ask_about(self, handed):
        """What a test says of any."""
        self.asked.extend((one.ref, one.attempt) for one in handed)
        return {one.ref: self.answer for one in handed}


class FaxCase(CommunicationCase):
    """A hospital with a fax line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fax = cls._create_gateway(
            "fax", "asterisk_fax", url="127.0.0.1:1", fax_folder="/nonexistent", max_attempts=3
        )
        cls.li.fax = "021 5555 0777"

    @contextmanager
    def _line(self, *ends):
        with (
            patch.dict(gateways.GATEWAYS, {"asterisk_fax": Line}),
            patch.object(Line, "sent", []) as sent,
            patch.object(Line, "ends", list(ends)),
            patch.object(Line, "forgotten", []),
            self._recording() as others,
        ):
            self.outbox._drain(commit=False)
            self.env.invalidate_all()
            yield sent, others

    def _ask_fax(self, **values):
        files = [("rx.pdf", "application/pdf", make_pdf())]
        return self._ask(**{"channels": ["fax", "sms"], "files": files, **values})

    def _confirm(self):
        self.li._hcrm_confirm_fax("(021)55550777")


@tagged("post_install", "-at_install")
class TestFaxNumber(FaxCase):
    """A number is used once it was typed a second time."""

    def test_unconfirmed_goes_by_the_next_channel(self):
        message = self._ask_fax()
        with self._line() as (faxes, others):
            self.assertFalse(faxes)
            self.assertEqual([one.to for one in others], ["+8613800138001"])
        self.assertEqual((message.state, message.channel), ("sent", "sms"))

    def test_a_number_asked_for_is_no_way_around(self):
        message = self._ask_fax(address=NUMBER, channels=["fax"])
        with self._line() as (faxes, _others):
            self.assertFalse(faxes)
        self.assertEqual((message.state, message.failure_code), ("failed", "no_address"))

    def test_confirmed(self):
        self._confirm()
        self.assertTrue(self.li.fax_confirmed_at)
        self.assertFalse(self.li.is_fax_open)
        message = self._ask_fax()
        with self._line() as (faxes, others):
            self.assertEqual([one.to for one in faxes], [NUMBER])
            self.assertFalse(others)
            self.assertTrue(faxes[0].files[0][2].startswith(b"%PDF"))
        self.assertEqual((message.state, message.channel), ("sent", "fax"))

    def test_typed_differently(self):
        with self.assertRaises(UserError):
            self.li._hcrm_confirm_fax("021 5555 0778")
        self.assertFalse(self.li.fax_confirmed_at)

    def test_a_new_number_is_open_again(self):
        self._confirm()
        self.li.fax = "021 5555 0777"  # the same
        self.assertTrue(self.li.fax_confirmed_at)
        self.li.fax = "021 5555 0888"
        self.assertFalse(self.li.fax_confirmed_at)
        self.assertTrue(self.li.is_fax_open)

    def test_masked_as_phones_are(self):
        officer = new_test_user(self.env, "fax_officer", "base.group_user,hcrm_base.group_officer")
        seen = self.li.with_user(officer)
        self.assertNotIn("5555", seen.fax)
        seen.fax = seen.fax  # a form that shows the mask was saved
        self.assertEqual(self.li.fax_stored, NUMBER)
        with self.assertRaises(ValidationError):
            seen.fax = "*******0888"

    def test_kind_and_channel_agree(self):
        with self.assertRaises(ValidationError):
            self._create_gateway("sms", "asterisk_fax")


@tagged("post_install", "-at_install")
class TestFaxEnds(FaxCase):
    """What Asterisk wrote down becomes of the message."""

    def setUp(self):
        super().setUp()
        self._confirm()
        self.message = self._ask_fax()
        with self._line():
            pass
        self.assertEqual(self.message.state, "sent")

    def _end(self, kind, code="", detail="", attempt=None):
        sudo = self.message.sudo()
        return Report(sudo.ref, attempt or sudo.claim, kind, code, detail)

    def _again(self):
        """Its pause is over."""
        self.message.sudo().next_at = self.env.cr.now()
        self.env.flush_all()

    def test_delivered(self):
        with self._line(self._end("delivered", detail="1 pages")):
            self.assertEqual(self.message.state, "delivered")

    def test_busy_is_tried_again(self):
        with self._line(self._end("retry", "fax_busy", "BUSY 17")) as (faxes, others):
            self.assertFalse(faxes + others, "not at once")
        self.assertEqual((self.message.state, self.message.channel), ("waiting", "fax"))
        self.assertEqual(self.message.attempt_ids.mapped("code"), ["fax_busy"])
        self.assertIn("busy", self.message.with_context(lang="en_US").why)
        self._again()
        with self._line() as (faxes, _others):
            self.assertEqual(len(faxes), 1)
        self.assertEqual(self.message.state, "sent")

    def test_tries_end(self):
        """After the last try the next channel takes over."""
        for _number in range(2):
            with self._line(self._end("retry", "fax_no_answer", "NOANSWER 19")):
                self.assertEqual(self.message.state, "waiting")
            self._again()
            with self._line():
                self.assertEqual((self.message.state, self.message.channel), ("sent", "fax"))
        with self._line(self._end("retry", "fax_partial", "1 of 2 pages")) as (_faxes, others):
            self.assertEqual([one.to for one in others], ["+8613800138001"])
        self.assertEqual((self.message.state, self.message.channel), ("sent", "sms"))

    def test_no_such_number(self):
        """The number is dead for the next fax, too."""
        with self._line(self._end("undelivered", "fax_no_number", "CHANUNAVAIL 1")):
            self.assertEqual(self.message.channel, "sms")
        dead = self.env["hcrm.dead.address"].search([("channel", "=", "fax")])
        self.assertEqual(dead.address, NUMBER)
        other = self._ask_fax()
        with self._line() as (faxes, _others):
            self.assertFalse(faxes)
        self.assertEqual(other.channel, "sms")

    def test_an_older_try_ends_nothing(self):
        with self._line(self._end("retry", "fax_busy", "", attempt=1)):
            self.assertEqual(self.message.state, "sent")

    def test_a_closed_outbox_asks_nobody(self):
        self.env["hcrm.safety.switch"].action_close()
        with self._line(self._end("delivered")):
            self.assertEqual(self.message.state, "sent")

    def test_only_what_ended_here_is_forgotten(self):
        """Another hospital's on the same Asterisk is not, nor what is just being handed over."""
        mine, other = self._end("delivered"), Report("another-hospital", 7, "delivered")
        busy = self._ask_fax()
        with patch.object(type(self.outbox), "_hand_over"), self._line():
            self.assertEqual(busy.state, "claimed")
        busy_sudo = busy.sudo()
        under_way = Report(busy_sudo.ref, busy_sudo.claim, "retry", "fax_busy")
        older = Report(busy_sudo.ref, 1, "retry", "fax_busy")
        with (
            patch.object(type(self.outbox), "_find_dead_claims"),
            self._line(mine, other, under_way, older),
        ):
            self.assertEqual(Line.forgotten, [(mine.ref, mine.attempt), (older.ref, 1)])
        self.assertEqual((self.message.state, busy.state), ("delivered", "claimed"))

    def test_an_earlier_try_arrived(self):
        """Found out while the next one waits: it does not go any more."""
        sudo = self.message.sudo()
        told = self._end("delivered")
        sudo.write({"state": "waiting", "next_at": "2099-01-01"})
        other = self._ask_fax()
        with self._line():
            self.assertEqual(other.state, "sent")
        with self._line(told):
            self.assertEqual(self.message.state, "delivered")

    def _fall_into_doubt(self):
        """Nobody said yes or no to another fax."""
        with patch.object(Line, "answers", {NUMBER: Outcome(UNKNOWN, "no_answer")}):
            message = self._ask_fax()
            with self._line():
                self.assertEqual(message.state, "uncertain")
        return message

    def test_what_breaks_at_every_try_ends(self):
        """Given a worker that dies of it each time, the next channel takes over."""
        message = self._fall_into_doubt()
        never = Outcome(LATER, "never_left")
        with (
            patch.object(Line, "answer", never),
            patch.object(Line, "answers", {NUMBER: Outcome(UNKNOWN, "no_answer")}),
        ):
            for number in (2, 3):
                with self._line() as (faxes, others):
                    self.assertEqual((len(faxes), len(others)), (1, 0))
                self.assertEqual((message.state, message.attempts), ("uncertain", number))
            with self._line() as (faxes, others):
                self.assertEqual((len(faxes), len(others)), (0, 1))
        self.assertEqual((message.state, message.channel), ("sent", "sms"))

    def test_it_is_asked_about_the_last_try(self):
        message = self._fall_into_doubt()
        with patch.object(Line, "asked", []), self._line():
            sudo = message.sudo()
            self.assertEqual(Line.asked, [(sudo.ref, sudo.claim)])
        self.assertEqual(message.state, "sent")

    def test_a_gateway_that_faxed_becomes_no_asterisk(self):
        """It would be asked about faxes it never had."""
        self.fax.kind = "null"
        with self.assertRaises(UserError):
            self.fax.kind = "asterisk_fax"


@tagged("post_install", "-at_install")
class TestFaxByEmail(FaxCase):
    """The provider gets an e-mail with nothing in it but the document."""

    def test_number_and_domain(self):
        adapter = gateways.GATEWAYS["email_fax"](gateways.Settings(url="fax.example.com"))
        files = (("rx.pdf", "application/pdf", make_pdf()),)
        message = gateways.Outgoing(
            1, "r", NUMBER, "阿莫西林", subject="处方", html="<p>阿莫西林</p>", files=files
        )
        parent = gateways.GATEWAYS["smtp"]
        with patch.object(parent, "send", return_value=Outcome(ACCEPTED)) as sent:
            self.assertEqual(adapter.send(message).status, ACCEPTED)
        [mail] = sent.call_args.args
        self.assertEqual((mail.to, mail.subject), ("862155550777@fax.example.com", "Fax"))
        self.assertNotIn("阿莫西林", mail.text + mail.html)
        self.assertEqual(mail.files, files)

    def test_settings(self):
        adapter = gateways.GATEWAYS["email_fax"](gateways.Settings(url="nowhere"))
        self.assertEqual(adapter.send(gateways.Outgoing(1, "r", NUMBER, "")).code, "gateway_setup")
        gateway = self._create_gateway("fax", "email_fax", url="fax.example.com")
        [adapter] = gateway._open_connections(1)
        self.assertEqual((adapter.code, adapter.settings.url), ("email_fax", "fax.example.com"))


@tagged("post_install", "-at_install")
class TestFaxWayRound(FaxCase):
    """A spare gateway stands aside while the other works."""

    def test_only_while_the_line_is_in_trouble(self):
        self._confirm()
        spare = self._create_gateway("fax", "email_fax", url="fax.example.com", is_spare=True)
        self.fax.write({"rate": 0.001, "burst": 1, "sequence": 99})
        first, second = self._ask_fax(channels=["fax"]), self._ask_fax(channels=["fax"])
        provider = patch.dict(gateways.GATEWAYS, {"email_fax": RecordingGateway})
        with provider, self._line() as (faxes, others):
            self.assertEqual((len(faxes), len(others)), (1, 0), "one waits for the line")
        self.assertEqual((first.gateway_id, second.state), (self.fax, "waiting"))
        self.fax._note_trouble("gateway_away", "no route")
        with provider, self._line() as (faxes, others):
            self.assertFalse(faxes + others, "a first hiccup")
        self.fax.meter_id.failures = 3
        with provider, self._line() as (faxes, others):
            self.assertEqual((len(faxes), len(others)), (0, 1))
        self.assertEqual((second.state, second.gateway_id), ("sent", spare))
        third = self._ask_fax(channels=["fax"])
        self.fax._note_health()
        with provider, self._line() as (_faxes, others):
            self.assertFalse(others)
        self.assertEqual(third.state, "waiting")


@tagged("post_install", "-at_install")
class TestFaxArrives(FaxCase, HttpCase):
    """What lies in Asterisk's folder becomes a message with its pages."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "in").mkdir()
        self.fax.fax_folder = str(self.folder)

    def _arrive(self, name, sender="02155550777", pages=2):
        sheets = [Image.new("1", (1728, 2292), 1) for _number in range(pages)]
        path = self.folder / "in" / f"{name}.tif"
        sheets[0].save(
            path, save_all=True, append_images=sheets[1:], compression="group4", dpi=(204, 196)
        )
        path.with_suffix(".txt").write_text(f"{sender}|{pages}|021 5555 0777\n", encoding="utf-8")

    def _take(self):
        self.env.ref("hcrm_communication.ir_cron_faxes").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["hcrm.inbound"].search([("channel", "=", "fax")])

    def test_pages(self):
        self._confirm()
        self._arrive("1-1")
        arrived = self._take()
        self.assertEqual(arrived.sudo().address_stored, NUMBER)
        pages = arrived._find_pages()
        self.assertTrue(pages.raw.startswith(b"%PDF"))
        self.assertFalse(list((self.folder / "in").iterdir()), "taken away")
        self.env["hcrm.inbound"]._work()
        self.assertEqual((arrived.partner_id, arrived.state), (self.li, "inbox"))

    def test_killed_between(self):
        """The files are still there, the message is here already."""
        self._arrive("1-1")
        self._take()
        self._arrive("1-1")
        self.assertEqual(len(self._take()), 1)
        self.assertFalse(list((self.folder / "in").iterdir()))

    def test_one_that_cannot_be_read(self):
        """It stops nobody; who works on the inbox calls the sender, and the file is kept."""
        inbox = self.folder / "in"
        self._arrive("1-1")
        (inbox / "1-1.tif").write_bytes(b"II*\0 torn")
        (inbox / "1-2.txt").write_text("02155550777|1|x")  # and no document at all
        self._arrive("1-3")
        with mute_logger("odoo.addons.hcrm_communication.models.hcrm_inbound_fax"):
            arrived = self._take().sorted("id")
        self.assertEqual([bool(one._find_pages()) for one in arrived], [False, False, True])
        self.assertEqual(arrived[0].sudo().address_stored, NUMBER)
        self.assertIn("1-1.tif.bad", arrived[0].sudo().body_stored)
        with self.assertRaises(UserError):
            arrived[0].action_open_pages()
        left = sorted(path.name for path in inbox.iterdir())
        self.assertEqual(left, ["1-1.tif.bad", "1-1.txt.bad", "1-2.txt.bad"])
        self.assertEqual(len(self._take()), 3)

    def test_a_copy_takes_nothing_away(self):
        """Restored and opened by nobody, it has the same folder; neutralised it has none."""
        self._arrive("1-1")
        params = self.env["ir.config_parameter"].sudo()
        params.set_param("database.uuid", "another")
        self.assertEqual(self.env["hcrm.safety.switch"]._get_state(), "unopened")
        self.assertFalse(self._take())
        self.assertTrue((self.folder / "in/1-1.tif").exists())
        path = Path(__file__).parents[1] / "data/neutralize.sql"
        self.env.cr.execute(path.read_text())
        self.env.invalidate_all()
        self.assertFalse(self.fax.fax_folder)

    def test_who_may_look(self):
        self._arrive("1-1")
        arrived = self._take()
        arrived.sudo().message_class = "care"
        self.env.flush_all()
        for role, status in (("nurse", 200), ("officer", 404)):
            new_test_user(
                self.env, f"fax_{role}", f"base.group_user,hcrm_base.group_{role}",
                password=f"fax_{role}",
            )  # fmt: skip
            self.authenticate(f"fax_{role}", f"fax_{role}")
            reply = self.url_open(f"/hcrm/inbound/{arrived.id}/pages")
            self.assertEqual(reply.status_code, status, role)
        self.assertEqual(self.url_open("/hcrm/inbound/999999999/pages").status_code, 404)


@tagged("post_install", "-at_install")
class TestFaxPages(FaxCase):
    """Odoo takes most of Pillow's formats away: fax pages are made inside it all the same."""

    def test_a_damaged_page(self):
        """It opens, and cannot be drawn: the document is refused, not the whole gateway."""
        broken = make_pdf().replace(b"/Kids [ 3 0 R ]", b"/Kids [ 9 0 R ]")
        with self.assertRaises(NoDocument):
            make_tiff(broken, "{page}")

    def test_in_a_server(self):
        """As in a fresh process, and from several threads: pdfium draws for one at a time."""
        code = (
            "import odoo.tools.image, threading\n"
            "from odoo.addons.hcrm_communication.tools.fax.pages import make_tiff\n"
            "import sys; pdf = sys.stdin.buffer.read(); done = []\n"
            "work = [threading.Thread(target=lambda: done.append(make_tiff(pdf, '{page}')[1]))"
            " for _ in range(4)]\n"
            "[one.start() for one in work]; [one.join() for one in work]\n"
            "print(done)"
        )
        paths = os.pathsep.join(sys.path)
        addons = [str(Path(__file__).parents[2])]
        before = f"import odoo.addons as a; a.__path__ = {addons!r} + list(a.__path__)"
        code = f"{before}\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=make_pdf(),
            capture_output=True,
            env={**os.environ, "PYTHONPATH": paths},
            timeout=120,
            check=False,
        )
        self.assertEqual(done.stdout.decode().strip(), "[1, 1, 1, 1]", done.stderr.decode()[-800:])
