from odoo import api, fields, models

from .contact_words import CLINICAL, DETAILS, EFFECTS, REASONS

#: Values that are moments, shown in the reader's time zone.
MOMENTS = ("until", "at")


class HcrmContactReasonMixin(models.AbstractModel):
    """Reasons of the policy in the reader's words, without what the reader may not know."""

    _name = "hcrm.contact.reason.mixin"
    _description = "Reasons of the Contact Policy"

    @api.model
    def _explain(self, reasons):
        """Return a sentence for each of the stored reasons.

        What tells about illness or a stay is said to those only who may read such facts; others
        do not learn either that it is something of this kind.
        """
        hidden = self._hidden_codes()
        names = self._reason_names(reasons)
        lines = []
        for code, values in reasons or []:
            effect = self.env._(EFFECTS[values["effect"]])
            effect %= self._reason_values({"until": "", **values}, names)
            if code in hidden:
                lines.append(self.env._("A rule for messages: %(effect)s", effect=effect))
                continue
            told = [self._reason_title(code), *self._reason_details(code, values, names)]
            lines.append(f"{' · '.join(filter(None, told))}: {effect}")
        return lines

    @api.model
    def _brief(self, reasons):
        """Return what held a message back in a few words, without a query; empty if nothing did."""
        hidden, titles = self._hidden_codes(), []
        for code, values in reasons or []:
            if values["effect"] in ("refuse", "delay", "next_channel"):
                titles.append(
                    self.env._("Held back by a rule for messages")
                    if code in hidden
                    else self._reason_title(code)
                )
        return ", ".join(dict.fromkeys(titles))

    @api.model
    def _hidden_codes(self):
        user = self.env.user
        return {code for code, group in CLINICAL.items() if not user.has_group(group)}

    @api.model
    def _reason_title(self, code):
        labels = dict(
            self.env["hcrm.contact.rule"]._fields["code"]._description_selection(self.env)
        )
        return labels.get(code, REASONS.get(code, code))

    @api.model
    def _reason_details(self, code, values, names):
        for key, term in DETAILS.get(code, {}).items():
            if key in values or (
                key == "none" and not values.get("guardian", values.get("consent"))
            ):
                text = self.env._(term)
                yield text % self._reason_values(values, names)
                return

    @api.model
    def _reason_values(self, values, names):
        shown = dict(values)
        for key in MOMENTS:
            if shown.get(key):
                moment = fields.Datetime.to_datetime(shown[key])
                local = fields.Datetime.context_timestamp(self, moment)
                shown[key] = f"{local:%Y-%m-%d %H:%M}"
        shown["guardian"] = names.get(values.get("guardian"), "")
        shown["decided"] = names.get(("consent", values.get("consent")), "")
        return shown

    @api.model
    def _reason_names(self, reasons):
        """Return names of guardians and days of answers, in two queries at most."""
        told = [values for _code, values in reasons or []]
        partners_sudo = self.env["res.partner"].sudo()
        guardians = partners_sudo.browse({one["guardian"] for one in told if "guardian" in one})
        consents_sudo = self.env["hcrm.consent"].sudo()
        answers = consents_sudo.browse({one["consent"] for one in told if one.get("consent")})
        names = {guardian.id: guardian.name for guardian in guardians.exists()}
        for answer in answers.exists():
            local = fields.Datetime.context_timestamp(self, answer.decided_at)
            names["consent", answer.id] = f"{local:%Y-%m-%d}"
        return names
