"""Passwords, sessions and the brake on guessing: what tells one request's role from another's."""

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from starlette.requests import HTTPConnection

from assistant.settings import Secret, Settings
from assistant.web.rights import Role

COOKIE = "assistant_session"
HOURS = 8
"""A session ends so long after the login."""
_MOST_SESSIONS = 1000
_WINDOW = 300.0
_MOST_ADDRESSES = 10_000
_FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class TooManyTries(Exception):
    """Too many came of late; ``seconds`` tells when the next is heard."""

    def __init__(self, seconds: float) -> None:
        """Remember the time to wait."""
        super().__init__()
        self.seconds = max(1, round(seconds))


class Brake:
    """Counts tries of the last five minutes: after so many of one address, or of all, no more are heard."""

    def __init__(self, of_address: int, of_all: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow so many tries; ``clock`` is in seconds."""
        self._most = of_address, of_all
        self._clock = clock
        self._lock = threading.Lock()
        self._of_address: OrderedDict[str, deque[float]] = OrderedDict()
        self._of_all: deque[float] = deque()

    def take(self, address: str) -> None:
        """Count one try, until ``give_back`` says otherwise; raises TooManyTries."""
        with self._lock:
            now = self._clock()
            own = self._of_address.setdefault(address, deque())
            self._of_address.move_to_end(address)
            for tries, most in zip((own, self._of_all), self._most, strict=True):
                while tries and tries[0] <= now - _WINDOW:
                    tries.popleft()
                if len(tries) >= most:
                    raise TooManyTries(tries[0] + _WINDOW - now)
            own.append(now)
            self._of_all.append(now)
            while len(self._of_address) > _MOST_ADDRESSES:
                self._of_address.popitem(last=False)

    def give_back(self, address: str) -> None:
        """Forget the last try of an address: it was right."""
        with self._lock:
            for tries in (self._of_address.get(address), self._of_all):
                if tries:
                    tries.pop()


class _Passwords:
    """The two passwords as salted scrypt hashes; both are compared in constant time, whatever the first gives."""

    def __init__(self, organiser: Secret, reader: Secret) -> None:
        self._salt = secrets.token_bytes(16)
        self._one_at_a_time = threading.Lock()
        self._hashes = [
            (role, self._hash(password.reveal()))
            for role, password in ((Role.ORGANISER, organiser), (Role.READER, reader))
            if password
        ]

    def role(self, password: str) -> Role:
        digest = self._hash(password)
        found = [role for role, own in self._hashes if hmac.compare_digest(own, digest)]
        return max(found, default=Role.NOBODY)

    def _hash(self, password: str) -> bytes:
        data = password.encode("utf-8", "surrogatepass")
        with self._one_at_a_time:
            return hashlib.scrypt(data, salt=self._salt, n=2**14, r=8, p=1, dklen=32)


class Access:
    """Tells the role of requests, and logs in and out; safe to use from several threads."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the passwords of the settings, and where the server listens."""
        self._passwords = _Passwords(settings.admin_password, settings.reader_password)
        self._has_organiser, self._has_reader = bool(settings.admin_password), bool(settings.reader_password)
        self._on_this_machine_only = _is_loopback(settings.host)
        self._clock = clock
        self._brake = Brake(5, 50, clock)
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, tuple[Role, float]] = OrderedDict()
        self._bearers: dict[bytes, Role] = {}
        self._key = secrets.token_bytes(32)

    @property
    def has_login(self) -> bool:
        """Whether anybody can log in: whether there is a password."""
        return self._has_organiser or self._has_reader

    @property
    def organiser_can_log_in(self) -> bool:
        """Whether the organiser's side has a password."""
        return self._has_organiser

    def role(self, request: HTTPConnection, needed: Role) -> Role:
        """Return the role of a request: of its session, or if it is not the needed one, of ``Authorization: Bearer``.

        Where there is no password for readers everybody is one; where there is none for organisers, readers at this
        very machine are, if the server listens to it alone. Raises TooManyTries.
        """
        role = self._raised(self._session_role(request.cookies.get(COOKIE, "")), request)
        return role if role >= needed else self._raised(max(role, self._bearer_role(request)), request)

    def _raised(self, role: Role, request: HTTPConnection) -> Role:
        if not self._has_reader:
            role = max(role, Role.READER)
        local = role is Role.READER and not self._has_organiser and self._is_from_this_machine(request)
        return Role.ORGANISER if local else role

    def log_in(self, password: str, address: str) -> tuple[Role, str]:
        """Return the role that a password gives and a new session's token; raises TooManyTries."""
        role = self._checked(password, address)
        return (role, self._new_session(role)) if role else (role, "")

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(_sha256(token), None)

    def _checked(self, password: str, address: str) -> Role:
        self._brake.take(address)
        role = self._passwords.role(password) if self.has_login else Role.NOBODY
        if role:
            self._brake.give_back(address)
        return role

    def _new_session(self, role: Role) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[_sha256(token)] = role, self._clock() + HOURS * 3600
            while len(self._sessions) > _MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def _session_role(self, token: str) -> Role:
        if not token:
            return Role.NOBODY
        with self._lock:
            role, ends = self._sessions.get(_sha256(token), (Role.NOBODY, 0.0))
            if role and ends <= self._clock():
                del self._sessions[_sha256(token)]
                return Role.NOBODY
        return role

    def _bearer_role(self, request: HTTPConnection) -> Role:
        """Return what a program's password gives; one that was right is remembered by a keyed hash."""
        scheme, _, password = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not password or not self.has_login:
            return Role.NOBODY
        mark = hmac.digest(self._key, password.encode("utf-8", "surrogatepass"), "sha256")
        if mark not in self._bearers and (role := self._checked(password, address_of(request))):
            self._bearers[mark] = role
        return self._bearers.get(mark, Role.NOBODY)

    def _is_from_this_machine(self, request: HTTPConnection) -> bool:
        """Whether a request was made here: one that a proxy hands on was not, wherever the proxy runs."""
        forwarded = any(name in request.headers for name in _FORWARDING)
        client = request.client.host if request.client else ""
        local_name = _is_loopback(request.url.hostname or "")
        return self._on_this_machine_only and not forwarded and local_name and _is_loopback(client)


def address_of(request: HTTPConnection) -> str:
    """Return what tries are counted by: the client's address, of IPv6 the network that one customer has."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network(f"{host}/64", strict=False)) if address.version == 6 else host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
