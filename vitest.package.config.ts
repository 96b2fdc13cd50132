import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { split } from './test/package/public.js'
import { createHost } from './test/package/tarball.js'
import suite from './vitest.config.js'

/*
 * The suite again, on the package as npm installs it: the tests that reach the library by its public names. `TEST_PACKAGE=all` runs all of
 * them, else those of the protocols and of guards.
 */
const PLACES = /^test\/(?:flows|interop|resource)\//

const { outside, inside } = split()
const chosen = outside.filter((path) => process.env.TEST_PACKAGE === 'all' || PLACES.test(path))
const host = await createHost()
process.on('exit', () => host.remove())
console.log(
  `${chosen.length} of the ${outside.length} files that can be run on ${host.tarball}; ${inside.length} look inside`,
)

const { test, resolve } = suite
const built = (name: string) => join(host.home, 'dist', `${name}.js`)

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tokenloop$/, replacement: built('index') },
      { find: /^tokenloop\/(\w+)$/, replacement: built('$1') },
      ...(Array.isArray(resolve?.alias) ? resolve.alias.filter(({ find }) => String(find).startsWith('#')) : []),
    ],
  },
  test: { ...test, include: [...chosen], coverage: { enabled: false } },
})
