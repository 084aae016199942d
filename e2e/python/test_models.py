"""Names of models through the official SDKs, below each SDK's own prefix too."""

import anthropic
import openai
import pytest
from google import genai

MODEL = "sim-anthropic/sage"


@pytest.mark.parametrize("base", ["/v1", "/openai/v1", "/openai"])
def test_openai(demo, base):
    client = openai.OpenAI(base_url=demo.url + base, api_key=demo.key, max_retries=0)
    models = {model.id: model for model in client.models.list()}
    assert models["auto"].owned_by == "wye" and models[MODEL].owned_by == "sim-anthropic"
    one = client.models.retrieve(MODEL)
    assert one.wye["kind"] == "deployment" and client.models.retrieve("auto").wye["kind"] == "route"
    assert set(one.wye) >= {"context", "max_output", "capabilities", "prices", "free", "grades"}
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")
    chat = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    assert chat.choices[0].message.content
    assert client.responses.create(model=MODEL, input="Hello").output_text
    with pytest.raises(openai.NotFoundError):
        client.get("/nothing", cast_to=object)


@pytest.mark.parametrize("base", ["", "/anthropic"])
def test_anthropic(demo, base):
    client = anthropic.Anthropic(base_url=demo.url + base, api_key=demo.key, max_retries=0)
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).type == "model"
    with pytest.raises(anthropic.NotFoundError) as error:
        client.models.retrieve("nobody")
    assert error.value.body["type"] == "error"
    message = client.messages.create(model=MODEL, max_tokens=99, messages=[{"role": "user", "content": "Hello"}])
    assert message.content[0].text
    with client.messages.stream(model=MODEL, max_tokens=99, messages=[{"role": "user", "content": "Hello"}]) as stream:
        assert stream.get_final_text()


@pytest.mark.parametrize("base", ["", "/genai"])
def test_genai(demo, base):
    client = genai.Client(api_key=demo.key, http_options={"base_url": demo.url + base})
    assert "models/" + MODEL in [model.name for model in client.models.list()]
    assert client.models.get(model=MODEL).name == "models/" + MODEL
    assert client.models.generate_content(model=MODEL, contents="Hello").text
    with pytest.raises(genai.errors.ClientError) as error:
        client.models.get(model="nobody/none")
    assert error.value.code == 404


def test_search(demo):
    status, headers, found = demo.call("GET", "/v1/models/search?sort=name&top=3")
    assert (status, len(found["models"])) == (200, 3) and found["total"] > 3
    assert headers["cache-control"] == "private, max-age=30"
    names = [model["id"] for model in found["models"]]
    assert names == sorted(names)
    status, _, found = demo.call("GET", "/v1/models/search?provider=sim-anthropic&text=THINK")
    assert [model["model_id"] for model in found["models"]] == ["sage-thinking"]
    status, _, wrong = demo.call("GET", "/v1/models/search?min_context=big")
    assert (status, wrong["error"]["param"]) == (400, "min_context")
