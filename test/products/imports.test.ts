import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { isRelative, parse, readFiles, resolve } from '../architecture/sources.js'

const PUBLIC = Object.keys(packageJson.exports).map((path) => path.replace(/^\./, 'tokenloop'))
const OTHERS = [
  'fastify',
  'hono',
  '@hono/node-server',
  '@hono/node-server/conninfo',
  'escape-goat',
  'pg',
  'mysql2',
  'better-sqlite3',
  'express',
  'graphql',
  'graphql-http',
  'zod',
]
/** What tests of a host are for. */
const RUNNERS = ['vitest']
const WITH_SUBPATHS = ['@modelcontextprotocol/sdk']

/** What an example may not import: anything outside of the examples but the library's public entries, Node, and a few packages. */
const foreign = (files: ReturnType<typeof readFiles>) =>
  parse(files).flatMap(({ path, imports }) =>
    imports.filter((name) =>
      isRelative(name)
        ? !resolve(path, name).startsWith('examples/')
        : !name.startsWith('node:') &&
          ![...PUBLIC, ...OTHERS].includes(name) &&
          !(RUNNERS.includes(name) && path.startsWith('examples/host-tests/')) &&
          !WITH_SUBPATHS.some((prefix) => name.startsWith(`${prefix}/`)),
    ),
  )

describe('the examples', () => {
  it('use the library as anybody would', () => {
    const files = readFiles('examples')
    expect(Object.keys(files).length).toBeGreaterThan(20)
    expect(foreign(files)).toEqual([])
  })

  it.each(['../../src/index.js', 'tokenloop/store', 'vitest'])('would be found out with %s', (name) => {
    expect(foreign({ 'examples/loop/a.ts': `import { x } from '${name}'` })).toEqual([name])
  })
})
