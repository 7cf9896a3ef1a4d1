"""Just enough HTTP/1.1 to answer, and to answer wrongly, as no well-made library would."""

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

WORDS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 504: "Gateway Timeout"}
LARGEST = 16 * 1024 * 1024


@dataclass
class Request:
    """One request; ``query`` holds the decoded parameters of the address."""

    method: str
    path: str
    query: dict
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def form(self):
        """Parameters of an HTML form in the body, or what a JSON body says."""
        text = self.body.decode("utf-8", "replace")
        if "json" in self.headers.get("content-type", ""):
            return json.loads(text)
        return dict(parse_qsl(text, keep_blank_values=True))


async def read_request(reader):
    """The next request of a connection; None when the other side is done or talks nonsense."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rows = head.rstrip().split("\r\n")
        method, target, _version = first.split(" ")
        headers = {}
        for row in rows:
            name, _, value = row.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await _read_body(reader, headers)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        return None
    address = urlsplit(target)
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    return Request(method, address.path, query, headers, body)


async def _read_body(reader, headers):
    if headers.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int((await reader.readline()).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)
    size = int(headers.get("content-length") or 0)
    if size > LARGEST:
        raise ValueError("too large")
    return await reader.readexactly(size)


def answer(status=200, body=b"", content_type="text/plain; charset=utf-8", length=None, **headers):
    """A whole answer as bytes; ``length`` may lie.

    >>> answer(204, content_type="text/css")
    b'HTTP/1.1 204 Told\\r\\nContent-Type: text/css\\r\\nContent-Length: 0\\r\\n\\r\\n'
    """
    if not isinstance(body, bytes):
        body = body.encode()
    rows = [f"HTTP/1.1 {status} {WORDS.get(status, 'Told')}", f"Content-Type: {content_type}"]
    rows += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    rows.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(rows).encode() + b"\r\n\r\n" + body


def wants_more(request):
    """Does the client keep the connection?"""
    return request.headers.get("connection", "").lower() != "close"


class Control:
    """A small port by which a test tells a server what to do: JSON in, JSON out.

    A handler is a method `on_NAME(told)`; GET asks with the address's parameters.
    """

    def __init__(self, target):
        self.target = target

    async def serve(self, port):
        """Listen on this machine only."""
        return await asyncio.start_server(self._converse, "127.0.0.1", port)

    async def _converse(self, reader, writer):
        try:
            while request := await read_request(reader):
                writer.write(await self._answer(request))
                await writer.drain()
                if not wants_more(request):
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _answer(self, request):
        handler = getattr(self.target, "on_" + request.path.strip("/"), None)
        if handler is None:
            return answer(404, "no such command\n")
        try:
            told = json.loads(request.body) if request.body else request.query
            found = await handler(told)
        except asyncio.TimeoutError:
            return answer(504, "nobody answered in time\n")
        except (KeyError, TypeError, ValueError) as error:
            return answer(400, f"{type(error).__name__}: {error}\n")
        text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
        return answer(200, text, "application/json; charset=utf-8")
