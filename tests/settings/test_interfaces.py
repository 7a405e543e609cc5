"""The driver's pages of a USB interface and an HDMI output, read without opening either."""

import json

import pytest
from click.testing import CliRunner

from appliance.commands.rig import devices
from appliance.settings.interfaces import Interface, list_interfaces

CARDS = """\
 0 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi
                      vc4-hdmi
 1 [UMC1820        ]: USB-Audio - UMC1820
                      BEHRINGER UMC1820 at usb-0000:01:00.0-1.2, high speed
 2 [Mic            ]: USB-Audio - USB Mic
                      Some USB Mic at usb-0000:01:00.0-1.3, full speed
"""

STREAM = """\
BEHRINGER UMC1820 at usb-0000:01:00.0-1.2, high speed : USB Audio

Playback:
  Status: Stop
  Interface 1
    Altset 1
    Format: S32_LE
    Channels: 10
    Endpoint: 0x01 (1 OUT) (ASYNC)
    Rates: 44100, 48000
  Interface 1
    Altset 2
    Format: S16_LE
    Channels: 8
    Rates: 88200, 96000

Capture:
  Status: Stop
  Interface 2
    Altset 1
    Format: S24_3LE
    Channels: 18
    Rates: 192000
"""


@pytest.fixture
def proc(tmp_path):
    (tmp_path / "cards").write_text(CARDS)
    (tmp_path / "card0" / "pcm0p").mkdir(parents=True)
    (tmp_path / "card1" / "pcm0p").mkdir(parents=True)
    (tmp_path / "card1" / "stream0").write_text(STREAM)
    (tmp_path / "card2" / "pcm0c").mkdir(parents=True)
    return tmp_path


def test_cards_that_can_play(proc):
    assert list_interfaces(proc) == [
        Interface("vc4hdmi", "vc4-hdmi", None, (), ()),
        Interface("UMC1820", "UMC1820", 10, (44_100, 48_000, 88_200, 96_000), ("S32_LE", "S16_LE")),
    ]


def test_devices_lists_them(proc):
    result = CliRunner().invoke(devices, ["--proc", str(proc)])
    assert result.exit_code == 0
    assert "UMC1820" in result.output
    assert "10" in result.output
    listed = json.loads(CliRunner().invoke(devices, ["--json", "--proc", str(proc)]).output)
    assert [card["card_id"] for card in listed["interfaces"]] == ["vc4hdmi", "UMC1820"]
    assert list(listed["virtual"]) == ["file:PATH", "null"]


def test_a_machine_without_sound_is_told_about_virtual_cards(tmp_path):
    result = CliRunner().invoke(devices, ["--proc", str(tmp_path)])
    assert result.exit_code == 0
    assert "no audio interface" in result.output
    assert "file:PATH" in result.output
