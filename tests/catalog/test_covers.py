"""Covers: drawn from the title, put up and taken down, kept for ever under an address that names them."""

import io
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from catalog.cover_drawing import PALETTE, Wording, drawable, drawn
from catalog.covers import SIZES, cover_url, put_up_cover, take_down_cover
from catalog.models import Agent, Contribution, Cover, Role, Title
from tests.factories import TitleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def picture(width=900, height=600, colour="#aa3311"):
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return ContentFile(out.getvalue(), name="cover.png")


def by(title, name):
    Contribution.objects.create(title=title, agent=Agent.objects.create(name=name), role=Role.AUTHOR, position=0)
    return title


def fetched(title):
    return Title.objects.with_cover().get(pk=title.pk)


def opened(answer):
    return Image.open(io.BytesIO(answer.content if hasattr(answer, "content") else answer))


@pytest.mark.parametrize("size", SIZES)
def test_drawn_cover_has_its_size_and_is_the_same_each_time(size):
    wording = Wording("Il barone rampante", ("Italo Calvino",), "book")

    one, other = drawn(wording, *SIZES[size]), drawn(wording, *SIZES[size])

    assert one == other
    assert opened(one).size == SIZES[size]
    assert opened(one).format == "WEBP"
    assert len(one) < 20_000


@pytest.mark.parametrize(
    "title",
    ["", " ", "war", "Преступление и наказание", "الأسود يليق بك", "三体", "\u0000", "a" * 1000, "😀", "W" * 40, "¿?"],
)
@pytest.mark.parametrize("size", SIZES)
def test_drawn_cover_bears_every_title(title, size):
    assert opened(drawn(Wording(title, (title,), "nonsense", title), *SIZES[size])).size == SIZES[size]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("L’isola di Arturo", "L’isola di Arturo"),
        ("Œuvres – tome Ⅱ", "Œuvres – tome I"),
        ("Šostakovič 😀", "Šostakovič"),
        ("Преступление", ""),
        ("Il nome 玫瑰", ""),
        ("…", ""),
    ],
)
def test_drawable_never_leaves_letters_that_the_font_lacks(text, shown):
    assert drawable(text, "title") == shown


@pytest.mark.parametrize("ground", [one for one, _accent in PALETTE])
def test_letters_stand_out_on_every_ground(ground):
    def light(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert (light("#fdf8ee") + 0.05) / (light(ground) + 0.05) >= 7


def test_cover_is_kept_for_ever_under_the_address_that_names_it(client, own_folder):
    title = fetched(by(TitleFactory(), "Calvino, Italo"))

    answer = client.get(cover_url(title, "m"))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    assert opened(answer).size == SIZES["m"]
    (kept,) = own_folder.rglob("*.webp")
    assert kept.read_bytes() == answer.content


def test_cover_is_drawn_once_and_read_afterwards(client, own_folder):
    address = reverse("portal:cover", args=[TitleFactory().pk, "s"])
    client.get(address)
    (kept,) = own_folder.rglob("*.webp")
    kept.write_bytes(b"as it was kept")

    assert client.get(address).content == b"as it was kept"
    assert not list(own_folder.rglob("*.part"))


def test_cover_without_its_digest_is_asked_for_again_and_not_sent_twice(client):
    address = reverse("portal:cover", args=[TitleFactory().pk, "s"])

    first = client.get(address, {"v": "an old one"})
    again = client.get(address, HTTP_IF_NONE_MATCH=first["ETag"])

    assert "no-cache" in first["Cache-Control"]
    assert again.status_code == 304
    assert again["ETag"] == first["ETag"]
    assert not again.content


@pytest.mark.parametrize("address", ["/copertine/1-m.webp", f"/copertine/{10**30}-m.webp", "/copertine/x-m.webp"])
def test_cover_of_nothing_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_cover_has_two_sizes_and_no_more(client, own_folder):
    title = TitleFactory()

    for size in ("l", "240", "m-2", "../s"):
        assert client.get(f"/copertine/{title.pk}-{size}.webp").status_code == 404
    assert not list(own_folder.rglob("*.webp"))


def test_put_up_shows_the_picture_instead_and_changes_the_address(
    client, own_folder, django_capture_on_commit_callbacks
):
    title = by(TitleFactory(), "Calvino, Italo")
    before = cover_url(fetched(title))

    put_up_cover(title, picture(colour="#00ff00"), None)

    after = cover_url(fetched(title))
    assert after != before
    shown = opened(client.get(after))
    assert shown.size == (240, 160)
    assert shown.convert("RGB").getpixel((100, 100))[1] > 200


def test_put_up_twice_leaves_no_file_of_the_first(own_folder, client, django_capture_on_commit_callbacks):
    title = TitleFactory()
    first = put_up_cover(title, picture(), None)
    client.get(cover_url(fetched(title)))
    with django_capture_on_commit_callbacks(execute=True):
        put_up_cover(title, picture(colour="#0000ff"), None)

    assert Cover.objects.count() == 1
    assert not [path for path in own_folder.rglob("*.webp") if first.digest in path.name]


def test_take_down_brings_the_drawn_one_back_and_is_safe_to_repeat(
    client, own_folder, django_capture_on_commit_callbacks
):
    title = by(TitleFactory(), "Calvino, Italo")
    before = cover_url(fetched(title))
    put_up_cover(title, picture(), None)
    client.get(cover_url(fetched(title)))

    with django_capture_on_commit_callbacks(execute=True):
        took, again = take_down_cover(title, None), take_down_cover(title, None)

    assert (took, again) == (True, False)
    assert cover_url(fetched(title)) == before
    assert not list(own_folder.rglob("*.webp"))


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken", b"<svg xmlns='x'/>"])
def test_put_up_refuses_what_is_no_picture_and_keeps_nothing(content, own_folder):
    with pytest.raises(ValidationError):
        put_up_cover(TitleFactory(), ContentFile(content, name="x.png"), None)

    assert not Cover.objects.exists()
    assert not list(own_folder.rglob("*.*"))


def test_put_up_picture_whose_file_is_gone_gives_way_to_the_drawn_one(client, own_folder):
    title = TitleFactory()
    put_up_cover(title, picture(), None)
    for path in own_folder.rglob("*.webp"):
        path.unlink()

    assert opened(client.get(cover_url(fetched(title)))).size == SIZES["m"]


def test_cover_url_asks_the_database_nothing(django_assert_num_queries):
    titles = [by(TitleFactory(), f"Autore, {n}") for n in range(3)]
    fetched_ones = list(Title.objects.for_list())
    bare = list(Title.objects.all())

    with django_assert_num_queries(0):
        named = [cover_url(title, "s") for title in fetched_ones]
        unnamed = [cover_url(title, "s") for title in bare]

    assert len({*named}) == len(titles)
    assert all(re.search(r"\?v=[0-9a-f]{16}$", address) for address in named)
    assert not any("?" in address for address in unnamed)
