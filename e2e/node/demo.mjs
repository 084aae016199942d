// Starts `wye demo` for a suite and tells its address and key.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// One model and one reasoning model of each provider dialect; every SDK is run against all of them.
export const PLAIN = ['sim-openai/swift', 'sim-anthropic/sage', 'sim-gemini/lens'];
export const THINKING = ['sim-openai/thinker', 'sim-anthropic/sage-thinking', 'sim-gemini/lens-thinking'];

// A valid 1x1 PNG, 70 bytes.
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const COLOUR = new RegExp(String.fromCharCode(27) + '\\[[0-9;]*m', 'g');

export async function startDemo() {
  const binary = process.env.WYE_BIN;
  if (!binary) throw new Error('set WYE_BIN to the wye binary (make test-node does)');
  const child = spawn(binary, ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] });
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
  const stop = () =>
    new Promise((resolve, reject) => {
      child.removeAllListeners('exit');
      child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`wye demo ended with ${code}`))));
      child.kill('SIGTERM');
    });
  return { url: found.url.replace(/\/+$/, '').replace(/\/v1$/, ''), key: found.key, fleet: found.fleet, stop };
}
