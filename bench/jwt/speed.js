import { measure } from '../lib/rounds.js'

const module = new URL('./subject.js', import.meta.url).href
const subjects = (operation, names) => names.map((name) => ({ name, module, args: [operation, name] }))

/** Every operation that is measured, with those who do it; the first is the floor: the bare signature, or its verification. */
export const OPERATIONS = {
  issue: subjects('issue', ['floor', 'tokenloop', 'tokenloop, in the pool', 'fast-jwt', 'jose', 'jsonwebtoken']),
  verify: subjects('verify', [
    'floor',
    'tokenloop',
    'fast-jwt',
    'jose',
    'jsonwebtoken',
    'tokenloop, seen',
    'fast-jwt, cache',
  ]),
  'refuse alg none': subjects('refuse', ['tokenloop', 'fast-jwt', 'jose', 'jsonwebtoken']),
}

export const measureOperation = (operation, rounds) => measure(OPERATIONS[operation], rounds)
