// The official OpenAI SDK for Node: Responses and the older completions through every provider dialect.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { COMPLETIONS, PLAIN, PNG, startDemo, THINKING } from '../demo.mjs';

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
  strict: true,
};
const user = content => ({ role: 'user', content });
const results = (items, output) =>
  items.filter(item => item.type === 'function_call')
    .map(({ call_id }) => ({ type: 'function_call_output', call_id, output }));
// What the helpers add to an item is not the vendor's.
const sent = items => items.map(({ parsed_arguments, ...item }) => item);

let demo, client;
before(async () => {
  demo = await startDemo();
  client = new OpenAI({ baseURL: demo.url + '/v1', apiKey: demo.key, maxRetries: 0, timeout: 20_000 });
});
after(() => demo?.stop());

for (const model of PLAIN) {
  describe(model, () => {
    test('create', async () => {
      const answer = await client.responses.create({ model, input: 'Say hello', store: false });
      assert.ok(answer.output_text);
      assert.equal(answer.status, 'completed');
      assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
    });

    test('stream', async () => {
      const stream = client.responses.stream({ model, input: 'Say hello', store: false });
      let text = '';
      stream.on('response.output_text.delta', event => { text += event.delta; });
      const answer = await stream.finalResponse();
      assert.ok(text);
      assert.equal(answer.output_text, text);
      assert.equal(answer.status, 'completed');
    });

    test('parallel tools, streamed, and their results', async () => {
      const input = [user('What is the weather in Paris and Tokyo?')];
      const options = { model, tools: [WEATHER], store: false };
      const first = await client.responses.stream({ ...options, input }).finalResponse();
      const calls = first.output.filter(item => item.type === 'function_call');
      assert.deepEqual(calls.map(call => JSON.parse(call.arguments).city), ['Paris', 'Tokyo']);
      input.push(...sent(first.output), ...results(first.output, 'sunny-today'));
      assert.match((await client.responses.create({ ...options, input })).output_text, /sunny-today/);
    });

    test('schema', async () => {
      const City = z.object({ name: z.string(), population: z.number() });
      const answer = await client.responses.parse({
        model, input: 'Name a city', text: { format: zodTextFormat(City, 'city') }, store: false,
      });
      City.parse(answer.output_parsed);
    });

    test('image', async () => {
      const picture = { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,' + PNG };
      const input = [user([{ type: 'input_text', text: 'What is this?' }, picture])];
      assert.match((await client.responses.create({ model, input, store: false })).output_text, /image\/png/);
    });
  });
}

for (const model of THINKING) {
  test(`${model}: reasoning survives a tool loop`, async () => {
    const input = [user('What is the weather in Paris?')];
    const options = {
      model, tools: [WEATHER], store: false, include: ['reasoning.encrypted_content'],
      reasoning: { effort: 'low', summary: 'auto' }, max_output_tokens: 4000,
    };
    const first = await client.responses.create({ ...options, input });
    assert.ok(first.output.some(item => item.type === 'reasoning'));
    input.push(...sent(first.output), ...results(first.output, 'sunny-today'));
    assert.match((await client.responses.create({ ...options, input })).output_text, /sunny-today/);
  });
}

for (const model of [...PLAIN, COMPLETIONS]) {
  test(`${model}: completions, whole and streamed`, async () => {
    const options = { model, prompt: 'Once upon a time', max_tokens: 300 };
    const answer = await client.completions.create(options);
    assert.match(answer.choices[0].text, /Once upon a time/);
    let text = '', end;
    for await (const chunk of await client.completions.create({ ...options, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
      end = chunk.choices[0]?.finish_reason ?? end;
    }
    assert.match(text, /Once upon a time/);
    assert.equal(end, 'stop');
  });
}

test('errors are the classes of the SDK', async () => {
  const ask = (more, who = client) => who.responses.create({ model: PLAIN[1], input: 'x', ...more });
  await assert.rejects(ask({ model: 'no-such-model' }), OpenAI.NotFoundError);
  await assert.rejects(ask({}, client.withOptions({ apiKey: 'wrong' })), OpenAI.AuthenticationError);
  await assert.rejects(ask({ input: [{ role: 'nobody', content: 'x' }], stream: true }), OpenAI.BadRequestError);
});
