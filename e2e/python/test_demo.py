"""What `wye demo` promises on its screen, without any SDK."""

import subprocess
import re
import shlex
import shutil
import signal

import pytest

from conftest import PLAIN, binary


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")
def test_the_printed_line_works_when_pasted():
    child = subprocess.Popen(
        [binary(), "demo", "--quiet", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        line = ""
        for printed in child.stdout:
            # A line that ends with a backslash goes on in the next.
            line += printed.strip().removesuffix("\\") if line else printed.strip().removesuffix("\\") * ("curl " in printed)
            if line and not printed.rstrip().endswith("\\"):
                break
        command = shlex.split(line[line.index("curl ") :])
        told = subprocess.run(["curl", "-sf", *command[1:]], capture_output=True, text=True, timeout=20)
        assert told.returncode == 0, told
        assert re.search("content|text", told.stdout)
    finally:
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0


@pytest.mark.parametrize("path", ["/health/liveness", "/health/readiness", "/healthz", "/readyz"])
def test_health_needs_no_key(demo, path):
    assert demo.call("GET", path, key="wrong")[0] == 200


def test_answers_name_their_origin(demo):
    body = {"model": PLAIN[0], "messages": [{"role": "user", "content": "hi"}]}
    status, headers, _ = demo.call("POST", "/v1/chat/completions", body)
    assert status == 200
    names = {name.lower() for name in headers}
    for name in ["x-request-id", "x-wye-model", "x-wye-provider", "x-wye-attempts", "x-wye-reason", "x-wye-decision-id", "x-wye-overhead-ms"]:
        assert name in names


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/chat/completions", 405), ("POST", "/v1/no-such", 404), ("GET", "/v1/models/no-such", 404)],
)
def test_wrong_doors_answer_in_json(demo, method, path, status):
    got, _, body = demo.call(method, path, {} if method == "POST" else None)
    assert got == status and body["error"]["message"]
