"""HTTPS at a venue without internet: the real service under its own authority, a browser that trusts it."""

import base64
import hashlib
import json
import plistlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import connect

from tests.browser.axe import violations
from tests.browser.conftest import CHROMIUM_ARGUMENTS, ROOT, Service, prepared, running
from tests.browser.marshal_phone import PHONE, STAMP, no_network, ready, stamps_of, type_number, unsent

NAME = "control.local"
LANGUAGES = ("en", "it", "fr", "de", "es")


def tls(folder: Path, data: Path, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "dashboard.serve", "tls", str(folder), "--data", str(data), "--json"]
    done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service under the authority that `rallykeeper tls` made for it."""
    made = prepared(tmp_path_factory.mktemp("secure"))
    told = tls(made.folder, made.data, "--name", NAME)
    context = ssl.create_default_context(cafile=told["authority"])
    yield from running(replace(made, options=("--tls", "--plain-port", "0"), trusted=context))


@pytest.fixture
def named(secure: Service, browser: Browser) -> Iterator[Browser]:
    """A browser for which the service is another machine of the network, whose authority it trusts."""
    public = x509.load_pem_x509_certificate((secure.data / "tls" / "server.pem").read_bytes()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(der).digest()).decode()
    launched = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[
            *CHROMIUM_ARGUMENTS,
            f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={pin}",
        ],
    )
    yield launched
    launched.close()


def elsewhere(url: str) -> str:
    return url.replace("127.0.0.1", NAME)


def plain(service: Service) -> str:
    return str(service.told["trust"]).removesuffix("/trust")


def test_a_page_by_another_name_than_localhost_works_offline(secure: Service, named: Browser) -> None:
    page: Page = named.new_context(**PHONE).new_page()
    page.goto(elsewhere(secure.told["links"]["marshal"]))
    page.goto(f"{elsewhere(secure.url)}/control/TC1")
    assert page.evaluate("[location.protocol, location.hostname, isSecureContext]") == ["https:", NAME, True]
    ready(page)
    expect(page.locator(".warn-plain")).to_have_count(0)
    expect(page.locator(".network")).to_have_text("Network")
    with no_network(page):
        page.reload()
        expect(page.locator(".warn-offline")).to_be_visible()
        page.locator(".stamp-now").tap()
        type_number(page, "12")
        unsent(page, 2)
    unsent(page, 0)
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("12")
    assert [one["car"] for one in stamps_of(secure, "TC1").values()] == ["12"]
    cookie = next(one for one in page.context.cookies() if one["name"] == "rallykeeper_session")
    assert cookie["secure"], "the session never goes over plain HTTP"


def test_who_trusts_the_authority_gets_pages_and_stream_and_who_does_not_gets_nothing(
    secure: Service,
) -> None:
    with httpx.Client(verify=secure.trusted) as client:
        assert client.get(secure.url + "/healthz").text == "ok\n"
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(secure.url + "/healthz")
    assert isinstance(secure.trusted, ssl.SSLContext)
    with connect(secure.url.replace("https", "wss") + "/live", ssl=secure.trusted) as live:
        assert b'"snapshot"' in _bytes(live.recv(timeout=5))


def test_another_name_of_the_certificate_is_verified_by_its_name(secure: Service) -> None:
    port = int(secure.url.rpartition(":")[2])
    assert isinstance(secure.trusted, ssl.SSLContext)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
        secure.trusted.wrap_socket(raw, server_hostname=NAME) as connection,
    ):
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


def test_plain_http_serves_the_trust_page_and_leads_all_else_to_the_secure_one(secure: Service) -> None:
    with httpx.Client(base_url=plain(secure), headers={"Host": f"{NAME}:1"}) as client:
        assert "SHA-256" in client.get("/").text
        moved = client.get("/control/TC1?x=1")
        assert moved.status_code == 307
        assert moved.headers["location"] == f"{elsewhere(secure.url)}/control/TC1?x=1"
        assert client.post("/api/controls/TC1/stamps", json={}).status_code == 405, "nothing is taken here"
        strange = client.get("/x", headers={"Host": "attacker.example"})
        assert strange.headers["location"].startswith(secure.url), "nobody is led to a host of their own"


def test_phones_get_the_authority_in_the_form_that_they_take(secure: Service) -> None:
    wanted = ssl.PEM_cert_to_DER_cert((secure.data / "tls" / "ca.pem").read_text())
    for base, verify in ((plain(secure), True), (secure.url, secure.trusted)):
        android = httpx.get(base + "/trust/ca.cer", verify=verify)
        assert android.headers["content-type"] == "application/x-x509-ca-cert"
        assert android.content == wanted
        apple = httpx.get(base + "/trust/ca.mobileconfig", verify=verify)
        assert apple.headers["content-type"] == "application/x-apple-aspen-config"
        profile = plistlib.loads(apple.content)
        assert profile["PayloadType"] == "Configuration"
        (root,) = profile["PayloadContent"]
        assert (root["PayloadType"], root["PayloadContent"]) == ("com.apple.security.root", wanted)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_trust_page_says_the_fingerprint_that_the_command_says(secure: Service, language: str) -> None:
    told = tls(secure.folder, secure.data)
    assert told["made"] == "", "asking changes nothing"
    answer = httpx.get(f"{plain(secure)}/trust", headers={"Accept-Language": f"{language}-XX,en;q=0.5"})
    assert f'<html lang="{language}">' in answer.text
    shown = re.sub(r"<br>|\s+", " ", answer.text)
    assert told["fingerprint"] in shown
    assert "script" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_code_on_the_trust_page_leads_the_next_phone_to_it(secure: Service, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{plain(secure)}/trust")
    code = page.locator("figure img")
    expect(code).to_be_visible()
    assert code.evaluate("(image) => image.naturalWidth > 0")
    for language in LANGUAGES:
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            page.goto(f"{plain(secure)}/trust?lang={language}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, language
            assert violations(page) == [], (language, colours)
    page.close()


def test_the_service_starts_again_under_the_same_authority(secure: Service) -> None:
    before = (secure.data / "tls" / "server.pem").read_bytes()
    secure.stop()
    secure.start()
    assert (secure.data / "tls" / "server.pem").read_bytes() == before


def test_a_certificate_from_elsewhere_is_used_as_it_is(secure: Service, tmp_path: Path) -> None:
    files = secure.data / "tls"
    other = replace(prepared(tmp_path), trusted=secure.trusted)
    other.options = ("--tls-cert", str(files / "server.pem"), "--tls-key", str(files / "server.key"))
    began = time.monotonic()
    try:
        other.start()
        assert other.url.startswith("https:")
        assert "trust" not in other.told, "a public certificate is trusted already"
        assert not (other.data / "tls").exists()
    finally:
        other.stop()
    assert time.monotonic() - began < 30


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message
