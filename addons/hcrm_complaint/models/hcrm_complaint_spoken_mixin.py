from odoo import models

WORDS = {
    "new": lambda env: env._("We have what you told us, and are looking at it."),
    "accepted": lambda env: env._("What you told us was accepted, and will be worked on soon."),
    "working": lambda env: env._("What you told us is being worked on."),
    "approval": lambda env: env._("What you told us was looked into; our answer is being written."),
    "answered": lambda env: env._("We have answered you."),
    "closed": lambda env: env._("We have answered you, and it is closed."),
    "refused": lambda env: env._(
        "We cannot work on it ourselves. You have been told why, and who can."
    ),
}


class HcrmComplaintSpokenMixin(models.AbstractModel):
    """How far a case is, in words that somebody beside the telephone may hear."""

    _name = "hcrm.complaint.spoken.mixin"
    _description = "Spoken Status of Cases"

    def _word_spoken_status(self, env):
        return WORDS[self.state](env)
