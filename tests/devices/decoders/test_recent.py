from devices.decoders.recent import Recent
from timing.core.readings import Stamp


def test_the_last_form_of_an_impulse_is_found() -> None:
    recent = Recent()
    recent.note("7", Stamp(device="d", at=1))
    recent.note("7", Stamp(device="d", at=2))
    assert recent.get("7") == Stamp(device="d", at=2)
    assert recent.get("8") is None


def test_the_oldest_are_forgotten_and_the_memory_is_bounded() -> None:
    recent = Recent()
    for number in range(10_000):
        recent.note(str(number), Stamp(device="d", at=number))
    assert recent.get("0") is None
    assert recent.get("9999") is not None
    assert sum(recent.get(str(number)) is not None for number in range(10_000)) == 4_000
