"""Deliveries reach the subscriber, signed as the contract describes."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def receiver():
    """An application that keeps what it is sent and answers as told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(self.server.answer)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.answer = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connection(sandbox):
    return sandbox.connect("small", external_xref="tenant-9")


@pytest.fixture
def subscribe(send, connection, receiver):
    def ask(event="updated", object_type="accounting_invoice", **params):
        wishes = {
            "connection_id": connection.id, "event": event, "object_type": object_type, "hook_url": receiver.url,
        }  # fmt: skip
        return send("POST", "/unified/webhook", wishes, **params).json()

    return ask


def verified(body, secret="sandbox-secret", encoding="base64"):
    """The MAC over the raw bytes of `data` and the nonce, computed here from the contract's words."""
    found = json.loads(body)
    start = body.index(b'"data":') + len(b'"data":')
    raw = body[start : body.index(b',"webhook":', start)]
    assert json.loads(raw) == found["data"]
    digest = hmac.new(secret.encode(), raw + found["nonce"].encode(), hashlib.sha256).digest()
    expected = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()
    return found if found["sig256"] == expected else None


def test_a_change_of_the_books_is_delivered_signed(sandbox, connection, subscribe, receiver):
    webhook = subscribe()
    invoice = sandbox.post(connection, "add_invoice", total="120.50")[0]
    sandbox.world.webhooks.settle()
    found = verified(receiver.received[0])
    assert found["data"][0]["id"] == invoice["id"] and found["type"] == "VIRTUAL"
    assert found["webhook"]["id"] == webhook["id"] and found["webhook"]["connection_id"] == connection.id
    assert found["external_xref"] == "tenant-9"


def test_only_the_subscribed_object_and_event_are_delivered(sandbox, connection, subscribe, receiver):
    subscribe(event="deleted", object_type="accounting_invoice")
    subscribe(event="updated", object_type="accounting_contact")
    invoice = sandbox.post(connection, "add_invoice", total=10)[0]
    sandbox.world.webhooks.settle()
    assert receiver.received == []
    sandbox.post(connection, "delete", object="invoice", id=invoice["id"])
    sandbox.world.webhooks.settle()
    assert [json.loads(body)["data"][0]["id"] for body in receiver.received] == [invoice["id"]]


def test_history_is_sent_page_by_page_and_marked_complete_at_the_end(sandbox, connection, subscribe, receiver):
    subscribe(object_type="payment_payment", include_all="true")
    sandbox.world.webhooks.settle()
    kinds = [json.loads(body)["type"] for body in receiver.received]
    rows = [row["id"] for body in receiver.received for row in json.loads(body)["data"]]
    assert sorted(kinds)[0] == "INITIAL-COMPLETE" and kinds.count("INITIAL-COMPLETE") == 1 < len(kinds)
    assert len(set(rows)) == sandbox.books(connection).count("payment")


def test_triggering_sends_what_changed_since_the_last_run(sandbox, connection, subscribe, receiver, send):
    webhook = subscribe()
    invoice = sandbox.post(connection, "add_invoice", total=10)[0]
    sandbox.world.webhooks.settle()
    receiver.received.clear()
    assert send("PUT", f"/unified/webhook/{webhook['id']}/trigger").status_code == 200
    sandbox.world.webhooks.settle()
    assert [row["id"] for row in json.loads(receiver.received[0])["data"]] == [invoice["id"]]
    send("PUT", f"/unified/webhook/{webhook['id']}/trigger")
    sandbox.world.webhooks.settle()
    assert len(receiver.received) == 1


def test_a_refused_delivery_is_tried_four_times_and_then_the_webhook_is_unhealthy(
    sandbox, connection, subscribe, receiver, send
):
    webhook = subscribe()
    receiver.answer = 500
    sandbox.post(connection, "add_invoice", total=10)
    sandbox.world.webhooks.settle()
    assert len(receiver.received) == 4
    assert send("GET", f"/unified/webhook/{webhook['id']}").json()["is_healthy"] is False
    receiver.answer = 200
    assert send("PUT", f"/unified/webhook/{webhook['id']}/resume").json()["is_healthy"] is True
    sandbox.post(connection, "add_invoice", total=11)
    sandbox.world.webhooks.settle()
    assert len(receiver.received) == 5


def test_deliveries_by_hand_can_be_repeated_or_forged(sandbox, connection, subscribe, receiver, send):
    webhook = subscribe()
    path = f"/_sandbox/webhooks/{webhook['id']}/deliver"
    send("POST", path, {"times": 2})
    sandbox.world.webhooks.settle()
    assert receiver.received[0] == receiver.received[1] and verified(receiver.received[0])
    send("POST", path, {"forged": True})
    sandbox.world.webhooks.settle()
    assert verified(receiver.received[2]) is None


def test_the_signature_can_be_switched_to_hex(sandbox, connection, subscribe, receiver, send):
    webhook = subscribe()
    send("PATCH", "/_sandbox/settings", {"signature": "hex"})
    send("POST", f"/_sandbox/webhooks/{webhook['id']}/deliver", {})
    send("PATCH", "/_sandbox/settings", {"signature": "base64"})
    sandbox.world.webhooks.settle()
    assert verified(receiver.received[0], encoding="hex")


def test_unsupported_subscriptions_are_400(connection, send):
    wishes = {"connection_id": connection.id, "event": "updated", "object_type": "accounting_invoice"}
    assert send("POST", "/unified/webhook", wishes | {"webhook_type": "native"}).status_code == 400
    assert send("POST", "/unified/webhook", wishes | {"object_type": "crm_deal"}).status_code == 400
    assert send("POST", "/unified/webhook", wishes | {"connection_id": "nobody"}).status_code == 404
