"""Settings stop the start when they are wrong, and the documentation lists them all."""

import re
from pathlib import Path

import pytest

from vivavoce.app.settings import PREFIX, Settings, SettingsError, read_settings

DOCS = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
HOME = {"HOME": "/home/ines"}


def test_nothing_given_listens_on_this_machine_only() -> None:
    settings = read_settings(HOME)
    assert (settings.host, settings.port, settings.media_port) == ("127.0.0.1", 8080, 7882)
    assert settings.data_dir == Path("/home/ines/.local/share/vivavoce")


def test_xdg_data_home_is_respected() -> None:
    assert read_settings({"XDG_DATA_HOME": "/srv/data"}).data_dir == Path("/srv/data/vivavoce")


def test_a_relative_xdg_data_home_is_ignored_as_the_specification_wants() -> None:
    settings = read_settings({**HOME, "XDG_DATA_HOME": "data"})
    assert settings.data_dir == Path("/home/ines/.local/share/vivavoce")


def test_a_tilde_is_the_home_folder() -> None:
    """A file of variables, unlike a shell, leaves it as it is."""
    chosen = read_settings({**HOME, "VIVAVOCE_DATA_DIR": "~/interviews"}).data_dir
    assert chosen == Path("~/interviews").expanduser()


def test_origins_are_written_as_browsers_send_them() -> None:
    settings = read_settings(
        {**HOME, "VIVAVOCE_ALLOWED_ORIGINS": "https://Example.com:443/, http://a.test:81"}
    )
    assert settings.allowed_origins == ("https://example.com", "http://a.test:81")


def test_the_command_line_wins_over_the_environment() -> None:
    assert read_settings({**HOME, "VIVAVOCE_PORT": "9000"}, port=9001, host=None).port == 9001


def test_an_unknown_setting_is_named_and_a_near_one_is_suggested() -> None:
    with pytest.raises(
        SettingsError, match=r"VIVAVOCE_PROT is not a setting\. Did you mean VIVAVOCE_PORT\?"
    ):
        read_settings({**HOME, "VIVAVOCE_PROT": "1"})


def test_a_port_for_https_needs_its_certificate() -> None:
    with pytest.raises(
        SettingsError, match=r"HTTPS also needs VIVAVOCE_TLS_CERTIFICATE, VIVAVOCE_TLS_KEY"
    ):
        read_settings({**HOME, "VIVAVOCE_TLS_PORT": "443"})


def test_a_ceiling_below_the_floor_is_refused() -> None:
    with pytest.raises(SettingsError, match="VIDEO_CEILING_KBPS is less than"):
        read_settings(
            {**HOME, "VIVAVOCE_VIDEO_FLOOR_KBPS": "300", "VIVAVOCE_VIDEO_CEILING_KBPS": "200"}
        )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"VIVAVOCE_TURN_URLS": "turn:turn.example.com"}, "VIVAVOCE_TURN_SECRET_FILE"),
        ({"VIVAVOCE_TURN_SECRET_FILE": "/etc/secret"}, "VIVAVOCE_TURN_URLS"),
    ],
)
def test_turn_servers_need_their_secret(given: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingsError, match=f"TURN servers also need {missing}"):
        read_settings({**HOME, **given})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("HOST", "not an address"),
        ("PUBLIC_URL", "ftp://example.com"),
        ("PUBLIC_URL", "https://example.com/path"),
        ("PUBLIC_URL", "https://example.com:99999"),
        ("PUBLIC_URL", "https://ines@example.com"),
        ("PUBLIC_URL", "https://example.com?a=b"),
        ("PUBLIC_URL", "http://[::1"),
        ("PUBLIC_URL", "https://exa mple.com"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "https://example.com, null"),
        ("ALLOWED_ORIGINS", "https://example.com/path"),
        ("DATA_DIR", ""),
        ("DATA_DIR", "~nobody-of-this-name/data"),
        ("MEDIA_ADDRESSES", "192.0.2.1, nonsense"),
        ("MEDIA_ADDRESSES", "0.0.0.0"),
        ("VIDEO_FLOOR_KBPS", "-1"),
        ("VIDEO_CEILING_KBPS", "149"),
        ("VIDEO_CEILING_KBPS", "much"),
        ("TURN_URLS", "turn.example.com"),
        ("TURN_URLS", "turn:turn.example.com, https://turn.example.com"),
        ("TURN_URLS", "turn:turn.example.com?transport=carrier-pigeon"),
        ("LOG_LEVEL", "loud"),
        ("RUNS_PARALLEL", "0"),
        ("SANDBOX_ALLOW_WEAK", "perhaps"),
    ],
)
def test_a_malformed_setting_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({**HOME, PREFIX + name: value})
    assert PREFIX + name in str(caught.value)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({**HOME, "VIVAVOCE_PORT": "x", "VIVAVOCE_LOG_LEVEL": "y", "VIVAVOCE_Z": "z"})
    assert len(str(caught.value).splitlines()) == 3


def test_localhost_means_this_machine() -> None:
    assert read_settings({**HOME, "VIVAVOCE_HOST": "localhost"}).host == "127.0.0.1"


def test_lists_are_separated_by_commas() -> None:
    settings = read_settings({**HOME, "VIVAVOCE_MEDIA_ADDRESSES": "192.0.2.1, 2001:db8::1"})
    assert settings.media_addresses == ("192.0.2.1", "2001:db8::1")


def test_the_documentation_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", DOCS.read_text()))
    assert listed == {name.upper() for name in Settings.model_fields}
