// Starts `wye demo` for a suite and tells its address and key.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// One model and one reasoning model of each provider dialect; every SDK is run against all of them.
export const PLAIN = [
  'sim-openai/swift', 'sim-anthropic/sage', 'sim-gemini/lens', 'sim-compatible/copy', 'sim-responses/scribe',
  'sim-cohere/coral', 'sim-ollama/llama', 'sim-bedrock/us.anthropic.claude-basalt-v1:0',
];
export const THINKING = [
  'sim-openai/thinker', 'sim-anthropic/sage-thinking', 'sim-gemini/lens-thinking', 'sim-compatible/copy-thinking',
  'sim-responses/scribe-thinking', 'sim-cohere/coral-thinking', 'sim-ollama/llama-thinking',
  'sim-bedrock/us.anthropic.claude-basalt-thinking-v1:0',
];
// Text in, text out: neither roles nor tools.
export const COMPLETIONS = 'sim-completions/quill';

// A valid 1x1 PNG, 70 bytes.
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const COLOUR = new RegExp(String.fromCharCode(27) + '\\[[0-9;]*m', 'g');

function binaryOfWye() {
  const binary = process.env.WYE_BIN;
  if (!binary) throw new Error('set WYE_BIN to the wye binary (make test-node does)');
  return binary;
}

// A gateway of its own in front of a fleet of its own whose models fail in one way each.
const FAULTS = `
providers:
  sim:
    dialects: [openai_chat, openai_responses]
    models: { well: {}, broken-500: {}, broken-429: {}, broken-400: {}, broken-reset: {} }
    faults:
      - { on: { model: broken-500 }, fault: { status: 500 } }
      - { on: { model: broken-429 }, fault: { status: 429, retry_after: 1s } }
      - { on: { model: broken-400 }, fault: { status: 400 } }
      - { on: { model: broken-reset }, fault: reset }
`;

export async function startFaulty() {
  const folder = mkdtempSync(join(tmpdir(), 'wye-e2e-'));
  const children = [];
  const start = async (...args) => {
    const child = spawn(binaryOfWye(), [...args, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    return new Promise((resolve, reject) => {
      child.once('exit', code => reject(new Error(`wye ${args[0]} ended with ${code} before it was ready`)));
      createInterface({ input: child.stdout }).on('line', line => {
        const match = line.match(/listening on (http:\/\/[^"\s]+)/);
        if (match) resolve(match[1].replace(/\/+$/, ''));
      });
    });
  };
  writeFileSync(join(folder, 'fleet.yaml'), FAULTS);
  const fleet = await start('sim', '--script', join(folder, 'fleet.yaml'));
  const key = 'wye-e2e-0123456789abcdef0123456789abcdef';
  // One that has a request a minute, and one whose budget pays for less than a request.
  const slow = 'wye-e2e-slow-0123456789abcdef0123456789abcdef';
  const poor = 'wye-e2e-poor-0123456789abcdef0123456789abcdef';
  writeFileSync(join(folder, 'wye.yaml'), `
keys:
  - { name: e2e, key: ${key} }
  - { name: slow, key: ${slow}, limits: { rpm: 1 } }
  - { name: poor, key: ${poor}, budgets: [{ usd: 0.000001, per: month }] }
providers:
  priced:
    dialect: openai_chat
    base_url: "${fleet}/sim/v1"
    api_key: any
    models: [{ id: well, price: { input: 1, output: 1 } }]
  chat: { dialect: openai_chat, base_url: "${fleet}/sim/v1", api_key: any }
  both: { dialects: [openai_chat, openai_responses], base_url: "${fleet}/sim/v1", api_key: any }
`);
  const url = await start('serve', '--config', join(folder, 'wye.yaml'), '--data', join(folder, 'data'));
  const stop = async () => {
    for (const child of children.reverse()) {
      child.removeAllListeners('exit');
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true });
  };
  return { url, key, slow, poor, stop };
}

// Gives the fleet its own script without the pace: what is tested here is not how fast models speak.
async function hurry(fleet) {
  const script = readFileSync(new URL('../../crates/sim/fleets/demo.yaml', import.meta.url), 'utf8')
    .replace(/(ttft|tps|jitter): *[\w.]+,? */g, '').replace(/^\s*\n/gm, '');
  const answer = await fetch(fleet.replace(/\/+$/, '') + '/_sim/script', { method: 'PUT', body: script });
  if (!answer.ok) throw new Error(`the fleet does not take its script: ${await answer.text()}`);
}

export async function startDemo() {
  const binary = binaryOfWye();
  const child = spawn(binary, ['demo', '--quiet', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const found = {};
  const lines = createInterface({ input: child.stdout });
  await new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`wye demo ended with ${code} before it was ready`)));
    lines.on('line', line => {
      const match = line.replace(COLOUR, '').match(/^\s*(url|key|fleet)\s+(\S+)/);
      if (match) found[match[1]] = match[2];
      if (found.url && found.key && found.fleet) resolve();
    });
  });
  await hurry(found.fleet);
  const stop = () =>
    new Promise((resolve, reject) => {
      child.removeAllListeners('exit');
      child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`wye demo ended with ${code}`))));
      child.kill('SIGTERM');
    });
  return { url: found.url.replace(/\/+$/, '').replace(/\/v1$/, ''), key: found.key, fleet: found.fleet, stop };
}
