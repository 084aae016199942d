"""A simulated fleet and a gateway in front of it, for clients that are programs of their own."""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
FLEET = os.path.join(HERE, "../../crates/sim/fleets/demo.yaml")
CONFIG = os.path.join(HERE, "../../crates/gateway/demo.yaml")
KEY = "k"


class House:
    """`with House(binary, routes) as house:` starts both and stops them; `routes` are names and their targets."""

    def __init__(self, binary, routes):
        self.binary, self.routes, self.children = binary, routes, []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        script = self.file("fleet.yaml", quick(read(FLEET)))
        self.fleet = self.start({}, "sim", "--script", script)
        config = read(CONFIG).split("\nroutes:")[0]
        routes = "".join(f"  {json.dumps(name)}: {{ targets: [{target}] }}\n" for name, target in self.routes.items())
        path = self.file("wye.yaml", f"{config}\nroutes:\n{routes}")
        data = os.path.join(self.folder.name, "data")
        environment = {"WYE_DEMO_FLEET": self.fleet, "WYE_DEMO_KEY": KEY}
        self.url = self.start(environment, "serve", "--config", path, "--data", data)
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
        self.folder.cleanup()

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, environment, *arguments):
        child = subprocess.Popen(
            [self.binary, *arguments, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        self.children.append(child)
        for line in child.stdout:
            match = re.search(r"listening on (http://[^\s\"]+)", line)
            if match:
                threading.Thread(target=child.stdout.read, daemon=True).start()
                return match[1].rstrip("/")
        raise SystemExit(f"wye {arguments[0]} did not say where it listens")

    def received(self, clear=True):
        """What the fleet received since it was last cleared."""
        with urllib.request.urlopen(self.fleet + "/_sim/received", timeout=20) as answer:
            received = json.load(answer)["received"]
        if clear:
            request = urllib.request.Request(self.fleet + "/_sim/received", method="DELETE")
            urllib.request.urlopen(request, timeout=20).close()
        return received


def read(path):
    with open(path) as file:
        return file.read()


def quick(script):
    """A script without its pace: what is tested here is not how fast models speak."""
    script = re.sub(r"(ttft|tps|jitter): *[\w.]+,? *", "", script)
    return "\n".join(line for line in script.splitlines() if line.strip())


def table(head, rows):
    """Prints a Markdown table."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    line = lambda row: "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |"
    print(line(head))
    print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for row in rows:
        print(line(row))
