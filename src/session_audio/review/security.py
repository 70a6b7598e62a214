"""Who may ask the server of a review for anything: the browser that opened its one-time link.

The server listens on loopback.  The name that it is asked by must be its own, or a page elsewhere
could reach it by a name that changes its address.  A link with a token is good for one use, and
gives a cookie that stays under a path nobody can guess and goes with no request of another site.
What changes something must come from the page itself, with the secret that stands in it.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

COOKIE = "review"
HEADER = "x-review"
_BYTES = 24


@dataclass
class Gate:
    """The secrets of one server at ``127.0.0.1:port``; made anew for each."""

    port: int
    path: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES))
    """First part of every address."""
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES))
    """Stands in the page, and in each request of it that changes something."""
    _token: str = field(default_factory=lambda: secrets.token_urlsafe(_BYTES))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        """The only name that the server is asked by."""
        return f"127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        """The page's address; without the cookie it opens nothing."""
        return f"http://{self.host}/{self.path}/"

    @property
    def link(self) -> str:
        """The link that opens the page, once."""
        return f"{self.base}open?token={self._token}"

    def opens(self, token: str) -> bool:
        """Whether `token` is that of the link and was not used yet; it is used now."""
        with self._lock:
            good = bool(self._token) and hmac.compare_digest(token.encode(), self._token.encode())
            if good:
                self._token = ""
            return good

    def asked_well(self, headers: Mapping[str, str]) -> bool:
        """Whether a request names this server, and does not come from another site."""
        site = headers.get("sec-fetch-site", "same-origin")
        return headers.get("host") == self.host and site in ("same-origin", "none")

    def may_read(self, cookies: Mapping[str, str]) -> bool:
        """Whether the browser has opened the link."""
        return _same(cookies.get(COOKIE, ""), self.cookie)

    def may_write(self, headers: Mapping[str, str]) -> bool:
        """Whether the page itself asks for a change, as JSON."""
        return (
            headers.get("origin") == f"http://{self.host}"
            and _same(headers.get(HEADER, ""), self.secret)
            and headers.get("content-type", "").split(";")[0].strip() == "application/json"
        )


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())
