"""A web server that stands for any provider: it notes requests and answers as it is told.

    python -m tests.support.servers.http --port 8090 --control 8091 --journal requests.jsonl

A rule's `match` is looked for in "METHOD /path?name=value&…" (decoded) and in the body, which
begins on a line of its own. The control port takes orders, `curl 127.0.0.1:8091/state` for example:
`/state`, `/rules` (POST a list of rules; without one, show them), `/forget` (rules).
"""

import argparse
import asyncio
import json
import os

from tests.support.servers import journal
from tests.support.servers.http1 import Control, answer, read_request, wants_more
from tests.support.servers.rules import Rule, Rules

#: options of "answer": status, body, content_type, headers; the others need none.
ACTS = ("answer", "hang", "disconnect", "garbage", "half")
GARBAGE = b"\x15\x03\x01\x00\x02\x02\x46 this is no HTTP\r\n\r\n"


class Provider:
    """What all connections share."""

    def __init__(self, options):
        self.options = options
        self.journal = journal.Journal(options.journal, not options.no_sync)
        self.rules = Rules()
        self.taken = 0

    async def serve(self):
        """Answer until killed."""
        self.journal.start()
        await Control(self).serve(self.options.control)
        server = await asyncio.start_server(self._converse, "127.0.0.1", self.options.port)
        await server.serve_forever()

    async def _converse(self, reader, writer):
        try:
            while request := await read_request(reader):
                if not await self._answer(request, reader, writer) or not wants_more(request):
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _answer(self, request, reader, writer):
        """Note the request, then do what the rules say; False ends the connection."""
        body = request.body.decode("utf-8", "surrogateescape")
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        key = f"{request.method} {request.path}?{query}\n{body}"
        rule = self.rules.take(key) or Rule("", "answer")
        await self.journal.add(
            "request",
            act=rule.act,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=body,
        )
        self.taken += 1
        if rule.delay:
            await asyncio.sleep(rule.delay)
        return await self._act(rule, reader, writer)

    async def _act(self, rule, reader, writer):
        told = rule.options
        text = told.get("body", "OK")
        text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
        whole = answer(
            told.get("status", 200),
            text,
            told.get("content_type", "text/plain; charset=utf-8"),
            **told.get("headers", {}),
        )
        if rule.act == "answer":
            writer.write(whole)
        elif rule.act == "hang":
            await reader.read()  # until the other side gives up
        elif rule.act == "garbage":
            writer.write(GARBAGE)
        elif rule.act == "half":
            writer.write(answer(200, text, length=len(text.encode()) + 100))
        else:
            writer.transport.abort()
            return False
        await writer.drain()
        return rule.act == "answer"

    # orders ------------------------------------------------------------------------------------

    async def on_state(self, _told):
        """How much was asked since the start."""
        return {"taken": self.taken, "rules": len(self.rules.rules), "process": os.getpid()}

    async def on_rules(self, told):
        """Add rules; those told first decide first."""
        told = told or []
        for one in told:
            if one["act"] not in ACTS:
                raise ValueError(f"{one['act']}: choose {', '.join(ACTS)}")
        self.rules.add(told)
        return self.rules.told()

    async def on_forget(self, _told):
        """Everything is answered by 200 again."""
        self.rules.clear()
        return []


def main():
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--control", type=int, default=8091)
    parser.add_argument("--journal", default="requests.jsonl")
    parser.add_argument("--no-sync", action="store_true", help="no fsync, for benchmarks")
    parser.add_argument("--rules", type=json.loads, default=[], help="a JSON list of rules")
    options = parser.parse_args()

    async def serve():
        provider = Provider(options)
        await provider.on_rules(options.rules)
        await provider.serve()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
