// Calls every operation of the API through the client that @hey-api/openapi-ts generates:
//
//   node client.js ADDRESS REPOSITORY
//
// tests/test_api_clients.py generates the client beside this file, compiles both strictly and runs this.

import { openAsBlob } from 'node:fs';
import { join } from 'node:path';

import * as sdk from './generated';
import { client } from './generated/client.gen';
import type { MeasurementOut } from './generated';

const [address, repository] = process.argv.slice(2) as [string, string];
client.setConfig({ baseUrl: address });

function must(met: boolean, what: string): asserts met {
  if (!met) throw new Error(what);
}

/** A photo of the repository; the API needs no file name. */
const photo = (path: string): Promise<Blob> => openAsBlob(join(repository, path), { type: 'image/jpeg' });

/** What was answered, if that is a success. */
async function answered<T>(call: Promise<{ data?: T; error?: unknown; response?: Response }>): Promise<T> {
  const { data, error, response } = await call;
  must(response?.status === 200 && data !== undefined, `${response?.status}: ${JSON.stringify(error)}`);
  return data;
}

async function measured(): Promise<MeasurementOut> {
  const file = await photo('sample_images/left-near-1.jpg');
  return answered(sdk.measurePhoto({ body: { file, lower_back_flat: 'yes' } }));
}

const calls: Record<string, () => Promise<void>> = {
  measurePhoto: async () => {
    const found = await measured();
    must(found.measurable && typeof found.thigh_deg?.value === 'number', 'no thigh');
    const { error } = await sdk.measurePhoto({ body: { file: new Blob(['no photo']) } });
    must(error?.code === 'not_an_image', `not a problem: ${JSON.stringify(error)}`);
  },
  examinePerson: async () => {
    const left = [await photo('docs/examples/healthy-left.jpg')];
    const right = [await photo('docs/examples/healthy-right.jpg')];
    const found = await answered(sdk.examinePerson({ body: { left, right, session: '2026-11-23' } }));
    must(found.left !== null && found.right !== null, 'a leg is missing');
  },
  scorePoints: async () => {
    const measurement = await measured();
    must(measurement.points != null, 'no points'); // accepted as they are
    const found = await answered(sdk.scorePoints({ body: { measurement, points: measurement.points } }));
    must(found.thigh_deg?.value === measurement.thigh_deg?.value, 'another thigh');
    const { error } = await sdk.scorePoints({ body: {} });
    must(error?.code === 'invalid_option', `not a problem: ${JSON.stringify(error)}`);
  },
  listCriteria: async () => must((await answered(sdk.listCriteria())).length > 1, 'no rules'),
  listNorms: async () => must((await answered(sdk.listNorms())).length > 1, 'no norms'),
  getSchema: async () => must('$defs' in (await answered(sdk.getSchema())), 'no schema'),
  getHealth: async () => must((await answered(sdk.getHealth())).status === 'ok', 'not healthy'),
  getReadiness: async () => must((await answered(sdk.getReadiness())).status === 'ready', 'not ready'),
  getMetrics: async () => must((await answered(sdk.getMetrics())).includes('thomas_'), 'no metrics'),
};

async function main(): Promise<void> {
  const described = Object.entries(sdk).filter(([, one]) => typeof one === 'function');
  must(described.length > 0, 'no operations');
  for (const [name] of described) {
    must(name in calls, `${name} is never called`);
    await calls[name]!();
    console.log(name);
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
