// What the console's guide says to write in JavaScript is run as it stands there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { snippets } from '../../../web/src/pages/guide/snippets.mjs';
import { startDemo } from '../demo.mjs';

const MODEL = 'sim-openai/swift';
const CODE = ['openai-node', 'anthropic-node', 'ai-sdk'];
const FOLDER = new URL('..', import.meta.url).pathname;

let demo;
before(async () => { demo = await startDemo(); });
after(() => demo?.stop());

const told = key => snippets({ url: demo.url, key: key ?? demo.key, model: MODEL });
const ran = snippet => {
  const { code } = snippet.steps.find(step => step.kind === 'run');
  // Nothing of the machine's own settings may stand in for what the guide leaves out.
  const env = { PATH: process.env.PATH };
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: FOLDER, env });
};
const received = async () => {
  const address = demo.fleet.replace(/\/+$/, '') + '/_sim/received';
  const { received } = await (await fetch(address)).json();
  await fetch(address, { method: 'DELETE' });
  return received;
};

for (const name of CODE) {
  test(`${name} is answered`, async () => {
    await received();
    const { stdout } = await ran(told().find(({ id }) => id === name));
    const asked = await received();
    assert.equal(asked.length, 1);
    assert.match(JSON.stringify(asked[0].body), /Say hello/);
    assert.ok(stdout.trim(), 'it prints the answer');
  });

  test(`${name} with a wrong key is not`, async () => {
    await received();
    await assert.rejects(ran(told('wrong\'"').find(({ id }) => id === name)), /401|caller_unauthenticated/);
    assert.deepEqual(await received(), []);
  });
}

test('no code is left out', () => {
  const found = told().filter(({ steps }) => steps.some(step => step.kind === 'run' && step.language === 'javascript'));
  assert.deepEqual(found.map(({ id }) => id), CODE);
});
