"""What needs a person arrives at a webhook, signed; the page about it shows how that is checked."""

import http.server
import json
import os
import queue
import threading
import urllib.request

import pytest

from conftest import Demo, fleet_and_gateway

PASSWORD = "correct horse battery"
SECRET = "a word of ours"
KEY = "wye-e2e-spender-0123456789abcdef0123456789"
DOCS = os.path.join(os.path.dirname(__file__), "../../docs/alerts.md")
# A message comes with the next round, which is half a minute away at most.
PATIENCE = 90

FLEET = """
seed: 7
providers:
  sim-openai:
    dialects: [openai_chat]
    models: { swift: {} }
"""


@pytest.fixture
def receiver():
    """A webhook on this machine. Gives its address and a queue of what it was sent: headers and body."""
    sent = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()
            sent.put((self.headers, body))

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", sent
    server.shutdown()
    server.server_close()


def documented():
    """The function that the page shows."""
    with open(DOCS) as file:
        page = file.read()
    _, rest = page.split("<!-- tested: e2e/python/test_alerts.py runs this -->\n```python\n")
    known = {}
    exec(rest.split("```")[0], known)
    return known["is_ours"]


def test_a_budget_that_is_used_up_is_told_and_signed(receiver):
    url, sent = receiver
    config = lambda fleet: (
        "discover: false\n"
        f"keys: [{{ name: spender, key: {KEY}, budgets: [{{ usd: 1, per: month }}] }}]\n"
        "providers:\n"
        f'  p: {{ dialect: openai_chat, base_url: "{fleet}/sim-openai/v1", api_key: any,\n'
        "    models: [{ id: swift, price: { input: 0, output: 0, request: 1 } }] }\n"
    )
    with fleet_and_gateway(FLEET, config, password=PASSWORD) as (fleet, gateway, _):
        demo = Demo(gateway, KEY, fleet)
        chat = {"model": "p/swift", "messages": [{"role": "user", "content": "hi"}]}
        assert demo.call("POST", "/v1/chat/completions", chat)[0] == 200
        assert demo.call("POST", "/v1/chat/completions", chat)[0] == 402
        login = {"name": "e2e", "password": PASSWORD, "tokens": True}
        token = demo.call("POST", "/api/v1/session", login)[2]["session"]["access"]
        api = lambda method, path, body=None: demo.call(method, f"/api/v1/{path}", body, key=token)
        # Refused, and so nothing was told; what to do is said.
        status, _, tried = api("POST", "alerts/test", {})
        assert status == 200 and not tried["ok"] and "vault:NAME" in tried["message"]
        assert put(demo, token, "secrets/hook", {"value": url}) == 204
        assert put(demo, token, "secrets/word", {"value": SECRET}) == 204
        base = api("GET", "config")[2]["version"]
        body = {"webhook": "vault:hook", "secret": "vault:word"}
        assert put(demo, token, "config/items/setting/alerts", {"body": body, "base": base}) == 200
        headers, body = sent.get(timeout=PATIENCE)
        told = json.loads(body)
        assert (told["state"], told["kind"], told["subject"]) == ("raised", "budget_used_up", "key spender")
        assert told["severity"] == "urgent" and told["params"]["left"] == 0
        is_ours = documented()
        signature = headers["x-wye-signature"]
        assert is_ours(body, signature, SECRET)
        assert not is_ours(body, signature, "another word")
        assert not is_ours(body + b" ", signature, SECRET)
        assert not is_ours(body, signature, SECRET, within=-1)
        assert not is_ours(body, "", SECRET) and not is_ours(body, "t=x,v1=y", SECRET)
        status, _, tried = api("POST", "alerts/test", {})
        assert status == 200 and tried["ok"] and tried["status"] == 204
        assert json.loads(sent.get(timeout=PATIENCE)[1])["state"] == "test"
        status, _, listed = api("GET", "alerts")
        assert status == 200 and listed["enabled"] and listed["to"] == url.split("/")[2]
        assert [item["state"] for item in listed["items"]] == ["test", "raised"]
        assert SECRET not in json.dumps(listed) and "/hook" not in json.dumps(listed)


def put(demo, token, path, body):
    """The status of a change; one without an answer's body too."""
    request = urllib.request.Request(f"{demo.url}/api/v1/{path}", data=json.dumps(body).encode(), method="PUT")
    request.add_header("content-type", "application/json")
    request.add_header("authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status
