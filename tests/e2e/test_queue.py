"""The queue of acts (static/shared/js/queue.js) in a real browser, before a server that fails in every way it can."""

import json

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BEGIN = """async ({ seal, batch }) => {
  const { openQueue } = await import("/static/shared/js/queue.js");
  const { sendTo } = await import("/static/shared/js/sending.js");
  window.tokens = 0;
  window.states = [];
  window.answers = [];
  window.wiped = 0;
  const send = sendTo({ url: "/take/", token: async () => `token ${window.tokens += 1}` });
  const options = seal ? { seal: async (content) => ({ sealed: JSON.stringify(content).length }) } : {};
  window.queue = await openQueue({ name: "test", send, ...options });
  if (batch) { window.queue.batch = batch; }
  window.queue.addEventListener("state", (event) => window.states.push(event.detail.state));
  window.queue.addEventListener("answer", (event) => window.answers.push(event.detail.entry.act));
  window.queue.addEventListener("wiped", () => { window.wiped += 1; });
}"""
WITHOUT_LOCKS = """
  Object.defineProperty(navigator, "locks", { value: undefined });
  delete window.BroadcastChannel;
"""


class Server:
    """Answers as it is told to, and applies each key once."""

    def __init__(self):
        self.mode = "fine"
        self.requests = []
        self.applied = []
        self.hanging = []

    def __call__(self, route):
        body = json.loads(route.request.post_data)
        self.requests.append(body)
        is_small, token = len(body["reports"]) == 1, route.request.headers["x-csrftoken"]
        fail = {
            "down": lambda: route.abort("internetdisconnected"),
            "broken": lambda: route.fulfill(status=500, body="oh"),
            "busy": lambda: route.fulfill(status=503, headers={"Retry-After": "40"}),
            "signed out": lambda: route.fulfill(status=302, headers={"Location": "/accesso/"}),
            "stale": lambda: token == "token 1" and (route.fulfill(status=403) or True),
            "small": lambda: not is_small and (route.fulfill(status=413) or True),
            "nonsense": lambda: route.fulfill(body="<html>Welcome to the hotel</html>"),
            "lost": lambda: self.answer(body) and route.abort("connectionreset"),
            "hangs": lambda: self.hanging.append(route),
            "again": lambda: route.fulfill(json=self.results(body, "again")),
        }.get(self.mode)
        if fail is None or fail() is False:
            route.fulfill(json=self.answer(body))

    def answer(self, body):
        new = [one for one in body["reports"] if one["key"] not in {done["key"] for done in self.applied}]
        self.applied += new
        return self.results(body, "applied")

    def results(self, body, outcome):
        return {"results": [{"key": one["key"], "outcome": outcome} for one in body["reports"]]}

    def go_on(self):
        self.mode = "fine"
        for route in self.hanging:
            route.fulfill(json=self.answer(json.loads(route.request.post_data)))
        self.hanging.clear()

    @property
    def acts(self):
        return [one["act"] for one in self.applied]


@pytest.fixture
def server():
    return Server()


@pytest.fixture(params=["locks", "no locks"])
def first_tab(request, open_browser, server):
    """A tab with a queue, in browsers with and without Web Locks."""
    page = open_browser()
    if request.param == "no locks":
        page.context.add_init_script(WITHOUT_LOCKS)
    page.context.route("**/take/", server)
    return begin(page)


@pytest.fixture
def tab(open_browser, server):
    page = open_browser()
    page.context.route("**/take/", server)
    return begin(page)


def begin(page, *, seal=False, batch=None):
    page.goto("/healthz")
    page.evaluate(BEGIN, {"seal": seal, "batch": batch})
    return page


def another(page, **options):
    return begin(page.context.new_page(), **options)


def add(page, *acts):
    return [page.evaluate("(act) => queue.add(act, { what: `${act}!` })", act) for act in acts]


def flush(page):
    page.evaluate("queue.flush()")


def waiting(page):
    return [one["act"] for one in page.evaluate("queue.waiting()")]


def state(page):
    return page.evaluate("queue.state")


def wait_until(page, condition):
    for _look in range(100):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to that")


def test_acts_are_sent_once_in_order_and_then_forgotten(first_tab, server):
    entries = add(first_tab, "a", "b", "c")
    flush(first_tab)

    assert server.acts == ["a", "b", "c"]
    assert server.applied[0]["what"] == "a!"
    assert waiting(first_tab) == []
    assert first_tab.evaluate("answers") == ["a", "b", "c"]
    assert [one["seq"] for one in entries] == sorted({one["seq"] for one in entries})
    assert len({one["key"] for one in entries}) == 3
    assert server.requests[0]["sent_at"] >= server.applied[-1]["at"]


def test_acts_that_are_added_at_once_keep_their_order(tab, server):
    tab.evaluate("Promise.all(['a', 'b', 'c', 'd'].map((act) => queue.add(act, {})))")
    flush(tab)

    assert server.acts == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        ("down", "offline"),
        ("broken", "server"),
        ("busy", "server"),
        ("signed out", "signed-out"),
        ("nonsense", "offline"),
        ("again", "server"),
    ],
)
def test_acts_wait_while_the_server_fails_and_are_sent_again_with_the_same_keys(tab, server, mode, told):
    server.mode = mode
    keys = [one["key"] for one in add(tab, "a", "b")]
    flush(tab)

    assert (state(tab), waiting(tab), server.acts) == (told, ["a", "b"], [])

    server.mode = "fine"
    flush(tab)
    assert [one["key"] for one in server.applied] == keys
    assert (state(tab), waiting(tab)) == ("idle", [])


def test_a_started_queue_tries_again_by_itself_and_gives_the_server_peace(tab, server):
    server.mode = "broken"
    tab.evaluate("queue.start()")
    add(tab, "a")
    wait_until(tab, lambda: len(server.requests) >= 2)
    gaps = tab.evaluate("queue.pause")
    server.mode = "fine"
    wait_until(tab, lambda: server.acts == ["a"])

    assert gaps >= 4000, "the pause doubles"


def test_a_server_that_names_its_time_is_left_alone_until_then(tab, server):
    server.mode = "busy"
    tab.evaluate("queue.addEventListener('state', (event) => { window.after = event.detail.after })")
    add(tab, "a")
    flush(tab)

    assert tab.evaluate("after") >= 40_000


def test_an_answer_that_was_lost_costs_nothing(tab, server):
    server.mode = "lost"
    add(tab, "a")
    flush(tab)
    assert waiting(tab) == ["a"]

    server.mode = "fine"
    flush(tab)
    assert server.acts == ["a"]
    assert len(server.requests) == 2
    assert server.requests[0]["reports"] == server.requests[1]["reports"]


def test_a_stale_token_is_asked_for_anew(tab, server):
    server.mode = "stale"
    add(tab, "a")
    flush(tab)

    assert server.acts == ["a"]
    assert tab.evaluate("tokens") == 2


def test_a_batch_that_is_too_large_is_sent_in_parts(tab, server):
    server.mode = "small"
    add(tab, "a", "b", "c")
    flush(tab)

    assert server.acts == ["a", "b", "c"]


def test_a_tab_that_is_killed_half_way_loses_nothing_and_doubles_nothing(first_tab, server):
    server.mode = "hangs"
    entries = add(first_tab, "a", "b")
    first_tab.evaluate("void queue.flush()")
    wait_until(first_tab, lambda: server.hanging)
    server.answer(server.requests[0])  # the server had it, the tab never heard
    first_tab.context.new_page()
    context = first_tab.context
    first_tab.close()
    server.mode = "fine"

    later = begin(context.pages[0])
    if not later.evaluate("Boolean(navigator.locks)"):  # the lease of the dead tab runs out
        later.evaluate("queue.store.setFact('lease', { owner: 'dead', until: Date.now() - 1 })")
    assert waiting(later) == ["a", "b"]
    flush(later)

    assert [one["key"] for one in server.applied] == [one["key"] for one in entries]
    assert [one["at"] for one in server.applied] == [one["at"] for one in entries]
    assert waiting(later) == []


def test_of_two_tabs_one_sends_and_nothing_is_sent_twice(first_tab, server):
    other = another(first_tab)
    server.mode = "hangs"
    add(first_tab, "a")
    first_tab.evaluate("void queue.flush()")
    wait_until(first_tab, lambda: server.hanging)

    add(other, "b")
    flush(other)
    assert state(other) == "elsewhere"
    assert len(server.requests) == 1

    server.go_on()
    wait_until(first_tab, lambda: server.acts == ["a", "b"])
    wait_until(other, lambda: waiting(other) == [])
    flush(other)
    assert server.acts == ["a", "b"]
    assert state(other) == "idle"


def test_another_tab_hears_what_became_of_its_acts(tab, server):
    other = another(tab)
    add(other, "a")
    flush(tab)
    wait_until(other, lambda: other.evaluate("answers") == ["a"])


def test_two_tabs_never_give_the_same_number(first_tab, server):
    other = another(first_tab)
    both = [one["seq"] for page in (first_tab, other, first_tab, other) for one in add(page, "a", "b")]

    assert both == sorted(set(both))


def test_a_clock_that_is_set_back_does_not_turn_the_order_round(tab, server):
    [entry] = add(tab, "a")
    tab.clock.install(time=0)
    [later] = add(tab, "b")

    assert later["seq"] == entry["seq"] + 1
    assert later["at"].startswith("1970")


def test_wipe_refuses_while_an_act_waits(tab, server):
    server.mode = "down"
    add(tab, "a")
    tab.evaluate("queue.remember('shift', 'word')")

    refused = tab.evaluate("queue.wipe().catch((error) => `${error.name} ${error.count}`)")

    assert refused == "ActsWait 1"
    assert waiting(tab) == ["a"]
    assert tab.evaluate("queue.recall('shift')") == "word"


def test_wipe_leaves_nothing_but_the_last_number_and_tells_the_other_tabs(tab, server):
    other = another(tab)
    [entry] = add(tab, "a")
    flush(tab)
    tab.evaluate("queue.remember('shift', 'word')")

    tab.evaluate("queue.wipe()")

    assert tab.evaluate("queue.recall('shift').then((kept) => kept === undefined)")
    assert add(tab, "b")[0]["seq"] > entry["seq"]
    wait_until(other, lambda: other.evaluate("wiped") == 1)


def test_what_is_sealed_touches_the_disk_sealed_only(tab, server):
    page = another(tab, seal=True)
    add(page, "secret")

    stored = page.evaluate("queue.waiting()")[0]

    assert stored["content"] == {"sealed": 18}
    assert "secret!" not in json.dumps(stored)


def test_an_act_that_cannot_be_stored_is_not_said_to_be(tab, server):
    tab.evaluate("queue.store.database.close()")

    assert tab.evaluate("queue.add('a', {}).then(() => 'kept', () => 'not kept')") == "not kept"
