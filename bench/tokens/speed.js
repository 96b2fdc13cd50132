import { measure } from '../lib/rounds.js'

const module = new URL('./subject.js', import.meta.url).href
const subject = (operation, name, count, label = name) => ({ name: label, module, args: [operation, name, count] })
const tokens = (count) => `${count.toLocaleString('en')} tokens`
const keys = (count) => `${count.toLocaleString('en')} keys`

/** Every operation that is measured, with those who do it; the first is the floor. */
export const OPERATIONS = {
  issue: [
    subject('issue', 'floor', 10_000),
    subject('issue', 'tokenloop', 10_000),
    subject('issue', 'prefixed-api-key', 10_000),
    subject('issue', 'better-auth', 100),
  ],
  'refuse a mistyped token': [
    subject('refuse', 'floor', 1000),
    subject('refuse', 'tokenloop', 1000),
    subject('refuse', 'prefixed-api-key', 1000),
    ...[10, 1000].map((count) => subject('refuse', 'better-auth', count, `better-auth, ${keys(count)}`)),
  ],
  verify: [
    subject('verify', 'floor', 10, `floor, ${tokens(10)}`),
    ...[10, 10_000, 1_000_000].map((count) => subject('verify', 'tokenloop', count, `tokenloop, ${tokens(count)}`)),
    subject('verify', 'tokenloop, cached', 10_000, `tokenloop behind a cache, ${tokens(10_000)}`),
    subject('verify', 'floor', 1_000_000, `floor, ${tokens(1_000_000)}`),
    subject('verify', 'prefixed-api-key', 10, `prefixed-api-key, ${keys(10)}`),
    ...[10, 1000].map((count) => subject('verify', 'better-auth', count, `better-auth, ${keys(count)}`)),
  ],
}

export const measureOperation = (operation) => measure(OPERATIONS[operation])
