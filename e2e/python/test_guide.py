"""What the console's guide says to write in Python, and to the shell, is run as it stands there."""

import json
import os
import subprocess
import sys
import urllib.request

import pytest

MODEL = "sim-openai/swift"
SCRIPT = os.path.join(os.path.dirname(__file__), "../../web/scripts/snippets.mjs")
RUNNERS = {"python": [sys.executable, "-c"], "bash": ["bash", "-c"]}
CODE = ["curl", "openai-python", "anthropic-python", "google-genai", "langchain"]
PROMPT = "Say hello"


def snippets(demo, key=None):
    told = subprocess.run(
        ["node", SCRIPT, demo.url, key or demo.key, MODEL], check=True, capture_output=True, text=True
    )
    return {snippet["id"]: snippet for snippet in json.loads(told.stdout)}


def received(demo):
    """What the providers were asked since this was last called."""
    with urllib.request.urlopen(demo.fleet + "/_sim/received", timeout=20) as answer:
        asked = json.load(answer)["received"]
    urllib.request.urlopen(
        urllib.request.Request(demo.fleet + "/_sim/received", method="DELETE"), timeout=20
    ).close()
    return asked


def run(snippet):
    (step,) = [step for step in snippet["steps"] if step["kind"] == "run"]
    # Nothing of the machine's own settings may stand in for what the guide leaves out.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [*RUNNERS[step["language"]], step["code"]], capture_output=True, text=True, timeout=25, env=kept
    )


@pytest.mark.parametrize("name", CODE)
def test_it_is_answered(demo, name):
    received(demo)
    done = run(snippets(demo)[name])
    assert done.returncode == 0, done.stderr
    asked = received(demo)
    assert len(asked) == 1 and PROMPT in json.dumps(asked[0]["body"])
    assert done.stdout.strip(), "it prints the answer"


@pytest.mark.parametrize("name", CODE)
def test_a_wrong_key_is_not(demo, name):
    received(demo)
    done = run(snippets(demo, key="wrong'\"$HOME")[name])
    assert "caller_unauthenticated" in done.stdout + done.stderr or "401" in done.stderr
    assert received(demo) == []


def test_no_code_is_left_out(demo):
    told = [
        name
        for name, snippet in snippets(demo).items()
        if snippet["group"] == "code" and any(step["language"] in RUNNERS and step["kind"] == "run" for step in snippet["steps"])
    ]
    assert told == CODE
