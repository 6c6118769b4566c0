from pathlib import Path

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.queclink import QueclinkDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Alert, AlertKind, Fix, Rejected

FRI = (
    "+RESP:GTFRI,DF0200,868487004353181,cv100,14051,10,1,0,36.0,90,264.1,114.015515,22.537178,"
    "20210608064328,0460,0001,25F8,061A7D02,,0.0,,,,100,21,,,,20210608144354,32DB$"
)


def decode(*reports: str) -> Decoded:
    decoder = QueclinkDecoder(DecoderContext(device="gateway"))
    return decoder.feed("".join(reports).encode("latin-1"), 0) + decoder.flush(0)


def test_a_report_becomes_a_fix_of_its_tracker_with_the_longitude_first() -> None:
    [fix] = decode(FRI)
    assert isinstance(fix, Fix)
    assert (fix.device, fix.at) == ("868487004353181", parse_instant("2021-06-08T06:43:28Z"))
    assert (fix.lat, fix.lon, fix.course, fix.altitude) == (22.537178, 114.015515, 90.0, 264.1)
    assert fix.speed == pytest.approx(10.0)


def test_what_was_sent_later_is_the_same_fix() -> None:
    assert decode(FRI.replace("+RESP", "+BUFF")) == decode(FRI)


def test_a_report_may_hold_several_places() -> None:
    more = ",0,0.0,0,264.1,114.015600,22.537200,20210608064338,0460"
    assert len(decode(FRI.replace(",0460", more, 1))) == 2


def test_a_call_for_help_is_an_alert_with_its_place() -> None:
    fix, alert = decode(FRI.replace("GTFRI", "GTSOS"))
    assert isinstance(fix, Fix)
    assert isinstance(alert, Alert)
    assert (alert.kind, alert.device, alert.lat) == (AlertKind.SOS, fix.device, fix.lat)


@pytest.mark.parametrize(
    "report",
    [
        "+BUFF:GTFRI,2E0503,868487004353181,,,0,1,,,,,,,,,,,,0,0,,98,1,0,,,20200101000001,0083$",
        "+ACK:GTHBD,DF0200,868487004353181,cv100,20210608144354,32DB$\r\n",
    ],
)
def test_a_report_without_a_place_says_nothing(report: str) -> None:
    assert decode(report) == []


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (FRI.replace("3181,cv", "3182,cv"), "range"),
        (FRI.replace("22.537178", "92.537178"), "range"),
        (FRI.replace(",90,264", ",391,264"), "range"),
        (FRI.replace("20210608064328", "20210638064328"), "range"),
        (FRI.replace("GTFRI", "GTFR"), "range"),
        (FRI.replace("cv100", "cv\xff00"), "encoding"),
        (FRI[:60], "no_frame"),
    ],
)
def test_what_cannot_be_is_refused_and_the_next_is_read(report: str, reason: str) -> None:
    bad, good = decode(report, FRI)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert isinstance(good, Fix)


def test_reports_of_real_trackers_are_read(samples: Path) -> None:
    reports = (samples / "queclink" / "gl200_traccar_vectors.txt").read_text("ascii").splitlines()
    decoded = [decode(report if report.endswith("$") else f"{report}$") for report in reports]
    refused = [item for items in decoded for item in items if isinstance(item, Rejected)]
    assert all("135790246811220 is no IMEI" in item.detail for item in refused)  # the manual's example
    assert sum(isinstance(item, Fix) for items in decoded for item in items) == 38
