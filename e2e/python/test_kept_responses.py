"""The official OpenAI SDK for Python: responses that later ones go on from, and coming back to them."""

import openai
import pytest

from conftest import PLAIN


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)



@pytest.mark.parametrize("model", PLAIN)
def test_conversation(client, model):
    first = client.responses.create(model=model, instructions="Be brief", input="Remember the word heron")
    assert first.store is True and first.previous_response_id is None
    second = client.responses.create(model=model, input="Which word?", previous_response_id=first.id)
    assert second.output_text and second.previous_response_id == first.id and second.id != first.id
    # The whole conversation was sent: its prompt is longer than the question alone.
    alone = client.responses.create(model=model, input="Which word?", store=False)
    assert second.usage.input_tokens > alone.usage.input_tokens

    got = client.responses.retrieve(second.id)
    assert got.id == second.id and got.output_text == second.output_text
    items = client.responses.input_items.list(second.id, order="asc", limit=2)
    every = list(items)
    texts = [part.text for item in every for part in item.content]
    assert texts == ["Remember the word heron", first.output_text, "Which word?"]
    assert [item.id for item in every] == [item.id for item in reversed(list(client.responses.input_items.list(second.id)))]

    client.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(second.id)
    with pytest.raises(openai.NotFoundError) as error:
        client.responses.create(model=model, input="And now?", previous_response_id=second.id)
    assert error.value.param == "previous_response_id"


@pytest.mark.parametrize("model", ["sim-compatible/copy", "sim-responses/scribe", "sim-anthropic/sage"])
def test_streamed_conversation(client, model):
    with client.responses.stream(model=model, input="Remember the word heron") as stream:
        first = stream.until_done().get_final_response()
    with client.responses.stream(model=model, input="Which word?", previous_response_id=first.id) as stream:
        second = stream.until_done().get_final_response()
    assert second.previous_response_id == first.id
    assert client.responses.retrieve(first.id).output_text == first.output_text
    assert len(list(client.responses.input_items.list(second.id))) == 3


def test_conversation_through_changing_providers(client):
    previous = None
    for model in PLAIN:
        answer = client.responses.create(model=model, input=f"Turn of {model}", previous_response_id=previous)
        previous = answer.id
    assert len(list(client.responses.input_items.list(previous))) == 2 * len(PLAIN) - 1


def test_tool_loop(client):
    tool = {
        "type": "function",
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }
    for model in ("sim-compatible/copy", "sim-responses/scribe"):
        first = client.responses.create(
            model=model, input="The weather in Oslo?", tools=[tool], tool_choice={"type": "function", "name": "get_weather"}
        )
        calls = [item for item in first.output if item.type == "function_call"]
        results = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in calls]
        answer = client.responses.create(model=model, input=results, previous_response_id=first.id, tools=[tool])
        assert calls and answer.output_text


def test_what_is_refused(client):
    kept = client.responses.create(model="sim-compatible/copy", input="Hello")
    passing = client.responses.create(model="sim-compatible/copy", input="Hello", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(passing.id)
    with pytest.raises(openai.BadRequestError) as error:
        client.responses.cancel(kept.id)
    assert "background" in error.value.message
