// Writes the tables of docs/performance.md from the figures in a folder: `scripts/bench table`. The rest of the page is written by hand.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';

const PAGE = 'docs/performance.md';
const BEGIN = '<!-- measured: written by `scripts/bench table` -->\n';
const END = '<!-- end of what was measured -->\n';

const [folder] = process.argv.slice(2);
const files = readdirSync(folder).filter((name) => name.endsWith('.tsv'));
const figures = new Map();
for (const name of files) {
  for (const line of readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n')) {
    const [row, figure, value] = line.split('\t');
    figures.set(`${row}\t${figure}`, Number(value));
  }
}
const days = files.map((name) => statSync(`${folder}/${name}`).mtime.toISOString().slice(0, 10)).sort();

const of = (row, figure) => figures.get(`${row}\t${figure}`) ?? NaN;
const number = (value, digits = 0) =>
  Number.isNaN(value) ? '–' : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const ratio = (value) => number(value, 2);
const micros = (row) => number(of(row, 'cpu'), of(row, 'cpu') < 100 ? 1 : 0);

/** What has no figures yet. */
const missing = [];
const measuredOnly = (rows) => {
  const isThere = (row) => !row.slice(1).some((cell) => cell.startsWith('–'));
  missing.push(...rows.filter((row) => !isThere(row)).map(([first]) => first));
  return rows.filter(isThere);
};

function table(head, all) {
  const rows = measuredOnly(all);
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  const aligned = head.map((_, at) => (at === 0 ? '---' : '---:'));
  if (rows.length === 0) return '';
  return line(head) + line(aligned) + rows.map(line).join('');
}

/** A path, what limits it, by the names of their figures; the share of the limit that is the goal. */
const paths = [
  ['gateway, a token seen before', 'nginx, plain proxy', 0.8],
  ['gateway, a cookie seen before', 'nginx, plain proxy', 0.8],
  ['refresh, SQLite, 100', 'one RSA-2048 signature of openssl', 0.85],
  ['login page', 'live: server and kernel alone', undefined],
  ['login page, compressed', 'login page', 0.8],
  ['session read, from memory', 'live: server and kernel alone', 0.85],
  ['session read, first time of each, 10000', 'one indexed read, bare, 10000', 0.6],
  ['session read, first time of each, 1000000', 'one indexed read, bare, 1000000', 0.6],
  ['sign-in by a provider', 'signature, two commits, one exchange, bare', 0.5],
  ['sign-in by password', 'argon2id alone', 0.95],
  ['passkey', 'passkey, bare', 0.6],
];

/** How the names of the figures are written in the table. */
const written = new Map([
  ['refresh, SQLite, 100', 'refresh grant'],
  ['live: server and kernel alone', 'a trivial answer of the same server'],
  ['session read, first time of each, 10000', 'session read, first time of each of 10,000'],
  ['session read, first time of each, 1000000', 'session read, first time of each of 1,000,000'],
  ['one indexed read, bare, 10000', 'one indexed read of the driver, bare'],
  ['one indexed read, bare, 1000000', 'one indexed read of the driver, bare'],
  ['passkey', 'sign-in with a passkey'],
  ['passkey, bare', 'one verification of P-256, two commits, bare'],
]);
const name = (row) => written.get(row) ?? row;

function ratios() {
  const rows = paths.map(([row, limit, goal]) => {
    const least = limit.startsWith('one RSA') ? of(row, 'limit') : of(limit, 'cpu');
    const share = least / of(row, 'cpu');
    const reached = goal === undefined ? '' : share >= goal ? 'yes' : 'no';
    return [
      name(row), micros(row), Number.isNaN(of(row, 'rate')) ? '' : number(of(row, 'rate')), name(limit), number(least, least < 100 ? 1 : 0), ratio(share),
      goal === undefined ? '' : `≥ ${goal}`, reached,
    ];
  });
  return table(['path', 'µs', 'a second', 'limit', 'µs', 'limit / path', 'goal', 'reached'], rows);
}

function others() {
  const rows = [
    ['start with an existing database', `${number(of('start', 'ms'))} ms`, '≤ 60 ms'],
    ['memory when idle, of which its own', `${number(of('idle', 'mib'), 1)} MiB, ${number(of('idle', 'own'), 1)} MiB`, '≤ 28 MiB'],
    ['the file', `${number(of('file', 'mb'), 1)} MB`, '≤ 30 MB'],
    ['login page on slow 4G and a processor 4 times slower: first paint', `${number(of('login page, slow 4G', 'paint'))} ms`, '≤ 1,250 ms'],
    ['the same: usable', `${number(of('login page, slow 4G', 'usable'))} ms`, ''],
    ['the same: bytes on the wire, with all that it loads', number(of('login page, slow 4G', 'bytes')), ''],
    ['one round trip: a text of 36 bytes, first paint', `${number(of('one round trip', 'paint'))} ms`, ''],
    ['an idle session in the cache', `${number(of('an idle session in the cache', 'bytes'))} bytes`, ''],
    ['an idle connection', `${number(of('an idle connection', 'bytes'))} bytes`, ''],
    ['the program with 10,000 idle connections', `${number(of('the program with 10,000 idle connections', 'bytes') / 1e6, 1)} MB`, '≤ 100 MB'],
    ['a WebSocket, both sides', `${number(of('a WebSocket', 'bytes'))} bytes`, ''],
    ['a route', `${number(of('a route', 'bytes'))} bytes`, ''],
  ];
  return table(['', 'measured', 'goal'], rows);
}

function growth() {
  const rows = [
    ['session read, from memory', 'session read, from memory, 10000', 'session read, from memory, 1000000', '1.1'],
    ['gateway, a cookie', 'gateway, a cookie, 10000', 'gateway, a cookie, 1000000', '1.1'],
    ['session read, first time of each', 'session read, first time of each, 10000', 'session read, first time of each, 1000000', '1.2'],
    ['one indexed read of the driver, bare', 'one indexed read, bare, 10000', 'one indexed read, bare, 1000000', ''],
  ].map(([row, few, many, goal]) => [
    row, '10,000 and 1,000,000 sessions', micros(few), micros(many), ratio(of(many, 'cpu') / of(few, 'cpu')), goal && `≤ ${goal}`,
  ]);
  const [one, thousand] = ['gateway, public route, of 1', 'gateway, public route, of 1000'];
  rows.push(['gateway, public route', '1 and 1,000 routes', micros(one), micros(thousand), ratio(of(thousand, 'cpu') / of(one, 'cpu')), '≤ 1.1']);
  return table(['path', 'among', 'µs', 'µs', 'growth', 'goal'], rows);
}

function shares() {
  const whose = ['kernel', 'crypto', 'memory', 'libraries', 'ours'];
  const rows = [...new Set([...figures.keys()].map((key) => key.split('\t')[0]))]
    .filter((row) => !Number.isNaN(of(row, 'kernel')) && !/, 1000000$|nginx|Node|live|401|, 1$|SQLite, 100$/.test(row))
    .concat(['refresh, SQLite, 100'].filter((row) => !Number.isNaN(of(row, 'kernel'))))
    .map((row) => [name(row), ...whose.map((one) => `${number(of(row, one))} %`)]);
  return table(['path', 'kernel', 'crypto', 'allocator and copies', 'libraries', 'ours'], rows);
}

const text = readFileSync(PAGE, 'utf8');
const [before, rest] = text.split(BEGIN);
const after = rest.split(END)[1];
const programs = [...figures.keys()].filter((key) => key.startsWith('program\t')).map((key) => `\`${key.split('\t')[1]}\``);
const tables = [
  ratios(),
  '### Start, pages and memory\n',
  others(),
  '### Growth\n',
  growth(),
  '### Whose the time is\n',
  shares(),
];
const lacking = missing.length > 0 ? `Not measured: ${missing.join('; ')}.\n` : '';
const measured = [
  `Measured on ${[...new Set(days)].join(' and ')}: ${programs.join(' and ')}. Microseconds are processor time of the program for one request.\n`,
  ...tables,
  lacking,
].filter((part) => part !== '').join('\n');
writeFileSync(PAGE, `${before}${BEGIN}\n${measured}\n${END}${after}`);
