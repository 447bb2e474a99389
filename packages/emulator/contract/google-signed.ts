import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { type GateCloud, type GateCloudOptions, gateCloud } from './gate-cloud.ts';

/** Gates whose signing key the test knows: it signs what Google never would. Gone at the end of the test. */
export async function googleSigned(
  options: GateCloudOptions = {},
): Promise<{ gates: GateCloud; sign: (claims: JWTPayload) => Promise<string> }> {
  const stateDir = await mkdtemp(join(tmpdir(), 'run-edges-signed-'));
  const gates = await gateCloud({
    app: (_request, response) => void response.end('from the app'),
    ...options,
    stateDir,
  });
  onTestFinished(async () => {
    await gates[Symbol.asyncDispose]();
    await rm(stateDir, { recursive: true, force: true });
  });
  const { keys } = JSON.parse(await readFile(join(stateDir, 'emulator.json'), 'utf8')) as { keys: { signing: JWK } };
  const { kid = '' } = keys.signing;
  const key = await importJWK(keys.signing, 'RS256');
  return { gates, sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(key) };
}
