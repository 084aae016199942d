// The official OpenAI SDK for Node: responses that later ones go on from, and names of models, below the prefix too.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { PLAIN, startDemo } from '../demo.mjs';

let demo;
const at = base => new OpenAI({ baseURL: demo.url + base, apiKey: demo.key, maxRetries: 0, timeout: 20_000 });
before(async () => { demo = await startDemo(); });
after(() => demo?.stop());

for (const model of PLAIN) {
  test(`a conversation with ${model}`, async () => {
    const client = at('/v1');
    const first = await client.responses.create({ model, input: 'Remember the word heron' });
    const second = await client.responses
      .stream({ model, input: 'Which word?', previous_response_id: first.id }).finalResponse();
    assert.equal(second.previous_response_id, first.id);
    const got = await client.responses.retrieve(second.id);
    assert.equal(got.output_text, second.output_text);
    const texts = [];
    for await (const item of client.responses.inputItems.list(second.id, { order: 'asc', limit: 2 })) {
      texts.push(item.content[0].text);
    }
    assert.deepEqual(texts, ['Remember the word heron', first.output_text, 'Which word?']);
    await client.responses.delete(first.id);
    await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError);
    await assert.rejects(client.responses.cancel(second.id), OpenAI.BadRequestError);
  });
}

describe('names of models', () => {
  for (const base of ['/v1', '/openai/v1', '/openai']) {
    test(base, async () => {
      const client = at(base);
      const names = [];
      for await (const model of client.models.list()) names.push(model.id);
      assert.ok(names.includes('auto') && names.includes(PLAIN[0]));
      assert.equal((await client.models.retrieve(PLAIN[0])).wye.kind, 'deployment');
      const answer = await client.responses.create({ model: PLAIN[0], input: 'Say hello', store: false });
      assert.ok(answer.output_text);
    });
  }
});
