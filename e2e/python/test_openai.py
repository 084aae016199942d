"""The official OpenAI SDK for Python through every provider dialect."""

import json

import openai
import pytest
from pydantic import BaseModel

from conftest import COMPLETIONS, FORCIBLE, PLAIN, PNG, POOR, SLOW, THINKING, WORDLESS

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


class City(BaseModel):
    name: str
    population: int


def user(text):
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


@pytest.mark.parametrize("model", PLAIN)
def test_chat(client, model):
    answer = client.chat.completions.create(model=model, messages=user("Say hello"), max_completion_tokens=200)
    assert answer.choices[0].message.content
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_auto_fails_over_unnoticed(client):
    for _ in range(4):
        answer = client.chat.completions.with_raw_response.create(model="auto", messages=user("Hi"))
        assert answer.parse().choices[0].message.content
        assert int(answer.headers["x-wye-attempts"]) >= 1
        assert answer.headers["x-request-id"] and answer.headers["x-wye-provider"]


@pytest.mark.parametrize("model", PLAIN)
def test_stream(client, model):
    text, usage, ends = "", [], []
    for chunk in client.chat.completions.create(
        model=model, messages=user("Say hello"), stream=True, stream_options={"include_usage": True}
    ):
        usage += [chunk.usage] if chunk.usage else []
        for choice in chunk.choices:
            text += choice.delta.content or ""
            ends += [choice.finish_reason] if choice.finish_reason else []
    assert text and ends == ["stop"]
    assert usage[-1].completion_tokens > 0 and usage[-1].prompt_tokens > 0


@pytest.mark.parametrize("model", PLAIN)
def test_stream_hides_usage_nobody_asked_for(client, model):
    chunks = list(client.chat.completions.create(model=model, messages=user("Hello"), stream=True))
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


@pytest.mark.parametrize("model", PLAIN)
def test_tools(client, model):
    messages = user("What is the weather in Paris?")
    first = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    assert first.choices[0].finish_reason == "tool_calls"
    (call,) = first.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    messages += [
        first.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "sunny-in-paris"},
    ]
    second = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    assert second.choices[0].finish_reason == "stop"
    assert "sunny-in-paris" in second.choices[0].message.content


@pytest.mark.parametrize("model", PLAIN)
def test_parallel_tools_streamed(client, model):
    messages = user("What is the weather in Paris and Tokyo?")
    with client.chat.completions.stream(model=model, messages=messages, tools=[WEATHER]) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        message = stream.get_final_completion().choices[0].message
    assert [json.loads(event.arguments)["city"] for event in done] == ["Paris", "Tokyo"]
    assert len({call.id for call in message.tool_calls}) == 2
    history = message.model_dump(exclude_none=True, exclude={"parsed": True, "tool_calls": {"__all__": {"index": True, "function": {"parsed_arguments": True}}}})
    messages.append(history)
    for call, weather in zip(message.tool_calls, ["sunny-here", "rainy-there"]):
        messages.append({"role": "tool", "tool_call_id": call.id, "content": weather})
    answer = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    assert answer.choices[0].message.content


@pytest.mark.parametrize("model", FORCIBLE)
def test_forced_tool(client, model):
    answer = client.chat.completions.create(
        model=model,
        messages=user("Hello"),
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
    )
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"


@pytest.mark.parametrize("model", PLAIN)
def test_schema(client, model):
    answer = client.chat.completions.parse(model=model, messages=user("Name a city"), response_format=City)
    assert isinstance(answer.choices[0].message.parsed, City)


@pytest.mark.parametrize("model", PLAIN)
def test_image(client, model):
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}},
    ]
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    assert "image/png" in answer.choices[0].message.content
    assert "70" in answer.choices[0].message.content


# OpenAI shows no thoughts to chat completions, nor does its Responses to those who do not ask for a summary.
@pytest.mark.parametrize("model", [model for model in THINKING if model != "sim-responses/scribe-thinking"])
def test_reasoning(client, model):
    answer = client.chat.completions.create(
        model=model, messages=user("Think about hats"), reasoning_effort="low", max_completion_tokens=4000
    )
    message = answer.choices[0].message
    assert message.content and message.model_extra["reasoning_content"]
    streamed = client.chat.completions.create(
        model=model, messages=user("Think about hats"), reasoning_effort="low", max_completion_tokens=4000, stream=True
    )
    deltas = [choice.delta for chunk in streamed for choice in chunk.choices]
    assert "".join((delta.model_extra or {}).get("reasoning_content") or "" for delta in deltas)
    assert "".join(delta.content or "" for delta in deltas)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", THINKING)
def test_reasoning_survives_a_tool_loop(client, model, stream):
    """The vendor checks its signatures, so a lost or edited one fails the second call."""
    messages = user("What is the weather in Paris and Tokyo?")
    options = {"model": model, "tools": [WEATHER], "reasoning_effort": "low", "max_completion_tokens": 4000}
    if stream:
        with client.chat.completions.stream(messages=messages, **options) as events:
            message = events.until_done().get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(messages=messages, **options).choices[0].message
    # What an ordinary client keeps: role, content, and the calls as they were named.
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": call.function.arguments}}
        for call in message.tool_calls
    ]
    assert len(calls) == 2
    messages.append({"role": "assistant", "content": message.content, "tool_calls": calls})
    messages += [{"role": "tool", "tool_call_id": call["id"], "content": "sunny"} for call in calls]
    answer = client.chat.completions.create(messages=messages, **options)
    assert answer.choices[0].message.content


@pytest.mark.parametrize("model", [COMPLETIONS])
def test_chat_over_completions(client, model):
    """Text in, text out: a chat without roles and tools goes through too."""
    answer = client.chat.completions.create(model=model, messages=user("Say hello"), max_completion_tokens=200)
    assert answer.choices[0].message.content and answer.choices[0].finish_reason == "stop"
    chunks = list(
        client.chat.completions.create(model=model, messages=user("Say hello"), max_completion_tokens=200, stream=True)
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("model", [model for model in PLAIN if model not in WORDLESS])
def test_refusal(client, model):
    answer = client.chat.completions.create(model=model, messages=user("[[refuse]] please"))
    choice = answer.choices[0]
    assert choice.message.refusal or choice.finish_reason == "content_filter"


@pytest.mark.parametrize("model", PLAIN)
def test_length(client, model):
    answer = client.chat.completions.create(model=model, messages=user("[[tokens=200]] go on"), max_completion_tokens=5)
    assert answer.choices[0].finish_reason == "length"


def test_models(client):
    names = {model.id for model in client.models.list()}
    assert set(PLAIN + THINKING) <= names and "auto" in names
    assert client.models.retrieve(PLAIN[0]).id == PLAIN[0]


@pytest.mark.parametrize("stream", [False, True])
def test_errors_of_the_caller(client, demo, stream):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="sim-openai-swift", messages=user("x"), stream=stream)
    assert unknown.value.body["message"] and unknown.value.code
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").chat.completions.create(model=PLAIN[0], messages=user("x"), stream=stream)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=PLAIN[0], messages=openai.omit, extra_body={"stream": stream})  # type: ignore
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=PLAIN[0], messages="x", stream=stream)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("model", "error", "status"),
    [
        ("broken/broken-429", openai.RateLimitError, 429),
        ("broken/broken-500", openai.InternalServerError, None),
        ("broken/broken-400", openai.BadRequestError, 400),
        ("broken/no-such", openai.APIStatusError, 502),
    ],
)
def test_errors_of_the_provider(faulty, model, error, status, stream):
    client = openai.OpenAI(base_url=faulty.url + "/v1", api_key=faulty.key, max_retries=0)
    with pytest.raises(error) as raised:
        client.chat.completions.create(model=model, messages=user("x"), stream=stream)
    assert status in (None, raised.value.status_code)
    assert raised.value.body["message"]


def test_a_limit_of_the_key_is_a_rate_limit_error(faulty):
    client = openai.OpenAI(base_url=faulty.url + "/v1", api_key=SLOW, max_retries=0)

    def ask():
        return client.chat.completions.with_raw_response.create(model="priced/swift", messages=user("x"))

    answer = ask()
    assert answer.headers["x-ratelimit-limit-requests"] == "1"
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert answer.headers["x-ratelimit-reset-requests"].startswith("1m")
    assert 0 < int(answer.headers["x-ratelimit-remaining-tokens"]) < 100000
    with pytest.raises(openai.RateLimitError) as raised:
        ask()
    assert raised.value.code == "caller_rate_limited"
    headers = raised.value.response.headers
    assert 0 < int(headers["retry-after"]) <= 61
    assert headers["x-wye-limit-owner"] == "gateway"
    assert headers["x-ratelimit-remaining-requests"] == "0"


@pytest.mark.parametrize("stream", [False, True])
def test_a_budget_that_is_used_up_is_not_tried_again(faulty, stream):
    sent = []
    http = openai.DefaultHttpxClient(event_hooks={"request": [sent.append]})
    client = openai.OpenAI(base_url=faulty.url + "/v1", api_key=POOR, max_retries=3, http_client=http)
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(model="priced/swift", messages=user("x"), stream=stream)
    assert raised.value.status_code == 402
    assert raised.value.code == "budget_exceeded"
    assert "retry-after" not in raised.value.response.headers
    assert len(sent) == 1
