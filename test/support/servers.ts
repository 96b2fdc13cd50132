import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { CHROMIUM, hasChromium } from './chromium.js'
import { programsOf } from './programs.js'
import { isReached, SERVERS, type Server, serverNames, urlOf } from './reach.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The servers that accept connections. */
    readonly reached: readonly Server[]
  }
}

const lines = (missing: readonly Server[]): string[] => [
  ...missing.map((server) => `${server} was not reached at ${place(server)} (${SERVERS[server].variable})`),
  ...(hasChromium() ? [] : [`Chromium was not found at ${CHROMIUM} (TEST_CHROMIUM)`]),
]

/** An address without whoever signs in there. */
function place(server: Server): string {
  const { host, pathname } = new URL(urlOf(server))
  return host + pathname
}

/**
 * Looks which servers there are, and whether there is a browser, once a run. With `CI=true` each of them must be; else the tests leave
 * it out, and the end of the output names it.
 */
export default async function servers({ provide }: TestProject): Promise<() => Promise<void>> {
  const answers = await Promise.all(serverNames.map(isReached))
  const missing = serverNames.filter((_, i) => !answers[i])
  if (lines(missing).length > 0 && process.env.CI === 'true') throw new Error(lines(missing).join('\n'))
  provide(
    'reached',
    serverNames.filter((server) => !missing.includes(server)),
  )
  return async () => {
    await rm(programsOf(process.pid), { recursive: true, force: true })
    for (const line of lines(missing)) console.log(`\nLeft out: ${line}`)
  }
}
