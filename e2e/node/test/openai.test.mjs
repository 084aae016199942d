// The official OpenAI SDK for Node through every provider dialect.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { PLAIN, PNG, startDemo, startFaulty, THINKING } from '../demo.mjs';

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
    strict: true,
  },
};
const user = content => [{ role: 'user', content }];

let demo, faulty, client;
before(async () => {
  [demo, faulty] = await Promise.all([startDemo(), startFaulty()]);
  client = new OpenAI({ baseURL: demo.url + '/v1', apiKey: demo.key, maxRetries: 0, timeout: 20_000 });
});
after(() => Promise.all([demo?.stop(), faulty?.stop()]));

for (const model of PLAIN) {
  describe(model, () => {
    test('chat', async () => {
      const answer = await client.chat.completions.create({ model, messages: user('Say hello') });
      assert.ok(answer.choices[0].message.content);
      assert.equal(answer.choices[0].finish_reason, 'stop');
      assert.ok(answer.usage.total_tokens > 0);
    });

    test('stream with usage', async () => {
      let text = '', usage, end;
      const stream = await client.chat.completions.create({
        model, messages: user('Say hello'), stream: true, stream_options: { include_usage: true },
      });
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        end = chunk.choices[0]?.finish_reason ?? end;
        usage = chunk.usage ?? usage;
      }
      assert.ok(text);
      assert.equal(end, 'stop');
      assert.ok(usage.completion_tokens > 0 && usage.prompt_tokens > 0);
    });

    test('a tool, called and answered by the helper', async () => {
      const asked = [];
      const runner = client.chat.completions.runTools({
        model,
        messages: user('What is the weather in Paris?'),
        tools: [{
          type: 'function',
          function: {
            ...WEATHER.function,
            parse: JSON.parse,
            function: ({ city }) => { asked.push(city); return `sunny-in-${city}`; },
          },
        }],
      });
      assert.match(await runner.finalContent(), /sunny-in-Paris/);
      assert.deepEqual(asked, ['Paris']);
    });

    test('parallel tools, streamed', async () => {
      const messages = user('What is the weather in Paris and Tokyo?');
      const stream = client.chat.completions.stream({ model, messages, tools: [WEATHER] });
      const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0];
      assert.equal(finish_reason, 'tool_calls');
      assert.deepEqual(message.tool_calls.map(call => JSON.parse(call.function.arguments).city), ['Paris', 'Tokyo']);
      messages.push({ role: 'assistant', content: message.content, tool_calls: message.tool_calls.map(
        ({ id, type, function: { name, arguments: given } }) => ({ id, type, function: { name, arguments: given } })) });
      for (const call of message.tool_calls) messages.push({ role: 'tool', tool_call_id: call.id, content: 'sunny' });
      const answer = await client.chat.completions.create({ model, messages, tools: [WEATHER] });
      assert.ok(answer.choices[0].message.content);
    });

    test('schema', async () => {
      const City = z.object({ name: z.string(), population: z.number() });
      const answer = await client.chat.completions.parse({
        model, messages: user('Name a city'), response_format: zodResponseFormat(City, 'city'),
      });
      City.parse(answer.choices[0].message.parsed);
    });

    test('image', async () => {
      const answer = await client.chat.completions.create({
        model,
        messages: user([
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,' + PNG } },
        ]),
      });
      assert.match(answer.choices[0].message.content, /image\/png/);
    });
  });
}

for (const model of THINKING) {
  test(`${model}: reasoning survives a tool loop`, async () => {
    const messages = user('What is the weather in Paris and Tokyo?');
    const options = { model, tools: [WEATHER], reasoning_effort: 'low', max_completion_tokens: 4000 };
    const stream = await client.chat.completions.create({ ...options, messages, stream: true });
    let reasoning = '';
    const calls = [];
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta ?? {};
      reasoning += delta.reasoning_content ?? '';
      for (const piece of delta.tool_calls ?? []) {
        const call = (calls[piece.index] ??= { id: piece.id, type: 'function', function: { name: '', arguments: '' } });
        call.function.name += piece.function?.name ?? '';
        call.function.arguments += piece.function?.arguments ?? '';
      }
    }
    // OpenAI's Responses shows no thoughts to those who do not ask for a summary, and chat completions cannot.
    if (!model.startsWith('sim-responses/')) assert.ok(reasoning);
    assert.equal(calls.length, 2);
    messages.push({ role: 'assistant', content: null, tool_calls: calls });
    for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: 'sunny' });
    const answer = await client.chat.completions.create({ ...options, messages });
    assert.ok(answer.choices[0].message.content);
  });
}

test('models', async () => {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  for (const name of [...PLAIN, ...THINKING, 'auto']) assert.ok(names.includes(name), name);
});

test('errors are the classes of the SDK', async () => {
  const ask = (more, who = client) =>
    who.chat.completions.create({ model: PLAIN[0], messages: user('x'), ...more });
  await assert.rejects(ask({ model: 'no-such-model' }), OpenAI.NotFoundError);
  await assert.rejects(ask({}, client.withOptions({ apiKey: 'wrong' })), OpenAI.AuthenticationError);
  await assert.rejects(ask({ messages: undefined }), OpenAI.BadRequestError);
  await assert.rejects(ask({ messages: 'x', stream: true }), OpenAI.BadRequestError);
});

test('failures of a provider are the classes of the SDK', async () => {
  const broken = new OpenAI({ baseURL: faulty.url + '/v1', apiKey: faulty.key, maxRetries: 0, timeout: 20_000 });
  for (const provider of ['chat', 'both']) {
    for (const stream of [false, true]) {
      const ask = model =>
        broken.chat.completions.create({ model: `${provider}/${model}`, messages: user('x'), stream });
      const respond = model => broken.responses.create({ model: `${provider}/${model}`, input: 'x', stream });
      for (const call of [ask, respond]) {
        await assert.rejects(call('broken-429'), OpenAI.RateLimitError);
        await assert.rejects(call('broken-500'), OpenAI.InternalServerError);
        await assert.rejects(call('broken-400'), OpenAI.BadRequestError);
        await assert.rejects(call('broken-reset'), error => error instanceof OpenAI.APIError && error.status >= 500);
      }
    }
  }
});

test('a limit of the key is a RateLimitError, and an empty budget is not tried again', async () => {
  let sent = 0;
  const counted = (...call) => {
    sent += 1;
    return fetch(...call);
  };
  const by = (apiKey, maxRetries) =>
    new OpenAI({ baseURL: faulty.url + '/v1', apiKey, maxRetries, timeout: 20_000, fetch: counted });
  const ask = client => client.chat.completions.create({ model: 'priced/well', messages: user('x') });
  const slow = by(faulty.slow, 0);
  await ask(slow);
  await assert.rejects(ask(slow), error => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, 'caller_rate_limited');
    assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0');
    assert.equal(error.headers.get('x-wye-limit-owner'), 'gateway');
    return Number(error.headers.get('retry-after')) > 0;
  });
  sent = 0;
  await assert.rejects(ask(by(faulty.poor, 3)), error => error.status === 402 && error.code === 'budget_exceeded');
  assert.equal(sent, 1);
});
