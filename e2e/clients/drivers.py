"""Runs the client drivers of ../shared/clients against Wye and prints what each of their calls came to.

    python drivers.py --wye target/e2e/wye --out target/drivers [--only openai-py,langchain]

What is missing is installed below --out from PyPI, npm and crates.io. The drivers are read where they are; only the
address in them is changed. Every driver runs twice: against providers of its own dialect and of another.
"""

import argparse
import os
import re
import subprocess
import sys

from house import HERE, House, table

SHARED = os.path.join(HERE, "../../../shared/clients")

# Name: how it is run, its file, what it needs.
DRIVERS = {
    "openai-py": ("python", "drivers_py/openai_py.py", ["openai==3.52.0"]),
    "anthropic-py": ("python", "drivers_py/anthropic_py.py", ["anthropic==2.11.0"]),
    "google-genai-py": ("python", "drivers_py/genai_py.py", ["google-genai==3.4.0"]),
    "instructor": ("python", "drivers_py/instructor_py.py", ["instructor==1.17.0"]),
    "pydantic-ai": ("python", "drivers_py/pydantic_ai_py.py", ["pydantic-ai-slim[openai]==2.68.0"]),
    "openai-agents": ("python", "drivers_py/agents_py.py", ["openai-agents==0.24.0"]),
    "langchain": (
        "python", "drivers_py/langchain_py.py", ["langchain-openai==1.7.3", "langchain-anthropic==1.7.7"],
    ),
    "openai-node": ("node", "drivers_other/openai.mjs", ["openai@6.49.0"]),
    "anthropic-node": ("node", "drivers_other/anthropic.mjs", ["@anthropic-ai/sdk@1.11.0"]),
    "google-genai-node": ("node", "drivers_other/genai.mjs", ["@google/genai@2.32.0"]),
    "ai-sdk": (
        "node",
        "drivers_other/aisdk.mjs",
        [
            "ai@6.0.326",
            "@ai-sdk/openai@3.0.141",
            "@ai-sdk/openai-compatible@2.0.87",
            "@ai-sdk/anthropic@3.0.138",
            "zod@4.6.7",
        ],
    ),
    "async-openai": ("cargo", "drivers_other/async_openai_main.rs", ["drivers_other/async_openai_Cargo.toml"]),
}
# Big ones, only on demand.
HEAVY = {
    "langchain-tests": (
        "pytest",
        "drivers_py/langchain_tests_gw.py",
        ["langchain-openai==1.7.3", "langchain-tests==1.1.9", "pytest", "pytest-asyncio"],
    ),
    "litellm": ("python", "drivers_py/litellm_py.py", ["litellm==1.106.2"]),
    "llama-index": ("python", "drivers_py/llama_py.py", ["llama-index-llms-openai-like==0.8.1"]),
    "dspy": ("python", "drivers_py/dspy_py.py", ["dspy==3.4.1"]),
}

# Calls of endpoints that Wye does not serve yet.
LATER = ("embed", "images", "image edit", "tts", "stt", "moderation", "file")
# Calls that ask for what the provider of the other dialect does not have.
CANNOT = {
    ("openai-py", "chat full params"): "Anthropic gives one answer, not n",
    ("openai-py", "audio in/out"): "Anthropic neither hears nor speaks",
}

OWN = {"fake": "sim-openai/swift", "claude-x": "sim-anthropic/sage", "gemini-x": "sim-gemini/lens"}
CROSS = {"fake": "sim-anthropic/sage", "claude-x": "sim-compatible/copy", "gemini-x": "sim-responses/scribe"}


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def installed(folder, packages, install):
    """Installs once; a stamp with the packages' names says that it was done."""
    stamp, wanted = os.path.join(folder, "installed"), "\n".join(packages)
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return None
    os.makedirs(folder, exist_ok=True)
    for command in install:
        done = run(command, cwd=folder)
        if done.returncode != 0:
            return f"not installed: {last(done.stdout)}"
    with open(stamp, "w") as file:
        file.write(wanted)
    return None


def last(text):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:160] if lines else "nothing was said"


def prepared(out, name, kind, packages):
    """Makes the driver's surroundings; returns its folder and what is wrong with it."""
    folder = os.path.join(out, name)
    if kind in ("python", "pytest"):
        pip = [os.path.join(folder, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *packages]
        return folder, installed(folder, packages, [[sys.executable, "-m", "venv", folder], pip])
    if kind == "node":
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save", *packages]
        return folder, installed(folder, packages, [["npm", "init", "-y"], npm])
    return folder, None


def call(folder, kind, text, manifest):
    """Runs the driver's text, which is handed over on standard input where its language allows that."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and "API_KEY" not in k}
    options = {"cwd": folder, "timeout": 300, "env": environment}
    if kind == "python":
        return run([os.path.join(folder, "bin/python"), "-"], input=text, **options)
    if kind == "node":
        return run(["node", "--input-type=module", "-"], input=text, **options)
    if kind == "pytest":
        path = os.path.join(folder, "test_driver.py")
        with open(path, "w") as file:
            file.write(text)
        pytest = [os.path.join(folder, "bin/python"), "-m", "pytest", "-q", "-rA", "--no-header"]
        loop = ["-o", "asyncio_mode=auto", "-o", "asyncio_default_test_loop_scope=session"]
        return run([*pytest, *loop, path], **options)
    os.makedirs(os.path.join(folder, "src"), exist_ok=True)
    for name, content in (("src/main.rs", text), ("Cargo.toml", manifest + "\n[workspace]\n")):
        with open(os.path.join(folder, name), "w") as file:
            file.write(content)
    options["env"]["CARGO_TARGET_DIR"] = os.path.join(folder, "target")
    options["cwd"], options["timeout"] = folder, 580
    return run(["cargo", "run", "--quiet"], **options)


def calls(kind, output):
    """The calls that went well, that failed, and that are of endpoints of later."""
    good, bad, later = [], [], []
    for line in output.splitlines():
        if kind == "pytest":
            match = re.match(r"(PASSED|FAILED|ERROR) \S+::(\w+\S*)(.*)", line)
            line = match and f"{'ok' if match[1] == 'PASSED' else 'FAIL'} {match[2]}{match[3]}"
        if line and line.startswith("ok"):
            good.append(line[3:])
        elif line and line.startswith("FAIL "):
            name = line[5:].lower()
            (later if name.startswith(LATER) else bad).append(line[5:])
    return good, bad, later


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wye", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shared", default=SHARED)
    parser.add_argument("--only", default=",".join(DRIVERS))
    arguments = parser.parse_args()
    out = os.path.abspath(arguments.out)
    if not os.path.isdir(arguments.shared):
        raise SystemExit(f"no drivers at {arguments.shared}")
    rows, failed = [], False
    with House(os.path.abspath(arguments.wye), OWN) as own, House(os.path.abspath(arguments.wye), CROSS) as cross:
        for name in arguments.only.split(","):
            kind, path, packages = {**DRIVERS, **HEAVY}[name]
            path = os.path.join(arguments.shared, path)
            if not os.path.exists(path):
                rows.append([name, "", 0, 0, 0, f"no driver at {path}"])
                failed = True
                continue
            manifest = ""
            if kind == "cargo":
                manifest = open(os.path.join(arguments.shared, packages[0])).read()
            folder, wrong = prepared(out, name, kind, packages)
            for label, house in (("own", own), ("cross", cross)):
                if wrong:
                    rows.append([name, label, 0, 0, 0, wrong])
                    failed = True
                    continue
                text = re.sub(r"http://127\.0\.0\.1:\d+/c/[\w-]+", house.url, open(path).read())
                try:
                    done = call(folder, kind, text, manifest)
                except subprocess.TimeoutExpired:
                    rows.append([name, label, 0, 1, 0, "not done in time"])
                    failed = True
                    continue
                good, bad, later = calls(kind, done.stdout)
                if done.returncode != 0 and not bad and kind != "pytest":
                    bad = [f"ended with {done.returncode}: {last(done.stdout)}"]
                if not good and not bad:
                    bad = [f"said nothing: {last(done.stdout)}"]
                cannot = []
                if label == "cross":
                    cannot = [(b, why) for b in bad for (d, c), why in CANNOT.items() if d == name and b.startswith(c)]
                    bad = [b for b in bad if b not in [c for c, _ in cannot]]
                failed |= bool(bad)
                why = [b[:160] for b in bad] + [f"not there: {why}" for _, why in cannot]
                rows.append([name, label, len(good), len(bad), len(later), "; ".join(why)])
                print(f"{name} {label}: {len(good)} ok, {len(bad)} failed, {len(later)} later", flush=True)
    print()
    table(["driver", "provider", "ok", "failed", "later", "why"], rows)
    sys.exit(failed)


main()
