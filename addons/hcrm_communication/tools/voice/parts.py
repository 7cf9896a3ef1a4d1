"""What the parts of a runner share."""

#: Legs and bridges of a call are named after its channel, with its name last: Asterisk refuses a
#: channel whose name another one begins with.
LEG = "~"
#: Seconds in which a channel that hangs up is gone.
GOODBYE = 5.0


class Gone(Exception):
    """The caller's channel is no more."""

    def __init__(self, cause=0):
        super().__init__(cause)
        self.cause = cause
