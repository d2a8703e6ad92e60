"""A clip that cannot be coded is a sentence in the page, which is written all the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vggsound_omni.media import write_wav
from vggsound_omni.present.report import write, write_report
from vggsound_omni.protocol import Audio

from .test_report import RATE, made, tone


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("with_sound", ValueError),
        ("with_sound", OSError),
        ("sound_alone", MemoryError),
        ("still", IndexError),
        ("levels", ValueError),
        ("png", ValueError),
    ],
)
def test_whatever_a_coder_raises_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: type[Exception]
) -> None:
    result, suite, items = made(tmp_path, 2)

    def fails(*_: object) -> None:
        raise error("out of the coder's depths")

    monkeypatch.setattr(write, name, fails)
    page = write_report(tmp_path, result, suite, items).read_text("utf-8")
    assert f"it could not be encoded ({error.__name__})" in page
    assert "depths" not in page


def test_a_reference_that_is_no_number_is_told_by_name_without_its_folder(tmp_path: Path) -> None:
    result, suite, items = made(tmp_path)
    media = suite.media(items[0])
    assert media.audio is not None
    samples = np.where(np.arange(2 * RATE) == 7, np.nan, tone(440).samples).astype(np.float32)
    write_wav(media.audio, Audio(samples=samples, sample_rate=RATE), "FLOAT")
    page = write_report(tmp_path, result, suite, items).read_text("utf-8")
    assert "clip.wav: 1 samples of its sound are NaN, infinite" in page
    assert str(tmp_path) not in page
    assert page.count("data:video/mp4") == 3
