import { rm } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { CHROMIUM, hasChromium } from './chromium.js'
import { programsOf } from './programs.js'
import { isReached, SERVERS, type Server, serverNames, urlOf } from './reach.js'
import { installRuntimes, newerNode, type Runtime } from './runtimes.js'
import { canMount } from './small-disk.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The servers that accept connections. */
    readonly reached: readonly Server[]
    /** Where a Node with `node:sqlite` is; empty where there is none. */
    readonly newerNode: string
    /** Whether disks can be made that are soon full. */
    readonly smallDisks: boolean
  }
}

const unreached = (server: Server) => `${server} was not reached at ${place(server)} (${SERVERS[server].variable})`
const NO_DISKS = 'full disks, which only an administrator of Linux can make'
const unfound = (runtime: Runtime) => `${runtime}, which was not found among the packages of test/runtimes`
const NO_BROWSER = `Chromium, which was not found at ${CHROMIUM} (TEST_CHROMIUM)`

/** An address without whoever signs in there. */
function place(server: Server): string {
  const { host, pathname } = new URL(urlOf(server))
  return host + pathname
}

/**
 * Looks which servers, runtimes and browsers there are, once a run. With `CI=true` each of them must be; else the tests leave it out,
 * and the end of the output names it.
 */
export default async function servers({ provide }: TestProject): Promise<() => Promise<void>> {
  const [absent, smallDisks, ...answers] = await Promise.all([
    installRuntimes(),
    canMount(),
    ...serverNames.map(isReached),
  ])
  const reached = serverNames.filter((_, i) => answers[i])
  const missing = serverNames.filter((server) => !reached.includes(server)).map(unreached)
  missing.push(...absent.map(unfound))
  if (!hasChromium()) missing.push(NO_BROWSER)
  if (missing.length > 0 && process.env.CI === 'true') throw new Error(missing.join('\n'))
  if (!smallDisks) missing.push(NO_DISKS)
  provide('reached', reached)
  provide('smallDisks', smallDisks)
  provide('newerNode', newerNode() ?? '')
  return async () => {
    await rm(programsOf(process.pid), { recursive: true, force: true })
    for (const line of missing) console.log(`\nLeft out: ${line}`)
  }
}
