from odoo import api, fields, models

from odoo.addons.hcrm_base.tools.governance import Governance

from ..tools.voice import verbs

KEYS = [(key, key) for key in "1234567890"] + [("*", "* (star)"), ("#", "# (hash)")]


class HcrmIvrOption(models.Model):
    """A key of a menu and what it does.

    Another addon adds a service by two things: ``action = fields.Selection(selection_add=[…])``
    and ``_run_<action>(call, event)`` here. It is asked with the event of the key first, then with
    each answer, and returns verbs (``tools/voice/verbs.py``): a list that ends with a question is
    followed by its answer, one that only says something by the menu, ``Hangup()`` ends the call.
    What it must remember between two answers it keeps by ``call._remember(step="…")`` and reads by
    ``call._recall()``; what stands on the published option, by ``call._get_option()``. A caller who
    hangs up in the middle is told to ``_end_<action>(call)``, if there is one.
    """

    _name = "hcrm.ivr.option"
    _description = "Choice of a Telephone Menu"
    _inherit = [
        "hcrm.ivr.appointment.mixin",
        "hcrm.ivr.opt.out.mixin",
        "hcrm.ivr.person.mixin",
        "hcrm.guarded.write.mixin",
    ]
    _order = "sequence, id"
    _hcrm = Governance(data_class="template")

    menu_id = fields.Many2one("hcrm.ivr.menu", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="menu_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(string="In use", default=True)
    key = fields.Selection(selection=KEYS, required=True)
    name = fields.Char(
        string="What for",
        required=True,
        translate=True,
        help="Callers hear it: “For …, press 1.”",
    )
    is_announced = fields.Boolean(
        string="Announced", default=True, help="Else the greeting says it, or nobody."
    )
    offered = fields.Selection(
        selection=[
            ("always", "Always"),
            ("open", "In opening hours"),
            ("closed", "Outside opening hours"),
        ],
        required=True,
        default="always",
    )
    action = fields.Selection(
        selection=[
            ("person", "Reach a person"),
            ("message", "Leave a message"),
            ("appointment", "Next appointments"),
            ("opt_out", "No more advertising"),
            ("say", "Say a text"),
            ("submenu", "Open another menu"),
            ("language", "Change the language"),
            ("repeat", "Say it again"),
            ("back", "Back to the menu before"),
            ("hangup", "End the call"),
        ],
        string="What happens",
        required=True,
        default="person",
    )

    # what the action needs
    text = fields.Text(
        string="Said then", translate=True, help="Opening hours, the way here; or a first sentence."
    )
    target_id = fields.Many2one(
        "hcrm.ivr.menu",
        string="Menu opened",
        domain="[('company_id', '=', company_id)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(), string="Language"
    )
    queue_id = fields.Many2one(
        "hcrm.call.queue",
        string="Waiting line",
        domain="[('company_id', '=', company_id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="The general one, if empty.",
    )
    asks_urgency = fields.Boolean(help="Asks first whether it is urgent; urgent callers go first.")
    message_class = fields.Selection(
        selection=[("service", "The service desk"), ("care", "Nurses and doctors")],
        string="Who hears it",
        required=True,
        default="service",
        help="Messages about an illness are not for the service desk.",
    )

    _key_uniq = models.UniqueIndex(
        "(menu_id, key, offered) WHERE active",
        "This menu has a choice with this key already: give one of them another key.",
    )

    @api.model
    def _ending_actions(self):
        """Return the actions after which the caller has got somewhere."""
        return {"person", "message", "hangup"}

    def _get_texts(self, name, langs):
        """Return {language: text} of a translated field."""
        texts = {lang: self.with_context(lang=lang)[name] for lang in langs}
        return {lang: text.strip() for lang, text in texts.items() if text and text.strip()}

    def _prepare_script(self, langs):
        """Return the option as it is published; an addon that has fields of its own adds them."""
        self.ensure_one()
        return {
            "id": self.id,
            "key": self.key,
            "action": self.action,
            "ends": self.action in self._ending_actions(),
            "name": self._get_texts("name", langs),
            "text": self._get_texts("text", langs),
            "target": str(self.target_id.id) if self.target_id.active else "",
            "lang": self.lang or "",
            "offered": self.offered,
            "announced": self.is_announced,
            "queue": self.queue_id.code or "",
            "asks_urgency": self.asks_urgency,
            "message_class": self.message_class,
        }

    # WHAT HANDLERS SAY

    def _speak(self, text):
        """Return ``text`` as said in the caller's language."""
        return verbs.Say(text, self.env.lang)

    def _ask_keys(self, call, *texts, digits=1, is_secret=False):
        """Return the question: what is keyed then is the next event.

        :param is_secret: what is keyed is stored nowhere in plain
        """
        call._remember(is_secret=is_secret)
        return verbs.Gather(
            say=tuple(self._speak(text) for text in texts if text),
            digits=digits,
            timeout=6.0 if digits == 1 else 10.0,
            finish="" if digits == 1 else "#",
        )
