"""The official Google Gen AI SDK for Python through every provider dialect."""

import base64

import pytest
from google import genai
from google.genai import errors, types
from pydantic import BaseModel

from conftest import PLAIN, PNG, THINKING, WORDLESS


class City(BaseModel):
    name: str
    population: int


def get_weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny-in-{city}"


WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="get_weather",
            description="The weather of a city.",
            parameters=types.Schema(
                type="OBJECT", properties={"city": types.Schema(type="STRING")}, required=["city"]
            ),
        )
    ]
)


def connect(url, key):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))


def user(text):
    return types.Content(role="user", parts=[types.Part(text=text)])


@pytest.fixture(scope="module")
def client(demo):
    return connect(demo.url, demo.key)


@pytest.mark.parametrize("model", PLAIN)
def test_chat(client, model):
    answer = client.models.generate_content(
        model=model,
        contents="Say hello",
        config=types.GenerateContentConfig(system_instruction="Be brief", temperature=0, max_output_tokens=300),
    )
    assert answer.text and answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.usage_metadata.prompt_token_count > 0 and answer.usage_metadata.candidates_token_count > 0


@pytest.mark.parametrize("model", PLAIN)
def test_stream(client, model):
    chunks = list(client.models.generate_content_stream(model=model, contents="Say hello"))
    assert "".join(chunk.text or "" for chunk in chunks)
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert chunks[-1].usage_metadata.candidates_token_count > 0


@pytest.mark.parametrize("model", PLAIN)
def test_tools_called_by_the_sdk(client, model):
    answer = client.models.generate_content(
        model=model,
        contents="What is the weather in Paris?",
        config=types.GenerateContentConfig(tools=[get_weather]),
    )
    assert "sunny-in-Paris" in answer.text
    assert len(answer.automatic_function_calling_history) == 3


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", PLAIN + THINKING)
def test_parallel_tools(client, model, stream):
    """With the thinking models also: signatures come back to the vendor that checks them."""
    config = types.GenerateContentConfig(tools=[WEATHER])
    if model in THINKING:
        config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)
        config.max_output_tokens = 4000
    contents = [user("What is the weather in Paris and Tokyo?")]
    if stream:
        chunks = list(client.models.generate_content_stream(model=model, contents=contents, config=config))
        parts = [
            part
            for chunk in chunks
            for candidate in chunk.candidates or []
            for part in (candidate.content.parts if candidate.content else None) or []
        ]
    else:
        parts = client.models.generate_content(model=model, contents=contents, config=config).candidates[0].content.parts
    if model in THINKING:
        assert any(part.thought and part.text for part in parts)
    calls = [part.function_call for part in parts if part.function_call]
    assert [call.args["city"] for call in calls] == ["Paris", "Tokyo"]
    contents.append(types.Content(role="model", parts=parts))
    answers = [
        types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"result": "sunny-there"}))
        for call in calls
    ]
    contents.append(types.Content(role="user", parts=answers))
    answer = client.models.generate_content(model=model, contents=contents, config=config)
    assert "sunny-there" in answer.text


@pytest.mark.parametrize("model", PLAIN)
def test_schema(client, model):
    answer = client.models.generate_content(
        model=model,
        contents="Name a city",
        config=types.GenerateContentConfig(response_mime_type="application/json", response_schema=City),
    )
    assert isinstance(answer.parsed, City)


@pytest.mark.parametrize("model", PLAIN)
def test_image(client, model):
    picture = types.Part.from_bytes(data=base64.b64decode(PNG), mime_type="image/png")
    answer = client.models.generate_content(model=model, contents=[picture, "What is this?"])
    assert "image/png" in answer.text and "70" in answer.text


@pytest.mark.parametrize("model", PLAIN)
def test_length(client, model):
    answer = client.models.generate_content(
        model=model, contents="[[tokens=200]] go on", config=types.GenerateContentConfig(max_output_tokens=5)
    )
    assert answer.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


# Those whose vendor counts.
@pytest.mark.parametrize("model", ["sim-anthropic/sage", "sim-gemini/lens", "sim-responses/scribe"])
def test_count_tokens(client, model):
    short = client.models.count_tokens(model=model, contents="Hello")
    long = client.models.count_tokens(model=model, contents="Hello " * 50)
    assert 0 < short.total_tokens < long.total_tokens


def test_models(client):
    names = {model.name.removeprefix("models/") for model in client.models.list()}
    assert set(PLAIN + THINKING) <= names and "auto" in names
    assert client.models.get(model=PLAIN[2]).name.endswith(PLAIN[2])


@pytest.mark.parametrize("model", [model for model in PLAIN if model not in WORDLESS])
def test_refusal(client, model):
    answer = client.models.generate_content(model=model, contents="[[refuse]] please")
    reasons = [candidate.finish_reason for candidate in answer.candidates or []]
    blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
    assert blocked or types.FinishReason.SAFETY in reasons


def test_errors_of_the_caller(client, demo):
    with pytest.raises(errors.ClientError) as unknown:
        client.models.generate_content(model="sim-gemini-lens", contents="x")
    assert unknown.value.code == 404 and unknown.value.status == "NOT_FOUND" and unknown.value.message
    # A client is held in a variable: the SDK closes one that nobody refers to.
    stranger = connect(demo.url, "wrong")
    with pytest.raises(errors.ClientError) as refused:
        stranger.models.generate_content(model=PLAIN[2], contents="x")
    assert refused.value.code == 401
    with pytest.raises(errors.ClientError) as bad:
        client.models.generate_content(model=PLAIN[2], contents=types.Content(role="nobody", parts=[types.Part(text="x")]))
    assert bad.value.code == 400 and bad.value.status == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("model", "error", "code"),
    [
        ("broken/broken-429", errors.ClientError, 429),
        ("broken/broken-500", errors.ServerError, None),
        ("broken/broken-400", errors.ClientError, 400),
    ],
)
def test_errors_of_the_provider(faulty, model, error, code):
    client = connect(faulty.url, faulty.key)
    with pytest.raises(error) as raised:
        client.models.generate_content(model=model, contents="x")
    assert code in (None, raised.value.code) and raised.value.message
    with pytest.raises(error):
        list(client.models.generate_content_stream(model=model, contents="x"))
