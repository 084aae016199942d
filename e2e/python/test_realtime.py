"""The official OpenAI SDK in conversation with a simulated provider, through the gateway."""

import openai
import pytest


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


def said(connection):
    text, done = "", None
    for event in connection:
        if event.type == "response.output_text.delta":
            text += event.delta
        if event.type == "response.done":
            done = event.response
            break
    return text, done


def test_a_conversation_goes_to_and_fro(client):
    with client.realtime.connect(model="sim-openai/swift") as connection:
        connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        for question in ("Say hello.", "And again."):
            connection.conversation.item.create(
                item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
            )
            connection.response.create()
            text, done = said(connection)
            assert text and done.status == "completed"
            assert done.usage.input_tokens > 0 and done.usage.output_tokens > 0


def test_who_may_not_is_refused(demo):
    stranger = openai.OpenAI(base_url=demo.url + "/v1", api_key="wye-nobody", max_retries=0)
    with pytest.raises(Exception, match="401"):
        with stranger.realtime.connect(model="sim-openai/swift"):
            pass
