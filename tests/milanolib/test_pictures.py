"""Pictures that people upload: what is broken in them harms nobody."""

import io

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from milanolib.pictures import KEPT_POINTS, opened


def picture(form="JPEG", size=(40, 60), mode="RGB", **saved):
    out = io.BytesIO()
    Image.new(mode, size).save(out, form, **saved)
    return out


def test_a_picture_whose_camera_data_make_no_sense_is_taken_as_it_lies():
    broken = picture(exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x02\x00\x00\xff\xff\x00\x00")
    assert opened(broken, None).size == (40, 60)


def test_a_large_picture_is_made_small_before_anything_else():
    large = opened(picture("PNG", (4000, 3000), "RGBA"), None)
    assert large.mode == "RGB"
    assert large.width <= KEPT_POINTS[0]


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, b"<svg/>"])
def test_what_is_no_picture_is_refused_in_words(content):
    with pytest.raises(ValidationError):
        opened(io.BytesIO(content), len(content))
