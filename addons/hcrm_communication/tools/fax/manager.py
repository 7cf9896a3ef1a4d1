"""Asterisk's manager interface (AMI), as much as faxes need: no ORM, one connection, blocking."""

import socket

PORT = 5038


class ManagerError(Exception):
    """Asterisk answered "no", in its own words."""


class LoginError(ManagerError):
    """Asterisk does not know us."""


def split_address(url):
    """Return (host, port) of what was typed.

    >>> split_address("10.0.0.5:5039"), split_address("asterisk"), split_address("[::1]:5038")
    (('10.0.0.5', 5039), ('asterisk', 5038), ('::1', 5038))
    >>> split_address("http://x/")
    Traceback (most recent call last):
    ValueError: no host:port
    """
    text = (url or "").strip()
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(PORT)
    host = host.strip("[]")
    if not host or not port.isdigit() or "/" in text:
        raise ValueError("no host:port")
    return host, int(port)


def lines_of(action, values, variables=()):
    """Return an action as it goes over the wire; nothing of ours can add a line to it.

    >>> lines_of("Ping", {"ActionID": "1\\r\\nAction: Command"})
    'Action: Ping\\r\\nActionID: 1Action: Command\\r\\n\\r\\n'
    """
    rows = [("Action", action), *values.items()]
    rows += [("Variable", f"{name}={value}") for name, value in variables]
    text = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in rows)
    return text + "\r\n"


def _one_line(value):
    return str(value).replace("\r", "").replace("\n", "")


class Manager:
    """One logged-in session."""

    def __init__(self, host, port, user, secret, timeout):
        self.link = socket.create_connection((host, port), timeout=timeout)
        self.file = self.link.makefile("rb")
        self.number = 0
        try:
            greeting = self.file.readline()
            if b"Asterisk" not in greeting:
                raise ManagerError("this is no Asterisk manager interface")
            self._log_in(user, secret)
        except BaseException:
            self.close()
            raise

    def _log_in(self, user, secret):
        try:
            self.ask("Login", {"Username": user, "Secret": secret, "Events": "off"})
        except ManagerError as error:
            raise LoginError(str(error)) from None

    def close(self):
        """Hang up."""
        self.file.close()
        self.link.close()

    def ask(self, action, values=None, variables=()):
        """Send an action; return its answer. A "no" is a :class:`ManagerError`."""
        self.number += 1
        mark = f"hcrm-{self.number}"
        told = {"ActionID": mark, **(values or {})}
        self.link.sendall(lines_of(action, told, variables).encode())
        while True:
            answer = self._read()
            if answer.get("ActionID") == mark and "Response" in answer and "Event" not in answer:
                break
        if answer["Response"] != "Success":
            raise ManagerError(answer.get("Message", answer["Response"]))
        return answer

    def ask_list(self, action, values, event, last):
        """Send an action that answers by events; return them."""
        self.ask(action, values)
        found = []
        while True:
            answer = self._read()
            if answer.get("Event") == event:
                found.append(answer)
            elif answer.get("Event") == last:
                return found

    def _read(self):
        """Return one message: lines up to an empty one."""
        told = {}
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError("Asterisk hung up")
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if not text:
                if told:
                    return told
                continue
            name, _, value = text.partition(": ")
            told[name] = value
