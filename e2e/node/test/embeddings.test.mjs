// The official OpenAI SDK for Node: embeddings and moderations.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { startDemo } from '../demo.mjs';

// A model of each provider that makes vectors.
const MODELS = ['sim-openai/swift', 'sim-compatible/copy', 'sim-gemini/lens', 'sim-cohere/coral', 'sim-ollama/llama'];

let demo, client;
before(async () => {
  demo = await startDemo();
  client = new OpenAI({ baseURL: demo.url + '/v1', apiKey: demo.key, maxRetries: 0, timeout: 20_000 });
});
after(() => demo?.stop());

for (const model of MODELS) {
  describe(model, () => {
    test('batches keep their order, in base64 and as floats', async () => {
      const input = Array.from({ length: 40 }, (_, n) => `text ${n}`);
      // The SDK asks for base64 unless it is told otherwise.
      const answer = await client.embeddings.create({ model, input });
      assert.deepEqual(answer.data.map(datum => datum.index), input.map((_, n) => n));
      const one = await client.embeddings.create({ model, input: input[7], encoding_format: 'float' });
      assert.deepEqual([...answer.data[7].embedding], one.data[0].embedding);
      assert.ok(answer.usage.total_tokens > one.usage.total_tokens);
    });

    test('dimensions', async () => {
      const answer = await client.embeddings.create({ model, input: 'red', dimensions: 5 });
      assert.equal(answer.data[0].embedding.length, 5);
    });
  });
}

test('bad input', async () => {
  await assert.rejects(
    client.embeddings.create({ model: 'sim-openai/swift', input: ['a', ''] }),
    error => error.status === 400 && error.param === 'input[1]',
  );
});

test('moderations', async () => {
  const answer = await client.moderations.create({ model: 'sim-openai/swift', input: ['hello', 'attack them'] });
  assert.deepEqual(answer.results.map(one => one.flagged), [false, true]);
});
