"""The official OpenAI SDK for Python: Responses through every provider dialect."""

import json

import openai
import pytest
from pydantic import BaseModel

from conftest import FORCIBLE, PLAIN, PNG, THINKING, WORDLESS

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


class City(BaseModel):
    name: str
    population: int


def user(content):
    return {"role": "user", "content": content}


def dumped(items):
    """Output items as a client sends them back."""
    return [item.model_dump(exclude_none=True, exclude={"parsed", "parsed_arguments"}) for item in items]


def results(items, text):
    calls = [item for item in items if item.type == "function_call"]
    return [{"type": "function_call_output", "call_id": call.call_id, "output": text} for call in calls]


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


@pytest.mark.parametrize("model", PLAIN)
def test_create(client, model):
    answer = client.responses.create(
        model=model, instructions="Be brief", input="Say hello", store=False, max_output_tokens=300
    )
    assert answer.output_text and answer.status == "completed" and answer.object == "response"
    assert [item.type for item in answer.output] == ["message"]
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


@pytest.mark.parametrize("model", PLAIN)
def test_stream(client, model):
    events = list(client.responses.create(model=model, input=[user("Say hello")], stream=True, store=False))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    for kind in [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ]:
        assert kind in kinds, kind
    assert kinds[-1] == "response.completed"
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    final = events[-1].response
    assert text and final.output_text == text and final.usage.output_tokens > 0
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("place", "count"), [("Paris", 1), ("Paris and Tokyo", 2)])
@pytest.mark.parametrize("model", PLAIN)
def test_tools(client, model, place, count, stream):
    items = [user(f"What is the weather in {place}?")]
    options = {"model": model, "tools": [WEATHER], "store": False}
    if stream:
        with client.responses.stream(input=items, **options) as events:
            done = [event for event in events if event.type == "response.function_call_arguments.done"]
            first = events.get_final_response()
        assert len(done) == count
    else:
        first = client.responses.create(input=items, **options)
    calls = [item for item in first.output if item.type == "function_call"]
    assert [json.loads(call.arguments)["city"] for call in calls] == ["Paris", "Tokyo"][:count]
    assert len({call.call_id for call in calls}) == count
    items += dumped(first.output) + results(first.output, "sunny-today")
    second = client.responses.create(input=items, **options)
    assert "sunny-today" in second.output_text


@pytest.mark.parametrize("model", FORCIBLE)
def test_forced_tool(client, model):
    choice = {"type": "function", "name": "get_weather"}
    answer = client.responses.create(model=model, input="Hello", tools=[WEATHER], tool_choice=choice, store=False)
    assert [item.name for item in answer.output if item.type == "function_call"] == ["get_weather"]


@pytest.mark.parametrize("model", PLAIN)
def test_parse(client, model):
    answer = client.responses.parse(model=model, input="Name a city", text_format=City, store=False)
    assert isinstance(answer.output_parsed, City)


@pytest.mark.parametrize("model", PLAIN)
def test_image(client, model):
    content = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64," + PNG},
    ]
    answer = client.responses.create(model=model, input=[user(content)], store=False)
    assert "image/png" in answer.output_text and "70" in answer.output_text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", THINKING)
def test_reasoning_survives_a_tool_loop(client, model, stream):
    """Vendors check their signatures and what they encrypted, so what is lost or edited fails the second call."""
    items = [user("What is the weather in Paris and Tokyo?")]
    options = {
        "model": model,
        "tools": [WEATHER],
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "low", "summary": "auto"},
        "max_output_tokens": 4000,
    }
    if stream:
        with client.responses.stream(input=items, **options) as events:
            kinds = {event.type for event in events}
            first = events.get_final_response()
        assert "response.reasoning_summary_text.delta" in kinds or "response.reasoning_text.delta" in kinds
    else:
        first = client.responses.create(input=items, **options)
    thoughts = [item for item in first.output if item.type == "reasoning"]
    assert thoughts and any(part.text for item in thoughts for part in (item.summary or item.content or []))
    items += dumped(first.output) + results(first.output, "sunny-today")
    second = client.responses.create(input=items, **options)
    assert "sunny-today" in second.output_text
    # And once more, with everything so far in the history.
    items += dumped(second.output) + [user("Thank you")]
    assert client.responses.create(input=items, **options).output_text


@pytest.mark.parametrize("model", [model for model in PLAIN if model not in WORDLESS])
def test_refusal(client, model):
    answer = client.responses.create(model=model, input="[[refuse]] please", store=False)
    parts = [part.type for item in answer.output if item.type == "message" for part in item.content]
    assert "refusal" in parts or answer.incomplete_details.reason == "content_filter"


@pytest.mark.parametrize("model", PLAIN)
def test_length(client, model):
    answer = client.responses.create(model=model, input="[[tokens=200]] go on", max_output_tokens=16, store=False)
    assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"


# Those whose vendor counts.
@pytest.mark.parametrize("model", ["sim-openai/swift", "sim-anthropic/sage", "sim-gemini/lens", "sim-responses/scribe"])
def test_count(client, model):
    short = client.responses.input_tokens.count(model=model, input="Hello")
    long = client.responses.input_tokens.count(model=model, input="Hello " * 50, tools=[WEATHER])
    assert 0 < short.input_tokens < long.input_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_errors_of_the_caller(client, stream):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.responses.create(model="sim-openai-swift", input="x", stream=stream)
    assert unknown.value.body["message"] and unknown.value.code
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").responses.create(model=PLAIN[0], input="x", stream=stream)
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=PLAIN[1], input=[{"role": "nobody", "content": "x"}], stream=stream)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", ["native", "broken"])
@pytest.mark.parametrize(
    ("model", "error", "status"),
    [
        ("broken-429", openai.RateLimitError, 429),
        ("broken-500", openai.InternalServerError, None),
        ("broken-400", openai.BadRequestError, 400),
        ("no-such", openai.APIStatusError, 502),
    ],
)
def test_errors_of_the_provider(faulty, provider, model, error, status, stream):
    client = openai.OpenAI(base_url=faulty.url + "/v1", api_key=faulty.key, max_retries=0)
    with pytest.raises(error) as raised:
        client.responses.create(model=f"{provider}/{model}", input="x", stream=stream)
    assert status in (None, raised.value.status_code)
    assert raised.value.body["message"]
