import { vi } from 'vitest'
import { TokenloopError } from '../../src/core/errors.js'

const ENGINES = {
  node: () => import('../../src/core/engine/node.js'),
  portable: () => import('../../src/core/engine/portable.js'),
}

export type EngineName = keyof typeof ENGINES
export const engineNames = Object.keys(ENGINES) as EngineName[]

/** The modules of the core that hash, loaded anew over one engine. */
export async function overEngine(name: EngineName) {
  vi.resetModules()
  vi.doMock('#engine', ENGINES[name])
  const [digest, pkce, { engine }] = await Promise.all([
    import('../../src/core/digest.js'),
    import('../../src/core/pkce.js'),
    ENGINES[name](),
  ])
  return { ...digest, ...pkce, engine }
}

/** The code of the typed error that a call throws; the text `nothing` where it throws none. Any other error passes through. */
export function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof TokenloopError) return error.code
    throw error
  }
  return 'nothing'
}

/** Values of every type, for what must take anything. */
export const ANYTHING: readonly unknown[] = [
  undefined,
  null,
  '',
  '   ',
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  42n,
  true,
  false,
  Symbol('s'),
  {},
  [],
  [['a']],
  () => 'x',
  new Date(0),
  new Map(),
  new String('text'),
  Object.create(null),
  new Uint8Array(8),
  '\0',
  '\ud800',
  '__proto__',
  'constructor',
  'x'.repeat(1_000_000),
  { toString: () => 'x', length: 3 },
]
