"""Asterisk's REST interface, as far as calls need it: requests, and the stream of events."""

import json

import aiohttp

#: Seconds for one request.
PATIENCE = 15


class AriError(Exception):
    """Asterisk said no; ``status`` is 404 for a channel that is gone, 0 if it did not answer."""

    def __init__(self, status, text=""):
        super().__init__(f"{status} {text}")
        self.status = status


class Ari:
    """One login to one Asterisk."""

    def __init__(self, url, user, secret, app):
        self.base, self.app = url.strip().rstrip("/"), app
        self._headers = {"Authorization": aiohttp.encode_basic_auth(user, secret)}
        self._session = None

    async def __aenter__(self):
        self._session = aiohttp.ClientSession(
            headers=self._headers, timeout=aiohttp.ClientTimeout(total=PATIENCE)
        )
        return self

    async def __aexit__(self, *_error):
        await self._session.close()

    async def events(self):
        """Yield events until Asterisk ends the stream, or another takes the application over."""
        url = f"{self.base}/events"
        asked = {"app": self.app, "subscribeAll": "false"}
        async with self._session.ws_connect(url, params=asked, heartbeat=10) as stream:
            yield {"type": "Connected"}
            async for message in stream:
                if message.type != aiohttp.WSMsgType.TEXT:
                    return
                event = json.loads(message.data)
                if event.get("type") == "ApplicationReplaced":
                    return
                yield event

    async def ask(self, method, path, **values):
        """Return the JSON of an answer; raises :class:`AriError`."""
        try:
            async with self._session.request(
                method, self.base + path, json=values or None
            ) as reply:
                if reply.status >= 300:
                    raise AriError(reply.status, (await reply.text())[:200])
                return await reply.json() if reply.content_length else None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AriError(0, type(error).__name__) from error

    async def get(self, path):
        """Return what there is under ``path``; None for nothing."""
        try:
            return await self.ask("GET", path)
        except AriError as error:
            if error.status == 404:
                return None
            raise

    async def drop(self, path):
        """Delete what may be gone already."""
        try:
            await self.ask("DELETE", path)
        except AriError as error:
            if error.status not in (0, 404, 409):
                raise

    async def file(self, path):
        """Return the bytes of a file, however long it is; None if it is not there."""
        slow = aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=PATIENCE)
        try:
            async with self._session.get(self.base + path, timeout=slow) as reply:
                return await reply.read() if reply.status == 200 else None
        except (TimeoutError, aiohttp.ClientPayloadError) as error:  # this file, not the connection
            raise AriError(408, type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            raise AriError(0, type(error).__name__) from error
