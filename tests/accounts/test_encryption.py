"""The codice fiscale at rest."""

import pytest
from cryptography.fernet import Fernet, InvalidToken

from accounts.encryption import open_tax_code, seal_tax_code, tax_code_hash
from accounts.errors import TaxCodeInvalid

PLAIN = "RSSMRA80A01F205X"
OMOCODIC = "RSSMRA80A01F20RU"  # a letter stands for the last digit: two people would have had the same code
ALL_LETTERS = "RSSMRAULALMFNLRI"


@pytest.mark.parametrize("code", [PLAIN, OMOCODIC, ALL_LETTERS])
def test_a_tax_code_can_be_read_again(code):
    sealed, _digest = seal_tax_code(code)

    assert open_tax_code(sealed) == code
    assert open_tax_code(memoryview(sealed)) == code, "as the database gives it"


def test_a_tax_code_is_taken_as_it_is_typed():
    sealed, digest = seal_tax_code(" rssmra 80a01 f205x ")

    assert open_tax_code(sealed) == PLAIN
    assert digest == tax_code_hash(PLAIN)


def test_the_same_tax_code_is_sealed_differently_and_found_by_its_hash():
    one, other = seal_tax_code(PLAIN), seal_tax_code(PLAIN)

    assert one[0] != other[0]
    assert one[1] == other[1]
    assert PLAIN.encode() not in one[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RSSMRA80A01F205",
        "RSSMRA80A01F205XX",
        "RSSMRA80F01F205X",  # F is no month
        "RSSMRA8AA01F205X",  # A stands for no digit
        "1SSMRA80A01F205X",
        "RSSMRA80A01F2051",
        "ÀSSMRA80A01F205X",
    ],
)
def test_what_is_no_tax_code_is_refused(text):
    with pytest.raises(TaxCodeInvalid):
        seal_tax_code(text)


def test_a_new_key_reads_what_the_old_one_sealed_and_finds_it(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    sealed, digest = seal_tax_code(PLAIN)

    settings.FIELD_KEYS = [new, old]

    assert open_tax_code(sealed) == PLAIN
    assert tax_code_hash(PLAIN) == digest


def test_without_the_key_nothing_is_read(settings):
    sealed, digest = seal_tax_code(PLAIN)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(InvalidToken):
        open_tax_code(sealed)
    assert tax_code_hash(PLAIN) != digest
