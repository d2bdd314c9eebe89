"""Who gets in: the table of rights over every real route, passwords, sessions, the brake on guessing, secrets."""

import json
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from starlette.requests import HTTPConnection
from test_app import CORPUS, browser, free_port, opened, violations  # noqa: F401 - a fixture among them  # noqa: F401 - a fixture among them

from assistant import Assistant, BuildReport, Settings
from assistant import app as application
from assistant.app import running
from assistant.embedder import Embedder
from assistant.errors import IndexMissing, SettingsError
from assistant.phrases import LANGUAGES
from assistant.settings import Secret
from assistant.web.access import COOKIE, HOURS, Access, Brake, TooManyTries
from assistant.web.rights import ENDPOINTS, ROUTES, Role, needed

pytestmark = [  # Gradio's queue, with pandas 3
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
ADMIN, READER = "correct horse battery", "staple for readers"
PEOPLE = {Role.NOBODY: "", Role.READER: READER, Role.ORGANISER: ADMIN}
JSON = {"Content-Type": "application/json"}


def unopened(*_: object) -> Assistant:
    """Open nothing: who gets in does not depend on it."""
    raise IndexMissing("There is no index yet; run: assistant build")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, built: tuple[Path, BuildReport]) -> Settings:
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(CORPUS, folder / "corpus")
    shutil.copytree(built[0], folder / "index")
    return Settings(
        corpus=str(folder / "corpus"),
        index=str(folder / "index"),
        port=free_port(),
        admin_password=Secret(ADMIN),
        reader_password=Secret(READER),
    )


@pytest.fixture(scope="module")
def address(settings: Settings, embedder: Embedder) -> Iterator[str]:
    with running(settings, lambda *_: Assistant.open(settings.index, embedder=embedder)) as url:
        yield url


@pytest.fixture(scope="module")
def routes(settings: Settings) -> list[tuple[str, str]]:
    """Every route of the real server, as (method, path)."""
    server = launched_routes(replace(settings, port=free_port()))
    assert ("POST", "/organiser/upload") in server and ("POST", "/gradio_api/queue/join") in server
    return server


def launched_routes(settings: Settings) -> list[tuple[str, str]]:
    servers: list[Any] = []
    launch = application._launched

    def remembered(server: Any, *rest: Any) -> Any:
        servers.append(server)
        return launch(server, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "_launched", remembered)
        with running(settings, unopened):
            found = list(flat(servers[0].routes))
            names = {block.api_name for block in servers[0].blocks.fns.values()}
    assert names == set(ENDPOINTS), "give each endpoint of Gradio its line in rights.py"
    return found


def flat(routes: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from flat(inner.routes, before + route.include_context.prefix)
            continue
        for method in getattr(route, "methods", None) or ["GET"]:
            yield method, before + route.path
        if getattr(route, "routes", None):
            yield from flat(route.routes, before + route.path)


def concrete(path: str) -> str:
    return re.sub(r"{\w+(:path)?}", "x", path)


def logged_in(address: str, role: Role) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=60)
    if role:
        assert client.post("login", data={"username": "-", "password": PEOPLE[role]}).status_code == 200
    return client


class TestTable:
    def test_every_route_of_the_server_has_its_line_and_every_line_its_route(
        self, routes: list[tuple[str, str]]
    ) -> None:
        assert {path for _, path in routes} == set(ROUTES)

    def test_endpoints_need_what_the_queue_that_reaches_them_needs(self) -> None:
        assert {ROUTES["/gradio_api/queue/join"]} == set(ENDPOINTS.values())

    @pytest.mark.parametrize("role", [Role.NOBODY, Role.READER, Role.ORGANISER], ids=lambda role: role.name)
    def test_each_route_lets_in_whom_it_must_and_nobody_else(
        self, address: str, routes: list[tuple[str, str]], role: Role
    ) -> None:
        wrong = []
        last = [("POST", "/login"), ("POST", "/logout")]
        client = logged_in(address, role)
        for method, path in sorted(set(routes) - set(last)):
            with client.stream(method, concrete(path), **body(method)) as answer:
                got = answer.status_code
                to_login = got == 303 and "login" in answer.headers["location"]
            if ROUTES[path] is Role.CLOSED:
                as_expected = got == 404
            elif role >= ROUTES[path]:
                as_expected = got not in (401, 403, 429, 500) and not to_login
            else:
                as_expected = to_login or got == (403 if role else 401)
            if not as_expected:
                wrong.append((method, path, role.name, got))
        assert wrong == []
        assert [client.request(method, path).status_code for method, path in last] == [401, 303]
        client.close()

    @pytest.mark.parametrize(
        "path",
        ["/organiser/", "//organiser", "/organiser/state/", "/x/../organiser/state", "/ORGANISER/state", "/nowhere",
         "/organiser/state\n", "/organiser%2fstate", "/gradio_api/file=/etc/passwd", "/web/static/a/b"],
    )  # fmt: skip
    def test_a_path_that_is_no_route_is_closed_or_needs_what_the_route_needs(self, path: str) -> None:
        assert needed(path) in (Role.CLOSED, Role.ORGANISER)


def body(method: str) -> dict[str, Any]:
    return {"content": b"{}", "headers": JSON} if method == "POST" else {}


class TestLogin:
    def test_in_the_browser_in_and_out(self, browser: Browser, address: str) -> None:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}organiser")
        expect(page).to_have_url(re.compile("login"))
        page.get_by_label("Password").fill("not the password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("This password is not right.")
        page.get_by_label("Password").fill(ADMIN)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{address}organiser")
        (cookie,) = [one for one in context.cookies() if one.get("name") == COOKIE]
        assert cookie.get("httpOnly") and cookie.get("sameSite") == "Strict"
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(re.compile("login"))
        context.add_cookies([{"name": COOKIE, "value": cookie.get("value", ""), "url": address}])
        page.goto(f"{address}organiser")
        expect(page).to_have_url(re.compile("login"))
        context.close()

    def test_a_reader_reads_and_does_not_organise(self, browser: Browser, address: str) -> None:
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Password").fill(READER)
        page.keyboard.press("Enter")
        expect(page.locator(".shelf")).to_be_attached(timeout=60_000)
        assert page.request.get(f"{address}organiser/state").status == 403
        context.close()

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_axe_finds_nothing(self, browser: Browser, address: str, language: str, theme: str) -> None:
        page = browser.new_page(color_scheme="dark" if theme == "dark" else "light")
        page.goto(f"{address}login?lang={language}")
        assert violations(page) == []
        page.close()

    def test_programs_log_in_by_gradios_client_and_by_bearer(self, address: str) -> None:
        from gradio_client import Client

        assert Client(address, verbose=False, auth=("reader", READER)).predict(api_name="/documents")
        assert httpx.get(f"{address}web/shelf", headers={"Authorization": f"Bearer {READER}"}).status_code == 200
        assert httpx.get(f"{address}organiser/state", headers={"Authorization": f"Bearer {READER}"}).status_code == 403

    def test_the_place_to_go_on_to_is_one_of_ours(self, address: str) -> None:
        for place in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
            form = {"password": ADMIN, "next": place}
            answer = httpx.post(f"{address}login", data=form, headers={"Accept": "text/html"})
            assert answer.status_code == 303 and answer.headers["location"] == "organiser"

    def test_another_sites_page_can_do_nothing(self, address: str) -> None:
        with closing(logged_in(address, Role.ORGANISER)) as client:
            for strange in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
                for path in ("organiser/build", "organiser/delete", "organiser/upload?name=a.txt", "logout", "login"):
                    assert client.post(path, content=b"{}", headers=JSON | strange).status_code == 403
            own = JSON | {"Origin": address.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
            assert client.post("organiser/delete", json={"name": "x"}, headers=own).status_code == 404


def request(host: str = "127.0.0.1", client: str = "127.0.0.1", **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    scope = {"type": "http", "path": "/", "query_string": b"", "scheme": "http", "headers": raw}
    return HTTPConnection({**scope, "client": (client, 5000), "server": (host, 80)})


class TestAccess:
    @pytest.mark.parametrize(
        ("listens", "made", "expected"),
        [
            ("127.0.0.1", request(), Role.ORGANISER),
            ("localhost", request("localhost"), Role.ORGANISER),
            ("::1", request("[::1]", "::1"), Role.ORGANISER),
            ("0.0.0.0", request(), Role.READER),
            ("192.168.1.5", request("192.168.1.5", "192.168.1.5"), Role.READER),
            ("127.0.0.1", request("evil.example"), Role.READER),
            ("127.0.0.1", request(client="192.168.1.9"), Role.READER),
            ("127.0.0.1", request(x_forwarded_for="127.0.0.1"), Role.READER),
            ("127.0.0.1", request(forwarded="for=1.2.3.4"), Role.READER),
        ],
    )
    def test_without_a_password_the_organiser_is_who_sits_at_the_machine(
        self, listens: str, made: HTTPConnection, expected: Role
    ) -> None:
        assert Access(Settings(host=listens)).role(made, Role.ORGANISER) is expected

    def test_a_readers_password_is_asked_of_organisers_without_one_too(self) -> None:
        access = Access(Settings(reader_password=Secret(READER)))
        assert access.role(request(), Role.ORGANISER) is Role.NOBODY
        _, token = access.log_in(READER, "here")
        assert access.role(request(cookie=f"{COOKIE}={token}"), Role.ORGANISER) is Role.ORGANISER

    def test_a_session_ends_by_itself_and_by_log_out(self) -> None:
        clock = Clock()
        access = Access(Settings(admin_password=Secret(ADMIN)), clock)
        role, token = access.log_in(ADMIN, "here")
        _, other = access.log_in(ADMIN, "here")
        assert role is Role.ORGANISER and len(token) >= 43 and token != other
        known, second = request(cookie=f"{COOKIE}={token}"), request(cookie=f"{COOKIE}={other}")
        assert access.role(known, Role.ORGANISER) is Role.ORGANISER
        access.log_out(token)
        assert access.role(known, Role.ORGANISER) is Role.READER
        assert access.role(second, Role.ORGANISER) is Role.ORGANISER
        clock.now += HOURS * 3600
        assert access.role(second, Role.ORGANISER) is Role.READER

    def test_after_five_wrong_passwords_even_the_right_one_waits(self) -> None:
        clock = Clock()
        access = Access(Settings(admin_password=Secret(ADMIN)), clock)
        for _ in range(5):
            assert access.log_in("guess", "1.2.3.4") == (Role.NOBODY, "")
        with pytest.raises(TooManyTries) as caught:
            access.log_in(ADMIN, "1.2.3.4")
        assert caught.value.seconds == 300
        assert access.log_in(ADMIN, "5.6.7.8")[0] is Role.ORGANISER
        clock.now += 300
        assert access.log_in(ADMIN, "1.2.3.4")[0] is Role.ORGANISER

    def test_many_addresses_together_are_braked_too(self) -> None:
        brake = Brake(5, 50, Clock())
        for number in range(50):
            brake.take(f"10.0.0.{number}")
        with pytest.raises(TooManyTries):
            brake.take("10.0.0.99")

    def test_right_passwords_use_up_nothing(self) -> None:
        access = Access(Settings(admin_password=Secret(ADMIN)), Clock())
        assert all(access.log_in(ADMIN, "1.2.3.4")[0] for _ in range(8))

    def test_a_key_that_was_not_asked_for_costs_nothing(self) -> None:
        access = Access(Settings(admin_password=Secret(ADMIN)), Clock())
        roles = {access.role(request(authorization=f"Bearer none{n}"), Role.READER) for n in range(20)}
        assert roles == {Role.READER}
        with pytest.raises(TooManyTries):
            for number in range(20):
                access.role(request(authorization=f"Bearer guess{number}"), Role.ORGANISER)


class TestBrakeOnTheServer:
    def test_guessing_is_answered_with_429(self, settings: Settings) -> None:
        with running(replace(settings, port=free_port()), unopened) as url:
            codes = [httpx.post(f"{url}login", data={"password": f"guess {n}"}).status_code for n in range(7)]
            late = httpx.post(f"{url}login", data={"password": ADMIN}, headers={"Accept": "text/html"})
        assert codes == [401] * 5 + [429] * 2
        assert late.status_code == 429 and int(late.headers["Retry-After"]) > 200 and "seconds" in late.text

    def test_the_organisers_side_is_off_where_others_can_reach_it(self) -> None:
        with running(Settings(host="0.0.0.0", port=free_port()), unopened) as url:
            here = url.replace("0.0.0.0", "127.0.0.1")
            answers = [httpx.get(here + path) for path in ("organiser", "organiser/state", "organiser/feedback.csv")]
        assert [answer.status_code for answer in answers] == [403] * 3
        assert "ASSISTANT_ADMIN_PASSWORD" in answers[0].text


class TestSecrets:
    def test_settings_do_not_show_them(self, settings: Settings) -> None:
        for shown in (repr(settings), str(settings), f"{asdict(settings)}", json.dumps(asdict(settings), default=str)):
            assert ADMIN not in shown and READER not in shown and "(hidden)" in shown

    @pytest.mark.parametrize("key", ["admin_password", "reader_password"])
    def test_a_file_is_no_place_for_them(self, tmp_path: Path, key: str) -> None:
        (tmp_path / "assistant.toml").write_text(f'{key} = "{ADMIN}"')
        with pytest.raises(SettingsError, match=f"set the variable ASSISTANT_{key.upper()}") as caught:
            Settings.load(tmp_path, {})
        assert ADMIN not in str(caught.value)

    def test_they_come_from_the_environment(self, tmp_path: Path) -> None:
        settings = Settings.load(tmp_path, {"ASSISTANT_ADMIN_PASSWORD": ADMIN, "ASSISTANT_READER_PASSWORD": READER})
        assert (settings.admin_password.reveal(), settings.reader_password.reveal()) == (ADMIN, READER)

    @pytest.mark.parametrize(("admin", "reader"), [("short", ""), ("", "short"), (ADMIN, ADMIN)])
    def test_short_or_equal_ones_are_refused_and_not_repeated(self, tmp_path: Path, admin: str, reader: str) -> None:
        with pytest.raises(SettingsError) as caught:
            Settings.load(tmp_path, {"ASSISTANT_ADMIN_PASSWORD": admin, "ASSISTANT_READER_PASSWORD": reader})
        assert "short " not in str(caught.value) and ADMIN not in str(caught.value)

    def test_logs_hold_none(
        self, settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with caplog.at_level(logging.DEBUG), running(replace(settings, port=free_port()), unopened) as url:
            httpx.post(f"{url}login", data={"password": ADMIN})
            httpx.post(f"{url}login", data={"password": f"{ADMIN}x"})
            httpx.get(f"{url}organiser/state", headers={"Authorization": f"Bearer {ADMIN}"})
        written = caplog.text + "".join(capfd.readouterr())
        assert ADMIN not in written
