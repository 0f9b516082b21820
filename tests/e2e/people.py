"""What each person of the story does in a browser; words are in the page's language, so handles are not words."""

import re

from django.conf import settings
from django.test import Client


def choose_point(page, place):
    """Choose where to collect; what is farther away unfolds first."""
    box = page.locator(f"[name=pickup][value='{place.code}']")
    if not box.is_visible():
        page.locator("details", has=box).locator("summary").click()
    box.check()


class Person:
    """Somebody before a page."""

    def __init__(self, page, look):
        self.page, self.look = page, look

    def goes_to(self, address):
        self.page.goto(address)
        self.look(self.page)
        return self

    def comes_as(self, user):
        """Have a sign-in already, as from an earlier visit; `signs_in` walks through the form."""
        visitor = Client()
        visitor.force_login(user, backend="accounts.backends.CardBackend")
        sign_in = visitor.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies([{"name": sign_in.key, "value": sign_in.value, "url": self.page.home}])
        return self

    def swaps(self, act, region):
        """Do something that htmx answers; the answer must be announced or take the focus."""
        self.page.evaluate(
            "window.swapped = false; document.addEventListener('htmx:afterSettle', () => { window.swapped = true })"
        )
        act()
        for _look in range(100):  # the policy forbids the browser to wait for an expression given as text
            if self.page.evaluate("window.swapped"):
                break
            self.page.wait_for_timeout(100)
        else:
            raise AssertionError(f"nothing was swapped: {self.page.url}")
        said = self.page.evaluate("(document.querySelector('#live') || {textContent: ''}).textContent.trim()")
        focused = self.page.evaluate("document.activeElement !== document.body")
        alert = self.page.locator(f"{region} [role=alert]").count()
        assert said or focused or alert, f"nobody who cannot see was told: {self.page.url}"
        self.look(self.page)


class Reader(Person):
    def signs_in(self, sign_in, password):
        self.goes_to("/accesso/")
        self.page.fill("[name=login]", sign_in)
        self.page.fill("[name=password]", password)
        self.page.click("main form [type=submit]")
        self.page.wait_for_url(re.compile("/mio/"))
        return self

    def searches(self, words):
        self.goes_to("/")
        self.page.fill("main input[name=q]", words)
        self.page.press("main input[name=q]", "Enter")
        self.page.wait_for_url(re.compile("/catalogo/"))
        self.look(self.page)

    def opens_first_result(self):
        self.page.click("main .ml-row-title a >> nth=0")
        self.page.wait_for_selector("article h1")
        self.look(self.page)

    def reserves_at(self, place, clicks=1):
        self.page.click("article .btn-primary")
        self.page.wait_for_selector("#reserve-panel form")
        self.look(self.page)
        self.reserves_at_open_form(place, clicks)

    def reserves_at_open_form(self, place, clicks=1):
        choose_point(self.page, place)
        button = self.page.locator("#reserve-panel [type=submit]")
        self.swaps(button.click if clicks == 1 else button.dblclick, "#reserve-panel")
        self.page.wait_for_selector("#reserve-panel .ml-box.is-good")

    def says(self):
        return self.page.inner_text("main")


class Librarian(Person):
    def signs_in(self, user, password):
        self.page.goto("/gestione/")
        self.page.fill("[name=login]", user.email)
        self.page.fill("[name=password]", password)
        self.page.click("main form [type=submit]")
        self.page.wait_for_url(re.compile("/gestione/"))
        self.look(self.page)
        return self

    def scans(self, address, barcode):
        """Open a page of the desk and scan: the field has the focus, Enter ends a barcode."""
        self.goes_to(address)
        assert self.page.evaluate("document.activeElement.id") == "scan"
        self.page.keyboard.type(barcode)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#answers > li")
        self.look(self.page)
        return self.page.inner_text("#answers > li >> nth=0")

    def packs(self):
        self.page.click("#answers .desk-act button")
        self.page.wait_for_selector("#answers .desk-tag-code")
        self.look(self.page)
        return self.page.inner_text("#answers .desk-tag-code").strip()


class Partner(Person):
    def connects(self, code):
        self.goes_to("/partner/")
        self.page.fill("[name=code]", code)
        self.page.click("main form [type=submit], form [type=submit]")
        self.page.wait_for_selector(".mp-counts")
        self.look(self.page)
        return self

    def scans(self, address, what):
        self.goes_to(address)
        self.page.locator("form.mp-form input:visible >> nth=0").fill(what)
        self.swaps(lambda: self.page.click("form.mp-form [type=submit]"), "#work")
        return self.page.inner_text("#work")

    def hands_over(self):
        self.swaps(lambda: self.page.click("#work form [type=submit]"), "#work")
        return self.page.inner_text("#work")
