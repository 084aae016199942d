"""A request for each strategy, each route of the gateway's own and each wish of a client, through the official SDKs, in front
of the demo's fleet: who serves it, and what is told of why (`x-wye-reason`, the trace).

All requests are sent first. Then the gateway is started anew on what it keeps, which is when all of it is written, and asked
for the trace of each."""

import json
import urllib.request
from types import SimpleNamespace

import anthropic
import openai
import pytest

from conftest import fleet_and_gateway, unhurried

KEY = "wye-e2e-0123456789abcdef0123456789abcdef"
# Beside the demo's fleet: a judge that finds everything as hard as can be, one that will not rate, one that refuses what
# others would answer, one that is cut off after three events, one that never answers, and one that does sums.
MORE = """
  sim-judge: { dialect: openai_chat, models: { judge: {} }, faults: [{ fault: { text_200: "3" } }] }
  sim-mute: { dialect: openai_chat, models: { mute: {} }, faults: [{ fault: { text_200: "I would rather not say." } }] }
  sim-prim: { dialect: openai_chat, models: { prim: {} }, faults: [{ fault: { text_200: "I'm sorry, but I can't help with that." } }] }
  sim-cut: { dialect: openai_chat, models: { cut: {} }, faults: [{ fault: { cut_after_events: 3 } }] }
  sim-broken: { dialect: openai_chat, models: { broken: {}, worse: {}, worst: {}, lost: {} }, faults: [{ fault: { status: 500 } }] }
  sim-sums: { dialect: openai_chat, models: { sums: {} }, faults: [{ fault: { text_200: "42" } }] }
"""
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
  broken: { dialect: openai_chat, base_url: "%F%/sim-broken/v1", api_key: any, models: [broken, worse, worst, lost] }
  sums: { dialect: openai_chat, base_url: "%F%/sim-sums/v1", api_key: any, models: [sums] }
  figures: { dialect: openai_chat, base_url: "%F%/sim-sums/v1", api_key: any, models: [sums] }
routes:
  ordered: { targets: [openai/swift, gemini/lens, anthropic/sage] }
  broken: { targets: [broken/broken, gemini/lens] }
  alone: { targets: [broken/worst, gemini/lens] }
  sticky: { strategy: balanced, targets: [openai/swift, gemini/lens, anthropic/sage], affinity: { switch_cost: 1 } }
  weighted: { strategy: weighted, targets: [{ deployment: openai/swift, weight: 0 }, { deployment: gemini/lens, weight: 1 }] }
  balanced: { strategy: balanced, targets: [openai/swift, gemini/lens, anthropic/sage] }
  adaptive: { strategy: adaptive, targets: [openai/swift, gemini/lens, anthropic/sage] }
  fastest: { strategy: fastest, targets: [openai/swift, gemini/lens, anthropic/sage] }
  cheapest: { strategy: cheapest, targets: [openai/swift, gemini/lens, anthropic/sage] }
  strongest: { strategy: strongest, targets: [openai/swift, gemini/lens, anthropic/sage] }
  school: { strategy: school, targets: [openai/swift, gemini/lens, anthropic/sage] }
  learned: { strategy: learned, targets: [openai/swift, gemini/lens, anthropic/sage] }
  rules: { strategy: rules, targets: [openai/swift, gemini/lens, anthropic/sage], rules: { patterns: [{ pattern: poem, target: 1 }] } }
  judge: { strategy: judge, targets: [openai/swift, gemini/lens, anthropic/sage], judge: { model: others/judge, scale: 3 } }
  unjudged: { strategy: judge, targets: [openai/swift, gemini/lens, anthropic/sage], judge: { model: mute/mute, scale: 3 } }
  consensus: { strategy: consensus, targets: [mute/mute, sums/sums, figures/sums], consensus: { members: 3 } }
  verified: { strategy: verified, targets: [sums/sums, figures/sums, anthropic/sage], verified: { cheap: [sums/sums, figures/sums], strong: anthropic/sage } }
  doubted: { strategy: verified, targets: [mute/mute, gemini/lens, anthropic/sage], verified: { cheap: [mute/mute, gemini/lens], strong: anthropic/sage } }
  race: { targets: [openai/swift, gemini/lens], hedge: { contenders: 2, mode: race } }
  mirror: { targets: [openai/swift], mirror: { target: gemini/lens, share: 1 } }
  nested: { targets: [{ route: cheapest }, openai/swift] }
  chosen: { targets: ['provider:openai,gemini price_in<=0.7'] }
  checked: { targets: [prim/prim, gemini/lens], validate: { refusal: true } }
  continued: { targets: [cut/cut, gemini/lens], continue_streams: true }
"""
SWIFT, LENS, SAGE = "openai/swift", "gemini/lens", "anthropic/sage"
SUMS = ["sums/sums", "figures/sums"]
SUM = "What is 6 * 7? Answer with the number only. [[category=math;answer=42]]"


def case(route, served, reason, text="hi", body=None, headers=None, **trace):
    """A request, who may serve it (one name, or several), and what its reason and its trace say. `trace`: `strategies` of the
    routes that were asked, `why` of the first, `refused` (codes by deployment), `roles` of the attempts, `mode`."""
    served = [served] if isinstance(served, str) else served
    return SimpleNamespace(
        route=route, served=served, reason=reason, text=text, body=body or {}, headers=headers or {}, trace=trace
    )


ANY = [SWIFT, LENS, SAGE]
LONG = "A rather long story. " * 4000
OWN = [
    "auto", "wye/auto", "wye/fast", "wye/cheap", "wye/strong", "wye/tools", "wye/thai", "wye/consensus", "wye/verified",
    "sml/auto", "sml/fast", "sml/tools", "sml/thai", "sml/consensus",
]
CASES = {
    # Strategies.
    "ordered": case("ordered", SWIFT, "ordered: first target", recorded=False),
    "ordered, first fails": case("broken", LENS, "ordered: gemini/lens; attempt 2", roles=["primary", "retry"], recorded=False),
    "weighted": case("weighted", LENS, "weighted: gemini/lens", strategies=["weighted"]),
    "balanced": case("balanced", ANY, "balanced: ", strategies=["balanced"]),
    "adaptive": case("adaptive", ANY, "adaptive: ", strategies=["adaptive"]),
    "fastest": case("fastest", ANY, "fastest: ", strategies=["fastest"]),
    "cheapest": case("cheapest", LENS, "cheapest: gemini/lens", strategies=["cheapest"], terms=["cost_usd", "quality"]),
    "strongest": case("strongest", ANY, "strongest: ", strategies=["strongest"]),
    "school": case("school", ANY, "school", strategies=["school"]),
    "learned": case("learned", ANY, "learned", strategies=["learned"]),
    "rules, none holds": case("rules", SWIFT, "rules (no rule holds): openai/swift", strategies=["rules"], why="no rule holds"),
    "rules, a pattern": case("rules", LENS, "rules (", "A poem, please.", strategies=["rules"], why="poem"),
    "rules, complex": case("rules", SAGE, "rules (", "Analyze and debug this, step by step.", strategies=["rules"]),
    "rules, in Thai": case("rules", ANY, "rules (", "ช่วยเขียนบทกวีเกี่ยวกับสายฝนให้หน่อย", strategies=["rules"], script="thai"),
    "judge": case("judge", SAGE, "judge (", strategies=["judge"], why="3"),
    "judge, no rating": case("unjudged", SWIFT, "judge (no rating; ", strategies=["judge"], why="no rating"),
    "consensus": case("consensus", SUMS, "consensus (the most agreed on): ", SUM, strategies=["consensus"], mode="consensus", roles=["member"] * 3),
    "verified, agreed": case("verified", SUMS, "verified (math: the cheap answers agree): ", SUM, strategies=["verified"], mode="verified", roles=["member"] * 2),
    "verified, differ": case("doubted", SAGE, "verified (math: ", SUM, strategies=["verified"], mode="verified", why="differ"),
    "verified, not comparable": case("verified", SAGE, "verified (no answer that can be checked): ", "Tell me about your day.", strategies=["verified"]),
    "a race": case("race", [SWIFT, LENS], "; hedged", roles=["primary", "hedge"], recorded=False),
    "a mirror": case("mirror", SWIFT, "ordered: first target", recorded=False),
    "a route in a route": case("nested", LENS, "ordered > cheapest: gemini/lens", strategies=["ordered", "cheapest"]),
    "a selector": case("chosen", LENS, "ordered: ", recorded=False),
    "an answer that does not hold": case("checked", LENS, "attempt 2", recorded=False),
    "what does not fit": case("ordered", LENS, "ordered: gemini/lens; 1 refused (context)", LONG, refused={SWIFT: "context"}, recorded=False),
    # The wishes of a client, as fields.
    "prefer": case("ordered", SAGE, "ordered (as the request wishes): anthropic/sage", body={"prefer": ["anthropic"]}, why="as the request wishes"),
    "prefer, inside extra": case("ordered", SAGE, "as the request wishes", body={"extra": {"prefer": ["anthropic"]}}),
    "exclude": case("ordered", LENS, "ordered: gemini/lens over 1; 1 refused (excluded)", body={"exclude": [SWIFT]}, refused={SWIFT: "excluded"}),
    "max_latency_ms": case("ordered", ANY, "ordered", body={"max_latency_ms": 60000}, strategies=["ordered"]),
    "strategy": case("ordered", LENS, "cheapest (as the request wishes): gemini/lens", body={"strategy": "cheapest"}, strategies=["cheapest"]),
    "max_price": case("ordered", LENS, "2 refused (price_cap)", body={"max_price": {"prompt": 0.7}}, refused={SWIFT: "price_cap", SAGE: "price_cap"}),
    "models": case("broken/worse", SAGE, "ordered: anthropic/sage over 2; attempt 2", body={"models": [SAGE, SWIFT]}, roles=["primary", "retry"]),
    "provider.order": case("ordered", SAGE, "as the request wishes", body={"provider": {"order": ["anthropic", "gemini"]}}),
    "provider.only": case("ordered", LENS, "2 refused (excluded)", body={"provider": {"only": ["gemini"]}}, refused={SWIFT: "excluded", SAGE: "excluded"}),
    "provider.ignore": case("ordered", SAGE, "2 refused (excluded)", body={"provider": {"ignore": ["openai", "gemini"]}}),
    "provider.sort": case("ordered", LENS, "cheapest (as the request wishes)", body={"provider": {"sort": "price"}}),
    "provider.max_price": case("ordered", LENS, "2 refused (price_cap)", body={"provider": {"max_price": {"completion": 1.5}}}),
    "provider.allow_fallbacks": case("alone", None, "none of 1 answered", body={"provider": {"allow_fallbacks": False}}, status=500),
    "provider.require_parameters": case("ordered", ANY, "ordered", body={"provider": {"require_parameters": True}, "seed": 7}),
    "free_only": case("ordered", None, "no target answered", body={"free_only": True}, status=402, recorded=False),
    "hedge": case("race", SWIFT, "ordered", body={"hedge": "off"}, roles=["primary"], recorded=False),
    "session_id": case("sticky", ANY, "balanced: ", body={"session_id": "e2e-1"}, session="first"),
    "session_id, again": case("sticky", ANY, "balanced: ", body={"session_id": "e2e-1"}, same="session_id"),
    # The same in headers, of both spellings.
    "X-Wye-Prefer": case("ordered", SAGE, "as the request wishes", headers={"X-Wye-Prefer": "anthropic"}),
    "X-SMLGateway-Prefer": case("ordered", SAGE, "as the request wishes", headers={"X-SMLGateway-Prefer": "anthropic"}),
    "X-Wye-Exclude": case("ordered", LENS, "1 refused (excluded)", headers={"X-Wye-Exclude": SWIFT}),
    "X-SMLGateway-Strategy": case("ordered", LENS, "cheapest (as the request wishes)", headers={"X-SMLGateway-Strategy": "cheapest"}),
    "X-Wye-Max-Latency": case("ordered", ANY, "ordered", headers={"X-Wye-Max-Latency": "60000"}),
    "X-Wye-Max-Price": case("ordered", LENS, "2 refused (price_cap)", headers={"X-Wye-Max-Price": "prompt=0.7"}),
    "X-Wye-Models": case("broken/lost", SAGE, "attempt 2", headers={"X-Wye-Models": f"{SAGE}, {SWIFT}"}),
    "X-Wye-Provider-Only": case("ordered", LENS, "2 refused (excluded)", headers={"X-Wye-Provider-Only": "gemini"}),
    "X-Wye-Provider-Order": case("ordered", SAGE, "as the request wishes", headers={"X-Wye-Provider-Order": "anthropic"}),
    "X-Wye-Provider-Ignore": case("ordered", LENS, "1 refused (excluded)", headers={"X-Wye-Provider-Ignore": "openai"}),
    "X-Wye-Provider-Sort": case("ordered", LENS, "cheapest (as the request wishes)", headers={"X-Wye-Provider-Sort": "price"}),
    "X-Wye-Session": case("balanced", ANY, "balanced: ", headers={"X-Wye-Session": "e2e-2"}, session="first"),
    "X-Wye-Hedge": case("race", SWIFT, "ordered", headers={"X-Wye-Hedge": "off"}, roles=["primary"], recorded=False),
    # Contradictions say so.
    "contradictory": case("ordered", None, None, body={"prefer": ["gemini"], "exclude": ["gemini"]}, status=400, param="prefer"),
    "nonsense": case("ordered", None, None, body={"strategy": "wishful"}, status=400, param="strategy"),
    # The gateway's own routes.
    **{name: case(name, None, ":", status=None, own=True) for name in OWN},
}


@pytest.fixture(scope="module")
def told():
    """What each case was answered, with its trace."""
    config = lambda fleet: CONFIG.replace("%F%", fleet).replace("%KEY%", KEY)
    with fleet_and_gateway(unhurried() + MORE, config) as (_, url, anew):
        client = openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)
        # First, while nobody has found out that one of its targets is cut off.
        found = {"stream": ask_stream(client), "anthropic": ask_anthropic(url)}
        found |= {name: ask(client, one) for name, one in CASES.items()}
        url = anew()
        for one in found.values():
            one.trace = trace(url, one.id)
        yield found


def ask(client, one):
    messages = [{"role": "user", "content": one.text}]
    try:
        answer = client.chat.completions.with_raw_response.create(
            model=one.route, messages=messages, extra_body=one.body, extra_headers=one.headers
        )
        text, error = answer.parse().choices[0].message.content, None
    except openai.APIStatusError as failed:
        answer, text, error = failed.response, None, failed
    headers = answer.headers
    served = f"{headers.get('x-wye-provider')}/{headers.get('x-wye-model')}" if text is not None else None
    status = error.status_code if error else 200
    return SimpleNamespace(
        id=headers.get("x-wye-decision-id"), reason=headers.get("x-wye-reason"), served=served, text=text,
        headers=headers, status=status, error=error,
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
    if id is None:
        return None
    request = urllib.request.Request(f"{url}/v1/trace/{id}", headers={"authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("name", CASES)
def test_a_request_goes_where_it_should_and_says_why(told, name):
    one, got = CASES[name], told[name]
    if one.trace.get("own"):
        return own(got, name)
    status = one.trace.get("status", 200)
    if status is None:
        assert got.status >= 400
    else:
        assert got.status == status, got.error
    if one.served:
        assert got.served in one.served, got.reason
    if one.reason is not None:
        assert one.reason in got.reason, (got.reason, got.error)
    if "param" in one.trace:
        assert got.error.param == one.trace["param"], got.error
        return
    explained(one.trace, got, told)


def explained(expected, got, told):
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
    assert refused == expected.get("refused", refused)
    decision = trace["decision"]
    if expected.get("recorded") is False:
        assert decision is None, "a list needs no explanation"
        return
    chain = decision["chain"]
    if "strategies" in expected:
        assert [hop["strategy"] for hop in chain] == expected["strategies"]
    if "why" in expected:
        assert expected["why"] in chain[0]["reason"], chain
    if "script" in expected:
        assert decision["facts"]["script"] == expected["script"], decision["facts"]
    if "mode" in expected:
        assert decision["mode"] == expected["mode"]
    if "terms" in expected:
        assert decision["terms"] == expected["terms"]
    tried = [candidate for candidate in decision["candidates"] if candidate["place"] is not None]
    assert [candidate["place"] for candidate in tried] == list(range(len(tried)))
    if got.served:
        assert got.served in [candidate["deployment"] for candidate in tried]
    assert refused == {one["deployment"]: one["refused"]["code"] for one in decision["candidates"] if one["refused"]}
    if "session" in expected:
        assert decision["session"]["outcome"] == expected["session"]
    if "same" in expected:
        assert got.served == told[expected["same"]].served and decision["session"]["outcome"] == "kept"


def own(got, name):
    """The gateway's own routes choose among the whole fleet."""
    trace = got.trace
    assert got.status == 200, got.error
    if name.endswith("/tools"):
        # The only one that is known to take tools: there is nothing to decide.
        assert (got.served, trace["served"], trace["decision"]) == (SWIFT, SWIFT, None)
        return
    assert trace["decision"]["chain"][0]["route"] == name
    assert trace["served"] in got.reason, got.reason


def test_the_wishes_of_an_anthropic_client_are_heard(told):
    got = told["anthropic"]
    assert got.trace["served"] == LENS and "as the request wishes" in got.reason, got.reason


def test_a_stream_that_is_cut_goes_on_elsewhere_and_says_so(told):
    got = told["stream"]
    roles = [(attempt["deployment"], attempt["role"]) for attempt in got.trace["attempts"]]
    assert roles == [("cut/cut", "primary"), (LENS, "continuation")] and got.text
    assert any("cut/cut" in warning or LENS in warning for warning in got.trace["warnings"]), got.trace["warnings"]


def test_comparisons_name_their_members(told):
    said = told["consensus"].headers["x-wye-consensus"]
    assert "sums/sums" in said and "mute/mute" in said and said.endswith("agreement=0.50"), said
    assert told["verified, agreed"].headers["x-wye-verified"].endswith("outcome=agreed")
    assert "outcome=differ" in told["verified, differ"].headers["x-wye-verified"]


def test_wishes_never_reach_the_provider(told):
    # The simulated vendors refuse fields that they do not know, as OpenAI does.
    assert all(told[name].status == 200 for name in ("prefer", "strategy", "provider.order", "session_id"))
