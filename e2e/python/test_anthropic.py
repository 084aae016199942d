"""The official Anthropic SDK for Python through every provider dialect."""

import anthropic
import pytest
from pydantic import BaseModel

from conftest import FORCIBLE, PLAIN, PNG, POOR, SLOW, THINKING, WORDLESS

WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class City(BaseModel):
    name: str
    population: int


def user(content):
    return [{"role": "user", "content": content}]


def results(message, text):
    """The next turn: a result for every call of `message`."""
    return {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": block.id, "content": text}
            for block in message.content
            if block.type == "tool_use"
        ],
    }


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


@pytest.fixture(scope="module")
def client(demo):
    return anthropic.Anthropic(base_url=demo.url, api_key=demo.key, max_retries=0)


@pytest.mark.parametrize("model", PLAIN)
def test_chat(client, model):
    answer = client.messages.create(model=model, max_tokens=300, system="Be brief", messages=user("Say hello"))
    assert text_of(answer) and answer.role == "assistant"
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0


@pytest.mark.parametrize("model", PLAIN)
def test_stream(client, model):
    with client.messages.stream(model=model, max_tokens=300, messages=user("Say hello")) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_message()
    assert events[0] == "message_start" and events[-1] == "message_stop" and "text" in events
    assert text_of(final) and final.stop_reason == "end_turn"
    assert final.usage.input_tokens > 0 and final.usage.output_tokens > 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("city", "count"), [("Paris", 1), ("Paris and Tokyo", 2)])
@pytest.mark.parametrize("model", PLAIN)
def test_tools(client, model, city, count, stream):
    messages = user(f"What is the weather in {city}?")
    options = {"model": model, "max_tokens": 500, "tools": [WEATHER]}
    if stream:
        with client.messages.stream(messages=messages, **options) as events:
            first = events.get_final_message()
    else:
        first = client.messages.create(messages=messages, **options)
    calls = [block for block in first.content if block.type == "tool_use"]
    assert first.stop_reason == "tool_use"
    assert [call.input["city"] for call in calls] == ["Paris", "Tokyo"][:count]
    messages += [{"role": "assistant", "content": first.content}, results(first, "sunny-today")]
    second = client.messages.create(messages=messages, **options)
    assert second.stop_reason == "end_turn" and "sunny-today" in text_of(second)


@pytest.mark.parametrize("model", FORCIBLE)
def test_forced_tool(client, model):
    answer = client.messages.create(
        model=model, max_tokens=300, messages=user("Hello"), tools=[WEATHER], tool_choice={"type": "tool", "name": "get_weather"}
    )
    assert any(block.type == "tool_use" for block in answer.content)


@pytest.mark.parametrize("model", PLAIN)
def test_schema(client, model):
    answer = client.messages.parse(model=model, max_tokens=500, messages=user("Name a city"), output_format=City)
    assert isinstance(answer.parsed_output, City)


@pytest.mark.parametrize("model", PLAIN)
def test_image(client, model):
    content = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
        {"type": "text", "text": "What is this?"},
    ]
    answer = client.messages.create(model=model, max_tokens=300, messages=user(content))
    assert "image/png" in text_of(answer) and "70" in text_of(answer)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", THINKING)
def test_reasoning_survives_a_tool_loop(client, model, stream):
    """The vendor checks its signatures, so a lost or edited one fails the second call."""
    messages = user("What is the weather in Paris and Tokyo?")
    options = {
        "model": model,
        "max_tokens": 4000,
        "tools": [WEATHER],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    if stream:
        with client.messages.stream(messages=messages, **options) as events:
            first = events.get_final_message()
    else:
        first = client.messages.create(messages=messages, **options)
    assert first.stop_reason == "tool_use"
    seen = any(block.type == "thinking" and block.thinking for block in first.content)
    assert seen
    messages += [{"role": "assistant", "content": first.content}, results(first, "sunny")]
    second = client.messages.create(messages=messages, **options)
    assert text_of(second) and second.stop_reason == "end_turn"


@pytest.mark.parametrize("model", [model for model in PLAIN if model not in WORDLESS])
def test_refusal(client, model):
    answer = client.messages.create(model=model, max_tokens=300, messages=user("[[refuse]] please"))
    assert answer.stop_reason == "refusal"


@pytest.mark.parametrize("model", PLAIN)
def test_length(client, model):
    answer = client.messages.create(model=model, max_tokens=5, messages=user("[[tokens=200]] go on"))
    assert answer.stop_reason == "max_tokens"


@pytest.mark.parametrize("model", PLAIN)
def test_count_tokens(client, model):
    short = client.messages.count_tokens(model=model, messages=user("Hello")).input_tokens
    long = client.messages.count_tokens(model=model, messages=user("Hello " * 200)).input_tokens
    assert 0 < short < long


def test_models(client):
    names = {model.id for model in client.models.list()}
    assert set(PLAIN + THINKING) <= names
    model = client.models.retrieve(PLAIN[1])
    assert model.id == PLAIN[1] and model.type == "model" and model.created_at


def test_errors_of_the_caller(client):
    options = {"model": PLAIN[1], "max_tokens": 9}
    with pytest.raises(anthropic.NotFoundError) as unknown:
        client.messages.create(**{**options, "model": "sim-anthropic-sage"}, messages=user("x"))
    assert unknown.value.body["type"] == "error" and unknown.value.body["error"]["type"] == "not_found_error"
    with pytest.raises(anthropic.AuthenticationError) as refused:
        client.with_options(api_key="wrong").messages.create(**options, messages=user("x"))
    assert refused.value.body["error"]["type"] == "authentication_error"
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(**options, messages="x")  # type: ignore


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("broken/broken-429", anthropic.RateLimitError),
        ("broken/broken-500", anthropic.InternalServerError),
        ("broken/broken-400", anthropic.BadRequestError),
    ],
)
def test_errors_of_the_provider(faulty, model, error):
    client = anthropic.Anthropic(base_url=faulty.url, api_key=faulty.key, max_retries=0)
    with pytest.raises(error) as raised:
        client.messages.create(model=model, max_tokens=9, messages=user("x"))
    assert raised.value.body["error"]["message"]
    with pytest.raises(error), client.messages.stream(model=model, max_tokens=9, messages=user("x")) as stream:
        stream.until_done()


def test_limits_and_budgets_of_the_key(faulty):
    slow = anthropic.Anthropic(base_url=faulty.url, api_key=SLOW, max_retries=0)

    def ask(client):
        said = [{"role": "user", "content": "x"}]
        return client.messages.with_raw_response.create(model="priced/swift", max_tokens=50, messages=said)

    answer = ask(slow)
    assert answer.headers["anthropic-ratelimit-requests-limit"] == "1"
    assert answer.headers["anthropic-ratelimit-tokens-reset"].endswith("Z")
    with pytest.raises(anthropic.RateLimitError) as raised:
        ask(slow)
    assert raised.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"
    sent = []
    http = anthropic.DefaultHttpxClient(event_hooks={"request": [sent.append]})
    with pytest.raises(anthropic.APIStatusError) as raised:
        ask(anthropic.Anthropic(base_url=faulty.url, api_key=POOR, max_retries=3, http_client=http))
    assert raised.value.status_code == 402
    assert raised.value.body["error"]["code"] == "budget_exceeded"
    assert len(sent) == 1
