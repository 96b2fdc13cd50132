import { measure, measureBoth } from '../lib/rounds.js'

const module = new URL('./subject.js', import.meta.url).href
const subjects = (operation, names) => names.map((name) => ({ name, module, args: [operation, name] }))

/** Every operation that is measured, with those who do it; the first is the floor: the bare signature, or its verification. */
export const OPERATIONS = {
  issue: subjects('issue', ['floor', 'tokenloop', 'fast-jwt', 'jose', 'jsonwebtoken']),
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

const MANY = ['floor, in the pool', 'tokenloop, in the pool', 'jose', 'floor', 'tokenloop', 'fast-jwt']

/** With 64 in flight: the floor is the bare signature in the threads of the runtime. */
export const IN_FLIGHT = { issue: subjects('issueMany', MANY), verify: subjects('verifyMany', MANY) }

export const measureOperation = (operation, rounds) => measure(OPERATIONS[operation], rounds)
export const measureInFlight = (operation, rounds) => measureBoth(IN_FLIGHT[operation], rounds)
