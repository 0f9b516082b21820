"""What is logged: one JSON object a line, without anybody's data."""

import json
import logging
import sys

import pytest

from milanolib.logs import REMOVED, JsonFormatter, request_id, without_personal_data


@pytest.mark.parametrize(
    "personal",
    [
        "ada.negri+books@example.org",
        "RSSMRA80A01F205X",
        "rssmra80a01f20ru",  # omocodia
        "ML12345674",
        "+39 333 1234567",
        "333 123 4567",
        "3331234567",
    ],
)
def test_personal_data_is_removed_wherever_it_stands(personal):
    for text in (personal, f"reader {personal} said", f"({personal}),"):
        assert personal not in without_personal_data(text)
        assert REMOVED in without_personal_data(text)


@pytest.mark.parametrize("name", ["password", "pin", "code", "token", "key", "q"])
def test_the_values_of_a_query_string_are_removed_and_its_names_stay(name):
    assert without_personal_data(f"GET /catalogo/?{name}=Lessico%20famigliare&page=2") == (
        f"GET /catalogo/?{name}={REMOVED}&page=2"
    )


@pytest.mark.parametrize(
    "harmless", ["loan 1234567890 closed", "hold:12 at sormani", "took 333 ms", "2026-03-02T10:00:00+00:00", "v3.11.2"]
)
def test_numbers_of_rows_and_times_stay(harmless):
    assert without_personal_data(harmless) == harmless


def formatted(message, *args, exc_info=None, **extra):
    record = logging.LogRecord("loans", logging.WARNING, __file__, 1, message, args, exc_info)
    vars(record).update(extra)
    return json.loads(JsonFormatter().format(record))


def test_a_line_is_one_object_with_what_was_added_to_it():
    line = formatted("loan %s closed", 7, loan_id=7, who="ada@example.org", nothing=None)

    assert line["message"] == "loan 7 closed"
    assert (line["level"], line["logger"], line["loan_id"]) == ("WARNING", "loans", 7)
    assert (line["who"], line["nothing"]) == (REMOVED, None)


def test_a_line_bears_the_number_of_its_request():
    token = request_id.set("abc-12345678")
    try:
        assert formatted("hello")["request_id"] == "abc-12345678"
    finally:
        request_id.reset(token)
    assert "request_id" not in formatted("hello")


def test_an_exception_is_told_without_personal_data_and_in_one_line():
    try:
        int("no such reader: ada@example.org")
    except ValueError:
        record = logging.LogRecord("loans", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())

    text = JsonFormatter().format(record)

    assert "\n" not in text
    assert "ada@example.org" not in text
    assert "ValueError" in json.loads(text)["exception"]
