from odoo import fields, models

from ..tools.voice import spoken
from ..tools.voice.verbs import Digits
from ..tools.zones import first_known

#: Tries of one number in an hour and in a day, over all calls; and in one call.
TRIES_AN_HOUR, TRIES_A_DAY, TRIES_A_CALL = 5, 10, 3
#: More appointments nobody wants to hear.
MOST = 5


class HcrmIvrAppointmentMixin(models.AbstractModel):
    """The next appointments of who keys the birth date of a person that has this number.

    The caller's number alone proves little (it can be feigned, families share it), so day, hour and
    department are said only, and a number that nobody has is asked like any other: who guesses
    learns nothing but that it was wrong.
    """

    _name = "hcrm.ivr.appointment.mixin"
    _description = "Telephone Menu: Appointments"

    def _run_appointment(self, call, event):
        """Ask for the birth date, then go through the appointments one by one."""
        step = call._recall().get("step") or "ask"
        keys = event.keys if isinstance(event, Digits) else ""
        return list(getattr(self, f"_appointment_{step}")(call, keys))

    # WHO

    def _appointment_ask(self, call, _keys, *before):
        call._remember(step="identify")
        text = self.env._(
            "Please key the patient's date of birth with eight digits: year, month, day. For 1 May "
            "1980 that is 1 9 8 0 0 5 0 1."
        )
        return [self._ask_keys(call, *before, text, digits=8, is_secret=True)]

    def _appointment_identify(self, call, keys):
        if self._tried_too_often(call):
            text = self.env._("There were too many tries. Please speak with a colleague.")
            return [self._speak(text)]
        person = self._identify(call, keys)
        if person:
            coming = self._find_coming(call, person)
            call._remember(coming=coming.ids, partner=person.id, place=0)
            return self._read_next(call)
        tries = call._recall().get("tries", 0) + 1
        call._remember(tries=tries)
        wrong = self.env._("We found nobody with this number and this date of birth.")
        if tries >= TRIES_A_CALL:
            return [self._speak(wrong), self._speak(self.env._("Please speak with a colleague."))]
        return self._appointment_ask(call, "", wrong)

    def _tried_too_often(self, call):
        """Counted before it is looked at, in a table of all processes."""
        counts = self.env["hcrm.rate.count"].sudo()
        who = f"{call.company_id.id}/{call.sudo().number_stored}"
        asked = [
            counts._is_too_often("ivr-birth-date", who, limit, seconds)
            for limit, seconds in ((TRIES_AN_HOUR, 3600), (TRIES_A_DAY, 86400))
        ]
        return any(asked)

    def _identify(self, call, keys):
        """Return the one person of this number who was born then; nobody whose file is closed."""
        born = spoken.read_date(keys)
        # compared here and not in SQL: a statement that fails is logged with its values
        found = (
            call.sudo()
            ._find_persons()
            .filtered(
                lambda one: one.birth_date and one.birth_date == born and not one.is_protected
            )
        )
        return found if len(found) == 1 else found.browse()

    # WHAT

    def _find_coming(self, call, person):
        appointments_sudo = self.env["hcrm.appointment"].sudo()
        return appointments_sudo.search(
            [
                ("partner_id", "=", person.id),
                ("company_id", "=", call.company_id.id),
                ("state", "in", ("proposed", "booked")),
                ("starts_at", ">", fields.Datetime.now()),
            ],
            order="starts_at, id",
            limit=MOST,
        )

    def _read_next(self, call, *before):
        """Say one appointment and ask what to do with it."""
        memo = call._recall()
        coming, place = memo["coming"], memo["place"]
        if not coming:
            text = self.env._("There is no appointment in the coming time.")
            return [self._speak(text)]
        if place >= len(coming):
            return [*map(self._speak, before), self._speak(self.env._("That was all."))]
        appointment = self.env["hcrm.appointment"].sudo().browse(coming[place]).exists()
        call._remember(step="choose")
        self.env["hcrm.access.log"]._note(
            "hcrm.appointment", appointment.ids, [memo["partner"]], detail=f"call {call.id}"
        )
        keys = self.env._(
            "To confirm that you will come, press 1. To ask for cancellation, press 2. To hear it "
            "again, press 3. To go on, press 4."
        )
        return [self._ask_keys(call, *before, self._describe(appointment), keys)]

    def _describe(self, appointment):
        """Return day, hour and department: never what for."""
        zone = first_known(appointment.company_id._hcrm_zone())
        when = spoken.spoken_time(appointment.starts_at, zone, self.env.lang)
        return self.env._(
            "Appointment: %(when)s, %(where)s.",
            when=when,
            where=appointment.department_id.name or appointment.company_id.name,
        )

    def _appointment_choose(self, call, keys):
        memo = call._recall()
        key = keys[:1]
        if key not in ("1", "2", "4"):
            return self._read_next(call)
        call._remember(place=memo["place"] + 1)
        if key == "4":
            return self._read_next(call)
        appointment = self.env["hcrm.appointment"].sudo().browse(memo["coming"][memo["place"]])
        if key == "1":
            self._take_wish(call, appointment, "confirm")
            return self._read_next(call, self.env._("Thank you, we have noted that you will come."))
        self._take_wish(call, appointment, "cancel")
        text = self.env._("We have passed your wish on. The appointment stands until we call back.")
        return self._read_next(call, text)

    def _take_wish(self, call, appointment, wish):
        """A person of the staff decides; a yes to what is booked leaves nothing to do."""
        env = self.with_context(lang=call.company_id.partner_id.lang).env
        told = appointment.with_env(env)
        zone = first_known(appointment.company_id._hcrm_zone())
        values = {
            "when": spoken.spoken_time(appointment.starts_at, zone, env.lang),
            "where": told.department_id.name or "",
        }
        text = (
            env._("Telephone menu: will come to the appointment of %(when)s, %(where)s", **values)
            if wish == "confirm"
            else env._(
                "Telephone menu: asks to cancel the appointment of %(when)s, %(where)s", **values
            )
        )
        arrived = (
            self.env["hcrm.inbound"]
            .sudo()
            ._receive_from_call(call, f"{wish}/{appointment.id}", text)
        )
        if wish == "confirm" and appointment.state == "booked":
            arrived._close_noted(appointment.partner_id)
        else:
            arrived._leave_in_inbox(appointment.partner_id)
