"""A request for each strategy, each route of the gateway's own and each wish of a client, through the official SDKs, in front
of the demo's fleet: who serves it, and what is told of why (`x-wye-reason`, the trace). Each would fail if its strategy or
wish were left out: another would serve, or the trace would say something else.

All requests are sent first. Then the gateway is started anew on what it keeps, which is when all of it is written, and asked
for the trace of each."""

import json
import os
import re
import urllib.request
from types import SimpleNamespace

import anthropic
import openai
import pytest

from conftest import fleet_and_gateway, unhurried

KEY = "wye-e2e-0123456789abcdef0123456789abcdef"
PASSWORD = "e2e-correct-horse-battery"
# Of what is to fail once: each is asked by one case, since who failed rests.
FAILING = [f"fails-{n}" for n in range(13)]
# Beside the demo's fleet: a judge that finds everything as hard as can be, one that will not rate, one that refuses what
# others would answer, one that is cut off after three events, one that never answers, one that does sums, one that is quick,
# one that is slow, one that is late from the second time on, and a class with grades.
MORE = """
  sim-judge: { dialect: openai_chat, models: { judge: {} }, faults: [{ fault: { text_200: "3" } }] }
  sim-mute: { dialect: openai_chat, models: { mute: {} }, faults: [{ fault: { text_200: "I would rather not say." } }] }
  sim-prim: { dialect: openai_chat, models: { prim: {} }, faults: [{ fault: { text_200: "I'm sorry, but I can't help with that." } }] }
  sim-cut: { dialect: openai_chat, models: { cut: {} }, faults: [{ fault: { cut_after_events: 3 } }] }
  sim-broken: { dialect: openai_chat, models: { %FAILING% }, faults: [{ fault: { status: 500 } }] }
  sim-sums: { dialect: openai_chat, models: { sums: {} }, faults: [{ fault: { text_200: "42" } }] }
  sim-quick: { dialect: openai_chat, models: { quick: {} } }
  sim-slow: { dialect: openai_chat, models: { slow: { ttft: 800ms } } }
  sim-late: { dialect: openai_chat, models: { late: {} }, faults: [{ on: { from: 2 }, fault: { slow_first: 1500ms } }] }
  sim-class: { dialect: openai_chat, models: { grand: {}, usual: {}, bright: {}, handy: {} } }
"""
MORE = MORE.replace("%FAILING%", ", ".join(f"{name}: {{}}" for name in FAILING))
CONFIG = """
discover: false
keys: [{ name: e2e, key: %KEY% }]
providers:
  openai: { dialect: openai_chat, base_url: "%F%/sim-openai/v1", api_key: sk-sim-openai, models: [{ id: swift, context: 8000, tools: true, price: { input: 1, output: 2 } }] }
  anthropic: { dialect: anthropic_messages, base_url: "%F%/sim-anthropic", api_key: sk-sim-anthropic, models: [{ id: sage, context: 200000, price: { input: 5, output: 20 } }] }
  gemini: { dialect: gemini, base_url: "%F%/sim-gemini", api_key: sk-sim-gemini, models: [{ id: lens, context: 1000000, price: { input: 0.5, output: 1 } }] }
  others: { dialect: openai_chat, base_url: "%F%/sim-judge/v1", api_key: any, models: [judge] }
  mute: { dialect: openai_chat, base_url: "%F%/sim-mute/v1", api_key: any, models: [mute] }
  prim: { dialect: openai_chat, base_url: "%F%/sim-prim/v1", api_key: any, models: [prim] }
  cut: { dialect: openai_chat, base_url: "%F%/sim-cut/v1", api_key: any, models: [cut] }
  broken: { dialect: openai_chat, base_url: "%F%/sim-broken/v1", api_key: any }
  sums: { dialect: openai_chat, base_url: "%F%/sim-sums/v1", api_key: any, models: [sums] }
  figures: { dialect: openai_chat, base_url: "%F%/sim-sums/v1", api_key: any, models: [sums] }
  quick: { dialect: openai_chat, base_url: "%F%/sim-quick/v1", api_key: any, models: [quick] }
  slow: { dialect: openai_chat, base_url: "%F%/sim-slow/v1", api_key: any, models: [slow] }
  late: { dialect: openai_chat, base_url: "%F%/sim-late/v1", api_key: any, models: [late] }
  fresh: { dialect: openai_chat, base_url: "%F%/sim-quick/v1", api_key: any, models: [quick] }
  gift: { dialect: openai_chat, base_url: "%F%/sim-quick/v1", api_key: any, models: [{ id: quick, price: { input: 0, output: 0 } }] }
  plain: { dialect: openai_chat, base_url: "%F%/sim-quick/v1", api_key: any, models: [{ id: quick, unsupported_params: [seed] }] }
  spent: { dialect: openai_chat, base_url: "%F%/sim-quick/v1", api_key: any, models: [{ id: quick, limits: { rpd: 1 } }] }
  used: { dialect: openai_chat, base_url: "%F%/sim-quick/v1", api_key: any, models: [{ id: quick, limits: { rpd: 1 } }] }
  class:
    dialect: openai_chat
    base_url: "%F%/sim-class/v1"
    api_key: any
    models: [{ id: grand, tools: true, price: { input: 5, output: 20 } }, { id: usual, price: { input: 0.1, output: 0.1 } }, { id: bright, price: { input: 0.2, output: 0.2 } }, { id: handy, tools: true, price: { input: 0.3, output: 0.3 } }]
routes:
  ordered: { targets: &all [openai/swift, gemini/lens, anthropic/sage] }
  broken: { targets: [broken/fails-9, gemini/lens] }
  alone-0: { targets: [broken/fails-10, gemini/lens] }
  alone-1: { targets: [broken/fails-11, gemini/lens] }
  alone-2: { targets: [broken/fails-12, gemini/lens] }
  sticky: { strategy: cheapest, targets: *all, affinity: { switch_cost: 1 } }
  weighted: { strategy: weighted, targets: [{ deployment: openai/swift, weight: 0 }, { deployment: gemini/lens, weight: 1 }] }
  balanced: { strategy: balanced, targets: [spent/quick, used/quick, gemini/lens] }
  adaptive: { strategy: adaptive, targets: [{ deployment: openai/swift, weight: 0.1 }, { deployment: gemini/lens, weight: 0.2 }, { deployment: anthropic/sage, weight: 1 }], weights: { random: 0, health: 0, speed: 0, user: 1, consecutive: 0 } }
  fastest: { strategy: fastest, targets: [fresh/quick, slow/slow, quick/quick] }
  cheapest: { strategy: cheapest, targets: *all }
  strongest: { strategy: strongest, targets: *all }
  school: { strategy: school, targets: *all }
  learned: { strategy: learned, targets: *all, worth: { dollars: 1, wait: 1h } }
  thrifty: { strategy: learned, targets: *all, worth: { dollars: 0.00001, wait: 1h } }
  graded: { targets: [class/grand, class/usual, class/bright] }
  taught: { strategy: school, targets: [class/grand, class/usual, class/bright], school: { category: math } }
  told: { strategy: school, targets: [class/grand, class/usual, class/bright] }
  valued: { strategy: learned, targets: [class/grand, class/usual, class/bright], school: { category: math }, worth: { dollars: 1, wait: 1h } }
  best: { strategy: strongest, targets: [class/grand, class/usual, class/bright] }
  frugal: { strategy: cheapest, targets: [class/grand, class/usual, class/bright], cheapest: { tolerance: 0.05 } }
  rules:
    strategy: rules
    targets: *all
    rules:
      conditions: [{ rule_id: with-tools, requires_tool_calling: true, primary_model: 2 }]
      patterns: [{ pattern: poem, target: 1 }, { pattern: บทกวี, target: 1 }]
  judge: { strategy: judge, targets: *all, judge: { model: others/judge, scale: 3 } }
  unjudged: { strategy: judge, targets: *all, judge: { model: mute/mute, scale: 3 } }
  consensus: { strategy: consensus, targets: [mute/mute, sums/sums, figures/sums], consensus: { members: 3 } }
  verified: { strategy: verified, targets: [sums/sums, figures/sums, anthropic/sage], verified: { cheap: [sums/sums, figures/sums], strong: anthropic/sage } }
  doubted: { strategy: verified, targets: [mute/mute, gemini/lens, anthropic/sage], verified: { cheap: [mute/mute, gemini/lens], strong: anthropic/sage } }
  race: { targets: [slow/slow, quick/quick], hedge: { contenders: 2, mode: race } }
  hedged: { targets: [late/late, quick/quick], hedge: { contenders: 2, budget: 1 } }
  mirror: { targets: [openai/swift], mirror: { target: sums/sums, share: 1 } }
  nested: { targets: [{ route: cheapest }, openai/swift] }
  chosen: { targets: ['provider:openai,gemini price_in<=0.7'] }
  checked: { targets: [prim/prim, gemini/lens], validate: { refusal: true } }
  continued: { targets: [cut/cut, gemini/lens], continue_streams: true }
  patient: { targets: [slow/slow, quick/quick] }
  particular: { targets: [plain/quick, gemini/lens] }
  given: { targets: [openai/swift, gift/quick] }
  dear: { targets: [anthropic/sage, gemini/lens] }
"""
SWIFT, LENS, SAGE = "openai/swift", "gemini/lens", "anthropic/sage"
QUICK, SLOW, LATE, FRESH, GIFT, PLAIN = "quick/quick", "slow/slow", "late/late", "fresh/quick", "gift/quick", "plain/quick"
SPENT, USED = "spent/quick", "used/quick"
GRAND, USUAL, BRIGHT, HANDY = "class/grand", "class/usual", "class/bright", "class/handy"
# What was graded: who is large is not who is good.
GRADES = [(GRAND, "code", 0.2), (USUAL, "code", 0.4), (BRIGHT, "code", 0.95), (USUAL, "math", 1), (USUAL, "thai", 0.9), (HANDY, "tools", 0.8)]
SUM = "What is 6 * 7? Answer with the number only. [[category=math;answer=42]]"
CODE = "Write a Python function that sorts a list of numbers, and its unit tests."
LONG = "A rather long story. " * 4000
TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}]
WISHED = "as the request wishes"
# What each strategy's scores are made of.
TERMS = {
    "ordered": [],
    "balanced": ["used", "penalty"],
    "weighted": ["share"],
    "adaptive": ["random", "health", "speed", "weight", "penalty"],
    "fastest": ["first_ms", "rest_ms", "success"],
    "cheapest": ["cost_usd", "quality"],
    "strongest": ["quality", "size", "context"],
    "school": ["head", "grade", "quality", "size", "cost_usd"],
    "learned": ["quality", "sd", "cost", "wait", "chance"],
}


def case(route, served, reason, text="hi", body=None, headers=None, **trace):
    """A request, who serves it (one name; several, or none for anybody), and what its reason and its trace say. `trace`:
    `by`, the strategies of the routes that were asked; `why` of the first; `order` of those that were tried, or its
    beginning; `refused` (codes by deployment); `roles` of the attempts; `mode`; `session`, what became of it."""
    served = [served] if isinstance(served, str) else served
    trace.setdefault("refused", {})
    return SimpleNamespace(
        route=route, served=served, reason=reason, text=text, body=body or {}, headers=headers or {}, trace=trace
    )


def strategy(name, served, order, route=None, **more):
    """A route of a strategy: `order` is that in which its targets are tried."""
    more = {"by": [name], "terms": TERMS[name], "order": order} | more
    return case(route or name, served, f"{name}: {served}", **more)


def wish(name, body, header, value, route, served, reason, beside=None, **more):
    """The same wish as a field, and in headers of both spellings. `{n}` in the route's name is another each time."""
    field = {name: case(route.format(n=0), served, reason, body=body | (beside or {}), **more)}
    spelt = [f"X-Wye-{header}", f"X-SMLGateway-{header}"]
    return field | {
        spelling: case(route.format(n=n), served, reason, body=beside, headers={spelling: value}, **more)
        for n, spelling in enumerate(spelt, 1)
    }


OTHERS_EXCLUDED = {LENS: "excluded", SAGE: "excluded"}
DEAR = {SWIFT: "price_cap", SAGE: "price_cap"}
STAYS = dict(by=["cheapest"], order=[SWIFT, LENS, SAGE], session="kept")
CASES = {
    # Strategies.
    "ordered": case("ordered", SWIFT, "ordered: first target", recorded=False),
    "ordered, first fails": case("broken", LENS, "ordered: gemini/lens; attempt 2", roles=["primary", "retry"], recorded=False),
    # Who has no share is a fallback.
    "weighted": strategy("weighted", LENS, [LENS, SWIFT]),
    # Chance decides among those with room: only one has some.
    "balanced": strategy("balanced", LENS, [LENS], refused={SPENT: "quota_used_up", USED: "quota_used_up"}),
    # Use takes seven tenths of a score at most, and the others have two tenths of this one's weight.
    "adaptive": strategy("adaptive", SAGE, [SAGE]),
    # Who was never asked counts as slower than the slow one.
    "fastest": strategy("fastest", QUICK, [QUICK, SLOW, FRESH]),
    "cheapest": strategy("cheapest", LENS, [LENS, SWIFT, SAGE]),
    # Nobody was graded: by size, for which the price stands, then context, then price.
    "strongest, ungraded": strategy("strongest", SAGE, [SAGE, LENS, SWIFT]),
    "school, ungraded": strategy("school", SAGE, [SAGE, LENS, SWIFT]),
    "learned, quality is worth much": strategy("learned", SAGE, [SAGE]),
    "learned, quality is worth little": strategy("learned", LENS, [LENS, SWIFT, SAGE], route="thrifty"),
    "strongest, graded": strategy("strongest", BRIGHT, [BRIGHT, USUAL, GRAND], route="best", text=CODE),
    "school, in one category": strategy("school", USUAL, [USUAL, BRIGHT, GRAND], route="taught"),
    "school, by the words": strategy("school", BRIGHT, [BRIGHT, USUAL, GRAND], route="told", text=CODE, about="code"),
    "school, by other words": strategy("school", USUAL, [USUAL], route="told", text="Solve for x: 3x^2 - 12x + 9 = 0. Show the steps.", about="math"),
    "learned, in one category": strategy("learned", USUAL, [USUAL, BRIGHT, GRAND], route="valued"),
    "cheapest of the good": strategy("cheapest", BRIGHT, [BRIGHT], route="frugal", text=CODE),
    "rules, none holds": case("rules", SWIFT, "rules (no rule holds): openai/swift", by=["rules"], why="no rule holds"),
    "rules, a pattern": case("rules", LENS, "rules (", "A poem, please.", by=["rules"], why="poem"),
    "rules, a condition": case("rules", SAGE, "rules (", body={"tools": TOOLS}, by=["rules"], why="with-tools"),
    "rules, complex": case("rules", SAGE, "rules (", "Analyze and debug this, step by step.", by=["rules"], why="complex"),
    "rules, in Thai": case("rules", LENS, "rules (", "ช่วยเขียนบทกวีเกี่ยวกับสายฝนให้หน่อย", by=["rules"], why="บทกวี", script="thai"),
    "judge": case("judge", SAGE, "judge (", by=["judge"], why="3"),
    "judge, no rating": case("unjudged", SWIFT, "judge (no rating; ", by=["judge"], why="no rating"),
    # Of those that agree the first that answered is sent, and both are as quick.
    "consensus": case("consensus", ["sums/sums", "figures/sums"], "consensus (the most agreed on): ", SUM, by=["consensus"], mode="consensus", roles=["member"] * 3),
    "verified, agreed": case("verified", ["sums/sums", "figures/sums"], "verified (math: the cheap answers agree): ", SUM, by=["verified"], mode="verified", roles=["member"] * 2),
    "verified, differ": case("doubted", SAGE, "verified (math: ", SUM, by=["verified"], mode="verified", why="differ", roles=["member", "member", "retry"]),
    "verified, not comparable": case("verified", SAGE, "verified (no answer that can be checked): ", "Tell me about your day.", by=["verified"], roles=["primary"]),
    "a race": case("race", QUICK, "; hedged", roles=["primary", "hedge"], recorded=False),
    "a hedge": case("hedged", QUICK, "; hedged", roles=["primary", "hedge"], recorded=False),
    "a mirror": case("mirror", SWIFT, "ordered: first target", roles=["primary"], recorded=False),
    "a route in a route": case("nested", LENS, "ordered > cheapest: gemini/lens", by=["ordered", "cheapest"], order=[LENS, SWIFT, SAGE]),
    "a selector": case("chosen", LENS, "ordered: ", recorded=False),
    "an answer that does not hold": case("checked", LENS, "attempt 2", roles=["primary", "retry"], recorded=False),
    "what does not fit": case("ordered", LENS, "ordered: gemini/lens; 1 refused (context)", LONG, refused={SWIFT: "context"}, recorded=False),
    # What is served without a wish where one changes that.
    "no wish: the slow one": case("patient", SLOW, "ordered: first target", recorded=False),
    "no wish: a field is dropped": case("particular", PLAIN, "ordered: first target", body={"seed": 7}, warns="seed", recorded=False),
    "no wish: the dear one": case("dear", SAGE, "ordered: first target", recorded=False),
    # The wishes of a client: as a field, and in headers of both spellings.
    **wish("prefer", {"prefer": ["anthropic"]}, "Prefer", "anthropic", "ordered", SAGE, f"ordered ({WISHED}): anthropic/sage", why=WISHED, order=[SAGE, SWIFT, LENS]),
    **wish("exclude", {"exclude": [SWIFT]}, "Exclude", SWIFT, "ordered", LENS, "ordered: gemini/lens over 1; 1 refused (excluded)", refused={SWIFT: "excluded"}),
    **wish("max_latency_ms", {"max_latency_ms": 600}, "Max-Latency", "600", "patient", QUICK, "1 refused (max_latency)", refused={SLOW: "max_latency"}),
    **wish("strategy", {"strategy": "cheapest"}, "Strategy", "cheapest", "ordered", LENS, f"cheapest ({WISHED}): gemini/lens", by=["cheapest"], order=[LENS, SWIFT, SAGE]),
    **wish("max_price", {"max_price": {"prompt": 0.7}}, "Max-Price", "prompt=0.7", "ordered", LENS, "2 refused (price_cap)", refused=DEAR),
    **wish("models", {"models": [SAGE, SWIFT]}, "Models", f"{SAGE}, {SWIFT}", "broken/fails-{n}", SAGE, "ordered: anthropic/sage over 2; attempt 2", roles=["primary", "retry"]),
    **wish("provider.order", {"provider": {"order": ["anthropic", "gemini"]}}, "Provider-Order", "anthropic, gemini", "ordered", SAGE, WISHED, order=[SAGE, LENS, SWIFT]),
    **wish("provider.only", {"provider": {"only": ["gemini"]}}, "Provider-Only", "gemini", "ordered", LENS, "2 refused (excluded)", refused={SWIFT: "excluded", SAGE: "excluded"}),
    **wish("provider.ignore", {"provider": {"ignore": ["openai", "gemini"]}}, "Provider-Ignore", "openai, gemini", "ordered", SAGE, "2 refused (excluded)", refused={SWIFT: "excluded", LENS: "excluded"}),
    **wish("provider.sort", {"provider": {"sort": "price"}}, "Provider-Sort", "price", "ordered", LENS, f"cheapest ({WISHED})", by=["cheapest"], order=[LENS, SWIFT, SAGE]),
    **wish("provider.require_parameters", {"provider": {"require_parameters": True}}, "Require-Parameters", "true", "particular", LENS, "1 refused (loss)", beside={"seed": 7}, refused={PLAIN: "loss"}, roles=["primary"], later=True),
    **wish("provider.allow_fallbacks", {"provider": {"allow_fallbacks": False}}, "Allow-Fallbacks", "false", "alone-{n}", None, "none of 1 answered", status=500, roles=["primary"]),
    **wish("free_only", {"free_only": True}, "Free-Only", "true", "given", GIFT, "1 refused (not_free)", refused={SWIFT: "not_free"}, recorded=False),
    **wish("hedge", {"hedge": "off"}, "Hedge", "off", "race", SLOW, "ordered", roles=["primary"], recorded=False),
    **wish("usage.include", {"usage": {"include": True}}, "Cost", "true", "ordered", SWIFT, "ordered", recorded=False, cost=True),
    **wish("trace", {"trace": True}, "Trace", "true", "ordered", SWIFT, "ordered", recorded=False, told="attempts: openai/swift served in "),
    # Who served a session serves it again, though another is cheaper.
    "session_id": case("sticky", SWIFT, "cheapest: ", body={"session_id": "e2e", "exclude": [LENS]}, refused={LENS: "excluded"}, session="first"),
    "session_id, again": case("sticky", SWIFT, "; session kept", body={"session_id": "e2e"}, **STAYS),
    "session_id, another": case("sticky", LENS, "cheapest: ", body={"session_id": "e2e-2"}, session="first"),
    **{
        f"{name}, again": case("sticky", SWIFT, "; session kept", headers={name: "e2e"}, **STAYS)
        for name in ["X-Wye-Session", "X-SMLGateway-Session", "X-Wye-Session-Id", "X-SMLGateway-Session-Id", "X-Session-Id", "X-Conversation-Id", "X-Claude-Code-Session-Id"]
    },
    # The same wishes in other words.
    **{
        f"strategy: {name}": case("graded", None, f"{name} ({WISHED}): ", body={"strategy": name}, by=[name], terms=TERMS[name], why=WISHED)
        for name in TERMS
        if name != "ordered"
    },
    "strategy: ordered": case("cheapest", SWIFT, f"ordered ({WISHED}): openai/swift", body={"strategy": "ordered"}, by=["ordered"], order=[SWIFT, LENS, SAGE]),
    "inside extra": case("ordered", SAGE, WISHED, body={"extra": {"prefer": ["anthropic"]}}, order=[SAGE, SWIFT, LENS]),
    "inside extra_body": case("ordered", LENS, "2 refused (excluded)", body={"extra_body": {"provider": {"only": ["gemini"]}}}, refused={SWIFT: "excluded", SAGE: "excluded"}),
    "X-Wye-Max-Latency-Ms": case("patient", QUICK, "1 refused (max_latency)", headers={"X-Wye-Max-Latency-Ms": "600"}, refused={SLOW: "max_latency"}),
    "provider.max_price": case("ordered", LENS, "2 refused (price_cap)", body={"provider": {"max_price": {"completion": 1.5}}}, refused=DEAR),
    "max_price, of the request": case("dear", LENS, "1 refused (price_cap)", body={"max_price": {"request": 0.002}}, refused={SAGE: "price_cap"}),
    "provider.sort, by": case("ordered", LENS, f"cheapest ({WISHED})", body={"provider": {"sort": {"by": "price"}}}, by=["cheapest"]),
    "provider.sort, latency": case("patient", QUICK, f"fastest ({WISHED})", body={"provider": {"sort": "latency"}}, by=["fastest"], order=[QUICK, SLOW]),
    "provider.sort, throughput": case("patient", QUICK, f"fastest ({WISHED})", body={"provider": {"sort": "throughput"}}, by=["fastest"], order=[QUICK, SLOW]),
    "provider.allow_fallbacks, with an order": case("ordered", SWIFT, "2 refused (excluded)", body={"provider": {"order": ["openai"], "allow_fallbacks": False}}, refused=OTHERS_EXCLUDED),
    "provider, a field that nobody knows": case("ordered", SWIFT, "ordered", body={"provider": {"quantizations": ["fp8"]}}, warns="provider.quantizations: dropped", recorded=False),
    "models, without a model": case(openai.NOT_GIVEN, LENS, "ordered", body={"models": [LENS, SAGE]}, order=[LENS, SAGE]),
    "route": case("broken/fails-7", LENS, "attempt 2", body={"route": "fallback", "models": [LENS]}, roles=["primary", "retry"]),
    "hedge, as yes or no": case("hedged", LATE, "ordered", body={"hedge": False}, roles=["primary"], recorded=False),
    "trace, of a failure": case("broken/fails-8", LENS, "attempt 2", body={"trace": True, "models": [SWIFT, LENS], "exclude": [SWIFT]}, refused={SWIFT: "excluded"}, told="refused: openai/swift excluded; attempts: broken/fails-8 provider_error (500) in "),
    # What cannot be done, or cannot both be done, is said.
    "contradictory": case("ordered", None, None, body={"prefer": ["gemini"], "exclude": ["gemini"]}, status=400, param="prefer"),
    "contradictory orders": case("ordered", None, None, body={"strategy": "fastest", "provider": {"sort": "price"}}, status=400, param="provider.sort"),
    "nonsense": case("ordered", None, None, body={"strategy": "wishful"}, status=400, param="strategy"),
    "a nonsensical header": case("ordered", None, None, headers={"X-SMLGateway-Max-Latency": "soon"}, status=400, param="x-smlgateway-max-latency"),
    "a route that there is not": case("ordered", None, None, body={"route": "sort"}, status=400, param="route"),
    "provider.data_collection": case("ordered", None, None, body={"provider": {"data_collection": "deny"}}, status=400, param="provider.data_collection"),
    "provider.zdr": case("ordered", None, None, body={"provider": {"zdr": True}}, status=400, param="provider.zdr"),
    "provider.enforce_distillable_text": case("ordered", None, None, body={"provider": {"enforce_distillable_text": True}}, status=400, param="provider.enforce_distillable_text"),
    "free_only, nothing is free": case("ordered", None, "no target answered", body={"free_only": True}, status=402, recorded=False),
    "nobody is left": case("ordered", None, None, body={"provider": {"only": ["nobody"]}}, status=400, refused={SWIFT: "excluded", LENS: "excluded", SAGE: "excluded"}),
}
# The gateway's own routes choose among the whole fleet: by what, and whom they ask first, where chance or the machine's pace
# has no say in that.
OWN = {
    "wye/auto": ("learned", BRIGHT),
    "wye/fast": ("fastest", None),
    "wye/cheap": ("cheapest", GIFT),
    "wye/strong": ("strongest", BRIGHT),
    "wye/tools": ("school", HANDY),
    "wye/thai": ("school", USUAL),
    "wye/consensus": ("consensus", None),
    "wye/verified": ("verified", None),
}
ALIASES = ["auto", "sml/auto", "sml/fast", "sml/tools", "sml/thai", "sml/consensus"]


def own(name):
    by, first = OWN["wye/" + name.removeprefix("wye/").removeprefix("sml/")]
    order = {"order": [first]} if first else {}
    return case(name, None, by, by=[by], names=name, refused=None, **order)


CASES |= {name: own(name) for name in [*OWN, *ALIASES]}


@pytest.fixture(scope="module")
def told():
    """What each case was answered, with its trace."""
    config = lambda fleet: CONFIG.replace("%F%", fleet).replace("%KEY%", KEY)
    with fleet_and_gateway(unhurried() + MORE, config, PASSWORD) as (fleet, url, anew):
        client = openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)
        grade(url)
        # First, while nobody has found out that one of its targets is cut off.
        found = {"stream": ask_stream(client), "anthropic": ask_anthropic(url)}
        # How fast they are is known, and what they may be asked in a day is used up.
        for name in [QUICK, SLOW, LATE, SPENT, USED]:
            assert ask(client, case(name, name, "")).status == 200
        found |= {name: ask(client, one) for name, one in CASES.items()}
        received = call(f"{fleet}/_sim/received")["received"]
        url = anew()
        for one in found.values():
            one.trace = trace(url, one.id)
        copies = call(f"{url}/api/v1/requests?provider=sums", token=logged_in(url))["items"]
        found |= {"received": received, "copies": copies}
        yield found


def call(url, body=None, token=None, method="GET"):
    """One plain HTTP call; what it was answered."""
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode(), method=method)
    request.add_header("content-type", "application/json")
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def logged_in(url):
    """What the user of the admin API is known by."""
    who = {"name": "e2e", "password": PASSWORD, "tokens": True}
    return call(f"{url}/api/v1/session", who, method="POST")["session"]["access"]


def grade(url):
    grades = [
        {"deployment": deployment, "category": category, "value": value, "questions": 200}
        for deployment, category, value in GRADES
    ]
    call(f"{url}/api/v1/grades", {"grades": grades}, logged_in(url), "PUT")


def ask(client, one):
    messages = [{"role": "user", "content": one.text}]
    try:
        answer = client.chat.completions.with_raw_response.create(
            model=one.route, messages=messages, extra_body=one.body, extra_headers=one.headers
        )
        text, error = answer.parse().choices[0].message.content, None
        usage = answer.http_response.json()["usage"]
    except openai.APIStatusError as failed:
        answer, text, error, usage = failed.response, None, failed, None
    headers = answer.headers
    served = f"{headers.get('x-wye-provider')}/{headers.get('x-wye-model')}" if error is None else None
    status = error.status_code if error else 200
    return SimpleNamespace(
        id=headers.get("x-wye-decision-id"), reason=headers.get("x-wye-reason"), served=served, text=text,
        headers=headers, status=status, error=error, usage=usage,
    )


def ask_anthropic(url):
    client = anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0)
    answer = client.messages.with_raw_response.create(
        model="ordered", max_tokens=50, messages=[{"role": "user", "content": "hi"}], extra_body={"prefer": ["gemini"]}
    )
    assert answer.parse().content[0].text
    return SimpleNamespace(id=answer.headers["x-wye-decision-id"], reason=answer.headers["x-wye-reason"])


def ask_stream(client):
    answer = client.chat.completions.with_raw_response.create(
        model="continued", messages=[{"role": "user", "content": "Say something long. [[tokens=60]]"}], stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in answer.parse() if chunk.choices)
    return SimpleNamespace(id=answer.headers["x-wye-decision-id"], reason=answer.headers["x-wye-reason"], text=text)


def trace(url, id):
    return None if id is None else call(f"{url}/v1/trace/{id}", token=KEY)


@pytest.mark.parametrize("name", CASES)
def test_a_request_goes_where_it_should_and_says_why(told, name):
    one, got = CASES[name], told[name]
    assert got.status == one.trace.get("status", 200), got.error
    if one.served:
        assert got.served in one.served, got.reason
    if one.reason is not None:
        assert one.reason in got.reason, (got.reason, got.error)
    if "param" in one.trace:
        assert got.error.param == one.trace["param"], got.error
        return
    said(one.trace, got)
    explained(one.trace, got)


def said(expected, got):
    """What the answer itself tells."""
    assert expected.get("warns", "") in got.headers.get("x-wye-warnings", "")
    assert ("cost" in expected) == ("cost" in (got.usage or {})), got.usage
    if "cost" in expected:
        used = got.usage["prompt_tokens"] * 1 + got.usage["completion_tokens"] * 2
        assert round(got.usage["cost"] * 1e6) == used > 0
    line = got.headers.get("x-wye-trace", "")
    assert expected.get("told", "") in line and bool(line) == ("told" in expected), line


def explained(expected, got):
    """The trace says the same as the headers did, and what the case expects of it."""
    trace = got.trace
    assert (trace["status"], trace["served"]) == (got.status, got.served)
    assert len(trace["attempts"]) == int(got.headers["x-wye-attempts"])
    if got.served:
        served = [attempt for attempt in trace["attempts"] if attempt["outcome"] == "served"]
        assert got.served in [attempt["deployment"] for attempt in served]
    if "roles" in expected:
        assert [attempt["role"] for attempt in trace["attempts"]] == expected["roles"]
    refused = {one["deployment"]: one["code"] for one in trace["passed_over"]}
    if expected["refused"] is not None:
        assert refused == expected["refused"]
    decision = trace["decision"]
    if expected.get("recorded") is False:
        assert decision is None, "a list needs no explanation"
        return
    chain = decision["chain"]
    if "by" in expected:
        assert [hop["strategy"] for hop in chain] == expected["by"]
    if "names" in expected:
        assert chain[0]["route"] == expected["names"] and got.served in got.reason
    if "why" in expected:
        assert expected["why"] in chain[0]["reason"], chain
    if "script" in expected:
        assert decision["facts"]["script"] == expected["script"], decision["facts"]
    if "about" in expected:
        assert decision["profile"]["categories"][0]["name"] == expected["about"], decision["profile"]
    if "mode" in expected:
        assert decision["mode"] == expected["mode"]
    if "terms" in expected:
        assert decision["terms"] == expected["terms"]
    tried = [candidate for candidate in decision["candidates"] if candidate["place"] is not None]
    assert [candidate["place"] for candidate in tried] == list(range(len(tried)))
    tried = [candidate["deployment"] for candidate in tried]
    if "order" in expected:
        assert tried[: len(expected["order"])] == expected["order"]
    if got.served:
        assert got.served in tried
    # That a target cannot be told everything is seen when the request is written for it.
    before = {one["deployment"]: one["refused"]["code"] for one in decision["candidates"] if one["refused"]}
    assert before == ({} if expected.get("later") else refused)
    if "session" in expected:
        session = decision["session"]
        assert (session["by"], session["outcome"]) == ("name", expected["session"])


def test_every_control_that_clients_are_told_of_is_tried():
    with open(os.path.join(os.path.dirname(__file__), "../../docs/controls.md")) as file:
        page = file.read()
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", page, re.MULTILINE)
    assert len(rows) > 15
    sent = {name.lower() for one in CASES.values() for name in one.headers}
    for field, headers in rows:
        if field == "provider":
            continue
        assert field in CASES or f"provider.{field}" in CASES, field
        for header in re.findall(r"`X-Wye-([\w-]+)`", headers):
            assert {f"x-wye-{header.lower()}", f"x-smlgateway-{header.lower()}"} <= sent, header


def test_the_wishes_of_an_anthropic_client_are_heard(told):
    got = told["anthropic"]
    assert got.trace["served"] == LENS and WISHED in got.reason, got.reason


def test_a_stream_that_is_cut_goes_on_elsewhere_and_says_so(told):
    got = told["stream"]
    roles = [(attempt["deployment"], attempt["role"]) for attempt in got.trace["attempts"]]
    assert roles == [("cut/cut", "primary"), (LENS, "continuation")] and got.text
    assert any("cut/cut" in warning or LENS in warning for warning in got.trace["warnings"]), got.trace["warnings"]


def test_a_copy_is_answered_and_recorded_and_never_returned(told):
    got = told["a mirror"]
    # What the copy is answered is always this.
    assert got.text and got.text != "42"
    copies = [one for one in told["copies"] if one["detail"].get("parent") == got.id]
    assert [(one["route"], one["provider"], one["status"]) for one in copies] == [("mirror (mirror)", "sums", 200)], told["copies"]


def test_comparisons_name_their_members(told):
    said = told["consensus"].headers["x-wye-consensus"]
    assert "sums/sums" in said and "mute/mute" in said and said.endswith("agreement=0.50"), said
    assert told["verified, agreed"].headers["x-wye-verified"].endswith("outcome=agreed")
    assert "outcome=differ" in told["verified, differ"].headers["x-wye-verified"]


def test_wishes_never_reach_the_provider(told):
    ours = ["x-wye-", "x-smlgateway-", "x-session-id", "x-conversation-id", "x-claude-code-session-id"]
    fields = {name.split(".")[0] for one in CASES.values() for name in one.body} - {"tools", "seed"}
    assert len(fields) > 12
    for one in told["received"]:
        assert not fields & set(one["body"] or {}), one["body"]
        assert not [name for name in one["headers"] if name.startswith(tuple(ours))], one["headers"]
