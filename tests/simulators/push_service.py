"""A push service on loopback that plays the browser too: it opens what it was sent with another library than ours.

`python push_service.py FOLDER` prints its port. `POST /subscriptions` makes a subscription and answers what a browser
would give to a page; `POST /push/NUMBER` is what we send to. What could be opened becomes a file `NUMBER-COUNT.json`
with the text and the headers. A subscription made with `{"answers": [429, 201]}` answers so, one after another, the
last one for ever; `"hang"` answers never.
"""

import base64
import itertools
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FOLDER = Path(sys.argv[1])
CURVE = ec.SECP256R1()
SECRET = b"sixteen bytes ok"


def to_text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Subscription:
    def __init__(self, answers):
        self.key = ec.generate_private_key(CURVE)
        self.answers = answers or [201]
        self.count = 0

    def next_answer(self):
        self.count += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Service(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.subscriptions = {}
        self.numbers = itertools.count(1)


class Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/subscriptions":
            self.subscribe(json.loads(content or b"{}"))
        else:
            self.push(self.path.removeprefix("/push/"), content)

    def subscribe(self, asked):
        number = str(next(self.server.numbers))
        made = self.server.subscriptions[number] = Subscription(asked.get("answers"))
        point = made.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        host, port = self.server.server_address
        keys = {"p256dh": to_text(point), "auth": to_text(SECRET)}
        self.say(201, {"endpoint": f"http://{host}:{port}/push/{number}", "keys": keys})

    def push(self, number, content):
        subscription = self.server.subscriptions.get(number)
        if subscription is None:
            self.say(404, {})
            return
        wrong = self.what_is_wrong(content)
        answer = subscription.next_answer()
        if wrong:
            self.say(400, {"reason": wrong})
        elif answer == "hang":
            threading.Event().wait(60)
            self.close_connection = True
        else:
            if answer == 201:
                text = http_ece.decrypt(content, private_key=subscription.key, auth_secret=SECRET, version="aes128gcm")
                kept = {"text": text.decode(), "headers": dict(self.headers.items()), "bytes": len(content)}
                (FOLDER / f"{number}-{subscription.count}.json").write_text(json.dumps(kept))
            self.say(answer, {})

    def what_is_wrong(self, content):
        """What a push service must object to: RFC 8030, 8188, 8292."""
        if not self.headers.get("TTL", "").isdigit():
            return "no TTL"
        if self.headers.get("Content-Encoding") != "aes128gcm" or len(content) > 4096:
            return "not one sealed record"
        scheme, _gap, rest = self.headers.get("Authorization", "").partition(" ")
        said = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "vapid" or not {"t", "k"} <= said.keys():
            return "no VAPID"
        head, claims, signature = said["t"].split(".")
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_text(said["k"]))
        raw = from_text(signature)
        pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            key.verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return "signature"
        claims = json.loads(from_text(claims))
        here = "http://{}:{}".format(*self.server.server_address)
        if claims["aud"] != here or not claims["sub"].startswith(("mailto:", "https:")):
            return "claims"
        return "" if urlsplit(here).netloc == self.headers["Host"] else "host"

    def say(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "300")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    service = Service()
    print(service.server_address[1], flush=True)
    service.serve_forever()
