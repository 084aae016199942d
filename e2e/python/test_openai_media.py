"""The official OpenAI SDK for Python: images, speech, transcripts."""

import base64
import io

import openai
import pytest

from conftest import PNG

PAINTER, READER, LISTENER = "sim-openai/painter", "sim-openai/reader", "sim-openai/listener"
# More than the gateway holds in memory.
LARGE = 3 << 20


@pytest.fixture(scope="module")
def client(demo):
    return openai.OpenAI(base_url=demo.url + "/v1", api_key=demo.key, max_retries=0)


def png(name="x.png"):
    return (name, io.BytesIO(base64.b64decode(PNG)), "image/png")


def test_images(client):
    answer = client.images.generate(model=PAINTER, prompt="A cat.", n=2)
    assert [base64.b64decode(image.b64_json)[:4] for image in answer.data] == [b"\x89PNG"] * 2
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    answer = client.images.generate(model=PAINTER, prompt="A cat.", response_format="url")
    assert answer.data[0].url.startswith("https://")


def test_images_in_pieces(client):
    stream = client.images.generate(model=PAINTER, prompt="A cat.", stream=True, partial_images=2)
    events = list(stream)
    assert [event.type.split(".")[1] for event in events] == ["partial_image", "partial_image", "completed"]
    assert events[-1].usage.total_tokens > 0


def test_edits_and_variations(client):
    answer = client.images.edit(model=PAINTER, prompt="Paint it black.", image=png(), n=2)
    assert len(answer.data) == 2
    answer = client.images.edit(model=PAINTER, prompt="Both.", image=[png("a.png"), png("b.png")], mask=png())
    assert answer.data[0].b64_json
    answer = client.images.create_variation(model=PAINTER, image=png(), response_format="b64_json")
    assert answer.data[0].b64_json


def test_speech(client, tmp_path):
    spoken = client.audio.speech.create(model=READER, voice="coral", input="Hello there.", response_format="wav")
    assert spoken.content.startswith(b"RIFF") and spoken.response.headers["content-type"] == "audio/wav"
    file = tmp_path / "out.mp3"
    with client.audio.speech.with_streaming_response.create(
        model=READER, voice="coral", input="Hello there." * 100
    ) as streamed:
        streamed.stream_to_file(file)
    assert file.stat().st_size == 1200 * 160


@pytest.mark.parametrize("size", [20_000, LARGE])
def test_transcripts(client, size):
    sound = ("a.wav", bytes(size), "audio/wav")
    answer = client.audio.transcriptions.create(model=LISTENER, file=sound, language="en")
    assert answer.text and answer.usage.total_tokens > 0
    assert client.audio.transcriptions.create(model=LISTENER, file=sound, response_format="text").strip() == answer.text
    long = client.audio.transcriptions.create(
        model=LISTENER, file=sound, response_format="verbose_json", timestamp_granularities=["segment"]
    )
    assert long.text == answer.text and long.segments[0].text == answer.text
    assert answer.text in client.audio.transcriptions.create(model=LISTENER, file=sound, response_format="srt")
    stream = client.audio.transcriptions.create(model=LISTENER, file=sound, stream=True)
    assert "".join(event.delta for event in stream if event.type == "transcript.text.delta") == answer.text
    assert client.audio.translations.create(model=LISTENER, file=sound).text


def test_what_is_wrong_is_told(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.audio.transcriptions.create(model=LISTENER, file=("a.pdf", b"%PDF", "application/pdf"))
    assert error.value.param == "file" and "application/pdf" in error.value.message
    with pytest.raises(openai.BadRequestError) as error:
        client.images.generate(model=PAINTER, prompt="")
    assert error.value.param == "prompt"
    with pytest.raises(openai.NotFoundError):
        client.audio.transcriptions.create(model="nobody/x", file=("a.wav", bytes(LARGE), "audio/wav"))
    with pytest.raises(openai.APIStatusError) as error:
        client.audio.transcriptions.create(model=LISTENER, file=("a.wav", bytes(33 << 20), "audio/wav"))
    assert error.value.status_code == 413 and "upload_limit" in error.value.message
