"""Embeddings, rerank and moderations: the official SDKs, and plain HTTP in the words of vendors that have none here."""

import base64
import struct

import openai
import pytest
from google import genai
from google.genai import types

# A model of each provider that makes vectors.
MODELS = ["sim-openai/swift", "sim-compatible/copy", "sim-gemini/lens", "sim-cohere/coral", "sim-ollama/llama"]
RANKERS = ["sim-openai/swift", "sim-compatible/copy", "sim-cohere/coral"]


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


def floats(text):
    raw = base64.b64decode(text)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


@pytest.mark.parametrize("model", MODELS)
def test_batches_keep_their_order(client, model):
    texts = [f"text {n}" for n in range(40)]
    # The SDK asks for base64 unless it is told otherwise.
    answer = client.embeddings.create(model=model, input=texts)
    assert [datum.index for datum in answer.data] == list(range(40))
    one = client.embeddings.create(model=model, input=texts[7], encoding_format="float")
    assert one.data[0].embedding == answer.data[7].embedding != answer.data[8].embedding
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > one.usage.total_tokens > 0


@pytest.mark.parametrize("model", MODELS)
def test_dimensions_and_base64(client, model):
    raw = client.embeddings.with_raw_response.create(
        model=model, input="red", dimensions=5, encoding_format="base64"
    )
    text = raw.http_response.json()["data"][0]["embedding"]
    plain = client.embeddings.create(model=model, input="red", dimensions=5, encoding_format="float")
    assert floats(text) == plain.data[0].embedding and len(plain.data[0].embedding) == 5
    assert raw.headers["x-wye-provider"] == model.split("/")[0]


def test_tokens_go_to_who_takes_them(client):
    answer = client.embeddings.create(model="sim-openai/swift", input=[[1, 2, 3], [4, 5]])
    assert len(answer.data) == 2
    with pytest.raises(openai.BadRequestError, match="texts as tokens"):
        client.embeddings.create(model="sim-gemini/lens", input=[[1, 2, 3]])


@pytest.mark.parametrize(
    "body, said",
    [
        ({"input": ""}, "empty"),
        ({"input": []}, "empty list"),
        ({"input": ["a", ""]}, "input[1]"),
        ({"input": ["x"] * 10_000}, "at most 2048"),
        ({}, "missing"),
    ],
)
def test_bad_inputs_are_named(demo, body, said):
    status, _, answer = demo.call("POST", "/v1/embeddings", {"model": "sim-openai/swift", **body})
    assert status == 400 and said in answer["error"]["message"], answer


def test_a_model_that_makes_none(client):
    with pytest.raises(openai.BadRequestError, match="serves no embeddings"):
        client.embeddings.create(model="sim-anthropic/sage", input="a")


@pytest.mark.parametrize("model", MODELS)
def test_google_genai(demo, model):
    google = genai.Client(api_key=demo.key, http_options=types.HttpOptions(base_url=demo.url))
    config = types.EmbedContentConfig(output_dimensionality=4)
    answer = google.models.embed_content(model=model, contents=["red", "green"], config=config)
    assert [len(one.values) for one in answer.embeddings] == [4, 4]


@pytest.mark.parametrize("model", MODELS)
def test_cohere_and_ollama(demo, model):
    ask = {"model": model, "texts": ["red", "green"], "input_type": "search_query"}
    status, _, two = demo.call("POST", "/v2/embed", {**ask, "embedding_types": ["float"]})
    assert status == 200 and len(two["embeddings"]["float"]) == 2 and two["texts"] == ask["texts"], two
    status, _, one = demo.call("POST", "/v1/embed", ask)
    assert status == 200 and one["embeddings"] == two["embeddings"]["float"], one
    status, _, ollama = demo.call("POST", "/api/embed", {"model": model, "input": ["red", "green"]})
    assert status == 200 and ollama["embeddings"] == two["embeddings"]["float"], ollama
    status, _, old = demo.call("POST", "/api/embeddings", {"model": model, "prompt": "green"})
    assert status == 200 and old["embedding"] == two["embeddings"]["float"][1], old


@pytest.mark.parametrize("model", RANKERS)
def test_rerank(demo, model):
    ask = {"model": model, "query": "red apple", "documents": ["snow", "a red apple", "apple"], "top_n": 2}
    for path in ["/v1/rerank", "/rerank", "/v2/rerank"]:
        status, _, answer = demo.call("POST", path, ask)
        assert status == 200 and [one["index"] for one in answer["results"]] == [1, 2], answer
        if path == "/v2/rerank":
            assert "document" not in answer["results"][0] and answer["meta"]["billed_units"], answer
        else:
            assert answer["results"][0]["document"]["text"] == "a red apple" and answer["usage"], answer


def test_moderations(client):
    answer = client.moderations.create(model="sim-openai/swift", input=["hello", "attack them"])
    assert [one.flagged for one in answer.results] == [False, True]
    parts = [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
    answer = client.moderations.create(model="sim-openai/swift", input=parts)
    assert answer.results[0].category_applied_input_types.violence == ["text", "image"]
    with pytest.raises(openai.BadRequestError, match="serves no moderations"):
        client.moderations.create(model="sim-cohere/coral", input="hello")
