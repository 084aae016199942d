"""Kills a gateway under load, again and again, and says what was lost.

Each round starts `wye serve` on an empty data folder before a simulated fleet, lets 16 callers ask and a 17th change the
configuration, kills it (and the command that changes something) with SIGKILL at a moment drawn from the seed, starts it again and
checks: it opens; the database is whole; the configuration is one that was acknowledged or the one that was under way,
never a mixture; every request answered more than a second before the kill is in the log; the windows of the key count at
least what those used. It prints a line a round, and ends with 1 if anything was lost that must not be.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

CALLERS = 16
# What may be younger than this at the kill may be lost.
FLUSH_S = 1.0
KEY = "crash-test-key"
FLEET = """seed: 1
providers:
  sim:
    dialect: openai_chat
    keys: [sk-sim]
    models:
      fast: { ttft: 2ms, tps: 20000, price: { input: 1.0, output: 2.0 } }
"""
CONFIG = """discover: false
listen: 127.0.0.1:0
keys:
  - name: load
    key: {key}
    limits: {{ rpd: 100000000, tpd: 100000000000 }}
    budgets: [{{ usd: 100000, per: month }}]
providers:
  sim:
    dialect: openai_chat
    base_url: {fleet}/sim/v1
    api_key: sk-sim
    models: [{{ id: fast, price: {{ input: 1.0, output: 2.0 }} }}]
"""
# Two routes that always say the same number: a configuration in which they differ is torn.
ROUTES = "routes:\n  left-%d: { targets: [sim/fast] }\n  right-%d: { targets: [sim/fast] }\n"
NAMED = re.compile(r"^(left|right)-(\d+)$")


class Server:
    """A process that says where it listens."""

    def __init__(self, command, log, **more):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, **more)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.process.kill()
            raise RuntimeError(f"{command[1]} does not start: {line!r}")
        self.url = line.split()[-1]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)


class Load:
    """The callers: what they were answered, and when."""

    def __init__(self, url):
        self.url, self.answers, self.lock, self.over = url, [], threading.Lock(), threading.Event()
        self.failed = 0
        self.threads = [threading.Thread(target=self.call, args=(n,)) for n in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def call(self, number):
        body = {"model": "sim/fast", "messages": [{"role": "user", "content": f"caller {number} " * 5}], "max_tokens": 20}
        while not self.over.is_set():
            request = urllib.request.Request(self.url + "/v1/chat/completions", json.dumps(body).encode())
            request.add_header("content-type", "application/json")
            request.add_header("authorization", f"Bearer {KEY}")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    used = json.load(answer)["usage"]
                    tokens, nano = used["total_tokens"], used["prompt_tokens"] * 1000 + used["completion_tokens"] * 2000
                    entry = (time.monotonic(), answer.headers["x-request-id"], tokens, nano)
            except (OSError, ValueError, urllib.error.HTTPError):
                # The kill cuts answers; what was not answered is not promised.
                self.failed += 1
                if self.over.wait(0.01):
                    return
                continue
            with self.lock:
                self.answers.append(entry)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        return self.answers


class Changes:
    """Changes the configuration, one version after another."""

    def __init__(self, wye, folder, log):
        self.wye, self.folder, self.log = wye, folder, log
        self.acknowledged, self.under_way, self.process = {}, 0, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            path = os.path.join(self.folder, f"change-{number}.yaml")
            with open(path, "w") as file:
                file.write(ROUTES % (number, number))
            self.under_way = number
            command = [self.wye, "config", "--config", f"{self.folder}/wye.yaml", "--data", f"{self.folder}/data", "import", path]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
            out, _ = self.process.communicate()
            said = re.match(r"version (\d+) (\S+)", out)
            if self.process.returncode == 0 and said:
                self.acknowledged[number] = (int(said[1]), said[2])
            elif not self.over.is_set():
                self.acknowledged.setdefault("refused", []).append(number)

    def kill(self):
        self.over.set()
        if self.process and self.process.poll() is None:
            self.process.kill()

    def end(self):
        self.over.set()
        self.thread.join()


def windows(database):
    """What the windows of the key count, by measure, of calendars."""
    counted = {}
    for measure, period, amounts in database.execute("SELECT measure, period, amounts FROM windows WHERE owner = 'key load'"):
        total = sum(int(pair.split(":")[1]) for pair in amounts.split())
        counted[measure] = max(counted.get(measure, 0), total)
    return counted


def logged(database):
    return {row[0].hex() for row in database.execute("SELECT id FROM requests")}


def check_configuration(database, changes, problems):
    """The newest version is one that was acknowledged or the one under way, and whole."""
    refused = changes.acknowledged.pop("refused", [])
    if refused:
        problems.append(f"changes refused: {refused}")
    rows = dict(database.execute("SELECT version, hash FROM config_versions"))
    for number, (version, hash_) in changes.acknowledged.items():
        if rows.get(version) != hash_:
            problems.append(f"change {number} was acknowledged as version {version} {hash_}, there is {rows.get(version)}")
    last = max(changes.acknowledged, default=0)
    names = [name for (name,) in database.execute("SELECT name FROM config_items WHERE kind = 'route' AND until IS NULL")]
    found = {NAMED.match(name)[1]: int(NAMED.match(name)[2]) for name in names if NAMED.match(name)}
    newest = found.get("left", 0)
    if len(names) not in (0, 2) or found.get("right", 0) != newest:
        problems.append(f"torn configuration: {names}")
    if newest not in (last, changes.under_way):
        problems.append(f"configuration {newest} is neither the acknowledged {last} nor the one under way {changes.under_way}")
    return last, newest


def round_of(wye, fleet, seed, number, keep):
    chance = random.Random(f"{seed}/{number}")
    folder = tempfile.mkdtemp(prefix="wye-crash.")
    problems = []
    with open(f"{folder}/wye.yaml", "w") as file:
        file.write(CONFIG.format(key=KEY, fleet=fleet))
    log = open(f"{folder}/log", "w")
    serve = [wye, "serve", "--config", f"{folder}/wye.yaml", "--data", f"{folder}/data"]
    # No variable of this machine may lead the gateway elsewhere.
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "VALKEY_URL", "WYE_MASTER_KEY")}
    gateway = Server(serve, log, env=clean)
    load, changes = Load(gateway.url), Changes(wye, folder, log)
    # The moment is drawn, not waited for: whatever is under way then is what is tested.
    time.sleep(chance.uniform(1.3, 3.5))
    both = chance.random() < 0.5
    if both:
        changes.kill()
    killed_at = time.monotonic()
    gateway.kill()
    changes.over.set()
    answers = load.end()
    changes.end()
    database = sqlite3.connect(f"file:{folder}/data/wye.db?mode=rw", uri=True)
    at_kill = windows(database)
    database.close()

    try:
        gateway = Server(serve, log, env=clean)
    except RuntimeError as error:
        return None, [f"{error}; see {folder}/log"]
    # What was spooled is written at the latest when the gateway ends.
    gateway.stop()
    database = sqlite3.connect(f"file:{folder}/data/wye.db?mode=ro", uri=True)
    whole = database.execute("PRAGMA integrity_check").fetchone()[0]
    if whole != "ok":
        problems.append(f"integrity_check: {whole}")
    last, newest = check_configuration(database, changes, problems)
    known, counted = logged(database), windows(database)
    database.close()
    ages = [killed_at - at for at, request, _, _ in answers if request.replace("-", "") not in known]
    oldest = max(ages, default=0.0)
    if oldest > FLUSH_S:
        problems.append(f"{sum(age > FLUSH_S for age in ages)} requests older than a flush are not in the log, {oldest:.2f} s the oldest")
    old = [answer for answer in answers if killed_at - answer[0] > FLUSH_S]
    promised = {"requests": len(old), "tokens": sum(a[2] for a in old), "money": sum(a[3] for a in old)}
    for measure, least in promised.items():
        for when, now in (("at the kill", at_kill), ("after the start", counted)):
            if now.get(measure, 0) < least:
                problems.append(f"the window of {measure} counts {now.get(measure, 0)} {when}, {least} were used a flush before")
    if not old:
        problems.append("nothing was answered more than a flush before the kill: the round shows nothing")
    facts = (number, len(answers), len(ages), oldest * 1000, counted.get("requests", 0), last, newest, "yes" if both else "no", whole)
    if problems and keep:
        problems.append(f"kept: {folder}")
    else:
        log.close()
        shutil.rmtree(folder, ignore_errors=True)
    return facts, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wye", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--keep", action="store_true", help="keep the folders of rounds that failed")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="wye-crash-fleet.") as folder:
        with open(f"{folder}/fleet.yaml", "w") as file:
            file.write(FLEET)
        fleet = Server([options.wye, "sim", "--listen", "127.0.0.1:0", "--script", f"{folder}/fleet.yaml"], subprocess.DEVNULL)
        print("round  answered  not logged  oldest of them  window counts  acknowledged  found  command killed  integrity")
        try:
            for number in range(1, options.rounds + 1):
                facts, problems = round_of(options.wye, fleet.url, options.seed, number, options.keep)
                if facts:
                    print("%5d %9d %11d %12.0f ms %14d %13d %6d %15s %10s" % facts, flush=True)
                for problem in problems:
                    print(f"       LOST: {problem}", flush=True)
                failed += bool(problems)
        finally:
            fleet.stop()
    print(f"{options.rounds} rounds, {failed} with losses that must not be (seed {options.seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
