"""Starts `wye demo` once and hands every suite its address and key."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass

import pytest

sys.dont_write_bytecode = True

# One model and one reasoning model of each provider dialect; every SDK is run against all of them. `sim-openai` speaks
# all of OpenAI's dialects, `sim-compatible` only chat, `sim-responses` only Responses.
PLAIN = [
    "sim-openai/swift",
    "sim-anthropic/sage",
    "sim-gemini/lens",
    "sim-compatible/copy",
    "sim-responses/scribe",
    "sim-cohere/coral",
    "sim-ollama/llama",
    "sim-bedrock/us.anthropic.claude-basalt-v1:0",
]
THINKING = [
    "sim-openai/thinker",
    "sim-anthropic/sage-thinking",
    "sim-gemini/lens-thinking",
    "sim-compatible/copy-thinking",
    "sim-responses/scribe-thinking",
    "sim-cohere/coral-thinking",
    "sim-ollama/llama-thinking",
    "sim-bedrock/us.anthropic.claude-basalt-thinking-v1:0",
]
# Text in, text out: neither roles nor tools.
COMPLETIONS = "sim-completions/quill"
# Vendors that have no word for a refusal: the model's no is text like any other.
WORDLESS = ["sim-cohere/coral", "sim-ollama/llama"]
# Those whose vendor can be told to call a certain tool.
FORCIBLE = [model for model in PLAIN if model != "sim-ollama/llama"]
FLEET = os.path.join(os.path.dirname(__file__), "../../crates/sim/fleets/demo.yaml")

# A valid 1x1 PNG, 70 bytes.
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Demo:
    url: str
    key: str
    fleet: str

    def call(self, method, path, body=None, key=None):
        """One plain HTTP call to the gateway: (status, headers, parsed body)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("content-type", "application/json")
        request.add_header("authorization", f"Bearer {key or self.key}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), json.load(error)


def binary():
    path = os.environ.get("WYE_BIN")
    if not path:
        pytest.exit("set WYE_BIN to the wye binary (make test-python does)", returncode=2)
    return path


def hurry(fleet):
    """Gives the running demo's fleet its own script without the pace."""
    request = urllib.request.Request(fleet.rstrip("/") + "/_sim/script", data=unhurried().encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert len(json.load(answer)["providers"]) == 10


@pytest.fixture(scope="session")
def demo():
    child = subprocess.Popen(
        [binary(), "demo", "--quiet", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    found = {}
    lines = []
    for line in child.stdout:
        lines.append(line)
        match = re.match(r"\s*(url|key|fleet)\s+(\S+)", re.sub(r"\x1b\[[0-9;]*m", "", line))
        if match:
            found[match[1]] = match[2]
        if len(found) == 3:
            break
    if len(found) < 3:
        child.kill()
        pytest.exit(f"wye demo did not print url, key and fleet: {''.join(lines)}", returncode=2)
    # The pipe is drained, or a talkative gateway would stop when it is full.
    threading.Thread(target=child.stdout.read, daemon=True).start()
    hurry(found["fleet"])
    yield Demo(found["url"].rstrip("/").removesuffix("/v1"), found["key"], found["fleet"].rstrip("/"))
    child.send_signal(signal.SIGTERM)
    try:
        assert child.wait(20) == 0, "wye demo must end with 0 on SIGTERM"
    finally:
        child.kill()


# A fleet whose models fail in one way each, for the suites of errors. The providers keep their ids and keys.
FAULTS = """
seed: 7
providers:
  sim-openai:
    dialects: [openai_chat, openai_responses, openai_completions]
    models: { swift: {}, thinker: { reasoning: true }, broken-500: {}, broken-429: {}, broken-400: {} }
    faults:
      - { on: { model: broken-500 }, fault: { status: 500 } }
      - { on: { model: broken-429 }, fault: { status: 429, retry_after: 1s } }
      - { on: { model: broken-400 }, fault: { status: 400 } }
"""


# Keys of the gateway below: one that has a request a minute, and one whose budget pays for less than a request.
SLOW = "wye-e2e-slow-0123456789abcdef0123456789abcdef"
POOR = "wye-e2e-poor-0123456789abcdef0123456789abcdef"


@contextlib.contextmanager
def fleet_and_gateway(script, config, password=None):
    """A fleet and a gateway of its own, so that no other suite sees it. `config`: what to write, given the fleet's address;
    `password`: of the user `e2e` of its admin API, if there is to be one. Gives the address of both, and a function that
    starts the gateway anew on what it keeps, and gives its address."""
    children = []

    def start(*arguments):
        child = subprocess.Popen(
            [binary(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        children.append(child)
        for line in child.stdout:
            match = re.search(r"listening on (http://\S+)", line)
            if match:
                threading.Thread(target=child.stdout.read, daemon=True).start()
                return match[1].rstrip("/")
        pytest.exit(f"wye {arguments[0]} did not say where it listens", returncode=2)

    def stop():
        child = children.pop()
        child.send_signal(signal.SIGTERM)
        try:
            assert child.wait(20) == 0
        finally:
            child.kill()

    with tempfile.TemporaryDirectory() as folder:
        written = os.path.join(folder, "fleet.yaml")
        with open(written, "w") as file:
            file.write(script)
        fleet = start("sim", "--listen", "127.0.0.1:0", "--script", written)
        written = os.path.join(folder, "wye.yaml")
        with open(written, "w") as file:
            file.write(config(fleet))
        data = os.path.join(folder, "data")
        if password is not None:
            known = os.environ | {"WYE_ADMIN_PASSWORD": password}
            subprocess.run([binary(), "admin", "--data", data, "create", "e2e"], env=known, check=True, stdout=subprocess.DEVNULL)
        serve = ["serve", "--config", written, "--data", data, "--listen", "127.0.0.1:0"]

        def anew():
            stop()
            return start(*serve)

        url = start(*serve)
        try:
            yield fleet, url, anew
        finally:
            while children:
                stop()


def unhurried():
    """The demo's fleet without the pace: what is tested here is not how fast models speak."""
    with open(FLEET) as file:
        script = re.sub(r"(ttft|tps|jitter): *[\w.]+,? *", "", file.read())
    return "\n".join(line for line in script.splitlines() if line.strip())


@pytest.fixture(scope="module")
def faulty():
    """A gateway of its own in front of a fleet of its own whose models are broken."""
    config = lambda fleet: (
        "keys:\n"
        "  - { name: e2e, key: wye-e2e-0123456789abcdef0123456789abcdef }\n"
        f"  - {{ name: slow, key: {SLOW}, limits: {{ rpm: 1, tpm: 100000 }} }}\n"
        f"  - {{ name: poor, key: {POOR}, budgets: [{{ usd: 0.000001, per: month }}] }}\n"
        "providers:\n"
        f'  broken: {{ dialect: openai_chat, base_url: "{fleet}/sim-openai/v1", api_key: any }}\n'
        "  priced:\n"
        f'    {{ dialect: openai_chat, base_url: "{fleet}/sim-openai/v1", api_key: any,\n'
        "      models: [{ id: swift, price: { input: 1, output: 1 } }] }\n"
        "  native:\n"
        "    dialects: [openai_chat, openai_responses, openai_completions]\n"
        f'    base_url: "{fleet}/sim-openai/v1"\n'
        "    api_key: any\n"
    )
    with fleet_and_gateway(FAULTS, config) as (fleet, url, _):
        yield Demo(url, "wye-e2e-0123456789abcdef0123456789abcdef", fleet)
