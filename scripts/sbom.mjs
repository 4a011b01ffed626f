// Writes the program's bill of materials (CycloneDX 1.6) to standard output, from `cargo metadata --format-version 1` on standard
// input and Cargo.lock. The same sources give the same text. The argument is the package that is built.
import { readFileSync } from 'node:fs';

const root = process.argv[2] ?? 'server';
const metadata = JSON.parse(readFileSync(0, 'utf8'));
const lock = readFileSync(new URL('../Cargo.lock', import.meta.url), 'utf8');
const entries = lock.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "([0-9a-f]{64})"/g);
const checksums = new Map([...entries].map(([, name, version, sum]) => [`${name}@${version}`, sum]));
const packages = new Map(metadata.packages.map((one) => [one.id, one]));
const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));

// Only what is linked, without dependencies of builds and tests.
const linked = new Map();
const open = metadata.packages.filter(({ name, source }) => name === root && !source).map(({ id }) => id);
if (open.length !== 1) throw new Error(`there is no package ${root}`);
const start = open[0];
while (open.length > 0) {
  const id = open.pop();
  if (linked.has(id)) continue;
  const uses = nodes.get(id).deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null));
  linked.set(id, uses.map(({ pkg }) => pkg));
  open.push(...linked.get(id));
}

const reference = (id) => {
  const { name, version } = packages.get(id);
  return `pkg:cargo/${name}@${version}`;
};
const component = (id) => {
  const { name, version, license, source } = packages.get(id);
  const hash = checksums.get(`${name}@${version}`);
  if (source && !hash) throw new Error(`${name} ${version} has no checksum in Cargo.lock`);
  return {
    type: id === start ? 'application' : 'library',
    'bom-ref': reference(id),
    name,
    version,
    ...(license && { licenses: [{ expression: license.replaceAll(/ ?\/ ?/g, ' OR ') }] }),
    ...(hash && { hashes: [{ alg: 'SHA-256', content: hash }] }),
    purl: reference(id),
  };
};
const ids = [...linked.keys()].sort((a, b) => (reference(a) < reference(b) ? -1 : 1));
const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: component(start) },
  components: ids.filter((id) => id !== start).map(component),
  dependencies: ids.map((id) => ({ ref: reference(id), dependsOn: linked.get(id).map(reference).sort() })),
};
console.log(JSON.stringify(bill, null, 2));
