"""Files and batches of the official SDKs: they lie at a simulated provider, and their ids lead back to it."""

import json

import anthropic
import openai
import pytest


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


@pytest.fixture(scope="module")
def claude(demo):
    return anthropic.Anthropic(base_url=demo.url, api_key=demo.key, max_retries=0)


def lines(*models):
    ask = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 40}
    requests = [
        {"custom_id": f"r{at}", "method": "POST", "url": "/v1/chat/completions", "body": {"model": model, **ask}}
        for at, model in enumerate(models)
    ]
    return "\n".join(json.dumps(request) for request in requests).encode()


def test_a_file_is_kept_and_found_again(client):
    content = lines("swift")
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    assert file.id.startswith("wye-") and file.filename == "in.jsonl" and file.bytes == len(content)
    assert client.files.retrieve(file.id).id == file.id
    assert client.files.content(file.id).read() == content
    assert file.id in [listed.id for listed in client.files.list()]
    assert client.files.delete(file.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)
    with pytest.raises(openai.NotFoundError, match="ids are those that this gateway told you"):
        client.files.retrieve("file-of-somebody-else")


def test_a_large_file_goes_through(client):
    content = bytes(range(256)) * (25 << 12)
    file = client.files.create(file=("large.bin", content), purpose="user_data")
    assert file.bytes == 25 << 20
    assert client.files.content(file.id).read() == content
    client.files.delete(file.id)


def test_a_batch_runs_to_its_results(client):
    file = client.files.create(file=("in.jsonl", lines("swift", "nothing")), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    assert batch.input_file_id == file.id and batch.metadata == {"a": "b"}
    for _ in range(5):
        batch = client.batches.retrieve(batch.id)
        if batch.status == "completed":
            break
    assert batch.status == "completed" and batch.request_counts.total == 2
    assert batch.id in [listed.id for listed in client.batches.list()]
    results = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert [result["custom_id"] for result in results] == ["r0", "r1"]
    assert [result["response"]["status_code"] for result in results] == [200, 404]
    again = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert client.batches.cancel(again.id).status == "cancelling"


def test_anthropics_batches_run_to_their_results(claude):
    ask = {"model": "sage", "max_tokens": 40, "messages": [{"role": "user", "content": "Say hello."}]}
    batch = claude.messages.batches.create(requests=[{"custom_id": "r0", "params": ask}])
    for _ in range(5):
        batch = claude.messages.batches.retrieve(batch.id)
        if batch.processing_status == "ended":
            break
    assert batch.processing_status == "ended"
    results = list(claude.messages.batches.results(batch.id))
    assert [(result.custom_id, result.result.type) for result in results] == [("r0", "succeeded")]
    assert results[0].result.message.content[0].text
    assert batch.id in [listed.id for listed in claude.messages.batches.list()]
    assert claude.messages.batches.delete(batch.id).id == batch.id


def test_an_sdk_passes_through_to_its_vendor(demo):
    through = openai.OpenAI(base_url=demo.url + "/pass/sim-openai/v1", api_key=demo.key, max_retries=0)
    ask = {"model": "swift", "messages": [{"role": "user", "content": "Say hello."}]}
    whole = through.chat.completions.with_raw_response.create(**ask)
    assert whole.headers["x-wye-provider"] == "sim-openai"
    assert whole.parse().choices[0].message.content
    stream = through.chat.completions.create(**ask, stream=True)
    said = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
    assert len(said) > 1 and "".join(said)
    claude = anthropic.Anthropic(base_url=demo.url + "/pass/sim-anthropic", api_key=demo.key, max_retries=0)
    ask = {"model": "sage", "max_tokens": 40, "messages": [{"role": "user", "content": "Say hello."}]}
    assert claude.messages.create(**ask).content[0].text
    with pytest.raises(openai.NotFoundError):
        through.chat.completions.create(model="nothing", messages=[])
    status, _, models = demo.call("GET", "/pass/sim-openai/v1/models")
    assert (status, models["object"]) == (200, "list")
