"""The official OpenAI SDK for Python: the older completions through every provider dialect."""

import openai
import pytest

from conftest import COMPLETIONS, PLAIN


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


@pytest.mark.parametrize("model", PLAIN + [COMPLETIONS])
def test_create(client, model):
    answer = client.completions.create(model=model, prompt="Once upon a time", max_tokens=300)
    assert answer.object == "text_completion" and answer.choices[0].finish_reason == "stop"
    assert "Once upon a time" in answer.choices[0].text
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


@pytest.mark.parametrize("model", PLAIN + [COMPLETIONS])
def test_stream(client, model):
    options = {"model": model, "prompt": "Once upon a time", "max_tokens": 300, "stream": True}
    chunks = list(client.completions.create(**options, stream_options={"include_usage": True}))
    text = "".join(choice.text for chunk in chunks for choice in chunk.choices)
    ends = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert "Once upon a time" in text and ends == ["stop"]
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None for chunk in client.completions.create(**options))


@pytest.mark.parametrize("model", PLAIN + [COMPLETIONS])
def test_length(client, model):
    answer = client.completions.create(model=model, prompt="[[tokens=200]] go on", max_tokens=16)
    assert answer.choices[0].finish_reason == "length"


def test_errors(client, faulty):
    with pytest.raises(openai.NotFoundError):
        client.completions.create(model="no-such", prompt="x")
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").completions.create(model=COMPLETIONS, prompt="x")
    broken = openai.OpenAI(base_url=faulty.url + "/v1", api_key=faulty.key, max_retries=0)
    for provider in ["native", "broken"]:
        with pytest.raises(openai.RateLimitError):
            broken.completions.create(model=f"{provider}/broken-429", prompt="x")
        with pytest.raises(openai.InternalServerError):
            list(broken.completions.create(model=f"{provider}/broken-500", prompt="x", stream=True))
