"""Runs coding agents headless against Wye and prints what each of them came to.

    python agents.py --wye target/e2e/wye --out target/agents [--only codex]

The agents are installed below --out from npm. Each says hi, and does one round with a tool of its own: the prompt tells
the simulated model which, the agent runs it, and the model answers with what it got. Each does both at a provider of its
own dialect and at one of another.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from house import KEY, House, table

# The versions that the knobs below are known to fit.
PACKAGES = [
    "@anthropic-ai/claude-code@2.1.197",
    "@openai/codex@0.169.0",
    "opencode-ai@1.18.33",
    "@google/gemini-cli@0.61.0",
    "@qwen-code/qwen-code@0.15.10",
]
SECRET = "marmalade-4711"


class Claude:
    name, command = "Claude Code", "claude"
    own, cross = "sim-anthropic/sage-thinking", "sim-gemini/lens-thinking"
    tool = "[[tool=Read;file_path={note}]]"

    def arguments(self, prompt, model):
        return ["-p", prompt, "--model", model]

    def environment(self, url, model, home):
        names = ["ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL"]
        quiet = ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_AUTOUPDATER"]
        return {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": KEY,
            **{name: model for name in names},
            **{name: "1" for name in quiet},
        }


    def lost(self, received):
        """What its own vendor has to see and did not."""
        last = received[-1]
        seen = {"anthropic-beta": "anthropic-beta" in last["headers"], **dict.fromkeys(last["body"], True)}
        return [name for name in ("anthropic-beta", "context_management", "output_config") if not seen.get(name)]


class Codex:
    name, command = "Codex", "codex"
    own, cross = "sim-responses/scribe-thinking", "sim-anthropic/sage-thinking"
    tool = "[[tool=exec_command;cmd=cat {note}]]"

    def arguments(self, prompt, model):
        return ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", prompt]

    def environment(self, url, model, home):
        os.makedirs(os.path.join(home, ".codex"))
        with open(os.path.join(home, ".codex/config.toml"), "w") as file:
            file.write(
                f'model = "{model}"\nmodel_provider = "gw"\n[model_providers.gw]\nname = "gw"\n'
                f'base_url = "{url}/v1"\nenv_key = "K"\nwire_api = "responses"\n'
            )
        return {"K": KEY}


    def lost(self, received):
        body = received[-1]["body"]
        seen = {tool["type"] for tool in body["tools"]} | set(body)
        seen |= {"encrypted_content"} if any(item.get("encrypted_content") for item in body["input"]) else set()
        wanted = ("namespace", "web_search", "encrypted_content", "client_metadata", "prompt_cache_key")
        return [name for name in wanted if name not in seen]


class OpenCode:
    name, command = "OpenCode", "opencode"
    own, cross = "sim-compatible/copy-thinking", "sim-gemini/lens-thinking"
    tool = "[[tool=read;filePath={note}]]"

    def arguments(self, prompt, model):
        return ["run", "-m", f"gw/{model}", prompt]

    def environment(self, url, model, home):
        options = {"baseURL": url + "/v1", "apiKey": KEY}
        provider = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": {model: {}}}
        with open(os.path.join(home, "work/opencode.json"), "w") as file:
            json.dump({"provider": {"gw": provider}, "autoupdate": False, "share": "disabled"}, file)
        return {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}


class Gemini:
    name, command = "Gemini CLI", "gemini"
    own, cross = "sim-gemini/lens-thinking", "sim-responses/scribe-thinking"
    tool = "[[tool=read_file;file_path={note}]]"

    def arguments(self, prompt, model):
        return ["-m", model, "-p", prompt, "--skip-trust"]

    def environment(self, url, model, home):
        os.makedirs(os.path.join(home, ".gemini"))
        settings = {
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False},
            "general": {"disableAutoUpdate": True},
        }
        with open(os.path.join(home, ".gemini/settings.json"), "w") as file:
            json.dump(settings, file)
        return {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": url}


class Qwen:
    name, command = "Qwen Code", "qwen"
    own, cross = "sim-compatible/copy-thinking", "sim-bedrock/us.anthropic.claude-basalt-thinking-v1:0"
    tool = "[[tool=read_file;file_path={note}]]"

    def arguments(self, prompt, model):
        return ["--auth-type", "openai", "-p", prompt]

    def environment(self, url, model, home):
        return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url + "/v1", "OPENAI_MODEL": model}


AGENTS = {agent.command: agent() for agent in (Claude, Codex, OpenCode, Gemini, Qwen)}


def install(out):
    stamp = os.path.join(out, "installed")
    if os.path.exists(stamp) and open(stamp).read() == "\n".join(PACKAGES):
        return
    os.makedirs(out, exist_ok=True)
    subprocess.run(["npm", "init", "-y"], cwd=out, check=True, stdout=subprocess.DEVNULL)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
    subprocess.run(command, cwd=out, check=True)
    with open(stamp, "w") as file:
        file.write("\n".join(PACKAGES))


def version(out, agent):
    package = next(p for p in PACKAGES if agent.command in p)
    return package.rsplit("@", 1)[1]


def converse(out, agent, house, model, prompt):
    """Runs the agent once in a home and a folder of its own; returns what it printed."""
    with tempfile.TemporaryDirectory() as home:
        work = os.path.join(home, "work")
        os.makedirs(work)
        note = os.path.join(work, "note.txt")
        with open(note, "w") as file:
            file.write(f"The word is {SECRET}.\n")
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM") if name in os.environ}
        environment = {**kept, "HOME": home, "NO_COLOR": "1", **agent.environment(house.url, model, home)}
        command = [os.path.join(out, "node_modules/.bin", agent.command)]
        command += agent.arguments(prompt.replace("{note}", note), model)
        try:
            done = subprocess.run(
                command,
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                timeout=120,
            )
        except subprocess.TimeoutExpired as expired:
            said = expired.stdout or b""
            return "", f"not done in time: {said[-200:]!r}"
        return done.stdout, done.stderr


def tried(out, agent, house, model, log):
    """What came of hi and of the tool's round."""
    results = []
    for what, prompt, wanted in (
        ("hi", "[[talk]] say hi", "answering"),
        ("tool", agent.tool + " what does the note say?", SECRET),
    ):
        house.received()
        said, complaint = converse(out, agent, house, model, prompt)
        received = house.received()
        with open(os.path.join(log, f"{agent.command}-{model.replace('/', '-')}-{what}.json"), "w") as file:
            json.dump({"said": said, "complaint": complaint, "received": received}, file, indent=1)
        # The word has to come from the model's mouth: agents print what their tools read, too.
        model_said = "heard from the tools" in said if what == "tool" else True
        good = wanted in said and model_said
        lost = agent.lost(received) if good and what == "tool" and model == agent.own and hasattr(agent, "lost") else []
        if lost:
            good, complaint = False, f"the provider did not get {', '.join(lost)}"
        results.append(f"{what} ok" if good else f"{what} FAILED")
        if not good:
            lines = [line for line in (said + "\n" + complaint).splitlines() if line.strip()]
            print(f"{agent.name} {model} {what}: " + " / ".join(lines[-4:])[:600], flush=True)
    return ", ".join(results)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wye", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", default=",".join(AGENTS))
    arguments = parser.parse_args()
    out = os.path.abspath(arguments.out)
    install(out)
    log = os.path.join(out, "log")
    os.makedirs(log, exist_ok=True)
    rows = []
    with House(os.path.abspath(arguments.wye), {"auto": "sim-openai/swift"}) as house:
        for name in arguments.only.split(","):
            agent = AGENTS[name]
            came = {model.split("/")[0]: tried(out, agent, house, model, log) for model in (agent.own, agent.cross)}
            cells = [f"{provider}: {what}" for provider, what in came.items()]
            rows.append([agent.name, version(out, agent), *cells])
            print(agent.name, *cells, sep=" | ", flush=True)
    print()
    table(["agent", "version", "own dialect", "cross dialect"], rows)
    sys.exit(any("FAILED" in cell for row in rows for cell in row))


main()
