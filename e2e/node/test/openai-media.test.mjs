// The official OpenAI SDK for Node: images, speech, transcripts. It writes a form's fields in the order they are given in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { PNG, startDemo } from '../demo.mjs';

const PAINTER = 'sim-openai/painter', READER = 'sim-openai/reader', LISTENER = 'sim-openai/listener';
const png = (name = 'x.png') => toFile(Buffer.from(PNG, 'base64'), name, { type: 'image/png' });

let demo, client;
before(async () => {
  demo = await startDemo();
  client = new OpenAI({ baseURL: demo.url + '/v1', apiKey: demo.key, maxRetries: 0, timeout: 20_000 });
});
after(() => demo?.stop());

test('images', async () => {
  const answer = await client.images.generate({ model: PAINTER, prompt: 'A cat.', n: 2 });
  assert.equal(answer.data.length, 2);
  assert.equal(Buffer.from(answer.data[1].b64_json, 'base64').subarray(1, 4).toString(), 'PNG');
  assert.ok(answer.usage.total_tokens > 0);
});

test('images in pieces', async () => {
  const kinds = [];
  const stream = await client.images.generate({ model: PAINTER, prompt: 'A cat.', stream: true, partial_images: 1 });
  for await (const event of stream) kinds.push(event.type);
  assert.deepEqual(kinds, ['image_generation.partial_image', 'image_generation.completed']);
});

test('edits and variations', async () => {
  const edited = await client.images.edit({ image: [await png('a.png'), await png('b.png')], prompt: 'Mix.', model: PAINTER });
  assert.ok(edited.data[0].b64_json);
  const varied = await client.images.createVariation({ image: await png(), model: PAINTER, n: 3 });
  assert.equal(varied.data.length, 3);
});

test('speech', async () => {
  const spoken = await client.audio.speech.create({ model: READER, voice: 'coral', input: 'Hello there.' });
  assert.equal(spoken.headers.get('content-type'), 'audio/mpeg');
  assert.equal((await spoken.arrayBuffer()).byteLength, 12 * 160);
});

// More than the gateway holds is relayed while it comes, or lies on disk until its model is known.
for (const size of [20_000, 3 << 20]) {
  test(`transcripts of ${size} bytes`, async () => {
    const sound = () => toFile(Buffer.alloc(size, 7), 'a.wav', { type: 'audio/wav' });
    const last = await client.audio.transcriptions.create({ file: await sound(), language: 'en', model: LISTENER });
    const first = await client.audio.transcriptions.create({ model: LISTENER, file: await sound(), language: 'en' });
    assert.ok(first.text);
    assert.equal(last.text, first.text);
    assert.ok(first.usage.total_tokens > 0);
    let text = '';
    const stream = await client.audio.transcriptions.create({ file: await sound(), model: LISTENER, stream: true });
    for await (const event of stream) if (event.type === 'transcript.text.delta') text += event.delta;
    assert.equal(text, first.text);
    const translated = await client.audio.translations.create({ file: await sound(), model: LISTENER });
    assert.ok(translated.text);
  });
}

test('what is wrong is told', async () => {
  const file = await toFile(Buffer.from('%PDF'), 'a.pdf', { type: 'application/pdf' });
  await assert.rejects(client.audio.transcriptions.create({ file, model: LISTENER }), error => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'file');
    return true;
  });
});
