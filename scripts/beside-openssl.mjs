// The last line of `scripts/bench tokens`: our signature compared with openssl's, on the same core. The argument is openssl's
// machine-readable line: +F2:number:bits:signatures per second:verifications per second.
import { readFileSync } from 'node:fs';

const target = process.env.CARGO_TARGET_DIR ?? 'target';
const openssl = 1 / Number(process.argv[2].split(':')[3]);
const estimate = JSON.parse(readFileSync(`${target}/criterion/sign/rsa-2048/new/estimates.json`, 'utf8'));
const ours = estimate.mean.point_estimate / 1e9;
const micros = (seconds) => `${(seconds * 1e6).toFixed(0)} µs`;
console.log(`sign rsa-2048: ours ${micros(ours)}, openssl ${micros(openssl)}, rate ${(openssl / ours).toFixed(2)} of openssl's`);
