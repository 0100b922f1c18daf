"""A candidate behind a company's firewall: the call connects by what it lets through, and shows which way it took."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from tests.network import coturn
from tests.network.ip import inside
from tests.network.namespaces import NEAR_ADDRESS, Network
from vivavoce.app.certificate import write_self_signed

from .afar import browser_in
from .people import Person, Program, until

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PUBLIC_ADDRESS = "203.0.113.1"  # RFC 5737, and only within the namespaces
COTURN_ADDRESS = "203.0.113.2"
HTTPS = f"https://{NEAR_ADDRESS}"
UNKNOWN_CERTIFICATE = "--ignore-certificate-errors"

_PATH = """
async () => {
  const pc = window.peerConnections.find((one) => one.connectionState === 'connected');
  if (!pc) return null;
  const reports = await pc.getStats();
  const all = [...reports.values()];
  const { selectedCandidatePairId } = all.find(({ type }) => type === 'transport') ?? {};
  const pair = reports.get(selectedCandidatePairId);
  if (!pair) return null;
  const local = reports.get(pair.localCandidateId), remote = reports.get(pair.remoteCandidateId);
  return { type: local.candidateType, relay: local.relayProtocol ?? null, server: local.url ?? null,
           protocol: remote.protocol, port: remote.port };
}
"""

_RELAY_ONLY = """
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  setConfiguration(how) { super.setConfiguration({ ...how, iceTransportPolicy: 'relay' }); }
};
"""

_OVER_UDP = """
const overUdp = (servers) => servers.map(({ urls, ...name }) => ({
  urls: urls.filter((url) => url.startsWith('turn:')).map((url) => url.replace('=tcp', '=udp')),
  ...name,
}));
"""


@asynccontextmanager
async def call(
    network: Network,
    folder: Path,
    *,
    script: str = "",
    options: tuple[str, ...] = (),
    media_host: str = NEAR_ADDRESS,
    port: int = 0,
    tls_port: int = 443,
    settings: tuple[str, ...] = (),
) -> AsyncGenerator[tuple[Person, Person]]:
    """Ines beside the server and Caro behind the firewall, both in one room that is served on 443 too."""
    certificate = write_self_signed([NEAR_ADDRESS], folder)
    environment = (
        "env",
        f"VIVAVOCE_TLS_PORT={tls_port}",
        f"VIVAVOCE_MEDIA_HOST={media_host}",
        f"VIVAVOCE_TLS_CERTIFICATE={certificate.certificate}",
        f"VIVAVOCE_TLS_KEY={certificate.key}",
        *settings,
    )
    program = Program(
        Path(sys.executable).with_name("vivavoce"),
        folder,
        *("--host", NEAR_ADDRESS),
        *options,
        prefix=(*inside(network.near), *environment),
    )
    program.port = port
    program.start()
    try:
        async with async_playwright() as playwright:
            beside, far = [
                await browser_in(playwright, end, program.url, folder, UNKNOWN_CERTIFICATE)
                for end in (network.near, network.far)
            ]
            ines, caro = await Person.arrive(beside, "Ines"), await Person.arrive(far, "Caro")
            await caro.page.context.add_init_script(script)
            links = program.create_interview().links
            await asyncio.gather(ines.join(links["interviewer"]), caro.join(links["candidate"]))
            yield ines, caro
            await beside.close()
            await far.close()
    finally:
        program.stop()


async def path_of(somebody: Person) -> dict[str, Any]:
    """The candidate pair in use."""
    found = await until(lambda: somebody.page.evaluate(_PATH), lambda path: path is not None)
    assert found
    return dict(found)


async def are_in_touch(ines: Person, caro: Person) -> None:
    await asyncio.gather(ines.sees(caro), caro.sees(ines))
    await asyncio.gather(ines.hears(1), caro.hears(1))


async def test_where_udp_is_blocked_media_goes_over_tcp(network: Network, tmp_path: Path) -> None:
    network.order(pass_="tcp")
    async with call(network, tmp_path) as (ines, caro):
        await are_in_touch(ines, caro)
        path = await path_of(caro)
        assert (path["protocol"], path["relay"]) == ("tcp", None)
        assert (await path_of(ines))["protocol"] == "udp"


async def test_where_only_443_is_open_a_private_server_is_reached_by_its_relay(
    network: Network, tmp_path: Path
) -> None:
    """Chromium uses no direct way to port 443 of a private address."""
    network.order(pass_="tcp-443")
    async with call(network, tmp_path, options=("--public-url", HTTPS)) as (ines, caro):
        await are_in_touch(ines, caro)
        path = await path_of(caro)
        assert (path["type"], path["relay"]) == ("relay", "tls")


async def test_where_only_443_is_open_a_public_server_is_reached_directly(
    network: Network, tmp_path: Path
) -> None:
    network.add_near_address(PUBLIC_ADDRESS)
    network.order(pass_="tcp-443")
    options = ("--public-url", HTTPS, "--media-addresses", PUBLIC_ADDRESS)
    async with call(network, tmp_path, options=options, media_host="0.0.0.0") as (ines, caro):
        await are_in_touch(ines, caro)
        path = await path_of(caro)
        assert (path["protocol"], path["port"], path["relay"]) == ("tcp", 443, None)


async def test_the_relay_on_the_media_port_carries_a_call_alone(
    network: Network, tmp_path: Path
) -> None:
    network.order(pass_="tcp")
    async with call(network, tmp_path, script=_RELAY_ONLY) as (ines, caro):
        await are_in_touch(ines, caro)
        path = await path_of(caro)
        assert (path["type"], path["relay"]) == ("relay", "tcp")


async def test_the_relay_over_udp_carries_a_call_of_who_insists(
    network: Network, tmp_path: Path
) -> None:
    """Browsers are not told of it, but it is there."""
    script = (
        _RELAY_ONLY.replace("...how,", "...how, iceServers: overUdp(how.iceServers),") + _OVER_UDP
    )
    async with call(network, tmp_path, script=script) as (ines, caro):
        await are_in_touch(ines, caro)
        path = await path_of(caro)
        assert (path["type"], path["relay"]) == ("relay", "udp")


async def test_a_turn_server_of_the_operators_own_carries_a_call(
    network: Network, tmp_path: Path
) -> None:
    """Nothing of Vivavoce but its pages can be reached; coturn is at another address."""
    network.add_near_address(COTURN_ADDRESS)
    network.order(pass_="tcp-443")
    folder = tmp_path / "coturn"
    certificate = write_self_signed([COTURN_ADDRESS], folder)
    configuration = coturn.write_configuration(
        folder,
        address=COTURN_ADDRESS,
        media=NEAR_ADDRESS,
        certificate=certificate.certificate,
        key=certificate.key,
    )
    (folder / "secret").write_text(coturn.SECRET)
    url = f"turns:{COTURN_ADDRESS}:443?transport=tcp"
    settings = (
        f"VIVAVOCE_TURN_URLS={url}",
        f"VIVAVOCE_TURN_SECRET_FILE={folder / 'secret'}",
    )
    with coturn.running(configuration, *inside(network.near)):
        async with call(network, tmp_path, port=443, tls_port=8443, settings=settings) as both:
            ines, caro = both
            await are_in_touch(ines, caro)
            path = await path_of(caro)
            assert (path["type"], path["server"]) == ("relay", url)
