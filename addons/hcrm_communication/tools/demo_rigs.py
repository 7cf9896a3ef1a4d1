"""Where the demonstration sends: the servers of ``make rigs``, which know it by this name alone."""

SMS_URL = "http://127.0.0.1:13013/cgi-bin/sendsms"
SMTP_PORT = 2525
USER, PASSWORD = "hcrm-rigs", "secret"
ARI_URL = "http://127.0.0.1:8088/ari"
#: The hospital's number there.
TELEPHONE = "95000"
